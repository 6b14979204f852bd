"""The frontier cut at whole multiples of a length: the same cells whatever the coverage is."""

from __future__ import annotations

from collections.abc import Iterator

from vallum.ground.errors import BadSetting
from vallum.ground.span import Span, Spans

UNIT_M = 200
"""Usual length of a stretch that is drawn: seen at once at half a metre per pixel."""


def cells(part: Span, length_m: int) -> Iterator[Span]:
    """Cut a stretch at whole multiples of `length_m` of chainage.

    Raises:
        BadSetting: `length_m` is not positive.
    """
    if length_m < 1:
        raise BadSetting(f"a stretch of {length_m} m cannot be looked at; give a length above 0")
    start_m = part.start_m
    while start_m < part.end_m:
        end_m = min(part.end_m, (start_m // length_m + 1) * length_m)
        yield Span(start_m, end_m)
        start_m = end_m


def units(usable: Spans, length_m: int) -> dict[int, Spans]:
    """Return the cells of `length_m` of chainage, usable part only, by their number.

    A cell's number is its start divided by `length_m`: cells begin at chainage 0 and do not depend
    on the coverage. A cell with a hole is one unit of several pieces; a cell without a usable metre
    is none.

    Args:
        usable: metres that count.
        length_m: length of a whole cell.

    Returns:
        Units in order along the line.

    Raises:
        BadSetting: `length_m` is not positive.
    """
    found: dict[int, list[Span]] = {}
    for part in usable:
        for piece in cells(part, length_m):
            found.setdefault(piece.start_m // length_m, []).append(piece)
    return {number: Spans(found[number]) for number in sorted(found)}
