"""Tasks on a real Dask cluster with keys of its own: the plain loop's results, whatever happens."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import cluster_tasks
import clusters
import small_border
import vallum
from vallum import steps
from vallum.commands.clusters import cluster as command
from vallum.ground.errors import BadSetting, MissingExtra, NotReached, StoreError
from vallum.run import cluster as engine
from vallum.run import each, inside, keys
from vallum.run.address import parsed
from vallum.run.cluster import Patience, on_cluster

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.xdist_group("cluster"),
    # A client of distributed whose connection was refused complains when it is forgotten.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
_STEP_S = 0.02


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clusters.Cluster]:
    """A scheduler and two workers that all tests of this file share."""
    with clusters.running(tmp_path_factory.mktemp("cluster")) as one:
        yield one


def until(holds: Callable[[], object]) -> None:
    """Wait for something that is about to happen."""
    for _ in range(round(60 / _STEP_S)):
        if holds():
            return
        threading.Event().wait(_STEP_S)
    raise AssertionError("it did not happen")


# -- the same as the plain loop -----------------------------------------------------------------


def test_outcomes_are_those_of_the_plain_loop(cluster: clusters.Cluster) -> None:
    tasks = [5, 3, 1, 4, 2, *range(6, 60)]
    plain = list(each(cluster_tasks.square, tasks))
    there = list(each(cluster_tasks.square, tasks, cluster.address))
    assert [(o.task, o.value, o.problem) for o in there] == [
        (o.task, o.value, o.problem) for o in plain
    ]
    assert "cluster_tasks.py" in there[3].details


def test_trouble_with_the_store_ends_the_run(cluster: clusters.Cluster) -> None:
    with pytest.raises(StoreError, match="gone"):
        list(each(cluster_tasks.broken_store, [1, 2], cluster.address))


def told(root: Path) -> list[tuple[str, str, str]]:
    """What a project's ledger says, without when and in which run."""
    with vallum.open(root) as project:
        rows = project.store.entries()
    return [
        (row.kind, row.id, json.dumps(json.loads(row.body) | {"run": ""}, sort_keys=True))
        for row in rows
        if row.kind != "Run"
    ]


def test_a_project_gets_the_same_rows(cluster: clusters.Cluster, tmp_path: Path) -> None:
    small = small_border.make(tmp_path)
    made, _ = steps.new(
        tmp_path / "plain", frontier=small.line, before="2019", after="2022",
        corridor_m=100, section_m=400,
    )  # fmt: skip
    with made:
        steps.add(made, [small.images])
    shutil.copytree(tmp_path / "plain", tmp_path / "cluster")
    for name, scheduler in (("plain", ""), ("cluster", cluster.address)):
        with vallum.open(tmp_path / name) as project:
            steps.cover(project, scheduler=scheduler)
            steps.align(project, scheduler=scheduler)
            steps.detect(project, scheduler=scheduler)
    rows = told(tmp_path / "cluster")
    assert rows == told(tmp_path / "plain")
    assert {"Look", "Fit", "Comparison", "Candidate"} <= {kind for kind, _, _ in rows}


def test_only_some_tasks_are_sent_ahead(cluster: clusters.Cluster) -> None:
    taken: list[int] = []

    class Noted(list[int]):
        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            taken.append(index)
            return super().__getitem__(index)

    outcomes = each(cluster_tasks.square, Noted(range(5, 5005)), cluster.address)
    for _ in range(20):
        next(outcomes)
    assert max(taken) < 20 + 200
    outcomes.close()  # type: ignore[attr-defined]


_CALLER = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs behind a shell ignores it
sys.path.insert(0, sys.argv[1])
import cluster_tasks
from vallum.run import each
tasks = [(sys.argv[3], n) for n in range(40)]
try:
    list(each(cluster_tasks.held, tasks, sys.argv[2]))
except KeyboardInterrupt:
    print("stopped")
