"""Figure F9: whatever is planted where it must not leave from is in no published file."""

import base64
import hashlib
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import count
from typing import get_type_hints

import numpy as np
import pytest
from PIL import Image

from fake_book import fake_book, fake_frontier
from told_rows import newspaper, said, witness
from vallum import config, report
from vallum.evidence.canary import scan
from vallum.evidence.release import Telling
from vallum.evidence.sweep import sweep
from vallum.ground.errors import Stopped, WouldLeak
from vallum.ground.kinds import Answer
from vallum.ground.records import (
    Analyst,
    Claim,
    Custody,
    Disclosure,
    Exhibit,
    Level,
    Match,
    Release,
    Remark,
    Source,
    Verdict,
    field_notes,
)
from vallum.ground.saidkinds import ClaimStatus, Handling, Subject
from vallum.project import create
from vallum.report import files_in
from vallum.steps import releasing, searching, telling

ON = date(2025, 3, 14)
TEXT = (
    "SIMULATED. Every night the yellow lorry crossed beside our orchard wall, and my cousin "
    "counted the soldiers who carried new posts up the hill before the rain came again."
)
CODES = ("k7zq3mxw5tqe2ahv", "b4vd6rplzs7ycn2u", "h3wq5tkxm6ojg4fa")
_n = count(100)


def canary(word):
    """A text that is nowhere else."""
    return f"canary {next(_n)} {word} zqv"


