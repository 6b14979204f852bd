"""Sentinel-2: a `.SAFE` folder, level 1C or 2A, whole or in part."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vallum.imagery.deliveries.order import Image, Mask, Told
from vallum.imagery.deliveries.papers import Folder, every, local, moment, number, value

KIND = "Sentinel-2"
_STACK = (("B04", "red"), ("B03", "green"), ("B02", "blue"), ("B08", "nir"))
_BAND = re.compile(r"_(B\d[0-9A]|TCI|SCL|AOT|WVP)(?:_(\d\d)m)?\.(jp2|tif|tiff)$", re.IGNORECASE)
_LICENCE = "Copernicus Sentinel data: free, full and open; credit required"


def images(folder: Folder) -> Iterator[tuple[str, Image]]:
    """Yield product and image, for every tile of every product that a `MTD_MSI*.xml` describes."""
    for paper, root in folder.xml.items():
        if not re.search(r"Level-(1C|2A)_(User_Product|Tile_ID)", local(root)):
            continue
        folder.claimed.add(paper)
    tiles = {
        path: root
        for path, root in folder.xml.items()
        if re.search(r"Level-(1C|2A)_Tile_ID", local(root))
    }
    for paper, root in folder.xml.items():
        if not re.search(r"Level-(1C|2A)_User_Product", local(root)):
            continue
        folder.at = paper
        inside = [p for p in folder.files if p.is_relative_to(paper.parent)]
        _claim(folder, inside)
        mine = {path: tile for path, tile in tiles.items() if path in inside} or {paper: None}
        for path, tile in mine.items():
            name = value(root, "PRODUCT_URI").removesuffix(".SAFE") or paper.parent.stem
            within = [p for p in inside if p.is_relative_to(path.parent)]
            yield name, _image(name, paper, root, path, tile, within, len(mine))


def _claim(folder: Folder, inside: list[Path]) -> None:
    """Claim bands, quicklooks and masks of a product: all of them are spoken of."""
    folder.claimed.update(inside)


def _image(
    name: str,
    paper: Path,
    root: Any,
    tile_paper: Path,
    tile: Any,
    within: list[Path],
    n_tiles: int,
) -> Image:
    bands: dict[str, Path] = {}
    finest: dict[str, int] = {}
    for path in within:
        match = _BAND.search(path.name)
        if match and match[1].upper() in {band for band, _ in _STACK} | {"TCI", "SCL"}:
            size = int(match[2] or 10)
            key = match[1].upper()
            if size < finest.get(key, 1000):
                bands[key], finest[key] = path, size
    chosen = [(band, shows) for band, shows in _STACK if finest.get(band) == 10]
    missing = tuple(f"{band} (10 m)" for band, _ in _STACK if finest.get(band) != 10)
    notes: list[str] = []
    if chosen and missing:
        notes.append(f"without {', '.join(missing)}: not in the folder")
    files, shows = [bands[b] for b, _ in chosen], tuple(s for _, s in chosen)
    how = "bands" if len(files) > 1 else "one"
    if not files and "TCI" in bands:
        files, shows, missing = [bands["TCI"]], ("red", "green", "blue"), ()
        notes.append("only its picture in true colour is here: 8 bit, stretched by the provider")
    told = _told(paper, root, tile, "TCI" in str(files[:1]), shows)
    return Image(
        name=name if n_tiles == 1 else f"{name} {value(tile, 'TILE_ID')[-12:-7]}",
        files=tuple(map(str, files)),
        how=how,
        told=told,
        masks=_masks(bands, within),
        missing=() if files else missing,
        papers=(paper.name, *([tile_paper.name] if tile is not None else [])),
        nothing=0,
        notes=tuple(notes),
    )


def _masks(bands: dict[str, Path], within: list[Path]) -> tuple[Mask, ...]:
    if "SCL" in bands:
        return (Mask(path=str(bands["SCL"]), kind="scl"),)
    for pattern, kind in (
        (r"MSK_CLASSI_B00.*\.jp2$", "classi"),
        (r"MSK_CLOUDS_B00.*\.gml$", "gml"),
        (r"MSK_CLDPRB_20m.*\.jp2$", "cldprb"),
        (r"QA60.*\.(jp2|tif)$", "qa60"),
    ):
        found = [path for path in within if re.search(pattern, path.name, re.IGNORECASE)]
        if found:
            return (Mask(path=str(found[0]), kind=kind),)
    return ()


def _told(paper: Path, root: Any, tile: Any, is_picture: bool, shows: tuple[str, ...]) -> Told:
    at = moment(value(tile, "SENSING_TIME")) if tile is not None else ""
    at = (
        at
        or moment(value(root, "DATATAKE_SENSING_START"))
        or moment(value(root, "PRODUCT_START_TIME"))
    )
    zenith, azimuth = _angles(tile, "Mean_Sun_Angle")
    seen, towards = _angles(tile, "Mean_Viewing_Incidence_Angle")
    level = value(root, "PROCESSING_LEVEL")
    return Told(
        taken=at[:10],
        taken_at=at,
        source=f"sidecar {paper.name}",
        sensor=" ".join(filter(None, (value(root, "SPACECRAFT_NAME") or "Sentinel-2", "MSI"))),
        gsd_m=10.0,
        off_nadir_deg=seen,
        view_azimuth_deg=towards,
        sun_azimuth_deg=azimuth,
        sun_elevation_deg=90 - zenith,
        cloud_percent=number(value(root, "Cloud_Coverage_Assessment"), 0, 100),
        licence=_LICENCE,
        credit=f"Contains modified Copernicus Sentinel data {at[:4]}" if at else "",
        bands=shows,
        reflectance=() if is_picture else _reflectance(root),
        product=" ".join(filter(None, (level, value(root, "PROCESSING_BASELINE")))),
    )


def _angles(tile: Any, name: str) -> tuple[float, float]:
    """Return mean zenith and azimuth; of viewing angles the mean over the bands."""
    if tile is None:
        return math.nan, math.nan
    pairs = [
        (number(value(e, "ZENITH_ANGLE"), 0, 90), number(value(e, "AZIMUTH_ANGLE"), 0, 360))
        for e in every(tile, name)
    ]
    pairs = [pair for pair in pairs if not math.isnan(sum(pair))]
    if not pairs:
        return math.nan, math.nan
    east = sum(math.sin(math.radians(azimuth)) for _, azimuth in pairs)
    north = sum(math.cos(math.radians(azimuth)) for _, azimuth in pairs)
    zenith = sum(zenith for zenith, _ in pairs) / len(pairs)
    return zenith, math.degrees(math.atan2(east, north)) % 360


def _reflectance(root: Any) -> tuple[float, ...]:
    """Return gain and offset; the offset came with processing baseline 04.00 (January 2022)."""
    scale = number(
        value(root, "BOA_QUANTIFICATION_VALUE") or value(root, "QUANTIFICATION_VALUE"), 1
    )
    if math.isnan(scale):
        return ()
    offset = number(value(root, "BOA_ADD_OFFSET") or value(root, "RADIO_ADD_OFFSET"))
    return (1 / scale, (0.0 if math.isnan(offset) else offset) / scale)
