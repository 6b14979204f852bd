"""`sheet`: one page for each finding, as PDF and for the browser."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum import __version__
from vallum.evidence.redact import redact
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Answer, Held, Kind
from vallum.ground.records import (
    APART,
    Candidate,
    Comparison,
    Finding,
    Fit,
    Level,
    Look,
    Scene,
    Sighting,
)
from vallum.ground.span import Span
from vallum.ground.whole import fsync_folder, fsync_tree, make_folder, write_whole
from vallum.project import Project
from vallum.steps import chipping, releasing
from vallum.steps.done import Done, Progress, silent, tracked
from vallum.steps.folders import SHEETS
from vallum.steps.judging import current_findings, verdicts_in_force
from vallum.steps.searching import search

if TYPE_CHECKING:
    from vallum.evidence.release import Telling
    from vallum.ground.told import Told
    from vallum.report import Book
    from vallum.report.sheet import Subject

LIST_FILE = SHEETS
_LEAST_NAME = 12  # letters of a name that find it
_UNSURE = {Held.INDETERMINATE: "people could not tell", Held.DISPUTED: "people disagree"}
_MOST_NAMED = 3
Answers = Mapping[str, Counter[Answer]]
"""How many different people gave each answer, by what they were asked about."""


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """What sheets are filled from, read once for all of them."""

    book: Book
    candidates: Mapping[str, Candidate]
    scenes: Mapping[str, Scene]
    fits: Mapping[str, Fit]
    sightings: Mapping[str, Sequence[Sighting]]
    answers: Answers
    told: Sequence[Told]
    level: Level


def sheet(
    project: Project,
    findings: Collection[str] = (),
    *,
    every: bool = False,
    kind: str = "",
    km: str = "",
    folder: Path | None = None,
    level: str = "public",
    language: str = "",
    show: Progress = silent,
) -> Done:
    """Write one page for each of some findings: HTML, PDF, and the model of both as JSON.

    Sheets of other findings that lie in the folder stay. Before they appear they are searched for
    what must not leave; claims that are told on them are remembered as told.

    Args:
        project: whose findings.
        findings: names of findings, the first letters of one, or of the candidates they settle.
        every: all that the report shows.
        kind: only this class.
        km: only this stretch, like `1004..1019`.
        folder: where to; `out/sheets` if None.
        level: "public", or "desk" for findings that are not agreed on yet.
        language: of the sheets; the main one of the settings if empty.
        show: told about every sheet.

    Raises:
        BadInput: there is no such finding.
        BadSetting: nothing was chosen, or the folder holds something else.
        WouldLeak: something is in them that must not leave; nothing was written.
    """
    asked = Level(level)
    if asked is Level.PRIVATE:
        raise BadSetting("sheets are public or for the desk; nothing was written")
    chosen = _chosen(project, findings, every=every, kind=kind, km=km)
    answers = _answers(project)
    n_accepts = project.config.publish.n_accepts
    refused = {one.id: why_not(one, answers, asked, n_accepts) for one in chosen}
    good = [one for one in chosen if not refused[one.id]]
    told = language or project.config.publish.languages.split(",")[0]
    target = (folder or _folder(project, asked, told)).resolve()
    if good:
        with project.alone():
            _write(project, good, answers, target, asked, told, show)
    return _done(good, {name: why for name, why in refused.items() if why}, target)


def why_not(finding: Finding, answers: Answers, level: Level, n_accepts: int) -> str:
    """Return why a finding has no sheet, with the way out; empty where it may have one.

    Args:
        finding: what the desk holds.
        answers: who said what, in numbers.
        level: who reads it.
        n_accepts: people who must have said yes before it is public.
    """
    if finding.held is Held.REJECTED:
        return "people rejected it; a sheet would show it as found. Answer it anew if that is wrong"
    if level is not Level.PUBLIC or finding.held is Held.IMPORTED:
        return ""
    if finding.held in _UNSURE:
        return (
            f"{_UNSURE[finding.held]}; have another person answer (`vallum open`), or write it "
            "with --level desk"
        )
    n_yes = answers.get(finding.about, Counter())[Answer.YES]
    if n_yes < n_accepts:
        people = "person" if n_yes == 1 else "people"
        return (
            f"{n_yes} {people} said yes, {n_accepts} are needed; have another person answer "
            "(`vallum open`), write it with --level desk, or set n_accepts in [publish]"
        )
    return ""


# -- which ------------------------------------------------------------------------------------


def _chosen(
    project: Project, names: Collection[str], *, every: bool, kind: str, km: str
) -> list[Finding]:
    """Return the findings that were asked for, along the line."""
    if not (names or every or kind or km):
        raise BadSetting(
            "no finding was named; nothing was written. Name some, or choose with --kind, --km or "
            "--all"
        )
    current = current_findings(project)
    if names:
        found = [_named(name, current) for name in dict.fromkeys(names)]
    else:
        found = [one for one in current if one.held is not Held.REJECTED]
    if kind:
        category = _kind(kind)
        found = [one for one in found if one.category is category]
    if km:
        stretch = Span.parse_km(km)
        found = [one for one in found if one.span.overlaps(stretch)]
    if not found:
        raise BadInput("no finding is of that kind in that stretch; nothing was written")
    return sorted({one.id: one for one in found}.values(), key=lambda one: (one.span, one.id))


def _kind(text: str) -> Kind:
    try:
        return Kind(text.strip().lower().replace(" ", "_").replace("-", "_"))
    except ValueError as error:
        raise BadSetting(
            f"'{text}' is no class; nothing was written, choose from {', '.join(Kind)}"
        ) from error


def _named(name: str, current: Sequence[Finding]) -> Finding:
    found = [one for one in current if name in {one.id, one.about}]
    if not found and len(name) >= _LEAST_NAME:
        found = [one for one in current if one.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    many = f"{len(found)} findings begin like that" if found else "no finding is called that"
    raise BadInput(
        f"{name}: {many}; nothing was written. Names stand in findings.csv and in the report"
    )


def _answers(project: Project) -> dict[str, Counter[Answer]]:
    last: dict[tuple[str, str], Answer] = {}
    for verdict in verdicts_in_force(project):
        last[verdict.about, " ".join(verdict.analyst.split()).casefold()] = verdict.answer
    found: dict[str, Counter[Answer]] = defaultdict(Counter)
    for (about, _), answer in last.items():
        found[about][answer] += 1
    return found


# -- what stands on them ------------------------------------------------------------------------


def _write(
    project: Project,
    findings: Sequence[Finding],
    answers: Answers,
    target: Path,
    level: Level,
    language: str,
    show: Progress,
) -> None:
    """Write sheets beside their folder, search them, and move them there."""
    from vallum.report.tongue import speaking

    _check_folder(target)
    telling = releasing.told(project, level)
    rows = _rows(project, findings, answers, telling, level)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        keys: set[str] = set()
        for finding in tracked(findings, "sheets", len(findings), "sheets", show):
            with speaking(language):
                subject = _subject(project, rows, finding)
                files = _files(rows.book, subject)
            keys |= {one.key for one in subject.claims}
            for name, content in files.items():
                (draft / name).write_bytes(content)
        if keys:
            releasing.check(telling)
        search(project, draft, telling, level)
        listed = _listed(draft, target, level)
        if keys:
            # Remembered before it is out. What is on no sheet is not out: remembered as told, it
            # would be told as closely for ever, whatever becomes of its source's risk.
            digest = hashlib.sha256(listed).hexdigest()
            printed = releasing.printed_alone(project, telling, keys, level)
            with project.run("sheet") as work:
                work.add_all(releasing.remembered(project, printed, digest))
        make_folder(target)
        fsync_tree(draft)
        for path in sorted(draft.iterdir()):
            path.replace(target / path.name)
        fsync_folder(target)
        write_whole(target / LIST_FILE, listed)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _rows(
    project: Project,
    findings: Sequence[Finding],
    answers: Answers,
    telling: Telling,
    level: Level,
) -> _Rows:
    fits = {row.id: row for row in redact(project.rows(Fit), level)}
    comparisons = redact(project.rows(Comparison), level)
    sightings: dict[str, list[Sighting]] = defaultdict(list)
    for row in redact(project.rows(Sighting), level):
        if not row.is_withdrawn:
            sightings[row.about].append(row)
    wanted = {one.about for one in findings}
    return _Rows(
        book=_book(project, comparisons, level),
        candidates={row.id: row for row in redact(project.rows(Candidate), level)
                    if row.id in wanted},
        scenes={row.id: row for row in redact(project.rows(Scene), level)},
        fits={name: fits[row.fit] for row in comparisons if row.fit in fits
              for name in row.candidate_ids},
        sightings=sightings,
        answers=answers,
        told=telling.told,
        level=level,
    )  # fmt: skip


def _book(project: Project, comparisons: Sequence[Comparison], level: Level) -> Book:
    """Return the part of the book of a publication that sheets are printed from."""
    from vallum.report import Book

    border, dates = project.config.border, project.config.dates
    return Book(
        name=project.config.name,
        frontier=project.frontier,
        extent=project.extent,
        left_m=border.left_m,
        right_m=border.right_m,
        before=dates.before_when,
        after=dates.after_when,
        estimates=(),
        findings=(),
        candidates=(),
        scenes=(),
        comparisons=tuple(comparisons),
        fits=(),
        looks=tuple(redact(project.rows(Look), level)),
        is_simulated=project.config.is_simulated,
        version=__version__,
        ledger_head=project.store.head_without(*APART),
        level=level,
        settings={},
    )


def _subject(project: Project, rows: _Rows, finding: Finding) -> Subject:
    from vallum.report.sheet import Subject

    candidate = rows.candidates.get(finding.about)
    said = rows.answers.get(finding.about, Counter())
    pair = (candidate.before, candidate.after) if candidate else ()
    seen = (row.scene for row in rows.sightings.get(finding.about, ()))
    names = dict.fromkeys((*pair, *seen))
    chip = chipping.chip_of(project, candidate, rows.level) if candidate else None
    why = chipping.why_no_chip(project, candidate, rows.level) if candidate and not chip else ""
    return Subject(
        finding=next(iter(redact((finding,), rows.level))),
        candidate=candidate,
        fit=rows.fits.get(finding.about),
        chip=chip,
        why_no_chip=why,
        n_yes=said[Answer.YES],
        n_no=said[Answer.NO],
        n_unsure=said[Answer.CANNOT_TELL],
        scenes=tuple(rows.scenes[name] for name in names if name in rows.scenes),
        claims=tuple(one for one in rows.told if finding.id in one.findings),
    )


def _files(book: Book, subject: Subject) -> dict[str, bytes]:
    from vallum.report.figures.locator import locator
    from vallum.report.leaf import sheet_html, sheet_pdf
    from vallum.report.sheet import sheet_model

    name, chip = subject.finding.id, subject.chip
    model = sheet_model(book, subject)
    where = locator(book, subject.finding.span)
    text = json.dumps(model, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    return {
        f"{name}.html": sheet_html(model, where, chip).encode(),
        f"{name}.pdf": sheet_pdf(model, where, chip),
        f"{name}.json": text.encode(),
    }


# -- where they lie ------------------------------------------------------------------------------


def _folder(project: Project, level: Level, language: str) -> Path:
    """Return where sheets lie: what is not public, or not in English, lies apart."""
    from vallum.report.tongue import ENGLISH, known

    name = "sheets" if level is Level.PUBLIC else f"sheets-{level}"
    tag = known(language)
    return project.out_folder / (name if tag == ENGLISH else f"{name}-{tag}")


def _check_folder(target: Path) -> None:
    if target.is_dir() and any(target.iterdir()) and not (target / LIST_FILE).is_file():
        raise BadSetting(
            f"{target} holds files that are no sheets (no {LIST_FILE}); nothing was written, name "
            "a new or empty folder with --to"
        )


def _listed(draft: Path, target: Path, level: Level) -> bytes:
    """Return the list of all sheets with their hashes: those that lie there, and the new ones."""
    old: dict[str, Any] = {}
    if (target / LIST_FILE).is_file():
        told = json.loads((target / LIST_FILE).read_text(encoding="utf-8"))
        if told.get("level") != str(level):
            raise BadSetting(
                f"{target} holds sheets of level {told.get('level')}; nothing was written, name "
                "another folder with --to"
            )
        old = {name: sha for name, sha in told["files"].items() if (target / name).is_file()}
    new = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in draft.iterdir()
        if re.fullmatch(r"[\w-]+\.(html|pdf|json)", path.name)
    }
    told = {"schema": "vallum sheets 1", "level": str(level),
            "files": dict(sorted((old | new).items()))}  # fmt: skip
    return (json.dumps(told, indent=1) + "\n").encode()


def _done(good: Sequence[Finding], refused: Mapping[str, str], target: Path) -> Done:
    what = "sheet" if len(good) == 1 else "sheets"
    lines = [f"{len(good):,} {what} in {target}, each as HTML and PDF"] if good else []
    return Done(
        step="sheet",
        lines=tuple(lines),
        blocked=tuple(_by_reason(refused)),
        files=tuple(str(target / f"{one.id}.pdf") for one in good),
        facts={
            "folder": str(target),
            "sheets": [one.id for one in good],
            "refused": dict(refused),
        },
        next=f"open {target / (good[0].id + '.html')} in a browser" if good else "",
    )


def _by_reason(refused: Mapping[str, str]) -> Iterator[str]:
    by_why: dict[str, list[str]] = defaultdict(list)
    for name, why in refused.items():
        by_why[why].append(name)
    for why, names in by_why.items():
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        yield f"{', '.join(names[:_MOST_NAMED])}{more}: no sheet; {why}"
