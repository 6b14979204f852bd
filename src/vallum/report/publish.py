"""Publishing: all files of a book into a new folder, at once or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError

from vallum.ground.errors import BadSetting, DiskFull
from vallum.report import charts, diagram, export, maps
from vallum.report.book import Book
from vallum.report.built import built_figure
from vallum.report.cite import citation_file
from vallum.report.context import context_csv, context_figure
from vallum.report.geopackage import write_geopackage
from vallum.report.html import page
from vallum.report.ink import Figures
from vallum.report.kmz import kmz_bytes
from vallum.report.model import Model, build
from vallum.report.ranges import ranges
from vallum.report.timeline import timeline_figure

MANIFEST, SAMPLE = "manifest.json", "sample.json"
_ALONE = {
    "strip": "strip-chart",
    "ranges": "what-can-be-said",
    "built": "built-by-when",
    "timeline": "claims-timeline",
    "context": "context",
}
"""Figures that are files as well, by the name of the file."""
_LEAST_ROOM_BYTES = 1 << 20
_WHAT = {
    "findings.gpkg": "all layers with styles, for QGIS",
    "findings.geojson": "findings",
    "candidates.geojson": "candidates, settled or not",
    "border.kmz": "findings and what could not be compared, for Google Earth",
    "findings.csv": "findings as a table",
    "claims.csv": "what was said and may be told, by whole cells",
    "statuses.csv": "every metre of the border with its status",
    "estimates.csv": "every number, unrounded, with bounds and method",
    SAMPLE: "what was drawn and read: every sampled number can be computed again from it",
    "images.csv": "images used, without pixels",
    "candidates.csv": "candidates as a table",
    "strip-chart.svg": "the strip chart, for print",
    "strip-chart.png": "the strip chart, for the web",
    "what-can-be-said.svg": "what is confirmed, estimated and possible, for print",
    "what-can-be-said.png": "the same, for the web",
    "built-by-when.svg": "what was built by which day, for print",
    "built-by-when.png": "the same, for the web",
    "claims-timeline.svg": "what was said and what was seen, over time, for print",
    "claims-timeline.png": "the same, for the web",
    "context.svg": "context beside what was built, never as a cause, for print",
    "context.png": "the same, for the web",
    "context.csv": "the context as a table, with its sources",
    "CITATION.txt": "how to cite these numbers: as text, for BibTeX, for citation managers",
    "report.json": "the model: everything that is printed here, rounded and unrounded",
}


def publish(book: Book, folder: Path, *, replace: bool = False) -> list[Path]:
    """Write the publication into `folder` and return its files, the report first.

    The same book gives the same bytes. Nothing is written when `folder` already holds exactly
    this publication.

    Args:
        book: what to publish.
        folder: made by this function; appears complete or not at all.
        replace: take the place of another publication in that folder.

    Raises:
        BadSetting: the folder holds something else and `replace` is False.
        DiskFull: there was no room; nothing half-written is left.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(book, partial)
        names = [path.name for path in _in_order(partial)]
        if not _is_same(partial, folder):
            _move(partial, folder, replace=replace)
    except (OSError, DataSourceError, DataLayerError, sqlite3.OperationalError) as error:
        if _is_out_of_room(error, folder.parent):
            raise DiskFull(
                f"{folder}: no room left to write the report; nothing half-written was kept; "
                "free some space and publish again"
            ) from error
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [folder / name for name in names]


