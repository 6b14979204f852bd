"""What a PostgreSQL holds beside the tables: guards of the ledger, PostGIS, views and rights."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import pg8000

from vallum.ground.records import ROWS
from vallum.store.tables import Tables, public_columns

Grants = list[tuple[str, str, str]]
"""Relation, role and right."""

_GUARDS = ("ledger_no_update", "ledger_no_delete", "ledger_no_truncate")


def guards(schema: str) -> list[str]:
    """Return the statements after which the ledger only grows.

    Triggers refuse every role, the owner too. The rights are taken away as well, so that a role
    that may switch triggers off for itself is refused all the same.
    """
    made = [
        f'CREATE OR REPLACE FUNCTION "{schema}".ledger_only_grows() RETURNS trigger '
        "LANGUAGE plpgsql SET search_path = pg_catalog AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger only grows'; END $$",
        f'REVOKE UPDATE, DELETE, TRUNCATE ON "{schema}".ledger FROM PUBLIC, CURRENT_USER',
    ]
    for name in _GUARDS:
        verb = name.removeprefix("ledger_no_").upper()
        made += [
            f'DROP TRIGGER IF EXISTS {name} ON "{schema}".ledger',
            f'CREATE TRIGGER {name} BEFORE {verb} ON "{schema}".ledger FOR EACH STATEMENT '
            f'EXECUTE FUNCTION "{schema}".ledger_only_grows()',
            f'ALTER TABLE "{schema}".ledger ENABLE ALWAYS TRIGGER {name}',
        ]
    return made


def missing_guards(connection: sa.Connection, schema: str) -> str:
    """Return the name of a trigger of the ledger that is gone or switched off; empty if none."""
    query = sa.text(
        "SELECT tgname FROM pg_catalog.pg_trigger WHERE tgrelid = to_regclass(:ledger) "
        "AND tgenabled = 'A' AND NOT tgisinternal"
    ).bindparams(ledger=f'"{schema}".ledger')
    there = set(connection.execute(query).scalars())
    return next((name for name in _GUARDS if name not in there), "")


def postgis_schema(connection: sa.Connection) -> str:
    """Return the schema in which PostGIS is, after an attempt to add it; empty without it."""
    found = _extension(connection)
    if found:
        return found
    try:
        # Most servers let only an administrator do it: then shapes stay text.
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public")
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
    return _extension(connection)


def _extension(connection: sa.Connection) -> str:
    query = (
        "SELECT n.nspname FROM pg_catalog.pg_extension e "
        "JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
    )
    return str(connection.exec_driver_sql(query).scalar() or "")


def geometry_in_use(connection: sa.Connection, schema: str) -> str:
    """Return the schema of the type in which shapes are kept; empty where they are text."""
    query = sa.text(
        "SELECT udt_schema FROM information_schema.columns WHERE table_schema = :schema "
        "AND udt_name = 'geometry' LIMIT 1"
    ).bindparams(schema=schema)
    return str(connection.execute(query).scalar() or "")


# -- tables and views ---------------------------------------------------------------------------


def remaking(schema: str, tables: Tables) -> list[str]:
    """Return the statements that make the typed tables anew, with their views and comments.

    A view `public_...` per kind holds the fields that may be published, for QGIS and other readers.
    """
    dialect = pg8000.dialect()  # type: ignore[no-untyped-call]
    made: list[str] = []
    for kind, table in tables.typed.items():
        name, view = f'"{schema}"."{table.name}"', f'"{schema}"."public_{table.name}"'
        columns = ", ".join(f'"{column}"' for column in public_columns(ROWS[kind]))
        told: list[sa.schema.ExecutableDDLElement] = [
            sa.schema.CreateTable(table),
            *(sa.schema.CreateIndex(index) for index in table.indexes),
            sa.schema.SetTableComment(table),
            *(sa.schema.SetColumnComment(column) for column in table.c if column.comment),
        ]
        made += [
            f"DROP VIEW IF EXISTS {view}",
            f"DROP TABLE IF EXISTS {name}",
            *(str(one.compile(dialect=dialect)).strip() for one in told),
            f"CREATE VIEW {view} AS SELECT {columns} FROM {name}",  # noqa: S608
        ]
    return made


# -- rights -------------------------------------------------------------------------------------


def grants(connection: sa.Connection, schema: str) -> Grants:
    """Return the rights that others were given on tables and views, to give them back."""
    query = sa.text(
        "SELECT c.relname, pg_catalog.quote_ident(r.rolname), a.privilege_type "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a "
        "JOIN pg_catalog.pg_roles r ON r.oid = a.grantee "
        "WHERE n.nspname = :schema AND c.relkind IN ('r', 'v') AND a.grantee <> c.relowner"
    ).bindparams(schema=schema)
    return [(str(one), str(two), str(three)) for one, two, three in connection.execute(query)]


def grant(connection: sa.Connection, schema: str, allowed: Grants) -> None:
    """Give rights back on the tables and views that are there again."""
    query = sa.text(
        "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
        "ON n.oid = c.relnamespace WHERE n.nspname = :schema"
    ).bindparams(schema=schema)
    there = set(connection.execute(query).scalars())
    for relation, role, right in allowed:
        if relation in there:
            connection.exec_driver_sql(f'GRANT {right} ON "{schema}"."{relation}" TO {role}')
