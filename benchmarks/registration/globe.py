"""A stand-in for Google Earth Pro, for `screenshots.py`: it reads a KMZ and casts rays. SIMULATED.

It shares no code with vallum and undoes nothing that vallum does. It knows the plan only by the KMZ
that a person would open: pictures on the ground by their `LatLonBox`, views by their `LookAt`. A
pinhole camera above a plane casts a ray through each pixel (twice two of them); where a ray meets
the ground, the ground's texture or a picture lying on it is looked up. All in float64, with its own
ellipsoid.
"""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree

import cv2
import numpy as np

KML = "{http://www.opengis.net/kml/2.2}"
A, E2 = 6_378_137.0, 6.69437999014e-3
TILE_PX, TILE_M = 4096, 2048.0  # a made-up ground; a texture is 0.5 m a pixel, repeated


def ecef(lon, lat, up=0.0):
    """Return (n, 3) metres from the centre of the Earth."""
    lon, lat = np.radians(np.atleast_1d(lon)), np.radians(np.atleast_1d(lat))
    normal = A / np.sqrt(1 - E2 * np.sin(lat) ** 2)
    return np.stack(
        [
            (normal + up) * np.cos(lat) * np.cos(lon),
            (normal + up) * np.cos(lat) * np.sin(lon),
            (normal * (1 - E2) + up) * np.sin(lat),
        ],
        axis=-1,
    )


class Tangent:
    """East, north and up of one place."""

    def __init__(self, lon, lat):
        self.origin = ecef(lon, lat)[0]
        a, b = math.radians(lon), math.radians(lat)
        self.axes = np.array(
            [
                [-math.sin(a), math.cos(a), 0],
                [-math.sin(b) * math.cos(a), -math.sin(b) * math.sin(a), math.cos(b)],
                [math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)],
            ]
        )

    def to_plane(self, lon, lat):
        """Return (n, 2) metres east and north."""
        return ((ecef(lon, lat) - self.origin) @ self.axes.T)[:, :2]

    def to_degrees(self, east, north):
        """Return longitude and latitude of places on the plane, dropped onto the ellipsoid."""
        # Earth falls away from the plane by under 10 cm within a kilometre: two rounds are enough.
        up = np.zeros_like(east)
        for _ in range(2):
            at = self.origin + np.stack([east, north, up], axis=-1) @ self.axes
            x, y, z = at[..., 0], at[..., 1], at[..., 2]
            flat = np.hypot(x, y)
            lat = np.arctan2(z, flat * (1 - E2))
            for _ in range(5):
                normal = A / np.sqrt(1 - E2 * np.sin(lat) ** 2)
                height = flat / np.cos(lat) - normal
                lat = np.arctan2(z, flat * (1 - E2 * normal / (normal + height)))
            up = up - height
        return np.degrees(np.arctan2(y, x)), np.degrees(lat)


@dataclass
class Overlay:
    """A picture on the ground."""

    west: float
    south: float
    east: float
    north: float
    pixels: np.ndarray


@dataclass
class View:
    """Where the tour halts."""

    lon: float
    lat: float
    range_m: float
    heading_deg: float


@dataclass
class World:
    """What a KMZ lays on the ground, and where its tour halts."""

    overlays: list[Overlay] = field(default_factory=list)
    views: list[View] = field(default_factory=list)


def opened(kmz: bytes) -> World:
    """Return what the KMZ holds."""
    world = World()
    with zipfile.ZipFile(io.BytesIO(kmz)) as archive:
        root = ElementTree.fromstring(archive.read("doc.kml"))
        for one in root.iter(f"{KML}GroundOverlay"):
            box = {
                k: float(one.findtext(f"{KML}LatLonBox/{KML}{k}"))
                for k in ("west", "south", "east", "north")
            }
            data = np.frombuffer(archive.read(one.findtext(f"{KML}Icon/{KML}href")), np.uint8)
            world.overlays.append(Overlay(pixels=cv2.imdecode(data, 0), **box))
    for fly in root.iter("{http://www.google.com/kml/ext/2.2}FlyTo"):
        look = fly.find(f"{KML}LookAt")
        told = {
            k: float(look.findtext(f"{KML}{k}"))
            for k in ("longitude", "latitude", "range", "heading", "tilt")
        }
        assert told["tilt"] == 0
        world.views.append(
            View(told["longitude"], told["latitude"], told["range"], told["heading"])
        )
    return world


