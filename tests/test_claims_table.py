"""Claims go out as a table for a spreadsheet and come back answered, all of them or none."""

import csv
import json

import pytest
from click.testing import CliRunner

import small_claims
from vallum.commands.saying import claims as claims_command
from vallum.commands.saying import read as read_command
from vallum.ground.errors import BadInput, BadSetting, BadTable
from vallum.ground.records import Claim
from vallum.ground.saidkinds import Standing
from vallum.steps import claiming
from vallum.steps.claims_table import (
    COLUMNS,
    claims_export,
    claims_import,
    claims_list,
    safe,
    sentence_at,
)
from vallum.steps.reading import read_in

WHY = "two colleagues read it again"


@pytest.fixture
def project(tmp_path):
    with small_claims.make(tmp_path / "p") as project:
        read_in(project)
        yield project


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows, mark=","):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=mark)
        writer.writeheader()
        writer.writerows(rows)


def answered(project, path, **answers):
    """Export, fill in cells of the row of a kind, and write it again."""
    claims_export(project, path, level="desk")
    rows = table(path)
    for row in rows:
        row.update(answers.get(row["kind"], {}))
    write(path, rows)
    return rows


def by_kind(project, kind):
    return next(row for row in project.rows(Claim) if row.subject == kind)


def test_a_row_per_claim_along_the_frontier_and_unplaced_ones_last(project, tmp_path):
    done = claims_export(project, tmp_path / "claims.csv", level="desk")
    rows = table(tmp_path / "claims.csv")
    assert tuple(rows[0]) == COLUMNS
    assert done.facts["claims"] == len(rows) == 5
    assert [row["kind"] for row in rows if row["kind"] != "gate"][:3] == [
        "guard_post",
        "watchtower",
        "fence",
    ]
    assert rows[-1]["km"] == ""
    posts = rows[0]
    assert posts["places"] == "Uiju to Sinuiju"
    assert posts["sentence"].startswith("They will build guard posts between Uiju and Sinuiju")
    assert posts["paper"] == "Fences"
    assert posts["dates"] == "../2019-12-31"


def test_a_partner_does_not_get_who_speaks_or_the_words(project, tmp_path):
    claims_export(project, tmp_path / "claims.csv")
    rows = table(tmp_path / "claims.csv")
    assert not {"sentence", "who", "paper", "exhibit"} & set(rows[0])
    assert "source in China" not in (tmp_path / "claims.csv").read_text("utf-8")


def test_no_sentence_of_a_protected_source_is_written_even_at_the_desk(project, tmp_path):
    claims_export(project, tmp_path / "claims.csv", level="desk")
    text = (tmp_path / "claims.csv").read_text("utf-8")
    assert "aunt" not in text
    assert "Parkville" not in text
    tower = next(row for row in table(tmp_path / "claims.csv") if row["kind"] == "watchtower")
    assert (tower["sentence"], tower["paper"]) == ("", "")


def test_answers_come_back(project, tmp_path):
    path = tmp_path / "claims.csv"
    answered(
        project, path, fence={"answer": "Approve", "min": "11", "max": "13"},
        guard_post={"answer": "reject", "note": WHY}, watchtower={"answer": "edit", "unit": "count"},
    )  # fmt: skip
    done = claims_import(project, path, by="Ada")
    fence, posts = by_kind(project, "fence"), by_kind(project, "guard_post")
    assert (fence.standing, fence.quantity_min, fence.approved_by) == (Standing.APPROVED, 11, "Ada")
    assert (posts.standing, posts.note) == (Standing.REJECTED, WHY)
    assert by_kind(project, "watchtower").approved_by == "Ada"
    assert by_kind(project, "watchtower").standing is Standing.PROPOSED
    assert by_kind(project, "wall").approved_by == ""
    assert done.facts["changed"] == 3
    head = project.store.head()
    assert claims_import(project, path, by="Ada").facts["changed"] == 0
    assert project.store.head() == head


