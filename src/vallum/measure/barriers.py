"""Barrier lines that somebody else mapped: in as findings, out as lengths.

They are held as `imported`: nobody here has checked them against images.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.kinds import Basis, Change, Held, Kind
from vallum.ground.records import Estimate, Finding
from vallum.ground.span import Span, Spans
from vallum.measure.wording import Evidence, wording

if TYPE_CHECKING:
    from vallum.ground.vector import Feature

Properties = Mapping[str, str | float | int | bool | None]

UNKNOWN = "unknown"
_LINE_TYPES = {"LineString", "MultiLineString"}
_AS_LISTED = wording(Evidence(basis=Basis.IMPORTED))
_AGREEMENT = "imported from the source as it is; no analyst has checked it"


def findings_from_lines(
    features: Sequence[Feature],
    frontier: Frontier,
    *,
    exhibit_id: str,
    category: Kind | Callable[[Properties], Kind] = Kind.FENCE,
    subtype_field: str = "gen_type",
    far_m: float = 20_000.0,
) -> tuple[list[Finding], list[str]]:
    """Return a finding for each line, and what was noticed, one sentence each.

    A line with exactly the coordinates of an earlier one, in either direction, is kept and names
    that one in `repeats`. A line far from the frontier is kept at its nearest chainage and named.

    Args:
        features: lines in EPSG:4326; what is no line is left out and named.
        frontier: the line they are placed along.
        exhibit_id: the file they came in; `about` of a finding is `<exhibit_id>:<number>`.
        category: class of all lines, or what gives the class of a line from its properties.
        subtype_field: property with the source's own class; missing or empty is "unknown".
        far_m: distance from the frontier beyond which a line is named.
    """
    lines = [f for f in features if f.shape.geom_type in _LINE_TYPES and not f.shape.is_empty]
    kept = {feature.number for feature in lines}
    notes = [
        f"feature {f.number}: is {'empty' if f.shape.is_empty else f.shape.geom_type}, not a line; "
        "left out. Give barriers as lines."
        for f in features
        if f.number not in kept
    ]
    off_m = _middle_offsets(lines, frontier)
    first: dict[bytes, tuple[int, Finding]] = {}
    findings = []
    for feature, away_m in zip(lines, off_m, strict=True):
        number, original = first.get(_sameness(feature.shape), (0, None))
        finding = Finding(
            about=f"{exhibit_id}:{feature.number}",
            from_ids=(exhibit_id,),
            held=Held.IMPORTED,
            category=category if isinstance(category, Kind) else category(feature.properties),
            subtype=_subtype(feature.properties.get(subtype_field)),
            change=Change.UNCHANGED,
            span=frontier.span_of(feature.shape),
            off_m=away_m,
            shape=feature.shape,
            length_m=geodesic_length_m(feature.shape),
            agreement=_AGREEMENT,
            repeats=original.id if original else "",
        )
        if original is None:
            first[_sameness(feature.shape)] = (feature.number, finding)
        else:
            other = f", which is '{original.subtype}' there and '{finding.subtype}' here"
            notes.append(
                f"feature {feature.number}: exactly repeats feature {number} "
                f"({finding.length_m:,.0f} m){other if original.subtype != finding.subtype else ''}"
                "; kept, and told apart in the totals."
            )
        if abs(away_m) > far_m:
            notes.append(
                f"feature {feature.number}: its middle is {abs(away_m) / 1000:,.1f} km from the "
                f"frontier (limit {far_m / 1000:g} km); kept at the nearest chainage. Check that "
                "it belongs to this border, and that longitude comes before latitude."
            )
        findings.append(finding)
    return findings, notes


def imported_estimates(
    findings: Sequence[Finding],
    frontier: Frontier,
    snapping_m: Sequence[int] = (100, 300, 1000),
    *,
    extent: Span | None = None,
) -> list[Estimate]:
    """Return barrier-km by the source's classes, and border-km within each snapping distance.

    Args:
        findings: as made by `findings_from_lines`; those not held as imported are left out.
        frontier: the line along which border-km are counted.
        snapping_m: how near a barrier must be for a metre of frontier to count, whole metres.
        extent: the stretch under study, if not all of the frontier: only lines that lie beside it
            count, with their whole length, and only its metres of border.
    """
    part = extent or frontier.span
    imported = [f for f in findings if f.held is Held.IMPORTED and f.span.overlaps(part)]
    if not imported:
        return []
    by_subtype: dict[str, list[Finding]] = {}
    for finding in imported:
        by_subtype.setdefault(_word(finding.subtype), []).append(finding)
    beside = f"{part.length_m / 1000:,.3f} km of frontier ({frontier.name})"
    found = [_barrier_km("all", imported, beside)]
    found += [_barrier_km(word, group, beside) for word, group in sorted(by_subtype.items())]
    found += _repeated(imported)
    for group_word, group in [("", imported), *sorted(by_subtype.items())]:
        # Repeats stay in: one may repeat a line that the source puts in another class.
        shapes = [finding.shape for finding in group]
        near = {d: frontier.spans_near(shapes, d) & part for d in snapping_m}
        found += _border_km(group_word, group, near, beside)
    return found


def _barrier_km(word: str, group: Sequence[Finding], beside: str) -> Estimate:
    once = math.fsum(f.length_m for f in group if not f.repeats) / 1000
    value = math.fsum(f.length_m for f in group) / 1000
    what = "all lines" if word == "all" else f"lines that the source calls '{group[0].subtype}'"
    return Estimate(
        name=f"barrier_km_imported_{word}",
        value=value,
        low=once,
        high=value,
        unit="km",
        basis=Basis.IMPORTED,
        n=len(group),
        denominator=f"beside {beside}",
        method=f"Length on the ellipsoid of {what} as imported ({len(group)} lines). Double rows "
        "count twice: it is no length of border. Low: without lines that exactly repeat another "
        f"({value - once:.3f} km). High: all lines of the source. What the source does not map is "
        "not in it, and nobody here has checked it against images.",
        wording=_AS_LISTED,
        from_ids=tuple(f.id for f in group),
    )


def _repeated(imported: Sequence[Finding]) -> list[Estimate]:
    """Return how many lines exactly repeat another, and their length."""
    again = [finding for finding in imported if finding.repeats]
    method = (
        "Lines with exactly the coordinates of an earlier line of the source, in either direction. "
        "They are part of the imported barrier-km (its low bound leaves them out) and change no "
        "border-km. The bounds equal the value: it is a count."
    )
    ids = tuple(finding.id for finding in again)
    count, km = float(len(again)), math.fsum(finding.length_m for finding in again) / 1000
    of_lines = f"of {len(imported)} lines imported"
    of_km = f"of {math.fsum(f.length_m for f in imported) / 1000:,.3f} km imported"
    return [
        Estimate(
            name=name, value=value, low=value, high=value, unit=unit, denominator=denominator,
            basis=Basis.IMPORTED, n=len(again), method=method, wording=_AS_LISTED, from_ids=ids,
        )
        for name, value, unit, denominator in (
            ("repeated_geometries_imported", count, "lines", of_lines),
            ("barrier_km_repeated_imported", km, "km", of_km),
        )
    ]  # fmt: skip


def _border_km(
    word: str, group: Sequence[Finding], near: Mapping[int, Spans], beside: str
) -> list[Estimate]:
    """Return the border-km near a group of lines, one number per distance."""
    others = ", ".join(f"{s.length_m / 1000:,.1f} km at {d} m" for d, s in near.items())
    kind = f"_{word}" if word else ""
    called = f" that the source calls '{group[0].subtype}'" if word else ""
    return [
        Estimate(
            name=f"border_km_with_imported_barrier{kind}_within_{distance}_m",
            value=spans.length_m / 1000,
            low=spans.length_m / 1000,
            high=spans.length_m / 1000,
            unit="km",
            basis=Basis.IMPORTED,
            n=len(group),
            denominator=f"of {beside}",
            method=f"Metres of frontier with an imported barrier{called} within {distance} m, each "
            f"counted once however many rows stand there. It depends on that distance: {others}. "
            "Near is not along: where the line meanders, one barrier is near many metres of it. "
            "The bounds equal the value: the distance is part of what is counted.",
            wording=_AS_LISTED,
            spans=spans,
            from_ids=tuple(finding.id for finding in group),
        )
        for distance, spans in near.items()
    ]


def _middle_offsets(lines: Sequence[Feature], frontier: Frontier) -> list[float]:
    """Return the distance of the middle of each line from the frontier, left negative."""
    if not lines:
        return []
    shapes = np.array([feature.shape for feature in lines], dtype=object)
    # The middle of the longest part: on the line, and only there to say which side and how far.
    longest = np.array([max(shapely.get_parts(shape), key=lambda p: p.length) for shape in shapes])
    middles = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    off_m = frontier.locate_many(shapely.get_x(middles), shapely.get_y(middles))[1]
    return [float(value) for value in off_m]


def _sameness(shape: BaseGeometry) -> bytes:
    """Return bytes that two lines share only if their coordinates do, in either direction."""
    coordinates = shapely.get_coordinates(shape)
    there, back = coordinates.tobytes(), coordinates[::-1].copy().tobytes()
    return min(there, back)


def _subtype(value: object) -> str:
    return str(value).strip() or UNKNOWN if value is not None else UNKNOWN


def _word(subtype: str) -> str:
    """Return a subtype as it stands in the name of a number."""
    return re.sub(r"\W+", "_", subtype.lower()).strip("_") or UNKNOWN
