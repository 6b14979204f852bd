"""File mode: `align` and `detect` on two files outside any project."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from vallum.change import Found, Settings, stitch
from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.errors import BadSetting, NotAligned
from vallum.ground.kinds import Kind
from vallum.imagery import frame
from vallum.imagery.align import LARGEST_CE90_PX, Shift
from vallum.imagery.pair import opened
from vallum.steps.done import Progress, silent
from vallum.steps.finding import at_least_a_metre, dense
from vallum.steps.fitting import fit_windows, match_windows, read_pair
from vallum.steps.laying import Laid, laid, windows
from vallum.steps.paired import DEGREES, PIXELS, Alignment, Detection, Suggestion
from vallum.steps.parts import Part, line_in, parts
from vallum.steps.tilewise import Pictures, search

_WINDOWS_EACH, _WINDOWS_ALL = 5, 9
_COARSE_M = 5.0
_SUFFIXES = (".geojson", ".json")


def align_files(
    a: Path | str, b: Path | str, *, search_px: int = 48, ignore_georeference: bool = False
) -> Alignment:
    """Return how far the content of `b` lies from that of `a`, in pixels of `a`.

    A thing seen at (column, row) of `a` is at (column + dx_px, row + dy_px) of `b`. Where both have
    a georeference, `b` is first read onto the pixels of `a` by it, and the shift is what remains.

    Args:
        a: GeoTIFF, PNG or JPEG, with or without a georeference.
        b: the same; sizes and pixel types may differ.
        search_px: largest shift looked for, along each axis.
        ignore_georeference: compare pixel by pixel from the upper left corner in any case.

    Raises:
        BadImage: a file cannot be used, or the two show no common ground.
        BadSetting: `search_px` is below 1.
    """
    if search_px < 1:
        raise BadSetting(f"--search {search_px}: look for shifts of 1 px or more")
    one, other = Path(a), Path(b)
    files = (str(a), str(b))
    with laid(one, other, on_pixels_of_one=True, ignore_georeference=ignore_georeference) as pair:
        chosen = windows(pair, pair.area, _WINDOWS_ALL)
        pair.prepare(chosen)
        about = Alignment(
            gsd_m=None if pair.in_pixels else round(pair.one.gsd_m, 4),
            compared="pixel by pixel" if pair.in_pixels else "by georeference",
            files=files,
            notes=pair.notes,
        )
        try:
            found, _ = _fitted(pair, chosen, search_px)
        except NotAligned as error:
            return replace(about, blocked_by=str(error).removeprefix("not aligned: "))
        return _told(about, found, pair.one.pixel_m, in_metres=not pair.in_pixels)


def _fitted(pair: Laid, chosen: Sequence[GeoBox], search_px: int) -> tuple[Shift, list[GeoBox]]:
    """Return the shift of the second picture and the windows it rests on, or raise NotAligned."""
    found, usable = fit_windows(str(pair.one.copy), str(pair.other.copy), chosen, search_px)
    if found.ce90_px > LARGEST_CE90_PX:
        raise NotAligned(
            f"not aligned: one shift leaves {found.ce90_px:.1f} px from place to place "
            f"(CE90; limit {LARGEST_CE90_PX:g} px)"
        )
    return found, usable


def _told(
    about: Alignment, found: Shift, pixel_m: tuple[float, float], *, in_metres: bool
) -> Alignment:
    return replace(
        about,
        dx_px=round(found.dx_px, 4),
        dy_px=round(found.dy_px, 4),
        dx_m=round(found.dx_px * pixel_m[0], 4) if in_metres else None,
        dy_m=round(found.dy_px * pixel_m[1], 4) if in_metres else None,
        rmse_px=round(found.rmse_px, 4),
        ce90_px=round(found.ce90_px, 4),
        reliability=round(found.reliability, 4),
        n_tiles=found.n_tiles,
    )


# -- detect -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person asks of `detect_files`, checked.

    Raises:
        BadSetting: a value cannot be used.
    """

    left_m: float
    right_m: float
    false_per_km: float
    kinds: tuple[Kind, ...]
    aligns: bool
    search_px: int
    masks_clouds: bool

    def __post_init__(self) -> None:
        if min(self.left_m, self.right_m) < 0 or self.left_m + self.right_m <= 0:
            raise BadSetting(
                f"a corridor of {self.left_m:g} m on the left and {self.right_m:g} m on the right "
                "has no area; give widths of 0 or more, one of them above 0"
            )
        if not 0 < self.false_per_km < math.inf:
            raise BadSetting(
                f"--false-per-km {self.false_per_km:g} cannot be; give a number above 0, like 1"
            )
        if self.search_px < 1:
            raise BadSetting(f"--search {self.search_px}: look for shifts of 1 px or more")

    @property
    def settings(self) -> Settings:
        """Settings of the detector that keep what was asked for."""
        wants_points = not self.kinds or any(not kind.is_line for kind in self.kinds)
        threshold = -math.log10(self.false_per_km)
        return Settings(
            line_threshold=threshold, post_threshold=threshold, finds_posts=wants_points
        )


