"""F11: what is in the vault comes out whole with a key, and otherwise not at all."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyrage

from torture import SEED, Figure, Size
from vallum.evidence.keys import Key
from vallum.evidence.vault import Kept, Vault
from vallum.ground.errors import BadSetting, NotOpened

NAME = "F11"
WHAT = "the vault: a round trip, 60 tampered files, the recovery key, another program's age"
_SAME = (
    "60 tampered files refused, 0 bytes of plaintext on the disk; opens with either key and with "
    "Debian's age; refuses fewer than 2 recipients"
)
PROMISED = {
    Size.CI: f"32 MiB in and out unchanged; {_SAME}",
    Size.RELEASE: f"1 GiB in and out unchanged, >= 150 MiB/s each way; {_SAME}",
}
_MIB = 1 << 20
_N_MIB = {Size.CI: 32, Size.RELEASE: 1024}
_LEAST_MIB_S = 150.0
_CHUNK, _TAG = 65536, 16
_MARK = b"SIMULATED-plaintext-of-a-witness"


@dataclass(frozen=True)
class _Set:
    """A vault, its keys (editor, recovery) and that of a stranger."""

    vault: Vault
    keys: tuple[Key, Key]
    stranger: Key


def measure(size: Size, folder: Path) -> Figure:
    """Lock, open, tamper, search the disk."""
    misses: list[str] = []
    made = _new(folder)
    n_mib = _N_MIB[size]
    kept, digest, in_s = _locked(made, folder, n_mib)
    out_s = _opened(made, kept, digest, misses)
    _whole_or_nothing(made, kept, misses)
    n_refused = _tampered(made, misses)
    by_age = _with_age(made, kept, digest, folder, misses)
    _one_recipient(folder, misses)
    n_plain = _n_plain(folder)
    misses += [f"plaintext lay in {n_plain} files of the disk"] if n_plain else []
    misses += [] if _search_works(made, kept, folder) else ["the search finds no plaintext at all"]
    slowest = n_mib / max(in_s, out_s)
    return Figure(
        measured=f"{n_mib} MiB in at {n_mib / in_s:.0f} and out at {n_mib / out_s:.0f} MiB/s; "
        f"{n_refused} of 60 tampered files refused, plaintext in {n_plain} files; {by_age}",
        holds=not misses,
        in_time=slowest >= _LEAST_MIB_S if size is Size.RELEASE else None,
        misses=tuple(misses),
        notes=("age proves the content, not who locked it; for that the ledger holds a SHA-256",),
    )


def _new(folder: Path) -> _Set:
    keys = tuple(Key(pyrage.x25519.Identity.generate()) for _ in range(3))
    (folder / "project").mkdir()
    vault = Vault.create(
        folder / "vault", [key.recipient for key in keys[:2]], project=folder / "project"
    )
    return _Set(vault, (keys[0], keys[1]), keys[2])


def _plain(n_mib: int) -> Iterator[bytes]:
    """Yield that much, no two blocks of it alike, the mark in every 4 KiB."""
    chance = random.Random(SEED)
    page = _MARK + chance.randbytes(4096 - len(_MARK) - 8)
    for n in range(n_mib):
        yield b"".join(page + (n * 256 + k).to_bytes(8, "big") for k in range(256))


def _locked(made: _Set, folder: Path, n_mib: int) -> tuple[Kept, str, float]:
    """Return what was kept of a large file, the SHA-256 of its plaintext, and the seconds."""
    digest = hashlib.sha256()
    source = folder / "film.mp4"
    with source.open("wb") as handle:
        for block in _plain(n_mib):
            digest.update(block)
            handle.write(block)
    begun = time.perf_counter()
    kept = made.vault.put(source)
    seconds = time.perf_counter() - begun
    source.unlink()
    return kept, digest.hexdigest(), seconds


def _opened(made: _Set, kept: Kept, digest: str, misses: list[str]) -> float:
    """Open it with both keys; return the seconds that the first one took."""
    took = []
    for key, whose in zip(made.keys, ("the editor's", "the recovery"), strict=True):
        begun = time.perf_counter()
        with made.vault.opened(kept.name, key) as plain:
            took.append(time.perf_counter() - begun)
            if hashlib.file_digest(plain, "sha256").hexdigest() != digest:
                misses.append(f"with {whose} key something else came out")
    return took[0]


def _whole_or_nothing(made: _Set, kept: Kept, misses: list[str]) -> None:
    """Cut the large file at its end, in its middle and between two chunks."""
    path = made.vault.folder / f"{kept.name}.age"
    whole = path.stat().st_size
    for length in (whole - 1, whole // 2, whole - whole % (_CHUNK + _TAG)):
        shorter = made.vault.folder / f"{'b' * 16}.age"
        shutil.copyfile(path, shorter)
        os.truncate(shorter, length)
        _must_refuse(made, "b" * 16, f"the large file cut at {length}", misses)
        shorter.unlink()


def _tampered(made: _Set, misses: list[str]) -> int:
    """Spoil a file of a few chunks in sixty ways; return how many were refused."""
    chance = random.Random(SEED)
    content = b"".join(_plain(1))[: 5 * _CHUNK + 100]
    kept, other = made.vault.put(content), made.vault.put(content)
    path = made.vault.folder / f"{kept.name}.age"
    whole = path.read_bytes()
    n_refused = 0
    for name, bad in _spoilt(whole, (made.vault.folder / f"{other.name}.age").read_bytes(), chance):
        path.write_bytes(bad)
        # The exchanged file is a good one of the same vault: only the ledger can tell.
        asked: tuple[Kept | str, ...] = (kept,) if name == "exchanged" else (kept, kept.name)
        n_bad = sum(not _must_refuse(made, one, name, misses) for one in asked)
        n_refused += n_bad == 0
    path.write_bytes(whole)
    with made.vault.opened(kept, made.keys[1]) as plain:
        if plain.read() != content:
            misses.append("the file that was put back does not open")
    try:
        made.vault.get(kept, made.stranger)
        misses.append("a stranger's key opened a file")
    except NotOpened:
        n_refused += 1
    return n_refused


def _spoilt(whole: bytes, other: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield fifty-nine spoilt versions of a file, each with its name."""
    body = whole.rindex(b"\n--- ") + 49 + 16
    for _ in range(26):
        at = chance.randrange(len(whole))
        bit = 1 << chance.randrange(8)
        yield f"bit {at}", whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]
    for _ in range(14):
        at = chance.randrange(len(whole))
        yield f"cut at {at}", whole[:at]
    for n in range(1, 6):
        yield f"cut after chunk {n}", whole[: body + n * (_CHUNK + _TAG)]
    one, two = (slice(body + n * (_CHUNK + _TAG), body + (n + 1) * (_CHUNK + _TAG)) for n in (0, 1))
    yield "chunks exchanged", whole[:body] + whole[two] + whole[one] + whole[two.stop :]
    yield "chunk left out", whole[:body] + whole[two.start :]
    yield "chunk twice", whole[: one.stop] + whole[body:]
    yield "body of another", whole[:body] + other[body:]
    yield "head of another", other[:body] + whole[body:]
    yield from (("longer", whole + b"\0"), ("twice", whole + whole), ("empty", b""))
    yield from (("a word", b"age"), ("late", whole[1:]), ("backwards", whole[::-1]))
    yield "other bytes", whole[:body] + chance.randbytes(70_000)
    yield "without a head", whole[body:]
    yield "exchanged", other


