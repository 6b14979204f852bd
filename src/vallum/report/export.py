"""Tables and GeoJSON: the book's rows, with the fields that its level lets out."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from vallum.ground.numbers import parts_of
from vallum.ground.records import Candidate, Estimate, Finding, Level, Row, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.report.book import SIMULATED, STATUS_ORDER, Book, shown_fields
from vallum.report.claims import ends_of, grade_words, in_order
from vallum.report.safe import clean, safe_text

GEOMETRY = "geometry"
_DECIMALS = 6
_DAYS = frozenset({"first_seen", "last_absent", "still_seen", "gone_by"})
_NEVER = frozenset({"run", "href"})  # a working copy's path says where and for whom it lies


def findings_table(book: Book) -> gpd.GeoDataFrame:
    """Confirmed, imported and doubtful findings by place; what was rejected is not among them."""
    return _table(book, Finding, book.stated)


def candidates_table(book: Book) -> gpd.GeoDataFrame:
    """All current candidates by place, each with how it was settled."""
    rows = sorted(book.candidates, key=lambda one: (one.span, book.id_of(one)))
    return _table(book, Candidate, rows, settled=[book.answer_to(one) for one in rows])


def images_table(book: Book) -> gpd.GeoDataFrame:
    """Images by date, with the outline of their pixels and never the pixels."""
    scenes: list[Scene] = sorted(book.scenes, key=lambda one: (one.taken, book.id_of(one)))
    return _table(book, Scene, scenes)


def estimates_table(book: Book) -> gpd.GeoDataFrame:
    """The numbers, unrounded, in the order of the book, with what their names say.

    The run that wrote a number says when that was, so it stays with the desk.
    """
    said = {
        name: [getattr(parts_of(one.name), name) for one in book.estimates]
        for name in ("quantity", "kind", "change", "section", "form", "at")
    }
    said["run"] = [one.run if book.level != Level.PUBLIC else "" for one in book.estimates]
    return _table(book, Estimate, book.estimates, **said)


def statuses_table(book: Book) -> gpd.GeoDataFrame:
    """The extent cut into runs of one status, in the order of the line."""
    runs = sorted(
        (part, status) for status in STATUS_ORDER for part in book.status_spans.get(status, ())
    )
    lines = [book.frontier.line_of(part) for part, _ in runs]
    rows = [
        {
            "status": str(status),
            "label": status.label,
            "start_m": part.start_m,
            "end_m": part.end_m,
            "length_m": part.length_m,
            "start_lon": line.coords[0][0],
            "start_lat": line.coords[0][1],
            "end_lon": line.coords[-1][0],
            "end_lat": line.coords[-1][1],
            "simulated": book.is_simulated,
        }
        for (part, status), line in zip(runs, lines, strict=True)
    ]
    columns = [
        "status", "label", "start_m", "end_m", "length_m", "start_lon", "start_lat", "end_lon",
        "end_lat", "simulated",
    ]  # fmt: skip
    return _framed(rows, columns, lines)


_CLAIM_COLUMNS = (
    "key", "status", "says", "subject", "change", "modality", "quantity", "where", "cells",
    "start_m", "end_m", "when", "first", "last", "who", "grade", "grade_words", "access", "why",
    "findings", "beside", "agrees", "simulated",
)  # fmt: skip


def claims_table(book: Book) -> gpd.GeoDataFrame:
    """What was said and may be told, along the line; geometry is whole cells, never a point.

    Claims that cannot be placed come last and have no geometry.
    """
    rows, shapes = [], []
    for one in in_order(book.claims):
        cells = one.cells & book.frontier.span
        start_m, end_m = ends_of(cells)
        rows.append(
            {
                **{name: getattr(one, name) for name in ("key", "says", "quantity", "where", "when",
                                                         "who", "grade", "why")},
                **{name: str(getattr(one, name)) for name in ("status", "subject", "modality",
                                                              "access")},
                "change": str(one.change) if one.change else "",
                "cells": "; ".join(f"{part.start_m}-{part.end_m}" for part in cells),
                "start_m": start_m if cells else None,
                "end_m": end_m if cells else None,
                "first": one.first.isoformat() if one.first else "",
                "last": one.last.isoformat() if one.last else "",
                "grade_words": grade_words(one.grade),
                **{name: "; ".join(getattr(one, name)) for name in ("findings", "beside",
                                                                    "agrees")},
                "simulated": one.is_simulated or book.is_simulated,
            }
        )  # fmt: skip
        lines = [book.frontier.line_of(part) for part in cells]
        shapes.append(shapely.MultiLineString(lines) if lines else None)
    # Whole metres, also where some claims have none.
    return _framed(rows, _CLAIM_COLUMNS, shapes).astype({"start_m": "Int64", "end_m": "Int64"})


def frontier_table(book: Book) -> gpd.GeoDataFrame:
    """The whole line, with what has to stand beside any length measured on it."""
    line = book.frontier
    row = {
        "name": line.title or line.name,
        "length_m": line.length_m,
        "tolerance_m": float(line.tolerance_m),
        "start": line.start,
        "end": line.end,
        "left": line.left,
        "right": line.right,
        "source": line.source,
        "licence": line.licence,
        "credit": line.credit,
    }
    return _framed([row], list(row), [line.line])


def corridor_table(book: Book) -> gpd.GeoDataFrame:
    """The land beside the extent that was looked at."""
    row = {
        "left_m": float(book.left_m),
        "right_m": float(book.right_m),
        "start_m": book.extent.start_m,
        "end_m": book.extent.end_m,
    }
    shape = book.frontier.corridor(book.extent, book.left_m, book.right_m)
    return _framed([row], list(row), [shape])


def _table(
    book: Book, cls: type[Row], rows: Sequence[Row], **more: Sequence[str]
) -> gpd.GeoDataFrame:
    """One row per row: id, the fields that may be shown, flat, and the geometry if there is one."""
    names = [name for name in shown_fields(cls, book.level) if name not in _NEVER]
    flat: list[dict[str, Any]] = []
    shapes: list[BaseGeometry | None] = []
    for number, row in enumerate(rows):
        cells: dict[str, Any] = {"id": book.id_of(row)}
        for name, values in more.items():
            cells[name] = values[number]
        shape: BaseGeometry | None = None
        for name in names:
            value = getattr(row, name)
            if isinstance(value, BaseGeometry):
                shape = value
            else:
                cells.update(_cells(name, value))
        if shape is not None and cls is not Scene:
            point = shape.interpolate(0.5, normalized=True) if shape.length else shape.centroid
            cells |= {"lon": round(point.x, _DECIMALS), "lat": round(point.y, _DECIMALS)}
        cells["simulated"] = book.is_simulated
        flat.append(cells)
        shapes.append(shape)
    columns = list(dict.fromkeys(name for cells in flat for name in cells))
    return _framed(flat, columns or ["id", *names], shapes)


def _framed(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], shapes: Sequence[BaseGeometry | None]
) -> gpd.GeoDataFrame:
    data: dict[str, list[Any]] = {name: [] for name in columns}
    for row in rows:
        for name in columns:
            value = row.get(name)
            data[name].append(clean(value) if isinstance(value, str) else value)
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs="EPSG:4326")


def _cells(name: str, value: Any) -> dict[str, Any]:
    """A field as one or two flat cells."""
    if isinstance(value, Span):
        return {"start_m": value.start_m, "end_m": value.end_m}
    if name in {"built", "removed", "taken"}:
        when = value if isinstance(value, When) else None
        return {
            f"{name}_earliest": when.earliest.isoformat() if when else "",
            f"{name}_latest": when.latest.isoformat() if when else "",
        }
    if isinstance(value, Spans):
        return {name: "; ".join(f"{part.start_m}-{part.end_m}" for part in value)}
    if isinstance(value, date) or (value is None and name in _DAYS):
        return {name: value.isoformat() if value else ""}
    if isinstance(value, tuple):
        return {name: "; ".join(map(str, value))}
    return {name: str(value) if isinstance(value, StrEnum) else value}


def to_csv(table: gpd.GeoDataFrame) -> bytes:
    """A table as CSV for spreadsheets: UTF-8 with a mark, text that can start no formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [name for name in table.columns if name != GEOMETRY]
    writer.writerow(names)
    columns = [map(_cell, table[name].tolist()) for name in names]
    writer.writerows(zip(*columns, strict=True))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return safe_text(value)
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return repr(value.item() if isinstance(value, np.generic) else value)


