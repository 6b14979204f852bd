"""What comes of two files outside any project: a shift, suggestions, and how they are told."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import Change, Kind
from vallum.ground.records import Json
from vallum.ground.whole import write_whole
from vallum.steps.done import Done, km

if TYPE_CHECKING:
    import geopandas as gpd

PIXELS = "pixels of BEFORE, column and row"
DEGREES = "EPSG:4326"


@dataclass(frozen=True, kw_only=True)
class Flat(Done):
    """A `Done` whose JSON is its facts alone: what a pipeline wants of two files."""

    def to_json(self) -> dict[str, Json]:
        """Return the facts."""
        return dict(self.facts)


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """How far the content of B lies from that of A.

    A thing seen at (column, row) of A is at (column + dx_px, row + dy_px) of B. Where both files
    have a georeference, B is first read onto A's pixels by it, and the shift is what remains; for
    two files on one grid that is the same. All numbers are None when it was refused.

    Attributes:
        dx_px: columns, positive to the right; pixels of A.
        dy_px: rows, positive downward; pixels of A.
        dx_m: the same as `dx_px` in metres, positive to the right (east on a north-up image).
        dy_m: the same as `dy_px` in metres, positive downward (south on a north-up image).
        rmse_px: root mean square distance of the agreeing tiles from their median.
        ce90_px: 90 % of the agreeing tiles lie within this distance of the shift.
        reliability: share of the voting tiles that agree, 0 to 1.
        n_tiles: tiles that agree.
        blocked_by: why it was refused; empty when it was not.
        gsd_m: pixel size of A in metres, None without a georeference.
        compared: "by georeference" or "pixel by pixel".
        files: A and B, as given.
        notes: what a person should know.
    """

    dx_px: float | None = None
    dy_px: float | None = None
    dx_m: float | None = None
    dy_m: float | None = None
    rmse_px: float | None = None
    ce90_px: float | None = None
    reliability: float | None = None
    n_tiles: int | None = None
    blocked_by: str = ""
    gsd_m: float | None = None
    compared: str = "by georeference"
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return all fields as plain JSON."""
        return _plain(self)

    def done(self) -> Flat:
        """Return it as the command line prints it."""
        lines = [*_moved(self), *_noted(self.notes)]
        why = (f"not aligned: {self.blocked_by}",) if self.blocked_by else ()
        step = "vallum detect BEFORE AFTER --line LINE -o candidates.geojson"
        other = "take another pair of dates, or look further with --search"
        return Flat(
            step="align",
            lines=tuple(lines),
            blocked=why,
            facts=self.to_json(),
            next=other if why else step,
        )


def _moved(found: Alignment) -> list[str]:
    if found.blocked_by or found.dx_px is None or found.dy_px is None:
        return []
    metres = ""
    if found.dx_m is not None and found.dy_m is not None:
        metres = f" ({found.dx_m:+.2f} m, {found.dy_m:+.2f} m)"
    return [
        f"a thing of the first image is {found.dx_px:+.2f} px to the right and "
        f"{found.dy_px:+.2f} px further down in the second{metres}, {found.compared}",
        f"residual {found.rmse_px:.2f} px, 90 % within {found.ce90_px:.2f} px; "
        f"{found.n_tiles} tiles agree, reliability {found.reliability:.2f}",
    ]


