"""Handovers: one locked file from a person at risk, kept as it came, opened when a key is there.

Each makes a source of its own, under a random code, at the highest risk: who it is from lies in
the vault, and nobody can tell from the project which two came from one person.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from vallum.evidence import handover
from vallum.evidence.handover import Handover, Part
from vallum.evidence.papers import Opened, opened
from vallum.evidence.vault import new_name
from vallum.ground.errors import BadInput, TooLarge, VaultError, WorkerFailed
from vallum.ground.records import Exhibit, Source
from vallum.ground.saidkinds import Attribution, Event, Handling, Paper, Risk, Scope, Voice
from vallum.steps.gathering import Came
from vallum.steps.lodging import Batch, Terms
from vallum.steps.papers import is_veiled
from vallum.steps.sources import source_of
from vallum.steps.taking import Desk, sha256_of
from vallum.steps.terms import check_consent
from vallum.steps.vaulting import unlocked

_HOW = "handover"
_AGE = "application/age"
_MARKS = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")
_SEALED = "by handing over; sealed, not read yet"
_GIVEN = "in the form of the handover"
_IDENTITY = "identity"


def take_handover(desk: Desk, one: Came) -> None:
    """Lock a handover in as it came, with a new source; open it if there is a key."""
    if one.path.stat().st_size > handover.MOST_BYTES + (1 << 20):
        raise TooLarge(f"larger than {handover.MOST_BYTES >> 20} MB; nothing was taken")
    sha256 = sha256_of(one.path)
    sealed = desk.known(sha256)
    if sealed is None:
        sealed = _seal(desk, one, sha256)
        desk.lines.append(f"{one.told}: {sealed.id}, a handover, locked in as it came")
    else:
        desk.n_known += 1
        desk.lines.append(f"{one.told}: already here as {sealed.id}; nothing was added")
    if not desk.keys:
        desk.lines.append("  it stays sealed until somebody with a key opens it: --key FILE")
    elif not _is_open(desk, sealed):
        _open(desk, sealed, one.path.read_bytes())


def open_sealed(desk: Desk) -> None:
    """Open the handovers that lie sealed in the vault."""
    sealed = [
        row
        for row in desk.project.rows(Exhibit)
        if row.how == _HOW and row.media_type == _AGE and row.vault_ref and not _is_open(desk, row)
    ]
    for row in sealed:
        try:
            _open(desk, row, unlocked(desk.project, row.vault_ref, *desk.keys))
        except (BadInput, WorkerFailed, VaultError) as error:
            desk.work.block(row.id, str(error))
    if not sealed:
        desk.lines.append("no handover lies sealed in the vault")


def _is_open(desk: Desk, sealed: Exhibit) -> bool:
    return any(row.derived_from == sealed.id for row in desk.project.rows(Exhibit))


def _seal(desk: Desk, one: Came, sha256: str) -> Exhibit:
    with one.path.open("rb") as handle:
        if not handle.read(64).startswith(_MARKS):
            raise BadInput(
                "this is no age file, so it was never locked; nothing was taken. Ask for it "
                "again, saved by the form"
            )
    source = Source(
        code=new_name(),
        voice=Voice.PERSON,
        attribution=Attribution.OFF_RECORD,
        consent=(Scope.RETAIN,),
        consent_given=desk.received,
        consent_method=_SEALED,
        risk=Risk.EXTREME,
        handling=Handling.RED,
        is_simulated=desk.project.config.is_simulated,
    )
    found = Opened(media_type=_AGE, paper=Paper.ARCHIVE, notes=("sealed",))
    batch = desk.batch()
    try:
        batch.rows.append(source)
        row = batch.add(one.path, sha256, found, _terms(desk, source))
    except BaseException:
        batch.drop()
        raise
    new = desk.settle(batch)
    return new[0] if new else row


def _terms(desk: Desk, source: Source) -> Terms:
    return Terms(
        source=source,
        handling=Handling.RED,
        received=desk.received,
        how=_HOW,
        collected_by=desk.collected_by,
        is_simulated=source.is_simulated,
    )


def _open(desk: Desk, sealed: Exhibit, locked: bytes) -> None:
    """Make exhibits of what is in a handover; its source learns what was agreed."""
    old = source_of(desk.project, sealed.source)
    if old.consent_withdrawn is not None:
        raise BadInput(f"source {old.code} took back its consent; nothing was opened")
    content = handover.unlocked(locked, *desk.keys)
    found = handover.parsed(content)
    source = replace(
        old,
        consent=found.consent,
        consent_given=sealed.received,
        consent_method=_GIVEN,
        consent_expires=found.consent_expires,
        attribution=found.attribution,
    )
    check_consent(source)
    terms = replace(
        _terms(desk, source),
        received=sealed.received,
        derived_from=sealed.id,
        derived_how="part_of",
        embargo_until=found.embargo_until,
    )
    batch = desk.batch()
    try:
        _add_all(desk, batch, source, found, content, terms)
    except BaseException:
        batch.drop()
        raise
    if not batch.exhibits and (found.text or found.parts):
        batch.drop()
        desk.lines.append(
            f"{sealed.id}: everything in it is here already; if it came in twice, take this one "
            f"back: `vallum withdraw {source.code}`"
        )
        return
    new = desk.settle(batch)
    desk.lines.append(
        f"{sealed.id}: opened as {len(new)} exhibits of source {source.code}, all in the vault only"
    )


def _add_all(
    desk: Desk, batch: Batch, source: Source, found: Handover, content: bytes, terms: Terms
) -> None:
    """Lock in who it is, what is told, and each file."""
    if found.safety:
        identity = json.dumps(dict(found.safety), ensure_ascii=False, sort_keys=True).encode()
        one = batch.put(source.id, identity, _IDENTITY, is_hidden=True)
        source = replace(source, vault_ref=one.name)
    batch.rows.append(source)
    batch.note(source.id, Event.METADATA, "what was agreed, out of the opened handover")
    if found.text:
        body = json.dumps(dict(found.tells), ensure_ascii=False, sort_keys=True).encode()
        told = Opened(media_type="application/json", paper=Paper.TESTIMONY, text=found.text)
        _add(desk, batch, body, told, replace(terms, language=found.language))
    for number, part in enumerate(found.parts, start=1):
        body = content[part.start : part.start + part.n_bytes]
        _add(desk, batch, body, _opened(desk, part, number, body), terms)


def _opened(desk: Desk, part: Part, number: int, body: bytes) -> Opened:
    """Return the working copy of a file; whoever gave it cannot be asked again, so keep it."""
    try:
        return opened(body)
    except (BadInput, WorkerFailed):
        why = "it is broken or cannot be opened; kept, without a working copy"
        desk.work.block(f"file {number} of a handover", why)
        return Opened(
            media_type="application/octet-stream",
            paper=Paper.DOCUMENT,
            notes=(why,),
            sha256=part.sha256,
        )


def _add(desk: Desk, batch: Batch, body: bytes, found: Opened, terms: Terms) -> None:
    sha256 = hashlib.sha256(body).hexdigest()
    known = desk.known(sha256)  # what somebody else gave openly is kept of this source as well
    if (known is None or not is_veiled(known)) and sha256 not in batch.hashes:
        batch.add(body, sha256, found, terms)
    else:
        desk.n_known += 1
