"""Pixels on the ground in Google Earth: tiles of images that may be shown, in files of their own.

They are never in `border.kmz`, and there are none unless somebody asks for them: whoever passes the
findings on does not pass on pictures that belong to a provider by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from vallum.ground.errors import BadImage
from vallum.ground.when import When
from vallum.report.book import SIMULATED, Book
from vallum.report.kml import Element, balloon, box, packed, root_with_document, sub, text_of
from vallum.report.printing import THIN, day_text, number_text
from vallum.report.tongue import say

MOST_BYTES = 10_000_000
"""Larger files are slow to open, and mail refuses many of them."""
MOST_SIDE_PX = 2048
"""Google Earth shrinks pictures that are larger, so that their pixels are no longer pixels."""
_LEAST_ON_SCREEN_PX = 96


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """One tile of an image, north up in degrees.

    Attributes:
        scene_id: the image it was cut from.
        taken: when that was taken.
        until: day from which a later image takes its place on the time slider; None if none does.
        bounds: west, south, east and north, in degrees.
        picture: the pixels as JPEG, or as PNG where some are missing.
        width_px: its width, at most 2,048.
        height_px: its height, at most 2,048.
        gsd_m: size of its pixels on the ground, roughly.
        credit: line to print beside the pixels.
        licence: terms of use.
        is_simulated: made by a program.
    """

    scene_id: str
    taken: When
    until: date | None = None
    bounds: tuple[float, float, float, float]
    picture: bytes
    width_px: int
    height_px: int
    gsd_m: float
    credit: str = ""
    licence: str = ""
    is_simulated: bool = False

    def __post_init__(self) -> None:
        if max(self.width_px, self.height_px) > MOST_SIDE_PX:
            raise BadImage(
                f"{self.scene_id}: a tile of {self.width_px} x {self.height_px} px is too large "
                f"for Google Earth (at most {MOST_SIDE_PX:,}); nothing was written, cut it smaller"
            )

    @property
    def suffix(self) -> str:
        """How its file ends."""
        return "png" if self.picture.startswith(b"\x89PNG") else "jpg"


def files(
    book: Book, overlays: Sequence[Overlay], *, most_bytes: int = MOST_BYTES
) -> dict[str, bytes]:
    """Return KMZ files of the tiles by their path in the publication, each under `most_bytes`.

    One file holds one image, or a part of one; none refers to another or to anything outside.
    """
    found = {}
    ordered = sorted(overlays, key=lambda one: (one.taken, one.scene_id, one.bounds))
    for (taken, scene_id), tiles in groupby(ordered, key=lambda one: (one.taken, one.scene_id)):
        for number, part in enumerate(_portions(tiles, most_bytes), start=1):
            name = f"overlays/{taken.earliest}-{scene_id.rpartition('-')[2][:8]}-{number}.kmz"
            found[name] = _kmz(book, part, number)
    return found


def _portions(tiles: Iterable[Overlay], most_bytes: int) -> Iterator[list[Overlay]]:
    """Tiles in order, as many at a time as fit; a kilobyte each is for what is written of them."""
    portion: list[Overlay] = []
    size = 0
    for tile in tiles:
        needed = len(tile.picture) + 2_000
        if portion and size + needed > most_bytes * 0.95:
            yield portion
            portion, size = [], 0
        portion.append(tile)
        size += needed
    if portion:
        yield portion


def _kmz(book: Book, tiles: Sequence[Overlay], number: int) -> bytes:
    root, document = root_with_document()
    first = tiles[0]
    is_marked = book.is_simulated or first.is_simulated
    mark = f"{SIMULATED} " if is_marked else ""
    day = day_text(str(first.taken))
    sub(document, "name", f"{mark}{book.name}: " + say("image of {day}, part {n}", day=day,
                                                       n=number_text(number)))  # fmt: skip
    sub(document, "open", "0")
    sub(document, "description", _told(first))
    pictures = {}
    for count, tile in enumerate(tiles, start=1):
        name = f"files/tile-{count}.{tile.suffix}"
        pictures[name] = tile.picture
        _ground(document, tile, name, f"{mark}{day}, {number_text(count)}")
    return packed(text_of(root), pictures, book.newest_day)


def _ground(document: Element, tile: Overlay, href: str, name: str) -> None:
    overlay = sub(document, "GroundOverlay")
    sub(overlay, "name", name)
    sub(overlay, "description", _told(tile))
    span = sub(overlay, "TimeSpan")
    sub(span, "begin", tile.taken.earliest.isoformat())
    if tile.until and tile.until > tile.taken.earliest:
        sub(span, "end", tile.until.isoformat())
    region = sub(overlay, "Region")
    box(region, "LatLonAltBox", tile.bounds)
    lod = sub(region, "Lod")
    sub(lod, "minLodPixels", str(_LEAST_ON_SCREEN_PX))
    sub(lod, "maxLodPixels", "-1")
    sub(overlay, "drawOrder", "1")
    sub(sub(overlay, "Icon"), "href", href)
    box(overlay, "LatLonBox", tile.bounds)


def _told(tile: Overlay) -> str:
    gsd = f"{number_text(tile.gsd_m)}{THIN}m"
    return balloon(
        (
            ("", SIMULATED if tile.is_simulated else ""),
            (say("Taken"), day_text(str(tile.taken))),
            (say("Credit"), tile.credit or say("credit not stated")),
            (say("Licence"), tile.licence or say("not stated")),
            (say("Pixel size"), gsd),
            (say("Image"), tile.scene_id),
        )
    )
