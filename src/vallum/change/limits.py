"""What the method can see: how much of a simulated thing is found, by kind, pixel size, contrast.

Read from `data/detection/limits.csv`, which `benchmarks/detection/limits.py` makes by running the
detector on simulated barriers. Every figure is therefore *simulated*: it says what the method
cannot do, and promises nothing on a real border.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from statistics import NormalDist

from vallum.ground.errors import BadTable
from vallum.ground.kinds import Kind

COLUMNS = (
    "kind",
    "gsd_m",
    "width_px",
    "contrast",
    "misregistration_px",
    "n",
    "found",
    "share",
    "low",
    "high",
)
USUAL_WIDTH_M = {
    Kind.FENCE: 0.4,
    Kind.DOUBLE_FENCE: 8.0,
    Kind.WALL: 0.6,
    Kind.PATROL_ROAD: 4.0,
    Kind.CLEARED_STRIP: 8.0,
    Kind.GUARD_POST: 4.0,
    Kind.WATCHTOWER: 4.0,
    Kind.BUILDING: 9.0,
}
"""Width of a usual one of each kind, in metres."""

USABLE = 0.5
"""Share found under which a kind counts as not seen."""

_KIN = {Kind.GUARD_POST: Kind.WATCHTOWER, Kind.WATCHTOWER: Kind.GUARD_POST}
_USUAL_CONTRAST = 2.8
_TOO_FAR_PX = 1.0  # of misregistration, from the nearest row
_TOO_FAR_CONTRAST = 0.7  # octaves
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One row of the table: how many simulated things of one sort were found.

    Attributes:
        kind: class.
        gsd_m: pixel size.
        width_px: width of the thing in pixels.
        contrast: its step over the usual deviation of the change around it, in the image.
        misregistration_px: how far the dates lay from each other.
        n: things painted.
        found: how many of them were found; for lines it may be a sum of shares of length.
    """

    kind: Kind
    gsd_m: float
    width_px: float
    contrast: float
    misregistration_px: float
    n: int
    found: float


