"""The ledger only grows, its chain shows every change, and nothing acknowledged is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

import pg
from vallum.ground.canonical import canonical
from vallum.ground.errors import (
    ChainBroken,
    NetworkDrive,
    SchemaTooNew,
    StoreError,
    StoreLocked,
)
from vallum.ground.kinds import Answer, Change, Kind, Role
from vallum.ground.records import Analyst, Candidate, Estimate, Look, Scene, Verdict
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.store import Ledger, Store, open_store
from vallum.store.sqlite import _refuse_network_drive
from vallum.store.tables import chained


def scene(name: str = "a.tif", **more: object) -> Scene:
    values = {
        "sha256": name * 4,
        "name": name,
        "taken": When.on(date(2019, 3, 1)),
        "taken_from": "given",
        "gsd_m": 0.5,
        "footprint": box(0, 0, 1, 1),
    }
    return Scene(**(values | more))


def candidate(start_m: int = 0, **more: object) -> Candidate:
    values = {
        "span": Span(start_m, start_m + 10),
        "off_m": -3.5,
        "category": Kind.FENCE,
        "change": Change.NEW,
        "score": 2.0,
        "before": "scene-a",
        "after": "scene-b",
        "shape": LineString([(1, 2), (1.1, 2 + start_m / 1000)]),
    }
    return Candidate(**(values | more))


@dataclass(frozen=True)
class Place:
    """Where a project's rows are, for a test: open it as often as you like, or go in behind it."""

    path: Path
    address: str = ""
    server: pg.Server | None = None

    def open(self, *, make: bool = False) -> Ledger:
        return open_store(self.path, self.address, make=make)

    def raw(self, *statements: str) -> list[tuple[object, ...]]:
        """Do something that vallum would not."""
        if self.server is None:
            with closing(sqlite3.connect(self.path, isolation_level=None)) as raw:
                return [raw.execute(statement).fetchall() for statement in statements][-1]
        told = ";".join([f"SET search_path TO {SCHEMA}, public", *statements])
        return self.server.ask(told, database=pg.database_of(self.address))

    def unguarded(self) -> str:
        """Return the statement after which the ledger may be changed."""
        if self.server is None:
            return "DROP TRIGGER ledger_no_update"
        return "ALTER TABLE ledger DISABLE TRIGGER ledger_no_update"


