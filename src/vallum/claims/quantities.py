"""How much of it: the amount that stands with a thing, as stated."""

from __future__ import annotations

import re

from vallum.claims.draft import Quantity
from vallum.claims.subjects import Mention
from vallum.ground.prose.spelled import WORDS, worth
from vallum.ground.prose.units import UNITS, Measure
from vallum.ground.saidkinds import Subject

_VAGUE = {
    "tens of thousands of": 20_000.0, "hundreds of": 200.0, "dozens of": 24.0, "scores of": 40.0,
    "thousands of": 2000.0, "tens of": 20.0, "multiple": 2.0, "several": 3.0, "numerous": 3.0,
    "a few": 2.0, "a couple of": 2.0, "many": 3.0,
}  # fmt: skip
_AT_LEAST = r"at least|more than|over|no (?:fewer|less) than|a minimum of|upwards of|exceeding"
_AT_MOST = r"at most|up to|less than|fewer than|no more than|under|a maximum of|nearly|almost"
_ABOUT = r"about|around|roughly|approximately|some|an estimated|estimated|circa|ca\.|nearly|almost"
_LENGTHS = "|".join(
    unit.pattern for unit in UNITS if unit.measure in {Measure.LENGTH, Measure.AREA}
)
_UNIT = rf"(?:{_LENGTHS}|layers?|rows?|lines?)(?![\w/])"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_N = rf"(?:{_DIGITS}|(?:{WORDS})(?![\w-]))"
_AMOUNT = (
    rf"(?:(?P<q>{_AT_LEAST}|{_AT_MOST}|{_ABOUT}|another|additional|between|from) )?"
    rf"(?:(?P<q2>{_AT_LEAST}|{_ABOUT}|another|between) )?"
    rf"(?:(?P<vague>{'|'.join(_VAGUE)})|(?P<low>{_N})"
    rf"(?:[ ]?(?:-|–|to|and|or) ?(?P<high>{_N}))?)"
    rf"(?:[ -]?(?P<unit>{_UNIT}))?"
)
_SINGLE = re.compile(
    r"\b(?P<n>an?|one|half an?) (?P<unit>kilomet(?:er|re)|mile)s? of (?:(?:the|its|their) )?"
    r"(?:[\w’'-]+ ){0,4}$",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    rf"(?<![\w.,/-])(?:(?P<q>{_AT_LEAST}|{_AT_MOST}|{_ABOUT}) )?(?P<low>{_N}) of (?:the|its|their|"
    rf"these) {_N}[ -](?P<unit>{_UNIT}) (?:of )?(?:(?!than\b|by\b|in\b)[\w’'-]+ ){{0,4}}$",
    re.IGNORECASE,
)
_HIGH_M = 15.0
"""A barrier "5.5 metres" of which nothing more is said: its height. None is so short."""
_SHORT = re.compile(rf"(?P<n>\d+(?:\.\d+)?)-(?P<unit>{_LENGTHS})\b", re.IGNORECASE)
_NO_NUMBER = r"(?<![\w.,/-])"
_ADJECTIVE = (
    r"(?:(?!(?:than|by|in|to|whether|asked|said|on|and the|with|that|which|near|at|from)\b)"
    r"[\w’'-]+ )"
)
_BEFORE = re.compile(
    rf"{_NO_NUMBER}{_AMOUNT}(?![-\w])(?:(?: of)? (?:the |these |its )?){_ADJECTIVE}{{0,5}}?$"
    rf"|{_NO_NUMBER}(?P<hyphen>{_DIGITS})[- ](?P<hyphen_unit>{_LENGTHS})(?:-long)? "
    rf"{_ADJECTIVE}{{0,3}}?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?:[^.;:,“”\"]{{0,45}}?\b(?:along|covering|stretching|stretches|running|runs|of|measuring|"
    rf"extending|is|was|will be|grown to|widened to|extended to|lengthened to|raised to|"
    rf"reached|totalling|totaling|over|for|from)|[^.;:,“”\"]{{0,12}}[,:]) "
    rf"(?:there (?:is|are|were) )?{_AMOUNT}(?![-\w])"
    rf"(?! from | away | north| south| east| west| off | inside| apart)"
    rf"(?P<rest> of them| long| in length| wide| high| deep| thick| tall)?",
    re.IGNORECASE,
)
_WIDE = re.compile(rf",? {_AMOUNT}(?![-\w]) (?:wide|in width|across)\b", re.IGNORECASE)
_ZONES = frozenset({Subject.BUFFER_ZONE, Subject.CLEARED_STRIP})
_LABEL = re.compile(
    r"\b(?:questions?|no\.|nos?\.|articles?|sections?|chapters?|figures?|fig\.|tables?|maps?|"
    r"routes?|"
    r"highways?|items?|paragraphs?|points?|pages?|units?|brigades?|regiments?|divisions?|room) $",
    re.IGNORECASE,
)
"""Words whose number is a name: "Question 215", "Brigade 27"."""
_LONG = re.compile(rf" {_AMOUNT}(?![-\w]) (?:long|in length)\b", re.IGNORECASE)
_RUNS = re.compile(
    rf"(?:[^.;“”\"]|\.\d){{0,90}}?\b(?:runs|ran|stretch(?:es|ed)|extends|extended)(?: for|"
    rf" over| along)? "
    rf"{_AMOUNT}(?![-\w])(?! from | away )",
    re.IGNORECASE,
)
_GROWN = re.compile(
    rf"(?:[^.;“”\"]|\.\d){{0,90}}?\b(?:rose|risen|increased|grew|grown|climbed|jumped|doubled|"
    rf"tripled)\b[^.;“”\"]{{0,20}}?"
    rf"(?: from {_N}(?: {_UNIT})?[^.;“”\"]{{0,12}}?)? to {_AMOUNT}(?![-\w])",
    re.IGNORECASE,
)
_PUT = re.compile(rf" at {_AMOUNT}(?![-\w])", re.IGNORECASE)
_EVERY = re.compile(
    rf"[^.;,]{{0,30}}?\bevery (?P<n>{_N}) ?(?P<unit>{_LENGTHS})(?!\w)", re.IGNORECASE
)
_INTERVALS = re.compile(r"[^.;]{0,40}?\bat (regular|close|short) intervals", re.IGNORECASE)
_SIZE = re.compile(r"\b(substantial|extensive) (?:[\w-]+ ){0,2}$", re.IGNORECASE)
_ONE = re.compile(
    r"\b(an?|one|another|first|the (?:country’s |nation’s |region’s )?first) "
    r"(?:(?!that\b|reports?\b|plans?\b|for\b|to\b)[\w-]+[ -]){0,3}$",
    re.IGNORECASE,
)
_LINES = frozenset(
    {
        Subject.FENCE, Subject.DOUBLE_FENCE, Subject.ELECTRIC_FENCE, Subject.WALL,
        Subject.PATROL_ROAD, Subject.DITCH, Subject.CLEARED_STRIP, Subject.BUFFER_ZONE,
        Subject.INFRASTRUCTURE, Subject.MINES,
    }
)  # fmt: skip
_COUNTED = frozenset(Subject) - _LINES - {Subject.ORDER, Subject.ARREST, Subject.SPIKES}
_PEOPLE = r"(?:[\w-]+ ){0,2}(?:smugglers?|people|persons|men|women|defectors?|brokers?|traders?)"
_NUMBER_OF_PEOPLE = re.compile(rf"{_NO_NUMBER}(?P<n>{_N}) {_PEOPLE}", re.IGNORECASE)
_REACH = 150


