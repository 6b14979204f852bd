"""A backup holds one moment of everything, and what is restored is the same project or nothing."""

import json
import os
import shutil
import signal
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import pg
from test_store import candidate, scene
from vallum import config
from vallum.frontier import Frontier
from vallum.ground.errors import BadInput, BadSetting, ChainBroken, DiskFull, StoreError
from vallum.ground.records import Candidate
from vallum.project import create, open_project
from vallum.steps import backing, unbacking

SETTINGS = config.Config(
    name="Tumen",
    is_simulated=True,
    border=config.Border(frontier="prk-north", start_m=0, end_m=4000, left_m=400, right_m=400),
    dates=config.Dates(before="2019", after="2022"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("backing") / "border"
    with create(root, SETTINGS, Frontier.packaged("prk-north")) as project:
        project.store.add([scene(href="imagery/a.tif"), candidate(), candidate(100)], actor="me")
    (root / "imagery" / "a.tif").write_bytes(b"pixels" * 100)
    (root / "out" / "report").mkdir(parents=True)
    (root / "out" / "report" / "index.html").write_text("SIMULATED")
    (root / "papers").mkdir()
    (root / "papers" / "0a1b").write_bytes(b"paper")
    for folder in ("log", "inbox", "backups"):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "left-out").write_bytes(b"x")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "border"))


@pytest.fixture
def zipped(root: Path, tmp_path: Path) -> Path:
    target = tmp_path / "safe" / "tumen.zip"
    with open_project(root) as project:
        backing.backup(project, target)
    return target


def _same_rows(one: Path, other: Path) -> bool:
    with open_project(one) as first, open_project(other) as second:
        assert first.store.head()[0] >= 4
        return first.store.entries() == second.store.entries()


