"""Lines beside one stretch of border: which is the first, and how sure each ten metres are."""

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


def by_ten_metres(evidence: Sequence[float]) -> tuple[float, ...]:
    """Return the mean of each ten values: evidence per metre in, per ten metres out."""
    parts = [evidence[at : at + 10] for at in range(0, len(evidence), 10)]
    return tuple(round(sum(part) / len(part), 2) for part in parts)
