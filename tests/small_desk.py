"""A project with candidates to judge, written row by row: no pixels, made in a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import desk_rows
from vallum import config
from vallum.frontier import Frontier
from vallum.ground.kinds import Answer, Change, Kind
from vallum.ground.records import Candidate, Comparison, Fit, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.project import Project, create
from vallum.steps.desk import Desk
from vallum.steps.desk_writing import Given

FRONTIER: Frontier = desk_rows.FRONTIER
SECTION_M = 2000
HOLE = Span(9_000, 10_000)
"""No two images can be compared here."""

DAYS = ("2016-05-01", "2017-05-01", "2018-05-01", "2020-05-01")
_START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


def scenes() -> list[Scene]:
    """The pair, and four images of other days; the last is cloudy from km 4 on."""
    before = desk_rows.scene("before.tif", "2019-03-01..2019-03-05", href="imagery/before.tif")
    after = desk_rows.scene("after.tif", "2022-04-10", href="imagery/after.tif")
    others = [desk_rows.scene(f"{day}.tif", day, href=f"imagery/{day}.tif") for day in DAYS]
    return [before, after, *others]


def make(root: Path, *, n: int = 24, n_agree: int = 2, extent_m: int = 12_000) -> Project:
    """Write a project of 12 km with `n` candidates, a fence and two posts after another."""
    settings = config.Config(
        name="desk",
        border=config.Border(
            frontier="test-line", start_m=0, end_m=extent_m, left_m=500, right_m=500,
            section_m=SECTION_M,
        ),
        dates=config.Dates(before="2019", after="2022"),
        review=config.Review(n_agree=n_agree),
    )  # fmt: skip
    project = create(root, settings, FRONTIER)
    with project.run("made") as work:
        work.add_all(rows(project, candidates(n, extent_m)))
    return project


def candidates(n: int, extent_m: int) -> list[Candidate]:
    """Fences and posts along the line; a fence and its posts share a group."""
    before, after, *_ = scenes()
    step = (extent_m - 400) / n
    made = []
    for k in range(n):
        at = 100 + k * step
        is_line = k % 3 == 0
        shape = desk_rows.line(at, at + 0.6 * step) if is_line else desk_rows.post(at, 60.0)
        made.append(
            desk_rows.candidate(
                shape,
                category=Kind.FENCE if is_line else Kind.GUARD_POST,
                change=Change.NEW,
                score=round(0.2 + 0.7 * ((k * 37) % 100) / 100, 3),
                before=before.id,
                after=after.id,
                kinds=("fence 0.62", "wall 0.3") if is_line else ("guard_post 0.9",),
                flags=("beside a road",),
                group=f"g{k // 3}",
            )
        )
    return made


def rows(project: Project, found: list[Candidate]) -> list[object]:
    """Scenes, looks, fits and comparisons for all sections, with the candidates they list."""
    every = scenes()
    made: list[object] = [*every, *found]
    for section in project.sections:
        looks = []
        for scene in every:
            seen = Spans((section.span,)) - HOLE
            if scene is every[-1] and section.span.start_m >= 4000:
                seen = Spans()
            looks.append(
                Look(
                    scene=scene.id, span=section.span, seen=seen, valid=Spans((section.span,)),
                    clear_share=1.0, made_with="test",
                )
            )  # fmt: skip
        fits = [
            Fit(look=look.id, reference=looks[0].id, dx_m=1.5, dy_m=-0.5, rmse_m=0.3, n_tiles=9)
            for look in looks[1:3]
        ]
        here = [c for c in found if c.span.middle_m in Spans((section.span,))]
        made += [*looks, *fits]
        made.append(
            Comparison(
                span=section.span, slot=0, before=looks[0].id, after=looks[1].id, fit=fits[0].id,
                seen=Spans((section.span,)) - HOLE, candidate_ids=tuple(c.id for c in here),
                made_with="test",
            )
        )  # fmt: skip
    return made


def given(desk: Desk, person: object, ticket: str, number: int = 0, **more: object) -> Given:
    """An answer as a browser sends it, based on what the page shows now."""
    at = _START + timedelta(seconds=number)
    fields = {
        "ticket": ticket,
        "mode": "triage",
        "answer": Answer.YES,
        "seconds": 2.5,
        "at": at,
        "based_on": desk.item(person, ticket).based_on,
    }
    return Given(**(fields | more))


def body(item: dict, number: int = 0, **more: object) -> dict:
    """The same as JSON, from an item that the API gave."""
    fields = {
        "ticket": item["ticket"],
        "mode": "triage",
        "answer": "yes",
        "looked": [{"scene": item["before"], "seconds": 1.0}] if "before" in item else [],
        "seconds": 2.5,
        "at": (_START + timedelta(seconds=number)).isoformat(),
        "based_on": item.get("based_on", 0),
    }
    return fields | more
