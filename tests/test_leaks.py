"""Figure F9: whatever is planted where it must not leave from is in no published file."""

import base64
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import fields, replace

import pytest

from fake_book import fake_frontier
from planted import CODES, ON, photograph, planted_project
from told_rows import said, witness
from vallum import config
from vallum.evidence.canary import scan
from vallum.evidence.release import Telling
from vallum.evidence.sweep import sweep
from vallum.ground.errors import Stopped, WouldLeak
from vallum.ground.records import (
    Analyst,
    Claim,
    Disclosure,
    Exhibit,
    Level,
    Match,
    Release,
    Source,
)
from vallum.ground.saidkinds import ClaimStatus, Handling
from vallum.project import create
from vallum.report.publish import files_in
from vallum.steps import releasing, searching, telling


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A project full of canaries, and the canaries by where they are."""
    with planted_project(tmp_path_factory.mktemp("secretfolderzqv") / "border") as made:
        yield made


@pytest.fixture(scope="module")
def published(desk, tmp_path_factory):
    project, _ = desk
    folder = tmp_path_factory.mktemp("out") / "report"
    done = telling.publish(project, folder=folder, on=ON)
    return folder, done


# -- F9 -----------------------------------------------------------------------------------------


def test_of_more_than_fifty_canaries_none_is_in_any_published_file(desk, published):
    _, canaries = desk
    folder, _ = published
    assert len(set(canaries.values())) >= 50
    found = sweep(folder, canaries)
    assert found.leaks == ()
    assert found.unread == ()
    assert found.n_files >= 15
    some = dict(list(canaries.items())[::12])
    assert scan(folder, some).is_clean  # the slow search, which has nothing in common with it


def test_every_kind_of_row_that_stays_has_canaries(desk):
    _, canaries = desk
    for kind in ("Source", "Exhibit", "Claim", "Match", "Custody"):
        assert sum(label.startswith(f"{kind}.") for label in canaries) >= 2, kind


def test_what_may_be_told_is_told(published):
    folder, done = published
    told = (folder / "report.html").read_text("utf-8")
    assert "River Daily" in told
    assert "a person who worked at the border" in told
    assert any("2 claims told" in line and "withheld" in line for line in done.lines)


def test_what_is_told_is_remembered_and_publishing_again_changes_nothing(desk, published):
    project, _ = desk
    folder, _ = published
    remembered = project.rows(Disclosure)
    assert len(remembered) == 3
    assert {row.release for row in remembered} == {r.manifest_sha256 for r in project.rows(Release)}
    before = {name: (folder / name).read_bytes() for name in files_in(folder)}
    head = project.store.head()
    telling.publish(project, folder=folder, on=ON)
    assert {name: (folder / name).read_bytes() for name in files_in(folder)} == before
    assert project.store.head() == head


def test_a_claim_under_embargo_changes_neither_status_nor_any_other_word(desk):
    project, _ = desk
    told = releasing.told(project, Level.PUBLIC, ON).told
    paper = next(one for one in told if one.who.startswith("River Daily"))
    assert paper.status is ClaimStatus.NOT_OBSERVABLE
    desk_knows = {one.status for one in _weighed(project)}
    assert ClaimStatus.CONTRADICTED in desk_knows


def test_what_is_taken_in_and_may_not_be_told_changes_no_byte_of_a_publication(
    desk, published, tmp_path
):
    project, _ = desk
    folder, _ = published
    hidden = said(witness("n2c5v8b1m4k7j9hq", handling=Handling.RED), at=(3100, 3200))
    match = Match(claim=hidden.claim.id, about="nothing", relation="not_observable",
                  method="imagery", rationale="", by="vallum")  # fmt: skip
    with project.run("intake") as work:
        work.add(hidden.source, hidden.exhibit, hidden.claim, match)
        work.add(Analyst(name="Keeper Parkzqv", role="keeper"))
    telling.publish(project, folder=tmp_path / "report", on=ON)
    before = {name: (folder / name).read_bytes() for name in files_in(folder)}
    again = tmp_path / "report"
    assert {name: (again / name).read_bytes() for name in files_in(again)} == before


def _weighed(project):
    from vallum.steps.matching import weighed

    return weighed(project)


# -- and it would be found ------------------------------------------------------------------------

LEAKS = {
    "source code": lambda p: f"of {p.rows(Source)[0].code}.",
    "id of a claim": lambda p: p.rows(Claim)[0].id,
    "id of an exhibit": lambda p: next(r for r in p.rows(Exhibit) if r.role == "statement").id,
    "note": lambda p: p.rows(Claim)[0].note,
    "analyst": lambda p: "as Keeper Leezqv said",
    "login": lambda p: "by loginzqv",
    "sentence": lambda p: "they say the yellow lorry crossed beside our orchard wall at night",
    "folder": lambda p: str(p.root),
    "vault": lambda p: p.config.vault.folder,
    "url, in base64": lambda p: base64.b64encode(_paper(p).url.encode()).decode(),
    "title, in hex": lambda p: _paper(p).title.encode().hex(),
    "rights, wide": lambda p: _paper(p).rights.encode("utf-16-le").decode("latin-1"),
    "place": lambda p: "{0.x:.6f},{0.y:.6f}".format(p.frontier.point_at(1210.0)),
}


def _paper(project):
    return next(r for r in project.rows(Exhibit) if r.role == "statement" and r.url)


@pytest.fixture(scope="module")
def secrets(desk):
    project, _ = desk
    return searching.secrets_of(project, (), Level.PUBLIC)


@pytest.mark.parametrize("leak", LEAKS)
def test_the_search_finds_what_slipped_into_a_file(desk, secrets, tmp_path, leak):
    project, _ = desk
    text = LEAKS[leak](project).encode()
    (tmp_path / "clean.csv").write_bytes(b"km,what\n1,fence\n")
    assert sweep(tmp_path, secrets.needles, names=secrets.names, phrases=secrets.phrases).is_clean
    with zipfile.ZipFile(tmp_path / "map.kmz", "w") as archive:
        archive.writestr("doc.kml", b"<kml>" + text + b"</kml>")
    with closing(sqlite3.connect(tmp_path / "map.gpkg")) as database, database:
        database.execute("CREATE TABLE a (b TEXT)")
        database.execute("INSERT INTO a VALUES (?)", (text.decode(),))
    found = sweep(tmp_path, secrets.needles, names=secrets.names, phrases=secrets.phrases)
    assert {one.file.split()[0] for one in found.leaks} == {"map.kmz", "map.gpkg"}


def test_a_door_that_leaks_is_noticed_and_nothing_is_published(desk, tmp_path, monkeypatch):
    project, _ = desk
    text = LEAKS["id of a claim"](project)
    shut = telling.redact

    def ajar(rows, level):
        return [replace(r, credit=text) if r.kind() == "Scene" else r for r in shut(rows, level)]

    monkeypatch.setattr(telling, "redact", ajar)
    head = project.store.head()
    with pytest.raises(WouldLeak, match=r"images\.csv") as refused:
        telling.publish(project, folder=tmp_path / "report", on=ON)
    assert text not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
    assert project.store.head() == head


def test_a_release_that_tells_more_together_with_an_earlier_one_does_not_appear(
    desk, published, tmp_path
):
    project, _ = desk
    secret = next(row for row in project.rows(Claim) if row.exhibit in _of_witness(project)
                  and row.embargo_until is None)  # fmt: skip
    rejected = replace(secret, standing="rejected")
    with project.run("decide") as work:
        work.add(rejected)
    try:
        with pytest.raises(WouldLeak, match="laid over each other") as refused:
            telling.publish(project, folder=tmp_path / "report", on=ON)
        assert secret.id in str(refused.value)
        assert list(tmp_path.iterdir()) == []
    finally:
        with project.run("decide") as work:
            work.add(secret)


def _of_witness(project):
    (source,) = [row for row in project.rows(Source) if row.code == CODES[1]]
    return {row.id for row in project.rows(Exhibit) if row.source == source.id}


def test_a_picture_with_more_than_pixels_is_not_let_out(tmp_path):
    photograph(tmp_path / "chip.jpg")
    found = sweep(tmp_path, {})
    assert "more than pixels" in found.unread[0][1]


def test_a_folder_of_a_publication_is_searched_as_canary_scan_would(desk, published):
    _, canaries = desk
    folder, _ = published
    some = dict(list(canaries.items())[:3]) | {"there": "River Daily", "number": "124."}
    ours, theirs = sweep(folder, some), scan(folder, some)
    assert {one.needle for one in ours.leaks} == {one.needle for one in theirs.leaks} == {
        "there", "number"}  # fmt: skip
    assert ours.n_parts == theirs.n_parts


def test_words_that_vallum_prints_itself_stop_nothing(desk):
    project, _ = desk
    with project.run("people") as work:
        work.add(Analyst(name="border", role="analyst"))
    known = searching.secrets_of(project, (), Level.PUBLIC)
    assert "border" not in known.names.values()
    assert "Keeper Leezqv" in known.names.values()


def test_one_door_for_every_row_that_a_book_gets(desk, tmp_path, monkeypatch):
    project, _ = desk
    let_out, kept = set(), []
    shut = telling.redact

    def watched(rows, level):
        made = shut(rows, level)
        let_out.update(map(id, made))
        kept.append(made)  # so that no id is given twice
        return made

    def caught(book, folder, **more):
        for entry in fields(book):
            value = getattr(book, entry.name)
            for row in value if isinstance(value, tuple) else ():
                assert not hasattr(row, "NAMED_BY") or id(row) in let_out, entry.name
        raise Stopped("every row came through the door")

    monkeypatch.setattr(telling, "redact", watched)
    monkeypatch.setattr("vallum.report.publish.publish", caught)
    with pytest.raises(Stopped, match="through the door"):
        telling.publish(project, folder=tmp_path / "report", on=ON)
    assert len(let_out) > 100


def test_a_project_without_claims_remembers_nothing(tmp_path):
    settings = config.Config(
        name="Ford",
        border=config.Border(frontier="test-line", start_m=0, end_m=5000, left_m=9, right_m=9),
        dates=config.Dates(before="2019", after="2022"),
    )
    with create(tmp_path / "p", settings, fake_frontier(7.4)) as project:
        assert releasing.told(project, Level.PUBLIC, ON) == Telling()
        assert releasing.in_words(project, Telling()) == []


@pytest.mark.parametrize("n_after", range(3))
@pytest.mark.parametrize("n_before", range(4))
@pytest.mark.parametrize("sentence", ["A new wall at Ryong", "새 울타리 하나가 섰다"])
def test_a_sentence_in_base64_is_a_leak_only_if_all_of_it_is_there(
    tmp_path, n_before, n_after, sentence
) -> None:
    before, after = b"x" * n_before, b"y" * n_after
    whole = base64.b64encode(before + sentence.encode() + after)
    (tmp_path / "a.txt").write_bytes(b"data: " + whole + b" end")
    assert {leak.needle for leak in sweep(tmp_path, {"claim": sentence}).leaks} == {"claim"}
    other = base64.b64encode(before + b"1" + sentence.encode()[1:] + after)
    (tmp_path / "a.txt").write_bytes(b"data: " + other + b" end")
    assert sweep(tmp_path, {"claim": sentence}).is_clean
