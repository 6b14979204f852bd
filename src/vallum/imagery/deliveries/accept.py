"""One image of a delivery becomes a working copy and a scene (a mosaic: one for each date).

`receive` is called in the main process; `take_in` runs in the limited one.
"""

from __future__ import annotations

import hashlib
import json
import math
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio._err import CPLE_BaseError  # what reading raises has no public name
from rasterio.errors import CRSError, RasterioError
from rasterio.features import rasterize
from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground.errors import BadImage
from vallum.imagery import catalog, intake, rewrite, stated, view
from vallum.imagery.catalog import Received, Together, Wish
from vallum.imagery.deliveries import build, masks, mosaic
from vallum.imagery.deliveries.order import Image, Seam

_LOOK_S = 900
_LEAST_PART = 1e-3
LOOKING = (
    "not map-projected and no height model was given: positions may be off by tens of metres in "
    "hills; add it again with --dem FILE"
)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where files are made, and with what wishes."""

    folder: Path
    work: Path
    wish: Mapping[str, Any]
    budget: int
    dem: Path | None
    each: Sequence[str]
    dem_sha256: str


def receive(
    images: Sequence[tuple[str, Image]],
    imagery_folder: Path,
    wish: Wish,
    *,
    dem: Path | None = None,
    budget_bytes: int = catalog.BUDGET_BYTES,
) -> Iterator[tuple[Image, list[Received]]]:
    """Yield what became of every image of deliveries, in order.

    Args:
        images: name of the order and image, as `find.orders` found them.
        imagery_folder: where working copies go; made if it is not there.
        wish: what the person said about all of them.
        dem: height model for products that are not map-projected.
        budget_bytes: pixels x bands x bytes that one image may unfold to.

    Yields:
        The image; a `Received` for each scene it became, or one with the problem.
    """
    imagery_folder.mkdir(parents=True, exist_ok=True)
    made = _Making(
        folder=imagery_folder,
        wish=wish,
        dem=dem,
        dem_sha256=catalog.hash_of(dem) if dem else "",
        budget_bytes=budget_bytes,
    )
    jobs = [partial(made.scenes_of, number, image) for number, image in images]
    for (_, image), received in zip(images, catalog.side_by_side(jobs), strict=True):
        yield image, received


@dataclass(frozen=True, kw_only=True)
class _Making:
    """What all images of deliveries are made with; as for `receive`."""

    folder: Path
    wish: Wish
    dem: Path | None
    dem_sha256: str
    budget_bytes: int

    def scenes_of(self, order: str, image: Image, together: Together) -> list[Received]:
        """Return a `Received` for each scene that an image became, or one with the problem."""
        path = Path(image.files[0])
        try:
            each = [catalog.hash_of(Path(name)) for name in image.files]
        except OSError as error:
            problem = f"{path.name}: cannot be read ({error.strerror}); check its files"
            return [Received(path=path, problem=stated.words(problem, 500))]
        hashes = _possible(image, each, self.dem_sha256)
        answer = catalog.answered(
            path,
            "vallum.imagery.deliveries.accept:take_in",
            {
                "image": image.plain(),
                "order": order,
                "dem": str(self.dem.resolve()) if self.dem else "",
                "each": each,
                "dem_sha256": self.dem_sha256,
            },
            self.folder,
            self.wish,
            self.budget_bytes,
            reads=_needed(image, self.dem),
            returns=_Told,
            hashes=hashes,
            together=together,
        )
        if isinstance(answer, Received):
            return [answer]
        return [catalog.taken(path, one, self.folder, hashes=hashes) for one in answer["scenes"]]


def _possible(image: Image, each: Sequence[str], dem_sha256: str) -> set[str] | None:
    """Return the hashes that the scene of an image may have; None where dates are cut out of it."""
    if image.seams:
        return None
    told = Image.of(json.loads(json.dumps(image.plain())))  # as the other process gets it
    return {_hash(told, each, "", False), _hash(told, each, dem_sha256, True)}


class _Told(TypedDict):
    scenes: list[catalog.Taken]


def _needed(image: Image, dem: Path | None) -> list[Path]:
    """Return the files that one image of a delivery is made of; `find` saw where they lie."""
    files = [Path(name) for name in (*image.files, *(mask.path for mask in image.masks))]
    sidecars = [one for file in files for one in catalog.beside(file)]
    files += [one for one in sidecars if one.is_file() and not one.is_symlink()]
    return [*files, *([dem] if dem else [])]


def take_in(
    image: Mapping[str, Any],
    order: str,
    dem: str,
    folder: str,
    work: str,
    wish: Mapping[str, Any],
    budget_bytes: int,
    each: Sequence[str],
    dem_sha256: str,
) -> dict[str, Any]:
    """Write the working copy of an image that came in a delivery, and its provider's mask.

    Args:
        image: an `order.Image` as plain JSON.
        order: name of the order.
        dem: height model, or nothing.
        folder: where working copies live.
        work: an empty folder on the same file system.
        wish: as for `intake.take_in`.
        budget_bytes: as for `intake.take_in`.
        each: hashes of its files, as the main process read them.
        dem_sha256: hash of the height model, or nothing.

    Returns:
        `scenes`: for each the body of a Scene and a note.

    Raises:
        BadImage: it cannot be used.
        BadDate: nothing says when it was taken.
    """
    one = Image.of(image)
    signal.alarm(_LOOK_S)
    place = _Place(
        folder=Path(folder),
        work=Path(work),
        wish=wish,
        budget=budget_bytes,
        dem=Path(dem) if dem else None,
        each=each,
        dem_sha256=dem_sha256,
    )
    try:
        return {"scenes": _accepted(one, order, place)}
    except (RasterioError, CPLE_BaseError, CRSError) as error:
        intake.blame_the_disk(work, error)
        raise BadImage(
            f"{one.name}: broken or cut short ({intake.cause(error)}); fetch it again"
        ) from error
    finally:
        signal.alarm(0)


def _accepted(image: Image, order: str, place: _Place) -> list[dict[str, Any]]:
    with ExitStack() as stack:
        files = [Path(file) for file in image.files]
        sources = [build.opened(stack, path) for path in files]
        first = sources[0]
        for path, source in zip(files, sources, strict=True):
            intake.check_kind(path, source)
        signal.alarm(_LOOK_S + int(sum(path.stat().st_size for path in files) / 4e6))
        is_raw = (image.is_raw or first.rpcs is not None) and first.transform.is_identity
        told, bands_order = _in_order(image, view.data_bands(first))
        sha256 = _hash(image, place.each, place.dem_sha256, is_raw)
        parcel = intake.Parcel(
            name=image.name,
            told=told,
            sha256=sha256,
            is_built=True,
            order=order,
            looking_only=LOOKING if is_raw and place.dem is None else "",
            notes=_notes(image),
        )
        copy = place.folder / f"{sha256[:16]}.tif"
        if not image.seams and copy.exists():
            made = copy
        elif is_raw:
            made = place.work / f"{rewrite.MADE}ortho.tif"
            from vallum.imagery.deliveries import ortho  # brings scipy, which few images need

            note = ortho.lay(image.name, first, image.rpc, place.dem, made)
            parcel = replace(parcel, notes=(*parcel.notes, note))
        elif image.how == "bands":
            made = place.work / f"{rewrite.MADE}bands.tif"
            build.bands(image.name, files, made, image.nothing, place.budget)
        elif len(files) > 1 or first.driver != "GTiff" or bands_order:
            made = place.work / f"{rewrite.MADE}tiles.tif"
            build.tiles(image.name, files, made, bands_order, image.nothing, place.budget)
        else:
            made = files[0]
            parcel = replace(parcel, is_built=not place.wish["in_place"])
        source = stack.enter_context(rasterio.open(made, driver="GTiff", sharing=False))
        if image.seams:
            return _split(image, made, source, parcel, place)
        return [_settled(image, made, source, parcel, place)]


def _notes(image: Image) -> tuple[str, ...]:
    notes = list(image.notes)
    if image.missing:
        n_all = len(image.files) + len(image.missing)
        names = ", ".join(image.missing[:3]) + (" ..." if len(image.missing) > 3 else "")
        notes.append(
            f"{len(image.missing)} of its {n_all} files are missing ({names}): what they show "
            "counts as not seen until the whole set is added"
        )
    return tuple(notes)


def _in_order(image: Image, data_bands: Sequence[int]) -> tuple[Any, list[int]]:
    """Return what is told with bands in the order of the working copy, and that order if new."""
    told = image.told
    if image.how == "bands":
        return told, []
    if len(told.bands) != len(data_bands):
        # An alpha or mask band is no picture; papers that speak of other bands are of no help.
        return replace(told, bands=(), reflectance=told.reflectance[:2]
                       if len(told.reflectance) == 2 else ()), []  # fmt: skip
    order = build.first_bands(told.bands)
    if order == list(range(len(order))):
        return told, []
    return (
        replace(
            told,
            bands=tuple(told.bands[n] for n in order),
            reflectance=build.reordered(told.reflectance, order),
        ),
        order,
    )


def _hash(image: Image, each: Sequence[str], dem_sha256: str, is_raw: bool) -> str:
    """Return the hash that names the image: of its file, or of the hashes of its files.

    Tiles carry their own place, so that their order and names do not count; of bands both do.
    """
    if len(each) == 1 and not is_raw:
        return each[0]
    parts = [image.how, *(each if image.how == "bands" else sorted(each))]
    if is_raw:
        parts += ["rpc", repr(sorted((image.rpc or {}).items()))]
        parts += [dem_sha256] if dem_sha256 else []
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _settled(
    image: Image, made: Path, source: Any, parcel: intake.Parcel, place: _Place
) -> dict[str, Any]:
    found = intake.settle(made, source, place.folder, place.work, place.wish, place.budget, parcel)
    if image.masks and not parcel.looking_only:
        found = _with_mask(image, found, place)
    return found


def _with_mask(image: Image, found: dict[str, Any], place: _Place) -> dict[str, Any]:
    """Write the provider's mask beside the working copy; without it the image is still good."""
    signal.alarm(_LOOK_S * 4)
    body, note = found["scene"], found["note"]
    out, named = intake.out_of(place.work, place.folder), Path(str(body["href"]))
    copies = (out / named.name, place.folder / named.name, named)
    copy = next(one for one in copies if one.is_file() or one is named)
    name = f"{str(body['sha256'])[:16]}-mask.tif"
    final, mask = place.folder / name, image.masks[0]
    if not final.exists():
        made = place.work / f"{rewrite.MADE}mask.tif"
        try:
            masks.write(mask.kind, Path(mask.path), copy, made)
        except (BadImage, RasterioError, CPLE_BaseError) as error:
            said = stated.words(str(error), 160)
            note = "; ".join(filter(None, [note, f"its provider's mask was left out: {said}"]))
            return {"scene": body, "note": note}
        intake.leave(made, out / name)
    return {"scene": {**body, "mask_href": f"{place.folder.name}/{name}"}, "note": note}


