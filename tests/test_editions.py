"""Editions: frozen, numbered, compared; what changed and why stands in the next one."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace
from datetime import date

import pytest

import desk_rows
import small_desk
from fake_book import fake_book
from vallum.ground.errors import BadInput, BadSetting, ChainBroken, StoreError
from vallum.ground.kinds import Answer
from vallum.ground.records import Edition, Estimate, Verdict
from vallum.project import open_project
from vallum.report.changes import changes_model
from vallum.report.issue import Cause, Changed, Sort
from vallum.report.tongue import speaking
from vallum.steps import (
    asking,
    editions,
    folders,
    gating,
    histories,
    judging,
    printed,
    telling,
    tracing,
    verifying,
)
from vallum.steps.printed import is_of_today

DAY, LATER = date(2024, 6, 1), date(2024, 9, 1)


def _answer(project, rows, people=("ana", "ben")):
    with project.run("review") as work:
        work.add_all(
            [
                Verdict(about=row.id, analyst=name, answer=Answer.YES)
                for row in rows
                for name in people
            ]
        )
    judging.settle(project)
    telling.measure(project)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Two editions of one small project; the second corrects a number of the first."""
    root = tmp_path_factory.mktemp("editions") / "desk"
    with small_desk.make(root, n=12) as made:
        found = sorted(judging.current_candidates(made), key=lambda one: one.span)
        _answer(made, found[:5])
        editions.freeze(made, note="The first.", day=DAY, on=DAY)
        _answer(made, found[5:8])
        editions.freeze(
            made,
            day=LATER,
            on=LATER,
            why={"posts_new": "the north was read, too"},
            correct={"barrier_km_all_new": "one fence had been left out"},
        )
        yield made


@pytest.fixture(scope="module")
def told(project):
    path = project.out_folder / "report" / "report.json"
    return json.loads(path.read_text("utf-8"))["history"]


def _row(told, name):
    return next(row for row in told["changes"] if row["name"] == name)


def test_an_edition_is_frozen_in_a_folder_of_its_own_and_on_the_ledger(project):
    rows = editions.listed(project)
    assert [(row.number, row.day, row.note) for row in rows] == [
        (1, DAY, "The first."), (2, LATER, ""),
    ]  # fmt: skip
    for row in rows:
        folder = project.out_folder / "editions" / str(row.number)
        told = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert told["edition"] == row.number
        assert all(
            not path.stat().st_mode & stat.S_IWUSR for path in folder.rglob("*") if path.is_file()
        )
    newest = project.out_folder / "report" / "manifest.json"
    assert newest.read_bytes() == (folder / "manifest.json").read_bytes()


def test_the_next_edition_prints_what_changed_and_why_number_by_number(told):
    assert (told["edition"], told["since"], told["is_draft"]) == ("edition 2", "edition 1", False)
    assert [row["number"] for row in told["editions"]] == [1]
    posts = _row(told, "posts_new")
    assert (posts["was"][0], posts["now"][0], posts["difference"][:2]) == ("3", "5", "+2")
    assert posts["why"][-1] == "the north was read, too"
    assert posts["why"][0].startswith("2 findings came: finding-")
    assert posts["trace"] == "vallum trace posts_new"


def test_a_number_that_is_as_before_is_not_among_the_changes(told):
    assert "frontier_km" not in {row["name"] for row in told["changes"]}


def test_a_correction_keeps_the_old_value_visible_in_every_later_edition(project, told):
    assert _row(told, "barrier_km_all_new")["is_correction"]
    (row,) = told["corrections"]
    assert (row["edition"], row["name"]) == (2, "barrier_km_all_new")
    assert row["why"] == "one fence had been left out"
    assert row["was"] == _row(told, "barrier_km_all_new")["was"] != row["now"]
    draft = telling.history_of(project, telling.current_estimates(project), "public")
    assert [one.why for one in draft.corrections] == [row["why"]]
    assert draft.changes == ()


def test_names_of_people_stand_in_no_reason(told):
    text = json.dumps(told)
    assert "verdict-" not in text
    assert "ana" not in {
        word for row in told["changes"] for why in row["why"] for word in why.split()
    }