def quantity_of(
    sentence: str, mention: Mention, begin: int, stop: int
) -> tuple[Quantity, int, int] | None:
    """Return the amount stated with a thing, and where its words start and end; None without.

    Args:
        sentence: its words.
        mention: the thing.
        begin: one past the thing before; nothing is read before it.
        stop: first character of the next thing; nothing is read beyond.
    """
    if mention.subject is Subject.ARREST:
        return _people(sentence, mention)
    if mention.subject is Subject.ORDER:
        return None
    first = max(begin, mention.start - _REACH)
    before = sentence[first : mention.start]
    after = sentence[mention.end : max(stop, mention.end)][:_REACH]
    if grown := _GROWN.match(after):
        return _amount(grown), mention.start, mention.end + grown.end()
    if part := _PART_OF.search(before):
        return _share(part), first + part.start(), mention.end
    found = _BEFORE.search(before)
    if found and _is_height(found, mention):
        return None
    if found and _LABEL.search(before[: found.start()]):
        found = None
    if found and not _is_year(found):
        at = first + found.start()
        is_plural = (
            sentence[mention.end - 1] == "s" or sentence[mention.end - 3 : mention.end] == "ing"
        )
        return _amount(found, is_plural), at, mention.end
    if spaced := _spaced(after, mention):
        return spaced
    if re.search(r"\blength of (?:[\w-]+ ){0,3}$", before) and (put := _PUT.match(after)):
        return _amount(put), mention.start, mention.end + put.end()
    if (behind := _behind(after, mention.subject)) is not None:
        return behind[0], mention.start, mention.end + behind[1]
    return _loose(sentence, before, first, mention)


