"""What happens to a foreign image inside the limited process; never called from the main one.

`catalog.receive` sends one file here. It is looked at before a pixel is read, dated, hashed and,
unless it is used in place, written anew as a cloud-optimised GeoTIFF that nobody but vallum made.
No sidecar is opened except the STAC item beside it, as plain JSON.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
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
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadImage
from vallum.ground.records import Scene
from vallum.ground.when import When
from vallum.imagery import catalog, dates, georef, outline, rewrite, stated
from vallum.imagery.catalog import OUT
from vallum.imagery.deliveries.order import Told

SIDE_PX = 400_000
BUDGET_BYTES = 128 << 30
BLOCK_BYTES = 256 << 20
LOOK_S = 60
_SIDECAR_BYTES = 1 << 20
_NOTHING = "holds no valid pixel; fetch it again or leave it out"
COG = {
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
    path: str,
    folder: str,
    work: str,
    wish: Mapping[str, Any],
    budget_bytes: int = BUDGET_BYTES,
    sha256: str = "",
) -> dict[str, Any]:
    """Inspect the image at `path` and write its working copy into `folder`.

    Args:
        path: the foreign file.
        folder: where working copies live; the copy is named by the hash of the original.
        work: an empty folder on the same file system for what is not finished.
        wish: `taken` (text or null), `licence`, `credit`, `may_publish`, `in_place`,
            `is_simulated`, `today`.
        budget_bytes: pixels x bands x bytes that an image may unfold to.
        sha256: hash of the file, as the main process read it.

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
            check_kind(file, source)
            parcel = Parcel(name=file.name, sha256=sha256)
            return settle(file, source, Path(folder), Path(work), wish, budget_bytes, parcel)
    except (RasterioError, CPLE_BaseError, CRSError) as error:
        blame_the_disk(work, error)
        raise BadImage(
            f"{file.name}: broken or cut short ({cause(error)}); fetch it again"
        ) from error


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What is known of an image beside its pixels.

    Attributes:
        name: what to call it.
        told: what the papers of its delivery say.
        sha256: hash of its file or files, as the main process read them.
        is_built: the pixels were put together by vallum: no sidecar, not in place.
        order: delivery it came with.
        looking_only: why lengths may not be measured on it.
        notes: what a person should know.
    """

    name: str
    told: Told = Told()
    sha256: str = ""
    is_built: bool = False
    order: str = ""
    looking_only: str = ""
    notes: tuple[str, ...] = ()


def settle(
    file: Path,
    source: Any,
    folder: Path,
    work: Path,
    wish: Mapping[str, Any],
    budget_bytes: int,
    parcel: Parcel,
) -> dict[str, Any]:
    """Write the working copy of an open image and describe it; returns what `take_in` returns.

    Args:
        file: the file that is open, by whose name problems are told.
        source: the open dataset, of 8 or 16 bit.
        folder: where working copies live.
        work: an empty folder on the same file system.
        wish: as for `take_in`.
        budget_bytes: as for `take_in`.
        parcel: what is known of it beside its pixels.

    Raises:
        BadImage: it cannot be used.
        BadDate: nothing says when it was taken.
    """
    label = Path(parcel.name)
    decoded = check_size(label, source, budget_bytes)
    gsd_m = georef.gsd_m(source, label.name)
    stac, note = ({}, "") if parcel.is_built else _sidecar(file)
    tags = {**source.tags(), **source.tags(ns="IMAGERY")}
    dated = _dated(label, tags, stac, wish, parcel.told)
    notes = [*parcel.notes, note, dated.note]
    signal.alarm(120 + int(decoded / 4e6 + file.stat().st_size / 2e7))
    sha256 = parcel.sha256 or catalog.hash_of(file)
    copy = folder / f"{sha256[:16]}.tif"
    is_in_place = bool(wish["in_place"]) and not parcel.is_built
    if is_in_place:
        _check_in_place(file, source)
        made = copy = file
    elif copy.exists():
        made = copy
        notes.append("already in the project")
    else:
        made, note = _write_copy(label, source, work)
        notes.append(note)
    footprint, n_bands = _inspect(label, made)
    if made != copy:
        leave(made, out_of(work, folder) / copy.name)
    nominal_m = stated.number(stac, 1e-3, 1e4, "gsd", "eo:gsd")
    if nominal_m > 1.5 * gsd_m:
        notes.append(f"its STAC item states {nominal_m:g} m, its pixels are {gsd_m:.2f} m")
    scene = _scene(label, parcel, wish, stac, tags)
    scene = replace(
        scene,
        sha256=sha256,
        taken=dated.taken,
        taken_from=dated.read_from,
        taken_at=_moment(parcel.told, stac, tags, dated.taken),
        gsd_m=gsd_m,
        n_bands=n_bands,
        bands=scene.bands if len(scene.bands) == n_bands else (),
        dtype=source.dtypes[0],
        crs=georef.crs_text(source),
        footprint=footprint,
        href=str(file) if is_in_place else f"{folder.name}/{copy.name}",
    )
    signal.alarm(0)
    return {"scene": scene.body(), "note": "; ".join(note for note in notes if note)}


def _scene(
    label: Path,
    parcel: Parcel,
    wish: Mapping[str, Any],
    stac: Mapping[str, object],
    tags: Mapping[str, str],
) -> Scene:
    """Return the scene with all that is stated about it; what is measured is filled in later."""
    seen, told = stated.conditions(stac), parcel.told
    return Scene(
        sha256="",
        name=stated.words(label.name, 200),
        taken=When(date.min, date.max),
        taken_from="",
        sensor=stated.words(told.sensor, 100) or _sensor(tags, stac),
        gsd_m=math.nan,
        off_nadir_deg=_or(told.off_nadir_deg, seen.off_nadir_deg),
        view_azimuth_deg=_or(told.view_azimuth_deg, stated.number(stac, 0, 360, "view:azimuth")),
        sun_azimuth_deg=_or(told.sun_azimuth_deg, seen.sun_azimuth_deg),
        sun_elevation_deg=_or(told.sun_elevation_deg, seen.sun_elevation_deg),
        cloud_percent=_or(told.cloud_percent, seen.cloud_percent),
        footprint=Point(),
        bands=tuple(told.bands),
        reflectance=tuple(told.reflectance),
        order=stated.words(parcel.order, 120),
        looking_only=parcel.looking_only,
        licence=wish["licence"] or told.licence or stated.text(stac, 100, "license"),
        credit=wish["credit"] or told.credit,
        may_publish=bool(wish["may_publish"]),
        is_simulated=bool(wish["is_simulated"]),
    )


def _or(told: float, other: float) -> float:
    return told if math.isfinite(told) else other


def _moment(
    told: Told, stac: Mapping[str, object], tags: Mapping[str, str], taken: When
) -> datetime | None:
    """Return the moment that is stated, if it lies on the day that is believed."""
    for text in (told.taken_at, stac.get("datetime"), tags.get("ACQUISITIONDATETIME")):
        try:
            moment = datetime.fromisoformat(str(text).strip('"; '))
        except ValueError:
            continue
        if len(str(text)) > 10:
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
            if When.on(moment).is_within(taken):
                return moment
    return None


def _dated(
    file: Path,
    tags: Mapping[str, str],
    stac: Mapping[str, object],
    wish: Mapping[str, Any],
    told: Told,
) -> dates.Dated:
    given = When.parse(wish["taken"]) if wish["taken"] else None
    today = date.fromisoformat(wish["today"])
    name = stated.words(file.name, 200)
    papers = (told.taken, told.source)
    return dates.find(name, tags, stac, given=given, today=today, told=papers)


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


def out_of(work: Path, folder: Path) -> Path:
    """Return where finished copies are left for the main process; `folder` where none was made."""
    return next((one / OUT for one in (work, work.parent) if (one / OUT).is_dir()), folder)


def leave(made: Path, path: Path) -> None:
    """Give a finished file its place in another folder; Landlock before ABI 2 wants a copy."""
    try:
        made.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(made, path)
        made.unlink()


def start_of(file: Path) -> bytes:
    """Return the first bytes of a file; refuse an empty one."""
    with file.open("rb") as stream:
        start = stream.read(64)
    if not start:
        raise BadImage(f"{file.name}: empty file; fetch it again")
    return start


def is_tiff(start: bytes) -> bool:
    """Say whether a file that begins like this is a TIFF."""
    return start[:4] in catalog.TIFF


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
        rasterio.shutil.copy(source, made, strict=False, **COG)
    else:
        with rasterio.open(ready, driver="GTiff", sharing=False) as upright:
            rasterio.shutil.copy(upright, made, strict=False, **COG)
    with made.open("rb+") as stream:
        os.fsync(stream.fileno())
    return made, faults.note


def _sidecar(file: Path) -> tuple[Mapping[str, object], str]:
    """Return the properties of the STAC item beside the image, and what is wrong with it."""
    for beside in (file.with_suffix(".json"), file.with_name(file.name + ".json")):
        if not beside.is_file() or not os.access(beside, os.R_OK) or beside.is_symlink():
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


def blame_the_disk(work: str, error: BaseException) -> None:
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
