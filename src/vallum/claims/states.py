"""How far it is: planned, ordered, under way, completed, present, removed, denied."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache

from vallum.claims.subjects import Mention
from vallum.ground.kinds import Change
from vallum.ground.saidkinds import Modality, Subject

_CUT = (
    r"(?:cut(?:ting)?|carv(?:ed|ing)|mow(?:n|ed|ing)|blaz(?:ed|ing))(?= (?:an? |"
    r"the )?(?:[\w-]+ ){0,2}"
    r"(?:strips?|bands?|swath\w*|corridors?|belts?|roads?|tracks?|ditch\w*|trench\w*)\b)"
)
"""Strips and roads are cut; whoever cuts a hole into a fence builds none."""
_NEW = (
    r"built|build(?:s|ing)?|construct(?:ed|ing|s)?|erect(?:ed|ing|s)?|install(?:ed|ing|s)?|"
    r"put(?:ting)? up|set(?:ting)? up|complet(?:ed|ing|es?)(?! with)|finish(?:ed|ing|es)?|"
    r"open(?:ed|ing|s)?|"
    r"establish(?:ed|ing)?|creat(?:ed?|ing)|deploy(?:ed|ing)?|plac(?:ed|ing)|add(?:ed|ing)?|"
    r"str(?:ung|inging)|dug|dig(?:ging)?|laid|lay(?:ing)?|plant(?:ed|ing)?|erected|receiv(?:ed?|"
    r"ing)|"
    r"declared|clear(?:ed|ing|(?= an?\b))|introduc(?:ed?|ing)|made|go(?:ne|ing)? up|went up|"
    r"come(?! as|"
    r" from| in)|"
    r"mount(?:ed|ing)|fitt(?:ed|ing)|attach(?:ed|ing)|buried|reopen(?:ed|ing)|"
    r"mine(?= the)|appear(?:ed(?! to)|(?=[.,;]| (?:at|in|near|along)\b))|raised|"
    r"put(?:ting)? in(?:to)? (?:place|service|operation|use)|(?:sprung|sprang|springing) up|"
    r"assembl(?:ed|ing)|pour(?:ed|ing)|weld(?:ed|ing)|rigged|unrolled|excavat(?:ed|ing)|"
    r"grad(?:ed|ing)|handed over|deliver(?:ed|ing)|(?:went|gone|go|goes) live|"
    r"(?:became|become|becomes) operational|(?:(?<=is )|(?<=are )|(?<=was )|(?<=were )|"
    r"(?<=be ))complete|"
    r"mined|fenced|inaugurated|commissioned|unveiled|entered service|"
    r"(?:brought|taken|came|went) into (?:use|service|operation)|switched on|"
    r"set(?:ting)?(?= (?:[\w-]+ ){0,2}(?:posts?|poles?|pillars?|pylons?|stakes)\b)|"
    rf"{_CUT}|(?:installation|construction|building|erection|completion|laying|digging|"
    r"opening) of"
)
_UPGRADED = (
    r"upgrad(?:ed?|ing)|improv(?:ed?|ing)|reinforc(?:ed?|ing)|strengthen(?:ed|ing)?|"
    r"widen(?:ed|ing)?|resurfac(?:ed?|ing)|heighten(?:ed|ing)?|electrified(?= in| by| last)|"
    r"renovat(?:ed?|ing)|paved|asphalted|tarmacked|gravelled|surfaced|"
    r"rais(?:e|ing)(?= the)|rebuilt|enhanc(?:ed?|ing)|fortif(?:ied|ying)|repair(?:ed|ing)?"
)
_EXTENDED = r"extend(?:ed|ing)?|expand(?:ed|ing)?|lengthen(?:ed|ing)?|grown?(?: to)?|grew"
_REPLACED = r"replac(?:ed?|ing)"
_REMOVED = (
    r"remov(?:ed?|ing)|demolish(?:ed|ing)?|dismantl(?:ed?|ing)|t(?:orn|ore|earing) down|"
    r"t(?:aken|ook|aking) down|pull(?:ed|ing) down|razed|bulldozed|clos(?:ed|ing) down|closed|"
    r"disappeared|vanished|(?:(?<=has )|(?<=have )|(?<=had )|(?<=is )|(?<=are )|(?<=was )|"
    r"(?<=were ))gone"
    r"(?! (?:up|into|on|to)\b)|(?:tear|take|pull) down|"
    r"(?:t(?:ore|orn|ear|aking|ook|ake|aken|earing)|pull(?:ed|ing)?) (?:it|them|these|"
    r"those) (?:down|away|out)|pull(?:ed|ing) out|(?:tor(?:n|e)|tearing) (?:out|up)|"
    r"ripp(?:ed|ing) (?:out|down|up|away)|knock(?:ed|ing) (?:down|over|flat)|cut down|"
    r"(?:carted|hauled|taken|cleared|swept|washed|carried) (?:off|away)|"
    r"(?:blown|blew) (?:down|over|up)|burn(?:t|ed) down|collapsed|flattened|levell?ed|"
    r"decommissioned|uprooted|(?:bricked|walled|boarded|filled) (?:up|in)|defused|"
    r"(?:removal|demolition|dismantling|dismantlement|destruction|tearing down) of"
)
_ACTION = re.compile(
    rf"(?<![\w-])(?:(?P<new>{_NEW})|(?P<upgraded>{_UPGRADED})|(?P<extended>{_EXTENDED})|"
    rf"(?P<replaced>{_REPLACED})|(?P<removed>{_REMOVED}))(?![\w-])",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"(?<![\w-])(?:stands?|stood|(?:runs?|ran|stretch(?:es|ed)|extends)(?= (?:for|along|from|"
    r"through|between|over|across|down|up)\b)|there (?:is|are|was|were)|(?:has|had|"
    r"have)(?! (?:\w+ed|heard|"
    r"been|seen|built|not|also|begun|put|set|grown) )|exists?|existed|remains?|"
    r"remained|shows?|showed|shown|marked by|carr(?:y|ies)|controls?|located|lies|visible|seen|saw|"
    r"identified|observed|counted|consists? of|examined|present|is reported|employ|uses?|are known|"
    r"including|identif(?:y|ies)|detected|documented|found|recorded|manned|guarded by)(?![\w-])",
    re.IGNORECASE,
)
_STARTED = re.compile(
    r"(?<![\w-])(?:(?:remains? )?unfinished|half[- ]built|construction (?:work )?(?:on|is|was)|"
    r"work (?:on|began|started)|under construction|"
    r"under way|underway|br(?:oke|oken|eaking|eak) ground|"
    r"(?:half|partly|partially|nearly|almost|(?:\d+(?:\.\d+)?|[a-z]+)(?: ?%| per ?cent)) "
    r"(?:completed?|finished|built|done)|in progress|beg[au]n|starts?|started|"
    r"ordered to work on)(?![\w-])",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"(?<![\w-])(?:plans?|planned|planning|proposals?|proposed|intends?|to be(?! named|"
    r" identified| quoted)|will|would|set to|"
    r"due to|expected to|scheduled|considering|is to|are to|(?:is|are|was|were) due (?=by|in|next)|"
    r"should be (?:ready|finished|completed|built|in place)|aims?(?= to)|hopes?(?= to)|wants|"
    r"(?:tenders?|bids|contracts?|money|funds?|funding|budget|permission|permits?) (?:for|"
    r"to build)|"
    r"(?:voted|agreed|decided|pledged|promised|vowed|undertook) to|"
    r"earmarked|envisag\w+|foreseen|slated|mak(?:e|ing) (?:room|way) for|"
    r"approv(?:e|es|ed|al|ing)(?= (?:of |for )?(?:an?|the|\d|more|new|plans))|"
    r"on the drawing board|call(?:s|ed)? for)(?![\w-])",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?<![\w-])(?:ordered|orders|instructed|directed|commanded|mandated|decreed|told to|"
    r"issued an order|an order)(?![\w-])",
    re.IGNORECASE,
)
_DENY = re.compile(
    r"(?<![\w-])(?:den(?:y|ies|ied)(?! (?:entry|access))|reject(?:s|ed) (?:an? |"
    r"the )?(?:reports?|claims?|"
    r"allegations?|suggestions?)|untrue|(?:not|n[’']t) true|(?:false|incorrect|no truth)|unbuilt|"
    r"contradicts?|contradicted|refut\w+|disput\w+|contrary to|no evidence|no plans?|"
    r"no (?:sign|trace|indication|proof|hint)s? of|dismissed|neither|without any)(?![\w-])",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"(?<![\w-])(?:dropped|cancell?ed|abandoned|shelved|scrapped)(?![\w-])", re.IGNORECASE
)
_NO_REPORTS = re.compile(
    r"\bno (?:public |official |media |known |new )*(?:reports?|announcements?|confirmation|word)\b"
    r"(?! from)",
    re.IGNORECASE,
)
_NO_SUCH = re.compile(
    r"\b(?:no|not any|without|nor|neither|none of|lack(?:s|ed|ing)?|free of|"
    r"(?:not|n[’']t) (?:show|see|find|have|include|detect|reveal|contain|notice|make out)) "
    r"(?:(?:an?|any|the|these|those|new|further|additional|such|other) )*$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not(?! only)|never|n[’']t|yet(?= to)) (?:yet )?(?:[\w-]+ ){0,2}$", re.IGNORECASE
)
_AHEAD = re.compile(
    r"\b(?:will|would|shall|must|ha(?:s|ve) to|required to|to be|going to be|is to|are to|may|"
    r"might|could|plan\w*|intend\w*|"
    r"expected to|set to|due to|wants? to|agreed to|aims? to|hopes? to) (?:[\w-]+ ){0,4}$",
    re.IGNORECASE,
)
_IN_PART = re.compile(
    r"(?:\b(?:half|partly|partially|nearly|almost|not fully|per ?cent)|%) $", re.IGNORECASE
)
_SOLDIERS_DIG = re.compile(r"\b(?:saw|watched|seen) (?:[\w-]+ ){1,8}$", re.IGNORECASE)
_ADJECTIVES = re.compile(
    r"\b(?P<words>(?:(?:newly built|new|another|additional|further|first|more|upgraded|improved|"
    r"expanded|extended|reinforced)(?:,? (?:or|and) )?)+) (?:[\w.,’'-]+ (?:of )?){0,4}?$",
    re.IGNORECASE,
)
_ADJECTIVE = {
    "new": Change.NEW, "newly": Change.NEW, "another": Change.NEW, "additional": Change.NEW,
    "further": Change.NEW, "first": Change.NEW, "more": Change.NEW,
    "upgraded": Change.UPGRADED, "improved": Change.UPGRADED, "reinforced": Change.UPGRADED,
    "expanded": Change.EXTENDED, "extended": Change.EXTENDED,
}  # fmt: skip
_CLAUSE = re.compile(
    r"[;:“”\"]|,? (?:but|while|whereas|although|though|nevertheless) |, (?:which|who|where|adding|"
    r"and (?:that|the|in|by|at|to|\d+ \w+ (?:will|were|was))|(?:he|she|it|they|an?|the|"
    r"one) (?:[\w’'-]+ "
    r"){1,5}(?:said|told|wrote|writes|added))\b|"
    r",? and that\b|,? and (?=(?:an?|the|two|three|four|several|\d+|more|new) (?:[\w’'-]+ ){1,8}?"
    r"(?:was|were|is|are|has|have|had|will|would|remains?|stands?)\b)"
)
_TOLD_TO = re.compile(
    r"\b(?:ordered|told|instructed) (?:[\w’'-]+ ){1,4}to (?!shoot)"
    r"|\b(?:was|were|been) (?:ordered|told|instructed|forced|made) to (?!shoot|work)",
    re.IGNORECASE,
)
_GREW = re.compile(
    r"^(?:[^.;“”\"]|\.\d){0,90}?\b(?:rose|risen|grew|grown|increased|climbed|doubled) "
    r"(?:from|to|by)\b",
    re.IGNORECASE,
)
_WAS_GIVEN = re.compile(
    r"[”\"’']? ?(?:orders? |instructions? )?(?:was|were|has been|had been|have been) (?:\w+ly )?"
    r"(?:issued|given|sent|read|handed|announced|passed|received)\b"
)
_UNBUILT = re.compile(
    r"(?: [\w’'-]+){0,4}? (?:remains?|is|are|was|were) (?:still )?(?:unbuilt|missing|absent)\b"
)
_IS_SO = re.compile(r"\b(?:is|are)(?: \w+ly)? $", re.IGNORECASE)
_ENDED = re.compile(r"\b(?:finished|completed|finish|stopped) $")
_PARTICIPLE = re.compile(
    r"^(?!(?:tear|take|pull) ).*(?:ed|built|strung|dug|laid|up|down|made|grown|mown|out|away|off|"
    r"over|in)\b"
)
_NUMBER_OF = re.compile(r"\b(?:number|count|total) of (?:[\w-]+ ){0,2}$", re.IGNORECASE)
_ASIDE = re.compile(r"[^,;]{0,60}, (?:is|are|was|were|has|have|had|will|would)\b")
_OF_IT = re.compile(r" (?:it|them|these|those)\b")
_RELATIVE = re.compile(r"^,? (?:that|which|who) (?:\w+ ){0,3}$")
_LINES = frozenset({Subject.FENCE, Subject.DOUBLE_FENCE, Subject.ELECTRIC_FENCE, Subject.WALL})
_OPENINGS = frozenset({Subject.GATE, Subject.CHECKPOINT, Subject.BUILDING, Subject.GUARD_POST})
_ONLY = {
    "filled": frozenset({Subject.DITCH}), "bricked": _OPENINGS, "walled": _OPENINGS,
    "boarded": _OPENINGS, "handed over": frozenset(Subject) - {Subject.MINES},
    "grad": frozenset({Subject.PATROL_ROAD, Subject.CLEARED_STRIP}),
}  # fmt: skip
_ASIDE_COST = 40
_WEAK = -9.0
"""Better than "has" and "stands" beside the thing, worse than what was done to it."""
_OPENING = re.compile(r"[^,;]{0,60}, (?:[\w’'-]+ ){0,3}", re.IGNORECASE)
_CLEARED = re.compile(r"clear(?:ed|ing)\b", re.IGNORECASE)
_CROSSING = 45
_FAR = 260


@dataclass(frozen=True)
class _Verb:
    start: int
    end: int
    modality: Modality
    change: Change | None


def state_of(sentence: str, mention: Mention, first: int) -> tuple[tuple[Change, ...], Modality]:
    """Return what happened to a thing, and how far it is.

    Args:
        sentence: its words.
        mention: the thing.
        first: where its words start, amount included.
    """
    if mention.subject is Subject.ARREST:
        return (), _arrest(sentence, mention)
    if mention.subject is Subject.ORDER:
        return (), _order(sentence, mention)
    if (own := _in_its_own_words(sentence, mention)) is not None:
        return own
    changes = _from_adjectives(sentence[: mention.start])
    if sentence[mention.start : mention.end].lower().startswith("new "):
        changes = (Change.NEW,)
    if not changes and _GREW.match(sentence[mention.end :]):
        if mention.subject in _LINES:
            return (Change.EXTENDED,), Modality.COMPLETED
        if _NUMBER_OF.search(sentence[: mention.start]):
            return (Change.EXTENDED,), Modality.PRESENT  # so many there are now
    verb = _nearest(_verbs(sentence), sentence, mention, first)
    if verb and mention.subject is Subject.MINES and _CLEARED.match(sentence, verb.start):
        is_done = verb.modality is Modality.COMPLETED
        verb = replace(
            verb,
            change=Change.REMOVED,
            modality=Modality.REMOVED if is_done else verb.modality,
        )
    modality = verb.modality if verb else Modality.PRESENT
    return _changes(changes, verb), _override(sentence, mention, first) or modality


def _in_its_own_words(
    sentence: str, mention: Mention
) -> tuple[tuple[Change, ...], Modality] | None:
    """Return what words that name a thing say of it: "is mined", "cleared of trees"."""
    words = sentence[mention.start : mention.end].lower()
    before = sentence[: mention.start]
    if words.startswith(("mined", "fenced")) and _IS_SO.search(before[-30:]):
        return (), Modality.PRESENT
    if words.startswith("cleared of"):
        return (Change.NEW,), _form("cleared", before, sentence, mention.end, Modality.COMPLETED)
    return None


def _changes(stated: tuple[Change, ...], verb: _Verb | None) -> tuple[Change, ...]:
    """Return what happened: by an adjective, "new", or by the verb; gone wins over both."""
    if verb is None:
        return stated
    if verb.change is Change.REMOVED:
        return (Change.REMOVED,)
    if stated:
        return stated
    if verb.change:
        return (verb.change,)
    is_ahead = verb.modality in {Modality.PLANNED, Modality.UNDER_WAY}
    return (Change.NEW,) if is_ahead else ()


def _override(sentence: str, mention: Mention, first: int) -> Modality | None:
    """Return what governs the whole clause: no reports of, denied, ordered."""
    before = sentence[:first]
    near = before[_clause_start(before) :]
    if _NO_REPORTS.search(near):
        return Modality.NO_PUBLIC_REPORTS
    if _NO_SUCH.search(before) or _NO_SUCH.search(sentence[: mention.start]):
        return Modality.DENIED
    if _DENY.search(near):
        return Modality.DENIED
    after = sentence[mention.end : mention.end + 60]
    if _UNBUILT.match(after):
        return Modality.DENIED
    if _DROPPED.search(after.split(",")[0]) and _PLAN.search(near):
        return Modality.DENIED
    order = _ORDER.search(near)
    if order and re.search(r"\bto\b|“|\bcreating\b|\bthat\b|\bof\b", before[order.end() :]):
        return None if _STARTED.search(before[order.start() :]) else Modality.ORDERED
    if _TOLD_TO.search(before):
        return Modality.ORDERED
    return None


def _clause_start(before: str) -> int:
    cuts = [m.end() for m in re.finditer(r"[;]|,? (?:but|while|whereas|nevertheless) ", before)]
    return cuts[-1] if cuts else 0


def _from_adjectives(before: str) -> tuple[Change, ...]:
    """Return the changes that "new or upgraded" names; for all members of a list it begins."""
    found = _ADJECTIVES.search(before[-90:])
    if found is None:
        return ()
    words = re.findall(r"\w+", found["words"].lower())
    if words == ["more"] and re.search(r"\bmore than\b", before[-90:], re.IGNORECASE):
        return ()
    return tuple(dict.fromkeys(_ADJECTIVE[word] for word in words if word in _ADJECTIVE))


@lru_cache(maxsize=8)
def _verbs(sentence: str) -> tuple[_Verb, ...]:
    found = [
        _action(sentence, match)
        for match in _ACTION.finditer(sentence)
        if match[0][0].islower() or not match.start()  # "Open" mid-sentence is a name
    ]
    taken = [(verb.start, verb.end) for verb in found]
    for pattern, modality in (
        (_STARTED, Modality.UNDER_WAY),
        (_PLAN, Modality.PLANNED),
        (_PRESENT, Modality.PRESENT),
    ):
        for match in pattern.finditer(sentence):
            if not any(start - 25 <= match.start() < end for start, end in taken):
                change = None if modality is Modality.PRESENT else Change.NEW
                found.append(_Verb(match.start(), match.end(), modality, change))
    return tuple(found)


def _action(sentence: str, match: re.Match[str]) -> _Verb:
    """Return what an action says of its object, from its form and the words before it."""
    change = Change(match.lastgroup or "new")
    word = match[0].lower()
    before = sentence[max(0, match.start() - 60) : match.start()]
    done = Modality.REMOVED if change is Change.REMOVED else Modality.COMPLETED
    return _Verb(
        match.start(), match.end(), _form(word, before, sentence, match.end(), done), change
    )


def _form(word: str, before: str, sentence: str, end: int, done: Modality) -> Modality:
    if _NOT.search(before):
        return Modality.DENIED
    if word.endswith(" of"):
        return _of_a_noun(word, before, sentence[end : end + 90], done)
    if _AHEAD.search(before):
        return Modality.PLANNED
    is_participle = _PARTICIPLE.search(word) is not None
    if _IN_PART.search(before):
        return Modality.UNDER_WAY
    if _ENDED.search(before) or ("ing" in word and before.endswith(", ")):
        return done
    if "ing" in word or before.endswith("being "):
        return Modality.UNDER_WAY
    if not is_participle and _SOLDIERS_DIG.search(before):
        return Modality.UNDER_WAY
    if is_participle or word in {"put", "grew", "went up", "set up", "set"}:
        return done
    if re.search(r"\bto (?:\w+ly )?$", before):
        if re.match(r" (?:these|this|the new)\b", sentence[end:]):
            return done
        if re.search(
            r"\b(?:began|begun|started|continues?|continued|mobili[sz]ed|working|forced|sent) to $",
            before,
        ):
            return Modality.UNDER_WAY
        return done if word.startswith("receiv") else Modality.PLANNED
    return done


def _of_a_noun(word: str, before: str, after: str, done: Modality) -> Modality:
    """Return how far "the construction of ..." is."""
    if _AHEAD.search(before) or _PLAN.search(after.split(",")[0]):
        return Modality.PLANNED
    if word.startswith("completion"):
        return done
    if re.search(
        r"\b(?:complet|finish|end(?:ed|s)\b|after\b)", before[-30:] + after, re.IGNORECASE
    ):
        return done
    is_running = re.search(
        r"\b(?:beg[au]n|start|under ?way|continu|progress|speed)", before + after
    )
    return Modality.UNDER_WAY if is_running or done is Modality.COMPLETED else done


def _nearest(verbs: tuple[_Verb, ...], sentence: str, mention: Mention, first: int) -> _Verb | None:
    """Return the verb that speaks of a thing: near, and with few clauses between."""
    best, best_cost = None, float(_FAR)
    for verb in verbs:
        if verb.start > mention.end + _FAR + _CROSSING or verb.end < first - _FAR - _CROSSING:
            continue
        if not _can_be_said(sentence[verb.start : verb.end].lower(), mention.subject):
            continue
        if verb.start < mention.end and first < verb.end:
            is_inside = verb.start >= mention.start and verb.end < mention.end
            is_whole = sentence[verb.start : verb.end].lower() in {"mined", "fenced"}
            is_mined = is_inside and mention.subject is Subject.MINES
            if verb.change and (is_mined or is_whole):
                return verb  # "laying mines"
            continue  # "upgraded fence": an adjective, read elsewhere
        if verb.end <= mention.start and _is_adjective(sentence, verb, mention):
            continue
        low, high = (verb.end, first) if verb.end <= first else (mention.end, verb.start)
        between = sentence[low:high]
        cost = (
            float(len(between)) + 15 * between.count(",") + _CROSSING * _cuts(sentence, low, high)
        )
        cost -= 15 if verb.change is not None else 0
        if not verb.start and verb.change and _OPENING.fullmatch(between):
            cost = max(cost - _ASIDE_COST, _WEAK)  # "Set up in March, the checkpoint ..."
        if between.endswith(", ") and _ASIDE.match(sentence, verb.end):
            cost += _ASIDE_COST + 20  # "the checkpoint, closed since May, was opened again"
        if _OF_IT.match(sentence, verb.end) or (low == mention.end and _RELATIVE.match(between)):
            cost += _ASIDE_COST  # "tore down a fence and are replacing it", "a gate that closed"
        if cost < best_cost:
            best, best_cost = verb, cost
    return best


def _cuts(sentence: str, low: int, high: int) -> int:
    cuts = _clauses(sentence)
    return bisect_left(cuts, high) - bisect_left(cuts, low)


@lru_cache(maxsize=8)
def _clauses(sentence: str) -> tuple[int, ...]:
    return tuple(cut.start() for cut in _CLAUSE.finditer(sentence))


def _can_be_said(verb: str, subject: Subject) -> bool:
    """Say whether a verb fits a thing: ditches are filled in, forms at a checkpoint too."""
    return next((subject in fits for part, fits in _ONLY.items() if verb.startswith(part)), True)


def _is_adjective(sentence: str, verb: _Verb, mention: Mention) -> bool:
    """Say whether "expanded" belongs to "new or expanded fences"."""
    if sentence[verb.start : verb.end].endswith(" of"):
        return False
    between = sentence[verb.end : mention.start]
    before = sentence[max(0, verb.start - 14) : verb.start]
    return re.fullmatch(r" (?:(?!the |an? |these |\d)[\w-]+ ){0,2}", between) is not None and (
        re.search(
            r"\b(?:new|or|the|an?|of|these|additional|its|their|newly) $", before, re.IGNORECASE
        )
        is not None
    )


def _arrest(sentence: str, mention: Mention) -> Modality:
    words = sentence[mention.start : mention.end].lower()
    before = sentence[max(0, mention.start - 30) : mention.start].lower()
    if _NO_REPORTS.search(sentence[: mention.start]):
        return Modality.NO_PUBLIC_REPORTS
    if _DENY.search(sentence[: mention.start]) or _NOT.search(before):
        return Modality.DENIED
    is_running = "being" in words or before.rstrip().endswith("being")
    return Modality.UNDER_WAY if is_running else Modality.COMPLETED


def _order(sentence: str, mention: Mention) -> Modality:
    words = sentence[mention.start : mention.end].lower()
    if _DENY.search(sentence[: mention.start]):
        return Modality.DENIED
    is_act = re.search(
        r"ordered|issued|gave|given|handed|sent|received|announced|read|\ban\b|\b(?:same|new|"
        r"second|further|similar)\b|told|instructed|directed|authori[sz]ed|under orders",
        words,
    ) or _WAS_GIVEN.match(sentence, mention.end)
    return Modality.ORDERED if is_act else Modality.PRESENT
