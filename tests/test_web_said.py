"""The claims desk: what each role sees, decisions that meet, protected texts, papers that come in."""

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

import small_papers
import small_said
import web_client
from vallum.ground.kinds import Role
from vallum.ground.records import Claim, Custody, Match, Source
from vallum.ground.saidkinds import Handling, Risk, Scope, Voice
from vallum.project import open_project
from vallum.steps.desk import Person
from vallum.steps.desk_jobs import PREFIX
from vallum.steps.home import Home

NOTE = "read again, beside the text"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> small_said.Made:
    return small_said.make(tmp_path_factory.mktemp("said"))


@pytest.fixture
def home(made: small_said.Made, tmp_path: Path):
    with web_client.home_of(small_said.copy(made, tmp_path), tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(made: small_said.Made, tmp_path_factory: pytest.TempPathFactory):
    """For tests that change nothing: making the app takes longer than most of them."""
    folder = tmp_path_factory.mktemp("shared")
    with web_client.home_of(small_said.copy(made, folder), folder) as opened:
        yield opened


def person(home: Home, name: str, role: str = "analyst") -> TestClient:
    keeper = web_client.keeper(home)
    link = keeper.post("/api/people", json={"name": name, "role": role}).json().get("link")
    # Who is known already gets a new link.
    link = link or keeper.post(f"/api/people/{name}/link").json()["link"]
    browser = web_client.stranger(home)
    assert browser.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
    return browser


def unlock(home: Home, made: small_said.Made) -> None:
    """Put the key where `POST /vault/unlock` puts it, without the slow passphrase."""
    me = web_client.keeper(home).get("/api/state").json()["me"]
    home.keyring.put(Person(name=me["name"], role=Role.KEEPER), made.key)


def get(browser: TestClient, path: str, **params: object):
    answer = browser.get(f"/api/{path}", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def papers(browser: TestClient) -> tuple[dict, dict]:
    """The open paper and the protected one."""
    rows = get(browser, "exhibits")
    return (
        next(row for row in rows if not row["is_protected"]),
        next(row for row in rows if row["is_protected"]),
    )


def fence(browser: TestClient) -> dict:
    return get(browser, "claims", subject="fence")["items"][0]


def posts(browser: TestClient) -> list[dict]:
    return get(browser, "claims", subject="guard_post")["items"]


def decide(browser: TestClient, card: dict, **body: object):
    body = {"based_on": card["based_on"], "note": NOTE} | body
    return browser.post(f"/api/claims/{card['ticket']}", json=body)


def approve(browser: TestClient, card: dict) -> dict:
    answer = decide(browser, card, standing="approved")
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- the inbox ------------------------------------------------------------------------------------


def test_an_analyst_sees_voice_grade_and_words_of_a_protected_source_and_nothing_else(
    shared: Home,
) -> None:
    ann, keeper = person(shared, "ann"), web_client.keeper(shared)
    plain, hidden = papers(ann)
    code = papers(keeper)[1]["source"]["label"]
    assert plain["source"]["label"] == "The Border Post"
    assert (plain["title"], plain["name"]) == ("SIMULATED", "report.txt")
    assert hidden["source"]["voice"] == "person"
    assert hidden["source"]["described_as"] == "a trader near the border"
    assert hidden["source"]["label"].startswith("source ")
    assert (hidden["title"], hidden["name"], hidden["received"]) == ("(protected)", "", None)
    assert plain["source"]["ticket"] == hidden["source"]["ticket"] == ""
    every = [ann.get(f"/api/{path}").text for path in (
        "exhibits", "claims", "claims/along", "claims/timeline", "job",
        f"exhibits/{hidden['ticket']}",
    )]  # fmt: skip
    for word in (code, "cousin", small_said.CANARY, "canary-in-the-text"):
        assert not any(word in text for text in every)


def test_two_people_have_different_tickets_and_the_same_words_for_a_source(shared: Home) -> None:
    ann, bob = person(shared, "ann"), person(shared, "bob")
    mine, theirs = papers(ann)[1], papers(bob)[1]
    assert mine["ticket"] != theirs["ticket"]
    assert mine["source"]["label"] == theirs["source"]["label"]
    assert bob.get(f"/api/exhibits/{mine['ticket']}").status_code == 404


def test_a_ticket_of_one_kind_opens_nothing_of_another(shared: Home) -> None:
    ann = person(shared, "ann")
    paper, claim = papers(ann)[0]["ticket"], fence(ann)["ticket"]
    assert ann.get(f"/api/claims/{paper}").status_code == 404
    assert ann.get(f"/api/exhibits/{claim}").status_code == 404
    assert ann.get(f"/api/item/{claim}").status_code == 404


def test_the_open_text_comes_with_its_claims_and_their_characters(shared: Home) -> None:
    ann = person(shared, "ann")
    full = get(ann, f"exhibits/{papers(ann)[0]['ticket']}")
    assert full["text"] == small_said.OPEN_TEXT
    words = {full["text"][one["start"] : one["end"]].lower() for one in full["claims"]}
    assert any("fence" in one for one in words)
    assert [full["text"][a:b] for a, b in full["paragraphs"]] == [
        line for line in small_said.OPEN_TEXT.split("\n") if line
    ]


def test_a_protected_text_is_not_served_while_the_vault_is_locked(
    home: Home, made: small_said.Made
) -> None:
    ann, keeper = person(home, "ann"), web_client.keeper(home)
    for browser in (ann, keeper):
        full = get(browser, f"exhibits/{papers(browser)[1]['ticket']}")
        assert (full["text"], full["why_no_text"], full["is_locked"]) == (None, "locked", True)
        assert full["claims"]
    unlock(home, made)
    hidden = papers(keeper)[1]
    assert hidden["is_locked"] is False
    assert get(keeper, f"exhibits/{hidden['ticket']}")["text"] == small_said.SECRET_TEXT
    assert get(ann, f"exhibits/{papers(ann)[1]['ticket']}")["text"] is None
    other = person(home, "kim", "keeper")
    assert get(other, f"exhibits/{papers(other)[1]['ticket']}")["text"] is None


def test_looking_at_a_protected_text_is_on_the_ledger_once_for_each_unlocking(
    home: Home, made: small_said.Made
) -> None:
    keeper = web_client.keeper(home)
    hidden = papers(keeper)[1]["ticket"]
    for _ in range(2):
        unlock(home, made)
        for _ in range(2):
            get(keeper, f"exhibits/{hidden}")
    looks = [row for row in home.project.rows(Custody) if row.outcome == "looked at"]
    assert len(looks) == 2
    assert {row.subject.partition("-")[0] for row in looks} == {"exhibit"}


def test_a_quotation_is_shown_only_where_its_text_is(home: Home, made: small_said.Made) -> None:
    keeper = web_client.keeper(home)
    claims = posts(keeper)
    full = [get(keeper, f"claims/{one['ticket']}") for one in claims]
    quotes = {one["source"]["is_protected"]: one["quote"] for one in full}
    assert quotes[True] is None
    assert quotes[False]["text"] in small_said.OPEN_TEXT
    unlock(home, made)
    hidden = next(one for one in full if one["source"]["is_protected"])
    assert get(keeper, f"claims/{hidden['ticket']}")["quote"]["text"] in small_said.SECRET_TEXT


def test_an_editor_reads_what_is_approved_under_no_embargo_and_no_texts(home: Home) -> None:
    ann, eve = person(home, "ann"), person(home, "eve", "editor")
    assert get(eve, "claims")["items"] == []
    assert get(eve, "exhibits") == []
    card = approve(ann, fence(ann))
    (seen,) = get(eve, "claims")["items"]
    assert seen["subject"] == "fence"
    (paper,) = get(eve, "exhibits")
    full = get(eve, f"exhibits/{paper['ticket']}")
    assert (full["text"], full["why_no_text"]) == (None, "role")
    assert get(eve, f"claims/{seen['ticket']}")["quote"] is None
    assert decide(eve, seen, standing="rejected").status_code == 403
    assert decide(ann, card, changes={"embargo_until": "9000-01-01"}).status_code == 200
    assert get(eve, "claims")["items"] == []
    assert eve.get(f"/api/claims/{seen['ticket']}").status_code == 404


def test_red_is_there_for_the_keeper_alone(home: Home) -> None:
    ann, keeper = person(home, "ann"), web_client.keeper(home)
    mine = fence(ann)
    assert decide(keeper, fence(keeper), changes={"handling": "red"}).status_code == 200
    assert get(ann, "claims", subject="fence")["items"] == []
    assert ann.get(f"/api/claims/{mine['ticket']}").status_code == 404
    assert "fence" not in {one["subject"] for one in get(ann, "claims/along")["items"]}
    assert fence(keeper)["handling"] == "red"


def roots() -> list[Path]:
    """Where papers lie while they come in."""
    return [root for root in (Path("/dev/shm"), Path(tempfile.gettempdir())) if root.is_dir()]


def sources_of(project) -> dict[str, Source]:
    return {row.voice.value: row for row in project.rows(Source)}


@pytest.mark.parametrize("changes", [{"risk": "extreme"}, {"handling": "red"}], ids=["risk", "red"])
def test_a_text_is_shut_as_soon_as_its_source_is_in_danger(home: Home, changes: dict) -> None:
    ann, keeper = person(home, "ann"), web_client.keeper(home)
    ticket, at_home = papers(ann)[0]["ticket"], papers(keeper)[0]["ticket"]
    assert get(ann, f"exhibits/{ticket}")["text"]
    project = home.desk.project
    row = replace(sources_of(project)["publisher"], **one_of(changes))
    with project.run("test") as work:  # as if the vault's disk were away: its copy still lies open
        work.add(row)
    answer = ann.get(f"/api/exhibits/{ticket}")
    assert small_said.OPEN_TEXT[:30] not in answer.text
    assert "fence near" not in answer.text
    if "handling" in changes:
        assert answer.status_code == 404
        assert not get(ann, "claims", subject="fence")["items"]
    else:
        assert (answer.json()["why_no_text"], answer.json()["is_locked"]) == ("locked", True)
        assert answer.json()["title"] == "(protected)"
    assert get(keeper, f"exhibits/{at_home}")["text"]


def one_of(changes: dict) -> dict:
    return {
        name: Risk(value) if name == "risk" else Handling(value) for name, value in changes.items()
    }


def test_what_was_given_to_be_kept_alone_is_read_by_the_keeper_alone(home: Home) -> None:
    ann, keeper = person(home, "ann"), web_client.keeper(home)
    ticket, at_home = papers(ann)[0]["ticket"], papers(keeper)[0]["ticket"]
    project = home.desk.project
    row = sources_of(project)["publisher"]
    with project.run("test") as work:
        work.add(replace(row, voice=Voice.ORGANISATION, consent=(Scope.RETAIN,)))
    told = get(ann, f"exhibits/{ticket}")
    assert told["text"] is None
    assert "has not agreed" in told["message"]
    assert get(keeper, f"exhibits/{at_home}")["text"]


def test_a_claim_for_the_keeper_speaks_for_no_other_before_somebody_else(home: Home) -> None:
    ann, keeper = person(home, "ann"), web_client.keeper(home)
    approve(keeper, *[one for one in posts(keeper) if not one["source"]["is_protected"]])
    red = next(one for one in posts(keeper) if one["source"]["is_protected"])
    answer = decide(keeper, red, standing="approved", changes={"handling": "red"})
    assert answer.status_code == 200, answer.text
    (mine,) = posts(ann)
    theirs = next(one for one in posts(keeper) if not one["source"]["is_protected"])
    assert (theirs["status"], theirs["n_agreeing"]) == ("corroborated", 1)
    assert (mine["status"], mine["n_agreeing"]) == ("not_observable", 0)
    assert get(ann, "claims")["statuses"]["corroborated"] == 0
    assert get(ann, "claims", status="corroborated")["n_total"] == 0
    for path in ("claims/along", "claims/timeline", f"claims/{mine['ticket']}"):
        assert "corroborated" not in ann.get(f"/api/{path}").text
    keeper.post("/api/jobs", json={"kind": "match"})
    job = home.jobs.wait(60)
    assert job.state == "done"
    assert not any("corroborated" in line for line in job.lines), "everybody is told of a job"


def test_a_sealed_handover_needs_no_source_but_an_open_vault(
    home: Home, made: small_said.Made
) -> None:
    keeper = web_client.keeper(home)
    sealed = small_papers.handover([made.key])

    def hand_in():
        files = {"files": ("handover-abcdefgh.age", io.BytesIO(sealed))}
        return keeper.post("/api/exhibits", files=files)

    answer = hand_in()
    assert (answer.status_code, answer.json()["error"]) == (403, "NotOpened")
    unlock(home, made)
    assert hand_in().status_code == 200
    job = home.jobs.wait(60)
    assert (job.state, job.blocked) == ("done", ())
    assert small_papers.CANARY not in keeper.get("/api/job").text
    rows = [row for row in get(keeper, "exhibits") if row["handling"] == "red"]
    assert {row["paper"] for row in rows} == {"testimony", "archive"}
    assert len(get(person(home, "ann"), "exhibits")) == 2


def send(browser: TestClient, source: str, name: str, text: bytes, **fields: str):
    fields = {"source": source, "published": "2020-02-02", "paper": "testimony"} | fields
    return browser.post("/api/exhibits", data=fields, files={"files": (name, io.BytesIO(text))})


def test_a_paper_comes_in_is_read_and_leaves_no_open_copy_behind(home: Home) -> None:
    ann, keeper = person(home, "ann"), web_client.keeper(home)
    source = papers(keeper)[1]["source"]["ticket"]
    text = b"SIMULATED. A wall was completed at Oldmill in 2019."
    assert send(ann, source, "x.txt", text).status_code == 403
    answer = send(keeper, source, "my brother.txt", text)
    assert answer.status_code == 200, answer.text
    job = home.jobs.wait(30)
    assert job.state == "done", job
    told = ann.get("/api/job").text + answer.text
    assert "brother" not in told
    assert "exhibit-" not in told
    assert len(get(ann, "exhibits")) == 3
    left = [path for path in home.project.root.rglob("*") if path.is_file()]
    assert not any(text in path.read_bytes() for path in left)
    came = [path for root in roots() for path in root.glob(f"{PREFIX}*/*")]
    assert not any(text in path.read_bytes() for path in came)
    read = keeper.post("/api/jobs", json={"kind": "read"})
    assert read.status_code == 200
    assert home.jobs.wait(30).state == "done"


def test_a_photograph_is_shown_as_pixels_alone_and_a_protected_one_from_the_open_vault_only(
    home: Home, made: small_said.Made
) -> None:
    ann, keeper = person(home, "ann"), web_client.keeper(home)
    for number, paper in enumerate(papers(keeper)):
        photo = io.BytesIO()
        exif = Image.Exif()
        exif[0x010E] = "canary-in-the-exif"
        Image.new("RGB", (64, 48), (90, 120, number)).save(photo, "JPEG", exif=exif)
        fields = {"paper": "photo", "title": "SIMULATED photograph"}
        answer = send(keeper, paper["source"]["ticket"], "p.jpg", photo.getvalue(), **fields)
        assert answer.status_code == 200, answer.text
        assert home.jobs.wait(60).state == "done"
    rows = [row for row in get(ann, "exhibits") if row["paper"] == "photo"]
    assert all(row["has_picture"] and not row["has_text"] for row in rows)
    shown = {row["is_protected"]: ann.get(f"/api/exhibits/{row['ticket']}/picture") for row in rows}
    assert shown[True].status_code == 403
    assert shown[False].headers["content-type"] == "image/png"
    assert shown[False].headers["cache-control"] == "no-store"
    assert b"canary" not in shown[False].content
    assert Image.open(io.BytesIO(shown[False].content)).size == (64, 48)
    unlock(home, made)
    mine = next(row for row in get(keeper, "exhibits")
                if row["paper"] == "photo" and row["is_protected"])  # fmt: skip
    assert keeper.get(f"/api/exhibits/{mine['ticket']}/picture").status_code == 200
    eve = person(home, "eve", "editor")
    assert eve.get(f"/api/exhibits/{mine['ticket']}/picture").status_code == 403


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"source": ""}, "needs a source"),
        ({"published": "May"}, "published"),
        ({"handling": "secret"}, "handling"),
        ({"how": "by pigeon"}, "how"),
        ({"colour": "blue"}, "not asked for"),
    ],
    ids=["no source", "no day", "handling", "how", "unknown field"],
)
def test_an_upload_that_cannot_be_used_is_refused_in_words(
    shared: Home, fields: dict, message: str
) -> None:
    keeper = web_client.keeper(shared)
    source = papers(keeper)[0]["source"]["ticket"]
    answer = send(keeper, fields.pop("source", source), "x.txt", b"SIMULATED", **fields)
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert shared.jobs.current is None


