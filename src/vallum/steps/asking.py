"""`status`, `trace`, `verify`: questions that change nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from vallum.ground.errors import ChainBroken, StoreError
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
    Release,
    Row,
    Run,
    Scene,
    Sighting,
    Verdict,
)
from vallum.project import FRONTIER_FILE, Project
from vallum.steps import asking_said, editions, tracing
from vallum.steps.done import Done, Progress, km, silent
from vallum.steps.judging import current_candidates, verdicts_in_force
from vallum.steps.stamping import lines_of
from vallum.steps.trusting import calibration
from vallum.steps.vaulting import drill_due

_MOST_CHILDREN = 5
_DEPTH = 12


def status(project: Project) -> Done:
    """Return what the project holds, what is due, and what is blocked and why."""
    rows = {cls.kind(): project.rows(cls) for cls in (Scene, Look, Fit, Comparison, Finding)} | {
        "Verdict": verdicts_in_force(project)
    }
    dates = project.config.dates
    mark = "SIMULATED · " if project.config.is_simulated else ""
    lines = [
        f"{mark}{project.config.name}: {project.frontier}",
        f"measured: {project.extent}, {km(project.extent.length_m)}; corridor "
        f"{project.config.border.left_m} m left, {project.config.border.right_m} m right",
        f"before {dates.before_when}, after {dates.after_when}",
        f"{len(rows['Scene']):,} images, {len(rows['Look']):,} looks, "
        f"{len(rows['Fit']):,} alignments, {len(rows['Comparison']):,} comparisons",
        f"{_n_current(project):,} candidates, {len(rows['Verdict']):,} verdicts, "
        f"{len(rows['Finding']):,} findings",
    ]
    lines += _numbers(project)
    reasons = Counter(c.blocked_by for c in project.rows(Comparison) if c.blocked_by)
    lines += [f"blocked: {n} x {why}" for why, n in reasons.most_common(8)]
    seq, head = project.store.head()
    due = drill_due(project, datetime.now(UTC).date())
    lines += [due] if due else []
    lines.append(f"ledger: {seq:,} rows, head {head[:16]}")
    facts: dict[str, Json] = {kind.lower() + "s": len(found) for kind, found in rows.items()}
    facts |= {
        "ledger_rows": seq,
        "ledger_head": head,
        "extent_m": project.extent.length_m,
        "blocked": dict(reasons),
    }
    known = calibration(project) if rows["Comparison"] else None
    if known is not None and known.rate is not None:
        low, high = known.rate.interval(known.rate.floor)
        lines.insert(
            -1,
            f"false lines: about {known.rate.per_km(known.rate.floor):.2f} per km of border "
            f"({low:.2f} to {high:.2f}), from {known.rate.n:,} marked as removed",
        )
        facts["calibration"] = known.facts
    return Done(step="status", lines=tuple(lines), facts=facts, next=_next(project))


def _n_current(project: Project) -> int:
    return len(current_candidates(project))


def _numbers(project: Project) -> list[str]:
    return [
        f"  {e.name} = {e.value:,.3f} {e.unit} ({e.wording})"
        for e in project.rows(Estimate)
        if e.name.startswith("border_km")
    ]


def _next(project: Project) -> str:
    """Return the command that is due next."""
    return due(
        project,
        n_scenes=len(project.rows(Scene)),
        n_comparisons=len(project.rows(Comparison)),
        n_candidates=_n_current(project),
        n_verdicts=len(project.rows(Verdict)),
        n_findings=len(project.rows(Finding)),
    )


def due(
    project: Project,
    *,
    n_scenes: int,
    n_comparisons: int,
    n_candidates: int,
    n_verdicts: int,
    n_findings: int,
) -> str:
    """Return the command that is due next, from how many rows there are."""
    if not n_scenes and not n_findings:
        return "vallum add FOLDER"
    if n_scenes and not n_comparisons:
        return "vallum run"
    if n_candidates and not n_verdicts:
        return "vallum review --export candidates.csv"
    if not project.rows(Release):
        return "vallum run"
    return f"open {project.out_folder / 'report' / 'report.html'} in a browser"


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


# -- verify ---------------------------------------------------------------------------------


def verify(project: Project, *, rebuild: bool = False, show: Progress = silent) -> Done:
    """Check the chain of the ledger, the tables that follow from it, and every stored file.

    Raises:
        ChainBroken: names the first broken row, or the first file that changed or is missing.
    """
    if rebuild:
        project.store.verify_chain()
        project.store.rebuild()
    n_rows = project.store.verify()
    checks = list(_stored_files(project))
    problems = []
    for n_done, (path, sha256) in enumerate(checks):
        show("verify", n_done, len(checks), "files")
        problems += _file_problem(path, sha256)
    show("verify", len(checks), len(checks), "files")
    problems += list(editions.problems(project))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ChainBroken(f"{problems[0]}{more}; the ledger itself is sound, restore the file")
    seq, head = project.store.head()
    return Done(
        step="verify",
        lines=(
            f"{n_rows:,} ledger rows follow from each other; {len(checks):,} files unchanged",
            *_editions_in_words(project),
            f"head {head}",
            *lines_of(project),
        ),
        facts={"rows": n_rows, "files": len(checks), "head": head, "seq": seq},
    )


def _editions_in_words(project: Project) -> list[str]:
    n = len(editions.listed(project))
    what = "edition is" if n == 1 else "editions are"
    return [f"{n} frozen {what} as published"] if n else []


def _stored_files(project: Project) -> Iterator[tuple[Path, str]]:
    for exhibit in project.rows(Exhibit):
        if exhibit.role == "frontier":
            yield project.root / FRONTIER_FILE, exhibit.sha256
    for scene in project.rows(Scene):
        path = project.path_of(scene)
        if path is not None and scene.copy_sha256:
            yield path, scene.copy_sha256


def _file_problem(path: Path, sha256: str) -> list[str]:
    if not path.is_file():
        return [f"{path} is missing"]
    with path.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    return [] if found == sha256 else [f"{path} was changed after it was taken in"]
