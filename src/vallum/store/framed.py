"""Rows as a table for people who analyse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_type_hints

from shapely.geometry.base import BaseGeometry

from vallum.ground.records import Level, Row, field_notes
from vallum.ground.span import Span

if TYPE_CHECKING:
    import geopandas as gpd


def framed(cls: type[Row], rows: Sequence[Row]) -> gpd.GeoDataFrame:
    """Return rows of a kind as a table, EPSG:4326, `id` first; private fields stay inside."""
    import geopandas as gpd

    hints = get_type_hints(cls)
    columns: dict[str, list[Any]] = {"id": [row.id for row in rows]}
    for entry in fields(cls):
        if field_notes(entry)[0] is Level.PRIVATE:
            continue
        values = [getattr(row, entry.name) for row in rows]
        if hints[entry.name] is Span:
            columns["start_m"] = [value.start_m for value in values]
            columns["end_m"] = [value.end_m for value in values]
        else:
            columns[entry.name] = values
    shapes = [name for name, hint in hints.items() if hint is BaseGeometry]
    if not shapes:
        return gpd.GeoDataFrame(columns)
    return gpd.GeoDataFrame(columns, geometry=shapes[0], crs="EPSG:4326")