# -- claims ---------------------------------------------------------------------------------------


def test_claims_are_filtered_and_counted(home: Home) -> None:
    ann = person(home, "ann")
    every = get(ann, "claims")
    assert every["n_total"] == len(every["items"]) == 3
    assert every["standings"] == {"proposed": 3, "approved": 0, "rejected": 0}
    assert {one["subject"]: one["n"] for one in every["subjects"]} == {"fence": 1, "guard_post": 2}
    approve(ann, fence(ann))
    assert get(ann, "claims", standing="approved")["n_total"] == 1
    assert get(ann, "claims", status="not_observable")["n_total"] == 1
    assert get(ann, "claims", from_m=4_000, to_m=6_000)["n_total"] == 3
    assert get(ann, "claims", from_m=16_000)["n_total"] == 0
    assert len(get(ann, "claims", limit=1, offset=2)["items"]) == 1
    paper = papers(ann)[1]["ticket"]
    assert get(ann, "claims", exhibit=paper)["n_total"] == 1
    assert ann.get("/api/claims", params={"from_m": 5, "to_m": 2}).status_code == 400


def test_a_claim_is_approved_once_however_often_it_is_sent(home: Home) -> None:
    ann = person(home, "ann")
    card = fence(ann)
    first, again = approve(ann, card), approve(ann, card)
    assert first["standing"] == again["standing"] == "approved"
    assert first["status"] == "not_observable", "there is no image of that time"
    assert (first["decided_by"], first["is_by_machine"]) == ("ann", True)
    assert first["based_on"] == again["based_on"] > card["based_on"]
    assert [one["standing"] for one in again["history"]] == ["proposed", "approved"]


