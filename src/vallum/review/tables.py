"""Candidates out to people who work in a spreadsheet or a GIS, as CSV and as GeoPackage.

`answers.read_table` reads what comes back.
"""

from __future__ import annotations

import contextlib
import csv
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from vallum.frontier import Frontier
from vallum.ground.formats.geopackage import pack
from vallum.ground.kinds import COLOURS
from vallum.ground.records import Candidate, Scene, Verdict
from vallum.ground.whole import drafted_whole
from vallum.review.answers import Answers, read_table
from vallum.review.words import CHOICES

__all__ = ["COLUMNS", "LINES", "POSTS", "Answers", "read_table", "write_csv", "write_geopackage"]

COLUMNS: dict[str, str] = {
    "candidate": "name of the suggestion; leave empty in rows that you add",
    "km_from": "where it begins along the frontier, km",
    "km_to": "where it ends, km",
    "lat": "latitude of its middle, degrees",
    "lon": "longitude of its middle, degrees",
    "off_m": "distance from the frontier, m; negative left of the direction of rising km",
    "side": "country on that side",
    "suggested_class": "class that the machine suggests",
    "suggested_change": "change that the machine suggests",
    "score": "strength of the evidence; no probability",
    "length_m": "length of the line itself, m; 0 for posts",
    "before_date": "day or days on which the earlier image was taken",
    "after_date": "the same of the later image",
    "before_image": "name of the earlier image",
    "after_image": "name of the later image",
    "answer": "yes, no or cannot tell",
    "class": "class as you see it; empty means as suggested",
    "reason": "why not, or why you cannot tell",
    "change": "what happened as you see it: new, extended, upgraded, replaced, removed or "
    "unchanged (it stood there before as well); empty means as suggested, and new in rows that you "
    "add",
    "analyst": "who answers",
}
"""Columns of both tables, with their meaning."""

LINES, POSTS = "candidate_lines", "candidate_posts"
"""Layers of the GeoPackage."""

_NUMBERS = {"km_from", "km_to", "lat", "lon", "off_m", "score", "length_m"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(
    candidates: Iterable[Candidate],
    scenes: Mapping[str, Scene],
    frontier: Frontier,
    path: Path,
    *,
    analyst: str = "",
    verdicts: Sequence[Verdict] = (),
) -> None:
    """Write one row per candidate, along the frontier, for a spreadsheet.

    UTF-8 with a mark that Excel needs. Text that a spreadsheet would take for a formula gets an
    apostrophe in front. The file is whole or not there.

    Args:
        candidates: what is asked.
        scenes: images by id, for names and dates.
        frontier: names the side.
        path: file to write.
        analyst: who will answer; answers of others are never shown.
        verdicts: earlier answers; those of `analyst` are filled in.
    """
    rows = _rows(candidates, scenes, frontier, analyst, verdicts)
    with drafted_whole(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([safe_cell(value) for value in row.values()] for _, row in rows)


def write_geopackage(
    candidates: Iterable[Candidate],
    scenes: Mapping[str, Scene],
    frontier: Frontier,
    path: Path,
    *,
    analyst: str = "",
    verdicts: Sequence[Verdict] = (),
) -> None:
    """Write a layer of lines and one of posts (GeoPackage 1.3) to answer and redraw in QGIS.

    Columns are those of the CSV; answer, class, reason and change have drop-down lists. The file
    is whole or not there, and not in a mode that locks other readers out.

    Args:
        candidates: what is asked.
        scenes: images by id, for names and dates.
        frontier: names the side.
        path: file to write.
        analyst: who will answer; answers of others are never shown.
        verdicts: earlier answers; those of `analyst` are filled in, with what they redrew.
    """
    redrawn = {v.about: v.shape for v in verdicts if v.analyst == analyst and v.shape is not None}
    rows = [
        (redrawn.get(candidate.id, candidate.shape), row)
        for candidate, row in _rows(candidates, scenes, frontier, analyst, verdicts)
    ]
    with drafted_whole(path) as draft:
        for layer, is_line in ((LINES, True), (POSTS, False)):
            _write_layer(draft, layer, [r for r in rows if (r[0].geom_type != "Point") is is_line])
        _finish(draft, f"{_newest_day(scenes)}T00:00:00.000Z")


def _newest_day(scenes: Mapping[str, Scene]) -> str:
    """Return the day of the newest image: a table of the same candidates is the same file."""
    return max((str(scene.taken.latest) for scene in scenes.values()), default="1970-01-01")


def _rows(
    candidates: Iterable[Candidate],
    scenes: Mapping[str, Scene],
    frontier: Frontier,
    analyst: str,
    verdicts: Sequence[Verdict],
) -> list[tuple[Candidate, dict[str, Any]]]:
    """Return each candidate with its row, in the order of the frontier."""
    own = {verdict.about: verdict for verdict in verdicts if analyst and verdict.analyst == analyst}
    ordered = sorted(candidates, key=lambda candidate: (candidate.span, candidate.id))
    return [(c, _row(c, scenes, frontier, analyst, own.get(c.id))) for c in ordered]


def _row(
    candidate: Candidate,
    scenes: Mapping[str, Scene],
    frontier: Frontier,
    analyst: str,
    own: Verdict | None,
) -> dict[str, Any]:
    shape = candidate.shape
    middle = shape.interpolate(0.5, normalized=True) if shape.length else shape.centroid
    before, after = scenes.get(candidate.before), scenes.get(candidate.after)
    return {
        "candidate": candidate.id,
        "km_from": candidate.span.start_m / 1000,
        "km_to": candidate.span.end_m / 1000,
        "lat": round(middle.y, 6),
        "lon": round(middle.x, 6),
        "off_m": round(candidate.off_m, 1),
        "side": frontier.left if candidate.off_m < 0 else frontier.right,
        "suggested_class": candidate.category.label,
        "suggested_change": candidate.change.value,
        "score": round(candidate.score, 4),
        "length_m": round(candidate.length_m, 1),
        "before_date": str(before.taken) if before else "",
        "after_date": str(after.taken) if after else "",
        "before_image": before.name if before else "",
        "after_image": after.name if after else "",
        "answer": own.answer.value if own else "",
        "class": own.category.value if own and own.category else "",
        "reason": own.reason.value if own else "",
        "change": own.change.value if own and own.change else "",
        "analyst": analyst,
    }


def safe_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write_layer(draft: Path, layer: str, rows: list[tuple[Any, dict[str, Any]]]) -> None:
    import geopandas
    import pandas

    table = {
        name: pandas.Series(
            [row[name] for _, row in rows], dtype="float64" if name in _NUMBERS else "object"
        )
        for name in COLUMNS
    }
    frame = geopandas.GeoDataFrame(table, geometry=[shape for shape, _ in rows], crs="EPSG:4326")
    is_line = layer == LINES
    frame.to_file(
        draft, layer=layer, driver="GPKG", engine="pyogrio", VERSION="1.3", GEOMETRY_NAME="geom",
        geometry_type="MultiLineString" if is_line else "Point", promote_to_multi=is_line,
        append=False,
    )  # fmt: skip


def _finish(draft: Path, stamp: str) -> None:
    """Add the QGIS forms, stop the clocks, and leave the journal mode that network drives survive.

    Args:
        draft: the file.
        stamp: what it says about when it was written.
    """
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
            "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', 0)"
        )
        for layer in (LINES, POSTS):
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
                "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, "
                "owner) VALUES ('', '', ?, 'geom', 'answers', ?, '', 1, 'answers', '')",
                (layer, _qml(layer)),
            )
        database.execute("UPDATE layer_styles SET update_time = ?", (stamp,))
        database.execute("UPDATE gpkg_contents SET last_change = ?", (stamp,))
    pack(draft)


