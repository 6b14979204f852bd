"""The rows about pictures: what was taken, what it lets one see, and where to look next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from shapely.geometry.base import BaseGeometry

from vallum.ground.row import Row, desk, public
from vallum.ground.span import Span, Spans
from vallum.ground.when import When


@dataclass(frozen=True, kw_only=True)
class Scene(Row):
    """One image, or the footprint of one."""

    NAMED_BY = ("sha256",)
    PREFIX = "scene"

    sha256: str = desk("hash of the original file's bytes, or of the footprint record")
    name: str = desk("file name or catalogue id, without its folder")
    taken: When = public("first and last possible day on which it was taken")
    taken_from: str = public("where the date was read: tag, sidecar, filename, given, catalogue")
    sensor: str = public("platform and instrument", default="")
    gsd_m: float = public("ground sample distance", unit="m")
    off_nadir_deg: float = public("viewing angle from the vertical", unit="deg", default=math.nan)
    sun_azimuth_deg: float = public(
        "direction of the sun, from north", unit="deg", default=math.nan
    )
    sun_elevation_deg: float = public("height of the sun", unit="deg", default=math.nan)
    cloud_percent: float = public("cloud as the provider states it", unit="%", default=math.nan)
    n_bands: int = public("number of bands; 0 when there are no pixels", default=0)
    dtype: str = public("pixel type", default="")
    crs: str = public("coordinate reference system of the pixels", default="")
    footprint: BaseGeometry = public("area with valid pixels, EPSG:4326")
    href: str = desk(
        "working copy, inside the project; or an outside path when used in place", default=""
    )
    licence: str = public("terms of use", default="")
    credit: str = public("line to print beside the pixels", default="")
    may_publish: bool = public("whether its pixels may be shown outside", default=False)
    is_simulated: bool = public("made by a program, shows no real place", default=False)
    exhibit: str = desk("table it was listed in, if any", default="", refers="Exhibit")
    set_aside: str = public("why a person took it out of use; empty while in use", default="")
    copy_sha256: str = desk("hash of the working copy, checked by verify", default="")
    taken_at: datetime | None = public(
        "moment it was taken, where that is stated", unit="UTC", default=None
    )
    view_azimuth_deg: float = public(
        "direction from the ground to the satellite, from north", unit="deg", default=math.nan
    )
    bands: tuple[str, ...] = public(
        "what each band shows, in order: pan, blue, green, red, nir, swir16, swir22 ...; empty "
        "where that is not known",
        default=(),
    )
    reflectance: tuple[float, ...] = public(
        "gain and offset that turn a pixel value into reflectance; empty where not stated",
        default=(),
    )
    mask_href: str = desk(
        "the provider's mask of cloud, haze, shadow and snow, inside the project", default=""
    )
    mask_sha256: str = desk("hash of that mask, checked by verify", default="")
    looking_only: str = public(
        "why lengths may not be measured on it; empty when they may", default=""
    )
    placed_by: str = public(
        "how it was laid on the ground: delivered, markers, matching or points",
        default="delivered",
    )
    placed_rmse_m: float = public(
        "disagreement of the points that it was laid by", unit="m", default=math.nan
    )
    tilt_deg: float = public(
        "by how much the camera looked away from straight down, of a screenshot",
        unit="deg",
        default=math.nan,
    )
    order: str = desk("delivery it came with, by its number or folder", default="")
    repeats: str = public(
        "image of which this is the same acquisition, delivered again; it counts once",
        refers="Scene",
        default="",
    )
    part_of: str = desk("mosaic of several dates of which this is the part of one date", default="")

    @property
    def has_pixels(self) -> bool:
        """False for a footprint whose image is not here."""
        return bool(self.href)


@dataclass(frozen=True, kw_only=True)
class Look(Row):
    """One scene over one section: which metres of frontier it lets one see."""

    NAMED_BY = ("scene", "span")
    PREFIX = "look"

    scene: str = public("the image", refers="Scene")
    span: Span = public("the section", unit="m")
    seen: Spans = public("metres whose corridor is valid and clear", unit="m")
    valid: Spans = public("metres whose corridor has pixels, clear or not", unit="m")
    clear_share: float = public("share of the corridor's pixels that are valid and clear", unit="1")
    hidden: tuple[str, ...] = public(
        "share of the corridor's pixels hidden by each cause: 'cloud 0.120'", default=()
    )
    masked_by: str = public("what told clear from hidden: provider, network or vallum", default="")
    made_with: str = desk("hash of the inputs and settings it was made with", default="")
    blocked_by: str = public("why nothing of it can be used; empty when something can", default="")


@dataclass(frozen=True, kw_only=True)
class Fit(Row):
    """How an after image was brought to lie on its before image, in one section."""

    NAMED_BY = ("look", "reference")
    PREFIX = "fit"

    look: str = public("the look that is moved", refers="Look")
    reference: str = public("the look that stays", refers="Look")
    dx_m: float = public("move east", unit="m", default=math.nan)
    dy_m: float = public("move north", unit="m", default=math.nan)
    rmse_m: float = public("disagreement of the tiles that agree", unit="m", default=math.nan)
    n_tiles: int = public("tiles with enough texture to vote", default=0)
    reliability: float = public("share of voting tiles that agree", unit="1", default=math.nan)
    gain: tuple[float, ...] = public("per band: reference = gain x moved + offset", default=())
    offset: tuple[float, ...] = public("per band: reference = gain x moved + offset", default=())
    made_with: str = desk("hash of the inputs and settings it was made with", default="")
    blocked_by: str = public("why the pair cannot be compared; empty when it can", default="")


@dataclass(frozen=True, kw_only=True)
class Shot(Row):
    """A picture without georeference, such as a screenshot, and how it was laid on the ground."""

    NAMED_BY = ("sha256",)
    PREFIX = "shot"

    sha256: str = desk("hash of the file's bytes")
    name: str = desk("file name, without its folder")
    href: str = desk("working copy, inside the project")
    copy_sha256: str = desk("hash of the working copy, checked by verify", default="")
    width_px: int = public("columns", unit="px")
    height_px: int = public("rows", unit="px")
    taken: When | None = public(
        "first and last possible day on which it was taken; None while nobody knows", default=None
    )
    taken_from: str = public("where the date was read: picture, filename, given", default="")
    credit: str = public("line to print beside the pixels", default="")
    licence: str = public("terms of use", default="")
    may_publish: bool = public("whether its pixels may be shown outside", default=False)
    method: str = public(
        "how it was placed: markers, matching or points; empty while it is not", default=""
    )
    frame: str = public("frame of the capture plan whose markers it shows", default="")
    reference: str = public("image it was matched with", refers="Scene", default="")
    points: tuple[float, ...] = desk(
        "what it was placed by: column, row, longitude, latitude of each point, in turn",
        default=(),
    )
    n_agree: int = public("of the points, those that agree", default=0)
    gsd_m: float = public("size of a pixel on the ground", unit="m", default=math.nan)
    rotation_deg: float = public(
        "direction of its upper edge, from north", unit="deg", default=math.nan
    )
    tilt_deg: float = public(
        "by how much the camera looked away from straight down", unit="deg", default=math.nan
    )
    rmse_m: float = public("disagreement of the points that agree", unit="m", default=math.nan)
    looking_only: str = public(
        "why lengths may not be measured on it; empty when they may", default=""
    )
    why_not: str = desk("why it is not placed; empty when it is", default="")
    is_skipped: bool = desk("left out by a person", default=False)
    by: str = desk("who placed it: vallum, or a person", default="vallum")
    scene: str = public("the image it became", refers="Scene", default="")


@dataclass(frozen=True, kw_only=True)
class Cue(Row):
    """What free wide-area images say of one cell of the border: look here, or nothing seen."""

    NAMED_BY = ("span",)
    PREFIX = "cue"

    span: Span = public("the cell", unit="m")
    score: float = public(
        "strength of the disturbance; orders cells, is no probability", unit="1", default=0.0
    )
    rank: int = public("1 for the cell to look at first; 0 where nothing was found", default=0)
    along_m: float = public(
        "border beside which the ground changed in a line along it", unit="m", default=0.0
    )
    off_m: float = public(
        "middle distance from the frontier, left negative", unit="m", default=math.nan
    )
    since: When | None = public(
        "last day without it to first day with it; None where nothing was found", default=None
    )
    shape: BaseGeometry | None = public("where the ground changed, EPSG:4326", default=None)
    reasons: tuple[str, ...] = public("why it is ranked so, in words", default=())
    series: str = public("what was looked at: sensors and signal", default="")
    n_dates: int = public("dates in the series", default=0)
    n_clear: int = public("dates on which the middle of the cell was clear", default=0)
    clear_share: float = public("share of pixels and dates that were clear", unit="1", default=0.0)
    made_with: str = desk("hash of the inputs and settings it was made with", default="")
    blocked_by: str = public("why nothing can be said; empty when something can", default="")


@dataclass(frozen=True, kw_only=True)
class Terrain(Row):
    """What kind of land one section runs through, from maps and height models that are free."""

    NAMED_BY = ("span",)
    PREFIX = "terrain"

    span: Span = public("the section", unit="m")
    slope_deg: float = public("median slope of the corridor", unit="deg", default=math.nan)
    relief_m: float = public(
        "height between the 5th and 95th percentile of the corridor", unit="m", default=math.nan
    )
    river_width_m: float = public(
        "median width of the water that the line runs along; 0 where it is dry land",
        unit="m",
        default=math.nan,
    )
    obstacle: str = public(
        "natural obstacle: river, steep, lake, sea or none; empty where not known", default=""
    )
    town: str = public("nearest town or village", default="")
    town_m: float = public("distance from the section to it", unit="m", default=math.nan)
    settled_share: float = public(
        "share of the corridor that is built up", unit="1", default=math.nan
    )
    land_cover: tuple[str, ...] = public(
        "shares of the corridor by land cover, largest first: 'crop 0.62'", default=()
    )
    stratum: str = public(
        "the section in one word for sampling, like 'flat, settled, no obstacle'", default=""
    )
    sources: tuple[str, ...] = public("what it was read from, with licences", default=())
    made_with: str = desk("hash of the inputs and settings it was made with", default="")
    blocked_by: str = public("what could not be read, and why; empty otherwise", default="")


PICTURES = (Scene, Look, Fit, Shot, Cue, Terrain)
