"""Planet: `manifest.json`, `{item}_metadata.json`, UDM2, and the XML with reflectance gains.

Fields after the vendor's public descriptions of PSScene and SkySat items and order manifests.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vallum.imagery.deliveries import sets
from vallum.imagery.deliveries.order import Image, Mask, Told
from vallum.imagery.deliveries.papers import Folder, every, local, moment, number, value

KIND = "Planet"
_FOUR = ("blue", "green", "red", "nir")
_EIGHT = ("coastal", "blue", "green2", "green", "yellow", "red", "rededge", "nir")
_HASHED_BYTES = 4 << 30


def images(folder: Folder) -> Iterator[tuple[str, Image]]:
    """Yield the order's name and the image, for every image that Planet's papers describe."""
    items = {
        str(item["id"]): (path, item["properties"])
        for path, item in folder.json.items()
        if _is_item(item)
    }
    manifests = [(path, doc) for path, doc in folder.json.items() if _is_manifest(doc)]
    listed: set[str] = set()
    for path, manifest in manifests:
        folder.at = path
        folder.claimed.add(path)
        for item_id, entries in _by_item(manifest).items():
            listed.add(item_id)
            found = _from_manifest(folder, path, item_id, entries, items.get(item_id))
            if found is not None:
                yield str(manifest.get("name") or path.parent.name), found
    for item_id, (path, properties) in items.items():
        folder.at = path
        folder.claimed.add(path)
        if item_id not in listed:
            found = _from_item(folder, path, item_id, properties)
            if found is not None:
                yield path.parent.name, found


def _is_item(document: Any) -> bool:
    if not isinstance(document, dict) or document.get("type") != "Feature":
        return False
    properties = document.get("properties")
    return (
        isinstance(properties, dict)
        and isinstance(document.get("id"), str)
        and "item_type" in properties
        and "acquired" in properties
    )


def _is_manifest(document: Any) -> bool:
    files = document.get("files") if isinstance(document, dict) else None
    return isinstance(files, list) and any(
        isinstance(entry, dict) and "planet/" in str(entry.get("annotations")) for entry in files
    )


def _by_item(manifest: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the entries of a manifest by item; what belongs to no item is a composite."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in manifest["files"]:
        if not (isinstance(entry, dict) and isinstance(entry.get("path"), str)):
            continue
        notes = entry.get("annotations")
        notes = notes if isinstance(notes, dict) else {}
        found.setdefault(str(notes.get("planet/item_id") or "composite"), []).append(entry)
    return found


def _role(entry: Mapping[str, Any]) -> str:
    notes = entry.get("annotations")
    asset = str((notes if isinstance(notes, dict) else {}).get("planet/asset_type", ""))
    name = str(entry["path"]).lower()
    media = str(entry.get("media_type", ""))
    if not (media.startswith("image/tif") or name.endswith((".tif", ".tiff"))):
        return "paper"
    for text in (asset.lower(), name.removesuffix(".tif")):
        if "udm2" in text:
            return "udm2"
        if "udm" in text:
            return "udm"
    return "image"


def _from_manifest(
    folder: Folder,
    manifest: Path,
    item_id: str,
    entries: list[Mapping[str, Any]],
    item: tuple[Path, Mapping[str, Any]] | None,
) -> Image | None:
    pixels = [entry for entry in entries if _role(entry) == "image"]
    if not pixels:
        return None
    paper = item[0] if item else manifest
    files, missing, notes = _matched(folder, manifest, pixels)
    masks = []
    for kind in ("udm2", "udm"):
        for entry in entries:
            path = folder.find(manifest, str(entry["path"])) if _role(entry) == kind else None
            if path is not None:
                folder.claimed.add(path)
                masks.append(Mask(path=str(path), kind=kind))
    first = pixels[0].get("annotations")
    asset = (first if isinstance(first, dict) else {}).get("planet/asset_type", pixels[0]["path"])
    asset = str(asset)
    told = _told(folder, paper, item[1] if item else {}, asset, item_id)
    return Image(
        name=item_id if item_id != "composite" else Path(str(pixels[0]["path"])).stem,
        files=tuple(str(path) for path in files),
        how="tiles" if len(files) > 1 else "one",
        told=told,
        masks=tuple(masks[:1]),
        is_raw="basic" in asset,
        missing=tuple(missing),
        papers=(manifest.name, *([item[0].name] if item else [])),
        nothing=0,
        notes=tuple(notes),
    )


def _matched(
    folder: Folder, manifest: Path, entries: list[Mapping[str, Any]]
) -> tuple[list[Path], list[str], list[str]]:
    """Return the files that a manifest lists; a renamed one is known by its length and hash."""
    files, missing, notes = [], [], []
    for entry in entries:
        name = Path(str(entry["path"])).name
        path = folder.find(manifest, str(entry["path"]))
        if path is None and (path := _by_hash(folder, entry)) is not None:
            notes.append(f"{path.name} is {name} by its hash: renamed")
        elif path is not None and isinstance(entry.get("size"), int):
            size = path.stat().st_size
            if size < entry["size"]:
                notes.append(f"{name} has {size:,} of {entry['size']:,} bytes: cut short")
        if path is None:
            missing.append(name)
        else:
            files.append(path)
    folder.claimed.update(files)
    return files, missing, notes


def _by_hash(folder: Folder, entry: Mapping[str, Any]) -> Path | None:
    digests = entry.get("digests")
    if not (isinstance(digests, dict) and isinstance(entry.get("size"), int)):
        return None
    for path in folder.images:
        if path in folder.claimed or path.stat().st_size != entry["size"]:
            continue
        if entry["size"] > _HASHED_BYTES:
            continue
        for name in ("sha256", "md5"):
            if isinstance(digests.get(name), str):
                with path.open("rb") as stream:
                    if hashlib.file_digest(stream, name).hexdigest() == digests[name].lower():
                        return path
                break
    return None


def _from_item(
    folder: Folder, paper: Path, item_id: str, properties: Mapping[str, Any]
) -> Image | None:
    """Return the image of an item whose manifest is not here, by the item's id in file names."""
    mine = [
        path
        for path in folder.images
        if path not in folder.claimed and item_id.lower() in path.name.lower()
    ]
    kinds = {path: _role({"path": path.name}) for path in mine}
    files = [path for path in mine if kinds[path] == "image"]
    notes: tuple[str, ...] = ()
    alone = folder.beside(paper)
    if not files and len(alone) == 1 and not sets.says_otherwise(alone[0], _day(properties)):
        files = alone
        notes = (f"{alone[0].name} taken for the image of {paper.name}: renamed",)
    masks = [
        Mask(path=str(path), kind=kind)
        for kind in ("udm2", "udm")
        for path in mine
        if kinds[path] == kind
    ]
    folder.claimed.update([*mine, *files])
    name = files[0].name if files else ""
    return Image(
        name=item_id,
        files=tuple(str(path) for path in files[:1]),
        told=_told(folder, paper, properties, name, item_id),
        masks=tuple(masks[:1]),
        is_raw="basic" in name.lower(),
        missing=() if files else (f"{item_id}_*.tif",),
        papers=(paper.name,),
        nothing=0,
        notes=notes,
    )


