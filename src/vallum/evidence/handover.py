"""What a person at risk hands over: one file, locked to the vault by a form that needs no network.

The format is on `docs/how-to/take-in-reports-and-photos.md`: an age file; in it a ZIP whose
members are stored, not packed; in that `handover.json` and the files it names. So the bytes of a
file are cut out of memory, and nothing is unpacked.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import pyrage

from vallum.evidence import courier
from vallum.evidence.keys import Key
from vallum.ground.errors import BadInput, NotOpened
from vallum.ground.saidkinds import Access, Attribution, Scope

FORM_VERSION = "1"
MOST_BYTES = 500 << 20
MOST_PARTS = 200
_MOST_JSON = 1 << 20
_MOST_CHARACTERS = 20_000
_JSON = "handover.json"
_FILE = re.compile(r"handover-[^/]*\.age\Z", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_TELLS = ("what", "where", "when", "how_known", "other")
_SAFETY = ("describe_as", "dangers", "contact")
_MUST = {"form_version", "language", "told", "consent", "files"}
_MAY = {"attribution", "embargo_until", "consent_expires"}
_LOCAL = struct.Struct("<4s5H3I2H")
_KEPT = "it lies in the vault as it came"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file in a handover, by where its bytes lie."""

    sha256: str
    start: int
    n_bytes: int


@dataclass(frozen=True, kw_only=True)
class Handover:
    """What a person handed over, without the bytes of the files.

    Attributes:
        language: of what is told.
        tells: what, where, when, how it is known, and other; what was said.
        safety: how to call them, what endangers them, how to reach them; for the vault alone.
        consent: what was agreed to.
        attribution: how they may be referred to.
        embargo_until: not to be told before this day.
        consent_expires: last day of the agreement.
        parts: the files.
    """

    language: str
    tells: Mapping[str, str]
    safety: Mapping[str, str]
    consent: tuple[Scope, ...]
    attribution: Attribution
    embargo_until: date | None
    consent_expires: date | None
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """What was said, as a text."""
        said = [self.tells.get("what", "")]
        said += [
            f"{head}: {self.tells[name]}"
            for name, head in (("where", "Where"), ("when", "When"))
            if self.tells.get(name)
        ]
        said.append(self.tells.get("other", ""))
        return "\n\n".join(part for part in said if part)

    @property
    def access(self) -> Access:
        """How they came to know it."""
        known = self.tells.get("how_known", "")
        return Access(known) if known else Access.UNKNOWN


def is_handover(name: str) -> bool:
    """Say whether a file of this name is a handover."""
    return _FILE.match(name) is not None


def unlocked(locked: bytes, *keys: Key) -> bytes:
    """Return the ZIP in a handover; in memory only.

    Raises:
        NotOpened: it was changed, or is not locked to any of the keys.
    """
    try:
        plain: bytes = pyrage.decrypt(locked, [key._secret for key in keys])
    except (pyrage.DecryptError, OSError, ValueError) as error:
        raise NotOpened(
            f"this handover was changed, or is not locked to this key; {_KEPT}. Try another key of "
            "the vault"
        ) from error
    return plain


def parsed(content: bytes) -> Handover:
    """Return what is in the ZIP of a handover, and where each file lies in it.

    Args:
        content: as `unlocked` returned it.

    Raises:
        BadInput: it is not as the form writes it; the message says what is wrong.
        WorkerFailed: the process that opened it died.
    """
    answer = courier.ask(
        "vallum.evidence.handover:_parse_here", content, most_bytes=MOST_BYTES, wall_s=120.0
    )
    try:
        told = orjson.loads(answer.bodies[0])
        members = {
            str(name): (int(start), int(n_bytes)) for name, start, n_bytes in answer.told["members"]
        }
        return _checked(told, members, content)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _wrong(f"{_JSON} cannot be read") from error


def _wrong(what: str) -> BadInput:
    return BadInput(
        f"this handover is not as the form writes it: {what}. Nothing was taken out of it; {_KEPT}"
    )


