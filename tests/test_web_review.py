"""The review API: shapes of what comes and goes, statuses, blind readers, and the whole flow."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import desk_rows
import small_desk
import web_client
from vallum.ground.kinds import Held
from vallum.ground.records import Candidate, Finding, Verdict
from vallum.ground.span import Span
from vallum.project import open_project
from vallum.simulate import analysts, truth
from vallum.steps import judging
from vallum.steps.home import Home


@pytest.fixture
def home(tmp_path: Path):
    small_desk.make(tmp_path / "p", n=12).close()
    with web_client.home_of(tmp_path / "p", tmp_path) as made:
        yield made


def person(home: Home, name: str, role: str = "analyst") -> TestClient:
    keeper = web_client.keeper(home)
    link = keeper.post("/api/people", json={"name": name, "role": role}).json()["link"]
    browser = web_client.stranger(home)
    answer = browser.post("/api/join", json={"token": link.partition("#")[2]})
    assert answer.json() == {"name": name, "role": role, "needs_name": False}
    return browser


def queue(browser: TestClient, mode: str = "triage") -> list[dict]:
    answer = browser.get("/api/queue", params={"mode": mode, "order": "position"})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def item(browser: TestClient, ticket: str, mode: str = "triage") -> dict:
    answer = browser.get(f"/api/item/{ticket}", params={"mode": mode})
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(browser: TestClient, *bodies: dict):
    return browser.post("/api/verdicts", json={"items": list(bodies)})


def test_a_queue_an_item_and_an_answer(home: Home) -> None:
    ann = person(home, "ann")
    told = ann.get("/api/queue").json()
    assert told["mode"] == "triage"
    assert told["n_total"] == len(told["items"]) > 0
    assert told["median_s"] is None
    full = item(ann, told["items"][0]["ticket"])
    assert full["images"][0]["off_nadir_deg"] is None
    assert full["images"][0]["taken"] == ["2019-03-01", "2019-03-05"]
    assert full["shape"]["type"] in {"LineString", "Point"}
    answer = send(ann, small_desk.body(full))
    assert answer.status_code == 200
    (result,) = answer.json()["results"]
    assert result["status"] == "saved"
    assert item(ann, full["ticket"])["mine"]["answer"] == "yes"
    assert send(ann, small_desk.body(full)).json()["results"][0]["status"] == "same"
    assert ann.get("/api/queue").json()["median_s"] == 2.5


def test_a_stale_answer_is_409_with_results_and_what_stands(home: Home) -> None:
    ann = person(home, "ann")
    full = item(ann, queue(ann)[0]["ticket"])
    send(ann, small_desk.body(full, 0, category="wall"))
    answer = send(ann, small_desk.body(full, 1, answer="no", reason="crop"))
    assert answer.status_code == 409
    told = answer.json()
    assert set(told) == {"error", "message", "next", "results"}
    assert told["error"] == "Stale"
    assert told["results"][0]["theirs"]["category"] == "wall"


def test_a_locked_project_is_423_and_saves_nothing(home: Home) -> None:
    ann = person(home, "ann")
    full = item(ann, queue(ann)[0]["ticket"])
    with open_project(home.project.root) as other, other.alone():
        answer = send(ann, small_desk.body(full))
        assert answer.status_code == 423
        assert answer.json()["error"] == "StoreLocked"
    assert not home.project.rows(Verdict)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/verdicts", {"items": [{"ticket": "x"}]}),
        ("/api/verdicts", {"items": [], "more": 1}),
        ("/api/verdicts", {"items": [{}] * 501}),
        ("/api/undo", {"ticket": ""}),
        ("/api/flags", {"ticket": "x", "text": "y" * 2001}),
        ("/api/presence", {"section": -1}),
        ("/api/samples", {"n": 0}),
        ("/api/samples", {"n": 3, "length_m": 300, "seed": 1, "design": "clever"}),
        ("/api/samples", {"n": 3, "within_km": 2}),
        ("/api/samples", {"within_km": 0}),
        ("/api/samples", {"design": "purposive", "from_m": 10, "to_m": 5, "why": "x"}),
        ("/api/samples", {"design": "second", "n": 3}),
        (
            "/api/dating",
            {
                "ticket": "x",
                "scene": "s",
                "state": "present",
                "stage": "removed",
                "seconds": 1,
                "at": "2024-05-01T08:00:00Z",
            },
        ),
        ("/api/draw", {"shape": {"type": "Polygon", "coordinates": []}}),
    ],
)
def test_what_cannot_be_used_is_400_in_one_shape(home: Home, path: str, body: dict) -> None:
    answer = web_client.keeper(home).post(path, json=body)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"error", "message", "next"}


def test_unknown_tickets_are_404_with_reload(home: Home) -> None:
    ann = person(home, "ann")
    for answer in (
        ann.get("/api/item/nothing"),
        ann.post("/api/undo", json={"ticket": "nothing"}),
        ann.post("/api/flags", json={"ticket": "nothing"}),
    ):
        assert answer.status_code == 404
        assert "reload" in answer.json()["next"].lower()


def test_roles_are_kept(home: Home) -> None:
    ann, eve = person(home, "ann"), person(home, "eve", "editor")
    ticket = queue(eve)[0]["ticket"]
    assert send(eve, small_desk.body(item(eve, ticket))).status_code == 403
    assert eve.post("/api/settle").status_code == 403
    assert ann.get("/api/queue", params={"mode": "disagreements"}).status_code == 403
    assert ann.post("/api/samples", json={"n": 2, "length_m": 300}).status_code == 403
    assert ann.get("/api/sample-plan", params={"n": 2}).status_code == 403
    assert ann.get("/api/people").status_code == 403
    nobody = web_client.stranger(home)
    for path in ("/api/queue", "/api/progress", "/api/agreement", "/api/people", "/api/item/x"):
        assert nobody.get(path).status_code == 401


def test_nothing_of_the_first_reader_reaches_the_second(home: Home) -> None:
    ann, bob = person(home, "ann-of-the-north"), person(home, "bob")
    empty = {one["ticket"] for one in queue(bob)}
    for k, one in enumerate(queue(ann)):
        send(ann, small_desk.body(item(ann, one["ticket"]), k, answer="no", reason="crop"))
        ann.post("/api/flags", json={"ticket": one["ticket"], "text": "see the kiln"})
    ann.post("/api/presence", json={"section": 2})
    told = bob.get("/api/queue", params={"mode": "triage"})
    items = told.json()["items"]
    assert told.json()["is_blind"]
    every = [told.text, bob.get("/api/agreement").text]
    every += [bob.get(f"/api/item/{one['ticket']}?mode={mode}").text
              for one in items for mode in ("triage", "disagreements")]  # fmt: skip
    for text in every:
        assert not any(word in text for word in ("ann-of", "crop", "kiln", "0.62", '"no"'))
    for text in every[2:]:
        full = json.loads(text)
        assert {full[key] for key in ("category", "change", "score", "kinds", "answer")} == {None}
    assert len({one["ticket"] for one in items} & empty) == len(empty)


def test_draw_undo_flag_and_settle(home: Home) -> None:
    ann = person(home, "ann")
    full = item(ann, queue(ann)[0]["ticket"])
    line = [list(xy) for xy in desk_rows.line(5000, 5200, -40.0).coords]
    body = {
        "shape": {"type": "LineString", "coordinates": line},
        "category": "fence", "change": "new", "before": full["before"], "after": full["after"],
        "looked": [], "seconds": 9, "at": "2024-05-01T08:00:00Z", "mode": "sweep",
    }  # fmt: skip
    made = ann.post("/api/draw", json=body)
    assert made.status_code == 200, made.text
    assert item(ann, made.json()["ticket"])["mine"]["answer"] == "yes"
    far = body | {"shape": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}
    refused = ann.post("/api/draw", json=far)
    assert refused.status_code == 400
    assert "from the frontier" in refused.json()["message"]
    undone = ann.post("/api/undo", json={"ticket": made.json()["ticket"]}).json()
    assert undone["mine"] is None
    assert undone["based_on"] > 0
    ann.post("/api/flags", json={"ticket": full["ticket"], "text": "odd", "is_flagged": True})
    assert item(ann, full["ticket"])["remark"] == "odd"
    done = ann.post("/api/settle").json()
    assert set(done) == {"lines", "blocked", "facts", "next"}


def test_a_sample_is_planned_drawn_read_and_counted(home: Home) -> None:
    ada, ann = person(home, "ada", "adjudicator"), person(home, "ann")
    assert ann.get("/api/surveys").json() == []
    plan = ada.get("/api/sample-plan", params={"within_km": 2, "length_m": 1000}).json()
    assert plan["design"] == "stratified"
    assert plan["n_units"] == 11
    assert plan["chosen"]["half_width_km"] <= 2
    made = ada.post("/api/samples", json={"n": plan["chosen"]["n"], "length_m": 1000, "seed": 2})
    assert made.status_code == 200, made.text
    assert made.json()["n_drawn"] == made.json()["n_new"] == plan["chosen"]["n"]
    for k, one in enumerate(queue(ann, "sample")):
        full = item(ann, one["ticket"], "sample")
        line = desk_rows.line(full["span"][0] + 10, full["span"][0] + 90, 30.0)
        drawn = {
            "shape": {"type": "LineString", "coordinates": [list(xy) for xy in line.coords]},
            "category": "wall", "change": "replaced", "before": full["before"],
            "after": full["after"], "frame": one["ticket"], "seconds": 9,
            "at": f"2024-05-01T08:00:{k:02d}Z", "mode": "sample",
        }  # fmt: skip
        assert ann.post("/api/draw", json=drawn).status_code == 200
        send(ann, small_desk.body(item(ann, one["ticket"], "sample"), k, mode="sample"))
    (survey,) = ann.get("/api/surveys").json()
    assert survey["survey"] == made.json()["survey"]
    assert survey["n_read"] == survey["n_read_mine"] == survey["n"]
    given = home.project.rows(Verdict)
    assert {row.about for row in given if row.mode == "sample"} == {
        row.frame for row in given if row.mode == "draw"
    }


def test_simulated_analysts_through_the_api_end_with_the_findings_of_the_table_route(
    tmp_path: Path,
) -> None:
    for name in ("app", "table"):
        small_desk.make(tmp_path / name, n=9).close()
    with open_project(tmp_path / "table") as project:
        rows = [row for row in judging.current_candidates(project) if row.span.end_m < 8500]
        said = analysts.answer(rows, truth_of(rows), project.frontier, miss_rate=0.3, seed=4)
        assert len({one.analyst for one in said}) == 3
        # People answer at the desk: a table filled in by a program says so in every finding.
        by_people = [replace(one, is_simulated=False) for one in said]
        judging.record(project, by_people, [], None, [])
        judging.settle(project)
        wanted = findings(project.rows(Finding))
    with web_client.home_of(tmp_path / "app", tmp_path) as home:
        for name in sorted({one.analyst for one in said}):
            browser = person(home, name)
            for mine in [one for one in said if one.analyst == name]:
                answer_as(browser, home, mine)
        assert person(home, "ada", "adjudicator").post("/api/settle").status_code == 200
        assert findings(home.project.rows(Finding)) == wanted
    assert {held for _, held, *_ in wanted} > {Held.CONFIRMED}


def truth_of(rows: list[Candidate]) -> truth.Truth:
    """Every second candidate shows something that was built."""
    built = [
        truth.Built(
            category=row.category,
            change=row.change,
            shape=row.shape,
            length_m=row.length_m,
            span=row.span,
            width_m=2.0,
        )
        for row in rows[::2]
    ]
    return truth.Truth(span=Span(0, 12_000), items=tuple(built))


def answer_as(browser: TestClient, home: Home, mine: Verdict) -> None:
    """Find the thing in the person's own queue, and answer it as the simulated analyst does."""
    with home.desk.fresh() as mirror:
        where = mirror.wheres[mine.about]
    items = [one for one in queue(browser, "triage") if one["centre"] == [where.lon, where.lat]]
    full = item(browser, items[0]["ticket"])
    more = {"category": mine.category, "change": mine.change, "reason": mine.reason}
    body = small_desk.body(full, answer=mine.answer, **more)
    answer = send(browser, json.loads(json.dumps(body)))
    assert answer.json()["results"][0]["status"] == "saved", answer.text


def findings(rows: list[Finding]) -> set[tuple[object, ...]]:
    return {
        (f.about, f.held, f.category, f.change, f.span, f.shape.wkt, f.agreement, f.built)
        for f in rows
    }
