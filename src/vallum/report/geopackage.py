"""The GeoPackage: every layer with its QGIS style, the same bytes for the same book."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from vallum.ground.formats.geopackage import pack
from vallum.report.book import SIMULATED, Book
from vallum.report.columns import alias_of, meaning_of
from vallum.report.export import (
    Tables,
    claims_table,
    corridor_table,
    estimates_table,
    frontier_table,
    images_table,
)
from vallum.report.safe import clean
from vallum.report.styles import qml_for
from vallum.report.tongue import said, say

GEOMETRY_COLUMN = "geom"
CLAIMS = "claims"  # only where something was said
NUMBERS = "estimates"  # a table without geometry: a number lies at no one place
_LINES = ("LineString", "MultiLineString")
_POINTS = ("Point", "MultiPoint")
# The table that QGIS makes itself when it saves a style into a database.
_STYLES_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
    styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME)
"""
_ADD_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
    styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)
VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)
"""
_REGISTER = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)
VALUES ('layer_styles', 'attributes', 'layer_styles', 'QGIS styles', ?)
"""


def layers_of(book: Book, tables: Tables | None = None) -> dict[str, gpd.GeoDataFrame]:
    """The layers by name, without the SIMULATED mark, lowest on the map last."""
    tables = tables or Tables(book)
    findings, candidates = tables.findings, tables.candidates
    said = {CLAIMS: claims_table(book)} if book.claims else {}
    return {
        "findings_points": _of_type(findings, _POINTS),
        "findings_lines": _of_type(findings, _LINES),
        "candidates_points": _of_type(candidates, _POINTS),
        "candidates_lines": _of_type(candidates, _LINES),
        **said,
        "statuses": tables.statuses,
        "frontier": frontier_table(book),
        "images": images_table(book),
        "corridor": corridor_table(book),
    }


def layer_name(book: Book, name: str) -> str:
    """The name of a layer in the file; marked when the book is simulated."""
    return f"{SIMULATED}_{name}" if book.is_simulated else name


def write_geopackage(book: Book, path: Path, tables: Tables | None = None) -> None:
    """Write all layers and their styles to `path` (version 1.3, no write-ahead log).

    Clocks inside the file are set to the day of the newest image, so the bytes depend on the book
    alone.
    """
    for number, (name, table) in enumerate(layers_of(book, tables).items()):
        table.to_file(
            path,
            layer=layer_name(book, name),
            driver="GPKG",
            engine="pyogrio",
            mode="a" if number else "w",
            geometry_type=_geometry_type(name, table),
            promote_to_multi=_geometry_type(name, table).startswith("Multi"),
            dataset_options={} if number else {"VERSION": "1.3"},
            layer_options={
                "GEOMETRY_NAME": GEOMETRY_COLUMN,
                "FID": "fid",
                "IDENTIFIER": clean(f"{book.title}: {_title(name)}"),
                "DESCRIPTION": _described(book),
            },
        )
    _add_numbers(book, path)
    _finish(book, path)


def _add_numbers(book: Book, path: Path) -> None:
    """Add the table of all numbers, with the columns of estimates.csv."""
    pyogrio.write_dataframe(
        pd.DataFrame(estimates_table(book).drop(columns="geometry")),
        path,
        layer=layer_name(book, NUMBERS),
        driver="GPKG",
        append=True,
        layer_options={
            "FID": "fid",
            "IDENTIFIER": clean(f"{book.title}: {_title(NUMBERS)}"),
            "DESCRIPTION": _described(book),
        },
    )


def _title(name: str) -> str:
    """What a layer holds; QGIS and other tools show it beside the layer's name."""
    return {
        "findings_points": say("findings, points"),
        "findings_lines": say("findings, lines"),
        "candidates_points": say("candidates of the machine, points"),
        "candidates_lines": say("candidates of the machine, lines"),
        CLAIMS: say("what was said, by whole cells"),
        "statuses": say("what is known of each stretch"),
        "frontier": say("border line"),
        "images": say("outlines of images, without pixels"),
        "corridor": say("corridor that was looked at"),
        NUMBERS: say("all numbers, unrounded"),
    }[name]


