"""One engine: a plain loop is the specification, processes do the same in the same order."""

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cluster_tasks
from vallum import run
from vallum.ground.errors import BadSetting, StoreError
from vallum.run import each, processes
from vallum.run.order import Order

BOTH = pytest.mark.parametrize("scheduler", ["", "local"], ids=["plain", "local"])


@BOTH
def test_outcomes_come_in_the_order_of_the_tasks(scheduler: str) -> None:
    outcomes = list(each(cluster_tasks.square, [5, 3, 1, 4, 2], scheduler))
    assert [outcome.task for outcome in outcomes] == [5, 3, 1, 4, 2]
    assert [outcome.value for outcome in outcomes] == [25, None, 1, None, 4]


@BOTH
def test_a_failure_is_data_and_ends_nothing(scheduler: str) -> None:
    _, bad, bug, good = each(cluster_tasks.square, [1, 3, 4, 2], scheduler)
    assert bad.problem == "image 3 is torn; use another"
    assert not bad.ok
    assert bug.problem == "internal error, please report it: ZeroDivisionError: a bug"
    assert "cluster_tasks.py" in bug.details
    assert good.ok
    assert good.value == 4


@BOTH
def test_trouble_with_the_store_ends_the_run(scheduler: str) -> None:
    with pytest.raises(StoreError, match="gone"):
        list(each(cluster_tasks.broken_store, [1, 2, 3], scheduler))


@BOTH
def test_nothing_to_do_is_nothing(scheduler: str) -> None:
    assert list(each(cluster_tasks.square, [], scheduler)) == []


# -- who may be asked ----------------------------------------------------------------------------

UNKNOWN = {
    "word": "cluster",
    "http": "http://127.0.0.1:8786",
    "path": "tcp://127.0.0.1:8786/x",
    "query": "tls://head:8786?x=1",
    "user": "tls://somebody@head:8786",
    "no port": "tls://head",
    "port 0": "tcp://127.0.0.1:0",
    "port too large": "tls://head:65536",
    "line": "tls://head:8786\n",
    "empty host": "tls://:8786",
    "upper case": "TCP://127.0.0.1:8786",
}


@pytest.mark.parametrize("scheduler", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_scheduler_is_refused(scheduler: str) -> None:
    with pytest.raises(BadSetting, match="write local, tls://"):
        each(cluster_tasks.square, [1], scheduler)


OTHERS = ["head.example", "10.0.0.1", "0.0.0.0", "[::]", "128.0.0.1", "2130706433", "0x7f.1", "127.1",
          "localhost.example", "169.254.169.254", "[::ffff:10.0.0.1]", "127.0.0.1.example"]  # fmt: skip


@pytest.mark.parametrize("host", OTHERS)
def test_another_computer_is_never_asked_in_the_clear(host: str) -> None:
    with pytest.raises(BadSetting, match="another computer.*tls://"):
        each(cluster_tasks.square, [1], f"tcp://{host}:8786")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.0.0.2"])
def test_this_computer_may_be_asked_in_the_clear(host: str) -> None:
    assert list(each(cluster_tasks.square, [], f"tcp://{host}:8786")) == []


def test_the_environment_names_who_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VALLUM_SCHEDULER", raising=False)
    assert run.chosen() == "local"
    monkeypatch.setenv("VALLUM_SCHEDULER", "tls://head:8786")
    assert run.chosen() == "tls://head:8786"
    monkeypatch.setenv("VALLUM_SCHEDULER", "tcp://head:8786")
    with pytest.raises(BadSetting, match="VALLUM_SCHEDULER"):
        run.chosen()


@BOTH
def test_linear_algebra_adds_in_one_order(scheduler: str) -> None:
    tasks = [1, 2]
    assert {o.value for o in each(cluster_tasks.threads_of_sums, tasks, scheduler)} == {1}


# -- processes of this computer ------------------------------------------------------------------


def test_a_process_that_dies_takes_nothing_with_it_but_its_task(tmp_path: Path) -> None:
    tasks = [(str(tmp_path), number) for number in range(14)]
    outcomes = list(each(cluster_tasks.die_of_seven, tasks, "local"))
    assert [o.value for o in outcomes] == [n if n != 7 else None for n in range(14)]
    assert [o.task[1] for o in outcomes if not o.ok] == [7]
    assert "died twice" in outcomes[7].problem
    assert len(list(tmp_path.iterdir())) == 2


def test_a_task_whose_process_died_once_is_tried_again(tmp_path: Path) -> None:
    tasks = [(str(tmp_path), number) for number in range(10)]
    outcomes = list(each(cluster_tasks.die_once, tasks, "local"))
    assert [o.value for o in outcomes] == list(range(10))


def test_what_cannot_travel_back_is_a_problem_of_its_task() -> None:
    first, second = each(cluster_tasks.unpicklable, [1, 2], "local")
    assert "internal error" in first.problem
    assert "internal error" in second.problem


def test_processes_keep_what_they_imported_for_the_next_step() -> None:
    first = {o.value for o in each(cluster_tasks.process_id, [1, 2, 3, 4], "local")}
    second = {o.value for o in each(cluster_tasks.process_id, [1, 2, 3, 4], "local")}
    assert second <= first
    assert os.getpid() not in first


def test_another_line_of_the_project_is_not_given_to_a_process_that_read_the_old_one(
    tmp_path: Path,
) -> None:
    line = tmp_path / "frontier.geojson"
    tasks = [cluster_tasks.Rooted(root=str(tmp_path), number=n) for n in range(2)]
    line.write_text("{}")
    first = {o.value for o in each(cluster_tasks.process_id, tasks, "local")}
    line.write_text('{"other": 1}')
    assert not first & {o.value for o in each(cluster_tasks.process_id, tasks, "local")}


def test_processes_inherit_no_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"PGPASSWORD": "p", "SMTP_TOKEN": "t", "VALLUM_CLUSTER_KEYS": "/k", "LD_PRELOAD": ""}
    kept = {"GDAL_CACHEMAX": "64", "OMP_NUM_THREADS": "1", "AWS_REGION": "eu", "LC_ALL": "C.UTF-8"}
    for name, value in {**secrets, "AWS_REGION": "eu", "LC_ALL": "C.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GDAL_CACHEMAX", "4096")
    names = [*secrets, *kept]
    found = {o.task: o.value for o in each(cluster_tasks.seen, names, "local")}
    assert found == dict.fromkeys(secrets) | kept


