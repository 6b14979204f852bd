"""Fill the tables of docs/explain/performance.md and scale.md from the released results.

    python tools/performance.py            write the tables anew
    python tools/performance.py --check    say which page is stale; exit 1 when one is
    python tools/performance.py --results FOLDER    from other results: FOLDER/<commit>/*.json

A table stands between `<!-- table: NAME -->` and `<!-- end of NAME -->`; all else on the pages is
written by hand. NAME is a benchmark (`speed/read_align`), `steps` (what each step of the rehearsal
costs), `slopes` (whether it grows with the kilometres), `where` (machine and day of each result) or
`scale/...` (a table of `benchmarks/scale.py`). Released results are those that are committed:
`make bench RELEASE=1`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
import record  # noqa: E402
import scale  # noqa: E402
import scale_numbers  # noqa: E402
from record import Measured  # noqa: E402

PAGES = tuple(ROOT / "docs" / "explain" / f"{name}.md" for name in ("performance", "scale"))
KNOWN = (
    "rehearsal/steps", "rehearsal/footprints", "store", "speed/read_align", "speed/detector",
    "speed/scheduling", "speed/objects", "speed/incremental", "speed/interactive",
)  # fmt: skip
ABSENT = "*Not measured yet.*"
_MARKED = re.compile(r"<!-- table: ([\w/-]+) -->\n(.*?)<!-- end of \1 -->", re.S)
_GROWN = 1.25


def filled(text: str, measured: Sequence[Measured]) -> str:
    """Return the text of a page with every marked table written anew.

    Raises:
        KeyError: a table is marked that nobody knows.
    """

    def anew(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- table: {name} -->\n\n{table(name, measured)}\n\n<!-- end of {name} -->"

    return _MARKED.sub(anew, text)


def table(name: str, measured: Sequence[Measured]) -> str:
    """Return one table, or words where nothing was measured."""
    runs = record.newest(measured)
    if name.startswith("scale/"):
        given = scale_numbers.numbers(measured)
        return scale.markdown(dict(scale.tables(given))[name.removeprefix("scale/")])
    if name == "where":
        return where(runs)
    if name in {"steps", "slopes"}:
        run = runs.get("rehearsal/steps")
        costs = run.facts.get("costs", []) if run else []
        return {"steps": steps, "slopes": slopes}[name](costs) if costs else ABSENT
    if name not in runs:
        if name not in KNOWN:
            raise KeyError(f"no benchmark is called {name}")
        return ABSENT
    return rows(runs[name])


def rows(run: Measured) -> str:
    """Return all rows of one result, and below them its notes and how it was measured."""
    parts = [record.table(run.rows)]
    if notes := record.notes(run.rows):
        parts.append("\n".join(notes))
    parts.append(f"`{record.command_of(run.benchmark)}`: {_how(run)}.")
    return "\n\n".join(parts)


def where(runs: Mapping[str, Measured]) -> str:
    """Return machine, day and state of the code of every result."""
    if not runs:
        return ABSENT
    head = ("benchmark", "day", "commit", "processor", "cores", "load when it ended")
    lines = [
        (
            f"`{name}`", run.at[:10], run.commit + (" and changes" if run.changed else ""),
            run.cpu or "not known", str(run.cores), str(run.facts.get("load", "")),
        )
        for name, run in sorted(runs.items())
    ]  # fmt: skip
    return scale.markdown([head, *lines])


def steps(costs: Sequence[Mapping[str, Any]]) -> str:
    """Return what each step cost at the largest size: speed, share of the wall, memory."""
    km = max(cost["km"] for cost in costs)
    here = [cost for cost in costs if cost["km"] == km and "," not in cost["step"]]
    wall_s = sum(cost["wall_s"] for cost in here)
    mpx = km * scale_numbers.REHEARSAL_MPX_PER_KM
    head = ("step", "wall s", "share of wall", "core-s", "pair-Mpx/s per core",
            "largest process MB", "all processes MB", "rows added")  # fmt: skip
    lines = [
        (
            cost["step"], record.number(cost["wall_s"]), f"{cost['wall_s'] / wall_s:.0%}",
            record.number(cost["cpu_s"]), _rate(mpx, cost["cpu_s"]),
            f"{cost['largest_mb']:,.0f}", f"{cost['together_mb']:,.0f}", f"{cost['n_added']:,}",
        )
        for cost in here
    ]  # fmt: skip
    cpu_s = sum(cost["cpu_s"] for cost in here)
    total = ("**all**", record.number(wall_s), "100%", record.number(cpu_s),
             _rate(mpx, cpu_s),
             f"{max(cost['largest_mb'] for cost in here):,.0f}", "",
             f"{sum(cost['n_added'] for cost in here):,}")  # fmt: skip
    said = f"SIMULATED, {km:g} km, {mpx:,.0f} pair-Mpx (million pixels of one date of a pair)."
    return f"{said}\n\n{scale.markdown([head, *lines, total])}"


def slopes(costs: Sequence[Mapping[str, Any]]) -> str:
    """Return processor seconds and memory per size, and whether both do what they should."""
    plain = [cost for cost in costs if "," not in cost["step"]]
    sizes = sorted({cost["km"] for cost in plain})
    head = ("km", "wall min", "core-s", "core-s per km", "largest process MB", "all processes MB")
    lines, per_km, peaks = [], [], []
    for km in sizes:
        here = [cost for cost in plain if cost["km"] == km]
        cpu_s = sum(cost["cpu_s"] for cost in here)
        per_km.append(cpu_s / km)
        peaks.append(max(cost["largest_mb"] for cost in here))
        lines.append(
            (
                f"{km:g}", f"{sum(cost['wall_s'] for cost in here) / 60:.1f}", f"{cpu_s:,.0f}",
                f"{cpu_s / km:.2f}", f"{peaks[-1]:,.0f}",
                f"{max(cost['together_mb'] for cost in here):,.0f}",
            )
        )  # fmt: skip
    text = scale.markdown([head, *lines])
    if len(sizes) < 3:
        return f"{text}\n\nFewer than three sizes: this says nothing about how cost grows."
    grows = per_km[-1] > _GROWN * min(per_km)
    swells = peaks[-1] > _GROWN * min(peaks)
    cost = "**more than linearly**" if grows else "linearly or less"
    memory = "**grows**" if swells else "is flat"
    return (
        f"{text}\n\nFrom {sizes[0]:g} to {sizes[-1]:g} km cost grows {cost} in the kilometres, and "
        f"the memory of the largest process {memory} (to within {_GROWN - 1:.0%})."
    )


def _rate(mpx: float, cpu_s: float) -> str:
    return record.number(mpx / cpu_s) if cpu_s else ""


def _how(run: Measured) -> str:
    changed = ", with changes that were not committed" if run.changed else ""
    load = f", load {run.facts['load']} when it ended" if "load" in run.facts else ""
    return f"{run.at[:10]}, commit {run.commit}{changed}, {run.cpu}, {run.cores} cores{load}"


def stale(pages: Sequence[Path], measured: Sequence[Measured]) -> dict[Path, str]:
    """Return the pages that do not say what the results say, with the text they should have."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    anew = {page: filled(text, measured) for page, text in texts.items()}
    return {page: anew[page] for page in pages if anew[page] != texts[page]}


def main() -> int:
    """Write the pages, or check them; return the exit status."""
    parser = argparse.ArgumentParser(description="Fill the tables of the pages on speed and scale.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when one is stale"
    )
    parser.add_argument("--results", type=Path, default=record.RELEASED)
    told = parser.parse_args()
    measured, broken = record.load(told.results.glob("*/*.json"))
    for line in broken:
        print(line, file=sys.stderr)
    found = stale(PAGES, measured)
    for page, text in found.items():
        name = page.relative_to(ROOT)
        if told.check:
            print(f"{name} is not what the released results say; run: python tools/performance.py")
        else:
            page.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return int(bool(broken) or (told.check and bool(found)))


if __name__ == "__main__":
    sys.exit(main())
