"""Landsat: `*_MTL.txt`, `.json` or `.xml` of Collection 2, and `_MTL.txt` of Collection 1."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vallum.imagery.deliveries.order import Image, Mask, Told
from vallum.imagery.deliveries.papers import Folder, flat, groups, local, moment, number

KIND = "Landsat"
_OLI = (("4", "red"), ("3", "green"), ("2", "blue"), ("5", "nir"), ("6", "swir16"), ("7", "swir22"))
_TM = (("3", "red"), ("2", "green"), ("1", "blue"), ("4", "nir"), ("5", "swir16"), ("7", "swir22"))
_LICENCE = "public domain (USGS)"


def images(folder: Folder) -> Iterator[tuple[str, Image]]:
    """Yield product and image, for every scene that an MTL file describes; a panchromatic apart."""
    papers: dict[str, list[tuple[Path, dict[str, str]]]] = {}
    for path, leaves in _papers(folder):
        folder.claimed.add(path)
        product = leaves.get("LANDSAT_PRODUCT_ID") or leaves.get("LANDSAT_SCENE_ID") or path.stem
        papers.setdefault(product, []).append((path, leaves))
    for product, found in papers.items():
        path, leaves = found[0]
        folder.at = path
        yield from ((product, image) for image in _images(folder, product, path, leaves))


def _papers(folder: Folder) -> Iterator[tuple[Path, dict[str, str]]]:
    for path, text in folder.text.items():
        folder.at = path
        if "SPACECRAFT_ID" in text and "FILE_NAME_BAND_" in text:
            yield path, flat(groups(text))
    for path, document in folder.json.items():
        folder.at = path
        tree = document.get("LANDSAT_METADATA_FILE") if isinstance(document, dict) else None
        if isinstance(tree, dict):
            yield path, flat(tree)
    for path, root in folder.xml.items():
        folder.at = path
        if local(root) == "LANDSAT_METADATA_FILE":
            yield path, _leaves(root)


def _leaves(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter():
        if len(element) == 0 and element.text:
            found.setdefault(local(element), element.text.strip())
    return found


def _images(
    folder: Folder, product: str, paper: Path, leaves: Mapping[str, str]
) -> Iterator[Image]:
    number_of = leaves.get("SPACECRAFT_ID", "").rpartition("_")[2]
    stack = _OLI if number_of in {"8", "9"} else _TM
    chosen: list[Path] = []
    shows: list[str] = []
    missing: list[str] = []
    for band, what in stack:
        name = leaves.get(f"FILE_NAME_BAND_{band}", "")
        path = folder.find(paper, name) if name else None
        if path is not None:
            chosen.append(path)
            shows.append(what)
        elif name:
            missing.append(name)
    mask, masked = _mask(folder, paper, leaves)
    pan_name = leaves.get("FILE_NAME_BAND_8", "") if number_of in {"7", "8", "9"} else ""
    pan = folder.find(paper, pan_name) if pan_name else None
    stem = product.lower()
    folder.claimed.update(p for p in folder.files if p.name.lower().startswith(stem))
    folder.claimed.update([*chosen, *masked, *([pan] if pan else [])])
    notes = [f"without {', '.join(missing)}: not in the folder"] if chosen and missing else []
    told = _told(paper, leaves, tuple(b for b, what in stack if what in shows), tuple(shows))
    yield Image(
        name=product,
        files=tuple(map(str, chosen)),
        how="bands" if len(chosen) > 1 else "one",
        told=told,
        masks=mask,
        missing=() if chosen else tuple(missing),
        papers=(paper.name,),
        nothing=0,
        notes=tuple(notes),
    )
    if pan is not None:
        yield Image(
            name=f"{product} pan",
            files=(str(pan),),
            told=_told(paper, leaves, ("8",), ("pan",), gsd_m=15.0),
            masks=mask,
            papers=(paper.name,),
            nothing=0,
        )


def _mask(
    folder: Folder, paper: Path, leaves: Mapping[str, str]
) -> tuple[tuple[Mask, ...], list[Path]]:
    for key, kind in (
        ("FILE_NAME_QUALITY_L1_PIXEL", "qa_pixel"),
        ("FILE_NAME_BAND_QUALITY", "bqa"),
        ("FILE_NAME_QUALITY", "bqa"),
    ):
        name = leaves.get(key, "")
        path = folder.find(paper, name) if name else None
        if path is not None:
            if kind == "bqa" and leaves.get("COLLECTION_NUMBER", "") not in {"1", "01"}:
                kind = "bqa_old"
            return (Mask(path=str(path), kind=kind),), [path]
    return (), []


def _told(
    paper: Path,
    leaves: Mapping[str, str],
    numbers: tuple[str, ...],
    shows: tuple[str, ...],
    gsd_m: float = 30.0,
) -> Told:
    day = leaves.get("DATE_ACQUIRED", "")
    clock = leaves.get("SCENE_CENTER_TIME", "").strip('"')
    at = moment(f"{day}T{clock}") if clock else ""
    satellite = leaves.get("SPACECRAFT_ID", "").replace("_", "-").title()
    cloud = number(leaves.get("CLOUD_COVER"), 0, 100)
    nadir = leaves.get("NADIR_OFFNADIR", "NADIR").upper() == "NADIR"
    roll = abs(number(leaves.get("ROLL_ANGLE"), -90, 90))
    return Told(
        taken=day if len(day) == 10 else at[:10],
        taken_at=at,
        source=f"sidecar {paper.name}",
        sensor=" ".join(filter(None, (satellite, leaves.get("SENSOR_ID", "")))),
        gsd_m=gsd_m,
        off_nadir_deg=roll if math.isfinite(roll) or not nadir else 0.0,
        sun_azimuth_deg=number(leaves.get("SUN_AZIMUTH"), -360, 360) % 360,
        sun_elevation_deg=number(leaves.get("SUN_ELEVATION"), -90, 90),
        cloud_percent=cloud,
        licence=_LICENCE,
        credit="Landsat image courtesy of the U.S. Geological Survey",
        bands=shows,
        reflectance=_reflectance(leaves, numbers),
        product=leaves.get("PROCESSING_LEVEL", leaves.get("DATA_TYPE", "")),
    )


def _reflectance(leaves: Mapping[str, str], numbers: tuple[str, ...]) -> tuple[float, ...]:
    """Return gain and offset; of the top of the atmosphere divided by the sun's height."""
    is_surface = leaves.get("PROCESSING_LEVEL", "").startswith(("L2", "L2SP", "L2SR"))
    sun = math.sin(math.radians(number(leaves.get("SUN_ELEVATION"), 1, 90)))
    pairs = []
    for band in numbers:
        gain = number(leaves.get(f"REFLECTANCE_MULT_BAND_{band}"))
        offset = number(leaves.get(f"REFLECTANCE_ADD_BAND_{band}"))
        by = 1.0 if is_surface else sun
        if math.isnan(gain + offset + by):
            return ()
        pairs.append((gain / by, offset / by))
    if not pairs:
        return ()
    return pairs[0] if len(set(pairs)) == 1 else tuple(part for pair in pairs for part in pair)
