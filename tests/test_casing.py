"""Case files: handed over, checked by others, computed again; what was tampered with is caught."""

from __future__ import annotations

import hashlib
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import bagit
import pytest
from rocrate.rocrate import ROCrate

import desk_rows
import small_desk
import small_tsa
import told_rows
from vallum import config, steps
from vallum.evidence import bag
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Answer, Kind
from vallum.ground.records import (
    Anchor,
    Candidate,
    Comparison,
    Custody,
    Estimate,
    Exhibit,
    Sample,
    Source,
    Verdict,
)
from vallum.ground.saidkinds import Attribution, Handling, Paper, Part, Risk, Voice
from vallum.ground.span import Spans
from vallum.project import open_project
from vallum.steps import casing_ledger, telling
from vallum.steps.casing import case
from vallum.steps.recomputing import recompute, recomputed
from vallum.steps.sampling import sample
from vallum.steps.stamping import stamp

ANN, BEN = "Hong Gildong", "Im Kkeokjeong"
DAY = date(2026, 3, 5)
_START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


def read(project):
    """Two people answer every candidate, then draw a sample and read it."""
    said = []
    for k, one in enumerate(project.rows(Candidate)):
        answers = (Answer.YES, Answer.YES if k % 4 else Answer.NO)
        said += [
            desk_rows.verdict(one, name, answer, at=_START + timedelta(seconds=k), seconds=2.0)
            for name, answer in zip((ANN, BEN), answers, strict=True)
        ]
    with project.run("review", by=ANN) as work:
        work.add_all(said)
    steps.settle(project)
    sample(project, n=30)
    fences = Spans(c.span for c in project.rows(Candidate) if c.category is Kind.FENCE)
    said = []
    for k, row in enumerate(project.rows(Sample)):
        metres = (fences & row.span).length_m
        for name in (ANN, BEN)[: 1 + k % 2]:
            said.append(
                Verdict(
                    about=row.id, analyst=name, mode="sample", at=_START + timedelta(days=k),
                    answer=Answer.YES if metres else Answer.NO,
                    category=Kind.FENCE if metres else None,
                    metres=float(metres) if metres else float("nan"),
                )
            )  # fmt: skip
    with project.run("review", by=ANN) as work:
        work.add_all(said)
    steps.measure(project)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project that was read, measured and published; no test writes to it."""
    folder = tmp_path_factory.mktemp("made") / "border"
    with small_desk.make(folder, n=12, extent_m=6000) as project:
        settings = replace(project.config, publish=replace(project.config.publish, n_chips=0))
    config.write(settings, folder / config.FILE_NAME)
    with open_project(folder) as project:
        read(project)
        steps.publish(project)
    return folder


@pytest.fixture(scope="module")
def handed_over(made, tmp_path_factory):
    """A public case file of it, which no test writes to."""
    target = tmp_path_factory.mktemp("case") / "case"
    copy = tmp_path_factory.mktemp("copy") / "border"
    shutil.copytree(made, copy)
    with open_project(copy) as project:
        done = case(project, target, on=DAY)
        assert len(project.rows(Custody)) == 1
    assert done.exit_code == 0
    return target


@pytest.fixture
def project(made, tmp_path):
    shutil.copytree(made, tmp_path / "border")
    with open_project(tmp_path / "border") as project:
        yield project


@pytest.fixture
def mine(handed_over, tmp_path):
    shutil.copytree(handed_over, tmp_path / "mine")
    return tmp_path / "mine"


def resealed(folder):
    """Write the lists of hashes anew, as somebody would who changed a file."""
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    bag.seal(folder, {"Vallum-Level": "public"})
    return folder


def edit(folder, kind, change):
    path = folder / "data" / "rows" / f"{kind}.jsonl"
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    changed = [change(row) for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in changed if row is not None))


def wrong_names(again):
    return {one["name"] for one in again["numbers"] if not one["equal"]}


# -- what is in it --------------------------------------------------------------------------


def test_every_published_number_recomputes_from_the_case_file_alone(handed_over, made):
    done = recompute(handed_over)
    assert done.blocked == ()
    assert done.exit_code == 0
    with open_project(made) as project:
        names = {row.name for row in project.rows(Estimate)}
    rows = [one for one in done.facts["numbers"] if one["source"] == "rows"]
    assert {one["name"] for one in rows} == names
    assert done.facts["n_numbers"] == done.facts["n_equal"] == len(names)
    sampled = [one for one in done.facts["numbers"] if one["source"] == "sample.json"]
    assert any(one["recomputed"] not in {"", "nothing"} for one in sampled)
    assert done.facts["n_figures"] == done.facts["n_figures_equal"] > 50


def test_others_take_it_for_a_whole_bag_and_a_crate(handed_over):
    assert bagit.Bag(str(handed_over)).validate()
    crate = ROCrate(handed_over / "data")
    listed = {entity.id for entity in crate.data_entities}
    there = {
        path.relative_to(handed_over / "data").as_posix()
        for path in (handed_over / "data").rglob("*")
        if path.is_file()
    }
    assert there == listed | {"ro-crate-metadata.json"}
    assert not crate.get_by_type("Person")
    runs = crate.get_by_type("CreateAction")
    assert {run["name"] for run in runs} >= {"review", "settle", "sample", "measure"}
    assert all("agent" not in run.properties() for run in runs)
    assert all(len(run["startTime"]) == len("2026-03") for run in runs)


def test_sha256sum_finds_every_file_as_it_was(handed_over):
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not installed")
    subprocess.run(
        ["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=handed_over, check=True
    )


def test_the_readme_says_what_every_file_is(handed_over):
    text = (handed_over / "data" / "README.txt").read_text()
    for path in (handed_over / "data").rglob("*"):
        if path.is_file():
            assert path.relative_to(handed_over / "data").as_posix() in text
    assert "sha256sum -c manifest-sha256.txt" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_public_case_file_names_nobody_and_holds_no_ledger(handed_over, made):
    with open_project(made) as project:
        hidden = [ANN, BEN, str(made), "before.tif", "2024-05-01"]
        hidden += [row.id for row in project.rows(Verdict)]
    text = b"".join(
        path.read_bytes() for path in (handed_over / "data" / "rows").rglob("*.jsonl")
    ).decode()
    for needle in hidden:
        assert needle not in text
    assert not (handed_over / "data" / "ledger.jsonl").exists()
    for path in handed_over.rglob("*"):
        if path.is_file():
            assert ANN.encode() not in path.read_bytes()
            assert path.stat().st_mtime == datetime(2026, 3, 5, 12, tzinfo=UTC).timestamp()


def test_the_head_in_it_is_the_one_that_the_report_prints(handed_over):
    head = (handed_over / "data" / "head.txt").read_text().strip()
    report = handed_over / "data" / "report"
    assert head in (report / "report.html").read_text(encoding="utf-8")
    assert json.loads((report / "report.json").read_bytes())["ledger_head"] == head


def test_two_case_files_differ_only_by_code_names(handed_over, project, tmp_path):
    case(project, tmp_path / "again", on=DAY)
    one, two = (
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (handed_over, tmp_path / "again")
    )
    assert one.keys() == two.keys()
    differing = {name for name in one if one[name] != two[name]}
    assert all(
        name.startswith(("data/rows/", "manifest-", "tagmanifest-"))
        or name in {"data/ro-crate-metadata.json", "bag-info.txt"}
        for name in differing
    )
    readers = [
        {json.loads(line)["analyst"] for line in files["data/rows/Verdict.jsonl"].splitlines()}
        for files in (one, two)
    ]
    assert [len(some) for some in readers] == [2, 2]
    assert not readers[0] & readers[1]


def test_at_the_desk_the_whole_ledger_goes_with_it(project, tmp_path):
    done = case(project, tmp_path / "desk", level="desk", on=DAY)
    text = (tmp_path / "desk" / "data" / "rows" / "Verdict.jsonl").read_text()
    assert ANN in text
    lines = (tmp_path / "desk" / "data" / "ledger.jsonl").read_bytes().splitlines()
    assert len(lines) == project.store.head()[0] - 2  # the run and the row that remember it
    assert casing_ledger.problem(lines) == ""
    assert "keep it at the desk" in done.lines[-1]
    assert recompute(tmp_path / "desk").exit_code == 0


def test_the_settings_go_without_the_vault(project, tmp_path):
    secret = replace(project.config, vault=replace(project.config.vault, folder="/secret/place"))
    case(replace(project, config=secret), tmp_path / "case", on=DAY)
    assert "/secret/place" not in (tmp_path / "case" / "data" / "vallum.toml").read_text()


# -- protected sources ----------------------------------------------------------------------


def test_rows_of_protected_sources_are_in_the_ledger_by_hash_alone(project, tmp_path):
    open_, hidden = (
        Source(code=code, voice=Voice.PERSON, risk=risk, attribution=Attribution.BACKGROUND,
               handling=Handling.AMBER, described_as=f"words of {code}")
        for code, risk in (("openaaaa", Risk.LOW), ("hiddenbb", Risk.EXTREME))
    )  # fmt: skip
    papers = [
        Exhibit(sha256=source.code * 8, name="", media_type="text/plain", role="statement",
                paper=Paper.ARTICLE, part=Part.EVIDENTIARY, source=source.id,
                handling=Handling.AMBER)
        for source in (open_, hidden)
    ]  # fmt: skip
    for source, paper in zip((open_, hidden), papers, strict=True):
        with project.run("intake") as work:
            work.add(source, paper)
    path = tmp_path / "ledger.jsonl"
    casing_ledger.write(project.store.entries(), path)
    text = path.read_text()
    assert "openaaaa" in text
    assert "words of openaaaa" in text
    for needle in ("hiddenbb", hidden.id, papers[1].id):
        assert needle not in text
    rows = [json.loads(line) for line in text.splitlines()]
    assert sum("body" not in row for row in rows) == 3  # source, paper, and the run they came in
    assert casing_ledger.problem(path.read_bytes().splitlines()) == ""


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda rows: rows[:3] + rows[4:], "row 4 of the ledger is missing or out of order"),
        (lambda rows: [*rows[:3], rows[3] | {"actor": "x"}, *rows[4:]], "row 4 .* was changed"),
        (lambda rows: [*rows[:3], {"seq": 4}, *rows[4:]], "line 4 of the ledger cannot be read"),
    ],
    ids=["missing", "changed", "unreadable"],
)
def test_a_harmed_ledger_is_told(project, tmp_path, harm, words):
    path = tmp_path / "ledger.jsonl"
    casing_ledger.write(project.store.entries(), path)
    rows = harm([json.loads(line) for line in path.read_bytes().splitlines()])
    assert re.match(words, casing_ledger.problem(json.dumps(row).encode() for row in rows))


# -- tampering ------------------------------------------------------------------------------


def test_a_changed_finding_is_caught_though_the_lists_were_rewritten(mine):
    def longer(row):
        at = row["span"]
        return row | ({"span": [at[0], at[1] + 150]} if row["held"] == "confirmed" else {})

    edit(mine, "Finding", longer)
    done = recompute(resealed(mine))
    assert done.exit_code == 3
    assert not done.facts["problems"]
    assert any(line.startswith("border_km_changed (rows): value") for line in done.blocked)


def test_a_changed_answer_about_a_sample_is_caught(mine):
    def turned(row):
        is_yes = row["mode"] == "sample" and row["answer"] == "yes"
        return row | ({"answer": "no", "metres": None, "category": None} if is_yes else {})

    edit(mine, "Verdict", turned)
    again = recomputed(str(resealed(mine)))
    assert "border_km_changed_estimated" in wrong_names(again)
    sampled = [one for one in again["numbers"] if one["source"] == "sample.json"]
    assert all(one["equal"] for one in sampled)  # the frozen sample still says what was read


def test_a_changed_number_is_caught_in_the_table_and_in_the_report(mine):
    table = mine / "data" / "report" / "estimates.csv"
    rows = table.read_text(encoding="utf-8-sig").splitlines()
    again = recomputed(str(mine))
    value = next(o for o in again["numbers"] if o["name"] == "border_km_changed")["published"]
    table.write_text("\n".join(rows).replace(value, "99.5"), encoding="utf-8-sig")
    again = recomputed(str(resealed(mine)))
    assert "border_km_changed" in wrong_names(again)
    assert "report/estimates.csv is not as it was published" in again["problems"]


def test_a_figure_that_was_changed_in_the_report_alone_is_caught(mine):
    path = mine / "data" / "report" / "report.json"
    model = json.loads(path.read_bytes())
    model["numbers"][0]["value"] += 1
    path.write_text(json.dumps(model))
    again = recomputed(str(resealed(mine)))
    assert not wrong_names(again)
    assert again["figures"][0].startswith("numbers[0].value: ")


def test_every_changed_byte_is_named(mine):
    for name in ("head.txt", "frontier.geojson", "report/border.kmz"):
        path = mine / "data" / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    done = recompute(mine)
    assert done.exit_code == 3
    for name in ("head.txt", "frontier.geojson", "report/border.kmz"):
        assert f"data/{name} was changed after the case file was made" in done.blocked


def test_rows_that_are_gone_are_missed(mine):
    edit(mine, "Candidate", lambda row: None)
    again = recomputed(str(resealed(mine)))
    assert any("rests on" in one and "not in the case file" in one for one in again["problems"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows/Finding.jsonl", b"{\n"),
        ("rows/Finding.jsonl", b"[" * 100_000),
        ("rows/Scene.jsonl", b'{"id": "scene-x", "taken": 7}\n'),
        ("vallum.toml", b"name = 3\n"),
        ("frontier.geojson", b"{}"),
        ("report/report.json", b"[]"),
        ("sample.json", b"{}"),
    ],
    ids=["cut", "deep", "wrong row", "settings", "line", "report", "sample"],
)
def test_what_cannot_be_read_is_said_and_nothing_crashes(mine, name, content):
    (mine / "data" / name).write_bytes(content)
    again = recomputed(str(resealed(mine)))
    assert any("could not be computed again" in one for one in again["problems"])


def test_a_folder_that_is_no_case_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="is no folder"):
        recompute(tmp_path / "none")
    with pytest.raises(BadInput, match="is no case file"):
        recompute(tmp_path)


# -- when nothing is written ----------------------------------------------------------------


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_folder_with_anything_in_it_is_left_alone(project, tmp_path):
    target = tmp_path / "full"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    with pytest.raises(BadSetting, match="not empty; nothing was written"):
        case(project, target)
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
    with pytest.raises(BadSetting, match="choose public or desk"):
        case(project, tmp_path / "new", level="private")


def test_an_empty_folder_is_taken(project, tmp_path):
    target = tmp_path / "empty"
    target.mkdir()
    case(project, target, on=DAY)
    assert (target / "bagit.txt").is_file()


def test_numbers_that_no_longer_follow_are_not_handed_over(project, tmp_path):
    (one, *_) = project.rows(Comparison)
    with project.run("more") as work:
        work.add(replace(one, seen=Spans(), blocked_by="clouds"))
    before = project.store.head()
    with pytest.raises(BadSetting, match="run `vallum measure`"):
        case(project, tmp_path / "case")
    assert not (tmp_path / "case").exists()
    assert not left_over(tmp_path)
    assert project.store.head() == before


def test_a_publication_that_was_changed_is_not_the_one_that_is_handed_over(project, tmp_path):
    page = project.out_folder / "report" / "report.html"
    page.write_text(page.read_text(encoding="utf-8") + "<!-- more -->", encoding="utf-8")
    case(project, tmp_path / "case", on=DAY)
    own = tmp_path / "case" / "data" / "report" / "report.html"
    assert "<!-- more -->" not in own.read_text(encoding="utf-8")
    assert recompute(tmp_path / "case").exit_code == 0


def tell(project, **more):
    """Take in two people who agreed, with a claim each; nothing of it is on the ledger later."""
    for code in ("annaaaaa", "bertaaaa"):
        one = told_rows.said(
            told_rows.witness(code, risk=Risk.LOW, **more), at=(1200, 1220), when="2019-04"
        )
        with project.run("fill") as work:
            work.add(one.source, one.exhibit, one.claim)


def test_a_claim_whose_leave_has_ended_is_not_in_the_publication_that_is_handed_over(
    project, tmp_path
):
    tell(project, consent_expires=DAY)
    steps.publish(project, on=DAY)
    assert (project.out_folder / "report" / "claims.csv").is_file()
    later = DAY + timedelta(days=1)
    case(project, tmp_path / "case", on=later)
    assert not list((tmp_path / "case").rglob("claims.csv"))
    assert "a person who worked" not in "".join(
        path.read_text("utf-8", "ignore") for path in (tmp_path / "case").rglob("report.*")
    )
    assert recompute(tmp_path / "case").exit_code == 0


def test_where_the_desk_s_own_places_lie_exactly_is_not_handed_over(project, tmp_path):
    at = project.frontier.point_at(1500)
    (project.root / "places.csv").write_text(
        f"name,other,lon,lat,within_m\nOldmill,,{at.x + 0.004},{at.y + 0.004},731\n"
        f"Far away,,{at.x + 9},{at.y},731\n"
    )
    case(project, tmp_path / "case", on=DAY)
    text = (tmp_path / "case" / "data" / "places.csv").read_text()
    strip = "report/figures/strip-chart.svg"
    handed = tmp_path / "case" / "data" / strip
    assert handed.read_bytes() != (project.out_folder / strip).read_bytes()
    assert "Oldmill" in text
    assert "731" not in text
    assert "Far away" not in text
    lon, lat = (float(one) for one in text.splitlines()[1].split(",")[2:])
    assert abs(project.frontier.locate(lon, lat).off_m) < 1
    assert recompute(tmp_path / "case").exit_code == 0


def test_settings_that_were_edited_since_are_those_of_the_publication_handed_over(
    project, tmp_path
):
    other = replace(project, config=replace(project.config, name="Another name"))
    case(other, tmp_path / "case", on=DAY)
    page = tmp_path / "case" / "data" / "report" / "report.html"
    assert "Another name" in page.read_text(encoding="utf-8")


def test_where_there_is_no_room_nothing_half_written_is_left(made, tmp_path):
    shutil.copytree(made, tmp_path / "border")
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from vallum.project import open_project\n"
        "from vallum.steps.casing import case\n"
        "from vallum.ground.errors import DiskFull\n"
        "with open_project(Path(sys.argv[1])) as project:\n"
        "    try:\n"
        "        case(project, Path(sys.argv[2]))\n"
        "    except DiskFull as error:\n"
        "        print(error)\n"
    )
    largest = max(p.stat().st_size for p in (tmp_path / "border" / "out" / "report").iterdir())

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest - 1, largest - 1))

    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "border", tmp_path / "case"],
        capture_output=True, text=True, check=False, preexec_fn=limited,
    )  # fmt: skip
    assert "no room left to write the case file" in done.stdout, done.stderr
    assert not (tmp_path / "case").exists()
    assert not left_over(tmp_path)


# -- time stamps ----------------------------------------------------------------------------


def test_a_stamp_goes_with_it_and_is_of_the_head_that_the_report_prints(project, tmp_path):
    authority = small_tsa.make(tmp_path / "tsa")
    stamp(project, request=tmp_path / "head.tsq")
    answer = authority.answer(tmp_path / "head.tsq", tmp_path / "head.tsr")
    stamp(project, response=answer, roots=[authority.root])
    with project.run("source") as work:
        work.add(told_rows.witness())
    stamp(project, request=tmp_path / "more.tsq")
    answer = authority.answer(tmp_path / "more-desk.tsq", tmp_path / "more.tsr")
    stamp(project, response=answer, roots=[authority.root])
    case(project, tmp_path / "case", on=DAY)
    folder = tmp_path / "case" / "data" / "stamps"
    (stamped,) = folder.glob("*.tsr")
    assert str(project.rows(Anchor)[0].ledger_seq) not in stamped.stem.split("-")
    head = (tmp_path / "case" / "data" / "head.txt").read_bytes()
    assert stamped.with_suffix(".txt").read_bytes() == head
    said = small_tsa.openssl(
        "ts", "-verify", "-data", stamped.with_suffix(".txt"), "-in", stamped, "-CAfile",
        stamped.with_suffix(".pem"),
    )  # fmt: skip
    assert "Verification: OK" in said
    done = recompute(tmp_path / "case")
    assert done.exit_code == 0
    assert any("1 time stamps hold" in line for line in done.lines)


def test_the_manifest_remembered_in_the_ledger_is_that_of_the_case_file(
    project, tmp_path, monkeypatch
):
    monkeypatch.delattr(telling, "publish")  # what is of today is copied, never made anew
    case(project, tmp_path / "case", on=DAY)
    digest = hashlib.sha256((tmp_path / "case" / "manifest-sha256.txt").read_bytes()).hexdigest()
    assert digest in project.rows(Custody)[0].outcome