def _share(part: re.Match[str]) -> Quantity:
    """Return the forty of "about 40 of the 46 miles"."""
    value = _value(part["low"])
    qualifier = (part["q"] or "").lower()
    low: float | None = None if re.fullmatch(_AT_MOST, qualifier) else value
    high: float | None = None if re.fullmatch(_AT_LEAST, qualifier) else value
    stated = part[0][: part.end("unit") - part.start()]
    return Quantity(
        low=low, high=high, unit=_unit(part["unit"]), qualifier=qualifier, as_stated=stated
    )


def _is_height(found: re.Match[str], mention: Mention) -> bool:
    """Say whether "a 5.5-metre steel barrier" tells how high it is."""
    short = _SHORT.match(found[0])
    if short is None or "-long" in found[0] or mention.subject not in _LINES:
        return False
    return float(short["n"]) < {"m": _HIGH_M, "ft": 3.3 * _HIGH_M}.get(_unit(short["unit"]), 0.0)


def _spaced(after: str, mention: Mention) -> tuple[Quantity, int, int] | None:
    """Return "every 200 metres" or "at regular intervals"."""
    if every := _EVERY.match(after):
        unit = f"count per {every['n']} {_unit(every['unit'])}"
        words = every[0].strip()
        return (
            Quantity(low=1.0, high=1.0, unit=unit, qualifier="every", as_stated=words),
            mention.start,
            mention.end + every.end(),
        )
    if intervals := _INTERVALS.match(after):
        words = f"at {intervals[1]} intervals"
        return Quantity(qualifier=words, as_stated=words), mention.start, mention.end
    return None


def _loose(
    sentence: str, before: str, first: int, mention: Mention
) -> tuple[Quantity, int, int] | None:
    """Return "substantial", "a kilometre of", or the one of "a checkpoint"."""
    if single := _SINGLE.search(before):
        value = 0.5 if single["n"].lower().startswith("half") else 1.0
        amount = Quantity(
            low=value, high=value, unit=_unit(single["unit"]),
            as_stated=f"{single['n']} {single['unit']}",
        )  # fmt: skip
        return amount, first + single.start(), mention.end
    if size := _SIZE.search(before):
        words = size[1].lower()
        return Quantity(unit="", qualifier=words, as_stated=words), mention.start, mention.end
    one = _ONE.search(before) if mention.subject in _COUNTED else None
    if one and one[1].lower().endswith("first") and sentence[mention.end - 1] == "s":
        return None  # "the first cameras": more than one
    if one and " of " not in one[0] and one[1].lower() not in {"another"}:
        amount = Quantity(low=1.0, high=1.0, as_stated=one[1])
        return amount, first + one.start(), mention.end
    return None