def _split(
    image: Image, made: Path, source: Any, parcel: intake.Parcel, place: _Place
) -> list[dict[str, Any]]:
    """Return one scene for every date of a mosaic, each with the pixels inside its seam."""
    from pyproj import CRS, Transformer

    to_image = Transformer.from_crs(4326, CRS.from_wkt(source.crs.to_wkt()), always_xy=True)

    def placed(points: Any) -> Any:
        return np.column_stack(to_image.transform(points[:, 0], points[:, 1]))

    frame = shapely.box(*source.bounds)
    try:
        shapes = [
            (seam, shapely.make_valid(shapely.transform(shapely.from_wkt(seam.shape), placed)))
            for seam in image.seams
        ]
        found, left = mosaic.parted(shapes, frame, _LEAST_PART)
    except shapely.errors.GEOSException:  # an odd layer tells nothing
        found, left = [], frame
    # What lies in no dated seam has the range of the papers, or what the person says.
    undated = Seam(taken=parcel.told.taken or str(place.wish["taken"] or ""), shape="")
    if undated.taken and found and left.area > _LEAST_PART * frame.area:
        found.append((undated, left))
        left = shapely.Polygon()
    if len(found) == 1 and left.area <= _LEAST_PART * frame.area:
        told = replace(parcel.told, taken=found[0][0].taken, taken_at="")
        whole = replace(parcel, told=told, notes=(*parcel.notes, *_overlapping(found[0][0])))
        return [_settled(image, made, source, whole, place)]
    scenes = []
    for seam, area in found:
        key = f"{parcel.sha256}\n{seam.taken}\n{shapely.to_wkt(area, rounding_precision=3)}"
        told = replace(
            parcel.told,
            taken=parcel.told.taken if seam is undated else seam.taken,
            taken_at="",
            sensor=seam.sensor or parcel.told.sensor,
        )
        piece = replace(
            parcel,
            name=f"{image.name} {'undated' if seam is undated else seam.taken}",
            told=told,
            sha256=hashlib.sha256(key.encode()).hexdigest(),
            notes=(*parcel.notes, *_overlapping(seam), _part_of(len(found))),
        )
        cut = place.work / f"{rewrite.MADE}{piece.sha256[:16]}.tif"
        if not _cut(source, area, cut):
            continue
        work = place.work / piece.sha256[:16]
        work.mkdir()
        with rasterio.open(cut, driver="GTiff", sharing=False) as part:
            one = _settled(image, cut, part, piece, replace(place, work=work))
        cut.unlink()
        scenes.append({**one, "scene": {**one["scene"], "part_of": stated.words(image.name, 200)}})
    if not scenes:
        return [_settled(image, made, source, parcel, place)]
    rest = left.area / frame.area
    if rest > _LEAST_PART:
        scenes[0]["note"] += (
            f"; {rest:.0%} of the mosaic lies in no dated seam and was left out; say --taken "
            "FROM..TO to keep it"
        )
    return scenes


