"""Dress rehearsal: the 1,418 km of prk-north, 2 km wide, 0.5 m, two dates; all of it SIMULATED.

    python benchmarks/rehearsal/run.py [KM ...] [--whole] [--folder F] [--kill]
    python benchmarks/rehearsal/run.py --footprints [KM ...]

For each size (kilometres of frontier) images are made, a project is made of them, and every step
is run to its end as a command of its own with `--scheduler local`. Printed per step: wall time,
processor seconds, kilometres per minute, memory of the largest process and of all together; then
the slope of each step per kilometre with its residuals, and what 1,418 km would take. `--whole`
runs those as well. `--kill` ends `detect` in the middle, resumes, and compares the rows.

Imagery is a repeated set of blocks (`rehearsal/land.py`): every block that is read is decoded for
real, and the disk has less to give than it would have to; how much less is printed. `--footprints`
leaves the pixels away: what remains is what the hallway itself costs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from record import Row, keep

WHOLE_KM = 1418.0
"""Length that others publish; the packaged line is about 1,384 km at its tolerance."""
START_KM = 600.0
PAIR_MPX_PER_KM = 8.0
"""A kilometre of a corridor 2 km wide at 0.5 m."""
STEPS = ("add", "cover", "align", "detect", "measure")
_SIZES_KM = (4.0, 12.0, 24.0)
_LOOK_S = 1.0
_VALLUM = str(Path(sys.executable).parent / "vallum")
_BEFORE, _AFTER = "2019", "2022"
_LOG = "log.jsonl"
_LOCAL = {step: ["--scheduler", "local"] for step in ("cover", "align", "detect")}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one command cost.

    Attributes:
        km: of frontier in the project.
        step: the command.
        wall_s: seconds.
        cpu_s: processor seconds of it and all that it started.
        largest_mb: most memory of its largest process.
        together_mb: most memory of all its processes, looked at once a second.
        early_mb: the same within the first half of its time.
        n_added: rows that it added.
        lines: what it said.
    """

    km: float
    step: str
    wall_s: float
    cpu_s: float
    largest_mb: float
    together_mb: float
    early_mb: float
    n_added: int
    lines: tuple[str, ...]


# -- one command --------------------------------------------------------------------------------


def ran(
    km: float, step: str, words: Sequence[str], *, kill_when: Callable[[], bool] | None = None
) -> Cost:
    """Run a command in processes of its own, as a leader of its group; return what it cost.

    Args:
        km: of frontier in the project.
        step: what it is called in tables.
        words: the command line.
        kill_when: end it and its workers once this holds; None lets it finish.
    """
    began = time.perf_counter()
    child = subprocess.Popen(
        list(words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said: list[str] = []
    readers = [
        threading.Thread(target=lambda stream=stream: said.append(stream.read()))
        for stream in (child.stdout, child.stderr)
    ]
    for reader in readers:
        reader.start()
    seen: list[tuple[float, float]] = []
    used = None
    while used is None:
        done, state, found = os.wait4(child.pid, os.WNOHANG)
        if done:
            used, child.returncode = found, os.waitstatus_to_exitcode(state)
            break
        at_s = time.perf_counter() - began
        if kill_when is not None and kill_when():
            os.killpg(child.pid, signal.SIGKILL)
        if not seen or at_s - seen[-1][0] >= _LOOK_S:
            seen.append((at_s, _memory_mb(child.pid)))
        time.sleep(0.02)
    wall_s = time.perf_counter() - began
    for reader in readers:
        reader.join()
    if child.returncode not in {0, 3} and kill_when is None:
        raise SystemExit(
            f"{' '.join(words)} ended with {child.returncode}:\n{''.join(said)[-3000:]}"
        )
    told = _told(said)
    return Cost(
        km=km,
        step=step,
        wall_s=wall_s,
        cpu_s=used.ru_utime + used.ru_stime,
        largest_mb=used.ru_maxrss / 1024,
        together_mb=max((mb for _, mb in seen), default=0.0),
        early_mb=max((mb for at_s, mb in seen if at_s <= wall_s / 2), default=0.0),
        n_added=int(told.get("n_added", 0)),
        lines=tuple(told.get("lines", ())),
    )


def _told(said: Sequence[str]) -> dict:
    for text in said:
        try:
            told = json.loads(text)
        except ValueError:
            continue
        if isinstance(told, dict):
            return told
    return {}


def _memory_mb(pid: int) -> float:
    """Return the memory of a process and of all that came of it, shared pages counted again."""
    children: dict[int, list[int]] = {}
    resident: dict[int, float] = {}
    page_mb = os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            number = int(folder.name)
        except (OSError, ValueError):
            continue
        children.setdefault(int(fields[1]), []).append(number)
        resident[number] = int(fields[21]) * page_mb
    total, left = 0.0, [pid]
    while left:
        one = left.pop()
        total += resident.get(one, 0.0)
        left += children.get(one, [])
    return total


# -- one size -----------------------------------------------------------------------------------


def stretch(km: float) -> tuple[float, float]:
    """Return the kilometres that a size measures; the whole line begins at 0."""
    if km >= WHOLE_KM:
        return 0.0, WHOLE_KM
    first = min(START_KM, WHOLE_KM - km)
    return first, first + km


def made(folder: Path, km: float, catalogue: Path | None = None) -> dict:
    """Make the images of a size, in a process of its own; return their files and what they hold.

    Args:
        folder: where land and images are kept for every run.
        km: of frontier.
        catalogue: write only footprints, as GeoJSON, to this file.
    """
    first, last = (str(round(1000 * edge)) for edge in stretch(km))
    words = [sys.executable, str(Path(__file__).with_name("images.py")), str(folder), first, last]
    words += [str(catalogue)] if catalogue else []
    return json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout)


def project_of(run: Path, km: float) -> Path:
    """Make an empty project of a size; return its folder."""
    root = run / f"km-{km:g}"
    first, last = stretch(km)
    words = [
        _VALLUM, "new", str(root), "--frontier", "prk-north", "--before", _BEFORE, "--after", _AFTER,
        "--corridor-m", "1000", "--json",
    ]  # fmt: skip
    if km < WHOLE_KM:
        words += ["--km", f"{first:g}..{last:g}"]
    subprocess.run(words, capture_output=True, check=True)
    settings = root / "vallum.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("is_simulated = false", "is_simulated = true"), encoding="utf-8"
    )
    return root


