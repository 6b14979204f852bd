"""Publishing from the desk: what holds it back, drafts and editions, sheets, what can be taken."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from vallum.ground.errors import NotThere
from vallum.ground.kinds import Held, Kind
from vallum.ground.records import Edition, Finding, Level
from vallum.project import Project
from vallum.steps.desk_kept import Kept

Wanted = Literal["public", "desk"]
SETTINGS = ("desk", "authors", "licence", "doi", "url", "contact")
"""Settings of `[publish]` that say who is cited, and how."""

MANIFEST, PAGE = "manifest.json", "report.html"
_FOLDERS: Mapping[str, str] = {"report": "report", "desk": "report-desk"}
_SHEETS = "sheets"
_MOST_FILES = 4000
_MOST_FINDINGS = 5000
_AT_ONCE_S = 0.05
_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes


# -- what is told ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A file of a publication that people take away; `sha256` is empty where no list names it."""

    name: str
    n_bytes: int
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A publication that lies here.

    Attributes:
        what: where it lies: "report", "desk", or the number of an edition.
        path: its folder; for the keeper alone.
        level: who may see it.
        edition: its number; 0 for a draft.
        made_at: when it was written.
        languages: those it is written in, the main one first.
        files: the files themselves, the report first.
        n_bytes: of all files together.
        manifest_sha256: hash of the list of files.
    """

    what: str
    path: str
    level: str
    edition: int
    made_at: datetime
    languages: tuple[str, ...]
    files: tuple[Taken, ...]
    n_bytes: int
    manifest_sha256: str


@dataclass(frozen=True, kw_only=True)
class EditionNote:
    """A frozen edition; `is_whole` says whether its folder is still what the ledger says."""

    number: int
    day: date
    level: str
    languages: tuple[str, ...]
    note: str
    manifest_sha256: str
    n_reasons: int
    n_corrections: int
    is_whole: bool


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """What the page about publishing begins with; `desk` and `settings` are the keeper's.

    `is_cited_otherwise` says that the report cites other names or terms than the settings do now.
    """

    report: Copy | None
    desk: Copy | None
    editions: tuple[EditionNote, ...]
    languages: tuple[str, ...]
    known_languages: tuple[str, ...]
    has_parquet: bool
    citation: str
    is_cited_otherwise: bool
    settings: dict[str, str]
    n_accepts: int


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What holds back a publication or a part of it, why, and the way out."""

    gate: str
    what: str
    n: int
    why: str
    way_out: str
    is_hard: bool


@dataclass(frozen=True, kw_only=True)
class Gates:
    """What holds a publication back.

    Attributes:
        gates: the hard ones first; None where they were never looked at.
        is_checking: they are being looked at anew; `gates` are as they were before the last rows.
    """

    gates: tuple[Gate, ...] | None
    is_checking: bool


@dataclass(frozen=True, kw_only=True)
class Change:
    """A printed number that is not the same in two publications.

    `is_explained` says whether what the ledger shows is enough, or a person has to say why.
    """

    name: str
    label: str
    was: str
    now: str
    difference: str
    why: tuple[str, ...]
    is_explained: bool
    is_correction: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two publications, number by number; `lines` says the rest in words."""

    a: str
    b: str
    changes: tuple[Change, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A finding of which a sheet can be made."""

    id: str
    kind: Kind
    change: str
    start_m: int
    end_m: int


@dataclass(frozen=True, kw_only=True)
class Pile:
    """Sheets that were made of one level in one language; `what` is where they lie."""

    what: str
    level: Wanted
    language: str
    files: tuple[Taken, ...]


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """What sheets can be made of, and those that were made."""

    cases: tuple[Case, ...]
    piles: tuple[Pile, ...]


# -- what there is --------------------------------------------------------------------------------


def folder_of(project: Project, what: str) -> Path:
    """Return where a publication lies: "report", "desk", the number of an edition, or sheets.

    Raises:
        NotThere: there can be no such thing.
    """
    if what.isdecimal() and len(what) < 6:
        return project.out_folder / "editions" / str(int(what))
    if what in _piles():
        return project.out_folder / what
    if what not in _FOLDERS:
        raise NotThere("there is no such publication; go back to the page")
    return project.out_folder / _FOLDERS[what]


def _piles() -> dict[str, tuple[Wanted, str]]:
    """Return level and language of the folders in which `vallum sheet` leaves its pages."""
    from vallum.report.tongue import ENGLISH, LANGUAGES

    levels: tuple[Wanted, ...] = ("public", "desk")
    return {
        _SHEETS
        + ("" if level == "public" else f"-{level}")
        + ("" if tag == ENGLISH else f"-{tag}"): (level, tag)
        for level in levels
        for tag in LANGUAGES
    }


