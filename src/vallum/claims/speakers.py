"""Who says so, as stated, and how they came to know it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from vallum.ground.saidkinds import Access

_SAY = (
    r"(?:told|tells|said|says|say|reported|(?<!the )(?<!media )reports|(?<=s )report|"
    r"added(?= that|[,.]| in | on |$)|adds|adding|wrote|writes|write|"
    r"claimed|(?<!earlier )(?<!previous )(?<!the )claims|heard|hears|explained|noted|confirmed|"
    r"announced|warned|recalled|stated|estimated|(?<!the )estimates|"
    r"testified|shows|show|showed|indicates|indicate|indicated|suggests|suggest|reveals|reveal|"
    r"denied|denies|deny|ruled|believe|believes|sanctioned|accused|condemned)"
)
_FIND_OUT = (
    r"(?:identified|counted|found|geolocated|spotted|analy[sz]ed|reviewed|studied|documented|"
    r"observed|"
    r"recorded|mapped|examined|detected|listed)"
)
_NP_HEAD = (
    r"(?:sources?|residents?|officials?|officers?|witness(?:es)?|defectors?|smugglers?|brokers?|"
    r"traders?|drivers?|activists?|experts?|analysts?|researchers?|associates?|spokes\w+|"
    r"ministry|minister|agency|government|authorities|reporters?|media|images?|imagery|"
    r"photographs?|photos|notices?|documents?|reports?|briefing|survey|study|group|project|"
    r"initiative|trust|institute|organi[sz]ations?|committee|collective|people|person|farmers?|"
    r"soldiers?|villagers?|locals?|director|governor|mayor|professor|pastor|cousin|brother|sister|"
    r"mother|father|uncle|neighbou?rs?|proclamation|bulletin|data|records|police|man|woman|"
    r"department|treasury|friends?|relatives?|wife|husband|colleagues?|chief|head|leader|secretary|"
    r"commander|businessm[ae]n|merchants?|survivors?|refugees?|escapees?|workers?|labou?rers?|"
    r"fisherm[ae]n|teachers?|students?|council|cent(?:er|re)|foundation|network|newspaper|"
    r"commission|"
    r"court|judges?|team|office|bureau|army|military|insiders?|contacts?|observers?|monitors?|"
    r"travell?ers?|"
    r"engineers?|guards?|fellow|paper|daily|weekly|broadcaster|channel|outlet|statement|"
    r"communiqu[eé]|memo|letter|leaflet|website|contractors?|landowners?|ranchers?|shepherds?|"
    r"ferrym[ae]n|couriers?|supervisors?|chair\w*|deputy|commissioner|ombudsman|deputies)"
)
_BY = re.compile(
    r"\b(?:according to|citing|as (?:reported|told) by|quoting) (?P<who>[^.;:“”\"]{2,140}?)"
    r"(?=[.;:“”\"]|, (?:and|but|who|which|a|the)\b|, \d|, (?:[\w’'-]+ ){1,6}(?:was|were|is|are|"
    r"has|have|had|will)\b|,? (?:said|told)\b|$)",
    re.IGNORECASE,
)
_SAID = re.compile(rf"(?<![\w-]){_SAY}\b(?! (?:to|by|out)\b)", re.IGNORECASE)
_FOUND_OUT = re.compile(rf"(?<![\w-]){_FIND_OUT}\b")
_AUXILIARY = re.compile(r",?(?: (?:has|have|had|also|later|further|once))*,? ?$", re.IGNORECASE)
_INVERTED = re.compile(
    r"[,”\"] ?(?:said|says|told|wrote|writes|added|adds|explained|reported|recalled|announced) "
    r"(?P<who>(?!that\b|to\b|on\b|in\b|at\b|of\b|it\b|he\b|she\b|they\b|the same\b|there\b|so\b|"
    r"nothing\b|more\b|me\b|us\b)[^.;:,“”\"]{2,90}?)"
    r"(?=[.;:,“”\"]| who\b| which\b| whose\b| on condition\b| on \w+day\b| in an? \b|$)"
)
_PARTS = re.compile(r"[.;:“”\"]")
_LONGEST = 200
_REPORT_BY = re.compile(
    r"\b(?:report|survey|study|briefing|bulletin)\b[^.;“”\"]{0,70}?\bby (?:the )?"
    r"(?P<who>[A-Z][\w’'-]+(?: (?:of|for|the|[A-Z][\w’'-]+)){0,6})"
)
_SPEECH = re.compile(
    r"\bIn an? (?:speech|statement|address|interview|letter)\b[^.;“”\"]{0,80}?, "
    r"(?P<who>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,4}) (?=ordered|called|urged|vowed|told|"
    r"promised|said)"
)
_FIRST = re.compile(
    r"(?:^|[“\"\s])(?P<who>I|We|we)(?= (?:\w+ )?(?:saw|lived|counted|found|know|was|crossed|worked|"
    r"watched|noticed|visited|had|escaped|left|fled|remember|came|walked|stood|passed|served|"
    r"helped|"
    r"built|dug)\b)|\bread to (?P<us>us|me)\b"
)
_TOLD_ME = re.compile(
    r"(?P<who>(?:My|A|An|Our|The|His|Her)\b[^.;,]{2,60}?|He|She|They) (?:also )?told (?:me|us)\b"
)
_PRONOUN = re.compile(r"(?:he|she|it|they|the (?:source|person|official|resident))", re.IGNORECASE)
_HEARSAY = re.compile(
    r"\breportedly\b|\b(?:is|are|was|were) (?:said|reported|rumou?red) (?:to|near|in|"
    r"at|along)\b|\bhe(?:ard|ars?) (?:that|from|about)\b|\brumou?rs?\b|\btold (?:me|us)\b|"
    r"\bpeople say\b|\bciting\b|\balleged(?:ly)?\b|\bunconfirmed\b|"
    r"\bcould not (?:\w+ )?(?:confirm|verify)\b|"
    r"\bwithout (?:naming|giving) (?:its|a|any|their|the) sources?\b",
    re.IGNORECASE,
)
_SECOND_HAND = re.compile(
    r"\b(?:media|newspapers?|notices?|reports say|rumou?rs?|state TV|blogs?)\b", re.IGNORECASE
)
_CUT = re.compile(
    r"^.*(?:[“”\"—]|, (?:that|and that|but|so|who)\b|\bthat\b(?= [a-z]+ [a-z]+ (?:said|told))"
    r"|\b(?:but|while|because|although|where) )",
    re.IGNORECASE | re.DOTALL,
)
_LEADING = re.compile(
    r"^(?:(?:in|on|by|at|since|as of|last|this|during|between|of)\b[^,]{0,80}, |and |but |"
    r"however,? "
    r"|meanwhile,? |also |only |then )+",
    re.IGNORECASE,
)
_TIME_AFTER = re.compile(
    r"^(?:Last|This|In|On)\s(?:\w+\s)?(?:week|month|year|January|February|March|April|May|June|"
    r"July|"
    r"August|September|October|November|December|\d{4})\s(?=[A-Z])",
)
_WHEN_SAID = re.compile(
    r",? (?:in|on|earlier|late|last|this) (?:(?:early|mid|late|a \w+|the) )?(?:[A-Z][a-z]+day|"
    r"January|February|"
    r"March|April|May|June|July|August|September|October|November|December|\d|month|week|year).*$"
)
_LED_BY_TIME = re.compile(
    r"^(?:In|On|By|Since|Between|During|As of|Last|This)\b[^,]{0,50}?(?:\d{4}|month|year|week|day) "
    r"(?=(?:the|an?|[A-Z]))"
)
_CALLED = re.compile(r" (?:called|phoned|rang|texted|contacted) .*$")
_AT_PLACE = re.compile(r"^(?:At|In|Near|Around|Along|From) (?:[A-ZÀ-Þ][\w’'-]+ ){1,3}(?=[a-z])")
_DASHED = re.compile(r"^(?:the |an? )?(?:fence|wall|work|project|construction)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Voice:
    """Who speaks in a sentence.

    Attributes:
        who: as stated; empty for the text's own voice.
        access: how they know.
        start: first character of the words that say so; -1 if they are not in this sentence.
        end: one past the last.
    """

    who: str = ""
    access: Access = Access.UNKNOWN
    start: int = -1
    end: int = -1


@lru_cache(maxsize=64)
def voice_of(sentence: str, before: str = "") -> Voice:
    """Return who speaks in a sentence.

    Args:
        sentence: its words.
        before: who spoke last, for "he said" and "the report said".
    """
    who, start, end = _who(sentence)
    if who and _PRONOUN.fullmatch(who) and before:
        who = before
    hearsay = _HEARSAY.search(sentence) is not None or _SECOND_HAND.search(who) is not None
    hearsay = hearsay or re.match(r"(?:My|Our) \w+", who) is not None
    if hearsay:
        return Voice(who, Access.HEARSAY, start, end)
    return Voice(who, Access.DIRECT if who else Access.UNKNOWN, start, end)


def _who(sentence: str) -> tuple[str, int, int]:
    for pattern in (_TOLD_ME, _BY, _FIRST):
        if match := pattern.search(sentence):
            who = match.groupdict().get("who") or "I"
            return who.strip(" ,"), match.start(), match.end()
    if match := _SPEECH.search(sentence):
        return match["who"].strip(" ,"), match.start(), match.end()
    if match := _REPORT_BY.search(sentence):
        return match["who"].strip(" ,"), match.start(), match.end()
    if (match := _INVERTED.search(sentence)) and _speaks(match["who"]):
        return match["who"].strip(), match.start(), match.end()
    for pattern in (_SAID, _FOUND_OUT):
        for match in pattern.finditer(sentence):
            who, at = _subject(sentence, match.start())
            if _is_speaker(who):
                return who, at, match.end()
    return "", -1, -1


def _subject(sentence: str, end: int) -> tuple[str, int]:
    """Return the words before a verb that name who speaks, and where they start."""
    first = max(0, end - _LONGEST)
    cuts = [cut.end() for cut in _PARTS.finditer(sentence, first, end)]
    who = sentence[cuts[-1] if cuts else first : end]
    trailing = _AUXILIARY.search(who[-40:])
    lost = len(trailing[0]) if trailing else 0
    return _cleaned(who[: len(who) - lost], end - len(who))


def _cleaned(who: str, at: int) -> tuple[str, int]:
    """Return the words for a speaker without what stood before them in the sentence."""
    end = at + len(who)
    who = re.sub(r", (?:who|which)\b[^,]{0,120}$", "", who)
    lost = end - at - len(who)
    end -= lost
    cut = _CUT.match(who)
    text = who[cut.end() :] if cut else who
    text = _AT_PLACE.sub("", _LEADING.sub("", text.lstrip(" ,")))
    text = _LED_BY_TIME.sub("", _TIME_AFTER.sub("", text))
    if "," in text:
        # "..., a spokesman for the county said": what follows the last comma speaks.
        head, _, last = text.rpartition(", ")
        text = last if _speaks(last) else head
    text = _CALLED.sub("", _LEADING.sub("", text).strip(" ,"))
    start = end - len(text)
    return _WHEN_SAID.sub("", text), start


def _speaks(text: str) -> bool:
    return (
        re.search(rf"\b{_NP_HEAD}\b", text, re.IGNORECASE) is not None
        or _is_name(text)
        or _PRONOUN.fullmatch(text) is not None
    )


def _is_name(text: str) -> bool:
    return re.fullmatch(r"(?:(?:the|an?) )?(?:[A-Z][\w.’'-]+ ?){1,6}", text) is not None


def _is_speaker(who: str) -> bool:
    if not who or len(who.split()) > 22 or _DASHED.match(who):
        return False
    return (
        _PRONOUN.fullmatch(who) is not None
        or who in {"I", "We", "we", "i"}
        or _is_name(who)
        or re.search(rf"\b{_NP_HEAD}\b", who, re.IGNORECASE) is not None
        or re.search(r"\b[A-Z][\w’'-]+ [A-Z][\w’'-]+\b", who) is not None
    )
