"""Cloud and cloud shadow by a packaged network, for images in reflectance with near infrared.

The models are those of ukis-csmask 1.0 (German Aerospace Center, Apache-2.0; Wieland, Li and
Martinis 2019, https://doi.org/10.1016/j.rse.2019.05.022), trained on SPARCS and CloudSEN12+. They
are run here by ONNX Runtime straight from that package's files, because its own call returns a
class and no chance, starts a session for every image and takes all cores.

Three things differ from the package's own mask, chosen on the labelled chip `adwp`
(benchmarks/cloud.py): the model for raw and the one for corrected reflectance both have a say, half
each, since images seldom say which they are; cloud is where the chance is above 0.3, not where it
is the largest; and its rim is widened by 20 m.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.imagery.cloud.cover import Cover

CELL_M = 10.0
"""Finest pixels that the models are given; finer images are averaged."""
COARSEST_M = 60.0
FOUR = ("blue", "green", "red", "nir")
SIX = (*FOUR, "swir16", "swir22")
_LEVELS = ("l1c", "l2a")
_TILE_PX, _OVERLAP_PX = 256, 52
_SIX_FROM_M = 19.0
_CLOUD, _HAZE, _SHADE = 0.3, 0.15, 0.5
_RIM_M = 20.0
_PLAUSIBLE = (0.005, 1.2)  # middle of all reflectances, of land and of nothing but cloud
_NDSI, _SNOW_GREEN, _SNOW_NIR = 0.4, 0.1, 0.11  # Hall and Riggs 2007
_WHITE, _WHITE_SPREAD, _ROOF_M = 0.35, 0.25, 60.0
_VEIL, _VEIL_SPREADS, _VEIL_M, _LEAST_LAND = 0.03, 3.0, 150.0, 0.05
_NDWI, _DARK_NIR = 0.2, 0.1


def is_there() -> bool:
    """Say whether the package with the models is installed."""
    return find_spec("ukis_csmask") is not None


def reads(bands: Sequence[str], reflectance: Sequence[float], gsd_m: float) -> bool:
    """Say whether the network is there and suits an image; arguments as for `suits`."""
    return suits(bands, reflectance, gsd_m) and is_there()


def suits(bands: Sequence[str], reflectance: Sequence[float], gsd_m: float) -> bool:
    """Say whether the network could mask an image: bands, reflectance and pixel size are known.

    Args:
        bands: names of the bands, in order, as in `Scene.bands`.
        reflectance: gain and offset that turn pixels into reflectance, as in `Scene.reflectance`.
        gsd_m: pixel size.
    """
    known = set(FOUR) <= set(bands) and len(reflectance) >= 2
    return known and 0 < gsd_m <= COARSEST_M


def covers(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    gsd_m: float,
    bands: Sequence[str],
    reflectance: Sequence[float],
) -> NDArray[np.uint8] | None:
    """Return what each pixel shows, as values of `Cover` `(y, x)`; None if it cannot be told.

    It cannot where nothing is valid, or where the stated reflectance gives numbers that no
    landscape has.

    Args:
        pixels: `(band, y, x)`, all bands of the image.
        valid: `(y, x)`, True = usable.
        gsd_m: size of a pixel; best 10 to 30 m.
        bands: as for `reads`.
        reflectance: as for `reads`: one gain and offset for all bands, or a pair for each in turn.
    """
    wanted = SIX if set(SIX) <= set(bands) else FOUR
    # Short-wave infrared of Sentinel-2 drawn out to 10 m makes the larger model see cloud and
    # shadow on a clear day (measured: 6 to 15 % of it); from 20 m on it does not.
    asked = wanted if gsd_m >= _SIX_FROM_M else FOUR
    if not valid.any():
        return None
    seen = _reflectances(pixels, bands, reflectance, wanted)
    if not _PLAUSIBLE[0] < float(np.median(seen[:, valid])) < _PLAUSIBLE[1]:
        return None
    seen[:, ~valid] = np.median(seen[:, valid], axis=1)[:, None]
    chance = chances(seen[: len(asked)], asked)
    cloud, shade = chance[1], chance[2]
    is_white = _is_white(seen, gsd_m)
    rim = _disc(gsd_m, _RIM_M)
    is_cloud = cv2.dilate(((cloud > _CLOUD) | is_white).astype(np.uint8), rim) > 0
    found = np.where(_is_water(seen), Cover.WATER, Cover.GROUND).astype(np.uint8)
    found[(shade > _SHADE) & (shade > cloud)] = Cover.SHADOW
    found[(cloud > _HAZE) | _is_hazy(seen, valid & ~is_cloud, gsd_m)] = Cover.HAZE
    found[is_cloud] = Cover.CLOUD
    if len(wanted) == len(SIX):
        found[_is_snow(seen) & (cloud <= _CLOUD)] = Cover.SNOW
    found[~valid] = Cover.NODATA
    return found


def chances(
    seen: NDArray[np.float32], bands: Sequence[str], levels: Sequence[str] = _LEVELS
) -> NDArray[np.float32]:
    """Return the chance of ground, cloud and cloud shadow `(3, y, x)`.

    Args:
        seen: reflectances `(band, y, x)` in the order of `bands`.
        bands: `FOUR` or `SIX`.
        levels: models to ask: `l1c` for raw, `l2a` for corrected reflectance; their mean counts.
    """
    height, width = seen.shape[1:]
    # A picture smaller than a tile is mirrored up to its size.
    more = (max(0, _TILE_PX - height), max(0, _TILE_PX - width))
    padded = np.pad(seen, ((0, 0), (0, more[0]), (0, more[1])), mode="symmetric")
    total = np.zeros((3, *padded.shape[1:]), np.float32)
    weights = np.zeros(padded.shape[1:], np.float32)
    hat = _hat()
    models = [_model(f"model_{len(bands)}b_{level}") for level in levels]
    for row in _starts(padded.shape[1]):
        for column in _starts(padded.shape[2]):
            here = (slice(row, row + _TILE_PX), slice(column, column + _TILE_PX))
            for model in models:
                total[:, *here] += _asked(model, padded[:, *here]) * (hat / len(models))
            weights[here] += hat
    return np.asarray(total / weights, np.float32)[:, :height, :width]


def _asked(model: tuple[Any, Any, Any], tile: NDArray[np.float32]) -> NDArray[np.float32]:
    session, mean, spread = model
    name = session.get_inputs()[0].name
    (said,) = session.run(None, {name: ((tile - mean) / spread)[None].astype(np.float32)})
    power = np.exp(said[0] - said[0].max(axis=0))
    chance: NDArray[np.float32] = power / power.sum(axis=0)
    return chance


def _starts(size: int) -> Iterator[int]:
    """Yield where tiles begin so that they cover `size` and overlap by no less than a fifth."""
    n_tiles = 1 + math.ceil(max(0, size - _TILE_PX) / (_TILE_PX - _OVERLAP_PX))
    yield from np.linspace(0, size - _TILE_PX, n_tiles).astype(int).tolist()


@cache
def _hat() -> NDArray[np.float32]:
    """Return weights of a tile that fall towards its edges, where the network sees least."""
    edge = np.minimum(np.arange(_TILE_PX) + 1, np.arange(_TILE_PX, 0, -1)) / _OVERLAP_PX
    ramp = np.minimum(edge, 1.0)
    found: NDArray[np.float32] = np.outer(ramp, ramp).astype(np.float32)
    return found


@lru_cache(maxsize=2)
def _model(name: str) -> tuple[Any, NDArray[np.float32], NDArray[np.float32]]:
    """Return one model, ready to run on one core, with mean and spread of its training bands."""
    import onnxruntime

    folder = Path(str(files("ukis_csmask")))
    facts = json.loads((folder / f"{name}.json").read_text())["data"]["dataset_statistics"]
    order = [str(band) for band in facts["band_names"]]
    wanted = SIX if len(order) == len(SIX) else FOUR
    at = [order.index(band) for band in wanted]
    mean, spread = (np.asarray(facts["img"][k], np.float32)[at][:, None, None] for k in (0, 1))
    wish = onnxruntime.SessionOptions()
    wish.intra_op_num_threads = wish.inter_op_num_threads = 1
    path = str(folder / f"{name}.onnx")
    session = onnxruntime.InferenceSession(path, wish, providers=["CPUExecutionProvider"])
    return session, mean, spread


def _reflectances(
    pixels: NDArray[Any], bands: Sequence[str], stated: Sequence[float], wanted: Sequence[str]
) -> NDArray[np.float32]:
    found = []
    for name in wanted:
        at = list(bands).index(name)
        gain, offset = stated[2 * at : 2 * at + 2] if len(stated) == 2 * len(bands) else stated[:2]
        found.append(pixels[at].astype(np.float32) * np.float32(gain) + np.float32(offset))
    return np.stack(found)


def _is_snow(seen: NDArray[np.float32]) -> NDArray[np.bool_]:
    green, infrared = seen[1], seen[3]
    index = (green - seen[4]) / np.maximum(green + seen[4], 1e-3)
    return np.asarray((index > _NDSI) & (green > _SNOW_GREEN) & (infrared > _SNOW_NIR))


def _is_white(seen: NDArray[np.float32], gsd_m: float) -> NDArray[np.bool_]:
    """Return what is whiter than sand and bare rock, and wider than a roof: cloud or snow.

    The network has no word for snow, and does not know cloud without any relief.
    """
    darkest, brightest = seen[:4].min(axis=0), seen[:4].max(axis=0)
    white = (darkest > _WHITE) & (darkest > (1 - _WHITE_SPREAD) * brightest)
    opened = cv2.morphologyEx(white.astype(np.uint8), cv2.MORPH_OPEN, _disc(gsd_m, _ROOF_M / 2))
    return np.asarray(opened > 0)


def _is_hazy(
    seen: NDArray[np.float32], known: NDArray[np.bool_], gsd_m: float
) -> NDArray[np.bool_]:
    """Return where blue is high for how much red there is, over a wide area.

    The haze-optimised transformation of Zhang, Guindon and Cihlar 2002, with the slope that Zhu and
    Woodcock 2012 use (0.5), measured against the land of the same picture: haze over all of it
    cannot be noticed so.
    """
    land = known & ~_is_water(seen)
    if land.sum() < _LEAST_LAND * land.size:
        return np.zeros_like(known)
    veil = seen[0] - 0.5 * seen[2]
    low, middle = np.percentile(veil[land], [16, 50])
    wide = _disc(gsd_m, _VEIL_M / 2)
    # The least of a neighbourhood, brought back to its place: a bright roof is no haze.
    floor = cv2.morphologyEx(veil, cv2.MORPH_OPEN, wide)
    found: NDArray[np.bool_] = land & (floor > middle + max(_VEIL_SPREADS * (middle - low), _VEIL))
    return found


def _is_water(seen: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where green is well above near infrared and both are dark (McFeeters 1996)."""
    index = (seen[1] - seen[3]) / np.maximum(seen[1] + seen[3], 1e-3)
    return np.asarray((index > _NDWI) & (seen[3] < _DARK_NIR))


def _disc(gsd_m: float, radius_m: float) -> NDArray[np.uint8]:
    size = 2 * max(0, round(radius_m / gsd_m)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