def is_for_the_desk(project: Project, what: str) -> bool:
    """Say whether a publication, or a pile of sheets, is not for everybody.

    Raises:
        NotThere: there can be no such thing.
    """
    if what in _piles():
        return _piles()[what][0] != "public"
    told = _manifest(folder_of(project, what))
    return what == "desk" or (told is not None and told.get("level") != "public")


def publishing(project: Project, *, is_keeper: bool) -> Publishing:
    """Return what lies here, what was frozen, and with which settings."""
    from vallum.report.tongue import LANGUAGES

    publish = project.config.publish
    report = copy_of(project, "report", is_keeper=is_keeper)
    return Publishing(
        report=report,
        desk=copy_of(project, "desk", is_keeper=True) if is_keeper else None,
        editions=_editions(project),
        languages=tuple(tag.strip() for tag in publish.languages.split(",") if tag.strip()),
        known_languages=tuple(LANGUAGES),
        has_parquet=find_spec("pyarrow") is not None,
        citation=_citation(folder_of(project, "report")) if report else "",
        is_cited_otherwise=report is not None and not _is_cited_so(project),
        settings={name: getattr(publish, name) for name in SETTINGS} if is_keeper else {},
        n_accepts=publish.n_accepts,
    )


def copy_of(project: Project, what: str, *, is_keeper: bool) -> Copy | None:
    """Return what is in the folder of a publication, or None where none lies."""
    folder = folder_of(project, what)
    told = _manifest(folder)
    if told is None:
        return None
    listed = told.get("files", {})
    files = [
        Taken(name=name, n_bytes=int(one["bytes"]), sha256=str(one["sha256"]))
        for name, one in listed.items()
        if isinstance(one, dict)
    ]
    files.sort(key=lambda one: (one.name != PAGE, "/" in one.name, one.name))
    return Copy(
        what=what,
        path=str(folder) if is_keeper else "",
        level=str(told.get("level", "")),
        edition=int(told.get("edition", 0) or 0),
        made_at=datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC),
        languages=tuple(told.get("languages", ())) or ("en",),
        files=tuple(files[:_MOST_FILES]),
        n_bytes=sum(one.n_bytes for one in files),
        manifest_sha256=_sha256(folder / MANIFEST),
    )


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and (folder / PAGE).is_file() else None


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _citation(folder: Path) -> str:
    path = folder / "CITATION.txt"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _is_cited_so(project: Project) -> bool:
    """Say whether the report that lies here cites whom the settings name."""
    from vallum.report import citing
    from vallum.steps import telling

    folder = folder_of(project, "report")
    names = [name for name in (citing.CFF, citing.DATACITE) if (folder / name).is_file()]
    return citing.is_cited_so(
        telling.cite_as(project), {name: (folder / name).read_bytes() for name in names}
    )


def _editions(project: Project) -> tuple[EditionNote, ...]:
    """Return the frozen editions, the newest first."""
    found = sorted(project.rows(Edition), key=lambda row: -row.number)
    return tuple(
        EditionNote(
            number=row.number,
            day=row.day,
            level=str(row.level),
            languages=row.languages,
            note=row.note,
            manifest_sha256=row.manifest_sha256,
            n_reasons=len(row.reasons),
            n_corrections=len(row.corrections),
            is_whole=_sha256(folder_of(project, str(row.number)) / MANIFEST) == row.manifest_sha256,
        )
        for row in found
    )


def file_of(project: Project, what: str, name: str) -> Path:
    """Return one file of a publication.

    Raises:
        NotThere: there is none of that name; links are never followed.
    """
    folder = folder_of(project, what)
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    path = there.get(name)
    if path is None or not path.is_file() or path.is_symlink():
        raise NotThere("there is no such file in this publication; publish it first")
    return path


def zipped(project: Project, what: str, folder: Path) -> Path:
    """Write all files of a publication into one ZIP below `folder` and return it.

    Raises:
        NotThere: nothing lies there.
    """
    source = folder_of(project, what)
    paths = [path for path in sorted(source.rglob("*")) if path.is_file() and not path.is_symlink()]
    if not paths:
        raise NotThere("there is nothing to take away yet; publish it first")
    handle, made = tempfile.mkstemp(suffix=".zip", dir=folder)
    with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w") as target:
        for path in paths:
            name = f"{source.name}/{path.relative_to(source).as_posix()}"
            entry = zipfile.ZipInfo(name, _DAY_OF_ZIP)
            entry.external_attr = 0o644 << 16
            is_packed = path.suffix in {".png", ".kmz", ".pdf", ".parquet", ".webp", ".jpg"}
            entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            target.writestr(entry, path.read_bytes())
    return Path(made)


