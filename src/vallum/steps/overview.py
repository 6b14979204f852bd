"""What the pages of the app show of a project: images, coverage, strip, places, report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from vallum.frontier import Section
from vallum.ground.kinds import Held, Status
from vallum.ground.records import (
    Candidate,
    Comparison,
    Finding,
    Look,
    Release,
    Scene,
    Verdict,
)
from vallum.ground.span import Span, Spans
from vallum.project import Project
from vallum.steps.desk import Desk, Person
from vallum.steps.done import known
from vallum.steps.due import due
from vallum.store import Entry

_NEAR_M = 30_000.0
_NOT_REPORTED = frozenset({"Run", "Release", "Edition", "Analyst", "Remark"})


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image of the project, as its table shows it; `epoch` is before, after or empty."""

    id: str
    name: str
    taken: str
    taken_from: str
    sensor: str
    gsd_m: float | None
    off_nadir_deg: float | None
    cloud_percent: float | None
    licence: str
    credit: str
    may_publish: bool
    set_aside: str
    epoch: str


@dataclass(frozen=True, kw_only=True)
class StatusLength:
    """How many metres of frontier have one status."""

    status: Status
    label: str
    length_m: int


@dataclass(frozen=True, kw_only=True)
class SceneNote:
    """An image in a few words."""

    scene: str
    name: str
    taken: str


@dataclass(frozen=True, kw_only=True)
class SectionCoverage:
    """One section: its best pair of images, the metres compared, and why not more."""

    number: int
    start_m: int
    end_m: int
    before: SceneNote | None
    after: SceneNote | None
    seen_m: int
    n_candidates: int
    blocked_by: str


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A stretch of frontier of one status."""

    start_m: int
    end_m: int
    status: Status


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What is known of every metre; the lengths of `statuses` add up to the extent."""

    extent: tuple[int, int]
    statuses: tuple[StatusLength, ...]
    sections: tuple[SectionCoverage, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, kw_only=True)
class StripPlace:
    """A named place beside the border."""

    name: str
    names: tuple[str, ...]
    at_m: int


@dataclass(frozen=True, kw_only=True)
class Strip:
    """The whole border in bins of `bin_m`; the last one may be shorter.

    Attributes:
        extent: stretch of frontier.
        bin_m: length of a bin.
        seen: share of each bin that was compared, 0 to 1.
        lines: candidates that are lines, counted where their middle is.
        posts: candidates that are posts.
        answered: share of each bin's candidates that one person has answered, 0 to 1.
        places: names along it.
    """

    extent: tuple[int, int]
    bin_m: float
    seen: tuple[float, ...]
    lines: tuple[int, ...]
    posts: tuple[int, ...]
    answered: tuple[float, ...]
    places: tuple[StripPlace, ...]


