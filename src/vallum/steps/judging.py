"""`review` without a page, and `settle`: what people say, and what follows from it."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Change, Design, Held, Reading
from vallum.ground.records import (
    Candidate,
    Comparison,
    Exhibit,
    Finding,
    Look,
    Sample,
    Scene,
    Sighting,
    Verdict,
)
from vallum.ground.span import Span
from vallum.project import Project
from vallum.steps.done import Done, finished, km

_TABLES = (".csv", ".gpkg")


def current_candidates(project: Project) -> list[Candidate]:
    """Return what is listed by a comparison in force or was drawn by an analyst, along the line.

    What the person who drew it took back is not current, nor what was drawn to read a sample.
    """
    apart = set_apart(project.rows(Verdict), project.rows(Sample))
    return current_among(project.rows(Candidate), project.rows(Comparison), apart)


def current_among(
    candidates: Iterable[Candidate],
    comparisons: Iterable[Comparison],
    apart: Collection[str] = (),
) -> list[Candidate]:
    """Return the candidates in force among rows that were read already, along the line."""
    listed = {name for c in comparisons if not c.blocked_by for name in c.candidate_ids}
    current = [
        row
        for row in candidates
        if row.id in listed or (row.origin == "analyst" and row.id not in apart)
    ]
    return sorted(current, key=lambda row: (row.span.start_m, row.span.end_m, row.id))


def set_apart(verdicts: Iterable[Verdict], samples: Iterable[Sample]) -> set[str]:
    """Return the drawn candidates that are none: taken back, or drawn to read a sample only.

    A drawing in a sampled stretch is an answer about that stretch. As a candidate it would be
    asked of the other readers, and would repeat what the machine suggested there already.
    """
    sampled = {row.id for row in samples if row.design is not Design.SWEEP}
    drawn = [verdict for verdict in verdicts if verdict.mode == "draw"]
    kept = {v.about for v in drawn if not v.is_withdrawn and v.frame not in sampled}
    return {verdict.about for verdict in drawn} - kept


def is_in_force(verdict: Verdict) -> bool:
    """Say whether a verdict counts: not taken back, not a repeat, not on an older state."""
    return not verdict.is_withdrawn and verdict.reading is Reading.FIRST


def verdicts_in_force(project: Project) -> list[Verdict]:
    """Return the verdicts that count; everything that rests on what people say reads these."""
    return [verdict for verdict in project.rows(Verdict) if is_in_force(verdict)]


def current_findings(project: Project) -> list[Finding]:
    """Return what the desk holds now, imported barriers included, withdrawn findings not."""
    return [finding for finding in project.rows(Finding) if finding.held is not Held.WITHDRAWN]


def review_export(project: Project, path: Path, *, analyst: str = "") -> Done:
    """Write all current candidates to a table that analysts can answer in.

    Args:
        project: whose candidates.
        path: `.csv` for a spreadsheet, `.gpkg` for QGIS, where geometry can be redrawn.
        analyst: fill in what this analyst answered before.

    Raises:
        BadSetting: another ending, or no candidates.
    """
    from vallum.review import tables

    if path.suffix.lower() not in _TABLES:
        raise BadSetting(f"{path.name}: write a {' or '.join(_TABLES)}")
    candidates = current_candidates(project)
    if not candidates:
        raise BadSetting("there are no candidates to review yet; run `vallum detect` first")
    analyst = same_person(project, analyst) if analyst else ""
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    verdicts = [verdict for verdict in verdicts_in_force(project) if verdict.analyst == analyst]
    write = tables.write_csv if path.suffix.lower() == ".csv" else tables.write_geopackage
    write(candidates, scenes, project.frontier, path, analyst=analyst, verdicts=verdicts)
    return Done(
        step="review",
        lines=(f"{len(candidates):,} candidates written; fill in the column 'answer'",),
        files=(str(path),),
        facts={"candidates": len(candidates)},
        next=f"vallum review --import {path.name} --analyst NAME",
    )


def review_import(project: Project, path: Path, *, analyst: str) -> Done:
    """Read an analyst's answers; good rows are kept, bad ones are named.

    Raises:
        BadTable: the file cannot be read at all.
        BadInput: it does not exist.
    """
    from vallum.review import tables

    if not path.is_file():
        raise BadInput(f"{path} does not exist; nothing was read, check the path")
    analyst = same_person(project, analyst)
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    known = {candidate.id: candidate for candidate in project.rows(Candidate)}
    verdicts, drawn, problems = tables.read_table(
        path, analyst=analyst, known=known, scenes=scenes, frontier=project.frontier
    )
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    exhibit = Exhibit(
        sha256=sha256,
        name=path.name,
        role="verdicts",
        media_type="text/csv"
        if path.suffix.lower() == ".csv"
        else "application/geopackage+sqlite3",
    )
    return record(project, verdicts, drawn, exhibit, problems)


def same_person(project: Project, analyst: str) -> str:
    """Return the name as it was first written: "Kim " and "kim" are one analyst, not two.

    Raises:
        BadSetting: the name is empty.
    """
    name = " ".join(analyst.split())
    if not name:
        raise BadSetting("--analyst is empty; nothing was read, say who answered")
    known = {verdict.analyst.casefold(): verdict.analyst for verdict in project.rows(Verdict)}
    return known.get(name.casefold(), name)


def record(
    project: Project,
    verdicts: list[Verdict],
    drawn: list[Candidate],
    exhibit: Exhibit | None,
    problems: list[str],
) -> Done:
    """Put verdicts and drawn candidates on disk, and say how many were new."""
    seq = project.store.head()[0]
    known = {verdict.id: verdict for verdict in project.rows(Verdict)}
    rows = []
    for verdict in verdicts:
        # A verdict already given keeps what it was based on: reading a table twice adds nothing.
        before = known.get(verdict.id)
        based_on = before.based_on if before is not None else seq
        stamped = replace(verdict, based_on=based_on, exhibit=exhibit.id if exhibit else "")
        if before is not None and replace(stamped, exhibit=before.exhibit, at=before.at).same_as(
            before
        ):
            continue
        rows.append(stamped)
    with project.run("review") as work:
        added = work.add_all([*([exhibit] if exhibit and rows else []), *drawn, *rows])
        for problem in problems:
            work.block(exhibit.name if exhibit else "table", problem)
    n_new = sum(isinstance(row, Verdict) for row in added)
    lines = [
        f"{len(verdicts):,} answers read, {n_new:,} new or changed; {len(drawn):,} things drawn"
    ]
    return finished(
        work, lines, then="vallum settle", facts={"answers": len(verdicts), "new": n_new}
    )


def settled_rows(
    project: Project, candidates: Sequence[Candidate], verdicts: Sequence[Verdict]
) -> tuple[list[Finding], list[Finding]]:
    """Return what the verdicts decide, and the findings that they no longer do; nothing is kept."""
    from vallum.review import settle as rules

    scenes = {scene.id: scene for scene in project.rows(Scene)}
    rule = rules.Rule(n_agree=project.config.review.n_agree)
    answered = {verdict.about for verdict in verdicts}
    findings = rules.settle(
        candidates,
        verdicts,
        scenes,
        project.frontier,
        rule=rule,
        sightings=project.rows(Sighting),
        shown=_shown(project, [row for row in candidates if row.id in answered], scenes),
    )
    settled = {finding.id for finding in findings}
    # A finding whose verdicts no longer decide is withdrawn, not forgotten.
    withdrawn = [
        replace(old, held=Held.WITHDRAWN, agreement="the verdicts no longer decide")
        for old in project.rows(Finding)
        if old.id not in settled and old.held not in {Held.IMPORTED, Held.WITHDRAWN}
    ]
    return findings, withdrawn


def settle(project: Project) -> Done:
    """Apply the rule to the verdicts: findings where it decides, nothing where it does not yet.

    What is confirmed is dated from its pair and from every look that people took at other images.
    """
    from vallum.review import settle as rules

    candidates, verdicts = current_candidates(project), verdicts_in_force(project)
    findings, withdrawn = settled_rows(project, candidates, verdicts)
    with project.run("settle") as work:
        work.add_all([*findings, *withdrawn])
    by_held: dict[str, int] = {}
    for finding in findings:
        by_held[finding.held.value] = by_held.get(finding.held.value, 0) + 1
    confirmed = [f for f in project.rows(Finding) if f.held is Held.CONFIRMED]
    changed = [f for f in confirmed if f.change is not Change.UNCHANGED]
    standing = [f for f in confirmed if f.change is Change.UNCHANGED]
    lines = [
        f"{len(findings):,} of {len(candidates):,} candidates are settled: "
        + (", ".join(f"{n:,} {held}" for held, n in sorted(by_held.items())) or "none"),
        f"confirmed: {_amount(changed)}"
        + (f"; stood there before as well: {_amount(standing)}" if standing else ""),
    ]
    agreement = rules.agreement(verdicts)
    if agreement.n:
        lines.append(str(agreement))
    return finished(
        work, lines, then="vallum measure", facts={**by_held, "candidates": len(candidates)}
    )


def _shown(
    project: Project, candidates: Iterable[Candidate], scenes: Mapping[str, Scene]
) -> dict[str, set[str]]:
    """Return the images in use that show the middle of each candidate, by its id."""
    looks: dict[Span, list[Look]] = {}
    for look in project.rows(Look):
        scene = scenes.get(look.scene)
        if scene is not None and scene.has_pixels and not scene.set_aside:
            looks.setdefault(look.span, []).append(look)
    spans = sorted(looks)
    starts = [span.start_m for span in spans]
    shown = {}
    for row in candidates:
        at_m = row.span.middle_m
        place = bisect_right(starts, at_m) - 1
        here = looks[spans[place]] if place >= 0 else []
        shown[row.id] = {look.scene for look in here if at_m in look.seen}
    return shown


def _amount(findings: list[Finding]) -> str:
    n_posts = sum(not finding.category.is_line for finding in findings)
    return f"{km(sum(finding.length_m for finding in findings))} of lines, {n_posts:,} posts"