def planted(row):
    """The row with a canary in every text that is not public, and those canaries."""
    hints, found, changes = get_type_hints(type(row)), {}, {}
    named = {*row.NAMED_BY, "described_as", "href", "reliability"}
    if isinstance(row, Source):
        named.add("name")
    for entry in fields(row):
        value = getattr(row, entry.name)
        is_free = field_notes(entry)[0] is not Level.PUBLIC and not entry.metadata.get("refers")
        is_text = hints[entry.name] is str and not isinstance(value, StrEnum)
        if is_free and is_text and entry.name not in named:
            text = canary(entry.name)
            changes[entry.name] = f"{next(_n):064x}" if "sha256" in entry.name else text
            found[f"{row.kind()}.{entry.name} {len(found)} {next(_n)}"] = changes[entry.name]
    return replace(row, **changes), found


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A project full of canaries, and the canaries by where they are."""
    patch = pytest.MonkeyPatch()
    patch.setenv("VALLUM_ACTOR", "loginzqv")
    root = tmp_path_factory.mktemp("secretfolderzqv") / "border"
    book = fake_book(7.4, is_simulated=True, n_chips=0)
    settings = config.Config(
        name="Ford",
        is_simulated=True,
        border=config.Border(frontier="test-line", start_m=0, end_m=7000, left_m=500, right_m=500),
        dates=config.Dates(before="2019", after="2022"),
        publish=config.Publish(n_chips=0),
        vault=config.Vaulted(folder="/home/someone/hidden-vault-zqv"),
    )
    with create(root, settings, fake_frontier(7.4)) as project:
        (root / "papers").mkdir()
        canaries = fill(project, book)
        yield project, canaries
    patch.undo()


def fill(project, book):
    """Put rows in, with a canary in each field of theirs that stays."""
    canaries = {
        "login": "loginzqv", "project folder": str(project.root),
        "vault folder": project.config.vault.folder,
    }  # fmt: skip
    rows = [*book.estimates, *book.findings, *book.candidates, *book.looks, *book.comparisons,
            *book.fits]  # fmt: skip
    for scene in book.scenes:
        rows.append(replace(scene, name=canary("picture"), copy_sha256=f"{next(_n):064x}", href=""))
        rows[-1] = replace(rows[-1], sha256=scene.sha256)
        canaries[f"scene {scene.sha256[0]}"] = rows[-1].name
        canaries[f"copy of scene {scene.sha256[0]}"] = rows[-1].copy_sha256
    for row in statements(project):
        full, found = planted(row)
        rows.append(full)
        canaries |= found | {f"id {row.kind()} {next(_n)}": row.id}
        canaries |= {f"{row.kind()}.{n} {next(_n)}": getattr(row, n) for n in row.NAMED_BY
                     if n in {"code", "sha256"}}  # fmt: skip
    verdict = Verdict(about=book.candidates[0].id, analyst="Reader Kimzqv", answer=Answer.YES)
    rows += [
        Verdict(about=one.about, analyst=name, answer=Answer.YES)
        for one in book.confirmed + book.standing
        for name in ("Reader Kimzqv", "Reader Songzqv")
    ]
    rows += [verdict, Analyst(name="Keeper Leezqv", role="keeper")]
    rows += [Remark(about=book.candidates[0].id, analyst="Reader Kimzqv", text=canary("remark"))]
    canaries |= {"analyst": "Reader Kimzqv", "keeper": "Keeper Leezqv", "remark": rows[-1].text}
    canaries["verdict"] = verdict.id
    canaries |= {f"sentence {k}": TEXT[k : k + 40] for k in (12, 40, 80)}
    canaries |= photograph(project.root / "papers" / "photograph.jpg")
    points = [project.frontier.point_at(at) for at in (1210.0, 5150.0)]
    canaries |= {f"place {p.x:.6f}": f"{p.x:.6f},{p.y:.6f}" for p in points}
    with project.run("fill") as work:
        work.add_all(rows)
    return canaries


def statements(project):
    """Claims that are told, and claims that are not, with all that belongs to them."""
    open_one, secret = newspaper(CODES[0], name="River Daily"), witness(CODES[1])
    silent = witness(CODES[2], handling=Handling.RED, reliability="A")
    (project.root / "papers" / "text.txt").write_text(TEXT)
    files = {"href": "papers/text.txt", "published": date(2024, 6, 2)}
    hashes = [hashlib.sha256(code.encode()).hexdigest() for code in (*CODES, "held")]
    quoted = {"start": 12, "end": 60, "subject": Subject.CHECKPOINT}
    kept = [
        said(open_one, at=(1200, 1220), sha256=hashes[0], paper=files, **quoted),
        said(secret, at=(1200, 1220), sha256=hashes[1], paper={"published": None}),
        said(secret, at=(5100, 5200), sha256=hashes[3], embargo_until=date(2030, 1, 1)),
        said(silent, at=(5100, 5200), sha256=hashes[2]),
    ]
    matches = [
        Match(claim=kept[0].claim.id, about=kept[3].claim.id, relation="contradicts",
              method="second_source", rationale="", by=""),
        Match(claim=kept[0].claim.id, about="nothing", relation="not_observable",
              method="imagery", rationale="", by=""),
    ]  # fmt: skip
    custody = Custody(subject=kept[1].exhibit.id, event="encryption",
                      at=datetime(2024, 1, 2, tzinfo=UTC), by="", vault_ref="")  # fmt: skip
    sources = {one.source.id: one.source for one in kept}
    return [*sources.values(), *(one.exhibit for one in kept), *(one.claim for one in kept),
            *matches, custody]  # fmt: skip


def photograph(path):
    """A photograph with canaries in its metadata."""
    found = {"camera": canary("camera"), "comment": canary("comment")}
    exif = Image.Exif()
    exif[0x0110], exif[0x9286] = found["camera"], found["comment"]
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path, exif=exif)
    return found


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
    monkeypatch.setattr(report, "publish", caught)
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


@pytest.mark.parametrize("n_before", range(4))
@pytest.mark.parametrize("sentence", ["A new wall at Ryong", "새 울타리 하나가 섰다"])
def test_a_sentence_in_base64_is_a_leak_only_if_all_of_it_is_there(
    tmp_path, n_before, sentence
) -> None:
    before, after = b"x" * n_before, b" was built"
    whole = base64.b64encode(before + sentence.encode() + after)
    (tmp_path / "a.txt").write_bytes(b"data: " + whole + b" end")
    assert {leak.needle for leak in sweep(tmp_path, {"claim": sentence}).leaks} == {"claim"}
    other = base64.b64encode(before + b"1" + sentence.encode()[1:] + after)
    (tmp_path / "a.txt").write_bytes(b"data: " + other + b" end")
    assert sweep(tmp_path, {"claim": sentence}).is_clean