def to_geojson(book: Book, table: gpd.GeoDataFrame, name: str) -> bytes:
    """A table as GeoJSON (RFC 7946): longitude first, 6 decimals, about 0.1 m."""
    return collected(book, features_of(table), name)


def features_of(table: gpd.GeoDataFrame) -> list[str]:
    """The rows of a table as features of GeoJSON, each a text of its own."""
    names = [column for column in table.columns if column not in {GEOMETRY, "id"}]
    shapes = np.asarray(table.geometry.array)
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, _DECIMALS))
    columns = [[_plain(value) for value in table[name].tolist()] for name in names]
    rows = zip(*columns, strict=True) if columns else ((),) * len(table)
    write = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    return [
        write(
            {
                "type": "Feature",
                "id": row_id,
                "properties": dict(zip(names, row, strict=True)),
                "geometry": dict(mapping(shape)),
            }
        )
        for row_id, row, shape in zip(table["id"], rows, rounded, strict=True)
    ]


def collected(book: Book, features: Iterable[str], name: str) -> bytes:
    """Features as one collection, with what has to go with them."""
    head = json.dumps(
        {
            "type": "FeatureCollection",
            "name": f"{SIMULATED} {name}" if book.is_simulated else name,
            "simulated": book.is_simulated,
            "line_credit": book.frontier.credit,
        },
        ensure_ascii=False,
    )
    return (clean(f'{head[:-1]}, "features": [{", ".join(features)}]}}') + "\n").encode()


class Tables:
    """The tables of a book that several files hold: each is made once, when first asked for."""

    def __init__(self, book: Book) -> None:
        self.book = book

    @cached_property
    def findings(self) -> gpd.GeoDataFrame:
        """What `findings_table` returns."""
        return findings_table(self.book)

    @cached_property
    def candidates(self) -> gpd.GeoDataFrame:
        """What `candidates_table` returns."""
        return candidates_table(self.book)

    @cached_property
    def statuses(self) -> gpd.GeoDataFrame:
        """What `statuses_table` returns."""
        return statuses_table(self.book)

    @cached_property
    def features(self) -> dict[str, list[str]]:
        """Findings and candidates as features, by the name of the table."""
        return {"findings": features_of(self.findings), "candidates": features_of(self.candidates)}

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Findings and candidates by the names of their files."""
        return {"findings": self.findings, "candidates": self.candidates}


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


__all__ = [
    "Tables", "candidates_table", "claims_table", "collected", "corridor_table", "estimates_table",
    "features_of", "findings_table", "frontier_table", "images_table", "safe_text",
    "statuses_table", "to_csv", "to_geojson",
]  # fmt: skip
