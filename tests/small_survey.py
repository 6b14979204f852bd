"""A border of 20 km with SIMULATED rows of what was seen, compared and found; no pixels."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from shapely.geometry import box

from vallum import steps
from vallum.frontier import Frontier
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import Candidate, Comparison, Finding, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.project import Project

START_M = 400_000
END_M = START_M + 20_000


def make(folder: Path) -> Project:
    """Before: all but the last 4 km; after: all but 4 km of the middle; 2 km changed, 1 in doubt.

    Pixels are 0.5 m, but 0.8 m for the first 2 km. The last 2 km of the middle have a pair that was
    refused.
    """
    project, _ = steps.new(
        folder / "border", frontier="prk-north", before="2019", after="2022", corridor_m=400,
        is_simulated=True, stretch_km=f"{START_M / 1000}..{END_M / 1000}",
    )  # fmt: skip
    scenes = {
        "b": _scene("b", date(2019, 4, 2), 0.5),
        "a": _scene("a", date(2022, 4, 9), 0.5),
        "bc": _scene("bc", date(2019, 4, 3), 0.8),
        "ac": _scene("ac", date(2022, 4, 8), 0.8),
    }
    with project.run("simulate") as work:
        work.add_all(list(scenes.values()))
        for section in project.sections:
            _section(project, work, section.span, scenes)
        work.add_all(_found(project.frontier, scenes))
    return project


def _scene(name: str, day: date, gsd_m: float) -> Scene:
    return Scene(
        sha256=f"{name:x<64}", name=name, taken=When.on(day), taken_from="given", gsd_m=gsd_m,
        footprint=box(126, 41, 127, 42), href=f"imagery/{name}.tif", is_simulated=True,
    )  # fmt: skip


def _section(project: Project, work: object, span: Span, scenes: dict[str, Scene]) -> None:
    at = span.start_m - START_M
    before, after = ("bc", "ac") if at < 2000 else ("b", "a")
    has = {before: at < 16_000, after: not 8000 <= at < 10_000}
    looks = {
        name: Look(scene=scenes[name].id, span=span, seen=Spans([span]) if shown else Spans(),
                   valid=Spans([span]), clear_share=float(shown),
                   blocked_by="" if shown else "cloud")
        for name, shown in has.items()
    }  # fmt: skip
    refused = 10_000 <= at < 12_000
    is_compared = all(has.values()) and not refused
    ids = ()
    if 12_000 <= at < 14_000:
        ids = (_candidate(project.frontier, scenes, span, 0).id,)
    if 14_000 <= at < 16_000:
        ids = (_candidate(project.frontier, scenes, span, 1).id,)
    work.add_all(
        [
            *looks.values(),
            Comparison(
                span=span, slot=0, before=looks[before].id, after=looks[after].id,
                seen=Spans([span]) if is_compared else Spans(), candidate_ids=ids,
                blocked_by="" if is_compared else "not aligned" if refused else "no usable pair",
            ),
        ]
    )  # fmt: skip


def _candidate(frontier: Frontier, scenes: dict[str, Scene], span: Span, doubt: int) -> Candidate:
    end_m = span.start_m + (1000 if doubt else 2000)
    return Candidate(
        span=Span(span.start_m, end_m), off_m=0.0, category=Kind.FENCE, change=Change.NEW,
        score=0.9, length_m=float(end_m - span.start_m), before=scenes["b"].id,
        shape=frontier.line_of(Span(span.start_m, end_m)), after=scenes["a"].id,
    )  # fmt: skip


def _found(frontier: Frontier, scenes: dict[str, Scene]) -> list[Candidate | Finding]:
    rows: list[Candidate | Finding] = []
    for doubt, at in ((0, 12_000), (1, 14_000)):
        span = Span(START_M + at, START_M + at + 2000)
        one = _candidate(frontier, scenes, span, doubt)
        rows += [
            one,
            Finding(
                about=one.id, from_ids=(one.id,),
                held=Held.INDETERMINATE if doubt else Held.CONFIRMED, category=Kind.FENCE,
                change=Change.NEW, span=one.span, off_m=0.0, shape=one.shape,
                length_m=one.length_m, agreement="simulated",
            ),
        ]  # fmt: skip
    return rows
