"""STAC items with their files beside them: UP42, SkyFi, and whoever else delivers so."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vallum.imagery import stated
from vallum.imagery.deliveries import sets
from vallum.imagery.deliveries.order import Image, Mask, Told
from vallum.imagery.deliveries.papers import IMAGES, Folder, moment, number

KIND = "STAC"
_MASKS = {
    "scl": "scl", "udm2": "udm2", "ortho_udm2": "udm2", "qa_pixel": "qa_pixel", "qa60": "qa60",
    "cldprb": "cldprb",
}  # fmt: skip
_NAMES = {
    "red": "red", "green": "green", "blue": "blue", "nir": "nir", "nir08": "nir", "pan": "pan",
    "coastal": "coastal", "yellow": "yellow", "rededge": "rededge", "swir16": "swir16",
    "swir22": "swir22",
}  # fmt: skip
_STACK = ("red", "green", "blue", "nir", "swir16", "swir22")
_SKIPPED = {"thumbnail", "overview", "metadata", "mask", "tilejson"}
_BEST = ("analytic", "data", "pansharp", "multispectral", "ortho", "image", "visual")


def images(folder: Folder) -> Iterator[tuple[str, Image]]:
    """Yield the collection or folder and the image, for every item with files that are here."""
    for paper, document in folder.json.items():
        folder.at = paper
        for item in _items(document):
            found = _image(folder, paper, item)
            if found is not None:
                folder.claimed.add(paper)
                yield str(item.get("collection") or paper.parent.name), found


def _items(document: Any) -> list[Mapping[str, Any]]:
    if not isinstance(document, dict):
        return []
    features = document.get("features") if document.get("type") == "FeatureCollection" else None
    options = features if isinstance(features, list) else [document]
    return [
        item
        for item in options[:10_000]
        if isinstance(item, dict)
        and item.get("type") == "Feature"
        and isinstance(item.get("assets"), dict)
        and isinstance(item.get("properties"), dict)
    ]


def _image(folder: Folder, paper: Path, item: Mapping[str, Any]) -> Image | None:
    local: dict[str, tuple[Path, Mapping[str, Any]]] = {}
    masks: list[Mask] = []
    absent: list[str] = []
    for key, asset in item["assets"].items():
        if not (isinstance(asset, dict) and isinstance(asset.get("href"), str)):
            continue
        href = asset["href"].split("?")[0]
        if Path(href).suffix.lower() not in IMAGES:
            continue
        path = folder.find(paper, href)
        said = asset.get("roles")
        roles = {str(role).lower() for role in (said if isinstance(said, list) else [])}
        if path is None:
            if "://" not in href and not roles & _SKIPPED:
                absent.append(Path(href).name)
            continue
        if path in folder.claimed:
            return None  # the vendor's own papers say more
        kind = next((k for name, k in _MASKS.items() if name in str(key).lower()), "")
        if kind:
            masks.append(Mask(path=str(path), kind=kind))
            folder.claimed.add(path)
        elif roles & _SKIPPED:
            folder.claimed.add(path)
        else:
            local[str(key)] = (path, asset)
    if not local and not absent:
        return None
    files, shows, scale, notes = _chosen(item, local)
    folder.claimed.update(path for path, _ in local.values())
    return Image(
        name=stated.words(str(item.get("id") or paper.stem), 120),
        files=tuple(map(str, files)),
        how="bands" if len(files) > 1 else "one",
        told=_told(folder, paper, item, shows, scale),
        masks=tuple(masks[:1]),
        missing=() if files else tuple(absent),
        papers=(paper.name,),
        notes=tuple(notes),
    )


def _chosen(
    item: Mapping[str, Any], local: Mapping[str, tuple[Path, Mapping[str, Any]]]
) -> tuple[list[Path], tuple[str, ...], tuple[float, ...], list[str]]:
    """Return the files to use: one with several bands, or single bands to lay on each other."""
    bands = {key: _bands(key, asset) for key, (_, asset) in local.items()}
    several = [key for key in local if len(bands[key]) > 1]
    single = {bands[key][0]: key for key in local if len(bands[key]) == 1}
    if not several and {"red", "green", "blue"} <= set(single):
        keys = [single[name] for name in _STACK if name in single]
        finest = min(_gsd(item, local[key][1]) for key in keys)
        keys = [key for key in keys if not _gsd(item, local[key][1]) > 1.5 * finest]
        scale = _scale(local[keys[0]][1])
        return [local[key][0] for key in keys], tuple(bands[k][0] for k in keys), scale, []
    if not local:
        return [], (), (), []
    ranked = sorted(local, key=lambda key: (-len(bands[key]), _rank(key), key))
    best, *others = ranked
    notes = []
    if others:
        notes.append(
            f"of its files {local[best][0].name} is taken; not "
            + ", ".join(sorted(local[key][0].name for key in others))
        )
    return [local[best][0]], bands[best], _scale(local[best][1]), notes


def _rank(key: str) -> int:
    return next((n for n, name in enumerate(_BEST) if name in key.lower()), len(_BEST))


def _bands(key: str, asset: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what each band of an asset shows: STAC 1.1 `bands`, or `eo:bands` before it."""
    for field in ("bands", "eo:bands"):
        listed = asset.get(field)
        if isinstance(listed, list) and listed:
            names = [
                _NAMES.get(str(b.get("eo:common_name") or b.get("common_name") or ""), "")
                for b in listed
                if isinstance(b, dict)
            ]
            return tuple(names) if all(names) else tuple("" for _ in listed)
    plain = key.lower()
    if plain in _NAMES:
        return (_NAMES[plain],)
    return ("red", "green", "blue") if "visual" in plain else ()


