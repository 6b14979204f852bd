"""`dates`: which dates there are of every section, and where there is a long gap."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.records import Json, Look, Scene
from vallum.ground.whole import write_whole
from vallum.project import Project
from vallum.steps.done import Done

if TYPE_CHECKING:
    from vallum.imagery.calendar import Dated, SectionDates

COLUMNS = (
    "section",
    "from_km",
    "to_km",
    "earliest",
    "latest",
    "sensor",
    "gsd_m",
    "seen_m",
    "valid_m",
    "images",
    "repeats",
    "part_of_mosaic",
    "looking_only",
    "days_since_last",
)
_SHOWN = 40


def dates(project: Project, *, table: Path | None = None) -> Done:
    """Return the calendar of every section: dates, gaps, deliveries that repeat another.

    Nothing is written to the project. Pictures of one pass count as one date, however often they
    were delivered; of a mosaic each part counts by its own date.

    Args:
        project: where images and looks are.
        table: CSV file to write, a row for each date of each section.
    """
    from vallum.imagery.calendar import calendar

    scenes = {scene.id: scene for scene in project.rows(Scene)}
    found = calendar(project.rows(Look), scenes.values(), project.sections)
    lines = [_line(one) for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"... and {len(found) - _SHOWN:,} more sections; all are in --csv FILE")
    lines += _summed(found, scenes)
    if table is not None:
        _write(table, found)
        lines.append(f"written: {table}")
    facts: dict[str, Json] = {"sections": [_facts(one) for one in found]}
    is_looked = any(one.dates for one in found)
    return Done(
        step="dates",
        n_added=0,
        lines=tuple(lines),
        facts=facts,
        next="vallum align" if is_looked else "vallum cover",
    )


def _line(one: SectionDates) -> str:
    seen = [dated for dated in one.dates if dated.seen]
    if not one.dates:
        return f"{one.span}: no image"
    if not seen:
        return f"{one.span}: {_count(len(one.dates))}, nothing clear on any of them"
    days = f"{seen[0].taken}" if len(seen) == 1 else f"{seen[0].taken} to {seen[-1].taken}"
    parts = [f"{one.span}: {_count(len(seen))} ({days})"]
    gap = one.longest
    if gap is not None:
        parts.append(f"longest gap {gap.days:,} days ({gap.after} to {gap.before})")
    if one.n_repeats:
        parts.append(f"{one.n_repeats} delivered again and counted once")
    return ", ".join(parts)


def _count(n: int) -> str:
    return f"{n} {'date' if n == 1 else 'dates'}"


def _summed(found: Sequence[SectionDates], scenes: dict[str, Scene]) -> list[str]:
    counts = sorted(sum(bool(dated.seen) for dated in one.dates) for one in found)
    repeats = sum(bool(scene.repeats) for scene in scenes.values())
    mosaics = len({scene.part_of for scene in scenes.values() if scene.part_of})
    lines = []
    if counts:
        lines.append(
            f"{len(found):,} sections: {counts[0]} to {counts[-1]} dates each, "
            f"{counts[len(counts) // 2]} in the middle; {sum(n == 0 for n in counts):,} with none, "
            f"{sum(n == 1 for n in counts):,} with one only"
        )
    if repeats:
        lines.append(f"{repeats:,} images are the same acquisition as another and count once")
    if mosaics:
        lines.append(f"{mosaics:,} mosaics were split by the dates of their parts")
    return lines


def _facts(one: SectionDates) -> dict[str, Json]:
    return {
        "start_m": one.span.start_m,
        "end_m": one.span.end_m,
        "n_repeats": one.n_repeats,
        "longest_gap_days": one.longest.days if one.longest else None,
        "gaps": [
            {"after": gap.after.isoformat(), "before": gap.before.isoformat(), "days": gap.days}
            for gap in one.gaps
        ],
        "dates": [_dated_facts(dated) for dated in one.dates],
    }


def _dated_facts(dated: Dated) -> dict[str, Json]:
    return {
        "earliest": dated.taken.earliest.isoformat(),
        "latest": dated.taken.latest.isoformat(),
        "scenes": [*dated.scenes],
        "repeats": [*dated.repeats],
        "sensors": [*dated.sensors],
        "gsd_m": dated.gsd_m,
        "seen_m": dated.seen.length_m,
        "valid_m": dated.valid.length_m,
        "looking_only": dated.is_looking_only,
        "part_of_mosaic": dated.is_part,
    }


def _write(table: Path, found: Sequence[SectionDates]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in found:
        last = None
        for dated in one.dates:
            since = (dated.taken.earliest - last).days if last and dated.seen else ""
            writer.writerow(_row(one, dated, since))
            last = dated.taken.latest if dated.seen else last
        if not one.dates:
            blank = [""] * (len(COLUMNS) - 3)
            writer.writerow([str(one.span), *_ends(one), *blank])
    # With a byte order mark, spreadsheets read it as UTF-8.
    write_whole(table, text.getvalue().encode("utf-8-sig"))


def _ends(one: SectionDates) -> tuple[str, str]:
    return f"{one.span.start_m / 1000:.3f}", f"{one.span.end_m / 1000:.3f}"


def _row(one: SectionDates, dated: Dated, since: int | str) -> list[object]:
    return [
        str(one.span),
        *_ends(one),
        dated.taken.earliest.isoformat(),
        dated.taken.latest.isoformat(),
        "; ".join(_plain(sensor) for sensor in dated.sensors),
        f"{dated.gsd_m:.2f}",
        dated.seen.length_m,
        dated.valid.length_m,
        len(dated.scenes),
        len(dated.repeats),
        "yes" if dated.is_part else "",
        "yes" if dated.is_looking_only else "",
        since,
    ]


def _plain(text: str) -> str:
    """Return foreign text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text
