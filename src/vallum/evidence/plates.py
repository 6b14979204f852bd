"""Where in a photograph a number plate may be, only so that it can be covered; nothing is read.

A small network of our own (`tools/train/plates.py`), trained on SIMULATED plates painted on
photographs. It says for every fourth pixel how likely that lies on a plate; what hangs together
becomes a rectangle. How well it does, on what: `data/evidence/MODEL-CARD.md`. It overlooks plates,
more than the search for faces overlooks faces, and it covers writing that is none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vallum.evidence import faces
from vallum.evidence.faces import Box, Boxes, Pixels

WEIGHTS = Path(__file__).parents[1] / "data" / "evidence" / "plates.onnx"
SHA256 = "59e176269f4a47d344f0bdce510df1fa6928214f6cd16b2e7d6aaf700cdcb3c2"
THRESHOLD = 0.5
GROWTH = 1.3
SCALES = (0.25, 0.5, 1.0)
_STRIDE_PX = 4
_LEAST_CELLS = 3
_LARGEST = 0.25  # of the picture's area, as one plate


def locate(
    image: Pixels,
    *,
    size: tuple[int, int] | None = None,
    threshold: float = THRESHOLD,
    scales: tuple[float, ...] = SCALES,
    n_turns: int = 2,
) -> list[Box]:
    """Return rectangles that together hold every suspected plate, with room around each.

    Args:
        image: (y, x, 3) red, green, blue.
        size: width and height to which rectangles and scales refer; its own if left out.
        threshold: lower finds more, and more that is none.
        scales: sizes in which the picture is looked at.
        n_turns: how often it is turned by a quarter and looked at again.
    """
    width, height = size or (image.shape[1], image.shape[0])
    found: list[Boxes] = [np.zeros((0, 4), np.float32)]
    for scale in scales:
        view = faces.resized(image, round(width * scale), round(height * scale))
        for turn in range(n_turns):
            turned = np.ascontiguousarray(np.rot90(view, turn))
            boxes = faces.turned_back(_suspected(turned, threshold), turn, view.shape)
            found.append(boxes / np.float32(scale))
    boxes = np.concatenate(found)
    is_plate = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) <= _LARGEST * width * height
    return faces.rectangles(boxes[is_plate], width, height, growth=GROWTH)


def _suspected(image: Pixels, threshold: float) -> Boxes:
    """Return (n, 4) left, top, right, bottom in pixels of `image`."""
    tall, wide = (-(-side // _STRIDE_PX) + faces.MULTIPLE_PX for side in image.shape[:2])
    likely = np.zeros((tall, wide), bool)
    for left, top, tile in faces.tiles(image):
        pixels = tile.astype(np.float32).transpose(2, 0, 1)[None]
        (share,) = _session().run(["plate"], {"pixels": pixels})
        y, x = top // _STRIDE_PX, left // _STRIDE_PX
        part = likely[y : y + share.shape[2], x : x + share.shape[3]]
        part |= share[0, 0, : part.shape[0], : part.shape[1]] > threshold
    n, _, parts, _ = cv2.connectedComponentsWithStats(likely.astype(np.uint8), connectivity=8)
    boxes = [
        [x, y, x + width, y + height]
        for x, y, width, height, n_cells in parts[1:n]
        if n_cells >= _LEAST_CELLS
    ]
    return np.array(boxes, np.float32).reshape(-1, 4) * _STRIDE_PX


@cache
def _session() -> Any:
    return faces.session_of(faces.whole(WEIGHTS, SHA256))
