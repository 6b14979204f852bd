"""The learned part: a small network that sees both dates at once (ONNX, on the CPU)."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.evidence import brightness, standardised
from vallum.ground.errors import BrokenInstall

WEIGHTS = Path(__file__).parents[1] / "data" / "detection" / "lines.onnx"
OUTPUTS = ("new", "gone", "upgraded", "post_new", "post_gone",
           "fence", "double_fence", "wall", "patrol_road", "cleared_strip")  # fmt: skip
KINDS = slice(5, 10)
# Of `WEIGHTS`, as tools/train/export.py prints it.
SHA256 = "2db38a98fed9941366eda521e79bda80fc2c90d92c327509762711460ab25fcb"
_BLOCK, _HALO = 1536, 64


def inputs_of(
    before: NDArray[np.generic], after: NDArray[np.generic], clear: NDArray[np.bool_] | None = None
) -> NDArray[np.int8]:
    """Return (4, y, x) int8: brightness of both dates, then redness of both, local z-scores x 6."""
    if clear is None:
        clear = np.ones(before.shape[1:], bool)
    return np.stack(
        [
            standardised(plane(image), clear)
            for plane in (brightness, _redness)
            for image in (before, after)
        ]
    )


def _redness(image: NDArray[np.generic]) -> NDArray[np.float32]:
    if len(image) < 3:
        return np.zeros(image.shape[1:], np.float32)
    return np.asarray(cv2.subtract(image[0].astype(np.float32), image[2].astype(np.float32)))


def logits_of(inputs: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return (10, y / 2, x / 2) float32 logits, in the order of `OUTPUTS`.

    Args:
        inputs: (4, y, x) of `inputs_of`; both sides multiples of 16.
    """
    rows, columns = inputs.shape[1:]
    out = np.empty((len(OUTPUTS), rows // 2, columns // 2), np.float32)
    for y in range(0, rows, _BLOCK):
        for x in range(0, columns, _BLOCK):
            top, left = max(0, y - _HALO), max(0, x - _HALO)
            bottom, right = min(rows, y + _BLOCK + _HALO), min(columns, x + _BLOCK + _HALO)
            block = inputs[None, :, top:bottom, left:right].astype(np.float32)
            said = _session().run(None, {"x": block})[0][0]
            height, width = min(_BLOCK, rows - y) // 2, min(_BLOCK, columns - x) // 2
            v, u = (y - top) // 2, (x - left) // 2
            out[:, y // 2 : y // 2 + height, x // 2 : x // 2 + width] = said[
                :, v : v + height, u : u + width
            ]
    return out


@cache
def _session() -> Any:
    import onnxruntime

    found = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    if found != SHA256:
        raise BrokenInstall(
            f"{WEIGHTS.name}: the network's weights are not the ones this version was made with "
            f"(SHA-256 {found[:12]}, not {SHA256[:12]}); nothing was compared. Install vallum again"
        )
    wish = onnxruntime.SessionOptions()
    wish.intra_op_num_threads = 1
    wish.log_severity_level = 3
    return onnxruntime.InferenceSession(str(WEIGHTS), wish, providers=["CPUExecutionProvider"])
