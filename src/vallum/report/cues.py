"""Where to look next, shown: a table, a map with the border pulled straight below it, and a KMZ."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Sequence
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from lxml import etree
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from vallum.frontier import Frontier
from vallum.ground.records import Cue
from vallum.report.book import SIMULATED
from vallum.report.export import safe_text
from vallum.report.figures.ink import BLACK, GREY, PALE, PNG_DPI, families
from vallum.report.kmz import NAMESPACE

COLUMNS = (
    "rank", "from_km", "to_km", "score", "along_m", "off_m", "last_day_without", "first_day_with",
    "n_dates", "n_clear", "clear_share", "series", "state", "reasons",
)  # fmt: skip
NOTE = (
    "Hints from free images with pixels of 10 m or more. They see cleared strips and roads, no "
    "fences. A cue is no finding, and a stretch without one is not proven unchanged."
)
_FOUND, _BLOCKED = "#0b4f7d", "#b8860b"
_NAMED = 10
_DIGITS = 6
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def state(row: Cue) -> str:
    """Return in a word what came of a cell: look, nothing found or not known."""
    return "not known" if row.blocked_by else "look" if row.rank else "nothing found"


def table(rows: Sequence[Cue]) -> bytes:
    """Return all cells as CSV, those to look at first on top, then along the border."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda one: (one.rank or math.inf, one.span)):
        writer.writerow([
            row.rank or "", f"{row.span.start_m / 1000:.3f}", f"{row.span.end_m / 1000:.3f}",
            f"{row.score:.2f}" if row.rank else "", f"{row.along_m:.0f}" if row.rank else "",
            f"{row.off_m:.0f}" if math.isfinite(row.off_m) else "",
            row.since.earliest if row.since else "", row.since.latest if row.since else "",
            row.n_dates, row.n_clear, f"{row.clear_share:.2f}", safe_text(row.series), state(row),
            safe_text(row.blocked_by or "; ".join(row.reasons)),
        ])  # fmt: skip
    return ("\ufeff" + out.getvalue()).encode()


# -- KMZ ------------------------------------------------------------------------------------


def kmz(rows: Sequence[Cue], frontier: Frontier, *, is_simulated: bool = False) -> bytes:
    """Return a KMZ: ranked cells with their lines first, then what is not known; no network."""
    mark = f"{SIMULATED} " if is_simulated else ""
    root = etree.Element(f"{{{NAMESPACE}}}kml", nsmap={None: NAMESPACE})
    document = _sub(root, "Document")
    _sub(document, "name", f"{mark}Where to look next: {frontier.title or frontier.name}")
    credit = frontier.credit or frontier.source
    _sub(document, "description", f"{NOTE} Border line: {credit}.")
    for name, colour, width in (
        ("look", _FOUND, 4.0),
        ("cell", _FOUND, 2.0),
        ("unknown", _BLOCKED, 3.0),
    ):
        style = _sub(document, "Style", id=name)
        line = _sub(style, "LineStyle")
        _sub(line, "color", f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}")
        _sub(line, "width", f"{width:g}")
    folder = _sub(document, "Folder")
    _sub(folder, "name", f"{mark}Look here, by rank")
    for row in sorted((one for one in rows if one.rank), key=lambda one: one.rank):
        _placemark(folder, row, frontier, mark)
    folder = _sub(document, "Folder")
    _sub(folder, "name", f"{mark}Not known: too little data")
    _sub(folder, "visibility", "0")
    for row in (one for one in rows if one.blocked_by):
        place = _sub(folder, "Placemark")
        _sub(place, "name", f"{mark}{_km(row)}")
        _sub(place, "description", escape(row.blocked_by))
        _sub(place, "styleUrl", "#unknown")
        _line(place, shapely.get_coordinates(frontier.line_of(row.span)))
    text = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("doc.kml", _FIRST_DAY)
        entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, text)
    return out.getvalue()


def _placemark(folder: Any, row: Cue, frontier: Frontier, mark: str) -> None:
    place = _sub(folder, "Placemark")
    _sub(place, "name", f"{mark}{row.rank}. {_km(row)}")
    words = (*row.reasons, f"{row.series}; {row.n_clear} of {row.n_dates} dates clear", NOTE)
    _sub(place, "description", "<br>".join(escape(one).replace("$[", "$ [") for one in words))
    if row.since:
        span = _sub(place, "TimeSpan")
        _sub(span, "begin", row.since.latest.isoformat())
    _sub(place, "styleUrl", "#look")
    shape = row.shape if row.shape is not None else frontier.line_of(row.span)
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "LineString"]
    parent = _sub(place, "MultiGeometry") if len(parts) > 1 else place
    for part in parts:
        _line(parent, shapely.get_coordinates(part))