def test_a_table_that_was_not_touched_changes_nothing(project, tmp_path):
    path = tmp_path / "claims.csv"
    claims_export(project, path, level="desk")
    head = project.store.head()
    assert claims_import(project, path, by="Ada").facts["changed"] == 0
    assert project.store.head() == head


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_spreadsheets_of_other_countries_are_read(project, tmp_path, mark):
    path = tmp_path / "claims.csv"
    rows = answered(project, path, fence={"answer": "approve"})
    write(path, rows, mark)
    claims_import(project, path, by="Ada")
    assert by_kind(project, "fence").standing is Standing.APPROVED


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"answer": "yes"}, "column answer: 'yes'"),
        ({"min": "12345"}, "column answer: min changed"),
        ({"answer": "approve", "min": "many"}, "column min: quantity_min 'many'"),
        ({"answer": "approve", "min": "99", "max": "3"}, "column min: .*larger"),
        ({"answer": "approve", "how_far": "maybe"}, "column how_far"),
        ({"answer": "approve", "dates": "soon"}, "column dates: 'soon'"),
        ({"answer": "approve", "places": "km 9999"}, "column places: 'km 9999'"),
        ({"answer": "approve", "credibility": "9"}, "column credibility: .*1 to 6"),
        ({"answer": "approve", "credibility": "2"}, "column credibility_reason"),
        ({"answer": "reject"}, "column note: .*reason"),
        ({"claim": "claim-none"}, "column claim: there is no claim"),
        (
            {
                "answer": "edit",
                "statement": "Soldiers built 12 km of fence near Hoeryong last month",
            },
            "column statement: .*own words",
        ),
    ],
)
def test_an_error_names_row_and_column_and_nothing_is_imported(project, tmp_path, cells, words):
    path = tmp_path / "claims.csv"
    good = {"answer": "approve"}
    if "claim" in cells:
        cells = {**cells, "answer": "approve"}
    answered(project, path, fence=cells, guard_post=good)
    head = project.store.head()
    with pytest.raises(BadTable, match=rf"row 4, {words}") as error:
        claims_import(project, path, by="Ada")
    assert "Nothing was imported" in str(error.value)
    assert project.store.head() == head


def test_what_is_wrong_with_a_table_is_told_in_a_line_that_can_be_read(project, tmp_path):
    path = tmp_path / "claims.csv"
    for answer, told in (
        ("perhaps", r"; and \d+ more\."),
        ("no" * 9_000, "approve, reject or edit"),
    ):
        rows = answered(project, path)
        for row in rows:
            row["answer"] = answer
        write(path, rows)
        with pytest.raises(BadTable, match=told) as error:
            claims_import(project, path, by="Ada")
        assert len(str(error.value)) < 500
        assert str(error.value).endswith("import it again")


@pytest.mark.parametrize("column", ["statement", "who", "note", "places"])
def test_a_contact_in_a_cell_is_refused_with_its_column(project, tmp_path, column):
    path = tmp_path / "claims.csv"
    told = {"answer": "approve", column: "house of Kim, +86 138 1234 5678"}
    answered(project, path, fence=told)
    head = project.store.head()
    with pytest.raises(BadTable, match=f"column {column}: .*telephone"):
        claims_import(project, path, by="Ada")
    assert project.store.head() == head


def test_what_was_changed_after_the_table_was_written_is_not_overwritten(project, tmp_path):
    path = tmp_path / "claims.csv"
    answered(project, path, fence={"answer": "reject", "note": WHY})
    claiming.decide(project, by_kind(project, "fence").id, standing="approved", by="Bo")
    with pytest.raises(BadTable, match="row 4, column row: .*somebody else"):
        claims_import(project, path, by="Ada")
    assert by_kind(project, "fence").standing is Standing.APPROVED


def test_the_same_claim_twice_is_refused(project, tmp_path):
    path = tmp_path / "claims.csv"
    rows = answered(project, path, fence={"answer": "approve"})
    write(path, [*rows, rows[2]])
    with pytest.raises(BadTable, match="row 7, column claim: .* is in row 4 too"):
        claims_import(project, path, by="Ada")