def measured(folder: Path, run: Path, km: float, *, kill: bool = False) -> list[Cost]:
    """Run every step on a size; append each to the log of the run as it ends.

    Args:
        folder: where land and images are kept.
        run: where projects are made; gone with its content afterwards if you like.
        km: of frontier.
        kill: end `detect` in the middle, and run it again.
    """
    told = made(folder, km)
    root = project_of(run, km)
    km = min(km, told["line_km"])
    costs: list[Cost] = []
    for step in STEPS:
        words = [_VALLUM, step, "--project", str(root), "--json"]
        if step == "add":
            words += ["--in-place", "--credit", "SIMULATED by vallum", *told["files"]]
        words += _LOCAL.get(step, [])
        if step == "detect" and kill:
            shutil.copytree(root, _beside(root))  # it goes on undisturbed, see `_compared`
            half = max(1, round(km / 4))  # of its sections
            is_time = partial(_holds, root, "Comparison", half)
            _tell(run, ran(km, "detect, killed", words, kill_when=is_time))
        costs.append(ran(km, step, words))
        _tell(run, costs[-1])
    size = (root / "project.db").stat().st_size
    print(
        f"SIMULATED: {len(told['files'])} images, {told['on_disk'] / 1e6:,.0f} MB on disk; of pixels "
        f"that do not repeat they would hold {told['unrepeated'] / 1e6:,.0f} MB, and the blocks of "
        f"the corridor {told['corridor'] / 1e6:,.0f} MB ({told['corridor'] / 1e6 / km:,.0f} MB/km: "
        f"{told['corridor'] / 2e8:,.1f} s from a disk of 200 MB/s). Database {size / 1e6:,.1f} MB.",
        flush=True,
    )
    return costs


def _holds(root: Path, kind: str, n: int) -> bool:
    """Say whether a project holds so many rows of a kind, read past the process at work."""
    with sqlite3.connect(f"file:{root / 'project.db'}?mode=ro", uri=True, timeout=10) as database:
        (found,) = database.execute(
            "SELECT count(*) FROM ledger WHERE kind = ?", (kind,)
        ).fetchone()
    database.close()
    return bool(found >= n)


def footprints(folder: Path, run: Path, km: float) -> list[Cost]:
    """Run every step on footprints alone: what remains is what the hallway costs."""
    root = project_of(run, km)
    catalogue = run / f"footprints-{km:g}.geojson"
    made(folder, km, catalogue)
    costs = []
    for step in STEPS:
        words = [_VALLUM, step, "--project", str(root), "--json"]
        words += ["--footprints", str(catalogue)] if step == "add" else []
        costs.append(ran(km, step, words))
        _tell(run, costs[-1])
    return costs


