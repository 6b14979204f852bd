"""The ledger only grows, its chain shows every change, and nothing acknowledged is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from shapely import LineString, Point, box

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
from vallum.store import Store, _refuse_network_drive


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


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "project.db") as opened:
        yield opened


def test_a_row_comes_back_as_it_went_in(store: Store) -> None:
    row = scene(sun_azimuth_deg=140.5)
    store.add([row], actor="me")
    assert store.get(row.id).body() == row.body()
    assert store.latest(Scene)[0].taken == row.taken


def test_an_equal_row_is_not_added_again(store: Store) -> None:
    assert len(store.add([candidate()], actor="me")) == 1
    assert store.add([candidate(run="another")], actor="me") == []
    assert store.head()[0] == 1


def test_the_newest_row_wins_and_history_keeps_all(store: Store) -> None:
    store.add([scene(licence="")], actor="me")
    store.add([scene(licence="CC BY 4.0")], actor="her")
    assert [row.licence for row in store.latest(Scene)] == ["CC BY 4.0"]
    history = store.history(scene().id)
    assert [entry.actor for entry in history] == ["me", "her"]
    assert [entry.row().licence for entry in history] == ["", "CC BY 4.0"]


def test_going_back_to_an_older_value_is_a_new_row(store: Store) -> None:
    for licence in ("a", "b", "a"):
        store.add([scene(licence=licence)], actor="me")
    assert store.head()[0] == 3
    assert store.latest(Scene)[0].licence == "a"


def test_an_unknown_id_says_so(store: Store) -> None:
    with pytest.raises(StoreError, match="scene-nothing"):
        store.get("scene-nothing")


def test_a_frame_has_the_fields_of_the_row_and_a_crs(store: Store) -> None:
    store.add([candidate(0), candidate(50)], actor="me")
    frame = store.frame(Candidate)
    assert list(frame["start_m"]) == [0, 50]
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.name == "shape"
    assert set(frame.columns) >= {"id", "category", "change", "score", "end_m"}


def test_a_frame_shows_no_private_field(store: Store) -> None:
    store.add([Analyst(name="Ann", role=Role.ANALYST, key_sha256="secret")], actor="me")
    frame = store.frame(Analyst)
    assert list(frame["name"]) == ["Ann"]
    assert not {"key_sha256", "invite_sha256"} & set(frame.columns)


def test_entries_after_a_number_are_those_that_came_later(store: Store) -> None:
    store.add([candidate(0), candidate(50)], actor="me")
    assert [entry.seq for entry in store.entries(after=1)] == [2]
    assert store.entries(after=2) == []


def test_a_frame_of_nothing_has_its_columns(store: Store) -> None:
    assert "value" in store.frame(Estimate).columns
    assert len(store.frame(Candidate)) == 0


def test_tables_can_be_rebuilt_from_the_ledger(store: Store) -> None:
    store.add([scene(), candidate(), scene(licence="later")], actor="me")
    before = [row.body() for row in store.latest(Scene)]
    with sqlite3.connect(store.path) as raw:
        raw.execute("DELETE FROM scene")
    with pytest.raises(ChainBroken, match="in no table"):
        store.verify()
    store.rebuild()
    assert store.verify() == 3
    assert [row.body() for row in store.latest(Scene)] == before


def test_the_ledger_refuses_update_and_delete(store: Store) -> None:
    store.add([scene()], actor="me")
    with sqlite3.connect(store.path) as raw:
        for statement in ("UPDATE ledger SET actor='x'", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                raw.execute(statement)


@pytest.mark.parametrize("column", ["at", "actor", "kind", "id", "body", "prev_sha256", "sha256"])
def test_verify_names_the_row_that_was_tampered_with(store: Store, column: str) -> None:
    store.add([candidate(at) for at in range(0, 200, 10)], actor="me")
    assert store.verify() == 20
    with sqlite3.connect(store.path) as raw:
        raw.execute("DROP TRIGGER ledger_no_update")
        raw.execute(f"UPDATE ledger SET {column} = ? WHERE seq = 7", ["ab" * 32])
    with pytest.raises(ChainBroken, match="ledger row 7 "):
        store.verify()


def test_verify_sees_a_row_that_was_cut_out(store: Store) -> None:
    store.add([candidate(at) for at in range(0, 100, 10)], actor="me")
    with sqlite3.connect(store.path) as raw:
        raw.execute("DROP TRIGGER ledger_no_delete")
        raw.execute("DELETE FROM ledger WHERE seq = 4")
    with pytest.raises(ChainBroken, match="row 4 is missing"):
        store.verify()


def test_verify_sees_a_table_that_was_changed(store: Store) -> None:
    store.add([candidate()], actor="me")
    with sqlite3.connect(store.path) as raw:
        raw.execute("UPDATE candidate SET score = 99")
    with pytest.raises(ChainBroken, match="differs from ledger row 1"):
        store.verify()


def test_two_writers_take_turns_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    Store(path).close()

    def write(offset: int) -> None:
        with Store(path) as mine:
            for at in range(40):
                mine.add([candidate(offset + at * 20)], actor=f"writer {offset}")

    threads = [threading.Thread(target=write, args=(n * 10_000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Store(path) as store:
        assert store.verify() == 160


def test_a_lock_that_is_held_is_told_in_words(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vallum.store._BUSY_MS", 50)
    raw = sqlite3.connect(store.path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    try:
        with Store(store.path) as second, pytest.raises(StoreLocked, match="another vallum"):
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
        from vallum.store import Store
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


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    path.write_bytes(b"this is no database, only text" * 100)
    with pytest.raises(StoreError, match=r"project\.db"):
        Store(path)


def test_a_network_drive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\n//server/share {tmp_path} cifs rw 0 0\n")
    monkeypatch.setattr("vallum.store._MOUNTS", mounts)
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


def test_spans_and_points_survive_the_database(store: Store) -> None:
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
