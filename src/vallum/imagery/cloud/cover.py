"""What a pixel of an image can show, and which of it hides the ground."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Cover(IntEnum):
    """What a pixel shows."""

    GROUND = 0
    CLOUD = 1
    SHADOW = 2
    HAZE = 3
    SNOW = 4
    WATER = 5
    NODATA = 255


HIDING = (Cover.CLOUD, Cover.HAZE, Cover.SNOW, Cover.SHADOW)
_IS_SHOWN = np.zeros(256, bool)
_IS_SHOWN[[Cover.GROUND, Cover.WATER]] = True


def shown(covers: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where values of `Cover` say that the ground, or water, can be seen."""
    found: NDArray[np.bool_] = _IS_SHOWN[covers]
    return found


def shares(covers: NDArray[Any], valid: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the share of all cells that each cause hides, largest first: `cloud 0.120`.

    Args:
        covers: values of `Cover`, of any shape.
        valid: which cells have pixels; the others count in the whole, under no cause.
    """
    counts = np.bincount(covers[valid].ravel(), minlength=256)
    n_cells = max(1, valid.size)
    found = [(int(counts[cause]) / n_cells, cause.name.lower()) for cause in HIDING]
    return tuple(f"{name} {share:.3f}" for share, name in sorted(found, reverse=True) if share > 0)