def _tell(run: Path, cost: Cost) -> None:
    """Print what a step cost, and write it into the log."""
    with (run / _LOG).open("a", encoding="utf-8") as stream:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        stream.write(json.dumps({"SIMULATED": True, "at": at, **asdict(cost)}) + "\n")
    print(_line(cost), flush=True)


def _line(cost: Cost) -> str:
    return (
        f"| {cost.km:g} | {cost.step} | {cost.wall_s:,.1f} | {cost.cpu_s:,.1f} | "
        f"{60 * cost.km / cost.wall_s:,.1f} | {cost.largest_mb:,.0f} | {cost.together_mb:,.0f} | "
        f"{cost.early_mb:,.0f} | {cost.n_added:,} |"
    )


# -- what it comes to ---------------------------------------------------------------------------


def fitted(km: Sequence[float], cost: Sequence[float]) -> tuple[float, float, list[float]]:
    """Return slope, start and residuals of the straight line of least squares.

    Of one size alone the line goes through nothing.
    """
    if len(km) < 2:
        return cost[0] / km[0], 0.0, [0.0]
    mean_km, mean = sum(km) / len(km), sum(cost) / len(cost)
    spread = sum((x - mean_km) ** 2 for x in km)
    slope = sum((x - mean_km) * (y - mean) for x, y in zip(km, cost, strict=True)) / spread
    start = mean - slope * mean_km
    return slope, start, [y - start - slope * x for x, y in zip(km, cost, strict=True)]


