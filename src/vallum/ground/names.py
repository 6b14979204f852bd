"""Names of places along a border, in all the ways in which people write them."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

SYSTEMS = (
    "hangul", "hanja", "hanzi", "mccune_reischauer", "dprk", "revised", "pinyin", "news", "russian",
)  # fmt: skip
"""Ways to write a name that are told apart; whatever else is in use goes under "other"."""

_TABLES = dict.fromkeys(("prk-north", "prk-chn", "prk-rus"), "north-korea.csv")
_NO_FIT = 3
_MARKS = frozenset("'`´ʻʼʹʾʿ‘’′＇\"-‐‑‒–—―־·・.,;()/")


@dataclass(frozen=True, kw_only=True)
class NamedPlace:
    """A town, bridge, river or mountain near a border, with its names; empty where not known.

    Args:
        name: as in English news, without diacritics; for the page.
        kind: city, county, town, station, bridge, dam, river, mountain, lake, island, port,
            landmark.
        country: ISO 3166 codes, "CN", "KP", "RU", or two with a slash.
        names: spelling by system, only those known: hangul, hanja, hanzi, mccune_reischauer, dprk,
            revised, pinyin, news, russian; "other" holds further ones, joined with "; ".
        lon: degrees east.
        lat: degrees north.
        within_m: how far off the position may be.
        source: where the position comes from.
    """

    name: str
    kind: str
    country: str
    names: Mapping[str, str] = field(default_factory=dict)
    lon: float
    lat: float
    within_m: int
    source: str

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to write it, each once, `name` first."""
        more = [text for key, text in self.names.items() if key != "other"]
        others = self.names.get("other", "").split("; ")
        return tuple(dict.fromkeys(text for text in (self.name, *more, *others) if text))


def places(frontier_name: str = "") -> tuple[NamedPlace, ...]:
    """Return the packaged places along a packaged frontier; for any other name, all there are.

    Whoever asks by another name keeps those near their own line (`Frontier.locate_many`).
    """
    tables = [_TABLES[frontier_name]] if frontier_name in _TABLES else sorted({*_TABLES.values()})
    return tuple(place for table in tables for place in _read(table))


def fold(text: str) -> str:
    """Return text for comparison: no diacritics, apostrophes, hyphens, spaces, or case.

    Diacritics of Latin and Cyrillic letters go (Hoeryŏng is hoeryong); hangul and Chinese
    characters stay as they are (NFC).
    """
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFD", text)
        if unicodedata.category(letter) != "Mn" and letter not in _MARKS and not letter.isspace()
    )
    return unicodedata.normalize("NFC", plain.casefold())


def find(query: str, among: Iterable[NamedPlace]) -> tuple[NamedPlace, ...]:
    """Return the places that a person may mean: whole name first, then beginnings, then parts."""
    wanted = fold(query)
    if not wanted:
        return ()
    found = []
    for order, place in enumerate(among):
        # How well the best of its spellings fits: the whole name, its beginning, or a part.
        fits = [_fit(wanted, fold(text)) for text in place.spellings]
        if min(fits) < _NO_FIT:
            found.append((min(fits), order, place))
    return tuple(place for _, _, place in sorted(found, key=lambda item: item[:2]))


def _fit(wanted: str, name: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if wanted in name else _NO_FIT


@cache
def _read(table: str) -> tuple[NamedPlace, ...]:
    path = resources.files("vallum") / "data" / "places" / table
    return tuple(_place(row) for row in csv.DictReader(path.read_text("utf-8").splitlines()))


def _place(row: Mapping[str, str]) -> NamedPlace:
    return NamedPlace(
        name=row["name"],
        kind=row["kind"],
        country=row["country"],
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        within_m=int(row["within_m"]),
        source=row["source"],
        names={key: row[key] for key in (*SYSTEMS, "other") if row[key]},
    )
