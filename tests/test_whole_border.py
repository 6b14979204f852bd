"""A tenth of a whole border, SIMULATED: what pages send and do stays small, however long it is.

Counts of bytes, rows read and elements, no times; `benchmarks/speed/interactive.py` takes those.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import whole_border
from vallum.ground.records import Candidate, Finding, Look, Row, Verdict
from vallum.steps.home import Home
from vallum.store import Ledger
from vallum.web.app import create_app

N, KM = 2_000, 140
ORIGIN = "http://127.0.0.1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, settled and measured."""
    return whole_border.make(tmp_path_factory.mktemp("whole"), whole_border.tenth())


class Desk:
    """The keeper's browser without a browser; counts what is read of the ledger."""

    def __init__(self, root: Path, counting: Counter[str]) -> None:
        self.home = Home(cwd=root.parent)
        self.home.open_here(root)
        self.reads = counting
        app = create_app(self.home)
        self.client = TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN})
        self.client.get(f"/?token={self.home.token}")
        self.client.post("/api/me", json={"name": "analyst one"})

    def get(self, path: str) -> bytes:
        """What an address answers."""
        found = self.client.get(path)
        assert found.status_code == 200, found.text
        return found.content

    def reads_of(self, path: str) -> Counter[str]:
        """How often the ledger is read for one request of something that was asked before."""
        self.get(path)
        self.reads.clear()
        self.get(path)
        return Counter(self.reads)


@pytest.fixture(scope="module")
def desk(made: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """The desk over a copy."""
    root = Path(shutil.copytree(made, tmp_path_factory.mktemp("desk") / "border"))
    counting: Counter[str] = Counter()
    patch = pytest.MonkeyPatch()
    latest, entries, written = Ledger.latest, Ledger.entries, Ledger.written

    def counted_latest(self: Ledger, cls: type[Row], *ids: str) -> list[Row]:
        counting[cls.kind()] += 1
        return latest(self, cls, *ids)

    def counted_entries(self: Ledger, *, after: int = 0, **part: object) -> list[object]:
        counting["new rows" if after else "part" if part else "whole ledger"] += 1
        return entries(self, after=after, **part)

    def counted_written(self: Ledger, *kinds: str, **part: object) -> Iterator[tuple[int, Row]]:
        counting.update(kinds)
        return written(self, *kinds, **part)

    patch.setattr(Ledger, "latest", counted_latest)
    patch.setattr(Ledger, "written", counted_written)
    patch.setattr(Ledger, "entries", counted_entries)
    found = Desk(root, counting)
    yield found
    found.home.close()
    patch.undo()


def test_the_project_is_of_the_size_that_was_asked(made: Path) -> None:
    from vallum.project import open_project

    with open_project(made) as project:
        found = project.rows(Candidate)
        assert len(found) == N
        assert sum(not row.category.is_line for row in found) == round(N * 0.35)
        assert len(project.sections) == KM // 2
        assert len(project.rows(Finding)) > N / 2
        assert len({row.analyst for row in project.rows(Verdict)}) == 4
        assert len(project.rows(Look)) == 8 * len(project.sections)


def test_the_strip_is_as_small_for_thousands_as_for_none(desk: Desk) -> None:
    told = json.loads(desk.get("/api/strip?bins=700"))
    assert sum(told["lines"]) + sum(told["posts"]) > 1_500
    assert {len(told[name]) for name in ("seen", "lines", "posts", "answered")} == {700}
    assert len(desk.get("/api/strip?bins=700")) < 30_000


@pytest.mark.parametrize(
    ("path", "most_kb"),
    [
        ("/api/state", 20),
        ("/api/queue?mode=triage", 700),
        ("/api/queue?mode=dating", 700),
        ("/api/queue?mode=sweep", 700),
        ("/api/coverage", 150),
        ("/api/progress", 20),
        ("/api/claims/timeline", 100),
        ("/api/dates", 200),
        ("/api/images", 30),
    ],
    ids=lambda value: value.rpartition("/")[2] if isinstance(value, str) else None,
)
def test_what_a_page_is_sent_has_a_bound(desk: Desk, path: str, most_kb: int) -> None:
    assert len(desk.get(path)) < most_kb * 1000


def test_of_many_findings_the_timeline_tells_some_and_says_so(desk: Desk) -> None:
    told = json.loads(desk.get("/api/claims/timeline"))
    assert told["n_findings"] > 1_000
    assert 150 < len(told["findings"]) <= 300
    at = [one["at_m"] for one in told["findings"]]
    assert at[0] < KM * 100, "they are of all the border, not of its beginning"
    assert at[-1] > KM * 900
    part = json.loads(desk.get("/api/claims/timeline?from_m=40000&to_m=50000"))
    assert part["n_findings"] < told["n_findings"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/state",
        "/api/strip",
        "/api/queue?mode=triage",
        "/api/queue?mode=dating",
        "/api/queue?mode=disagreements",
        "/api/progress",
        "/api/coverage",
        "/api/images",
        "/api/dates",
        "/api/ground",
        "/api/claims",
        "/api/claims/along",
        "/api/claims/timeline",
        "/api/publishing/sheets",
        "/api/sample-plan?n=50",
        "/api/agreement",
    ],
    ids=lambda value: value.removeprefix("/api/"),
)
def test_no_page_reads_the_many_rows_anew(desk: Desk, path: str) -> None:
    """Rows are in memory: a request asks for what is new, and for kinds of which there are few."""
    reads = desk.reads_of(path)
    assert "whole ledger" not in reads
    many = {"Candidate", "Verdict", "Finding", "Look", "Fit", "Comparison", "Scene", "Sighting"}
    assert not many & reads.keys(), reads
    assert reads["new rows"] < 40


