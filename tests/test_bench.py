"""What `make bench` says: tables, ratios, what became worse, what became of each program."""

import importlib.util
import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bench():
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    spec = importlib.util.spec_from_file_location("bench", FOLDER / "bench.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(FOLDER))
    for name in {"bench", "record"} - before:
        sys.modules.pop(name, None)


@pytest.fixture
def record(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(bench.record, "RESULTS", tmp_path)
    return bench.record


def row(record, value=10.0, name="read", better="more", **more):
    return record.Row(name=name, value=value, unit="Mpx/s", better=better, **more)


def measured(record, commit, at, rows, *, cpu="A", cores=2, benchmark="speed/x", changed=False):
    return record.Measured(
        benchmark=benchmark, commit=commit, changed=changed, at=f"2026-11-{at:02}T00:00:00+00:00",
        cpu=cpu, cores=cores, rows=tuple(rows),
    )  # fmt: skip


def cells(table, line):
    return [cell.strip() for cell in table.splitlines()[line].strip("|").split("|")]


# --- rows and tables --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("better", "value", "peer", "bound", "ours_is", "short"),
    [
        ("more", 30.0, 15.0, 45.0, "2.00 x", "1.50"),
        ("more", 30.0, 60.0, 30.0, "0.50 x", "1.00"),
        ("less", 30.0, 60.0, 15.0, "2.00 x", "2.00"),
        ("less", 30.0, 15.0, 60.0, "0.50 x", "0.50"),
        ("less", 0.0, 0.0, 0.0, "1.00 x", "1.00"),
    ],
)
def test_ratios_say_how_many_times_better(record, better, value, peer, bound, ours_is, short):
    one = row(record, value, better=better, peer="other", peer_value=peer, bound=bound)
    shown = cells(record.table([one]), 2)
    assert (shown[5], shown[7]) == (ours_is, short)


def test_a_row_without_peer_and_bound_has_empty_cells(record):
    assert cells(record.table([row(record, 1234.5)]), 2) == ["read", "1,234", "Mpx/s"] + [""] * 5


def test_a_fact_that_is_neither_better_nor_worse_has_no_ratio(record):
    shown = cells(record.table([row(record, better="", peer_value=5.0, bound=20.0)]), 2)
    assert (shown[5], shown[7]) == ("", "")


@pytest.mark.parametrize("value", [math.nan, math.inf, None], ids=str)
def test_what_is_no_number_reads_not_measured(record, value):
    one = row(record, value, peer_value=5.0)
    assert one.value is None
    assert cells(record.table([one]), 2)[1] == "not measured"


def test_a_bar_in_a_name_breaks_no_table(record):
    assert len(cells(record.table([row(record, name="a|b")]), 2)) == 8


def test_a_note_is_said_once_for_all_rows_that_share_it(record):
    rows = [row(record, name=name, note=note) for name, note in (("a", "x"), ("b", "x"), ("c", ""))]
    assert record.notes(rows) == ["- x: a; b"]
    assert record.notes(rows[:2]) == ["- x: all"]


def test_better_must_be_known(record):
    with pytest.raises(ValueError, match="better is"):
        row(record, better="higher")


# --- keeping and reading ----------------------------------------------------------------------


def test_what_is_kept_is_read_again(record, capsys):
    path = record.keep("speed/x", [row(record, bound=20.0, note="SIMULATED")], n=3)
    assert path.name == "speed-x.json"
    found, broken = record.load([path])
    assert broken == []
    assert found[0].rows == (row(record, bound=20.0, note="SIMULATED"),)
    assert found[0].facts["n"] == 3
    assert path.parent.name == found[0].state
    assert "| read | 10 |" in capsys.readouterr().out


def test_two_rows_of_one_name_are_refused_before_anything_is_written(record, tmp_path):
    with pytest.raises(ValueError, match="several rows are called read"):
        record.keep("speed/x", [row(record), row(record)])
    assert list(tmp_path.iterdir()) == []


def test_a_trial_overwrites_no_commit(record, monkeypatch):
    monkeypatch.setattr(record, "state", lambda: ("abc", False))
    clean = record.keep("store", [row(record)])
    monkeypatch.setattr(record, "state", lambda: ("abc", True))
    trial = record.keep("store", [row(record)])
    assert (clean.parent.name, trial.parent.name) == ("abc", "abc-changed")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"rows": []}', '{"rows": [{"name": "x"}]}'],
    ids=["empty", "half", "list", "nothing", "no head", "half a row"],
)
def test_a_broken_file_is_named_and_left_out(record, tmp_path, text):
    record.keep("speed/x", [row(record)])
    bad = tmp_path / "def" / "bad.json"
    bad.parent.mkdir()
    bad.write_text(text)
    said, _ = record.summary(tmp_path)
    assert f"{bad}: no result that can be read" in said
    assert "| read | 10 |" in said


