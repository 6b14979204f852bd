"""Disturbance that runs along the border: what looks like a road or strip and not like a field.

Two stages, both in border coordinates (rows: metres beside the line, columns: along it). First the
strengths of single pixels are summed along short lines at most 31 degrees from the border, after
what the land on the *stronger* of both sides did is taken away, so that edges of fields, floods and
clear cuts cancel. Then every line that stands out is judged once more as one series: the mean of
its pixels less that of the land on either side, date by date. Season, weather and haze are the
same on both and vanish; a strip that was laid bare stays, and its date with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vallum.change import disturb

Floats = NDArray[np.float32]

_FLANK_PX = (3, 5)  # rows of the land beside: a strip of 30 m does not reach them
_LEANS = np.tan(np.radians(np.linspace(-31, 31, 13)))
_WINDOW_M = 310.0
_LEAST_SHARE = 0.5
_CLIP = (-3.0, 6.0)
_STANDS_OUT = 4.5
_SHORTEST_M = 100.0
_MOST_LINES = 4  # looked at per cell, strongest first
_LEAST_STRENGTH = 2.0
_BY_SPACE, _BY_LENGTH, _USUAL_M = 0.65, 0.25, 500.0  # chosen on seeds of `dev`
_SHIFT_PX, _LEAST_JUMPS, _MOST_SHIFTED = 3, 8, 40
_LEAST_CLEAR = 0.3  # of the columns of a line, for a date to count


class Kind(StrEnum):
    """What a series can bear; each has rates of false alarms of its own."""

    LONG = "30 dates and more"
    SEASON = "12 to 29 dates"
    CONSTANT = "5 to 11 dates, or more without a season"
    FEW = "3 or 4 dates"
    PAIR = "2 dates"

    @property
    def is_few(self) -> bool:
        """True where no season can be told from change."""
        return self in {Kind.CONSTANT, Kind.FEW, Kind.PAIR}


def kind_of(days: NDArray[np.float64]) -> Kind:
    """Return what a series of these dates can bear."""
    n_waves = disturb.rule_of(days).n_waves
    if n_waves:
        return Kind.LONG if n_waves == 2 else Kind.SEASON
    n_dates = len(np.unique(days))
    return Kind.CONSTANT if n_dates >= 5 else Kind.FEW if n_dates > 2 else Kind.PAIR


# Score that so many cells of 1 km per 100 km reach by chance; from SIMULATED series of NDVI, seeds
# of `dev` only (benchmarks/cue/simulated.py prints the table and reports it on seeds of `test`).
RATES = (50.0, 20.0, 10.0, 5.0, 2.0, 1.0)
SCORES = {
    Kind.LONG: (2.93, 5.44, 6.63, 7.89, 9.36, 9.85),
    Kind.SEASON: (2.0, 2.84, 4.27, 5.00, 5.70, 6.30),
    Kind.CONSTANT: (2.0, 4.45, 5.51, 6.78, 7.80, 8.65),
    Kind.FEW: (2.0, 5.84, 7.28, 8.57, 11.80, 16.63),
    Kind.PAIR: (2.0, 5.54, 7.22, 11.26, 20.69, 25.37),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One disturbance along the border, inside one cell.

    Attributes:
        columns: (n,) columns that it runs through, rising.
        rows: (n,) its row in each of them.
        score: orders lines: how much it stands out as a line, as a step, and how long it is.
        strength: of its step against the land on either side, the weaker of both; see `Onset`.
        size: height of the step, in units of the signal.
        onset: when it stepped.
    """

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    score: float
    strength: float
    size: float
    onset: disturb.Onset


def least_score(false_per_100km: float, kind: Kind = Kind.LONG) -> float:
    """Return the score above which so many cells are named wrongly per 100 km.

    Rates outside the table get the score at its end: fewer false alarms than the last are not
    promised.
    """
    rates, scores = np.log(RATES[::-1]), np.array(SCORES[kind][::-1])
    return float(np.interp(math.log(false_per_100km), rates, scores))


def comparable(score: float, kind: Kind) -> float:
    """Return a score as a long series would have it that is as likely a false alarm.

    Beyond the ends of the table it grows in proportion.
    """
    ours, theirs = np.array(SCORES[kind]), np.array(SCORES[Kind.LONG])
    if score <= ours[0] or score >= ours[-1]:
        end = 0 if score <= ours[0] else -1
        return float(score * theirs[end] / ours[end])
    return float(np.interp(score, ours, theirs))


