"""What differs between two images inside an area, tile by tile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from odc.geo.geobox import GeoBox

    from vallum.change import Found, Settings
    from vallum.imagery.pair import Pair

TILE_PX, OVERLAP_PX, MARGIN_PX = 2240, 64, 48
_BEYOND_PX = 40


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Two images and how the later one is brought to lie on the earlier one and look like it.

    Attributes:
        before_path: working copy of the earlier image.
        after_path: working copy of the later image.
        move_m: how far the content of the later image is moved, east and north.
        gain: per band, of the later image; only how the bands differ counts.
        mask_clouds: leave out cloud, haze, snow and deep shadow.
    """

    before_path: str
    after_path: str
    move_m: tuple[float, float] = (0.0, 0.0)
    gain: tuple[float, ...] = ()
    mask_clouds: bool = True


def search(
    both: Pair, pictures: Pictures, grid: GeoBox, area: BaseGeometry, settings: Settings
) -> list[Found]:
    """Return what differs inside `area` (EPSG:4326), tile by tile; give it to `stitch`."""
    from vallum.change import detect as detect_change
    from vallum.change import within
    from vallum.imagery import frame

    local = frame.to_crs(area, grid.crs.to_epsg())
    found: list[Found] = []
    for tile in frame.tiles_over(local, grid, TILE_PX, OVERLAP_PX, MARGIN_PX):
        inside = frame.burnt(local, tile)
        laid = laid_tile(both, pictures, tile, inside)
        if laid is not None:
            found += detect_change(*laid, tile, settings)
    return within(found, local)


def laid_tile(
    both: Pair, pictures: Pictures, grid: GeoBox, inside: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic], npt.NDArray[np.bool_]] | None:
    """Return both images of a tile as the detector wants them; None where nothing is to be seen.

    Args:
        both: the images, open.
        pictures: how they lie and look.
        grid: the tile.
        inside: (y, x), True in the corridor.

    Returns:
        Earlier and later image (band, y, x), and (y, x) bool where both show the ground, in the
        corridor and a little beyond.
    """
    import cv2
    import numpy as np

    from vallum.imagery import field, radiometry, view

    if not inside.any():
        return None
    # A line at the edge of the corridor needs both its sides: look a little beyond.
    around = inside
    if not inside.all():
        box = np.ones((2 * _BEYOND_PX + 1,) * 2, np.uint8)
        around = cv2.dilate(inside.view(np.uint8), box).view(bool)
    # Whole pixels first, so that one interpolation serves the shift and the field.
    move_m, rest_px = view.whole_move(both.after.source, grid, pictures.move_m)
    one, other, usable = both.read(grid, move_m, pictures.mask_clouds, around)
    if not (usable & inside).any():
        return None
    other, usable = field.laid(one, other, usable, rest_px)
    return one, radiometry.levelled(other, pictures.gain), usable & around
