"""The view of a camera with the lens of Google Earth above flat ground, and how sure it is.

It has six unknowns where a homography has eight: height, turn, place, and tilt to two sides. So it
places a picture by two markers, and tells ground that is not flat: hills bend what four markers
show so that no such camera sees it, while a homography gives way and says nothing.

Camera over a plane: Hartley & Zisserman 2004, chapter 8. Errors from the normal equations, with
what is known beforehand of the tilt as one more observation: Foerstner & Wrobel 2016, chapter 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vallum.imagery.shots import place

Floats = NDArray[np.float64]

LENS_DEG = 60.0
LEAST_OFF_PX = 0.1
"""A corner is not believed to lie better than this, whatever the residuals say."""
_ROUNDS = 12
_STEP = 1e-6
_MOST_STEP = 1.0  # of tilt in radians, or of scale as a logarithm
_NET = (7, 5)


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """What a camera sees of flat ground.

    Attributes:
        matrix: (3, 3), from columns and rows to metres.
        tilt_deg: away from straight down.
        rmse_px: root mean square of the residuals, for what the unknowns left free.
        most_px: largest residual.
        error_m: root mean square error to be expected over the whole picture, not at the points.
    """

    matrix: Floats
    tilt_deg: float
    rmse_px: float
    most_px: float
    error_m: float


def seen(at: Floats, ground: Floats, size: tuple[int, int], *, usual_tilt_deg: float) -> View:
    """Return the view that fits points best.

    Args:
        at: (n, 2) columns and rows; at least three.
        ground: (n, 2) metres.
        size: columns and rows of the picture.
        usual_tilt_deg: how far people tilt to either side; the less the points tell of the tilt,
            the more this does.

    Raises:
        ValueError: no such camera comes near to them.
    """
    middle = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2])
    focal = size[0] / (2 * math.tan(math.radians(LENS_DEG / 2)))
    tilts = np.radians(usual_tilt_deg)
    unknown = _start(at - middle, ground)

    def off(values: Floats) -> Floats:
        return ((_laid(values, at - middle, focal) - ground) / math.exp(values[0])).ravel()

    weight = 1 / LEAST_OFF_PX
    for _ in range(_ROUNDS):
        slope = np.vstack([_slope(off, unknown) * weight, _prior(tilts)])
        missed = np.concatenate([off(unknown) * weight, unknown[4:] / tilts])
        step = np.linalg.lstsq(slope, -missed, rcond=None)[0]
        unknown = unknown + step
        if not np.isfinite(unknown).all() or float(np.abs(step[[0, 4, 5]]).max()) > _MOST_STEP:
            raise ValueError("no camera above flat ground sees the points so")
        if float(np.abs(step).max()) < 1e-9:
            break
    residuals = off(unknown)
    rmse_px = math.sqrt(float((residuals**2).sum()) / max(1, len(residuals) - 6))
    sure = max(LEAST_OFF_PX, rmse_px)
    slope = np.vstack([_slope(off, unknown) / sure, _prior(tilts)])
    spread = np.linalg.pinv(slope.T @ slope)
    columns, rows = np.meshgrid(
        *(np.linspace(0, n - 1, k) for n, k in zip(size, _NET, strict=True))
    )
    net = np.column_stack([columns.ravel(), rows.ravel()]) - middle
    moved = _slope(lambda values: _laid(values, net, focal).ravel(), unknown)
    error_m = math.sqrt(2 * float(np.einsum("ij,jk,ik->i", moved, spread, moved).mean()))
    return View(
        matrix=_matrix(unknown, middle, focal),
        tilt_deg=math.degrees(float(np.hypot(unknown[4], unknown[5]))),
        rmse_px=rmse_px,
        most_px=float(np.hypot(*residuals.reshape(-1, 2).T).max()),
        error_m=error_m,
    )


def _start(at: Floats, ground: Floats) -> Floats:
    """Return the camera straight down that fits best: log size of a pixel, turn, place, no tilt."""
    own, there = at - at.mean(axis=0), ground - ground.mean(axis=0)
    # As complex numbers, with rows counted upwards, a similarity is one factor.
    one, other = own[:, 0] - 1j * own[:, 1], there[:, 0] + 1j * there[:, 1]
    factor = complex((other * one.conj()).sum() / (abs(one) ** 2).sum())
    away = complex(*ground.mean(axis=0)) - factor * complex(at[:, 0].mean(), -at[:, 1].mean())
    turn = math.atan2(factor.imag, factor.real)
    return np.array([math.log(abs(factor)), turn, away.real, away.imag, 0.0, 0.0])


def _turns(values: Floats) -> Floats:
    """Return the (3, 3) turn of the camera out of straight down (Rodrigues)."""
    x, y = float(values[4]), float(values[5])
    angle = math.hypot(x, y)
    cross = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0]])
    one = math.sin(angle) / angle if angle > 1e-12 else 1.0
    two = (1 - math.cos(angle)) / angle**2 if angle > 1e-12 else 0.5
    return np.asarray(np.eye(3) + one * cross + two * cross @ cross)


def _matrix(values: Floats, middle: Floats, focal: float) -> Floats:
    size, turn = math.exp(float(values[0])), float(values[1])
    sine, cosine = size * math.sin(turn), size * math.cos(turn)
    # The plane has its y upwards, the picture downwards.
    flat = np.array([[cosine, sine, values[2]], [sine, -cosine, values[3]], [0, 0, 1]])
    lens = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, focal]])
    back = np.diag([focal, focal, 1.0])
    return np.asarray(flat @ back @ _turns(values) @ lens)


def _laid(values: Floats, at: Floats, focal: float) -> Floats:
    """Return (n, 2) metres under places given from the middle of the picture."""
    matrix = _matrix(values, np.zeros(2), focal)
    return np.column_stack(place.applied(matrix, *at.T))


def _prior(tilts: float) -> Floats:
    return np.eye(6)[4:] / tilts


def _slope(function: Callable[[Floats], Floats], values: Floats) -> Floats:
    """Return the derivative by differences, (n, 6)."""
    columns = []
    for n in range(len(values)):
        step = np.zeros(len(values))
        step[n] = _STEP * max(1.0, abs(float(values[n])))
        columns.append((function(values + step) - function(values - step)) / (2 * step[n]))
    return np.column_stack(columns)