def _part_of(n: int) -> str:
    return f"one of {n} parts of a mosaic, by date" if n > 1 else "the dated part of a mosaic"


def _overlapping(seam: Seam) -> list[str]:
    if not seam.overlapping:
        return []
    return [f"seams of {seam.overlapping} dates overlap here: it is dated by their whole range"]


def _cut(source: Any, area: Any, made: Path) -> bool:
    """Write the pixels of an image inside an area; say whether there are any."""
    window = source.window(*area.bounds)
    row, column = max(0, math.floor(window.row_off)), max(0, math.floor(window.col_off))
    height = min(source.height, math.ceil(window.row_off + window.height)) - row
    width = min(source.width, math.ceil(window.col_off + window.width)) - column
    if height <= 0 or width <= 0:
        return False
    bands, is_any = view.data_bands(source), False
    corner = source.transform * source.transform.translation(column, row)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rewrite.created(made, source, len(bands), corner, (height, width)) as target,
    ):
        for part in rewrite.windows(height, width):
            here = rasterio.windows.Window(
                column + part.col_off, row + part.row_off, part.width, part.height
            )
            pixels = source.read(bands, window=here)
            valid = view.valid_block(source, here, pixels.shape[1:])
            inside = rasterize(
                [area],
                out_shape=valid.shape,
                transform=source.window_transform(here),
                dtype="uint8",
            )
            valid &= inside > 0
            is_any |= bool(valid.any())
            target.write(np.where(valid, pixels, 0).astype(pixels.dtype), window=part)
            target.write_mask(valid, window=part)
    return is_any
