"""`intake`: reports, testimony and photographs become exhibits; their originals go into the vault.

No address is opened: what is on the web is archived with other tools, whose files come in here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from vallum.evidence.archives import Piece
from vallum.evidence.handover import is_handover
from vallum.evidence.keys import Key
from vallum.evidence.papers import Opened, opened
from vallum.evidence.vault import Vault
from vallum.ground.errors import (
    BadInput,
    NotAllowed,
    NotOpened,
    WorkerFailed,
)
from vallum.ground.records import Exhibit, Json, Source
from vallum.ground.saidkinds import Handling, Paper
from vallum.project import Project, Work, actor
from vallum.steps.done import Done, Progress, finished, silent, tracked
from vallum.steps.gathering import Came, listed
from vallum.steps.lodging import Batch, Terms, write_copy
from vallum.steps.papers import is_veiled, locked_hashes
from vallum.steps.terms import check_typed, edtf_of, one_day, one_word, terms_of
from vallum.steps.vaulting import the_vault

_MOST_LINES = 20
_LINK = "a link to elsewhere, not followed; nothing was taken, give the file it leads to"


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
    hashes: dict[str, str] | None = None

    def batch(self) -> Batch:
        """Return a new batch of papers."""
        return Batch(vault=self.vault, by=self.work.row.actor)

    def known(self, sha256: str) -> Exhibit | None:
        """Return the exhibit with these bytes, if there is one that can be known without a key.

        The hashes of what is hidden lie in the vault; with a key they are looked up there.
        """
        if self.hashes is None:
            self.hashes = locked_hashes(self.project, self.keys) if self.keys else {}
        plain = Exhibit(sha256=sha256, name="", media_type="", role="").id
        for wanted in (self.hashes.get(sha256, ""), plain):
            found = self.project.store.latest(Exhibit, wanted) if wanted else []
            if found:
                return found[0]
        return None

    def own(self, known: Exhibit, source: Source) -> Exhibit | None:
        """Return the exhibit of a source with the bytes of one that is known, if there is one."""
        if known.source in {source.id, source.code}:
            return known
        if is_veiled(known):
            return None
        second = (
            row
            for row in self.project.rows(Exhibit)
            if row.derived_from == known.id and row.derived_how == "republishes"
            and row.source == source.id and is_veiled(row)
        )  # fmt: skip
        return next(second, None)

    def settle(self, batch: Batch) -> list[Exhibit]:
        """Write a batch, and remember what was taken in."""
        new = batch.settle(self.project, self.work)
        self.taken += new
        self.hashes = (self.hashes or {}) | {key: row.id for key, row in batch.hashes.items()}
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
    came = listed(project, [Path(path) for path in paths])
    day = one_day(received, "--received") or datetime.now(UTC).date()
    who = collected_by or by or actor()
    is_needed = not came or any(not is_handover(one.path.name) for one in came)
    terms = None
    if source or (is_needed and not keys):
        terms = terms_of(
            project, source, handling=one_word(Handling, handling), paper=one_word(Paper, paper),
            embargo_until=one_day(embargo_until, "--embargo-until"), derived_from=derived_from,
            derived_how=derived_how, how=how,
        )  # fmt: skip
        terms = replace(
            terms, title=title.strip(), url=url.strip(), language=language.strip().lower(),
            published=one_day(published, "--published"), received=day, captured=edtf_of(captured),
            rights=rights.strip(), collected_by=who,
            is_simulated=project.config.is_simulated or terms.source.is_simulated,
        )  # fmt: skip
        check_typed(terms)
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
            if one.is_link:
                raise BadInput(_LINK)
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


# -- files ------------------------------------------------------------------------------------


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
    known, terms = desk.known(sha256), desk.terms
    if known is not None:
        own = desk.own(known, terms.source)
        if own is not None or not known.vault_ref:
            _known(desk, one, own or known)
            return
        terms = _second(desk, one, known, terms)
    found = opened(one.path, name=one.path.name)
    if found.sha256 not in {"", sha256}:
        raise BadInput("it was changed while it was read; nothing was taken, give it again")
    lodge(desk, one, one.path, sha256, found, terms, is_second=known is not None)


def _second(desk: Desk, one: Came, known: Exhibit, terms: Terms) -> Terms:
    """Return the terms of a file that another source gave before; each keeps its own.

    They count once: that is written where it gives nobody away.
    """
    if terms.is_hidden or is_veiled(known):
        desk.lines.append(
            f"{one.told}: the same file is here from another source; if both have it from one "
            "origin, say so: `vallum source change CODE --origin WORD`"
        )
        return terms
    desk.lines.append(f"{one.told}: the same file is here from another source; it counts once")
    if terms.derived_from:
        return terms
    return replace(terms, derived_from=known.id, derived_how="republishes")


def lodge(
    desk: Desk,
    one: Came,
    content: Path | bytes,
    sha256: str,
    found: Opened,
    terms: Terms,
    *,
    is_second: bool = False,
) -> None:
    """Lock a paper in, with the pages or rows in it, in one transaction."""
    how = {"auto_archiver": "auto_archiver", "atlos": "atlos"}.get(found.tool, terms.how)
    terms = replace(terms, how=how)
    batch = desk.batch()
    try:
        row = batch.add(content, sha256, found, terms, one.path.name, is_second=is_second)
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
    known = desk.known(sha256)
    if sha256 in batch.hashes or (known and (is_veiled(known) or not terms.is_hidden)):
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
            with desk.project.run("intake") as work:
                # Made anew, perhaps by a newer vallum: its hash first, then the copy itself.
                work.add(replace(known, copy_sha256=hashlib.sha256(copy).hexdigest()))
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
    here = f"{desk.n_known} {'was' if desk.n_known == 1 else 'were'} here already"
    lines.append(f"{n_new} exhibit{'s' * (n_new != 1)} added, {here}")
    if not desk.keys and any(is_veiled(row) for row in desk.taken):
        lines.append(
            "without a key nobody can tell whether a hidden paper came in before: its hash lies in "
            "the vault. --key FILE looks there first"
        )
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