def test_a_row_of_a_later_version_with_more_fields_is_read(record, tmp_path):
    path = record.keep("speed/x", [row(record)])
    told = json.loads(path.read_text())
    told["rows"][0]["colour"] = "red"
    path.write_text(json.dumps(told))
    assert record.load([path])[0][0].rows == (row(record),)


# --- comparing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("better", "before", "now", "is_worse"),
    [
        ("more", 10.0, 9.2, False),
        ("more", 10.0, 9.0, True),
        ("more", 10.0, 20.0, False),
        ("less", 10.0, 10.9, False),
        ("less", 10.0, 11.1, True),
        ("less", 10.0, 5.0, False),
        ("less", 0.0, 1.0, True),
        ("less", 0.0, 0.0, False),
        ("", 10.0, 1.0, False),
    ],
)
def test_what_became_worse_by_more_than_a_tenth_is_found(record, better, before, now, is_worse):
    runs = [
        measured(record, "a", 1, [row(record, before, better=better)]),
        measured(record, "b", 2, [row(record, now, better=better)]),
    ]
    assert bool(record.compare(runs, "b").worse) is is_worse


def test_only_the_same_processor_and_number_of_cores_are_compared(record):
    runs = [
        measured(record, "a", 1, [row(record, 100.0)], cpu="B"),
        measured(record, "b", 2, [row(record, 100.0)], cores=64),
        measured(record, "c", 3, [row(record, 10.0)]),
    ]
    found = record.compare(runs, "c")
    assert (found.worse, found.n_compared, found.alone) == ((), 0, ("speed/x",))
    assert "Nothing to compare with" in record.said(found)


def test_the_last_state_before_is_the_one_that_counts(record):
    runs = [
        measured(record, "a", 1, [row(record, 100.0)]),
        measured(record, "b", 2, [row(record, 10.0)]),
        measured(record, "c", 3, [row(record, 10.0)]),
        measured(record, "d", 4, [row(record, 100.0)]),
    ]
    assert record.compare(runs, "c").worse == ()
    assert [one.since for one in record.compare(runs, "b").worse] == ["a"]


def test_a_trial_is_held_against_its_own_commit(record):
    runs = [
        measured(record, "a", 1, [row(record, 10.0)]),
        measured(record, "a", 2, [row(record, 5.0)], changed=True),
    ]
    worse = record.compare(runs, "a-changed").worse
    assert [(one.before, one.now, one.since) for one in worse] == [(10.0, 5.0, "a")]


def test_numbers_that_are_gone_are_named(record):
    runs = [
        measured(record, "a", 1, [row(record), row(record, name="warp"), row(record, name="vote")]),
        measured(record, "b", 2, [row(record), row(record, None, name="vote")]),
    ]
    found = record.compare(runs, "b")
    assert found.gone == ("speed/x: warp", "speed/x: vote")
    assert "no longer: speed/x: warp" in record.said(found)


def test_a_number_in_another_unit_is_not_compared(record):
    other = record.Row(name="read", value=10_000.0, unit="kpx/s", better="more")
    runs = [measured(record, "a", 1, [other]), measured(record, "b", 2, [row(record)])]
    assert record.compare(runs, "b").n_compared == 0


