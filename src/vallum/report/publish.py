"""Publishing: all files of a book into a new folder, at once or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError

from vallum.ground.errors import BadSetting, DiskFull
from vallum.ground.whole import folder_whole, is_out_of_room
from vallum.report import citing, embed, export, kmz, parquet, plates, split, stac
from vallum.report.book import Book
from vallum.report.cite import citation_file
from vallum.report.context import context_csv
from vallum.report.figures.ink import Table
from vallum.report.geopackage import write_geopackage
from vallum.report.html import page
from vallum.report.model import Model, build
from vallum.report.overlay import Overlay
from vallum.report.pdf import document
from vallum.report.tongue import LANGUAGES, say, speaking

MANIFEST, SAMPLE = "manifest.json", "sample.json"
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
    "context.csv": "the context as a table, with its sources",
    "report.pdf": "this report for print, tagged so that screen readers read it",
    "CITATION.txt": "how to cite these numbers: as text, for BibTeX, for citation managers",
    "CITATION.cff": "how to cite this publication, for GitHub and citation managers",
    "datacite.json": "what a repository asks for before it gives a DOI",
    "report.json": "the model: everything that is printed here, rounded and unrounded",
}
_WHAT_IN = {
    "sections/": "a part of the findings or candidates, for tools that cannot open large files",
    "parquet/": "a table for pandas and databases",
    "border-km-": "a part of the border for Google Earth",
    "overlays/": "pixels that may be shown, for Google Earth",
    "stac/": "the derived items as a STAC collection",
    "embed/": "a fragment for a news page, without script",
}
"""What lies in a folder of a publication."""


def publish(
    book: Book,
    folder: Path,
    *,
    replace: bool = False,
    with_parquet: bool = False,
    overlays: Sequence[Overlay] = (),
) -> list[Path]:
    """Write the publication into `folder` and return its files, the report first.

    The same book gives the same bytes. Nothing is written when `folder` already holds exactly
    this publication.

    Args:
        book: what to publish.
        folder: made by this function; appears complete or not at all.
        replace: take the place of another publication in that folder.
        with_parquet: write tables for pandas and databases as well.
        overlays: pixels that may be shown, for Google Earth; none unless somebody asked for them.

    Raises:
        BadSetting: the folder holds something else and `replace` is False; Parquet cannot be
            written here.
        DiskFull: there was no room; nothing half-written is left.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(book, partial, with_parquet, overlays)
        names = _in_order(partial)
        if not _is_same(partial, folder):
            _move(partial, folder, replace=replace)
    except (OSError, DataSourceError, DataLayerError, sqlite3.OperationalError) as error:
        if is_out_of_room(error, folder.parent):
            n_bytes = sum(one.stat().st_size for one in partial.rglob("*") if one.is_file())
            raise DiskFull(
                f"{folder}: no room left to write the report, which needs more than {n_bytes:,} "
                "bytes; nothing half-written was kept; free some space and publish again"
            ) from error
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [folder / name for name in names]


def _write(book: Book, folder: Path, with_parquet: bool, overlays: Sequence[Overlay]) -> None:
    if with_parquet:
        parquet.check()
    with speaking(book.languages[0]):
        tables = export.Tables(book)
        _put(folder, _data_files(book, tables))
        write_geopackage(book, folder / "findings.gpkg", tables)
        _put(folder, kmz.files(book, overlays))
        _put(folder, parquet.files(book) if with_parquet else {})
    for number, language in enumerate(book.languages):
        with speaking(language):
            _write_report(book, folder, "" if number == 0 else f"{language}/")
    (folder / MANIFEST).write_bytes(_json(_manifest(book, folder)))


def _data_files(book: Book, tables: export.Tables) -> dict[str, bytes]:
    """Everything that is the same in all languages, by its path in the publication."""
    found = {
        "findings.geojson": export.collected(book, tables.features["findings"], "findings"),
        "findings.csv": export.to_csv(tables.findings),
        "candidates.geojson": export.collected(book, tables.features["candidates"], "candidates"),
        "candidates.csv": export.to_csv(tables.candidates),
        "statuses.csv": export.to_csv(tables.statuses),
        "estimates.csv": export.to_csv(export.estimates_table(book)),
        "images.csv": export.to_csv(export.images_table(book)),
        "CITATION.txt": citation_file(book).encode(),
    }
    if book.claims:
        found["claims.csv"] = export.to_csv(export.claims_table(book))
    if book.context:
        found["context.csv"] = context_csv(book)
    if book.sample:
        found[SAMPLE] = book.sample.encode()
    return found | citing.files(book) | split.files(book, tables=tables) | stac.files(book)


