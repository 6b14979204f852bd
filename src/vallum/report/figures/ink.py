"""What all figures share: fonts, colours and patterns that survive greyscale, and saving.

Figures are made without pyplot, so that nothing global is kept; the bytes are the same on every
run, because no date is written and the ids inside SVG files follow from a fixed salt.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from vallum.ground.kinds import Status
from vallum.report.book import SIMULATED, Book
from vallum.report.tongue import said, say

FONTS = Path(__file__).parents[2] / "data/fonts"
"""Our own fonts: figures look the same, to the byte, on every machine."""
_FAMILIES = ("Vallum Sans", "Vallum Sans CJK", "DejaVu Sans")
BLACK, GREY, PALE, RULE = "#1a1a1a", "#4d4d4d", "#d4d4d4", "#e3e3e3"
HATCH = "#7a7a7a"  # 4.3:1 on white, so that it survives a photocopier
ALARM = "#8b0000"
PNG_DPI = 200
_SMALL = 7.5
SCREEN_DPI = 100  # what "one pixel" means when short runs are binned


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """How an area is filled: a colour, and a hatch for those who see no colour."""

    face: str
    edge: str
    hatch: str = ""
    ink: str = BLACK  # text on top of it


STATUS_PATTERNS = {
    Status.CHANGED: Pattern(face="#0b4f7d", edge="#0b4f7d", ink="white"),
    Status.INDETERMINATE: Pattern(face="#fff3cf", edge="#8a6100", hatch="...."),
    Status.UNCHANGED: Pattern(face=PALE, edge=PALE),
    Status.NOT_EXAMINED: Pattern(face="white", edge="#666666", hatch="--"),
    Status.NOT_COMPARABLE: Pattern(face="white", edge=HATCH, hatch="////"),
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """The numbers of a figure as a table, ready to print: what stands behind the picture."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One figure in both forms, with the words and the table for those who cannot see it."""

    svg: bytes
    png: bytes
    alt: str
    notes: tuple[str, ...] = ()
    table: Table | None = None


@contextmanager
def ready() -> Iterator[None]:
    """Set fonts and the salt while a figure is drawn and saved."""
    with mpl.rc_context(
        {
            "font.family": list(families()),
            "svg.hashsalt": "vallum",
            "svg.fonttype": "path",
            "hatch.linewidth": 0.8,
            "path.simplify": True,
            "text.parse_math": False,  # a dollar sign in a name is a dollar sign
            "axes.unicode_minus": True,
        }
    ):
        yield


@cache
def families() -> tuple[str, ...]:
    """Font families in order: Latin, then hangul and hanzi, then what matplotlib brings."""
    for path in sorted(FONTS.glob("*.?tf")):
        font_manager.fontManager.addfont(path)
    return _FAMILIES


@cache
def _drawable() -> frozenset[int]:
    codes: set[int] = set()
    for family in families():
        path = font_manager.findfont(FontProperties(family=family))
        codes.update(font_manager.get_font(path).get_charmap())
    return frozenset(codes)


def drawable(text: str) -> str:
    """The text if every character has a glyph, else an empty text: no boxes are printed."""
    return text if all(ord(letter) in _drawable() for letter in text) else ""


def legible(text: str) -> str:
    """The text with what has no glyph here left out, marked by dots; for words of others."""
    kept = "".join(letter if ord(letter) in _drawable() else "\0" for letter in text)
    return " ".join(re.sub("\0+", "…", kept).split())


@cache
def _ruler() -> Any:
    return FigureCanvasAgg(Figure(dpi=72)).get_renderer()  # type: ignore[no-untyped-call]


@cache
def width_in(text: str, size: float, weight: str = "normal") -> float:
    """Width of a line of text in inches."""
    properties = FontProperties(family=list(families()), size=size, weight=weight)
    width, _, _ = _ruler().get_text_width_height_descent(text, properties, False)
    return float(width) / 72