def test_who_decides_on_an_older_state_gets_409_with_the_newer_and_changes_nothing(
    home: Home,
) -> None:
    ann, bob = person(home, "ann"), person(home, "bob")
    card = fence(bob)
    approve(ann, fence(ann))
    answer = decide(bob, card, standing="rejected")
    assert answer.status_code == 409
    told = answer.json()
    assert set(told) == {"error", "message", "next", "theirs"}
    assert told["error"] == "Stale"
    assert told["theirs"]["decided_by"] == "ann"
    assert fence(ann)["standing"] == "approved"
    answer = decide(bob, told["theirs"], standing="rejected")
    assert answer.json()["standing"] == "rejected"


def test_a_project_in_other_hands_is_423_and_nothing_is_decided(home: Home) -> None:
    ann = person(home, "ann")
    card = fence(ann)
    with open_project(home.project.root) as other, other.alone():
        answer = decide(ann, card, standing="approved")
    assert (answer.status_code, answer.json()["error"]) == (423, "StoreLocked")
    assert fence(ann)["standing"] == "proposed"


def test_fields_are_changed_and_the_rest_stays(home: Home) -> None:
    ann = person(home, "ann")
    card = fence(ann)
    answer = decide(
        ann,
        card,
        standing="approved",
        changes={
            "subject": "double_fence",
            "change": None,
            "quantity": {"min": 2, "unit": "km", "qualifier": "at least"},
            "places": [{"name": "the mill", "precision": "section", "span": [3000, 4000]}],
            "dates": [{"edtf": "2019-04", "first": "2019-04-01", "last": "2019-04-30"}],
        },
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["subject"] == "double_fence"
    assert (told["standing"], told["change"]) == ("approved", None)
    old = fence(ann)
    assert (old["standing"], old["ticket"]) == ("rejected", card["ticket"])
    assert told["modality"] == card["modality"]
    assert (told["quantity"]["min"], told["quantity"]["max"]) == (2.0, None)
    assert told["spans"] == [[3000, 4000]]
    assert told["at_m"] == 3500
    along = get(ann, "claims/along")["items"]
    assert along[0]["line"]["type"] == "LineString"
    assert len(along) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"standing": "approved", "changes": {"statment": "x"}},
        {"standing": "true"},
        {"standing": "rejected", "note": "no"},
        {"changes": {"places": [{"name": "x", "span": [5, 2]}]}},
        {"changes": {"places": [{"name": "x", "span": [5, 99_999_999]}]}},
        {"changes": {"dates": [{"first": "2020-01-02", "last": "2020-01-01"}]}},
        {"changes": {"statement": "x" * 501}},
        {"changes": {"statement": "he said “there was a long fence there”"}},
    ],
    ids=["unknown field", "standing", "no reason", "backwards", "beyond the line", "dates",
         "too long", "a quotation"],
)  # fmt: skip
def test_what_cannot_be_decided_is_400_in_one_shape(shared: Home, body: dict) -> None:
    ann = person(shared, "ann")
    answer = decide(ann, fence(ann), **body)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"error", "message", "next"}
    assert fence(ann)["standing"] == "proposed"


