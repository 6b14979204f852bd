"""Made-up books for the tests of the report: a short line and a long one."""

from __future__ import annotations

import math
from datetime import date
from functools import cache

import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString, Point, box

from vallum.frontier import Frontier
from vallum.ground.kinds import Change, Held, Kind, Status
from vallum.ground.records import Candidate, Comparison, Estimate, Finding, Fit, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.report.book import Book, Chip
from vallum.report.figures import chips

BEFORE, AFTER = When.on(date(2019, 3, 14)), When.on(date(2022, 4, 9))
SETTINGS = {
    "pairs: least clear share of the corridor": "0.90",
    "alignment: largest residual": "1.5 m",
    "detection: shortest line": "30 m",
    "review rule": "two agree, a third decides",
}


@cache
def fake_frontier(length_km: float) -> Frontier:
    """A winding line of about that length with a made-up source."""
    t = np.linspace(0, 1, 600)
    degrees = length_km / 96.0
    lon = 124.0 + 0.85 * degrees * t
    lat = 40.5 + 0.18 * degrees * (t + 0.12 * np.sin(t * 17) + 0.03 * np.sin(t * 61))
    return Frontier(
        name="test-line",
        line=LineString(np.column_stack([lon, lat])),
        source="made up for tests",
        licence="ODbL-1.0",
        credit="© OpenStreetMap contributors, ODbL 1.0",
        tolerance_m=1.0,
        left="Northland",
        right="Southland",
        start="river mouth",
        end="tripoint",
    )


def _scenes(frontier: Frontier, *, is_simulated: bool) -> tuple[Scene, ...]:
    footprint = box(*frontier.line.buffer(0.02).bounds)
    return tuple(
        Scene(
            sha256=str(number) * 64,
            name=f"secret-file-name-{number}.tif",
            taken=taken,
            taken_from="tag",
            sensor=sensor,
            gsd_m=0.5,
            off_nadir_deg=17.25,
            cloud_percent=3.0,
            n_bands=3,
            dtype="uint8",
            crs="EPSG:32652",
            footprint=footprint,
            href=f"/home/someone/{number}.tif",
            licence="licence for tests",
            credit="© 2022 Example Imaging",
            may_publish=True,
            is_simulated=is_simulated,
        )
        for number, taken, sensor in ((1, BEFORE, "EX-1"), (2, AFTER, "EX-2"))
    )


