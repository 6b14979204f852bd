"""Expressions of time, read relative to the day of publication."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from vallum.claims.calendar import (
    MONTHS,
    Bracket,
    day_of,
    month_of,
    months_back,
    months_of,
    part_of,
    season_of,
    week_of,
)
from vallum.claims.draft import Time
from vallum.ground.prose.spelled import WORDS, worth

_FEW = 6
"""What "the past few months" is read as, at most: a guess, wide on purpose."""

_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|"
    r"aug(?:ust|\.)?|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)(?![\w])"
)
_YEAR = r"(?:19|20)\d\d(?![\d,.]\d|\d|\s?(?:km|kilomet|met|m\b|miles|guard|posts|cameras))"
_N = rf"(?:\d{{1,3}}|few|several|couple of|(?:{WORDS})(?![\w-]))"
_PART = r"(?:early|mid|middle|late|(?:the )?(?:beginning|start|middle|end) of)"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASON = r"(?:spring|summer|autumn|fall|winter)"
_ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_REL = r"(?:last|this|next)"

_ATOMS: tuple[tuple[str, str], ...] = (
    ("iso", r"(?:19|20)\d\d-\d\d(?:-\d\d)?(?!\d)"),
    ("days", rf"\d{{1,2}}(?: ?[-–] ?| and | to | or )\d{{1,2}}(?: of)? {_MONTH}(?:,? {_YEAR})?"),
    ("dmy", rf"\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? {_YEAR})?"),
    ("mdy", rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?!\d|[-–]\d)(?:,? {_YEAR})?"),
    ("span", rf"(?:the )?(?:past|last|previous) {_N} (?:days|weeks|months|years)"),
    (
        "recent",
        r"recent (?:days|weeks|months|years)|the (?:past|last) (?:week|month|year)(?! of\b)|"
        r"the past day",
    ),
    ("year_end", r"(?:the )?year[’']s end|year-end"),
    ("ago", rf"a fortnight ago|(?:a|an|{_N}) (?:days?|weeks?|months?|years?) (?:ago|earlier)"),
    ("part_month", rf"{_PART}[- ](?:in )?{_MONTH}(?:,? (?:of )?(?:{_REL} year|{_YEAR}))?"),
    (
        "part_year",
        rf"{_PART}[- ](?:the year(?: {_YEAR})?|{_REL} year|this month|last month|{_YEAR})",
    ),
    ("half", rf"(?:the )?(?:first|second) half of (?:{_MONTH}(?:,? {_YEAR})?|{_YEAR}|{_REL} year)"),
    (
        "week_of",
        rf"(?:the )?(?:first|second|third|fourth|last) week of {_MONTH}(?:,? {_YEAR})?",
    ),
    ("quarter", rf"(?:the )?(?:first|second|third|fourth) quarter of (?:{_YEAR}|{_REL} year)"),
    ("month_year", rf"{_MONTH},? (?:of )?(?:{_YEAR}|{_REL} year)"),
    ("season_year", rf"(?:the )?{_SEASON}(?: of|,)? (?:{_YEAR}|{_REL} year)"),
    ("season_rel", rf"(?:{_REL}|the|early|late) {_SEASON}"),
    ("month_rel", rf"{_REL} {_MONTH}"),
    ("rel", rf"(?:{_REL}|the (?:previous|coming|following|current)) (?:week|month|year)|the year"),
    ("named_day", r"yesterday|today|tomorrow|this (?:morning|afternoon|evening)|last night"),
    (
        "nth",
        r"the \d{1,2}(?:st|nd|rd|th)(?= of (?:this|last) month|[,.;]| (?!century|anniversary|"
        r"of|parallel|congress|party|fence|wall|post|floor|day))(?: of (?:this|last) month)?",
    ),
    ("weekday", rf"(?:last )?(?:{'|'.join(_WEEKDAYS)})"),
    ("month", _MONTH),
    ("season", _SEASON),
    ("years", rf"{_YEAR}(?:[-–]| and ){_YEAR}"),
    ("year", _YEAR),
    ("then", r"then"),
)
_ATOM = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _ATOMS)
_FIND = re.compile(rf"(?<![\w.,/$€£-])(?:{_ATOM})(?![\w])", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:\b(?P<how>no later than|as of|as at|since(?: the)?|by(?: the)?|until|till|before|after|"
    r"between|from|"
    r"within|over|during|throughout|in|on|at|for|has|have)(?: the)? ?)$",
    re.IGNORECASE,
)
_NEEDS_LEAD = frozenset({"nth", "month", "season", "then", "year"})
_MONTHLY = frozenset({"month", "month_year"})
_AND_MONTH = re.compile(rf" and {_MONTH}", re.IGNORECASE)
_BARE_MAY = re.compile(r"may\b", re.IGNORECASE)
_LINK = re.compile(r"(?:,? (?:and|to|until|through)|[-–]) ?(?:the )?", re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """An expression of time in a sentence."""

    start: int
    end: int
    time: Time
    how: str = ""


def moments(sentence: str, published: date, anchor: date | None = None) -> tuple[Moment, ...]:
    """Return the expressions of time of a sentence, in order.

    Args:
        sentence: its words.
        published: the day that "last month" is counted from.
        anchor: the day that "since then" means, from the sentence before.
    """
    found: list[Moment] = []
    at = 0
    for match in _FIND.finditer(sentence):
        if match.start() < at:
            continue
        made = _moment(sentence, match, published, anchor)
        if made is not None:
            found.append(made)
            at = made.end
    return tuple(found)


def _moment(
    sentence: str, match: re.Match[str], published: date, anchor: date | None
) -> Moment | None:
    name = match.lastgroup or ""
    first = max(0, match.start() - 14)
    lead = _LEAD.search(sentence[first : match.start()])
    how = " ".join(lead["how"].lower().split()).removesuffix(" the") if lead else ""
    if name in _NEEDS_LEAD and not how:
        return None
    if name == "then" and how not in {"since", "by"}:
        return None
    if name == "month" and _BARE_MAY.match(match[0]) and match[0][0] != "M":
        return None
    start = first + lead.start() if lead and how not in {"has", "have", "for"} else match.start()
    try:
        bracket = _bracket(name, match[0].lower(), published, anchor, how)
        if bracket is None:
            return None
        if how in {"between", "from"} or (
            name in _MONTHLY and _AND_MONTH.match(sentence, match.end())
        ):
            bracket, end = _to(sentence, bracket, match.end(), published)
        else:
            bracket, end = _bounded(bracket, how, match[0].lower(), published), match.end()
    except (ValueError, OverflowError):  # before year 1, or after 9999
        return None
    words = sentence[start:end].strip()
    return Moment(start, end, _time(words, bracket), how)


def _time(words: str, bracket: Bracket) -> Time:
    return Time(expression=words, edtf=bracket.edtf, first=bracket.first, last=bracket.last)


def _bounded(bracket: Bracket, how: str, words: str, published: date) -> Bracket:
    """Return what "since", "by", "before" and "after" make of a time."""
    if how == "since":
        return Bracket(bracket.first, max(published, bracket.first or published))
    if how in {"by", "until", "till", "no later than"}:
        return Bracket(None, bracket.last)
    if how == "before" and words.startswith(("the end", "end")):
        return Bracket(None, bracket.last)
    if how == "before" and bracket.first:
        return Bracket(None, bracket.first - timedelta(1))
    if how == "after" and bracket.last and bracket.last < published:
        return Bracket(bracket.last, published)
    return bracket


def ahead_of(time: Time, published: date) -> Time:
    """Return a time of something still to come: "this year" to its end, "in June" the next one."""
    words = time.expression.lower()
    first, last = time.first, time.last
    if last is None or (_has_year(words) and "this" not in words) or "last" in words:
        return time
    try:
        if last == published and "this" in words:
            ends = {"week": week_of(last), "year": months_of(last.year, 1, 12)}
            last = ends.get(words.split()[-1], month_of(last.year, last.month)).last
        elif last < published and re.search(_MONTH, words):
            last = months_back(last, -12)
            first = months_back(first, -12) if first else None
    except (ValueError, OverflowError):
        return time
    return _time(time.expression, Bracket(first, last))


def _to(sentence: str, first: Bracket, at: int, published: date) -> tuple[Bracket, int]:
    """Return the whole of "between October and December 2022" and where it ends."""
    link = _LINK.match(sentence, at)
    other = _FIND.match(sentence, link.end()) if link else None
    if other is None:
        return first, at
    second = _bracket(other.lastgroup or "", other[0].lower(), published, None, "in")
    if second is None or second.last is None or first.first is None:
        return first, at
    start = first.first
    if start > second.last or not re.search(r"\d{4}", sentence[at - 12 : at]):
        # The year is said once, at the end: the latest such day before it.
        while start.year > second.last.year or start > second.last:
            start = months_back(start, 12)
        while months_back(start, -12) <= second.last and start.year < second.last.year:
            start = months_back(start, -12)
    return Bracket(start, second.last), other.end()


# -- one expression ---------------------------------------------------------------------------


def _bracket(
    name: str, words: str, published: date, anchor: date | None, how: str
) -> Bracket | None:
    if name == "then":
        return Bracket(anchor, anchor) if anchor else None
    if name == "weekday":
        return _weekday(words, published)
    if name == "month":
        return _nearest_month(_month_in(words), published, how)
    if name == "season":
        return _nearest_season(words, published)
    return _READERS[name](words, published)


def _year_in(words: str, published: date) -> int:
    if year := re.search(r"(?:19|20)\d\d", words):
        return int(year[0])
    relative = {"last": -1, "this": 0, "next": 1, "previous": -1, "coming": 1}
    named = re.search(r"(last|this|next|previous|coming) year", words)
    return published.year + (relative[named[1]] if named else 0)


def _has_year(words: str) -> bool:
    return re.search(r"(?:19|20)\d\d|(?:last|this|next) year", words) is not None


def _month_in(words: str) -> int:
    names = re.findall(r"[a-z]+", words)
    return next((MONTHS[name] for name in names if name in MONTHS), 1)


def _nearest_month(month: int, published: date, how: str = "") -> Bracket:
    """Return the newest such month, not after publication; for "by June" the coming one."""
    year = published.year - (month > published.month)
    if how in {"by", "until", "till"} and month > published.month:
        year = published.year
    return month_of(year, month)


def _nearest_season(words: str, published: date) -> Bracket:
    season = re.findall(r"[a-z]+", words)[-1]
    bracket = season_of(published.year, season)
    is_ahead = bracket.first is not None and bracket.first > published
    return season_of(published.year - 1, season) if is_ahead else bracket


def _weekday(words: str, published: date) -> Bracket:
    back = (published.weekday() - _WEEKDAYS.index(words.split()[-1])) % 7
    back += 7 if words.startswith("last") and not back else 0
    day = published - timedelta(back)
    return Bracket(day, day)


def _iso(words: str, _: date) -> Bracket | None:
    parts = [int(part) for part in words.split("-")]
    if not 1 <= parts[1] <= 12:
        return None
    return day_of(*parts) if len(parts) == 3 else month_of(parts[0], parts[1])


def _day(words: str, published: date) -> Bracket | None:
    number = re.search(r"(?<!\d)\d{1,2}(?!\d)", words)
    month = _month_in(words)
    if number is None:
        return None
    if _has_year(words):
        return day_of(_year_in(words, published), month, int(number[0]))
    this = day_of(published.year, month, int(number[0]))
    if this is not None and this.first is not None and this.first > published:
        return day_of(published.year - 1, month, int(number[0]))
    return this


def _days(words: str, published: date) -> Bracket | None:
    """Return "3 and 4 May" from the first of the two days to the second."""
    first, second = (int(number) for number in re.findall(r"(?<!\d)\d{1,2}(?!\d)", words)[:2])
    last = _day(re.sub(r"^\D*\d{1,2}\D+?(?=\d)", "", words), published)
    if last is None or last.last is None or first > second:
        return None
    return Bracket(last.last.replace(day=first), last.last)


def _recent(words: str, published: date) -> Bracket | None:
    """Return "recent weeks", wide on purpose, and "the past year": to the day of publication."""
    n = _FEW if words.startswith("recent") else 1
    return _reach(published, n, words.split()[-1], lambda first: Bracket(first, published))


def _year_end(_: str, published: date) -> Bracket:
    return month_of(published.year, 12)


def _number(words: str) -> int:
    found = re.search(rf"\b(?:{_N})", words)
    text = found[0] if found else "1"
    if text in {"few", "several"}:
        return _FEW
    if text == "couple of":
        return 2
    return int(text) if text.isdigit() else int(worth(text) or 1)


def _span(words: str, published: date) -> Bracket | None:
    n = _number(words.split("the ")[-1].split(" ", 1)[1])
    return _reach(published, n, words.split()[-1], lambda first: Bracket(first, published))


def _reach(published: date, n: int, unit: str, made: Callable[[date], Bracket]) -> Bracket | None:
    try:
        if unit.startswith("day"):
            return made(published - timedelta(n))
        if unit.startswith("week"):
            return made(published - timedelta(7 * n))
        return made(months_back(published, n * (12 if unit.startswith("year") else 1)))
    except (ValueError, OverflowError):
        return None


def _ago(words: str, published: date) -> Bracket | None:
    parts = words.replace("a fortnight", "two weeks").split()
    n = 1 if parts[0] in {"a", "an"} and len(parts) == 3 else _number(" ".join(parts))

    def around(day: date) -> Bracket:
        if parts[-2].startswith("day"):
            return Bracket(day, day)
        if parts[-2].startswith("week"):
            return Bracket(day - timedelta(3), day + timedelta(3))
        if parts[-2].startswith("month"):
            return month_of(day.year, day.month)
        return months_of(day.year, 1, 12)

    return _reach(published, n, parts[-2], around)


def _which_part(words: str) -> str:
    found = re.search(r"early|mid(?:dle)?|late|beginning|start|end", words)
    return found[0] if found else "late"


def _month_year(words: str, published: date) -> Bracket:
    month = _month_in(words)
    if _has_year(words):
        return month_of(_year_in(words, published), month)
    return _nearest_month(month, published)


def _part_month(words: str, published: date) -> Bracket:
    return part_of(_month_year(words, published), _which_part(words))


def _part_year(words: str, published: date) -> Bracket:
    if "month" in words:
        whole = month_of(published.year, published.month - ("last" in words))
    else:
        whole = months_of(_year_in(words, published), 1, 12)
    if "end of" in words:
        return Bracket(part_of(whole, "late").first, whole.last)
    return part_of(whole, _which_part(words))


def _half(words: str, published: date) -> Bracket:
    is_first = "first" in words
    tail = words.split(" of ", 1)[1]
    if not re.match(_MONTH, tail):
        year = _year_in(tail, published)
        return months_of(year, 1, 6) if is_first else months_of(year, 7, 12)
    whole = _month_year(tail, published)
    if whole.first is None:
        return whole
    middle = whole.first.replace(day=15)
    return Bracket(whole.first, middle) if is_first else Bracket(middle + timedelta(1), whole.last)


def _week_of(words: str, published: date) -> Bracket:
    """Return seven days: the first week of a month is its first to its seventh day."""
    whole = _month_year(words.split(" of ", 1)[1], published)
    if whole.first is None or whole.last is None:
        return whole
    if "last week" in words:
        return Bracket(whole.last - timedelta(6), whole.last)
    n = next(number for name, number in _ORDINAL.items() if name in words)
    return Bracket(whole.first + timedelta(7 * n - 7), whole.first + timedelta(7 * n - 1))


def _quarter(words: str, published: date) -> Bracket:
    number = next(n for name, n in _ORDINAL.items() if name in words)
    return months_of(_year_in(words.split(" of ")[1], published), 3 * number - 2, 3 * number)


def _season_year(words: str, published: date) -> Bracket:
    season = next(word for word in re.findall(r"[a-z]+", words) if re.fullmatch(_SEASON, word))
    return season_of(_year_in(words, published), season)


def _season_rel(words: str, published: date) -> Bracket:
    season = words.split()[-1]
    nearest = _nearest_season(season, published)
    if words.startswith("this"):
        return season_of(published.year, season)
    if words.startswith("next"):
        return season_of((nearest.first or published).year + 1, season)
    is_now = nearest.first and nearest.last and nearest.first <= published <= nearest.last
    if words.startswith("last") and is_now:
        return season_of((nearest.first or published).year - 1, season)
    return nearest


def _month_rel(words: str, published: date) -> Bracket:
    month = _month_in(words.split()[-1])
    nearest = _nearest_month(month, published)
    if words.startswith("this"):
        return month_of(published.year, month)
    shift = 12 if words.startswith("next") else 0
    is_now = month == published.month and words.startswith("last")
    return month_of((nearest.first or published).year, month + shift - (12 if is_now else 0))


def _rel(words: str, published: date) -> Bracket:
    """Return a week, month or year; the one that runs ends on the day of publication."""
    shift = -1 if re.match(r"last|the previous", words) else 0
    shift += 1 if re.match(r"next|the (?:coming|following)", words) else 0
    if words.endswith("week"):
        whole = week_of(published + timedelta(7 * shift))
    elif words.endswith("month"):
        whole = month_of(published.year, published.month + shift)
    else:
        whole = months_of(published.year + shift, 1, 12)
    is_running = shift == 0 and words.startswith("this")
    return Bracket(whole.first, published) if is_running else whole


def _nth(words: str, published: date) -> Bracket | None:
    """Return "the 15th": the newest such day, not after publication."""
    number = int(re.findall(r"\d+", words)[0])
    back = 1 if "last month" in words or number > published.day else 0
    whole = month_of(published.year, published.month - back).first
    return day_of(whole.year, whole.month, number) if whole else None


def _named_day(words: str, published: date) -> Bracket:
    day = published + timedelta({"yesterday": -1, "last night": -1, "tomorrow": 1}.get(words, 0))
    return Bracket(day, day)


def _years(words: str, _: date) -> Bracket | None:
    first, last = (int(year) for year in re.findall(r"\d{4}", words))
    return Bracket(date(first, 1, 1), date(last, 12, 31)) if first <= last else None


def _year(words: str, published: date) -> Bracket:
    return months_of(_year_in(words, published), 1, 12)


_READERS: dict[str, Callable[[str, date], Bracket | None]] = {
    "iso": _iso, "days": _days, "recent": _recent, "year_end": _year_end,
    "dmy": _day, "mdy": _day, "span": _span, "ago": _ago,
    "part_month": _part_month, "part_year": _part_year, "half": _half, "week_of": _week_of,
    "quarter": _quarter,
    "month_year": _month_year, "season_year": _season_year, "season_rel": _season_rel,
    "month_rel": _month_rel, "rel": _rel, "nth": _nth, "named_day": _named_day, "years": _years,
    "year": _year,
}  # fmt: skip
