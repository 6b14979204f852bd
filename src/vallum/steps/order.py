"""Which of several lines beside one stretch of border is the first, the second, the third."""

from __future__ import annotations

from collections.abc import Sequence

from vallum.ground.span import Span

_NAMES = ("primary", "secondary", "tertiary")
_SHARE = 0.5
_APART_M = 3.0


def layers_of(lines: Sequence[tuple[Span, float]]) -> list[str]:
    """Return the layer of each line, counted outward from the border; "" for one that is alone.

    A line is behind another when that one lies beside at least half of its stretch, on the same
    side of the border and at least 3 m nearer to it.

    Args:
        lines: stretch of border and offset in metres, left negative, of each line.
    """
    names = []
    for number, (span, off_m) in enumerate(lines):
        before = behind = 0
        for other, (there, other_m) in enumerate(lines):
            if other == number or (off_m < 0) != (other_m < 0):
                continue
            shared = min(span.end_m, there.end_m) - max(span.start_m, there.start_m)
            apart_m = abs(off_m) - abs(other_m)
            before += apart_m >= _APART_M and shared >= _SHARE * (span.end_m - span.start_m)
            behind += -apart_m >= _APART_M and shared >= _SHARE * (there.end_m - there.start_m)
        names.append(_NAMES[min(before, 2)] if before or behind else "")
    return names
