"""A desk's PostgreSQL: lost connections, rights, shapes for QGIS, older schemas, plain words."""

import hashlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

import pytest

import pg
from test_store import candidate, scene
from vallum.ground.errors import MissingExtra, SchemaTooNew, StoreError, StoreLocked
from vallum.ground.kinds import Role
from vallum.ground.records import ROWS, SCHEMA_VERSION, Analyst, Candidate, Level, field_notes
from vallum.store import Ledger, open_store

NOWHERE = Path("nowhere.db")


@pytest.fixture(scope="module")
def database(postgres: pg.Server) -> str:
    return postgres.new_database()


@pytest.fixture
def schema(request: pytest.FixtureRequest) -> str:
    return "t_" + hashlib.sha256(request.node.name.encode()).hexdigest()[:12]


@pytest.fixture
def address(database: str, schema: str) -> str:
    return f"{database}?schema={schema}"


@pytest.fixture
def store(address: str) -> Iterator[Ledger]:
    with open_store(NOWHERE, address, make=True) as opened:
        yield opened


@pytest.fixture
def ask(postgres: pg.Server, database: str, schema: str):
    def ask(statement: str, *, user: str = pg.USER) -> list[tuple[object, ...]]:
        told = f"SET search_path TO {schema}, public; {statement}"
        return postgres.ask(told, database=pg.database_of(database), user=user)

    return ask


# -- connections ------------------------------------------------------------------------------


@contextmanager
def _between(port: int, cut_at: bytes = b"") -> Iterator[tuple[int, list[str]]]:
    """Relay to a server; with `cut_at`, lose the answer to the first message that holds it."""
    listening = socket.create_server(("127.0.0.1", 0))
    open_now: list[socket.socket] = [listening]
    cut: list[str] = []

    def relay(here: socket.socket, there: socket.socket) -> None:
        def back() -> None:
            while content := _received(there):
                if cut and cut[0] == "armed":
                    cut[0] = "lost"
                    for one in (here, there):
                        one.shutdown(socket.SHUT_RDWR)
                    return
                _send(here, content)

        threading.Thread(target=back, daemon=True).start()
        while content := _received(here):
            if cut_at and cut_at in content and not cut:
                cut.append("armed")
            _send(there, content)

    def accept() -> None:
        while True:
            try:
                here, _ = listening.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", port))
            open_now.extend([here, there])
            threading.Thread(target=relay, args=(here, there), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1], cut
    finally:
        for one in open_now:
            one.close()


def _send(one: socket.socket, content: bytes) -> None:
    with suppress(OSError):
        one.sendall(content)


def _received(one: socket.socket) -> bytes:
    try:
        return one.recv(65536)
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("lost", "n_rows"), [(b"commit\0", 2), (b"json_populate", 2), (b"COPY", 300)],
    ids=["commit", "few-rows", "many-rows"],
)  # fmt: skip
def test_what_was_written_when_the_connection_broke_is_written_once(
    postgres: pg.Server, database: str, schema: str, lost: bytes, n_rows: int
) -> None:
    with _between(postgres.port, lost) as (port, cut):
        there = postgres.href(pg.database_of(database), port=port) + f"?schema={schema}"
        open_store(NOWHERE, f"{database}?schema={schema}", make=True).close()
        with open_store(NOWHERE, there) as store:
            added = store.add([candidate(20 * n) for n in range(n_rows)], actor="me")
            assert cut == ["lost"]
            assert len(added) == n_rows
            assert store.verify() == n_rows


def test_connections_that_the_server_ended_are_made_again(store: Ledger, ask) -> None:
    store.add([candidate(0)], actor="me")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vallum'"
    assert ask(end)
    assert len(store.add([candidate(20)], actor="me")) == 1
    assert ask(end)
    threading.Event().wait(1.1)  # what lay idle is tried before it is used
    assert store.head()[0] == 2