def detect_files(
    before: Path | str,
    after: Path | str,
    line: Path | str | None = None,
    *,
    to: Path | str | None = None,
    left_m: float = 250.0,
    right_m: float = 250.0,
    false_per_km: float = 1.0,
    kinds: Sequence[Kind | str] = (),
    align: bool = True,
    search_px: int = 48,
    mask_clouds: bool = True,
    gsd_m: float = 0.5,
    ignore_georeference: bool = False,
    show: Progress = silent,
) -> Detection:
    """Return what was built, upgraded or removed between two images.

    Each stretch of 2 km is aligned by itself; where that is refused nothing is suggested.

    Args:
        before: GeoTIFF, PNG or JPEG of the earlier date.
        after: the same of the later date; sizes, pixel types, pixel sizes and CRS may differ.
        line: what to look beside. GeoJSON, KML, KMZ, GeoPackage or Shapefile in longitude and
            latitude; for images without georeference a GeoJSON in pixels of `before` (column, row;
            the centre of the first pixel is 0.5, 0.5). None searches all that both images show.
        to: GeoJSON to write.
        left_m: width of the corridor left of the line.
        right_m: width of the corridor right of the line.
        false_per_km: how many false lines per km of a corridor of +-32 m to put up with.
        kinds: keep only these kinds; all if empty.
        align: measure the shift first; False if the two are known to lie on each other.
        search_px: largest shift looked for.
        mask_clouds: leave out cloud, haze, snow and deep shadow.
        gsd_m: pixel size of images without georeference.
        ignore_georeference: lay pixel on pixel although the files say where they lie.
        show: told about progress.

    Returns:
        Detection; `blocked_by` says so when nothing was compared, and then nothing is written.

    Raises:
        BadImage: a file cannot be used, only one has a georeference, or they show two places.
        BadLine: the line cannot be used, or lies outside the images.
        BadSetting: a value cannot be used.
    """
    if not 0.005 <= gsd_m <= 1000:
        raise BadSetting(f"--gsd-m {gsd_m:g} is no size of a pixel; give metres, like 0.5")
    wanted = Wanted(
        left_m=left_m,
        right_m=right_m,
        false_per_km=false_per_km,
        kinds=tuple(_kind(kind) for kind in kinds),
        aligns=align,
        search_px=search_px,
        masks_clouds=mask_clouds,
    )
    given = [Path(before), Path(after), *([Path(line)] if line is not None else [])]
    target = _target(to, given)
    with laid(
        given[0],
        given[1],
        on_pixels_of_one=False,
        ignore_georeference=ignore_georeference,
        gsd_m=gsd_m,
    ) as pair:
        frontier = line_in(given[2], pair) if line is not None else None
        found = _detected(pair, frontier, wanted, show)
    found = replace(found, files=tuple(str(f) for f in (before, after, line) if f is not None))
    if target is not None and not found.blocked_by:
        found = replace(found, written=str(target))
        found.write(target)
    return found


def _kind(text: Kind | str) -> Kind:
    try:
        return Kind(str(text).strip().replace("-", "_").lower())
    except ValueError:
        names = ", ".join(kind.value for kind in Kind)
        raise BadSetting(f"'{text}' is no kind of structure; there are: {names}") from None


