"""What it costs to hand tasks out, and how much faster more workers are.

    python benchmarks/speed/scheduling.py

Empty tasks through the plain loop, processes and a Dask cluster of two workers with keys on this
computer, beside a process pool and bare Dask futures; real tasks at one and two workers; and a
SIMULATED run of whole borders over 8, 64 and 512 workers from the times measured here.
"""

from __future__ import annotations

import heapq
import logging
import operator
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests"), str(ROOT / "src")]

import clusters  # noqa: E402
import small_border  # noqa: E402
from record import Row, keep  # noqa: E402
from vallum import steps  # noqa: E402
from vallum.ground.records import Comparison  # noqa: E402
from vallum.run import each  # noqa: E402
from vallum.run.address import Address, keys, parsed  # noqa: E402
from vallum.run.processes import in_processes  # noqa: E402
from vallum.steps import finding  # noqa: E402

N_EMPTY = 2_000
N_REPEATS = 3
WHOLE_KM, WORLD_KM = 1_418, 250_000
SECTION_KM = 2.0
# A section of the whole border over that of the small one: 2 km x 2 km against 250 m x 200 m.
AREA_RATIO = 2_000 * 2_000 / (250 * 200)


@dataclass(frozen=True)
class Costs:
    """What was measured: seconds per task of the work, of handing out, and of writing a result."""

    work_s: Sequence[float]
    hand_s: float
    write_s: float
    start_s: float


def per_second(act: Callable[[], Any]) -> float:
    """Return tasks per second, the best of several runs: others only slow it down."""
    best = 0.0
    for _ in range(N_REPEATS):
        began = time.perf_counter()
        act()
        best = max(best, N_EMPTY / (time.perf_counter() - began))
    return best


def empty(where: str) -> float:
    """Return empty tasks per second through `each`."""
    list(each(operator.neg, range(8), where))
    return per_second(lambda: list(each(operator.neg, range(N_EMPTY), where)))


