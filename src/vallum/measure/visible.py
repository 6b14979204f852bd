"""What could be seen at all: border on which each class would show, and findings in doubt.

An image of 10 m shows the road of a fence and not the fence (Jung, DMZ 2024), so "could be
compared" means nothing without the class. A metre counts for a class when a usable pair shows it
in pixels, of the coarser image, that usually show such a thing: `ground.visibility` has the sizes
and where they are from. Finer is never assumed: an unknown pixel size shows nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from vallum.ground import visibility
from vallum.ground.kinds import Basis, Kind
from vallum.ground.records import FOOTPRINT_ONLY, Candidate, Comparison, Estimate, Look, Scene
from vallum.ground.span import Spans
from vallum.measure.basis import Given, exact, ids, km
from vallum.measure.wording import Evidence, wording


def sizes(
    comparisons: Iterable[Comparison], looks: Iterable[Look], scenes: Mapping[str, Scene]
) -> dict[str, float]:
    """Return the pixel size of the coarser image of each comparison, by its id.

    Args:
        comparisons: newest row per section and slot.
        looks: newest look per scene and section.
        scenes: images by id.

    Returns:
        Metres; NaN where an image, or the size of its pixels, is not known.
    """
    scene_of = {look.id: scenes.get(look.scene) for look in looks}
    return {
        one.id: coarser_m(scene_of.get(one.before), scene_of.get(one.after)) for one in comparisons
    }


def coarser_m(before: Scene | None, after: Scene | None) -> float:
    """Return the larger pixel size of two images in metres; NaN where one is not known."""
    if before is None or after is None:
        return math.nan
    known = visibility.is_known(before.gsd_m) and visibility.is_known(after.gsd_m)
    return max(before.gsd_m, after.gsd_m) if known else math.nan


def per_kind(
    given: Given,
    comparisons: Sequence[Comparison],
    sizes_m: Mapping[str, float],
    found_of: Mapping[Kind, str],
) -> list[Estimate]:
    """Return the border that could be compared for each class.

    Args:
        given: the rows that count, made with `sizes_m`.
        comparisons: newest row per section and slot.
        sizes_m: see `sizes`.
        found_of: what simulation found of each class at its coarsest pixels, in words.
    """
    return [_per_kind(given, kind, comparisons, sizes_m, found_of) for kind in Kind]


def _per_kind(
    given: Given,
    kind: Kind,
    comparisons: Sequence[Comparison],
    sizes_m: Mapping[str, float],
    found_of: Mapping[Kind, str],
) -> Estimate:
    limit, rows = visibility.of_kind(kind), given.rows
    fine = [
        one
        for one in comparisons
        if (not one.blocked_by or one.blocked_by == FOOTPRINT_ONLY)
        and visibility.is_observable(kind, sizes_m[one.id])
    ]
    spans = rows.comparable_for(kind)
    guess = "a guess: " if limit.is_guess else ""
    method = (
        f"Metres of frontier with a usable pair of images whose pixels are at most "
        f"{limit.most_m:g} m, each counted once. On coarser ones the absence of a "
        f"{kind.label} says nothing, and it is not taken for one. Where the size is "
        f"from: {guess}{limit.source}. {limit.caution[:1].upper()}{limit.caution[1:]}."
    )
    method += f" {found_of[kind]}" if kind in found_of else ""
    method += _left_out(rows.comparable - spans, comparisons, sizes_m)
    return exact(
        f"border_km_comparable_{kind.value}",
        spans,
        denominator=given.of_comparable,
        method=f"{method} The bounds equal the value: an account of the images.",
        words=wording(Evidence(basis=Basis.ACCOUNT)),
        from_ids=tuple(sorted(one.id for one in fine)),
        n=len(fine),
    )


def _left_out(spans: Spans, comparisons: Sequence[Comparison], sizes_m: Mapping[str, float]) -> str:
    """Say how much comparable border does not count here, and on which pixels it was seen."""
    if not spans:
        return ""
    here = {
        sizes_m[one.id]
        for one in comparisons
        if (not one.blocked_by or one.blocked_by == FOOTPRINT_ONLY) and one.seen & spans
    }
    known = sorted(size for size in here if visibility.is_known(size))
    parts = []
    if known:
        ends = dict.fromkeys(f"{size:.2g}" for size in (known[0], known[-1]))
        parts.append(f"{' to '.join(ends)} m")
    parts += ["unknown size"] if len(known) < len(here) else []
    return f" Not counted: {km(spans.length_m)} seen on pixels of {' or '.join(parts)} only."


def doubted(given: Given, candidates: Iterable[Candidate], scenes: Mapping[str, Scene]) -> Estimate:
    """Return how many confirmed findings rest on pixels that usually do not show such a thing.

    They stay findings, for people saw them. What is said to be new counts when the earlier image
    could not have shown it either.
    """
    about = {one.id: one for one in candidates}
    doubtful = []
    for finding in given.rows.confirmed:
        pair = about.get(finding.about)
        if pair is None:
            continue
        sizes_m = (_gsd_m(scenes.get(name)) for name in (pair.before, pair.after))
        if visibility.doubts(finding.category, finding.change, *sizes_m):
            doubtful.append(finding)
    n = float(len(doubtful))
    return Estimate(
        name="findings_on_coarse_images",
        value=n,
        low=n,
        high=n,
        unit="findings",
        basis=Basis.ACCOUNT,
        n=len(doubtful),
        denominator=f"of {len(given.rows.confirmed):,} confirmed findings",
        method="Confirmed findings of a class that the pixels of one of their two images usually "
        "do not show: seen on too coarse an image, or called new or removed where its absence "
        "could not be observed. They are counted like the others; each is named in the report with "
        "the reason.",
        wording=wording(Evidence(basis=Basis.ACCOUNT)),
        spans=Spans(one.span for one in doubtful) & given.extent,
        from_ids=ids(doubtful),
    )


def _gsd_m(scene: Scene | None) -> float:
    return scene.gsd_m if scene is not None else math.nan
