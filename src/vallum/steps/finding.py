"""`detect`: what differs between the two images of a pair."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.records import FOOTPRINT_ONLY, Candidate, Comparison, Fit, Scene
from vallum.ground.span import Span, Spans
from vallum.imagery import objects
from vallum.project import Project
from vallum.run import Outcome, each
from vallum.steps.again import named_again
from vallum.steps.done import Done, Progress, block_sections, finished, km, silent, tracked
from vallum.steps.judging import verdicts_in_force
from vallum.steps.order import by_ten_metres, layers_of
from vallum.steps.seeing import Job, made_with, pairs
from vallum.steps.tilewise import Pictures, search

if TYPE_CHECKING:
    import numpy.typing as npt
    from odc.geo.geobox import GeoBox

    from vallum.change import Found, Settings
    from vallum.imagery.coverage import Pair

_BEYOND_M = 64
_JUMP_M = 250.0
_STEP_M = 4.0
_TOUCH_M = 12.0
_RETIRED = "a better pair was found"


@dataclass(frozen=True, kw_only=True)
class _PairJob(Job):
    slot: int
    pair: Pair
    fit: Fit | None
    before: Scene
    after: Scene
    before_path: str
    after_path: str
    made_with: str

    def blocked(self, why: str) -> Comparison:
        """Return the comparison as one that could not be made."""
        return Comparison(
            span=self.section.span,
            slot=self.slot,
            before=self.pair.before.id,
            after=self.pair.after.id,
            fit=self.fit.id if self.fit else "",
            seen=self.pair.seen if why in {"", FOOTPRINT_ONLY} else Spans(),
            made_with=objects.still_due(self.made_with, why),
            blocked_by=why,
        )


@dataclass(frozen=True, kw_only=True)
class _Compared:
    comparison: Comparison
    pieces: tuple[Candidate, ...]


def detect(project: Project, *, scheduler: str = "", show: Progress = silent) -> Done:
    """Suggest what is new, upgraded or removed, in every section that has an aligned pair.

    Candidates are suggestions of a machine; nothing is a finding before people agree.
    """
    known = {(c.span, c.slot): c for c in project.rows(Comparison)}
    jobs, without_pair = pair_jobs(project, known)
    due = [job for job in jobs if is_due(known.get((job.section.span, job.slot)), job)]
    with project.run("detect") as work:
        work.add_all(without_pair)
        outcomes = each(_compare, due, scheduler)
        for outcome in tracked(outcomes, "detect", len(due), "sections", show):
            compared = _result(outcome)
            work.add_all(named_again(project, compared.pieces, compared.comparison))
        joined, comparisons = _join(project)
        work.add_all([*joined, *comparisons])
        told = {"", FOOTPRINT_ONLY, _RETIRED}
        block_sections(
            work, ((c.span, c.blocked_by) for c in comparisons if c.blocked_by not in told)
        )
    return finished(
        work,
        _summary(project, comparisons),
        then="vallum review --export FILE",
        facts={"candidates": len(_current(comparisons))},
    )


def is_due(known: Comparison | None, job: _PairJob) -> bool:
    """Say whether a pair was not compared yet with these inputs and settings."""
    return known is None or known.made_with != job.made_with


def pair_jobs(
    project: Project, known: dict[tuple[Span, int], Comparison]
) -> tuple[list[_PairJob], list[Comparison]]:
    """Return one job per pair, and rows for sections and slots that have none."""
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    fits = {(fit.look, fit.reference): fit for fit in project.rows(Fit)}
    jobs: list[_PairJob] = []
    without: list[Comparison] = []
    current = set()
    for section, found, why_none in pairs(project):
        if why_none:
            current.add((section.span, 0))
            without.append(Comparison(span=section.span, slot=0, seen=Spans(), blocked_by=why_none))
        for slot, pair in enumerate(found):
            before, after = scenes[pair.before.scene], scenes[pair.after.scene]
            fit = fits.get((pair.after.id, pair.before.id))
            mark = made_with(
                pair.before,
                pair.after,
                fit or "",
                str(pair.seen),
                asdict(project.config.detect),
                before.sha256,
                after.sha256,
            )
            jobs.append(
                _PairJob(
                    root=str(project.root),
                    config=project.config,
                    section=section,
                    slot=slot,
                    pair=pair,
                    fit=fit,
                    before=before,
                    after=after,
                    before_path=str(project.path_of(before) or ""),
                    after_path=str(project.path_of(after) or ""),
                    made_with=mark,
                )
            )
            current.add((section.span, slot))
    without += [
        Comparison(span=old.span, slot=old.slot, seen=Spans(), blocked_by=_RETIRED)
        for key, old in known.items()
        if key not in current
    ]
    return jobs, without


def _result(outcome: Outcome[_PairJob, _Compared]) -> _Compared:
    if outcome.value is not None:
        return outcome.value
    return _Compared(comparison=outcome.task.blocked(outcome.problem), pieces=())


# -- one pair in one section ----------------------------------------------------------------


def _compare(job: _PairJob) -> _Compared:
    """Return the candidates of one pair; the unit of work of a worker."""
    from vallum.change import stitch
    from vallum.imagery import frame, pair

    if not (job.before.has_pixels and job.after.has_pixels):
        return _Compared(comparison=job.blocked(FOOTPRINT_ONLY), pieces=())
    if job.fit is None or job.fit.blocked_by:
        why = job.fit.blocked_by if job.fit else "not aligned yet; run `vallum align`"
        return _Compared(comparison=job.blocked(why), pieces=())
    border = job.config.border
    # Reach a little beyond, so that what crosses the end of a section is whole on both sides.
    reach = (job.pair.seen.hull or job.section.span).widened(_BEYOND_M, job.frontier.span)
    corridor = job.frontier.corridor(reach, border.left_m, border.right_m)
    gsd_m = max(job.before.gsd_m, job.after.gsd_m)
    pictures = Pictures(
        before_path=job.before_path,
        after_path=job.after_path,
        move_m=(job.fit.dx_m, job.fit.dy_m),
        gain=job.fit.gain,
        mask_clouds=job.config.cover.mask_clouds,
    )
    with pair.opened(job.before_path, job.after_path) as both:
        pixels = both.pixels(job.section.epsg, gsd_m)
        grid = frame.grid_of(corridor, job.section.epsg, gsd_m, pixels)
        whole = stitch(search(both, pictures, grid, corridor, _settings(job)))
    pieces = list(_candidates(job, whole))
    pieces.sort(key=lambda piece: (-piece.score, piece.id))
    limit = max(1, math.ceil(job.config.detect.max_per_km * job.section.span.length_m / 1000))
    kept = sorted(pieces[:limit], key=lambda piece: (piece.span, piece.id))
    comparison = replace(
        job.blocked(""),
        conditions=_conditions(job, grid),
        piece_ids=tuple(piece.id for piece in kept),
        candidate_ids=tuple(piece.id for piece in kept),
        n_beyond_cap=len(pieces) - len(kept),
        threshold=_settings(job).line_threshold,
    )
    return _Compared(comparison=comparison, pieces=tuple(kept))


def _conditions(job: _PairJob, grid: GeoBox) -> str:
    """Return how unlike the two dates are in season, sun and view, in words."""
    from vallum.imagery import coverage, season

    sides = ((job.before, job.before_path), (job.after, job.after_path))
    before, after = (coverage.greenness(scene, Path(path), grid) for scene, path in sides)
    return season.conditions(job.before, job.after, ndvi=(before, after)).text


def _settings(job: Job) -> Settings:
    from vallum.change import Settings

    wanted = job.config.detect
    return Settings(
        min_length_m=wanted.min_length_m,
        line_threshold=-math.log10(wanted.false_lines_per_km),
        post_threshold=-math.log10(wanted.false_posts_per_km),
    )


def _candidates(job: _PairJob, found: Iterable[Found]) -> Iterator[Candidate]:
    """Yield what lies beside the metres that this pair answers for, cut at their ends."""
    from vallum.imagery import frame

    parts = [
        (one, *part)
        for one in found
        for part in placed(
            frame.from_crs(one.shape, job.section.epsg),
            job.frontier,
            job.pair.seen,
            job.section.epsg,
        )
    ]
    beside = [(span, off_m) for one, _, span, off_m in parts if one.category.is_line]
    layers = iter(layers_of(beside))
    for one, part, span, off_m in parts:
        layer = next(layers) if one.category.is_line else ""
        length_m = geodesic_length_m(part) if isinstance(part, LineString) else 0.0
        if isinstance(part, LineString) and length_m < job.config.detect.min_length_m / 2:
            continue
        yield Candidate(
            span=span,
            off_m=round(off_m, 1),
            category=one.category,
            change=one.change,
            score=round(one.score, 4),
            length_m=round(length_m, 2),
            width_m=round(one.width_m, 2),
            shape=part,
            before=job.before.id,
            after=job.after.id,
            kinds=tuple(f"{kind.value} {share:.2f}" for kind, share in one.kinds),
            evidence=by_ten_metres(one.evidence),
            polarity={True: "bright", False: "dark", None: ""}[one.is_bright],
            layer=layer,
            gap_m=round(one.gap_m, 1),
            post_spacing_m=round(one.post_spacing_m, 1),
            group=f"{job.section.number}-{job.slot}-{one.group}" if one.group else "",
            flags=one.flags,
        )


def placed(
    shape: BaseGeometry, frontier: Frontier, allowed: Spans, epsg: int
) -> Iterator[tuple[BaseGeometry, Span, float]]:
    """Yield the parts of a shape that lie beside `allowed`, each with its span and offset.

    A line is cut where it leaves `allowed`, and where its chainage jumps by more than 250 m (it
    cuts across a meander there): the metres jumped over have no barrier beside them.
    """
    if isinstance(shape, Point):
        at_m, off_m = frontier.locate_many(np.array([shape.x]), np.array([shape.y]))
        if int(at_m[0]) in allowed:
            yield shape, at_least_a_metre(at_m, frontier), float(off_m[0])
        return
    lon, lat = dense(shape, epsg)
    at_m, off_m = frontier.locate_many(lon, lat)
    if at_m[0] > at_m[-1]:  # the same line drawn backwards must get the same name
        lon, lat, at_m, off_m = lon[::-1], lat[::-1], at_m[::-1], off_m[::-1]
    within = np.zeros(at_m.size, dtype=bool)
    for part in allowed:
        within |= (at_m >= part.start_m) & (at_m < part.end_m)
    breaks = np.flatnonzero(np.abs(np.diff(at_m)) > _JUMP_M) + 1
    for run in np.split(np.arange(at_m.size), breaks):
        starts = np.flatnonzero(np.diff(within[run].astype(int), prepend=0, append=0))
        for first, last in zip(starts[::2], starts[1::2], strict=True):
            chosen = run[first:last]
            if chosen.size >= 2:
                line = LineString(np.column_stack([lon[chosen], lat[chosen]])).simplify(1e-7)
                yield (
                    line,
                    at_least_a_metre(at_m[chosen], frontier),
                    float(np.median(off_m[chosen])),
                )


def dense(
    shape: BaseGeometry, epsg: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return longitudes and latitudes along a line (EPSG:4326), every few metres of `epsg`."""
    from vallum.imagery import frame

    local = shapely.segmentize(frame.to_crs(shape, epsg), _STEP_M)
    xy = shapely.get_coordinates(frame.from_crs(local, epsg))
    return xy[:, 0], xy[:, 1]


