"""Keys of the vault: one identity per person who may open it, in a file under a passphrase.

The format is age (https://age-encryption.org/v1): what is written here, any `age` opens. The
part of a key that may be known to everybody is its *recipient*, `age1...`; files are locked to
recipients, and nobody needs a secret to put something in.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import pyrage

from vallum.ground.errors import BadSetting, NotOpened
from vallum.ground.whole import write_private

LEAST_RECIPIENTS = 2
_LEAST_PASSPHRASE = 12
_MOST_BYTES = 1 << 16
_BEGIN = "AGE-SECRET-KEY-"  # how a key begins


class Key:
    """The secret that opens the files of a vault; never printed, logged, compared or copied."""

    __slots__ = ("_secret",)

    def __init__(self, secret: Any) -> None:
        self._secret = secret

    @property
    def recipient(self) -> str:
        """The public half, `age1...`."""
        return str(self._secret.to_public())

    def __repr__(self) -> str:
        return "<key>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not to be copied")


def new_key(path: Path, passphrase: str) -> str:
    """Write a new identity file, locked with a passphrase, and return its recipient.

    Args:
        path: a new file, outside the vault and the project; best on a disk of its own.
        passphrase: at least 12 characters; without it the file is of no use to anybody.

    Raises:
        BadSetting: the passphrase is too short, or there is such a file.
    """
    if len(passphrase) < _LEAST_PASSPHRASE:
        raise BadSetting(
            f"the passphrase has {len(passphrase)} characters, at least {_LEAST_PASSPHRASE} are "
            "needed; no key was made, take four or five words"
        )
    if path.exists():
        raise BadSetting(f"{path.name}: there is such a file; no key was made, give a new name")
    secret = pyrage.x25519.Identity.generate()
    words = f"# recipient: {secret.to_public()}\n{secret}\n"
    write_private(path, pyrage.passphrase.encrypt(words.encode(), passphrase))
    return str(secret.to_public())


def read_key(path: Path, passphrase: str) -> Key:
    """Return the key in an identity file, as `new_key` or `age-keygen | age -p` wrote it.

    Raises:
        NotOpened: the passphrase is another one, or the file was changed.
        BadSetting: the file holds a key that is not locked, or none.
    """
    content = path.read_bytes()[:_MOST_BYTES]
    if _BEGIN.encode() in content:
        raise BadSetting(
            f"{path.name}: this key lies open; lock it with `age -p` and delete the open one"
        )
    try:
        words = pyrage.passphrase.decrypt(content, passphrase).decode()
    except (pyrage.DecryptError, OSError, UnicodeDecodeError) as error:
        raise NotOpened(
            f"{path.name}: the passphrase does not open it, or it was changed; nothing was read"
        ) from error
    for line in words.splitlines():
        if line.startswith(_BEGIN):
            try:
                return Key(pyrage.x25519.Identity.from_str(line.strip()))
            except pyrage.IdentityError as error:
                raise BadSetting(f"{path.name}: the key in it cannot be used") from error
    raise BadSetting(f"{path.name}: there is no age key in it; give an identity file")


def read_recipients(recipients: Iterable[str]) -> dict[str, Any]:
    """Return recipients by name, for pyrage.

    Raises:
        BadSetting: one cannot be read, or they are fewer than two different ones.
    """
    found: dict[str, Any] = {}
    for text in recipients:
        try:
            one = pyrage.x25519.Recipient.from_str(text.strip())
        except pyrage.RecipientError as error:
            raise BadSetting(
                f"“{text.strip()[:80]}” is no recipient of age; nothing was locked, give the "
                "public key that begins with age1"
            ) from error
        found[str(one)] = one
    if len(found) < LEAST_RECIPIENTS:
        raise BadSetting(
            f"a vault needs at least {LEAST_RECIPIENTS} recipients and has {len(found)}: with one "
            "lost key everything would be lost; add a recovery key that is kept offline"
        )
    return dict(sorted(found.items()))
