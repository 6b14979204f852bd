"""The learned part: a small network that sees both dates at once (ONNX, on the CPU)."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.zscores import brightness, redness, standardised
from vallum.ground.errors import BrokenInstall

Block = tuple[slice, slice]
WEIGHTS = Path(__file__).parents[1] / "data" / "detection" / "lines.onnx"
OUTPUTS = ("new", "gone", "upgraded", "post_new", "post_gone",
           "fence", "double_fence", "wall", "patrol_road", "cleared_strip")  # fmt: skip
KINDS = slice(5, 10)
# Of `WEIGHTS`, as tools/train/export.py prints it.
SHA256 = "cbc04db604b039c3325c8542293ab69e0ce820b94d22a6645298efc7c93283d7"
_BLOCK, _HALO, _KEPT = 2048, 64, 32
_WORTH = 0.9  # a block is halved when the halves cost no more than this share of it
_LEAST_CUT = 512  # sides shorter than this stay whole
_NOTHING = -12.0  # logit where nothing was looked at


def inputs_of(
    before: NDArray[np.generic], after: NDArray[np.generic], clear: NDArray[np.bool_] | None = None
) -> NDArray[np.int8]:
    """Return (4, y, x) int8: brightness of both dates, then redness of both, local z-scores x 6."""
    if clear is None:
        clear = np.ones(before.shape[1:], bool)
    dates = (before, after)
    return standardised([*map(brightness, dates), *map(redness, dates)], clear)


def logits_of(
    inputs: NDArray[np.int8], clear: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Return (10, y / 2, x / 2) float32 logits, in the order of `OUTPUTS`.

    Args:
        inputs: (4, y, x) of `inputs_of`; both sides multiples of 16.
        clear: (y, x) bool; what lies further than 32 px from it is not looked at and is -12.
    """
    rows, columns = inputs.shape[1:]
    seen = cv2.LUT(inputs.view(np.uint8).reshape(-1, columns), _table()).reshape(inputs.shape)
    out: NDArray[np.float32] | None = None
    for block in _blocks(clear, (rows, columns)):
        near = _grown(block, _HALO, (rows, columns))
        said = _session().run(None, {"x": _folded(seen[:, near[0], near[1]])})[0][0]
        if near == (slice(0, rows), slice(0, columns)) == block:
            return np.asarray(said)
        if out is None:
            out = np.full((len(OUTPUTS), rows // 2, columns // 2), _NOTHING, np.float32)
        there = tuple(slice(b.start // 2, b.stop // 2) for b in block)
        here = tuple(
            slice((b.start - n.start) // 2, (b.stop - n.start) // 2)
            for b, n in zip(block, near, strict=True)
        )
        out[:, there[0], there[1]] = said[:, here[0], here[1]]
    if out is None:
        out = np.full((len(OUTPUTS), rows // 2, columns // 2), _NOTHING, np.float32)
    return out


def _folded(seen: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (1, y / 2, x / 2, 16) of four planes: two by two pixels each, as it reads them."""
    pairs = [np.ascontiguousarray(plane[dy::2]).view(np.uint16) for plane in seen for dy in (0, 1)]
    return np.asarray(cv2.merge(pairs)).view(np.uint8)[None]


def _blocks(clear: NDArray[np.bool_] | None, shape: tuple[int, int]) -> list[Block]:
    """Return blocks that do not overlap and hold all that is clear, cut where that saves work."""
    out: list[Block] = []
    for top, bottom in _cuts(shape[0]):
        for left, right in _cuts(shape[1]):
            whole = (slice(top, bottom), slice(left, right))
            out += [whole] if clear is None else _halved(whole, _near(clear))
    return out


def _cuts(side: int) -> list[tuple[int, int]]:
    """Return (start, stop) of equal parts of a side, each a multiple of 16 and at most `_BLOCK`."""
    n = -(-side // _BLOCK)
    edges = [side * k // n // 16 * 16 for k in range(n)] + [side]
    return list(pairwise(edges))


def _near(clear: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (y / 16, x / 16): within `_KEPT` pixels of what is clear."""
    rows, columns = (side // 16 for side in clear.shape)
    coarse = cv2.resize(clear.view(np.uint8) * 255, (columns, rows), interpolation=cv2.INTER_AREA)
    reach = 2 * (_KEPT // 16) + 1
    return np.asarray(cv2.dilate(coarse, np.ones((reach, reach), np.uint8)) > 0)


def _halved(block: Block, near: NDArray[np.bool_]) -> list[Block]:
    """Return a block shrunk to what is clear, or the parts of its halves if they cost less."""
    box = _shrunk(block, near)
    if box is None:
        return []
    best, least = [box], _WORTH * _cost([box])
    if _share(box, near) > _WORTH:
        return best
    for axis in (0, 1):
        if box[axis].stop - box[axis].start < _LEAST_CUT:
            continue
        middle = (box[axis].start + box[axis].stop) // 32 * 16
        sides = (slice(box[axis].start, middle), slice(middle, box[axis].stop))
        halves = [(side, box[1]) if axis == 0 else (box[0], side) for side in sides]
        parts = [part for half in halves for part in _halved(half, near)]
        if _cost(parts) < least:
            best, least = parts, _cost(parts)
    return best


def _shrunk(block: Block, near: NDArray[np.bool_]) -> Block | None:
    """Return the part of a block around what is clear, None where nothing is."""
    start = (block[0].start // 16, block[1].start // 16)
    part = near[start[0] : block[0].stop // 16, start[1] : block[1].stop // 16]
    if not part.any():
        return None
    filled = [np.flatnonzero(part.any(axis=axis)) for axis in (1, 0)]
    low, high = (
        [16 * (int(f[k]) + s) for f, s in zip(filled, start, strict=True)] for k in (0, -1)
    )
    return slice(low[0], high[0] + 16), slice(low[1], high[1] + 16)


def _share(block: Block, near: NDArray[np.bool_]) -> float:
    """Return which share of a block is clear."""
    return float(near[tuple(slice(b.start // 16, b.stop // 16) for b in block)].mean())


def _cost(blocks: list[Block]) -> float:
    """Return the pixels that are looked at, halo and all."""
    return sum(
        float((b[0].stop - b[0].start + 2 * _HALO) * (b[1].stop - b[1].start + 2 * _HALO))
        for b in blocks
    )


def _grown(block: Block, by: int, shape: tuple[int, int]) -> Block:
    one, two = (
        slice(max(0, b.start - by), min(side, b.stop + by))
        for b, side in zip(block, shape, strict=True)
    )
    return one, two


def _table() -> NDArray[np.uint8]:
    """Return the (256,) whole numbers that the first layer reads for each int8."""
    held = _session().get_modelmeta().custom_metadata_map["table"]
    return np.frombuffer(bytes.fromhex(held), np.uint8)


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
