"""The GeoPackage: every layer with its QGIS style, the same bytes for the same book."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from vallum.report.book import SIMULATED, Book
from vallum.report.export import (
    candidates_table,
    claims_table,
    corridor_table,
    estimates_table,
    findings_table,
    frontier_table,
    images_table,
    statuses_table,
)
from vallum.report.styles import qml_for

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


def layers_of(book: Book) -> dict[str, gpd.GeoDataFrame]:
    """The layers by name, without the SIMULATED mark, lowest on the map last."""
    findings, candidates = findings_table(book), candidates_table(book)
    said = {CLAIMS: claims_table(book)} if book.claims else {}
    return {
        "findings_points": _of_type(findings, _POINTS),
        "findings_lines": _of_type(findings, _LINES),
        "candidates_points": _of_type(candidates, _POINTS),
        "candidates_lines": _of_type(candidates, _LINES),
        **said,
        "statuses": statuses_table(book),
        "frontier": frontier_table(book),
        "images": images_table(book),
        "corridor": corridor_table(book),
    }


def layer_name(book: Book, name: str) -> str:
    """The name of a layer in the file; marked when the book is simulated."""
    return f"{SIMULATED}_{name}" if book.is_simulated else name


def write_geopackage(book: Book, path: Path) -> None:
    """Write all layers and their styles to `path` (version 1.3, no write-ahead log).

    Clocks inside the file are set to the day of the newest image, so the bytes depend on the book
    alone.
    """
    for number, (name, table) in enumerate(layers_of(book).items()):
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
                "IDENTIFIER": f"{book.title}: {name.replace('_', ' ')}",
                "DESCRIPTION": f"{book.title}. Made with vallum {book.version}.",
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
            "IDENTIFIER": f"{book.title}: {NUMBERS}",
            "DESCRIPTION": f"{book.title}. Made with vallum {book.version}.",
        },
    )


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
    with contextlib.closing(sqlite3.connect(path)) as file:
        with file:
            file.execute(_STYLES_TABLE)
            for name in layer_names(has_claims=bool(book.claims))[:-1]:
                shown = layer_name(book, name)
                label = f"{SIMULATED} {name}" if book.is_simulated else name
                file.execute(
                    _ADD_STYLE, (shown, GEOMETRY_COLUMN, label[:30], qml_for(name), label, stamp)
                )
            file.execute(_REGISTER, (stamp,))
            file.execute("UPDATE gpkg_contents SET last_change = ?", (stamp,))
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("VACUUM")


def layer_names(*, has_claims: bool = False) -> tuple[str, ...]:
    """Names of all layers, without the SIMULATED mark; the table of numbers is last."""
    return (
        "findings_points", "findings_lines", "candidates_points", "candidates_lines",
        *((CLAIMS,) if has_claims else ()), "statuses", "frontier", "images", "corridor", NUMBERS,
    )  # fmt: skip