def test_the_text_names_what_became_worse(record):
    runs = [measured(record, "a", 1, [row(record)]), measured(record, "b", 2, [row(record, 5.0)])]
    assert "| speed/x | read | 10 | 5 | Mpx/s | 0.50 x | a |" in record.said(
        record.compare(runs, "b")
    )


# --- running ----------------------------------------------------------------------------------

PROGRAMS = {
    "good": "print('a table')",
    "speed/bad": "raise SystemExit('the wheel came off')",
    "speed/slow": "import time; print('begun', flush=True); time.sleep(60)",
    "speed/poor": "print('skipped: no images here')",
    "note": None,
}


@pytest.fixture
def folder(tmp_path):
    for name, code in PROGRAMS.items():
        path = tmp_path / "benchmarks" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"\nif __name__ == '__main__':\n    {code}\n" if code else "X = 1\n")
    return tmp_path / "benchmarks"


def test_programs_are_those_that_can_be_run(bench, folder):
    assert list(bench.programs(folder)) == ["good", "speed/bad", "speed/poor", "speed/slow"]


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ([], ["good", "speed/bad", "speed/poor", "speed/slow"]),
        (["speed/poor", "good"], ["good", "speed/poor"]),
        (["benchmarks/speed/bad.py"], ["speed/bad"]),
        (["speed"], ["speed/bad", "speed/poor", "speed/slow"]),
        (["speed/"], ["speed/bad", "speed/poor", "speed/slow"]),
    ],
    ids=["all", "two", "path", "folder", "folder with a stroke"],
)
def test_names_choose_programs_and_folders(bench, folder, asked, got):
    assert list(bench.chosen(asked, bench.programs(folder))) == got


def test_a_name_that_there_is_not_is_refused_with_a_likely_one(bench, folder):
    with pytest.raises(LookupError, match="no benchmark 'sped/bad'.*speed/bad"):
        bench.chosen(["sped/bad"], bench.programs(folder))


def test_one_that_fails_and_one_without_data_end_no_other(bench, folder, capfd):
    known = bench.programs(folder)
    wanted = {name: known[name] for name in ("speed/bad", "speed/poor", "good")}
    ran = bench.run_all(wanted, 30.0, without=set())
    assert [one.outcome for one in ran] == ["failed", "no data", "done"]
    table = bench.outcomes(ran)
    assert "exit status 1: the wheel came off" in table
    assert "no images here" in table
    assert "a table" in capfd.readouterr().out


def test_one_that_takes_too_long_is_ended(bench, folder):
    ran = bench.run("speed/slow", folder / "speed" / "slow.py", timeout_s=0.5)
    assert ran.outcome == "too long"
    assert "after 0 s" in ran.why or "after 1 s" in ran.why


def test_nothing_of_a_program_is_left_over(bench, folder):
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    )
    path = folder / "parent.py"
    path.write_text(code)
    seen = []
    listener = bench._Listener
    try:
        bench._Listener = lambda stream: seen.append(listener(stream)) or seen[-1]
        assert bench.run("parent", path, timeout_s=30.0).outcome == "done"
    finally:
        bench._Listener = listener
    # What it printed into was held open by the child as well: it ended, so the child did.
    assert not seen[0].is_alive()