def _must_refuse(made: _Set, asked: Kept | str, name: str, misses: list[str]) -> bool:
    try:
        with made.vault.opened(asked, *made.keys) as plain:
            misses.append(f"{name}: opened, and gave {len(plain.read())} bytes")
    except NotOpened:
        return True
    return False


def _with_age(made: _Set, kept: Kept, digest: str, folder: Path, misses: list[str]) -> str:
    """Open it with the program `age`, if it is here."""
    age = shutil.which("age")
    if age is None:
        misses.append("age is not on this machine, so it was not asked (Debian: age)")
        return "age was not asked"
    identity = folder / "identity.txt"
    identity.write_text(f"{made.keys[1]._secret}\n")
    path = made.vault.folder / f"{kept.name}.age"
    with subprocess.Popen([age, "-d", "-i", identity, path], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        found = hashlib.sha256()
        for block in iter(lambda: program.stdout.read(_MIB), b""):  # type: ignore[union-attr]
            found.update(block)
    identity.unlink()
    if program.returncode != 0 or found.hexdigest() != digest:
        misses.append("the program age did not open what the vault locked")
    return "opened by the program age"


def _one_recipient(folder: Path, misses: list[str]) -> None:
    key = Key(pyrage.x25519.Identity.generate())
    for n, people in enumerate(([], [key.recipient], [key.recipient, f" {key.recipient} "])):
        try:
            Vault.create(folder / f"bad-{n}", people, project=folder / "project")
            misses.append(f"a vault for {len(people)} recipients, all the same, was made")
        except BadSetting:
            pass


def _n_plain(folder: Path) -> int:
    """Return how many files hold the mark."""
    return sum(_holds(path, _MARK) for path in folder.rglob("*") if path.is_file())


def _holds(path: Path, mark: bytes) -> bool:
    with path.open("rb") as handle:
        rest = b""
        for block in iter(lambda: handle.read(8 * _MIB), b""):
            if mark in rest + block:
                return True
            rest = block[-len(mark) :]
    return False


def _search_works(made: _Set, kept: Kept, folder: Path) -> bool:
    """A cut file, opened straight to the disk as the library offers it, must be found there."""
    shorter, careless = folder / "shorter.age", folder / "careless"
    shutil.copyfile(made.vault.folder / f"{kept.name}.age", shorter)
    os.truncate(shorter, shorter.stat().st_size - 1)
    straight: Callable[..., None] = pyrage.decrypt_file
    try:
        straight(str(shorter), str(careless), [key._secret for key in made.keys])
    except (pyrage.DecryptError, OSError):
        return _n_plain(folder) > 0
    finally:
        shorter.unlink()
        careless.unlink(missing_ok=True)
    return False