def _qml(layer: str) -> str:
    """Return a QGIS style: drop-down lists to answer with, colours by suggested class."""
    fields = "".join(_field_qml(name) for name in COLUMNS)
    locked = "".join(
        f"<field editable={quoteattr(str(int(name in CHOICES)))} name={quoteattr(name)}/>"
        for name in COLUMNS
    )
    kinds = [kind for kind in COLOURS if kind.is_line == (layer == LINES)]
    categories = "".join(
        f'<category value={quoteattr(kind.label)} label={quoteattr(kind.label)} symbol="{i}" '
        'render="true"/>'
        for i, kind in enumerate(kinds)
    )
    symbols = "".join(_symbol_qml(str(i), COLOURS[kind], layer) for i, kind in enumerate(kinds))
    rest = f'<category value="" label="added" symbol="{len(kinds)}" render="true"/>'
    last = _symbol_qml(str(len(kinds)), "#000000", layer)
    return (
        '<qgis version="3.22.0" styleCategories="Symbology|Fields|Forms">'
        '<renderer-v2 type="categorizedSymbol" attr="suggested_class" enableorderby="0" '
        f'forceraster="0" symbollevels="0"><categories>{categories}{rest}</categories>'
        f"<symbols>{symbols}{last}</symbols></renderer-v2>"
        f"<fieldConfiguration>{fields}</fieldConfiguration><editable>{locked}</editable></qgis>"
    )


def _field_qml(name: str) -> str:
    if name not in CHOICES:
        config, widget = "<Option/>", "TextEdit"
    else:
        items = [("", ""), *((word.replace("_", " "), word) for word in CHOICES[name])]
        options = "".join(
            f'<Option type="Map"><Option name={quoteattr(label)} type="QString" '
            f"value={quoteattr(word)}/></Option>"
            for label, word in items
        )
        config, widget = (
            f'<Option type="Map"><Option name="map" type="List">{options}</Option></Option>',
            "ValueMap",
        )
    return (
        f"<field name={quoteattr(name)}><editWidget type={quoteattr(widget)}>"
        f"<config>{config}</config></editWidget></field>"
    )


def _symbol_qml(name: str, colour: str, layer: str) -> str:
    if layer == LINES:
        return (
            f'<symbol type="line" name="{name}"><layer class="SimpleLine">'
            f'<prop k="line_color" v="{colour}"/><prop k="line_width" v="0.6"/></layer></symbol>'
        )
    return (
        f'<symbol type="marker" name="{name}"><layer class="SimpleMarker">'
        f'<prop k="color" v="{colour}"/><prop k="name" v="circle"/><prop k="size" v="2.4"/>'
        "</layer></symbol>"
    )