def _behind(after: str, subject: Subject) -> tuple[Quantity, int] | None:
    """Return an amount said after the thing: "a zone of one to two km", "is 186 km long"."""
    if long := _LONG.match(after):
        return _amount(long), long.end()
    if subject in _ZONES and (wide := _WIDE.match(after)):
        return _amount(wide), wide.end()
    runs = _RUNS.match(after)
    if runs and runs["unit"]:
        return _amount(runs), runs.end()
    match = _AFTER.match(after)
    if match is None or match["rest"] in {" high", " deep", " thick", " tall"} or _is_year(match):
        return None
    is_length = match["unit"] is not None
    if not is_length and match["rest"] != " of them":
        return None
    if is_length and subject not in _LINES and subject is not Subject.CAMERA:
        return None
    return _amount(match), match.end()


def _amount(match: re.Match[str], is_plural: bool = True) -> Quantity:
    groups = match.groupdict()
    ends = [
        match.end(key) for key in ("low", "high", "vague", "unit", "hyphen_unit") if groups.get(key)
    ]
    starts = [match.start(key) for key in ("q", "q2", "low", "vague", "hyphen") if groups.get(key)]
    as_stated = match.string[min(starts) : max(ends)]
    if groups.get("hyphen"):
        value = _value(groups["hyphen"])
        unit = _unit(groups["hyphen_unit"])
        return Quantity(low=value, high=value, unit=unit, as_stated=as_stated)
    unit = _unit(groups["unit"]) if groups["unit"] else "count"
    said = [word.lower() for word in (groups["q"], groups["q2"]) if word]
    qualifier = next((w for w in said if w not in {"another", "additional", "between", "from"}), "")
    if groups["vague"] and unit == "count" and not is_plural:
        return Quantity(unit="", qualifier=groups["vague"].lower(), as_stated=as_stated)
    if groups["vague"]:
        vague = " ".join(groups["vague"].lower().split())
        return Quantity(low=_VAGUE[vague], unit=unit, qualifier=vague, as_stated=as_stated)
    low: float | None = _value(groups["low"])
    high: float | None = _value(groups["high"]) if groups["high"] else low
    if high is not None and low is not None and high < low:
        low, high = high, low
    if re.fullmatch(_AT_LEAST, qualifier):
        high = None
    elif re.fullmatch(_AT_MOST, qualifier) and qualifier not in {"nearly", "almost"}:
        low = None
    return Quantity(low=low, high=high, unit=unit, qualifier=qualifier, as_stated=as_stated)


def _value(words: str) -> float:
    if words[0].isdigit():
        return float(words.replace(",", ""))
    return worth(words) or 0.0


def _unit(words: str) -> str:
    for unit in UNITS:
        if unit.measure in {Measure.LENGTH, Measure.AREA} and re.fullmatch(
            unit.pattern, words, re.IGNORECASE
        ):
            return unit.name
    return words.lower().rstrip("s") + "s"


def _is_year(match: re.Match[str]) -> bool:
    """Say whether the number is a year, or part of a date: "in 2019 fences"."""
    groups = match.groupdict()
    low = groups.get("low") or ""
    return re.fullmatch(r"(?:19|20)\d\d", low) is not None and not groups.get("unit")


def _people(sentence: str, mention: Mention) -> tuple[Quantity, int, int] | None:
    """Return how many were arrested: said before or after the verb."""
    for part, first in (
        (sentence[max(0, mention.start - 45) : mention.start], max(0, mention.start - 45)),
        (sentence[mention.end : mention.end + 45], mention.end),
    ):
        if found := _NUMBER_OF_PEOPLE.search(part):
            value = _value(found["n"])
            start = min(first + found.start(), mention.start)
            end = max(first + found.end(), mention.end)
            return Quantity(low=value, high=value, as_stated=found["n"]), start, end
    return None
