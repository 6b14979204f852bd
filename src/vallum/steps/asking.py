"""`trace`: where a number comes from."""

from __future__ import annotations

from collections.abc import Iterator

from vallum.ground.errors import StoreError
from vallum.ground.records import (
    Candidate,
    Claim,
    Comparison,
    Estimate,
    Exhibit,
    Finding,
    Fit,
    Json,
    Look,
    Row,
    Run,
    Scene,
    Sighting,
    Verdict,
)
from vallum.project import Project
from vallum.steps import asking_said, tracing
from vallum.steps.done import Done, km

_MOST_CHILDREN = 5
_DEPTH = 12


# -- trace ----------------------------------------------------------------------------------


def trace(project: Project, name: str) -> Done:
    """Return the tree from an estimate, or any row, back to files with their hashes.

    Args:
        project: where to look.
        name: name of an estimate, such as `border_km_changed`, the id of any row, or what a
            publication prints: a number like `9.1 km`, a figure, one of its files, a claim's key.

    Raises:
        StoreError: there is no such thing.
    """
    try:
        row = _named(project, name)
    except StoreError:
        found = tracing.trace_printed(project, name)
        if found is None:
            raise
        if isinstance(found, Done):
            return found
        row = _named(project, found)
    rows = {
        found.id: found
        for cls in (
            Exhibit,
            Scene,
            Look,
            Fit,
            Comparison,
            Candidate,
            Verdict,
            Finding,
            Sighting,
            Estimate,
            Run,
            *asking_said.SAID,
        )
        for found in project.rows(cls)
    }
    lines = list(_tree(row, rows, 0, set()))
    # Every number is measured along the line, so every number rests on its file too.
    line = {(e.name, e.sha256) for e in project.rows(Exhibit) if e.role == "frontier"}
    lines += _said_of(row, rows)
    lines += asking_said.lines_of(project, row, rows)
    files = sorted({*_files(row, rows, set()), *line})
    lines.append(f"rests on {len(files)} files:")
    lines += [f"  {sha256}  {file}" for file, sha256 in files]
    facts: dict[str, Json] = {"id": row.id, "files": dict(files)}
    return Done(step="trace", lines=tuple(lines), facts=facts, next="vallum verify")


def _said_of(row: Row, rows: dict[str, Row]) -> list[str]:
    """Return what people said of a candidate, and what became of it; and claims about a finding."""
    about = [one for one in rows.values() if getattr(one, "about", None) == row.id]
    if isinstance(row, Claim):
        about = []  # of two claims it holds both ways, and stands under "held against"
    return ["said of it:", *(f"  {_in_words(one, rows)}" for one in about)] if about else []


def _named(project: Project, name: str) -> Row:
    for estimate in project.rows(Estimate):
        if name in {estimate.name, estimate.id}:
            return estimate
    try:
        return project.store.get(name)
    except StoreError as error:
        import difflib

        names = [estimate.name for estimate in project.rows(Estimate)]
        near = difflib.get_close_matches(name, names, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`vallum status` lists the numbers"
        raise StoreError(f"nothing is called '{name}'; {hint}") from error


def _tree(row: Row, rows: dict[str, Row], depth: int, shown: set[str]) -> Iterator[str]:
    yield f"{'  ' * depth}{_in_words(row, rows)}"
    shown.add(row.id)
    if depth >= _DEPTH:
        return
    # Many rows share their images: each row is told where it first comes up.
    parents = [rows[name] for name in dict.fromkeys(row.parents()) if name in rows]
    parents = [parent for parent in parents if parent.id not in shown]
    # Where one number rests on thousands of rows, a few of each kind stand for the rest.
    by_kind: dict[str, list[Row]] = {}
    for parent in parents:
        by_kind.setdefault(parent.kind(), []).append(parent)
    for kind, group in by_kind.items():
        for parent in group[:_MOST_CHILDREN]:
            if parent.id not in shown:
                yield from _tree(parent, rows, depth + 1, shown)
        if len(group) > _MOST_CHILDREN:
            yield f"{'  ' * (depth + 1)}... and {len(group) - _MOST_CHILDREN:,} more {kind} rows"


def _in_words(row: Row, rows: dict[str, Row]) -> str:
    text = f"{row.kind()} {row.id}"
    match row:
        case Estimate():
            text = f"{row.name} = {row.value:,.3f} {row.unit} [{row.wording}] - {row.method}"
        case Finding():
            text += f": {row.held} {row.change} {row.category.label}, {row.span}, {row.agreement}"
        case Candidate():
            text += f": {row.change} {row.category.label}, {row.span}, score {row.score:.2f}"
        case Verdict():
            text += f": {row.answer} {row.change or row.reason}".rstrip()
        case Sighting():
            taken = getattr(rows.get(row.scene), "taken", row.scene)
            text += f": {row.state.replace('_', ' ')} on {taken}, snr {row.snr:.1f} {row.reason}"
            text = text.rstrip()
        case Comparison():
            text += f": {row.span}, {km(row.seen.length_m)} compared {row.blocked_by}".rstrip()
        case Look():
            text += f": {row.span}, {km(row.seen.length_m)} seen {row.blocked_by}".rstrip()
        case Fit():
            move = f"moved {row.dx_m:.2f} m east, {row.dy_m:.2f} m north, rmse {row.rmse_m:.2f} m"
            text += f": {row.blocked_by or move}"
        case Scene():
            text += f": {row.name}, {row.taken}, sha256 {row.sha256[:12]}..."
        case Exhibit() if not asking_said.is_statement(row):
            text += f": {row.name} ({row.role}), sha256 {row.sha256[:12]}..."
        case _:
            text += asking_said.in_words(row, rows)
    run = rows.get(row.run)
    return text + (f"  <{run.step} {run.at:%Y-%m-%d %H:%M}Z>" if isinstance(run, Run) else "")


def _files(row: Row, rows: dict[str, Row], seen: set[str]) -> Iterator[tuple[str, str]]:
    stack = [row]
    while stack:
        current = stack.pop()
        if current.id in seen:
            continue
        seen.add(current.id)
        if isinstance(current, Scene | Exhibit) and not asking_said.is_hidden(current, rows):
            yield current.name, current.sha256
        stack += [rows[name] for name in current.parents() if name in rows]
