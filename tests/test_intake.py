"""What comes in: originals into the vault, working copies that harm nobody, rows that can stay."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from small_papers import CANARY, PAGE, TOLD, handover, pdf, photo, warc
from small_vault import Desk, bare_project, new_desk
from vallum.commands.taking import intake as command
from vallum.evidence import courier
from vallum.evidence import handover as form
from vallum.ground.errors import (
    BadInput,
    BadSetting,
    NotAllowed,
    NotOpened,
    NotThere,
)
from vallum.ground.records import Custody, Exhibit, Source
from vallum.ground.saidkinds import Event, Handling, Paper, Part, Risk, Scope, Voice
from vallum.steps.papers import picture_of, text_lies, text_of
from vallum.steps.sources import source_add
from vallum.steps.taking import intake
from vallum.steps.vaulting import kept, unlocked, vault_check, vault_rotate
from vallum.steps.withdrawing import withdraw

WORDS = f"A fence of 3 km was built near Musan in April 2021. {CANARY}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with an empty vault."""
    made = new_desk(tmp_path)
    yield made
    made.project.close()


@pytest.fixture(autouse=True)
def fast(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open in this process."""
    if "slow" not in request.fixturenames:
        monkeypatch.setattr(
            courier.foreign, "call", lambda job, arguments, **_: courier._run_here(**arguments)
        )


@pytest.fixture
def slow() -> None:
    """Open in the limited process."""


def publisher(desk: Desk) -> str:
    return source_add(desk.project, voice="publisher", name="The paper")[0].code


def person(desk: Desk, risk: str = "extreme", **more: object) -> str:
    """Somebody who agreed that it is kept."""
    source, _ = source_add(
        desk.project, voice="person", risk=risk, consent=("retain", "analyse"), **more
    )
    return source.code


def exhibits(desk: Desk) -> list[Exhibit]:
    return [row for row in desk.project.rows(Exhibit) if row.role == "statement"]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def every_byte_under(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


def about(desk: Desk, exhibit: Exhibit) -> dict[str, object]:
    """What the vault knows of an exhibit beside its bytes."""
    (name,) = (
        row.vault_ref
        for row in desk.project.rows(Custody)
        if row.subject == exhibit.id and row.outcome.startswith("salt")
    )
    return json.loads(unlocked(desk.project, name, desk.keys[1]))


@pytest.mark.usefixtures("slow")
def test_a_report_is_locked_in_untouched_and_can_be_read(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "page.html", PAGE)
    done = intake(
        desk.project, [path], source=publisher(desk), url="https://example.org/fence",
        rights="The paper", received="2021-06-01",
    )  # fmt: skip
    (row,) = exhibits(desk)
    assert done.exit_code == 0
    assert done.facts["n_added"] == 1
    assert done.next == f"vallum read {row.id}"
    assert path.read_text() == PAGE
    assert unlocked(desk.project, row.vault_ref, desk.keys[0]) == PAGE.encode()
    assert row.sha256 == hashlib.sha256(PAGE.encode()).hexdigest()
    assert (row.paper, row.part, row.role) == (Paper.ARTICLE, Part.EVIDENTIARY, "statement")
    assert (row.name, row.title) == ("page.html", "Second fence at Musan")
    assert (row.published, row.received) == (date(2021, 5, 15), date(2021, 6, 1))
    assert row.url == "https://example.org/fence"
    assert (row.handling, row.is_simulated) == (Handling.CLEAR, True)
    assert "second fence of three kilometres" in text_of(desk.project, row)
    assert any("does not crawl" in line for line in done.lines)
    assert any("as the page says: check it" in line for line in done.lines)
    copy = desk.root / row.href
    assert copy.stat().st_mode & 0o077 == 0
    assert copy.stat().st_mtime == 0
    assert copy.read_text() == text_of(desk.project, row.id)
    assert vault_check(desk.project, desk.keys[1:2]).exit_code == 0


def test_custody_is_on_the_ledger_with_the_exhibit(desk, tmp_path) -> None:
    intake(desk.project, [written(tmp_path / "in", "a.txt", WORDS)], source=publisher(desk))
    (row,) = exhibits(desk)
    told = [one for one in desk.project.rows(Custody) if one.subject == row.id]
    assert {one.event for one in told} == {
        Event.CAPTURE, Event.INGESTION, Event.DIGEST, Event.ENCRYPTION, Event.METADATA,
    }  # fmt: skip
    assert {one.vault_ref for one in told if one.vault_ref} == {
        one.name for one in kept(desk.project)
    }
    salt = bytes.fromhex(str(about(desk, row)["salt"]))
    assert len(salt) == 32
    assert row.commitment == hashlib.sha256(salt + bytes.fromhex(row.sha256)).hexdigest()
    assert row.sha256 != row.commitment


def test_the_same_file_twice_adds_nothing_and_says_so(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    copy = written(tmp_path / "in", "b.txt", WORDS)
    done = intake(desk.project, [path, copy], source=publisher(desk))
    assert (done.facts["n_added"], done.facts["n_known"]) == (1, 1)
    before, files = desk.project.store.head(), {*desk.vault.folder.iterdir()}
    done = intake(desk.project, [path], source=exhibits(desk)[0].source)
    assert done.n_added == 0
    assert "already here as exhibit-" in done.lines[0]
    assert {*desk.vault.folder.iterdir()} == files
    assert desk.project.store.head() == before
    assert done.lines[-1] == "0 exhibits added, 1 was here already"


def test_of_a_hidden_paper_neither_hash_nor_size_is_in_the_project(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    done = intake(desk.project, [path], source=person(desk))
    (row,) = exhibits(desk)
    sha256 = hashlib.sha256(WORDS.encode()).hexdigest()
    told = about(desk, row)
    assert (told["sha256"], told["n_bytes"]) == (sha256, len(WORDS.encode()))
    salt = bytes.fromhex(str(told["salt"]))
    assert row.sha256 == row.commitment == hashlib.sha256(salt + bytes.fromhex(sha256)).hexdigest()
    assert row.n_bytes == 0
    assert {one.vault_bytes for one in desk.project.rows(Custody) if one.subject == row.id} == {0}
    assert done.lines[1] == "1 exhibit added, 0 were here already"
    plain = Exhibit(sha256=sha256, name="", media_type="", role="").id
    desk.project.close()
    open_bytes = every_byte_under(desk.root)
    desk.again()
    assert sha256.encode() not in open_bytes
    assert plain.encode() not in open_bytes
    assert unlocked(desk.project, row.vault_ref, desk.keys[0]) == WORDS.encode()
    new = [key.recipient for key in desk.keys]
    assert vault_rotate(desk.project, new, desk.keys[:1]).exit_code == 0
    assert {one.vault_bytes for one in desk.project.rows(Custody) if one.subject == row.id} == {0}
    assert vault_check(desk.project, desk.keys[2:]).exit_code == 0


def test_that_a_hidden_paper_came_in_before_is_seen_with_a_key_alone(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    copy = written(tmp_path / "in", "b.txt", WORDS)
    code = person(desk)
    assert intake(desk.project, [path, copy], source=code).facts["n_added"] == 1, "in one go"
    done = intake(desk.project, [path], source=code, keys=desk.keys[1:2])
    assert (done.facts["n_added"], done.facts["n_known"]) == (0, 1)
    done = intake(desk.project, [path], source=code, keys=desk.keys[2:])
    assert done.facts["n_added"] == 1, "this key opens nothing"
    done = intake(desk.project, [path], source=code)
    assert done.facts["n_added"] == 1
    assert any("--key FILE looks there first" in line for line in done.lines)


def test_of_two_sources_that_gave_one_file_each_keeps_its_own(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    first, second, hidden = person(desk, "low"), person(desk, "low"), person(desk)
    for code in (first, second, second, hidden):
        done = intake(desk.project, [path], source=code)
    one, two, three = exhibits(desk)
    assert (two.derived_from, two.derived_how) == (one.id, "republishes"), "it counts once"
    assert two.source != one.source
    assert three.derived_from == "", "that they gave the same file would give them away"
    assert any("--origin" in line for line in done.lines)
    withdraw(desk.project, first, why="the source asked for it", yes=True)
    assert text_of(desk.project, two) == WORDS
    assert text_of(desk.project, three, desk.keys[0]) == WORDS
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


def test_a_translation_of_a_hidden_paper_does_not_lie_open(desk, tmp_path) -> None:
    code = person(desk)
    intake(desk.project, [written(tmp_path / "in", "a.txt", WORDS)], source=code)
    (row,) = exhibits(desk)
    other = written(tmp_path / "in", "b.txt", "SIMULATED, in English")
    terms = {"derived_from": row.id, "derived_how": "translation_of"}
    with pytest.raises(BadSetting, match="source of the original"):
        intake(desk.project, [other], source=publisher(desk), **terms)
    intake(desk.project, [other], source=code, **terms)
    assert exhibits(desk)[1].href == ""


@pytest.mark.parametrize("field", ["title", "rights"])
def test_a_contact_in_a_heading_is_refused(desk, tmp_path, field) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    with pytest.raises(BadInput, match=f"{field}: .*telephone"):
        intake(desk.project, [path], source=person(desk, "low"), **{field: "+86 138 1234 5678"})
    assert not exhibits(desk)
    assert desk.vault.names == ()


def test_a_pipe_is_left_out_of_a_folder_and_refused_alone(desk, tmp_path) -> None:
    folder = tmp_path / "in"
    written(folder, "a.txt", WORDS)
    os.mkfifo(folder / "b.txt")
    done = intake(desk.project, [folder], source=publisher(desk))
    assert (done.facts["n_added"], done.facts["n_files"]) == (1, 1)
    with pytest.raises(BadSetting, match="neither a file nor a folder"):
        intake(desk.project, [folder / "b.txt"], source=publisher(desk))


def test_of_a_protected_source_nothing_lies_outside_the_vault(desk, tmp_path) -> None:
    files = [
        written(tmp_path / "in", f"{CANARY}.txt", WORDS),
        written(tmp_path / "in", f"{CANARY}.jpg", photo()),
    ]
    done = intake(
        desk.project, files, source=person(desk), title=CANARY, url=f"https://x.example/{CANARY}",
        rights=CANARY,
    )  # fmt: skip
    text, picture = exhibits(desk)
    for row in (text, picture):
        assert (row.name, row.title, row.url, row.rights, row.href) == ("", "", "", "", "")
    desk.project.close()
    assert CANARY.encode() not in every_byte_under(desk.root)
    assert CANARY.encode() not in every_byte_under(desk.vault.folder)
    desk.again()
    assert CANARY not in json.dumps(done.to_json())
    assert not (desk.root / "papers").exists()
    assert text_lies(desk.project, text) == "locked"
    assert text_of(desk.project, text, desk.keys[0]) == WORDS
    with pytest.raises(NotOpened, match="lies in the vault"):
        text_of(desk.project, text)
    with pytest.raises(NotOpened):
        text_of(desk.project, text, desk.keys[2])
    assert picture_of(desk.project, picture, desk.keys[1]).startswith(b"\x89PNG")
    assert about(desk, picture)["name"] == f"{CANARY}.jpg"


def test_red_handling_hides_a_publisher_too(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "draft.txt", WORDS)
    intake(desk.project, [path], source=publisher(desk), handling="red")
    (row,) = exhibits(desk)
    assert (row.handling, row.href, row.name) == (Handling.RED, "", "")


def test_the_position_of_a_camera_is_in_the_vault_alone(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "photo.jpg", photo())
    low = person(desk, "low")
    intake(desk.project, [path], source=low)
    (row,) = exhibits(desk)
    assert (row.paper, row.captured) == (Paper.PHOTO, "2021-04-17")
    assert "metadata" in row.captured_basis
    assert row.name == "", "a person's file may be named after them"
    assert about(desk, row)["camera"] == pytest.approx([42.225, 129.2])
    assert about(desk, row)["captured"] == "2021-04-17T06:31:20"
    desk.project.close()
    open_bytes = every_byte_under(desk.root)
    desk.again()
    for leak in (b"42.22", b"129.2", b"06:31:20", CANARY.encode()):
        assert leak not in open_bytes
    assert unlocked(desk.project, row.vault_ref, desk.keys[0]) == photo()
    other = written(tmp_path / "in", "other.jpg", photo(seed=4))
    intake(desk.project, [other], source=person(desk))
    assert exhibits(desk)[1].captured == "2021-04", "of protected sources the month alone"


def test_a_video_is_kept_without_a_working_copy(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "clip.mp4", b"\0\0\0\x18ftypisom" + bytes(4000))
    done = intake(desk.project, [path], source=publisher(desk))
    (row,) = exhibits(desk)
    assert (row.paper, row.href) == (Paper.VIDEO, "")
    assert any("without a working copy" in line for line in done.lines)
    with pytest.raises(NotThere, match="no working text"):
        text_of(desk.project, row, desk.keys[0])
    assert text_lies(desk.project, row) == "none"


def test_one_bad_file_blocks_itself_only(desk, tmp_path) -> None:
    folder = tmp_path / "in"
    written(folder, "a.txt", WORDS)
    written(folder, "b.pdf", pdf("x")[:50])
    written(folder, "c.jpg", photo()[:300])
    written(folder, "d.txt", "")
    written(folder, "e.txt", "A wall stands at Hyesan.")
    written(folder, ".DS_Store", "x")
    written(folder, "page.html", PAGE)
    (folder / "page_files").mkdir()
    written(folder / "page_files", "x.css", "p {}")
    (folder / "link.txt").symlink_to(desk.root / "vallum.toml")
    done = intake(desk.project, [folder], source=publisher(desk))
    assert done.exit_code == 3
    told = [line.split(":")[0] for line in done.blocked]
    assert told == ["b.pdf", "c.jpg", "d.txt", "link.txt"]
    assert all("nothing was taken" in line for line in done.blocked)
    assert [row.name for row in exhibits(desk)] == ["a.txt", "e.txt", "page.html"]
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0
    assert [one["ok"] for one in done.facts["files"]] == [
        True,
        False,
        False,
        False,
        True,
        False,
        True,
    ]


def test_a_crash_leaves_an_encrypted_file_that_the_drill_calls_unknown(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    code = publisher(desk)
    desk.project.close()
    script = f"""
import os, signal, sys
from pathlib import Path
from vallum.project import open_project
from vallum.steps import lodging
from vallum.steps.taking import intake
lodging.Batch.settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
intake(open_project(Path({str(desk.root)!r})), [{str(path)!r}], source={code!r})
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    desk.again()
    assert not exhibits(desk)
    assert not (desk.root / "papers").exists()
    assert CANARY.encode() not in every_byte_under(desk.vault.folder)
    drill = vault_check(desk.project, desk.keys[1:2])
    assert drill.exit_code == 3
    assert len(drill.facts["wrong"]) == 2, "the original and its salt"
    assert all(one["what"].startswith("unknown") for one in drill.facts["wrong"])
    assert intake(desk.project, [path], source=code).facts["n_added"] == 1


def test_a_step_that_fails_before_its_rows_takes_its_files_back(
    desk, tmp_path, monkeypatch
) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    code = publisher(desk)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "no room left")

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.project.store), "add", full)
        with pytest.raises(OSError, match="no room"):
            intake(desk.project, [path], source=code)
    assert desk.vault.names == ()
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


