"""Things to add to any number of dates of one place: for `presence.py`.

Additive, so that one thing can be stronger or fainter from date to date; `paint.py` lays its things
over the ground instead. Fences of 0.25-0.6 m with a thin shadow, some on a bare strip; double
fences 4-12 m apart; walls with shadow; patrol roads; cleared strips; small square posts.
"""

from __future__ import annotations

import cv2
import numpy as np

KINDS = ("fence", "double_fence", "wall", "patrol_road", "cleared_strip")
_FINE = 4


def course(rng, shape, length_px, margin=24):
    """Return an (n, 2) gently bending polyline inside the image, or None."""
    for _ in range(50):
        start = rng.uniform(margin, np.array(shape[::-1]) - margin)
        heading = rng.uniform(0, 2 * np.pi)
        steps = int(max(2, length_px // 25))
        bend = np.cumsum(rng.normal(0, rng.choice((0.01, 0.05, 0.12)), steps)) + (
            np.arange(steps) > rng.integers(1, 2 * steps)
        ) * rng.normal(0, 0.25)
        way = np.column_stack((np.cos(heading + bend), np.sin(heading + bend)))
        points = np.vstack((start, start + np.cumsum(way * (length_px / steps), axis=0)))
        if (points > margin).all() and (points < np.array(shape[::-1]) - margin).all():
            return points
    return None


def _beside(points, off_px):
    """Return the course moved sideways."""
    way = np.gradient(points, axis=0)
    way /= np.hypot(*way.T)[:, None]
    return points + off_px * np.column_stack((-way[:, 1], way[:, 0]))


def _cover(shape, points, width_px):
    """Return (y, x) float32 share of each pixel covered by a line of that width."""
    low = np.maximum(points.min(axis=0).astype(int) - 30, 0)
    high = np.minimum(points.max(axis=0).astype(int) + 30, np.array(shape[::-1]))
    size = (high - low) * _FINE
    canvas = np.zeros((size[1], size[0]), np.uint8)
    at = ((points - low + 0.5) * _FINE * 16).astype(np.int32)
    thick = width_px * _FINE
    cv2.polylines(canvas, [at.reshape(-1, 1, 2)], False, 255, max(1, round(thick)), cv2.LINE_AA, 4)
    small = cv2.resize(canvas, tuple(high - low), interpolation=cv2.INTER_AREA) / 255.0
    small *= min(1.0, thick / max(1, round(thick)))
    out = np.zeros(shape, np.float32)
    out[low[1] : high[1], low[0] : high[0]] = cv2.GaussianBlur(
        small.astype(np.float32), (0, 0), 0.6
    )
    return out


def line(rng, shape, gsd_m, kind, points, contrast, sigma):
    """Return ((y, x) float32 brightness to add, width_m) for one barrier."""
    px = 1 / gsd_m
    add = np.zeros(shape, np.float32)
    sun = rng.choice((-1, 1))
    strength = contrast * sigma

    def ground(width_m, off_m=0.0, level=1.0):
        nonlocal add
        add = add + level * strength * _cover(shape, _beside(points, off_m * px), width_m * px)

    if kind == "patrol_road":
        width_m = rng.uniform(2.8, 5.5)
        ground(width_m, level=1.6)
    elif kind == "cleared_strip":
        width_m = rng.uniform(5, 14)
        ground(width_m, level=1.4)
    elif kind == "wall":
        width_m = rng.uniform(0.35, 0.8)
        ground(width_m, level=4.0)
        ground(rng.uniform(1, 3), off_m=sun * 1.5, level=-1.8)
    else:
        gap_m = rng.uniform(4, 12) if kind == "double_fence" else 0.0
        width_m = rng.uniform(0.25, 0.6)
        if rng.random() < 0.45:
            ground(rng.uniform(1.5, 5) + gap_m, level=0.9)
        tone = rng.choice((-1, 1))
        for off_m in {-gap_m / 2, gap_m / 2}:
            ground(width_m, off_m=off_m, level=4.0 * tone)
            ground(0.6, off_m=off_m + sun * 0.8, level=-1.2)
        width_m += gap_m
    return add, width_m


def post(rng, shape, gsd_m, centre, contrast, sigma, sun_deg):
    """Return ((y, x) float32 brightness to add, width_m) for one square post with its shadow."""
    side_m, high_m = rng.uniform(2.6, 5.5), rng.uniform(3, 8)
    turn = rng.uniform(0, np.pi / 2)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * side_m / 2 / gsd_m
    spin = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    roof = corners @ spin.T + centre
    reach = np.array((np.cos(np.radians(sun_deg)), np.sin(np.radians(sun_deg)))) * high_m * 0.7
    shade = cv2.convexHull(np.vstack((roof, roof + reach / gsd_m)).astype(np.float32))[:, 0]
    add = np.zeros(shape, np.float32)
    for polygon, level in ((shade, -2.0), (roof, 3.0)):
        mask = np.zeros(shape, np.uint8)
        cv2.fillPoly(mask, [np.rint((polygon + 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        cover = cv2.GaussianBlur(mask / np.float32(255), (0, 0), 0.6)
        add = add * (1 - cover) + level * contrast * sigma * cover
    return add, side_m