def _piece(frontier: Frontier, span: Span, off_m: float) -> LineString:
    at_m = np.linspace(span.start_m, span.end_m, max(2, min(40, span.length_m // 20 + 2)))
    return LineString(np.column_stack(frontier.points_at(at_m, off_m)))


def _candidate(
    frontier: Frontier, span: Span, off_m: float, kind: Kind, change: Change,
    scenes: tuple[Scene, ...], score: float,
) -> Candidate:  # fmt: skip
    shape = (
        _piece(frontier, span, off_m)
        if kind.is_line
        else Point(*(float(x[0]) for x in frontier.points_at(np.array([span.middle_m]), off_m)))
    )
    return Candidate(
        span=span, off_m=off_m, category=kind, change=change, score=score, shape=shape,
        length_m=float(span.length_m) * 1.04 if kind.is_line else 0.0,
        before=scenes[0].id, after=scenes[1].id,
    )  # fmt: skip


def _finding(candidate: Candidate, held: Held) -> Finding:
    return Finding(
        about=candidate.id, from_ids=(candidate.id,), held=held, category=candidate.category,
        change=candidate.change, span=candidate.span, off_m=candidate.off_m, shape=candidate.shape,
        length_m=candidate.length_m, built=When(BEFORE.latest, AFTER.earliest),
        agreement="two of two said yes",
    )  # fmt: skip


def _candidates(frontier: Frontier, extent: Span, scenes: tuple[Scene, ...]) -> list[Candidate]:
    """Fences, walls and posts spread over the extent; spans grow with the extent."""
    random = np.random.default_rng(7)
    length = extent.length_m
    made = []
    plan = [
        (Kind.FENCE, Change.NEW, 22, 0.022), (Kind.FENCE, Change.UPGRADED, 10, 0.03),
        (Kind.DOUBLE_FENCE, Change.NEW, 6, 0.02), (Kind.WALL, Change.NEW, 5, 0.008),
        (Kind.WALL, Change.REMOVED, 3, 0.01), (Kind.PATROL_ROAD, Change.NEW, 9, 0.02),
        (Kind.PATROL_ROAD, Change.UNCHANGED, 6, 0.03), (Kind.CLEARED_STRIP, Change.NEW, 6, 0.01),
        (Kind.GUARD_POST, Change.NEW, 140, 0), (Kind.WATCHTOWER, Change.UNCHANGED, 6, 0),
        (Kind.WATCHTOWER, Change.NEW, 12, 0), (Kind.BUILDING, Change.REMOVED, 3, 0),
    ]  # fmt: skip
    for kind, change, count, share in plan:
        for _ in range(count):
            start = int(extent.start_m + random.uniform(0, 0.8) ** 1.2 * length)
            long_m = max(12, int(share * length * random.uniform(0.2, 1.6)))
            end = min(start + (long_m if kind.is_line else 1), extent.end_m)
            off_m = float(random.choice([-1, 1]) * random.uniform(15, 200))
            made.append(
                _candidate(frontier, Span(start, end), off_m, kind, change, scenes,
                           float(random.uniform(0.3, 1)))
            )  # fmt: skip
    return made


def _estimate(name: str, value: float, unit: str, wording: str, spans: Spans | None = None,
              high: float | None = None, open_m: int = 0) -> Estimate:  # fmt: skip
    return Estimate(
        name=name, value=value, low=value, open_m=open_m, unit=unit,
        high=math.nan if open_m else value if high is None else high,
        denominator="of the border with comparable imagery",
        method="Confirmed findings only; the upper bound is the worst case.",
        wording=wording, spans=spans or Spans(), from_ids=(),
    )  # fmt: skip


def _statuses(extent: Span, findings: list[Finding], blind: Spans) -> dict[Status, Spans]:
    seen = blind.within(extent)
    sure = [f.span for f in findings if f.held == Held.CONFIRMED and f.change != Change.UNCHANGED]
    changed = Spans(sure) & seen
    unsure = Spans(f.span for f in findings if f.held == Held.INDETERMINATE) & seen - changed
    tail = Span(extent.end_m - extent.length_m // 20, extent.end_m)
    waiting = (seen & tail) - changed - unsure
    return {
        Status.NOT_COMPARABLE: blind,
        Status.CHANGED: changed,
        Status.INDETERMINATE: unsure,
        Status.NOT_EXAMINED: waiting,
        Status.UNCHANGED: seen - changed - unsure - waiting,
    }


def _estimates(extent: Span, findings: list[Finding], blind: Spans, unreviewed: int,
               *, has_stock: bool) -> list[Estimate]:  # fmt: skip
    status = _statuses(extent, findings, blind)
    sure = [f for f in findings if f.held == Held.CONFIRMED]
    km = {one: spans.length_m / 1000 for one, spans in status.items()}
    words = "at least" if sure else "nothing confirmed"
    open_m = sum(status[one].length_m for one in (Status.NOT_COMPARABLE, Status.NOT_EXAMINED))
    made = [
        _estimate("frontier_km", extent.length_m / 1000, "km", "measured along the stated line",
                  Spans((extent,))),
        *(_estimate(f"border_km_{one}", km[one], "km",
                    words if one == Status.CHANGED else "counted", status[one],
                    high=extent.length_m / 1000 - km[Status.UNCHANGED]
                    if one == Status.CHANGED else None) for one in Status),
        _estimate("border_km_comparable", blind.within(extent).length_m / 1000, "km", "counted",
                  blind.within(extent)),
        _estimate("border_km_with_new_infrastructure", km[Status.CHANGED], "km", words,
                  status[Status.CHANGED], high=extent.length_m / 1000 * 0.8),
    ]  # fmt: skip
    for change in (Change.NEW, Change.UPGRADED, Change.REMOVED, Change.UNCHANGED):
        all_km = 0.0
        for kind in Kind:
            length = sum(f.length_m for f in sure if (f.category, f.change) == (kind, change))
            if kind.is_line and length:
                made.append(_estimate(f"barrier_km_{kind}_{change}", length / 1000, "km", words,
                                      open_m=open_m))  # fmt: skip
                all_km += length / 1000
        if change != Change.UNCHANGED:
            made.append(_estimate(f"barrier_km_all_{change}", all_km, "km", words,
                                  open_m=open_m))  # fmt: skip
    posts = {
        change: sum(f.change == change and not f.category.is_line for f in sure)
        for change in Change
    }
    made += [
        _estimate("posts_new", posts[Change.NEW], "posts", words, open_m=open_m),
        _estimate("posts_removed", posts[Change.REMOVED], "posts", words, open_m=open_m),
        _estimate("posts_new_per_border_km_comparable",
                  posts[Change.NEW] / (blind.within(extent).length_m / 1000),
                  "posts per km of border", f"{words}, within the analysed (cloud-free) area",
                  open_m=status[Status.NOT_EXAMINED].length_m),
        _estimate("candidates_unreviewed", unreviewed, "candidates", "counted"),
    ]  # fmt: skip
    if has_stock and sure:
        before = posts[Change.UNCHANGED] + posts[Change.REMOVED]
        after = posts[Change.UNCHANGED] + posts[Change.NEW]
        made += [_estimate("posts_stock_before", before, "posts", words, open_m=open_m),
                 _estimate("posts_stock_after", after, "posts", words, open_m=open_m)]  # fmt: skip
    return made


def _comparisons(
    frontier: Frontier, extent: Span, scenes: tuple[Scene, ...], blind: Spans
) -> tuple[list[Look], list[Fit], list[Comparison]]:
    looks, fits, comparisons = [], [], []
    random = np.random.default_rng(3)
    size = max(2000, extent.length_m // 150)
    for start in range(extent.start_m, extent.end_m, size):
        span = Span(start, min(start + size, extent.end_m))
        seen = blind.within(span)
        pair = [Look(scene=one.id, span=span, seen=seen, valid=Spans((span,)), clear_share=0.97)
                for one in scenes]  # fmt: skip
        blocked = "" if seen else "cloud over both dates: 12.5 % of the corridor is clear"
        fit = Fit(look=pair[1].id, reference=pair[0].id, dx_m=float(random.normal(1.2, 0.1)),
                  dy_m=float(random.normal(-0.6, 0.1)), rmse_m=float(random.uniform(0.1, 0.5)),
                  n_tiles=40, reliability=0.9)  # fmt: skip
        looks += pair
        fits += [] if blocked else [fit]
        comparisons.append(
            Comparison(span=span, slot=0, before=pair[0].id, after=pair[1].id,
                       fit="" if blocked else fit.id, seen=seen, blocked_by=blocked)
        )  # fmt: skip
    return looks, fits, comparisons


def fake_chips(scenes: tuple[Scene, ...], candidates: list[Candidate], count: int) -> tuple[Chip, ...]:  # fmt: skip
    """Chips of noise with a bright new thing in the middle of the later date."""
    random = np.random.default_rng(5)
    made = []
    strongest = sorted(candidates, key=lambda one: (-one.score, one.id))
    for candidate in [one for one in strongest if one.change == Change.NEW][:count]:
        lon, lat = candidate.shape.centroid.coords[0]
        grid = around(lon, lat)
        y, x = np.mgrid[0:200, 0:200] / 200
        ground = 90 + 40 * np.sin(x * 9 + 3 * y) + 20 * np.cos(y * 14)
        before = np.stack([ground * f for f in (1.0, 1.05, 0.8)]) + random.normal(
            0, 5, (3, 200, 200)
        )
        after = before + random.normal(0, 4, before.shape)
        after[:, 96:104, (92 if not candidate.category.is_line else 60) : 108] = 230
        made.append(
            chips.draw(
                np.clip(before, 0, 255).astype(np.uint8), np.clip(after, 0, 255).astype(np.uint8),
                grid, candidate, scenes[0], scenes[1],
            )
        )  # fmt: skip
    return tuple(made)


def around(lon: float, lat: float, size_px: int = 200, gsd_m: float = 0.5) -> GeoBox:
    """A grid in UTM around a place."""
    from pyproj import Transformer

    epsg = 32600 + int((lon + 180) // 6) + 1
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    half = size_px * gsd_m / 2
    place = Affine(gsd_m, 0.0, x - half, 0.0, -gsd_m, y + half)
    return GeoBox((size_px, size_px), place, f"EPSG:{epsg}")


def _places(extent: Span) -> tuple[tuple[str, str, int], ...]:
    names = [("Sinŭiju", "신의주", 0.01), ("Manp'o", "만포", 0.16), ("Manp'o East", "", 0.17),
             ("Chunggang", "중강", 0.31), ("Hyesan", "혜산", 0.46), ("Musan", "무산", 0.6),
             ("Hoeryŏng", "회령", 0.72), ("Onsŏng", "온성", 0.79), ("Kyŏngwŏn", "경원", 0.86),
             ("Tumangang", "두만강", 0.995)]  # fmt: skip
    return tuple((name, other, int(extent.start_m + share * extent.length_m))
                 for name, other, share in names)  # fmt: skip


@cache
def fake_book(length_km: float = 7.4, *, is_simulated: bool = False, is_reviewed: bool = True,
              has_stock: bool = True, n_chips: int = 2,
              part: tuple[float, float] = (0.0, 1.0)) -> Book:  # fmt: skip
    """A book that looks like a real one, the same on every call.

    Args:
        length_km: length of the line, roughly.
        is_simulated: mark everything.
        is_reviewed: settle most candidates; otherwise none.
        has_stock: whether posts standing before were recorded.
        n_chips: before and after pictures to draw.
        part: which share of the line the project is about.
    """
    frontier = fake_frontier(length_km)
    whole = frontier.length_m
    extent = Span(int(part[0] * whole), int(part[1] * whole))
    scenes = _scenes(frontier, is_simulated=is_simulated)
    gaps = np.array([(0.05, 0.09), (0.24, 0.3), (0.5, 0.56), (0.561, 0.5613), (0.93, 0.97)])
    blind = Spans.of(*(extent.start_m + gaps * extent.length_m).astype(int).tolist())
    candidates = [one for one in _candidates(frontier, extent, scenes) if not blind & one.span]
    # Every ninth stays open, every eleventh is unclear.
    settled: dict[str, Finding] = {}
    for number, one in enumerate(candidates):
        if is_reviewed and number % 9:
            held = Held.INDETERMINATE if number % 11 == 0 else Held.CONFIRMED
            held = Held.REJECTED if number % 13 == 0 else held
            settled[one.id] = _finding(one, held)
    findings = list(settled.values())
    looks, fits, comparisons = _comparisons(frontier, extent, scenes, blind)
    score = (("new posts", 169.0, 161.0, "posts"), ("new fence", 9.2, 9.04, "km"))
    return Book(
        name="Test border", frontier=frontier, extent=extent, left_m=250.0, right_m=250.0,
        before=When.parse("2019"), after=When.parse("2022..2023"),
        estimates=tuple(_estimates(extent, findings, blind, len(candidates) - len(findings),
                                   has_stock=has_stock)),
        findings=tuple(findings), candidates=tuple(candidates), scenes=scenes,
        looks=tuple(looks), comparisons=tuple(comparisons), fits=tuple(fits),
        chips=fake_chips(scenes, candidates, n_chips), places=_places(extent),
        is_simulated=is_simulated, version="0.1.0", ledger_head="ab" * 32, settings=SETTINGS,
        score=score if is_simulated else (),
    )  # fmt: skip
