"""Before and after, for print: the strongest places large, the others small in an annex."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vallum.report.blocks import Block, code, columns, heading, pair, para
from vallum.report.book import Chip
from vallum.report.model import Model
from vallum.report.tongue import say

if TYPE_CHECKING:
    from vallum.report.chapters import Plates

N_LARGE = 6
_LARGE_MM, _SMALL_MM = (82.0, 89.0), (41.0, 48.0)  # widest and tallest; two large pairs a page
_DPI, _QUALITY = 300, 82


def strongest(model: Model, plates: Plates) -> list[Block]:
    """The first places, at the size at which every pixel is printed."""
    del plates
    if not model["chips"]:
        return []
    return [
        heading(say("Before and after"), own_page=True),
        para(say("The strongest places, by the evidence of the program. Both dates are stretched "
                 "alike for the eye; yellow corner ticks stand around the place.")),
        *(_pair(model, at, _LARGE_MM) for at in range(min(N_LARGE, len(model["chips"])))),
    ]  # fmt: skip


def others(model: Model, plates: Plates) -> list[Block]:
    """The other places, two pairs abreast."""
    del plates
    rest = [_pair(model, at, _SMALL_MM) for at in range(N_LARGE, len(model["chips"]))]
    if not rest:
        return []
    rows = [rest[at : at + 2] for at in range(0, len(rest), 2)]
    return [
        heading(say("More places, before and after")),
        *(columns([[one] for one in row] + [[]] * (2 - len(row)), ("1fr", "1fr")) for row in rows),
    ]


def _pair(model: Model, at: int, room_mm: tuple[float, float]) -> Block:
    chip = model["chips"][at]
    sides = ((say("Before"), chip["before"]), (say("After"), chip["after"]))
    return pair(
        chip["title"],
        list(_names(at)),
        [f"{chip['title']}. {side}, {day}. {chip['alt']}" for side, day in sides],
        [chip["caption"], " ", chip["credit"], ". ", code(f"vallum trace {chip['candidate']}")],
        width_mm=_width_mm(chip["width_px"], chip["height_px"], room_mm),
        is_heading=at < N_LARGE,
    )


def _width_mm(width_px: int, height_px: int, room_mm: tuple[float, float]) -> float:
    return min(room_mm[0], room_mm[1] * width_px / height_px)


def _names(at: int) -> tuple[str, str]:
    return f"chip-{at}-before.jpg", f"chip-{at}-after.jpg"


def pictures(chips: Sequence[Chip]) -> dict[str, bytes]:
    """Return the pictures by the names that the pages use, no finer than print shows them.

    They are JPEG, a tenth of the PNG; the PNG, whose hash stands in the model, stays the one that
    is compared.
    """
    found = {}
    for at, chip in enumerate(chips):
        room_mm = _LARGE_MM if at < N_LARGE else _SMALL_MM
        most_px = round(_width_mm(chip.width_px, chip.height_px, room_mm) / 25.4 * _DPI)
        for name, png in zip(_names(at), (chip.png_before, chip.png_after), strict=True):
            found[name] = _jpeg(png, most_px)
    return found


def _jpeg(png: bytes, most_px: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        shown = picture.convert("RGB")
        if shown.width > 1.3 * most_px:
            tall = round(shown.height * most_px / shown.width)
            shown = shown.resize((most_px, tall), Image.Resampling.LANCZOS)
        shown.save(out, format="JPEG", quality=_QUALITY, subsampling=2, optimize=True)
    return out.getvalue()
