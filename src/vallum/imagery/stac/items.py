"""What a catalogue states about one image: date, sensor, angles, bands, terms; as a Scene needs it.

Providers name the same thing differently. Bands are read from `eo:bands` or `bands` (STAC 1.1),
and by the usual names of files where those are missing; see `naming`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import AddressRefused, BadInput
from vallum.ground.when import When
from vallum.imagery import stated
from vallum.imagery.deliveries.order import Told
from vallum.imagery.stac import naming
from vallum.imagery.stac.hosts import joined, shown

Plain = Mapping[str, Any]

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_MOST_VERTICES = 20_000
_MOST_ASSETS = 300
_COMPOSITE_DAYS = 2  # a pass takes minutes; around midnight it lies on two days


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file of an item.

    Attributes:
        key: what the item calls it.
        href: where it is; may carry a signature.
        bands: what each of its bands shows; empty where that is not known.
        gsd_m: size of its pixels; NaN where not stated.
        nothing: pixel value that means no data; NaN where not stated.
        reflectance: gain and offset; of each band in turn where they differ.
        sha256: what its bytes must hash to; empty where not stated.
    """

    key: str
    href: str
    bands: tuple[str, ...] = ()
    gsd_m: float = math.nan
    nothing: float = math.nan
    reflectance: tuple[float, ...] = ()
    sha256: str = ""

    def __repr__(self) -> str:
        return f"Asset({self.key!r}, {shown(self.href)!r})"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One image of a catalogue.

    Attributes:
        name: its id.
        collection: the id of its collection.
        href: its own address, without query; empty where it tells none.
        taken: first and last possible day.
        footprint: as stated, EPSG:4326.
        told: what is stated of it.
        assets: files that hold pixels.
        mask: file with the provider's mask of cloud; None where there is none.
        mask_kind: how its values are to be read.
        record: the item as JSON, without any signature.
    """

    name: str
    collection: str
    href: str
    taken: When
    footprint: BaseGeometry
    told: Told
    assets: tuple[Asset, ...]
    mask: Asset | None = None
    mask_kind: str = ""
    record: bytes = b""

    @property
    def title(self) -> str:
        """Collection and id."""
        return f"{self.collection}/{self.name}" if self.collection else self.name


def read(item: Plain, base_href: str, collection: Plain | None = None) -> Item:
    """Return what an item states.

    Args:
        item: as it came.
        base_href: address that relative links start from.
        collection: the document of its collection, for licence and credit.

    Raises:
        BadInput: it has no date, no place or no usable file; in one line.
    """
    plain = clean(item)  # of what is shown and kept, nothing may be a signature
    name = stated.text(plain, 200, "id") or "an item without id"
    properties = plain.get("properties")
    if not isinstance(properties, Mapping):
        raise BadInput(f"{name}: is no STAC item; it was left out")
    taken, moment = _taken(name, properties)
    own = next((link["href"] for link in _links(item) if link.get("rel") == "self"), "")
    is_file = base_href.split("?")[0].endswith(".json")  # links of a file start from where it is
    try:
        base_href = joined(base_href, own) if own and not is_file else base_href
    except AddressRefused as error:
        raise BadInput(f"{name}: its own address is none; it was left out") from error
    assets = tuple(_assets(item, properties, base_href))
    mask, kind = _mask(assets)
    return Item(
        name=name,
        collection=stated.text(plain, 200, "collection"),
        href=shown(base_href) if own or is_file else "",
        taken=taken,
        footprint=_footprint(name, item),
        told=_told(properties, clean(collection or {}), taken, moment),
        assets=assets,
        mask=mask,
        mask_kind=kind,
        record=orjson.dumps(plain, option=orjson.OPT_SORT_KEYS),
    )


def _links(item: Plain) -> list[Plain]:
    links = item.get("links")
    return [
        link
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, Mapping) and isinstance(link.get("href"), str)
    ]


def _taken(name: str, properties: Plain) -> tuple[When, datetime | None]:
    """Return the bracket of days and, of a single pass, the moment.

    A composite states one date for form's sake beside its first and last; the bracket is believed.
    """
    moment = _moment(properties.get("datetime"))
    first = _moment(properties.get("start_datetime"))
    last = _moment(properties.get("end_datetime"))
    if first is not None and last is not None and first <= last:
        bracket = When(first.date(), last.date())
        if moment is None or bracket.days > _COMPOSITE_DAYS:
            return bracket, None
    if moment is None:
        raise BadInput(f"{name}: the catalogue tells no date; it was left out")
    return When.on(moment.date()), moment


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _footprint(name: str, item: Plain) -> BaseGeometry:
    """Return the stated footprint, or the box where it is missing or broken."""
    try:
        found = shapely.make_valid(shape(item["geometry"]))
        bounds = found.bounds
        if 3 <= shapely.get_num_coordinates(found) <= _MOST_VERTICES and _on_earth(bounds):
            return found
    except (
        ShapelyError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        RecursionError,
    ):
        pass  # the box may still do
    box = item.get("bbox")
    if isinstance(box, list) and len(box) in {4, 6} and all(_is_number(v) for v in box):
        half = len(box) // 2
        bounds = (float(box[0]), float(box[1]), float(box[half]), float(box[half + 1]))
        if _on_earth(bounds) and bounds[0] < bounds[2] and bounds[1] < bounds[3]:
            return shapely.box(*bounds)
    raise BadInput(f"{name}: the catalogue tells no place for it; it was left out")


def _on_earth(bounds: tuple[float, ...]) -> bool:
    return (
        all(map(math.isfinite, bounds))
        and max(abs(bounds[0]), abs(bounds[2])) <= 180.01
        and max(abs(bounds[1]), abs(bounds[3])) <= 90.01
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(properties: Plain, collection: Plain, taken: When, moment: datetime | None) -> Told:
    seen = stated.conditions(properties)
    zenith_deg = stated.number(properties, 0, 180, "s2:mean_solar_zenith", "sun_zenith")
    instruments = properties.get("instruments")
    parts = [stated.text(properties, 60, "platform", "eo:platform", "constellation")]
    if isinstance(instruments, list):
        parts += [stated.words(part, 40) for part in instruments[:3] if isinstance(part, str)]
    sensor = " ".join(part for part in parts if part)
    return Told(
        taken=str(taken),
        taken_at=moment.isoformat() if moment else "",
        source="catalogue",
        sensor=sensor,
        gsd_m=stated.number(properties, 1e-3, 1e5, "gsd", "eo:gsd"),
        off_nadir_deg=seen.off_nadir_deg,
        view_azimuth_deg=stated.number(properties, 0, 360, "view:azimuth"),
        sun_azimuth_deg=_first(
            seen.sun_azimuth_deg,
            stated.number(properties, 0, 360, "s2:mean_solar_azimuth", "eo:sun_azimuth"),
        ),
        sun_elevation_deg=_first(
            seen.sun_elevation_deg,
            stated.number(properties, -90, 90, "eo:sun_elevation"),
            90 - zenith_deg,
        ),
        cloud_percent=seen.cloud_percent,
        licence=stated.text(properties, 100, "license") or stated.text(collection, 100, "license"),
        credit=_credit(sensor, properties, collection, taken.latest),
        product=stated.text(properties, 80, "s2:product_type", "processing:level"),
    )


def _first(*values: float) -> float:
    return next((value for value in values if math.isfinite(value)), math.nan)


def _credit(sensor: str, properties: Plain, collection: Plain, day: date) -> str:
    """Return the line to print: that of Copernicus for its own, else who made and licenses it."""
    if sensor.lower().startswith("sentinel"):
        return f"contains modified Copernicus Sentinel data {day.year}"
    for where in (properties, collection):
        providers = where.get("providers")
        for role in ("licensor", "producer"):
            for one in providers if isinstance(providers, list) else []:
                roles = one.get("roles") if isinstance(one, Mapping) else None
                if isinstance(roles, list) and role in roles:
                    return stated.text(one, 100, "name")
    return ""


def _assets(item: Plain, properties: Plain, base_href: str) -> Iterator[Asset]:
    """Yield the GeoTIFFs of an item that show the ground, or mask it."""
    found = item.get("assets")
    entries = list(found.items()) if isinstance(found, Mapping) else []
    beta = properties.get("eo:bands")
    sensor = stated.text(properties, 60, "platform", "eo:platform", "constellation").lower()
    for key, asset in entries[:_MOST_ASSETS]:
        href = _href(asset) if isinstance(asset, Mapping) else ""
        if not href or not naming.is_geotiff(asset, href) or naming.is_beside(key, asset):
            continue
        bands = naming.bands_of(str(key), asset, sensor, beta if isinstance(beta, list) else [])
        try:
            address = joined(base_href, href)
        except AddressRefused:
            continue  # another file may do
        raster = _raster(asset)
        yield Asset(
            key=stated.words(clean(str(key)), 80),
            href=address,
            bands=bands,
            gsd_m=_gsd_m(asset, raster, properties),
            nothing=_nothing(raster),
            reflectance=naming.reflectance(raster, properties),
            sha256=_checksum(asset),
        )


def _href(asset: Plain) -> str:
    """Return the address of a file: its own, or an alternate one that is on the web."""
    alternates = asset.get("alternate")
    others = list(alternates.values()) if isinstance(alternates, Mapping) else []
    for one in (asset, *others):
        href = one.get("href") if isinstance(one, Mapping) else None
        if isinstance(href, str) and ("://" not in href or href.lower().startswith("http")):
            return href
    return ""


def _raster(asset: Plain) -> list[Plain]:
    """Return what is stated about the values of each band, under the names of STAC 1.0."""
    bands = asset.get("raster:bands")
    if isinstance(bands, list) and bands:
        return [band if isinstance(band, Mapping) else {} for band in bands]
    newer = asset.get("bands")
    newer = newer if isinstance(newer, list) else []
    whole = {k.removeprefix("raster:"): v for k, v in asset.items() if isinstance(k, str)}
    return [
        {**whole, **{str(k).removeprefix("raster:"): v for k, v in band.items()}}
        for band in newer
        if isinstance(band, Mapping)
    ] or [whole]


def _gsd_m(asset: Plain, raster: list[Plain], properties: Plain) -> float:
    sizes = [
        stated.number(asset, 1e-3, 1e5, "gsd", "eo:gsd", "raster:spatial_resolution"),
        stated.number(raster[0], 1e-3, 1e5, "spatial_resolution"),
    ]
    transform = asset.get("proj:transform")
    if isinstance(transform, list) and len(transform) >= 6 and _is_number(transform[0]):
        # In degrees it would be far below a millimetre's worth of metres.
        sizes += [float(transform[0])] if 0.01 <= abs(transform[0]) <= 1e5 else []
    return _first(*sizes, stated.number(properties, 1e-3, 1e5, "gsd", "eo:gsd"))


def _nothing(raster: list[Plain]) -> float:
    value = raster[0].get("nodata")
    return float(value) if _is_number(value) and value is not None else math.nan


def _checksum(asset: Plain) -> str:
    """Return the SHA-256 in a multihash (function 12, length 20 in hexadecimal); else nothing."""
    text = stated.text(asset, 200, "file:checksum", "checksum:multihash").lower()
    return text[4:] if text.startswith("1220") and len(text) == 68 else ""


def _mask(assets: tuple[Asset, ...]) -> tuple[Asset | None, str]:
    found = [(asset, kind) for asset in assets if (kind := naming.mask_kind(asset.key))]
    return found[0] if found else (None, "")


def chosen(item: Item, bands: str = "") -> tuple[Asset, ...]:
    """Return the files to fetch for one image, in the order red, green, blue, near infrared.

    Of several, the finest; among equally fine ones measured values in red, green, blue and near
    infrared before three of them, before a picture made for the eye, before panchromatic.

    Args:
        item: the image.
        bands: names of bands or of files with commas between them, or `visual`; empty for the rule.

    Raises:
        BadInput: there is no such file, in one line with what there is.
    """
    pixels = [asset for asset in item.assets if not naming.mask_kind(asset.key)]
    if bands:
        return _asked(item, pixels, [name.strip() for name in bands.split(",") if name.strip()])
    options = list(_options(pixels)) or [(_fineness(a.gsd_m), 5, (a,)) for a in pixels]
    if not options:
        raise BadInput(
            f"{item.name}: lists no GeoTIFF on the web that shows the ground; it was left out, "
            "fetch it from the provider and add the files"
        )
    return min(options, key=lambda option: option[:2])[2]


def _options(pixels: list[Asset]) -> Iterator[tuple[int, int, tuple[Asset, ...]]]:
    """Yield fineness, rank and files of every way to make one image."""
    single = {a.bands[0]: a for a in reversed(pixels) if len(a.bands) == 1}
    if "nir" not in single and "nir08" in single:
        single["nir"] = replace(single["nir08"], bands=("nir",))
    colours = [single[name] for name in ("red", "green", "blue") if name in single]
    if len(colours) == 3:
        near = [single[n] for n in ("nir",) if n in single and _same(single[n], colours[0])]
        yield _fineness(colours[0].gsd_m), 0 if near else 1, (*colours, *near)
    for asset in pixels:
        rank = 4
        if naming.is_visual(asset.key):
            rank = 2
        elif {"red", "green", "blue"} <= set(asset.bands):
            rank = 0 if "nir" in asset.bands else 1
        elif asset.bands == ("pan",):
            rank = 3
        elif asset.bands:
            continue
        yield _fineness(asset.gsd_m), rank, (asset,)


def _fineness(gsd_m: float) -> int:
    """Return a step of the scale of sizes: those within a fifth of each other are equal."""
    return round(math.log(gsd_m) / math.log(1.2)) if gsd_m > 0 else 1000


def _same(one: Asset, other: Asset) -> bool:
    return one.gsd_m == other.gsd_m or not (math.isfinite(one.gsd_m) and math.isfinite(other.gsd_m))


def _asked(item: Item, pixels: list[Asset], names: list[str]) -> tuple[Asset, ...]:
    found = []
    for name in names:
        fits = [a for a in pixels if a.key.lower() == name.lower()]
        fits += [a for a in pixels if a.bands == (name.lower(),)]
        if name.lower() == "visual":
            fits += [a for a in pixels if naming.is_visual(a.key)]
        if not fits:
            known = ", ".join(
                dict.fromkeys(a.bands[0] if len(a.bands) == 1 else a.key for a in pixels)
            )
            raise BadInput(
                f"{item.name}: has no band or file '{stated.words(name, 40)}'; it was left out, "
                f"--bands can be {known[:200] or 'nothing here'}"
            )
        found.append(fits[0])
    return tuple(found)


def clean(value: Any) -> Any:
    """Return JSON in which no address carries a query: signatures stand there."""
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(part) for key, part in value.items()}
    if isinstance(value, list):
        return [clean(part) for part in value]
    if isinstance(value, str) and "://" in value:
        return _ADDRESS.sub(lambda found: shown(found[0]), value)
    return value