SCHEMA = "tests"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The same tests for both databases."""
    path = tmp_path / "project.db"
    if request.param == "sqlite":
        return Place(path)
    server = request.getfixturevalue("postgres")
    address = request.getfixturevalue("one_database")
    server.ask(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE", database=pg.database_of(address))
    return Place(path, f"{address}?schema={SCHEMA}", server)


@pytest.fixture(scope="module")
def one_database(postgres: pg.Server) -> str:
    return postgres.new_database()


@pytest.fixture
def store(place: Place):
    with place.open(make=True) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path):
    """A store in a file, for what only files have."""
    with Store(tmp_path / "project.db") as opened:
        yield opened


def test_a_row_comes_back_as_it_went_in(store: Ledger) -> None:
    row = scene(sun_azimuth_deg=140.5)
    store.add([row], actor="me")
    assert store.get(row.id).body() == row.body()
    assert store.latest(Scene)[0].taken == row.taken


def test_an_equal_row_is_not_added_again(store: Ledger) -> None:
    assert len(store.add([candidate()], actor="me")) == 1
    assert store.add([candidate(run="another")], actor="me") == []
    assert store.head()[0] == 1


def test_the_newest_row_wins_and_history_keeps_all(store: Ledger) -> None:
    store.add([scene(licence="")], actor="me")
    store.add([scene(licence="CC BY 4.0")], actor="her")
    assert [row.licence for row in store.latest(Scene)] == ["CC BY 4.0"]
    history = store.history(scene().id)
    assert [entry.actor for entry in history] == ["me", "her"]
    assert [entry.row().licence for entry in history] == ["", "CC BY 4.0"]


def test_going_back_to_an_older_value_is_a_new_row(store: Ledger) -> None:
    for licence in ("a", "b", "a"):
        store.add([scene(licence=licence)], actor="me")
    assert store.head()[0] == 3
    assert store.latest(Scene)[0].licence == "a"


def test_an_unknown_id_says_so(store: Ledger) -> None:
    with pytest.raises(StoreError, match="scene-nothing"):
        store.get("scene-nothing")


def test_a_frame_has_the_fields_of_the_row_and_a_crs(store: Ledger) -> None:
    store.add([candidate(0), candidate(50)], actor="me")
    frame = store.frame(Candidate)
    assert list(frame["start_m"]) == [0, 50]
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.name == "shape"
    assert set(frame.columns) >= {"id", "category", "change", "score", "end_m"}


def test_a_frame_shows_no_private_field(store: Ledger) -> None:
    store.add([Analyst(name="Ann", role=Role.ANALYST, key_sha256="secret")], actor="me")
    frame = store.frame(Analyst)
    assert list(frame["name"]) == ["Ann"]
    assert not {"key_sha256", "invite_sha256"} & set(frame.columns)


def test_entries_after_a_number_are_those_that_came_later(store: Ledger) -> None:
    store.add([candidate(0), candidate(50)], actor="me")
    assert [entry.seq for entry in store.entries(after=1)] == [2]
    assert store.entries(after=2) == []


def test_a_part_of_the_ledger_is_what_it_held_then(store: Ledger) -> None:
    store.add([scene(licence="a"), candidate(0)], actor="me")
    store.add([scene(licence="b"), candidate(50)], actor="her")
    then = store.head()[0]
    store.add([scene(licence="c"), candidate(90)], actor="me")
    every = store.written("Scene", "Candidate", until=then)
    assert [(seq, row.kind()) for seq, row in every] == [
        (1, "Scene"), (2, "Candidate"), (3, "Scene"), (4, "Candidate"),
    ]  # fmt: skip
    newest = list(store.written("Scene", until=then, is_newest=True))
    assert [(seq, row.licence) for seq, row in newest] == [(3, "b")]
    assert newest[0][1].id == scene().id
    assert [entry.seq for entry in store.entries(until=then, kinds={"Candidate"})] == [2, 4]
    assert [entry.seq for entry in store.entries(after=2, until=then)] == [3, 4]


def test_the_newest_row_is_known_of_each_kind_and_person(store: Ledger) -> None:
    store.add([scene(licence="a"), candidate(0), candidate(50)], actor="me")
    store.add([candidate(90)], actor="her")
    told = store.newest_by()
    assert [one[:3] for one in told] == [
        ("Scene", "me", 1), ("Candidate", "me", 3), ("Candidate", "her", 4),
    ]  # fmt: skip
    assert [at for *_, at in told] == [store.entries()[seq - 1].at for _, _, seq, _ in told]


def test_newest_rows_are_counted_by_what_a_field_says(store: Ledger) -> None:
    store.add([candidate(0), candidate(50), candidate(90, origin="analyst")], actor="me")
    store.add([candidate(50, origin="analyst")], actor="me")
    assert store.tally(Candidate, "origin") == {"machine": 1, "analyst": 2}


def test_a_frame_of_nothing_has_its_columns(store: Ledger) -> None:
    assert "value" in store.frame(Estimate).columns
    assert len(store.frame(Candidate)) == 0


def test_tables_can_be_rebuilt_from_the_ledger(store: Ledger, place: Place) -> None:
    store.add([scene(), candidate(), scene(licence="later")], actor="me")
    before = [row.body() for row in store.latest(Scene)]
    place.raw("DELETE FROM scene")
    with pytest.raises(ChainBroken, match="in no table"):
        store.verify()
    store.rebuild()
    assert store.verify() == 3
    assert [row.body() for row in store.latest(Scene)] == before


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_ledger_refuses_to_change(store: Ledger, place: Place, verb: str) -> None:
    store.add([scene()], actor="me")
    statement = {"update": "UPDATE ledger SET actor='x'", "delete": "DELETE FROM ledger"}[verb]
    with pytest.raises(Exception, match="only grows"):
        place.raw(statement)
    assert store.verify() == 1


@pytest.mark.parametrize("column", ["at", "actor", "kind", "id", "body", "prev_sha256", "sha256"])
def test_verify_names_the_row_that_was_tampered_with(
    store: Ledger, place: Place, column: str
) -> None:
    store.add([candidate(at) for at in range(0, 200, 10)], actor="me")
    assert store.verify() == 20
    place.raw(place.unguarded(), f"UPDATE ledger SET {column} = '{'ab' * 32}' WHERE seq = 7")
    with pytest.raises(ChainBroken, match="ledger row 7 "):
        store.verify()


@pytest.mark.parametrize(
    "body", ["{", "7", "[]", "{}", '{"span": [9, 1]}', '{"span": 3}', "[" * 9_000]
)
def test_a_row_that_holds_what_we_never_write_is_named(
    store: Ledger, place: Place, body: str
) -> None:
    store.add([candidate()], actor="me")
    place.raw(place.unguarded(), f"UPDATE ledger SET body = '{body}'")
    for ask in (lambda: store.latest(Candidate), lambda: store.get(candidate().id)):
        with pytest.raises(ChainBroken, match="ledger row 1 .* restore a backup"):
            ask()
    with pytest.raises(ChainBroken, match="ledger row 1 "):
        store.add([candidate(score=9.0)], actor="me")


def test_a_row_that_is_no_text_is_not_told_with_its_words(file: Store, tmp_path: Path) -> None:
    file.add([candidate()], actor="me")
    with closing(sqlite3.connect(file.path, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER ledger_no_update")
        raw.execute("UPDATE ledger SET body = CAST(x'7365637265742c206c6f636b6564ff' AS TEXT)")
    for ask in (lambda: file.latest(Candidate), file.verify):
        with pytest.raises(ChainBroken, match=r"^project\.db: .*not UTF-8") as caught:
            ask()
        assert "secret" not in str(caught.value)


def test_verify_sees_a_row_that_was_cut_out(store: Ledger, place: Place) -> None:
    store.add([candidate(at) for at in range(0, 100, 10)], actor="me")
    place.raw(
        place.unguarded().replace("update", "delete"),
        "DELETE FROM ledger WHERE seq = 4",
    )
    with pytest.raises(ChainBroken, match="row 4 is missing"):
        store.verify()


def test_verify_sees_a_table_that_was_changed(store: Ledger, place: Place) -> None:
    store.add([candidate()], actor="me")
    place.raw("UPDATE candidate SET score = 99")
    with pytest.raises(ChainBroken, match="differs from ledger row 1"):
        store.verify()


def test_verify_sees_that_nothing_guards_the_ledger_and_rebuild_guards_it(
    store: Ledger, place: Place
) -> None:
    store.add([candidate()], actor="me")
    place.raw(place.unguarded())
    with pytest.raises(ChainBroken, match="no trigger ledger_no_update"):
        store.verify()
    store.rebuild()
    assert store.verify() == 1
    with pytest.raises(Exception, match="only grows"):
        place.raw("UPDATE ledger SET actor='x'")


def test_verify_while_others_write_gives_no_false_alarm(store: Ledger, place: Place) -> None:
    begun, stop = threading.Event(), threading.Event()

    def write() -> None:
        with place.open() as mine:
            for at in range(4000):
                if stop.is_set():
                    return
                mine.add([candidate(at * 20)], actor="me")
                begun.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(60)
    counted = [store.verify()]
    try:
        while thread.is_alive() and (len(counted) < 12 or counted[-1] == counted[0]):
            counted.append(store.verify())
    finally:
        stop.set()
        thread.join()
    assert counted == sorted(counted)
    assert counted[-1] > counted[0] > 0


def test_two_writers_take_turns_and_lose_nothing(place: Place) -> None:
    place.open(make=True).close()

    def write(offset: int) -> None:
        with place.open() as mine:
            for at in range(20):
                mine.add([candidate(offset + at * 20)], actor=f"writer {offset}")

    threads = [threading.Thread(target=write, args=(n * 10_000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with place.open() as store:
        assert store.verify() == 80


def test_a_ledger_is_taken_over_row_by_row_with_its_head(
    store: Ledger, place: Place, tmp_path: Path
) -> None:
    with Store(tmp_path / "first.db") as first:
        first.add([scene(), candidate(), scene(licence="later")], actor="me")
        first.add([Analyst(name='A "quoted", ü\\ \n name', role=Role.ANALYST)], actor="ü\t")
        told = first.entries()
    store.take_over(told)
    assert store.entries() == told
    assert store.verify() == 4
    with pytest.raises(StoreError, match="holds rows already"):
        store.take_over(told)


def test_a_ledger_that_does_not_hold_is_not_taken_over(store: Ledger, tmp_path: Path) -> None:
    store.add([scene(), candidate()], actor="me")
    told = store.entries()
    bad = [told[0], replace(told[1], seq=3)]
    with Store(tmp_path / "new.db") as new, pytest.raises(ChainBroken, match="row 2 is missing"):
        new.take_over(bad)
    with Store(tmp_path / "new.db") as new:
        assert new.head()[0] == 0


def test_a_copy_holds_every_row_and_only_its_owner_may_read_it(
    store: Ledger, tmp_path: Path
) -> None:
    store.add([scene(), candidate(), scene(licence="later")], actor="me")
    copy = tmp_path / "copy.db"
    assert store.backup_to(copy) == store.head()
    assert copy.stat().st_mode & 0o777 == 0o600
    with Store(copy) as opened:
        assert opened.entries() == store.entries()
        assert opened.verify() == 3
    assert {entry.name for entry in tmp_path.iterdir()} <= {
        "copy.db", "project.db", "project.db-wal", "project.db-shm"
    }  # fmt: skip
    with pytest.raises(StoreError, match=r"copy\.db exists"):
        store.backup_to(copy)


def test_many_rows_at_once_are_the_same_as_one_by_one(store: Ledger, tmp_path: Path) -> None:
    rows = [scene(), candidate(0), scene(licence="b"), candidate(0), scene(licence="b")]
    assert [row.id for row in store.add(rows, actor="me")] == [row.id for row in rows[:3]]
    with Store(tmp_path / "slow.db") as slow:
        for row in rows:
            slow.add([row], actor="me")
        assert [entry.body for entry in slow.entries()] == [e.body for e in store.entries()]
    assert store.verify() == 3
    assert store.add([], actor="me") == []


def test_a_lock_that_is_held_is_told_in_words(file: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vallum.store.sqlite._BUSY_MS", 50)
    raw = sqlite3.connect(file.path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    try:
        with Store(file.path) as second, pytest.raises(StoreLocked, match="another vallum"):
            second.add([scene()], actor="me")
    finally:
        raw.close()


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_store import candidate
        from vallum.store import Ledger, Store, open_store
        store = Store(Path({str(path)!r}))
        at = 0
        while True:
            at += 20
            store.add([candidate(at)], actor="me")
            print(at, flush=True)
    """)
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(7)]
        os.kill(child.pid, signal.SIGKILL)
        said += child.stdout.readlines()
        child.wait()
        child.stdout.close()
        acknowledged = {int(line) for line in said if line.endswith("\n") and line.strip()}
        with Store(path) as store:
            store.verify()
            kept = {row.span.start_m for row in store.latest(Candidate)}
        assert len(acknowledged) >= 7
        assert acknowledged <= kept


