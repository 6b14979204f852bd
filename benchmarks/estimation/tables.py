"""What the study of the estimators prints and writes; everything is SIMULATED."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vallum

LOW, HIGH = 0.93, 0.97
NARROWER = 0.70
# Where a third of the draws or more give no number, the design is too small for it (the plan of
# `vallum sample` warns), and the others are those that found many by luck.
REFUSED = 1 / 3


def state(line: Any) -> str:
    """Return "held", "FAILED", or "refused" (a third of the draws or more give no number)."""
    if line.refused >= REFUSED:
        return "refused"
    return "held" if LOW <= line.coverage <= HIGH else "FAILED"


def plain(lines: Sequence[Any]) -> str:
    """Return all lines for a terminal."""
    head = (
        f"{'SIMULATED case':52s} {'method':10s} {'refused':>7s} {'cover':>6s} {'above':>6s} "
        f"{'below':>6s} {'truth':>6s} {'bias':>7s} {'rmse':>6s} {'width':>9s} {'ratio':>5s} "
        f"{'ms':>5s}"
    )
    return "\n".join([head, *(_plain(line) for line in lines)])


def _plain(line: Any) -> str:
    return (
        f"{line.name:52s} {line.method:10s} {line.refused:7.3f} {line.coverage:6.3f} "
        f"{line.too_high:6.3f} {line.too_low:6.3f} {line.covers_truth:6.3f} {line.bias:+7.3f} "
        f"{line.rmse:6.3f} {line.width:9.0f} {line.width_ratio:5.2f} {line.ms:5.2f} {state(line)}"
    )


def verdicts(lines: Sequence[Any]) -> str:
    """Return pass or fail of what was asked for."""
    shown = [line for line in lines if line.method == "estimate"]
    states = [state(line) for line in shown]
    failed = [line for line in shown if state(line) == "FAILED"]
    gains, bad = _gains(lines), _invalid(lines)
    slow = [line for line in gains if line.width_ratio > NARROWER]
    said = [
        f"SIMULATED. Numbers that `estimate` offers: coverage {LOW:.0%} to {HIGH:.0%} in "
        f"{states.count('held')} of {len(shown) - states.count('refused')} lines; "
        f"{states.count('refused')} lines refused: {'FAIL' if failed else 'PASS'}",
        f"SIMULATED. Model-assisted at least 30 % narrower with the good detector: "
        f"{len(gains) - len(slow)} of {len(gains)} lines: {'FAIL' if slow else 'PASS'}",
        f"SIMULATED. Never invalid with a useless or adversarial one: {'FAIL' if bad else 'PASS'}",
    ]
    as_read = [line for line in shown if _is_as_read(line) and state(line) != "refused"]
    if as_read:
        worst, best = (f(line.covers_truth for line in as_read) for f in (min, max))
        said.append(
            "SIMULATED. Where readers err and nobody reads again, the interval is of what they read; "
            f"it holds the truth in {worst:.0%} to {best:.0%} of draws (worst where little stands)"
        )
    said += [f"  {_plain(line)}" for line in dict.fromkeys([*failed, *slow, *bad])]
    return "\n".join(said)


def _gains(lines: Sequence[Any]) -> list[Any]:
    """Lines on which model assistance must gain: not stratified by the machine already."""
    return [
        line
        for line in lines
        if line.method == "estimate"
        and line.quantity == "length"
        and line.design in ("simple", "systematic")
        and line.detector == "good"
        and line.reader == "exact"
        and state(line) != "refused"
    ]


def _invalid(lines: Sequence[Any]) -> list[Any]:
    """Lines of the bad detectors on which `estimate` falls short."""
    return [
        line
        for line in lines
        if line.method == "estimate"
        and line.detector in ("useless", "adversarial")
        and state(line) == "FAILED"
        and line.coverage < LOW
    ]


def write(folder: Path, lines: Sequence[Any], *, draws: int, seeds: str) -> None:
    """Write results.csv (all lines) and results.md (what the program prints, and pass or fail)."""
    with (folder / "results.csv").open("w", newline="") as file:
        rows = [{k: _short(v) for k, v in asdict(line).items() if k != "ms"} for line in lines]
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    parts = [
        "# Do the intervals hold? SIMULATED",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, vallum {vallum.__version__}, "
        f"`python benchmarks/estimation/study.py --draws {draws} --seeds {seeds} --write`.",
        "Every number on this page is SIMULATED; what was simulated, and how, is told in",
        "`population.py` and `study.py`. All lines: `results.csv`.",
        "",
        "```text",
        verdicts(lines),
        "```",
        "",
    ]
    for quantity in ("length", "posts", "change"):
        some = [line for line in lines if line.quantity == quantity]
        if some:
            parts += _section(quantity, some)
    parts += _methods(lines)
    (folder / "results.md").write_text("\n".join(parts) + "\n")


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _section(quantity: str, lines: Sequence[Any]) -> list[str]:
    """Return one table per quantity: designs down, detectors across."""
    title = {
        "length": "Metres of barrier",
        "posts": "Posts",
        "change": "Metres gained less metres lost between two dates",
    }[quantity]
    detectors = list(dict.fromkeys(line.detector for line in lines))
    keys = list(dict.fromkeys((x.design, x.n, x.prevalence, x.reader) for x in lines))
    by = {
        (x.design, x.n, x.prevalence, x.reader, x.detector): x
        for x in lines
        if x.method == "estimate"
    }
    out = [
        f"## SIMULATED: {title}",
        "",
        "Coverage of the 95 % interval in %, after a slash the width against the simple "
        "estimator's on the same samples; in brackets the % of draws that were refused, if any. "
        "`refused`: a third of them or more, and the coverage of the others in brackets. Where readers "
        "err and nobody reads again, coverage is of what they would have reported of everything; "
        "`truth` is then how often the interval holds what is true.",
        "",
        "| design | n | prevalence | reader | " + " | ".join(detectors) + " |",
        "|---|---|---|---|" + "---|" * len(detectors),
    ]
    for key in keys:
        cells = [_cell(by.get((*key, detector))) for detector in detectors]
        if any(cells):
            design, n, p, reader = key
            out.append(f"| {design} | {n} | {p:.1%} | {reader} | " + " | ".join(cells) + " |")
    return [*out, ""]


def _methods(lines: Sequence[Any]) -> list[str]:
    """Return what each method gives by itself, for the product's detector."""
    out = [
        "## SIMULATED: each method by itself, metres of barrier, the product's detector",
        "",
        "In % of the true total, but for coverage and refusals in % of draws. Biases of readers "
        "that err are against the truth for designs with a second reading, otherwise against what "
        "such readers would report of everything; `covers truth` is against the truth always. "
        "`estimate` chooses among the methods, and refuses; a method by itself does not.",
        "",
        "| design | n | prevalence | reader | method | bias | RMSE | coverage | covers truth "
        "| width | width / simple | refused |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    out += [
        f"| {x.design} | {x.n} | {x.prevalence:.1%} | {x.reader} | {x.method} | {_percent(x.bias)} "
        f"| {_percent(x.rmse)} | {_percent(x.coverage)} | {_percent(x.covers_truth)} "
        f"| {x.width / 1000:,.1f} km | {x.width_ratio:.2f} | {x.refused:.0%} |"
        for x in lines
        if x.quantity == "length" and x.detector == "product" and x.refused < 1
    ]
    return [*out, ""]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _cell(line: Any | None) -> str:
    if line is None:
        return ""
    if state(line) == "refused":
        rest = "" if line.refused > 0.99 else f" {line.refused:.0%} ({100 * line.coverage:.1f})"
        return f"refused{rest}"
    some = f" ({line.refused:.0%})" if line.refused >= 0.005 else ""
    strong = "**" if state(line) == "FAILED" else ""
    truth = f"; truth {100 * line.covers_truth:.0f}" if _is_as_read(line) else ""
    return f"{strong}{100 * line.coverage:.1f}{strong} / {line.width_ratio:.2f}{some}{truth}"


def _is_as_read(line: Any) -> bool:
    """Return True for numbers that nobody corrected for the errors of readers."""
    return line.reader != "exact" and not line.design.endswith("+second")
