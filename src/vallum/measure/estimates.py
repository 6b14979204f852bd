"""The published numbers of a project: rows in, `Estimate` rows out.

Border-km (metres of frontier beside something, each counted once) and barrier-km (length of the
thing itself, by layer) are different quantities and are never mixed. What was not seen is never
taken for nothing: the high bound of border-km counts it as changed. How much barrier or how many
posts stand on such a metre nothing limits, so that those have no upper bound (NaN) as long as there
is one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vallum.frontier import Frontier
from vallum.ground.kinds import LINES, POINTS, Change, Held, Kind, Status
from vallum.ground.records import Candidate, Comparison, Estimate, Finding, Scene, Verdict
from vallum.ground.span import Span, Spans
from vallum.measure.extent import Account, account, beside, statuses_of
from vallum.measure.once import (
    DOUBLE_WITHIN_M,
    SAME_WITHIN_M,
    Thing,
    metres_counted,
    rows_drawn_as_one,
    shares_counted,
)
from vallum.measure.wording import Words, for_confirmed, for_open, within_analysed

BARRIERS = (Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL)
"""What `barrier_km_all_*` adds up; a patrol road or a cleared strip stops nobody by itself."""

_LINE_KINDS = tuple(kind for kind in Kind if kind in LINES)
_POST_KINDS = tuple(kind for kind in Kind if kind in POINTS)
_BUILT = frozenset({Change.NEW, Change.UPGRADED})


@dataclass(frozen=True, kw_only=True)
class _Basis:
    """What all numbers are computed from."""

    frontier: Frontier
    rows: Account
    status: dict[Status, Spans]
    comparison_ids: tuple[str, ...]
    n_beyond_cap: int
    note: str

    @property
    def extent(self) -> Span:
        return self.rows.extent

    @property
    def everywhere(self) -> Spans:
        return Spans((self.rows.extent,))

    @property
    def of_comparable(self) -> str:
        """The denominator that stands beside every number."""
        return (
            f"of {_km(self.rows.comparable.length_m)} with comparable imagery, "
            f"of {_km(self.extent.length_m)} of frontier"
        )

    @property
    def open(self) -> Spans:
        """Metres that were not seen or not finished; how much stands there nothing limits."""
        unknown = self.status[Status.NOT_COMPARABLE] | self.status[Status.NOT_EXAMINED]
        return unknown | self.rows.unread

    def bounded(self, most: float, n_undecided: int, where: Spans) -> tuple[float, int, str]:
        """Return the upper bound of things beside `where`, the metres that open it, the words.

        Args:
            most: what the bound is when every metre was seen and finished.
            n_undecided: how many things it adds to what is confirmed.
            where: the metres that the number speaks of.
        """
        open_m = (self.open & where).length_m
        count = "1 thing" if n_undecided == 1 else f"{n_undecided} things"
        things = f"what is undecided or unreviewed ({count}, as suggested)"
        if not open_m:
            words = f"High: adds {things}; what nobody noticed is in no bound."
            return most, 0, f"Low: confirmed only. {words}"
        unseen_m = (where - self.rows.seen).length_m
        how = "not seen or not finished"
        if unseen_m in {0, open_m}:
            how = "not seen" if unseen_m else "not finished"
        words = (
            f"No upper bound: {_km(open_m)} of border were {how}, and any amount may stand there. "
            f"Not counted: {things}."
        )
        return math.nan, open_m, f"Low: confirmed only. {words}"

    def things(self, kinds: Iterable[Kind], change: Change) -> tuple[list[Finding], list[Thing]]:
        """Return what is confirmed, and what is undecided or waiting; longest first."""
        wanted = set(kinds)

        def chosen(things: Iterable[Thing]) -> list[Thing]:
            mine = (t for t in things if t.category in wanted and t.change is change)
            return sorted(mine, key=lambda t: (-t.length_m, t.id))

        sure = [thing for thing in chosen(self.rows.confirmed) if isinstance(thing, Finding)]
        return sure, [*chosen(self.rows.undecided), *chosen(self.rows.waiting)]


def estimates(
    extent: Span,
    frontier: Frontier,
    comparisons: Iterable[Comparison],
    candidates: Iterable[Candidate],
    findings: Iterable[Finding],
    verdicts: Iterable[Verdict] = (),
    scenes: Mapping[str, Scene] | None = None,
) -> list[Estimate]:
    """Return every number of the project, unrounded, with bounds, denominator, method and words.

    Args:
        extent: the stretch of frontier under study.
        frontier: the line it is measured on.
        comparisons: newest row per section and slot.
        candidates: all candidates; those no longer listed by a comparison are left out.
        findings: newest row per candidate; imported barriers are left out (see `barriers`).
        verdicts: all verdicts, to say how many people looked.
        scenes: images by id, to say when simulated ones are among them.

    Returns:
        Estimates with kilometres of the five statuses first; they add up to `frontier_km`.
        Barrier lengths per class are there only for classes that were suggested or found.
    """
    comparisons, verdicts = list(comparisons), list(verdicts)
    rows = account(extent, comparisons, candidates, findings)
    basis = _Basis(
        frontier=frontier,
        rows=rows,
        status=statuses_of(rows),
        comparison_ids=tuple(sorted(c.id for c in comparisons)),
        n_beyond_cap=sum(c.n_beyond_cap for c in comparisons if not c.blocked_by),
        note=_note(rows, verdicts, scenes or {}),
    )
    found = [
        *_borders(basis),
        _infrastructure(basis, "new", _BUILT),
        _infrastructure(basis, "removed", frozenset({Change.REMOVED})),
        *_barriers(basis),
        *_posts(basis),
        _unreviewed(basis, verdicts),
    ]
    return [_with_note(estimate, basis.note) for estimate in found]


def _borders(basis: _Basis) -> list[Estimate]:
    """Return the frontier, its five statuses, and what could be compared."""
    extent_m = basis.extent.length_m
    status = basis.status
    return [
        _frontier_km(basis),
        _changed(basis),
        _counted(
            basis,
            Status.UNCHANGED,
            "Metres compared by a usable pair of images where nothing that was suggested was "
            "confirmed as a change. It is no proof that nothing stands there: what neither "
            "the machine nor an analyst noticed is not known."
            + (
                f" {basis.n_beyond_cap} weaker suggestions were shown to nobody."
                if basis.n_beyond_cap
                else ""
            ),
        ),
        _counted(
            basis,
            Status.INDETERMINATE,
            "Metres compared, beside something on which analysts could not tell or did not "
            "agree. Not part of any total of change.",
            words=Words.APPARENT if status[Status.INDETERMINATE] else Words.COUNTED,
        ),
        _counted(
            basis,
            Status.NOT_COMPARABLE,
            "Metres without a usable pair of images: none at one of the dates, cloud, or "
            "images that could not be brought to lie on each other. Unknown, not unchanged.",
        ),
        _counted(
            basis,
            Status.NOT_EXAMINED,
            "Metres where nobody has finished: no comparison was run, or something suggested "
            "there has no settled answer. Unknown, not unchanged.",
        ),
        _exact(
            "border_km_comparable",
            basis.rows.comparable,
            denominator=f"of {_km(extent_m)} of frontier",
            method="Metres of frontier for which at least one usable pair of images exists, each "
            f"counted once; {_km(basis.rows.promised.length_m)} of them are known from footprints "
            "only and were not compared. The bounds equal the value: an account of the images.",
            words=Words.COUNTED,
            from_ids=basis.comparison_ids,
        ),
    ]


def _frontier_km(basis: _Basis) -> Estimate:
    frontier, extent = basis.frontier, basis.extent
    tolerance = f"{frontier.tolerance_m:g} m" if frontier.tolerance_m else "not stated"
    part = "" if extent == frontier.span else f" Only {extent} of it is under study."
    return _exact(
        "frontier_km",
        Spans((extent,)),
        denominator="",
        method=f"Geodesic length on WGS84 of the line '{frontier.name}' (tolerance {tolerance}); "
        f"a coarser or finer line has another length. All of it: {_km(frontier.length_m)}. Source: "
        f"{frontier.source or 'not stated'}. Credit: {frontier.credit or 'not stated'}. Licence: "
        f"{frontier.licence or 'not stated'}.{part} The bounds equal the value: the line is taken "
        "as given.",
        words=Words.MEASURED,
        from_ids=(),
    )


def _changed(basis: _Basis) -> Estimate:
    changed = basis.status[Status.CHANGED]
    high_m = basis.extent.length_m - basis.status[Status.UNCHANGED].length_m
    confirmed = [f for f in basis.rows.confirmed if f.change is not Change.UNCHANGED]
    return Estimate(
        name="border_km_changed",
        value=changed.length_m / 1000,
        low=changed.length_m / 1000,
        high=high_m / 1000,
        unit="km",
        denominator=basis.of_comparable,
        method="Metres of frontier beside at least one confirmed new, upgraded or removed thing, "
        "each counted once however many things stand there; a post counts with the metres it lies "
        "beside (at least one). Low: confirmed only. High: the worst case, in which every "
        "indeterminate, unexamined and not comparable metre has changed too.",
        wording=for_confirmed(len(confirmed)),
        spans=changed,
        from_ids=_ids(confirmed, basis.comparison_ids),
    )


def _counted(basis: _Basis, status: Status, method: str, *, words: str = Words.COUNTED) -> Estimate:
    resting: Iterable[Thing] = ()
    if status is Status.UNCHANGED:
        resting = (f for f in basis.rows.findings if f.held is Held.REJECTED)
    elif status is Status.INDETERMINATE:
        resting = basis.rows.undecided
    elif status is Status.NOT_EXAMINED:
        resting = basis.rows.waiting
    return _exact(
        f"border_km_{status.value}",
        basis.status[status],
        denominator=f"of {_km(basis.extent.length_m)} of frontier",
        method=f"{method} The bounds equal the value: it is an account of the work done.",
        words=words,
        from_ids=_ids(resting, basis.comparison_ids),
    )


def _infrastructure(basis: _Basis, word: str, changes: frozenset[Change]) -> Estimate:
    """Return the border-km beside confirmed things of some changes."""
    confirmed = [f for f in basis.rows.confirmed if f.change in changes]
    spans = beside(confirmed) & basis.rows.seen
    worst = spans | basis.rows.open_on_seen | basis.rows.seen.within(basis.extent)
    what = "new or upgraded" if word == "new" else "removed"
    return Estimate(
        name=f"border_km_with_{word}_infrastructure",
        value=spans.length_m / 1000,
        low=spans.length_m / 1000,
        high=worst.length_m / 1000,
        unit="km",
        denominator=basis.of_comparable,
        method=f"Metres of frontier beside at least one confirmed {what} thing of any class, each "
        "counted once: a double fence or two layers count once here. Lines count with the stretch "
        "they run along, posts with the metres they lie beside (at least one). Low: confirmed "
        "only. High: the worst case, in which every metre that was not compared, or lies beside "
        "something undecided or unreviewed, has it too.",
        wording=for_confirmed(len(confirmed)),
        spans=spans,
        from_ids=_ids(confirmed, basis.comparison_ids),
    )


def _barriers(basis: _Basis) -> list[Estimate]:
    """Return barrier-km per class and change, then those of all barriers."""
    found = [
        _barrier(basis, kind.value, (kind,), change)
        for change in Change
        for kind in _LINE_KINDS
        if any(basis.things((kind,), change))
    ]
    totals = (Change.NEW, Change.UPGRADED, Change.REMOVED)
    return found + [_barrier(basis, "all", BARRIERS, change) for change in totals]


def _barrier(basis: _Basis, word: str, kinds: Sequence[Kind], change: Change) -> Estimate:
    sure, undecided = basis.things(kinds, change)
    value = math.fsum(metres_counted(sure).tolist()) / 1000
    high = math.fsum(metres_counted([*sure, *undecided]).tolist()) / 1000
    drawn_m = np.array([thing.length_m for thing in sure]) @ rows_drawn_as_one(sure)
    twice_m = float(drawn_m) - value * 1000
    classes = ", ".join(kind.label for kind in kinds)
    method = (
        f"Length of the things themselves on the ellipsoid ({classes}; {change.value}), from "
        f"{len(sure)} confirmed findings; layers add up, so it is no length of border. A double "
        f"fence counts twice, unless its two rows were drawn (within {DOUBLE_WITHIN_M:g} m)."
    )
    if twice_m >= 1:
        method += f" {_km(twice_m)} drawn twice (within {SAME_WITHIN_M:g} m) are counted once."
    if word == "all":
        method += " Patrol roads and cleared strips have their own numbers and are not in this one."
    high, open_m, bounds = basis.bounded(max(value, high), len(undecided), basis.everywhere)
    return Estimate(
        name=f"barrier_km_{word}_{change.value}",
        value=value,
        low=value,
        high=high,
        open_m=open_m,
        unit="km",
        denominator=basis.of_comparable,
        method=f"{method} {bounds}",
        wording=for_confirmed(len(sure)),
        from_ids=_ids([*sure, *undecided], ()),
    )


def _posts(basis: _Basis) -> list[Estimate]:
    """Return what was added and removed, the stock where it is known, and the density."""
    new, removed = (_post_change(basis, change) for change in (Change.NEW, Change.REMOVED))
    found = [new, removed, *_stock(basis)]
    seen_m = basis.rows.seen.length_m
    if seen_m:
        found.append(_density(basis, seen_m))
    return found


def _post_change(basis: _Basis, change: Change) -> Estimate:
    sure, undecided = basis.things(_POST_KINDS, change)
    shares = shares_counted([*sure, *undecided])
    value, high = float(shares[: len(sure)].sum()), float(shares.sum())
    per_kind = Counter(
        thing.category.label for thing, share in zip(sure, shares, strict=False) if share > 0
    )
    parts = ", ".join(f"{label} {n}" for label, n in sorted(per_kind.items())) or "none"
    method = (
        f"Confirmed {change.value} guard posts, watchtowers and buildings together ({parts}). "
        f"Two of one class within {SAME_WITHIN_M:g} m are one ({len(sure) - int(value)} left "
        "out). This is the change, not the stock. "
    )
    if not _recorded(basis):
        method += "No stock is given: analysts recorded none of the posts that stood before. "
    high, open_m, bounds = basis.bounded(high, len(undecided), basis.everywhere)
    return Estimate(
        name=f"posts_{change.value}",
        value=value,
        low=value,
        high=high,
        open_m=open_m,
        unit="posts",
        denominator=basis.of_comparable,
        method=method + bounds,
        wording=for_confirmed(len(sure)),
        from_ids=_ids([*sure, *undecided], ()),
    )


def _recorded(basis: _Basis) -> list[Finding]:
    """Return the confirmed posts that stood at both dates, as analysts recorded them."""
    return basis.things(_POST_KINDS, Change.UNCHANGED)[0]


def _stock(basis: _Basis) -> list[Estimate]:
    """Return the stock at both dates; nothing when analysts recorded no existing post."""
    if not _recorded(basis):
        return []
    found = []
    for date, other in (("before", Change.REMOVED), ("after", Change.NEW)):
        kept: list[Finding] = []
        undecided: list[Thing] = []
        for change in (Change.UNCHANGED, Change.UPGRADED, other):
            sure, rest = basis.things(_POST_KINDS, change)
            kept, undecided = kept + sure, undecided + rest
        shares = shares_counted([*kept, *undecided])
        value = float(shares[: len(kept)].sum())
        high, open_m, bounds = basis.bounded(float(shares.sum()), len(undecided), basis.everywhere)
        found.append(
            Estimate(
                name=f"posts_stock_{date}",
                value=value,
                low=value,
                high=high,
                open_m=open_m,
                unit="posts",
                denominator=basis.of_comparable,
                method=f"Guard posts, watchtowers and buildings that stood at the {date} date: "
                f"recorded as standing at both dates, upgraded, and {other.value}. It holds what "
                f"analysts recorded; nobody is known to have recorded all of them. {bounds}",
                wording=for_confirmed(len(kept)),
                from_ids=_ids([*kept, *undecided], ()),
            )
        )
    return found


def _density(basis: _Basis, seen_m: int) -> Estimate:
    sure, undecided = basis.things(_POST_KINDS, Change.NEW)
    there = [thing for thing in sure if basis.rows.seen & thing.span]
    maybe = [thing for thing in undecided if basis.rows.seen & thing.span]
    shares = shares_counted([*there, *maybe])
    value = float(shares[: len(there)].sum()) / (seen_m / 1000)
    high = float(shares.sum()) / (seen_m / 1000)
    high, open_m, bounds = basis.bounded(high, len(maybe), basis.rows.seen)
    return Estimate(
        name="posts_new_per_border_km_comparable",
        value=value,
        low=value,
        high=high,
        open_m=open_m,
        unit="posts per km of border",
        denominator=f"per km of the {_km(seen_m)} of border that was compared",
        method="Confirmed new posts beside compared border, divided by the kilometres of border "
        f"(not of fence) that were compared. {bounds} It says nothing of border that was not "
        "compared.",
        wording=within_analysed(for_confirmed(len(there))),
        from_ids=_ids([*there, *maybe], basis.comparison_ids),
    )


def _unreviewed(basis: _Basis, verdicts: list[Verdict]) -> Estimate:
    waiting = basis.rows.waiting
    answered = {verdict.about for verdict in verdicts}
    n_begun = sum(candidate.id in answered for candidate in waiting)
    return Estimate(
        name="candidates_unreviewed",
        value=float(len(waiting)),
        low=float(len(waiting)),
        high=float(len(waiting)),
        unit="candidates",
        denominator=basis.of_comparable,
        method=f"Suggestions without a settled answer: {len(waiting) - n_begun} that nobody "
        f"answered, {n_begun} with too few answers. None of them is a finding."
        + (f" {basis.n_beyond_cap} weaker ones were not kept." if basis.n_beyond_cap else ""),
        wording=for_open(0) if waiting else Words.COUNTED,
        spans=beside(waiting) & Spans((basis.extent,)),
        from_ids=_ids(waiting, ()),
    )


def _exact(
    name: str, spans: Spans, *, denominator: str, method: str, words: str, from_ids: tuple[str, ...]
) -> Estimate:
    km = spans.length_m / 1000
    return Estimate(
        name=name,
        value=km,
        low=km,
        high=km,
        unit="km",
        denominator=denominator,
        method=method,
        wording=words,
        spans=spans,
        from_ids=from_ids,
    )


def _note(rows: Account, verdicts: list[Verdict], scenes: Mapping[str, Scene]) -> str:
    """Return what every method has to say of who looked, and at what."""
    about = {finding.about for finding in rows.findings} | {c.id for c in rows.waiting}
    counted = [verdict for verdict in verdicts if verdict.about in about]
    n_analysts = len({verdict.analyst for verdict in counted})
    said = f"{len(counted)} answers by {n_analysts} analysts" if counted else ""
    if any(verdict.is_simulated for verdict in counted):
        said += " (SIMULATED analysts with stated error rates)"
    if any(scene.is_simulated for scene in scenes.values()):
        said += "; SIMULATED images that show no real place" if said else "SIMULATED images"
    return said


def _with_note(estimate: Estimate, note: str) -> Estimate:
    return replace(estimate, method=f"{estimate.method} Rests on {note}.") if note else estimate


def _ids(things: Iterable[Thing], more: tuple[str, ...]) -> tuple[str, ...]:
    return (*sorted({thing.id for thing in things}), *more)


def _km(metres: float) -> str:
    return f"{metres / 1000:,.3f} km"
