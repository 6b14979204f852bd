"""Kilometres of confirmed barrier built, and removed, by date.

A thing was built after the last day on which it surely did not stand, and by the first day on
which it surely stood: an interval, open to one side where no look bounds it. Two things are said of
a day: the envelope, which holds whatever happened between two looks, and an estimate inside it,
which assumes that when people looked has nothing to do with when things were built.

All of it is about confirmed findings. What nobody found is in no curve.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from vallum.ground.kinds import BUILT, Basis, Dating, Held, Stage
from vallum.ground.records import Estimate, Finding, Json
from vallum.measure.counting import BARRIERS
from vallum.measure.once import metres_counted
from vallum.measure.turnbull import Floats, band_by, turnbull
from vallum.measure.wording import Evidence, wording

Event = Literal["built", "removed"]

_EVENTS: tuple[Event, Event] = ("built", "removed")
LEVEL = 0.95
_LEAST = 10  # dated findings under which a band would be a guess
_QUARTER_DAYS = 92
MOST_OPEN = 0.10  # share of the length in times that no look divides, above which no value is given
_NO_VALUE = (
    f"Where more than {MOST_OPEN * 100:.0f} % of the length falls into times that no look divides, "
    "there is no estimate: it can only be said to lie between low and high."
)
_ASSUMED = (
    "The estimate is Turnbull's (1976), weighted by length. It assumes that when people looked has "
    "nothing to do with when things were built or removed; the limits assume nothing. "
    f"{_NO_VALUE}"
)


@dataclass(frozen=True, kw_only=True)
class Onset:
    """Between which days one thing was built, and removed.

    Args:
        id: the finding.
        length_m: metres of it that count; see `metres_counted`.
        low: it surely did not stand yet on this day; None when no look says so (left-censored).
        high: it surely stood by this day; None when no look says so (right-censored).
        still: it surely stood on this day; None when no look says so.
        gone: it was surely gone by this day; None if it stands, or that is not known.
    """

    id: str
    length_m: float
    low: date | None = None
    high: date | None = None
    still: date | None = None
    gone: date | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Kilometres built, or removed, by each day.

    Attributes:
        what: "barrier built" or "barrier removed".
        days: (k,) in order; the end of each day counts.
        low: (k,) km surely by then: everything as late as the looks allow.
        high: (k,) km possibly by then: everything as early as the looks allow.
        value: (k,) km by Turnbull's estimate; straight between days. NaN where more than a tenth
            of the length lies in times that no look divides: then the estimate would be a choice
            of the program, and only the envelope is known.
        band_low: (k,) lower end of the 95 % band for the length of these findings, inside the
            envelope; NaN where fewer than ten findings are dated, and where `value` is.
        band_high: (k,) its upper end.
        total_km: all that the curve speaks of, dated or not.
        n: findings.
        n_dated: findings with both days known.
        note: what has to stand beside a picture of it.
    """

    what: str
    days: tuple[date, ...]
    low: Floats
    high: Floats
    value: Floats
    band_low: Floats
    band_high: Floats
    total_km: float
    n: int
    n_dated: int
    note: str

    def as_data(self) -> dict[str, Json]:
        """Return it as plain data, as it goes into JSON and into the report."""

        def plain(values: Floats) -> list[Json]:
            return [None if math.isnan(one) else round(one, 6) for one in values.tolist()]

        return {
            "what": self.what,
            "unit": "km",
            "total": round(self.total_km, 6),
            "n": self.n,
            "level": LEVEL,
            "from": self.days[0].isoformat(),
            "to": self.days[-1].isoformat(),
            "days": [day.isoformat() for day in self.days],
            "low": plain(self.low),
            "high": plain(self.high),
            "value": plain(self.value),
            "band_low": plain(self.band_low),
            "band_high": plain(self.band_high),
            "note": self.note,
        }


def onsets_of(findings: Iterable[Finding], event: Event = "built") -> list[Onset]:
    """Return what a curve is about, longest first.

    Built: confirmed barriers that are new, extended, upgraded or replaced; of the last three, what
    they became. Removed: confirmed barriers that people saw gone.
    """
    return _onsets(_counted(findings), event)


