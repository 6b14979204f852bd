"""BagIt folders and the rows in them: every changed byte is named, nobody is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import bagit
import pytest
from rocrate.rocrate import ROCrate

import desk_rows
from vallum.evidence import bag, crate, handed
from vallum.ground.errors import BadInput
from vallum.ground.kinds import Answer, Design
from vallum.ground.records import Candidate, Finding, Level, Run, Sample, Scene, Verdict
from vallum.ground.span import Span

SALT = b"s" * 32
NAME = "Hong Gildong"


@pytest.fixture
def sealed(tmp_path):
    folder = tmp_path / "bag"
    (folder / "data" / "rows").mkdir(parents=True)
    (folder / "data" / "head.txt").write_text("ab\n")
    (folder / "data" / "rows" / "Scene.jsonl").write_text("{}\n")
    bag.seal(folder, {"External-Description": "long words " * 20, "Vallum-Level": "public"})
    return folder


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_sealed_folder_is_a_valid_bag_for_others_and_for_us(sealed):
    other = bagit.Bag(str(sealed))
    assert other.validate()
    assert set(other.algorithms) == {"sha256", "sha512"}
    assert other.info["Payload-Oxum"] == "6.2"
    assert other.info["External-Description"].split() == ["long", "words"] * 20
    assert bag.problems(sealed) == ()


def test_the_same_payload_gives_the_same_bytes(sealed):
    before = files(sealed)
    for name in before:
        if not name.startswith("data/"):
            (sealed / name).unlink()
    bag.seal(sealed, {"External-Description": "long words " * 20, "Vallum-Level": "public"})
    assert files(sealed) == before


@pytest.mark.parametrize(
    "name", ["data/head.txt", "data/rows/Scene.jsonl", "bag-info.txt", "bagit.txt"]
)
def test_one_changed_byte_is_named(sealed, name):
    path = sealed / name
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)
    assert bag.problems(sealed) == (f"{name} was changed after the case file was made",)


def test_missing_and_added_files_are_named(sealed):
    (sealed / "data" / "head.txt").unlink()
    (sealed / "data" / "more.txt").write_text("more")
    (sealed / "tagmanifest-sha512.txt").unlink()
    assert set(bag.problems(sealed)) == {
        "data/head.txt is missing",
        "data/more.txt was added after the case file was made",
        "tagmanifest-sha512.txt is missing",
        *(f"{name} is not in every list of hashes" for name in (
            "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt")),
    }  # fmt: skip


def test_a_link_out_of_the_folder_is_not_followed(sealed, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("ab\n")
    (sealed / "data" / "head.txt").unlink()
    (sealed / "data" / "head.txt").symlink_to(secret)
    assert bag.problems(sealed) == ("data/head.txt leads out of the folder",)


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/hostname",
        "data/../../x",
        "a\\b",
        pytest.param("data/" + "a" * 9_000, id="long"),
        pytest.param("a/" * 900 + "a", id="deep"),
    ],
)
def test_a_list_that_names_files_elsewhere_is_refused(sealed, name):
    with (sealed / "manifest-sha256.txt").open("a") as file:
        file.write(f"{'0' * 64}  {name}\n")
    with pytest.raises(BadInput, match="line 3 names no file of the case file"):
        bag.problems(sealed)


def test_a_folder_that_is_no_bag_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no case file"):
        bag.problems(tmp_path)


# -- rows -----------------------------------------------------------------------------------


def rows():
    """Two people about one candidate, a finding of it, and the run that wrote them."""
    run = Run(
        step="review", actor=NAME, at=datetime(2026, 1, 1, tzinfo=UTC), version="0",
        config_sha256="", reads_sha256="",
    )  # fmt: skip
    fence = desk_rows.spanned(1000, 2000)
    said = [
        replace(desk_rows.verdict(fence, name), run=run.id, at=run.at, seconds=3.0)
        for name in (NAME, "Im Kkeokjeong")
    ]
    ids = (fence.id, *(verdict.id for verdict in said))
    found = replace(desk_rows.finding(fence), from_ids=ids)
    return [desk_rows.BEFORE, fence, *said, found]


def read_back(given):
    kinds = {"Scene": Scene, "Candidate": Candidate, "Verdict": Verdict, "Finding": Finding}
    return [handed.read_row(kinds[one.kind], json.loads(one.line())) for one in given]


def test_public_rows_name_nobody_and_still_refer_to_each_other():
    given = handed.handed(rows(), Level.PUBLIC, SALT)
    text = b"".join(one.line() for one in given).decode()
    for hidden in (NAME, "Kkeokjeong", "before.tif", "2026", *(row.id for row in rows()[2:4])):
        assert hidden not in text
    assert '"at"' not in text
    names = {one.id for one in given}
    assert set(given[-1].body["from_ids"]) < names
    assert len({one.body["analyst"] for one in given if one.kind == "Verdict"}) == 2
    assert len({one.body["run"] for one in given if one.kind == "Verdict"}) == 1


def test_code_names_differ_from_case_file_to_case_file():
    mine, theirs = (
        {one.body["analyst"] for one in handed.handed(rows(), Level.PUBLIC, salt) if "analyst" in
         one.body}
        for salt in (SALT, b"t" * 32)
    )  # fmt: skip
    assert len(mine | theirs) == 4


def test_rows_come_back_as_they_were_but_for_what_was_left_out():
    known = rows()
    back = read_back(handed.handed(known, Level.PUBLIC, SALT))
    assert back[0].id == known[0].id
    assert back[0].sha256 == ""
    assert back[1].same_as(known[1])
    assert back[1].id == known[1].id
    assert back[4].id == known[4].id
    assert back[4].span == known[4].span


def test_at_the_desk_rows_keep_names_and_ids():
    known = rows()
    back = read_back(handed.handed(known, Level.DESK, SALT))
    assert [row.id for row in back] == [row.id for row in known]
    assert back[2].analyst == NAME
    assert back[0].sha256 == "before.tif"


def test_the_later_of_two_answers_about_a_stretch_stays_the_later_one():
    places = [Sample(span=Span(0, 100), design=Design.SIMPLE, seed=k) for k in (1, 2)]
    first, last = (
        Verdict(about=place.id, analyst=NAME, answer=answer, mode="sample",
                at=datetime(2026, 1, day, tzinfo=UTC))
        for place, answer, day in zip(places, (Answer.NO, Answer.YES), (9, 3), strict=True)
    )  # fmt: skip
    given = handed.handed([*places, first, last], Level.PUBLIC, SALT)
    times = {one.body["answer"]: one.body["at"] for one in given if one.kind == "Verdict"}
    assert times["yes"] < times["no"]
    assert not any("2026" in str(time) for time in times.values())


def test_a_row_that_does_not_hold_what_its_name_stands_for_is_refused():
    given = handed.handed(rows(), Level.PUBLIC, SALT)
    line = json.loads(given[1].line())
    line["before"] = "scene-other"
    with pytest.raises(BadInput, match="does not hold what its name stands for"):
        handed.read_row(Candidate, line)
    with pytest.raises(BadInput, match="no such row"):
        handed.read_row(Candidate, {"id": line["id"], "span": "wide"})


# -- the crate ------------------------------------------------------------------------------


def test_the_crate_is_one_that_others_read_without_a_network(tmp_path):
    (tmp_path / "head.txt").write_text("ab\n")
    part = crate.Part(path="head.txt", what="the head", media_type="text/plain", n_bytes=3,
                      sha256="ab" * 32)  # fmt: skip
    action = crate.Action(
        id="run-x", step="measure", version="0", began="2026-01", wrote=("head.txt",)
    )
    about = crate.Crate(
        name="A border", description="Numbers", published=date(2026, 1, 1), version="0",
        licence="none", parts=[part], actions=[action],
    )  # fmt: skip
    written = crate.metadata(about)
    assert written == crate.metadata(about)
    (tmp_path / crate.FILE_NAME).write_bytes(written)
    read = ROCrate(tmp_path)
    assert read.name == "A border"
    assert read.get("head.txt").type == "File"
    assert read.get("#run-x")["result"][0].id == "head.txt"
    assert not read.get_by_type("Person")
    assert json.loads(written)["@context"] == "https://w3id.org/ro/crate/1.2/context"