"""


def test_ctrl_c_takes_back_what_was_not_begun(cluster: clusters.Cluster, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    words = [sys.executable, "-c", _CALLER, str(clusters.TESTS), cluster.address, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as caller:
        try:
            until(lambda: len([*tmp_path.glob("began-*")]) == 2)
            caller.send_signal(signal.SIGINT)
            said, _ = caller.communicate(timeout=60)
        finally:
            caller.kill()
            (tmp_path / "hold").unlink()
    assert said == b"stopped\n"
    assert [o.value for o in each(cluster_tasks.square, [5, 6], cluster.address)] == [25, 36]
    assert len([*tmp_path.glob("began-*")]) <= 4  # two ran, and at most two were next


# -- workers that die, hang, or are lost ------------------------------------------------------------


def test_a_worker_that_is_killed_loses_no_task(cluster: clusters.Cluster, tmp_path: Path) -> None:
    tasks = [(str(tmp_path), number) for number in range(30)]
    outcomes = list(each(cluster_tasks.die_once, tasks, cluster.address))
    assert [o.value for o in outcomes] == list(range(30))
    assert (tmp_path / "died").exists()


def test_a_task_that_kills_every_worker_is_given_up_alone(
    cluster: clusters.Cluster, tmp_path: Path
) -> None:
    tasks = [(str(tmp_path), number) for number in range(16)]
    outcomes = list(each(cluster_tasks.die_of_seven, tasks, cluster.address))
    assert [o.value for o in outcomes] == [n if n != 7 else None for n in range(16)]
    assert [o.task[1] for o in outcomes if not o.ok] == [7]
    assert "died, again and again" in outcomes[7].problem
    # Two workers, then two more while nothing else ran; Dask may count one death less.
    assert 4 <= len([*tmp_path.iterdir()]) <= 8


def test_a_task_that_hangs_is_given_to_a_second_worker(
    cluster: clusters.Cluster, tmp_path: Path
) -> None:
    (tmp_path / "hold").touch()
    tasks = [(str(tmp_path), number) for number in range(12)]
    where = parsed(cluster.address)
    waits = Patience(slow_s=0.2, tick_s=0.1)
    outcomes = list(on_cluster(cluster_tasks.hang_once, tasks, where, waits))  # type: ignore[arg-type]
    assert (tmp_path / "began").exists()
    assert (tmp_path / "hold").exists(), "nobody waited for the one that hung"
    assert [o.value for o in outcomes] == list(range(12))
    (tmp_path / "hold").unlink()


def test_a_scheduler_that_is_started_again_gets_what_was_not_answered(tmp_path: Path) -> None:
    tasks = [(str(tmp_path), number) for number in range(20)]
    with clusters.running(tmp_path / "cluster", n_workers=1, nanny=False) as one:
        waits = Patience(connect_s=2.0, wait_s=60.0, tick_s=0.2)
        outcomes = on_cluster(cluster_tasks.held, tasks, parsed(one.address), waits)  # type: ignore[arg-type]
        first = next(outcomes)
        (tmp_path / "hold").touch()
        one.stop()
        (tmp_path / "hold").unlink()
        one.start(n_workers=1, nanny=False)
        assert [o.value for o in [first, *outcomes]] == list(range(20))


def test_a_scheduler_that_does_not_come_back_is_an_error_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    (tmp_path / "hold").touch()
    (tmp_path / "free").mkdir()
    tasks = [(str(tmp_path / "free"), 0), *((str(tmp_path), n) for n in range(1, 9))]
    with clusters.running(tmp_path / "cluster", n_workers=1, nanny=False) as one:
        waits = Patience(connect_s=0.5, wait_s=0.5, tick_s=0.1)
        outcomes = on_cluster(cluster_tasks.held, tasks, parsed(one.address), waits)  # type: ignore[arg-type]
        assert next(outcomes).value == 0
        one.stop()
        with pytest.raises(NotReached, match="did not come back within 0 s.*run this again"):
            next(outcomes)
    with pytest.raises(NotReached, match="did not answer as a scheduler"):
        next(on_cluster(cluster_tasks.square, [1], parsed(one.address), waits))  # type: ignore[arg-type]


def test_a_cluster_without_workers_is_an_error_after_a_while(tmp_path: Path) -> None:
    with clusters.running(tmp_path / "cluster", n_workers=0) as one:
        waits = Patience(wait_s=0.3, tick_s=0.1)
        with pytest.raises(NotReached, match="no worker for 0 s"):
            list(on_cluster(cluster_tasks.square, [1], parsed(one.address), waits))  # type: ignore[arg-type]


# -- who may take part ----------------------------------------------------------------------------


def test_keys_of_another_set_open_nothing(
    cluster: clusters.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.make(tmp_path / "keys")
    monkeypatch.setenv("VALLUM_CLUSTER_KEYS", str(tmp_path / "keys"))
    waits = Patience(connect_s=1.5)
    with pytest.raises(NotReached, match="keys of one set"):
        list(on_cluster(cluster_tasks.square, [1], parsed(cluster.address), waits))  # type: ignore[arg-type]


def test_without_keys_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VALLUM_CLUSTER_KEYS", raising=False)
    with pytest.raises(BadSetting, match="needs the keys.*vallum cluster keys"):
        list(each(cluster_tasks.square, [1], f"tls://127.0.0.1:{clusters.free_port()}"))


def test_who_speaks_in_the_clear_is_not_heard(cluster: clusters.Cluster) -> None:
    where = parsed(cluster.address.replace("tls:", "tcp:"))
    with pytest.raises(NotReached):
        list(on_cluster(cluster_tasks.square, [1], where, Patience(connect_s=1.0)))  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["ca.pem", "client.pem", "client-key.pem"])
def test_a_key_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    keys.make(tmp_path / "keys")
    (tmp_path / "keys" / missing).unlink()
    monkeypatch.setenv("VALLUM_CLUSTER_KEYS", str(tmp_path / "keys"))
    with pytest.raises(BadSetting, match=missing):
        list(each(cluster_tasks.square, [1], "tls://127.0.0.1:1"))


def test_a_key_that_everybody_may_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.make(tmp_path / "keys")
    (tmp_path / "keys" / "client-key.pem").chmod(0o644)
    monkeypatch.setenv("VALLUM_CLUSTER_KEYS", str(tmp_path / "keys"))
    with pytest.raises(BadSetting, match="chmod 600"):
        list(each(cluster_tasks.square, [1], "tls://127.0.0.1:1"))


def test_a_file_that_is_no_key_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.make(tmp_path / "keys")
    for name in ("ca.pem", "client.pem"):
        (tmp_path / "keys" / name).write_text("nothing")
    monkeypatch.setenv("VALLUM_CLUSTER_KEYS", str(tmp_path / "keys"))
    with pytest.raises((BadSetting, NotReached), match="nothing was sent"):
        list(each(cluster_tasks.square, [1], "tls://127.0.0.1:1"))


def test_nothing_is_written_of_the_authoritys_own_key(tmp_path: Path) -> None:
    made = keys.make(tmp_path / "keys", hosts=["head.example", "10.0.0.1"])
    assert sorted(p.name for p in made) == [
        "ca.pem", "client-key.pem", "client.pem", "scheduler-key.pem", "scheduler.pem",
        "worker-key.pem", "worker.pem",
    ]  # fmt: skip
    assert {p.stat().st_mode & 0o777 for p in made} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    with pytest.raises(BadSetting, match="holds something"):
        keys.make(tmp_path / "keys")
    with pytest.raises(BadSetting, match="3650"):
        keys.make(tmp_path / "more", days=4000)


def test_dask_that_is_not_installed_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"vallum\[cluster\]"):
        list(each(cluster_tasks.square, [1], "tcp://127.0.0.1:1"))


# -- workers that are not like the caller -----------------------------------------------------------


def test_a_worker_of_another_version_is_refused(tmp_path: Path) -> None:
    source = Path(str(vallum.__file__)).parent
    skip = shutil.ignore_patterns("data", "static", "__pycache__", "templates")
    shutil.copytree(source, tmp_path / "old" / "vallum", ignore=skip)
    init = tmp_path / "old" / "vallum" / "__init__.py"
    init.write_text(init.read_text().replace(f'"{vallum.__version__}"', '"0.0.1"'))
    path = (tmp_path / "old", clusters.TESTS)
    with clusters.running(tmp_path / "cluster", n_workers=1, nanny=False, path=path) as one:
        wrong = f"has vallum 0.0.1, and this computer {vallum.__version__}"
        with pytest.raises(BadSetting, match=wrong):
            list(each(cluster_tasks.square, [1, 2], one.address))
        found = engine.checked(parsed(one.address))  # type: ignore[arg-type]
        assert [wrong in why for why in found.values()] == [True]


def test_a_worker_that_does_not_see_the_project_is_refused(
    cluster: clusters.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [cluster_tasks.Rooted(root=str(tmp_path), number=n) for n in range(3)]
    (tmp_path / "frontier.geojson").write_text("{}")
    assert [o.value for o in each(cluster_tasks.rooted, tasks, cluster.address)] == [0, 1, 2]
    seen = engine._expected(str(tmp_path))
    assert engine.unfit(seen) == ""
    (tmp_path / "frontier.geojson").write_text('{"other": 1}')
    assert "does not see the project" in engine.unfit(seen)
    (tmp_path / "frontier.geojson").unlink()
    assert "shared under the same path" in engine.unfit(seen)


def test_a_relative_folder_is_that_of_the_caller(
    cluster: clusters.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "frontier.geojson").write_text("{}")
    monkeypatch.chdir(tmp_path)
    tasks = [cluster_tasks.Rooted(root=".", number=n) for n in range(3)]
    assert [o.value for o in each(cluster_tasks.rooted, tasks, cluster.address)] == [0, 1, 2]


def test_every_difference_in_what_computes_is_named(tmp_path: Path) -> None:
    expected = engine._expected("")
    for name, value in inside.likeness().items():
        other = engine.Expected(
            likeness={**expected.likeness, name: "other"}, folder=str(tmp_path), root="", sight=""
        )
        assert engine.unfit(other) == f"has {name} {value}, and this computer other"
    assert "--nthreads 1" in engine.unfit(expected, n_threads=4)


# -- the commands -----------------------------------------------------------------------------------


def test_a_person_can_ask_whether_the_workers_are_fit(
    cluster: clusters.Cluster, tmp_path: Path
) -> None:
    (tmp_path / "frontier.geojson").write_text("{}")
    words = ["check", cluster.address, "--cluster-keys", str(cluster.keys), "-p", str(tmp_path)]
    until(lambda: len(engine.checked(parsed(cluster.address))) == 2)  # type: ignore[arg-type]
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 0, done.output
    assert "2 workers, 2 of them can stand in for this computer" in done.output
    assert f"Next: vallum run --scheduler {cluster.address}" in done.output


def test_keys_are_made_and_the_next_step_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["keys", str(tmp_path / "k")])
    assert done.exit_code == 0, done.output
    assert f"Next: vallum cluster start {tmp_path / 'k'}" in done.output
    started = CliRunner().invoke(command, ["start", str(tmp_path / "k"), "--host", "head"])
    assert "dask worker tls://head:8786 --nthreads 1" in started.output
    assert "--no-dashboard" in started.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cover", "--scheduler", "tcp://head.example:8786"), "tcp://head.example:8786 is another"),
        (("cover", "--scheduler", "cluster"), "scheduler 'cluster' is unknown"),
    ],
    ids=["in the clear", "unknown"],
)
def test_a_bad_scheduler_is_refused_in_words(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    from vallum.cli import main

    small = small_border.make(tmp_path)
    made, _ = steps.new(tmp_path / "p", frontier=small.line, before="2019", after="2022")
    made.close()
    done = CliRunner().invoke(main, [*words, "-p", str(tmp_path / "p")])
    assert done.exit_code == 2
    assert said in done.output
    assert "nothing was" in done.output.lower()


def test_the_scheduler_of_the_environment_is_none_for_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vallum.cli import main

    monkeypatch.setenv("VALLUM_SCHEDULER", "local")
    done = CliRunner().invoke(main, ["align", str(tmp_path / "a.tif"), str(tmp_path / "b.tif")])
    assert "--scheduler is for projects" not in done.output
    assert os.environ["VALLUM_SCHEDULER"] == "local"
