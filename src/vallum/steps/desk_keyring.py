"""The key of the vault, while a keeper has it open: in memory alone, and not for long."""

from __future__ import annotations

import base64
import binascii
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vallum.evidence.keys import Key, new_key, read_key
from vallum.ground.errors import BadInput, NotOpened
from vallum.ground.kinds import Role
from vallum.steps.desk_people import Person

IDLE_S = 30 * 60.0
BETWEEN_TRIES_S = 2.0
_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_BINARY = b"age-encryption.org/v1\n"
_LINE = 64


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key that was just made: to be downloaded at once, kept nowhere here."""

    recipient: str
    identity: str = field(repr=False)
    file_name: str


class Keyring:
    """Holds one key for the keeper who brought it; drops it when it is not used for a while.

    Safe for threads. Nothing of it is ever written or shown.
    """

    def __init__(self, *, idle_s: float = IDLE_S, between_tries_s: float = BETWEEN_TRIES_S) -> None:
        self._idle_s = idle_s
        self._between_tries_s = between_tries_s
        self._lock = threading.RLock()
        self._key: Key | None = None
        self._owner = ""
        self._used_at = 0.0
        self._looked: set[tuple[str, str]] = set()
        self._timer: threading.Timer | None = None
        self._tried_at = float("-inf")

    def __repr__(self) -> str:
        return "<keyring>"

    def wait_s(self) -> float:
        """Return how long the next try has to wait, and count this call as a try if it is 0."""
        with self._lock:
            now = time.monotonic()
            left = self._tried_at + self._between_tries_s - now
            if left > 0:
                return left
            self._tried_at = now
            return 0.0

    def put(self, person: Person, key: Key) -> None:
        """Take a key for a keeper; one that was here before is dropped."""
        with self._lock:
            self.drop()
            self._key, self._owner, self._used_at = key, person.name, time.monotonic()
            self._watch(self._idle_s)

    def keys_of(self, person: Person) -> tuple[Key, ...]:
        """Return the key if this person brought it and is still keeper; this counts as a use."""
        with self._lock:
            if not self.is_mine(person):
                return ()
            self._used_at = time.monotonic()
            return (self._key,) if self._key is not None else ()

    @property
    def is_open(self) -> bool:
        """True while a key is held."""
        with self._lock:
            self._drop_if_idle()
            return self._key is not None

    def is_mine(self, person: Person) -> bool:
        """Say whether this person brought the key that is held."""
        return self.is_open and person.role is Role.KEEPER and person.name == self._owner

    @property
    def locks_in_s(self) -> int | None:
        """Seconds until it is dropped when nobody uses it; None while there is none."""
        with self._lock:
            if not self.is_open:
                return None
            return max(0, round(self._used_at + self._idle_s - time.monotonic()))

    def is_first_look(self, person: Person, subject: str) -> bool:
        """Say whether this person looks at a thing for the first time since it unlocked."""
        with self._lock:
            mark = (person.name, subject)
            if mark in self._looked:
                return False
            self._looked.add(mark)
            return True

    def drop(self) -> None:
        """Forget the key."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer, self._key, self._owner = None, None, ""
            self._looked.clear()

    def _drop_if_idle(self) -> None:
        if self._key is not None and time.monotonic() - self._used_at >= self._idle_s:
            self.drop()

    def _watch(self, seconds: float) -> None:
        """Look again in a while, so that an idle key goes even when nobody asks."""
        self._timer = threading.Timer(max(0.05, seconds), self._wake)
        self._timer.daemon = True
        self._timer.start()

    def _wake(self) -> None:
        with self._lock:
            self._drop_if_idle()
            if self._key is not None:
                self._watch(self._used_at + self._idle_s - time.monotonic())


# -- keys as a browser sends and gets them --------------------------------------------------------


def made_key(passphrase: str) -> NewKey:
    """Return a new key, locked with a passphrase; nothing of it stays on this computer.

    Raises:
        BadSetting: the passphrase is too short.
    """
    with _aside() as path:
        recipient = new_key(path, passphrase)
        content = path.read_bytes()
    name = f"vallum-key-{secrets.token_hex(4)}.age"
    return NewKey(recipient=recipient, identity=_armoured(content), file_name=name)


def opened_key(identity: str, passphrase: str) -> Key:
    """Return the key in an identity file that a browser sent.

    Args:
        identity: the file: armoured as it is, or its bytes in base64.
        passphrase: of the file.

    Raises:
        BadInput: it is no such file.
        NotOpened: the passphrase is another one, or the file was changed.
    """
    with _aside() as path:
        path.write_bytes(_bytes_of(identity))
        return read_key(path, passphrase)


def needs_key(keyring: Keyring, person: Person) -> tuple[Key, ...]:
    """Return the key that a keeper brought.

    Raises:
        NotOpened: the vault is not open for this person.
    """
    keys = keyring.keys_of(person)
    if not keys:
        raise NotOpened(
            "the vault is not open for you; nothing was shown, unlock it with your key first"
        )
    return keys


def _bytes_of(identity: str) -> bytes:
    text = identity.strip()
    if text.startswith(_BEGIN):
        text = text.removeprefix(_BEGIN).removesuffix(_END)
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_file() from error
    if not content.startswith(_BINARY):
        raise _no_file()
    return content


def _no_file() -> BadInput:
    return BadInput(
        "this is no identity file of age under a passphrase; nothing was opened, choose the file "
        "that was downloaded when the key was made"
    )


def _armoured(content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([_BEGIN, *lines, _END, ""])


@contextmanager
def _aside() -> Iterator[Path]:
    """Yield a path in a folder that is gone afterwards, in memory where the system has such a one.

    What lies there is locked by a passphrase.
    """
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder of our own is made in it
    root = str(memory) if memory.is_dir() else None
    try:
        folder = tempfile.TemporaryDirectory(dir=root)
    except OSError:
        folder = tempfile.TemporaryDirectory()
    with folder as name:
        yield Path(name) / "identity.age"