def test_what_is_no_table_of_claims_is_refused(project, tmp_path):
    path = tmp_path / "claims.csv"
    for content, words in (
        (b"a,b\n1,2\n", "no column 'claim'"),
        (b"claim,answer,min,min\n", "two columns 'min'"),
        (b"\xff\xfe\x00c", "not UTF-8"),
        (b"", "no column"),
    ):
        path.write_bytes(content)
        with pytest.raises(BadTable, match=words):
            claims_import(project, path, by="Ada")
    with pytest.raises(BadInput, match="does not exist"):
        claims_import(project, tmp_path / "none.csv", by="Ada")
    with pytest.raises(BadSetting, match="person"):
        claims_import(project, path, by=" ")


def test_no_cell_starts_a_formula_and_comes_back_as_it_was(project, tmp_path):
    fence = by_kind(project, "fence")
    claiming.decide(
        project, fence.id, standing="proposed", by="Ada",
        changes={"attribution": '=HYPERLINK("x")', "statement": "+1 fence"},
    )  # fmt: skip
    path = tmp_path / "claims.csv"
    claims_export(project, path, level="desk")
    for row in table(path):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    rows = answered(project, path, fence={"answer": "approve"})
    assert rows[2]["who"].startswith("'=")
    claims_import(project, path, by="Ada")
    assert by_kind(project, "fence").attribution == '=HYPERLINK("x")'
    assert safe("'quoted") == "''quoted"


def test_claims_are_listed(project):
    done = claims_list(project)
    assert len(done.to_json()) == 5
    row = json.loads(json.dumps(done.to_json()))[0]
    assert {"id", "subject", "places", "standing"} <= set(row)
    assert "5 claims: 5 proposed" in done.lines[-1]
    assert claims_list(project, standing="approved").to_json() == []
    with pytest.raises(BadSetting):
        claims_list(project, standing="maybe")


def test_nothing_to_write_is_said(tmp_path):
    with small_claims.make(tmp_path / "p") as project:
        with pytest.raises(BadSetting, match="no claims yet"):
            claims_export(project, tmp_path / "x.csv")
        with pytest.raises(BadSetting, match=r"\.csv"):
            claims_export(project, tmp_path / "x.xlsx")
        with pytest.raises(BadSetting, match="level"):
            claims_export(project, tmp_path / "x.csv", level="public")


def test_the_sentence_is_the_one_in_which_the_words_stand():
    text = "First one. A fence of 2.5 km stands here! Last\nOther line"
    at = text.index("fence")
    assert sentence_at(text, at, at + 5) == "A fence of 2.5 km stands here!"
    assert sentence_at(text, 0, 5) == "First one."
    assert sentence_at("", 0, 5) == sentence_at(text, -1, -1) == ""


def test_the_commands_read_list_export_and_import(tmp_path):
    root = tmp_path / "p"
    small_claims.make(root).close()
    run = CliRunner().invoke
    project = ["--project", str(root)]
    assert run(read_command, ["--all", *project]).exit_code == 0
    listed = run(claims_command, ["--json", *project])
    assert len(json.loads(listed.output)) == 5
    path = tmp_path / "claims.csv"
    assert run(claims_command, ["--export", str(path), *project]).exit_code == 0
    rows = table(path)
    write(path, [{**row, "answer": "approve"} for row in rows])
    done = run(claims_command, ["--import", str(path), "--by", "Ada", *project])
    assert done.exit_code == 0
    assert "5 approved" in done.output
    assert run(claims_command, ["--import", str(path), *project]).exit_code == 2


def test_read_needs_a_text_with_its_day_or_exhibits():
    run = CliRunner().invoke
    for words in ([], ["x", "--all"], ["a", "b", "--published", "2019-05-01"], ["--frontier", "x"]):
        assert run(read_command, words).exit_code == 2
    told = run(read_command, ["A wall stands in Musan.", "--published", "2019-05-01", "--json"])
    assert json.loads(told.output)[0]["place"] == "Musan"
