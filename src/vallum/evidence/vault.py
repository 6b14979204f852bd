"""The vault: a folder of age files with what must not be in the project.

Who a source is, how to reach them, originals with their metadata, where a camera stood. The
project holds a random name and the SHA-256 of the *encrypted* file, nothing else: whoever takes
the project learns nothing, and whoever takes the vault needs a key.

- Every file is locked to at least two recipients: one lost key loses nothing.
- A name is 80 random bits; files carry no time. Names and times say nothing of the order in
  which things came. The length of a file is not hidden.
- What is opened goes to memory, and is given only when the last byte has been proved: age keeps
  a tag every 64 KiB, so a decryption straight to disk leaves what came before the damage.
- age proves that the content was not changed, not who locked it, nor that a file is not another
  one under this name. For both, the SHA-256 in the project's ledger is compared: `Kept`.
- What is deleted is gone from this folder, not from copies, nor from the cells of an SSD; Python
  cannot wipe its memory. Encrypt the whole disk, and swap too.

Any `age` opens the files: `age -d -i KEY FILE.age`.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import io
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyrage

from vallum.evidence.keys import Key, read_recipients
from vallum.ground.errors import BadSetting, NotOpened, NotThere, VaultError
from vallum.ground.whole import PART, fsync_folder, write_private

_RECIPIENTS, _LOCK, _END = "recipients.txt", ".lock", ".age"
_NAME = re.compile(r"[a-z2-7]{16}\Z")
_UNDER = "nothing of it was given"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One file of the vault, as the project's ledger holds it.

    Attributes:
        name: random; the file is `<name>.age`.
        sha256: of the encrypted file.
        n_bytes: of the encrypted file.
    """

    name: str
    sha256: str
    n_bytes: int


@dataclass(frozen=True, kw_only=True)
class Drill:
    """What a recovery drill found.

    Attributes:
        n_opened: files that the key opens to the last byte and that are as they were put.
        refused: name and reason of those that are not.
        unknown: names of files that nobody asked about.
    """

    n_opened: int
    refused: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Everything that should be there is, and opens."""
        return not self.refused and not self.unknown


def new_name() -> str:
    """Return 80 random bits in base32: a name that says nothing."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