def test_a_working_copy_that_is_gone_is_made_again(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    code = publisher(desk)
    intake(desk.project, [path], source=code)
    (row,) = exhibits(desk)
    (desk.root / row.href).unlink()
    with pytest.raises(NotThere, match="take the file in again"):
        text_of(desk.project, row)
    done = intake(desk.project, [path], source=code)
    assert "made again" in done.lines[0]
    assert text_of(desk.project, row) == WORDS


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"consent": ()}, "has not agreed"),
        ({"consent": (Scope.ANALYSE,)}, "has not agreed"),
        ({"consent_withdrawn": date(2020, 1, 1)}, "withdrawn"),
        ({"consent_expires": date(2020, 1, 1)}, "ended"),
    ],
    ids=["none", "other", "withdrawn", "expired"],
)
def test_without_consent_nothing_is_kept(desk, tmp_path, changes, why) -> None:
    code = person(desk, consent_given=date(2019, 1, 1))
    source = next(row for row in desk.project.rows(Source) if row.code == code)
    with desk.project.run("test") as work:
        work.add(replace(source, **changes))
    path = written(tmp_path / "in", "a.txt", WORDS)
    with pytest.raises(NotAllowed, match=why) as caught:
        intake(desk.project, [path], source=code)
    assert "vallum source change" in str(caught.value)
    assert desk.vault.names == ()


