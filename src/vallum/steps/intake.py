"""`intake`: reports, testimony and photographs become exhibits; their originals go into the vault.

No address is opened: what is on the web is archived with other tools, whose files come in here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from vallum.evidence.archives import Piece
from vallum.evidence.consent import may, strictest
from vallum.evidence.handover import is_handover
from vallum.evidence.keys import Key
from vallum.evidence.papers import Opened, opened
from vallum.evidence.vault import Vault
from vallum.ground.errors import (
    BadDate,
    BadInput,
    BadSetting,
    NotAllowed,
    NotOpened,
    NotThere,
    WorkerFailed,
)
from vallum.ground.records import Exhibit, Json, Source
from vallum.ground.saidkinds import Handling, Paper, Scope, Voice
from vallum.ground.when import When
from vallum.project import Project, Work, actor
from vallum.steps.done import Done, Progress, finished, silent, tracked
from vallum.steps.home import INBOX
from vallum.steps.lodging import Batch, Terms, write_copy
from vallum.steps.sources import source_of
from vallum.steps.vaulting import the_vault, vault_folder

_HOW = ("manual", "in_person", "auto_archiver", "atlos", "handover", "import")
_DERIVED = ("republishes", "translation_of")
_MOST_LINES = 20
_NOT_OURS = ("Thumbs.db", "desktop.ini")
WordT = TypeVar("WordT", Handling, Paper)


@dataclass(frozen=True, kw_only=True)
class Came:
    """One file that was given.

    Attributes:
        path: where it lies.
        told: what it is called when something is said of it.
    """

    path: Path
    told: str


@dataclass(kw_only=True)
class Desk:
    """What is needed to take something in, and what is told of it."""

    project: Project
    vault: Vault
    work: Work
    terms: Terms | None
    received: date
    collected_by: str
    keys: tuple[Key, ...] = ()
    lines: list[str] = field(default_factory=list)
    taken: list[Exhibit] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    n_known: int = 0

    def batch(self) -> Batch:
        """Return a new batch of papers."""
        return Batch(vault=self.vault, by=self.work.row.actor)

    def known(self, sha256: str) -> Exhibit | None:
        """Return the exhibit with these bytes, if there is one."""
        wanted = Exhibit(sha256=sha256, name="", media_type="", role="").id
        found = self.project.store.latest(Exhibit, wanted)
        return found[0] if found else None

    def settle(self, batch: Batch) -> list[Exhibit]:
        """Write a batch, and remember what was taken in."""
        new = batch.settle(self.project, self.work)
        self.taken += new
        return new


def intake(
    project: Project,
    paths: Iterable[Path | str],
    *,
    source: str = "",
    paper: Paper | str | None = "",
    title: str = "",
    url: str = "",
    published: date | str | None = "",
    language: str = "",
    received: date | str | None = "",
    how: str = "manual",
    handling: Handling | str | None = "",
    embargo_until: date | str | None = "",
    derived_from: str = "",
    derived_how: str = "",
    captured: str = "",
    rights: str = "",
    collected_by: str = "",
    keys: Sequence[Key] = (),
    by: str = "",
    show: Progress = silent,
) -> Done:
    """Take files in: lock each original in the vault, untouched, and make a working copy.

    The files that were given stay where they are. The same bytes are taken in once.

    Args:
        project: where; it needs a vault.
        paths: files and folders. `handover-*.age` are opened with `keys`; with keys and no paths,
            those that lie sealed in the vault.
        source: code of who they come from; handovers make their own.
        paper: article, testimony, document, photo, video, table or archive; by the bytes if empty.
        title: heading.
        url: where it was published; only written down, never opened.
        published: day of publication; from the page where it says so.
        language: ISO 639.
        received: day on which it came in; today if empty.
        how: manual, in_person, auto_archiver, atlos, handover or import.
        handling: who may be told; the stricter of this and the source's holds.
        embargo_until: not to be told before this day.
        derived_from: id of the exhibit that this translates or republishes.
        derived_how: translation_of or republishes.
        captured: when it was taken, EDTF.
        rights: who holds the rights.
        collected_by: who took it in; whoever is working if empty.
        keys: open handovers.
        by: who does it; whoever is logged in if empty.
        show: told how far it is.

    Returns:
        Done; `blocked` names the files of which nothing was taken, and why.

    Raises:
        BadSetting: the project has no vault, or what was typed does not go together.
        NotThere: no such source, exhibit or file; or the disk of the vault is not connected.
        NotAllowed: the source has not agreed that anything of it is kept.
    """
    from vallum.steps.receiving import open_sealed, take_handover

    vault = the_vault(project)
    came = _listed(project, [Path(path) for path in paths])
    day = _day(received, "--received") or datetime.now(UTC).date()
    who = collected_by or by or actor()
    is_needed = not came or any(not is_handover(one.path.name) for one in came)
    terms = None
    if source or (is_needed and not keys):
        terms = _terms(
            project, source, handling=_word(Handling, handling), paper=_word(Paper, paper),
            embargo_until=_day(embargo_until, "--embargo-until"), derived_from=derived_from,
            derived_how=derived_how, how=how,
        )  # fmt: skip
        terms = replace(
            terms, title=title.strip(), url=url.strip(), language=language.strip().lower(),
            published=_day(published, "--published"), received=day, captured=_edtf(captured),
            rights=rights.strip(), collected_by=who,
            is_simulated=project.config.is_simulated or terms.source.is_simulated,
        )  # fmt: skip
    desk = Desk(
        project=project,
        vault=vault,
        work=project.begin("intake", by=by),
        terms=terms,
        received=day,
        collected_by=who,
        keys=tuple(keys),
    )
    for number, one in enumerate(tracked(came, "intake", len(came), "files", show), start=1):
        take = take_handover if is_handover(one.path.name) else _take
        one = _told_as(one, number, terms)
        n_taken = len(desk.taken)
        try:
            take(desk, one)
            note = "taken in" if len(desk.taken) > n_taken else "was here already"
            desk.files.append({"name": one.told, "ok": True, "note": note})
        except (BadInput, WorkerFailed, NotOpened, NotAllowed, FileNotFoundError, PermissionError,
                IsADirectoryError) as error:  # fmt: skip
            why = _why(error, one, terms)
            desk.work.block(one.told, why)
            desk.files.append({"name": one.told, "ok": False, "note": why})
    if keys and not came:
        open_sealed(desk)
    return _finished(desk, came)


# -- what was typed ---------------------------------------------------------------------------


def _terms(
    project: Project,
    code: str,
    *,
    handling: Handling | None,
    paper: Paper | None,
    embargo_until: date | None,
    derived_from: str,
    derived_how: str,
    how: str,
) -> Terms:
    """Return the terms that hold, or refuse; the strictest of all that apply."""
    if not code:
        raise BadSetting(
            "it was not said who this comes from; nothing was taken. Register the source with "
            "`vallum source add` and give its code: --source CODE"
        )
    if how not in _HOW:
        raise BadSetting(f"--how {how} is not known; nothing was taken, give one of {_join(_HOW)}")
    if bool(derived_from) != bool(derived_how) or derived_how not in {"", *_DERIVED}:
        raise BadSetting(
            "--derived-from EXHIBIT and --derived-how go together; nothing was taken, give "
            f"--derived-how {_join(_DERIVED)}"
        )
    source = source_of(project, code)
    check_consent(source)
    marks = [source.handling, *([handling] if handling else [])]
    embargoes = [embargo_until] if embargo_until else []
    if derived_from:
        found = project.store.latest(Exhibit, derived_from)
        if not found:
            raise NotThere(f"there is no exhibit {derived_from}; nothing was taken, give its id")
        if derived_how == "translation_of":  # a translation says what the original says
            marks.append(found[0].handling)
            embargoes += [found[0].embargo_until] if found[0].embargo_until else []
    return Terms(
        source=source,
        handling=strictest(*marks),
        embargo_until=max(embargoes, default=None),
        paper=paper or Paper.NONE,
        derived_from=derived_from,
        derived_how=derived_how,
        how=how,
    )


def check_consent(source: Source) -> None:
    """Refuse a source of which nothing may be kept; for publishers publication is enough.

    Raises:
        NotAllowed: it has not agreed, took it back, or the agreement has ended.
    """
    today = datetime.now(UTC).date()
    why = may(source, Scope.RETAIN, today)
    has_ended = source.consent_expires is not None and today > source.consent_expires
    if source.voice is Voice.PUBLISHER and source.consent_withdrawn is None and not has_ended:
        return
    if why:
        raise NotAllowed(
            f"source {source.code}: {why}; nothing was taken. Ask it whether its material may be "
            "kept, and write that down: "
            f"`vallum source change {source.code} --consent retain --consent analyse`"
        )


def _word(kind: type[WordT], name: WordT | str | None) -> WordT | None:
    if not name:
        return None
    try:
        return kind(str(name).lower().replace("+", "_").replace("-", "_"))
    except ValueError as error:
        raise BadSetting(
            f"'{name}' is not known; nothing was taken, give one of {_join(filter(None, kind))}"
        ) from error


def _join(words: Iterable[str]) -> str:
    return ", ".join(str(word) for word in words)


def _day(day: date | str | None, what: str) -> date | None:
    if not day or isinstance(day, date):
        return day or None
    try:
        when = When.parse(day)
    except BadDate as error:
        raise BadSetting(f"{what}: {error}; nothing was taken") from error
    if when.days != 1:
        raise BadSetting(f"{what}: '{day}' is no single day; nothing was taken, write 2019-05-15")
    return when.earliest


def _edtf(text: str) -> str:
    if not text.strip():
        return ""
    from edtf import parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

    try:
        return str(parse_edtf(text.strip()))
    except EDTFParseException as error:
        raise BadSetting(
            f"--captured: '{text}' is no date that can be kept; nothing was taken, write "
            "2019-05-15, 2019-05, or 2019-05~ for about"
        ) from error


# -- files ------------------------------------------------------------------------------------


def _listed(project: Project, paths: Sequence[Path]) -> list[Came]:
    """Return all files, in the order of the alphabet; links in folders are not followed."""
    kept_out = [project.root.resolve(), vault_folder(project).resolve()]
    inbox = (project.root / INBOX).resolve()  # of the app
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise NotThere(f"{path}: there is no such file; nothing was taken")
        inner = path.resolve()
        is_inside = any(inner.is_relative_to(folder) for folder in kept_out)
        if is_inside and not inner.is_relative_to(inbox):
            raise BadSetting(
                f"{path.name} lies in the project or its vault; nothing was taken, give what was "
                "received, from where it was saved"
            )
        found |= dict.fromkeys(_walked(path, kept_out) if path.is_dir() else [path])
    return [Came(path=path, told=path.name) for path in found]


def _walked(folder: Path, kept_out: Sequence[Path]) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        here = Path(root)
        pages = {Path(name).stem for name in names if name.lower().endswith((".html", ".htm"))}
        # A browser saves the pictures of `page.html` in `page_files`: they are no papers.
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name.removesuffix("_files") not in pages
            and not any((here / name).resolve().is_relative_to(out) for out in kept_out)
        )
        for name in sorted(names):
            path = here / name
            if not name.startswith(".") and name not in _NOT_OURS and not path.is_symlink():
                yield path


def _told_as(one: Came, number: int, terms: Terms | None) -> Came:
    """Leave out the name of a file that may tell who sent it."""
    if terms is not None and terms.is_named and not is_handover(one.path.name):
        return one
    return replace(one, told=f"file {number} ({one.path.suffix.lower()[1:8] or 'no ending'})")


def _why(error: Exception, one: Came, terms: Terms | None) -> str:
    if isinstance(error, OSError):
        return f"{(error.strerror or 'cannot be read').lower()}; nothing was taken"
    told = str(error)
    if isinstance(error, WorkerFailed) and (terms is None or not terms.is_named):
        # What a broken process last said may quote the file.
        told = "the process that opened it died or ran out of time; nothing was taken"
    return told.replace(one.path.name, one.told)


def _take(desk: Desk, one: Came) -> None:
    """Take one file in, with what lies in it."""
    if desk.terms is None:
        raise BadInput("it was not said who this comes from; nothing was taken, give --source CODE")
    sha256 = sha256_of(one.path)
    known = desk.known(sha256)
    if known is not None:
        _known(desk, one, known)
        return
    found = opened(one.path, name=one.path.name)
    if found.sha256 not in {"", sha256}:
        raise BadInput("it was changed while it was read; nothing was taken, give it again")
    lodge(desk, one, one.path, sha256, found, desk.terms)


def lodge(
    desk: Desk, one: Came, content: Path | bytes, sha256: str, found: Opened, terms: Terms
) -> None:
    """Lock a paper in, with the pages or rows in it, in one transaction."""
    how = {"auto_archiver": "auto_archiver", "atlos": "atlos"}.get(found.tool, terms.how)
    terms = replace(terms, how=how)
    batch = desk.batch()
    try:
        row = batch.add(content, sha256, found, terms, one.path.name)
        for piece in found.pieces:
            add_piece(desk, batch, row, piece, found.tool, terms)
    except BaseException:
        batch.drop()
        raise
    new = desk.settle(batch)
    if not new:
        desk.n_known += 1
        return
    desk.lines.append(f"{one.told}: {_in_words(row, found)}")
    if len(new) > 1:
        what = "page" if found.tool == "warc" else "row"
        desk.lines.append(f"  with {len(new) - 1} {what}{'s' * (len(new) > 2)}")
    if found.published and terms.published is None:
        desk.lines.append(f"  published {found.published}, as the page says: check it")
    desk.lines += [f"  {note}" for note in found.notes]


def add_piece(
    desk: Desk, batch: Batch, parent: Exhibit, piece: Piece, tool: str, terms: Terms
) -> None:
    """Lock in one page or row of a paper, unless it is there already."""
    sha256 = hashlib.sha256(piece.body).hexdigest()
    if desk.known(sha256) is not None or any(row.sha256 == sha256 for row in batch.exhibits):
        return
    found = Opened(
        media_type=piece.media_type,
        paper=Paper.ARTICLE if tool == "warc" else Paper.DOCUMENT,
        text=piece.text,
        title=piece.title,
        language=piece.language,
        published=piece.published,
        notes=() if piece.text else ("no words in it",),
    )
    inner = replace(
        terms, paper=Paper.NONE, title="", url=piece.url, archived_urls=piece.archived_urls,
        captured="", derived_from=parent.id, derived_how="part_of",
    )  # fmt: skip
    batch.add(piece.body, sha256, found, inner, sensitive=piece.sensitive, fetched=piece.captured)


def _known(desk: Desk, one: Came, known: Exhibit) -> None:
    """Say that these bytes are there, and make a working copy again that is gone."""
    if not known.vault_ref:
        raise BadInput(
            f"this is {known.id}, which its source took back; nothing was taken. If it agreed "
            "anew, ask it for another copy"
        )
    desk.n_known += 1
    line = f"{one.told}: already here as {known.id}; nothing was added"
    if known.href and not (desk.project.root / known.href).exists():
        found = opened(one.path, name=one.path.name)
        copy = found.picture or found.text.encode("utf-8", "replace")
        if copy:
            write_copy(desk.project, known.href, copy)
            line = f"{one.told}: already here as {known.id}; its working copy was made again"
    desk.lines.append(line)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


# -- in words ---------------------------------------------------------------------------------


def _in_words(row: Exhibit, found: Opened) -> str:
    what = f"{row.id}, {row.paper}"
    if found.picture:
        copy = "picture rebuilt from its pixels"
    elif found.text:
        copy = f"text of {len(found.text):,} characters"
    else:
        copy = "no working copy"
    where = ", in the vault only" if (found.picture or found.text) and not row.href else ""
    return f"{what}: {copy}{where}"


def _finished(desk: Desk, came: Sequence[Came]) -> Done:
    n_new, project = len(desk.taken), desk.project
    lines = desk.lines[:_MOST_LINES]
    if len(desk.lines) > len(lines):
        lines.append(f"and {len(desk.lines) - len(lines)} more lines; all exhibits are in `--json`")
    lines.append(f"{n_new} exhibits added, {desk.n_known} were here already")
    if n_new:
        lines.append(
            "the originals are locked in the vault; the files that were given still lie open where "
            "they were: put them away"
        )
    if any(row.url or row.archived_urls for row in desk.taken):
        lines.append("addresses were written down and not opened: vallum does not crawl")
    told: list[Json] = [
        {
            "id": row.id, "paper": str(row.paper), "media_type": row.media_type,
            "handling": str(row.handling), "derived_from": row.derived_from,
            "derived_how": row.derived_how, "has_open_copy": bool(row.href),
            "is_simulated": row.is_simulated,
        }
        for row in desk.taken
    ]  # fmt: skip
    first = next((row.id for row in desk.taken if row.href.endswith(".txt")), "")
    facts: dict[str, Json] = {
        "n_files": len(came), "n_added": n_new, "n_known": desk.n_known, "exhibits": told,
        "files": desk.files,
        "is_simulated": project.config.is_simulated,
    }  # fmt: skip
    return finished(desk.work, lines, then=f"vallum read {first}" if first else "", facts=facts)
