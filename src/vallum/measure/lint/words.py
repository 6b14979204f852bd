"""Words around a number: how sure it is, what it counts, and what happened to that."""

from __future__ import annotations

import re
from enum import StrEnum


class Thing(StrEnum):
    """What a number is an amount of."""

    BORDER = "border"
    SECTION = "section"
    FENCE = "fence"
    ROAD = "road"
    POST = "post"
    OTHER = "other"
    UNKNOWN = ""


class Hedge(StrEnum):
    """How a number is softened."""

    NONE = ""
    AT_LEAST = "at least"
    ABOUT = "about"
    AT_MOST = "at most"
    EXACTLY = "exactly"


_FENCE = (
    r"fenc(?:e|es|ing)\b|fence-?lines?|walls?\b|barriers?\b|(?:barbed |razor |"
    r"concertina )?wires?\b|"
    r"palisades?|ramparts?|barricades?"
)
POST_WORDS = (
    r"guard[- ]?posts?|border posts?|police posts?|posts?\b(?!-)|outposts?|watch[- ]?towers?|"
    r"towers?\b|"
    r"facilit(?:y|ies)|garrisons?|barracks|buildings?|structures?\b(?! of)|cameras?|gates?\b|"
    r"check-?points?|bunkers?|installations?|positions?\b|huts?\b|pillboxes|sentry boxes|sentries|"
    r"guard ?houses?|poles?\b|masts?\b|objects?\b"
)
_BORDER = (
    r"borders?\b|borderline|frontiers?|boundar(?:y|ies)|coast(?:s|line|al)?\b|shore(?:s|line)?\b|"
    r"river-?banks?|rivers?\b|banks?\b|"
    r"security infrastructure|infrastructure|studied\b|analy[sz]ed|examined|surveyed|investigated"
)
_SECTION = r"sections?\b|stretch(?:es)?\b|segments?|sectors?\b"
_ROAD = r"roads?\b|paths?\b|tracks?\b|trails?\b|strips?\b|zones?\b|levees?|ditch(?:es)?|corridors?"
_COMPOUND = r"\b(?:border|frontier|boundary|coastal|perimeter|section|river|security)s?[ -]"
# Said of how a thing lies or stands, not of how far it runs.
_OTHER = re.compile(
    r"^[\s,-]{0,3}(?:\w{2,12}[ -]){0,1}(?:high\b|tall\b|deep\b|wide\b|thick\b|apart\b|away\b|"
    r"in height|"
    r"in width|in depth|in diameter|in thickness|resolution|pixels?|per pixel|from (?:the|its|"
    r"each|any)|"
    r"inside\b|inland|beyond\b|"
    r"(?:due )?(?:north|south|east|west|up(?=str|riv)|down(?=str|riv))(?:[- ]?(?:east|"
    r"west))?(?:ward|wards|stream|river|ern)?"
    r" (?:of|from)\b|above\b|below\b|tolerance|accuracy|distance from|behind\b|in front|"
    r"between (?!(?:19|20)\d\d)|off\b|"
    r"elevation|altitude|spacing\b|intervals?\b|gap\b|gaps\b|to (?:each|either|both) side|"
    r"on (?:each|either|both) sides?)",
    re.IGNORECASE,
)
_OTHER_BEFORE = re.compile(
    r"(?:within|every|each|per|one in|width of|height of|gap of|gaps of|distance of|spacing of|"
    r"spaced|"
    r"resolution of|intervals of|depth of|thickness of|elevation of|altitude of|tolerance of|"
    r"apart by|separated by|set back|pixels of|buffer of|speed of|grows? to a height of|"
    r"up to a height of)"
    r"[\s(]{1,3}(?:(?:about|some|roughly|around|only|just|a|an|the|up to|approximately|"
    r"less than|more than|over|at least|nearly|almost) ){0,2}$",
    re.IGNORECASE,
)
_NOUN = re.compile(
    rf"(?P<fence>\b(?:{_SECTION}|lengths?|lines?) of (?:\w+ ){{0,2}}(?:{_FENCE})|"
    rf"{_COMPOUND}(?:(?:and|or|new|double|old|primary|secondary)[ -])?(?:{_FENCE})|"
    rf"\b(?:{_FENCE})(?! posts?| section| crossing))"
    rf"|(?P<post>{_COMPOUND}(?:{POST_WORDS})|\b(?:{POST_WORDS}))"
    rf"|(?P<road>{_COMPOUND}(?:{_ROAD})|\b(?:{_ROAD}))"
    rf"|(?P<section>\b(?:(?:border|river|frontier) )?(?:{_SECTION}))|(?P<border>\b(?:{_BORDER}))",
    re.IGNORECASE,
)


