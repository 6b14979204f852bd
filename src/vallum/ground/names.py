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

_KOREA = "north-korea.csv"
_TOWNS = "border-towns.csv"
_REGIONS = "regions.csv"
_LINES = dict.fromkeys(("prk-north", "prk-chn", "prk-rus"), "prk-north")
"""Lines that share the table of another."""
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


@dataclass(frozen=True, kw_only=True)
class NamedRegion:
    """A province, state or river, and between which places its stretch of frontier lies.

    Args:
        name: as in English news.
        kind: province, prefecture, state, river.
        country: ISO 3166 codes, as in `NamedPlace`.
        other: further spellings.
        after: the last packaged place before it that is surely outside; empty at the start of the
            line.
        before: the first packaged place after it that is surely outside; empty at the end.
        is_at_border: False where the line does not touch it.
    """

    name: str
    kind: str
    country: str
    other: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    is_at_border: bool = True

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to write it, `name` first."""
        return (self.name, *self.other)


def places(frontier_name: str = "") -> tuple[NamedPlace, ...]:
    """Return the packaged places along a packaged frontier; for any other name, all there are.

    Whoever asks by another name keeps those near their own line (`Frontier.locate_many`).
    """
    every = _read()
    line = _LINES.get(frontier_name, frontier_name)
    return every[line] if line in every else tuple(one for part in every.values() for one in part)


def regions(frontier_name: str = "") -> tuple[NamedRegion, ...]:
    """Return provinces, states and rivers along a packaged frontier; else all there are."""
    line = _LINES.get(frontier_name, frontier_name)
    every = _regions()
    return every[line] if line in every else tuple(one for part in every.values() for one in part)


def lines() -> tuple[str, ...]:
    """Return the packaged frontiers that have a table of places of their own."""
    return tuple(_read())


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
def _read() -> dict[str, tuple[NamedPlace, ...]]:
    """Return the packaged places by the line near which they lie."""
    found: dict[str, list[NamedPlace]] = {}
    for row in _rows(_KOREA):
        found.setdefault("prk-north", []).append(_place(row))
    for row in _rows(_TOWNS):
        found.setdefault(row["frontier"], []).append(_place(row))
    return {line: tuple(here) for line, here in found.items()}


@cache
def _regions() -> dict[str, tuple[NamedRegion, ...]]:
    found: dict[str, list[NamedRegion]] = {}
    for row in _rows(_REGIONS):
        region = NamedRegion(
            name=row["name"],
            kind=row["kind"],
            country=row["country"],
            other=tuple(text for text in row["other"].split("; ") if text),
            after=row["from"].strip("-"),
            before=row["to"].strip("-"),
            is_at_border=row["from"] != "-",
        )
        found.setdefault(row["frontier"], []).append(region)
    return {line: tuple(here) for line, here in found.items()}


def _rows(table: str) -> csv.DictReader[str]:
    path = resources.files("vallum") / "data" / "places" / table
    return csv.DictReader(path.read_text("utf-8").splitlines())


def _place(row: Mapping[str, str]) -> NamedPlace:
    return NamedPlace(
        name=row["name"],
        kind=row["kind"],
        country=row["country"],
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        within_m=int(row["within_m"]),
        source=row["source"],
        names={key: row[key] for key in (*SYSTEMS, "other") if row.get(key)},
    )
