"""`vallum sheet` on a project: which findings, which files, and what is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pypdfium2
import pytest
from click.testing import CliRunner

import desk_rows
import small_desk
from vallum.commands.sheeting import sheet as command
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Answer, Held
from vallum.ground.records import Candidate, Finding
from vallum.project import open_project
from vallum.steps import asking, judging, sheeting

ANN, BEN = "Hong Gildong", "Im Kkeokjeong"
AT = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
_ANSWERS = (
    (Answer.YES, Answer.YES), (Answer.NO, Answer.NO), (Answer.YES, Answer.NO),
    (Answer.YES, Answer.YES),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What two people said of four things, and sheets of what they agree on."""
    folder = tmp_path_factory.mktemp("sheets") / "border"
    with small_desk.make(folder, n=4, extent_m=6000) as project:
        said = [
            desk_rows.verdict(one, name, answer, at=AT)
            for one, answers in zip(project.rows(Candidate), _ANSWERS, strict=True)
            for name, answer in zip((ANN, BEN), answers, strict=True)
        ]
        with project.run("review", by=ANN) as work:
            work.add_all(said)
        judging.settle(project)
        done = sheeting.sheet(project, [one.id for one in project.rows(Finding)])
    return folder, done


@pytest.fixture
def project(made):
    with open_project(made[0]) as project:
        yield project


def _held(project, held):
    return next(one for one in project.rows(Finding) if one.held is held)


def test_what_people_agree_on_has_sheets_and_what_they_rejected_is_refused(made):
    folder, done = made
    assert len(done.facts["sheets"]) == 2
    assert done.exit_code == 3
    assert "people rejected it" in done.blocked[0]
    names = {path.suffix for path in (folder / "out/sheets").iterdir()}
    assert names == {".html", ".pdf", ".json"}


def test_the_list_of_sheets_holds_the_hash_of_every_file(made):
    folder = made[0] / "out/sheets"
    listed = json.loads((folder / sheeting.LIST_FILE).read_text())
    assert listed["level"] == "public"
    assert listed["files"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != sheeting.LIST_FILE
    }
    assert len(listed["files"]) == 6


def test_no_name_of_a_person_is_on_a_sheet_and_their_number_is(made):
    for path in (made[0] / "out/sheets").glob("finding-*"):
        text = (
            pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
            if path.suffix == ".pdf" else path.read_text()
        )  # fmt: skip
        assert ANN not in text
        assert BEN not in text
        assert "2 people said yes" in text


def test_a_rejected_finding_has_no_sheet_at_any_level(project, tmp_path):
    name = _held(project, Held.REJECTED).id
    for level in ("public", "desk"):
        done = sheeting.sheet(project, [name], level=level, folder=tmp_path / level)
        assert done.exit_code == 3
        assert "rejected" in done.blocked[0]
        assert not (tmp_path / level).exists()


def test_the_first_letters_of_a_name_are_enough_and_the_candidate_names_it_too(project, tmp_path):
    finding = _held(project, Held.CONFIRMED)
    for name in (finding.id[:20], finding.about):
        done = sheeting.sheet(project, [name], folder=tmp_path / "to")
        assert done.facts["sheets"] == [finding.id]
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        ({}, BadSetting, "no finding was named"),
        ({"findings": ["finding-nothing"]}, BadInput, "no finding is called that"),
        ({"kind": "castle"}, BadSetting, "guard_post"),
        ({"km": "5.9..6"}, BadInput, "no finding is of that kind"),
        ({"every": True, "level": "private"}, BadSetting, "public or for the desk"),
    ],
    ids=["nothing", "unknown", "no-class", "empty-stretch", "private"],
)
def test_a_wish_that_cannot_be_met_writes_nothing_and_says_why(
    project, tmp_path, wish, error, words
):
    with pytest.raises(error, match=words):
        sheeting.sheet(project, folder=tmp_path / "to", **wish)
    assert not (tmp_path / "to").exists()


def test_a_folder_that_holds_something_else_is_left_alone(project, tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(BadSetting, match="holds files that are no sheets"):
        sheeting.sheet(project, every=True, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_sheets_of_the_desk_do_not_go_where_public_ones_lie(made, project):
    with pytest.raises(BadSetting, match="of level public"):
        sheeting.sheet(project, every=True, level="desk", folder=made[0] / "out/sheets")


def test_the_command_names_what_it_refused_and_ends_with_3(made, project, tmp_path):
    name = _held(project, Held.REJECTED).id
    answer = CliRunner().invoke(
        command, [name, "--project", str(made[0]), "--to", str(tmp_path / "to"), "--json"]
    )
    assert answer.exit_code == 3
    assert "rejected" in answer.output


def test_a_sheet_is_traced_to_its_finding_by_its_file(made, project):
    path = made[0] / "out" / "sheets" / f"{made[1].facts['sheets'][0]}.pdf"
    done = asking.trace(project, str(path))
    assert any(line.endswith(f"vallum trace {path.stem}") for line in done.lines)