def _day(properties: Mapping[str, Any]) -> str:
    return moment(properties.get("acquired"))[:10]


def _told(
    folder: Folder, paper: Path, properties: Mapping[str, Any], asset: str, item_id: str
) -> Told:
    # An item's id begins with its moment; it stands in where the metadata file is not there.
    plain = item_id.split("_")
    stamp = "".join(plain[:2])[:14]
    guess = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}Z"
    at = moment(properties.get("acquired")) or (moment(guess) if stamp.isdigit() else "")
    cloud = number(properties.get("cloud_percent"), 0, 100)
    if math.isnan(cloud):
        cloud = 100 * number(properties.get("cloud_cover"), 0, 1)
    instrument = str(properties.get("instrument") or "")
    kind = str(properties.get("item_type") or "")
    platform = "SkySat" if "SkySat" in kind else "PlanetScope" if kind else "Planet"
    bands = _bands(asset, kind)
    return Told(
        taken=at[:10],
        taken_at=at,
        source=f"sidecar {paper.name}",
        sensor=" ".join(filter(None, (platform, instrument))),
        gsd_m=number(properties.get("pixel_resolution") or properties.get("gsd"), 0.1, 100),
        off_nadir_deg=abs(number(properties.get("view_angle"), -90, 90)),
        view_azimuth_deg=number(properties.get("satellite_azimuth"), 0, 360),
        sun_azimuth_deg=number(properties.get("sun_azimuth"), 0, 360),
        sun_elevation_deg=number(properties.get("sun_elevation"), -90, 90),
        cloud_percent=cloud,
        licence=sets.licence(folder, paper),
        credit=f"Image © {at[:4]} Planet Labs PBC" if at else "",
        bands=bands,
        reflectance=_reflectance(folder, asset, item_id, len(bands)),
        product=" ".join(filter(None, (kind, str(properties.get("quality_category") or "")))),
    )


def _bands(asset: str, kind: str) -> tuple[str, ...]:
    low = asset.lower()
    if "panchromatic" in low and "pansharp" not in low:
        return ("pan",)
    if "visual" in low:
        return ("red", "green", "blue")
    if "8b" in low:
        return _EIGHT
    if "4b" in low or "analytic" in low or "SkySat" in kind or "pansharp" in low:
        return _FOUR
    return ()


def _reflectance(folder: Folder, asset: str, item_id: str, n_bands: int) -> tuple[float, ...]:
    """Return gain and offset: 1/10,000 of surface reflectance, the XML's coefficients otherwise."""
    if "_sr" in asset.lower() or asset.lower().endswith("sr"):
        return (1e-4, 0.0)
    for path, root in folder.xml.items():
        if local(root) != "EarthObservation" or item_id.lower() not in path.name.lower():
            continue
        folder.claimed.add(path)
        gains = {
            int(number(value(band, "bandNumber"), 1, 20)): number(
                value(band, "reflectanceCoefficient"), 0, 1
            )
            for band in every(root, "bandSpecificMetadata")
            if math.isfinite(number(value(band, "bandNumber"), 1, 20))
        }
        if n_bands and all(math.isfinite(gains.get(n, math.nan)) for n in range(1, n_bands + 1)):
            return tuple(part for n in range(1, n_bands + 1) for part in (gains[n], 0.0))
    return ()