def test_a_server_that_is_gone_is_told_in_words_without_a_password(
    postgres: pg.Server, database: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(StoreError, match="does not answer") as told:
        open_store(NOWHERE, postgres.href("desk", port=port))
    assert pg.PASSWORD not in str(told.value).replace(pg.USER, "", 1)
    assert "nothing is written twice" in str(told.value)


def test_a_wrong_password_a_wrong_database_and_no_driver_are_told_in_words(
    postgres: pg.Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError, match="createdb"):
        open_store(NOWHERE, postgres.href("not_there"))
    with monkeypatch.context() as patch:
        patch.setenv("PGPASSWORD", "wr0ng")
        with pytest.raises(StoreError, match=r"pgpass or PGPASSWORD") as told:
            open_store(NOWHERE, database)
        assert "wr0ng" not in str(told.value)
    monkeypatch.setitem(__import__("sys").modules, "pg8000.dbapi", None)
    with pytest.raises(MissingExtra, match=r'pip install "vallum\[postgres\]"'):
        open_store(NOWHERE, database)


def test_a_server_without_tls_is_refused_when_tls_is_asked_for(database: str) -> None:
    with pytest.raises(StoreError, match="does not answer"):
        open_store(NOWHERE, f"{database}?sslmode=verify-full")


@pytest.mark.parametrize(
    ("how", "given", "words"),
    [(3, "geheim", "in the clear"), (3, "", "in the clear"), (5, "", "none is kept for it"),
     (10, "", "none is kept for it")],
    ids=["clear", "clear-none", "md5-none", "scram-none"],
)  # fmt: skip
def test_no_password_goes_out_in_the_clear_whatever_a_server_asks(
    monkeypatch: pytest.MonkeyPatch, how: int, given: str, words: str
) -> None:
    said: list[bytes] = []

    def ask(server: socket.socket) -> None:
        here, _ = server.accept()
        with here:
            here.settimeout(5)
            _received(here)
            asked = how.to_bytes(4, "big") + {5: b"salt", 10: b"SCRAM-SHA-256\0\0"}.get(how, b"")
            here.sendall(b"R" + (len(asked) + 4).to_bytes(4, "big") + asked)
            said.append(_received(here))

    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    monkeypatch.setenv("PGPASSWORD", given)
    with socket.create_server(("127.0.0.1", 0)) as server:
        asking = threading.Thread(target=ask, args=(server,))
        asking.start()
        with pytest.raises(StoreError, match=words) as told:
            open_store(NOWHERE, f"postgresql://eve@127.0.0.1:{server.getsockname()[1]}/x")
        asking.join()
    assert said == [b"X\0\0\0\x04"]  # it said goodbye, and nothing else
    assert "geheim" not in str(told.value)


def test_a_writer_that_holds_its_turn_too_long_is_told(
    store: Ledger, ask, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("vallum.store.postgres._SETTINGS", "SET lock_timeout = 50")
    refused = pytest.raises(StoreLocked, match="written by another vallum")
    with open_store(NOWHERE, address) as second, store._engine.begin(), refused:
        second.add([candidate()], actor="me")
    assert store.add([candidate()], actor="me")


def test_writes_are_confirmed_by_the_disk_whatever_the_server_says(store: Ledger, ask) -> None:
    assert ask("SHOW synchronous_commit") == [("off",)]  # the server of the tests is careless
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


# -- schema -----------------------------------------------------------------------------------


def test_an_older_schema_is_rebuilt_and_rights_that_were_given_stay(
    store: Ledger, ask, address: str, schema: str
) -> None:
    store.add([scene(), candidate()], actor="me")
    store.close()
    ask(f"CREATE ROLE r_{schema}; GRANT SELECT ON public_candidate, scene TO r_{schema}")
    ask("ALTER TABLE candidate DROP COLUMN flags CASCADE")
    ask("UPDATE about SET value = '9' WHERE name = 'version'")
    with open_store(NOWHERE, address) as again:
        assert again.verify() == 2
    assert ask("SELECT value FROM about") == [(str(SCHEMA_VERSION),)]
    given = ask(
        f"SELECT has_table_privilege('r_{schema}', 'scene', 'SELECT'), "
        f"has_table_privilege('r_{schema}', 'public_scene', 'SELECT')"
    )
    assert given == [(True, False)]


def test_a_newer_schema_is_left_alone(store: Ledger, ask, address: str) -> None:
    ask("UPDATE about SET value = '99' WHERE name = 'version'")
    with pytest.raises(SchemaTooNew, match="99"):
        open_store(NOWHERE, address)


def test_columns_say_what_they_mean(store: Ledger, ask) -> None:
    said = ask(
        "SELECT col_description('candidate'::regclass, attnum) FROM pg_attribute "
        "WHERE attrelid = 'candidate'::regclass AND attname = 'off_m'"
    )
    assert said == [("middle distance from the frontier, left negative [m]; public",)]


def test_shapes_are_geometries_with_an_index_where_postgis_is(
    store: Ledger, ask, postgres: pg.Server
) -> None:
    if not postgres.has_postgis:
        pytest.skip("PostGIS is not installed; run tools/setup-tests.sh")
    store.add([candidate()], actor="me")
    assert ask("SELECT ST_SRID(shape), GeometryType(shape) FROM candidate") == [
        (4326, "LINESTRING")
    ]
    kinds = ask("SELECT indexdef FROM pg_indexes WHERE tablename = 'candidate'")
    assert any("USING gist" in str(row[0]) for row in kinds)
    assert "as geometries" in store.say_where()


def test_without_postgis_shapes_are_text_and_it_is_said(
    address: str, monkeypatch: pytest.MonkeyPatch, ask
) -> None:
    monkeypatch.setattr("vallum.store.views.postgis_schema", lambda _: "")
    with open_store(NOWHERE, address, make=True) as store:
        store.add([candidate()], actor="me")
        assert store.verify() == 1
        assert "as text, for want of PostGIS" in store.say_where()
    monkeypatch.undo()
    with open_store(NOWHERE, address) as store:
        assert store.verify() == 1
        assert store.latest(Candidate)[0].shape.equals(candidate().shape)


# -- who may do what --------------------------------------------------------------------------


def test_the_owner_cannot_change_the_ledger_either(store: Ledger, ask, schema: str) -> None:
    store.add([candidate()], actor="me")
    rights = ask(
        f"SELECT array_to_string(relacl, ',') FROM pg_class WHERE oid = '{schema}.ledger'::regclass"
    )
    owner = next(one for one in str(rights[0][0]).split(",") if one.startswith(f"{pg.USER}="))
    assert not set("wdD") & set(owner.split("=")[1].split("/")[0])
    with pytest.raises(Exception, match="only grows"):
        ask("TRUNCATE ledger")


def test_views_hold_only_what_may_be_published(store: Ledger, ask, schema: str) -> None:
    store.add([Analyst(name="Ann", role=Role.ANALYST, key_sha256="secret")], actor="me")
    found = ask(
        "SELECT table_name, column_name FROM information_schema.columns "
        f"WHERE table_schema = '{schema}' AND table_name LIKE 'public\\_%'"
    )
    seen: dict[str, set[str]] = {}
    for view, column in found:
        seen.setdefault(str(view).removeprefix("public_"), set()).add(str(column))
    assert len(seen) == len(ROWS)
    for kind, cls in ROWS.items():
        hidden = {f.name for f in fields(cls) if field_notes(f)[0] is not Level.PUBLIC}
        assert not hidden & seen[kind.lower()], kind


@pytest.fixture
def role(ask, schema: str) -> Iterator[str]:
    name = f"r_{schema}"
    ask(f"CREATE ROLE {name} LOGIN PASSWORD '{pg.PASSWORD}'")
    ask(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
    yield name
    ask(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_role_that_only_reads_views_sees_nothing_else(store: Ledger, ask, role: str) -> None:
    store.add([candidate()], actor="me")
    ask(f"GRANT SELECT ON public_candidate TO {role}")
    assert ask("SELECT count(*) FROM public_candidate", user=role) == [(1,)]
    for table in ("ledger", "analyst", "candidate"):
        with pytest.raises(Exception, match="permission denied"):
            ask(f"SELECT count(*) FROM {table}", user=role)


def test_a_role_of_the_desk_writes_rows_and_can_do_nothing_else_to_the_ledger(
    store: Ledger, ask, role: str, postgres: pg.Server, database: str, schema: str
) -> None:
    ask(
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};"
        f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};"
        f"REVOKE UPDATE, DELETE ON {schema}.ledger, {schema}.about FROM {role};"
        f"REVOKE INSERT ON {schema}.about FROM {role}"
    )
    there = postgres.href(pg.database_of(database), user=role) + f"?schema={schema}"
    with open_store(NOWHERE, there) as desk:
        assert len(desk.add([candidate(), candidate(50)], actor="me")) == 2
        assert desk.verify() == 2
        with pytest.raises(StoreError, match="has not the right"):
            desk.rebuild()
    for statement in ("UPDATE ledger SET actor = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"):
        with pytest.raises(Exception, match="permission denied"):
            ask(statement, user=role)
    with pytest.raises(Exception, match="must be owner"):
        ask("ALTER TABLE ledger DISABLE TRIGGER ALL", user=role)


# -- QGIS -------------------------------------------------------------------------------------

_LOOK = """
import sys
from qgis.core import QgsApplication, QgsDataSourceUri, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
uri = QgsDataSourceUri()
uri.setConnection("127.0.0.1", sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4])
uri.setDataSource(sys.argv[5], "public_candidate", "shape", "", "seq")
layer = QgsVectorLayer(uri.uri(False), "candidates", "postgres")
print("valid", layer.isValid(), layer.featureCount(), layer.crs().authid())
print(sorted(field.name() for field in layer.fields()))
app.exitQgis()
"""


def test_qgis_opens_a_view_as_a_layer(
    store: Ledger, postgres: pg.Server, database: str, schema: str
) -> None:
    python = "/usr/bin/python3"
    if not Path(python).exists() or not postgres.has_postgis:
        pytest.skip("QGIS or PostGIS is not installed; run tools/setup-tests.sh")
    store.add([candidate(), candidate(50)], actor="me")
    done = subprocess.run(
        [python, "-c", _LOOK, str(postgres.port), pg.database_of(database), pg.USER, pg.PASSWORD,
         schema],
        capture_output=True, text=True, timeout=120, check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    if "No module named 'qgis'" in done.stderr:
        pytest.skip("QGIS is not installed (python3-qgis)")
    assert "valid True 2 EPSG:4326" in done.stdout, done.stdout + done.stderr[-2000:]
    assert "category" in done.stdout
    assert "analyst" not in done.stdout
