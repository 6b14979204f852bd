"""How fast rows are written and checked, in a file and in PostgreSQL.

    python benchmarks/store.py [--rows 100000] [--database postgresql://USER@HOST/NAME]

Appends of one row each (durable: the call returns when the row is on disk), appends of 50 together,
a full check of many rows, and the tables built anew from the ledger. Rows are SIMULATED.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from shapely import LineString

sys.path.insert(0, str(Path(__file__).parent))
from record import Row, keep
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


def measured(store, n_rows, where):
    """Return a row for each number of one store."""
    one = rate(lambda n: store.add([verdict(n)], actor="a"), 1)
    many = rate(lambda n: store.add([verdict(f"{n}-{k}") for k in range(50)], actor="b"), 50)
    at = 0
    before, start = store.head()[0], time.perf_counter()
    while store.head()[0] < n_rows:
        store.add([candidate(10 * (at + k)) for k in range(5000)], actor="c")
        at += 5000
    filled = (store.head()[0] - before) / (time.perf_counter() - start) if at else None
    start = time.perf_counter()
    n_checked = store.verify()
    verified = n_checked / (time.perf_counter() - start)
    start = time.perf_counter()
    store.rebuild()
    rebuilt = n_checked / (time.perf_counter() - start)
    note = f"SIMULATED rows, {n_checked:,} at the end"
    return [
        Row(name=f"{where}: rows {what}", value=value, unit="rows/s", better="more", note=note)
        for what, value in (
            ("written one by one", one),
            ("written 50 together", many),
            ("written 5,000 together", filled),
            ("verified", verified),
            ("rebuilt into tables", rebuilt),
        )
    ]


def main():
    """Print a table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", default="")
    told = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for database in dict.fromkeys(["", told.database]):
            path = Path(folder) / "project.db"
            with open_store(path, database, project="benchmark", make=True) as store:
                print(store.say_where(), flush=True)
                rows += measured(store, told.rows, "PostgreSQL" if database else "SQLite")
    keep("store", rows, n_rows=told.rows)


if __name__ == "__main__":
    main()