# -- what holds it back, and what changed ---------------------------------------------------------


def gates(project: Project, level: Wanted, language: str = "en") -> tuple[Gate, ...]:
    """Return what would be refused or left out of a publication made now, the hard ones first.

    Args:
        project: what would be published.
        level: who would read it.
        language: in which the person at the desk reads, whatever the report is written in.

    Raises:
        BadSetting: there is no such language.
    """
    from vallum.report.tongue import said, speaking
    from vallum.steps.gating import refusals

    with speaking(language):
        told = [
            Gate(
                gate=one.gate,
                what=said(one.what),
                n=one.n,
                why=said(one.why),
                way_out=said(one.way_out),
                is_hard=one.is_hard,
            )
            for one in refusals(project, Level(level), datetime.now(UTC).date())
        ]
    return tuple(sorted(told, key=lambda one: not one.is_hard))


def gates_at_hand(kept: Kept, level: Wanted, language: str = "en") -> Gates:
    """Return gates at once: what is known of them, and whether they are still being looked at.

    Publishing looks at them itself, whatever was told here. Otherwise as `gates`.
    """
    from vallum.report.tongue import speaking

    with speaking(language):  # one that nobody speaks is refused before anything begins
        name = ("gates", level, language, datetime.now(UTC).date())
    found, is_newest = kept.at_hand(name, lambda: gates(kept, level, language), wait_s=_AT_ONCE_S)
    return Gates(gates=found, is_checking=not is_newest)


def difference(project: Project, a: str, b: str = "", language: str = "en") -> Difference:
    """Return two publications number by number.

    Args:
        project: whose publications.
        a: the earlier: number of an edition, or "report" for the one that lies here.
        b: the later, in the same way; what would be published now if empty.
        language: in which the person at the desk reads; numbers are compared unrounded, so that
            they differ in every language or in none.

    Raises:
        BadSetting: there is no such language.
        NotThere: one of them is not here.
    """
    from vallum.report.tongue import speaking
    from vallum.steps.editions import diff

    with speaking(language):
        done = diff(project, _named(project, a), _named(project, b) if b else "")
    told = done.facts.get("changes", [])
    changes = tuple(_change(one) for one in told if isinstance(one, dict)) if told else ()  # type: ignore[union-attr]
    return Difference(a=a, b=b, changes=changes, lines=done.lines)


def _named(project: Project, what: str) -> str:
    """Return a publication as `diff` takes it."""
    if _manifest(folder_of(project, what)) is None:
        raise NotThere("there is no such publication here; nothing was compared, choose another")
    return what if what.isdecimal() else str(folder_of(project, what))


def _change(one: Mapping[str, Any]) -> Change:
    why = one.get("why") or ()
    return Change(
        name=str(one.get("name", "")),
        label=str(one.get("label", "")),
        was=str(one.get("was") or ""),
        now=str(one.get("now") or ""),
        difference=str(one.get("difference") or ""),
        why=(why,) if isinstance(why, str) else tuple(str(text) for text in why),
        is_explained=bool(one.get("is_explained", bool(why))),
        is_correction=bool(one.get("is_correction", False)),
    )


# -- sheets ---------------------------------------------------------------------------------------


def sheets(project: Project) -> Sheets:
    """Return the findings that sheets can be made of, along the border, and those made."""
    from vallum.steps.judging import current_findings

    found = [row for row in current_findings(project) if row.held is Held.CONFIRMED]
    found.sort(key=lambda row: (row.span.start_m, row.id))
    return Sheets(
        cases=tuple(_case(row) for row in found[:_MOST_FINDINGS]),
        piles=tuple(
            Pile(what=what, level=level, language=language, files=files)
            for what, (level, language) in _piles().items()
            if (files := _made(folder_of(project, what)))
        ),
    )


def _case(row: Finding) -> Case:
    return Case(
        id=row.id,
        kind=row.category,
        change=str(row.change),
        start_m=row.span.start_m,
        end_m=row.span.end_m,
    )


def _made(folder: Path) -> tuple[Taken, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".pdf", ".html"})
    return tuple(
        Taken(name=path.relative_to(folder).as_posix(), n_bytes=path.stat().st_size)
        for path in paths[:_MOST_FILES]
        if path.is_file() and not path.is_symlink()
    )