def test_a_claim_is_proposed_by_hand_with_its_characters(home: Home) -> None:
    ann = person(home, "ann")
    paper = get(ann, f"exhibits/{papers(ann)[0]['ticket']}")
    start = paper["text"].index("told the paper")
    body = {
        "exhibit": paper["ticket"], "start": start, "end": start + 4, "subject": "camera",
        "modality": "planned", "statement": "cameras are to come",
    }  # fmt: skip
    answer = ann.post("/api/claims", json=body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["standing"], told["is_by_machine"]) == ("proposed", False)
    assert told["quote"]["text"] == "told"
    assert ann.post("/api/claims", json=body | {"end": 10**6}).status_code == 400
    assert ann.post("/api/claims", json=body | {"exhibit": "x"}).status_code == 404


def test_a_grade_needs_a_reason_and_somebody_who_did_not_take_the_paper_in(home: Home) -> None:
    ann, ada = person(home, "ann"), person(home, "ada")
    card = next(one for one in posts(ann) if one["source"]["is_protected"])
    path = f"/api/claims/{card['ticket']}/grade"
    body = {"credibility": 2, "reason": "fits the images", "based_on": card["based_on"]}
    assert ann.post(path, json=body | {"reason": "so"}).status_code == 400
    assert ann.post(path, json=body | {"credibility": 7}).status_code == 400
    answer = ann.post(path, json=body)
    assert answer.json()["grade"] == "F2"
    theirs = next(one for one in posts(ada) if one["source"]["is_protected"])
    again = {"credibility": 3, "reason": "another reason", "based_on": theirs["based_on"]}
    assert ada.post(f"/api/claims/{theirs['ticket']}/grade", json=again).status_code == 403


