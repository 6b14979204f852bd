"""Derive the packaged frontier lines from OpenStreetMap-based country polygons.

    python tools/frontiers.py                  # writes src/vallum/data/frontiers/*.geojson
    python tools/frontiers.py --compare DIR    # prints how far they are from the lines in DIR

Source: npm packages @geo-maps/countries-coastline-1m and @geo-maps/countries-maritime-10m 0.6.0
(OpenStreetMap of November 2017, ODbL). A border is where the polygons of two countries share
edges. The pieces are put in order along the boundary of the maritime variant, which has no holes
in estuaries, and the gaps between them are filled as `_gap` says; every fill is listed in the file.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon

from vallum.frontier import Fill, Frontier
from vallum.ground.chain import Chain
from vallum.ground.geodesy import WGS84, geodesic_length_m
from vallum.ground.span import Span

OUT = Path(__file__).parents[1] / "src" / "vallum" / "data" / "frontiers"
VERSION = "0.6.0"
COAST, SEA = "@geo-maps/countries-coastline-1m", "@geo-maps/countries-maritime-10m"
CREDIT = "© OpenStreetMap contributors, ODbL"
LICENCE = "Open Database License 1.0 (ODbL), https://opendatacommons.org/licenses/odbl/1.0/"
MAPPED = "Drawn by OpenStreetMap mappers, state of November 2017; not a treaty line."
FROZEN = "Length depends on generalisation: a kilometre post belongs to this version of this file."
TRIPOINT = (130.637009, 42.418332)

XY = NDArray[np.float64]
Map = dict[str, list[list[XY]]]  # country code -> polygons -> rings
Piece = tuple[XY, str]  # a stretch, and why it is no shared boundary (empty when it is)


COUNTRIES = {
    "PRK": "North Korea",
    "CHN": "China",
    "RUS": "Russia",
    "USA": "United States",
    "MEX": "Mexico",
    "POL": "Poland",
    "BLR": "Belarus",
    "TUR": "Turkey",
    "SYR": "Syria",
}


@dataclass(frozen=True, kw_only=True)
class Border:
    """One line to derive: countries on its sides, whose ring is walked, its ends, its cut."""

    name: str
    left: str
    right: str
    walk: str
    ends: tuple[str, str]
    begin: tuple[float, float]
    cut: tuple[float, float] | None = None
    caveats: tuple[str, ...] = ()

    @property
    def other(self) -> str:
        """The country whose ring is not walked."""
        return self.left if self.walk == self.right else self.right


BORDERS = (
    Border(
        name="prk-chn",
        left="CHN",
        right="PRK",
        walk="PRK",
        begin=(124.23, 39.92),
        ends=(
            "Yalu/Amnok mouth, westernmost land contact (124.2298E 39.9210N)",
            "Tumen tripoint China / North Korea / Russia (130.6370E 42.4183N)",
        ),
        caveats=(
            "In the rivers the water is shared by treaty, so the line is no legal boundary.",
            "Estuary (km 1.5 to 19.7): between short pieces of shared bank the line follows "
            "the 10 m maritime boundary.",
        ),
    ),
    Border(
        name="prk-rus",
        left="RUS",
        right="PRK",
        walk="PRK",
        begin=TRIPOINT,
        cut=(130.7021, 42.29274),
        ends=(
            "Tumen tripoint China / North Korea / Russia (130.6370E 42.4183N)",
            "Tumen river mouth (130.7021E 42.2927N)",
        ),
        caveats=("Where the mouth is, is a choice; the boundary in the sea is left out.",),
    ),
    Border(
        name="usa-mex",
        left="USA",
        right="MEX",
        walk="USA",
        begin=(-117.1247, 32.5343),
        ends=("Pacific coast at San Diego / Tijuana", "Gulf of Mexico, mouth of the Rio Grande"),
        caveats=("The river part follows every bend, so the length is above the usual 3,145 km.",),
    ),
    Border(
        name="pol-blr",
        left="BLR",
        right="POL",
        walk="POL",
        begin=(23.515, 53.9563),
        ends=(
            "tripoint with Lithuania (23.5150E 53.9563N)",
            "tripoint with Ukraine on the Bug (23.6173E 51.5102N)",
        ),
    ),
    Border(
        name="tur-syr",
        left="TUR",
        right="SYR",
        walk="TUR",
        begin=(35.9174, 35.9290),
        ends=(
            "Mediterranean coast (35.9174E 35.9290N)",
            "Tigris, tripoint with Iraq (42.3530E 37.1195N)",
        ),
        caveats=("Parts of this line are disputed; Hatay is shown as Turkish.",),
    ),
)


@dataclass
class Run:
    """Edges in a row that both countries share, in the direction of the walked ring."""

    ring: int
    first: int
    last: int
    xy: XY
    at_m: float = 0.0


def _length_m(xy: XY) -> float:
    return float(WGS84.line_length(xy[:, 0], xy[:, 1])) if len(xy) > 1 else 0.0


def _countries(package: str) -> Map:
    """Fetch a package and return the polygons (lists of rings) of some countries."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{VERSION}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            member = tar.extractfile("package/map.geo.json")
            if member is None:
                raise SystemExit(f"{package} holds no map")
            document = orjson.loads(member.read())
    found = {}
    for feature in document["features"]:
        if (code := feature["properties"]["A3"]) in COUNTRIES:
            geometry = feature["geometry"]
            polygons = geometry["coordinates"]
            if geometry["type"] == "Polygon":
                polygons = [polygons]
            found[code] = [[np.asarray(ring, float) for ring in rings] for rings in polygons]
    return found


