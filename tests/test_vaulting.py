"""The vault of a project: the ledger knows what lies in it, and notices what is not as it was."""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from small_vault import Desk, bare_project, new_desk, new_keys
from vallum import config
from vallum.commands.keeping import vault as commands
from vallum.evidence.vault import Vault
from vallum.ground.errors import BadSetting, NotOpened, NotThere, VaultError
from vallum.ground.records import Custody
from vallum.ground.saidkinds import Event
from vallum.project import open_project
from vallum.steps import vaulting
from vallum.steps.vaulting import (
    VAULT,
    custody,
    deleted,
    drill_due,
    kept,
    last_drill,
    lying,
    owners,
    the_vault,
    unlocked,
    vault_check,
    vault_key,
    vault_new,
    vault_rotate,
)

WORDS = "correct horse battery staple"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A project with an empty vault."""
    return new_desk(tmp_path)


def names(desk: Desk) -> list[str]:
    return [one.name for one in kept(desk.project)]


def test_a_vault_is_made_once_and_found_again(desk, tmp_path) -> None:
    assert the_vault(desk.project).folder == (tmp_path / "stick" / "vault").resolve()
    assert config.read(desk.root / config.FILE_NAME).vault.folder == str(desk.vault.folder)
    people = [key.recipient for key in desk.keys[:2]]
    with pytest.raises(BadSetting, match="this project has a vault"):
        vault_new(desk.project, tmp_path / "other", people)
    assert not (tmp_path / "other").exists()
    assert desk.project.store.verify() > 0


def test_a_vault_of_one_key_is_refused_and_nothing_is_kept(tmp_path) -> None:
    key = new_keys(1)[0]
    with bare_project(tmp_path / "project") as project:
        before = project.store.head()
        with pytest.raises(BadSetting, match="at least 2 recipients"):
            vault_new(project, tmp_path / "vault", [key.recipient, key.recipient])
        assert project.store.head() == before
        assert not (tmp_path / "vault").exists()
        with pytest.raises(BadSetting, match="has no vault"):
            the_vault(project)


def test_a_vault_that_was_made_just_before_a_crash_is_taken_up(tmp_path) -> None:
    people = [key.recipient for key in new_keys(2)]
    with bare_project(tmp_path / "project") as project:
        Vault.create(tmp_path / "vault", people, project=project.root)
        vault_new(project, tmp_path / "vault", people)
    with open_project(tmp_path / "project") as project:
        assert the_vault(project).recipients == tuple(sorted(people))
    with (
        bare_project(tmp_path / "another") as project,
        pytest.raises(BadSetting, match="not an empty folder"),
    ):
        vault_new(project, tmp_path / "vault", [key.recipient for key in new_keys(2)])


def test_a_vault_that_was_made_for_something_else_is_refused(desk, tmp_path) -> None:
    with bare_project(tmp_path / "another") as project:
        vaulting.change_setting(project, "vault", "folder", str(desk.vault.folder))
    with (
        open_project(tmp_path / "another") as project,
        pytest.raises(BadSetting, match="not made for this project"),
    ):
        the_vault(project)


@pytest.mark.parametrize("how", ["added", "exchanged", "taken away", "nonsense"])
def test_changed_recipients_are_refused_before_anything_is_put_in(desk, how) -> None:
    file = desk.vault.folder / "recipients.txt"
    mine, stranger = file.read_text().split(), desk.keys[2].recipient
    new = {
        "added": [*mine, stranger], "exchanged": [mine[0], stranger],
        "taken away": mine[:1], "nonsense": [*mine, "age1nonsense"],
    }[how]  # fmt: skip
    file.write_text("\n".join(new) + "\n")
    with pytest.raises((VaultError, BadSetting)):
        the_vault(desk.project)
    with pytest.raises((VaultError, BadSetting)):
        vault_check(desk.project, desk.keys[:1])
    with pytest.raises((VaultError, BadSetting)):
        vault_rotate(desk.project, new, desk.keys[:1])
    assert lying(desk.project) == frozenset()


def test_a_vault_whose_disk_is_away_says_so_without_its_path(desk, tmp_path) -> None:
    (tmp_path / "stick").rename(tmp_path / "drawer")
    with pytest.raises(NotThere, match="disk connected") as caught:
        the_vault(desk.project)
    assert str(tmp_path) not in str(caught.value)
    assert lying(desk.project) == frozenset()


def test_the_ledger_knows_what_must_be_there_and_whose_it_is(desk) -> None:
    row, one = desk.take_in()
    other, two = desk.take_in(content=b"SIMULATED: another")
    assert kept(desk.project) == tuple(sorted((one, two), key=lambda k: k.name))
    assert owners(desk.project) == {one.name: row.id, two.name: other.id}
    assert unlocked(desk.project, one.name, desk.keys[1]).startswith(b"SIMULATED")
    with desk.project.run("test") as work:
        desk.vault.delete(one)
        work.add(custody(row.id, Event.DELETION, of=one))
    assert kept(desk.project) == (two,)
    assert deleted(desk.project) == {one.name}
    with pytest.raises(NotThere, match="ledger knows no such file"):
        unlocked(desk.project, one.name, desk.keys[0])


def test_two_things_done_at_once_are_two_rows(desk) -> None:
    rows = [custody("exhibit-a", Event.FIXITY) for _ in range(500)]
    assert len({row.id for row in rows}) == 500
    assert [row.at for row in rows] == sorted(row.at for row in rows)


def test_the_drill_opens_everything_with_either_key_and_is_remembered(desk) -> None:
    desk.take_in()
    desk.take_in(content=b"SIMULATED: another")
    assert "never opened" in drill_due(desk.project, date(2026, 1, 1))
    for key in desk.keys[:2]:
        done = vault_check(desk.project, [key])
        assert done.exit_code == 0
        assert done.facts["n_opened"] == done.facts["n_kept"] == 2
    at = last_drill(desk.project)
    assert at is not None
    assert drill_due(desk.project, at.date()) == ""
    assert drill_due(desk.project, at.date() + timedelta(days=90)) == ""
    assert "91 days ago" in drill_due(desk.project, at.date() + timedelta(days=91))
    rows = [row for row in desk.project.rows(Custody) if row.event is Event.FIXITY]
    assert [row.outcome for row in rows] == ["whole: 2 of 2 files opened"] * 2
    assert all(row.subject == VAULT for row in rows)


def test_a_project_with_nothing_kept_needs_no_drill(desk, tmp_path) -> None:
    assert drill_due(desk.project, date(2030, 1, 1)) == ""
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0
    with bare_project(tmp_path / "another") as project:
        assert drill_due(project, date(2030, 1, 1)) == ""


def test_the_drill_names_what_is_missing_exchanged_unknown_or_locked(desk) -> None:
    (row, gone), (_, changed), (_, sound), (_, swapped) = [
        desk.take_in(content=b"SIMULATED %d" % n) for n in range(4)
    ]
    desk.file_of(gone.name).unlink()
    content = desk.file_of(changed.name).read_bytes()
    desk.file_of(changed.name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    shutil.copy(desk.file_of(sound.name), desk.file_of(swapped.name))
    planted = desk.vault.put(b"by somebody who knows the recipients")
    done = vault_check(desk.project, desk.keys[:1])
    assert done.exit_code == 3
    told = {one["name"]: (one["what"].split(":")[0], one["of"]) for one in done.facts["wrong"]}
    assert told[gone.name] == ("missing", row.id)
    assert told[changed.name][0] == told[swapped.name][0] == "exchanged"
    assert told[planted.name] == ("unknown", "")
    assert len(told) == 4
    assert all(any(name in line for line in done.blocked) for name in told)
    newest = [r for r in desk.project.rows(Custody) if r.event is Event.FIXITY][-1]
    assert newest.outcome.endswith("1 of 4 files opened")
    assert last_drill(desk.project) is None
    stranger = vault_check(desk.project, desk.keys[2:])
    assert {one["what"].split(":")[0] for one in stranger.facts["wrong"]} == {
        "missing", "exchanged", "unknown", "not opened",
    }  # fmt: skip


def test_what_was_put_in_before_a_crash_is_unknown_and_never_lost(desk) -> None:
    the_vault(desk.project).put(b"SIMULATED: and then the power failed")
    done = vault_check(desk.project, desk.keys[:1])
    assert "a step was stopped" in done.blocked[0]
    assert len(lying(desk.project)) == 1


def test_a_deleted_file_that_came_back_with_a_backup_is_told(desk) -> None:
    row, one = desk.take_in()
    content = desk.file_of(one.name).read_bytes()
    desk.vault.delete(one)
    with desk.project.run("test") as work:
        work.add(custody(row.id, Event.DELETION, of=one))
    desk.file_of(one.name).write_bytes(content)
    assert "from a backup" in vault_check(desk.project, desk.keys[:1]).blocked[0]
    people = [key.recipient for key in desk.keys[1:]]
    vault_rotate(desk.project, people, desk.keys[:1])
    assert kept(desk.project) == ()  # a rotation does not make it known again


# -- rotation -----------------------------------------------------------------------------------


def test_after_a_rotation_only_the_new_keys_open_and_the_ledger_agrees(desk) -> None:
    before = [desk.take_in(content=b"SIMULATED %d" % n)[1] for n in range(4)]
    editor, recovery, newcomer = desk.keys
    done = vault_rotate(desk.project, [recovery.recipient, newcomer.recipient], [editor])
    assert done.exit_code == 0
    assert done.facts == {"n_exchanged": 4, "n_recipients": 2}
    assert names(desk) == sorted(one.name for one in before)
    assert {one.sha256 for one in kept(desk.project)}.isdisjoint(one.sha256 for one in before)
    assert vault_check(desk.project, [newcomer]).exit_code == 0
    assert vault_check(desk.project, [recovery]).exit_code == 0
    assert vault_check(desk.project, [editor]).facts["n_opened"] == 0
    assert desk.project.store.verify() > 0


def test_a_file_rolled_back_to_before_the_rotation_is_noticed(desk) -> None:
    _, one = desk.take_in()
    old = desk.file_of(one.name).read_bytes()
    editor, recovery, newcomer = desk.keys
    vault_rotate(desk.project, [recovery.recipient, newcomer.recipient], [editor])
    desk.file_of(one.name).write_bytes(old)
    done = vault_check(desk.project, [recovery])
    assert "exchanged" in done.blocked[0]
    file = desk.vault.folder / "recipients.txt"
    file.write_text(f"{editor.recipient}\n{recovery.recipient}\n")
    with pytest.raises(VaultError, match="not those that the project knows"):
        the_vault(desk.project)


def test_a_key_that_opens_nothing_changes_nothing(desk) -> None:
    desk.take_in()
    head, people = desk.project.store.head(), desk.vault.recipients
    new = [key.recipient for key in desk.keys[1:]]
    with pytest.raises(NotOpened, match="none of these keys"):
        vault_rotate(desk.project, new, desk.keys[2:])
    with pytest.raises(BadSetting, match="at least 2"):
        vault_rotate(desk.project, new[:1], desk.keys[:1])
    assert desk.project.store.head() == head
    assert desk.vault.recipients == people


def test_a_rotation_that_meets_a_damaged_file_says_so_and_stays_open(desk) -> None:
    (_, broken), (_, sound) = [desk.take_in(content=b"SIMULATED %d" % n) for n in range(2)]
    whole = desk.file_of(broken.name).read_bytes()
    old = desk.file_of(sound.name).read_bytes()
    desk.file_of(broken.name).write_bytes(whole[:-3])
    editor, recovery, newcomer = desk.keys
    new = [recovery.recipient, newcomer.recipient]
    done = vault_rotate(desk.project, new, [editor])
    assert done.exit_code == 3
    assert broken.name in done.blocked[0]
    now = desk.file_of(sound.name).read_bytes()
    desk.file_of(sound.name).write_bytes(old)
    with pytest.raises(NotOpened, match="not the file that was put in"):
        unlocked(desk.project, sound.name, editor)
    desk.file_of(sound.name).write_bytes(now)
    assert unlocked(desk.project, sound.name, newcomer) == b"SIMULATED 1"
    desk.file_of(broken.name).write_bytes(whole)  # from a backup
    assert vault_rotate(desk.project, new, [editor, newcomer]).exit_code == 0
    assert vault_check(desk.project, [newcomer]).exit_code == 0
    assert len(names(desk)) == 2


_KILLED_ROTATION = """
import os, signal, sys
from pathlib import Path
import pyrage
from vallum.evidence.keys import Key
from vallum.evidence import vault as rooms
from vallum.project import open_project
from vallum.steps import vaulting

