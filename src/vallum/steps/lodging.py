"""How a paper is lodged: the original into the vault, then its rows, then its working copy.

In this order a crash leaves an encrypted file that nobody asks for, which `vault check` calls
unknown; never a row without its original, and never words of a source that no row knows of.

A plain SHA-256 would let whoever takes the project and a phone prove that this file was given. So
of what must stay hidden the rows have a salted commitment in its place, and no size; salt, hash and
size lie in the vault. Without a key nobody can tell, then, that such a file came in before.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import secrets
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from vallum.evidence.consent import strictest
from vallum.evidence.papers import Opened
from vallum.evidence.vault import Kept, Vault, new_name
from vallum.ground.errors import BadInput, NotThere
from vallum.ground.records import Exhibit, Json, Row, Source
from vallum.ground.saidkinds import Event, Handling, Paper, Part, Voice
from vallum.ground.whole import write_private
from vallum.project import Project, Work
from vallum.steps.papers import ABOUT, FOLDER, ORIGINAL, WORKING_PICTURE, WORKING_TEXT
from vallum.steps.vaulting import custody

ROLE = "statement"
_DIGEST = "SHA-256, and a salted commitment"
_NAMED = {Voice.PUBLISHER, Voice.ORGANISATION, Voice.DOCUMENT, Voice.SENSOR}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Who papers come from, and what was typed about them.

    Attributes:
        source: who they come from.
        handling: who may be told; as strict as the strictest that applies.
        embargo_until: not to be told before this day.
        paper: what they are; by their bytes if none.
        title: heading.
        url: where they were published; it is not opened.
        archived_urls: where others have them.
        published: day of publication.
        language: ISO 639.
        received: day on which they came in.
        how: how they came in.
        derived_from: id of the exhibit that they rest on.
        derived_how: translation_of, republishes or part_of.
        captured: when they were taken, EDTF.
        rights: who holds the rights.
        collected_by: who took them in.
        is_simulated: made by a program.
    """

    source: Source
    handling: Handling
    embargo_until: date | None = None
    paper: Paper = Paper.NONE
    title: str = ""
    url: str = ""
    archived_urls: tuple[str, ...] = ()
    published: date | None = None
    language: str = ""
    received: date | None = None
    how: str = "manual"
    derived_from: str = ""
    derived_how: str = ""
    captured: str = ""
    rights: str = ""
    collected_by: str = ""
    is_simulated: bool = False

    @property
    def is_hidden(self) -> bool:
        """Nothing of it may lie outside the vault."""
        return is_hidden(self.source, self.handling)

    @property
    def is_named(self) -> bool:
        """Names, titles and addresses of its papers name no person."""
        return not self.is_hidden and self.source.voice in _NAMED


def is_hidden(source: Source, handling: Handling) -> bool:
    """Say whether nothing of what comes from a source may lie outside the vault."""
    return source.risk.is_protected or strictest(source.handling, handling) is Handling.RED