@pytest.mark.parametrize("name", ["tumen.zip", "tumen"], ids=["zip", "folder"])
def test_what_was_backed_up_comes_back_whole(root: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "safe" / name
    with open_project(root) as project:
        done = backing.backup(project, target)
    assert any("1 working copies of images left out" in line for line in done.lines)
    assert any("only you can read it" in line for line in done.lines)
    back = tmp_path / "back"
    told = backing.restore(target, back)
    assert any("1 working copies of images were not in the backup" in line for line in told.lines)
    assert _same_rows(root, back)
    there = {p.relative_to(back).as_posix() for p in back.rglob("*") if p.is_file()}
    assert there == {
        "vallum.toml", "frontier.geojson", "project.db", "out/report/index.html", "papers/0a1b"
    }  # fmt: skip
    assert (back / "vallum.toml").read_bytes() == (root / "vallum.toml").read_bytes()
    assert [p.name for p in target.parent.iterdir()] == [name]


def test_only_its_owner_can_read_a_backup(zipped: Path, root: Path, tmp_path: Path) -> None:
    with open_project(root) as project:
        backing.backup(project, tmp_path / "folder")
    modes = {p.stat().st_mode & 0o077 for p in [zipped, *(tmp_path / "folder").rglob("*")]}
    assert modes == {0}
    assert (tmp_path / "folder").stat().st_mode & 0o077 == 0


def test_images_come_along_when_asked_for(root: Path, tmp_path: Path) -> None:
    with open_project(root) as project:
        done = backing.backup(project, tmp_path / "all.zip", with_images=True)
    assert not any("left out" in line for line in done.lines)
    told = backing.restore(tmp_path / "all.zip", tmp_path / "back")
    assert told.facts["images_missing"] == 0
    assert (tmp_path / "back/imagery/a.tif").read_bytes() == b"pixels" * 100


def test_the_vault_and_links_are_never_in_a_backup(root: Path, tmp_path: Path) -> None:
    (root / "vault").mkdir()
    (root / "vault" / "sealed.age").write_bytes(b"sealed")
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "papers" / "link").symlink_to(tmp_path / "secret")
    settings = config.read(root / "vallum.toml")
    config.write(
        replace(settings, vault=config.Vaulted(folder=str(root / "vault"))), root / "vallum.toml"
    )
    with open_project(root) as project:
        done = backing.backup(project, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        names = archive.namelist()
    assert not [name for name in names if "vault/" in name or "link" in name]
    assert any("1 links left out" in line for line in done.lines)
    assert any("the vault is not in it" in line for line in done.lines)


def test_the_project_remembers_when_it_was_backed_up_but_not_where(zipped: Path, root: Path):
    with open_project(root) as project:
        last = backing.last_backup(project)
        assert last is not None
        assert (last["rows"], last["head"]) == project.store.head()
        (root / backing.LAST).write_text("{broken")
        assert backing.last_backup(project) is None
    assert str(zipped.parent) not in json.dumps(last)


def test_a_backup_adds_no_row_and_changes_no_file_of_the_project(root: Path, tmp_path: Path):
    def state() -> dict[str, bytes]:
        return {
            str(p): p.read_bytes() for p in root.rglob("*") if p.is_file() and p.name != "last.json"
        }

    before = state()
    with open_project(root) as project:
        backing.backup(project, tmp_path / "a.zip")
    assert state() == before


@pytest.mark.parametrize("name", ["a.zip", "a"], ids=["zip", "folder"])
def test_an_earlier_backup_is_replaced_only_when_told_so(
    root: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    with open_project(root) as project:
        backing.backup(project, target)
        with pytest.raises(BadSetting, match="--yes"):
            backing.backup(project, target)
        project.store.add([candidate(900)], actor="me")
        backing.backup(project, target, yes=True)
    assert backing.restore(target, tmp_path / "back").facts["rows"] == 6
    assert {p.name for p in tmp_path.iterdir()} == {"border", name, "back"}


def test_a_backup_inside_the_project_or_over_something_else_is_refused(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("x")
    with open_project(root) as project:
        with pytest.raises(BadSetting, match="inside the project"):
            backing.backup(project, root / "out" / "a.zip")
        with pytest.raises(BadSetting, match="something else"):
            backing.backup(project, tmp_path / "mine", yes=True)
    assert (tmp_path / "mine" / "letter").read_text() == "x"


def test_a_backup_while_people_write_is_of_one_moment(root: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    acknowledged: list[int] = []

    def write() -> None:
        with open_project(root) as mine:
            for at in range(1000, 60_000, 20):
                if stop.is_set():
                    return
                mine.store.add([candidate(at)], actor="me")
                acknowledged.append(at)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        kept = []
        with open_project(root) as project:
            for n in range(4):
                before = len(acknowledged)
                backing.backup(project, tmp_path / f"{n}.zip")
                kept.append(acknowledged[:before])
    finally:
        stop.set()
        thread.join()
    assert len(kept[-1]) > len(kept[0])
    for n, told in enumerate(kept):
        backing.restore(tmp_path / f"{n}.zip", tmp_path / f"back-{n}")
        with open_project(tmp_path / f"back-{n}") as back:
            back.store.verify()
            assert set(told) <= {row.span.start_m for row in back.rows(Candidate)}


def test_a_file_that_never_stands_still_is_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, copy = root / "papers" / "0a1b", shutil.copyfile

    def copied(path: Path, to: Path, **how: bool) -> Path:
        if path == busy:
            busy.write_bytes(busy.read_bytes() + b"more")
        return Path(copy(path, to, **how))

    monkeypatch.setattr(backing.shutil, "copyfile", copied)
    with open_project(root) as project:
        done = backing.backup(project, tmp_path / "b.zip")
    assert [line.split(":")[0] for line in done.blocked] == ["papers/0a1b"]
    assert "make another backup" in done.blocked[0]
    assert done.exit_code == 3


@pytest.mark.parametrize(
    ("name", "is_again"), [("b.zip", False), ("b", True)], ids=["zip", "folder-in-place-of-another"]
)
def test_a_kill_in_the_middle_of_a_backup_leaves_no_half_backup(
    root: Path, tmp_path: Path, name: str, is_again: bool
) -> None:
    target = tmp_path / "safe" / name
    with open_project(root) as project:
        head = project.store.head()
        if is_again:
            backing.backup(project, target)
    n_killed = 0
    for point in range(0, 400, 2):
        pid = os.fork()
        if not pid:
            _back_up_until(root, target, point)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            break
        n_killed += 1
        if target.exists():
            with unbacking.opened(target) as content:
                assert (content.rows, content.head) == head
                for number, file in enumerate(content.files):
                    unbacking.take_out(content, file, tmp_path / f"out-{point}-{number}")
        else:
            assert not is_again, f"killed at {point}, the earlier backup is gone"
    assert n_killed > 3
    with open_project(root) as project:
        assert project.store.verify() == head[0]


def _back_up_until(root: Path, target: Path, point: int) -> None:
    """Back up in this process, which is killed when it would do its n-th step on the disk."""
    steps = iter(range(point))

    def counted(do: Callable[..., object]) -> Callable[..., object]:
        def stepped(*args: object, **more: object) -> object:
            if next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return do(*args, **more)

        return stepped

    try:
        with open_project(root) as project:
            for name in ("fsync", "replace", "rename", "link"):
                setattr(os, name, counted(getattr(os, name)))
            backing.backup(project, target, yes=True)
        os._exit(0)
    finally:
        os._exit(1)


def test_nothing_is_overwritten_by_a_restore(zipped: Path, root: Path, tmp_path: Path) -> None:
    before = (root / "vallum.toml").read_bytes()
    with pytest.raises(BadSetting, match="not empty"):
        backing.restore(zipped, root)
    assert (root / "vallum.toml").read_bytes() == before


def _changed(zipped: Path, out: Path, change) -> Path:
    """Write a zip again with other content: `change(name, content)`, None to leave it out."""
    with zipfile.ZipFile(zipped) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            for told, content in change(name, old.read(name)):
                new.writestr(told, content)
    return out


def _manifest_with(**more: object):
    def change(name: str, content: bytes):
        if name == "manifest.json":
            told = json.loads(content)
            told["files"] |= more.pop("files", {})
            content = json.dumps(told | more).encode()
        return [(name, content)]

    return change


def _flipped(which: str):
    def change(name: str, content: bytes):
        if name == which:
            content = bytes([content[0] ^ 1]) + content[1:]
        return [(name, content)]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_flipped("project/papers/0a1b"), "papers/0a1b is not as it was"),
        (_flipped("project/project.db"), r"project\.db is not as it was"),
        (lambda n, c: [] if n.endswith("0a1b") else [(n, c)], "papers/0a1b is missing"),
        (lambda n, c: [] if n == "manifest.json" else [(n, c)], r"holds no manifest\.json"),
        (_manifest_with(format="x"), "not of a kind"),
        (_manifest_with(schema=99), "newer vallum"),
        (_manifest_with(files={"../evil": {"sha256": "0", "bytes": 1}}), "no plain name"),
        (_manifest_with(files={"/etc/evil": {"sha256": "0", "bytes": 1}}), "no plain name"),
        (_manifest_with(files={"a\\evil": {"sha256": "0", "bytes": 1}}), "no plain name"),
        (_manifest_with(files={"C:evil": {"sha256": "0", "bytes": 1}}), "no plain name"),
        (_manifest_with(files={"a\x00b": {"sha256": "0", "bytes": 1}}), "no plain name"),
        (_manifest_with(files={"a": {"sha256": "0", "bytes": -1}}), "cannot be read"),
        (_manifest_with(files={"a": []}), "cannot be read"),
        (lambda n, c: [(n, b"[" * 200_000 if n == "manifest.json" else c)], "cannot be read"),
    ],
    ids=[
        "bit-in-paper", "bit-in-rows", "file-gone", "list-gone", "format", "newer", "up",
        "absolute", "backslash", "drive", "nul", "negative", "shape", "deep",
    ],
)  # fmt: skip
def test_a_backup_that_was_changed_restores_nothing_and_says_why(
    zipped: Path, tmp_path: Path, change, words: str
) -> None:
    bad = _changed(zipped, tmp_path / "bad.zip", change)
    with pytest.raises(BadInput, match=words) as told:
        backing.restore(bad, tmp_path / "deep" / "back")
    assert "nothing was restored" in str(told.value)
    assert not list((tmp_path / "deep").glob("*")) if (tmp_path / "deep").exists() else True
    assert not (tmp_path / "evil").exists()


def test_a_file_that_unpacks_to_more_than_it_says_is_cut_off(zipped: Path, tmp_path: Path) -> None:
    def bomb(name: str, content: bytes):
        return [(name, b"\0" * 50_000_000 if name.endswith("0a1b") else content)]

    with pytest.raises(BadInput, match="0a1b is not as it was"):
        backing.restore(_changed(zipped, tmp_path / "bomb.zip", bomb), tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_list_that_lies_about_the_rows_is_refused(zipped: Path, tmp_path: Path) -> None:
    bad = _changed(zipped, tmp_path / "bad.zip", _manifest_with(rows=3))
    with pytest.raises(ChainBroken, match="says 3 rows"):
        backing.restore(bad, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_backup_that_needs_more_room_than_there_is_writes_nothing(
    zipped: Path, tmp_path: Path
) -> None:
    huge = {"files": {"papers/huge": {"sha256": "0" * 64, "bytes": 1 << 60}}}
    bad = _changed(zipped, tmp_path / "bad.zip", _manifest_with(**huge))
    with pytest.raises(DiskFull, match=r"1,152,921,504,\d+,\d+,\d+ bytes"):
        backing.restore(bad, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_what_is_no_backup_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip")
    (tmp_path / "empty").mkdir()
    for name, words in (("a.zip", "no sound zip"), ("empty", "no manifest"), ("gone", "no ")):
        with pytest.raises(BadInput, match=words):
            backing.restore(tmp_path / name, tmp_path / "back")


def test_a_link_inside_a_backup_folder_is_not_followed(root: Path, tmp_path: Path) -> None:
    with open_project(root) as project:
        backing.backup(project, tmp_path / "safe")
    (tmp_path / "secret").write_bytes(b"paper")
    member = tmp_path / "safe/project/papers/0a1b"
    member.unlink()
    member.symlink_to(tmp_path / "secret")
    with pytest.raises(BadInput, match="link to elsewhere"):
        backing.restore(tmp_path / "safe", tmp_path / "back")


def test_a_database_with_a_trigger_of_a_stranger_is_not_restored(
    zipped: Path, tmp_path: Path
) -> None:
    import hashlib

    with zipfile.ZipFile(zipped) as archive:
        (tmp_path / "db").write_bytes(archive.read("project/project.db"))
    with closing(sqlite3.connect(tmp_path / "db")) as raw:
        raw.execute("CREATE TRIGGER spy AFTER INSERT ON ledger BEGIN SELECT 1; END")
        raw.commit()
    evil = (tmp_path / "db").read_bytes()
    listed = {"sha256": hashlib.sha256(evil).hexdigest(), "bytes": len(evil)}

    def change(name: str, content: bytes):
        if name == "project/project.db":
            return [(name, evil)]
        return _manifest_with(files={"project.db": listed})(name, content)

    bad = _changed(zipped, tmp_path / "bad.zip", change)
    with pytest.raises(StoreError, match="trigger 'spy'"):
        backing.restore(bad, tmp_path / "back")
    assert not (tmp_path / "back").exists()


# -- between a file and PostgreSQL ---------------------------------------------------------------


def test_a_desk_moves_to_postgresql_and_back_with_the_same_head(
    root: Path, tmp_path: Path, postgres: pg.Server
) -> None:
    address = postgres.new_database()
    with open_project(root) as project:
        backing.export_project(project, tmp_path / "move.zip")
    done = backing.import_project(tmp_path / "move.zip", tmp_path / "server", database=address)
    assert "PostgreSQL" in done.lines[0]
    assert not (tmp_path / "server/project.db").exists()
    assert _same_rows(root, tmp_path / "server")
    with open_project(tmp_path / "server") as moved:
        assert moved.store.kind == "postgresql"
        assert "?schema=v_tumen_" in moved.config.store.database
        with moved.run("review") as work:
            work.add(candidate(2000))
        moved.store.verify()
        backing.backup(moved, tmp_path / "later.zip")
        with pytest.raises(StoreError, match="holds rows already"):
            backing.import_project(tmp_path / "move.zip", tmp_path / "again", database=address)
    assert not (tmp_path / "again").exists()
    backing.import_project(tmp_path / "later.zip", tmp_path / "home")
    assert _same_rows(tmp_path / "server", tmp_path / "home")
    with open_project(tmp_path / "home") as home:
        assert home.config.store.database == ""
        assert home.store.kind == "sqlite"


def test_an_import_that_was_cut_off_after_its_rows_is_done_again(
    zipped: Path, tmp_path: Path, postgres: pg.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres.new_database()

    def cut(*_: object, **__: object) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr("vallum.ground.whole.folder_whole", cut)
        with pytest.raises(OSError, match="power"):
            backing.restore(zipped, tmp_path / "back", database=address)
    assert not (tmp_path / "back").exists()
    backing.restore(zipped, tmp_path / "back", database=address)
    with open_project(tmp_path / "back") as project:
        assert project.store.verify() == 5


def test_two_projects_share_one_database(tmp_path: Path, postgres: pg.Server) -> None:
    stored = config.Stored(database=postgres.new_database())
    for name in ("Yalu", "Tumen"):
        settings = replace(SETTINGS, name=name, store=stored)
        with create(tmp_path / name, settings, Frontier.packaged("prk-north")) as project:
            project.store.add([candidate(ord(name[0]))], actor="me")
    for name in ("Yalu", "Tumen"):
        with open_project(tmp_path / name) as project:
            assert [row.span.start_m for row in project.rows(Candidate)] == [ord(name[0])]
            project.store.verify()


def test_a_project_whose_name_changed_finds_its_rows(tmp_path: Path, postgres: pg.Server) -> None:
    settings = replace(SETTINGS, store=config.Stored(database=postgres.new_database()))
    create(tmp_path / "p", settings, Frontier.packaged("prk-north")).close()
    kept = config.read(tmp_path / "p/vallum.toml")
    config.write(replace(kept, name="Another name"), tmp_path / "p/vallum.toml")
    with open_project(tmp_path / "p") as project:
        assert project.store.head()[0] > 0


def test_settings_that_name_an_empty_database_do_not_pass_for_a_project(
    root: Path, postgres: pg.Server
) -> None:
    kept = config.read(root / "vallum.toml")
    stored = config.Stored(database=postgres.new_database())
    config.write(replace(kept, store=stored), root / "vallum.toml")
    with pytest.raises(StoreError, match="vallum project export"):
        open_project(root)


def test_another_host_is_kept_out_while_one_works(tmp_path: Path, postgres: pg.Server) -> None:
    from vallum.ground.errors import StoreLocked

    settings = replace(SETTINGS, store=config.Stored(database=postgres.new_database()))
    create(tmp_path / "one", settings, Frontier.packaged("prk-north")).close()
    shutil.copytree(
        tmp_path / "one", tmp_path / "other"
    )  # another host: no lock of files is shared
    with open_project(tmp_path / "one") as here, open_project(tmp_path / "other") as there:
        with here.alone(), here.alone():
            with pytest.raises(StoreLocked, match="another machine"), there.alone():
                pass
            assert there.rows(Candidate) == []
        with there.alone():
            pass


def test_one_writing_waits_for_another_process_a_while(root: Path) -> None:
    with open_project(root) as here, open_project(root) as there:
        free = threading.Event()

        def hold() -> None:
            with here.alone():
                free.set()
                threading.Event().wait(0.2)

        thread = threading.Thread(target=hold)
        thread.start()
        free.wait()
        work = there.begin("review")
        there.add_together([(work, [candidate(3000)])])
        thread.join()
        assert 3000 in {row.span.start_m for row in here.rows(Candidate)}


def test_a_name_that_is_not_plain_is_refused_on_every_system() -> None:
    good = {"vallum.toml", "frontier.geojson", "project.db"}
    listed = {name: unbacking.Listed(sha256="0", n_bytes=0) for name in good}
    unbacking._check_files("x", listed)
    for name in ("", ".", "..", "a/../b", "a//b", "./a", "a/", "a\nb", "a\u202eb"):
        with pytest.raises(BadInput, match="no plain name"):
            unbacking._check_files("x", listed | {name: listed["project.db"]})


def test_a_restored_file_is_never_written_through_a_link(zipped: Path, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "vallum.toml").symlink_to(tmp_path / "elsewhere")
    with unbacking.opened(zipped) as content, pytest.raises(OSError, match="exists"):
        unbacking.take_out(content, "vallum.toml", tmp_path / "made")
    assert not (tmp_path / "elsewhere").exists()
