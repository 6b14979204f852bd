"""Tickets: what a thing to judge is called in one person's browser.

A ticket names the thing, whether it is asked a second time, and for whom; it can be read only by
the project that wrote it, and two tickets about one thing have nothing in common that shows.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from vallum.ground.kinds import Reading
from vallum.ground.records import Candidate, Sample

ThingKind = Literal["candidate", "frame", "finding"]
_KINDS: tuple[ThingKind, ...] = ("candidate", "frame", "finding")
_PREFIX = {"candidate": Candidate.PREFIX, "frame": Sample.PREFIX, "finding": Candidate.PREFIX}
_MARK_BYTES, _ID_BYTES = 9, 10


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What a ticket stands for.

    Args:
        about: id of the candidate or the sample; for a finding, of its candidate.
        kind: candidate, frame, or finding (to be dated).
        reading: empty, or repeat when the same person is asked once more.
    """

    about: str
    kind: ThingKind = "candidate"
    reading: Reading = Reading.FIRST


class Tickets:
    """Writes and reads the tickets of one project; they are the same after a restart."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def write(self, name: str, thing: Thing) -> str:
        """Return the ticket of a thing for one person."""
        head = _KINDS.index(thing.kind) * 2 + (thing.reading is Reading.REPEAT)
        tail = thing.about.rpartition("-")[2]
        plain = bytes([head]) + base64.b32decode(tail.upper())
        mark = self._mark(name, plain)
        return base64.urlsafe_b64encode(mark + self._hidden(mark, plain)).decode().rstrip("=")

    def read(self, name: str, ticket: str) -> Thing | None:
        """Return what a ticket stands for; None if it was not written for this person here."""
        try:
            raw = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        except (binascii.Error, ValueError):
            return None
        if len(raw) != _MARK_BYTES + 1 + _ID_BYTES:
            return None
        mark, hidden = raw[:_MARK_BYTES], raw[_MARK_BYTES:]
        plain = self._hidden(mark, hidden)
        if not hmac.compare_digest(mark, self._mark(name, plain)) or plain[0] >= 2 * len(_KINDS):
            return None
        kind = _KINDS[plain[0] // 2]
        tail = base64.b32encode(plain[1:]).decode().lower()
        return Thing(
            about=f"{_PREFIX[kind]}-{tail}",
            kind=kind,
            reading=Reading.REPEAT if plain[0] % 2 else Reading.FIRST,
        )

    def _mark(self, name: str, plain: bytes) -> bytes:
        said = name.encode("utf-8", "replace") + b"\0" + plain
        return hmac.digest(self._secret, said, "sha256")[:_MARK_BYTES]

    def _hidden(self, mark: bytes, text: bytes) -> bytes:
        stream = hashlib.sha256(b"hide" + self._secret + mark).digest()
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))