@dataclass(kw_only=True)
class Batch:
    """Papers that are in the vault and not yet in the ledger."""

    vault: Vault
    by: str
    rows: list[Row] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    copies: dict[str, bytes] = field(default_factory=dict)
    exhibits: list[Exhibit] = field(default_factory=list)
    hashes: dict[str, Exhibit] = field(default_factory=dict)
    """By SHA-256 of the original; never written down for what is hidden."""

    def put(
        self, subject: str, content: bytes | Path | BinaryIO, what: str, *, is_hidden: bool = False
    ) -> Kept:
        """Lock something in, and note the row that says so; without its size if it is hidden."""
        one = self.vault.put(content)
        self.names.append(one.name)
        row = custody(subject, Event.ENCRYPTION, by=self.by, of=one, outcome=what)
        self.rows.append(replace(row, vault_bytes=0) if is_hidden else row)
        return one

    def note(self, subject: str, event: Event, outcome: str) -> None:
        """Note what was done with an exhibit."""
        self.rows.append(custody(subject, event, by=self.by, outcome=outcome))

    def drop(self) -> None:
        """Take back out of the vault what no row will know."""
        for name in self.names:
            self.vault.delete(name)
        self.names.clear()

    def add(
        self,
        content: Path | bytes,
        sha256: str,
        opened: Opened,
        terms: Terms,
        name: str = "",
        *,
        sensitive: tuple[str, ...] = (),
        fetched: str = "",
        is_second: bool = False,
    ) -> Exhibit:
        """Lock one paper in and note its rows.

        Args:
            content: the file, or its bytes where they are to lie on no disk.
            sha256: of it, as it was opened.
            opened: its working copy.
            terms: who it comes from, and what was typed about it.
            name: of the file.
            sensitive: what is in it, in the words of `Exhibit.sensitive`.
            fetched: when another tool fetched it from the web.
            is_second: another source gave the same file, and its exhibit is named by the hash.

        Raises:
            BadInput: the file was changed meanwhile.
        """
        salt, is_hidden = secrets.token_bytes(32), terms.is_hidden or is_second
        commitment = hashlib.sha256(salt + bytes.fromhex(sha256)).hexdigest()
        named = commitment if is_hidden else sha256
        row = replace(_exhibit(named, opened, terms, name), sensitive=sensitive)
        at = f", fetched by another tool at {fetched}" if fetched and terms.is_named else ""
        self.note(row.id, Event.CAPTURE, f"received, {terms.how}{at}")
        self.note(row.id, Event.INGESTION, opened.media_type)
        n_bytes, original = self._original(row.id, content, sha256, is_hidden=is_hidden)
        where = "SHA-256 in the vault, and a salted commitment"
        self.note(row.id, Event.DIGEST, where if is_hidden else _DIGEST)
        about = _about(salt, opened, terms, name)
        about |= {"sha256": sha256, "n_bytes": n_bytes} if is_hidden else {}
        told = json.dumps(about, ensure_ascii=False).encode("utf-8", "replace")
        self.put(row.id, told, ABOUT, is_hidden=is_hidden)
        href = self._copy(row.id, opened, terms)
        row = replace(
            row, vault_ref=original, n_bytes=0 if is_hidden else n_bytes, commitment=commitment,
            href=href, copy_sha256=hashlib.sha256(self.copies[href]).hexdigest() if href else "",
        )  # fmt: skip
        self.rows.append(row)
        self.exhibits.append(row)
        self.hashes[sha256] = row
        return row

    def _original(
        self, subject: str, content: Path | bytes, sha256: str, *, is_hidden: bool
    ) -> tuple[int, str]:
        with _Hashed(content) as source:
            one = self.put(subject, cast(BinaryIO, source), ORIGINAL, is_hidden=is_hidden)
        if source.sha256 != sha256:
            raise BadInput("it was changed while it was read; nothing was taken, give it again")
        return source.n_bytes, one.name

    def _copy(self, subject: str, opened: Opened, terms: Terms) -> str:
        """Note the working copy; return where it will lie, empty where only the vault has it."""
        copy = opened.picture or opened.text.encode("utf-8", "replace")
        if not copy:
            why = opened.notes[0] if opened.notes else "nothing in it that can be read"
            self.note(subject, Event.METADATA, f"no working copy: {why}")
            return ""
        what = WORKING_PICTURE if opened.picture else WORKING_TEXT
        self.note(subject, Event.METADATA, f"{what}, rebuilt")
        if terms.is_hidden:
            self.put(subject, copy, what, is_hidden=True)
            return ""
        href = f"{FOLDER}/{new_name()}{'.png' if opened.picture else '.txt'}"
        self.copies[href] = copy
        return href

    def settle(self, project: Project, work: Work) -> list[Exhibit]:
        """Write the rows in one transaction, then the working copies; return what is new.

        What somebody else took in meanwhile is left out, and comes out of the vault again.
        """
        try:
            with project.alone():
                known = {row.id for row in project.store.latest(Exhibit, *self._ids)}
                subjects = known & {row.id for row in self.exhibits}
                if subjects:
                    self._leave_out(subjects)
                work.add(*self.rows)
        except BaseException:
            self.drop()
            raise
        for href, content in self.copies.items():
            write_copy(project, href, content)
        return self.exhibits

    @property
    def _ids(self) -> list[str]:
        return [row.id for row in self.exhibits] or ["none"]

    def _leave_out(self, subjects: set[str]) -> None:
        gone = [row for row in self.rows if getattr(row, "subject", row.id) in subjects]
        for ref in {getattr(row, "vault_ref", "") for row in gone} - {""}:
            self.vault.delete(ref)
            self.names.remove(ref)
        for exhibit in self.exhibits:
            if exhibit.id in subjects:
                self.copies.pop(exhibit.href, None)
        self.rows = [row for row in self.rows if row not in gone]
        self.exhibits = [row for row in self.exhibits if row.id not in subjects]
        self.hashes = {key: row for key, row in self.hashes.items() if row.id not in subjects}


