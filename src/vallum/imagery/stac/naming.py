"""What the files and bands of a catalogue's items are called by different providers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from vallum.imagery import stated

Plain = Mapping[str, Any]

_BESIDE = {"thumbnail", "overview", "metadata", "tiles", "checksum", "preview"}
_SENTINEL_2 = {
    "b01": "coastal",
    "b02": "blue",
    "b03": "green",
    "b04": "red",
    "b05": "rededge071",
    "b06": "rededge075",
    "b07": "rededge078",
    "b08": "nir",
    "b8a": "nir08",
    "b09": "nir09",
    "b11": "swir16",
    "b12": "swir22",
}
_LANDSAT_8 = {
    "b1": "coastal",
    "b2": "blue",
    "b3": "green",
    "b4": "red",
    "b5": "nir08",
    "b6": "swir16",
    "b7": "swir22",
    "b8": "pan",
}
_LANDSAT_7 = {
    "b1": "blue",
    "b2": "green",
    "b3": "red",
    "b4": "nir08",
    "b5": "swir16",
    "b7": "swir22",
    "b8": "pan",
}
_COMMON = {
    "pan",
    "coastal",
    "blue",
    "green",
    "yellow",
    "red",
    "rededge",
    "rededge071",
    "rededge075",
    "rededge078",
    "nir",
    "nir08",
    "nir09",
    "swir12",
    "swir16",
    "swir22",
    "lwir",
    "lwir11",
    "lwir12",
}
_OTHER = {
    "panchromatic": "pan",
    "nir_1": "nir",
    "nir1": "nir",
    "swir_1": "swir16",
    "swir1": "swir16",
    "swir_2": "swir22",
    "swir2": "swir22",
    "coastal_aerosol": "coastal",
    "near infrared": "nir",
    "r": "red",
    "g": "green",
    "b": "blue",
}
_VISUAL = {"visual", "ortho_visual", "tci", "true_color", "truecolor", "rgb", "visual_10m"}
_MASKS = {
    "scl": "scl",
    "scl_20m": "scl",
    "qa_pixel": "qa_pixel",
    "qa_pixel.tif": "qa_pixel",
    "bqa": "bqa",
    "udm2": "udm2",
    "ortho_udm2": "udm2",
}
# Values that describe the sky, the sun or the surface and are no picture of the ground.
_NO_PICTURE = re.compile(
    r"(aot|wvp|cld|snw|qa_|qa$|oa_|mask|udm|aerosol|radsat|dem|angle|azimuth|zenith|st_|emis|atran"
    r"|fmask|contour|mtl|ang\.)",
    re.IGNORECASE,
)


def is_geotiff(asset: Plain, href: str) -> bool:
    """Say whether a file is a GeoTIFF by what the catalogue says, or by its name."""
    kind = stated.text(asset, 200, "type").lower()
    path = href.split("?")[0].lower()
    return "tiff" in kind if kind else path.endswith((".tif", ".tiff", ".gtiff"))


def is_beside(key: object, asset: Plain) -> bool:
    """Say whether a file is a small picture or a description beside the image."""
    roles = asset.get("roles")
    roles = {str(role).lower() for role in roles} if isinstance(roles, list) else set()
    name = str(key).lower()
    if mask_kind(name):
        return False
    is_small = name in _BESIDE or name.startswith(("thumbnail", "preview", "rendered_preview"))
    is_data = bool(roles & {"data", "visual", "reflectance"})
    return is_small or (bool(roles & _BESIDE) and not is_data) or bool(_NO_PICTURE.search(name))


def mask_kind(key: str) -> str:
    """Return what kind of cloud mask a file of this name is; empty when it is none."""
    return _MASKS.get(key.lower(), "")


def is_visual(key: str) -> bool:
    """Say whether a file of this name is a picture made for the eye."""
    return key.lower() in _VISUAL or key.lower().endswith(("_visual", "-visual"))


def bands_of(key: str, asset: Plain, sensor: str, beta: list[Any]) -> tuple[str, ...]:
    """Return what each band of a file shows; empty when that is not known.

    Args:
        key: what the item calls the file.
        asset: the file.
        sensor: platform, in small letters.
        beta: bands listed for the whole item; the file then names them by number (before 1.0).
    """
    listed = asset.get("eo:bands") or asset.get("bands")
    told = []
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < len(beta):
            one = beta[one]
        told.append(_common(one, sensor) if isinstance(one, Mapping) else "")
    if told and all(told):
        return tuple(told)
    if is_visual(key):
        return ("red", "green", "blue")
    by_key = _by_name(key, sensor)
    return (by_key,) if by_key and len(told) <= 1 else ()


def _common(band: Plain, sensor: str) -> str:
    told = stated.text(band, 30, "eo:common_name", "common_name").lower()
    return told if told in _COMMON else _by_name(stated.text(band, 40, "name"), sensor)


def _by_name(name: str, sensor: str) -> str:
    """Return the band of a usual name: `B04`, `SR_B4.TIF`, `nbart_red`, `nir-1`, `red`."""
    short = re.sub(r"\.tiff?$|_(10|20|60)m$", "", name.lower().replace("-", "_"))
    short = re.sub(r"^(sr|nbart|nbar|lambertian|l2a|ortho)_", "", short)
    if short in _COMMON:
        return short
    if short in _OTHER:
        return _OTHER[short]
    is_old = re.search(r"landsat[-_ ]?[457]", sensor) is not None
    tables = [_LANDSAT_7 if is_old else _LANDSAT_8] if "landsat" in sensor else []
    tables += [_SENTINEL_2] if "sentinel" in sensor or re.fullmatch(r"b\d\d|b8a", short) else []
    return next((table[short] for table in tables if short in table), "")


def reflectance(raster: list[Plain], properties: Plain) -> tuple[float, ...]:
    """Return gain and offset to reflectance, of each band in turn where they differ; or nothing.

    Sentinel-2 before processing baseline 04.00 (25 January 2022) has no offset, after it one of
    -0.1 (ESA, Sentinel-2 Processing Baseline). Earth Search says where it has taken it off.
    """
    pairs = []
    for band in raster:
        gain = stated.number(band, 1e-9, 1e3, "scale")
        offset = stated.number(band, -1e3, 1e3, "offset")
        if not math.isfinite(gain):
            break
        pairs.append((gain, offset if math.isfinite(offset) else 0.0))
    if properties.get("earthsearch:boa_offset_applied") is True:
        pairs = [(gain, 0.0) for gain, _ in pairs]
    if not pairs and "s2:processing_baseline" in properties:
        baseline = stated.text(properties, 10, "s2:processing_baseline")
        pairs = [(1e-4, -0.1 if baseline >= "04.00" else 0.0)]
    if len(set(pairs)) == 1:
        return pairs[0]
    return tuple(value for pair in pairs for value in pair)
