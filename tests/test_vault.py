"""The vault: what is in it comes out whole or not at all, and only for those with a key."""

import copy
import io
import os
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vallum.evidence import vault as rooms
from vallum.evidence.keys import Key, new_key, read_key
from vallum.evidence.vault import Kept, Vault, new_name
from vallum.ground.errors import BadSetting, DiskFull, NotOpened, NotThere, VaultError
from vallum.ground.whole import write_private

WORDS = "correct horse battery staple"
CANARY = b"KIM-CANARY-40.123456N-124.654321E"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Key, Key, Key]:
    """An editor, a recovery key, and a stranger."""
    import pyrage

    return tuple(Key(pyrage.x25519.Identity.generate()) for _ in range(3))  # type: ignore[return-value]


@pytest.fixture
def vault(tmp_path: Path, keys: tuple[Key, Key, Key]) -> Vault:
    """An empty vault of the first two."""
    return Vault.create(
        tmp_path / "stick" / "vault",
        [key.recipient for key in keys[:2]],
        project=tmp_path / "project",
    )


def every_byte_under(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


def test_what_is_put_in_comes_out_with_either_key(vault, keys, tmp_path) -> None:
    content = random.Random(1).randbytes(300_001)
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    for kept in (vault.put(content), vault.put(file), vault.put(io.BytesIO(content))):
        assert vault.get(kept, keys[0]) == vault.get(kept, keys[1]) == content
        assert vault.get(kept.name, keys[2], keys[1]) == content
    assert vault.get(vault.put(b""), keys[0]) == b""
    assert len(vault.names) == 4


def test_a_vault_with_one_recipient_is_refused(tmp_path, keys) -> None:
    one = keys[0].recipient
    for people in ([], [one], [one, one], [one, f" {one}\n"]):
        with pytest.raises(BadSetting, match="at least 2 recipients"):
            Vault.create(tmp_path / "vault", people, project=tmp_path / "project")
    with pytest.raises(BadSetting, match="no recipient of age"):
        Vault.create(tmp_path / "vault", [one, "age1nonsense"], project=tmp_path / "project")
    assert not (tmp_path / "vault").exists()


def test_a_vault_lies_apart_from_its_project(tmp_path, keys) -> None:
    people = [key.recipient for key in keys[:2]]
    project = tmp_path / "a" / "project"
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for folder in (project, project / "vault", tmp_path / "a", tmp_path / "link" / "project" / "v"):
        with pytest.raises(BadSetting, match="apart from the project"):
            Vault.create(folder, people, project=project)
    vault = Vault.create(tmp_path / "vault", people, project=project)
    with pytest.raises(BadSetting, match="apart from the project"):
        Vault.open(vault.folder, project=vault.folder.parent)
    with pytest.raises(BadSetting, match="not an empty folder"):
        Vault.create(tmp_path / "vault", people, project=project)
    with pytest.raises(NotThere, match="disk"):
        Vault.open(tmp_path / "nowhere", project=project)


def test_names_and_times_say_nothing(vault) -> None:
    names = [new_name() for _ in range(2000)]
    assert len({*names}) == 2000
    assert {len(name) for name in names} == {16}
    for position in range(16):
        assert len({name[position] for name in names}) == 32
    kept = vault.put(b"a photograph")
    file = vault.folder / f"{kept.name}.age"
    assert file.stat().st_mtime == 0
    assert file.stat().st_mode & 0o077 == 0
    assert vault.folder.stat().st_mode & 0o077 == 0


def test_sixty_tampered_files_are_refused_and_leave_no_plaintext(vault, keys, monkeypatch) -> None:
    """F11: flips, truncations at any place and at chunk borders, exchanged files, wrong keys."""
    chance = random.Random(11)
    content = CANARY * 8000  # four chunks of 64 KiB
    kept, other = vault.put(content), vault.put(content)
    path = vault.folder / f"{kept.name}.age"
    whole = path.read_bytes()
    body = whole.rindex(b"\n--- ") + 49 + 16
    tampered = []
    for _ in range(25):
        at = chance.randrange(len(whole))
        tampered.append(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
    tampered += [whole[: chance.randrange(len(whole))] for _ in range(15)]
    tampered += [whole[: body + n * (65536 + 16)] for n in range(1, 4)]
    tampered += [whole + b"\0", whole + whole, b"", b"age", whole[1:], whole[::-1], whole[:-1]]
    tampered += [whole[:body] + chance.randbytes(70_000) for _ in range(5)]

    given = []
    n_refused = 0
    for bad in tampered:
        path.write_bytes(bad)
        for asked in (kept, kept.name):  # with and without the ledger's SHA-256
            with pytest.raises(NotOpened), vault.opened(asked, *keys[:2]) as plain:
                given.append(plain.read())
        n_refused += 1
    path.write_bytes(whole)
    for asked in (kept, kept.name):
        with pytest.raises(NotOpened, match="not locked to this key"):
            given.append(vault.get(asked, keys[2]))
        n_refused += 1
    with pytest.raises(NotOpened):
        given.append(vault.get(kept))
    path.write_bytes((vault.folder / f"{other.name}.age").read_bytes())
    with pytest.raises(NotOpened, match="not the file that was put in"):
        given.append(vault.get(kept, keys[0]))
    swapped = Vault(vault.folder).put(b"planted by somebody who knows the recipients")
    path.write_bytes((vault.folder / f"{swapped.name}.age").read_bytes())
    with pytest.raises(NotOpened, match="not the file that was put in"):
        given.append(vault.get(kept, keys[0]))
    n_refused += 3
    assert n_refused == 60
    assert given == []
    assert CANARY[:12] not in every_byte_under(vault.folder.parents[1])


def test_an_opened_file_was_never_on_a_disk(vault, keys) -> None:
    kept = vault.put(CANARY * 100)
    before = set(vault.folder.parents[1].rglob("*"))
    with vault.opened(kept, keys[1]) as plain:
        assert plain.read() == CANARY * 100
        if sys.platform == "linux":
            assert "memfd:" in str(Path(f"/proc/self/fd/{plain.fileno()}").readlink())
        assert set(vault.folder.parents[1].rglob("*")) == before
        assert CANARY not in every_byte_under(vault.folder.parents[1])
    assert plain.closed


def test_the_drill_names_what_is_missing_changed_or_unknown(vault, keys) -> None:
    kept = [vault.put(CANARY * n) for n in range(1, 7)]
    assert vault.check(keys[1]).is_whole
    assert vault.check(keys[1], ledger=kept) == rooms.Drill(n_opened=6, refused=(), unknown=())
    changed, gone, alien = kept[0], kept[1], vault.put(b"alien")
    path = vault.folder / f"{changed.name}.age"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    (vault.folder / f"{gone.name}.age").unlink()
    found = vault.check(keys[1], ledger=kept)
    assert found.n_opened == 4
    assert not found.is_whole
    assert sorted(name for name, _ in found.refused) == sorted([changed.name, gone.name])
    assert found.unknown == (alien.name,)
    assert [name for name, _ in vault.check(keys[1]).refused] == [changed.name]
    assert vault.check(keys[2]).n_opened == 0
    assert len(vault.check(keys[2], ledger=kept).refused) == 6


def test_after_a_rotation_the_old_key_opens_nothing(vault, keys) -> None:
    editor, recovery, newcomer = keys
    kept = [vault.put(CANARY * n) for n in range(1, 5)]
    told: list[Kept] = []
    done = vault.rotate(
        [recovery.recipient, newcomer.recipient], editor, ledger=kept, announce=told.append
    )
    assert done.n_opened == 4
    assert done.is_whole
    assert vault.check(editor).n_opened == 0
    for key in (recovery, newcomer):
        assert vault.check(key, ledger=told).is_whole
    assert [
        vault.get(one, newcomer)
        for one in sorted(told, key=lambda one: [k.name for k in kept].index(one.name))
    ] == [CANARY * n for n in range(1, 5)]
    assert len({one.sha256 for one in (*kept, *told)}) == 8
    assert vault.get(vault.put(b"later"), newcomer) == b"later"


def test_a_rotation_that_was_stopped_goes_on_and_loses_nothing(vault, keys) -> None:
    editor, recovery, newcomer = keys
    ledger = [vault.put(CANARY * n) for n in range(1, 7)]
    new = [newcomer.recipient, recovery.recipient]

    def dies(kept: Kept) -> None:
        ledger.append(kept)
        if len(ledger) == 9:  # told the ledger, and died before the file was exchanged
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vault.rotate(new, editor, ledger=list(ledger), announce=dies)
    assert vault.check(editor, newcomer, ledger=ledger).is_whole
    done = vault.rotate(new, editor, newcomer, ledger=list(ledger), announce=ledger.append)
    assert done.n_opened == 6
    assert done.is_whole
    assert vault.check(newcomer, ledger=ledger).n_opened == 6
    assert not list(vault.folder.glob(".*.part"))


def test_a_rotation_leaves_what_it_cannot_open(vault, keys) -> None:
    editor, recovery, newcomer = keys
    kept = [vault.put(CANARY), vault.put(CANARY * 2)]
    path = vault.folder / f"{kept[0].name}.age"
    broken = path.read_bytes()[:-3]
    path.write_bytes(broken)
    done = vault.rotate([recovery.recipient, newcomer.recipient], editor, ledger=kept)
    assert done.n_opened == 1
    assert [name for name, _ in done.refused] == [kept[0].name]
    assert path.read_bytes() == broken


def test_an_added_recipient_is_noticed(vault, keys, tmp_path) -> None:
    known = vault.recipients_sha256
    file = vault.folder / "recipients.txt"
    file.write_text("\n".join(reversed(file.read_text().split())) + "\n")
    project = tmp_path / "project"
    assert Vault.open(vault.folder, project=project, recipients_sha256=known).names == ()
    with file.open("a") as handle:
        handle.write(keys[2].recipient + "\n")
    with pytest.raises(VaultError, match="somebody else"):
        Vault.open(vault.folder, project=project, recipients_sha256=known)


def test_what_is_deleted_is_gone(vault, keys) -> None:
    kept = vault.put(CANARY)
    assert vault.delete(kept) == kept.name
    assert vault.names == ()
    for act in (vault.delete, lambda one: vault.get(one, keys[0])):
        with pytest.raises(NotThere):
            act(kept)


def test_nothing_is_overwritten_unasked(vault, keys) -> None:
    code = new_name()
    vault.put(b"identity", name=code)
    with pytest.raises(VaultError, match="replace"):
        vault.put(b"another", name=code)
    assert vault.get(code, keys[0]) == b"identity"
    kept = vault.replace(b"identity, moved", name=code)
    assert vault.get(kept, keys[0]) == b"identity, moved"
    with pytest.raises(NotThere):
        vault.replace(b"x", name=new_name())


def test_a_name_leads_nowhere_else(vault, keys, tmp_path) -> None:
    (tmp_path / "outside.age").write_bytes(b"x")
    for name in ("../../outside", "/etc/passwd", "", "a" * 15, "A" * 16, "a" * 16 + "\n"):
        with pytest.raises(NotThere):
            vault.get(name, keys[0])
    name = new_name()
    (vault.folder / f"{name}.age").symlink_to(tmp_path / "outside.age")
    with pytest.raises(NotThere):
        vault.get(name, keys[0])


def test_a_write_that_fails_leaves_the_old_file_and_no_part(vault, keys) -> None:
    kept = vault.put(CANARY)

    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "the stick was pulled out")

    with pytest.raises(OSError, match="pulled out"):
        vault.replace(Breaks(), name=kept.name)
    assert vault.get(kept, keys[0]) == CANARY
    assert [p.name for p in vault.folder.glob(".*.part")] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_called_a_full_disk(vault, keys, monkeypatch) -> None:
    real = os.open
    monkeypatch.setattr(
        os, "open", lambda p, flags, *mode: real("/dev/full" if flags & os.O_EXCL else p, flags & ~os.O_EXCL, *mode)
    )  # fmt: skip
    monkeypatch.setattr(os, "utime", lambda *_: None)
    with pytest.raises(DiskFull, match=r"^[a-z2-7]{16}\.age: no room left.*nothing half-written"):
        vault.put(CANARY * 10_000)
    assert vault.names == ()


def test_what_a_crash_left_is_taken_away(vault, tmp_path) -> None:
    (vault.folder / ".0123456789abcdef.part").write_bytes(b"half")
    Vault.open(vault.folder, project=tmp_path / "project")
    assert not list(vault.folder.glob(".*.part"))


def test_secrets_are_neither_printed_nor_copied(keys, tmp_path) -> None:
    key = keys[0]
    assert repr(key) == str(key) == f"{key}" == "<key>"
    assert "SECRET" not in repr([key])
    assert repr(Vault(tmp_path)) == "<vault>"
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            act(key)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An identity file under a passphrase."""
    path = tmp_path_factory.mktemp("keys") / "editor.age"
    return path, new_key(path, WORDS)


def test_a_passphrase_is_slow_to_try_for_whoever_guesses(slow_passphrase, tmp_path) -> None:
    path = tmp_path / "editor.age"
    recipient = new_key(path, WORDS)
    head = path.read_bytes().splitlines()[1].split()
    assert head[:2] == [b"->", b"scrypt"]
    assert int(head[3]) >= 14  # age's own floor for what people keep; each step doubles the work
    assert read_key(path, WORDS).recipient == recipient


def test_a_key_file_opens_with_its_passphrase_only(key_file, tmp_path) -> None:
    path, recipient = key_file
    assert path.stat().st_mode & 0o077 == 0
    assert b"SECRET" not in path.read_bytes()
    assert read_key(path, WORDS).recipient == recipient
    with pytest.raises(NotOpened, match="passphrase"):
        read_key(path, WORDS + "!")
    with pytest.raises(BadSetting, match="such a file"):
        new_key(path, WORDS)
    with pytest.raises(BadSetting, match="at least 12"):
        new_key(tmp_path / "k", "short")
    (tmp_path / "open.txt").write_text("AGE-SECRET-KEY-1" + "Q" * 58)
    with pytest.raises(BadSetting, match="lies open"):
        read_key(tmp_path / "open.txt", WORDS)


def test_a_file_is_written_whole_or_not_at_all(tmp_path) -> None:
    path = tmp_path / "file"
    write_private(path, b"old")

    def dies(handle) -> None:
        handle.write(b"new, half of it")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_private(path, dies)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_age_of_debian_opens_the_files(vault, keys, tmp_path) -> None:
    """And the other way round: what `age` locks, the vault opens."""
    age = shutil.which("age")
    if age is None:
        if os.environ.get("CI") == "true" and "age" in _installed_for_tests():
            pytest.fail("age is not on this machine, and tools/setup-tests.sh should bring it")
        pytest.skip("age is not on this machine (Debian: age)")
    content = random.Random(2).randbytes(200_000)
    kept = vault.put(content)
    identity = tmp_path / "identity.txt"
    identity.write_text(f"{keys[1]._secret}\n")
    file = vault.folder / f"{kept.name}.age"
    told = subprocess.run([age, "-d", "-i", identity, file], capture_output=True, check=True)
    assert told.stdout == content
    people = [part for key in keys[:2] for part in ("-r", key.recipient)]
    made = subprocess.run([age, *people], input=content, capture_output=True, check=True)
    name = new_name()
    (vault.folder / f"{name}.age").write_bytes(made.stdout)
    assert vault.get(name, keys[0]) == content


def _installed_for_tests() -> list[str]:
    script = Path(__file__).parents[1] / "tools" / "setup-tests.sh"
    return [line.split()[1] for line in script.read_text().splitlines() if line.startswith("have ")]