def test_reading_changes_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    with Store(path) as store:
        store.add([scene(), candidate()], actor="me")
    before = path.read_bytes()
    with Store(path) as store:
        store.latest(Scene)
        store.frame(Candidate)
        store.verify()
        store.add([scene()], actor="someone else")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["project.db"]


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    Store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(SchemaTooNew, match="99"):
        Store(path)


def test_a_project_from_before_a_field_gets_its_column_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    said = Verdict(about="candidate-a", analyst="me", answer=Answer.YES)
    number = Estimate(name="posts_new", value=1.0, unit="posts", method="m", wording="at least")
    with Store(path) as store:
        store.add([said, number], actor="me")
    with sqlite3.connect(path) as raw:
        raw.execute("ALTER TABLE verdict DROP COLUMN change")
        raw.execute("ALTER TABLE estimate DROP COLUMN open_m")
        raw.execute("PRAGMA user_version = 1")
    raw.close()
    with Store(path) as store:
        assert store.verify() == 2
        assert store.latest(Verdict)[0].change is None
        store.add([replace(said, change=Change.UPGRADED), replace(number, open_m=920)], actor="me")
        assert store.latest(Verdict)[0].change is Change.UPGRADED
        assert store.latest(Estimate)[0].open_m == 920
        assert store.verify() == 4


