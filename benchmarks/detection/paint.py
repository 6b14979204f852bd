"""Paint barriers and posts on an image, with exact truth.

Only for tuning and measuring the detector. It shares no code with `vallum.simulate`, which draws
the demo and the pictures that the network learns from: a detector must not pass because it knows
the brush. Strokes are drawn at four times the resolution, blurred by the optics and laid over the
image by the share they cover, after section 3.1 of the notes on detection: fences of 0.25-0.6 m
with mesh, posts and a porous shadow, some on a bare strip; double fences 4-12 m apart; walls with
shadow; patrol roads, some only two wheel tracks; cleared strips; small square posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

KINDS = ("fence", "double_fence", "wall", "patrol_road", "cleared_strip")
_FINE = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Painted:
    """One painted thing: kind, change, (n, 2) pixel course or (1, 2) centre, width, contrast."""

    kind: str
    change: str
    course: np.ndarray
    width_m: float
    contrast: float


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One part of a barrier.

    Attributes:
        width_m: breadth; for a shadow, how high the thing is that throws it.
        cover: share of the ground it hides where it lies; for a shadow, of the light it takes.
        tone: brightness, 0 the middle of the image, 1 its brightest, -1 its darkest parts.
        off_m: to the side of the course.
        each_m: 0 for a line; else dots of `width_m`, this far from each other.
        is_shadow: darkens what lies away from the sun.
    """

    width_m: float
    cover: float
    tone: float = 0.0
    off_m: float = 0.0
    each_m: float = 0.0
    is_shadow: bool = False


@dataclass(frozen=True, kw_only=True)
class Look:
    """A kind of barrier as it looks in one place: its strokes from the ground up, its width."""

    kind: str
    width_m: float
    strokes: tuple[Stroke, ...]
    uneven: float

    def weaker(self, share):
        """Return the look with every stroke's cover times `share`."""
        strokes = tuple(Stroke(**{**vars(s), "cover": s.cover * share}) for s in self.strokes)
        return Look(kind=self.kind, width_m=self.width_m, strokes=strokes, uneven=self.uneven)


@dataclass(frozen=True, kw_only=True, eq=False)
class Light:
    """What an image gives a painter: tones of the bands, grain, and where shadows fall.

    Attributes:
        middle: (band,) median.
        span: (band,) from the median to the brightest 2 %.
        grain: deviation of pixels from their surroundings.
        shadow: (x, y) in pixels of the shadow of a thing one metre high.
    """

    middle: np.ndarray
    span: np.ndarray
    grain: float
    shadow: np.ndarray


def light_of(image, gsd_m, azimuth_deg, elevation_deg):
    """Return the light of a (band, y, x) image under that sun."""
    part = image[:, ::3, ::3].reshape(len(image), -1)
    middle = np.median(part, axis=1)
    span = np.clip(1.3 * (np.percentile(part, 98, axis=1) - middle), 70, 150)
    grey = image.mean(axis=0).astype(np.float32)
    grain = 1.48 * float(np.median(np.abs(grey - cv2.blur(grey, (7, 7)))))
    away = np.radians(azimuth_deg)
    length = 1 / np.tan(np.radians(elevation_deg)) / gsd_m
    return Light(
        middle=middle.astype(np.float32),
        span=span.astype(np.float32),
        grain=grain,
        shadow=length * np.array((-np.sin(away), np.cos(away))),
    )


def course(rng, shape, length_px, margin=24):
    """Return an (n, 2) gently bending polyline inside the image, or None."""
    for _ in range(50):
        start = rng.uniform(margin, np.array(shape[::-1]) - margin)
        points = bent(rng, start, rng.uniform(0, 2 * np.pi), length_px)
        if (points > margin).all() and (points < np.array(shape[::-1]) - margin).all():
            return points
    return None