class Vault:
    """A folder of age files; holds no key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return "<vault>"

    # -- the folder ---------------------------------------------------------------------------

    @classmethod
    def create(cls, folder: Path, recipients: Iterable[str], *, project: Path) -> Vault:
        """Make a vault in a new or empty folder.

        Args:
            folder: outside the project, for instance on a removable disk.
            recipients: at least two, `age1...`; one of them should be a recovery key kept offline.
            project: folder of the project that it belongs to.

        Raises:
            BadSetting: fewer than two recipients, or the folder is not empty or is in the project.
        """
        names = read_recipients(recipients)
        _keep_apart(folder, project)
        if folder.exists() and any(folder.iterdir()):
            raise BadSetting(f"{folder.name}: not an empty folder; no vault was made, give another")
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):  # a stick has no owners
            folder.chmod(0o700)
        write_private(folder / _RECIPIENTS, "".join(f"{name}\n" for name in names).encode())
        return cls(folder)

    @classmethod
    def open(cls, folder: Path, *, project: Path, recipients_sha256: str = "") -> Vault:
        """Return the vault in `folder`.

        Args:
            folder: as it was made.
            project: folder of the project.
            recipients_sha256: as `recipients_sha256` said when the vault was made or rotated;
                empty to take the recipients as they are.

        Raises:
            NotThere: there is no vault; perhaps its disk is not connected.
            VaultError: somebody changed the recipients.
            BadSetting: it lies in the project.
        """
        if not (folder / _RECIPIENTS).is_file():
            raise NotThere(f"{folder.name}: there is no vault here; is its disk connected?")
        _keep_apart(folder, project)
        vault = cls(folder)
        if recipients_sha256 and vault.recipients_sha256 != recipients_sha256:
            raise VaultError(
                "the recipients of the vault are not those that the project knows: whatever is put "
                "in could be opened by somebody else. Nothing was done; ask who changed "
                f"{_RECIPIENTS}"
            )
        with vault._alone():  # what a crash left is encrypted, but of no use
            for part in folder.glob(f".*{PART}"):
                part.unlink(missing_ok=True)
        return vault

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who can open what is put in from now on."""
        try:
            return tuple(read_recipients((self.folder / _RECIPIENTS).read_text("utf-8").split()))
        except (BadSetting, UnicodeDecodeError) as error:
            raise VaultError(
                f"{_RECIPIENTS} of the vault was changed, for it cannot be read any more; nothing "
                "was locked or opened, put it back from a backup"
            ) from error

    @property
    def recipients_sha256(self) -> str:
        """What the project remembers, to notice an added recipient."""
        return hashlib.sha256("\n".join(self.recipients).encode()).hexdigest()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all files, in the order of the alphabet."""
        found = (path.stem for path in self.folder.glob(f"*{_END}"))
        return tuple(sorted(name for name in found if _NAME.match(name)))

    # -- in and out ---------------------------------------------------------------------------

    def put(self, content: bytes | Path | BinaryIO, *, name: str = "") -> Kept:
        """Lock something in, without any key, and return what the ledger is to hold.

        The source is left as it is: a file that was put in still lies where it lay.

        Args:
            content: the bytes, a file, or something open for reading.
            name: of `new_name`, for a thing that has one already; a new one if left out.

        Raises:
            VaultError: there is a file of this name.
        """
        name = name or new_name()
        path = self._path(name)
        with self._alone():
            if path.exists():
                raise VaultError(f"{name}: there is such a file; nothing was put in, `replace` it")
            return self._lock(content, path)

    def replace(self, content: bytes | Path | BinaryIO, *, name: str) -> Kept:
        """Lock something in instead of what is there by this name."""
        with self._alone():
            return self._lock(content, self._there(name))

    def get(self, kept: Kept | str, *keys: Key) -> bytes:
        """Return what was put in.

        Args:
            kept: as the ledger holds it; a name alone when the ledger is lost, and then a file
                that was exchanged for another is not noticed.
            keys: one of them must open it.

        Raises:
            NotThere: there is no such file.
            NotOpened: it was changed, or none of the keys opens it.
        """
        with self.opened(kept, *keys) as handle:
            return handle.read()

    @contextmanager
    def opened(self, kept: Kept | str, *keys: Key) -> Iterator[BinaryIO]:
        """Yield what was put in as a file in memory, gone afterwards; for long videos.

        Nothing is yielded before the last byte has been proved. Raises as `get` does.
        """
        with _memory() as plain:
            self._unlock(kept, keys, plain)
            plain.seek(0)
            yield plain

    def delete(self, kept: Kept | str) -> str:
        """Take a file away, as when consent is withdrawn, and return its name for the ledger."""
        name = kept if isinstance(kept, str) else kept.name
        with self._alone():
            self._there(name).unlink()
            fsync_folder(self.folder)
        return name

    # -- care -----------------------------------------------------------------------------------

    def check(self, *keys: Key, ledger: Iterable[Kept] | None = None) -> Drill:
        """Open every file to the last byte and throw it away: the recovery drill.

        Args:
            keys: usually the recovery key alone.
            ledger: what should be there; then missing, exchanged and unknown files are told too.
                During a rotation a name may occur twice.
        """
        wanted: dict[str, list[Kept]] = {n: [] for n in self.names} if ledger is None else {}
        for one in ledger or ():
            wanted.setdefault(one.name, []).append(one)
        n_opened, refused = 0, []
        for name, versions in sorted(wanted.items()):
            try:
                self._check_one(name, versions, keys)
                n_opened += 1
            except (NotThere, NotOpened) as error:
                refused.append((name, str(error)))
        unknown = tuple(name for name in self.names if name not in wanted)
        return Drill(n_opened=n_opened, refused=tuple(refused), unknown=unknown)

    def rotate(
        self,
        recipients: Iterable[str],
        *keys: Key,
        ledger: Iterable[Kept] | None = None,
        announce: Callable[[Kept], None] | None = None,
    ) -> Drill:
        """Lock everything to other recipients, as when a key is lost or a person leaves.

        Each file is exchanged whole, in memory. If it is stopped it can be run again with the old
        key and a new one. Copies that somebody took before are not locked by this.

        Args:
            recipients: at least two.
            keys: must open what is there.
            ledger: what should be there.
            announce: told each file before it is exchanged, to write it to the ledger.

        Returns:
            How many were exchanged; `refused` are as they were.
        """
        names = read_recipients(recipients)
        versions: dict[str, list[Kept]] = {}
        for one in ledger or ():
            versions.setdefault(one.name, []).append(one)
        n_done, refused = 0, []
        with self._alone():
            write_private(self.folder / _RECIPIENTS, "".join(f"{n}\n" for n in names).encode())
            for name in self.names:
                try:
                    with _memory() as plain:
                        kept = self._version(name, versions.get(name, []))
                        self._unlock(kept, keys, plain)
                        plain.seek(0)
                        self._lock(plain, self._path(name), announce)
                    n_done += 1
                except NotOpened as error:
                    refused.append((name, str(error)))
        unknown = tuple(n for n in self.names if ledger is not None and n not in versions)
        return Drill(n_opened=n_done, refused=tuple(refused), unknown=unknown)

    # -- inside ---------------------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise NotThere("this is no name of a file in the vault; nothing was done")
        return self.folder / f"{name}{_END}"

    def _there(self, name: str) -> Path:
        path = self._path(name)
        if path.is_symlink() or not path.is_file():
            raise NotThere(f"{name}: there is no such file in the vault; was it deleted?")
        return path

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing meanwhile."""
        with (self.folder / _LOCK).open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _lock(
        self,
        content: bytes | Path | BinaryIO,
        path: Path,
        announce: Callable[[Kept], None] | None = None,
    ) -> Kept:
        people = list(read_recipients(self.recipients).values())
        made: list[Kept] = []

        def write(handle: BinaryIO) -> None:
            hashed = _Hashed(handle)
            with _readable(content) as source:
                try:
                    pyrage.encrypt_io(source, hashed, people)
                except pyrage.EncryptError as error:
                    # It hides what went wrong: a full disk must be called so.
                    raise hashed.failure or OSError(errno.EIO, str(error), path.stem) from error
            kept = Kept(name=path.stem, sha256=hashed.sha256, n_bytes=hashed.n_bytes)
            if announce is not None:
                announce(kept)
            made.append(kept)

        write_private(path, write)
        return made[0]

    def _unlock(self, kept: Kept | str, keys: Sequence[Key], into: BinaryIO) -> None:
        """Decrypt into `into`, which must be thrown away when this raises."""
        name = kept if isinstance(kept, str) else kept.name
        with self._there(name).open("rb") as source:
            if not isinstance(kept, str):
                if hashlib.file_digest(source, "sha256").hexdigest() != kept.sha256:
                    raise NotOpened(
                        f"{name}: not the file that was put in (its SHA-256 differs); {_UNDER}, "
                        "fetch it from a backup"
                    )
                source.seek(0)
            try:
                pyrage.decrypt_io(source, into, [key._secret for key in keys])
            except (pyrage.DecryptError, OSError) as error:
                raise NotOpened(
                    f"{name}: it was changed, or is not locked to this key ({error}); {_UNDER}, "
                    "try another key or fetch it from a backup"
                ) from error

    def _version(self, name: str, versions: Sequence[Kept]) -> Kept | str:
        """Return the one of several versions that lies there; the last if none does."""
        if not versions:
            return name
        with self._there(name).open("rb") as source:
            found = hashlib.file_digest(source, "sha256").hexdigest()
        return next((one for one in versions if one.sha256 == found), versions[-1])

    def _check_one(self, name: str, versions: Sequence[Kept], keys: Sequence[Key]) -> None:
        with _Nowhere() as nowhere:
            self._unlock(self._version(name, versions), keys, nowhere)


def _keep_apart(folder: Path, project: Path) -> None:
    inner, outer = folder.resolve(), project.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise BadSetting(
            f"{folder.name}: the vault must lie apart from the project, neither in it nor around "
            "it; whoever is handed the project would be handed the vault. Give another folder"
        )


@contextmanager
def _readable(content: bytes | Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(content, Path):
        with content.open("rb") as handle:
            yield handle
    elif isinstance(content, bytes):
        yield io.BytesIO(content)
    else:
        yield content


@contextmanager
def _memory() -> Iterator[BinaryIO]:
    """Yield an empty file that has never been on a disk."""
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("vallum"), "w+b") as handle:
            yield handle
    else:
        with io.BytesIO() as handle:
            yield handle


class _Hashed(io.RawIOBase):
    """Hands on what is written and hashes it."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle, self._digest, self.n_bytes = handle, hashlib.sha256(), 0
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._digest.update(content)
        self.n_bytes += len(content)
        try:
            return self._handle.write(content)
        except OSError as error:
            self.failure = error
            raise

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class _Nowhere(io.BytesIO):
    """Takes everything and keeps nothing."""

    def write(self, content: object) -> int:
        return len(content)  # type: ignore[arg-type]
