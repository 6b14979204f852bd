"""A project as a notebook shows it: one picture, the key numbers, a few places, three tables.

What is shown is one piece of HTML without script: pictures are inside, nothing is loaded, no port
is opened. It stays small, so that a notebook can be mailed and kept under version control.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

from vallum.report.book import SIMULATED, Book, Chip
from vallum.report.model import Model
from vallum.report.tongue import many, say, speaking

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

MOST_BYTES = 500_000
_MOST_CHIPS = 12
_CHIP_PX, _CHIP_QUALITY = 240, 72
_STRIP_BYTES, _STRIP_PX = 240_000, 1200
_CELL = "padding:2px 12px 2px 0;text-align:left;vertical-align:top"


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """What a project says, for a notebook; it shows itself, and hands out tables.

    Args:
        book: what is shown, with what its level lets out.
        model: the model of the report, made from it.
        strip: the strip chart as SVG.
        strip_png: the strip chart as PNG, for when the drawing is too large.
        strip_alt: the strip chart in words.
    """

    book: Book
    model: Model
    strip: bytes
    strip_png: bytes
    strip_alt: str

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """Every number, unrounded, as in estimates.csv."""
        import pandas as pd

        from vallum.report.export import estimates_table

        return pd.DataFrame(estimates_table(self.book).drop(columns="geometry"))

    @cached_property
    def findings(self) -> gpd.GeoDataFrame:
        """Findings by place, as in findings.csv, with their shapes (EPSG:4326)."""
        from vallum.report.export import findings_table

        return findings_table(self.book)

    @cached_property
    def claims(self) -> gpd.GeoDataFrame:
        """What was said and may be told, by whole cells, as in claims.csv."""
        from vallum.report.export import claims_table

        return claims_table(self.book)

    def __repr__(self) -> str:
        said = self.model["headline"]
        return f"<{self.book.title}: {said['found']}; {said['unseen']}>"

    def _repr_html_(self) -> str:
        with speaking(self.book.languages[0]):
            head, tail = self._head(), self._tail()
            room = MOST_BYTES - len((head + tail).encode())
            chips: list[str] = []
            left_out = 0
            for chip in self.book.chips:
                shown = _chip(chip)
                if len(chips) < _MOST_CHIPS and len(shown) < room - 1_000:
                    chips.append(shown)
                    room -= len(shown)
                else:
                    left_out += 1
            note = (
                many(left_out, "{n} more place with pictures is in the report.",
                     "{n} more places with pictures are in the report.")
                if left_out else ""
            )  # fmt: skip
            return "".join([head, *chips, _paragraph(note), tail])

    def _head(self) -> str:
        said = self.model["headline"]
        mark = say("{simulated}: shows no real place", simulated=SIMULATED)
        warning = f"<p><strong>{escape(mark)}</strong></p>" if self.book.is_simulated else ""
        rows = "".join(
            f'<tr><td style="{_CELL}">{escape(row["label"])}</td>'
            f'<td style="{_CELL}">{escape(row["wording"])}</td>'
            f'<td style="{_CELL}"><strong>{escape(row["printed"])}</strong></td>'
            f'<td style="{_CELL}">{escape(row["bounds"])}</td>'
            f'<td style="{_CELL}"><code>{escape(row["name"])}</code></td></tr>'
            for row in self.model["key_numbers"]
        )
        heads = (say("number"), say("words"), say("value"), say("bounds"), say("trace"))
        table = "".join(f'<th scope="col" style="{_CELL}">{escape(one)}</th>' for one in heads)
        return (
            f"{warning}<h3>{escape(self.book.title)}</h3>"
            f"<p><strong>{escape(said['found'])}; {escape(said['unseen'])}.</strong></p>"
            f"<p>{escape(said['under'])}</p>{self._strip()}"
            f"<table><thead><tr>{table}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _strip(self) -> str:
        kind, data = "svg+xml", self.strip
        if len(data) > _STRIP_BYTES:
            kind, data = "png", _smaller(self.strip_png)
        return _picture(kind, data, self.strip_alt, "width:100%;max-width:1100px")

    def _tail(self) -> str:
        return "".join(map(_paragraph, (self.model["citation"], *self.model["credits"])))


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _chip(chip: Chip) -> str:
    """Both dates side by side, small; place, dates and credit stand under them."""
    style = f"width:{_CHIP_PX}px;max-width:49%"
    pair = "".join(
        _picture("jpeg", _thumbnail(png), f"{chip.alt} {day}", style)
        for png, day in ((chip.png_before, chip.before), (chip.png_after, chip.after))
    )
    return (
        '<figure style="display:inline-block;width:48%;min-width:300px;'
        f'vertical-align:top;margin:0 1% 12px 0">{pair}'
        f"<figcaption>{escape(chip.caption)} {escape(chip.credit)}</figcaption></figure>"
    )


def _picture(kind: str, data: bytes, alt: str, style: str) -> str:
    packed = base64.b64encode(data).decode()
    return f'<img alt="{escape(alt)}" style="{style}" src="data:image/{kind};base64,{packed}">'


def _thumbnail(png: bytes) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        small = picture.convert("RGB")
        small.thumbnail((_CHIP_PX, 2 * _CHIP_PX))
        small.save(out, format="JPEG", quality=_CHIP_QUALITY, optimize=True)
    return out.getvalue()


def _smaller(png: bytes) -> bytes:
    """The chart at screen size with few colours: its letters stay sharp, its file is small."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        small = picture.convert("RGB")
        small.thumbnail((_STRIP_PX, 10 * _STRIP_PX), Image.Resampling.LANCZOS)
        small.quantize(64, dither=Image.Dither.NONE).save(out, format="PNG", optimize=True)
    return out.getvalue()
