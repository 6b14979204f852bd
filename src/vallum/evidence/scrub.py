"""A photograph made fit to be shown: new pixels in a new file, faces and plates under opaque boxes.

What is written is never the file that came in with things taken out. It is decoded in the limited
process, turned upright, brought to sRGB, laid on white where it is transparent, made smaller
(which weakens the noise by which a camera can be known), covered, and encoded anew. Saving a
picture again with an imaging library keeps comments, XMP and positions (measured); this does not.

A cover is one colour, painted before the picture is encoded, and its edges lie on the blocks of
the JPEG, so that nothing of what was there reaches the file: blurred and mosaicked faces have
been read back (Hill et al., PoPETs 2016; arXiv:2506.12344).

**Not covered**: tattoos, clothes, backs of heads, reflections, texts, and whatever the networks
overlook: faces, and number plates more often (`vallum.evidence.plates`). So a person looks at each
picture, names further places, and clears it; until then it is *not cleared yet*. Sensor noise is
weakened, not removed, and only in pictures that are made smaller.
"""

from __future__ import annotations

import io
import math
import struct
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile, ImageOps
from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.evidence import plates
from vallum.evidence.bare import extras_of
from vallum.evidence.faces import Box, locate
from vallum.ground import foreign
from vallum.ground.errors import BadImage, BadSetting, WorkerFailed
from vallum.ground.whole import write_private

NOT_CLEARED = "not cleared yet"
NOT_LOOKED_FOR = ("tattoos", "clothes", "backs of heads", "reflections", "texts")
OFTEN_OVERLOOKED = ("number plates", "faces that are turned away, half hidden, dark or small")
LONGEST_PX = 2048
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_TAKEN = ("JPEG", "PNG", "TIFF", "WEBP", "MPO")
_COVER = (0, 0, 0)
_BLOCK_PX = 8
_QUALITY = 90
_MOST_PX = 100_000_000
_MOST_BYTES = 200 << 20
_WALL_S = 900.0
BROKEN = (
    OSError, ValueError, SyntaxError, struct.error, TypeError, KeyError, IndexError, EOFError,
    OverflowError, ZeroDivisionError, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


class Why(StrEnum):
    """Why a place was covered."""

    FACE = "face"
    PLATE = "plate"
    NAMED = "named"


@dataclass(frozen=True, kw_only=True)
class Area:
    """A covered rectangle, in pixels of the new picture, from its upper left."""

    x: int
    y: int
    width: int
    height: int
    why: Why


@dataclass(frozen=True, kw_only=True)
class Scrubbed:
    """A new picture, which nobody has cleared yet.

    Attributes:
        width: of the new picture, in pixels.
        height: of the new picture, in pixels.
        areas: what was covered; not how many persons there are.
        covered_share: of the pixels.
        n_left_out: further pictures in the same file, which were left out.
    """

    width: int
    height: int
    areas: tuple[Area, ...]
    covered_share: float
    n_left_out: int


class _Told(TypedDict):
    width: int
    height: int
    areas: list[Area]
    covered_share: float
    n_left_out: int


def scrub(
    path: Path, out: Path, *, cover: Iterable[Box] = (), longest_px: int = LONGEST_PX
) -> Scrubbed:
    """Write a picture of `path` that holds pixels only, with faces covered, to `out`.

    Takes a minute or so on two cores. The file that came in is left as it is: lock it in the vault.

    Args:
        path: JPEG, PNG, TIFF or WebP.
        out: `.jpg` or `.png`; replaced if there is one.
        cover: further rectangles to cover: x, y, width, height in pixels of the new picture.
        longest_px: the longer side of the new picture at most.

    Raises:
        BadImage: it cannot be opened, or is too large.
        BadSetting: `out` is the file itself, or of another kind; a rectangle lies outside.
        WorkerFailed: the process that opened it died.
    """
    kind = _kind_of(path, out)
    with tempfile.TemporaryDirectory(prefix="vallum-") as folder:
        into = Path(folder) / "picture"
        answer: _Told = foreign.call(
            "vallum.evidence.scrub:_scrub_here",
            {
                "path": str(path.absolute()),
                "into": str(into),
                "kind": kind,
                "cover": [list(box) for box in cover],
                "longest_px": longest_px,
            },
            reads=[path],
            writes=[Path(folder)],
            returns=_Told,
            wall_s=_WALL_S,
            memory_bytes=6 << 30,
        )
        content = foreign.made(Path(folder), into.name).read_bytes()
    # The picture may have taken over the process that opened it: only pixels are let through.
    extras = extras_of(content)
    if extras:
        raise WorkerFailed(
            f"{path.name}: what came back holds more than pixels ({', '.join(extras[:3])}); "
            "nothing was written, do not use this photograph"
        )
    write_private(out, content)
    return Scrubbed(
        width=answer["width"],
        height=answer["height"],
        areas=tuple(answer["areas"]),
        covered_share=answer["covered_share"],
        n_left_out=answer["n_left_out"],
    )


def _kind_of(path: Path, out: Path) -> str:
    """Return the format of `out`, or refuse what cannot be done."""
    kind = FORMATS.get(out.suffix.lower())
    if kind is None:
        raise BadSetting(
            f"{out.name}: only .jpg and .png are written; nothing was done, name it so"
        )
    if not path.is_file():
        raise BadImage(f"{path.name}: there is no such file; nothing was done")
    if out.exists() and out.samefile(path):
        raise BadSetting(f"{out.name}: that is the original; nothing was done, name another file")
    if path.stat().st_size > _MOST_BYTES:
        raise BadImage(f"{path.name}: larger than {_MOST_BYTES >> 20} MB; nothing was done")
    return kind


def _scrub_here(
    path: str, into: str, kind: str, cover: list[list[int]], longest_px: int
) -> dict[str, Any]:
    """Do it; runs in the limited process."""
    pixels, n_left_out = decoded(Path(path))
    tall, wide = pixels.shape[:2]
    shrink = min(1.0, longest_px / max(tall, wide))
    width, height = max(1, round(wide * shrink)), max(1, round(tall * shrink))
    found = [(box, Why.FACE) for box in locate(pixels, size=(width, height))]
    found += [(box, Why.PLATE) for box in plates.locate(pixels, size=(width, height))]
    named = [(inside(box, width, height), Why.NAMED) for box in cover]
    picture = Image.fromarray(pixels)
    if shrink < 1.0:
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    clean = np.array(picture)
    areas = [_covered(clean, box, why) for box, why in (*found, *named)]
    _encode(clean, kind, Path(into))
    hidden = np.zeros((height, width), bool)
    for area in areas:
        hidden[area["y"] : area["y"] + area["height"], area["x"] : area["x"] + area["width"]] = True
    return {
        "width": width,
        "height": height,
        "areas": areas,
        "covered_share": float(hidden.mean()),
        "n_left_out": n_left_out,
    }


def decoded(path: Path | IO[bytes]) -> tuple[NDArray[np.uint8], int]:
    """Return (y, x, 3) uint8 sRGB pixels, upright, and how many further pictures there are.

    Only for the limited process: it opens foreign bytes.

    Raises:
        BadImage: it is no whole JPEG, PNG, TIFF or WebP of at most 100 megapixels.
    """
    Image.MAX_IMAGE_PIXELS = _MOST_PX
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_TAKEN) as image:
                n_left_out = max(0, int(getattr(image, "n_frames", 1)) - 1)
                image.load()
                upright = _upright(image)
                return np.array(_in_srgb(upright), np.uint8), n_left_out
    except BadImage:
        raise
    except BROKEN as error:
        raise BadImage(
            f"{path.name}: this is no photograph that can be opened ({str(error)[:120]}); nothing "
            "was written. Give a whole JPEG, PNG, TIFF or WebP of at most 100 megapixels"
        ) from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except BROKEN:  # then nobody else can read how it was held either
        return image.copy()


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return it in three bands of sRGB, on white where it is transparent."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in {"I", "F"}:
        raise BadImage("this is no photograph: its pixels are numbers; nothing was written")
    profile = image.info.get("icc_profile")
    alpha = None
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    if image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("RGB")
    colours = _from_profile(image, profile) if profile else image.convert("RGB")
    if alpha is None:
        return colours
    white = Image.new("RGB", colours.size, (255, 255, 255))
    white.paste(colours, mask=alpha)
    return white


