"""All figures of a report, in the order in which they are shown: the one place that lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from vallum.report.book import Book
from vallum.report.built import built_figure
from vallum.report.context import context_figure
from vallum.report.figures import (
    agreement,
    brackets,
    calendar,
    charts,
    diagram,
    dumbbell,
    evidence,
    forest,
    ladder,
    locator,
    maps,
    sections,
)
from vallum.report.figures.ink import Figures
from vallum.report.figures.ranges import ranges
from vallum.report.model import Model
from vallum.report.timeline import timeline_figure
from vallum.report.tongue import said, say

FOLDER = PurePosixPath("figures")


@dataclass(frozen=True, kw_only=True)
class Plate:
    """One figure: its name in the model, the stem of its files, what it shows, how it is drawn.

    `draw` takes the book and the model as built so far, and returns None where there is nothing
    to show.
    """

    name: str
    stem: str
    what: str
    draw: Callable[[Book, Model], Figures | None]


PLATES = (
    Plate(name="strip", stem="strip-chart", what="the strip chart",
          draw=lambda book, _: charts.strip(book)),
    Plate(name="map", stem="map", what="the map of the line",
          draw=lambda book, _: maps.line_map(book)),
    Plate(name="locator", stem="locator", what="where the line lies",
          draw=lambda book, _: locator.locator(book)),
    Plate(name="calendar", stem="coverage-calendar", what="what images show, along the line and "
          "over time", draw=lambda book, _: calendar.calendar_figure(book)),
    Plate(name="ranges", stem="what-can-be-said", what="what is confirmed, estimated and possible",
          draw=lambda book, model: ranges(book, model["said"])),
    Plate(name="built", stem="built-by-when", what="what was built by which day",
          draw=lambda book, _: built_figure(book)),
    Plate(name="forest", stem="forest-plot", what="mapped, estimated and possible numbers",
          draw=lambda book, _: forest.forest(book)),
    Plate(name="published", stem="published-by-others", what="numbers that others published",
          draw=lambda book, _: forest.published(book)),
    Plate(name="dumbbell", stem="before-and-after", what="before and after, by section",
          draw=lambda book, _: dumbbell.dumbbell(book)),
    Plate(name="brackets", stem="first-seen", what="between which looks things were built",
          draw=lambda book, _: brackets.brackets(book)),
    Plate(name="ladder", stem="claim-ladder", what="how far each claim came",
          draw=lambda book, _: ladder.ladder(book)),
    Plate(name="timeline", stem="claims-timeline",
          what="what was said and what was seen, over time",
          draw=lambda book, _: timeline_figure(book)),
    Plate(name="context", stem="context", what="context beside what was built, never as a cause",
          draw=lambda book, _: context_figure(book)),
    Plate(name="reliability", stem="reliability", what="how far the machine's chances hold",
          draw=lambda book, _: diagram.reliability(book)),
    Plate(name="agreement", stem="agreement", what="how far people agree, without names",
          draw=lambda book, _: agreement.matrix(book)),
    Plate(name="sections", stem="cross-sections", what="types of structure, cut across: a sketch",
          draw=lambda book, _: sections.sections(book)),
    Plate(name="evidence", stem="evidence-tree", what="what one number rests on",
          draw=lambda book, _: evidence.tree(book)),
)  # fmt: skip
PLATE_BY_NAME = {plate.name: plate for plate in PLATES}


def drawn(book: Book, model: Model) -> dict[str, Figures]:
    """Draw every figure that has something to show, in the language that is being written."""
    made = {plate.name: plate.draw(book, model) for plate in PLATES}
    return {name: figure for name, figure in made.items() if figure is not None}


def files(figures: dict[str, Figures]) -> dict[str, bytes]:
    """Return the figures as files: SVG for print, PNG at print size for everything else."""
    found = {}
    for plate in PLATES:
        if plate.name in figures:
            found[str(FOLDER / f"{plate.stem}.svg")] = figures[plate.name].svg
            found[str(FOLDER / f"{plate.stem}.png")] = figures[plate.name].png
    return found


def what_of(path: str) -> str:
    """What a figure's file shows; empty for a file that is none."""
    stem, _, suffix = PurePosixPath(path).name.rpartition(".")
    for plate in PLATES:
        if plate.stem == stem:
            what = said(plate.what)
            return say("{what}, for print", what=what) if suffix == "svg" else what
    return ""