def _line(parent: Any, places: Any) -> None:
    line = _sub(parent, "LineString")
    _sub(line, "tessellate", "1")
    _sub(line, "coordinates", " ".join(f"{x:.{_DIGITS}f},{y:.{_DIGITS}f}" for x, y in places))


def _sub(parent: Any, tag: str, text: str = "", **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    if text:
        element.text = "".join(one for one in text if one >= " " or one in "\n\t")
    return element


def _km(row: Cue) -> str:
    return f"km {row.span.start_m / 1000:g} to {row.span.end_m / 1000:g}"


# -- map ------------------------------------------------------------------------------------


def maps(
    rows: Sequence[Cue], frontier: Frontier, *, is_simulated: bool = False
) -> dict[str, bytes]:
    """Return the map as `map.svg` and `map.png`; the same bytes on every run."""
    if not rows:
        return {}
    with mpl.rc_context(
        {"font.family": list(families()), "font.size": 8, "svg.hashsalt": "vallum-cue"}
    ):
        figure = Figure(figsize=(9, 6.6), layout="constrained")
        FigureCanvasAgg(figure)
        upper, lower = figure.subplots(2, 1, height_ratios=(3, 1))
        _draw_map(upper, rows, frontier)
        _draw_strip(lower, rows)
        mark = f"{SIMULATED}: " if is_simulated else ""
        figure.suptitle(f"{mark}where to look next, {frontier.title or frontier.name}")
        figure.supxlabel(f"{NOTE}\n{frontier.credit or frontier.source}", fontsize=6.5, color=GREY)
        made = {}
        for kind, about in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
            out = io.BytesIO()
            figure.savefig(out, format=kind, dpi=PNG_DPI, metadata=about)
            made[f"map.{kind}"] = out.getvalue()
    return made


def _draw_map(axes: Axes, rows: Sequence[Cue], frontier: Frontier) -> None:
    looks = {"nothing found": (PALE, 2.5, "-"), "not known": (_BLOCKED, 2.5, ":"),
             "look": (_FOUND, 4.5, "-")}  # fmt: skip
    for name, (colour, width, dash) in looks.items():
        lines = [
            shapely.get_coordinates(frontier.line_of(row.span))
            for row in rows
            if state(row) == name
        ]
        length_km = sum(row.span.length_m for row in rows if state(row) == name) / 1000
        axes.add_collection(
            LineCollection(lines, colors=colour, linewidths=width, linestyles=dash,
                           label=f"{name}: {length_km:,.0f} km")
        )  # fmt: skip
    for row in rows:
        if 0 < row.rank <= _NAMED:
            point = frontier.point_at(row.span.middle_m)
            axes.annotate(str(row.rank), (point.x, point.y), xytext=(6, 6), color=BLACK,
                          textcoords="offset points", weight="bold")  # fmt: skip
    axes.autoscale_view()
    south, north = axes.get_ylim()
    axes.set_aspect(
        1 / max(0.05, math.cos(math.radians((south + north) / 2))), adjustable="datalim"
    )
    axes.margins(0.05)
    axes.set(xlabel="longitude", ylabel="latitude")
    axes.legend(loc="best", frameon=True, framealpha=0.9)


def _draw_strip(axes: Axes, rows: Sequence[Cue]) -> None:
    starts = np.array([row.span.start_m for row in rows]) / 1000
    widths = np.array([row.span.length_m for row in rows]) / 1000
    scores = np.array([row.score for row in rows])
    unknown = np.array([bool(row.blocked_by) for row in rows])
    top = max(1.0, float(scores.max()) * 1.15)
    axes.bar(starts, scores, widths, align="edge", color=_FOUND)
    axes.bar(starts[unknown], top, widths[unknown], align="edge", color="white", edgecolor=_BLOCKED,
             hatch="////", linewidth=0)  # fmt: skip
    for row in rows:
        if 0 < row.rank <= _NAMED:
            axes.annotate(str(row.rank), (row.span.middle_m / 1000, row.score), ha="center",
                          va="bottom")  # fmt: skip
    axes.set(xlabel="km along the border (hatched: not known)", ylabel="score", ylim=(0, top),
             xlim=(starts.min(), (starts + widths).max()))  # fmt: skip
