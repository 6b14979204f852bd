"""Rows as PostgreSQL takes and gives them: shapes as geometries of PostGIS, many rows at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import rfc8785
import sqlalchemy as sa

from vallum.store.tables import Tables, tables_of


class Shape(sa.types.UserDefinedType[str]):
    """A geometry of PostGIS, EPSG:4326; in and out as the canonical GeoJSON of the ledger."""

    cache_ok = True

    def __init__(self, schema: str) -> None:
        """Take the schema in which the extension is."""
        self.schema = schema

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name."""
        return f'"{self.schema}".geometry(Geometry,4326)'

    def bind_processor(self, dialect: Any) -> Any:  # noqa: ARG002
        """Return what turns GeoJSON into a geometry."""
        return _as_geometry

    def result_processor(self, dialect: Any, coltype: Any) -> Any:  # noqa: ARG002
        """Return what turns a geometry into GeoJSON."""
        return _as_geojson


def _as_geometry(value: str | None) -> str | None:
    if value is None:
        return None
    import shapely

    made = shapely.set_srid(shapely.geometry.shape(json.loads(value)), 4326)
    return str(shapely.to_wkb(made, hex=True, include_srid=True))


def plain(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Return a column as it is printed, not as what it means."""
    return sa.type_coerce(column, sa.Text) if isinstance(column.type, Shape) else column


def is_same(table: sa.Table, stored: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Say whether a row, its shapes as they are printed, is the one that is wanted."""
    for column in table.c:
        here, there = stored[column.name], wanted[column.name]
        if isinstance(column.type, Shape) and here is not None and there is not None:
            # Printed in another order of bytes it is the same shape all the same.
            if here != _as_geometry(there) and _as_geojson(here) != there:
                return False
        elif here != there:
            return False
    return True


@cache
def inserting(table: sa.Table, *, is_newest: bool = False) -> str:
    """Return the statement that inserts rows from JSON; the newest of an id takes its row's place.

    Values are a parameter, never part of the statement.
    """
    name = f'"{table.schema}"."{table.name}"'
    columns = [f'"{column.name}"' for column in table.c]
    made = (
        f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(columns)} "  # noqa: S608
        f"FROM json_populate_recordset(NULL::{name}, %s::json)"
    )
    if is_newest:
        told = ", ".join(f"{one} = EXCLUDED.{one}" for one in columns if one != '"id"')
        made += f' ON CONFLICT ("id") DO UPDATE SET {told}'
    return made


def as_json(table: sa.Table, rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as JSON, shapes as the geometries that PostGIS reads."""
    shapes = [column.name for column in table.c if isinstance(column.type, Shape)]
    told = [row | {name: _as_geometry(row[name]) for name in shapes} for row in rows]
    return json.dumps(told, ensure_ascii=False)


def _as_geojson(value: str | None) -> str | None:
    if value is None:
        return None
    import shapely

    return rfc8785.dumps(shapely.geometry.mapping(shapely.from_wkb(value))).decode()


def copied(kept: sa.types.TypeEngine[Any], value: Any) -> str:
    """Return a value as COPY reads it; nothing at all is NULL."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | float):
        return repr(value)
    text = _as_geometry(value) if isinstance(kept, Shape) else value
    return '"' + str(text).replace('"', '""') + '"'


@cache
def tables_in(schema: str, geometry: str) -> Tables:
    """Return the tables of a project in a schema; shapes are text where no geometry is there.

    Args:
        schema: where the tables are.
        geometry: schema in which PostGIS is; empty without it.
    """
    shape = Shape(geometry) if geometry else sa.Text()
    return tables_of(sa.MetaData(schema=schema), shape)