def built_by(onsets: Sequence[Onset], days: Sequence[date] = (), *, seed: int = 0) -> Curve:
    """Return kilometres built by the end of each day.

    The envelope needs no assumption: low is what surely stood by then, high what was not surely
    absent. The estimate is `turnbull` with lengths as weights; there is none (NaN) on days on which
    more than a tenth of the length lies in times that no look divides (`Masses.open_at`). The band
    (`band_by`) is about the length of these findings and lies inside the envelope. It assumes that
    findings are independent; neighbours often are not, and then it is too narrow.

    Args:
        onsets: at least one.
        days: days to state it for; every day on which it can change if empty.
        seed: of the bootstrap.

    Raises:
        ValueError: there are no onsets, or none of them is bounded by any look.
    """
    return _curve("built", onsets, days, seed)


def removed_by(onsets: Sequence[Onset], days: Sequence[date] = (), *, seed: int = 0) -> Curve:
    """Return kilometres removed by the end of each day; see `built_by`."""
    return _curve("removed", onsets, days, seed)


def curves_of(findings: Iterable[Finding]) -> list[Curve]:
    """Return the curve of what was built and that of what was removed, where there is one."""
    counted = _counted(findings)
    found = []
    for event in _EVENTS:
        onsets = _onsets(counted, event)
        if any(_bounds(event, onset) != (None, None) for onset in onsets):
            found.append(_curve(event, onsets))
    return found


def onset_estimates(findings: Iterable[Finding]) -> list[Estimate]:
    """Return the numbers on dates: built and removed by year ends, what has no date, stages.

    `barrier_km_built_by_2020-12-31`: low and high are the envelope and hold without any assumption;
    the value is Turnbull's estimate (basis `bounds`; where the looks leave nothing open it is
    counted: `confirmed`), and NaN where looks divide time too little for one. Year ends inside the
    range of the looks are stated, and quarter ends where half of the length is dated to a quarter
    of a year.

    Args:
        findings: those that count; what is not a confirmed barrier is left out here.
    """
    counted = _counted(findings)
    if not counted:
        return []
    found: list[Estimate] = []
    for event in _EVENTS:
        found += _by_date(event, _onsets(counted, event))
    return [*found, *_without_date(counted), *_by_stage(counted)]


# -- what is counted ----------------------------------------------------------------------------


def _counted(findings: Iterable[Finding]) -> list[tuple[Finding, float]]:
    """Return confirmed barriers with the metres that each adds, longest first."""
    sure = [f for f in findings if f.held is Held.CONFIRMED and f.category in BARRIERS]
    sure.sort(key=lambda finding: (-finding.length_m, finding.id))
    return list(zip(sure, metres_counted(sure).tolist(), strict=True))


def _onsets(counted: Iterable[tuple[Finding, float]], event: Event) -> list[Onset]:
    return [
        _onset(finding, length_m)
        for finding, length_m in counted
        if (finding.change in BUILT if event == "built" else finding.removed is not None)
    ]


def _onset(finding: Finding, length_m: float) -> Onset:
    built, removed = finding.built, finding.removed
    return Onset(
        id=finding.id,
        length_m=length_m,
        # Findings settled before there were looks have their bracket only.
        low=finding.last_absent or (built.earliest if built else None),
        high=finding.first_seen or (built.latest if built else None),
        still=finding.still_seen or (removed.earliest if removed else None),
        gone=finding.gone_by or (removed.latest if removed else None),
    )


def _bounds(event: Event, onset: Onset) -> tuple[date | None, date | None]:
    return (onset.low, onset.high) if event == "built" else (onset.still, onset.gone)


# -- curves -------------------------------------------------------------------------------------


