"""Where an image is missing: which stretches of border, of which date, and why."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from vallum.ground import visibility
from vallum.ground.kinds import Status
from vallum.ground.pictures import Cue, Terrain
from vallum.ground.records import Comparison, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.measure import buying, visible
from vallum.measure.buying import Gap
from vallum.measure.extent import Account, account, beside, statuses_of
from vallum.project import Project
from vallum.steps.judging import current_candidates, current_findings
from vallum.steps.seeing import scenes_in_use

ROUNDED = 0.005
"""A pixel of 0.6 m is 0.6003 m after a change of projection."""

Pieces = list[tuple[Span, float]]
"""Parts of a stretch, each with the chance of its metres to have changed."""

_LEAST_GAP_M = 10


def counted_rows(project: Project) -> Account:
    """Return the rows of a project that count, sorted out as `measure` does."""
    comparisons = project.rows(Comparison)
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    return account(
        project.extent,
        comparisons,
        current_candidates(project),
        current_findings(project),
        visible.sizes(comparisons, project.rows(Look), scenes),
    )


def gaps(
    project: Project, rows: Account | None = None, coarsest_m: float = math.inf
) -> tuple[Gap, ...]:
    """Return the stretches of border for which an image is missing, and which date lacks there.

    Stretches that were not compared for want of an image of one date or both, or whose pair could
    not be brought to lie on each other; stretches on which analysts could not tell; and those
    where nothing was found on pixels too coarse to show it. What only waits for `detect` or for
    review is no gap: money does not help there.

    Args:
        project: whose border.
        rows: what counts in it, where that is known already.
        coarsest_m: pixels on which what is looked for still shows.
    """
    rows = rows or counted_rows(project)
    seen = _seen(project)
    extent = Spans((project.extent,))
    unseen = extent - rows.seen
    both = seen["before"] & seen["after"]
    parts = (
        (unseen - seen["before"] - seen["after"], ("before", "after"), "no usable image"),
        ((unseen & seen["before"]) - seen["after"], ("after",), "no usable image after"),
        ((unseen & seen["after"]) - seen["before"], ("before",), "no usable image before"),
        (unseen & both & rows.attempted, ("after",), "the images could not be compared"),
    )
    shares = _shares(project, rows)
    found = [
        Gap(span=piece, status=Status.NOT_COMPARABLE, missing=missing, why=why, share=share)
        for spans, missing, why in parts
        for whole in spans.longer_than(_LEAST_GAP_M)
        for piece, share in shares(whole)
    ]
    found += _too_coarse(project, rows, coarsest_m, shares)
    return tuple(sorted(found, key=lambda gap: gap.span))


def _seen(project: Project) -> dict[str, Spans]:
    """Return the metres that images with pixels, fit for measuring, show at each epoch."""
    dates = project.config.dates
    scenes = scenes_in_use(project)
    found = {"before": list[Span](), "after": list[Span]()}
    for look in project.rows(Look):
        scene = scenes.get(look.scene)
        if scene is None or not scene.has_pixels or scene.looking_only or scene.repeats:
            continue
        for epoch, when in (("before", dates.before_when), ("after", dates.after_when)):
            if scene.taken.is_within(when):
                found[epoch] += look.seen
    return {epoch: Spans(spans) for epoch, spans in found.items()}


def _shares(project: Project, rows: Account) -> Callable[[Span], Pieces]:
    """Return a function that cuts a stretch by kind of land and gives the chance of a change.

    Kinds of land are strata of `vallum terrain`, and whether `vallum cue` named the stretch; the
    chance is the share that changed of what was compared there, in runs of `buying.RUN_M`, with
    half a run of each added.
    """
    changed = statuses_of(rows)[Status.CHANGED]
    named = Spans(cue.span for cue in project.rows(Cue) if cue.rank > 0)
    land: dict[str, list[Span]] = defaultdict(list)
    for one in project.rows(Terrain):
        land[one.stratum].append(one.span)
    told = {name: Spans(spans) for name, spans in land.items()}
    rest = Spans((project.extent,)) - Spans(span for spans in told.values() for span in spans)
    classes = [
        part
        for whole in (*told.values(), rest)
        for part in (whole & named, whole - named)
        if part.length_m
    ]

    def share(part: Spans) -> float:
        n_changed = (part & changed).length_m / buying.RUN_M
        n_compared = (part & rows.seen).length_m / buying.RUN_M
        return (n_changed + 0.5) / (n_compared + 1.0)

    known = [(part, share(part)) for part in classes]
    return lambda span: sorted((piece, chance) for part, chance in known for piece in part & span)


def _compared(project: Project) -> list[tuple[Comparison, tuple[float, float]]]:
    """Return the comparisons that stand, with the pixels of both images, the finest first."""
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    scene_of = {look.id: scenes.get(look.scene) for look in project.rows(Look)}
    found = []
    for one in project.rows(Comparison):
        before, after = scene_of.get(one.before), scene_of.get(one.after)
        if one.blocked_by or before is None or after is None:
            continue
        if visibility.is_known(before.gsd_m) and visibility.is_known(after.gsd_m):
            found.append((one, (before.gsd_m, after.gsd_m)))
    return sorted(found, key=lambda entry: (max(entry[1]), entry[0].id))


def _too_coarse(
    project: Project, rows: Account, coarsest_m: float, shares: Callable[[Span], Pieces]
) -> list[Gap]:
    """Return the compared stretches in which finer pixels would tell more."""
    by_status = statuses_of(rows)
    doubt = by_status[Status.INDETERMINATE] & beside(rows.undecided)
    known, found = Spans(), list[Gap]()
    for comparison, sizes in _compared(project):
        part = (comparison.seen & (doubt | by_status[Status.UNCHANGED] | rows.blind)) - known
        known = known | part
        found += _finer(part & doubt, sizes, Status.INDETERMINATE)
        coarse = part - doubt if max(sizes) > coarsest_m * (1 + ROUNDED) else part & rows.blind
        found += [
            replace(gap, share=share, span=piece)
            for gap in _finer(coarse - doubt, sizes, Status.NOT_COMPARABLE, coarsest_m)
            for piece, share in shares(gap.span)
        ]
    return found


def _finer(
    spans: Spans, sizes: tuple[float, float], status: Status, coarsest_m: float = 0.0
) -> list[Gap]:
    """Return stretches where finer images are needed: of the dates whose pixels are the coarser."""
    limit_m = coarsest_m * (1 + ROUNDED)
    least_m = limit_m if 0 < limit_m < max(sizes) else 0.8 * max(sizes)
    pairs = zip(("before", "after"), sizes, strict=True)
    word = "could not be told" if status is Status.INDETERMINATE else "would not show"
    return [
        Gap(span=part, status=status, pair_gsd_m=max(sizes), missing=missing,
            why=f"{word} on pixels of {max(sizes):.2g} m")
        for missing in [tuple(epoch for epoch, size in pairs if size >= least_m)]
        for part in spans
    ]  # fmt: skip