def _is_out_of_room(error: Exception, folder: Path) -> bool:
    """Say whether the disk is full; GDAL and SQLite say so in their own words, or not at all."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    words = ("full", "no space", "disk i/o", "failed to write", "file too large")
    return any(word in str(error).lower() for word in words) or (
        shutil.disk_usage(folder).free < _LEAST_ROOM_BYTES
    )


def _write(book: Book, folder: Path) -> None:
    model = build(book)
    drawn = _drawn(book, model)
    tables = {
        "findings": export.findings_table(book),
        "candidates": export.candidates_table(book),
    }
    for name, table in tables.items():
        (folder / f"{name}.geojson").write_bytes(export.to_geojson(book, table, name))
        (folder / f"{name}.csv").write_bytes(export.to_csv(table))
    for name, table in (
        ("statuses", export.statuses_table(book)),
        ("estimates", export.estimates_table(book)),
        ("images", export.images_table(book)),
    ):
        (folder / f"{name}.csv").write_bytes(export.to_csv(table))
    if book.claims:
        (folder / "claims.csv").write_bytes(export.to_csv(export.claims_table(book)))
    if model["context"]:
        (folder / "context.csv").write_bytes(context_csv(book))
    write_geopackage(book, folder / "findings.gpkg")
    (folder / "border.kmz").write_bytes(kmz_bytes(book))
    for name, stem in _ALONE.items():
        if name in drawn:
            (folder / f"{stem}.svg").write_bytes(drawn[name].svg)
            (folder / f"{stem}.png").write_bytes(drawn[name].png)
    (folder / "CITATION.txt").write_text(citation_file(book), encoding="utf-8", newline="\n")
    model["figures"] = {
        name: {"alt": figure.alt, "notes": list(figure.notes)} for name, figure in drawn.items()
    }
    if book.sample:
        (folder / SAMPLE).write_text(book.sample, encoding="utf-8", newline="\n")
    written = [folder / name for name in _WHAT if (folder / name).is_file()]
    model["downloads"] = [_download(path) for path in written]
    (folder / "report.json").write_bytes(_json(model))
    own = _download(folder / "report.json")
    html = page(model, own, {name: figure.svg for name, figure in drawn.items()}, book.chips)
    (folder / "report.html").write_text(html, encoding="utf-8", newline="\n")
    (folder / MANIFEST).write_bytes(_json(_manifest(book, folder)))


def _drawn(book: Book, model: Model) -> dict[str, Figures]:
    """Draw the figures; some only where there is something to draw."""
    drawn = {"strip": charts.strip(book), "map": maps.line_map(book)}
    others = {
        "reliability": diagram.reliability(book),
        "ranges": ranges(book, model["said"]),
        "built": built_figure(book),
        "context": context_figure(book),
        "timeline": timeline_figure(book),
    }
    return drawn | {name: figure for name, figure in others.items() if figure is not None}


def _download(path: Path) -> Model:
    data = path.read_bytes()
    return {
        "name": path.name,
        "what": _WHAT[path.name],
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _manifest(book: Book, folder: Path) -> Model:
    return {
        "title": book.title,
        "level": str(book.level),
        "version": book.version,
        "ledger_head": book.ledger_head,
        "files": {
            path.name: {
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in sorted(folder.iterdir())
        },
    }


def _json(value: Model) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


def _in_order(folder: Path) -> list[Path]:
    """Files of a publication: the report, then what lies beside it, by name."""
    return sorted(folder.iterdir(), key=lambda path: (path.name != "report.html", path.name))


def _is_same(new: Path, old: Path) -> bool:
    if not old.is_dir() or {p.name for p in old.iterdir()} != {p.name for p in new.iterdir()}:
        return False
    return all((old / path.name).read_bytes() == path.read_bytes() for path in new.iterdir())


def _move(partial: Path, folder: Path, *, replace: bool) -> None:
    umask = os.umask(0)
    os.umask(umask)
    partial.chmod(0o777 & ~umask)  # temporary folders are closed to others
    if not folder.exists():
        partial.replace(folder)
        return
    if any(folder.iterdir()) and not replace:
        raise BadSetting(
            f"{folder} already holds another publication or other files; nothing was written; "
            "name a new folder, or say that it shall be replaced"
        )
    if any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise BadSetting(
            f"{folder} holds files that are no publication (no {MANIFEST}); nothing was written; "
            "name a new folder"
        )
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.replace(aside / "old")
    partial.replace(folder)
    shutil.rmtree(aside, ignore_errors=True)