def last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the last match of a pattern in a text."""
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def thing_after(after: str) -> Thing:
    """Return what the words right after a number say it is an amount of."""
    if _OTHER.match(after):
        return Thing.OTHER
    match = _NOUN.search(after)
    return Thing(match.lastgroup) if match is not None and match.lastgroup else Thing.UNKNOWN


def thing_before(before: str) -> Thing:
    """Return what the words before a number say it is an amount of: the nearest one."""
    if _OTHER_BEFORE.search(before):
        return Thing.OTHER
    match = last(_NOUN, before)
    return Thing(match.lastgroup) if match is not None and match.lastgroup else Thing.UNKNOWN


_HEDGES = (
    (
        Hedge.AT_LEAST,
        r"at least|no fewer than|no less than|not less than|not fewer than|a minimum of|minimum of|"
        r"more than|over|above|upwards of|in excess of|exceeding|exceeds|exceeded|just over|"
        r"greater than|≥|>=|>",
    ),
    (
        Hedge.AT_MOST,
        r"nearly|almost|just under|under|less than|fewer than|below|up to|at most|no more than|"
        r"not more than|close to|approaching|a maximum of|<=|≤|<",
    ),
    (Hedge.EXACTLY, r"exactly|precisely|all of|all the|all|a full|the full|the entire"),
    (
        Hedge.ABOUT,
        r"about|around|roughly|approximately|approx\.?|some|circa|ca\.?|c\.|~|≈|an estimated|"
        r"estimated(?: at)?|an average of|averaging|on average|average|in the region of|or so|"
        r"nearer",
    ),
)
_HEDGE = re.compile(
    r"(?<!\w)(?:"
    + "|".join(f"(?P<h{i}>{pattern})" for i, (_, pattern) in enumerate(_HEDGES))
    + r")\s{0,2}(?:(?:a|an|the|another|an additional|some)\s)?$",
    re.IGNORECASE,
)
_HEDGE_AFTER = re.compile(
    r"(?:(?P<least>\+(?!\s?\d)|\s{0,2}or more\b|\s{0,2}or longer\b|\s{0,2}and more\b)|"
    r"(?P<about>\s{0,2}or so\b|or thereabouts))",
    re.IGNORECASE,
)


def hedge(before: str, after: str) -> Hedge:
    """Return how a number is softened by the words around it."""
    match = _HEDGE.search(before)
    if match is not None and match.lastgroup:
        return _HEDGES[int(match.lastgroup[1:])][0]
    match = _HEDGE_AFTER.match(after)
    if match is None:
        return Hedge.NONE
    return Hedge.AT_LEAST if match.group("least") else Hedge.ABOUT


NEW_WORDS = (
    r"new|newly (?:built|constructed|erected|installed|added|laid)|newly|built|constructed|"
    r"erected|installed|added|additional|brand-new|set up|put up|laid"
)
UPGRADED_WORDS = (
    r"upgraded|improved|enhanced|reinforced|strengthened|expanded|repaired|rebuilt|replaced|"
    r"renovated|modernised|modernized|refurbished|extended|fortified|bolstered|widened"
)
REMOVED_WORDS = r"removed|dismantled|demolished|taken down|torn down|gone"
_STATE = (
    rf"(?P<new{{0}}>\b(?:{NEW_WORDS})\b)|(?P<removed{{0}}>\b(?:{REMOVED_WORDS})\b)"
    rf"|(?P<upgraded{{0}}>\b(?:{UPGRADED_WORDS}|upgrad\w+|enhanc\w+|reinforc\w+)\b)"
)
_STATES = re.compile(
    rf"(?:{_STATE.format(1)})(?:[\s,]{{0,2}}(?:and/or|or|and|/|&|"
    rf",)[\s,]{{0,2}}(?:{_STATE.format(2)}))?",
    re.IGNORECASE,
)


def states(after: str, before: str) -> frozenset[str]:
    """Return what happened according to the words around a number: `new`, `upgraded`, `removed`.

    The first word after it counts, then the last before it; "new or improved" says both.
    """
    match = _STATES.search(after)
    if match is None:
        match = last(_STATES, before)
    if match is None:
        return frozenset()
    return frozenset(name[:-1] for name, words in match.groupdict().items() if words)


_MORE = r"another|additional|further|extra|added|more|plus"
_DELTA_BEFORE = re.compile(
    rf"(?:\b(?:{_MORE})|\bby|(?:increase|rise|growth|gain|jump|addition|surge) of(?: as many as)?"
    rf"|\b(?:built|constructed|erected|installed|added|adding|building|put up|set up|"
    rf"erecting|constructing|installing|gained|adds|builds))\s+"
    rf"(?:(?:about|some|roughly|around|at least|over|more than|nearly|almost|as many as|a|an|the|"
    rf"up to|another|a further|an additional|an extra|a total of|no fewer than|"
    rf"approximately) ){{0,3}}$",
    re.IGNORECASE,
)
_DELTA_AFTER = re.compile(
    rf"[\s-]{{1,2}}(?:(?:or so|or more)\s)?(?:{_MORE}|new|newly|fresh)\b"
    rf"|[^.;]{{0,45}}\b(?:were|was|have been|had been|has been|being) (?:newly )?"
    rf"(?:built|added|erected|constructed|installed|put up|set up)\b",
    re.IGNORECASE,
)
_GROWTH = (
    r"(?:rise|rises|rose|risen|rising|gr[oe]w(?:s|n|ing)?|increas\w+|jump\w*|climb\w*|expand\w*|"
    r"swell\w*|swollen|swelled|soar\w*|surg\w+|balloon\w*|went|gone|going|goes|rais\w+|"
    r"multipl\w+|bring\w*|brought|tak(?:e|es|en|ing)|took|up|reach\w*|shot|"
    r"boost\w*|grown|moved|changed)"
)
_STOCK_BEFORE = re.compile(
    rf"(?:\b{_GROWTH}\b[^.;]{{0,90}}?\b(?:to|up to|as many as)"
    rf"|\b(?:now|reached|reaching|total(?:s|led|ed|ling|ing)?(?: of)?|number(?:s|ed|ing)?|"
    rf"stands? at|stood at|standing at|counted|counts|there (?:are|were)(?: now)?|became|"
    rf"(?:now )?ha[sd](?: now)?|against|compared with|compared to|versus)|→|->)"
    rf"\s+(?:(?:about|some|roughly|around|at least|over|more than|nearly|almost|as many as|a|the|"
    rf"now|no fewer than|approximately|a total of|total of|exactly|all of) ){{0,3}}$",
    re.IGNORECASE,
)
_STOCK_AFTER = re.compile(
    r"[^.;,]{0,40}?(?:\bin (?:all|total)\b|\baltogether\b|\bnow (?:stand|stood|line|exist)|"
    r"\b(?:stand|stood)\b|"
    r"\btoday\b|,? up from\b)|[^.;]{0,60}\bup from\b",
    re.IGNORECASE,
)


def is_delta(before: str, after: str) -> bool:
    """Return whether a number is said to be an increase."""
    return bool(_DELTA_BEFORE.search(before) or _DELTA_AFTER.match(after))


def is_stock(before: str, after: str) -> bool:
    """Return whether a number is said to be how many there are."""
    return bool(_STOCK_BEFORE.search(before) or _STOCK_AFTER.match(after))
