"""Series of free wide-area images along the border: many dates of the same ground, laid flat.

Rows are metres beside the border, columns are metres along it (`ribbon.axis`, smoothed so that it
does not fold), so that what runs along the border runs along the rows. Every image is read once
per stretch, its hidden pixels become NaN, and only one number a pixel is kept: how bare the ground
is. Memory is bounded by the stretch and the number of dates, never by the size of an image.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from vallum.frontier import Frontier
from vallum.ground.errors import BadImage
from vallum.ground.records import Scene
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.imagery import cloud, coverage, objects, ribbon, view
from vallum.imagery.cloud import kept

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

LEAST_GSD_M, MOST_GSD_M = 5.0, 45.0
STEP_M = 10.0
MOST_DAYS = 366
"""Images that may be of any day of a longer time (of unknown date) say nothing of when."""

MARGIN_M = 60.0  # read beyond the reach: a line is told from the land on both of its sides
_AHEAD_M = 400.0  # read before and after a stretch, so that its ends are judged like its middle
_MOST_VALUES = 12_000_000  # dates x pixels held at once: 48 MB of numbers
_FINE_M = 15.0  # up to here pixels make one series, above another
_WET_SHARE = 0.15
_TRUST = 0.5  # of a pixel's neighbours that a mask has to leave, for a coarser mask


class Signal(StrEnum):
    """What a series tells of the ground; every one is turned so that higher is barer."""

    NDVI = "ndvi"
    GREENNESS = "greenness"
    COLOUR = "colour"
    BRIGHTNESS = "brightness"
    RADAR = "radar"

    @property
    def words(self) -> str:
        """The signal for people."""
        return {
            Signal.NDVI: "plants (NDVI)",
            Signal.GREENNESS: "plants (near infrared against visible light)",
            Signal.COLOUR: "green colour",
            Signal.BRIGHTNESS: "brightness",
            Signal.RADAR: "radar echo",
        }[self]

    @property
    def is_two_sided(self) -> bool:
        """True where bare ground may be higher or lower than what was there."""
        return self in {Signal.RADAR, Signal.BRIGHTNESS}


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image of a series: the scene, and where its pixels and its mask are."""

    scene: Scene
    path: Path
    mask: Path | None = None

    @property
    def signal(self) -> Signal:
        """What it tells of the ground."""
        bands = set(self.scene.bands)
        if bands & {"vv", "vh"}:
            return Signal.RADAR
        if {"red", "nir"} <= bands:
            return Signal.NDVI
        if self.scene.n_bands >= 4:
            return Signal.GREENNESS
        return Signal.COLOUR if self.scene.n_bands == 3 else Signal.BRIGHTNESS

    @property
    def day(self) -> float:
        """The middle of the days on which it may have been taken."""
        taken = self.scene.taken
        return taken.earliest.toordinal() + (taken.days - 1) / 2


@dataclass(frozen=True, kw_only=True)
class Group:
    """Images that make one series: the same signal, and pixels of about the same size.

    Attributes:
        signal: what they tell.
        step_m: pixel they are read at.
        dates: images by date, rising; several of one day are tiles of one picture.
    """

    signal: Signal
    step_m: float
    dates: tuple[tuple[Image, ...], ...]

    @property
    def days(self) -> NDArray[np.float64]:
        """The day of each date."""
        return np.array([images[0].day for images in self.dates], np.float64)

    @property
    def words(self) -> str:
        """What was looked at, for people."""
        sensors = sorted({image.scene.sensor for date in self.dates for image in date} - {""})
        named = ", ".join(sensors) if sensors else "images"
        return f"{named}: {self.signal.words}, {len(self.dates)} dates, {self.step_m:g} m"

    def taken(self, date: int) -> When:
        """Return when the images of one date were taken."""
        every = [image.scene.taken for image in self.dates[date]]
        return When(min(one.earliest for one in every), max(one.latest for one in every))


