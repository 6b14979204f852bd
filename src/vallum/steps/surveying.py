"""`terrain`: what kind of land each section runs through, from maps that a person has."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

from vallum.ground import names
from vallum.ground.errors import BadSetting, BadTable
from vallum.ground.kinds import Status
from vallum.ground.pictures import Terrain
from vallum.ground.records import Json
from vallum.ground.whole import write_whole
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
Given = Path | Sequence[Path] | None
_TOWNS = "towns: packaged gazetteer (GeoNames, CC BY 4.0)"
_MOST_STRATA = 12
_CHUNK = 40


def terrain(
    project: Project,
    *,
    dem: Given = None,
    water: Given = None,
    land_cover: Given = None,
    settlements: Given = None,
    classes: Path | None = None,
    water_value: int | None = None,
    licence: str = "",
    show: Progress = silent,
) -> Done:
    """Read from free maps what land each section runs through; for sampling and for the text.

    Towns come from the packaged gazetteer. What a map does not cover stays unknown, and is never
    taken for flat, dry or empty land. Maps that are left out keep what they told earlier, and so
    do maps of the same kind where the new one says nothing.

    Args:
        project: whose border.
        dem: heights, GeoTIFF; for every map a folder or several files are tiles of one map.
        water: GeoTIFF or shapes.
        land_cover: GeoTIFF of classes.
        settlements: GeoTIFF or shapes.
        classes: table (.csv) with the columns value and class; ESA WorldCover if left out.
        water_value: the one value of `water` that is water; told by its values if None.
        licence: of the maps, to be printed with what was read from them.
        show: told how far it is.

    Raises:
        BadTable: the table of classes cannot be used.
    """
    layers = {"dem": dem, "water": water, "land_cover": land_cover, "settlements": settlements}
    paths = {name: _files(files) for name, files in layers.items()}
    meant = _classes(classes) if classes else None
    maps = Maps(**paths, classes=meant, water_value=water_value)
    earlier = {row.span: row for row in project.rows(Terrain)}
    found, problems = _read(project, maps, show)
    problems |= _nowhere(paths, found, problems)
    given = {n: files for n, files in paths.items() if files and n not in problems}
    told = {
        name: f"{_NAMES[name]}: {_named(files)}{_licence(licence)}" for name, files in given.items()
    }
    mark = hashlib.sha256(
        repr((sorted(map(str, given.values())), told, water_value)).encode()
    ).hexdigest()[:16]
    places = names.places(project.frontier.name)
    rows = []
    for section, one in zip(project.sections, found, strict=True):
        town, town_m = land.nearest_town(project.frontier, section, places)
        here = {name for name in given if not _lines_of(one.problems, name)}
        row = Terrain(
            span=section.span, slope_deg=one.slope_deg, relief_m=one.relief_m,
            river_width_m=one.river_width_m, obstacle=one.obstacle, town=town, town_m=town_m,
            settled_share=one.settled_share, land_cover=one.land_cover,
            sources=(*(told[name] for name in told if name in here), _TOWNS),
            made_with=mark, blocked_by="; ".join(one.problems),
        )  # fmt: skip
        row = _with_earlier(row, earlier.get(section.span), here)
        rows.append(replace(row, stratum=landwords.stratum(row)))
    with project.run("terrain") as work:
        work.add_all(rows)
    work.blocked.extend([*problems.values(), *_troubles(found, given)])
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


def _files(given: Given) -> tuple[Path, ...]:
    """Return the files of one map; of a folder all GeoTIFFs in it."""
    found: list[Path] = []
    for path in (given,) if isinstance(given, Path) else given or ():
        tiles = sorted(path.glob("*.tif")) + sorted(path.glob("*.tiff")) if path.is_dir() else []
        found += tiles or [path]
    return tuple(found)


def _named(files: Sequence[Path]) -> str:
    return files[0].name + (f" and {len(files) - 1} more" if len(files) > 1 else "")


def _lines_of(problems: Sequence[str], name: str) -> list[str]:
    return [one for one in problems if one.startswith(f"{name}: ")]


def _nowhere(
    paths: dict[str, tuple[Path, ...]], found: Sequence[Land], problems: dict[str, str]
) -> dict[str, str]:
    """Return a line for each map that was read and lies beside no section at all."""
    lines = {}
    for name, files in paths.items():
        line = f"{name}: {land.NOT_COVERED}"
        if files and found and name not in problems and all(line in one.problems for one in found):
            lines[name] = (
                f"{_named(files)}: covers no section of this border; nothing was read from it, "
                "check that it is the right tile"
            )
    return lines


def _troubles(found: Sequence[Land], given: dict[str, tuple[Path, ...]]) -> list[str]:
    """Return what is wrong with maps in some sections, a line for each kind of trouble."""
    counts: dict[str, int] = {}
    for one in found:
        for text in one.problems:
            if text.partition(": ")[0] in given:
                counts[text] = counts.get(text, 0) + 1
    return [
        f"{_named(given[name])}: {why}; {n} of {len(found)} sections not told from it"
        for (name, _, why), n in ((text.partition(": "), n) for text, n in counts.items())
        if why != land.NOT_COVERED
    ]


def _with_earlier(row: Terrain, old: Terrain | None, given: AbstractSet[str]) -> Terrain:
    """Return a row with what other maps, or maps that say nothing now, told of it earlier.

    Args:
        row: as read now.
        old: as known before.
        given: the maps that say something of this section now.
    """
    if old is None:
        return row
    kept: dict[str, Any] = {}
    if "dem" not in given:
        kept |= {"slope_deg": old.slope_deg, "relief_m": old.relief_m}
    if "water" not in given:
        kept |= {"river_width_m": old.river_width_m}
    if "land_cover" not in given:
        kept |= {"land_cover": old.land_cover}
    was_settled = any(one.startswith("settlements:") for one in old.sources)
    is_better = "settlements" in given or ("land_cover" in given and not was_settled)
    if not is_better or not math.isfinite(row.settled_share):
        kept |= {"settled_share": old.settled_share}
    words = {_NAMES[name] for name in given}
    sources = [one for one in old.sources if one.partition(":")[0] not in words]
    told = {name for name, word in _NAMES.items() if any(f"{word}:" in one for one in sources)}
    blocked = [*old.blocked_by.split("; "), *row.blocked_by.split("; ")]
    left = [one for one in blocked if one and one.partition(":")[0] not in told | given]
    kept["blocked_by"] = "; ".join(dict.fromkeys(left))
    whole = replace(row, **kept, sources=tuple(dict.fromkeys([*sources, *row.sources])))
    again = Land(
        slope_deg=whole.slope_deg,
        river_width_m=whole.river_width_m,
        lowest_m=math.inf,
    )
    wide = {"lake", "sea"}
    obstacle = old.obstacle if old.obstacle in wide and "water" not in given else again.obstacle
    obstacle = row.obstacle if row.obstacle in wide else obstacle
    # Heights are not kept in a row: water that was the sea stays it where no heights came now.
    if obstacle in wide and old.obstacle == "sea" and "dem" not in given:
        obstacle = "sea"
    return replace(whole, obstacle=obstacle)


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
        reason = getattr(error, "strerror", None) or str(error)
        raise BadTable(
            f"{path.name}: cannot be read ({reason}); nothing was read of any map, save it as CSV"
        ) from error
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
    write_whole(path, out.getvalue().encode("utf-8-sig"))
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
