"""Learned and classical evidence in one map: the learned part re-ranks and adds, never deletes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.evidence import N_DIRECTIONS, Ridges

Floats = NDArray[np.float32]
STEP = 2  # pixels of the image per pixel of the maps

# Decades of evidence that a logit of the network adds: (logit + _START) * _SLOPE, bounded. The
# lower bound is what it may take away from classical evidence.
_START, _SLOPE, _MOST, _LEAST = 4.5, 0.6, 4.0, -1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Evidence of one change of lines, at half the resolution; all arrays are (y / 2, x / 2).

    Attributes:
        decades: float32, the two parts together; 0 = none.
        direction: uint8, 0..15, times 11.25 degrees from the x axis toward +y.
        classical: float32 decades of the classical part.
        learned: float32 logits of the network.
        is_new: stands in the later date; otherwise in the earlier.
    """

    decades: Floats
    direction: NDArray[np.uint8]
    classical: Floats
    learned: Floats
    is_new: bool
    step: int = STEP


def layers(new: Ridges, gone: Ridges, logits: Floats, solid: NDArray[np.bool_]) -> list[Layer]:
    """Return the layers new (or stronger than before) and gone.

    Args:
        new: classical evidence for lines that are new.
        gone: the same for lines that are gone.
        logits: (3 or more, y / 2, x / 2) float32 of the network: new, gone, upgraded.
        solid: (y / 2, x / 2) bool, True = usable in both dates.
    """
    made = []
    said = (cv2.max(logits[0], logits[2]), logits[1])
    for number, (classical, logit) in enumerate(zip((new, gone), said, strict=True)):
        learned = cv2.GaussianBlur(logit, (0, 0), 0.8)
        term = np.clip((learned + _START) * _SLOPE, _LEAST, _MOST)
        decades = np.maximum(classical.decades + term, 0) * solid
        direction = np.where(
            classical.decades > np.maximum(term, 0.3), classical.direction, _direction(learned)
        )
        made.append(
            Layer(
                decades=decades.astype(np.float32),
                direction=direction.astype(np.uint8),
                classical=classical.decades,
                learned=learned,
                is_new=number == 0,
            )
        )
    return made


def _direction(logits: Floats) -> NDArray[np.uint8]:
    """Return along which of 16 directions the ridge runs (the flat direction of the Hessian)."""
    smooth = cv2.GaussianBlur(logits, (0, 0), 1.5)
    xx, yy = (cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3) for order in ((2, 0), (0, 2)))
    xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1, ksize=3)
    across = cv2.phase(-(xx - yy), -2 * xy)  # twice the angle across the ridge
    along = across * np.float32(N_DIRECTIONS / (2 * np.pi)) + np.float32(N_DIRECTIONS / 2)
    return np.asarray(np.rint(along).astype(np.int32) % N_DIRECTIONS, dtype=np.uint8)
