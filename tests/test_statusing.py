"""`status` and `runs`: what is due, what is blocked, what ran; and that the log tells no secret."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import small_published
from vallum import steps
from vallum.cli import main
from vallum.commands.watching import runs as runs_command
from vallum.ground import logbook
from vallum.ground.errors import Stopped
from vallum.ground.logbook import Event, Line
from vallum.ground.records import Comparison, Run, Verdict
from vallum.project import Project, open_project
from vallum.steps import statusing
from vallum.steps.jobs import Jobs
from vallum.steps.past import past

KEYS = {
    "scenes", "looks", "fits", "comparisons", "candidates", "verdicts", "findings", "ledger_rows",
    "ledger_head", "extent_m", "blocked", "blocked_m", "due", "drill_due", "version", "schema",
    "store", "backup", "last_runs", "protection", "disk_free_bytes",
}  # fmt: skip
SECRETS = tuple(
    f"canary-{word}-{k:02}" for k, word in enumerate(["name", "quote", "path", "key"] * 6)
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_published.make(tmp_path_factory.mktemp("made") / "border")


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "border"))


def vallum(*words: object) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    return result.output


def log_of(root: Path) -> str:
    return "".join(path.read_text() for path in sorted((root / "log").glob("*")))


def blocked(project: Project, n: int = 2) -> tuple[Comparison, ...]:
    """Let the first `n` comparisons be blocked, by a run of their own."""
    rows = project.rows(Comparison)[:n]
    lost = [replace(row, seen=type(row.seen)(), blocked_by="the tiles disagree") for row in rows]
    with project.run("detect", by="Hong Gildong") as work:
        work.add_all(lost)
    return tuple(lost)


# -- status -------------------------------------------------------------------------------------


def test_status_has_the_keys_that_are_promised(root: Path) -> None:
    with open_project(root) as project:
        done = statusing.status(project)
    assert set(done.facts) >= KEYS
    json.dumps(done.to_json())
    assert done.facts["store"] == {"kind": "sqlite"}
    assert done.facts["backup"] is None
    assert set(done.facts["last_runs"]["measure"]) == {  # type: ignore[index,arg-type,call-overload]
        "run", "at", "seconds", "n_added", "how", "error",
    }  # fmt: skip
    page = (Path(__file__).parents[1] / "docs/how-to/watch-a-desk.md").read_text()
    for key in KEYS:
        assert f"`{key}`" in page, key


def test_status_says_how_much_border_each_reason_blocks(root: Path) -> None:
    with open_project(root) as project:
        one, other = blocked(project)
        facts = statusing.status(project).facts
        assert statusing.blocked_sections(project) == (1, 2)
    assert facts["blocked"] == {"the tiles disagree": 2}
    assert facts["blocked_m"] == {"the tiles disagree": one.span.length_m + other.span.length_m}


def test_what_is_due_follows_from_the_rows(root: Path) -> None:
    with open_project(root) as project:
        was = statusing.status(project).facts["due"]
        assert "settle" not in was  # type: ignore[operator]
        assert "measure" not in was  # type: ignore[operator]
        assert "publish" in was  # type: ignore[operator]
        one = next(row for row in project.rows(Verdict) if row.answer == "yes")
        with project.run("review") as work:
            work.add(replace(one, answer="no"))
        assert "settle" in statusing.status(project).facts["due"]  # type: ignore[operator]
        steps.settle(project)
        now = statusing.status(project).facts["due"]
        assert "settle" not in now  # type: ignore[operator]
        assert "measure" in now  # type: ignore[operator]
        steps.measure(project)
        assert "measure" not in statusing.status(project).facts["due"]  # type: ignore[operator]


def test_status_tells_when_the_last_backup_was(root: Path) -> None:
    (root / "backups").mkdir()
    told = {"at": datetime.now(UTC).isoformat(), "rows": 3, "head": "ab"}
    (root / "backups" / "last.json").write_text(json.dumps(told))
    with open_project(root) as project:
        backup = statusing.status(project).facts["backup"]
    assert backup["rows"] == 3  # type: ignore[index,call-overload]
    assert 0 <= backup["days"] < 1  # type: ignore[index,call-overload,operator]


# -- runs ---------------------------------------------------------------------------------------


def test_runs_say_what_ran_and_what_it_added(root: Path) -> None:
    with open_project(root) as project:
        found = past(project)
        assert [one.step for one in found][:3] == ["measure", "settle", "review"]
        assert found[0].kinds == {"Estimate": found[0].n_added}
        assert found[0].seconds is not None
        assert len(found) == len(project.rows(Run))
        lost = blocked(project)
        newest = past(project, last=1)[0]
    assert newest.by == "Hong Gildong"
    (part,) = newest.blocked
    assert (part.why, part.sections) == ("the tiles disagree", (1, 2))
    assert part.length_m == sum(row.span.length_m for row in lost)
    told = CliRunner().invoke(runs_command, ["--project", str(root), "--last", "1"])
    assert told.exit_code == 0, told.output
    assert "detect" in told.output
    assert "the tiles disagree" in told.output


def test_how_long_it_took_is_what_the_log_says_where_it_does(root: Path) -> None:
    with open_project(root) as project:
        run = project.rows(Run)[-1]
        line = Line(time=run.at, event=Event.DONE, step=run.step, run=run.id, seconds=77.5)
        logbook.tell(root, replace(line, mark="0123abcd"))
        assert past(project)[0].seconds == 77.5
        assert "77.5 s" in statusing.runs(project, last=1).lines[0]


def test_what_failed_and_what_never_ended_is_told(root: Path) -> None:
    with pytest.raises(ZeroDivisionError), logbook.watched(root, "cover"):
        raise ZeroDivisionError
    logbook.Watched(root=root, step="align").tell(Event.BEGAN)
    with open_project(root) as project:
        n_runs = len(project.rows(Run))
        found = past(project)
        lines = statusing.runs(project).lines
    assert len(found) == n_runs + 2
    assert (found[0].step, found[0].how) == ("align", "unfinished")
    assert (found[1].step, found[1].how, found[1].error) == ("cover", "failed", "Unexpected")
    assert lines[1].endswith("; failed (Unexpected)")


def test_a_project_in_which_nothing_ran_says_so(root: Path) -> None:
    with open_project(root) as project:
        assert past(project, last=0) == []
        assert statusing.runs(project, last=0).lines == ("nothing ran here yet",)


# -- the log of commands and jobs ---------------------------------------------------------------


def test_a_command_stands_in_the_log_with_its_run(root: Path) -> None:
    with open_project(root) as project:
        blocked(project)
    vallum("measure", "--project", root)
    vallum("status", "--project", root)
    began, ended = logbook.told(root)
    assert (began.event, began.step) == ("began", "measure")
    assert (ended.event, ended.counts["added"] > 0) == ("done", True)
    with open_project(root) as project:
        assert project.rows(Run)[-1].id == ended.run
        assert past(project)[0].seconds == ended.seconds


def test_a_job_of_the_app_stands_in_the_log(root: Path) -> None:
    def cut_off(_: object) -> None:
        raise Stopped("stopped; SIMULATED")

    jobs = Jobs()
    jobs.logged_in = lambda: root
    jobs.start("measure", "vallum measure", cut_off)  # type: ignore[arg-type]
    jobs.wait(20)
    assert [(line.event, line.step) for line in logbook.told(root)] == [
        ("began", "measure"),
        ("stopped", "measure"),
    ]


def test_no_secret_that_is_typed_stands_in_the_log(root: Path, tmp_path: Path) -> None:
    made = iter(SECRETS)
    file = tmp_path / f"{next(made)}.txt"
    file.write_text(f"SIMULATED {next(made)}")
    typed: list[list[object]] = [
        ["add", file, "--credit", next(made), "--licence", next(made)],
        ["set-aside", next(made), "--why", next(made)],
        ["review", "--import", file, "--analyst", next(made)],
        ["trace", next(made)],
        ["source", "add", "--kind", "person", "--described-as", next(made)],
        ["intake", file, "--source", next(made), "--title", next(made)],
        ["read", "--exhibit", next(made)],
        ["vault", "new", tmp_path / next(made), "--recipient", next(made)],
        ["withdraw", next(made)],
        ["case", tmp_path / next(made)],
        ["view", next(made)],
        ["no-such-command", next(made)],
        ["sample", "--area", next(made), "--why", next(made)],
        ["publish", "--no-such-option", next(made)],
    ]
    for number, words in enumerate(typed):
        vallum(*words, "--project", root, ("--debug", "--json")[number % 2])
    log = log_of(root)
    assert log.count('"failed"') >= 5
    assert "canary" not in log
    assert str(tmp_path) not in log
    for line in log.splitlines():
        assert set(json.loads(line)) <= {
            "time", "event", "step", "mark", "run", "seconds", "counts", "sections", "causes",
            "error", "version",
        }  # fmt: skip