def at_least_a_metre(at_m: npt.NDArray[np.float64], frontier: Frontier) -> Span:
    """Return the stretch from the least to the largest chainage, in whole metres."""
    start_m = min(max(0, math.floor(at_m.min())), frontier.length_m - 1)
    return Span(start_m, min(max(start_m + 1, math.ceil(at_m.max())), frontier.length_m))


# -- across sections ------------------------------------------------------------------------


def _join(project: Project) -> tuple[list[Candidate], list[Comparison]]:
    """Join pieces that meet at section borders; every piece counts once."""
    comparisons = sorted(project.rows(Comparison), key=lambda c: (c.span, c.slot))
    wanted = dict.fromkeys(piece for c in comparisons for piece in c.piece_ids)
    rows = {row.id: row for row in project.rows(Candidate)}
    home = {piece: index for index, c in enumerate(comparisons) for piece in c.piece_ids}
    groups = _touching([rows[piece] for piece in wanted if piece in rows], home)
    became: dict[str, str] = {}
    joined: list[Candidate] = []
    for group in groups:
        whole = _merged(group) if len(group) > 1 else group[0]
        joined += [whole] if len(group) > 1 else []
        became |= {piece.id: whole.id for piece in group}
    renewed = [
        replace(
            c, candidate_ids=tuple(dict.fromkeys(became[p] for p in c.piece_ids if p in became))
        )
        for c in comparisons
    ]
    return joined, renewed


