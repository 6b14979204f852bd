"""Before and after pictures of one place, with everything needed to read them burned in."""

from __future__ import annotations

import io
import math
from functools import cache

import numpy as np
import shapely
from matplotlib import font_manager
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from pyproj import Transformer

from vallum.ground.errors import BadImage, GridMismatch
from vallum.ground.kinds import Change
from vallum.ground.records import Candidate, Scene
from vallum.report.book import SIMULATED, Chip
from vallum.report.ink import nice
from vallum.report.printing import THIN, day_text, km_mark, number_text, whole_length_text

LEAST_VALID = 0.99
_LEAST_SIDE_PX = 480
_STRETCH = (1.0, 99.0)  # percentiles
_PAPER, _INK, _TARGET, _ALARM = "#ffffff", "#1a1a1a", "#ffd400", "#8b0000"
_HEAD_PX, _FOOT_PX, _LINE_PX = 30, 40, 16
Pixels = NDArray[np.generic]
Mask = NDArray[np.bool_]
_VERB = {
    Change.NEW: "appears",
    Change.EXTENDED: "is extended",
    Change.UPGRADED: "is changed",
    Change.REPLACED: "is replaced",
    Change.REMOVED: "is gone",
    Change.UNCHANGED: "stands in both",
}


def may_draw(before_scene: Scene, after_scene: Scene, before_valid: Mask, after_valid: Mask) -> str:
    """Say why the pixels of a place may not be shown; an empty text where they may.

    Args:
        before_scene: the earlier image.
        after_scene: the later image.
        before_valid: (y, x), True where the earlier image has pixels.
        after_valid: the same for the later image.
    """
    for word, valid in (("before", before_valid), ("after", after_valid)):
        share = float(valid.mean()) if valid.size else 0.0
        if share < LEAST_VALID:
            return (
                f"only {share:.1%} of the {word} picture has pixels; at least {LEAST_VALID:.0%} "
                "are needed to show it"
            )
    for word, scene in (("before", before_scene), ("after", after_scene)):
        if not (scene.may_publish or scene.is_simulated):
            return (
                f"the licence of the {word} image ({scene.id}) is not recorded as allowing its "
                "pixels to be shown; add it again with --may-publish if it does"
            )
    return ""


def draw(
    before: Pixels,
    after: Pixels,
    grid: GeoBox,
    candidate: Candidate,
    before_scene: Scene,
    after_scene: Scene,
    *,
    before_valid: Mask | None = None,
    after_valid: Mask | None = None,
) -> Chip:
    """Draw one place before and after, stretched alike, with the target between corner ticks.

    The stretch is for the eye only and is common to both dates. The pictures are enlarged by a
    whole number and not smoothed, so that every pixel of the image stays one square.

    Nothing of it depends on verdicts: whether the place is a finding or an unreviewed candidate is
    said by the report, from the book.

    Args:
        before: (band, y, x), earlier image; the first three bands are shown as red, green, blue.
        after: later image, aligned, same shape.
        grid: its pixel grid, UTM, north up.
        candidate: what to point at.
        before_scene: the earlier image's row.
        after_scene: the later image's row.
        before_valid: (y, x), True where there are pixels; all of them if left out.
        after_valid: the same for the later image.

    Raises:
        GridMismatch: the two arrays differ in shape, or from the grid.
        BadImage: `may_draw` refuses.
    """
    if before.shape != after.shape or before.shape[1:] != tuple(grid.shape):
        raise GridMismatch(
            f"{candidate.id}: before is {before.shape}, after {after.shape} and the grid "
            f"{tuple(grid.shape)}; read both on one grid"
        )
    everywhere = np.ones(before.shape[1:], dtype=bool)
    seen_before = everywhere if before_valid is None else before_valid
    seen_after = everywhere if after_valid is None else after_valid
    if reason := may_draw(before_scene, after_scene, seen_before, seen_after):
        raise BadImage(f"{candidate.id}: {reason}; no picture was made")
    is_simulated = before_scene.is_simulated or after_scene.is_simulated
    stretched = _stretched(before, after, seen_before & seen_after)
    target = _target(candidate, grid)
    scenes = (before_scene, after_scene)
    pictures = [
        _picture(pixels, grid, target, scene, word, is_simulated=is_simulated)
        for pixels, scene, word in zip(stretched, scenes, ("BEFORE", "AFTER"), strict=True)
    ]
    days = [day_text(str(scene.taken)) for scene in scenes]
    mark = f"{SIMULATED}. " if is_simulated else ""
    gsd = " and ".join(dict.fromkeys(f"{number_text(one.gsd_m)}{THIN}m" for one in scenes))
    wide_m = grid.shape[1] * abs(grid.resolution.x)
    credit = "; ".join(dict.fromkeys(scene.credit or "credit not stated" for scene in scenes))
    caption = (
        f"{mark}{km_mark(candidate.span.middle_m, digits=3).capitalize()}, "
        f"{abs(candidate.off_m):,.0f}{THIN}m {'left' if candidate.off_m < 0 else 'right'} of the "
        f"line. Before: {days[0]}. After: {days[1]}. Pixel size {gsd}."
    )
    alt = (
        f"{mark}Two satellite pictures of the same place, {wide_m:,.0f}{THIN}m wide, {days[0]} and "
        f"{days[1]}. Between the corner ticks a {candidate.category.label} "
        f"{_VERB[candidate.change]}."
    )
    return Chip(
        candidate_id=candidate.id,
        caption=caption,
        alt=alt,
        before=days[0],
        after=days[1],
        png_before=_png(pictures[0], caption, credit, is_simulated=is_simulated),
        png_after=_png(pictures[1], caption, credit, is_simulated=is_simulated),
        width_px=pictures[0].width,
        height_px=pictures[0].height,
        credit=credit,
        is_simulated=is_simulated,
    )