@dataclass
class Camera:
    """How a person left the view before saving it.

    Attributes:
        width, height: of the screen, pixels.
        zoom: times the height that the tour asked for.
        turn_deg: beside the heading that the tour asked for.
        tilt_deg: away from straight down.
        tilt_to_deg: direction of it.
        off: of the middle, in widths and heights of the picture.
    """

    width: int = 1600
    height: int = 900
    zoom: float = 1.0
    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    tilt_to_deg: float = 0.0
    off: tuple[float, float] = (0.0, 0.0)


def hills(height_m: float):
    """Return the height of the ground at places on the plane: hills of about 400 m, 0 in the middle."""

    def at(east, north):
        one = np.sin(east / 67 + 1) * np.cos(north / 59) + 0.5 * np.sin((east + north) / 31)
        return height_m / 3 * (one - math.sin(1))

    return at


class Shot:
    """One view: its picture, and what lies under each pixel."""

    def __init__(self, view: View, camera: Camera, height_m: float = 0.0):
        self.camera, self.place = camera, Tangent(view.lon, view.lat)
        self.relief = hills(height_m) if height_m else None
        focal = camera.width / 2 / math.tan(math.radians(30))
        away = view.range_m * camera.zoom
        heading = math.radians(view.heading_deg + camera.turn_deg)
        up = np.array([math.sin(heading), math.cos(heading), 0])
        right = np.array([math.cos(heading), -math.sin(heading), 0])
        ahead = np.array([0, 0, -1.0])
        # Tilt about an axis in the ground.
        to = math.radians(camera.tilt_to_deg)
        axis = np.array([math.cos(to), -math.sin(to), 0])
        right, up, ahead = (
            turned(v, axis, math.radians(camera.tilt_deg)) for v in (right, up, ahead)
        )
        target = (camera.off[0] * camera.width / focal * away) * right + (
            camera.off[1] * camera.height / focal * away
        ) * up
        self.eye = target * [1, 1, 0] - away * ahead
        self.basis = np.array([right / focal, -up / focal, ahead])

    def ground(self, columns, rows):
        """Return metres east and north under places in the picture, 0 in the middle of a pixel."""
        c = np.asarray(columns, float) - (self.camera.width - 1) / 2
        r = np.asarray(rows, float) - (self.camera.height - 1) / 2
        rays = np.stack([c, r, np.ones_like(c)], axis=-1) @ self.basis
        reach = -self.eye[2] / np.minimum(rays[..., 2], -1e-6)
        if self.relief is not None:  # walk to where the ray meets the hills
            for _ in range(12):
                up = self.relief(
                    self.eye[0] + reach * rays[..., 0], self.eye[1] + reach * rays[..., 1]
                )
                reach = (up - self.eye[2]) / np.minimum(rays[..., 2], -1e-6)
        return self.eye[0] + reach * rays[..., 0], self.eye[1] + reach * rays[..., 1]

    def degrees(self, columns, rows):
        """Return longitude and latitude under places in the picture."""
        return self.place.to_degrees(*self.ground(columns, rows))

    def picture(self, world: World, texture: np.ndarray, *, shift_m=(0.0, 0.0)) -> np.ndarray:
        """Return (y, x, 3) uint8, two by two rays to a pixel."""
        fine = 2
        width, height = self.camera.width * fine, self.camera.height * fine
        out = np.empty((self.camera.height, self.camera.width, 3), np.uint8)
        overlays = self._near(world)
        for top in range(0, height, 200 * fine):
            rows = (np.arange(top, min(height, top + 200 * fine)) + 0.5) / fine - 0.5
            columns = (np.arange(width) + 0.5) / fine - 0.5
            east, north = self.ground(*np.meshgrid(columns, rows))
            part = self._texture(texture, east + shift_m[0], north + shift_m[1])
            for overlay, to_unit in overlays:
                if is_far(to_unit, east, north):
                    continue
                draw(part, overlay, to_unit, east, north)
            size = (self.camera.width, len(rows) // fine)
            out[top // fine : top // fine + size[1]] = cv2.resize(
                part, size, interpolation=cv2.INTER_AREA
            )
        return out

    def _near(self, world):
        """Return overlays with the affine map from the plane to 0..1 across and down them."""
        found = []
        for one in world.overlays:
            if abs(one.north - self._lat()) > 0.05:
                continue
            corners = self.place.to_plane(
                np.array([one.west, one.east, one.west]),
                np.array([one.north, one.north, one.south]),
            )
            if np.hypot(*corners[0]) > 4000:
                continue
            base = np.column_stack([corners[1] - corners[0], corners[2] - corners[0]])
            found.append((one, (corners[0], np.linalg.inv(base))))
        return found

    def _lat(self):
        return math.degrees(math.asin(self.place.axes[2, 2]))

    @staticmethod
    def _texture(texture, east, north):
        scale = TILE_PX / TILE_M
        height, width = texture.shape[:2]
        x = np.mod(east * scale + width / 2, width - 1).astype(np.float32)
        y = np.mod(-north * scale + height / 2, height - 1).astype(np.float32)
        return cv2.remap(texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def is_far(to_unit, east, north):
    """Say whether a picture lies outside the box around what the rays of a part met."""
    corner, inverse = to_unit
    base = np.linalg.inv(inverse)
    corners = corner + np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) @ base.T
    x, y = corners.T
    return (
        x.max() < east.min()
        or x.min() > east.max()
        or y.max() < north.min()
        or y.min() > north.max()
    )


def draw(part, overlay, to_unit, east, north):
    """Lay one picture over what the rays of this part of the screen met."""
    corner, inverse = to_unit
    u = inverse[0, 0] * (east - corner[0]) + inverse[0, 1] * (north - corner[1])
    v = inverse[1, 0] * (east - corner[0]) + inverse[1, 1] * (north - corner[1])
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    if not inside.any():
        return
    height, width = overlay.pixels.shape
    x, y = (
        (u[inside] * width - 0.5).astype(np.float32),
        (v[inside] * height - 0.5).astype(np.float32),
    )
    values = np.concatenate(
        [
            cv2.remap(
                overlay.pixels,
                a[:, None],
                b[:, None],
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for a, b in zip(
                np.array_split(x, len(x) // 30000 + 1),
                np.array_split(y, len(y) // 30000 + 1),
                strict=True,
            )
        ]
    )
    part[inside] = values


def turned(vector, axis, angle):
    """Return a vector turned about an axis (Rodrigues)."""
    return (
        vector * math.cos(angle)
        + np.cross(axis, vector) * math.sin(angle)
        + axis * (axis @ vector) * (1 - math.cos(angle))
    )


def country(seed: int) -> np.ndarray:
    """Return the texture of a made-up ground: hills, fields, tracks, trees, houses."""
    rng = np.random.default_rng(seed)
    grey = np.zeros((TILE_PX, TILE_PX), np.float32)
    for size, amount in ((2, 6), (5, 8), (16, 10), (60, 14), (300, 20)):
        grain = rng.standard_normal((TILE_PX // size + 4, TILE_PX // size + 4)).astype(np.float32)
        grey += amount * cv2.resize(grain, (TILE_PX, TILE_PX), interpolation=cv2.INTER_CUBIC)
    tint = rng.uniform([80, 90, 70], [130, 125, 110])
    ground = grey[..., None] + tint.astype(np.float32)
    for _ in range(500):
        x, y = rng.uniform(0, TILE_PX, 2)
        box = cv2.boxPoints(((x, y), tuple(rng.uniform(15, 260, 2)), rng.uniform(0, 90))).astype(
            np.int32
        )
        mask = np.zeros((TILE_PX, TILE_PX), np.uint8)
        x0, y0 = np.maximum(box.min(axis=0), 0)
        x1, y1 = np.minimum(box.max(axis=0) + 1, TILE_PX)
        if x1 <= x0 or y1 <= y0:
            continue
        part = mask[y0:y1, x0:x1]
        cv2.fillPoly(part, [box - (x0, y0)], 1)
        ground[y0:y1, x0:x1][part > 0] += rng.uniform(-35, 35) + rng.uniform(-8, 8, 3).astype(
            np.float32
        )
    for _ in range(60):
        points = np.cumsum(rng.normal(0, 90, (30, 2)), axis=0) + rng.uniform(0, TILE_PX, 2)
        shade = tuple(float(v) for v in rng.uniform(70, 200) + rng.uniform(-10, 10, 3))
        cv2.polylines(
            ground, [points.astype(np.int32)], False, shade, int(rng.integers(2, 12)), cv2.LINE_AA
        )
    for _ in range(1500):
        x, y = rng.integers(0, TILE_PX, 2)
        w, h = rng.integers(8, 40, 2)
        shade = rng.choice([rng.uniform(5, 50), rng.uniform(170, 255)])
        ground[y : y + h, x : x + w] = shade
    return np.clip(ground, 1, 255).astype(np.uint8)


def saved(picture: np.ndarray, rng, *, kind="saved") -> np.ndarray:
    """Return the picture with what Google Earth writes into it.

    Args:
        picture: (y, x, 3).
        rng: chance.
        kind: `saved` by Save Image: legend, logo and credit; `screen`: bars of the window too.
    """
    out = picture.copy()
    height, width = out.shape[:2]
    size = max(0.45, width / 2600)
    white = (255, 255, 255)

    def write(text, x, y, scale=size):
        cv2.putText(
            out, text, (int(x), int(y)), cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 3, cv2.LINE_AA
        )
        cv2.putText(
            out, text, (int(x), int(y)), cv2.FONT_HERSHEY_SIMPLEX, scale, white, 1, cv2.LINE_AA
        )

    write("Google Earth", width * 0.86, height * 0.985, size * 1.3)
    write("Image (c) 2023 Maxar Technologies", width * 0.35, height * 0.985)
    if kind == "saved":
        cv2.rectangle(out, (0, 0), (int(width * 0.16), int(height * 0.05)), white, -1)
        cv2.putText(
            out,
            "Untitled map",
            (6, int(height * 0.035)),
            cv2.FONT_HERSHEY_SIMPLEX,
            size,
            (60, 60, 60),
            1,
            cv2.LINE_AA,
        )
        return out
    bar = np.full((34, width, 3), 24, np.uint8)
    text = f"Imagery Date: {rng.integers(1, 13)}/{rng.integers(13, 28)}/20{rng.integers(12, 24)}   lat 42.1 lon 129.2  elev 210 m   eye alt 1.20 km"
    cv2.putText(
        bar,
        text,
        (int(width * 0.2), 23),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.5,
        (230, 230, 230),
        1,
        cv2.LINE_AA,
    )
    top = np.full((58, width, 3), 240, np.uint8)
    for n in range(14):
        cv2.rectangle(top, (20 + 46 * n, 14), (50 + 46 * n, 44), (90, 120, 170), 2)
    out = np.vstack([top, out, bar])
    side = np.full((out.shape[0], 230, 3), 250, np.uint8)
    for n in range(12):
        cv2.putText(
            side,
            f"Frame {n:03d}",
            (22, 90 + 30 * n),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.5,
            (30, 30, 30),
            1,
            cv2.LINE_AA,
        )
    return np.hstack([side, out])
