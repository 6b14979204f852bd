"""Run the benchmarks one after another, and say at the end what was measured and what got slower.

    python benchmarks/bench.py [--strict] [--release] [--list] [--timeout S] [NAME ...]

A NAME is a program below `benchmarks/` without `.py` (`speed/read_align`) or a folder (`speed`);
without any, all programs run that print a result. Each has a process of its own and a limit of
time. One that fails or lacks data ends no other; the last table says what became of each. Exit
status: 0; 1 when a program failed or took too long, or, with --strict, when a number became worse
by more than 10 %; 2 for a NAME that there is not.

--release copies what was measured of this commit to `benchmarks/results/released`, which is
committed, in place of what was there; `python tools/performance.py` writes the pages from it.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent))
import record

BENCHMARKS = Path(__file__).resolve().parent
TIMEOUT_S = 3600.0
# They print no result: this one, its table, one that tunes weights, two that others start.
NO_BENCHMARK = {"bench", "record", "detection/fit", "registration/peers", "rehearsal/images"}


# Where it is set, each process compiles all it imports anew: no user's machine does.
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of one program.

    Attributes:
        name: of the program.
        outcome: "done", "no data", "failed", "too long" or "interrupted".
        why: in a few words, unless it is done.
        wall_s: from start to end.
        cpu_s: of the program and of all that it waited for.
        peak_mb: of the largest of them.
    """

    name: str
    outcome: str
    why: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0


def programs(folder: Path = BENCHMARKS) -> dict[str, Path]:
    """Return the programs that print a result, by name, sorted."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        is_program = "\nif __name__ == " in path.read_text(encoding="utf-8")
        if is_program and name not in NO_BENCHMARK:
            found[name] = path
    return found


def chosen(names: Sequence[str], known: Mapping[str, Path]) -> dict[str, Path]:
    """Return the programs that are asked for, in the order of `known`; all when none is named.

    Raises:
        LookupError: a name is neither a program nor a folder of them.
    """
    if not names:
        return dict(known)
    wanted: set[str] = set()
    for name in names:
        plain = name.removeprefix("benchmarks/").removesuffix(".py").rstrip("/")
        here = {one for one in known if one == plain or one.startswith(plain + "/")}
        if not here:
            near = difflib.get_close_matches(plain, known, n=3, cutoff=0.4)
            raise LookupError(
                f"there is no benchmark '{name}'; nothing was run; "
                + (f"did you mean {', '.join(near)}?" if near else "`--list` names them all")
            )
        wanted |= here
    return {name: path for name, path in known.items() if name in wanted}


def needs_data(readme: Path = BENCHMARKS / "README.md") -> set[str]:
    """Return the programs of which the table in README.md says that they need the real data."""
    rows = re.findall(r"^\| `([\w/]+)\.py.*\| ([^|\n]*) \|$", readme.read_text("utf-8"), re.M)
    return {name for name, needed in rows if needed == "yes"}


def data_folder() -> Path:
    """Return where the real data would lie."""
    shared = os.environ.get("VALLUM_SHARED", BENCHMARKS.parents[1] / "shared")
    return Path(shared) / "data"


def run(name: str, path: Path, timeout_s: float = TIMEOUT_S) -> Ran:
    """Run one program, passing on what it prints, and return what became of it.

    It gets a process group of its own, of which nothing is left over. A program that has no data
    prints a first line that begins with "skipped: ".
    """
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, str(path)],
        cwd=BENCHMARKS.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={name: value for name, value in os.environ.items() if name != _UNCOMPILED},
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        heard = _Listener(process.stdout)
        late = threading.Timer(timeout_s, _end, [process.pid, signal.SIGKILL])
        late.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            _end(process.pid, signal.SIGKILL)
            raise
        finally:
            late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.perf_counter() - began
        _end(process.pid, signal.SIGTERM)
        heard.join(10)
    is_late = process.returncode < 0 and wall_s >= timeout_s
    outcome, why = _outcome(process.returncode, heard, is_late, timeout_s)
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    cpu_s = used.ru_utime + used.ru_stime
    return Ran(name=name, outcome=outcome, why=why, wall_s=wall_s, cpu_s=cpu_s, peak_mb=peak)


def _outcome(code: int, heard: _Listener, is_late: bool, timeout_s: float) -> tuple[str, str]:
    if is_late:
        return "too long", f"stopped after {timeout_s:,.0f} s; --timeout S gives it longer"
    if code:
        return "failed", f"exit status {code}: {heard.last}"
    if heard.first.startswith("skipped: "):
        return "no data", heard.first.removeprefix("skipped: ")
    return "done", ""


class _Listener(threading.Thread):
    """Passes on what a program prints, and keeps the first and the last line of it."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(daemon=True)
        self.first = self.last = ""
        self._stream = stream
        self.start()

    def run(self) -> None:
        for line in self._stream:
            print(line, end="", flush=True)
            if line.strip():
                self.first = self.first or line.strip()
                self.last = line.strip()