def groups(images: Iterable[Image]) -> tuple[Group, ...]:
    """Return the series that images make, the one with most dates first.

    Images finer than 5 m or coarser than 45 m are left out; so are second deliveries, what is
    for looking only, and what may be of any day of more than a year.
    """
    sorted_: dict[tuple[Signal, bool], list[Image]] = {}
    for image in images:
        scene = image.scene
        if is_wide_area(scene):
            sorted_.setdefault((image.signal, scene.gsd_m <= _FINE_M), []).append(image)
    found = []
    for (signal, _), members in sorted_.items():
        by_day: dict[tuple[float, int], list[Image]] = {}
        for image in sorted(members, key=lambda one: (one.day, one.scene.taken.days, one.scene.id)):
            by_day.setdefault((image.day, image.scene.taken.days), []).append(image)
        sizes = [image.scene.gsd_m for image in members]
        step_m = max(STEP_M, float(np.median(sizes)))
        found.append(Group(signal=signal, step_m=step_m, dates=tuple(map(tuple, by_day.values()))))
    return tuple(sorted(found, key=lambda one: (-len(one.dates), one.signal)))


def is_wide_area(scene: Scene) -> bool:
    """Say whether an image may be part of a wide-area series."""
    return (
        scene.has_pixels
        and scene.gsd_m * 1.001 >= LEAST_GSD_M
        and scene.gsd_m <= MOST_GSD_M
        and not (scene.set_aside or scene.repeats or scene.looking_only)
        and scene.taken.days <= MOST_DAYS
    )


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One series over one stretch; arrays `(date, off, at)`, `(off, at)`, `(off,)` and `(at,)`.

    Attributes:
        signal: how bare the ground is, NaN where it was hidden.
        days: of the dates.
        dates: index of each date in the group; dates without a clear pixel are left out.
        is_wet: where water was seen on several dates.
        off_m: metres beside the smoothed line, left negative.
        at_m: chainage of the columns.
        lon: of every pixel.
        lat: of every pixel.
        step_m: pixel.
    """

    signal: Floats
    days: NDArray[np.float64]
    dates: tuple[int, ...]
    is_wet: Mask
    off_m: NDArray[np.float64]
    at_m: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    step_m: float


def stretches(
    spans: Sequence[Span], n_dates: int, reach_m: float, step_m: float
) -> list[tuple[Span, ...]]:
    """Return cells in runs that are read together: as long as memory allows, up to 10 km."""
    across = 2 * (reach_m + MARGIN_M) / step_m + 1
    most_m = _MOST_VALUES / max(1, n_dates) / across * step_m - 2 * _AHEAD_M
    most_m = min(10_000.0, most_m)
    runs: list[list[Span]] = []
    for span in spans:
        fits = runs and runs[-1][-1].end_m == span.start_m
        if fits and span.end_m - runs[-1][0].start_m <= most_m:
            runs[-1].append(span)
        else:
            runs.append([span])
    return [tuple(run) for run in runs]


def read(
    group: Group, frontier: Frontier, span: Span, reach_m: float, *, mask_clouds: bool = True
) -> Stack:
    """Return a series along one stretch, with a margin on all sides.

    Args:
        group: the images.
        frontier: the line.
        span: the stretch.
        reach_m: metres to each side.
        mask_clouds: False to take cloud, haze, snow and shadow for ground.

    Raises:
        BadImage: an image is gone or cannot be read.
    """
    half_m = reach_m + MARGIN_M
    wide = Span(
        max(0, round(span.start_m - _AHEAD_M)),
        max(span.end_m, min(frontier.length_m, round(span.end_m + _AHEAD_M))),
    )
    axis = ribbon.axis(frontier, wide, half_m)
    n_at = max(1, round(wide.length_m / group.step_m))
    n_off = 2 * math.ceil(half_m / group.step_m) + 1
    x, y = ribbon.places(axis, n_at, n_off)
    lon, lat = _changed(axis.epsg, "EPSG:4326").transform(x, y)
    signal, dates, wet = [], [], np.zeros(x.shape, np.int16)
    for date, images in enumerate(group.dates):
        one = _one_date(images, x, y, axis.epsg, group, mask_clouds=mask_clouds)
        if np.isfinite(one).any():
            signal.append(one)
            dates.append(date)
            if group.signal in {Signal.NDVI, Signal.GREENNESS}:
                wet += one > 0  # higher is barer: only water lies above 0
    values = np.stack(signal) if signal else np.zeros((0, *x.shape), np.float32)
    n_clear = np.isfinite(values).sum(axis=0)
    is_wet = wet > np.maximum(1, _WET_SHARE * n_clear)
    if is_wet.any():
        is_wet = cv2.dilate(is_wet.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Stack(
        signal=values,
        days=group.days[dates],
        dates=tuple(dates),
        is_wet=is_wet,
        off_m=((np.arange(n_off) + 0.5) / n_off * 2 - 1) * half_m,
        at_m=np.asarray(ribbon.columns_at(wide, n_at)),
        lon=np.asarray(lon),
        lat=np.asarray(lat),
        step_m=group.step_m,
    )


def _one_date(
    images: Sequence[Image],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    epsg: int,
    group: Group,
    *,
    mask_clouds: bool,
) -> Floats:
    """Return one date, NaN where it was hidden; what several tiles show is taken once."""
    found = np.full(x.shape, np.nan, np.float32)
    for image in images:
        if np.isfinite(found).all():
            break
        with view.opened(image.path) as source:
            if source.crs is None:
                raise BadImage(f"{image.scene.name}: has no place on Earth; georeference it first")
            where = _where(source, x, y, epsg)
            if where is None:
                continue
            pixels, valid = view.read_at(source, where)
        if not valid.any():
            continue
        if mask_clouds and group.signal is not Signal.RADAR:
            valid = _clear(image, pixels, valid, x, y, epsg, group.step_m)
        value = bareness(pixels, image.scene, image.signal)
        take = valid & np.isfinite(value) & ~np.isfinite(found)
        found[take] = value[take]
    return found


@lru_cache(maxsize=64)
def _changed(epsg: int, theirs: str) -> Transformer:
    return Transformer.from_crs(CRS.from_epsg(epsg), CRS.from_user_input(theirs), always_xy=True)


def _where(
    source: Any, x: NDArray[np.float64], y: NDArray[np.float64], epsg: int
) -> NDArray[np.float64] | None:
    """Return columns and rows `(2, y, x)` in an open image; None where it lies elsewhere."""
    if source.crs.to_epsg() != epsg:
        x, y = _changed(epsg, source.crs.to_wkt()).transform(x, y)
    a, b, c, d, e, f = (~source.transform)[:6]
    where = np.stack([a * x + b * y + c - 0.5, d * x + e * y + f - 0.5])
    where = np.where(np.isfinite(where), where, -1e6)
    is_near = (where[0] > -1) & (where[0] < source.width) & (where[1] > -1)
    return where if (is_near & (where[1] < source.height)).any() else None


def _clear(
    image: Image,
    pixels: NDArray[Any],
    valid: Mask,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    epsg: int,
    step_m: float,
) -> Mask:
    """Return where the ground can be seen, by the mask kept of the image, else by our own."""
    beside = kept.beside(image.path)
    file = beside if beside.exists() else image.mask
    shown = None
    if file is not None:
        with view.opened(file) as source:
            where = _where(source, x, y, epsg)
            if where is not None:
                shown = _nearest(source, where)
    said = np.zeros(valid.shape, bool) if shown is None else shown != int(cloud.Cover.NODATA)
    is_clear: Mask = valid & said
    if shown is not None:
        is_clear &= np.isin(shown, (int(cloud.Cover.GROUND), int(cloud.Cover.WATER)))
    if (valid & ~said).any():
        has_nir = len(pixels) >= 4
        changed_ns = 0 if objects.is_object(image.path) else image.path.stat().st_mtime_ns
        usual = _usual(str(image.path), changed_ns)
        own = cloud.clear(pixels, valid, step_m, has_nir, usual=usual)
        is_clear |= own & ~said
    return is_clear


@lru_cache(maxsize=4096)
def _usual(path: str, _changed_ns: int) -> cloud.Levels | None:
    return coverage.usual_levels(Path(path))


def _nearest(source: Any, where: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the value of the nearest pixel of a one-band mask; `NODATA` outside it."""
    columns, rows = np.rint(where).astype(np.int64)
    inside = (columns >= 0) & (rows >= 0) & (columns < source.width) & (rows < source.height)
    found = np.full(columns.shape, int(cloud.Cover.NODATA), np.uint8)
    if not inside.any():
        return found
    top, left = int(rows[inside].min()), int(columns[inside].min())
    window = ((top, int(rows[inside].max()) + 1), (left, int(columns[inside].max()) + 1))
    block = source.read(1, window=window)
    found[inside] = block[rows[inside] - top, columns[inside] - left]
    return found


