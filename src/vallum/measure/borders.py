"""Metres of border: the frontier, its statuses, what stands beside it. Each counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vallum.ground.amounts import unit_pair
from vallum.ground.kinds import Basis, Change, Held, Kind, Status
from vallum.ground.records import Estimate
from vallum.ground.span import Spans
from vallum.measure.basis import Given, exact, ids, km
from vallum.measure.counting import (
    BARRIERS,
    border_once,
    meander_m,
    of_changes,
    stands_after,
    stood_before,
    stood_throughout,
)
from vallum.measure.once import Thing
from vallum.measure.wording import Evidence, wording

_METHODS = {
    Status.UNCHANGED: "Metres compared by a usable pair of images where nothing that was suggested "
    "was confirmed as a change. It is no proof that nothing stands there: what neither the machine "
    "nor an analyst noticed is not known.",
    Status.INDETERMINATE: "Metres compared, beside something on which analysts could not tell or "
    "did not agree. Not part of any total of change.",
    Status.NOT_COMPARABLE: "Metres without a usable pair of images: none at one of the dates, "
    "cloud, images that could not be brought to lie on each other, or pixels so coarse that they "
    "show nothing that is sought. Unknown, not unchanged.",
    Status.NOT_EXAMINED: "Metres where nobody has finished: no comparison was run, or something "
    "suggested there has no settled answer. Unknown, not unchanged.",
}
_ROLLED_UP = {"new": "new, extended, upgraded or replaced", "removed": "removed"}


def borders(given: Given) -> list[Estimate]:
    """Return the frontier, its five statuses, and what could be compared."""
    rows = given.rows
    return [
        _frontier_km(given),
        _changed(given),
        *(_status(given, status) for status in _METHODS),
        exact(
            "border_km_comparable",
            rows.comparable,
            denominator=f"of {km(given.extent.length_m)} of frontier",
            method="Metres of frontier for which at least one usable pair of images exists, each "
            f"counted once; {km(rows.promised.length_m)} of them are known from footprints only "
            "and were not compared. The bounds equal the value: an account of the images.",
            words=wording(Evidence(basis=Basis.ACCOUNT)),
            from_ids=given.comparison_ids,
            n=len(given.comparison_ids),
        ),
    ]


def _frontier_km(given: Given) -> Estimate:
    frontier, extent = given.frontier, given.extent
    tolerance = f"{frontier.tolerance_m:g} m" if frontier.tolerance_m else "not stated"
    whole = unit_pair(frontier.length_m / 1000, "km", 3)
    part = "" if extent == frontier.span else f" Only {extent} of it is under study."
    return exact(
        "frontier_km",
        Spans((extent,)),
        denominator="",
        method=f"Geodesic length on WGS84 of the line '{frontier.name}' (tolerance {tolerance}); "
        f"a coarser or finer line has another length. All of it: {whole}. Source: "
        f"{frontier.source or 'not stated'}. Credit: {frontier.credit or 'not stated'}. Licence: "
        f"{frontier.licence or 'not stated'}.{part} The bounds equal the value: the line is taken "
        "as given.",
        words=wording(Evidence(basis=Basis.ACCOUNT, is_the_line=True)),
        from_ids=(),
    )


def _changed(given: Given) -> Estimate:
    changed = given.status[Status.CHANGED]
    sure = given.status[Status.UNCHANGED] - given.rows.coarse_for(Kind)
    high_m = given.extent.length_m - sure.length_m
    confirmed = [f for f in given.rows.confirmed if f.change is not Change.UNCHANGED]
    return Estimate(
        name="border_km_changed",
        value=changed.length_m / 1000,
        low=changed.length_m / 1000,
        high=high_m / 1000,
        unit="km",
        n=len(confirmed),
        denominator=given.of_comparable,
        method="Metres of frontier beside at least one confirmed new, extended, upgraded, replaced "
        "or removed thing, each counted once however many things stand there; a post counts with "
        "the metres it lies beside (at least one). Low: confirmed only. High: the worst case, in "
        "which every indeterminate, unexamined and not comparable metre has changed too."
        + _coarse(given),
        wording=wording(Evidence(n_confirmed=len(confirmed))),
        spans=changed,
        from_ids=ids(confirmed, given.comparison_ids),
    )


def _status(given: Given, status: Status) -> Estimate:
    rows, spans = given.rows, given.status[status]
    method, resting = _METHODS[status], list[Thing]()
    if status is Status.UNCHANGED:
        resting = [f for f in rows.findings if f.held is Held.REJECTED]
        method += _coarse(given)
        if given.n_beyond_cap:
            method += f" {given.n_beyond_cap} weaker suggestions were shown to nobody."
    elif status is Status.INDETERMINATE:
        resting = [*rows.undecided]
    elif status is Status.NOT_EXAMINED:
        resting = [*rows.waiting]
    n_unsettled = len(resting) if status is Status.INDETERMINATE and spans else 0
    return exact(
        f"border_km_{status.value}",
        spans,
        denominator=f"of {km(given.extent.length_m)} of frontier",
        method=f"{method} The bounds equal the value: it is an account of the work done.",
        words=wording(Evidence(basis=Basis.ACCOUNT, n_unsettled=n_unsettled)),
        from_ids=ids(resting, given.comparison_ids),
        n=len(resting),
    )


def infrastructure(given: Given, word: str) -> Estimate:
    """Return the border-km beside confirmed things of a roll-up: "new" or "removed"."""
    rows = given.rows
    confirmed = of_changes(rows.confirmed, word)
    spans = border_once(confirmed, rows.seen)
    worst = spans | rows.open_on_seen | rows.seen_for(Kind).within(given.extent)
    return Estimate(
        name=f"border_km_with_{word}_infrastructure",
        value=spans.length_m / 1000,
        low=spans.length_m / 1000,
        high=worst.length_m / 1000,
        unit="km",
        n=len(confirmed),
        denominator=given.of_comparable,
        method=f"Metres of frontier beside at least one confirmed {_ROLLED_UP[word]} thing of any "
        "class, each counted once: a double fence or two layers count once here. Lines count with "
        "the stretch they run along, posts with the metres they lie beside (at least one)."
        f"{_meanders(confirmed)} Low: confirmed only. High: the worst case, in which every metre "
        "that was not compared, or lies beside something undecided or unreviewed, has it too."
        + _coarse(given),
        wording=wording(Evidence(n_confirmed=len(confirmed))),
        spans=spans,
        from_ids=ids(confirmed, given.comparison_ids),
    )


def fenced(given: Given) -> list[Estimate]:
    """Return the border-km with any barrier before and after; nothing where no stock is recorded.

    The stock is recorded when analysts confirmed at least one barrier as standing at both dates, in
    some form. Nobody is known to have recorded all of it, so that the upper bound is the border.
    """
    if not given.things(BARRIERS, stood_throughout).sure:
        return []
    return [
        _fenced(given, "border_km_fenced_before", "earlier", stood_before),
        _fenced(given, "border_km_fenced", "later", stands_after),
    ]


def _fenced(given: Given, name: str, date: str, is_there: Callable[[Thing], bool]) -> Estimate:
    sure = given.things(BARRIERS, is_there).sure
    spans = border_once(sure, given.rows.seen)
    return Estimate(
        name=name,
        value=spans.length_m / 1000,
        low=spans.length_m / 1000,
        high=given.extent.length_m / 1000,
        unit="km",
        n=len(sure),
        denominator=given.of_comparable,
        method=f"Metres of frontier beside at least one barrier (fence, double fence or wall) that "
        f"is confirmed as standing at the {date} date, each counted once however many rows stand "
        f"there.{_meanders(sure)} Low: what analysts recorded. High: all border under study, for "
        "nobody is known to have recorded every barrier that stood before.",
        wording=wording(Evidence(n_confirmed=len(sure))),
        spans=spans,
        from_ids=ids(sure, given.comparison_ids),
    )


def _coarse(given: Given) -> str:
    """Say of how much compared border the pixels are too coarse for some class."""
    metres = given.rows.coarse_for(Kind).length_m
    if not metres:
        return ""
    return (
        f" {km(metres)} were compared on pixels too coarse for at least one class, whose absence "
        "says nothing there: see border_km_comparable of each class; the worst case has it there."
    )


def _meanders(things: Iterable[Thing]) -> str:
    metres = meander_m(things)
    if not metres:
        return ""
    return (
        f" {km(metres)} of it lie beside lines less than half as long as the border they take: "
        "meanders that a short barrier closes off."
    )
