"""Which kind of line it is: what the network says along it, and how it looks across in both dates.

A small network of one hidden layer, trained by `tools/train/kinds.py` on SIMULATED lines.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.lines import resampled
from vallum.ground.kinds import Kind

LINE_KINDS = (Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL, Kind.PATROL_ROAD, Kind.CLEARED_STRIP)
WEIGHTS = Path(__file__).parents[1] / "data" / "detection" / "kinds.npz"
_REACH_M, _ALONG_M = 12, 1.0

Doubles = NDArray[np.float64]


def chances(measured: Doubles) -> Doubles:
    """Return the probability of each of `LINE_KINDS` from `measures`; they sum to 1."""
    w = _weights()
    hidden = np.maximum((measured - w["mean"]) / w["spread"] @ w["one"] + w["bias_one"], 0)
    odds = hidden @ w["two"] + w["bias_two"]
    share = np.exp(odds - odds.max())
    return np.asarray(share / share.sum())


@cache
def _weights() -> dict[str, Doubles]:
    with np.load(WEIGHTS) as held:
        return {name: np.asarray(held[name], np.float64) for name in held.files}


def measures(
    course: Doubles,
    here: NDArray[np.int8],
    then: NDArray[np.int8],
    kind_logits: NDArray[np.float32],
    gsd_m: float,
) -> Doubles:
    """Return what the kinds are told apart by, one row for each way of looking along the line.

    Args:
        course: (n, 2) pixels x and y.
        here: (y, x) local z-scores x 6 of the date in which the line stands.
        then: (y, x) the same of the other date.
        kind_logits: (5, y / 2, x / 2) of the network.
        gsd_m: size of a pixel.

    Returns:
        (2, n_measures): seen from one end and from the other; the answers are to be averaged.
    """
    spots = resampled(course, _ALONG_M / gsd_m)
    way = np.gradient(spots, axis=0)
    way /= np.maximum(np.hypot(*way.T), 1e-6)[:, None]
    aside = np.arange(-_REACH_M, _REACH_M + 0.25, 0.5) / gsd_m
    x = (spots[:, :1] - way[:, 1:] * aside).astype(np.float32)
    y = (spots[:, 1:] + way[:, :1] * aside).astype(np.float32)
    # Only what lies around the line: the tile may be large.
    left, top = (max(0, int(v.min()) - 1) for v in (x, y))
    around = np.s_[top : max(int(y.max()) + 3, top + 1), left : max(int(x.max()) + 3, left + 1)]
    across = [
        cv2.remap(
            z[around].astype(np.float32),
            x - left,
            y - top,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        / 6
        for z in (here, then)
    ]
    means = [np.clip(window.mean(axis=0), -4, 4) for window in across]
    middle = slice(len(aside) // 2 - 2, len(aside) // 2 + 3)
    rough = [float(np.std(window[:, middle].mean(axis=1))) for window in across]
    said = _said(kind_logits, (spots - 0.5) / 2)
    rest = [*said, *rough, np.log(len(spots) * _ALONG_M)]
    return np.stack([np.concatenate((*(m[::turn] for m in means), rest)) for turn in (1, -1)])


def _said(logits: NDArray[np.float32], course: Doubles) -> Doubles:
    """Return the mean logit of each kind along a course at half resolution, less their mean."""
    at = course.astype(np.float32)
    mean = np.array(
        [cv2.remap(p, at[:, :1], at[:, 1:], cv2.INTER_LINEAR).mean() for p in logits], np.float64
    )
    return np.asarray(mean - mean.mean())
