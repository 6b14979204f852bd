"""Before and after pictures of one place, with everything needed to read them burned in."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import shapely
from matplotlib import font_manager
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from pyproj import Transformer

from vallum.ground.errors import BadImage, GridMismatch
from vallum.ground.kinds import Change
from vallum.ground.records import Candidate, Fit, Scene
from vallum.report.book import SIMULATED, Chip
from vallum.report.figures.ink import families, legible, nice, pieces
from vallum.report.printing import (
    THIN,
    day_text,
    km_mark,
    metres_text,
    number_text,
    whole_length_text,
)
from vallum.report.tongue import ENGLISH, said, say, sentences, speaking

LEAST_VALID = 0.99
_LEAST_SIDE_PX = 945  # 8 cm at 300 dots per inch
_QUALITY = 82
_DPI = 300
_STRETCH = (1.0, 99.0)  # percentiles
_PAPER, _INK, _TARGET, _ALARM = "#ffffff", "#1a1a1a", "#ffd400", "#8b0000"
_PAD_PX = 12
_HEAD_PX, _FOOT_PX, _LINE_PX = 58, 62, 34
_BIG, _SMALL = 30, 25  # 7.2 and 6 points in print
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
_CREDIT = "credit not stated"


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
    fit: Fit | None = None,
) -> Chip:
    """Draw one place before and after, stretched alike, with the target between corner ticks.

    Each picture can be printed alone: both dates, size of a pixel, scale, north, how well the two
    were laid on each other, and credit are burned in. They are large enough for 8 cm at 300 dpi.

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
        fit: how the later image was moved, and what disagreement remained; None where not known.

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
    # Pictures hold English words and ISO dates only; the report says the rest in its language.
    with speaking(ENGLISH):
        days = [day_text(str(scene.taken)) for scene in scenes]
        words = _Words(days=(days[0], days[1]), aligned=_aligned(fit), is_simulated=is_simulated)
        pictures = [
            _picture(stretched[number], grid, target, scenes[number], number, words)
            for number in (0, 1)
        ]
        caption, alt = _caption(candidate, scenes, words), _alt(candidate, grid, words)
        credit = "; ".join(dict.fromkeys(scene.credit or say(_CREDIT) for scene in scenes))
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


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What is written on both pictures of a pair."""

    days: tuple[str, str]
    aligned: str
    is_simulated: bool


def _aligned(fit: Fit | None) -> str:
    """How far the two pictures may lie beside each other, in words."""
    if fit is None or not math.isfinite(fit.rmse_m):
        return say("alignment not stated")
    return say("residual shift {metres}", metres=metres_text(fit.rmse_m))


def _caption(candidate: Candidate, scenes: tuple[Scene, Scene], words: _Words) -> str:
    """Sentences in English, each of which `said` finds again in any language."""
    where = km_mark(candidate.span.middle_m, digits=3).capitalize()
    gsd = " / ".join(dict.fromkeys(f"{number_text(one.gsd_m)}{THIN}m" for one in scenes))
    off = f"{number_text(round(abs(candidate.off_m)))}{THIN}m"
    side = (
        say("{where}, {off} left of the line.", where=where, off=off)
        if candidate.off_m < 0
        else say("{where}, {off} right of the line.", where=where, off=off)
    )
    return sentences(
        *([f"{SIMULATED}."] if words.is_simulated else []),
        side,
        say("Before: {before}.", before=words.days[0]),
        say("After: {after}.", after=words.days[1]),
        say("Pixel size {gsd}; {aligned}.", gsd=gsd, aligned=words.aligned),
    )


def _alt(candidate: Candidate, grid: GeoBox, words: _Words) -> str:
    wide = whole_length_text(round(grid.shape[1] * abs(grid.resolution.x)))
    return sentences(
        *([f"{SIMULATED}."] if words.is_simulated else []),
        say("Two satellite pictures of the same place, {wide} wide, {before} and {after}.",
            wide=wide, before=words.days[0], after=words.days[1]),
        say("Between the corner ticks a {thing} {does}.", thing=said(candidate.category.label),
            does=said(_VERB[candidate.change])),
    )  # fmt: skip


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
    scene: Scene, number: int, words: _Words,
) -> Image.Image:  # fmt: skip
    """One date on paper: head with the date, pixels, foot with what is needed to read them."""
    times = max(1, math.ceil(_LEAST_SIDE_PX / max(pixels.shape[:2])))
    shown = Image.fromarray(pixels).resize(
        (pixels.shape[1] * times, pixels.shape[0] * times), Image.Resampling.NEAREST
    )
    names = (say("BEFORE"), say("AFTER"))
    other = say("compared with {date}", date=f"{names[1 - number]} {words.days[1 - number]}")
    below = [f"{other}; {words.aligned}", scene.credit or say(_CREDIT)]
    room = shown.width - 2 * _PAD_PX
    lines = [part for line in below for part in _fitted(line, _SMALL, room)]
    foot = _FOOT_PX + _LINE_PX * len(lines) + _PAD_PX // 2
    paper = Image.new("RGB", (shown.width, _HEAD_PX + shown.height + foot), _PAPER)
    paper.paste(shown, (0, _HEAD_PX))
    pen = ImageDraw.Draw(paper)
    _head(pen, shown.width, number, f"{names[number]}  {words.days[number]}", scene)
    _ticks(pen, [edge * times for edge in target])
    if words.is_simulated:
        _stamp(pen, shown.width)
    base = _HEAD_PX + shown.height
    _scale_bar(pen, base, shown.width, abs(grid.resolution.x) / times)
    _north(pen, base, shown.width)
    for row, line in enumerate(lines):
        _write(pen, (_PAD_PX, base + _FOOT_PX + row * _LINE_PX), line, _SMALL)
    return paper


def _head(pen: ImageDraw.ImageDraw, width: int, number: int, date: str, scene: Scene) -> None:
    """Date and pixel size at opposite ends, so that both can be read while one lies on the other.

    Where the two do not fit side by side, only the date is written: the caption holds the size.
    """
    size = _BIG
    while size > _SMALL and _wide(date, size, bold=True) > width - 2 * _PAD_PX:
        size -= 1
    wide = _wide(date, size, bold=True)
    _write(pen, (_PAD_PX if number == 0 else width - _PAD_PX - wide, 12), date, size, bold=True)
    gsd = say("{size} pixels", size=f"{scene.gsd_m:.2g} m")
    room = width - wide - 5 * _PAD_PX
    if _wide(gsd, _SMALL) <= room:
        x = width - _PAD_PX - _wide(gsd, _SMALL) if number == 0 else _PAD_PX
        _write(pen, (x, 16), gsd, _SMALL)


def _ticks(pen: ImageDraw.ImageDraw, target: list[float]) -> None:
    """Corner ticks outside the target, so that nothing covers it."""
    left, top, right, bottom = target[0], target[1] + _HEAD_PX, target[2], target[3] + _HEAD_PX
    arm = max(18.0, min(52.0, 0.2 * max(right - left, bottom - top)))
    for x, way_x in ((left, 1), (right, -1)):
        for y, way_y in ((top, 1), (bottom, -1)):
            for width, colour in ((9, "#000000"), (4, _TARGET)):
                pen.line([(x, y), (x + way_x * arm, y)], fill=colour, width=width)
                pen.line([(x, y), (x, y + way_y * arm)], fill=colour, width=width)


def _stamp(pen: ImageDraw.ImageDraw, width: int) -> None:
    wide, top = _wide(SIMULATED, _BIG, bold=True), _HEAD_PX + 12
    left = (width - wide) / 2
    pen.rectangle((left - 16, top - 4, left + wide + 16, top + 42), fill=_ALARM)
    _write(pen, (left, top), SIMULATED, _BIG, bold=True, fill=_PAPER)


def _scale_bar(pen: ImageDraw.ImageDraw, base: int, width: int, m_per_px: float) -> None:
    length_m = nice(width * m_per_px * 0.12)
    wide = round(length_m / m_per_px)
    left, top, low = _PAD_PX, base + 22, base + 34
    pen.rectangle((left, top, left + wide // 2, low), fill=_INK)
    pen.rectangle((left + wide // 2, top, left + wide, low), fill=_PAPER, outline=_INK, width=2)
    text = whole_length_text(length_m).replace(THIN, " ")
    _write(pen, (left + wide + 14, base + 12), text, _SMALL)


def _north(pen: ImageDraw.ImageDraw, base: int, width: int) -> None:
    x = width - 30
    arrow = [(x, base + 8), (x - 13, base + 48), (x, base + 38), (x + 13, base + 48)]
    pen.polygon(arrow, fill=_INK)
    _write(pen, (x - 46, base + 12), say("N"), _BIG, bold=True)


def _write(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, *,
    bold: bool = False, fill: str = _INK,
) -> None:  # fmt: skip
    """Write a line from its upper left corner, each letter in a font of ours that holds it."""
    x, top = at
    for font, part in _runs(text, size, bold=bold):
        pen.text((x, top + 1.07 * size), part, font=font, fill=fill, anchor="ls")
        x += font.getlength(part)


def _wide(text: str, size: int, *, bold: bool = False) -> float:
    return sum(font.getlength(part) for font, part in _runs(text, size, bold=bold))


@cache
def _runs(text: str, size: int, *, bold: bool) -> list[tuple[ImageFont.FreeTypeFont, str]]:
    """A line cut into parts of one font each; what no font holds is left out, never a box."""
    fonts = _fonts(size, bold=bold)
    found: list[tuple[ImageFont.FreeTypeFont, str]] = []
    for letter in legible(text.replace(THIN, " ")):
        font = next((font for font, codes in fonts if ord(letter) in codes), fonts[0][0])
        if found and found[-1][0] is font:
            found[-1] = (font, found[-1][1] + letter)
        else:
            found.append((font, letter))
    return found


@cache
def _fonts(size: int, *, bold: bool) -> list[tuple[ImageFont.FreeTypeFont, frozenset[int]]]:
    found = []
    for family in families():
        properties = font_manager.FontProperties(family=family, weight="bold" if bold else "normal")
        path = font_manager.findfont(properties)
        codes = frozenset(font_manager.get_font(path).get_charmap())
        found.append((ImageFont.truetype(path, size), codes))
    return found


def _fitted(text: str, size: int, room_px: int) -> list[str]:
    """Break a line; a credit is never cut off."""
    lines: list[str] = []
    for space, piece in pieces(text):
        trial = f"{lines[-1]}{space}{piece}" if lines else piece
        if lines and _wide(trial, size) <= room_px:
            lines[-1] = trial
        else:
            lines.append(piece)
    return lines


def _png(picture: Image.Image, caption: str, credit: str, *, is_simulated: bool) -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("Title", f"{SIMULATED} {caption}" if is_simulated else caption)
    notes.add_itxt("Copyright", credit)
    out = io.BytesIO()
    picture.save(out, format="PNG", compress_level=6, pnginfo=notes, dpi=(_DPI, _DPI))
    return out.getvalue()


@lru_cache(maxsize=64)
def light(png: bytes) -> bytes:
    """Return a picture as WebP, less than half its size, for pages; it holds nothing but pixels.

    The PNG, whose hash stands in the model, stays the one that is compared.
    """
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(out, format="WEBP", quality=_QUALITY, method=2)
    return out.getvalue()


__all__ = ["LEAST_VALID", "Chip", "draw", "light", "may_draw"]