def _old(path: Path, version: int = 1) -> None:
    """Make a project that an older vallum left."""
    with Store(path) as store:
        store.add([scene(), candidate()], actor="me")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("ALTER TABLE candidate DROP COLUMN flags")
        raw.execute(f"PRAGMA user_version = {version}")
        raw.commit()


def test_an_older_project_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    _old(path, 9)
    Store(path).close()
    kept = tmp_path / "backups" / "project-schema-9.db"
    assert [entry.name for entry in kept.parent.iterdir()] == [kept.name]
    assert kept.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(kept)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (9,)
        assert "flags" not in {row[1] for row in raw.execute("PRAGMA table_info(candidate)")}
        assert raw.execute("SELECT count(*) FROM ledger").fetchone() == (2,)


def test_a_copy_of_another_day_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    for _ in range(2):
        _old(path, 9)
        Store(path).close()
    assert {entry.name for entry in (tmp_path / "backups").iterdir()} == {
        "project-schema-9.db", "project-schema-9-2.db"
    }  # fmt: skip


def test_what_fails_while_a_schema_changes_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "project.db"
    _old(path, 9)

    def broken(*_: object) -> None:
        raise StoreError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_append", broken)
        patch.setattr(Store, "_fill", broken)
        with pytest.raises(StoreError, match="the power went"):
            Store(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (9,)
        assert raw.execute("SELECT count(*) FROM candidate").fetchone() == (1,)
    with Store(path) as store:
        assert store.verify() == 2


@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("trigger", "CREATE TRIGGER spy AFTER INSERT ON ledger BEGIN DELETE FROM scene; END"),
        ("view", "CREATE VIEW spy AS SELECT load_extension('/tmp/x')"),
        ("table", "CREATE VIRTUAL TABLE spy USING fts5(a)"),
        ("table", "CREATE TABLE spy (a TEXT DEFAULT (load_extension('x')))"),
        ("table", "CREATE TABLE spy (a TEXT, b TEXT GENERATED ALWAYS AS (upper(a)))"),
        ("table", "CREATE TABLE spy (a TEXT CHECK (abs(a) > 0))"),
        ("index", "CREATE INDEX spy ON scene (upper(name))"),
        ("index", "CREATE INDEX spy ON scene (name) WHERE upper(name) = 'A'"),
    ],
    ids=["trigger", "view", "virtual", "default", "generated", "check", "expression", "partial"],
)
def test_a_database_of_a_stranger_that_could_act_is_refused_by_name(
    tmp_path: Path, what: str, statement: str
) -> None:
    path = tmp_path / "project.db"
    with Store(path) as store:
        store.add([scene()], actor="me")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(statement)
        raw.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=f"holds a {what} 'spy"):
        Store(path)
    assert path.read_bytes() == before


