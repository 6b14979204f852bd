"""Three simulated analysts, by the app and by tables: the same border ends with the same findings."""

from __future__ import annotations

import csv
import dataclasses
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import suggested_border
import web_client
from vallum import steps
from vallum.ground.kinds import Held
from vallum.ground.records import Finding, Verdict
from vallum.project import Project, open_project
from vallum.simulate import analysts, truth
from vallum.steps import judging
from vallum.steps.home import Home

AT = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return suggested_border.make(tmp_path_factory.mktemp("made"))


def said(project: Project) -> list[Verdict]:
    """What three analysts say who know that every second suggestion is real, and err often."""
    rows = judging.current_candidates(project)
    built = tuple(
        truth.Built(category=row.category, change=row.change, shape=row.shape,
                    length_m=row.length_m, span=row.span, width_m=2.0)
        for row in rows[::2]
    )  # fmt: skip
    told = truth.Truth(span=project.frontier.span, items=built)
    return analysts.answer(
        rows, told, project.frontier, miss_rate=0.25, false_accept_rate=0.15, seed=4
    )


def by_tables(project: Project, verdicts: list[Verdict], folder: Path) -> None:
    """Export the candidates, fill in one table for each analyst, and import it."""
    for name in sorted({one.analyst for one in verdicts}):
        path = folder / f"{name}.csv"
        steps.review_export(project, path)
        mine = {one.about: one for one in verdicts if one.analyst == name}
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["candidate"] in mine]
        for row in rows:
            one = mine[row["candidate"]]
            row["answer"], row["reason"] = one.answer.value, one.reason.value
            row["class"] = one.category.value if one.category else ""
            row["change"] = one.change.value if one.change else ""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        done = steps.review_import(project, path, analyst=name)
        assert not done.blocked, done.blocked
    steps.settle(project)


def by_the_app(home: Home, verdicts: list[Verdict]) -> None:
    """Answer as people do: each from their own queue, under their own tickets."""
    keeper = web_client.keeper(home)
    for name in sorted({one.analyst for one in verdicts}):
        link = keeper.post("/api/people", json={"name": name, "role": "analyst"}).json()["link"]
        browser = web_client.stranger(home)
        assert browser.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
        answer_all(browser, home, [one for one in verdicts if one.analyst == name])
    done = keeper.post("/api/settle")
    assert done.status_code == 200, done.text


def answer_all(browser: TestClient, home: Home, mine: list[Verdict]) -> None:
    """Find each thing by its ticket, look at it, and say what the simulated analyst says."""
    with home.desk.fresh() as mirror:
        where = {one.about: mirror.wheres[one.about] for one in mine}
    told = browser.get("/api/queue", params={"mode": "triage"}).json()["items"]
    ticket: dict[tuple[float, ...], str] = {}
    for item in told:  # what is asked again comes after it was asked first
        ticket.setdefault(tuple(item["centre"]), item["ticket"])
    assert len({(w.lon, w.lat) for w in where.values()}) == len(mine), "two have one middle"
    bodies = []
    for k, one in enumerate(mine):
        item = browser.get(f"/api/item/{ticket[where[one.about].lon, where[one.about].lat]}").json()
        bodies.append(
            {
                "ticket": item["ticket"], "mode": "triage", "answer": one.answer.value,
                "category": one.category, "change": one.change, "reason": one.reason.value,
                "looked": [{"scene": item["before"], "seconds": 1}], "seconds": one.seconds,
                "at": (AT + timedelta(seconds=k)).isoformat(), "based_on": item["based_on"],
            }
        )  # fmt: skip
    answer = browser.post("/api/verdicts", json={"items": bodies})
    assert {result["status"] for result in answer.json()["results"]} == {"saved"}, answer.text


def findings(project: Project) -> dict[str, dict[str, object]]:
    """Every field of the newest findings but the run that wrote them, with shapes as text."""
    return {
        row.about: {
            field.name: str(getattr(row, field.name)) for field in dataclasses.fields(row) if field.name != "run"
        }
        for row in project.rows(Finding)
    }  # fmt: skip


def test_the_app_and_the_tables_end_with_the_same_findings(made: Path, tmp_path: Path) -> None:
    roots = [Path(shutil.copytree(made, tmp_path / name)) for name in ("tables", "app")]
    with open_project(roots[0]) as project:
        verdicts = said(project)
        by_tables(project, verdicts, tmp_path)
        wanted = findings(project)
        n_wanted = len(project.rows(Verdict))
    with web_client.home_of(roots[1], tmp_path) as home:
        by_the_app(home, verdicts)
        got = findings(home.project)
        assert len(home.project.rows(Verdict)) == n_wanted
    assert len({one.analyst for one in verdicts}) == 3
    assert len(wanted) > 50
    assert {row["held"] for row in wanted.values()} >= {Held.CONFIRMED, Held.REJECTED}
    assert got == wanted