def _touching(pieces: Sequence[Candidate], home: dict[str, int]) -> list[list[Candidate]]:
    """Group line pieces of one change whose ends meet in different comparisons."""
    lines = [piece for piece in pieces if isinstance(piece.shape, LineString)]
    leader = {piece.id: piece.id for piece in pieces}

    def lead(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    taken: set[int] = set()
    for index, near in _near_ends(lines).items():
        if index in taken:
            continue
        piece = lines[index // 2]
        for other_index in near:
            other = lines[other_index // 2]
            if (
                other_index not in taken
                and home[other.id] != home[piece.id]
                and other.change == piece.change
                and lead(other.id) != lead(piece.id)
            ):
                leader[lead(other.id)] = lead(piece.id)
                taken |= {index, other_index}
                break
    groups: dict[str, list[Candidate]] = {}
    for piece in pieces:
        groups.setdefault(lead(piece.id), []).append(piece)
    return list(groups.values())


def _near_ends(lines: Sequence[Candidate]) -> dict[int, list[int]]:
    """Return the ends of other lines within reach of each end; line k has the ends 2k and 2k + 1.

    Ends are in rising order, and so are those near each; one that is alone is left out.
    """
    if not lines:
        return {}
    shapes = np.array([line.shape for line in lines], dtype=object)
    ends = np.column_stack([shapely.get_point(shapes, at) for at in (0, -1)]).ravel()
    xy = shapely.get_coordinates(ends)
    squeeze = np.cos(np.radians(xy[:, 1]))
    pad = _TOUCH_M / 111_000 / squeeze
    boxes = shapely.box(xy[:, 0] - pad, xy[:, 1] - pad, xy[:, 0] + pad, xy[:, 1] + pad)
    index, other = shapely.STRtree(ends).query(boxes)
    away = xy[index] - xy[other]
    away_m = 111_000 * np.hypot(away[:, 0] * squeeze[index], away[:, 1])
    kept = (index // 2 != other // 2) & (away_m <= _TOUCH_M)
    near: dict[int, list[int]] = {}
    for one, two in sorted(zip(index[kept].tolist(), other[kept].tolist(), strict=True)):
        near.setdefault(one, []).append(two)
    return near


def _merged(group: Sequence[Candidate]) -> Candidate:
    """Return one candidate in place of pieces that continue each other."""
    ordered = sorted(group, key=lambda piece: (piece.span, piece.id))
    coords = list(ordered[0].shape.coords)
    for piece in ordered[1:]:
        nxt = list(piece.shape.coords)
        options = {
            math.dist(coords[-1], nxt[0]): (coords, nxt),
            math.dist(coords[-1], nxt[-1]): (coords, nxt[::-1]),
            math.dist(coords[0], nxt[0]): (coords[::-1], nxt),
            math.dist(coords[0], nxt[-1]): (coords[::-1], nxt[::-1]),
        }
        head, tail = options[min(options)]
        coords = [*head, *tail]
    shape = LineString(coords)
    weights = [piece.length_m for piece in ordered]
    longest = max(ordered, key=lambda piece: (piece.length_m, piece.id))
    hull = Spans(piece.span for piece in ordered).hull or ordered[0].span
    return replace(
        longest,
        run="",
        span=hull,
        shape=shape,
        length_m=round(geodesic_length_m(shape), 2),
        score=round(float(np.average([p.score for p in ordered], weights=weights)), 4),
        off_m=round(float(np.average([p.off_m for p in ordered], weights=weights)), 1),
    )


def _current(comparisons: Iterable[Comparison]) -> set[str]:
    return {name for c in comparisons for name in c.candidate_ids}


def _summary(project: Project, comparisons: Sequence[Comparison]) -> list[str]:
    compared = Spans(part for c in comparisons if not c.blocked_by for part in c.seen)
    listed = _current(comparisons)
    current = [row for row in project.rows(Candidate) if row.id in listed]
    answered = {verdict.about for verdict in verdicts_in_force(project)}
    n_open = sum(row.id not in answered for row in current)
    lines = [row for row in current if row.category.is_line]
    beyond = sum(c.n_beyond_cap for c in comparisons)
    text = [
        f"compared {km(compared.length_m)} of {km(project.extent.length_m)}",
        f"{len(current):,} candidates ({n_open:,} unreviewed): {len(lines):,} lines of "
        f"{km(sum(row.length_m for row in lines))}, {len(current) - len(lines):,} posts",
    ]
    if beyond:
        text.append(f"{beyond:,} weaker ones were left out (detect.max_per_km)")
    return text