def test_programs_that_need_data_are_not_run_without(bench, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("VALLUM_SHARED", str(tmp_path / "nowhere"))
    ran = bench.run_all({"good": folder / "good.py"}, 30.0, without={"good"})
    assert ran[0].outcome == "no data"
    assert str(tmp_path / "nowhere" / "data") in ran[0].why


def test_ctrl_c_ends_the_rest_and_says_so(bench, folder, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "run", stop)
    ran = bench.run_all(bench.programs(folder), 30.0, without=set())
    assert [one.outcome for one in ran] == ["interrupted"]


@pytest.fixture
def whole(bench, record, folder, monkeypatch):
    """The command itself, over programs of a test."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["bench.py", *words])
        monkeypatch.setattr(bench, "needs_data", set)
        return bench.main()

    known = bench.programs(folder)
    monkeypatch.setattr(bench, "programs", lambda: known)
    monkeypatch.setattr(record, "state", lambda: ("b", False))
    monkeypatch.setattr(record, "RELEASED", record.RESULTS / "released")
    monkeypatch.setattr(bench, "BENCHMARKS", folder)
    real_summary, real_release = record.summary, bench.release
    results = record.RESULTS / "results"
    monkeypatch.setattr(record, "summary", lambda of: real_summary(results, of))
    monkeypatch.setattr(bench, "release", lambda of: real_release(results, of))
    for commit, at, value in (("a", 1, 10.0), ("b", 2, 5.0)):
        one = measured(record, commit, at, [])
        path = results / commit / "speed-x.json"
        path.parent.mkdir(parents=True)
        head = {
            name: getattr(one, name)
            for name in ("benchmark", "commit", "changed", "at", "cpu", "cores")
        }
        rows = [{"name": "read", "value": value, "unit": "s", "better": "more"}]
        path.write_text(json.dumps(head | {"rows": rows}))
    return call


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["good"], 0),
        (["good", "speed/poor"], 0),
        (["good", "speed/bad"], 1),
        (["good", "--strict"], 1),
        (["moat"], 2),
    ],
    ids=["worse is shown only", "no data is no failure", "a failure", "strict", "no such name"],
)
def test_the_exit_status_says_what_happened(whole, capfd, words, status):
    assert whole(*words) == status
    said = capfd.readouterr()
    if status < 2:
        assert "| speed/x | read | 10 | 5 | s | 0.50 x | a |" in said.out
        assert "| good | done |" in said.out
    else:
        assert "nothing was run" in said.err


def test_list_runs_nothing(whole, capfd):
    assert whole("--list") == 0
    assert capfd.readouterr().out.split() == ["good", "speed/bad", "speed/poor", "speed/slow"]


# --- releasing --------------------------------------------------------------------------------


def test_a_release_takes_the_place_of_the_one_before_it(bench, record, tmp_path):
    for commit, at, names in (("a", 1, ("store", "speed/x")), ("b", 2, ("store",))):
        for name in names:
            one = measured(record, commit, at, [], benchmark=name)
            path = tmp_path / commit / f"{name.replace('/', '-')}.json"
            path.parent.mkdir(exist_ok=True)
            head = {
                key: getattr(one, key)
                for key in ("benchmark", "commit", "changed", "at", "cpu", "cores")
            }
            path.write_text(json.dumps(head | {"rows": []}))
        bench.release(tmp_path, commit)
    left = sorted(
        p.relative_to(tmp_path / "released").as_posix() for p in (tmp_path / "released").glob("*/*")
    )
    assert left == ["a/speed-x.json", "b/store.json"]


def test_nothing_to_release_is_said(bench, tmp_path):
    with pytest.raises(LookupError, match="nothing was measured"):
        bench.release(tmp_path)


# --- what is committed ------------------------------------------------------------------------


def test_git_leaves_out_results_but_for_the_released_ones():
    def ignored(path):
        done = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
        return done.returncode == 0

    if subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("no checkout")
    assert ignored("benchmarks/results/abc/store.json")
    assert not ignored("benchmarks/results/released/abc/store.json")


def test_every_program_is_in_the_table_of_the_readme(bench):
    listed = set(re.findall(r"^\| `([\w/]+)\.py", README, re.M))
    assert set(bench.programs()) - listed == set()


def test_the_readme_says_which_programs_need_data(bench):
    assert {"real", "cloud", "detection/detect"} <= bench.needs_data()
    assert {"store", "memory"}.isdisjoint(bench.needs_data())


def test_the_run_of_a_program_ends_by_the_signal_that_was_meant(bench, folder):
    path = folder / "killed.py"
    path.write_text(f"import os\nos.kill(os.getpid(), {int(signal.SIGKILL)})\n")
    assert bench.run("killed", path, timeout_s=30.0).outcome == "failed"