Table = tuple[Limit, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much of something is found, with a 95 % interval, and from how many simulated things."""

    share: float
    low: float
    high: float
    n: int


def wilson(found: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); (0, 1) for n = 0."""
    if n <= 0:
        return 0.0, 1.0
    share = found / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    reach = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


@cache
def packaged() -> Table:
    """Return the rows of the packaged table."""
    source = resources.files("vallum") / "data" / "detection" / "limits.csv"
    return parsed(source.read_text(encoding="utf-8").splitlines(), "limits.csv")


def parsed(lines: Iterable[str], name: str) -> Table:
    """Return the rows of a table; lines that begin with # are remarks.

    Rows of what is no kind of structure (plain lines) are left out.

    Raises:
        BadTable: a column is missing, or a value is no number.
    """
    known = {kind.value for kind in Kind}
    rows = []
    for number, row in enumerate(csv.DictReader(_without_remarks(lines)), start=1):
        try:
            if row["kind"] not in known:
                continue
            rows.append(
                Limit(
                    kind=Kind(row["kind"]),
                    gsd_m=float(row["gsd_m"]),
                    width_px=float(row["width_px"]),
                    contrast=float(row["contrast"]),
                    misregistration_px=float(row["misregistration_px"]),
                    n=int(row["n"]),
                    found=float(row["found"]),
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadTable(
                f"{name} row {number}: {error}; make it anew with benchmarks/detection/limits.py"
            ) from error
    return tuple(rows)


def _without_remarks(lines: Iterable[str]) -> Iterable[str]:
    return (line for line in lines if not line.startswith("#"))


def share_found(
    kind: Kind,
    width_m: float,
    gsd_m: float,
    misregistration_px: float = 0.0,
    contrast: float | None = None,
    *,
    table: Table | None = None,
) -> Share:
    """Return which share of simulated things like this one the detector finds.

    The row nearest in pixel size, misregistration, contrast and width is taken. Where contrast or
    misregistration was swept at another pixel size only, the share is weakened as it was there.
    Nothing is extrapolated beyond the table. A watchtower stands in for a guard post and the other
    way round where only one was simulated.

    Args:
        kind: class.
        width_m: width of the thing.
        gsd_m: pixel size.
        misregistration_px: how far the dates lie from each other after alignment.
        contrast: its step over the usual deviation of the change around it, at this pixel size;
            None takes a usual one.
        table: rows to use; the packaged ones if left out.

    Returns:
        Share with n = 0 and the interval 0 to 1 where the kind was never simulated.
    """
    every = _of_kind(kind, packaged() if table is None else table)
    if not every:
        return Share(share=math.nan, low=0.0, high=1.0, n=0)
    wanted_px = width_m / gsd_m

    def nearest(rows: Sequence[Limit], strength: float) -> list[Limit]:
        rows = _nearest(rows, lambda row: abs(row.misregistration_px - misregistration_px))
        rows = _nearest(rows, lambda row: _octaves(row.contrast, strength))
        return _nearest(rows, lambda row: _octaves(row.width_px, wanted_px))

    strength = _USUAL_CONTRAST if contrast is None else contrast
    rows = nearest(_nearest(every, lambda row: _octaves(row.gsd_m, gsd_m)), strength)
    n, found = sum(row.n for row in rows), sum(row.found for row in rows)
    low, high = wilson(found, n)
    weaker = 1.0
    if abs(rows[0].misregistration_px - misregistration_px) > _TOO_FAR_PX:
        weaker *= _ratio(every, rows[0], lambda row: row.misregistration_px, misregistration_px)
    if contrast is not None and _octaves(rows[0].contrast, contrast) > _TOO_FAR_CONTRAST:
        weaker *= _ratio(every, rows[0], lambda row: row.contrast, contrast)
    return Share(share=found / n * weaker, low=low * weaker, high=high * weaker, n=n)


def could_be_seen(
    kind: Kind,
    gsd_m: float,
    *,
    width_m: float = 0.0,
    level: float = USABLE,
    table: Table | None = None,
) -> bool:
    """Say whether images of this pixel size show such things at all, at the best contrast.

    Only what is surely missed is called unseen: the upper end of the interval lies under `level`.
    Beyond twice the coarsest pixel that was simulated, things narrower than a pixel count as not
    seen.

    Args:
        kind: class.
        gsd_m: pixel size.
        width_m: width of the thing; the usual one of the kind if left out.
        level: least share found.
        table: rows to use; the packaged ones if left out.
    """
    every = _of_kind(kind, packaged() if table is None else table)
    if not every:
        return True
    width_m = width_m or USUAL_WIDTH_M[kind]
    if gsd_m > 2 * max(row.gsd_m for row in every) and width_m < gsd_m:
        return False
    rows = [row for row in every if row.misregistration_px == 0] or list(every)
    near_m = _nearest(rows, lambda row: _octaves(row.gsd_m, gsd_m))[0].gsd_m
    # What coarse pixels show, fine ones show too: they can be made coarse.
    return any(wilson(row.found, row.n)[1] >= level for row in rows if row.gsd_m >= near_m)


def said(kind: Kind, gsd_m: float, *, table: Table | None = None) -> str:
    """Return one sentence on what images of this pixel size show of a usual one of a kind."""
    every = _of_kind(kind, packaged() if table is None else table)
    width_m = USUAL_WIDTH_M[kind]
    if not every:
        return f"How much of a {kind.label} is found was not simulated."
    if not could_be_seen(kind, gsd_m, table=table):
        return f"Pixels of {gsd_m:g} m do not show a {kind.label} of {width_m:g} m."
    rows = [row for row in every if row.misregistration_px == 0] or every
    rows = sorted(_nearest(rows, lambda row: _octaves(row.gsd_m, gsd_m)), key=lambda r: r.contrast)
    what = f"a {kind.label} of {width_m:g} m at {gsd_m:g} m per pixel"
    first, last = ((row, row.found / row.n) for row in (rows[0], rows[-1]))
    if first[0].contrast == last[0].contrast:
        return f"Of {what}, simulation found {last[1]:.0%} at a contrast of {last[0].contrast:.1f}."
    return (
        f"Of {what}, simulation found {first[1]:.0%} where it is faint (contrast "
        f"{first[0].contrast:.1f}) and {last[1]:.0%} where it is strong ({last[0].contrast:.1f})."
    )


def _of_kind(kind: Kind, table: Table) -> Table:
    found = tuple(row for row in table if row.kind is kind)
    return found or tuple(row for row in table if row.kind is _KIN.get(kind))


def _octaves(one: float, other: float) -> float:
    return abs(math.log2(max(one, 1e-3) / max(other, 1e-3)))


def _nearest(rows: Sequence[Limit], distance: Callable[[Limit], float]) -> list[Limit]:
    least = min(distance(row) for row in rows)
    return [row for row in rows if distance(row) <= least + 1e-9]


def _ratio(
    every: Sequence[Limit], at: Limit, value: Callable[[Limit], float], wanted: float
) -> float:
    """Return how much less is found at `wanted` than at the row, where that was swept.

    At most 1; also 1 where it was swept nowhere else.
    """
    others = [row for row in every if row.gsd_m != at.gsd_m]
    if not others:
        return 1.0

    def apart(one: Limit, other: Limit) -> float:
        aside = abs(one.misregistration_px - other.misregistration_px)
        return aside + _octaves(one.contrast, other.contrast)

    usual = replace(at, contrast=_USUAL_CONTRAST, misregistration_px=0.0)
    there = min(others, key=lambda row: (abs(value(row) - wanted), apart(row, usual)))
    swept = [row for row in others if row.gsd_m == there.gsd_m]
    here = min(swept, key=lambda row: (abs(value(row) - value(at)), apart(row, there)))
    if not here.found:
        return 1.0
    return min(1.0, (there.found / there.n) / (here.found / here.n))
