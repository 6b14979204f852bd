"""Rows that several tests need: a frontier of about 20 km, scenes, candidates, verdicts."""

from dataclasses import replace

from shapely.geometry import LineString, Point, box

from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.kinds import Answer, Change, Held, Kind
from vallum.ground.records import Candidate, Comparison, Finding, Scene, Verdict
from vallum.ground.span import Span, Spans
from vallum.ground.when import When

FRONTIER = Frontier(
    name="test-line",
    line=LineString([(129.0, 42.0), (129.12, 42.01), (129.25, 42.0)]),
    source="made up for tests",
    licence="none",
    credit="nobody",
    tolerance_m=1.0,
    left="Northland",
    right="Southland",
)
EXTENT = FRONTIER.span


def scene(name="before.tif", day="2019-03-01..2019-03-05", **more):
    fields = {
        "sha256": name,
        "name": name,
        "taken": When.parse(day),
        "taken_from": "given",
        "gsd_m": 0.5,
        "footprint": box(128.9, 41.9, 129.3, 42.1),
    }
    return Scene(**(fields | more))


BEFORE = scene()
AFTER = scene("after.tif", "2022-04-10")
SCENES = {s.id: s for s in (BEFORE, AFTER)}


def line(start_m, end_m, off_m=50.0):
    lon, lat = FRONTIER.points_at([start_m, (start_m + end_m) / 2, end_m], off_m)
    return LineString(list(zip(lon.tolist(), lat.tolist(), strict=True)))


def post(at_m, off_m=50.0):
    return FRONTIER.point_at(at_m, off_m)


def candidate(shape, category=Kind.FENCE, change=Change.NEW, **more):
    fields = {
        "span": FRONTIER.span_of(shape),
        "off_m": 50.0,
        "category": category,
        "change": change,
        "score": 0.5,
        "length_m": 0.0 if isinstance(shape, Point) else geodesic_length_m(shape),
        "shape": shape,
        "before": BEFORE.id,
        "after": AFTER.id,
    }
    return Candidate(**(fields | more))


def verdict(about, analyst="ann", answer=Answer.YES, **more):
    return Verdict(about=getattr(about, "id", about), analyst=analyst, answer=answer, **more)


def finding(about, held=Held.CONFIRMED, **more):
    fields = {
        "about": about.id,
        "held": held,
        "category": about.category,
        "change": about.change,
        "span": about.span,
        "off_m": about.off_m,
        "shape": about.shape,
        "length_m": about.length_m,
        "agreement": "2 of 2 yes",
    }
    return Finding(**(fields | more))


def comparison(span, seen=None, candidates=(), **more):
    fields = {
        "span": span,
        "slot": 0,
        "seen": Spans((span,)) if seen is None else seen,
        "candidate_ids": tuple(c.id for c in candidates),
    }
    return Comparison(**(fields | more))


def spanned(start_m, end_m, **more):
    """Return a line candidate with exactly this span (its shape only makes it different)."""
    made = candidate(line(start_m, end_m), **more)
    return replace(made, span=Span(start_m, end_m), length_m=float(end_m - start_m))
