"""`terrain`: what kind of land each section runs through, from maps that a person has."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vallum.ground import names
from vallum.ground.errors import BadSetting, BadTable
from vallum.ground.kinds import Status
from vallum.ground.pictures import Terrain
from vallum.ground.records import Json
from vallum.imagery import land
from vallum.imagery.land import Land, Maps
from vallum.measure import landwords
from vallum.measure.extent import statuses_of
from vallum.project import Project
from vallum.review.tables import safe_cell
from vallum.steps.done import Done, Progress, finished, known, silent
from vallum.steps.missing import counted_rows

TABLE = "terrain.csv"
COLUMNS = (
    "from_km", "to_km", "stratum", "slope_deg", "relief_m", "obstacle", "river_width_m", "town",
    "town_km", "settled_share", "land_cover", "not_told",
)  # fmt: skip

_NAMES = {"dem": "heights", "water": "water", "land_cover": "land cover",
          "settlements": "settlements"}  # fmt: skip
_MOST_STRATA = 12
_CHUNK = 40


def terrain(
    project: Project,
    *,
    dem: Path | None = None,
    water: Path | None = None,
    land_cover: Path | None = None,
    settlements: Path | None = None,
    classes: Path | None = None,
    licence: str = "",
    show: Progress = silent,
) -> Done:
    """Read from free maps what land each section runs through; for sampling and for the text.

    Towns come from the packaged gazetteer. What a map does not cover stays unknown, and is never
    taken for flat, dry or empty land. Maps that are left out keep what they told earlier.

    Args:
        project: whose border.
        dem: heights, GeoTIFF.
        water: GeoTIFF or shapes.
        land_cover: GeoTIFF of classes.
        settlements: GeoTIFF or shapes.
        classes: table (.csv) with the columns value and class; ESA WorldCover if left out.
        licence: of the maps, to be printed with what was read from them.
        show: told how far it is.

    Raises:
        BadTable: the table of classes cannot be used.
    """
    paths = {"dem": dem, "water": water, "land_cover": land_cover, "settlements": settlements}
    maps = Maps(**paths, classes=_classes(classes) if classes else None)
    earlier = {row.span: row for row in project.rows(Terrain)}
    found, problems = _read(project, maps, show)
    given = {n: path for n, path in paths.items() if path is not None and n not in problems}
    told = tuple(f"{_NAMES[name]}: {path.name}{_licence(licence)}" for name, path in given.items())
    mark = hashlib.sha256(repr((sorted(map(str, given.values())), told)).encode()).hexdigest()[:16]
    places = names.places(project.frontier.name)
    rows = []
    for section, one in zip(project.sections, found, strict=True):
        town, town_m = land.nearest_town(project.frontier, section, places)
        row = Terrain(
            span=section.span, slope_deg=one.slope_deg, relief_m=one.relief_m,
            river_width_m=one.river_width_m, obstacle=one.obstacle, town=town, town_m=town_m,
            settled_share=one.settled_share, land_cover=one.land_cover,
            sources=(*told, "towns: packaged gazetteer (GeoNames, CC BY 4.0)"),
            made_with=mark, blocked_by="; ".join(one.problems),
        )  # fmt: skip
        row = _with_earlier(row, earlier.get(section.span), given)
        rows.append(replace(row, stratum=landwords.stratum(row)))
    with project.run("terrain") as work:
        work.add_all(rows)
    work.blocked.extend(problems.values())
    path = _table(project, rows)
    return finished(
        work,
        _lines(project, rows),
        files=[str(path)],
        facts=_facts(rows),
        then="vallum sample --by terrain --plan --n 200",
    )


def _read(project: Project, maps: Maps, show: Progress) -> tuple[list[Land], dict[str, str]]:
    """Return what the maps say of every section, a part of the border at a time."""
    found: list[Land] = []
    problems: dict[str, str] = {}
    sections = project.sections
    show("land", 0, len(sections), "sections")
    for first in range(0, len(sections), _CHUNK):
        some, bad = land.read(project.frontier, sections[first : first + _CHUNK], maps)
        found += some
        problems |= bad
        show("land", len(found), len(sections), "sections")
    return found, problems


def _with_earlier(row: Terrain, old: Terrain | None, given: dict[str, Path]) -> Terrain:
    """Return a row with what maps that are not given now told earlier."""
    if old is None:
        return row
    kept: dict[str, Any] = {}
    if "dem" not in given:
        kept |= {"slope_deg": old.slope_deg, "relief_m": old.relief_m}
    if "water" not in given:
        kept |= {"river_width_m": old.river_width_m}
    if "land_cover" not in given:
        kept |= {"land_cover": old.land_cover}
    if not {"land_cover", "settlements"} & set(given):
        kept |= {"settled_share": old.settled_share}
    words = {_NAMES[name] for name in given}
    sources = [one for one in old.sources if one.partition(":")[0] not in words]
    whole = replace(row, **kept, sources=tuple(dict.fromkeys([*sources, *row.sources])))
    again = Land(
        slope_deg=whole.slope_deg,
        river_width_m=whole.river_width_m,
        lowest_m=math.inf,
    )
    wide = {"lake", "sea"}
    obstacle = old.obstacle if old.obstacle in wide and "water" not in given else again.obstacle
    return replace(whole, obstacle=row.obstacle if row.obstacle in wide else obstacle)


def _licence(licence: str) -> str:
    return f" ({licence})" if licence else " (licence not stated)"


def _classes(path: Path) -> dict[int, str]:
    """Return what the numbers of a map mean.

    Raises:
        BadTable: it cannot be read, or a row has no whole number and word.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        found = {int(row["value"]): row["class"].strip() for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadTable(f"{path}: cannot be read ({error}); nothing was read of any map") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadTable(
            f"{path.name}: needs the columns value (a whole number) and class; nothing was read"
        ) from error
    if not found or not all(found.values()):
        raise BadTable(f"{path.name}: holds a value without a class; nothing was read")
    return found


def _table(project: Project, rows: Sequence[Terrain]) -> Path:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        cells = [
                row.span.start_m / 1000, row.span.end_m / 1000, row.stratum,
                _figure(row.slope_deg, 1), _figure(row.relief_m, 0), row.obstacle,
                _figure(row.river_width_m, 0), row.town, _figure(row.town_m / 1000, 1),
                _figure(row.settled_share, 3), "; ".join(row.land_cover), row.blocked_by,
            ]  # fmt: skip
        writer.writerow([safe_cell(one) for one in cells])
    path = project.out_folder / TABLE
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{TABLE}")
    draft.write_bytes(("\ufeff" + out.getvalue()).encode())
    os.replace(draft, path)  # noqa: PTH105 - never half a table
    return path


def _figure(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else ""


def _lines(project: Project, rows: Sequence[Terrain]) -> list[str]:
    by_stratum: dict[str, int] = {}
    for row in rows:
        by_stratum[row.stratum] = by_stratum.get(row.stratum, 0) + row.span.length_m
    ranked = sorted(by_stratum.items(), key=lambda entry: (-entry[1], entry[0]))
    lines = [f"{length_m / 1000:,.1f} km: {name}" for name, length_m in ranked]
    if len(ranked) > _MOST_STRATA:
        lines.append(f"{len(ranked)} kinds of land are many for one sample; leave a map out")
    counts = counted_rows(project)
    changed = statuses_of(counts)[Status.CHANGED]
    return [*lines, *landwords.sentences(rows, changed, counts.seen)]


def _facts(rows: Sequence[Terrain]) -> dict[str, Json]:
    return {
        "sections": [
            {
                "from_m": row.span.start_m,
                "to_m": row.span.end_m,
                "stratum": row.stratum,
                "slope_deg": known(row.slope_deg),
                "river_width_m": known(row.river_width_m),
                "obstacle": row.obstacle,
                "town": row.town,
                "town_m": known(row.town_m),
                "settled_share": known(row.settled_share),
                "land_cover": list(row.land_cover),
            }
            for row in rows
        ]
    }


def strata(project: Project) -> dict[tuple[int, int], str]:
    """Return the land of each section in words, by its first metre and end.

    Raises:
        BadSetting: nobody has described the land yet.
    """
    rows = {(row.span.start_m, row.span.end_m): row.stratum for row in project.rows(Terrain)}
    if not rows:
        raise BadSetting(
            "nothing is known of the land; nothing was drawn, run `vallum terrain` first"
        )
    return rows