def bent(rng, start, heading, length_px, corner=0.25):
    """Return an (n, 2) polyline that bends gently, some with one corner."""
    steps = int(max(2, length_px // 25))
    bend = np.cumsum(rng.normal(0, rng.choice((0.01, 0.05, 0.1)), steps))
    bend = bend + (np.arange(steps) > rng.integers(1, 3 * steps)) * rng.normal(0, corner)
    bend -= bend.mean()
    way = np.column_stack((np.cos(heading + bend), np.sin(heading + bend)))
    return np.vstack((start, start + np.cumsum(way * (length_px / steps), axis=0)))


def look(rng, kind, contrast):
    """Return one of the many looks of a kind; `contrast` scales how much is covered."""
    metal = float(rng.choice((-1, 1), p=(0.4, 0.6))) * rng.uniform(0.8, 1.4)
    soil = rng.uniform(0.5, 1.25) * (1 if rng.random() < 0.85 else -0.7)
    high_m = rng.uniform(2.0, 3.5)
    strokes, width_m = [], 0.0
    if kind in ("fence", "double_fence"):
        strokes, width_m = _fence(rng, kind, metal, soil, high_m)
    elif kind == "wall":
        width_m, high_m = rng.uniform(0.35, 0.8), rng.uniform(2.5, 5.0)
        if rng.random() < 0.3:
            strokes.append(Stroke(width_m=rng.uniform(2, 5), cover=0.4, tone=soil))
        strokes.append(Stroke(width_m=high_m, cover=rng.uniform(0.3, 0.6), is_shadow=True))
        top = rng.uniform(0.5, 1.3)
        strokes.append(Stroke(width_m=width_m, cover=0.9, tone=top))
        if rng.random() < 0.5:  # seen from the side, its face shows
            lean_m = rng.uniform(0.2, 0.8)
            strokes.append(Stroke(width_m=lean_m, cover=0.7, tone=top * 0.6, off_m=lean_m / 2))
    elif kind == "patrol_road":
        width_m = rng.uniform(2.8, 5.5)
        tone = soil if rng.random() < 0.7 else -rng.uniform(0.3, 0.8)
        if rng.random() < 0.35:
            track_m, apart_m = rng.uniform(0.5, 0.9), rng.uniform(1.6, 2.1)
            width_m = track_m + apart_m
            strokes = [
                Stroke(width_m=track_m, cover=0.8, tone=tone, off_m=side * apart_m / 2)
                for side in (-1, 1)
            ]
        else:
            strokes = [Stroke(width_m=width_m, cover=rng.uniform(0.45, 0.9), tone=tone)]
    else:
        width_m = rng.uniform(5, 14)
        strokes = [Stroke(width_m=width_m, cover=rng.uniform(0.4, 0.85), tone=soil)]
    strokes = [Stroke(**{**vars(s), "cover": min(0.97, s.cover * contrast)}) for s in strokes]
    return Look(
        kind=kind, width_m=width_m, strokes=tuple(strokes), uneven=float(rng.uniform(0.1, 0.6))
    )


def _fence(rng, kind, metal, soil, high_m):
    """Return the strokes and the width of a fence or a double fence before its contrast."""
    strokes, width_m = [], rng.uniform(0.25, 0.6)
    gap_m = rng.uniform(4, 12) if kind == "double_fence" else 0.0
    what = rng.choice(("all", "line", "shadow", "posts"), p=(0.7, 0.12, 0.09, 0.09))
    if rng.random() < (0.45 if what == "all" else 0.2):
        strip_m = gap_m + rng.uniform(1.5, 5)
        strokes.append(Stroke(width_m=strip_m, cover=rng.uniform(0.25, 0.6), tone=soil))
    for off_m in sorted({-gap_m / 2, gap_m / 2}):
        if what in ("all", "shadow"):
            porous = rng.uniform(0.15, 0.4)
            strokes.append(Stroke(width_m=high_m, cover=porous, off_m=off_m, is_shadow=True))
        if what in ("all", "line"):
            mesh = rng.uniform(0.45, 0.95)
            strokes.append(Stroke(width_m=width_m, cover=mesh, tone=metal, off_m=off_m))
        if what == "posts" or (what == "all" and rng.random() < 0.8):
            each_m, thick_m = rng.uniform(3, 5), rng.uniform(0.3, 0.7)
            strokes.append(
                Stroke(width_m=thick_m, cover=0.9, tone=metal, off_m=off_m, each_m=each_m)
            )
    return strokes, width_m + gap_m


def beside(points, off_px):
    """Return the course moved sideways."""
    way = np.gradient(points, axis=0)
    way = way / np.maximum(np.hypot(*way.T)[:, None], 1e-9)
    return points + off_px * np.column_stack((-way[:, 1], way[:, 0]))


def _window(shape, points, margin):
    low = np.maximum(np.floor(points.min(axis=0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + margin, np.array(shape[::-1]))
    return low, np.maximum(high, low + 2)


def _shrunk(canvas, low, high):
    """Return the share covered of each pixel of the window, as the optics blur it."""
    small = cv2.resize(canvas, tuple(int(v) for v in high - low), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), 0.6)


def _fixed(points, low):
    return np.rint((points - low + 0.5) * _FINE * 16).astype(np.int32)


def _line_cover(points, width_px, low, high):
    width, height = (high - low) * _FINE
    canvas = np.zeros((height, width), np.uint8)
    thick = width_px * _FINE
    cv2.polylines(
        canvas,
        [_fixed(points, low).reshape(-1, 1, 2)],
        False,
        255,
        max(1, round(thick)),
        cv2.LINE_AA,
        4,
    )
    return _shrunk(canvas, low, high) * min(1.0, thick / max(1, round(thick)))


def _dots_cover(points, width_px, each_px, low, high):
    width, height = (high - low) * _FINE
    canvas = np.zeros((height, width), np.uint8)
    walked = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    spots = np.arange(0, walked[-1], each_px)
    at = np.column_stack([np.interp(spots, walked, points[:, k]) for k in (0, 1)])
    for x, y in _fixed(at, low):
        radius = round(width_px * _FINE / 2 * 16)
        cv2.circle(canvas, (int(x), int(y)), max(radius, 8), 255, -1, cv2.LINE_AA, 4)
    return _shrunk(canvas, low, high)


def _swept_cover(points, reach, low, high):
    """Return what a wall along the course shades when its top's shadow falls `reach` away."""
    width, height = (high - low) * _FINE
    canvas = np.zeros((height, width), np.uint8)
    for first, last in pairwise(points):
        corners = np.array((first, last, last + reach, first + reach))
        cv2.fillConvexPoly(canvas, _fixed(corners, low), 255, cv2.LINE_AA, 4)
    return _shrunk(canvas, low, high)


def lay(rng, image, points, chosen, light, gsd_m):
    """Paint a look along a course onto the (band, y, x) float32 image, in place."""
    reach = 6 + int(np.ceil((chosen.width_m + 6 * np.hypot(*light.shadow) * gsd_m) / gsd_m))
    low, high = _window(image.shape[1:], points, reach)
    part = image[:, low[1] : high[1], low[0] : high[0]]
    patchy = _patchy(rng, part.shape[1:], chosen.uneven)
    for stroke in chosen.strokes:
        way = beside(points, stroke.off_m / gsd_m)
        if stroke.is_shadow:
            cover = _swept_cover(way, light.shadow * stroke.width_m, low, high)
            part *= 1 - stroke.cover * cover * patchy
            continue
        if stroke.each_m:
            cover = _dots_cover(way, stroke.width_m / gsd_m, stroke.each_m / gsd_m, low, high)
        else:
            cover = _line_cover(way, stroke.width_m / gsd_m, low, high)
        _mix(rng, part, np.clip(stroke.cover * cover * patchy, 0, 1), stroke.tone, light)


def _mix(rng, part, cover, tone, light):
    colour = light.middle + tone * light.span * rng.uniform(0.92, 1.08, len(part))
    colour = np.clip(colour, 12, 250).astype(np.float32)
    grain = light.grain * rng.standard_normal(part.shape[1:], np.float32)
    part += cover * (colour[:, None, None] + grain - part)


def _patchy(rng, shape, uneven):
    """Return (y, x) factors around 1 that change over some ten metres."""
    small = rng.normal(1 - uneven / 3, uneven / 2, (shape[0] // 30 + 2, shape[1] // 30 + 2))
    return np.clip(cv2.resize(small.astype(np.float32), shape[::-1]), 0.1, 1.25)


def post(rng, image, centre, heading, contrast, light, gsd_m):
    """Paint one square post with its shadow, in place; returns its side in metres."""
    side_m, high_m = rng.uniform(2.6, 5.5), rng.uniform(3, 8)
    turn = heading + (0 if rng.random() < 0.7 else rng.uniform(0, np.pi / 2))
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * side_m / 2 / gsd_m
    spin = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    roof = corners @ spin.T + centre
    thrown = cv2.convexHull(np.vstack((roof, roof + light.shadow * high_m)).astype(np.float32))
    low, high = _window(image.shape[1:], thrown[:, 0], 6)
    part = image[:, low[1] : high[1], low[0] : high[0]]
    shade, top = (
        _filled(polygon, low, high) for polygon in (thrown[:, 0], roof.astype(np.float32))
    )
    part *= 1 - min(0.7, 0.5 * contrast**0.5) * shade
    tone = rng.uniform(0.4, 1.4) * (1 if rng.random() < 0.7 else -0.8)
    _mix(rng, part, min(1.0, 0.95 * contrast**0.5) * top, tone, light)
    return float(side_m)


def _filled(polygon, low, high):
    width, height = (high - low) * _FINE
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(canvas, _fixed(polygon, low), 255, cv2.LINE_AA, 4)
    return _shrunk(canvas, low, high)
