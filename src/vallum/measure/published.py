"""Figures of published border studies, as printed: facts with their source, for comparison."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

from vallum.ground.errors import BrokenInstall

_TEXTS = (
    "id",
    "study",
    "published",
    "frontier",
    "aoi",
    "quantity",
    "qualifier",
    "unit",
    "epoch_before",
    "epoch_after",
    "source",
    "source_url",
    "read_as",
)


@dataclass(frozen=True, kw_only=True)
class PublishedFigure:
    """One figure of one study, as an outlet printed it.

    Attributes:
        id: short name, such as H3.
        study: who counted.
        published: day of publication, ISO; the year or month if no more is known.
        frontier: which border, such as CN-KP.
        aoi: which part of it.
        quantity: what was counted, in words.
        qualifier: words before it, such as "at least"; may be empty.
        printed: the value as printed; may be a range or several.
        low: the number, or the lowest; NaN where the figure is no number.
        high: the number, or the highest; NaN where there is none.
        unit: of `low` and `high`; "count" for things.
        epoch_before: when the earlier images were taken, as far as printed; may be empty.
        epoch_after: when the later ones were taken.
        source: the outlet that was read.
        source_url: its address.
        read_as: whether it was read in full, in part, or as a repost.
    """

    id: str
    study: str
    published: str
    frontier: str
    aoi: str
    quantity: str
    qualifier: str
    printed: str
    low: float
    high: float
    unit: str
    epoch_before: str
    epoch_after: str
    source: str
    source_url: str
    read_as: str

    @property
    def is_one_number(self) -> bool:
        """True unless it is a range, a conflict, or no number."""
        return math.isfinite(self.low) and self.low == self.high


@cache
def figures() -> tuple[PublishedFigure, ...]:
    """Return the packaged figures of published studies, in the order of the table.

    Raises:
        BrokenInstall: the table is missing or is not the one that belongs to this version.
    """
    path = resources.files("vallum") / "data" / "published" / "figures.csv"
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        return tuple(_figure(row) for row in rows)
    except (OSError, KeyError, ValueError) as error:
        raise BrokenInstall(
            "data/published/figures.csv is missing or changed; nothing was checked, install vallum "
            "again"
        ) from error


def _figure(row: dict[str, str]) -> PublishedFigure:
    return PublishedFigure(
        printed=row["value"].strip(),
        low=float(row["value_min"] or math.nan),
        high=float(row["value_max"] or math.nan),
        **{name: row[name].strip() for name in _TEXTS},
    )
