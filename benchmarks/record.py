"""What a benchmark measured: as a table, and as a file that later commits are held against.

    from record import Row, keep
    keep("speed/read_align", [Row(name="read and align", value=31.0, unit="Mpx/s", better="more")])

`keep` writes `benchmarks/results/<commit>/speed-read_align.json`; where the code differs from its
last commit, the folder is `<commit>-changed`, so that a trial overwrites no commit. Folders of
results stay on the machine that measured them. `python benchmarks/record.py` prints the newest of
them and what became worse by more than 10 % since the commit that was measured before it on a
machine of the same processor and number of cores; `python benchmarks/bench.py` runs the programs.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
RELEASED = RESULTS / "released"
WORSE = 0.10


@dataclass(frozen=True, kw_only=True)
class Row:
    """One number, beside what another program does and what the hardware allows.

    Attributes:
        name: what was measured, unique within its benchmark.
        value: ours; what is not finite is kept as None, which reads "not measured".
        unit: of all three.
        better: "more" or "less", or "" for a fact that is neither and is compared with nothing.
        peer: who the other is.
        peer_value: theirs, measured in the same run.
        bound: what the hardware or the format allows, measured in the same run.
        note: what a reader must know; SIMULATED where it was.

    Raises:
        ValueError: `better` is none of the three.
    """

    name: str
    value: float | None
    unit: str
    better: str
    peer: str = ""
    peer_value: float | None = None
    bound: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.better not in {"more", "less", ""}:
            raise ValueError(f"{self.name}: better is 'more', 'less' or '', not {self.better!r}")
        for name in ("value", "peer_value", "bound"):
            number = getattr(self, name)
            whole = None if number is None or not math.isfinite(number) else float(number)
            object.__setattr__(self, name, whole)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one benchmark measured once: a file of results.

    Attributes:
        benchmark: its name, such as "speed/read_align".
        commit: twelve characters of the commit it ran on, or "unknown".
        changed: the code differed from that commit.
        at: when, UTC, ISO 8601.
        cpu: name of the processor.
        cores: how many of them the program could use.
        rows: what was measured.
        facts: all else that the file says.
    """

    benchmark: str
    commit: str
    changed: bool
    at: str
    cpu: str
    cores: int
    rows: tuple[Row, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The state of the code, as its folder is called."""
        return self.commit + "-changed" * self.changed

    @property
    def machine(self) -> tuple[str, int]:
        """What must be the same for two measurements to be compared."""
        return self.cpu, self.cores


@dataclass(frozen=True, kw_only=True)
class Worse:
    """One row that became worse than WORSE allows."""

    benchmark: str
    name: str
    unit: str
    before: float
    now: float
    times: float
    since: str


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What came of holding one state of the code against the ones before."""

    worse: tuple[Worse, ...] = ()
    n_compared: int = 0
    alone: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def keep(benchmark: str, rows: Sequence[Row], **facts: Any) -> Path:
    """Print rows as a table and write them under the state of the code; return the file.

    Args:
        benchmark: name of the program below `benchmarks/`, without `.py`.
        rows: what was measured; names are unique.
        facts: whatever else a reader must know, as JSON: sizes, seeds, versions of peers.

    Raises:
        ValueError: two rows have one name.
    """
    names = [row.name for row in rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{benchmark}: several rows are called {', '.join(twice)}")
    print(table(rows), flush=True)
    commit, changed = state()
    told = {
        "benchmark": benchmark,
        "commit": commit,
        "changed": changed,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": n_cores(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
        **facts,
        "rows": [asdict(row) for row in rows],
    }
    path = RESULTS / (commit + "-changed" * changed) / f"{benchmark.replace('/', '-')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told, indent=1, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def state() -> tuple[str, bool]:
    """Return the commit and whether what is measured differs from it."""
    commit = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    measured = ("src", "benchmarks/*.py", "constraints.txt")
    return commit, bool(_git("status", "--porcelain", "--untracked-files=all", "--", *measured))


def n_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- reading ------------------------------------------------------------------------------------


def load(paths: Iterable[Path]) -> tuple[list[Measured], list[str]]:
    """Return what the files hold, oldest first, and a line for each that cannot be read."""
    found, broken = [], []
    for path in sorted(paths):
        try:
            found.append(_measured(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            why = " ".join(f"{type(error).__name__}: {error}".split())
            broken.append(f"{path}: no result that can be read ({why}); left out; delete the file")
    return sorted(found, key=lambda one: one.at), broken


def files(results: Path = RESULTS) -> list[Path]:
    """Return all files of results: of this machine, and the released ones."""
    return [*results.glob("*/*.json"), *results.glob("released/*/*.json")]


def newest(measured: Iterable[Measured]) -> dict[str, Measured]:
    """Return the last measurement of each benchmark, by name."""
    return {one.benchmark: one for one in sorted(measured, key=lambda one: one.at)}


def command_of(benchmark: str) -> str:
    """Return the command that measures a benchmark again."""
    named = {
        "rehearsal/steps": "make bench NAMES=rehearsal/run",
        "rehearsal/footprints": "python benchmarks/rehearsal/run.py --footprints",
    }
    return named.get(benchmark, f"make bench NAMES={benchmark}")


def _measured(told: dict[str, Any]) -> Measured:
    known = {one.name for one in fields(Row)}
    rows = [Row(**{key: row[key] for key in known & row.keys()}) for row in told.pop("rows")]
    head = {one.name: told.pop(one.name) for one in fields(Measured)[:6]}
    if not all(isinstance(head[key], str) for key in ("benchmark", "commit", "at", "cpu")):
        raise TypeError("benchmark, commit, at and cpu are texts")
    return Measured(**head, rows=tuple(rows), facts=told)


# --- comparing ----------------------------------------------------------------------------------


def gain(one: float, other: float, better: str) -> float:
    """Return how many times better `one` is than `other`: over 1 is better.

    Equal numbers give 1, zeros included; a zero beside another number gives 0 or infinity.
    """
    if better == "less":
        one, other = other, one
    if one == other:
        return 1.0
    return one / other if other else math.inf


def compare(measured: Sequence[Measured], of: str) -> Compared:
    """Hold the newest of one state of the code against the state measured before on such a machine.

    Args:
        measured: all that is known, of all states and machines.
        of: the state to judge, as `Measured.state` says it.
    """
    worse: list[Worse] = []
    alone: list[str] = []
    gone: list[str] = []
    n_compared = 0
    for name, now in sorted(newest(one for one in measured if one.state == of).items()):
        earlier = [
            one
            for one in measured
            if (one.benchmark, one.machine) == (name, now.machine)
            and one.state != of
            and one.at < now.at
        ]
        if not earlier:
            alone.append(name)
            continue
        before = max(earlier, key=lambda one: one.at)
        old = {row.name: row for row in before.rows}
        gone += [f"{name}: {row}" for row in old if row not in {one.name for one in now.rows}]
        for row in now.rows:
            was = old.get(row.name)
            if was is None or row.unit != was.unit or not row.better:
                continue
            if row.value is None or was.value is None:
                gone += [f"{name}: {row.name}"] * (row.value is None and was.value is not None)
                continue
            n_compared += 1
            times = gain(row.value, was.value, row.better)
            if times < 1 / (1 + WORSE):
                worse.append(
                    Worse(
                        benchmark=name, name=row.name, unit=row.unit, before=was.value,
                        now=row.value, times=times, since=before.state,
                    )
                )  # fmt: skip
    return Compared(worse=tuple(worse), n_compared=n_compared, alone=tuple(alone), gone=tuple(gone))


# --- saying -------------------------------------------------------------------------------------


def number(value: float | None) -> str:
    """Return a number with four digits that mean something, and thousands apart."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def table(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table with the ratios to peer and bound.

    "ours is" says how many times better than the peer; "bound / ours" how many times better than
    ours the bound is, so 1 is all that can be had.
    """
    lines = [
        "| what | ours | unit | peer | theirs | ours is | bound | bound / ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        times = "" if None in (row.value, row.peer_value) or not row.better else (
            f"{gain(row.value, row.peer_value, row.better):.2f} x")  # fmt: skip
        short = "" if None in (row.value, row.bound) or not row.better else (
            f"{gain(row.bound, row.value, row.better):.2f}")  # fmt: skip
        ours = number(row.value) or "not measured"
        cells = (row.name, ours, row.unit, row.peer, number(row.peer_value), times,
                 number(row.bound), short)  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def notes(rows: Sequence[Row]) -> list[str]:
    """Return one line for each thing that rows say besides, with those that say it."""
    by_note: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            by_note.setdefault(row.note, []).append(row.name)
    return [
        f"- {note}: {'all' if len(names) == len(rows) > 1 else '; '.join(names)}"
        for note, names in by_note.items()
    ]


def said(compared: Compared) -> str:
    """Return in words and a table what became worse, and what could not be compared."""
    lines = []
    if compared.worse:
        lines += [
            f"Worse by more than {WORSE:.0%} (machines vary by more than that within an hour: "
            "measure both again before you believe it):", "",
            "| benchmark | what | before | now | unit | now is | since |",
            "|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        lines += [
            f"| {one.benchmark} | {one.name} | {number(one.before)} | {number(one.now)} "
            f"| {one.unit} | {one.times:.2f} x | {one.since} |"
            for one in compared.worse
        ]
    elif compared.n_compared:
        lines.append(
            f"None of {compared.n_compared} numbers became worse by more than {WORSE:.0%}."
        )
    if compared.alone:
        lines.append(
            "Nothing to compare with, as no other commit was measured on a machine like this: "
            + ", ".join(compared.alone)
        )
    if compared.gone:
        lines.append("Measured before and no longer: " + "; ".join(compared.gone))
    return "\n".join(lines) or "Nothing was measured."


def summary(results: Path = RESULTS, of: str = "") -> tuple[str, Compared]:
    """Return all that is known of one state of the code as text, and how it compares.

    Args:
        results: the folder of results.
        of: the state; the one measured last if left out.
    """
    measured, broken = load(files(results))
    of = of or (measured[-1].state if measured else "")
    parts = []
    for name, one in sorted(newest(each for each in measured if each.state == of).items()):
        where = f"{one.cpu or 'unknown processor'}, {one.cores} cores, {one.at}"
        parts += [f"### {name} ({of}; {where})", "", table(one.rows)]
        parts += ["", *notes(one.rows)] if notes(one.rows) else []
        parts.append("")
    compared = compare(measured, of)
    return "\n".join([*parts, said(compared), *broken]), compared


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((ln.split(":", 1)[1].strip() for ln in lines if ln.startswith("model name")), "")


if __name__ == "__main__":
    print(summary(of=sys.argv[1] if len(sys.argv) > 1 else "")[0])