def bareness(pixels: NDArray[Any], scene: Scene, signal: Signal) -> Floats:
    """Return how bare the ground is, `(y, x)`, higher is barer; NaN where it cannot be said.

    Args:
        pixels: `(band, y, x)` as stored.
        scene: says what the bands show and how values become reflectance.
        signal: what to work out.
    """
    values = _reflectance(pixels, scene)
    at = {name: index for index, name in enumerate(scene.bands[: len(pixels)])}
    with np.errstate(invalid="ignore", divide="ignore"):
        if signal is Signal.NDVI:
            red, nir = values[at["red"]], values[at["nir"]]
            found = -(nir - red) / np.maximum(nir + red, 1e-6)
        elif signal is Signal.GREENNESS:
            # The order of the visible bands is not known; the last is near infrared.
            visible, nir = values[:3].mean(axis=0), values[3]
            found = -(nir - visible) / np.maximum(nir + visible, 1e-6)
        elif signal is Signal.COLOUR:
            # Green lies in the middle in either order (green leaf index, Louhaichi et al. 2001).
            green, others = 2 * values[1], values[0] + values[2]
            found = -(green - others) / np.maximum(green + others, 1e-6)
        elif signal is Signal.RADAR:
            found = _decibels(values[at["vv"] if "vv" in at else at["vh"]])
        else:
            found = np.log(np.maximum(values.mean(axis=0), 1e-6))
    return np.where(np.isfinite(found), found, np.nan).astype(np.float32)


