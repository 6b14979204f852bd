"""Whether the dates of a finding allow what a claim says.

A finding came to stand after the last day on which it surely did not, and by the first day on
which it surely did; with its end it is the same. A claim fits where one of those days is among the
days that it can mean, and where that is so of half at least of the shorter of the two brackets: two
that share a day at their ends have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from vallum.claims.observable import can_be, in_part
from vallum.claims.stance import Sense, Stance, amount_of, fits_change, is_whole, sense_of
from vallum.ground.kinds import BUILT, Change
from vallum.ground.records import Finding
from vallum.ground.saidkinds import MatchMethod, Modality, Precision
from vallum.ground.span import Spans
from vallum.ground.statements import Claim

SEASON = timedelta(days=90)
"""A guess: how long before the day that a source states work may have begun."""
YEAR = timedelta(days=365)
"""A guess: how old a thing called new can be, and how long work under way may take to show."""

PLAN = 5 * YEAR
"""A guess: how long after it was said a plan can still be the one that was carried out."""
PRECISE = frozenset({Precision.EXACT, Precision.VICINITY, Precision.LOCALITY, Precision.SECTION})
_MOSTLY, _NEARLY_ALL = 0.5, 0.9
# A guess: found amounts above this share of the largest one stated are more than was said.
_MOST_OVER = 1.1


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


def cannot_support(
    claim: Claim, finding: Finding, method: MatchMethod, published: date | None = None
) -> str:
    """Return why a finding does not bear out a claim, whoever says that it does; else empty.

    It must be of a kind that the claim can mean, overlap its place, and fit its dates. What no
    image shows of such a thing may be known in another way than by images.

    Args:
        claim: which.
        finding: which.
        method: how somebody came to it.
        published: day on which the claim was said.
    """
    if finding.category not in can_be(claim.subject):
        return f"a {finding.category.label} is no {claim.subject.label}"
    more = in_part(claim.subject, finding.category)
    if more and method is MatchMethod.IMAGERY:
        return more
    if not any(place.span and place.span.overlaps(finding.span) for place in claim.places):
        return "it does not lie at the place that the claim states"
    if not fits(sense_of(claim, published), claim, finding):
        return "its dates do not fit those that the claim states"
    return ""


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
        is_since = _is_after_plan(sense, life.still, life.gone)
        return f"it was planned, and gone by {life.gone}" if is_since else ""
    if not _can_lie(life.still, life.gone, sense.first, sense.last):
        return ""
    return f"it was gone by {life.gone}, which fits the time stated"


def _fits_plan(sense: Sense, finding: Finding, life: Life) -> str:
    """Say that it was seen after it was planned; what stood before already is no sign of it."""
    if finding.change not in BUILT or life.absent is None or life.seen is None:
        return ""
    if not _is_after_plan(sense, life.absent, life.seen):
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
    if (
        finding.change is Change.NEW
        and life.absent
        and _can_lie(life.absent, date.max, sense.first, sense.last)
    ):
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


def _is_after_plan(sense: Sense, lower: date, upper: date) -> bool:
    since = sense.first or sense.last
    return since is not None and _can_lie(lower, upper, since, since + min(PLAN, date.max - since))


def _can_lie(lower: date, upper: date, first: date | None, last: date | None) -> bool:
    """Say whether what happened after `lower` and by `upper` can well lie in a bracket of days.

    At least half of the days of the shorter bracket must be days of the other.
    """
    earliest = min(lower + timedelta(days=1), upper) if lower < date.max else upper
    start, end = first or date.min, last or date.max
    shared = (min(upper, end) - max(earliest, start)).days + 1
    shorter = min((upper - earliest).days, (end - start).days) + 1
    return shared >= max(1.0, _MOSTLY * shorter)


def _is_inside(lower: date | None, upper: date | None, first: date | None, last: date) -> bool:
    if lower is None or upper is None or upper > last:
        return False
    return first is None or lower >= first


def _between(life: Life) -> str:
    return f"after {life.absent} and by {life.seen}"


# -- where it lies, and what it leaves open -----------------------------------------------------


def lies_at(claim: Claim, finding: Finding) -> bool:
    """Say whether half of the shorter of a place and a finding lies in the other."""
    side = "left" if finding.off_m < 0 else "right"
    for place in claim.places:
        if place.span is None or place.side not in {"", side}:
            continue
        shared = place.span & finding.span
        shorter_m = min(place.span.length_m, finding.span.length_m)
        if shared is not None and shared.length_m >= _MOSTLY * shorter_m:
            return True
    return False


def open_of(sense: Sense, claim: Claim, finding: Finding) -> list[str]:
    """Return in words what one finding leaves open of what a claim says."""
    told = [more] if (more := in_part(claim.subject, finding.category)) else []
    is_built = sense.is_new and not sense.is_removal
    if is_built and not fits_change(claim, frozenset({finding.change})):
        told.append(f"what was found is {finding.change.value}, which it does not say")
    return told


def left_open(sense: Sense, claim: Claim, fitting: Sequence[Finding]) -> list[str]:
    """Return in words what findings that fit leave open together."""
    told = []
    if sense.first is None and sense.last is None:
        told.append("it states no time")
    least, most, unit = amount_of(claim)
    is_counted = least == least or most == most
    found = _found(fitting, unit)
    if is_counted and found is None:
        told.append("the amount that it says cannot be held against what was found")
    elif found is not None and found < least:
        told.append(f"{_amount(found, unit)} found of at least {_amount(least, unit)} that it says")
    elif found is not None and found > most * _MOST_OVER:
        told.append(f"{_amount(found, unit)} found, more than it says")
    spans = Spans(f.span for f in fitting)
    beside = (claim.spans & spans).length_m / claim.spans.length_m
    is_wide = is_whole(claim) or not any(p.precision in PRECISE for p in claim.places)
    if is_wide and beside < _NEARLY_ALL:
        told.append(f"it lies along {beside:.0%} of the stretch that the claim speaks of")
    named = [place.span for place in claim.places if place.span is not None]
    n_met = sum(any(span.overlaps(f.span) for f in fitting) for span in named)
    if n_met < len(named):
        told.append(f"it lies at {n_met} of the {len(named)} places that the claim names")
    return told


def _found(fitting: Sequence[Finding], unit: str) -> float | None:
    if unit == "count":
        return sum(not f.category.is_line for f in fitting) or None
    if unit == "m":
        return sum(f.length_m for f in fitting) or None
    return None


def _amount(value: float, unit: str) -> str:
    if unit == "m" and value >= 1000:
        return f"{value / 1000:,.{1 if value < 10_000 else 0}f} km"
    return f"{value:,.0f} m" if unit == "m" else f"{value:,.0f}"