def test_an_edition_says_the_same_while_nothing_is_new(project):
    folder = project.out_folder / "editions" / "2"
    assert is_of_today(project, folder, project_level(), LATER)
    assert not is_of_today(project, project.out_folder / "editions" / "1", project_level(), LATER)
    with pytest.raises(BadSetting, match="already says all of this"):
        editions.freeze(project, on=LATER)
    assert len(editions.listed(project)) == 2


def project_level():
    return editions.Level.PUBLIC


def test_a_reason_for_a_number_that_is_not_otherwise_is_refused(project):
    with pytest.raises(BadSetting, match="not otherwise"):
        editions.freeze(project, why={"frontier_km": "measured again"}, on=LATER)
    with pytest.raises(BadSetting, match="the reason is empty"):
        editions.freeze(project, why={"posts_new": " "}, on=LATER)


def test_two_editions_are_compared_number_by_number(project, told):
    done = editions.diff(project, "1", "2")
    rows = {row["name"]: row for row in done.facts["changes"]}
    assert rows.keys() == {row["name"] for row in told["changes"]}
    assert rows["posts_new"]["now"] == _row(told, "posts_new")["now"]
    assert rows["posts_new"]["why"][-1] == "the north was read, too"
    assert rows["barrier_km_all_new"]["is_correction"]
    assert done.lines[0].startswith("edition 1 against edition 2: ")


def test_an_edition_is_compared_with_what_would_be_published_now(project):
    assert editions.diff(project, "2").lines[0].endswith("all numbers are the same")
    assert editions.diff(project, "1").facts["changes"]


@pytest.mark.parametrize("how", ["manifest", "folder", "file", "case"])
def test_a_publication_is_found_by_its(how, project, tmp_path):
    first = project.out_folder / "editions" / "1"
    sha256 = editions.listed(project)[0].manifest_sha256
    bag = tmp_path / "bag" / "data" / "report"
    bag.mkdir(parents=True)
    report = json.loads((first / "report.json").read_text("utf-8"))
    report["numbers"][0]["value"] += 1.0
    (bag / "report.json").write_text(json.dumps(report))
    name = {"manifest": sha256[:10], "folder": first, "file": first / "report.json",
            "case": tmp_path / "bag"}[how]  # fmt: skip
    done = editions.diff(project, name, "1")
    changed = [row["name"] for row in done.facts["changes"]]
    assert changed == ([report["numbers"][0]["name"]] if how == "case" else [])


def test_a_copy_whose_report_was_changed_is_read_and_not_taken_for_ours(project, tmp_path):
    first = project.out_folder / "editions" / "1"
    for name in ("report.json", "manifest.json"):
        shutil.copyfile(first / name, tmp_path / name)
    assert editions.diff(project, tmp_path, "1").facts["changes"] == []
    report = json.loads((first / "report.json").read_text("utf-8"))
    report["numbers"][0]["value"] += 1.0
    (tmp_path / "report.json").write_text(json.dumps(report))
    done = editions.diff(project, tmp_path, "1")
    assert [row["name"] for row in done.facts["changes"]] == [report["numbers"][0]["name"]]
    assert "report.json was changed after it was published" in done.lines[0]


def test_what_is_no_publication_is_refused_with_what_there_is(project, tmp_path):
    with pytest.raises(BadInput, match="editions: 1, 2"):
        editions.diff(project, "7")
    (tmp_path / "report.json").write_text("[]")
    with pytest.raises(BadInput, match="no report of vallum"):
        editions.diff(project, tmp_path)


def test_verify_names_a_frozen_file_that_was_changed(project):
    assert "2 frozen editions are as published" in verifying.verify(project).lines
    path = project.out_folder / "editions" / "1" / "estimates.csv"
    kept = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(kept + b"\n")
    try:
        with pytest.raises(ChainBroken, match=r"edition 1: .*estimates\.csv was changed"):
            verifying.verify(project)
    finally:
        path.write_bytes(kept)
        path.chmod(0o444)


def test_a_printed_number_is_traced_to_its_rows(project, told):
    printed = _row(told, "posts_new")["now"].split(" (")[0]
    several = asking.trace(project, printed)
    assert "posts_new" in several.facts["numbers"]
    assert any("vallum trace posts_new:" in line for line in several.lines)


@pytest.mark.parametrize("text", ["7 posts", "12345678 m", "0.0004 km"])
def test_a_text_that_nobody_could_have_cut_from_a_number_is_not_traced(project, text):
    with pytest.raises(StoreError, match="nothing is called"):
        asking.trace(project, text)


