"""How fast rows are written and checked, in a file and in PostgreSQL.

    python benchmarks/store.py [--rows 100000] [--database postgresql://USER@HOST/NAME]

Appends of one row each (durable: the call returns when the row is on disk), appends of 50 together,
and a full check of many rows. Rows are SIMULATED.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from shapely import LineString

from vallum.ground.kinds import Answer, Change, Kind
from vallum.ground.records import Candidate, Verdict
from vallum.ground.span import Span
from vallum.store import open_store

_SECONDS = 5.0


def candidate(at_m):
    """Return a SIMULATED suggestion."""
    return Candidate(
        span=Span(at_m, at_m + 10),
        off_m=-3.5,
        category=Kind.FENCE,
        change=Change.NEW,
        score=2.0,
        before="scene-a",
        after="scene-b",
        shape=LineString([(1, 2), (1.1, 2 + at_m / 1e7)]),
    )


def verdict(number):
    """Return a SIMULATED answer."""
    return Verdict(about=f"candidate-{number}", analyst="SIMULATED", answer=Answer.YES)


def rate(work, per_call):
    """Return how many rows a second `work(n)` writes."""
    start = time.perf_counter()
    n_calls = 0
    while time.perf_counter() - start < _SECONDS:
        work(n_calls)
        n_calls += 1
    return n_calls * per_call / (time.perf_counter() - start)


def measured(store, n_rows):
    """Yield name and value of each number."""
    yield "rows a second, one by one", rate(lambda n: store.add([verdict(n)], actor="a"), 1)
    yield (
        "rows a second, 50 together",
        rate(lambda n: store.add([verdict(f"{n}-{k}") for k in range(50)], actor="b"), 50),
    )
    at = 0
    start = time.perf_counter()
    while store.head()[0] < n_rows:
        store.add([candidate(10 * (at + k)) for k in range(5000)], actor="c")
        at += 5000
    yield f"seconds to fill up to {n_rows:,} rows", time.perf_counter() - start
    start = time.perf_counter()
    n_checked = store.verify()
    yield f"seconds to verify {n_checked:,} rows", time.perf_counter() - start
    start = time.perf_counter()
    store.rebuild()
    yield "seconds to rebuild the tables", time.perf_counter() - start


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", default="")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for database in dict.fromkeys(["", told.database]):
            path = Path(folder) / "project.db"
            with open_store(path, database, project="benchmark", make=True) as store:
                print(f"\n{store.say_where()}")
                for name, value in measured(store, told.rows):
                    print(f"  {name:44} {value:12,.2f}")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