def _curve(
    event: Event,
    onsets: Sequence[Onset],
    days: Sequence[date] = (),
    seed: int = 0,
    *,
    has_band: bool = True,
) -> Curve:
    bounds = [_bounds(event, onset) for onset in onsets]
    low = np.array([_day(first, -math.inf) for first, _ in bounds])
    high = np.array([_day(last, math.inf) for _, last in bounds])
    # Seen absent and standing on one day: it was built on that day.
    low = np.where(low >= high, high - 1, low)
    km = np.array([onset.length_m for onset in onsets]) / 1000
    at = np.array([float(day.toordinal()) for day in days]) if days else _knots(low, high)
    if not at.size:
        raise ValueError("no look bounds any of it: there is no day to speak of")
    surely = (high[:, None] <= at).T @ km
    maybe = (low[:, None] < at).T @ km
    value, band = surely, np.full((2, at.size), np.nan)
    if km.sum() > 0:
        masses = turnbull(low, high, km)
        value = np.clip(masses.share_by(at) * km.sum(), surely, maybe)
        # Inside a time that no look divides, the course would be of our own making.
        value = np.where(masses.open_at(at) > MOST_OPEN, np.nan, value)
    n_dated = int((np.isfinite(low) & np.isfinite(high)).sum())
    if has_band and n_dated >= _LEAST and km.sum() > 0:
        band = np.clip(band_by(low, high, km, at, level=LEVEL, seed=seed), surely, maybe)
        band = np.stack([np.minimum(band[0], value), np.maximum(band[1], value)])
    return Curve(
        what=f"barrier {event}",
        days=tuple(date.fromordinal(int(day)) for day in at),
        low=surely,
        high=maybe,
        value=value,
        band_low=band[0],
        band_high=band[1],
        total_km=float(km.sum()),
        n=len(onsets),
        n_dated=n_dated,
        note=_note(event, n_dated),
    )


def _day(day: date | None, unknown: float) -> float:
    return unknown if day is None else float(day.toordinal())


def _knots(low: Floats, high: Floats) -> Floats:
    """Return every day on which the envelope steps or the estimate turns."""
    ends = np.concatenate([low, low + 1, high])
    return np.unique(ends[np.isfinite(ends)])


def _note(event: Event, n_dated: int) -> str:
    text = (
        f"The limits hold whatever happened between two looks. {_ASSUMED} Only barrier that people "
        f"confirmed as {event} is in it."
    )
    if n_dated < _LEAST:
        return f"{text} No band: {n_dated} findings are dated, {_LEAST} are needed."
    return (
        f"{text} The band is made to hold the length of these findings 95 times in 100; it takes "
        "them for independent, which neighbours often are not."
    )


# -- numbers ------------------------------------------------------------------------------------


def _by_date(event: Event, onsets: Sequence[Onset]) -> list[Estimate]:
    """Return the kilometres by year ends, or quarter ends, inside the range of the looks."""
    bounds = [_bounds(event, onset) for onset in onsets]
    days = _stated_days(bounds, [onset.length_m for onset in onsets])
    if not days:
        return []
    curve = _curve(event, onsets, days, has_band=False)
    ids = tuple(onset.id for onset in onsets)
    rows = zip(curve.days, curve.value, curve.low, curve.high, strict=True)
    return [
        _dated_row(event, curve, day, (float(value), float(low), float(high)), ids)
        for day, value, low, high in rows
        # Before the first can have happened, and after the last has, there is nothing to say.
        if high > 0 and low < curve.total_km
    ]


def _dated_row(
    event: Event,
    curve: Curve,
    day: date,
    numbers: tuple[float, float, float],
    ids: tuple[str, ...],
) -> Estimate:
    value, low, high = numbers
    is_open = high - low > 1e-9
    basis = Basis.BOUNDS if is_open else Basis.CONFIRMED
    said = "surely stood" if event == "built" else "was surely gone"
    may = "cannot be shown to have been missing still" if event == "built" else "may have been gone"
    has_value = is_open and math.isfinite(value)
    method = (
        f"Length of confirmed barrier (layers add up) that was {event} by the end of {day}. Low: "
        f"what {said} by then. High: adds what {may}. "
    )
    return Estimate(
        name=f"barrier_km_{event}_by_{day}",
        value=value if is_open else low,
        low=low,
        high=high if is_open else low,
        unit="km",
        basis=basis,
        n=curve.n,
        estimator="Turnbull" if has_value else "",
        denominator=f"of {curve.total_km:,.3f} km of barrier confirmed as {event}",
        method=method + _rests_on(is_open=is_open, has_value=has_value),
        wording=wording(Evidence(basis=basis, n_confirmed=curve.n)),
        from_ids=ids,
    )


