"""The command line: what a person types, what it answers, how it ends."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import small_border
from vallum.cli import main


def vallum(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> small_border.Small:
    return small_border.make(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def border(small: small_border.Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project on which everything ran once."""
    root = tmp_path_factory.mktemp("project") / "small"
    made = vallum(
        "new",
        root,
        "--frontier",
        small.line,
        "--before",
        "2019",
        "--after",
        "2022..2023",
        "--corridor-m",
        100,
    )
    assert made.exit_code == 0, made.output
    added = vallum(
        "add", small.images, "-p", root, "--licence", "none", "--credit", "tests", "--may-publish"
    )
    assert added.exit_code == 0, added.output
    ran = vallum("run", "-p", root)
    assert ran.exit_code == 0, ran.output
    return root


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    program = (
        "import sys; from vallum.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'geopandas', 'rasterio', 'shapely', 'cv2', 'sqlalchemy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def test_new_says_length_tolerance_and_source(small: small_border.Small, tmp_path: Path) -> None:
    result = vallum(
        "new", tmp_path / "b", "--frontier", small.line, "--before", "2019", "--after", "2022"
    )
    assert result.exit_code == 0
    assert "tolerance" in result.output
    assert "made by the tests" in result.output
    assert "Next: vallum add" in result.output


def test_a_line_of_three_points_works(border: Path) -> None:
    status = json.loads(vallum("status", "-p", border, "--json").stdout)
    assert 995 <= status["facts"]["extent_m"] <= 1005


def test_run_finds_the_fence_and_calls_nothing_a_finding(border: Path) -> None:
    told = json.loads(vallum("measure", "-p", border, "--json").stdout)["facts"]
    assert told["candidates_unreviewed"] >= 1
    assert told["border_km_changed"] == 0
    parts = [
        told[f"border_km_{name}"]
        for name in ("changed", "unchanged", "indeterminate", "not_comparable", "not_examined")
    ]
    assert sum(parts) == pytest.approx(told["frontier_km"], abs=1e-9)
    html = (border / "out" / "report" / "report.html").read_text(encoding="utf-8")
    assert "unreviewed" in html
    without = re.sub(r'"data:image/[^"]*"', '""', html)  # drawings name their own language
    assert "http://" not in without


def bytes_of(folder: Path) -> dict[str, bytes]:
    """All files but the log: that something ran again is what it is there to tell."""
    files = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    return {name: p.read_bytes() for name, p in files.items() if not name.startswith("log/")}


def test_a_second_run_changes_no_byte(border: Path) -> None:
    before = bytes_of(border)
    result = vallum("run", "-p", border)
    assert result.exit_code == 0, result.output
    assert bytes_of(border) == before


def test_adding_the_same_images_again_adds_nothing(border: Path, small: small_border.Small) -> None:
    before = bytes_of(border)
    result = vallum(
        "add", small.images, "-p", border, "--licence", "none", "--credit", "tests", "--may-publish"
    )
    assert result.exit_code == 0
    assert "already in the project" in result.output
    assert bytes_of(border) == before


def test_verify_finds_a_changed_image(border: Path, tmp_path: Path) -> None:
    assert vallum("verify", "-p", border).exit_code == 0
    image = next((border / "imagery").glob("*.tif"))
    good = image.read_bytes()
    try:
        image.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        result = vallum("verify", "-p", border)
        assert result.exit_code == 1
        assert image.name in result.output
    finally:
        image.write_bytes(good)
    assert vallum("verify", "-p", border).exit_code == 0


def test_trace_walks_back_to_files_with_hashes(border: Path) -> None:
    result = vallum("trace", "border_km_unchanged", "-p", border, "--json")
    assert result.exit_code == 0, result.output
    files = json.loads(result.stdout)["facts"]["files"]
    assert {"scene_2019-05-01.tif", "scene_2022-05-10.tif"} <= set(files)
    assert all(len(sha256) == 64 for sha256 in files.values())


def test_trace_of_a_misspelt_name_suggests_one(border: Path) -> None:
    result = vallum("trace", "border_km_chaged", "-p", border)
    assert result.exit_code == 1
    assert "border_km_changed" in result.output


def test_errors_have_an_exit_code_and_no_traceback(tmp_path: Path) -> None:
    result = vallum("status", "-p", tmp_path)
    assert result.exit_code == 2
    assert "vallum new" in result.output
    assert "Traceback" not in result.output
    as_json = vallum("status", "-p", tmp_path, "--json")
    assert json.loads(as_json.stdout)["error"] == "NotAProject"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["--frontier", "nowhere", "--before", "2019", "--after", "2022"],
            "neither a packaged line",
        ),
        (["--frontier", "prk-rus", "--before", "2022", "--after", "2019"], "swap them"),
        (["--frontier", "prk-rus", "--before", "sometime", "--after", "2019"], "is no date"),
        (
            ["--frontier", "prk-rus", "--before", "2019", "--after", "2022", "--km", "5000..5001"],
            "beyond the end",
        ),
    ],
)
def test_a_wrong_start_makes_no_project(tmp_path: Path, words: list[str], says: str) -> None:
    result = vallum("new", tmp_path / "b", *words)
    assert result.exit_code in {1, 2}
    assert says in result.output
    assert not (tmp_path / "b" / "vallum.toml").exists()


