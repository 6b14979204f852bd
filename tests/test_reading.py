"""`read` works on a file, standard input or the text itself, and on the exhibits of a project."""

import io
import json
from dataclasses import replace
from datetime import date

import pytest

import small_claims
from vallum.ground.errors import BadDate, BadInput, BadLine, BadSetting, TooLarge
from vallum.ground.records import Claim, Source
from vallum.ground.saidkinds import Precision, Risk, Scope, Standing, Voice
from vallum.steps import claiming, giventext, reading
from vallum.steps.reading import land_of, own_places, read, read_in

TEXT = (
    "Soldiers built 12 km of fence near Hoeryong last month, a source in China told Border Post.\n"
    "They will build guard posts between Uiju and Sinuiju, and a wall at Nowhereville.\n"
)


def test_a_file_gives_a_list_of_claims(tmp_path):
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    done = read(path, published="2019-05-15")
    rows = json.loads(json.dumps(done.to_json()))
    assert [row["kind"] for row in rows] == ["fence", "guard_post", "wall"]
    first = rows[0]
    assert TEXT[first["start"] : first["end"]] == "12 km of fence"
    assert first["quantity"] == {
        "min": 12.0, "max": 12.0, "unit": "km", "qualifier": "", "as_stated": "12 km",
    }  # fmt: skip
    assert (first["date"]["first"], first["date"]["last"]) == ("2019-04-01", "2019-04-30")
    assert first["date"]["expression"] == "last month"
    assert first["attribution"] == "a source in China"
    assert first["access"] == "direct"
    assert first["published"] == "2019-05-15"
    assert done.exit_code == 0
    assert done.facts["n_claims"] == 3


def test_places_have_chainage_and_what_is_unknown_has_none():
    rows = read(TEXT, published="2019-05-15").to_json()
    hoeryong, posts, wall = rows
    assert hoeryong["span"] == hoeryong["places"][0]["span"]
    first, last = hoeryong["span"]
    assert 10_000 < last - first < 40_000
    sinuiju = next(one for one in posts["places"] if one["name"] == "Sinuiju")
    assert posts["span"][0] <= sinuiju["span"][0] < sinuiju["span"][1] <= posts["span"][1]
    assert posts["span"][1] < first
    assert wall["span"] is None
    assert wall["places"][0]["precision"] == "unplaced"


def test_a_river_is_the_part_of_the_line_that_it_makes_and_the_border_all_of_it():
    text = "A wall was built along the Tumen River. Cameras stand along the entire border."
    wall, cameras = read(text, published="2019-05-15").to_json()
    assert wall["places"][0]["name"] == "Tuman / Tumen"
    assert 500_000 < wall["span"][1] - wall["span"][0] < 700_000
    assert cameras["span"][0] == 0
    assert cameras["span"][1] > wall["span"][1] - 2


def test_other_borders_are_known_by_their_towns_or_named():
    row = read("A wall was built near Kilis.", published="2019-05-15").to_json()[0]
    assert (row["frontier"], row["places"][0]["country"]) == ("tur-syr", "TR")
    assert row["places"][0]["near"] is True
    text = "A fence stands in San Luis."
    (row,) = read(text, published="2019-05-15", frontier="usa-mex").to_json()
    assert row["span"] is None
    assert row["places"][0]["rivals"] == ["San Luis"]
    with pytest.raises(BadLine):
        read(text, published="2019-05-15", frontier="nowhere")


def test_every_claim_has_the_fields_that_others_rely_on():
    for row in read(TEXT, published="2019-05-15").to_json():
        assert {
            "start", "end", "kind", "change", "modality", "quantity", "place", "span", "date",
            "attribution", "access",
        } <= set(row)  # fmt: skip
        if row["date"]:
            assert {"first", "last", "expression"} <= set(row["date"])


