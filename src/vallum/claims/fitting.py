"""Whether the dates of a finding allow what a claim says.

A finding came to stand after the last day on which it surely did not, and by the first day on
which it surely did; with its end it is the same. A claim fits where one of those days is among the
days that it can mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from vallum.claims.stance import Sense, Stance
from vallum.ground.kinds import BUILT, Change
from vallum.ground.records import Finding
from vallum.ground.saidkinds import Modality
from vallum.ground.statements import Claim

SEASON = timedelta(days=90)
"""A guess: how long before the day that a source states work may have begun."""
YEAR = timedelta(days=365)
"""A guess: how old a thing called new can be, and how long work under way may take to show."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """Days between which something came to stand, and went; None where no look bounds it.

    Attributes:
        absent: it surely did not stand yet.
        seen: it surely stood by this day.
        still: it surely stood on this day.
        gone: it was surely gone by this day.
    """

    absent: date | None
    seen: date | None
    still: date | None
    gone: date | None


def life_of(finding: Finding) -> Life:
    """Return what is known of a finding's dates; older findings have their brackets only."""
    built, removed = finding.built, finding.removed
    return Life(
        absent=finding.last_absent or (built.earliest if built else None),
        seen=finding.first_seen or (built.latest if built else None),
        still=finding.still_seen or (removed.earliest if removed else None),
        gone=finding.gone_by or (removed.latest if removed else None),
    )


def fits(sense: Sense, claim: Claim, finding: Finding) -> str:
    """Return in words how the dates of a finding allow what a claim says; empty if they do not."""
    life = life_of(finding)
    if sense.stance is Stance.GONE or (sense.stance is Stance.MEANT and sense.is_removal):
        return _fits_gone(sense, life)
    if sense.stance is Stance.MEANT:
        return _fits_plan(sense, finding, life)
    if sense.is_new:
        return _fits_new(sense, claim, finding, life)
    return _fits_standing(sense, finding, life)


def refutes(sense: Sense, finding: Finding) -> bool:
    """Say whether what a claim denies surely was so at the time it states."""
    life = life_of(finding)
    first, last = sense.first, sense.last
    if last is None:
        return False
    if sense.is_removal:
        return _is_inside(life.still, life.gone, first, last)
    if sense.is_new:
        return finding.change in BUILT and _is_inside(life.absent, life.seen, first, last)
    since = _stood_since(finding, life)
    return since is not None and since <= last and _stood_on(life, first)


def is_later(sense: Sense, finding: Finding) -> bool:
    """Say whether a thing surely did not stand yet a season after it was said to be there."""
    absent = life_of(finding).absent
    return bool(absent and sense.last and absent >= sense.last + SEASON)


def _fits_gone(sense: Sense, life: Life) -> str:
    if life.gone is None or life.still is None:
        return ""
    if sense.stance is Stance.MEANT:
        since = sense.first or sense.last
        is_since = since is not None and life.gone >= since
        return f"it was planned, and gone by {life.gone}" if is_since else ""
    if not _can_lie(life.still, life.gone, sense.first, sense.last):
        return ""
    return f"it was gone by {life.gone}, which fits the time stated"


def _fits_plan(sense: Sense, finding: Finding, life: Life) -> str:
    """Say that it was seen after it was planned; what stood before already is no sign of it."""
    since = sense.first or sense.last
    if finding.change not in BUILT or life.absent is None or life.seen is None:
        return ""
    if since is None or life.seen < since:
        return ""
    return f"it was planned, and later seen: built {_between(life)}"


def _fits_new(sense: Sense, claim: Claim, finding: Finding, life: Life) -> str:
    if finding.change not in BUILT or life.absent is None or life.seen is None:
        return ""
    first, last = sense.first, sense.last
    if sense.stance is Stance.STANDS and first:
        first -= min(YEAR, first - date.min)
    if claim.modality is Modality.UNDER_WAY and last:
        last += min(YEAR, date.max - last)
    if not _can_lie(life.absent, life.seen, first, last):
        return ""
    return f"built {_between(life)}, which fits the time stated"


def _fits_standing(sense: Sense, finding: Finding, life: Life) -> str:
    since = _stood_since(finding, life)
    if since is None or not _stood_on(life, sense.first):
        return ""
    if sense.last is None or since <= sense.last:
        return "it stood at the time stated" if sense.last else "no date is stated"
    if finding.change is Change.NEW and life.absent and life.absent < sense.last:
        return f"built {_between(life)}, so that it can have stood at the time stated"
    return ""


def _stood_since(finding: Finding, life: Life) -> date | None:
    """Return a day on which it surely stood, in whatever form: the earliest that is known."""
    if finding.change in BUILT and finding.change is not Change.NEW and life.absent:
        # What was upgraded, replaced or extended stood before in another form.
        return life.absent
    return life.seen or life.still


def _stood_on(life: Life, first: date | None) -> bool:
    """Say whether nothing shows that it was gone by then."""
    return life.gone is None or first is None or life.gone > first


def _can_lie(lower: date, upper: date, first: date | None, last: date | None) -> bool:
    """Say whether what happened after `lower` and by `upper` can lie in a bracket of days."""
    is_late_enough = first is None or upper >= first
    is_early_enough = last is None or lower < last or lower == upper == last
    return is_late_enough and is_early_enough


def _is_inside(lower: date | None, upper: date | None, first: date | None, last: date) -> bool:
    if lower is None or upper is None or upper > last:
        return False
    return first is None or lower >= first


def _between(life: Life) -> str:
    return f"after {life.absent} and by {life.seen}"