def _described(book: Book) -> str:
    line = book.frontier
    credit = line.credit or line.source
    told = " ".join(
        filter(
            None,
            (
                f"{book.title}.",
                say("Border line: {credit}.", credit=credit),
                say("Licence of this file: {licence}.", licence=book.cite_as.licence)
                if book.cite_as.licence
                else "",
                say("Made with vallum {version}.", version=book.version),
            ),
        )
    )
    return clean(told)


def _of_type(table: gpd.GeoDataFrame, types: tuple[str, ...]) -> gpd.GeoDataFrame:
    return table[table.geometry.geom_type.isin(types)]


def _geometry_type(name: str, table: gpd.GeoDataFrame) -> str:
    base = "Point" if name.endswith("_points") else "LineString"
    base = "Polygon" if name in {"images", "corridor"} else base
    if name == CLAIMS:  # one row for each claim, whose cells need not touch; none if unplaced
        return "MultiLineString"
    is_multi = table.geometry.geom_type.str.startswith("Multi").any()
    return f"Multi{base}" if is_multi else base


def _finish(book: Book, path: Path) -> None:
    """Add the styles, stop the clocks, and pack the file."""
    stamp = f"{book.newest_day.isoformat()}T00:00:00.000Z"
    with contextlib.closing(sqlite3.connect(path)) as file, file:
        file.execute(_STYLES_TABLE)
        _add_titles(book, file)
        for name in layer_names(has_claims=bool(book.claims))[:-1]:
            shown = layer_name(book, name)
            label = f"{SIMULATED} {name}" if book.is_simulated else name
            qml = qml_for(name, _columns(file, shown))
            file.execute(_ADD_STYLE, (shown, GEOMETRY_COLUMN, label[:30], qml, label, stamp))
        file.execute(_REGISTER, (stamp,))
        file.execute("UPDATE gpkg_contents SET last_change = ?", (stamp,))
    pack(path)


_TITLES_TABLE = """
CREATE TABLE gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name))
"""
_CONSTRAINTS_TABLE = """
CREATE TABLE gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
    min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))
"""
_EXTENSIONS_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
    scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))
"""


def _add_titles(book: Book, file: sqlite3.Connection) -> None:
    """Write what each column means: the Schema extension of GeoPackage 1.3 (its annex F.9)."""
    for table in (_TITLES_TABLE, _CONSTRAINTS_TABLE, _EXTENSIONS_TABLE):
        file.execute(table)
    for name in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        file.execute(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', "
            "'http://www.geopackage.org/spec130/#extension_schema', 'read-write')",
            (name,),
        )
    for name in layer_names(has_claims=bool(book.claims)):
        shown = layer_name(book, name)
        for column in _columns(file, shown):
            file.execute(
                "INSERT INTO gpkg_data_columns (table_name, column_name, title, description) "
                "VALUES (?, ?, ?, ?)",
                (shown, column, alias_of(column), said(meaning_of(column)) or None),
            )


def _columns(file: sqlite3.Connection, table: str) -> list[str]:
    """Columns of a table in order, without its number and its geometry."""
    names = [str(row[1]) for row in file.execute(f'PRAGMA table_info("{table}")')]
    return [name for name in names if name not in {"fid", GEOMETRY_COLUMN}]


def layer_names(*, has_claims: bool = False) -> tuple[str, ...]:
    """Names of all layers, without the SIMULATED mark; the table of numbers is last."""
    return (
        "findings_points", "findings_lines", "candidates_points", "candidates_lines",
        *((CLAIMS,) if has_claims else ()), "statuses", "frontier", "images", "corridor", NUMBERS,
    )  # fmt: skip
