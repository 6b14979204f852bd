"""What `cue` found, in words and in plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vallum.ground.records import Cue, Json
from vallum.ground.when import When
from vallum.steps.done import km

if TYPE_CHECKING:
    from vallum.change.linear import Kind, Line
    from vallum.imagery.series import Group

NOT_CALIBRATED = (
    "how often such a series is wrong is not known: rates of false alarms are calibrated for NDVI "
    "alone; ranked after all others"
)
MANY_DATES = 12
FEW_DATES = (
    "some stretches have fewer than 12 dates: on SIMULATED land half of all strips are missed so "
    "with 8 dates and two thirds with 2; there, nothing found says little"
)


def is_calibrated(row: Cue) -> bool:
    """Say whether the rate of false alarms that was asked for holds for a cue, if SIMULATED."""
    return NOT_CALIBRATED not in row.reasons


def reasons(
    line: Line, group: Group, ends: tuple[When, When], kind: Kind, n_dates: int
) -> list[str]:
    """Return why a line is ranked as it is, and what its series cannot say.

    Args:
        line: what was found.
        group: the series.
        ends: when the last date without it was taken, and the first with it.
        kind: of the series.
        n_dates: that show something.
    """
    from vallum.change.linear import Kind
    from vallum.imagery.series import Signal

    told_ = [
        f"{_changed(line, group)}, {line.strength:.1f} times its noise; the land on both sides of "
        "it did not change so"
    ]
    if kind is Kind.PAIR:
        then, now = ("so", "otherwise") if group.signal.is_two_sided else ("green", "bare")
        told_.append(
            f"only 2 dates: {then} {_on(ends[0])} and {now} {_on(ends[1])} is all they can "
            "say; neither that it lasts, nor what was bare on the first date already"
        )
    else:
        told_.append(f"it lasts: clear before {_on(ends[0])}, clear with it {_on(ends[1])}")
        if kind.is_few:
            told_.append(
                f"only {n_dates} dates: seasons cannot be told from change; "
                "many strips are missed so"
            )
    if group.signal is not Signal.NDVI:
        told_.append(NOT_CALIBRATED)
    return told_


def _on(taken: When) -> str:
    """Return a day, or between which days an image was taken."""
    if taken.days == 1:
        return f"on {taken.earliest}"
    return f"on a day between {taken.earliest} and {taken.latest}"


def for_series(problem: str) -> str:
    """Return why an image cannot be used, without an advice that would spoil a series.

    Stretching every date by its own values makes dates that cannot be compared.
    """
    first, found, _ = problem.partition("; convert it with gdal_translate")
    if not found:
        return problem
    return (
        f"{first}; convert every date with the same two ends, as gdal_translate -ot UInt16 -scale "
        "-30 10 1 65535 for radar in decibels, or -scale 0 1 1 10000 for reflectance"
    )


def _changed(line: Line, group: Group) -> str:
    from vallum.imagery.series import Signal

    if group.signal is Signal.RADAR:
        return f"the radar echo changed by {line.size:+.1f} dB"
    if group.signal is Signal.BRIGHTNESS:
        return f"it became {'brighter' if line.size > 0 else 'darker'} by {abs(line.size):.2f}"
    return f"{group.signal.words} fell by {line.size:.2f}"


def told(rows: Sequence[Cue]) -> list[str]:
    """Return what was found in words, strongest first."""
    found = sorted((row for row in rows if row.rank), key=lambda row: row.rank)
    n_blocked = sum(bool(row.blocked_by) for row in rows)
    blocked_m = sum(row.span.length_m for row in rows if row.blocked_by)
    total_m = sum(row.span.length_m for row in rows)
    n_nothing = len(rows) - len(found) - n_blocked
    lines = [
        f"{len(found)} of {len(rows)} cells are worth a look; in {n_nothing} "
        f"nothing was found; of {km(blocked_m)} of {km(total_m)} nothing can be said",
        "a cue is a hint from pixels of 10 m or more: it is no finding, and no cue is no proof",
    ]
    n_dates = [row.n_dates for row in rows if row.n_dates and not row.blocked_by]
    if n_dates and min(n_dates) < MANY_DATES:
        lines.append(FEW_DATES)
    n_free = sum(not is_calibrated(row) for row in found)
    if n_free:
        lines.append(f"{n_free} of them: {NOT_CALIBRATED}")
    for row in found:
        start, end = row.span.start_m / 1000, row.span.end_m / 1000
        lines.append(f"{row.rank}. km {start:g}..{end:g}, score {row.score:.1f}: {row.reasons[0]}; "
                     f"{row.since}")  # fmt: skip
    return lines


def facts(rows: Sequence[Cue]) -> dict[str, Json]:
    """Return what was found as plain JSON, strongest first."""
    found = sorted((row for row in rows if row.rank), key=lambda row: row.rank)
    blocked_m = sum(row.span.length_m for row in rows if row.blocked_by)
    return {
        "n_cells": len(rows),
        "n_found": len(found),
        "n_not_calibrated": sum(not is_calibrated(row) for row in found),
        "found_m": sum(row.span.length_m for row in found),
        "blocked_m": blocked_m,
        "extent_m": sum(row.span.length_m for row in rows),
        "cues": [_plain(row) for row in found],
    }


def _plain(row: Cue) -> dict[str, Json]:
    return {
        "rank": row.rank,
        "start_m": row.span.start_m,
        "end_m": row.span.end_m,
        "score": row.score,
        "along_m": row.along_m,
        "off_m": row.off_m if math.isfinite(row.off_m) else None,
        "last_day_without": str(row.since.earliest) if row.since else None,
        "first_day_with": str(row.since.latest) if row.since else None,
        "reasons": list(row.reasons),
        "series": row.series,
        "n_dates": row.n_dates,
        "n_clear": row.n_clear,
    }