def test_copies_of_a_release_are_found_wherever_they_lie(project):
    first = editions.listed(project)[0].manifest_sha256
    found = folders.copies_of(project.out_folder, {first})
    assert project.out_folder / "editions" / "1" in found
    assert project.out_folder / "editions" / "2" not in found
    assert folders.copies_of(project.out_folder, set()) == []


def test_which_picture_shows_a_finding_makes_no_publication_another_one():
    from vallum.report import model

    with_pictures = fake_book()
    assert with_pictures.chips
    bare = replace(with_pictures, chips=())
    one, other = (json.loads(json.dumps(model.build(book))) for book in (with_pictures, bare))
    assert one["live"] != other["live"]
    assert printed._without_pictures(one) == printed._without_pictures(other)


def test_a_file_is_traced_to_its_edition_by_itself_or_by_its_hash(project):
    path = project.out_folder / "editions" / "1" / "estimates.csv"
    by_path = asking.trace(project, str(path))
    assert any(line.startswith("edition 1: estimates.csv") for line in by_path.lines)
    sha256 = editions.listed(project)[0].manifest_sha256
    assert any("edition 1 of 2024-06-01" in line for line in asking.trace(project, sha256).lines)
    by_name = asking.trace(project, "estimates.csv")  # as the report prints it
    assert any("estimates.csv, listed in manifest" in line for line in by_name.lines)


def test_a_figure_is_traced_to_what_it_shows_and_its_files(project):
    done = asking.trace(project, "strip")
    assert done.facts["figure"] == "strip"
    assert any(line.endswith("figures/strip-chart.svg") for line in done.lines)
    assert asking.trace(project, "strip-chart.png").facts["figure"] == "strip"


def test_what_nobody_printed_is_refused_with_what_is_alike(project):
    with pytest.raises(StoreError, match="did you mean posts_new"):
        asking.trace(project, "post_new")
    with pytest.raises(StoreError, match="nothing is called '8,123,456.7 km'"):
        asking.trace(project, "8,123,456.7 km")


# -- rows alone ---------------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path):
    """A project with one edition on the ledger and no folder, then other numbers."""
    with small_desk.make(tmp_path / "bare", n=3) as made:
        telling.measure(made)
        numbers = telling.current_estimates(made)
        with made.run("edition") as work:
            work.add(
                Edition(
                    number=1, day=DAY, level="public", manifest_sha256="ab" * 32, languages=("en",),
                    estimate_ids=tuple(one.id for one in numbers), ledger_head="cd" * 32,
                )
            )  # fmt: skip
        yield made


def test_old_numbers_come_from_the_ledger_even_when_the_folder_is_gone(bare):
    old = {one.name: one for one in telling.current_estimates(bare)}
    with bare.run("measure") as work:
        work.add(replace(old["frontier_km"], value=99.0, low=99.0, high=99.0))
    state = histories.state_of(bare, editions.listed(bare)[0])
    assert state.numbers["frontier_km"].value == old["frontier_km"].value
    with pytest.raises(ChainBroken, match=r"manifest\.json is missing"):
        verifying.verify(bare)


def test_a_number_as_somebody_typed_it_is_traced(bare):
    line = next(one for one in telling.current_estimates(bare) if one.name == "frontier_km")
    metres = round(line.value * 1000)
    for text in (f"{metres} m", f"{line.value:.3f} km", f"{metres // 1000} {metres % 1000:03} m"):
        assert "frontier_km" in tracing._meant(bare, text)
    assert "frontier_km" not in tracing._meant(bare, f"{metres + 1} m")


def test_a_number_that_changed_for_no_known_reason_keeps_the_edition_in(bare):
    old = {one.name: one for one in telling.current_estimates(bare)}
    other = replace(old["frontier_km"], value=99.0, low=99.0, high=99.0)
    numbers = [*(one for one in old.values() if one.name != "frontier_km"), other]
    history = telling.history_of(bare, numbers, "public", issue=editions_issue())
    assert [one.name for one in history.changes] == ["frontier_km"]
    with pytest.raises(BadSetting, match="--why frontier_km=TEXT"):
        editions._refuse_unexplained(history)
    for name in ("frontier_km", "all"):
        said = telling.history_of(bare, numbers, "public", issue=editions_issue(),
                                  why={name: "another line"})  # fmt: skip
        editions._refuse_unexplained(said)
        assert said.changes[0].why == ("another line",)