def summed(costs: Sequence[Cost], whole: Sequence[Cost]) -> tuple[str, list[Row]]:
    """Return the tables of slopes and extrapolations, and the rows that are kept."""
    lines = [
        "",
        f"Straight lines through the sizes, and what {WHOLE_KM:,.0f} km would take (SIMULATED)",
        "",
        "| step | wall s/km | start s | residuals s | all min | CPU s/km | start s | residuals s | "
        "all CPU min | pair-Mpx/CPU s | measured min |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows: list[Row] = []
    note = (
        f"SIMULATED; sizes {', '.join(f'{km:g}' for km in sorted({cost.km for cost in costs}))} km"
    )
    total = Counter[str]()
    for step in STEPS:
        of_step = [cost for cost in costs if cost.step == step]
        km = [cost.km for cost in of_step]
        wall, wall_start, wall_left = fitted(km, [cost.wall_s for cost in of_step])
        cpu, cpu_start, cpu_left = fitted(km, [cost.cpu_s for cost in of_step])
        wall_min, cpu_min = (
            (start + slope * WHOLE_KM) / 60
            for start, slope in ((wall_start, wall), (cpu_start, cpu))
        )
        total["wall"] += wall_min
        total["cpu"] += cpu_min
        real = next((cost.wall_s / 60 for cost in whole if cost.step == step), None)
        lines.append(
            f"| {step} | {wall:.3f} | {wall_start:.1f} | {_all(wall_left)} | {wall_min:.1f} | "
            f"{cpu:.3f} | {cpu_start:.1f} | {_all(cpu_left)} | {cpu_min:.1f} | "
            f"{PAIR_MPX_PER_KM / cpu if cpu > 0 else math.nan:,.1f} | "
            f"{'' if real is None else f'{real:.1f}'} |"
        )
        rows.append(_row(f"{step}, slope", cpu, "CPU s/km", note))
        rows.append(_row(f"{step}, 1,418 km by the slope", wall_min, "min", note))
        if real is not None:
            rows.append(_row(f"{step}, whole line measured", real, "min", "SIMULATED"))
    survey = sum(row.value for row in rows if row.name in _SURVEY)
    lines += [
        "",
        f"all steps by the slopes: {total['wall']:.1f} min ({total['cpu']:.1f} CPU min), of which "
        f"cover, align and detect {survey:.1f} min",
        *([f"all steps, measured: {sum(c.wall_s for c in whole) / 60:.1f} min"] if whole else []),
        *_flat([*costs, *whole]),
    ]
    rows.append(_row("cover, align and detect, 1,418 km", survey, "min", note, bound=30.0))
    if whole:
        took = sum(cost.wall_s for cost in whole if cost.step in {"cover", "align", "detect"}) / 60
        name = "cover, align and detect, whole line measured"
        rows.append(_row(name, took, "min", "SIMULATED", bound=30.0))
    largest = max(cost.largest_mb for cost in [*costs, *whole])
    rows.append(_row("largest process", largest, "MB", "SIMULATED", bound=2048.0))
    return "\n".join(lines), rows


_SURVEY = {f"{step}, 1,418 km by the slope" for step in ("cover", "align", "detect")}


def _row(name: str, value: float, unit: str, note: str, bound: float | None = None) -> Row:
    return Row(name=name, value=value, unit=unit, better="less", bound=bound, note=note)


def _flat(costs: Sequence[Cost]) -> Iterator[str]:
    """Say how the memory of each step grows with the kilometres."""
    for step in STEPS:
        of_step = sorted((cost for cost in costs if cost.step == step), key=lambda cost: cost.km)
        least, most = of_step[0], of_step[-1]
        yield (
            f"memory of {step}: largest process {least.largest_mb:,.0f} MB at {least.km:g} km, "
            f"{most.largest_mb:,.0f} MB at {most.km:g} km "
            f"({most.largest_mb / least.largest_mb - 1:+.0%}); all processes of the longest "
            f"{most.early_mb:,.0f} MB in its first half, {most.together_mb:,.0f} MB in all"
        )


def _all(values: Sequence[float]) -> str:
    return ", ".join(f"{value:+.1f}" for value in values)


def rows_of(root: Path) -> set[tuple[str, str, str]]:
    """Return the newest row of every id in a project, without the run that wrote it."""
    with sqlite3.connect(f"file:{root / 'project.db'}?mode=ro", uri=True) as database:
        found = database.execute("SELECT kind, id, body FROM ledger ORDER BY seq").fetchall()
    database.close()
    newest = {}
    for kind, name, body in found:
        if kind != "Run":
            told = json.loads(body)
            told.pop("run", None)
            newest[kind, name] = json.dumps(told, sort_keys=True)
    return {(kind, name, body) for (kind, name), body in newest.items()}


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("km", nargs="*", type=float)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--footprints", action="store_true")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/vallum-rehearsal"))
    told = parser.parse_args()
    sizes = sorted(told.km or _SIZES_KM)
    folder = told.folder.resolve()
    run = folder / datetime.now(UTC).strftime("run-%Y%m%d-%H%M%S")
    run.mkdir(parents=True)
    what = "footprints only" if told.footprints else "2 km wide, 0.5 m, RGB, two dates"
    head = (
        f"# SIMULATED: prk-north, {what}\n\n| km | step | wall s | CPU s | km/min | largest MB | "
        "all MB | all MB, first half | rows |\n|---|---|---|---|---|---|---|---|---|"
    )
    print(head, flush=True)

    def of_size(km: float) -> list[Cost]:
        if told.footprints:
            return footprints(folder, run, km)
        return measured(folder, run, km, kill=told.kill)

    costs = [cost for km in sizes for cost in of_size(km)]
    if told.kill and not told.footprints:
        print(_compared(run, sizes[-1]))
    whole = of_size(WHOLE_KM) if told.whole else []
    text, rows = summed(costs, whole)
    print(text)
    table = "\n".join([head, *(_line(cost) for cost in [*costs, *whole]), text])
    (run / "summary.md").write_text(table + "\n", encoding="utf-8")
    if told.footprints:
        most = [cost for cost in [*costs, *whole] if cost.km == max(c.km for c in [*costs, *whole])]
        cpu_s = sum(cost.cpu_s for cost in most)
        rows = [
            _row(f"all steps on footprints of {most[0].km:,.0f} km", cpu_s, "CPU s", "SIMULATED")
        ]
    if (len(sizes) > 1 or told.whole) and not told.kill:
        name = "rehearsal/footprints" if told.footprints else "rehearsal/steps"
        keep(name, rows, costs=[asdict(cost) for cost in [*costs, *whole]], simulated=True)
    else:
        print("one size, or one that was disturbed, has no slope: nothing was kept")
    print(f"log: {run / _LOG}")


def _beside(root: Path) -> Path:
    return root.with_name(f"{root.name}-undisturbed")


def _compared(run: Path, km: float) -> str:
    """Go on undisturbed from where `detect` began, and say whether the rows are the same."""
    root = run / f"km-{km:g}"
    for step in ("detect", "measure"):
        words = [_VALLUM, step, "--project", str(_beside(root)), "--json"]
        _tell(run, ran(km, f"{step}, undisturbed", [*words, *_LOCAL.get(step, [])]))
    same = rows_of(root) == rows_of(_beside(root))
    return f"killed in the middle of `detect` and resumed: the same rows: {'yes' if same else 'NO'}"


if __name__ == "__main__":
    main()