def _stretched(before: Pixels, after: Pixels, valid: Mask) -> list[NDArray[np.uint8]]:
    """Both dates as (y, x, 3) bytes under one stretch for all bands, which keeps the colours."""
    bands = [0, 1, 2] if before.shape[0] >= 3 else [0, 0, 0]
    both = np.stack([before[bands], after[bands]]).astype(np.float32)
    low, high = np.percentile(both[:, :, valid], _STRETCH).astype(np.float32)
    shown = (both - low) / max(float(high - low), 1e-6) * 255
    shown[:, :, ~valid] = 0
    return list(np.clip(shown, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1))


def _target(candidate: Candidate, grid: GeoBox) -> tuple[float, float, float, float]:
    """The candidate's box in pixels: left, top, right, bottom; kept inside the picture."""
    to_grid = Transformer.from_crs("EPSG:4326", str(grid.crs), always_xy=True)
    x, y = to_grid.transform(*shapely.get_coordinates(candidate.shape).T)
    turn = ~grid.affine
    columns = turn.a * np.asarray(x) + turn.b * np.asarray(y) + turn.c
    rows = turn.d * np.asarray(x) + turn.e * np.asarray(y) + turn.f
    pad = max(8.0, (3.0 if candidate.category.is_line else 6.0) / abs(grid.resolution.x))
    height, width = grid.shape
    left, right = np.clip([columns.min() - pad, columns.max() + pad], 3, width - 3)
    top, bottom = np.clip([rows.min() - pad, rows.max() + pad], 3, height - 3)
    return float(left), float(top), float(right), float(bottom)


