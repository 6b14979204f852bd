"""How far one image of a pair lies from the other, from windows along the frontier.

Every window is read once: the shift, what a field of shifts would leave, and the match of the
brightness all rest on the same pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vallum.ground.errors import NotAligned

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from odc.geo.geobox import GeoBox

    from vallum.imagery.align import Shift
    from vallum.imagery.pair import Pair

Match = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """One window of both images, where they lie by their own georeference.

    Attributes:
        grid: where it is.
        pixels: of both images, (band, y, x).
        valid: of both, (y, x).
    """

    grid: GeoBox
    pixels: tuple[npt.NDArray[Any], npt.NDArray[Any]]
    valid: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]


def read_windows(pair: Pair, grids: Sequence[GeoBox]) -> list[Window]:
    """Return the pixels of both images on several grids."""
    found = []
    for grid in grids:
        one, other = pair.before.read(grid), pair.after.read(grid)
        found.append(Window(grid=grid, pixels=(one[0], other[0]), valid=(one[1], other[1])))
    return found


def shift_of(windows: Sequence[Window], search_px: int) -> tuple[Shift, list[Window]]:
    """Return one shift for all windows together, and the windows that it rests on.

    At least half of the windows must find a shift; the answer is their median, and its residual
    holds what they differ by.

    Args:
        windows: of one pixel size.
        search_px: largest shift looked for.

    Raises:
        NotAligned: fewer than half of the windows found a shift; the message says why.
    """
    import numpy as np

    from vallum.imagery import align as alignment
    from vallum.imagery import frame

    shifts = []
    for window in windows:
        before, after = frame.common_bands(*window.pixels)
        valid = window.valid[0] & window.valid[1]
        shifts.append(alignment.shift(before, after, valid, search_px=search_px))
    usable = [(s, g) for s, g in zip(shifts, windows, strict=True) if not s.blocked_by]
    if not usable or len(usable) * 2 < len(windows):
        reasons = sorted({s.blocked_by for s in shifts if s.blocked_by})
        raise NotAligned(f"not aligned: {'; '.join(reasons) or 'nothing of both images is clear'}")
    dx_px = float(np.median([s.dx_px for s, _ in usable]))
    dy_px = float(np.median([s.dy_px for s, _ in usable]))
    between = float(np.mean([(s.dx_px - dx_px) ** 2 + (s.dy_px - dy_px) ** 2 for s, _ in usable]))
    rmse_px = math.sqrt(float(np.mean([s.rmse_px**2 for s, _ in usable])) + between)
    # Of a normal scatter in two directions, 90 % lies within 1.517 times its root mean square.
    within = float(np.mean([s.ce90_px**2 for s, _ in usable]))
    joined = replace(
        usable[0][0],
        dx_px=dx_px,
        dy_px=dy_px,
        rmse_px=rmse_px,
        ce90_px=math.sqrt(within + 1.517**2 * between),
        n_tiles=sum(s.n_tiles for s, _ in usable),
        reliability=float(np.mean([s.reliability for s, _ in usable])),
    )
    return joined, [window for _, window in usable]


def left_by_field(windows: Sequence[Window], shift: Shift) -> float:
    """Return what is left (px) with the field that `detect` lays over the shift."""
    from vallum.imagery import field, frame

    left = []
    for window in windows:
        pair = frame.common_bands(*window.pixels)
        left.append(field.measure(*pair, window.valid[0] & window.valid[1], shift).rmse_px)
    return math.hypot(*left) / math.sqrt(len(left))


def match_of(pair: Pair, windows: Sequence[Window], shift: Shift, mask_clouds: bool) -> Match:
    """Return gain and offset per band of the later image, from all windows together.

    Args:
        pair: the images that the windows were read from.
        windows: as read.
        shift: how far the later image lies from the earlier one.
        mask_clouds: leave out cloud, haze, snow and deep shadow.
    """
    import numpy as np

    from vallum.imagery import frame, radiometry

    ones, others, masks = [], [], []
    for window in windows:
        clear = window.valid
        if mask_clouds:
            one, other = (
                side.clear(window.grid, pixels, valid)
                for side, pixels, valid in zip(
                    (pair.before, pair.after), window.pixels, clear, strict=True
                )
            )
            clear = (one, other)
        before, after, valid = _overlapping(
            frame.common_bands(*window.pixels), clear, (shift.dx_px, shift.dy_px)
        )
        ones.append(before.reshape(len(before), 1, -1))
        others.append(after.reshape(len(after), 1, -1))
        masks.append(valid.reshape(1, -1))
    reference, moving = np.concatenate(ones, axis=-1), np.concatenate(others, axis=-1)
    return radiometry.match(reference, moving, np.concatenate(masks, axis=-1))


def _overlapping(
    pixels: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    valid: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    move_px: tuple[float, float],
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Return what both images show of the same ground; the later one is moved.

    A thing at (column, row) of the earlier one is at (column + dx, row + dy) of the later one.
    """
    from vallum.imagery import shifted

    shift = shifted.Shift(down=move_px[1], across=move_px[0])
    height, width = valid[0].shape
    cuts = []
    for first, part, size in zip(shift.whole, shift.part, (height, width), strict=True):
        start, stop = max(0, -first), min(size, size - int(part > 0) - first)
        more = int(part > 0)
        cuts.append((slice(start, stop), slice(start + first, max(start, stop) + first + more)))
    here, there = (tuple(cut[side] for cut in cuts) for side in (0, 1))
    moved, usable = shifted.moved(pixels[1][:, *there], valid[1][there], shift.part)
    return pixels[0][:, *here], moved, usable & valid[0][here]


# -- the same for two files -----------------------------------------------------------------


def read_pair(
    before_path: str, after_path: str, grid: GeoBox, move_m: tuple[float, float], mask_clouds: bool
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Return both images on one grid, the later one moved, and where both can be used.

    Args:
        before_path: working copy of the earlier image.
        after_path: working copy of the later image.
        grid: where to read.
        move_m: how far the content of the later image is moved, east and north.
        mask_clouds: leave out cloud, haze, snow and deep shadow.

    Returns:
        Two (band, y, x) with the same bands in the images' own types, and (y, x) bool.
    """
    from vallum.imagery import pair

    with pair.opened(before_path, after_path) as both:
        return both.read(grid, move_m, mask_clouds)


def fit_windows(
    before_path: str, after_path: str, windows: Sequence[GeoBox], search_px: int
) -> tuple[Shift, list[GeoBox]]:
    """Return what `shift_of` does, from two files; the windows are grids of one pixel size."""
    from vallum.imagery import pair

    with pair.opened(before_path, after_path) as both:
        found, usable = shift_of(read_windows(both, windows), search_px)
    return found, [window.grid for window in usable]


def match_windows(
    before_path: str,
    after_path: str,
    grids: Sequence[GeoBox],
    move_m: tuple[float, float],
    mask_clouds: bool,
) -> Match:
    """Return gain and offset per band of the later image, from the pixels of all windows together.

    Arguments as for `read_pair`, with several grids.
    """
    import numpy as np

    from vallum.imagery import pair, radiometry

    ones, others, masks = [], [], []
    with pair.opened(before_path, after_path) as both:
        for grid in grids:
            before, after, valid = both.read(grid, move_m, mask_clouds)
            ones.append(before.reshape(len(before), 1, -1))
            others.append(after.reshape(len(after), 1, -1))
            masks.append(valid.reshape(1, -1))
    reference, moving = np.concatenate(ones, axis=-1), np.concatenate(others, axis=-1)
    return radiometry.match(reference, moving, np.concatenate(masks, axis=-1))