def _target(to: Path | str | None, given: Sequence[Path]) -> Path | None:
    """Return where to write, checked before any work is done."""
    if to is None:
        return None
    target = Path(to)
    if target.suffix.lower() not in _SUFFIXES:
        raise BadSetting(f"{target.name}: candidates are written as GeoJSON; name it x.geojson")
    if target.resolve() in {path.resolve() for path in given}:
        raise BadSetting(f"{target.name}: would overwrite a file that is to be read; name another")
    if not target.absolute().parent.is_dir():
        raise BadSetting(f"{target}: its folder is not there; make it first")
    return target


# -- the comparison -------------------------------------------------------------------------------


@dataclass
class _Sums:
    """What was compared so far."""

    clear_px: float = 0.0
    asked_px: float = 0.0
    line_m: float = 0.0
    compared_m: float = 0.0


def _detected(pair: Laid, frontier: Frontier | None, wanted: Wanted, show: Progress) -> Detection:
    every = parts(pair, frontier, wanted.left_m, wanted.right_m)
    chosen = [windows(pair, part.core, _WINDOWS_EACH) for part in every]
    pair.prepare([w for some in chosen for w in some], [part.reach for part in every])
    found: list[Found] = []
    sums, shifts, blocked = _Sums(), [], {}
    for number, (part, grids) in enumerate(zip(every, chosen, strict=True)):
        show("detect", number, len(every), "parts")
        try:
            shift, pictures = _laid_on(pair, grids, wanted)
            shifts += [shift] if shift is not None else []
            if not _looked(pair, part, pictures, frontier, wanted, sums):
                raise NotAligned("nothing usable in both images: no data, cloud, snow or shadow")
        except NotAligned as error:
            blocked[part.name] = str(error)
            continue
        grid = pair.crop(part.reach)
        if grid is not None:
            with opened(pictures.before_path, pictures.after_path) as both:
                found += search(both, pictures, grid, part.reach, wanted.settings)
    show("detect", len(every), len(every), "parts")
    about = Detection(
        coordinates=PIXELS if pair.in_pixels else DEGREES,
        gsd_m=round(pair.gsd_m, 4),
        false_per_km=wanted.false_per_km,
        shifts=tuple(shifts),
        blocked=tuple(f"{name}: {why}" for name, why in blocked.items()),
        notes=(*pair.notes, *(frontier.caveats if frontier is not None else ())),
    )
    if len(blocked) == len(every):
        return replace(about, blocked_by="; ".join(sorted(set(blocked.values()))))
    return _with_sums(
        about, pair, sums, frontier, _suggestions(stitch(found), pair, frontier, wanted)
    )


def _laid_on(
    pair: Laid, grids: Sequence[GeoBox], wanted: Wanted
) -> tuple[Alignment | None, Pictures]:
    """Return the shift of one part and the pictures with it taken back, or raise NotAligned."""
    paths = (str(pair.one.copy), str(pair.other.copy))
    move_m, told, usable = (0.0, 0.0), None, list(grids)
    if wanted.aligns:
        found, usable = _fitted(pair, grids, wanted.search_px)
        move_m = (-found.dx_px * pair.gsd_m, found.dy_px * pair.gsd_m)
        how = "pixel by pixel" if pair.in_pixels else "by georeference"
        gsd_m = None if pair.in_pixels else round(pair.gsd_m, 4)
        about = Alignment(gsd_m=gsd_m, compared=how)
        told = _told(about, found, (pair.gsd_m, pair.gsd_m), in_metres=not pair.in_pixels)
    gain, _ = match_windows(*paths, usable, move_m, wanted.masks_clouds)
    pictures = Pictures(
        before_path=paths[0],
        after_path=paths[1],
        move_m=move_m,
        gain=gain,
        mask_clouds=wanted.masks_clouds,
    )
    return told, pictures


