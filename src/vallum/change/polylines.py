"""Many polylines in one array, so that all those of a tile are worked on at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """Polylines one after another, each of two or more points.

    Attributes:
        points: (n, 2) float64, x and y in pixels.
        first: (lines + 1,) where each begins in `points`; the last is n.
    """

    points: Doubles
    first: Ints

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def heads(self) -> Doubles:
        """Return (lines, 2) first points."""
        return self.points[self.first[:-1]]

    @property
    def tails(self) -> Doubles:
        """Return (lines, 2) last points."""
        return self.points[self.first[1:] - 1]

    def one(self, number: int) -> Doubles:
        """Return (n, 2) points of one line."""
        return self.points[self.first[number] : self.first[number + 1]]

    def some(self, numbers: Ints) -> Lines:
        """Return some of the lines, in the order asked for."""
        start, count = self.first[numbers], np.diff(self.first)[numbers]
        return Lines(points=self.points[ranges(start, count)], first=starts_of(count))

    def lengths(self) -> Doubles:
        """Return (lines,) lengths in pixels."""
        leaps = _leaps(self.points)
        leaps[self.first[:-1]] = 0.0
        return np.asarray(np.add.reduceat(leaps, self.first[:-1]))

    def by_pixel(self) -> Lines:
        """Return the lines with points one pixel apart, both ends kept."""
        if not len(self):
            return self
        leaps = _leaps(self.points)
        leaps[self.first[1:-1]] = 1.0  # from the end of a line to the next
        walked = np.cumsum(leaps)
        begin, end = walked[self.first[:-1]], walked[self.first[1:] - 1]
        count = np.maximum(2, np.rint(end - begin).astype(np.intp) + 1)
        step = np.repeat((end - begin) / (count - 1), count)
        number = ranges(np.zeros_like(count), count)
        at = np.minimum(np.repeat(begin, count) + number * step, np.repeat(end, count))
        points = np.column_stack([np.interp(at, walked, column) for column in self.points.T])
        return Lines(points=points, first=starts_of(count))


def _leaps(points: Doubles) -> Doubles:
    """Return (n,) how far each point is from the one before, 0 for the first."""
    return np.concatenate(([0.0], np.hypot(*np.diff(points, axis=0).T)))[: len(points)]


def starts_of(count: Ints) -> Ints:
    """Return (k + 1,) where parts of those sizes begin, and where the last one ends."""
    first = np.zeros(len(count) + 1, np.intp)
    np.cumsum(count, out=first[1:])
    return first


def ranges(start: Ints, count: Ints) -> Ints:
    """Return the whole numbers from each start, as many as `count`, one after another."""
    return np.asarray(np.repeat(start - np.cumsum(count) + count, count) + np.arange(count.sum()))