def along(strength: Floats, step_m: float) -> Floats:
    """Return how much each pixel looks like part of a line along the border.

    Args:
        strength: `(off, at)` of single pixels, NaN where nothing is known.
        step_m: size of a pixel.

    Returns:
        In standard deviations of the same sum over this stretch; NaN where too little is known.
    """
    against = _against_flanks(strength)
    known = np.isfinite(against)
    if known.sum() < 50:
        return np.full(strength.shape, np.nan, np.float32)
    middle = float(np.median(against[known]))
    spread = max(1e-3, 1.4826 * float(np.median(np.abs(against[known] - middle))))
    scaled = np.where(known, np.clip((against - middle) / spread, *_CLIP), 0).astype(np.float32)
    best = np.full(strength.shape, -np.inf, np.float32)
    weight = known.astype(np.float32)
    for lean in _LEANS:
        kernel = _kernel(float(lean), step_m)
        total = cv2.filter2D(scaled, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
        n = cv2.filter2D(weight, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
        enough = n >= _LEAST_SHARE * kernel.sum()
        np.maximum(best, np.where(enough, total / np.sqrt(np.maximum(n, 1)), -np.inf), out=best)
    return np.where(np.isfinite(best) & known, best, np.nan).astype(np.float32)


def _against_flanks(strength: Floats) -> Floats:
    """Return a pixel's strength less that of the land on its stronger side."""
    known = np.isfinite(strength)
    filled = np.where(known, strength, 0).astype(np.float32)
    core = _mean_rows(filled, known, {-1: 1.0, 0: 2.0, 1: 1.0})
    near, far = _FLANK_PX
    above = _mean_rows(filled, known, dict.fromkeys(range(near, far + 1), 1.0))
    below = _mean_rows(filled, known, dict.fromkeys(range(-far, -near + 1), 1.0))
    return np.where(known, core - np.maximum(above, below), np.nan).astype(np.float32)


def _mean_rows(filled: Floats, known: NDArray[np.bool_], weights: dict[int, float]) -> Floats:
    """Return weighted means of the rows at some distances; NaN where less than half is known."""
    reach = max(abs(row) for row in weights)
    kernel = np.zeros((2 * reach + 1, 1), np.float32)
    for row, weight in weights.items():
        kernel[reach + row, 0] = weight
    kernel /= kernel.sum()
    total = cv2.filter2D(filled, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
    share = cv2.filter2D(
        known.astype(np.float32), cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT
    )
    return np.where(share >= 0.5, total / np.maximum(share, 1e-6), np.nan).astype(np.float32)


def _kernel(lean: float, step_m: float) -> Floats:
    half = max(3, round(_WINDOW_M / step_m / 2))
    columns = np.arange(-half, half + 1)
    rows = np.round(columns * lean).astype(int)
    tall = int(np.abs(rows).max())
    kernel = np.zeros((2 * tall + 1, len(columns)), np.float32)
    kernel[rows + tall, columns + half] = 1
    return kernel


def lines(
    signal: Floats,
    days: NDArray[np.float64],
    looks: Floats,
    cells: NDArray[np.int64],
    step_m: float,
    *,
    is_two_sided: bool = False,
    least: float = 0.0,
) -> dict[int, Line]:
    """Return the strongest disturbance along the border of every cell that has one.

    Args:
        signal: `(date, off, at)`, higher is barer, NaN where hidden.
        days: of the dates.
        looks: what `along` returned.
        cells: `(at,)` number of the cell of each column; negative outside all cells.
        step_m: size of a pixel.
        is_two_sided: steps down count as well.
        least: score below which nothing is returned.
    """
    bright = np.nan_to_num(looks, nan=-np.inf)
    labels, _ = ndimage.label(bright >= _STANDS_OUT, structure=np.ones((3, 3), int))
    pieces: dict[int, list[tuple[float, NDArray[np.int64], NDArray[np.int64]]]] = {}
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        part = np.where(labels[box] == label, bright[box], -np.inf)
        peak = part.max(axis=0)
        columns = np.flatnonzero(np.isfinite(peak)) + box[1].start
        rows = part.argmax(axis=0)[columns - box[1].start] + box[0].start
        for cell in np.unique(cells[columns]):
            inside = cells[columns] == cell
            if cell >= 0 and inside.sum() * step_m >= _SHORTEST_M:
                weight = float(peak[columns[inside] - box[1].start].sum())
                pieces.setdefault(int(cell), []).append((weight, columns[inside], rows[inside]))
    strongest = {
        cell: sorted(every, key=lambda one: -one[0])[:_MOST_LINES] for cell, every in pieces.items()
    }
    every = [piece[1:] for some in strongest.values() for piece in some]
    around = _usual_noise(signal, every) if kind_of(days).is_few else None
    best: dict[int, Line] = {}
    for cell, some in strongest.items():
        for _, columns, rows in some:
            stands_out = float(np.median(looks[rows, columns]))
            line = _judge(signal, days, columns, rows, stands_out, step_m, is_two_sided, around)
            if line and line.score >= max(least, best[cell].score if cell in best else 0):
                best[cell] = line
    return best


def _judge(
    signal: Floats,
    days: NDArray[np.float64],
    columns: NDArray[np.int64],
    rows: NDArray[np.int64],
    stands_out: float,
    step_m: float,
    is_two_sided: bool,
    around: float | None,
) -> Line | None:
    """Return a line judged as one series against the land on either side; None with too little."""
    core, sides, between = _parts(signal, columns, rows)
    found = [
        disturb.onset(_one_series(core - side), days, is_two_sided=is_two_sided, around=around)
        for side in sides
    ]
    mean = disturb.onset(_one_series(between), days, is_two_sided=is_two_sided, around=around)
    weaker = min(found, key=lambda one: abs(one.strength) if is_two_sided else one.strength)
    strengths = [one.strength for one in (*found, mean)]
    if not np.isfinite(strengths).all():
        return None
    if is_two_sided and found[0].strength * found[1].strength < 0:
        return None
    strength = abs(weaker.strength) if is_two_sided else weaker.strength
    if strength < _LEAST_STRENGTH:
        return None
    score = strength ** (1 - _BY_SPACE) * stands_out**_BY_SPACE
    score *= (len(columns) * step_m / _USUAL_M) ** _BY_LENGTH
    return Line(
        columns=columns, rows=rows, score=score, strength=strength, size=mean.size, onset=mean
    )


def _parts(
    signal: Floats, columns: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[Floats, list[Floats], Floats]:
    """Return a line, the land on either side, and the line less both, `(date, column)` each."""
    near, far = _FLANK_PX
    core = _rows_at(signal, columns, rows, range(-1, 2))
    sides = [
        _rows_at(signal, columns, rows, [sign * px for px in range(near, far + 1)])
        for sign in (-1, 1)
    ]
    return core, sides, core - (sides[0] + sides[1]) * np.float32(0.5)


def _usual_noise(
    signal: Floats, lines: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> float | None:
    """Return how much such lines change from date to date elsewhere beside the same border.

    With few dates a series cannot tell its own noise. The same lines moved to the left and right
    show what fields, haze and misplaced images do to them. Where there is no room to move them,
    single pixels are taken, which are noisier: fewer lines are found then, not more.
    """
    edge = _FLANK_PX[1]
    jumps = []
    for columns, rows in lines[:: max(1, len(lines) // _MOST_SHIFTED)]:
        shifts = np.arange(edge - rows.min(), signal.shape[1] - edge - rows.max(), _SHIFT_PX)
        for shift in shifts[np.abs(shifts) > 2 * edge]:
            series = _one_series(_parts(signal, columns, rows + shift)[2])
            jumps.append(np.diff(series[np.isfinite(series)]))
    every = np.abs(np.concatenate(jumps)) if jumps else np.zeros(0)
    if len(every) < _LEAST_JUMPS:
        jumps_px = np.diff(signal, axis=0)
        every = np.abs(jumps_px[np.isfinite(jumps_px)])
    if not len(every):
        return None
    return 1.4826 * float(np.median(every)) / 2**0.5


def _rows_at(
    signal: Floats, columns: NDArray[np.int64], rows: NDArray[np.int64], away: Sequence[int]
) -> Floats:
    """Return means `(date, column)` over rows at some distances; NaN where one is hidden."""
    total = np.zeros((len(signal), len(columns)), np.float32)
    for distance in away:
        row = np.clip(rows + distance, 0, signal.shape[1] - 1)
        total += signal[:, row, columns]
    return (total / len(away)).astype(np.float32)


def _one_series(values: Floats) -> Floats:
    """Return the mean over columns; columns hidden on a date do not shift it."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0)
    usual = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    share = known.mean(axis=1)
    total = np.where(known, filled - usual, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(share >= _LEAST_CLEAR, total, np.nan).astype(np.float32)