def test_for_publishers_publication_is_enough(desk, tmp_path) -> None:
    with desk.project.run("test") as work:
        work.add(Source(code="abc", voice=Voice.PUBLISHER, name="The paper", risk=Risk.LOW))
    path = written(tmp_path / "in", "a.txt", WORDS)
    assert intake(desk.project, [path], source="abc").facts["n_added"] == 1


def test_what_a_source_took_back_does_not_come_in_again(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    code = person(desk, "low")
    intake(desk.project, [path], source=code)
    withdraw(desk.project, code, why="the source asked for it", yes=True)
    done = intake(desk.project, [path], source=publisher(desk))
    assert "took back" in done.blocked[0]
    assert done.exit_code == 3
    assert desk.vault.names == ()


def test_the_stricter_handling_and_the_longer_embargo_hold(desk, tmp_path) -> None:
    code = publisher(desk)
    first = written(tmp_path / "in", "a.txt", WORDS)
    intake(desk.project, [first], source=code, handling="amber", embargo_until="2030-02-01")
    (row,) = exhibits(desk)
    assert (row.handling, row.embargo_until) == (Handling.AMBER, date(2030, 2, 1))
    second = written(tmp_path / "in", "b.txt", "번역")
    intake(
        desk.project, [second], source=code, handling="clear", embargo_until="2029-01-01",
        derived_from=row.id, derived_how="translation_of", language="KO",
    )  # fmt: skip
    other = exhibits(desk)[1]
    assert (other.derived_from, other.derived_how) == (row.id, "translation_of")
    assert (other.handling, other.embargo_until) == (Handling.AMBER, date(2030, 2, 1))
    assert other.language == "ko"
    third = written(tmp_path / "in", "c.txt", "printed again")
    intake(desk.project, [third], source=code, derived_from=row.id, derived_how="republishes")
    assert exhibits(desk)[2].handling is Handling.CLEAR, "it was published by somebody else"


def test_pages_of_an_archive_rest_on_it(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.warc.gz", warc([("https://example.org/fence", PAGE)]))
    done = intake(desk.project, [path], source=publisher(desk), how="import")
    archive, page = exhibits(desk)
    assert (archive.paper, page.paper) == (Paper.ARCHIVE, Paper.ARTICLE)
    assert (page.derived_from, page.derived_how) == (archive.id, "part_of")
    assert page.url == "https://example.org/fence"
    assert unlocked(desk.project, page.vault_ref, desk.keys[0]) == PAGE.encode()
    assert "second fence" in text_of(desk.project, page)
    captures = {
        one.outcome for one in desk.project.rows(Custody)
        if one.subject == page.id and one.event is Event.CAPTURE
    }  # fmt: skip
    assert captures == {"received, import, fetched by another tool at 2021-05-20T10:11:12+00:00"}
    assert any(line.endswith("with 1 page") for line in done.lines)


def test_posts_of_people_keep_their_addresses_in_the_vault(desk, tmp_path) -> None:
    table = "link,archive status,text content,upload title\n"
    table += f"https://social.example/{CANARY},success,A second fence stands.,{CANARY}\n"
    path = written(tmp_path / "in", "export.csv", table)
    source, _ = source_add(desk.project, voice="account", risk="low", consent=("retain",))
    intake(desk.project, [path], source=source.code)
    _, post = exhibits(desk)
    assert (post.url, post.title, post.name, post.how) == ("", "", "", "auto_archiver")
    assert text_of(desk.project, post) == "A second fence stands."
    assert about(desk, post)["url"] == f"https://social.example/{CANARY}"
    desk.project.close()
    assert CANARY.encode() not in every_byte_under(desk.root)
    desk.again()


def test_what_was_typed_wrong_stops_before_anything_is_taken(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    code = publisher(desk)
    wrong = [
        ({"source": ""}, BadSetting, "vallum source add"),
        ({"source": "nobody"}, NotThere, "no source"),
        ({"handling": "pink"}, BadSetting, "amber_strict"),
        ({"paper": "parcel"}, BadSetting, "testimony"),
        ({"published": "in May"}, BadSetting, "--published"),
        ({"published": "2021-05"}, BadSetting, "no single day"),
        ({"captured": "some time ago"}, BadSetting, "--captured"),
        ({"how": "magic"}, BadSetting, "in_person"),
        ({"derived_from": "exhibit-x"}, BadSetting, "go together"),
        ({"derived_from": "exhibit-x", "derived_how": "republishes"}, NotThere, "no exhibit"),
    ]
    for options, error, words in wrong:
        with pytest.raises(error, match=words):
            intake(desk.project, [path], **({"source": code} | options))
    for inside in (desk.root, desk.vault.folder):
        with pytest.raises(BadSetting, match="in the project or its vault"):
            intake(desk.project, [inside], source=code)
    with pytest.raises(NotThere, match="no such file"):
        intake(desk.project, [tmp_path / "nothing"], source=code)
    assert desk.vault.names == ()


def test_without_a_vault_nothing_comes_in(tmp_path) -> None:
    path = written(tmp_path / "in", "a.txt", WORDS)
    project = bare_project(tmp_path / "bare")
    with project, pytest.raises(BadSetting, match="vallum vault new"):
        intake(project, [path], source="x")


# -- handovers --------------------------------------------------------------------------------


def test_a_handover_is_kept_sealed_until_there_is_a_key(desk, tmp_path) -> None:
    sealed = handover(desk.keys[:2], [("1.jpg", photo())])
    path = written(tmp_path / "in", "handover-ab3kq7xy.age", sealed)
    done = intake(desk.project, [path])
    (row,) = exhibits(desk)
    (source,) = desk.project.rows(Source)
    assert any("stays sealed" in line for line in done.lines)
    assert unlocked(desk.project, row.vault_ref, desk.keys[1]) == sealed
    assert (row.how, row.handling, row.source) == ("handover", Handling.RED, source.id)
    assert (source.voice, source.risk, source.name) == (Voice.PERSON, Risk.EXTREME, "")
    assert source.consent == (Scope.RETAIN,)
    path.unlink()
    opened = intake(desk.project, [], keys=desk.keys[1:2])
    assert opened.facts["n_added"] == 2
    told, picture = exhibits(desk)[1:]
    (source,) = desk.project.rows(Source)
    assert source.consent == (Scope.RETAIN, Scope.ANALYSE)
    assert (told.paper, picture.paper) == (Paper.TESTIMONY, Paper.PHOTO)
    assert text_of(desk.project, told, desk.keys[0]) == (
        f"{TOLD['what']}\n\nWhere: {TOLD['where']}\n\nWhen: {TOLD['when']}"
    )
    assert unlocked(desk.project, picture.vault_ref, desk.keys[0]) == photo()
    assert CANARY in json.loads(unlocked(desk.project, source.vault_ref, desk.keys[0]))["contact"]
    desk.project.close()
    assert CANARY.encode() not in every_byte_under(desk.root)
    assert TOLD["where"].encode() not in every_byte_under(desk.root)
    desk.again()
    assert "no handover lies sealed" in intake(desk.project, [], keys=desk.keys[:1]).lines[0]


@pytest.mark.usefixtures("slow")
def test_a_handover_is_opened_with_a_key_at_once(desk, tmp_path) -> None:
    files = [
        ("1.jpg", photo()),
        ("2.mp4", b"\0\0\0\x18ftypisom" + bytes(999)),
        ("3.jpg", b"\xff\xd8\xff"),
    ]
    path = written(tmp_path / "in", "handover-ab3kq7xy.age", handover(desk.keys[:2], files))
    done = intake(desk.project, [path], keys=desk.keys[:1])
    assert done.facts["n_added"] == 5
    assert "file 3 of a handover" in done.blocked[0], "kept, since nobody can be asked again"
    assert {row.handling for row in exhibits(desk)} == {Handling.RED}
    assert all(not row.href and not row.name for row in exhibits(desk))
    head = desk.project.store.head()
    again = intake(desk.project, [path], keys=desk.keys[:1])
    assert again.n_added == 0
    assert desk.project.store.head() == head


def test_a_handover_for_another_desk_stays_sealed(desk, tmp_path) -> None:
    path = written(tmp_path / "in", "handover-ab3kq7xy.age", handover(desk.keys[2:]))
    done = intake(desk.project, [path], keys=desk.keys[:1])
    assert "not locked to this key" in done.blocked[0]
    assert len(exhibits(desk)) == 1
    bare = written(tmp_path / "in", "handover-bbbbbbbb.age", "not locked at all")
    done = intake(desk.project, [bare])
    assert "never locked" in done.blocked[0]
    assert len(exhibits(desk)) == 1


PART = [("1.txt", b"words")]
WRONG = {
    "version": ({"form_version": "2"}, "another version"),
    "field": ({"name": "Kim"}, "unknown"),
    "told-field": ({"told": {"who": "x"}}, "not known"),
    "told-type": ({"told": {"what": 1}}, "no text"),
    "told-long": ({"told": {"what": "x" * 20_001}}, "too long"),
    "how-known": ({"told": {"what": "x", "how_known": "guess"}}, "direct"),
    "consent": ({"consent": ["all"]}, "agreements"),
    "attribution": ({"attribution": "loud"}, "attribution"),
    "day": ({"embargo_until": "soon"}, "YYYY"),
    "no-day": ({"embargo_until": 0}, "no text"),
    "no-end": ({"consent_expires": False}, "no text"),
    "no-words": ({"attribution": []}, "no text"),
    "language": ({"language": "English"}, "ISO 639"),
    "hash": ({"files": [{"name": "1.txt", "sha256": "0" * 64}]}, "SHA-256"),
    "unnamed": ({"files": []}, "not those that it names"),
    "packed": ({"packed": zipfile.ZIP_DEFLATED}, "must be stored"),
    "name": ({"extra": [("../x", b"x")]}, "other letters"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_handover_that_is_not_as_the_form_writes_it_stays_sealed(desk, case) -> None:
    changes, why = WRONG[case]
    locked = handover(desk.keys[:2], PART, **changes)
    with pytest.raises(form.BadInput, match=why) as caught:
        form.parsed(form.unlocked(locked, desk.keys[0]))
    assert "lies in the vault as it came" in str(caught.value)


def test_without_the_agreement_to_keep_it_a_handover_is_not_opened(desk, tmp_path) -> None:
    locked = handover(desk.keys[:2], consent=["analyse"])
    path = written(tmp_path / "in", "handover-ab3kq7xy.age", locked)
    done = intake(desk.project, [path], keys=desk.keys[:1])
    assert "has not agreed" in done.blocked[0]
    assert len(exhibits(desk)) == 1


def test_the_form_may_write_data_descriptors(desk) -> None:
    class Stream(io.RawIOBase):
        """Writes only; so `zipfile` writes sizes after the bytes, as some forms do."""

        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, part: bytes) -> int:
            self.content += bytes(part)
            return len(part)

    out = Stream()
    told = {
        "form_version": "1", "language": "zh", "told": {"what": "铁丝网"}, "consent": ["retain"],
        "files": [{"name": "1.txt", "sha256": hashlib.sha256(b"words").hexdigest()}],
    }  # fmt: skip
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("1.txt", b"words")
        archive.writestr("handover.json", json.dumps(told))
    found = form.parsed(out.content)
    (part,) = found.parts
    assert out.content[part.start : part.start + part.n_bytes] == b"words"
    assert found.text == "铁丝网"


# -- the command ------------------------------------------------------------------------------


def test_the_command_takes_files_in_and_opens_handovers(desk, tmp_path) -> None:
    code = publisher(desk)
    path = written(tmp_path / "in", "a.txt", WORDS)
    runner, where = CliRunner(), ["--project", str(desk.root)]
    done = runner.invoke(command, [str(path), "--source", code, "--json", *where])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["facts"]["n_added"] == 1
    done = runner.invoke(command, [*where])
    assert done.exit_code == 2
    assert "no file was given" in done.output
    bad = written(tmp_path / "in", "b.pdf", "%PDF-1.4")
    done = runner.invoke(command, [str(bad), "--source", code, *where])
    assert done.exit_code == 3
    assert "blocked: b.pdf" in done.output
