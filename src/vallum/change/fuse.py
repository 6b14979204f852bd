"""Learned and classical evidence in one map: the learned part re-ranks and adds, never deletes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.evidence import N_DIRECTIONS, Ridges

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
STEP = 2  # pixels of the image per pixel of the maps

# Decades of evidence that a logit of the network adds: (logit + _START) * _SLOPE, bounded. The
# lower bound is what it may take away from classical evidence.
_START, _SLOPE, _MOST, _LEAST = 4.5, 0.6, 4.0, -1.0
_LEAST_SEEN = 1.0  # decades; less has no direction


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Evidence of one change of lines, at half the resolution; all arrays are (y / 2, x / 2).

    Attributes:
        decades: float32, the two parts together; 0 = none, as within 3 pixels of the edge.
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
    usable = solid.astype(np.float32)
    for number, (classical, logit) in enumerate(zip((new, gone), said, strict=True)):
        learned = cv2.GaussianBlur(logit, (0, 0), 0.8)
        term = (learned + _START) * _SLOPE
        cv2.min(cv2.max(term, _LEAST, dst=term), _MOST, dst=term)
        decades = cv2.add(classical.decades, term)
        cv2.multiply(cv2.max(decades, 0.0, dst=decades), usable, dst=decades)
        made.append(
            Layer(
                decades=decades,
                direction=_directions(decades, classical, term, learned),
                classical=classical.decades,
                learned=learned,
                is_new=number == 0,
            )
        )
    return made


def _directions(decades: Floats, classical: Ridges, term: Floats, learned: Floats) -> Bytes:
    """Return along which of 16 directions the evidence runs, 0 where there is hardly any.

    The classical part knows; where the network says more, it is the ridge of what that says.
    """
    seen = cv2.compare(decades, _LEAST_SEEN, cv2.CMP_GT)
    out = np.asarray(cv2.bitwise_and(classical.direction, seen))
    is_learned = (decades > _LEAST_SEEN) & (classical.decades <= cv2.max(term, 0.3))
    at = np.flatnonzero(is_learned)
    if len(at):
        out.ravel()[at] = _direction(learned, at)
    return out


def _direction(logits: Floats, at: NDArray[np.intp]) -> Bytes:
    """Return along which of 16 directions the ridge runs (the flat direction of the Hessian)."""
    smooth = cv2.GaussianBlur(logits, (0, 0), 1.5)
    xx, yy, xy = (
        cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3).ravel()[at]
        for order in ((2, 0), (0, 2), (1, 1))
    )
    across = cv2.phase(-(xx - yy), -2 * xy).ravel()  # twice the angle across the ridge
    along = across * np.float32(N_DIRECTIONS / (2 * np.pi)) + np.float32(N_DIRECTIONS / 2)
    return np.asarray(np.rint(along).astype(np.int32) % N_DIRECTIONS, dtype=np.uint8)