def _gsd(item: Mapping[str, Any], asset: Mapping[str, Any]) -> float:
    return number(asset.get("gsd") or item["properties"].get("gsd"), 1e-3, 1e4)


def _scale(asset: Mapping[str, Any]) -> tuple[float, ...]:
    """Return gain and offset that an asset states for all its bands; empty if it states none."""
    pairs = []
    for field in ("raster:bands", "bands"):
        listed = asset.get(field)
        for band in listed if isinstance(listed, list) else []:
            if isinstance(band, dict) and ("scale" in band or "raster:scale" in band):
                gain = number(band.get("scale", band.get("raster:scale")))
                offset = number(band.get("offset", band.get("raster:offset", 0)))
                pairs.append((gain, offset))
        if pairs:
            break
    if not pairs or any(math.isnan(sum(pair)) for pair in pairs):
        return ()
    return pairs[0] if len(set(pairs)) == 1 else tuple(part for pair in pairs for part in pair)


def _told(
    folder: Folder,
    paper: Path,
    item: Mapping[str, Any],
    shows: tuple[str, ...],
    scale: tuple[float, ...],
) -> Told:
    properties = item["properties"]
    seen = stated.conditions(properties)
    at = moment(properties.get("datetime"))
    first, last = (moment(properties.get(f"{end}_datetime")) for end in ("start", "end"))
    taken, at = (at[:10], at) if at else (first[:10], first)
    if first and last and first[:10] < last[:10]:
        taken, at = f"{first[:10]}..{last[:10]}", ""
    instruments = properties.get("instruments")
    parts = [stated.text(properties, 60, "platform", "constellation")]
    if isinstance(instruments, list):
        parts += [stated.words(str(part), 40) for part in instruments[:3]]
    licence = stated.text(properties, 100, "license", "licence") or stated.text(
        item, 100, "license"
    )
    providers = properties.get("providers")
    names = [
        stated.words(str(p.get("name")), 60)
        for p in (providers if isinstance(providers, list) else [])
        if isinstance(p, dict) and p.get("name")
    ]
    return Told(
        taken=taken,
        taken_at=at,
        source=f"sidecar {paper.name}",
        sensor=re.sub(r"\s+", " ", " ".join(filter(None, parts))),
        gsd_m=stated.number(properties, 1e-3, 1e4, "gsd", "eo:gsd"),
        off_nadir_deg=seen.off_nadir_deg,
        view_azimuth_deg=stated.number(properties, 0, 360, "view:azimuth"),
        sun_azimuth_deg=seen.sun_azimuth_deg,
        sun_elevation_deg=seen.sun_elevation_deg,
        cloud_percent=seen.cloud_percent,
        licence=sets.licence(folder, paper) or licence,
        credit=f"© {taken[:4]} {names[0]}" if names and taken else "",
        bands=tuple(shows) if all(shows) else (),
        reflectance=scale,
    )