def _runs(walk: list[list[XY]], other: list[list[XY]]) -> tuple[list[XY], list[Run]]:
    """Return the rings of `walk` and the runs of edges that `other` has too."""
    edges = set()
    for rings in other:
        for ring in rings:
            edges.update(pairwise(map(tuple, ring.tolist())))
    all_rings = [ring for rings in walk for ring in rings]
    found = []
    for k, ring in enumerate(all_rings):
        corners = list(map(tuple, ring.tolist()))
        shared = np.array([(a, b) in edges or (b, a) in edges for a, b in pairwise(corners)])
        if not shared.any():
            continue
        n, turn = shared.size, int(np.argmin(shared))
        turned = np.roll(shared, -turn)
        starts = np.flatnonzero(turned & ~np.r_[False, turned[:-1]])
        ends = np.flatnonzero(turned & ~np.r_[turned[1:], False]) + 1
        for start, end in zip(starts, ends, strict=True):
            index = (np.arange(start, end + 1) + turn) % n
            found.append(Run(k, int(start + turn), int(end + turn), ring[index]))
    return all_rings, found


def _guide(sea: Map, border: Border) -> XY:
    """Return the boundary of the maritime variant as one rough line, in the right direction."""
    rings, runs = _runs(sea[border.walk], sea[border.other])
    ring = max(
        {run.ring for run in runs}, key=lambda k: sum(_length_m(r.xy) for r in runs if r.ring == k)
    )
    n = len(rings[ring]) - 1
    mine = sorted((run.first % n, run.last) for run in runs if run.ring == ring)
    # The border is the ring without its longest stretch that is not shared.
    gaps = [(mine[(k + 1) % len(mine)][0] - last) % n for k, (_, last) in enumerate(mine)]
    first, last = mine[(int(np.argmax(gaps)) + 1) % len(mine)][0], mine[int(np.argmax(gaps))][1] % n
    index = np.arange(first, first + (last - first) % n + 1) % n
    return _directed(rings[ring][index], border.begin)


def _directed(xy: XY, begin: tuple[float, float]) -> XY:
    start_m = WGS84.inv(*begin, xy[0, 0], xy[0, 1])[2]
    end_m = WGS84.inv(*begin, xy[-1, 0], xy[-1, 1])[2]
    return xy if start_m <= end_m else xy[::-1]


def _gap(rings: list[XY], a: Run, b: Run, guide: tuple[XY, Chain], *, back: bool) -> tuple[XY, str]:
    """Return how to get from the end of run `a` to the start of run `b`, and in what words.

    Along the boundary of the walked country where the two polygons merely have different
    vertices; straight where at most one vertex differs; along the maritime boundary where water
    parts the pieces.
    """
    ends = np.array([a.xy[-1], b.xy[0]])
    if a.ring == b.ring:
        ring = rings[a.ring]
        n = len(ring) - 1
        lower, upper = (b.last, a.first) if back else (a.last, b.first)
        index = np.arange(lower % n, lower % n + (upper - lower) % n + 1) % n
        path = ring[index][::-1] if back else ring[index]
        if len(path) > 3:
            return path, "boundary of one country; the other has slightly different vertices here"
        return ends, "straight; the two country polygons do not share vertices here"
    guide_xy, chain = guide
    (from_m, to_m), _ = chain.locate(*ends.T)
    at_m, _ = chain.locate(*guide_xy.T)
    path = guide_xy[(at_m > from_m) & (at_m < to_m)]
    return np.vstack([ends[:1], path, ends[1:]]), (
        "10 m maritime boundary of the same source, between the banks of the estuary"
    )