def _end(group: int, how: signal.Signals) -> None:
    try:
        os.killpg(group, how)
    except (ProcessLookupError, PermissionError):
        return


def run_all(wanted: Mapping[str, Path], timeout_s: float, without: set[str]) -> list[Ran]:
    """Run the programs in turn and return what became of each; those `without` data are not run.

    Ctrl-C ends the one that runs and leaves out those after it.
    """
    ran = []
    for name, path in wanted.items():
        print(f"\n== {name}", flush=True)
        if name in without:
            why = f"needs the real data, and {data_folder()} is not there; set VALLUM_SHARED"
            print(f"skipped: {why}")
            ran.append(Ran(name=name, outcome="no data", why=why))
            continue
        try:
            ran.append(run(name, path, timeout_s))
        except KeyboardInterrupt:
            return [*ran, Ran(name=name, outcome="interrupted", why="those after it were not run")]
    return ran


def outcomes(ran: Sequence[Ran]) -> str:
    """Return the table of what became of each program."""
    lines = [
        "| program | | wall s | processor s | peak MB | |",
        "|---|---|---|---|---|---|",
    ]
    for one in ran:
        numbers = (
            (f"{one.wall_s:,.1f}", f"{one.cpu_s:,.1f}", f"{one.peak_mb:,.0f}")
            if one.wall_s
            else ("", "", "")
        )
        why = one.why.replace("|", "/")[:160]
        lines.append(f"| {one.name} | {one.outcome} | " + " | ".join(numbers) + f" | {why} |")
    return "\n".join(lines)


def release(results: Path = record.RESULTS, of: str = "") -> list[Path]:
    """Copy what was measured of one state to the released results; return the files there.

    What is released of other benchmarks stays: each keeps the newest that anybody released.

    Raises:
        LookupError: nothing was measured of that state.
    """
    measured, _ = record.load(results.glob("*/*.json"))
    of = of or (measured[-1].state if measured else "")
    found = sorted((results / of).glob("*.json")) if of else []
    if not found:
        raise LookupError("nothing was measured of this commit; nothing was released; run it first")
    to = results / "released" / of
    to.mkdir(parents=True, exist_ok=True)
    new = {path.name for path in found}
    for old in (results / "released").glob("*/*.json"):
        if old.name in new:
            old.unlink()
    copied = [Path(shutil.copy2(path, to / path.name)) for path in found]
    for folder in (results / "released").iterdir():
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return copied


def main() -> int:
    """Run what is asked for and print the tables; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the programs and run none")
    parser.add_argument("--strict", action="store_true", help="fail when a number became worse")
    parser.add_argument("--release", action="store_true", help="keep the results to be committed")
    parser.add_argument("--timeout", type=float, default=TIMEOUT_S, metavar="S", help="for each")
    told = parser.parse_args()
    try:
        wanted = chosen(told.names, programs())
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    if told.list:
        print("\n".join(wanted))
        return 0
    without = set() if data_folder().is_dir() else needs_data()
    ran = run_all(wanted, told.timeout, without)
    commit, changed = record.state()
    text, compared = record.summary(of=commit + "-changed" * changed)
    print(f"\n== what was measured of this state of the code\n\n{text}")
    print(f"\n== what became of each program\n\n{outcomes(ran)}")
    if told.release:
        for path in release(of=commit + "-changed" * changed):
            print(f"released: {path.relative_to(BENCHMARKS.parent)}")
    failed = any(one.outcome in {"failed", "too long", "interrupted"} for one in ran)
    return int(failed or (told.strict and bool(compared.worse)))


if __name__ == "__main__":
    sys.exit(main())
