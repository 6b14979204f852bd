"""What somebody who read the code would try next: links, journals, names, limits, connections.

Each of these was open once; the tests are of several modules because the attacks are.
"""

import ctypes
import hashlib
import json
import os
import socket
import sqlite3
import struct
import sys
import threading
import time
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import small_desk
import small_images
import web_client
from test_serve import is_closed, wired
from torture.exploits.projects import _journal
from vallum.ground import filtering, foreign, logbook
from vallum.ground.errors import BadInput, StoreError, TooLarge, WorkerFailed
from vallum.ground.kinds import Role
from vallum.imagery import catalog
from vallum.imagery.shots import picture
from vallum.project import open_project
from vallum.steps import backing, desk_people, sessions
from vallum.steps.desk import Desk
from vallum.store import Store
from vallum.web import guard, limits, upload, watching, wire
from vallum.web.app import create_app


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of which each test gets a copy."""
    folder = tmp_path_factory.mktemp("made") / "p"
    small_desk.make(folder, n=2).close()
    return folder


@pytest.fixture
def desk(root: Path):
    with open_project(root) as project:
        yield Desk(project)


@pytest.fixture
def home(root: Path):
    with web_client.home_of(root) as found:
        yield found


# -- a stranger's folder ------------------------------------------------------------------------


def test_a_journal_that_would_delete_a_file_elsewhere_is_not_played_back(tmp_path: Path) -> None:
    yours = tmp_path / "yours.txt"
    yours.write_text("the only copy")
    control = tmp_path / "control.db"
    for path in (control, tmp_path / "project.db"):
        Store(path, force=True).close()
        _journal(path, yours)
    with pytest.raises(StoreError, match="nothing was opened or changed"):
        Store(tmp_path / "project.db", force=True)
    assert yours.exists()
    with closing(sqlite3.connect(control)) as unguarded:  # the control: SQLite by itself
        unguarded.execute("SELECT * FROM sqlite_master").fetchall()
    assert not yours.exists()


def test_a_journal_of_a_killed_process_is_played_back(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    Store(path, force=True).close()
    magic = bytes.fromhex("d9d505f920a163d7")
    head = magic + struct.pack(">5I", 0, 0, path.stat().st_size // 4096, 512, 4096)
    path.with_name("project.db-journal").write_bytes(head.ljust(512, b"\0"))
    with Store(path, force=True) as store:
        assert store.verify() == 0
    assert not path.with_name("project.db-journal").exists()


@pytest.mark.parametrize("part", ["wal", "shm", "journal"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_lies_beside_a_database_is_no_way_out(tmp_path: Path, part: str, kind: str) -> None:
    path, yours = tmp_path / "project.db", tmp_path / "yours"
    Store(path, force=True).close()
    yours.write_bytes(b"x" * 5000)
    beside = path.with_name(f"project.db-{part}")
    os.mkfifo(beside) if kind == "pipe" else beside.symlink_to(yours)
    with pytest.raises(StoreError, match=f"project.db-{part} is a link or no plain file"):
        Store(path, force=True)
    assert yours.read_bytes() == b"x" * 5000


def test_a_log_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / logbook.FOLDER).mkdir()
    os.mkfifo(tmp_path / logbook.FOLDER / logbook.FILE)
    line = logbook.Line(time=sessions._utc_now(), event=logbook.Event.DONE, step="cover")
    worker = threading.Thread(target=logbook.tell, args=(tmp_path, line), daemon=True)
    worker.start()
    worker.join(10)
    assert not worker.is_alive()


# -- backups of strangers -----------------------------------------------------------------------


@pytest.mark.parametrize("how", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2], ids=["lzma", "bzip2"])
def test_a_backup_packed_so_that_a_little_unfolds_to_all_memory_is_refused(
    tmp_path: Path, how: int
) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", how) as archive:
        archive.writestr("manifest.json", b" " * (64 << 20))
    assert (tmp_path / "b.zip").stat().st_size < 100_000
    with pytest.raises(BadInput, match="packed in a way that vallum never packs"):
        backing.restore(tmp_path / "b.zip", tmp_path / "back")


@pytest.mark.parametrize("name", ["project.db-journal", "project.db-wal", "project.db-shm"])
def test_a_backup_brings_nothing_that_acts_on_its_database(
    root: Path, tmp_path: Path, name: str
) -> None:
    with open_project(root) as project:
        backing.backup(project, tmp_path / "b")
    (tmp_path / "b" / "project" / name).write_bytes(b"x")
    path = tmp_path / "b" / "manifest.json"
    told = json.loads(path.read_text("utf-8"))
    told["files"][name] = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
    path.write_text(json.dumps(told), "utf-8")
    with pytest.raises(BadInput, match="would act on the database"):
        backing.restore(tmp_path / "b", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_backup_that_holds_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / "manifest.json")
    with pytest.raises(BadInput, match="no plain file"):
        backing.restore(tmp_path / "b", tmp_path / "back")


def test_what_was_restored_only_its_owner_can_read(root: Path, tmp_path: Path) -> None:
    with open_project(root) as project:
        backing.backup(project, tmp_path / "b.zip")
    backing.restore(tmp_path / "b.zip", tmp_path / "back")
    assert (tmp_path / "back" / "project.db").stat().st_mode & 0o077 == 0
    assert (tmp_path / "back" / "frontier.geojson").stat().st_mode & 0o077 == 0


def test_a_restore_says_who_could_come_in_again(root: Path, tmp_path: Path) -> None:
    with open_project(root) as project:
        desk = Desk(project)
        desk.invite(desk.sign_in_keeper()[1], "ann", Role.ANALYST)
        backing.backup(project, tmp_path / "b.zip")
    said = backing.restore(tmp_path / "b.zip", tmp_path / "back").lines
    assert any(line.startswith("1 people have a session or a link") for line in said)


# -- the limited process ------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="system calls are filtered on Linux")
def test_what_a_limited_process_starts_cannot_leave_the_group_that_is_ended() -> None:
    def ended(is_filtered: bool) -> int:
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(38, 1, 0, 0, 0)
        if is_filtered and filtering.refuse(libc, may_run=True):
            os._exit(77)
        inner = os.fork()
        if inner:
            os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]))
        try:
            os.setsid()
        except PermissionError:
            os._exit(5)
        os._exit(6)

    assert ended(False) == 6, "the control leaves"
    code = ended(True)
    if code == 77:
        pytest.skip("this system filters no system calls")
    assert code == 5


def test_an_image_cannot_bring_the_working_copy_of_another(tmp_path: Path) -> None:
    made, folder = tmp_path / "out", tmp_path / "imagery"
    made.mkdir(), folder.mkdir()
    ours, other = "a" * 64, "b" * 64
    for sha256 in (ours, other):
        (made / f"{sha256[:16]}.tif").write_text("pixels")
    catalog._keep(made, folder, {ours})
    assert [one.name for one in folder.iterdir()] == [f"{ours[:16]}.tif"]


def image(folder: Path) -> Path:
    return small_images.write(folder / "2019-03-14.tif", small_images.textured(3, 200, 200))


def test_an_image_is_not_believed_to_be_another(tmp_path: Path) -> None:
    path, folder = image(tmp_path), tmp_path / "imagery"
    (received,) = catalog.receive([path], folder, catalog.Wish())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert received.scene.sha256 == sha256
    body = received.scene.body()
    told = {"scene": body, "note": ""}
    assert catalog.taken(path, told, folder, hashes={sha256}).scene is not None
    assert catalog.taken(path, told, folder, hashes={"b" * 64}).scene is None
    # A copy that is there, of another image: its pixels would stand for this one.
    stranger = folder / f"{'b' * 16}.tif"
    stranger.write_text("pixels")
    lie = {"scene": body | {"href": f"imagery/{stranger.name}"}, "note": ""}
    assert catalog.taken(path, lie, folder, hashes={sha256}).scene is None


def test_an_image_is_given_no_working_copy_but_its_own(tmp_path: Path, monkeypatch) -> None:
    path, folder = image(tmp_path), tmp_path / "imagery"
    folder.mkdir()
    (folder / f"{'b' * 16}.tif").write_text("pixels")
    seen = []

    def call(_job, _arguments, *, reads, **_):
        seen.extend(reads)
        raise WorkerFailed("enough")

    monkeypatch.setattr(foreign, "call", call)
    list(catalog.receive([path], folder, catalog.Wish()))
    assert seen == [path.resolve()]


def test_a_picture_is_not_believed_to_be_another(tmp_path: Path) -> None:
    told = {"sha256": "a" * 64, "href": f"{'a' * 16}.png", "markers": [], "name": "x", "width": 1,
            "height": 1}  # fmt: skip
    (tmp_path / told["href"]).write_text("pixels")
    with pytest.raises(WorkerFailed, match="another picture"):
        picture.keep(told, tmp_path, tmp_path, sha256="b" * 64)


# -- the door -----------------------------------------------------------------------------------


def browser(app, address: str) -> TestClient:
    return TestClient(app, base_url=web_client.BASE, headers={"Origin": web_client.BASE},
                      client=(address, 4000))  # fmt: skip


def test_who_fails_on_purpose_keeps_nobody_at_the_same_address_out(home) -> None:
    app = create_app(home)
    shared = browser(app, "203.0.113.1")
    tries = [shared.post("/api/join", json={"token": "x"}).status_code for _ in range(12)]
    assert tries[-1] == 429
    link = home.desk.invite_whoever("ann", Role.ANALYST).link
    answered = shared.post("/api/join", json={"token": link.partition("#")[2]})
    assert answered.status_code == 200


@pytest.mark.parametrize("query", ["token=x", "%74oken=x", "a=1&token=x", "token=", "toke%6e=x"])
def test_a_guess_is_counted_however_its_address_is_written(home, query: str) -> None:
    app = create_app(home)
    guesser = browser(app, "203.0.113.1")
    statuses = [guesser.get(f"/?{query}").status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2


def test_an_ipv6_network_is_one_asker(home) -> None:
    app = create_app(home)
    statuses = [
        browser(app, f"2001:db8:1:2::{n:x}").post("/api/join", json={"token": "x"}).status_code
        for n in range(12)
    ]
    assert statuses == [403] * 10 + [429] * 2
    other = browser(app, "2001:db8:1:3::1").post("/api/join", json={"token": "x"})
    assert other.status_code == 403
    assert wire.network_of("::ffff:203.0.113.1") == "203.0.113.1"
    assert wire.network_of("::1") == "::/64"
    assert wire.network_of("not an address") == "not an address"


@pytest.mark.parametrize(
    "cookie",
    ["vallum=KEY", 'a="; vallum={n}; b="; vallum=KEY', "vallum={n}; vallum=KEY", "x=\u00e9; vallum=KEY"],
    ids=["plain", "quoted", "twice", "odd"],
)  # fmt: skip
def test_a_session_is_counted_as_the_door_knows_it(cookie: str) -> None:
    """Whatever else stands in the header: else a thief of a session tries phrases for ever."""
    counted: set[str] = set()
    door = limits.Limits(Starlette(), cookie=lambda: "vallum")
    for n in range(3):
        raw = cookie.format(n=n).encode("latin-1")
        scope = {"type": "http", "headers": [(b"cookie", raw)]}
        seen = guard.Request(scope).cookies.get("vallum")
        assert door._of_session(scope) == hashlib.sha256(seen.encode()).hexdigest()
        counted.add(door._of_session(scope))
    assert len(counted) == 1


def test_a_request_with_two_lengths_is_refused() -> None:
    inner = Starlette(routes=[Route("/api/x", lambda _: PlainTextResponse("in"), methods=["GET"])])
    client = TestClient(
        guard.Shield(inner, hosts=frozenset({"127.0.0.1"})), base_url=web_client.BASE
    )
    two = {"transfer-encoding": "chunked", "content-length": "3"}
    assert client.get("/api/x").text == "in"
    assert client.get("/api/x", headers=two).status_code == 400


def test_the_server_does_not_tell_where_its_files_lie() -> None:
    said = guard.disk_problem(
        PermissionError(13, "Permission denied", "/home/someone/secret/a.tif")
    )
    assert json.loads(said.body)["message"] == "Permission denied: a.tif"
    bare = guard.disk_problem(OSError("/home/someone/secret went wrong"))
    assert "kim" not in bytes(bare.body).decode()


def test_a_body_that_nobody_reads_does_not_hold_a_connection(monkeypatch) -> None:
    monkeypatch.setattr(wire, "HEAD_S", 0.4)
    with wired() as port, socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
        time.sleep(0.1)
        ended = threading.Event()

        def drip() -> None:
            while not ended.wait(0.05):
                try:
                    line.sendall(b"a")
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        assert is_closed(line)
        ended.set()


# -- uploads ------------------------------------------------------------------------------------


def test_an_upload_of_texts_without_end_is_refused(home, tmp_path: Path) -> None:
    inbox = upload.Inbox(tmp_path, b"b", home)
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\nx\r\n'
    body = "".join(part.format(n) for n in range(1000)).encode()
    with pytest.raises(TooLarge, match="texts came with the files"):
        inbox.feed(body)
    assert len(inbox.fields) <= 200


def test_a_name_of_a_file_hides_nothing_and_fits_a_disk() -> None:
    assert "\u202e" not in str(upload.safe_path("photo\u202egpj.exe"))
    name = upload.safe_path("\uac00" * 300 + ".tif").name
    assert len(name.encode()) <= 200
    assert name.endswith(".tif")


# -- people -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other", ["kim\u200b", "K\u2060im", "\uff2bim", " kim\u00a0", "KIM"], ids=ascii
)
def test_a_name_with_something_that_nobody_sees_is_the_same_name(desk: Desk, other: str) -> None:
    boss = desk.sign_in_keeper()[1]
    desk.invite(boss, "Kim", Role.ANALYST)
    with pytest.raises(BadInput, match="already"):
        desk.invite(boss, other, Role.KEEPER)
    assert desk_people.folded("Zoe\u0308") == desk_people.folded("Zo\u00eb")


@pytest.mark.parametrize("other", ["K\u0456m", "\u041a\u0456m", "Klm", "K1m"], ids=ascii)
def test_a_name_that_looks_like_another_is_refused(desk: Desk, other: str) -> None:
    boss = desk.sign_in_keeper()[1]
    desk.invite(boss, "KIm" if other[1] in "l1" else "Kim", Role.KEEPER)
    with pytest.raises(BadInput, match="looks like"):
        desk.invite(boss, other, Role.ANALYST)
    desk.invite(boss, "\uae40\ubbfc\uc900", Role.ANALYST)
    desk.invite(boss, "\u041e\u043a\u0441\u0430\u043d\u0430", Role.ANALYST)


def test_a_key_of_the_future_lets_nobody_in(desk: Desk) -> None:
    boss = desk.sign_in_keeper()[1]
    link = desk.invite(boss, "ann", Role.ANALYST).link
    key, _ = desk.join(link.partition("#")[2])
    assert desk.person_of(key) is not None
    began = desk.sessions.now()
    desk.sessions.now = lambda: began - timedelta(days=400)
    assert desk.person_of(key) is None


def test_when_sources_came_is_told_to_nobody_even_if_nothing_came_of_it() -> None:
    def run(step: str, **kinds: int) -> watching.PastRun:
        return watching.PastRun(step=step, at=sessions._utc_now(), kinds=kinds)

    hidden = [run("source add"), run("intake"), run("vault new"), run("cover", Source=1)]
    shown = [run("cover"), run("publish"), run("intake", Source=1, Claim=2)]
    assert not any(map(watching._is_for_all, hidden))
    assert all(map(watching._is_for_all, shown))
