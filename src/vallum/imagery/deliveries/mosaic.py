"""Mosaics of several dates: a delivery's layer of shapes says which part was taken when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import shapely

from vallum.ground.errors import BadInput
from vallum.imagery import dates
from vallum.imagery.deliveries.order import Image, Seam
from vallum.imagery.deliveries.papers import SHAPES, Folder

# As compared: letters and digits only, cut to ten where a Shapefile cuts names.
_DATES = (
    "ACQDATE", "ACQDATETIME", "ACQTIME", "ACQUISITIONDATE", "ACQUISITIONDATETIME", "ACQUIRED",
    "ACQSTART", "IMGDATE", "IMAGEDATE", "IMAGINGDATE", "SRCIMGDATE", "SRCDATE", "IDATE",
    "SDATE", "COLLECTDATE", "COLLECTIONDATE", "CAPTUREDATE", "DATETIME", "DATE", "TIMESTAMP",
    "BEGIN",
)  # fmt: skip
_SENSORS = ("SENSOR", "SATELLITE", "PLATFORM", "SATID", "SENSORVEHI", "SOURCE", "MISSION")
_NEAR = 3
_LAYERS = 12
_PIECES = 2000


def seams(folder: Folder, image: Image) -> tuple[Seam, ...]:
    """Return which part of an image was taken on which date; empty where it has one date.

    Only images are split that state no single day of their own (mosaics do not), or whose product
    is called a mosaic: the strips of an ordinary delivery are not cut out of it.
    """
    told = image.told
    is_bare = not image.papers
    is_open = not told.taken or ".." in told.taken or "MOSAIC" in told.product.upper()
    if not is_open or not image.files:
        return ()
    home = Path(image.files[0]).parent
    layers = [
        path
        for path in folder.files
        if path.suffix.lower() in SHAPES
        and (path.is_relative_to(home) or path.parent in home.parents[:_NEAR]
             or path.parent.parent in home.parents[:_NEAR])
    ]  # fmt: skip
    for layer in sorted(layers, key=_likeness)[:_LAYERS]:
        if is_bare and not _is_for(layer, image):
            continue
        found = list(_read(layer, image))
        if found:
            folder.claimed.add(layer)
            return tuple(found)
    return ()


def parted(
    seams: Sequence[tuple[Seam, Any]], frame: Any, least: float
) -> tuple[list[tuple[Seam, Any]], Any]:
    """Return disjoint parts of an image with what dates them, and the area without a date.

    Where seams of several dates overlap, nothing says which of them the pixels show: that part
    has the range from the first date to the last.

    Args:
        seams: each with its shape in the system of the image.
        frame: outline of the image.
        least: share of the frame below which a part is none; it stays without a date.
    """
    pieces: list[tuple[tuple[int, ...], Any]] = []
    smallest = least * frame.area
    for number, (_, shape) in enumerate(seams):
        fresh, split = shape.intersection(frame), []
        for numbers, area in pieces:
            both = area.intersection(fresh)
            if both.is_empty:
                split.append((numbers, area))
                continue
            fresh = fresh.difference(area)
            split += [(numbers, area.difference(both)), ((*numbers, number), both)]
        # Small pieces stay until all are cut: one may grow by joining others of its dates.
        pieces = [(n, area) for n, area in [*split, ((number,), fresh)] if area.area > 0]
        if len(pieces) > _PIECES:
            pieces = [(n, area) for n, area in pieces if area.area >= smallest]
    by_dates: dict[tuple[str, int, str], list[Any]] = {}
    for numbers, area in pieces:
        first, *_ = mine = [seams[n][0] for n in numbers]
        one = len(mine) == 1
        key = (first.taken if one else _range(mine), 0 if one else len(mine), "")
        by_dates.setdefault((*key[:2], first.sensor if one else ""), []).append(area)
    found = []
    for (taken, n_dates, sensor), areas in sorted(by_dates.items()):
        area = _polygons(shapely.union_all(areas))
        if area.area >= smallest:
            found.append((Seam(taken=taken, shape="", sensor=sensor, overlapping=n_dates), area))
    shown = shapely.union_all([area for _, area in found])
    return found, _polygons(frame.difference(shown))


def _range(seams: Sequence[Seam]) -> str:
    days = sorted(day for seam in seams for day in seam.taken.split(".."))
    return f"{days[0]}..{days[-1]}"


def _polygons(shape: Any) -> Any:
    """Return the area of a shape, without the lines and points that cutting leaves."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _likeness(path: Path) -> tuple[int, str]:
    """Order layers by how much their name promises: cutlines and seamlines, then any shape."""
    name = path.name.lower()
    words = ("cut", "seam", "strip", "source", "pixel", "tile", "order", "product")
    return next((n for n, word in enumerate(words) if word in name), 4), name


def _is_for(layer: Path, image: Image) -> bool:
    """Say whether a layer beside an image without papers is named as its seams."""
    name, stem = layer.stem.lower(), Path(image.files[0]).stem.lower()
    return layer.parent == Path(image.files[0]).parent and (
        name.startswith(stem) or "seam" in name or "cutline" in name
    )


def _read(path: Path, image: Image) -> Iterator[Seam]:
    from vallum.ground.vector import parse

    try:
        if path.suffix.lower() == ".gml":
            features = _of_gml(path)
        else:
            import base64

            features = [
                (shapely.from_wkb(base64.b64decode(f["shape"])), f["properties"])
                for f in parse(str(path))["features"]
            ]
    except (BadInput, OSError, ValueError):
        return  # a broken layer tells nothing; the image keeps the bracket of its papers
    today = datetime.now(UTC).date()
    by_day: dict[str, list[Any]] = {}
    sensors: dict[str, str] = {}
    for shape, properties in features:
        plain = {re.sub(r"[^A-Z0-9]", "", str(k).upper()): v for k, v in properties.items()}
        if not _is_of(plain, image):
            continue
        day = _day(plain, today)
        if day and shape.geom_type in {"Polygon", "MultiPolygon"}:
            by_day.setdefault(day, []).append(shape)
            sensors.setdefault(
                day, next((str(plain[k])[:40] for k in _SENSORS if plain.get(k)), "")
            )
    for day, shapes in sorted(by_day.items()):
        area = shapely.make_valid(shapely.union_all(shapes))
        yield Seam(taken=day, shape=shapely.to_wkt(area), sensor=sensors[day])


def _is_of(plain: Mapping[str, Any], image: Image) -> bool:
    """Say whether a shape is of this image, where a layer names files (a state's quadrangles)."""
    name = next((str(plain[k]) for k in ("FILENAME", "FILE", "QUADFILE") if plain.get(k)), "")
    if not name:
        return True
    stems = {Path(file).stem.lower() for file in image.files}
    return Path(name).stem.lower() in stems


def _day(plain: Mapping[str, Any], today: date) -> str:
    cut = {key[:10]: said for key, said in plain.items()}
    for key in _DATES:
        said = plain.get(key, cut.get(key[:10]))
        if isinstance(said, float) and said.is_integer():
            said = int(said)
        found = dates.day_in(str(said), today) if said not in (None, "") else None
        if found:
            return found.isoformat()
    return ""


def _of_gml(path: Path) -> list[tuple[Any, dict[str, Any]]]:
    """Return the polygons of a GML mask with the texts beside them; longitude and latitude."""
    from vallum.imagery.deliveries import gml

    return gml.read(path)
