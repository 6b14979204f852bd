"""Stretches to look at one after the other: a sweep along the line."""

from __future__ import annotations

from vallum.ground.cells import cells
from vallum.ground.kinds import Design
from vallum.ground.records import Sample
from vallum.ground.span import Span, Spans

_REST = 4  # a rest under 1 / 4 of a frame is joined to its neighbour


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
    frames: list[Span] = []
    for part in usable:
        pieces = list(cells(part, length_m))
        # A rest can only be at the two ends of a stretch.
        if len(pieces) > 1 and pieces[0].length_m * _REST < length_m:
            pieces[:2] = [Span(pieces[0].start_m, pieces[1].end_m)]
        if len(pieces) > 1 and pieces[-1].length_m * _REST < length_m:
            pieces[-2:] = [Span(pieces[-2].start_m, pieces[-1].end_m)]
        frames += pieces
    return tuple(frames)


def sweep(usable: Spans, length_m: int = 800) -> list[Sample]:
    """Return the frames of `sweep_frames` as rows (design "sweep", seed 0, probability 1)."""
    return [Sample(span=span, design=Design.SWEEP) for span in sweep_frames(usable, length_m)]