def _checked(told: Any, members: Mapping[str, tuple[int, int]], content: bytes) -> Handover:
    if not isinstance(told, dict):
        raise _wrong(f"{_JSON} holds no object")
    if told.get("form_version") != FORM_VERSION:
        raise _wrong("it is of another version of the form; a newer vallum may know it")
    missing, unknown = _MUST - set(told), set(told) - _MUST - _MAY
    if missing or unknown:
        raise _wrong(f"{len(missing)} fields are missing and {len(unknown)} unknown")
    if not _LANGUAGE.match(str(told["language"])):
        raise _wrong("language is no ISO 639 code")
    words = _told(told["told"])
    found = Handover(
        language=str(told["language"]),
        tells={name: words[name] for name in _TELLS if words.get(name)},
        safety={name: words[name] for name in _SAFETY if words.get(name)},
        consent=_scopes(told["consent"]),
        attribution=_attribution(_text(told, "attribution")),
        embargo_until=_day(_text(told, "embargo_until")),
        consent_expires=_day(_text(told, "consent_expires")),
        parts=_parts(told["files"], members, content),
    )
    if not found.text and not found.parts:
        raise _wrong("nothing is told in it and no file is in it")
    return found


def _text(told: Mapping[str, Any], name: str) -> str:
    """Return a field that may be missing; what is there and no text must not mean "no limit"."""
    words = told.get(name, "")
    if not isinstance(words, str):
        raise _wrong(f"`{name}` is no text")
    return words


def _told(words: Any) -> dict[str, str]:
    if not isinstance(words, dict) or set(words) - {*_TELLS, *_SAFETY}:
        raise _wrong("`told` has fields that are not known")
    if not all(isinstance(text, str) and len(text) <= _MOST_CHARACTERS for text in words.values()):
        raise _wrong("`told` holds something that is no text, or a text that is too long")
    if words.get("how_known", "") not in {"", *Access}:
        raise _wrong("`how_known` is not one of direct, hearsay, unknown")
    return {name: text.strip() for name, text in words.items()}


def _scopes(names: Any) -> tuple[Scope, ...]:
    if not isinstance(names, list) or not set(map(str, names)) <= {*Scope}:
        raise _wrong("`consent` is no list of known agreements")
    return tuple(scope for scope in Scope if scope.value in names)


def _attribution(name: str) -> Attribution:
    if name and name not in {*Attribution}:
        raise _wrong("`attribution` is not known")
    return Attribution(name) if name else Attribution.OFF_RECORD


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise _wrong("a day is not written YYYY-MM-DD") from error


def _parts(files: Any, members: Mapping[str, tuple[int, int]], content: bytes) -> tuple[Part, ...]:
    if not isinstance(files, list) or len(files) >= MOST_PARTS:
        raise _wrong(f"`files` is no list of fewer than {MOST_PARTS}")
    stated = {str(one["name"]): str(one["sha256"]) for one in files}
    if len(stated) != len(files) or set(stated) != set(members) - {_JSON}:
        raise _wrong("the files in it are not those that it names")
    parts = []
    for name, sha256 in stated.items():
        start, n_bytes = members[name]
        inside = memoryview(content)[start : start + n_bytes]
        if len(inside) != n_bytes or hashlib.sha256(inside).hexdigest() != sha256:
            raise _wrong("a file in it has another SHA-256 than it names")
        parts.append(Part(sha256=sha256, start=start, n_bytes=n_bytes))
    return tuple(parts)


def _parse_here(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return `handover.json` and where each member lies; runs in the limited process."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_PARTS or archive.comment:
                raise _wrong(f"more than {MOST_PARTS} files, or a comment")
            members = [_member(info, content) for info in infos]
            names = [name for name, _, _ in members]
            if len(set(names)) != len(names) or _JSON not in names:
                raise _wrong(f"no {_JSON}, or a name twice")
            if archive.getinfo(_JSON).file_size > _MOST_JSON:
                raise _wrong(f"{_JSON} is larger than 1 MB")
            return {"members": members}, [archive.read(_JSON)]
    except (zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, NotImplementedError,
            RuntimeError, UnicodeError) as error:  # fmt: skip
        raise _wrong("what is locked in it is no whole ZIP") from error


def _member(info: zipfile.ZipInfo, content: bytes) -> tuple[str, int, int]:
    """Return name, first byte and length of a stored member."""
    is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or is_link:
        raise _wrong("a file in it is packed, locked or a link; members must be stored")
    if not _NAME.match(info.filename):
        raise _wrong("a file in it has a name with other letters than a-z, 0-9, . _ -")
    head = _LOCAL.unpack_from(content, info.header_offset)
    if head[0] != b"PK\3\4":
        raise _wrong("its table of contents is wrong")
    start = info.header_offset + _LOCAL.size + head[9] + head[10]
    return info.filename, start, info.file_size