def editions_issue():
    from vallum.report.issue import Issue

    return Issue(number=2, day=LATER)


def test_images_and_answers_explain_a_number_that_names_neither(bare):
    old = {one.name: one for one in telling.current_estimates(bare)}
    with bare.run("add") as work:
        work.add(desk_rows.scene("new.tif", "2023-01-01"))
        work.add(replace(small_desk.scenes()[2], set_aside="thin cloud all over"))
    other = replace(old["frontier_km"], value=99.0)
    (change,) = telling.history_of(bare, [*(o for o in old.values() if o.name != "frontier_km"),
                                          other], "public").changes  # fmt: skip
    assert {(one.sort, one.n) for one in change.why} == {
        (Sort.IMAGES_ADDED, 1), (Sort.IMAGES_ASIDE, 1),
    }  # fmt: skip


def test_a_changed_setting_is_named_but_explains_no_number_by_itself(bare):
    path = bare.root / "vallum.toml"
    path.write_text(path.read_text().replace("left_m = 500", "left_m = 400"))
    with open_project(bare.root) as again:
        old = telling.current_estimates(again)
        (change,) = telling.history_of(
            again, [replace(old[0], value=9e9), *old[1:]], "public"
        ).changes
    assert [one.sort for one in change.why] == [Sort.SETTINGS]
    assert not change.is_explained


def test_a_desk_edition_is_not_told_to_the_public(bare):
    with bare.run("edition") as work:
        work.add(replace(editions.listed(bare)[0], number=2, level="desk"))
    assert [row.number for row in histories.editions(bare, editions.Level.PUBLIC)] == [1]
    assert [row.number for row in histories.editions(bare)] == [1, 2]


@pytest.mark.parametrize("language", ["en", "ko", "zh-Hans"])
def test_every_cause_can_be_said_in(language):
    causes = [
        Cause(sort=sort, kind=kind, n=n, ids=("finding-a",), name="x", was="1", now="2")
        for sort in Sort
        for kind in ("Finding", "Candidate", "Comparison", "Scene", "Sample", "Verdict", "")
        for n in (1, 4)
    ]
    with speaking(language):
        (row,) = changes_model([Changed(name="posts_new", old=None, new=None, why=tuple(causes))])
    assert all(row["why"])
    assert all("{" not in one for one in row["why"])


# -- the gates in the steps -----------------------------------------------------------------------


def test_a_finding_of_one_person_keeps_a_public_report_in_and_not_one_for_the_desk(bare):
    found = judging.current_candidates(bare)
    with bare.run("review") as work:
        work.add(Verdict(about=found[0].id, analyst="ana", answer=Answer.YES, is_final=True))
    judging.settle(bare)
    telling.measure(bare)
    done = gating.check(bare)
    assert done.exit_code == 3
    assert "accepts (refused): 1 confirmed finding" in done.blocked[0]
    with pytest.raises(BadSetting, match="n_accepts = 1"):
        telling.publish(bare, on=LATER)
    assert not (bare.out_folder / "report").exists()
    assert gating.check(bare, "desk").exit_code == 0
    path = bare.root / "vallum.toml"
    path.write_text(path.read_text().replace("n_accepts = 2", "n_accepts = 1"))
    with open_project(bare.root) as again:
        assert gating.check(again).exit_code == 0
        assert telling._settings(again)[
            "people who must have said yes before a finding is published"
        ] == "1"  # fmt: skip


def test_two_spellings_of_one_name_are_one_person(bare):
    found = judging.current_candidates(bare)[0]
    with bare.run("review") as work:
        work.add_all([Verdict(about=found.id, analyst=name, answer=Answer.YES)
                      for name in ("Ana", "ana ", "ben")])  # fmt: skip
    assert gating.accepts(bare)[found.id] == 2


def test_numbers_that_are_stale_keep_an_edition_in(bare):
    found = judging.current_candidates(bare)
    with bare.run("review") as work:
        work.add_all([Verdict(about=found[0].id, analyst=n, answer=Answer.YES) for n in "ab"])
    judging.settle(bare)
    assert any("no longer follow" in line for line in gating.check(bare).lines)
    with pytest.raises(BadSetting, match="run `vallum measure`"):
        editions.freeze(bare, on=LATER)
    assert all(isinstance(one, Estimate) for one in telling.current_estimates(bare))
