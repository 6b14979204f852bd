"""The commands about numbers, as a person types them."""

import json

import pytest
from click.testing import CliRunner

import small_desk
from vallum.cli import main
from vallum.project import open_project

WRONG = "Of 474 m of wall, 305 m are nearly complete and 164 m are groundwork."
RIGHT = "Of 469 m of wall, 305 m are nearly complete and 164 m are groundwork."


def vallum(*words, given=None):
    return CliRunner().invoke(main, [str(word) for word in words], input=given)


def test_lint_prints_a_list_of_problems_with_their_places(tmp_path):
    text = tmp_path / "text.md"
    text.write_text(f"A note.\n\n{WRONG}\n", encoding="utf-8")
    told = vallum("lint", text, "--json")
    assert told.exit_code == 3
    (problem,) = json.loads(told.stdout)
    whole = text.read_text(encoding="utf-8")
    assert whole[problem["start"] : problem["end"]] == problem["text"]
    assert "469" in problem["message"]


@pytest.mark.parametrize("how", ["file", "stdin", "words"])
def test_lint_reads_a_file_standard_input_or_the_words_themselves(tmp_path, how):
    def told(text):
        if how == "file":
            (tmp_path / "text.txt").write_text(text, encoding="utf-8")
            return vallum("lint", tmp_path / "text.txt")
        return vallum("lint", "-", given=text) if how == "stdin" else vallum("lint", text)

    assert told(WRONG).exit_code == 3
    clean = told(RIGHT)
    assert clean.exit_code == 0
    assert "no problem" in clean.stdout


def test_lint_of_nothing_says_what_can_be_given(tmp_path):
    told = vallum("lint", tmp_path / "missing.md")
    assert told.exit_code == 1
    assert "there is no such file" in told.stderr


@pytest.fixture(scope="module")
def border(tmp_path_factory):
    with small_desk.make(tmp_path_factory.mktemp("figures") / "border") as project:
        return project.root


def test_lint_holds_a_text_against_the_numbers_of_a_project(border):
    assert vallum("measure", "--project", border).exit_code == 0
    told = vallum("lint", "At least 77.7 km of fence were built.", "--project", border, "--json")
    assert [problem["rule"] for problem in json.loads(told.stdout)] == ["not-in-estimates"]


def test_the_report_of_a_project_without_one_is_asked_for(border):
    told = vallum("lint", "report", "--project", border)
    assert told.exit_code == 1
    assert "vallum publish" in told.stderr


def test_a_plan_draws_nothing_and_a_draw_is_kept(border):
    told = vallum("sample", "--plan", "--half-width-km", "0.5", "--project", border)
    assert told.exit_code == 0, told.stderr
    assert "plus or minus" in told.stdout
    with open_project(border) as project:
        assert project.frame("Stratum").empty
    drawn = vallum("sample", "--n", "8", "--unit-m", "100", "--project", border, "--json")
    assert json.loads(drawn.stdout)["facts"]["stretches"] == 8
    again = vallum("sample", "--n", "8", "--unit-m", "100", "--project", border, "--json")
    assert json.loads(again.stdout)["n_added"] == 0


def test_a_chosen_area_needs_a_reason(border):
    told = vallum("sample", "--area", "0..1", "--project", border)
    assert told.exit_code == 2
    assert "why" in told.stderr


def test_answers_of_a_sample_are_somebodys(border, tmp_path):
    (tmp_path / "answers.csv").write_text("sample,answer\n")
    told = vallum("sample", "--import", tmp_path / "answers.csv", "--project", border)
    assert told.exit_code == 2
    assert "--analyst" in told.stderr


def test_export_and_import_at_once_is_refused(border, tmp_path):
    told = vallum("sample", "--export", "a.csv", "--import", "b.csv", "--project", border)
    assert told.exit_code == 2