def test_two_origins_that_agree_corroborate_and_stand_beside_each_other(home: Home) -> None:
    ann = person(home, "ann")
    one, other = (approve(ann, card) for card in posts(ann))
    assert ann.post("/api/jobs", json={"kind": "match"}).json()["what"] == "match"
    done = home.jobs.wait(30)
    assert done.state == "done"
    assert not any("claim-" in line for line in done.lines)
    full = get(ann, f"claims/{one['ticket']}")
    assert full["status"] == full["weighing"]["status"] == "corroborated"
    assert [card["ticket"] for card in full["weighing"]["agreeing"]] == [other["ticket"]]
    assert len(full["weighing"]["origins"]) == 2
    assert full["n_agreeing"] == 1


def test_a_person_holds_one_claim_against_another_and_takes_it_back(home: Home) -> None:
    ann = person(home, "ann")
    first, second = (approve(ann, card) for card in posts(ann))
    near = get(ann, f"claims/{first['ticket']}/near")
    assert second["ticket"] in {one["about"] for one in near}
    body = {
        "about_kind": "claim", "about": second["ticket"], "relation": "contradicts",
        "method": "second_source", "rationale": "they name different years",
    }  # fmt: skip
    path = f"/api/claims/{first['ticket']}/match"
    told = ann.post(path, json=body)
    assert told.status_code == 200, told.text
    assert [one["ticket"] for one in told.json()["weighing"]["contradicting"]] == [second["ticket"]]
    row = next(row for row in home.project.rows(Match) if row.by == "ann")
    assert row.rationale == "they name different years"
    told = ann.post(path, json=body | {"is_withdrawn": True}).json()
    assert told["weighing"]["contradicting"] == []
    assert ann.post(path, json=body | {"about": first["ticket"]}).status_code == 400
    assert ann.post(path, json=body | {"rationale": "no"}).status_code == 400
    assert ann.post(path, json=body | {"about_kind": "finding"}).status_code == 404