def test_a_trigger_of_ours_with_another_body_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    Store(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DROP TRIGGER ledger_no_update")
        raw.execute("CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT 1; END")
        raw.commit()
    with pytest.raises(StoreError, match="ledger_no_update"):
        Store(path)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE moz_cookies (name TEXT)")
        raw.commit()
    with pytest.raises(StoreError, match="no database of vallum"):
        Store(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("moz_cookies",)]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    path.write_bytes(b"this is no database, only text" * 100)
    with pytest.raises(StoreError, match=r"project\.db"):
        Store(path)


def test_a_network_drive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\n//server/share {tmp_path} cifs rw 0 0\n")
    monkeypatch.setattr("vallum.store.sqlite._MOUNTS", mounts)
    with pytest.raises(NetworkDrive, match="cifs"):
        _refuse_network_drive(tmp_path / "project.db")
    with pytest.raises(NetworkDrive):
        Store(tmp_path / "project.db")
    Store(tmp_path / "project.db", force=True).close()
    mounts.write_text("/dev/sda1 / ext4 rw 0 0\n")
    _refuse_network_drive(tmp_path / "project.db")


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    from vallum.ground.errors import DiskFull

    with Store(tmp_path / "project.db") as store:
        store.add([candidate(at) for at in range(0, 100, 10)], actor="me")
        head = store.head()
        with store._engine.connect() as connection:  # a page limit stands in for the disk
            connection.exec_driver_sql("PRAGMA max_page_count = 30")
            connection.commit()
        with pytest.raises(DiskFull, match="nothing half-written"):
            store.add([candidate(at) for at in range(1000, 90_000, 10)], actor="me")
        assert store.head() == head
        assert store.verify() == 10


def test_spans_and_points_survive_the_database(store: Ledger) -> None:
    look = Look(
        scene="scene-a",
        span=Span(0, 2000),
        seen=Spans.of((0, 10), (50, 70)),
        valid=Spans.of((0, 90)),
        clear_share=0.5,
    )
    post = candidate(shape=Point(1, 2), category=Kind.GUARD_POST)
    store.add([look, post], actor="me")
    assert store.latest(Look)[0].seen == look.seen
    assert store.latest(Candidate)[0].shape.equals(post.shape)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.integers(0, 2**53 - 1)))
def test_the_chain_is_over_canonical_json(content: list[str | int]) -> None:
    import hashlib

    import rfc8785

    expected = hashlib.sha256(bytes(32) + rfc8785.dumps(content)).hexdigest()
    assert chained("0" * 64, *content) == expected


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=6) | st.integers(-(2**53) + 1, 2**53 - 1)
            | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=6,
        ),
        max_size=4,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
@example([1.0, 1e-7, 1e16, -0.0, 1e21, 0.1, "é", "\x7f", {"b": 1, "a": 2}])
def test_a_value_in_a_table_is_canonical_json_however_it_is_made(value: list[object]) -> None:
    assert canonical(value) == rfc8785.dumps(value)
