"""Measure the promises in full: `make torture`, or `python -m torture F4 F6` for some of them.

Each runs in a process of its own. What came out is kept in `measured.json` at once, and the table in
`docs/explain/trust.md` is written from that; a promise that was measured in an earlier call keeps
its row until it is measured again. Ends with an error when one does not hold.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import torture
from torture import Figure, Size
from torture.table import keep, promises

_HERE = Path(torture.__file__).parents[1]
_LONGEST_S = 3 * 3600.0


def main() -> int:
    """Measure, print the table, write the page; return the exit code."""
    asked = _asked()
    if asked.one:
        return _one(asked.one, asked.size)
    known = promises()
    names = [name.upper() for name in asked.names] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"there is no {unknown[0]}; known: {', '.join(known)}")
        return 2
    missed = []
    for name in names:
        promise = known[name]
        print(f"\n{name}  {promise.WHAT}\n    promised: {promise.PROMISED[asked.size]}", flush=True)
        began = time.monotonic()
        figure = _apart(name, asked.size)
        seconds = time.monotonic() - began
        is_kept = figure.holds and figure.in_time is not False
        print(f"    measured: {figure.measured}")
        for line in (*figure.misses, *(f"note: {note}" for note in figure.notes)):
            print(f"      {line}")
        print(f"    {'HOLDS' if is_kept else 'MISSED'} after {seconds:,.0f} s", flush=True)
        missed += [] if is_kept else [name]
        if not asked.dry:
            keep(name, asked.size, asdict(figure) | {"seconds": round(seconds)})
    print(f"\n{len(names) - len(missed)} of {len(names)} hold" + "".join(f"; {m}" for m in missed))
    return 1 if missed else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("names", nargs="*", help="F1 to F15; all if left out")
    parser.add_argument("--size", type=Size, default=Size.RELEASE, choices=list(Size))
    parser.add_argument("--dry", action="store_true", help="write neither table nor page")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def _apart(name: str, size: Size) -> Figure:
    """Measure one promise in a process of its own, so that nothing of it lasts."""
    words = [sys.executable, "-m", "torture", "--one", name, "--size", size.value]
    try:
        done = subprocess.run(
            words, cwd=_HERE, stdout=subprocess.PIPE, text=True, timeout=_LONGEST_S, check=False
        )
        told = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return Figure(measured="did not end", holds=False)
    except (IndexError, ValueError):
        text = f"the measurement itself ended with code {done.returncode}"
        return Figure(measured=text, holds=False)
    told |= {key: tuple(told[key]) for key in ("misses", "notes")}
    return Figure(**told)


def _one(name: str, size: Size) -> int:
    with tempfile.TemporaryDirectory(prefix="vallum-torture-") as folder:
        figure = promises()[name].measure(size, Path(folder))
    print("\n" + json.dumps(asdict(figure)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
