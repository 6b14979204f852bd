"""`diff`: what two publications say otherwise, number by number."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.evidence.redact import redact
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.records import Edition, Estimate, Json, Level, Release
from vallum.ground.span import Spans
from vallum.project import Project
from vallum.steps import histories, telling
from vallum.steps.done import Done
from vallum.steps.folders import MANIFEST, changed_files, manifest_of, sha256_of
from vallum.steps.histories import FOLDER, State

if TYPE_CHECKING:
    from vallum.report.issue import Changed

NOW = "now"
_LEAST_PREFIX = 6
_MOST_BYTES = 256 << 20
_CASE = ("data/report", "report")
_VALUES = ("value", "low", "high", "open_m", "unit", "reason")
Model = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One of two publications.

    Attributes:
        name: what it is called.
        state: its numbers from the ledger; None for a publication that is not of this project.
        numbers: as its report prints them, by name.
        level: who reads it.
    """

    name: str
    state: State | None = None
    numbers: Mapping[str, Model]
    history: Sequence[Model] = ()


def diff(project: Project, a: str | Path, b: str | Path = "") -> Done:
    """Return what two publications say otherwise, number by number.

    Args:
        project: whose ledger is asked first.
        a: the earlier one: number of an edition, beginning of the hash of a manifest, folder of a
            publication, case file, or `report.json`.
        b: the later one; what would be published now if empty.

    Raises:
        BadInput: there is no such publication, or it cannot be read.
    """
    one, other = _side(project, str(a)), _side(project, str(b) or NOW)
    rows = _compared(project, one, other)
    n = len(rows)
    lines = [
        f"{one.name} against {other.name}: "
        + ("all numbers are the same" if not n else f"{n} of {len(other.numbers)} numbers differ"),
        *(line_of(row) for row in rows),
    ]
    facts: dict[str, Json] = {
        "a": one.name,
        "b": other.name,
        "n_same": sum(name in one.numbers for name in other.numbers)
        - sum(row["name"] in one.numbers and row["name"] in other.numbers for row in rows),
        "changes": rows,  # type: ignore[dict-item]
    }
    return Done(step="diff", lines=tuple(lines), facts=facts)


def _compared(project: Project, one: _Side, other: _Side) -> list[Model]:
    told = {row["name"]: row for row in other.history}
    if one.state is not None and other.state is not None:
        rows = rows_of(histories.changed(project, one.state, other.state))
    else:
        rows = list(_by_print(one, other))
    for row in rows:
        said = told.get(row["name"])
        if said and said["was"] == row["was"]:
            row["why"] = list(dict.fromkeys([*row["why"], *said["why"]]))
            row["is_correction"] = row["is_correction"] or said["is_correction"]
    return rows


def _by_print(one: _Side, other: _Side) -> Iterator[Model]:
    """Yield numbers that differ, from what two reports print; the ledger knows one at most."""
    from vallum.report.changes import difference

    for name in dict.fromkeys([*other.numbers, *one.numbers]):
        old, new = one.numbers.get(name), other.numbers.get(name)
        values = [tuple((row or {}).get(k) for k in _VALUES) for row in (old, new)]
        if old and new and histories.are_alike(*values):
            continue
        yield {
            "name": name,
            "label": (new or old or {}).get("label", name),
            "was": _text(old),
            "now": _text(new),
            "difference": difference(_estimate(name, old), _estimate(name, new)),
            "why": [],
            "is_correction": False,
            "trace": f"vallum trace {name}",
        }


def _text(number: Model | None) -> str:
    if number is None:
        return "not stated"
    if number.get("reason"):
        return f"no number: {number['reason']}"
    printed, bounds = str(number.get("printed", "")), str(number.get("bounds", ""))
    if number.get("value") is None:
        return bounds or printed
    return f"{printed} ({bounds})" if bounds else printed


def _estimate(name: str, number: Model | None) -> Estimate | None:
    """Return enough of a printed number to say by how much it differs."""
    if number is None:
        return None
    told = {k: number.get(k) for k in ("value", "low", "high")}
    values = {k: float(v) if isinstance(v, int | float) else math.nan for k, v in told.items()}
    return Estimate(
        name=name,
        unit=str(number.get("unit", "")),
        denominator="",
        method="",
        wording="",
        spans=Spans(),
        from_ids=(),
        value=values["value"],
        low=values["low"],
        high=values["high"],
    )


def rows_of(changes: Sequence[Changed]) -> list[Model]:
    """Return changes as plain JSON, as printed."""
    from vallum.report.changes import changes_model

    return changes_model(changes)


