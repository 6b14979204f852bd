"""What the values of a map of water mean: nothing is taken for water that may be something else.

The values are looked at once, in squares spread over the files. 0 and 1 are land and water, 0 to
100 is the percent of time with water (Pekel et al. 2016, where 255 is no data). All else is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vallum.ground.errors import BadImage
from vallum.ground.geodesy import Floats

MOST_WET = 0.5
"""Share of a map that is water from which a mask may be turned round; a choice."""

PERCENT = 50.0
_NO_DATA = 255
_COVERS = {10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100}
_SQUARES = 8  # a side
_SQUARE_PX = 256
_ASK = "say which value is water (--water-value)"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """How values of a map become water and land."""

    value: int | None = None
    is_percent: bool = False

    @property
    def words(self) -> str:
        """The map for people."""
        return "a map of percents" if self.is_percent else "a map of 0 and 1"

    def read(self, values: Floats) -> tuple[Floats, float | None]:
        """Return 1 for water, 0 for land and NaN for neither; and a value that has no place."""
        if self.value is not None:
            return np.where(np.isfinite(values), values == self.value, np.nan), None
        known = np.where(values == _NO_DATA, np.nan, values) if self.is_percent else values
        most = 100.0 if self.is_percent else 1.0
        is_odd = np.isfinite(known) & ((known < 0) | (known > most))
        if not self.is_percent:
            is_odd |= np.isfinite(known) & (known != 0) & (known != 1)
        if is_odd.any():
            return known, float(known[is_odd][0])
        wet = known >= (PERCENT if self.is_percent else 1.0)
        return np.where(np.isfinite(known), wet, np.nan), None


def meant(tiles: Sequence[Any], water_value: int | None) -> Meaning:
    """Return what the values of open rasters of one map mean.

    Args:
        tiles: the rasters.
        water_value: what a person says is water; None to tell it by the values.

    Raises:
        BadImage: it cannot be told; the message asks for it.
    """
    if water_value is not None:
        return Meaning(value=water_value)
    values = np.concatenate([_some(source) for source in tiles])
    name = Path(tiles[0].name).name
    held = set(np.unique(values).tolist())
    if held <= {0, 1}:
        share = float((values == 1).mean()) if len(values) else 0.0
        if share > MOST_WET:
            raise BadImage(
                f"{name}: {share:.0%} of it is 1, and 1 is taken for water; if 1 is land, or if "
                f"so much is water, {_ASK}"
            )
        return Meaning()
    if held <= {0, 255}:
        raise BadImage(f"{name}: holds 0 and 255; 255 may be water or no data, {_ASK}")
    rest = held - {_NO_DATA}
    if rest <= _COVERS | {0} and not rest <= {0, 100}:
        raise BadImage(f"{name}: looks like classes of land cover, not water; {_ASK}")
    if min(rest) >= 0 and max(rest) <= 100 and max(rest) >= PERCENT:
        return Meaning(is_percent=True)
    told = ", ".join(f"{one:g}" for one in sorted(held)[:4])
    raise BadImage(
        f"{name}: holds values such as {told}, neither 0 and 1 nor percents up to 100; {_ASK}"
    )


def _some(source: Any) -> Floats:
    """Return values of squares spread over a raster, without those declared to be no data."""
    from rasterio.windows import Window

    found = []
    for row in _starts(source.height):
        for column in _starts(source.width):
            window = Window(column, row, _SQUARE_PX, _SQUARE_PX).intersection(
                Window(0, 0, source.width, source.height)
            )
            block = source.read(1, window=window, masked=True)
            values = np.ma.filled(block.astype(np.float64), np.nan)
            found.append(values[np.isfinite(values)])
    return np.concatenate(found)


def _starts(size: int) -> list[int]:
    last = max(0, size - _SQUARE_PX)
    n = min(_SQUARES, size // _SQUARE_PX + 1)
    return sorted({round(k * last / max(1, n - 1)) for k in range(n)})