@dataclass(frozen=True, kw_only=True)
class ReportState:
    """Whether there is a report, when it was made, and whether rows were added since."""

    exists: bool
    path: str
    made_at: datetime | None
    is_stale: bool


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much there is, and the command that is due next."""

    scenes: int
    candidates: int
    verdicts: int
    findings: int
    next: str


@dataclass(frozen=True, kw_only=True)
class _Held:
    """The newest rows that the pages speak of."""

    scenes: Mapping[str, Scene]
    looks: Mapping[str, Look]
    comparisons: Sequence[Comparison]
    candidates: Sequence[Candidate]
    findings: Sequence[Finding]


def _held(desk: Desk) -> _Held:
    with desk.fresh() as mirror:
        return _Held(
            scenes=dict(mirror.all(Scene)),
            looks=dict(mirror.all(Look)),
            comparisons=list(mirror.all(Comparison).values()),
            candidates=mirror.current,
            findings=list(mirror.all(Finding).values()),
        )


def counts(desk: Desk) -> Counts:
    """Return how much there is in the project, and what is due."""
    with desk.fresh() as mirror:
        verdicts = sum(not verdict.is_withdrawn for verdict in mirror.all(Verdict).values())
        n_scenes, n_candidates = len(mirror.all(Scene)), len(mirror.current)
        n_comparisons = len(mirror.all(Comparison))
        store = desk.project.store
        held = mirror.derived("held", ("Finding",), lambda: store.tally(Finding, "held"))
    n_findings = sum(held.values())
    return Counts(
        scenes=n_scenes,
        candidates=n_candidates,
        verdicts=verdicts,
        findings=n_findings - held.get(Held.WITHDRAWN, 0),
        next=due(
            desk.project,
            n_scenes=n_scenes,
            n_comparisons=n_comparisons,
            n_candidates=n_candidates,
            n_verdicts=verdicts,
            n_findings=n_findings,
        ),
    )


# -- images ------------------------------------------------------------------------------------


def images(project: Project) -> list[Image]:
    """Return the images, oldest first."""
    dates = project.config.dates
    epochs = {"before": dates.before_when, "after": dates.after_when}
    return [
        Image(
            id=scene.id,
            name=scene.name,
            taken=str(scene.taken),
            taken_from=scene.taken_from,
            sensor=scene.sensor,
            gsd_m=known(scene.gsd_m),
            off_nadir_deg=known(scene.off_nadir_deg),
            cloud_percent=known(scene.cloud_percent),
            licence=scene.licence,
            credit=scene.credit,
            may_publish=scene.may_publish,
            set_aside=scene.set_aside,
            epoch=next((e for e, when in epochs.items() if scene.taken.is_within(when)), ""),
        )
        for scene in sorted(project.rows(Scene), key=lambda s: (str(s.taken), s.name))
    ]


# -- coverage ----------------------------------------------------------------------------------


def coverage(desk: Desk) -> Coverage:
    """Return what is known of every metre, by status and by section."""
    kinds = ("Scene", "Look", "Fit", "Comparison", "Candidate", "Finding", "Sample", "drawn")
    with desk.fresh() as mirror:
        return mirror.derived("coverage", kinds, lambda: _coverage(desk))


def _coverage(desk: Desk) -> Coverage:
    from vallum.measure import visible
    from vallum.measure.extent import statuses

    project, held = desk.project, _held(desk)
    by_span: dict[Span, list[Comparison]] = {}
    for row in held.comparisons:
        by_span.setdefault(row.span, []).append(row)
    sizes = visible.sizes(held.comparisons, held.looks.values(), held.scenes)
    found = statuses(project.extent, held.comparisons, held.candidates, held.findings, sizes)
    stretches = [
        Stretch(start_m=part.start_m, end_m=part.end_m, status=status)
        for status, spans in found.items()
        for part in spans
    ]

    return Coverage(
        extent=(project.extent.start_m, project.extent.end_m),
        statuses=tuple(
            StatusLength(status=status, label=status.label, length_m=spans.length_m)
            for status, spans in found.items()
        ),
        sections=tuple(
            _section(section, by_span.get(section.span, ()), held) for section in project.sections
        ),
        stretches=tuple(sorted(stretches, key=lambda s: s.start_m)),
    )


def _section(section: Section, rows: Sequence[Comparison], held: _Held) -> SectionCoverage:
    here = sorted(rows, key=lambda row: row.slot)
    used = [c for c in here if not c.blocked_by]
    best = next(iter(used or here), None)
    listed = {name for c in used for name in c.piece_ids or c.candidate_ids}
    return SectionCoverage(
        number=section.number,
        start_m=section.span.start_m,
        end_m=section.span.end_m,
        before=_note(best.before, held) if best else None,
        after=_note(best.after, held) if best else None,
        seen_m=(Spans(part for c in used for part in c.seen) & section.span).length_m,
        n_candidates=len(listed),
        blocked_by="" if used else next((c.blocked_by for c in here), "not examined yet"),
    )


def _note(look: str, held: _Held) -> SceneNote | None:
    scene = held.scenes.get(held.looks[look].scene) if look in held.looks else None
    if scene is None:
        return None
    return SceneNote(scene=scene.id, name=scene.name, taken=str(scene.taken))


# -- the strip ---------------------------------------------------------------------------------


def strip(desk: Desk, person: Person, n_bins: int, *, is_blind: bool = False) -> Strip:
    """Return the whole border in bins, with what one person has answered.

    Args:
        desk: whose border.
        person: who asks.
        n_bins: how many.
        is_blind: say nothing of what was suggested, nor where.
    """
    with desk.fresh() as mirror:
        comparisons, candidates = list(mirror.all(Comparison).values()), mirror.current
    return strip_of(
        desk.project.extent,
        n_bins,
        comparisons=comparisons,
        candidates=() if is_blind else candidates,
        answered=desk.answered(person),
        places=strip_places(desk.project),
    )


def strip_of(
    extent: Span,
    n_bins: int,
    *,
    comparisons: Iterable[Comparison],
    candidates: Sequence[Candidate],
    answered: Collection[str],
    places: Sequence[StripPlace] = (),
) -> Strip:
    """Return the whole border in bins.

    Args:
        extent: stretch of frontier.
        n_bins: how many; fewer where a bin would be shorter than a metre.
        comparisons: newest rows; blocked ones are left out.
        candidates: those in force.
        answered: ids of the candidates that the person who asks has answered.
        places: names along it.
    """
    n_bins = max(1, min(n_bins, extent.length_m))
    bin_m = extent.length_m / n_bins
    seen = Spans(part for c in comparisons if not c.blocked_by for part in c.seen) & extent
    middles = [(c.span.start_m + c.span.end_m - 1) // 2 for c in candidates]
    at = np.clip(
        ((np.array(middles, dtype=float) - extent.start_m) / bin_m).astype(int), 0, n_bins - 1
    )
    is_line = np.array([c.category.is_line for c in candidates], dtype=bool)
    is_mine = np.array([c.id in answered for c in candidates], dtype=float)
    n_all = np.bincount(at, minlength=n_bins)
    n_mine = np.bincount(at, weights=is_mine, minlength=n_bins)
    share = np.divide(n_mine, n_all, out=np.zeros(n_bins), where=n_all > 0)
    return Strip(
        extent=(extent.start_m, extent.end_m),
        bin_m=bin_m,
        seen=tuple(_shares(seen, extent, n_bins).tolist()),
        lines=tuple(np.bincount(at[is_line], minlength=n_bins).tolist()),
        posts=tuple(np.bincount(at[~is_line], minlength=n_bins).tolist()),
        answered=tuple(np.round(share, 3).tolist()),
        places=tuple(places),
    )


def _shares(spans: Spans, extent: Span, n_bins: int) -> NDArray[np.float64]:
    """Return the share of each bin that lies in the spans (n_bins)."""
    edges = np.linspace(extent.start_m, extent.end_m, n_bins + 1)
    starts = np.array([part.start_m for part in spans], dtype=float)
    ends = np.array([part.end_m for part in spans], dtype=float)
    if not starts.size:
        return np.zeros(n_bins)
    # Metres of the spans before each edge: whole ones, and the part of the one it falls into.
    before = np.concatenate([[0.0], np.cumsum(ends - starts)])
    index = np.searchsorted(ends, edges, side="left")
    inside = np.clip(edges - np.append(starts, np.inf)[index], 0.0, None)
    shares = np.diff(before[index] + inside) / np.diff(edges)
    return np.asarray(np.round(np.clip(shares, 0.0, 1.0), 4), dtype=np.float64)


# -- report ------------------------------------------------------------------------------------


def report_state(project: Project) -> ReportState:
    """Return whether there is a report, and whether anything it shows was added since."""
    page = project.out_folder / "report" / "report.html"
    if not page.is_file():
        return ReportState(exists=False, path="", made_at=None, is_stale=False)
    made = [entry for release in project.rows(Release) for entry in _newest(project, release.id)]
    newest = max(made, key=lambda entry: entry.seq, default=None)
    after = project.store.entries(after=newest.seq) if newest is not None else []
    return ReportState(
        exists=True,
        path=str(page),
        made_at=datetime.fromtimestamp(page.stat().st_mtime, UTC),
        is_stale=newest is None or any(entry.kind not in _NOT_REPORTED for entry in after),
    )


def _newest(project: Project, row_id: str) -> list[Entry]:
    return project.store.history(row_id)[-1:]


# -- places ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Place:
    """A named place and where it lies along the border; `off_m` is negative on the left."""

    name: str
    names: dict[str, str]
    lon: float
    lat: float
    at_m: int
    off_m: float


def places(project: Project, query: str = "") -> list[Place]:
    """Return the places within 30 km of the measured stretch, along it, or those a query means."""
    from vallum.ground import names

    listed = names.places(project.config.border.frontier)
    found = names.find(query, listed) if query.strip() else listed
    if not found:
        return []
    at_m, off_m = project.frontier.locate_many([p.lon for p in found], [p.lat for p in found])
    near = [
        Place(
            name=place.name,
            names=dict(place.names),
            lon=place.lon,
            lat=place.lat,
            at_m=round(float(at)),
            off_m=round(float(off), 1),
        )
        for place, at, off in zip(found, at_m, off_m, strict=True)
        if abs(off) <= _NEAR_M and project.extent.start_m <= at < project.extent.end_m
    ]
    return near if query.strip() else sorted(near, key=lambda place: place.at_m)


def strip_places(project: Project) -> list[StripPlace]:
    """Return the names to write along the strip."""
    return [
        StripPlace(name=p.name, names=tuple(dict.fromkeys(p.names.values())), at_m=p.at_m)
        for p in places(project)
    ]