def test_a_page_is_read_by_its_ending(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(f"<body><nav>wall in Musan</nav><p>{TEXT}</p></body>", encoding="utf-8")
    rows = read(path, published=date(2019, 5, 15)).to_json()
    assert [row["kind"] for row in rows] == ["fence", "guard_post", "wall"]
    assert path.read_text("utf-8")[rows[0]["start"] : rows[0]["end"]] == "12 km of fence"


def test_standard_input_and_old_encodings_are_read(monkeypatch):
    class Input:
        buffer = io.BytesIO("A wall stands in Musan \x96 “finished”.".encode("cp1252", "replace"))

    monkeypatch.setattr(giventext.sys, "stdin", Input)
    assert [c.kind for c in read("-", published="2019-05-15").claims] == ["wall"]


def test_lines_say_what_where_when_and_who():
    lines = "\n".join(read(TEXT, published="2019-05-15").lines)
    assert "fence, completed, 12 km" in lines
    assert "last month = 2019-04; says a source in China (direct)" in lines
    assert "3 claims in text, published 2019-05-15" in lines


def test_bad_input_is_refused_with_a_way_out(tmp_path, monkeypatch):
    binary = tmp_path / "x.txt"
    binary.write_bytes(b"a\0b")
    with pytest.raises(BadInput, match="no text"):
        read(binary, published="2019-05-15")
    with pytest.raises(BadInput, match="no such file"):
        read("missing.txt", published="2019-05-15")
    with pytest.raises(BadDate, match="no single day"):
        read(TEXT, published="2019-05")
    with pytest.raises(BadDate):
        read(TEXT, published="last May")
    monkeypatch.setattr(giventext, "_MOST_BYTES", 10)
    binary.write_text(TEXT, encoding="utf-8")
    with pytest.raises(TooLarge):
        read(binary, published="2019-05-15")


@pytest.mark.real
def test_the_articles_are_read_in_file_mode(shared_data):
    folder = shared_data / "articles"
    told = read(folder / "dailynk-5g-checkpoints.txt", published="2020-05-06").to_json()
    modality = {(row["place"], row["modality"]) for row in told if row["kind"] == "checkpoint"}
    assert {("Dandong", "completed"), ("Tonghua", "planned"), ("Dandong", "no_public_reports")} <= (
        modality
    )
    (arrest,) = [row for row in told if row["kind"] == "arrest" and row["modality"] == "completed"]
    assert arrest["place"] == "Hushan Great Wall; Donggang"
    assert (arrest["date"]["first"], arrest["date"]["last"]) == ("2020-04-11", "2020-04-20")


# -- in a project -----------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    with small_claims.make(tmp_path / "p") as project:
        yield project


def test_proposals_stand_on_the_frontier_with_dates_and_a_wording_of_the_desk(project):
    done = read_in(project)
    assert done.facts == {"exhibits": 2, "proposed": 5, "withdrawn": 0}
    claims = small_claims.of(project, small_claims.article(project))
    fence = claims["fence"]
    assert fence.standing is Standing.PROPOSED
    assert fence.proposed_by.startswith("vallum reader")
    assert small_claims.ARTICLE[fence.start : fence.end] == "12 km of fence"
    assert fence.statement == "fence, new, completed, 12 km, near Hoeryong, 2019-04"
    assert fence.places[0].is_near
    assert fence.dates[0].expression == "last month"
    assert fence.whens[0].earliest == date(2019, 4, 1)
    assert claims["guard_post"].places[0].precision is Precision.SECTION
    assert claims["guard_post"].dates[0].first is None
    assert claims["wall"].spans.length_m == 0
    assert all(row.is_simulated for row in project.rows(Claim))
    assert project.store.verify()


def test_reading_again_adds_nothing(project):
    read_in(project)
    head = project.store.head()
    read_in(project)
    assert project.store.head() == head


def test_only_the_named_exhibits_are_read(project):
    exhibit = small_claims.article(project)
    assert read_in(project, [exhibit.id]).facts["exhibits"] == 1
    assert {row.exhibit for row in project.rows(Claim)} == {exhibit.id}
    with pytest.raises(BadInput, match="no exhibit"):
        read_in(project, ["exhibit-none"])


def test_no_words_of_a_protected_source_come_into_the_ledger(project):
    read_in(project)
    hidden = small_claims.of(project, small_claims.testimony(project))
    assert hidden["watchtower"].attribution == "the source"
    assert hidden["gate"].attribution == "someone else"
    assert hidden["watchtower"].dates[0].edtf == "2019-04"
    ledger = "\n".join(entry.body for entry in project.store.entries())
    for words in ("aunt", "Parkville", "three watchtowers", "I saw"):
        assert words not in ledger


@pytest.mark.parametrize("voice", [Voice.PERSON, Voice.ACCOUNT])
def test_no_words_of_a_person_at_low_risk_either(project, voice):
    text = (
        "SIMULATED. My cousin Kim Chol-su told me that a fence was completed near Hoeryong in "
        "early April 2019. A border guard of unit 33 said that a wall was built at Parkville."
    )
    source = Source(
        code="low", voice=voice, risk=Risk.LOW, consent=(Scope.RETAIN, Scope.ANALYSE),
        consent_given=date(2019, 5, 20),
    )  # fmt: skip
    paper = small_claims.paper(project, "d", text, source=source.id)
    with project.run("intake") as work:
        work.add(source, paper)
    read_in(project)
    fence = small_claims.of(project, paper)["fence"]
    assert fence.attribution == "someone else"
    assert fence.places[0].name == "Hoeryong"
    ledger = "\n".join(entry.body for entry in project.store.entries())
    for words in ("Chol-su", "cousin", "unit 33", "early April", "Parkville"):
        assert words not in ledger


def test_what_was_given_to_be_kept_alone_is_not_read(project):
    kept = Source(
        code="kept", voice=Voice.PERSON, risk=Risk.LOW, consent=(Scope.RETAIN,),
        consent_given=date(2019, 5, 20),
    )  # fmt: skip
    press = Source(code="press", voice=Voice.PUBLISHER, risk=Risk.LOW)
    of_kept = small_claims.paper(project, "d", small_claims.ARTICLE, source=kept.id)
    of_press = small_claims.paper(project, "e", small_claims.ARTICLE, source=press.id)
    lost = small_claims.paper(project, "f", small_claims.ARTICLE, source="source-lost")
    with project.run("intake") as work:
        work.add(kept, press, of_kept, of_press, lost)
    done = read_in(project, [of_kept.id, of_press.id, lost.id])
    assert {row.exhibit for row in project.rows(Claim)} == {of_press.id}
    assert done.exit_code == 3
    assert any("has not agreed to this: analyse" in line for line in done.blocked)
    assert any("not in the register" in line for line in done.blocked)


def test_an_exhibit_whose_source_is_not_known_is_protected(project):
    exhibit, sources = small_claims.article(project), project.rows(Source)
    assert not reading.is_protected(exhibit, sources)
    assert reading.is_protected(replace(exhibit, source="source-lost"), sources)
    low = replace(sources[0], risk=Risk.LOW)
    assert not reading.is_protected(replace(exhibit, source=low.code), [low])


def test_what_a_person_decided_is_never_proposed_over(project):
    read_in(project)
    fence = small_claims.of(project, small_claims.article(project))["fence"]
    why = "it was seen by nobody else"
    claiming.decide(project, fence.id, standing="rejected", by="Ada", note=why)
    head = project.store.head()
    read_in(project)
    assert project.store.head() == head
    row = small_claims.of(project, small_claims.article(project))["fence"]
    assert (row.standing, row.approved_by) == (Standing.REJECTED, "Ada")


def test_words_about_which_a_person_decided_are_not_proposed_a_second_time(project):
    exhibit = small_claims.article(project)
    at = small_claims.ARTICLE.index("fence near")
    typed = claiming.propose(
        project, exhibit, by="Ada", subject="fence", modality="completed", start=at, end=at + 5
    )
    read_in(project)
    fences = [row for row in project.rows(Claim) if row.subject == "fence"]
    assert [row.id for row in fences] == [typed.id]


def test_untouched_proposals_that_vanish_are_rejected_by_vallum_and_come_back(project):
    read_in(project)
    exhibit = small_claims.article(project)
    kept = small_claims.of(project, exhibit)["guard_post"]
    claiming.decide(project, kept.id, standing="approved", by="Ada")
    path = project.root / exhibit.href
    path.write_text("SIMULATED. Nothing stands at the border.\n", encoding="utf-8")
    done = read_in(project)
    claims = small_claims.of(project, exhibit)
    assert done.facts["withdrawn"] == 2
    assert (claims["fence"].standing, claims["fence"].approved_by) == (Standing.REJECTED, "vallum")
    assert "no longer" in claims["fence"].note
    assert claims["guard_post"].standing is Standing.APPROVED
    head = project.store.head()
    read_in(project)
    assert project.store.head() == head
    path.write_text(small_claims.ARTICLE, encoding="utf-8", newline="\n")
    read_in(project)
    assert small_claims.of(project, exhibit)["fence"].standing is Standing.PROPOSED


def test_without_a_day_or_a_working_copy_an_exhibit_is_blocked_and_the_others_are_read(project):
    undated = small_claims.paper(project, "c", small_claims.ARTICLE, published=None)
    with project.run("intake") as work:
        work.add(undated)
    (project.root / small_claims.testimony(project).href).unlink()
    done = read_in(project)
    assert done.exit_code == 3
    assert done.facts["exhibits"] == 1
    assert any("no day of publication" in line for line in done.blocked)
    assert not any(row.exhibit == undated.id for row in project.rows(Claim))


def test_places_of_the_project_are_known_and_wrong_rows_are_named(project):
    table = project.root / "places.csv"
    table.write_text("name,other,lon,lat,country,within_m\nNowhereville,,129.7,42.4,KP,300\n")
    read_in(project)
    wall = small_claims.of(project, small_claims.article(project))["wall"]
    assert wall.places[0].country == "KP"
    assert wall.spans.length_m > 0
    assert own_places(table)[0].within_m == 300
    for bad in ("X,,east,42", ",,129,42", "X,,500,42", "X,,129"):
        table.write_text(f"name,other,lon,lat\n{bad}\n")
        with pytest.raises(BadSetting, match="row 2"):
            land_of(project)