def _noted(notes: Sequence[str]) -> list[str]:
    return [f"note: {note}" for note in notes]


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One thing that the machine suggests; nothing is a finding before people agree.

    Attributes:
        id: its rank, surest first; lines stand before points.
        category: what it looks like.
        change: new, upgraded or removed.
        score: larger is surer: -log10 of `false_per_km`.
        false_per_km: false lines (for points: false points) as good as this one per km of a
            corridor of +-32 m, on the ground on which the scores were set.
        length_m: length of a line; the longer side of a point.
        width_m: width; the distance of the two lines of a double fence plus one of them.
        kinds: probability of every kind it may be.
        evidence_mean: mean evidence per metre of a line, in decades; None where there is none.
        is_bright: brighter than its sides; None where it was not measured.
        gap_m: between the two lines of a double fence.
        post_spacing_m: usual distance of the posts of its group; 0 with fewer than three.
        group: things that belong together share a number; 0 is alone.
        flags: what an analyst should know.
        start_m: least chainage along the line given; None without a line.
        end_m: largest chainage.
        off_m: offset from the line, negative on its left; the median along a line.
        shape: in EPSG:4326, or in pixels of BEFORE.
    """

    id: int
    category: Kind
    change: Change
    score: float
    false_per_km: float
    length_m: float
    width_m: float
    kinds: Mapping[str, float]
    evidence_mean: float | None
    is_bright: bool | None
    gap_m: float
    post_spacing_m: float
    group: int
    flags: tuple[str, ...]
    start_m: int | None
    end_m: int | None
    off_m: float | None
    shape: BaseGeometry

    def properties(self) -> dict[str, Json]:
        """Return all but the shape as plain JSON."""
        return _plain(self)


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What differs between two files.

    Attributes:
        candidates: suggestions, lines before points, surest first.
        shifts: how the later image lay, one per stretch or part, on the grid of the comparison.
        blocked: stretches or parts that were not compared, and why.
        blocked_by: why nothing at all was compared; empty when something was.
        coordinates: "EPSG:4326", or "pixels of BEFORE, column and row".
        gsd_m: pixel size of the comparison.
        false_per_km: what was asked for.
        line_km: length of the line given inside what both images show; None without a line.
        compared_km: kilometres of it beside which something could be compared.
        compared_km2: area that was compared.
        compared_mpx: the same in million pixels.
        clear_share: share of the area asked for that could be compared.
        files: before, after and line, as given.
        written: the file that was written; empty when none was.
        notes: what a person should know.
    """

    candidates: tuple[Suggestion, ...] = ()
    shifts: tuple[Alignment, ...] = ()
    blocked: tuple[str, ...] = ()
    blocked_by: str = ""
    coordinates: str = DEGREES
    gsd_m: float | None = None
    false_per_km: float = 1.0
    line_km: float | None = None
    compared_km: float | None = None
    compared_km2: float = 0.0
    compared_mpx: float = 0.0
    clear_share: float = 0.0
    files: tuple[str, ...] = ()
    written: str = ""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the summary, the shift and every candidate without its shape."""
        told = _plain(self, without={"candidates", "shifts"})
        return {
            **told,
            "shift": self.shifts[0].to_json() if len(self.shifts) == 1 else None,
            "shifts": [one.to_json() for one in self.shifts],
            "n_candidates": len(self.candidates),
            "candidates": [one.properties() for one in self.candidates],
        }

    def to_geojson(self) -> dict[str, Any]:
        """Return a FeatureCollection; the member `vallum` says what its coordinates are."""
        kept = ("coordinates", "gsd_m", "false_per_km", "line_km", "compared_km", "compared_km2")
        told = self.to_json()
        about = {name: told[name] for name in kept} | {
            "files": [Path(name).name for name in self.files],
            "is_reviewed": False,
            "blocked": list(self.blocked),
            "notes": list(self.notes),
        }
        digits = 7 if self.coordinates == DEGREES else 3
        features = [
            {
                "type": "Feature",
                "id": one.id,
                "properties": one.properties(),
                "geometry": _rounded(mapping(one.shape), digits),
            }
            for one in self.candidates
        ]
        return {"type": "FeatureCollection", "vallum": about, "features": features}

    def frame(self) -> gpd.GeoDataFrame:
        """Return the candidates as a table; its CRS is None when they are in pixels."""
        import geopandas as gpd

        rows = [one.properties() for one in self.candidates]
        names = [entry.name for entry in fields(Suggestion) if entry.name != "shape"]
        columns = {name: [row[name] for row in rows] for name in names}
        crs = DEGREES if self.coordinates == DEGREES else None
        return gpd.GeoDataFrame(columns, geometry=[one.shape for one in self.candidates], crs=crs)

    def done(self) -> Flat:
        """Return it as the command line prints it."""
        if self.blocked_by:
            return Flat(
                step="detect",
                lines=tuple(_noted(self.notes)),
                blocked=(f"nothing was compared and nothing written: {self.blocked_by}",),
                facts=self.to_json(),
                next="take another pair of dates; or --no-align if the two are known to match",
            )
        lines = [self._where(), *self._lay(), *self._what(), *_noted(self.notes)]
        there = "a picture program" if self.coordinates == PIXELS else "QGIS over both images"
        return Flat(
            step="detect",
            lines=tuple(lines),
            blocked=self.blocked,
            files=(self.written,) if self.written else (),
            facts=self.to_json(),
            next=f"look at every candidate in {there}; these are suggestions, not findings",
        )

    def _where(self) -> str:
        area = f"{self.compared_km2:.2f} km2 ({self.compared_mpx:,.1f} Mpx of {self.gsd_m:g} m)"
        if self.line_km is None or self.compared_km is None:
            return f"compared {area}, {self.clear_share:.0%} of what both images cover"
        return (
            f"compared {km(self.compared_km * 1000)} of {km(self.line_km * 1000)} of the line: "
            f"{area}, {self.clear_share:.0%} of the corridor"
        )

    def _lay(self) -> list[str]:
        known = [one for one in self.shifts if one.dx_px is not None and one.dy_px is not None]
        if not known:
            return ["not aligned: the images were taken to lie on each other"]
        apart = sorted(known, key=lambda one: math.hypot(one.dx_px or 0.0, one.dy_px or 0.0))
        most = apart[-1]
        where = f"in {len(known)} parts, at most " if len(known) > 1 else ""
        return [
            f"the later image lay {where}{most.dx_px:+.2f} px to the right and "
            f"{most.dy_px:+.2f} px down; residual {most.rmse_px:.2f} px, 90 % within "
            f"{most.ce90_px:.2f} px; moved back"
        ]

    def _what(self) -> list[str]:
        lines = [one for one in self.candidates if one.category.is_line]
        total = km(sum(one.length_m for one in lines))
        n_points = len(self.candidates) - len(lines)
        head = (
            f"{len(self.candidates):,} candidates at {self.false_per_km:g} false lines per km: "
            f"{len(lines):,} lines of {total}, {n_points:,} points"
        )
        kinds = Counter((one.category.label, str(one.change)) for one in self.candidates)
        return [head, *(f"  {n:,} {label}, {change}" for (label, change), n in kinds.most_common())]

    def write(self, path: Path) -> None:
        """Write the GeoJSON; a file of this name is replaced as a whole or not at all."""
        text = json.dumps(self.to_geojson(), ensure_ascii=False, allow_nan=False)
        write_whole(path, (text + "\n").encode())


def _plain(row: Any, without: Collection[str] = ()) -> dict[str, Json]:
    """Return the fields of a dataclass as plain JSON, without shapes."""
    found: dict[str, Json] = {}
    for entry in fields(row):
        value = getattr(row, entry.name)
        if entry.name in without or isinstance(value, BaseGeometry):
            continue
        if isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        elif isinstance(value, Kind | Change):
            value = str(value)
        found[entry.name] = value
    return found


def _rounded(geometry: Any, digits: int) -> dict[str, Any]:
    """Return a GeoJSON geometry with rounded coordinates."""

    def plain(part: Any) -> Any:
        return round(part, digits) if isinstance(part, float) else [plain(one) for one in part]

    return {"type": geometry["type"], "coordinates": plain(geometry["coordinates"])}
