"""Backgrounds from a user's own pictures: what stands there is not known, so nothing is claimed.

Each file is opened in the limited process (`vallum.ground.foreign`), which leaves only numbers.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground import foreign
from vallum.ground.errors import BadImage, BadInput
from vallum.simulate.land import Image

_DRIVERS = {
    ".tif": "GTiff",
    ".tiff": "GTiff",
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
}
_MOST_PX = 4_000_000
_TRIES = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Background:
    """A window of a picture.

    Attributes:
        pixels: (band, y, x) uint8 or uint16, without the alpha band.
        name: of the file.
        column: of its left edge in the file.
        row: of its upper edge in the file.
        gsd_m: size of a pixel; NaN where the file does not say.
    """

    pixels: Image
    name: str
    column: int
    row: int
    gsd_m: float


def backgrounds(
    folder: Path, shape: tuple[int, int] = (448, 448), *, per_image: int = 8, seed: int = 1
) -> Iterator[Background]:
    """Yield windows of the pictures in a folder and its subfolders: GeoTIFF, PNG, JPEG.

    Windows that are not wholly covered are passed over, so small or empty files yield fewer.

    Args:
        folder: or one file.
        shape: rows and columns of a window.
        per_image: most windows of one picture.
        seed: chance of where they lie; the same seed gives the same windows.

    Raises:
        BadInput: there is no picture in the folder.
        BadImage: a file cannot be read, or has neither 8 nor 16 bits.
        WorkerFailed: a file crashed or hung the process that opened it.
    """
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    files = [one for one in files if one.is_file() and one.suffix.lower() in _DRIVERS]
    if not files:
        raise BadInput(f"{folder}: no GeoTIFF, PNG or JPEG there; check the path")
    if shape[0] * shape[1] > _MOST_PX:
        raise BadInput(f"windows of {shape} are too large; ask for at most {_MOST_PX} pixels")
    for number, path in enumerate(files):
        with tempfile.TemporaryDirectory() as work:
            found = foreign.call(
                "vallum.simulate.backgrounds:cut",
                {
                    "path": str(path.absolute()),
                    "work": work,
                    "rows": shape[0],
                    "columns": shape[1],
                    "n": per_image,
                    "seed": [seed, number],
                },
                reads=[path],
                writes=[Path(work)],
                returns=list[_Cut],
            )
            for one in found:
                pixels = np.load(foreign.made(Path(work), one["file"]), allow_pickle=False)
                gsd_m = math.nan if one["gsd_m"] is None else float(one["gsd_m"])
                yield Background(
                    pixels=pixels,
                    name=path.name,
                    column=int(one["column"]),
                    row=int(one["row"]),
                    gsd_m=gsd_m,
                )


class _Cut(TypedDict):
    file: str
    column: int
    row: int
    gsd_m: float | None


def cut(
    path: str, work: str, rows: int, columns: int, n: int, seed: list[int]
) -> list[dict[str, Any]]:
    """Write up to `n` windows of a picture into `work`; runs in the limited process.

    Returns:
        For each window `file`, `column`, `row` and `gsd_m` (None if the file does not say).

    Raises:
        BadImage: it cannot be read, or has neither 8 nor 16 bits.
    """
    import rasterio
    from rasterio.errors import RasterioError

    file = Path(path)
    try:
        with rasterio.open(file, driver=_DRIVERS[file.suffix.lower()], sharing=False) as source:
            if source.dtypes[0] not in {"uint8", "uint16"}:
                raise BadImage(f"{file.name}: has {source.dtypes[0]} pixels; give 8 or 16 bits")
            return _windows(source, Path(work), (rows, columns), n, seed)
    except RasterioError as error:
        raise BadImage(f"{file.name}: cannot be read ({error}); take it out") from error


def _windows(
    source: Any, work: Path, shape: tuple[int, int], n: int, seed: list[int]
) -> list[dict[str, Any]]:
    from rasterio.enums import ColorInterp
    from rasterio.windows import Window

    spare = (source.height - shape[0], source.width - shape[1])
    if min(spare) < 0:
        return []
    pairs = zip(source.indexes, source.colorinterp, strict=True)
    bands = [index for index, meaning in pairs if meaning != ColorInterp.alpha]
    rng = np.random.default_rng(seed)
    gsd_m = _gsd_m(source)
    found: list[dict[str, Any]] = []
    n_tries = min(n * _TRIES, (spare[0] + 1) * (spare[1] + 1))
    for _ in range(n_tries):
        if len(found) == n:
            break
        row, column = (int(rng.integers(room + 1)) for room in spare)
        window = Window(column, row, shape[1], shape[0])
        if not (source.dataset_mask(window=window) > 127).all():
            continue
        pixels = source.read(bands, window=window)
        if (pixels == 0).all(axis=0).mean() > 0.01:  # an edge that nothing declares
            continue
        name = f"{len(found)}.npy"
        np.save(work / name, pixels, allow_pickle=False)
        found.append({"file": name, "column": column, "row": row, "gsd_m": gsd_m})
    return found


def _gsd_m(source: Any) -> float | None:
    """Return the size of a pixel in metres, None for a picture without a place."""
    if source.crs is None:
        return None
    size = math.sqrt(abs(source.transform.determinant))
    if source.crs.is_projected:
        return float(size * source.crs.linear_units_factor[1])
    latitude = (source.bounds.top + source.bounds.bottom) / 2
    return float(size * 111_320 * math.sqrt(max(0.01, math.cos(math.radians(latitude)))))