root, secret, when, *people = sys.argv[1:]
real, n = rooms.write_private, 0

def write_private(path, content):
    global n
    if when == "before the recipients" and path.name == "recipients.txt":
        os.kill(os.getpid(), signal.SIGKILL)
    if path.suffix == ".age" and callable(content):
        n += 1
        def stopped(handle):
            content(handle)
            if when == "announced, not exchanged" and n == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        real(path, stopped)
        if when == "exchanged" and n == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return
    real(path, content)

rooms.write_private = write_private
with open_project(Path(root)) as project:
    key = Key(pyrage.x25519.Identity.from_str(secret))
    vaulting.vault_rotate(project, people, [key])
"""


@pytest.mark.parametrize("when", ["before the recipients", "announced, not exchanged", "exchanged"])
def test_a_killed_rotation_goes_on_and_nothing_is_lost(desk, when) -> None:
    for n in range(3):
        desk.take_in(content=b"SIMULATED %d" % n)
    editor, recovery, newcomer = desk.keys
    new = [recovery.recipient, newcomer.recipient]
    file = desk.vault.folder / "recipients.txt"
    old = file.read_text()
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_ROTATION, desk.root, str(editor._secret), when, *new],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    project = desk.again()
    assert project.store.verify() > 0
    if when == "before the recipients":
        assert file.read_text() == old
    else:  # whoever puts the old recipients back is noticed
        now = file.read_text()
        file.write_text(old)
        with pytest.raises(VaultError, match="not those that the project knows"):
            the_vault(project)
        file.write_text(now)
    assert vault_check(project, [editor, newcomer]).exit_code == 0
    assert {unlocked(project, name, editor, newcomer) for name in names(desk)} == {
        b"SIMULATED 0", b"SIMULATED 1", b"SIMULATED 2",
    }  # fmt: skip
    assert vault_rotate(project, new, [editor, newcomer]).exit_code == 0
    assert vault_check(project, [newcomer]).exit_code == 0
    assert len(names(desk)) == 3
    assert not list(desk.vault.folder.glob(".*.part"))


def test_a_rotation_of_an_empty_vault_that_was_stopped_is_no_trap(desk, monkeypatch) -> None:
    """The recipients are others already, and no row says that it ended."""
    real = Vault.rotate

    def stopped(self, *given, **more) -> None:
        real(self, *given, **more)
        raise KeyboardInterrupt

    new = [key.recipient for key in desk.keys[1:]]
    with monkeypatch.context() as patch:
        patch.setattr(Vault, "rotate", stopped)
        with pytest.raises(KeyboardInterrupt):
            vault_rotate(desk.project, new, desk.keys[:1])
    assert the_vault(desk.project).recipients == tuple(sorted(new))
    assert vault_rotate(desk.project, new, desk.keys[:1]).exit_code == 0
    assert the_vault(desk.project).recipients == tuple(sorted(new))


# -- the command line ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A key, the file of its passphrase, and two recipients; making one takes a second or two."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "words").write_text(WORDS + "\n")
    people = [str(vault_key(folder / "a", WORDS).facts["recipient"]), new_keys(1)[0].recipient]
    return folder, people


def test_a_key_is_made_and_the_secret_is_told_nowhere(key_files, tmp_path, caplog) -> None:
    folder, people = key_files
    assert all(one.startswith("age1") for one in people)
    with pytest.raises(BadSetting, match="no such folder"):
        vault_key(tmp_path / "none" / "key", WORDS)
    told = CliRunner().invoke(
        commands, ["key", str(tmp_path / "k"), "--passphrase-file", str(folder / "words"), "--json"]
    )
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["facts"]["recipient"].startswith("age1")
    assert "SECRET" not in told.output + caplog.text
    assert WORDS not in told.output + caplog.text
    again = CliRunner().invoke(
        commands, ["key", str(tmp_path / "k"), "--passphrase-file", str(folder / "words")]
    )
    assert again.exit_code == 2
    assert "there is such a file" in again.output


def test_the_commands_make_check_and_rotate(key_files, tmp_path) -> None:
    folder, people = key_files
    bare_project(tmp_path / "p").close()

    def call(*words: str) -> tuple[int, dict]:
        done = CliRunner().invoke(commands, [*words, "--project", str(tmp_path / "p"), "--json"])
        return done.exit_code, json.loads(done.output)

    recipients = ["--recipient", people[0], "--recipient", people[1]]
    code, told = call("new", str(tmp_path / "vault"), *recipients)
    assert (code, told["facts"]) == (0, {"n_recipients": 2})
    assert str(tmp_path / "vault") not in json.dumps(told)
    key = ["--key", str(folder / "a"), "--passphrase-file", str(folder / "words")]
    planted = Vault(tmp_path / "vault").put(b"planted")
    code, told = call("check", *key)
    assert (code, told["facts"]["n_kept"]) == (3, 0)
    assert planted.name in told["blocked"][0]
    code, told = call("rotate", *recipients, *key)
    assert (code, told["facts"]["n_recipients"]) == (0, 2)


def test_a_passphrase_is_never_an_argument_and_never_echoed(key_files, tmp_path) -> None:
    folder, _ = key_files
    options = {name for one in commands.commands.values() for p in one.params for name in p.opts}
    assert "--passphrase-file" in options
    assert "--passphrase" not in options
    bare_project(tmp_path / "p").close()
    words = ["check", "--key", str(folder / "a"), "--project", str(tmp_path / "p")]
    nobody = CliRunner().invoke(commands, words)
    assert nobody.exit_code == 2
    assert "--passphrase-file" in nobody.output
    two = ["--passphrase-file", str(folder / "words")] * 2
    assert "once for each --key" in CliRunner().invoke(commands, [*words, *two]).output


def test_a_wrong_passphrase_opens_nothing_and_is_not_repeated(key_files, tmp_path) -> None:
    folder, people = key_files
    with bare_project(tmp_path / "p") as project:
        vault_new(project, tmp_path / "vault", people)
    (tmp_path / "wrong").write_text("incorrect horse battery\n")
    done = CliRunner().invoke(
        commands,
        ["check", "--key", str(folder / "a"), "--passphrase-file", str(tmp_path / "wrong"),
         "--project", str(tmp_path / "p")],
    )  # fmt: skip
    assert done.exit_code == 1
    assert "passphrase does not open it" in done.output
    assert "incorrect" not in done.output


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_a_typed_passphrase_is_not_shown(tmp_path) -> None:
    """In a real terminal, whose echo would show it."""
    leader, follower = os.openpty()
    code = "from vallum.commands.keeping import vault; vault()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "key", str(tmp_path / "k")],
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
        preexec_fn=_take_terminal,
    ) as child:  # fmt: skip
        os.close(follower)
        shown = b""
        for asked in (b"Passphrase", b"Repeat"):
            while asked not in shown:
                shown += os.read(leader, 1024)
            os.write(leader, WORDS.encode() + b"\n")
        try:
            while chunk := os.read(leader, 1024):
                shown += chunk
        except OSError:
            pass  # its end is told like this
        os.close(leader)
        assert child.wait() == 0, shown
    assert WORDS.encode() not in shown
    assert b"recipient: age1" in shown
    assert b"SECRET" not in shown


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