def test_claims_lie_along_the_line_and_in_time(shared: Home) -> None:
    ann = person(shared, "ann")
    along = get(ann, "claims/along")
    assert len(along["items"]) == 3
    for one in along["items"]:
        assert one["spans"][0][0] <= one["at_m"] < one["spans"][-1][1]
        assert one["point"] == pytest.approx([129.06, 42.0], abs=0.02)
    timeline = get(ann, "claims/timeline")
    assert {(one["first"], one["last"]) for one in timeline["claims"]} == {
        ("2019-04-01", "2019-04-30")
    }
    assert timeline["last"] == "2019-05-15"


def test_context_stands_beside_the_claims_and_a_wrong_table_is_told(home: Home) -> None:
    ann = person(home, "ann")
    path = home.project.root / "context.csv"
    head = "series,unit,when,value,source\n"
    path.write_text(head + "SIMULATED arrivals,people,2019,1047,a ministry\n")
    (series,) = get(ann, "claims/timeline")["series"]
    assert (series["kind"], series["credit"]) == ("series", "a ministry")
    assert series["points"] == [
        {"first": "2019-01-01", "last": "2019-12-31", "value": 1047.0, "label": "2019"}
    ]
    path.write_text(head + "SIMULATED arrivals,people,soon,1047,a ministry\n")
    told = get(ann, "claims/timeline")
    assert "row 2" in told["problem"]
    assert len(told["claims"]) == 3


