"""Posts: how many were added and removed, how many stood and stand, and how close together."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from vallum.ground.amounts import change_text
from vallum.ground.kinds import POINTS, Change, Kind
from vallum.ground.records import Estimate
from vallum.ground.span import Spans
from vallum.measure.basis import Given, Lot, ThingT, ids, km
from vallum.measure.counting import (
    BARRIERS,
    Rate,
    rate_per_km,
    stands_after,
    stood_before,
)
from vallum.measure.lengths import km_counted
from vallum.measure.once import SAME_WITHIN_M, Thing
from vallum.measure.wording import Evidence, wording

_POST_KINDS = tuple(kind for kind in Kind if kind in POINTS)
_CHANGES = tuple(change for change in Change if change is not Change.UNCHANGED)
_ALWAYS = (Change.NEW, Change.REMOVED)
_DATES: tuple[tuple[str, Callable[[Thing], bool]], ...] = (
    ("before", stood_before),
    ("after", stands_after),
)
_PRESENT = {"before": "stood before", "after": "stand after"}


def posts(given: Given) -> list[Estimate]:
    """Return what was added and removed, the stock where it is known, by class, and the rates."""
    found = [
        _changed(given, change, _POST_KINDS)
        for change in _CHANGES
        if change in _ALWAYS or given.things(_POST_KINDS, change)
    ]
    found += _stock(given, _POST_KINDS)
    for kind in _POST_KINDS:
        found += [
            _changed(given, change, (kind,), f"{kind.value}_")
            for change in _CHANGES
            if given.things((kind,), change).sure
        ]
        found += _stock(given, (kind,), f"{kind.value}_")
    return [*found, *_rates(given)]


def _called(kinds: Collection[Kind]) -> str:
    if len(kinds) > 1:
        return "guard posts, watchtowers and buildings together"
    return f"{next(iter(kinds)).label}s alone"


def _changed(given: Given, change: Change, kinds: Collection[Kind], word: str = "") -> Estimate:
    held = given.things(kinds, change)
    value, high = _counted(held)
    shares = held.weights.shares[: len(held.sure)].tolist()
    per_kind = Counter(
        thing.category.label for thing, share in zip(held.sure, shares, strict=True) if share > 0
    )
    parts = ", ".join(f"{label} {n}" for label, n in sorted(per_kind.items())) or "none"
    method = (
        f"Confirmed {change.value} {_called(kinds)} ({parts}). Two of one class within "
        f"{SAME_WITHIN_M:g} m are one ({len(held.sure) - int(value)} left out). This is the "
        "change, not the stock. "
    )
    if change in _ALWAYS:
        method += _in_one_form(given, kinds)
    high, open_m, bounds = given.bounded(high, len(held.open), given.everywhere, kinds)
    return Estimate(
        name=f"posts_{word}{change.value}",
        value=value,
        low=value,
        high=high,
        open_m=open_m,
        unit="posts",
        n=len(held.sure),
        denominator=given.of_comparable,
        method=method + bounds,
        wording=wording(Evidence(n_confirmed=len(held.sure))),
        from_ids=ids(held.all),
    )


def _n(given: Given, kinds: Collection[Kind], wanted: Change | Callable[[Thing], bool]) -> float:
    """Return how many are confirmed."""
    return _counted(given.things(kinds, wanted))[0]


def _counted(held: Lot) -> tuple[float, float]:
    """Return how many are confirmed, and how many there are with what is open."""
    shares = held.weights.shares
    return float(shares[: len(held.sure)].sum()), float(shares.sum())


def _in_one_form(given: Given, kinds: Collection[Kind]) -> str:
    """Return change and stock as one sentence."""
    added, removed = (_n(given, kinds, change) for change in _ALWAYS)
    if _is_recorded(given, kinds):
        return f"In one form: {change_text(added, removed, _n(given, kinds, stood_before))}. "
    return (
        f"In one form: {change_text(added, removed)}. No stock is given: analysts recorded none of "
        "the posts that stood before. "
    )


def _is_recorded(given: Given, kinds: Collection[Kind]) -> bool:
    """Say whether analysts recorded any post as standing at both dates."""
    return bool(given.things(kinds, Change.UNCHANGED).sure)


def _stock(given: Given, kinds: Collection[Kind], word: str = "") -> list[Estimate]:
    """Return the stock at both dates; nothing when analysts recorded no existing post."""
    if not _is_recorded(given, kinds):
        return []
    found = []
    for date, is_there in _DATES:
        held = given.things(kinds, is_there)
        value, most = _counted(held)
        high, open_m, bounds = given.bounded(most, len(held.open), given.everywhere, kinds)
        found.append(
            Estimate(
                name=f"posts_{word}stock_{date}",
                value=value,
                low=value,
                high=high,
                open_m=open_m,
                unit="posts",
                n=len(held.sure),
                denominator=given.of_comparable,
                method=f"Posts, {_called(kinds)}, that stood at the {date} date: recorded as "
                "standing at both dates in some form, and "
                f"{'removed since' if date == 'before' else 'new'}. {_in_one_form(given, kinds)}It "
                "holds what analysts recorded; nobody is known to have recorded all of them. "
                f"{bounds}",
                wording=wording(Evidence(n_confirmed=len(held.sure))),
                from_ids=ids(held.all),
            )
        )
    return found


# -- rates -------------------------------------------------------------------------------------


def _rates(given: Given) -> list[Estimate]:
    """Return posts per km of compared border and of fence, and what that is as a spacing."""
    groups = {"new": given.things(_POST_KINDS, Change.NEW)}
    if _is_recorded(given, _POST_KINDS):
        groups |= {date: given.things(_POST_KINDS, is_there) for date, is_there in _DATES}
    found: list[Estimate] = []
    for which, held in groups.items():
        found += _per_border_km(given, which, held)
        if which != "before":
            found += _per_fence_km(given, which, held)
    return found


def _per_border_km(given: Given, which: str, held: Lot) -> list[Estimate]:
    seen = given.rows.seen
    held = Lot(sure=_beside(held.sure, seen), open=_beside(held.open, seen))
    n = _counted(held)
    most, open_m, bounds = given.bounded(n[1], len(held.open), seen, _POST_KINDS)
    rate = rate_per_km((n[0], most), (seen.length_m / 1000,) * 2)
    if rate is None:
        return []
    evidence = Evidence(n_confirmed=len(held.sure), is_share=True)
    posts_words = "new posts" if which == "new" else f"posts that {_PRESENT[which]}"
    number = Estimate(
        name=f"posts_{which}_per_border_km_comparable",
        value=rate.value,
        low=rate.low,
        high=rate.high,
        open_m=open_m,
        unit="posts per km of border",
        n=len(held.sure),
        denominator=f"per km of the {km(seen.length_m)} of border that was compared",
        method=f"Confirmed {posts_words} beside compared border, divided by the kilometres of "
        f"border (not of fence) that were compared. {bounds} It says nothing of border that was "
        "not compared.",
        wording=wording(evidence),
        from_ids=ids(held.all, given.comparison_ids),
    )
    return [number, *_spacing(rate, number, which, "border_comparable")]


def _beside(things: Sequence[ThingT], metres: Spans) -> list[ThingT]:
    """Return the things of which some metre is among these."""
    starts_m = [part.start_m for part in metres]
    ends_m = [part.end_m for part in metres]
    places = ((thing, bisect_right(ends_m, thing.span.start_m)) for thing in things)
    return [
        thing
        for thing, place in places
        if place < len(starts_m) and starts_m[place] < thing.span.end_m
    ]


def _per_fence_km(given: Given, which: str, held: Lot) -> list[Estimate]:
    fences = given.things(BARRIERS, stands_after)
    if not held.sure:
        return []
    n = _counted(held)
    most, open_m, bounds = given.bounded(n[1], len(held.open), given.everywhere, _POST_KINDS)
    fence_km, most_km = km_counted(fences)
    rate = rate_per_km((n[0], most), (fence_km, math.nan if open_m else most_km))
    if rate is None:
        return []
    posts_words = "new posts" if which == "new" else f"posts that {_PRESENT[which]}"
    number = Estimate(
        name=f"posts_{which}_per_fence_km",
        value=rate.value,
        low=rate.low,
        high=rate.high,
        open_m=open_m,
        unit="posts per km of fence",
        n=len(held.sure),
        denominator=f"per km of the {km(fence_km * 1000)} of fence and wall confirmed as standing "
        "after",
        method=f"Confirmed {posts_words}, divided by the length of all confirmed barriers that "
        "stand after (layers add up: it is no length of border). More of either may stand there "
        "than was confirmed, so that the number is a lower bound of nothing. Low: confirmed posts "
        "on the most fence; 0 where nothing limits the fence. High: the most posts on confirmed "
        f"fence. Of posts: {bounds[0].lower()}{bounds[1:]}",
        wording=wording(Evidence(n_confirmed=len(held.sure), is_ratio_of_unknowns=True)),
        from_ids=ids([*held.all, *fences.all]),
    )
    return [number, *_spacing(rate, number, which, "fence")]


def _spacing(rate: Rate, number: Estimate, which: str, of_what: str) -> list[Estimate]:
    """Return the metres per post of a stock; of new posts alone it would say nothing of any."""
    if which == "new" or not rate.value:
        return []
    value, low, high = rate.spacing_m
    what = "fence" if of_what == "fence" else "border"
    is_ceiling = what == "border"
    return [
        Estimate(
            name=f"post_spacing_m_of_{of_what}_{which}",
            value=value,
            low=low,
            high=high,
            open_m=0 if math.isfinite(high) else number.open_m,
            unit=f"m of {what} per post",
            n=number.n,
            denominator=number.denominator.replace("per km of the", "of the"),
            method=f"Metres of {what} for each post that {_PRESENT[which]}: 1,000 divided by "
            f"{number.name}. A mean, not a gap that was measured between two posts, and of {what} "
            f"only: rows of fence make it longer along the fence than along the border. Low: as "
            "many posts as may stand there; 0 where nothing limits them.",
            wording=wording(
                Evidence(
                    n_confirmed=number.n, is_share=is_ceiling, is_ceiling=is_ceiling,
                    is_ratio_of_unknowns=not is_ceiling,
                )
            ),
            from_ids=number.from_ids,
        )
    ]  # fmt: skip