def test_only_some_tasks_are_taken_ahead() -> None:
    taken: list[int] = []

    class Noted(list[int]):
        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            taken.append(index)
            return super().__getitem__(index)

    outcomes = processes.in_processes(cluster_tasks.square, Noted(range(5, 505)), n_workers=2)
    for _ in itertools.islice(outcomes, 10):
        pass
    assert max(taken) <= 10 + 2 * 64
    outcomes.close()  # type: ignore[attr-defined]


def test_leaving_early_ends_what_runs(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    before = set(threading.enumerate())  # desks of other tests may still have some
    tasks = [(str(tmp_path), n) for n in (1, 2, 3)]
    (tmp_path / "began").touch()  # 2 does not hang; the first is answered at once
    outcomes = each(cluster_tasks.hang_once, tasks, "local")
    assert next(outcomes).value == 1
    (tmp_path / "began").unlink()
    outcomes.close()  # type: ignore[attr-defined]
    (tmp_path / "hold").unlink()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), thread.name


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import cluster_tasks, time\n"
        "from vallum.run import processes\n"
        "made = processes._started((processes.environment(),))\n"
        "import pickle\n"
        "blob = pickle.dumps((sys.argv[2], 1))\n"
        "made.line.send((pickle.dumps(cluster_tasks.held), blob))\n"
        "while not (Path(sys.argv[2]) / 'began-1').exists():\n"
        "    time.sleep(0.02)\n"
        "print(made.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    worker = int(done.stdout)
    for _ in range(200):
        try:
            stat = Path(f"/proc/{worker}/stat").read_text()
        except OSError:
            return
        if stat.rpartition(")")[2].split()[0] == "Z":
            return
        threading.Event().wait(0.05)
    pytest.fail("the worker outlived the one who started it")


# -- the order, whoever executes -----------------------------------------------------------------


@given(st.data(), st.integers(0, 30), st.integers(1, 8), st.integers(1, 6))
def test_every_task_is_handed_on_once_and_in_order(
    data: st.DataObject, n_tasks: int, most_held: int, n_workers: int
) -> None:
    """Whatever comes back, is lost, or dies, and in whatever order."""
    order = Order(n_tasks=n_tasks, most_held=most_held)
    handed: list[int] = []
    deaths: dict[int, int] = {}
    lost = 0
    while not order.is_finished:
        while len(order.under_way) < n_workers and order.take() is not None:
            pass
        assert order.under_way, "nothing is under way and nothing may be sent: it would hang"
        assert max(order.under_way) < len(handed) + most_held + 1
        index = data.draw(st.sampled_from(sorted(order.under_way)))
        what = data.draw(st.sampled_from(["done", "done", "died", "back"]))
        if what == "died":
            alone = len(order.under_way) == 1
            if deaths.get(index):
                assert alone, "the second try is made while nothing else runs"
            deaths[index] = deaths.get(index, 0) + 1
            order.died(index, "it died")
        elif what == "back" and lost < 20:
            lost += 1
            order.back(index)
        else:
            order.done(index, b"%d" % index)
        handed += [index for index, _ in order.ready()]
    assert handed == list(range(n_tasks))
    assert max(deaths.values(), default=0) <= 2


def test_an_answer_that_comes_twice_counts_once() -> None:
    order = Order(n_tasks=2, most_held=2)
    assert [order.take(), order.take(), order.take()] == [0, 1, None]
    order.done(0, b"first")
    order.done(0, b"second")
    assert list(order.ready()) == [(0, b"first")]
    order.done(0, b"third")
    assert list(order.ready()) == []
