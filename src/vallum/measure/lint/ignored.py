"""Numbers that are no measurements of a border: years, money, people, references, codes."""

from __future__ import annotations

import re

from vallum.ground.prose.units import COUNT, Measure, Unit

_PEOPLE = (
    r"people|persons?|men|women|children|soldiers?|troops|guards(?! ?posts?)|defectors?|"
    r"residents?|refugees?|"
    r"migrants?|families|households|villagers?|officers?|officials?|workers?|smugglers?|traders?|"
    r"analysts?|researchers?|volunteers?|sources?|witnesses|journalists?|experts?|activists?|"
    r"citizens?|inhabitants|readers?|observers?|interviewees|victims?|deaths?|dead|arrests?|"
    r"sanctions|countries|leaders|authors|inspectors|crossings|escapees|prisoners?|detainees"
)
_TIME = (
    r"seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|decades?|centur(?:y|"
    r"ies)|"
    r"a\.?m\b|p\.?m\b|o['’]clock|nights?|times|percentage points?|points?\b|pp\b"
)
_OTHER_UNITS = (
    r"[kmgt]?b(?:ps|ytes?)?\b|[kmgt]bit|px|pixels?|mpx|megapixels?|dpi|°|degrees?|deg\b|kg|"
    r"kilogram(?:me)?s?|"
    r"tons?|tonnes?|kv|volts?|v\b|watts?|kw|mw|hz|mhz|ghz|km/h|kph|mph|m/s|litres?|liters?|grams?|"
    r"mm\b|ms\b|"
    r"millimet|nm\b|(?:us )?dollars?|euros?|pounds?|won\b|yuan|rmb|usd|eur|gbp|zloty|pln|yen|"
    r"rubles?|"
    r"roubles?|bands?|bits?|files?|pages?|pp\.|lines of|characters|columns?|rows?|tables?|items?|"
    r"articles?|documents?|chapters?|paragraphs?|tests?|percentile|images?|photos?|photographs?|"
    r"dates|looks?\b|scenes?|pictures?|windows?\b|g\b|x\b(?! \d)|σ|standard|copies|tiles?|"
    r"verdicts?|answers?|candidates?|findings?|reasons?|cores?|versions?|km ?posts?|languages?"
)
_AFTER = re.compile(
    rf"(?:[\s-]{{0,2}}(?:{_OTHER_UNITS}|{_TIME})(?!\w)|['’]s\b|"
    rf"[\s-]{{1,2}}(?:[a-z]+[\s-]){{0,2}}(?:{_PEOPLE})(?!\w)"
    r"|(?:st|nd|rd|th)\b|[- ](?:year|month|day|week|hour|bit|band|fold-out)s?(?:-old)?\b"
    rf"|[\s-](?:thousand|million|billion) (?:{_PEOPLE}|dollars|euros|yuan|won|zloty|tons?|tonnes)\b"
    r"|\s{0,1}[°′″'\"]\s?\d{0,2})",
    re.IGNORECASE,
)
_PEOPLE_SHARE = re.compile(
    rf"\s?(?:of|per)\s(?:\w+\s){{0,3}}?(?:{_PEOPLE}|(?:north |south )?\w+ans)\b", re.IGNORECASE
)
_BEFORE = re.compile(
    r"(?:\b(?:page|pages|pp?\.|figures?|figs?\.|tables?|chapters?|section(?= \d{1,2}[\s.,;:)]| $)|"
    r"sections|no\.|nos\.|number|"
    r"issue|issues|article|articles|part|step|steps|rule|rules|version|versions|epsg|iso|annex|"
    r"appendix|"
    r"note|footnote|equation|eq\.|level|stage|phase|day|week|year|aged|age|ages|in|since|until|by|"
    r"from|to|and|during|km|kilometre|kilometer|kp|item|row|line|layer|unit|grade|class|type|"
    r"schema|python|"
    r"seed|room|zone|area|point|group|site|track|tier|route|highway|flight|resolution|decree|order|"
    r"law|act|art\.|vol\.|band|landsat|sentinel|chainage|code|port|error|exit|pixel)\s{1,2}|"
    r"[#§№]\s?)$",
    re.IGNORECASE,
)
_CHAINAGE = re.compile(r"\bkm\s[\d.,]{1,12}\s?(?:[-–—]|to|and)\s?$", re.IGNORECASE)
_ONLY_FOR_YEARS = frozenset({"in", "since", "until", "by", "from", "to", "and", "during", "year"})
_MONEY = re.compile(
    r"(?:US|A|C|HK)?[$€£¥₩]\s?$|\b(?:USD|EUR|GBP|RMB|KRW|PLN|CNY|yuan|won)\s?$", re.IGNORECASE
)
_THING = re.compile(
    r"\s(?:(?:new|more|additional|guard|watch|border|security|other|old|military|concrete|known|"
    r"such|"
    r"separate)\s){0,3}"
    r"(?:posts?|towers?|watchtowers?|facilities|structures|buildings|cameras|gates|checkpoints?|"
    r"garrisons?|poles|installations|sites|bunkers|positions)\b",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\b\d{1,2}:$|\b\d{1,2}\.$")


def is_no_measurement(
    clean: str, start: int, end: int, unit: Unit, written: str, is_word: bool
) -> bool:
    """Return whether the number at `start` of a text is left alone.

    Args:
        clean: the text.
        start: its first character.
        end: one past the last, unit included.
        unit: its unit.
        written: the digits or words, without unit.
        is_word: it is written in words.
    """
    before = clean[max(0, start - 24) : start]
    after = clean[end : end + 60]
    if _MONEY.search(before):
        return True
    if _is_code(before, after, written, unit, is_word):
        return True
    if unit is not COUNT:
        if unit.measure is Measure.SHARE:
            return bool(_PEOPLE_SHARE.match(after))
        return bool(re.match(r"\s?(?:people|residents|dollars|euros)\b", after))
    if _is_year(written, after) or _AFTER.match(after) or _is_size(before, after):
        return True
    if re.fullmatch(r"one|zero", written, re.IGNORECASE):
        return True
    match = _BEFORE.search(before)
    if _CHAINAGE.search(before):
        return True
    if match is None:
        return "." in written and len(written.partition(".")[2]) >= 4
    word = match.group().strip().lower()
    return word not in _ONLY_FOR_YEARS and not _THING.match(after)


def _is_size(before: str, after: str) -> bool:
    """Return whether it is one side of 256 x 256."""
    return bool(re.match(r"\s?[x×]\s?\d", after) or re.search(r"\d\s?[x×]\s?$", before))


def _is_year(written: str, after: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", written) is not None and not _THING.match(after)


def _is_code(before: str, after: str, written: str, unit: Unit, is_word: bool) -> bool:
    """Return whether it is part of a name: COVID-19, 5G, KN-23, W4, 1.2.3, -0.5."""
    if not is_word and re.search(r"[A-Za-z]\d*[-‑]$", before):
        # "mid-474 m" is no word; a name of letters and a number is.
        return (
            not re.search(r"(?:\b(?:a|an|the|pre|post|sub|mid))[-‑]$", before, re.IGNORECASE)
            or True
        )
    if (
        unit is COUNT
        and re.match(r"[A-Za-z_²]", after)
        and not re.match(r"fold|(?:st|nd|rd|th)\b", after)
    ):
        return True
    return bool(_HOUR.search(before)) and written.isdigit() and len(written) <= 2 and not is_word