def _pieces(coast: Map, border: Border, guide_xy: XY) -> list[Piece]:
    """Return shared runs (no words) and what fills the gaps between them, in order."""
    rings, runs = _runs(coast[border.walk], coast[border.other])
    guide = Chain.of(*guide_xy.T)
    n_back = 0
    for run in runs:
        at, _ = guide.locate(*run.xy[[0, len(run.xy) // 2, -1]].T)
        run.at_m = float(at[1])
        if at[2] < at[0]:
            run.xy, n_back = run.xy[::-1], n_back + len(run.xy)
    runs.sort(key=lambda run: run.at_m)
    back = n_back > sum(len(run.xy) for run in runs) / 2
    found: list[Piece] = [(runs[0].xy, "")]
    for a, b in pairwise(runs):
        found += [_gap(rings, a, b, (guide_xy, guide), back=back), (b.xy, "")]
    return found


def _cut(xy: XY, border: Border) -> XY:
    """Return the maritime line from the start of the land border to its end."""
    keep = []
    for place in (border.begin, border.cut or border.begin):
        away = WGS84.inv(*np.broadcast_arrays(*place, *xy.T))[2]
        keep.append(int(np.argmin(away)))
    part = xy[keep[0] : keep[1] + 1].copy()
    part[0] = border.begin  # the same corner in the finer package, so that lines can be joined
    return part


def _derive(border: Border, coast: Map, sea: Map) -> Frontier:
    guide = _guide(sea, border)
    # Where a river meets the sea only the maritime variant draws the border to its end.
    package, tolerance_m = (SEA, 10.0) if border.cut else (COAST, 1.0)
    pieces = [(_cut(guide, border), "")] if border.cut else _pieces(coast, border, guide)
    fills, at_m = [], 0.0
    for xy, words in pieces:
        start_m, at_m = at_m, at_m + _length_m(xy)
        if words:
            direct = f"{words} ({_length_m(xy[[0, -1]]):,.0f} m as the crow flies)"
            fills.append(Fill(span=Span(round(start_m), round(at_m)), kind=direct))
    left, right = COUNTRIES[border.left], COUNTRIES[border.right]
    return Frontier(
        name=border.name,
        title=" - ".join([left, right] if border.left != "BLR" else [right, left]),
        line=LineString(np.round(np.vstack([xy for xy, _ in pieces]), 6)),
        source=f"npm package {package} {VERSION} (derived from OpenStreetMap, November 2017)"
        + ('; gaps filled as listed in "fills"' if fills else ""),
        licence=LICENCE,
        credit=CREDIT,
        tolerance_m=tolerance_m,
        left=left,
        right=right,
        start=border.ends[0],
        end=border.ends[1],
        fills=tuple(fills),
        caveats=(MAPPED, FROZEN, *border.caveats),
    )


def _joined(west: Frontier, east: Frontier) -> Frontier:
    rough = f"From km {west.length_m / 1000:.1f} (the tripoint) on the tolerance is 10 m."
    return replace(
        west,
        name="prk-north",
        title="Northern frontier of North Korea (China, then Russia)",
        line=LineString(np.vstack([west.line.coords[:], east.line.coords[1:]])),
        source=f"{west.source}; then {east.source}",
        left="China, then Russia",
        end=east.end,
        caveats=(*west.caveats, rough, *east.caveats[2:]),
    )


def _check_sides(frontier: Frontier, border: Border, coast: Map) -> float:
    """Return the share of 200 places whose left and right land lies in the named countries."""
    areas = {
        code: MultiPolygon([Polygon(r[0], r[1:]) for r in polygons])
        for code, polygons in coast.items()
        if code in {border.walk, border.other}
    }
    at = np.linspace(0, frontier.length_m, 202)[1:-1]
    hits = np.ones(200, bool)
    for code, off_m in ((border.left, -20.0), (border.right, 20.0)):
        lon, lat = frontier.points_at(at, off_m)
        hits &= shapely.contains_xy(areas[code], lon, lat)
    return float(hits.mean())


def _write(frontier: Frontier) -> Path:
    document = frontier.to_geojson()
    feature = document["features"][0]
    feature["properties"]["osm_snapshot"] = "2017-11"
    feature["bbox"] = list(frontier.line.bounds)
    path = OUT / f"{frontier.name}.geojson"
    path.write_text(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    return path


def _compare(folder: Path) -> None:
    print("line        km here   km there   diff %   Hausdorff m   within 5 m")
    for path in sorted(OUT.glob("*.geojson")):
        if not (folder / path.name).is_file():
            continue
        ours, theirs = Frontier.packaged(path.stem), Frontier.read(folder / path.name)
        away = []
        for one, other in ((ours, theirs), (theirs, ours)):
            at_m = np.arange(0, one.length_m, 25.0)
            away.append(np.abs(other.locate_many(*one.points_at(at_m))[1]))
        apart_m = np.concatenate(away)
        here, there = geodesic_length_m(ours.line), geodesic_length_m(theirs.line)
        near = np.mean(apart_m <= 5)
        print(
            f"{path.stem:<9} {here / 1000:>9.3f} {there / 1000:>10.3f} "
            f"{100 * (here / there - 1):>8.3f} {apart_m.max():>13.1f} {near:>12.1%}"
        )


def main() -> None:
    """Derive all lines, or compare them."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--compare", type=Path, metavar="DIR", help="lines to compare with")
    chosen = arguments.parse_args()
    if chosen.compare is not None:
        _compare(chosen.compare)
        return
    sea, coast = _countries(SEA), _countries(COAST)
    made = {border.name: _derive(border, coast, sea) for border in BORDERS}
    for border in BORDERS:
        share = _check_sides(made[border.name], border, coast)
        print(f"{border.name}: named countries on their sides at {share:.0%} of 200 places")
    made["prk-north"] = _joined(made["prk-chn"], made["prk-rus"])
    OUT.mkdir(parents=True, exist_ok=True)
    for frontier in made.values():
        filled_m = sum(fill.span.length_m for fill in frontier.fills)
        print(_write(frontier).name, f"{len(frontier.line.coords):,} vertices,", frontier)
        print(f"    {filled_m:,} m filled")


if __name__ == "__main__":
    main()