def line_of(row: Model) -> str:
    """Return a change in one line."""
    by = f" ({row['difference']})" if row["difference"] else ""
    why = f"; {'; '.join(row['why'])}" if row["why"] else ""
    mark = "corrected: " if row["is_correction"] else ""
    return f"  {row['name']}: {mark}{row['was']} -> {row['now']}{by}{why}"


# -- which publication --------------------------------------------------------------------------


def _side(project: Project, name: str) -> _Side:
    if name == NOW:
        state = _now(project)
        return _of_state("what would be published now", state)
    for row in histories.editions(project):
        if name == str(row.number) or (
            len(name) >= _LEAST_PREFIX and row.manifest_sha256.startswith(name.lower())
        ):
            return _of_edition(project, row)
    for release in project.rows(Release):
        if len(name) >= _LEAST_PREFIX and release.manifest_sha256.startswith(name.lower()):
            state = _shown(histories.state_of(project, release), release.level)
            return _of_state(f"the publication {release.manifest_sha256[:12]}", state)
    path = _report_of(Path(name))
    if path is None:
        raise BadInput(
            f"'{name}' is no edition, no beginning of a manifest's hash, no folder of a "
            "publication, no case file and no report.json; nothing was compared, see `vallum "
            f"status` ({_known(project)})"
        )
    return _of_report(project, path, name)


def _known(project: Project) -> str:
    numbers = [str(row.number) for row in histories.editions(project)]
    return f"editions: {', '.join(numbers)}" if numbers else "there is no edition yet"


def _now(project: Project) -> State:
    estimates = telling.current_estimates(project)
    if not estimates:
        raise BadSetting("nothing has been measured yet; run `vallum measure` first")
    return _shown(histories.now(project, estimates, telling._settings(project)), Level.PUBLIC)


def _shown(state: State, level: Level) -> State:
    return replace(
        state, numbers={name: redact([row], level)[0] for name, row in state.numbers.items()}
    )


def _of_edition(project: Project, row: Edition) -> _Side:
    state = _shown(histories.state_of(project, row), row.level)
    side = _of_state(f"edition {row.number}", state)
    path = project.out_folder / FOLDER / str(row.number)
    if any(changed_files(path, row.manifest_sha256)):
        return side
    return replace(side, history=_changes_in(_read(path / "report.json")))


def _of_state(name: str, state: State) -> _Side:
    from vallum.report.model import _number

    return _Side(
        name=name, state=state, numbers={key: _number(one) for key, one in state.numbers.items()}
    )


def _of_report(project: Project, path: Path, name: str) -> _Side:
    """Return a publication by its file; by the ledger where it is one of this project's."""
    manifest = path.with_name(MANIFEST)
    if manifest.is_file():
        sha256 = sha256_of(manifest)
        known = {row.manifest_sha256 for row in histories.editions(project)}
        if sha256 in known | {row.manifest_sha256 for row in project.rows(Release)}:
            if _is_listed(path):
                return _side(project, sha256)
            name += f" ({path.name} was changed after it was published)"
    told = _read(path)
    numbers = told.get("numbers")
    if not isinstance(numbers, list):
        raise BadInput(f"{path.name} is no report of vallum; nothing was compared, name another")
    rows = [row for row in numbers if isinstance(row, dict) and "name" in row]
    return _Side(
        name=name,
        numbers={str(row["name"]): row for row in rows},
        history=_changes_in(told),
    )


def _is_listed(path: Path) -> bool:
    """Say whether a report is as the manifest beside it lists it."""
    try:
        hashes = manifest_of(path.parent)["hashes"]
    except BadInput:
        return False
    return bool(hashes.get(path.name) == sha256_of(path))


def _changes_in(told: Model) -> list[Model]:
    found = told.get("history")
    changes = found.get("changes", []) if isinstance(found, dict) else []
    keys = {"name", "was", "why", "is_correction"}
    return [row for row in changes if isinstance(row, dict) and keys <= row.keys()]


def _report_of(path: Path) -> Path | None:
    if path.is_file():
        return path if path.suffix == ".json" else None
    for folder in ("", *_CASE):
        if (path / folder / "report.json").is_file():
            return path / folder / "report.json"
    return None


def _read(path: Path) -> Model:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{path.name} cannot be read as a report; nothing was compared, name the folder of a "
            "publication"
        ) from error
    if not isinstance(told, dict):
        raise BadInput(f"{path.name} is no report of vallum; nothing was compared, name another")
    return told