def test_places_days_and_words_are_there_for_the_form(shared: Home) -> None:
    ann = person(shared, "ann")
    place = get(ann, "claims/places", q="oldmill")[0]
    assert place["placed"]["name"] == "Oldmill"
    assert place["placed"]["span"][0] < 5_000 < place["placed"]["span"][1]
    typed = get(ann, "claims/places", q="km 2..3")[0]["placed"]
    assert typed["span"] == [2000, 3000]
    when = get(ann, "when", text="mid-April", published="2019-05-15")
    assert (when["is_understood"], when["first"][:7]) == (True, "2019-04")
    assert get(ann, "when", text="2019/..", published="2019-05-15")["last"] is None
    assert get(ann, "when", text="soonish", published="2019-05-15")["is_understood"] is False
    assert ann.get("/api/when", params={"text": "x"}).status_code == 400
    words = get(ann, "claims/words")
    seen = {one["value"]: one["is_visible"] for one in words["subjects"]}
    assert (seen["fence"], seen["camera"], seen["arrest"]) == (True, False, False)


def test_nobody_gets_in_without_a_session_or_from_another_page(shared: Home) -> None:
    nobody, keeper = web_client.stranger(shared), web_client.keeper(shared)
    for path in ("exhibits", "exhibits/x", "claims", "claims/x", "claims/along",
                 "claims/timeline", "claims/words", "claims/places?q=x",
                 "when?text=x&published=2019-01-01", "exhibits/x/picture"):  # fmt: skip
        assert nobody.get(f"/api/{path}").status_code == 401
    n_before = len(shared.project.rows(Claim))
    for path, body in (("claims/x", {"based_on": 0}), ("jobs", {"kind": "read"})):
        stolen = keeper.post(f"/api/{path}", json=body, headers={"Origin": "https://evil.example"})
        assert stolen.status_code == 403
    assert len(shared.project.rows(Claim)) == n_before
