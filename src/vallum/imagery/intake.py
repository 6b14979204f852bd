"""What happens to a foreign image inside the limited process; never called from the main one.

`catalog.receive` sends one file here. It is looked at before a pixel is read, dated, hashed and,
unless it is used in place, written anew as a cloud-optimised GeoTIFF that nobody but vallum made.
No sidecar is opened except the STAC item beside it, as plain JSON.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError  # what copying raises has no public name
from rasterio.enums import ColorInterp
from rasterio.errors import CRSError, RasterioError
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadImage
from vallum.ground.records import Scene
from vallum.ground.when import When
from vallum.imagery import dates, georef, outline, rewrite, stated

SIDE_PX = 400_000
BUDGET_BYTES = 128 << 30
BLOCK_BYTES = 256 << 20
LOOK_S = 60
_SIDECAR_BYTES = 1 << 20
_NOTHING = "holds no valid pixel; fetch it again or leave it out"
_COG = {
    "driver": "COG",
    "BLOCKSIZE": "512",
    "COMPRESS": "ZSTD",
    "LEVEL": "6",
    "PREDICTOR": "YES",
    "OVERVIEW_RESAMPLING": "AVERAGE",
    "OVERVIEW_COMPRESS": "ZSTD",
    "BIGTIFF": "IF_SAFER",
    "COPY_SRC_MDD": "NO",
}
_NOT_TIFF = (
    # (how the file begins, what it then is)
    (b"<VRTDataset", "a GDAL virtual file, which could read any other file"),
    (b"<GDAL_WMS", "a description of a web service"),
    (b"<!doctype html", "a web page, probably an error message of the download"),
    (b"<html", "a web page, probably an error message of the download"),
    (b"<", "a text with markup"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"version https://git-lfs", "a pointer to the image, not the image"),
)
_SENSOR_TAGS = ("SATELLITEID", "SATID", "SPACECRAFT_NAME", "SPACECRAFT_ID", "PLATFORM", "MISSION")


def take_in(
    path: str, folder: str, work: str, wish: Mapping[str, Any], budget_bytes: int = BUDGET_BYTES
) -> dict[str, Any]:
    """Inspect the image at `path` and write its working copy into `folder`.

    Args:
        path: the foreign file.
        folder: where working copies live; the copy is named by the hash of the original.
        work: an empty folder on the same file system for what is not finished.
        wish: `taken` (text or null), `licence`, `credit`, `may_publish`, `in_place`,
            `is_simulated`, `today`.
        budget_bytes: pixels x bands x bytes that an image may unfold to.

    Returns:
        `scene` (the body of a Scene) and `note` (what a person should know, or nothing).

    Raises:
        BadImage: the file cannot be used; the message names it and the next step.
        BadDate: nothing says when it was taken.
        OSError: with `ENOSPC` when there is no room for the copy.
    """
    file = Path(path)
    signal.alarm(LOOK_S)
    _sniff(file)
    try:
        with rasterio.open(file, driver="GTiff", sharing=False) as source:
            return _take_in(file, source, Path(folder), Path(work), wish, budget_bytes)
    except (RasterioError, CPLE_BaseError, CRSError) as error:
        _blame_the_disk(work, error)
        raise BadImage(
            f"{file.name}: broken or cut short ({cause(error)}); fetch it again"
        ) from error


def _take_in(
    file: Path, source: Any, folder: Path, work: Path, wish: Mapping[str, Any], budget_bytes: int
) -> dict[str, Any]:
    check_kind(file, source)
    decoded = check_size(file, source, budget_bytes)
    gsd_m = georef.gsd_m(source, file.name)
    stac, note = _sidecar(file)
    tags = {**source.tags(), **source.tags(ns="IMAGERY")}
    dated = _dated(file, tags, stac, wish)
    notes = [note, dated.note]
    signal.alarm(120 + int(decoded / 4e6 + file.stat().st_size / 2e7))
    sha256 = _sha256(file)
    copy = folder / f"{sha256[:16]}.tif"
    if wish["in_place"]:
        _check_in_place(file, source)
        made = copy = file
    elif copy.exists():
        made = copy
        notes.append("already in the project")
    else:
        made, note = _write_copy(file, source, work)
        notes.append(note)
    footprint, n_bands = _inspect(file, made)
    if made != copy:
        made.replace(copy)
    nominal_m = stated.number(stac, 1e-3, 1e4, "gsd", "eo:gsd")
    if nominal_m > 1.5 * gsd_m:
        notes.append(f"its STAC item states {nominal_m:g} m, its pixels are {gsd_m:.2f} m")
    seen = stated.conditions(stac)
    scene = Scene(
        sha256=sha256,
        name=stated.words(file.name, 200),
        taken=dated.taken,
        taken_from=dated.read_from,
        sensor=_sensor(tags, stac),
        gsd_m=gsd_m,
        off_nadir_deg=seen.off_nadir_deg,
        sun_azimuth_deg=seen.sun_azimuth_deg,
        sun_elevation_deg=seen.sun_elevation_deg,
        cloud_percent=seen.cloud_percent,
        n_bands=n_bands,
        dtype=source.dtypes[0],
        crs=georef.crs_text(source),
        footprint=footprint,
        href=str(file) if wish["in_place"] else f"{folder.name}/{copy.name}",
        licence=wish["licence"] or stated.text(stac, 100, "license"),
        credit=wish["credit"],
        may_publish=bool(wish["may_publish"]),
        is_simulated=bool(wish["is_simulated"]),
    )
    signal.alarm(0)
    return {"scene": scene.body(), "note": "; ".join(note for note in notes if note)}


def _dated(
    file: Path, tags: Mapping[str, str], stac: Mapping[str, object], wish: Mapping[str, Any]
) -> dates.Dated:
    given = When.parse(wish["taken"]) if wish["taken"] else None
    today = date.fromisoformat(wish["today"])
    return dates.find(stated.words(file.name, 200), tags, stac, given=given, today=today)


def _inspect(file: Path, made: Path) -> tuple[BaseGeometry, int]:
    """Return footprint and number of bands of what was made; refuse it when it shows nothing."""
    with rasterio.open(made, driver="GTiff", sharing=False) as result:
        footprint = outline.outline(result)
        if footprint is None:
            raise BadImage(f"{file.name}: {_NOTHING}")
        # The last block, so that a file used in place that was cut short shows now.
        row, column = max(0, result.height - 64), max(0, result.width - 64)
        size = (min(64, result.width), min(64, result.height))
        result.read(window=Window(column, row, *size))
        n_bands = sum(meaning != ColorInterp.alpha for meaning in result.colorinterp)
    return footprint, n_bands


def start_of(file: Path) -> bytes:
    """Return the first bytes of a file; refuse an empty one."""
    with file.open("rb") as stream:
        start = stream.read(64)
    if not start:
        raise BadImage(f"{file.name}: empty file; fetch it again")
    return start


def is_tiff(start: bytes) -> bool:
    """Say whether a file that begins like this is a TIFF."""
    return start[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}


def kind_of(start: bytes) -> str:
    """Say in words what a file is that begins like this and is no TIFF."""
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((kind for sign, kind in _NOT_TIFF if head.startswith(sign.lower())), "no TIFF")


def _sniff(file: Path) -> None:
    """Refuse what is no TIFF at all, and say what it is."""
    start = start_of(file)
    if is_tiff(start):
        return
    kind = kind_of(start)
    step = (
        "convert it with gdal_translate -of COG" if "picture" in kind else "fetch the image again"
    )
    raise BadImage(f"{file.name}: is {kind}; only GeoTIFF and COG are read; {step}")


def check_size(file: Path, source: Any, budget_bytes: int) -> int:
    """Return the bytes the image unfolds to; refuse what is too large before a pixel is read."""
    width, height = source.width, source.height
    if max(width, height) > SIDE_PX:
        raise BadImage(
            f"{file.name}: {width:,} x {height:,} pixels, more than {SIDE_PX:,} on a "
            "side; cut it into parts along the border"
        )
    bytes_each = np.dtype(source.dtypes[0]).itemsize
    decoded: int = int(width) * int(height) * int(source.count) * bytes_each
    if decoded > budget_bytes:
        raise BadImage(
            f"{file.name}: unfolds to {decoded / 2**30:,.0f} GiB, more than "
            f"{budget_bytes / 2**30:,.0f} GiB; cut it into parts along the border"
        )
    is_mixed = source.interleaving is not None and source.interleaving.name == "pixel"
    largest = max(rows * columns for rows, columns in source.block_shapes)
    block = largest * bytes_each * (source.count if is_mixed else 1)
    if block > BLOCK_BYTES:
        raise BadImage(
            f"{file.name}: is stored in blocks of {block >> 20:,} MiB; "
            "rewrite it with gdal_translate -of COG"
        )
    return decoded


def check_kind(file: Path, source: Any) -> None:
    """Refuse pixels that are no measured 8- or 16-bit values in 1 to 8 bands."""
    kinds = set(source.dtypes)
    if kinds not in ({"uint8"}, {"uint16"}):
        raise BadImage(
            f"{file.name}: holds {', '.join(sorted(kinds))} pixels; only 8- and 16-bit unsigned "
            "are read; convert it with gdal_translate -ot UInt16 -scale"
        )
    check_bands(file, source)


def check_bands(file: Path, source: Any) -> None:
    """Refuse an image without 1 to 8 bands of measured values."""
    n_data = sum(meaning != ColorInterp.alpha for meaning in source.colorinterp)
    if not 1 <= n_data <= 8 or source.count > 9:
        raise BadImage(f"{file.name}: has {n_data} bands; choose 1 to 8 with gdal_translate -b")
    if ColorInterp.palette in source.colorinterp:
        raise BadImage(
            f"{file.name}: has a colour table, not measured values; "
            "convert it with gdal_translate -expand rgb"
        )


def _check_in_place(file: Path, source: Any) -> None:
    """Refuse what is no cloud-optimised GeoTIFF that can be read as it is."""
    height, width = source.block_shapes[0]
    small = max(source.width, source.height) <= 1024
    tiled = width < source.width or small
    if not tiled or not (small or source.overviews(1)) or max(height, width) > 4096:
        reason = "has no tiles and overviews"
    else:
        reason = rewrite.faults(source, only_edges=True).note
    if reason:
        raise BadImage(f"{file.name}: cannot be used in place: {reason}; add it without --in-place")


def _write_copy(file: Path, source: Any, work: Path) -> tuple[Path, str]:
    """Write the working copy into `work`; return it and what was put right on the way."""
    made = work / f"{rewrite.MADE}copy.tif"
    faults = rewrite.faults(source)
    if faults.border is not None and faults.border.all():
        raise BadImage(f"{file.name}: {_NOTHING}")
    ready = rewrite.put_right(source, faults, work)
    if ready is None:
        rasterio.shutil.copy(source, made, strict=False, **_COG)
    else:
        with rasterio.open(ready, driver="GTiff", sharing=False) as upright:
            rasterio.shutil.copy(upright, made, strict=False, **_COG)
    with made.open("rb+") as stream:
        os.fsync(stream.fileno())
    return made, faults.note


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _sidecar(file: Path) -> tuple[Mapping[str, object], str]:
    """Return the properties of the STAC item beside the image, and what is wrong with it."""
    for beside in (file.with_suffix(".json"), file.with_name(file.name + ".json")):
        if not beside.is_file():
            continue
        if beside.stat().st_size > _SIDECAR_BYTES:
            return {}, f"{beside.name} is too large for a STAC item and was ignored"
        try:
            item = orjson.loads(beside.read_bytes())
        except orjson.JSONDecodeError:
            return {}, f"{beside.name} is no valid JSON and was ignored"
        if isinstance(item, dict) and isinstance(item.get("properties"), dict):
            return item["properties"], ""
        return {}, f"{beside.name} is no STAC item and was ignored"
    return {}, ""


def _sensor(tags: Mapping[str, str], stac: Mapping[str, object]) -> str:
    instruments = stac.get("instruments")
    parts = [stated.text(stac, 60, "platform")]
    if isinstance(instruments, list):
        parts += [stated.words(part, 40) for part in instruments[:3] if isinstance(part, str)]
    if any(parts):
        return " ".join(part for part in parts if part)
    return next(
        (stated.words(tags[key].strip('";'), 60) for key in _SENSOR_TAGS if key in tags), ""
    )


def _blame_the_disk(work: str, error: BaseException) -> None:
    """Raise OSError when it was the disk, not the file, that failed."""
    said = cause(error).lower()
    is_ours = any(words in said for words in (rewrite.MADE, "no space", "write error"))
    if is_ours or shutil.disk_usage(work).free < 16 << 20:
        raise OSError(errno.ENOSPC, "no room left for the working copy") from error


def cause(error: BaseException) -> str:
    """Return what GDAL itself said, in one line and without folders."""
    said = str(error.__cause__ or error).splitlines()
    first = said[0] if said else type(error).__name__
    return stated.words(" ".join(part.rsplit("/", 1)[-1] for part in first.split(" ")), 160)