def wrapped(text: str, size: float, room_in: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that fit into `room_in`.

    Lines are broken at spaces, which is where Korean is broken too, and between hanzi, but never
    before closing punctuation or after opening punctuation (the rules of line starts and ends,
    W3C clreq 3.1.6 and Unicode UAX 14). A single word that is too long stands on its own line.
    """
    lines: list[str] = []
    for space, piece in pieces(text):
        trial = f"{lines[-1]}{space}{piece}" if lines else piece
        if lines and width_in(trial, size, weight) <= room_in:
            lines[-1] = trial
        else:
            lines.append(piece)
    return lines


_HANZI = "\u2e80-\u2fff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_OPENING = "（《〈「『【〔“‘(\\["
_CLOSING = "）》〉」』】〕”’，。、；：！？…—·%％)\\],.;:!?~"
_PIECE = re.compile(
    f"[{_OPENING}]*(?:(?![{_OPENING}{_CLOSING}])[{_HANZI}]"
    f"|(?:(?![{_HANZI}“‘])[^ ]|[{_CLOSING}])+[年月日]*)[{_CLOSING}]*|."
)


@cache
def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """What may not be broken, each with what parts it from the piece before: a space or nothing."""
    found = []
    for word in text.split(" "):
        space = " "
        for piece in _PIECE.findall(word) or [""]:
            found.append((space, piece))
            space = ""
    return tuple(found)


def nice(at_least: float) -> float:
    """The smallest 1, 2 or 5 times a power of ten that is not less than `at_least`."""
    power = 10.0 ** math.floor(math.log10(at_least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= at_least * (1 - 1e-9))


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure with a canvas."""
    figure = Figure(figsize=(width, height), dpi=SCREEN_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def bare(axes: Axes) -> Axes:
    """Take away frame, ticks and background."""
    axes.set_axis_off()
    return axes


def swatch(axes: Axes, x: float, y: float, size: tuple[float, float], pattern: Pattern) -> None:
    """Draw a filled sample in the units of `axes`."""
    axes.add_patch(
        Rectangle(
            (x, y), *size, facecolor=pattern.face, edgecolor=pattern.edge, linewidth=0.8,
            hatch=pattern.hatch or None, clip_on=False,
        )
    )  # fmt: skip


def flow(
    entries: Sequence[tuple[Pattern, str]], room_in: float, size: float = 9
) -> list[list[tuple[float, Pattern, str]]]:
    """Place swatches and labels side by side in as many rows as they need.

    Returns:
        Rows of `(x in inches, pattern, label)`.
    """
    rows: list[list[tuple[float, Pattern, str]]] = [[]]
    x = 0.0
    for pattern, label in entries:
        needed = 0.33 + width_in(label, size) + 0.28
        if rows[-1] and x + needed - 0.28 > room_in:
            rows.append([])
            x = 0.0
        rows[-1].append((x, pattern, label))
        x += needed
    return rows


def mark_simulated(figure: Figure, book: Book, *, rows: int = 1) -> None:
    """Write SIMULATED across the figure, light enough to read through, in every row of it."""
    if book.is_simulated:
        wide = figure.get_figwidth()
        for number, x in product(range(rows), (0.25, 0.72)):
            figure.text(
                x, (number + 0.45) / rows, SIMULATED, size=4.6 * wide, color=ALARM, alpha=0.07,
                rotation=18, ha="center", va="center", weight="bold", zorder=9,
            )  # fmt: skip


def footer_in(book: Book, width: float) -> float:
    """Height in inches that `draw_footer` needs under a figure of that width."""
    return 0.12 + 0.145 * len(_footer(book, width))


def draw_footer(figure: Figure, book: Book) -> None:
    """Write under a figure what has to go with it wherever it is printed: line, credit, version."""
    tall, wide = figure.get_figheight(), figure.get_figwidth()
    lines = _footer(book, wide)
    for number, line in enumerate(lines):
        y = (0.1 + 0.145 * (len(lines) - 1 - number)) / tall
        figure.text(0.12 / wide, y, line, size=_SMALL, color=GREY)


def _footer(book: Book, width: float) -> list[str]:
    line = book.frontier
    name, credit = drawable(said(line.title)) or line.name, drawable(line.credit) or line.source
    text = say(
        "Line: {name}, {credit}. Made with vallum {version}.",
        name=name, credit=credit or say("source not stated"), version=book.version,
    )  # fmt: skip
    return wrapped(text, _SMALL, width - 0.24)


def day_number(day: date) -> float:
    """A day as the number that matplotlib's axes of time count in."""
    return float(date2num(day))  # type: ignore[no-untyped-call]


def save(figure: Figure, book: Book, title: str, alt: str) -> tuple[bytes, bytes]:
    """Return the figure as SVG and as PNG, without dates and with its title inside."""
    title = f"{SIMULATED} {title}" if book.is_simulated else title
    described = {"Title": _printable(title), "Description": _printable(alt)}
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": "vallum", **described})
    figure.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": "vallum", **described})
    return svg.getvalue(), png.getvalue()


def _printable(text: str) -> str:
    """The text without control characters, which no XML may hold."""
    return "".join(letter if letter >= " " else " " for letter in text)
