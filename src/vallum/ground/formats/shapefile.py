"""Shapefile: .shp, .shx, .dbf and .prj alone are copied aside and read; no other sidecar is."""

from __future__ import annotations

import codecs
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from vallum.ground.errors import BadInput
from vallum.ground.formats.checks import MAX_BYTES, Gathered, crs_of_wkt, from_crs
from vallum.ground.formats.geopackage import checked_wkb

_PARTS = (".shx", ".dbf", ".prj", ".cpg")
_MAGIC = b"\x00\x00\x27\x0a"


def read(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the features of a Shapefile and what was wrong with others."""
    # Asked for by name: the folder may hold more than this process is shown.
    names = [
        path.with_suffix(change(suffix)) for suffix in _PARTS for change in (str.lower, str.upper)
    ]
    parts = {file.suffix.lower(): file for file in names if _is_readable(file)}
    parts[".shp"] = path
    missing = [suffix for suffix in (".shp", ".shx", ".dbf") if suffix not in parts]
    if missing:
        raise BadInput(
            f"{name}: a Shapefile is several files; {' and '.join(missing)} is not "
            "beside it. Copy all of them, or send a GeoPackage"
        )
    if ".prj" not in parts:
        raise BadInput(
            f"{name}: no .prj is beside it, so its coordinate system is not known; "
            "copy the .prj too, or send a GeoPackage"
        )
    found = Gathered(name, to_degrees=from_crs(crs_of_wkt(_short_text(parts[".prj"]), name), name))
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".shp", ".shx", ".dbf"):
            if parts[suffix].stat().st_size > MAX_BYTES:
                raise BadInput(
                    f"{name}: is larger than {MAX_BYTES >> 20} MB; cut out what you need"
                )
            shutil.copyfile(parts[suffix], Path(folder, "input" + suffix))
        _read(Path(folder, "input.shp"), _encoding(parts.get(".cpg")), found)
    return found.done()


def _is_readable(file: Path) -> bool:
    return file.is_file() and os.access(file, os.R_OK)


def _read(path: Path, encoding: str | None, found: Gathered) -> None:
    with path.open("rb") as file:
        if file.read(4) != _MAGIC:
            raise BadInput(f"{found.name}: is no Shapefile; nothing was read. Export it again")
    import pyogrio

    try:
        meta, _, shapes, columns = pyogrio.raw.read(path, force_2d=True, encoding=encoding)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.GeometryError,
        UnicodeDecodeError,
    ):
        raise BadInput(f"{found.name}: is damaged; nothing was read. Export it again") from None
    names = [str(name) for name in meta["fields"]]
    for row, wkb in enumerate(shapes):
        properties = {name: column[row] for name, column in zip(names, columns, strict=True)}
        with found.feature(str(properties.get("name") or "")):
            found.add(None if wkb is None else checked_wkb(bytes(wkb), found), properties)


def _encoding(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return codecs.lookup(_short_text(file).strip()).name
    except LookupError:
        return None


def _short_text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(20_000).decode("utf-8", "replace")