def write_copy(project: Project, href: str, content: bytes) -> None:
    """Write a working copy, readable by its owner only; a later crash leaves it whole or not."""
    folder = project.root / FOLDER
    if folder.is_symlink():
        raise NotThere(f"{FOLDER} is a link; no working copy was written, make it a folder")
    folder.mkdir(mode=0o700, exist_ok=True)
    write_private(project.root / href, content)


def _exhibit(sha256: str, opened: Opened, terms: Terms, name: str) -> Exhibit:
    captured = terms.captured or opened.captured[: 7 if terms.is_hidden else 10]
    published = terms.published
    if published is None and opened.published:
        published = date.fromisoformat(opened.published)
    return Exhibit(
        sha256=sha256,
        name=name if terms.is_named else "",
        media_type=opened.media_type,
        role=ROLE,
        paper=terms.paper or _kind_of(opened, terms),
        part=Part.EVIDENTIARY,
        source=terms.source.id,
        title="" if terms.is_hidden else terms.title or (opened.title if terms.is_named else ""),
        language=terms.language or opened.language,
        url=terms.url if terms.is_named else "",
        archived_urls=terms.archived_urls if terms.is_named else (),
        published=published,
        received=terms.received,
        collected_by=terms.collected_by,
        how=terms.how,
        derived_from=terms.derived_from,
        derived_how=terms.derived_how,
        handling=terms.handling,
        embargo_until=terms.embargo_until,
        captured=captured,
        captured_basis="as stated" if terms.captured else opened.captured_basis if captured else "",
        rights="" if terms.is_hidden else terms.rights,
        c2pa=opened.c2pa,
        is_simulated=terms.is_simulated,
    )


def _kind_of(opened: Opened, terms: Terms) -> Paper:
    if opened.paper is Paper.DOCUMENT and opened.text:
        if terms.source.voice is Voice.PUBLISHER:
            return Paper.ARTICLE
        if terms.source.voice is Voice.PERSON:
            return Paper.TESTIMONY
    return opened.paper


def _about(salt: bytes, opened: Opened, terms: Terms, name: str) -> dict[str, Json]:
    """Return what no row may hold; it goes into the vault."""
    told: dict[str, Json] = {
        "salt": salt.hex(),
        "name": name,
        "title": terms.title or opened.title,
        "url": terms.url,
        "archived_urls": list(terms.archived_urls),
        "rights": terms.rights,
        "captured": opened.captured,
        "camera": list(opened.camera) if opened.camera else None,
        "looks": [None if math.isnan(one) else one for one in opened.looks]
        if opened.camera
        else None,
    }
    return {key: value for key, value in told.items() if value}


class _Hashed(io.RawIOBase):
    """Hands on the bytes of a file, or of memory, and hashes them."""

    def __init__(self, content: Path | bytes) -> None:
        self._handle: BinaryIO = (
            io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
        )
        self._digest, self.n_bytes = hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        found = self._handle.read(len(buffer))
        buffer[: len(found)] = found
        self._digest.update(found)
        self.n_bytes += len(found)
        return len(found)

    def close(self) -> None:
        self._handle.close()
        super().close()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