def _write_report(book: Book, folder: Path, place: str) -> None:
    """Write the report in one language, below `place`: model, figures, PDF and page."""
    model = build(book)
    figures = plates.drawn(book, model)
    own = plates.files(figures) | embed.files(book, model, figures)
    _put(folder / place, own)
    model["figures"] = {
        name: {
            "alt": figure.alt,
            "notes": list(figure.notes),
            "table": _table(figure.table),
        }
        for name, figure in figures.items()
    }
    model["downloads"] = _downloads(folder, place)
    pdf = document(model, figures, book.chips)
    if pdf:
        _put(folder / place, {"report.pdf": pdf})
        model["downloads"] = _downloads(folder, place)
    _put(folder / place, {"report.json": _json(model)})
    itself = _download(folder, place, folder / place / "report.json")
    html = page(model, itself, {name: figure.svg for name, figure in figures.items()}, book.chips)
    _put(folder / place, {"report.html": html.encode()})


def _table(table: Table | None) -> Model | None:
    """Return the numbers behind a figure, for whoever cannot see it."""
    if table is None:
        return None
    return {
        "head": list(table.head),
        "rows": [list(row) for row in table.rows],
        "caption": table.caption,
    }


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _downloads(folder: Path, place: str) -> list[Model]:
    """What can be taken from a report that lies in `place`: data, and its own figures and PDF."""
    others = {f"{tag}/" for tag in LANGUAGES} - {place}
    names = [path for path in files_in(folder) if not path.startswith(tuple(others))]
    ours = [name for name in names if not place or name.startswith(place) or "/" not in name
            or not name.startswith((str(plates.FOLDER), "embed/", "report."))]  # fmt: skip
    rank = list(_WHAT)

    def order(name: str) -> tuple[int, str]:
        own = name.removeprefix(place)
        return (rank.index(own) if own in rank else len(rank), own)

    return [_download(folder, place, folder / name) for name in sorted(ours, key=order)]


def files_in(folder: Path) -> list[str]:
    """Paths of all files of a publication, below its folder, in the order of the alphabet."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def _download(folder: Path, place: str, path: Path) -> Model:
    data = path.read_bytes()
    name = path.relative_to(folder).as_posix()
    own = name.removeprefix(place)
    return {
        "name": own,
        "href": own if name.startswith(place) else f"../{name}",
        "what": say(_WHAT.get(own) or plates.what_of(own) or _what_in(own)),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _what_in(name: str) -> str:
    return next((what for start, what in _WHAT_IN.items() if name.startswith(start)), "")


def _manifest(book: Book, folder: Path) -> Model:
    return {
        "title": book.title,
        "level": str(book.level),
        "version": book.version,
        "edition": book.history.issue.number,
        "languages": list(book.languages),
        "ledger_head": book.ledger_head,
        "files": {
            name: {
                "bytes": (folder / name).stat().st_size,
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            }
            for name in files_in(folder)
        },
    }


def _json(value: Model) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


def _in_order(folder: Path) -> list[str]:
    """Files of a publication: the report, then what lies beside it, by name."""
    return sorted(files_in(folder), key=lambda name: (name != "report.html", name))


def _is_same(new: Path, old: Path) -> bool:
    names = files_in(new)
    if not old.is_dir() or files_in(old) != names:
        return False
    return all((old / name).read_bytes() == (new / name).read_bytes() for name in names)


def _move(partial: Path, folder: Path, *, replace: bool) -> None:
    umask = os.umask(0)
    os.umask(umask)
    partial.chmod(0o777 & ~umask)  # temporary folders are closed to others
    if not folder.exists():
        folder_whole(partial, folder)
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
    try:
        folder_whole(partial, folder, aside=aside / "old")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
