"""Where along the frontier: whole metres of chainage, half-open."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter, index

from vallum.ground.errors import BadSetting


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A stretch of frontier `[start_m, end_m)` in whole metres of chainage.

    Raises:
        ValueError: the span is empty, runs backwards, or starts before 0.
        TypeError: an end is no whole number.
    """

    start_m: int
    end_m: int

    def __post_init__(self) -> None:
        # numpy integers become plain ones; a fraction of a metre is refused by `index`.
        object.__setattr__(self, "start_m", index(self.start_m))
        object.__setattr__(self, "end_m", index(self.end_m))
        if self.start_m < 0 or self.end_m <= self.start_m:
            raise ValueError(f"no such span: {self.start_m}..{self.end_m} m")

    @classmethod
    def parse_km(cls, text: str) -> Span:
        """Read a span written in kilometres, `"1004..1019"` or `"12.5..13"`.

        Raises:
            BadSetting: the text is no such span.
        """
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*\.\.\s*(\d+(?:\.\d+)?)\s*(?:km)?\s*", text)
        if match is None:
            raise BadSetting(
                f"{text[:40]!r} is no stretch of border; write kilometres, like 1004..1019"
            )
        try:
            return cls(round(float(match[1]) * 1000), round(float(match[2]) * 1000))
        except (ValueError, OverflowError) as error:
            raise BadSetting(f"{text[:40]!r}: the end must lie beyond the start") from error

    @property
    def length_m(self) -> int:
        """Metres of chainage."""
        return self.end_m - self.start_m

    @property
    def middle_m(self) -> float:
        """Chainage of the middle."""
        return (self.start_m + self.end_m) / 2

    def overlaps(self, other: Span) -> bool:
        """Say whether the two share at least one metre (touching ends do not)."""
        return self.start_m < other.end_m and other.start_m < self.end_m

    def __and__(self, other: Span) -> Span | None:
        """Return the shared stretch, or None."""
        start_m, end_m = max(self.start_m, other.start_m), min(self.end_m, other.end_m)
        return Span(start_m, end_m) if start_m < end_m else None

    def widened(self, by_m: int, within: Span) -> Span:
        """Return the span grown by `by_m` at both ends, kept inside `within`.

        Raises:
            ValueError: nothing of the grown span lies inside `within`.
        """
        grown = Span(max(0, self.start_m - by_m), self.end_m + by_m) & within
        if grown is None:
            raise ValueError(f"{self} lies outside {within}")
        return grown

    def __str__(self) -> str:
        return f"km {self.start_m / 1000:.3f}-{self.end_m / 1000:.3f}"


@dataclass(frozen=True, slots=True, init=False)
class Spans:
    """A set of metres of frontier, kept as sorted spans that neither overlap nor touch.

    Set algebra is exact: `a | b`, `a & b`, `a - b`, `a ^ b`; `length_m` adds up to the metre.
    """

    parts: tuple[Span, ...]

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        object.__setattr__(self, "parts", tuple(_merged(spans)))

    @classmethod
    def of(cls, *pairs: tuple[int, int]) -> Spans:
        """Build from `(start_m, end_m)` pairs; empty pairs are left out."""
        return cls(Span(a, b) for a, b in pairs if b > a)

    @property
    def length_m(self) -> int:
        """Metres in the set."""
        return sum(part.length_m for part in self.parts)

    @property
    def hull(self) -> Span | None:
        """The shortest single span around all parts, or None when empty."""
        return Span(self.parts[0].start_m, self.parts[-1].end_m) if self.parts else None

    def __iter__(self) -> Iterator[Span]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __or__(self, other: Spans | Span) -> Spans:
        return Spans((*self.parts, *_parts(other)))

    def __and__(self, other: Spans | Span) -> Spans:
        return Spans(_shared(self.parts, _parts(other)))

    def __sub__(self, other: Spans | Span) -> Spans:
        return Spans(_without(self.parts, _parts(other)))

    def __xor__(self, other: Spans | Span) -> Spans:
        return (self | other) - (self & other)

    def __contains__(self, at_m: object) -> bool:
        if not isinstance(at_m, int | float):
            return False
        place = bisect_right(self.parts, at_m, key=_start_of) - 1
        return place >= 0 and at_m < self.parts[place].end_m

    def within(self, frame: Span) -> Spans:
        """Return the metres of `frame` that are not in the set (the complement)."""
        return Spans((frame,)) - self

    def longer_than(self, length_m: int) -> Spans:
        """Return the parts of at least `length_m`."""
        return Spans(p for p in self.parts if p.length_m >= length_m)

    def bridged(self, gap_m: int) -> Spans:
        """Return the set with gaps of at most `gap_m` between neighbours filled."""
        gaps = (
            Span(a.end_m, b.start_m)
            for a, b in pairwise(self.parts)
            if b.start_m - a.end_m <= gap_m
        )
        return self | Spans(gaps)

    def __str__(self) -> str:
        return ", ".join(map(str, self.parts)) or "nowhere"


_start_of, _end_of = attrgetter("start_m"), attrgetter("end_m")


def _parts(value: Spans | Span) -> tuple[Span, ...]:
    return (value,) if isinstance(value, Span) else value.parts


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    ordered = sorted(spans, key=_start_of)
    if not ordered:
        return
    kept, end_m = ordered[0], ordered[0].end_m
    for span in ordered[1:]:
        if span.start_m <= end_m:
            end_m = max(end_m, span.end_m)
        else:
            # A part that joined no other is passed on as it is: most are, and making one is dear.
            yield kept if kept.end_m == end_m else Span(kept.start_m, end_m)
            kept, end_m = span, span.end_m
    yield kept if kept.end_m == end_m else Span(kept.start_m, end_m)


def _shared(left: tuple[Span, ...], right: tuple[Span, ...]) -> Iterator[Span]:
    if not left or not right:
        return
    # A short stretch among thousands begins at its place, not at the beginning.
    i = bisect_right(left, right[0].start_m, key=_end_of)
    j = bisect_right(right, left[0].start_m, key=_end_of)
    while i < len(left) and j < len(right):
        one, other = left[i], right[j]
        start_m = max(one.start_m, other.start_m)
        end_m = min(one.end_m, other.end_m)
        if start_m < end_m:
            is_one = start_m == one.start_m and end_m == one.end_m
            yield one if is_one else Span(start_m, end_m)
        if one.end_m <= other.end_m:
            i += 1
        else:
            j += 1


def _without(left: tuple[Span, ...], right: tuple[Span, ...]) -> Iterator[Span]:
    j = bisect_right(right, left[0].start_m, key=_end_of) if left else 0
    for part in left:
        start_m = part.start_m
        while j < len(right) and right[j].end_m <= start_m:
            j += 1
        k = j
        while k < len(right) and right[k].start_m < part.end_m:
            if right[k].start_m > start_m:
                yield Span(start_m, right[k].start_m)
            start_m = max(start_m, right[k].end_m)
            k += 1
        if start_m == part.start_m:
            yield part
        elif start_m < part.end_m:
            yield Span(start_m, part.end_m)
