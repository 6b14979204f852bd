"""The table of the promises: which there are, what was measured, and the page it is shown on."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torture
from torture import SEED, Promise, Size
from vallum import __version__

MEASURED = Path(torture.__file__).parent / "measured.json"
PAGE = Path(torture.__file__).parents[2] / "docs" / "explain" / "trust.md"
_MODULE = re.compile(r"f(\d+)_")

_HEAD = """\
# What vallum promises, measured

<!-- Written by `make torture` from tests/torture/measured.json; do not edit. -->

Each row is one promise, what was promised, and what came out when it was measured by
`make torture` in full (`make torture NAMES="F4 F6"` measures some). The tests measure the same in
the small on every change; a row that was measured only in that way says so. Where to kill, which
bit to flip and which byte to change follow from a number that anybody can change
(`VALLUM_TORTURE_SEED`). All borders, people and texts in it are
SIMULATED. What is behind each: [threat model](threat-model.md), [crashes](crashes.md),
[foreign files](foreign-files.md), [migrations](migrations.md), [ledger](ledger.md).

| | what | promised | measured | holds |
|---|---|---|---|---|
"""


def promises() -> dict[str, Promise]:
    """Return the modules that measure, by name, in their order."""
    found: dict[str, Any] = {}
    for entry in pkgutil.iter_modules(torture.__path__):
        if _MODULE.match(entry.name):
            module = importlib.import_module(f"torture.{entry.name}")
            found[module.NAME] = module
    return dict(sorted(found.items(), key=lambda each: int(each[0][1:])))


def kept() -> dict[str, dict[str, Any]]:
    """Return what was measured before."""
    return json.loads(MEASURED.read_bytes()) if MEASURED.is_file() else {}


def keep(name: str, size: Size, told: dict[str, Any]) -> None:
    """Keep what was measured and write the page; a full measurement gives way to no small one."""
    rows = kept()
    if size is Size.CI and rows.get(name, {}).get("size") == Size.RELEASE:
        return
    promised = promises()[name].PROMISED[size]
    rows[name] = told | circumstances() | {"promised": promised, "size": size.value}
    MEASURED.write_text(json.dumps(rows, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    PAGE.write_text(page(rows), encoding="utf-8")


def circumstances() -> dict[str, Any]:
    """Return what a reader must know of a measurement: when, with what, on how much of a machine."""
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "version": __version__,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "seed": SEED,
    }


def page(rows: dict[str, dict[str, Any]]) -> str:
    """Return the page in Markdown."""
    known, lines, below = promises(), [], []
    for name, promise in known.items():
        row = rows.get(name)
        if row is None:
            lines.append(f"| {name} | {promise.WHAT} | | not measured yet | |")
            continue
        holds = "yes" if row["holds"] and row["in_time"] is not False else "**no**"
        small = "" if row["size"] == Size.RELEASE else "*In the small:* "
        lines.append(
            f"| {name} | {promise.WHAT} | {row['promised']} | {small}{row['measured']} | {holds} |"
        )
        below += _below(name, row)
    text = _HEAD + "\n".join(lines) + "\n"
    return text + ("\n## Read with it\n\n" + "\n".join(below) + "\n" if below else "")


def _below(name: str, row: dict[str, Any]) -> list[str]:
    minutes = f"{row['seconds'] / 60:,.0f} min" if row["seconds"] >= 90 else f"{row['seconds']} s"
    said = [*row["notes"], *(f"**{miss}**" for miss in row["misses"][:10])]
    when = f"{row['day']}, version {row['version']}, {row['cores']} cores, seed {row['seed']}"
    return [f"- **{name}**: {'; '.join([*said, f'measured {when}, in {minutes}'])}."]