def test_a_second_new_leaves_the_first_alone(border: Path, small: small_border.Small) -> None:
    before = bytes_of(border)
    result = vallum("new", border, "--frontier", small.line, "--before", "2019", "--after", "2022")
    assert result.exit_code == 2
    assert "already holds a project" in result.output
    assert bytes_of(border) == before


def test_a_corridor_wider_than_a_meander_is_said(tmp_path: Path) -> None:
    result = vallum(
        "new",
        tmp_path / "b",
        "--frontier",
        "prk-rus",
        "--before",
        "2019",
        "--after",
        "2022",
        "--corridor-m",
        2000,
    )
    assert result.exit_code == 0, result.output
    assert "bend of the line" in result.output


def every_command(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """Commands, also those inside a group such as `vault`, with all their words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            assert command.help, name
            yield from ((f"{name} {inner}", one) for inner, one in every_command(command))
        else:
            yield name, command


def test_every_command_has_json_and_help() -> None:
    for name, command in every_command(main):
        assert command.help, name
        assert any("--json" in option.opts for option in command.params), name


def test_an_image_can_be_set_aside_for_a_reason_and_taken_back(
    border: Path, tmp_path: Path
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(border, root)
    image = "scene_2022-05-10.tif"
    before = json.loads(vallum("measure", "-p", root, "--json").stdout)["facts"]
    assert vallum("set-aside", image, "-p", root).exit_code == 2
    assert "say why" in vallum("set-aside", image, "-p", root).output
    assert "did you mean" in vallum("set-aside", "scene_2022-05-1.tif", "-p", root).output
    assert vallum("set-aside", image, "-p", root, "--why", "thin cloud over it").exit_code == 0
    without = json.loads(vallum("run", "-p", root, "--json").stdout)["facts"]
    assert without["border_km_not_comparable"] == without["frontier_km"]
    assert without["candidates_unreviewed"] == 0
    page = (root / "out" / "report" / "report.html").read_text(encoding="utf-8")
    assert "set aside: thin cloud over it" in page
    assert vallum("set-aside", image, "-p", root, "--back").exit_code == 0
    again = json.loads(vallum("run", "-p", root, "--json").stdout)["facts"]
    assert {name: again[name] for name in before} == before
    assert vallum("verify", "-p", root).exit_code == 0


def test_one_person_with_two_spellings_is_one_analyst(border: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(border, root)
    table = tmp_path / "answers.csv"
    assert vallum("review", "--export", table, "-p", root).exit_code == 0
    with table.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        row["answer"] = "yes"
    with table.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for name in ("kim", "Kim "):
        assert vallum("review", "--import", table, "--analyst", name, "-p", root).exit_code == 0
    assert (
        json.loads(vallum("settle", "-p", root, "--json").stdout)["facts"].get("confirmed") is None
    )
    assert vallum("review", "--import", table, "--analyst", "lee", "-p", root).exit_code == 0
    assert json.loads(vallum("settle", "-p", root, "--json").stdout)["facts"]["confirmed"] == len(
        rows
    )
    about = json.loads(vallum("trace", rows[0]["candidate"], "-p", root, "--json").stdout)["lines"]
    assert sum("Verdict" in line for line in about) == 2
    assert any("Finding" in line and "confirmed" in line for line in about)


def test_the_credit_of_imported_barriers_is_printed(
    small: small_border.Small, tmp_path: Path
) -> None:
    root = tmp_path / "b"
    vallum("new", root, "--frontier", small.line, "--before", "2019", "--after", "2022")
    wrong = vallum("add", small.line, "--barriers", "--subtype", "nothing", "-p", root)
    assert wrong.exit_code == 2
    assert "has no field 'nothing'" in wrong.output
    vallum(
        "add",
        small.line,
        "--barriers",
        "--credit",
        "Jane's Survey",
        "--licence",
        "ODbL",
        "-p",
        root,
    )
    assert vallum("run", "-p", root).exit_code == 3
    report = root / "out" / "report"
    assert "Jane&#39;s Survey, ODbL" in (report / "report.html").read_text(encoding="utf-8")
    assert "Jane's Survey, ODbL" in (report / "report.json").read_text(encoding="utf-8")


def test_publishing_over_other_files_is_refused(
    border: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    result = vallum("publish", "--to", ".", "-p", border)
    assert result.exit_code == 2
    assert "empty or new folder" in result.output
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_stretch_beyond_the_end_is_cut_and_said(tmp_path: Path) -> None:
    result = vallum("new", tmp_path / "b", "--frontier", "prk-rus", "--before", "2019",
                    "--after", "2022", "--km", "10..30")  # fmt: skip
    assert result.exit_code == 0
    assert "was cut there" in result.output


@pytest.mark.parametrize("words", [["status"], ["status", "--json"]])
def test_what_nobody_foresaw_is_told_without_a_traceback(words: list[str]) -> None:
    program = (
        "import vallum.project\n"
        "vallum.project.open_project = lambda *_, **__: 1 / 0\n"
        f"from vallum.cli import main\nmain({words!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    said = json.loads(done.stdout)["message"] if "--json" in words else done.stderr
    assert "ZeroDivisionError" in said
    assert "--debug" in said