def _rests_on(*, is_open: bool, has_value: bool) -> str:
    """Say what the value rests on, or why there is none."""
    if not is_open:
        return "No look leaves anything open at this day."
    if has_value:
        return _ASSUMED
    return (
        f"More than {MOST_OPEN * 100:.0f} % of the length falls into times that no look divides, "
        "so there is no estimate for this day: only that it lies between low and high."
    )


def _stated_days(
    bounds: Sequence[tuple[date | None, date | None]], lengths_m: Sequence[float]
) -> list[date]:
    """Return the year ends inside the range of the looks; quarter ends where looks are dense."""
    known = sorted(day for pair in bounds for day in pair if day is not None)
    if not known:
        return []
    widths = [
        ((high - low).days if low is not None and high is not None else math.inf, length_m)
        for (low, high), length_m in zip(bounds, lengths_m, strict=True)
    ]
    narrow_m = math.fsum(length for width, length in widths if width <= _QUARTER_DAYS)
    is_dense = 2 * narrow_m > math.fsum(length for _, length in widths)
    months = (3, 6, 9, 12) if is_dense else (12,)
    ends = [
        date(year, month, calendar.monthrange(year, month)[1])
        for year in range(known[0].year, known[-1].year + 1)
        for month in months
    ]
    return [day for day in ends if known[0] <= day <= known[-1]]


def _without_date(counted: Sequence[tuple[Finding, float]]) -> list[Estimate]:
    """Return what no look shows before it stood, and the part that more looks could date."""
    undated = [
        (finding, length_m)
        for finding, length_m in counted
        if finding.built is None and finding.dating is not Dating.RIGHT_CENSORED
    ]
    waiting = [each for each in undated if each[0].dating is Dating.NOT_ENOUGH_LOOKS]
    return [
        _plain(
            "barrier_km_undated",
            undated,
            counted,
            "No look shows when it did not stand yet: it stood on the oldest image that shows the "
            "place, or older ones were not looked at, or looks contradict each other. It was built "
            "at an unknown time before it was first seen, and is in no curve's lower limit before.",
        ),
        _plain(
            "barrier_km_not_enough_looks",
            waiting,
            counted,
            "Part of what is undated for which there are images at which nobody has looked. It "
            "says nothing about change: not enough looks is not the same as no change.",
        ),
    ]


def _by_stage(counted: Sequence[tuple[Finding, float]]) -> list[Estimate]:
    """Return the length at each stage that people named, of what was built."""
    built = [each for each in counted if each[0].change in BUILT]
    named = [each for each in built if each[0].stage is not Stage.NONE]
    open_km = math.fsum(m for f, m in built if f.stage is Stage.NONE) / 1000
    return [
        _plain(
            f"barrier_km_at_stage_{stage.value}",
            here,
            built,
            f"Stage on the newest image for which a person named one: {stage.value}. For "
            f"{open_km:,.3f} km nobody named a stage; they are in no stage.",
            Basis.CONFIRMED,
        )
        for stage in Stage
        if (here := [each for each in named if each[0].stage is stage])
    ]


def _plain(
    name: str,
    part: Sequence[tuple[Finding, float]],
    whole: Sequence[tuple[Finding, float]],
    method: str,
    basis: Basis = Basis.ACCOUNT,
) -> Estimate:
    km = math.fsum(length_m for _, length_m in part) / 1000
    total = math.fsum(length_m for _, length_m in whole) / 1000
    return Estimate(
        name=name,
        value=km,
        low=km,
        high=km,
        unit="km",
        basis=basis,
        n=len(part),
        denominator=f"of {total:,.3f} km of barrier confirmed",
        method=f"{method} Length of the things themselves; layers add up. The bounds equal the "
        "value: it is an account of confirmed findings.",
        wording=wording(Evidence(basis=basis, n_confirmed=len(part))),
        from_ids=tuple(finding.id for finding, _ in part),
    )