def pool() -> float:
    """Return empty tasks per second through a process pool that is given all at once."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as made:
        list(made.map(operator.neg, range(8)))
        return per_second(lambda: [f.result() for f in [made.submit(operator.neg, n) for n in range(N_EMPTY)]])  # fmt: skip


def futures(cluster: clusters.Cluster) -> float:
    """Return empty tasks per second through bare Dask futures, all sent at once."""
    from distributed import Client
    from distributed.security import Security

    mine = keys()
    security = Security(
        require_encryption=True, tls_ca_file=mine.ca, tls_client_cert=mine.certificate,
        tls_client_key=mine.key,
    )  # fmt: skip
    with Client(cluster.address, security=security, set_as_default=False) as client:
        client.gather(client.map(operator.neg, range(8), pure=False))
        return per_second(lambda: client.gather(client.map(operator.neg, range(N_EMPTY), pure=False)))  # fmt: skip


def real_jobs(folder: Path) -> tuple[Any, list[Any]]:
    """Return a small SIMULATED project that is aligned, and what `detect` would compare."""
    small = small_border.make(folder)
    project, _ = steps.new(
        folder / "p", frontier=small.line, before="2019", after="2022", corridor_m=100,
        section_m=250,
    )  # fmt: skip
    steps.add(project, [small.images])
    steps.cover(project)
    steps.align(project)
    return project, finding.pair_jobs(project, {})[0] * 6


def measured(project: Any, jobs: list[Any]) -> tuple[Costs, dict[str, float]]:
    """Return what tasks and writing cost, and the wall seconds of all by who does them."""
    work_s: list[float] = []
    results = [outcome.value for outcome in _timed(each(finding._compare, jobs), work_s)]
    began = time.perf_counter()
    with project.run("detect") as work:
        for n, found in enumerate(results):
            work.add_all([*found.pieces, found.comparison])
            work.add(
                Comparison(span=found.comparison.span, slot=90 + n, seen=found.comparison.seen)
            )
    write_s = (time.perf_counter() - began) / len(results)
    wall = {"plain": sum(work_s)}
    for n_workers in (1, 2):
        list(in_processes(finding._compare, jobs[: 2 * n_workers], n_workers))
        began = time.perf_counter()
        list(in_processes(finding._compare, jobs, n_workers))
        wall[f"local {n_workers}"] = time.perf_counter() - began
    return Costs(work_s, 0.0, write_s, 0.0), wall


def _timed(outcomes: Any, into: list[float]) -> Any:
    while True:
        began = time.perf_counter()
        try:
            outcome = next(outcomes)
        except StopIteration:
            return
        into.append(time.perf_counter() - began)
        yield outcome


def simulated(costs: Costs, n_tasks: int, n_workers: int) -> tuple[float, str]:
    """Return wall seconds of a SIMULATED run, and what held it up most.

    One scheduler hands out in turn (`hand_s` each); workers work, as long as the measured tasks in
    turn; one caller writes results in turn and in order (`write_s` each).
    """
    work = [costs.work_s[n % len(costs.work_s)] for n in range(n_tasks)]
    free = [costs.start_s] * min(n_workers, n_tasks)
    heapq.heapify(free)
    scheduler = written = 0.0
    ends = []
    for took in work:
        scheduler = max(scheduler, heapq.heappop(free)) + costs.hand_s
        heapq.heappush(free, scheduler + took)
        ends.append(scheduler + took)
    latest = 0.0
    for end in ends:
        latest = max(latest, end)
        written = max(written, latest) + costs.write_s
    shares = {
        "work": sum(work) / n_workers,
        "handing out": n_tasks * costs.hand_s,
        "writing rows": n_tasks * costs.write_s,
        "start": costs.start_s,
    }
    known = max(shares, key=lambda name: shares[name])
    rest = written - max(shares.values())
    return written, "the last tasks" if rest > shares[known] else known


def main() -> None:
    """Measure, simulate, print, keep."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    rows = []
    with tempfile.TemporaryDirectory(prefix="vallum-scheduling-") as name:
        folder = Path(name)
        rows.append(Row(name="empty tasks, plain loop", value=empty(""), unit="1/s", better="more"))
        rows.append(
            Row(
                name="empty tasks, two processes", value=empty("local"), unit="1/s", better="more",
                peer="ProcessPoolExecutor", peer_value=pool(),
            )
        )  # fmt: skip
        began = time.perf_counter()
        with clusters.running(folder / "cluster") as cluster:
            list(each(operator.neg, range(2), cluster.address))
            start_s = time.perf_counter() - began
            ours, bare = empty(cluster.address), futures(cluster)
            project, jobs = real_jobs(folder)
            costs, wall = measured(project, jobs)
            where = parsed(cluster.address)
            assert isinstance(where, Address)
            list(each(finding._compare, jobs[:4], cluster.address))
            began = time.perf_counter()
            list(each(finding._compare, jobs, cluster.address))
            wall["cluster 2"] = time.perf_counter() - began
            project.close()
    rows.append(
        Row(
            name="empty tasks, Dask, two workers, TLS", value=ours, unit="1/s", better="more",
            peer="bare Dask futures", peer_value=bare,
        )
    )  # fmt: skip
    for who, n_workers in (("local 1", 1), ("local 2", 2), ("cluster 2", 2)):
        rows.append(
            Row(
                name=f"efficiency, real tasks, {who}", better="more", unit="of one",
                value=wall["plain"] / wall[who] / n_workers, bound=1.0,
                note=f"{len(jobs)} comparisons of {1e3 * statistics.median(costs.work_s):.0f} ms; "
                f"{os.cpu_count()} cores",
            )
        )  # fmt: skip
    rows += [
        Row(name="writing one result", value=1e3 * costs.write_s, unit="ms", better="less"),
        Row(name="cluster start, two workers", value=start_s, unit="s", better="less"),
    ]
    scaled = Costs([s * AREA_RATIO for s in costs.work_s], 1 / ours, costs.write_s, start_s)
    for what, km in (("whole border", WHOLE_KM), ("every land border", WORLD_KM)):
        n_tasks = round(km / SECTION_KM)
        alone, _ = simulated(scaled, n_tasks, 1)
        for n_workers in (1, 2, 8, 64, 512):
            took, why = simulated(scaled, n_tasks, n_workers)
            rows.append(
                Row(
                    name=f"SIMULATED {what}, {n_workers} workers, speed-up", value=alone / took,
                    unit="x", better="more", bound=float(min(n_workers, n_tasks)),
                    note=f"{took / 60:.1f} min; held up by {why}",
                )
            )  # fmt: skip
    keep("speed/scheduling", rows)
    for row in rows:
        if row.note:
            print(f"{row.name}: {row.note}")


if __name__ == "__main__":
    main()
