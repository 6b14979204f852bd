"""Meridians and parallels of the map."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from vallum.report.figures.ink import GREY

_LINES = "#d9d9d9"


def draw(
    axes: Axes, forward: Any, backward: Any, bounds: tuple[float, float, float, float]
) -> None:
    """Draw meridians and parallels, labelled where they leave the map at the bottom and left.

    Args:
        axes: in metres of the map's projection.
        forward: from degrees to metres.
        backward: from metres to degrees.
        bounds: left, bottom, right and top of the map.
    """
    left, bottom, right, top = bounds
    edge_x = np.concatenate([np.linspace(left, right, 40)] * 2)
    edge_y = np.repeat([bottom, top], 40)
    lon, lat = backward.transform(edge_x, edge_y)
    step = _degree_step(max(np.ptp(lon) / 6, np.ptp(lat) / 6))
    for value in np.arange(math.ceil(lon.min() / step), lon.max() / step) * step:
        x, y = forward.transform(np.full(60, value), np.linspace(lat.min(), lat.max(), 60))
        axes.plot(x, y, color=_LINES, lw=0.8, zorder=-4)
        at = float(np.interp(bottom, y, x))
        if left + 0.07 * (right - left) < at < right - 0.03 * (right - left):
            _edge_text(axes, at, bottom, _degrees(value, "E", "W", step), "bottom")
    for value in np.arange(math.ceil(lat.min() / step), lat.max() / step) * step:
        x, y = forward.transform(np.linspace(lon.min(), lon.max(), 60), np.full(60, value))
        axes.plot(x, y, color=_LINES, lw=0.8, zorder=-4)
        at = float(np.interp(left, x, y))
        if bottom + 0.05 * (top - bottom) < at < top - 0.04 * (top - bottom):
            _edge_text(axes, left, at, " " + _degrees(value, "N", "S", step), "center")


def _edge_text(axes: Axes, x: float, y: float, text: str, va: str) -> None:
    ha = "center" if va == "bottom" else "left"
    axes.text(x, y, text, size=7.5, color=GREY, ha=ha, va=va, zorder=-3,
              bbox={"facecolor": "#fbfaf7", "edgecolor": "none", "pad": 1.2,
                    "alpha": 0.85})  # fmt: skip


def _degree_step(at_least: float) -> float:
    steps = (1 / 600, 1 / 300, 1 / 120, 1 / 60, 1 / 30, 1 / 12, 1 / 6, 0.5, 1, 2, 5, 10, 20)
    return next((step for step in steps if step >= at_least), 20.0)


def _degrees(value: float, plus: str, minus: str, step: float) -> str:
    side = plus if value >= 0 else minus
    whole, rest = divmod(round(abs(value) * 3600), 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{whole}°"
    if step < 1:
        text += f"{minutes:02d}′"
    if step < 1 / 60:
        text += f"{seconds:02d}″"
    return f"{text}{side}"
