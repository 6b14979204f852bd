"""Stretches to look at: every one along the line (sweep), or some drawn by chance (sample)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from vallum.ground.errors import BadSetting
from vallum.ground.records import Sample
from vallum.ground.span import Span, Spans
from vallum.review.chance import draw

_REST = 4  # a rest under 1 / 4 of a frame is joined to its neighbour

Design = Literal["simple", "systematic"]


def sweep_frames(usable: Spans, length_m: int = 800) -> tuple[Span, ...]:
    """Return frames along the line that hold every usable metre once.

    Frames are cut at whole multiples of `length_m` of chainage, so that they (and the answers
    about them) stay when more images come in. Where coverage begins or ends inside a frame it is
    shorter; a rest under a quarter of `length_m` is joined to the frame it touches.

    Args:
        usable: metres with a usable pair of images.
        length_m: usual length of a frame.

    Returns:
        Spans in order along the line (a tuple: `Spans` would join neighbours).

    Raises:
        BadSetting: `length_m` is not positive.
    """
    _check(length_m)
    frames: list[Span] = []
    for part in usable:
        pieces = list(_cells(part, length_m))
        # A rest can only be at the two ends of a stretch.
        if len(pieces) > 1 and pieces[0].length_m * _REST < length_m:
            pieces[:2] = [Span(pieces[0].start_m, pieces[1].end_m)]
        if len(pieces) > 1 and pieces[-1].length_m * _REST < length_m:
            pieces[-2:] = [Span(pieces[-2].start_m, pieces[-1].end_m)]
        frames += pieces
    return tuple(frames)


def sweep(usable: Spans, length_m: int = 800) -> list[Sample]:
    """Return the frames of `sweep_frames` as rows (design "sweep", seed 0, probability 1)."""
    return [Sample(span=span, design="sweep") for span in sweep_frames(usable, length_m)]


def units(usable: Spans, length_m: int) -> list[Spans]:
    """Return the units a sample is drawn from: cells of `length_m` of chainage, usable part only.

    The cells begin at chainage 0 and do not depend on the coverage. A cell with a hole is one unit
    of several pieces; a cell without a usable metre is none.
    """
    _check(length_m)
    cells: dict[int, list[Span]] = {}
    for part in usable:
        for piece in _cells(part, length_m):
            cells.setdefault(piece.start_m // length_m, []).append(piece)
    return [Spans(cells[number]) for number in sorted(cells)]


def sample_frames(
    usable: Spans, length_m: int, n: int, *, design: Design = "simple", seed: int
) -> list[Sample]:
    """Return `n` units drawn by chance from the comparable metres of frontier.

    Simple: n of all units without replacement; a larger n with the same seed keeps those drawn.
    Systematic: every (N / n)-th unit along the line from a random start.
    In both, every metre has the same chance n / N to be chosen, N the number of units: partial
    units, at the ends of usable stretches, are neither dropped nor joined; they are shorter and are
    drawn with the chance of a whole one. A unit with a hole gives one row per piece, so there can
    be more rows than n. Lengths differ, so estimate by the ratio to metres drawn, not by the mean.
    The draw uses SHA-256 of the seed and the unit, and is the same on every machine, for ever.

    Args:
        usable: metres with a usable pair of images.
        length_m: length of a whole unit.
        n: units to draw.
        design: "simple" or "systematic".
        seed: of the draw.

    Returns:
        Rows in order along the line, without images (`before`, `after`).

    Raises:
        BadSetting: n or length_m is not positive, or there are fewer than n units.
    """
    whole = units(usable, length_m)
    if n < 1:
        raise BadSetting(f"a sample of {n} stretches is none; draw at least 1")
    if n > len(whole):
        raise BadSetting(
            f"{n} stretches of {length_m} m were asked for, but only {len(whole)} have a usable "
            "pair of images; draw fewer, or shorter ones"
        )
    chosen = _simple(whole, length_m, n, seed) if design == "simple" else _nth(whole, n, seed)
    return [
        Sample(span=piece, design=design, probability=n / len(whole), seed=seed)
        for unit in chosen
        for piece in unit
    ]


def _simple(whole: list[Spans], length_m: int, n: int, seed: int) -> list[Spans]:
    """Return the n units with the smallest draws, in order along the line."""
    numbers = {unit.parts[0].start_m // length_m: unit for unit in whole}
    drawn = sorted(numbers, key=lambda number: (draw(seed, "simple", length_m, number), number))
    return [numbers[number] for number in sorted(drawn[:n])]


def _nth(whole: list[Spans], n: int, seed: int) -> list[Spans]:
    """Return every (N / n)-th unit; with a fractional interval each still has the chance n / N."""
    start = draw(seed, "systematic")
    # floor((start + i) N / n): n different units, because N / n is at least 1.
    return [whole[min(int((start + i) * len(whole) / n), len(whole) - 1)] for i in range(n)]


def _cells(part: Span, length_m: int) -> Iterator[Span]:
    """Cut a stretch at whole multiples of `length_m`."""
    start_m = part.start_m
    while start_m < part.end_m:
        end_m = min(part.end_m, (start_m // length_m + 1) * length_m)
        yield Span(start_m, end_m)
        start_m = end_m


def _check(length_m: int) -> None:
    if length_m < 1:
        raise BadSetting(f"a stretch of {length_m} m cannot be looked at; give a length above 0")
