"""How much of the frontier images cover, from footprints or pixels: km by number of dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from vallum.ground.kinds import Basis
from vallum.ground.records import Estimate, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.measure.wording import Evidence, wording

_KINDS = {
    True: "seen: valid and clear over most of the corridor's width",
    False: "under the footprint: the line itself lies inside it; no pixels were looked at",
}


def coverage_estimates(
    extent: Span,
    looks: Iterable[Look],
    scenes: Mapping[str, Scene],
    before: When,
    after: When,
) -> list[Estimate]:
    """Return kilometres under any image, on two or more dates, and on both epochs.

    Looks of one day count as one date: two strips taken a minute apart compare nothing.

    Args:
        extent: the stretch of frontier under study.
        looks: newest look per scene and section.
        scenes: images by id.
        before: the earlier epoch.
        after: the later epoch.
    """
    seen_on: dict[When, list[Span]] = defaultdict(list)
    ids: list[str] = []
    has_pixels = False
    for look in looks:
        scene = scenes.get(look.scene)
        if scene is None:
            continue
        seen_on[scene.taken] += look.seen
        ids.append(look.id)
        has_pixels |= scene.has_pixels
    if not ids:
        return []
    by_date = {taken: Spans(parts) & extent for taken, parts in seen_on.items()}
    once, twice = Spans(), Spans()
    for spans in by_date.values():
        twice, once = twice | (once & spans), once | spans
    epochs = [
        Spans(part for taken, spans in by_date.items() if taken.is_within(epoch) for part in spans)
        for epoch in (before, after)
    ]
    how = _KINDS[has_pixels]
    of_extent = f"of {extent.length_m / 1000:,.1f} km of frontier"
    rows = {
        "border_km_under_any_image": (once, f"Metres {how}, on at least one date."),
        "border_km_on_two_or_more_dates": (twice, f"Metres {how}, on at least two different days."),
        "border_km_imaged_before": (epochs[0], f"Metres {how}, within {before}."),
        "border_km_imaged_after": (epochs[1], f"Metres {how}, within {after}."),
        "border_km_imaged_on_both": (
            epochs[0] & epochs[1],
            f"Metres {how}, within {before} and within {after}.",
        ),
    }
    return [
        Estimate(
            name=name,
            value=spans.length_m / 1000,
            low=spans.length_m / 1000,
            high=spans.length_m / 1000,
            unit="km",
            basis=Basis.ACCOUNT,
            n=len(ids),
            denominator=of_extent,
            method=method,
            wording=wording(Evidence(basis=Basis.ACCOUNT)),
            spans=spans,
            from_ids=tuple(sorted(ids)),
        )
        for name, (spans, method) in rows.items()
    ]
