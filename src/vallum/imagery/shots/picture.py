"""A picture without georeference is opened here, in the limited process, and written anew.

What the rest of vallum reads is a PNG that nobody but vallum made. `take_in` and `straighten` run
in the limited process only.
"""

from __future__ import annotations

import hashlib
import re
import signal
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground import foreign
from vallum.ground.errors import BadImage, WorkerFailed
from vallum.ground.whole import replace_whole
from vallum.imagery import intake, stated

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
_MOST_PX = 64_000_000
_SIDE_PX = 16_000
_LEAST_PX = 200
_LONGEST_S = 90
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_N_MARKER = 9  # its number and its corners


class Taken(TypedDict):
    """What `take_in` tells of a picture."""

    sha256: str
    name: str
    href: str
    width: int
    height: int
    markers: list[list[int | float]]


class Straight(TypedDict):
    """What `straighten` tells of a picture."""

    footprint: str
    gsd_m: float
    epsg: int


def keep(told: Taken, work: Path, folder: Path, *, sha256: str = "") -> None:
    """Give the copy that the limited process made its place; one that is there stays.

    Args:
        told: by the limited process.
        work: where it wrote.
        folder: of the copies.
        sha256: of the picture, as the main process read it.

    Raises:
        WorkerFailed: it made something else, or says that it is another picture.
    """
    if sha256 and told["sha256"] != sha256:
        raise WorkerFailed("the process that opened it told of another picture")
    name = f"{told['sha256'][:16]}.png"
    if not _SHA256.match(told["sha256"]) or told["href"] != name:
        raise WorkerFailed("the process that opened it made something else than a copy")
    if any(len(one) != _N_MARKER for one in told["markers"]):
        raise WorkerFailed("the process that opened it told of something else than markers")
    made = foreign.made(work, name)
    if not (folder / name).exists():
        replace_whole(made, folder / name)


def is_picture(file: Path) -> bool:
    """Say whether a file is a picture of the kind that screens are saved as, by its first bytes."""
    try:
        with file.open("rb") as stream:
            start = stream.read(16)
    except OSError:
        return False
    is_webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    return is_webp or start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"BM"))


def take_in(path: str, folder: str) -> dict[str, Any]:
    """Write a copy of the picture at `path` into `folder` and look for markers in it.

    Args:
        path: the foreign file.
        folder: where copies live; named by the hash of the original.

    Returns:
        sha256, href (inside the folder), width, height, and markers: number and eight coordinates.

    Raises:
        BadImage: it is no picture that can be used.
    """
    from vallum.imagery.shots import markers

    signal.alarm(_LONGEST_S)
    file = Path(path)
    pixels = _decoded(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    copy = Path(folder) / f"{digest[:16]}.png"
    if not copy.exists():
        draft = copy.with_suffix(".draft.png")
        if not cv2.imwrite(str(draft), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3]):
            raise OSError(28, "no room left for the copy of the picture")
        replace_whole(draft, copy)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    seen = [[one.number, *one.corners.ravel().tolist()] for one in markers.find(grey)]
    height, width = grey.shape
    signal.alarm(0)
    return {
        "sha256": digest,
        "name": stated.words(file.name, 200),
        "href": copy.name,
        "width": width,
        "height": height,
        "markers": seen,
    }


def _decoded(file: Path) -> NDArray[np.uint8]:
    """Return (y, x, 3) blue, green, red."""
    from PIL import Image, ImageOps

    intake.start_of(file)
    Image.MAX_IMAGE_PIXELS = _MOST_PX
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=_FORMATS) as picture:
                if max(picture.size) > _SIDE_PX:
                    raise BadImage(
                        f"{file.name}: {picture.width:,} x {picture.height:,} pixels, more than a "
                        "screen shows; cut it into parts"
                    )
                if min(picture.size) < _LEAST_PX:
                    raise BadImage(
                        f"{file.name}: {picture.width} x {picture.height} pixels are too few to "
                        "place it; save it larger"
                    )
                upright = ImageOps.exif_transpose(picture).convert("RGB")
                pixels = np.asarray(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage(f"{file.name}: unfolds to too many pixels; cut it into parts") from error
    except BadImage:
        raise
    except (OSError, ValueError, SyntaxError) as error:
        raise BadImage(f"{file.name}: is no readable picture; save it again as PNG") from error
    return np.ascontiguousarray(pixels[..., ::-1])


def straighten(
    copy: str,
    points: Sequence[Sequence[float]],
    model: str,
    hidden: Sequence[Sequence[float]],
    markers: Sequence[Sequence[float]],
    made: str,
) -> dict[str, Any]:
    """Write the picture north up as a GeoTIFF at `made`; what is drawn over the ground is no data.

    Args:
        copy: vallum's own copy of the picture.
        points: column, row, longitude, latitude of what it was placed by.
        model: of the view; empty for the one that the points choose.
        hidden: left, top, right and bottom of texts, pixels.
        markers: corners of the markers in it, eight coordinates each.
        made: the file to write.

    Returns:
        footprint (WKT), gsd_m, epsg.

    Raises:
        BadImage: nothing of it shows ground.
    """
    from vallum.imagery.shots import rectify

    signal.alarm(2 * _LONGEST_S)
    pixels = cv2.imread(copy, cv2.IMREAD_COLOR)
    if pixels is None:
        raise BadImage(f"{Path(copy).name}: vallum's copy of the picture is gone; add it again")
    told = rectify.write(pixels, points, model, hidden, markers, Path(made))
    signal.alarm(0)
    return told
