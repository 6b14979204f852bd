"""F14: every published number resolves to rows, and follows again from the case file alone."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import small_published
from torture import Figure, Size
from vallum import steps
from vallum.ground.errors import VallumError
from vallum.project import open_project

NAME = "F14"
WHAT = "published numbers: each resolves to rows, and is computed again from the case file alone"
PROMISED = dict.fromkeys(Size, "100 % resolve; 100 % recomputed the same, in table and report")
_TRACED = re.compile(r'data-trace="([^"]+)"')
_N = {Size.CI: 9, Size.RELEASE: 45}


def measure(size: Size, folder: Path) -> Figure:
    """Publish, trace every number that is printed, hand a case file over and compute it again."""
    root = small_published.make(folder / "border", n=_N[size])
    with open_project(root) as project:
        steps.publish(project, on=date(2026, 3, 5))
        page = (project.out_folder / "report" / "report.html").read_text(encoding="utf-8")
        told = json.loads((project.out_folder / "report" / "report.json").read_bytes())
        printed = {one["name"] for one in told["numbers"]} | set(_TRACED.findall(page))
        lost = [name for name in sorted(printed) if not _resolves(project, name)]
        steps.case(project, folder / "case", on=date(2026, 3, 5))
    done = steps.recompute(folder / "case")
    facts = done.facts
    misses = [f"{name} resolves to nothing" for name in lost]
    misses += list(done.blocked)
    for n, n_equal, what in (
        (facts["n_numbers"], facts["n_equal"], "numbers"),
        (facts["n_figures"], facts["n_figures_equal"], "printed figures"),
    ):
        if not n or n != n_equal:
            misses.append(f"{n_equal} of {n} {what} came out the same")
    if _resolves_without(folder / "case"):
        misses.append("a number was computed although its rows were taken away")
    return Figure(
        measured=f"{len(printed) - len(lost)} of {len(printed)} resolve; {facts['n_equal']} of "
        f"{facts['n_numbers']} numbers and {facts['n_figures_equal']} of {facts['n_figures']} "
        "printed figures recomputed the same",
        holds=not misses,
        misses=tuple(misses),
    )


def _resolves(project: object, name: str) -> bool:
    try:
        return bool(steps.trace(project, name).lines)
    except VallumError:
        return False


def _resolves_without(case: Path) -> bool:
    """Say whether a case file without its findings still passes: then nothing was computed."""
    (rows,) = case.rglob("findings.jsonl") if any(case.rglob("findings.jsonl")) else _named(case)
    rows.write_bytes(b"")
    try:
        return not steps.recompute(case).blocked
    except VallumError:
        return False


def _named(case: Path) -> list[Path]:
    return sorted(case.rglob("Finding*.jsonl"))[:1]