def _picture(
    pixels: NDArray[np.uint8], grid: GeoBox, target: tuple[float, float, float, float],
    scene: Scene, word: str, *, is_simulated: bool,
) -> Image.Image:  # fmt: skip
    """One date on paper: head with the date, pixels, foot with scale bar, north and credit."""
    times = max(1, math.ceil(_LEAST_SIDE_PX / max(pixels.shape[:2])))
    shown = Image.fromarray(pixels).resize(
        (pixels.shape[1] * times, pixels.shape[0] * times), Image.Resampling.NEAREST
    )
    credit = _fitted(scene.credit or "credit not stated", 12, shown.width - 12)
    foot = _FOOT_PX + _LINE_PX * len(credit)
    paper = Image.new("RGB", (shown.width, _HEAD_PX + shown.height + foot), _PAPER)
    paper.paste(shown, (0, _HEAD_PX))
    pen = ImageDraw.Draw(paper)
    gsd = f"{scene.gsd_m:.2g} m pixels"
    # Dates stand at opposite ends, so that both can be read while one picture lies on the other.
    sides = [("la", 6), ("ra", shown.width - 6)]
    (date_side, date_x), (gsd_side, gsd_x) = sides if word == "BEFORE" else reversed(sides)
    date = f"{word}  {day_text(str(scene.taken))}"
    pen.text((date_x, 6), date, font=_font(15, bold=True), fill=_INK, anchor=date_side)
    pen.text((gsd_x, 8), gsd, font=_font(12), fill=_INK, anchor=gsd_side)
    _ticks(pen, [edge * times for edge in target])
    if is_simulated:
        _stamp(pen, shown.width)
    base = _HEAD_PX + shown.height
    _scale_bar(pen, base, shown.width, abs(grid.resolution.x) / times)
    _north(pen, base, shown.width)
    for number, line in enumerate(credit):
        top = base + _FOOT_PX - 4 + number * _LINE_PX
        pen.text((6, top), line, font=_font(12), fill=_INK)
    return paper


def _ticks(pen: ImageDraw.ImageDraw, target: list[float]) -> None:
    """Corner ticks outside the target, so that nothing covers it."""
    left, top, right, bottom = target[0], target[1] + _HEAD_PX, target[2], target[3] + _HEAD_PX
    arm = max(9.0, min(26.0, 0.2 * max(right - left, bottom - top)))
    for x, way_x in ((left, 1), (right, -1)):
        for y, way_y in ((top, 1), (bottom, -1)):
            for width, colour in ((5, "#000000"), (2, _TARGET)):
                pen.line([(x, y), (x + way_x * arm, y)], fill=colour, width=width)
                pen.line([(x, y), (x, y + way_y * arm)], fill=colour, width=width)


def _stamp(pen: ImageDraw.ImageDraw, width: int) -> None:
    box = pen.textbbox(
        (width // 2, _HEAD_PX + 8), SIMULATED, font=_font(15, bold=True), anchor="ma"
    )
    pen.rectangle((box[0] - 8, box[1] - 4, box[2] + 8, box[3] + 4), fill=_ALARM)
    pen.text((width // 2, _HEAD_PX + 8), SIMULATED, font=_font(15, bold=True), fill=_PAPER,
             anchor="ma")  # fmt: skip


def _scale_bar(pen: ImageDraw.ImageDraw, base: int, width: int, m_per_px: float) -> None:
    length_m = nice(width * m_per_px * 0.12)
    wide = round(length_m / m_per_px)
    pen.rectangle((6, base + 11, 6 + wide // 2, base + 17), fill=_INK)
    pen.rectangle((6 + wide // 2, base + 11, 6 + wide, base + 17), fill=_PAPER, outline=_INK)
    text = whole_length_text(length_m).replace(THIN, " ")
    pen.text((6 + wide + 8, base + 7), text, font=_font(12), fill=_INK)


def _north(pen: ImageDraw.ImageDraw, base: int, width: int) -> None:
    x = width - 16
    pen.polygon([(x, base + 5), (x - 6, base + 22), (x, base + 18), (x + 6, base + 22)], fill=_INK)
    pen.text((x - 20, base + 7), "N", font=_font(13, bold=True), fill=_INK)


@cache
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    properties = font_manager.FontProperties(
        family="DejaVu Sans", weight="bold" if bold else "normal"
    )
    return ImageFont.truetype(font_manager.findfont(properties), size)


def _fitted(text: str, size: int, room_px: int) -> list[str]:
    """Break a credit into lines; a credit is never cut off."""
    lines: list[str] = []
    for word in text.split():
        trial = f"{lines[-1]} {word}" if lines else word
        if lines and _font(size).getlength(trial) <= room_px:
            lines[-1] = trial
        else:
            lines.append(word)
    return lines


def _png(picture: Image.Image, caption: str, credit: str, *, is_simulated: bool) -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("Title", f"{SIMULATED} {caption}" if is_simulated else caption)
    notes.add_itxt("Copyright", credit)
    out = io.BytesIO()
    picture.save(out, format="PNG", compress_level=6, pnginfo=notes)
    return out.getvalue()


__all__ = ["LEAST_VALID", "Chip", "draw", "may_draw"]