def test_the_first_page_reads_no_rows_that_it_does_not_need(
    made: Path, desk: Desk, tmp_path: Path
) -> None:
    """Rows of a kind are read when somebody asks for them, and all kinds once."""
    root = Path(shutil.copytree(made, tmp_path / "border"))
    desk.reads.clear()
    other = Desk(root, desk.reads)
    try:
        for path in ("/api/state", "/api/strip", "/api/queue?mode=triage"):
            other.get(path)
        assert not {"Finding", "Estimate", "whole ledger"} & desk.reads.keys()
        assert desk.reads["Candidate"] == desk.reads["Verdict"] == desk.reads["Comparison"] == 1
        other.get("/api/progress")
        assert desk.reads["Finding"] == 1
    finally:
        other.home.close()


def test_a_second_page_does_not_read_the_ledger_from_its_beginning(desk: Desk) -> None:
    desk.reads.clear()
    desk.get("/api/exhibits")
    assert desk.reads["whole ledger"] == 0


def _answer(desk: Desk, k: int) -> str:
    """Answer one open thing of the queue; returns its id."""
    from vallum.steps.desk_ticket import Tickets

    items = json.loads(desk.get("/api/queue?mode=triage"))["items"]
    ticket = [one["ticket"] for one in items if one["answer"] is None][k]
    item = json.loads(desk.get(f"/api/item/{ticket}"))
    body = {
        "ticket": ticket, "mode": "triage", "answer": "yes", "seconds": 2.0,
        "at": "2026-01-01T00:00:00Z", "based_on": item["based_on"],
    }  # fmt: skip
    assert desk.client.post("/api/verdicts", json={"items": [body]}).status_code == 200
    assert desk.home.desk is not None
    with desk.home.desk.fresh() as mirror:
        thing = Tickets(mirror.secret).read("analyst one", ticket)
    assert thing is not None
    return thing.about


def test_after_an_answer_only_what_it_is_about_is_heard_again(desk: Desk) -> None:
    from vallum.review.said import said
    from vallum.steps.desk_heard import heard
    from vallum.steps.desk_queue import given

    assert desk.home.desk is not None
    with desk.home.desk.fresh() as mirror:
        before = dict(heard(mirror))
    about = _answer(desk, 0)
    with desk.home.desk.fresh() as mirror:
        assert mirror.spoken_of <= {about}
        after = heard(mirror)
        assert {key for key in after if after[key] is not before.get(key)} == {about}
        assert after == said(given(mirror))


def test_disagreements_and_agreement_are_the_same_as_from_the_beginning(desk: Desk) -> None:
    from vallum.review import agreement, queue
    from vallum.steps.desk_heard import disputes, heard
    from vallum.steps.desk_queue import given

    desk.get("/api/queue?mode=disagreements")
    desk.get("/api/agreement")
    about = _answer(desk, 1)
    assert desk.home.desk is not None
    with desk.home.desk.fresh() as mirror:
        rows, every, said = mirror.current, given(mirror), heard(mirror)
        kept = queue.disagreements(rows, (), mirror.usable, answers=said, weigh=disputes(mirror))
        assert kept == queue.disagreements(rows, every, mirror.usable)
        spans = [one.span for one in mirror.project.sections]
        of = {row.id for row in rows}
        answers = {row.about: said[row.about] for row in every if row.about in of}
        assert about in answers
        told = agreement.report(rows, (), spans, answers=answers)
        assert repr(told) == repr(agreement.report(rows, every, spans))


def test_of_a_long_queue_only_what_is_shown_is_made(desk: Desk) -> None:
    from vallum.steps import desk_queue

    made: Counter[str] = Counter()
    patch = pytest.MonkeyPatch()
    candidate = desk_queue._candidate

    def counted(*args: object) -> object:
        made["places"] += 1
        return candidate(*args)  # type: ignore[arg-type]

    patch.setattr(desk_queue, "_candidate", counted)
    patch.setattr(desk_queue, "MOST_ITEMS", 100)
    try:
        told = json.loads(desk.get("/api/queue?mode=triage"))
    finally:
        patch.undo()
    assert told["n_total"] > 1_500
    assert len(told["items"]) == 100
    assert made["places"] == 100


def test_what_is_remembered_is_made_again_before_somebody_asks(desk: Desk) -> None:
    import threading

    assert desk.home.desk is not None
    kept = desk.home.desk.kept
    made: list[int] = []
    again = threading.Event()

    def make() -> int:
        made.append(len(made))
        if len(made) > 1:
            again.set()
        return made[-1]

    assert kept.remembered("number", make) == 0
    assert kept.remembered("number", make) == 0
    _answer(desk, 2)
    tending = threading.Thread(target=kept.tend)
    tending.start()
    assert again.wait(30), "made again without being asked"
    kept.rest()
    tending.join(30)
    assert not tending.is_alive()
    assert kept.remembered("number", make) == 1


def test_errors_of_routes_are_described_once(desk: Desk) -> None:
    """A model for each error of each route took a second of every start."""
    from vallum.web.guard import PROBLEMS

    assert not any("model" in one for one in PROBLEMS.values())
    told = json.loads(desk.get("/api/openapi.json"))
    assert set(told["components"]["schemas"]["Problem"]["required"]) == {"error", "message", "next"}
