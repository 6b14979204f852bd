"""What a delivery is made of, as plain values that cross into the limited process and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

Plain = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the papers of a delivery state about one image; empty or NaN where they do not.

    Attributes:
        taken: day or `FROM..TO`, as ISO text.
        taken_at: moment in UTC, as ISO text.
        source: the paper in which the date stands.
        sensor: platform and instrument.
        gsd_m: size of a pixel as stated.
        off_nadir_deg: viewing angle from the vertical.
        view_azimuth_deg: direction from the ground to the satellite, from north.
        sun_azimuth_deg: direction of the sun, from north.
        sun_elevation_deg: height of the sun.
        cloud_percent: cloud as the provider states it.
        licence: terms of use.
        credit: line to print beside the pixels.
        bands: what each band shows, in the order of the files.
        reflectance: gain and offset from pixel value to reflectance; of each band in turn where
            they differ.
        product: level and kind in a few words.
    """

    taken: str = ""
    taken_at: str = ""
    source: str = ""
    sensor: str = ""
    gsd_m: float = math.nan
    off_nadir_deg: float = math.nan
    view_azimuth_deg: float = math.nan
    sun_azimuth_deg: float = math.nan
    sun_elevation_deg: float = math.nan
    cloud_percent: float = math.nan
    licence: str = ""
    credit: str = ""
    bands: tuple[str, ...] = ()
    reflectance: tuple[float, ...] = ()
    product: str = ""


@dataclass(frozen=True, kw_only=True)
class Mask:
    """A provider's mask: where it is, and how its values are to be read (`masks.decode`)."""

    path: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Seam:
    """The part of a mosaic that was taken on one date.

    Attributes:
        taken: ISO day, or `FROM..TO`.
        shape: WKT, EPSG:4326.
        sensor: platform, where it is stated.
        overlapping: of how many dates seams overlap here; 0 where one says which it is.
    """

    taken: str
    shape: str
    sensor: str = ""
    overlapping: int = 0


@dataclass(frozen=True, kw_only=True)
class Image:
    """What becomes one scene (or, of a mosaic with seams, one scene for each date).

    Attributes:
        name: what to call it.
        files: the files with its pixels, absolute.
        how: "tiles" laid side by side, "bands" laid on each other, or "one" file.
        told: what its papers say.
        masks: the provider's masks of it.
        seams: which part was taken when.
        rpc: `rasterio.rpc.RPC` as plain JSON, of an image that is not map-projected; else None.
        missing: files that its papers list and that are not here.
        papers: names of the papers that describe it.
        is_raw: not map-projected, whether or not its camera model was found.
        nothing: pixel value that means no data where the file does not say so; -1 for none.
        notes: what a person should know.
    """

    name: str
    files: tuple[str, ...]
    how: str = "one"
    told: Told = Told()
    masks: tuple[Mask, ...] = ()
    seams: tuple[Seam, ...] = ()
    rpc: Plain | None = None
    missing: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    is_raw: bool = False
    nothing: int = -1
    notes: tuple[str, ...] = ()

    def plain(self) -> Plain:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Image:
        """Return what `plain` made plain."""
        return cls(
            **{field.name: _tupled(plain[field.name]) for field in fields(cls)}
            | {
                "told": Told(**{k: _tupled(v) for k, v in plain["told"].items()}),
                "masks": tuple(Mask(**mask) for mask in plain["masks"]),
                "seams": tuple(Seam(**seam) for seam in plain["seams"]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Order:
    """One delivery: its kind, its number or folder, and its images."""

    kind: str
    number: str
    images: tuple[Image, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What lies in folders and files that a person gave.

    Attributes:
        orders: deliveries, by kind and number.
        singles: images that no papers speak of.
        pictures: PNG and JPEG that belong to no delivery.
        n_photos: how many photographs from the ground lie there; their names go nowhere.
        problems: a line for everything that cannot be used as it is, with the next step.
    """

    orders: tuple[Order, ...] = ()
    singles: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    n_photos: int = 0
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to do or to tell."""
        return bool(self.orders or self.singles or self.pictures or self.n_photos or self.problems)

    def plain(self) -> Plain:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Found:
        """Return what `plain` made plain."""
        return cls(
            orders=tuple(
                Order(
                    kind=order["kind"],
                    number=order["number"],
                    images=tuple(Image.of(image) for image in order["images"]),
                )
                for order in plain["orders"]
            ),
            singles=tuple(plain["singles"]),
            pictures=tuple(plain["pictures"]),
            n_photos=int(plain["n_photos"]),
            problems=tuple(plain["problems"]),
        )


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
