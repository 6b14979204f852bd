"""Editions: a publication frozen into the ledger, and what two publications say otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.errors import BadSetting
from vallum.ground.records import Edition, Level
from vallum.ground.whole import folder_whole, is_out_of_room, make_folder, no_room
from vallum.project import Project
from vallum.steps import gating, histories, releasing, telling
from vallum.steps.comparing import diff as diff
from vallum.steps.comparing import line_of, rows_of
from vallum.steps.done import Done, Progress, finished, silent
from vallum.steps.folders import MANIFEST, changed_files, sha256_of
from vallum.steps.histories import EVERY, FOLDER

if TYPE_CHECKING:
    from vallum.evidence.release import Telling
    from vallum.report.issue import History

_MOST_NAMED = 5


def listed(project: Project) -> list[Edition]:
    """Return all editions, the first one first."""
    return histories.editions(project)


# -- freezing -----------------------------------------------------------------------------------


def freeze(
    project: Project,
    *,
    note: str = "",
    day: date | None = None,
    why: Mapping[str, str] | None = None,
    correct: Mapping[str, str] | None = None,
    level: str = "public",
    languages: Collection[str] = (),
    parquet: bool = False,
    overlays: bool = False,
    despite: Collection[str] = (),
    on: date | None = None,
    show: Progress = silent,
) -> Done:
    """Publish an edition: frozen in `out/editions`, numbered, and signed into the ledger.

    Args:
        project: what is published.
        note: what it is, in words that are printed.
        day: day that is printed on it; today if None.
        why: why numbers are otherwise than in the edition before, by name; `all` stands for every
            number for which no other reason is known.
        correct: numbers of the edition before that were wrong, by name, and why.
        level: who reads it.
        languages: languages to write it in; those of the settings if empty.
        parquet: write tables for pandas and databases as well.
        overlays: put pixels that may be shown into the file for Google Earth.
        despite: claims that a keeper has decided about.
        on: the day on which embargo and consent are held against; today if None.
        show: told about every picture.

    Raises:
        BadSetting: a number is otherwise and nobody said why, a gate refuses it, numbers no longer
            follow from the rows, or nothing is new since the last edition.
        WouldLeak: something is in it that must not leave; nothing was frozen.
    """
    asked = telling.Asked(
        level=Level(level), languages=tuple(languages), parquet=parquet, overlays=overlays
    )
    with project.alone(), project.store.remembering():
        number = max((row.number for row in listed(project)), default=0) + 1
        told = releasing.told(project, asked.level, on, despite=despite)
        releasing.check(told)
        _refuse_stale(project)
        today = on or datetime.now(UTC).date()
        history = _history(project, asked, number, day or today, note, why or {}, correct or {})
        _refuse_unexplained(history)
        _refuse_same(project, asked, today, history, note)
        return _frozen(project, replace(asked, history=history), history, told, show)


def _history(
    project: Project,
    asked: telling.Asked,
    number: int,
    day: date,
    note: str,
    why: Mapping[str, str],
    correct: Mapping[str, str],
) -> History:
    from vallum.report.issue import Issue

    for name, words in [*why.items(), *correct.items()]:
        if not words.strip():
            raise BadSetting(f"{name}: the reason is empty; nothing was frozen, write it after '='")
    return telling.history_of(
        project,
        telling.current_estimates(project),
        asked.level,
        issue=Issue(number=number, day=day, note=" ".join(note.split())),
        why=why,
        correct=correct,
    )


def _refuse_stale(project: Project) -> None:
    names = gating.stale(project)
    if names:
        raise BadSetting(
            f"{len(names)} numbers no longer follow from the rows, the first is {names[0]}; "
            "nothing was frozen, run `vallum measure` and try again"
        )


def _refuse_unexplained(history: History) -> None:
    """Refuse an edition that says something else than the one before, and not why."""
    names = [one.name for one in history.changes if not one.is_explained]
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        raise BadSetting(
            f"{len(names)} numbers are not as in edition {history.editions[-1].number}, and the "
            f"ledger does not show why: {', '.join(names[:_MOST_NAMED])}{more}; nothing was "
            f"frozen, say why with --why {names[0]}=TEXT, or --why {EVERY}=TEXT for all of them"
        )


def _refuse_same(
    project: Project, asked: telling.Asked, on: date, history: History, note: str
) -> None:
    """Refuse an edition that would say what the last one says."""
    from vallum.steps.printed import is_of_today

    if not history.editions or note or history.changes:
        return
    last = history.editions[-1].number
    folder = project.out_folder / FOLDER / str(last)
    if not folder.is_dir() or asked.parquet or asked.overlays:
        return
    rows = [row for row in listed(project) if row.number == last]
    languages = telling._languages(project, asked.languages)
    if rows[0].languages == languages and is_of_today(project, folder, asked.level, on):
        raise BadSetting(
            f"edition {last} already says all of this; nothing was frozen. To freeze it again all "
            "the same, say what is new with --note TEXT"
        )


def _frozen(
    project: Project, asked: telling.Asked, history: History, told: Telling, show: Progress
) -> Done:
    from vallum.report.publish import files_in

    issue = history.issue
    target = project.out_folder / "report"
    kept = project.out_folder / FOLDER / str(issue.number)
    with telling.drafted(project, asked, target, show, told) as (draft, book, soft):
        manifest = sha256_of(draft / MANIFEST)
        with project.run("edition") as work:
            # First what is remembered, then what is out; last that it is frozen.
            work.add_all(releasing.remembered(project, told, manifest))
            _keep(draft, kept)
            telling.put_in_place(draft, target, manifest)
            work.add(
                telling.release_of(book, manifest, len(files_in(kept))),
                Edition(
                    number=issue.number,
                    day=issue.day or date.min,
                    level=asked.level,
                    manifest_sha256=manifest,
                    languages=book.languages,
                    note=issue.note,
                    reasons=_kept_reasons(history),
                    corrections=tuple(f"{c.name}={c.why[-1]}" for c in history.changes
                                      if c.is_correction),
                    estimate_ids=tuple(number.id for number in book.estimates),
                    ledger_head=book.ledger_head,
                ),
            )  # fmt: skip
    changes = rows_of(history.changes)
    lines = [
        f"edition {issue.number} of {issue.day}: {len(files_in(kept))} files in {kept}, manifest "
        f"{manifest[:16]}",
        *telling.since_in_words(book)[:1],
        *(line_of(row) for row in changes),
        *gating.in_words(soft),
        *releasing.in_words(project, told),
    ]
    return finished(
        work,
        lines,
        files=[str(target / "report.html")],
        facts={
            "edition": issue.number,
            "folder": str(kept),
            "manifest_sha256": manifest,
            "changes": changes,  # type: ignore[dict-item]
        },
        then=f"give out {target}; `vallum case FOLDER` for whoever wants to compute it again",
    )


def _kept_reasons(history: History) -> tuple[str, ...]:
    """Return what a person gave as reasons, each for the number that it is printed with."""
    return tuple(
        f"{one.name}={one.why[-1]}"
        for one in history.changes
        if one.why and isinstance(one.why[-1], str) and not one.is_correction
    )


def _keep(draft: Path, kept: Path) -> None:
    """Copy a publication to where it stays; it appears whole, and its files cannot be written.

    A folder of that number without a row is left behind by a run that was killed.
    """
    make_folder(kept.parent)
    partial = kept.with_name(f".{kept.name}-partial")
    for old in (partial, kept):
        shutil.rmtree(old, ignore_errors=True)
    try:
        shutil.copytree(draft, partial, copy_function=shutil.copyfile)
        for path in partial.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        folder_whole(partial, kept)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        if not is_out_of_room(error, kept.parent):
            raise
        n_bytes = sum(path.stat().st_size for path in draft.rglob("*") if path.is_file())
        raise no_room(str(kept), n_bytes) from error


def problems(project: Project) -> Iterator[str]:
    """Yield what is not as it was frozen, in words; nothing where all editions are whole."""
    for row in listed(project):
        folder = project.out_folder / FOLDER / str(row.number)
        for problem in changed_files(folder, row.manifest_sha256):
            yield f"edition {row.number}: {problem}"