def _reflectance(pixels: NDArray[Any], scene: Scene) -> Floats:
    values = pixels.astype(np.float32)
    told = scene.reflectance
    if len(told) == 2:
        return np.asarray(values * told[0] + told[1], np.float32)
    if told and len(told) == 2 * len(pixels):
        gains = np.array(told, np.float32).reshape(-1, 2)
        return np.asarray(values * gains[:, :1, None] + gains[:, 1:, None], np.float32)
    return values


def _decibels(values: Floats) -> Floats:
    """Return radar echoes in decibels; values of which some are negative already are."""
    if (values < 0).any():
        return values
    return np.asarray(10 * np.log10(np.where(values > 0, values, np.nan)), np.float32)


def clear_dates(stack: Stack, columns: Mask) -> tuple[int, float]:
    """Return on how many dates most of some columns was clear, and the share that was clear."""
    known = np.isfinite(stack.signal[:, :, columns])
    if not known.size:
        return 0, 0.0
    return int((known.mean(axis=(1, 2)) > 0.5).sum()), float(known.mean())


def bracket(group: Group, stack: Stack, last_without: int, first_with: int) -> When:
    """Return the days from the last date without to the first with; composites count whole."""
    one, other = (group.taken(stack.dates[date]) for date in (last_without, first_with))
    return When(min(one.earliest, other.earliest), max(one.latest, other.latest))