def _looked(
    pair: Laid,
    part: Part,
    pictures: Pictures,
    frontier: Frontier | None,
    wanted: Wanted,
    sums: _Sums,
) -> bool:
    """Add what of a part can be compared to `sums`, from a coarse look; False if nothing can."""
    whole = pair.crop(part.core)
    if whole is None:
        return False
    step = int(max(1, min(_COARSE_M // pair.gsd_m, min(whole.shape) // 64)))
    coarse = whole.zoom_out(step) if step > 1 else whole
    _, _, usable = read_pair(
        pictures.before_path, pictures.after_path, coarse, pictures.move_m, pictures.mask_clouds
    )
    inside = frame.inside(part.core, coarse)
    clear = usable & inside
    each = whole.shape[0] * whole.shape[1] / (coarse.shape[0] * coarse.shape[1])
    sums.clear_px += float(clear.sum()) * each
    sums.asked_px += float(inside.sum()) * each
    if frontier is not None and part.span is not None:
        at_m, lon, lat = frontier.transects(part.span, wanted.left_m, wanted.right_m)
        beside = frame.values_at(clear, coarse, lon, lat).any(axis=1)
        each_m = part.span.length_m / len(at_m)
        sums.line_m += part.span.length_m
        sums.compared_m += float(beside.sum()) * each_m
    return bool(clear.any())


def _with_sums(
    about: Detection,
    pair: Laid,
    sums: _Sums,
    frontier: Frontier | None,
    candidates: tuple[Suggestion, ...],
) -> Detection:
    has_line = frontier is not None
    return replace(
        about,
        candidates=candidates,
        line_km=round(sums.line_m / 1000, 3) if has_line else None,
        compared_km=round(sums.compared_m / 1000, 3) if has_line else None,
        compared_km2=round(sums.clear_px * pair.gsd_m**2 / 1e6, 4),
        compared_mpx=round(sums.clear_px / 1e6, 3),
        clear_share=round(sums.clear_px / max(sums.asked_px, 1e-9), 4),
    )


# -- suggestions --------------------------------------------------------------------------------


def _suggestions(
    found: Sequence[Found], pair: Laid, frontier: Frontier | None, wanted: Wanted
) -> tuple[Suggestion, ...]:
    kept = [one for one in found if not wanted.kinds or one.category in wanted.kinds]
    kept.sort(key=lambda one: (not one.category.is_line, -one.score, one.shape.bounds))
    known = sorted({one.group for one in kept if one.group})
    groups = {group: number for number, group in enumerate(known, start=1)}
    return tuple(
        _suggestion(number, one, groups.get(one.group, 0), pair, frontier)
        for number, one in enumerate(kept, start=1)
    )


def _suggestion(
    number: int, one: Found, group: int, pair: Laid, frontier: Frontier | None
) -> Suggestion:
    there = frame.from_crs(one.shape, pair.epsg)
    is_line = one.category.is_line
    length_m = geodesic_length_m(there) if is_line and not pair.in_pixels else one.length_m
    start_m = end_m = off_m = None
    if frontier is not None:
        lon, lat = ([there.x], [there.y]) if isinstance(there, Point) else dense(there, pair.epsg)
        at, off = frontier.locate_many(lon, lat)
        span = at_least_a_metre(at, frontier)
        start_m, end_m, off_m = span.start_m, span.end_m, round(float(np.median(off)), 2)
    return Suggestion(
        id=number,
        category=one.category,
        change=one.change,
        score=round(one.score, 4),
        false_per_km=float(f"{10 ** -min(one.score, 300.0):.4g}"),
        length_m=round(length_m, 2),
        width_m=round(one.width_m, 2),
        kinds={kind.value: round(share, 4) for kind, share in one.kinds},
        evidence_mean=round(float(np.mean(one.evidence)), 4) if one.evidence else None,
        is_bright=one.is_bright,
        gap_m=round(one.gap_m, 2),
        post_spacing_m=round(one.post_spacing_m, 2),
        group=group,
        flags=one.flags,
        start_m=start_m,
        end_m=end_m,
        off_m=off_m,
        shape=_in_pixels_of(one.shape, pair) if pair.in_pixels else there,
    )


def _in_pixels_of(shape: BaseGeometry, pair: Laid) -> BaseGeometry:
    """Return a shape of the plain map in columns and rows."""
    inverse = ~pair.grid.affine
    return shapely.transform(shape, lambda xy: np.column_stack(inverse * (xy[:, 0], xy[:, 1])))
