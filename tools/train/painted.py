"""SIMULATED number plates painted on photographs, to train and to measure what finds plates.

Nothing here was seen on a road: letters of free fonts on rectangles in the colours that plates
have, bent as if seen from aside, laid on photographs that packages ship, blurred, darkened, made
noisy and saved as JPEG. Grounds and fonts of training and test differ.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import skimage.data
import sklearn.datasets
from PIL import Image, ImageDraw, ImageFont

FONTS = {
    "train": ("DejaVuSans-Bold", "DejaVuSans", "DejaVuSansMono-Bold", "DejaVuSans-BoldOblique"),
    "test": ("DejaVuSansMono", "DejaVuSerif-Bold", "STIXGeneralBol"),
}
# Letters, ground, width by height: the colours and shapes of plates in use around the world.
KINDS = (
    ((15, 15, 15), (235, 235, 230), 4.6), ((15, 15, 15), (235, 235, 230), 2.0),
    ((240, 240, 240), (20, 60, 160), 3.1), ((15, 15, 15), (235, 190, 20), 3.1),
    ((15, 15, 15), (120, 205, 150), 3.4), ((20, 60, 160), (240, 240, 240), 3.0),
    ((240, 240, 240), (25, 25, 30), 3.1), ((200, 30, 30), (240, 240, 240), 3.1),
    ((30, 90, 40), (240, 240, 240), 2.0), ((15, 15, 15), (200, 200, 200), 1.5),
    ((240, 240, 240), (170, 30, 30), 3.1), ((15, 15, 15), (230, 200, 60), 4.6),
)  # fmt: skip


@dataclass(frozen=True)
class Painted:
    """A picture, where plates are in it, and their corners (n, 4, 2)."""

    pixels: np.ndarray
    mask: np.ndarray
    corners: np.ndarray


def grounds(part: str) -> list[np.ndarray]:
    """Return photographs without plates, (y, x, 3): `train` or `test`, none in both."""
    folder = Path(sklearn.datasets.__file__).parent / "images"
    names = {
        "train": (
            skimage.data.astronaut(), skimage.data.camera(), skimage.data.chelsea(),
            skimage.data.gravel(), skimage.data.grass(), skimage.data.rocket(), skimage.data.coins(),
            skimage.data.page(), skimage.data.stereo_motorcycle()[0], _read(folder / "china.jpg"),
            skimage.data.clock(), skimage.data.moon(),
        ),
        "test": (
            skimage.data.coffee(), skimage.data.brick(), _read(folder / "flower.jpg"),
            _read(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"),
            skimage.data.text(),
        ),
    }  # fmt: skip
    return [np.dstack([one] * 3) if one.ndim == 2 else one[..., :3] for one in names[part]]


def _read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def painted(
    dice: np.random.Generator, ground: np.ndarray, part: str, *, widths: tuple[float, float],
    n_plates: int, side: int,
) -> Painted:  # fmt: skip
    """Return a square piece of a photograph with plates of `widths` pixels on it."""
    picture = _piece(dice, ground, side).astype(np.float32)
    mask, corners = np.zeros((side, side), np.uint8), []
    for _ in range(n_plates):
        width = float(np.exp(dice.uniform(*np.log(widths))))
        plate, kind = _plate(dice, part)
        there = _corners(dice, width, width / kind, side)
        inner = there[None].astype(np.int32)
        taken = cv2.fillPoly(np.zeros_like(mask), inner, 1)
        if (taken & cv2.dilate(mask, np.ones((9, 9), np.uint8))).any():
            continue
        if dice.random() < 0.6:  # a bumper or a door around it
            _surround(dice, picture, there)
        picture = _laid(picture, plate, there)
        mask |= taken
        corners.append(there)
    for _ in range(dice.integers(0, 3)):
        _signs(dice, picture, part)
    pixels = _photographed(dice, picture)
    return Painted(pixels, mask.astype(bool), np.array(corners, np.float32).reshape(-1, 4, 2))


def _piece(dice: np.random.Generator, ground: np.ndarray, side: int) -> np.ndarray:
    by = max(side / min(ground.shape[:2]), float(dice.uniform(0.5, 1.6)))
    size = tuple(max(side, round(v * by)) for v in ground.shape[1::-1])
    ground = cv2.resize(ground, size, interpolation=cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR)
    y, x = (int(dice.integers(0, v - side + 1)) for v in ground.shape[:2])
    piece = ground[y : y + side, x : x + side]
    return piece[:, ::-1] if dice.random() < 0.5 else piece


def _plate(dice: np.random.Generator, part: str) -> tuple[np.ndarray, float]:
    ink, paper, kind = KINDS[dice.integers(len(KINDS))]
    kind *= float(dice.uniform(0.9, 1.1))
    tall = 64
    wide = round(tall * kind)
    paper = tuple(int(v) for v in np.clip(np.array(paper) + dice.normal(0, 12, 3), 0, 255))
    image = Image.new("RGB", (wide, tall), paper)
    draw = ImageDraw.Draw(image)
    if dice.random() < 0.7:
        draw.rounded_rectangle((1, 1, wide - 2, tall - 2), 6, outline=ink, width=2)
    if dice.random() < 0.3:
        draw.rectangle((0, 0, wide // 10, tall), fill=(20, 60, 160))
    n_lines = 2 if kind < 2.4 and dice.random() < 0.7 else 1
    for line in range(n_lines):
        n = int(dice.integers(2, 5)) if n_lines == 2 else int(dice.integers(5, 9))
        words = "".join(dice.choice(list(string.digits * 2 + string.ascii_uppercase), n))
        words = words[:2] + dice.choice(["", " ", "-", "·"]) + words[2:]
        letters = _letters(dice, words, part, ink, paper)
        room = (round(wide * 0.86), round(tall * (0.72 if n_lines == 1 else 0.4)))
        image.paste(
            letters.resize(room),
            (
                round(wide * 0.08),
                round(tall * (0.14 + 0.42 * line)) if n_lines == 2 else round(tall * 0.14),
            ),
        )
    return np.asarray(image), kind


def _letters(dice, words, part, ink, paper) -> Image.Image:
    name = FONTS[part][dice.integers(len(FONTS[part]))]
    font = ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"), 48)
    left, top, right, bottom = font.getbbox(words)
    image = Image.new("RGB", (right - left + 4, bottom - top + 2), paper)
    ImageDraw.Draw(image).text((2 - left, 1 - top), words, font=font, fill=ink)
    return image


def _corners(dice, width: float, height: float, side: int) -> np.ndarray:
    """Return four corners of a plate seen from aside, inside the picture where it fits."""
    turn = float(np.clip(dice.normal(0, 9), -30, 30)) * np.pi / 180
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    flat[:, 0] *= dice.uniform(0.7, 1.0)
    flat[:, 1] += flat[:, 0] * dice.normal(0, 0.1)
    flat *= 1 + dice.normal(0, 0.04, (4, 1))
    flat = flat @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    reach = min(side / 2 - 1, np.abs(flat).max())
    return (flat + dice.uniform(reach, side - reach, 2)).astype(np.float32)


def _surround(dice, picture: np.ndarray, there: np.ndarray) -> None:
    middle = there.mean(0)
    around = (there - middle) * dice.uniform(1.3, 3.0, 2) + middle + dice.normal(0, 3, 2)
    colour = dice.uniform(0, 255, 3) if dice.random() < 0.4 else np.full(3, dice.uniform(0, 255))
    cv2.fillPoly(picture, around[None].astype(np.int32), colour.tolist())


def _laid(picture: np.ndarray, plate: np.ndarray, there: np.ndarray) -> np.ndarray:
    side, (tall, wide) = picture.shape[0], plate.shape[:2]
    width = np.linalg.norm(there[1] - there[0])
    by = max(width / wide, 0.05)
    small = cv2.resize(plate, None, fx=by, fy=by, interpolation=cv2.INTER_AREA) if by < 1 else plate
    tall, wide = small.shape[:2]
    at = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    how = cv2.getPerspectiveTransform(at, there)
    seen = cv2.warpPerspective(
        small.astype(np.float32), how, (side, side), borderMode=cv2.BORDER_REPLICATE
    )
    edge = cv2.warpPerspective(np.ones((tall, wide), np.float32), how, (side, side))[..., None]
    return picture * (1 - edge) + seen * edge


def _signs(dice, picture: np.ndarray, part: str) -> None:
    """Draw lines and plain rectangles, which are no plates."""
    side = picture.shape[0]
    a, b = (tuple(int(v) for v in dice.integers(0, side, 2)) for _ in range(2))
    colour = dice.uniform(0, 255, 3).tolist()
    if dice.random() < 0.5:
        cv2.line(picture, a, b, colour, int(dice.integers(1, 4)))
    else:
        size = dice.integers(6, 50, 2) * (2, 1)
        if not part:
            return
        x, y = a
        patch = picture[y : y + size[1], x : x + size[0]]
        patch[:] = 0.7 * patch + 0.3 * np.array(colour)


def _photographed(dice, picture: np.ndarray) -> np.ndarray:
    """Blur, darken, add noise, save as JPEG and read again."""
    if dice.random() < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), float(dice.uniform(0.3, 1.1)))
    picture = picture * dice.uniform(0.35, 1.1) + dice.uniform(-15, 15)
    picture = picture + dice.normal(0, dice.uniform(0, 9), picture.shape)
    if dice.random() < 0.15:
        picture = np.repeat(picture.mean(-1, keepdims=True), 3, -1)
    pixels = picture.clip(0, 255).astype(np.uint8)
    quality = int(dice.integers(45, 96))
    _, packed = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1]