def _from_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        changed = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, *BROKEN):
        return image.convert("RGB")
    return image.convert("RGB") if changed is None else changed


def inside(box: list[int], width: int, height: int) -> Box:
    """Return the part of a named rectangle that lies in the picture; refuse one that has none."""
    x, y, wide, tall = box
    if wide <= 0 or tall <= 0 or x >= width or y >= height or x + wide <= 0 or y + tall <= 0:
        raise BadImage(
            f"the rectangle {x},{y},{wide},{tall} lies outside the new picture of {width} x "
            f"{height} pixels; nothing was written, give x,y,width,height in its pixels"
        )
    left, top = max(0, x), max(0, y)
    return left, top, min(width, x + wide) - left, min(height, y + tall) - top


def _covered(pixels: NDArray[np.uint8], box: Box, why: Why) -> dict[str, Any]:
    """Paint over a rectangle, up to the edges of the blocks it touches, and return it."""
    x, y, width, height = box
    left, top = (side // _BLOCK_PX * _BLOCK_PX for side in (x, y))
    right = min(pixels.shape[1], math.ceil((x + width) / _BLOCK_PX) * _BLOCK_PX)
    bottom = min(pixels.shape[0], math.ceil((y + height) / _BLOCK_PX) * _BLOCK_PX)
    pixels[top:bottom, left:right] = _COVER
    return {"x": left, "y": top, "width": right - left, "height": bottom - top, "why": str(why)}


def _encode(pixels: NDArray[np.uint8], kind: str, into: Path) -> None:
    picture = Image.fromarray(pixels)
    if kind == "JPEG":
        # Colour at full resolution: otherwise that of a cover's neighbours would reach into it.
        picture.save(into, "JPEG", quality=_QUALITY, subsampling=0)
    else:
        picture.save(into, "PNG")
