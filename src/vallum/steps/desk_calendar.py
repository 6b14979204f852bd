"""Which days there are images of, section by section, as the desk shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from vallum.ground.records import Look, Scene
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.imagery import calendar as days_of
from vallum.imagery.calendar import Dated
from vallum.project import Project

DayState = Literal["used", "looking", "hidden", "repeat", "aside"]
Days = tuple[date, date]


@dataclass(frozen=True, kw_only=True)
class DayShown:
    """One date of one section; `clear_share` is of its metres, None where it does not count."""

    scene: str
    name: str
    first: date
    last: date
    state: DayState
    clear_share: float | None
    sensor: str
    part_of: str
    why: str


@dataclass(frozen=True, kw_only=True)
class SectionDates:
    """The dates of one section, and the longest time without a clear image."""

    number: int
    start_m: int
    end_m: int
    days: tuple[DayShown, ...]
    gap: Days | None
    gap_days: int
    n_repeats: int


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The dates of the whole border; `first` and `last` are None where there is no image."""

    first: date | None
    last: date | None
    before: Days
    after: Days
    sections: tuple[SectionDates, ...]
    n_scenes: int
    n_repeats: int
    n_mosaics: int


def calendar(project: Project) -> Calendar:
    """Return which days there are images of, section by section."""
    scenes = {row.id: row for row in project.rows(Scene)}
    looks = project.rows(Look)
    aside: dict[Span, list[Scene]] = defaultdict(list)
    for look in looks:
        if look.scene in scenes and scenes[look.scene].set_aside:
            aside[look.span].append(scenes[look.scene])
    found = days_of.calendar(looks, scenes.values(), project.sections)
    sections = tuple(
        _section(section.number, dates, scenes, aside.get(section.span, []))
        for section, dates in zip(project.sections, found, strict=True)
    )
    shown = [day for section in sections for day in section.days]
    used = {day.scene for day in shown if day.state in {"used", "looking", "hidden"}}
    config = project.config.dates
    return Calendar(
        first=min((day.first for day in shown), default=None),
        last=max((day.last for day in shown), default=None),
        before=_ends(config.before_when),
        after=_ends(config.after_when),
        sections=sections,
        n_scenes=len(used),
        n_repeats=sum(bool(row.repeats) for row in scenes.values()),
        n_mosaics=len({row.part_of for row in scenes.values() if row.part_of}),
    )


def _ends(when: When) -> Days:
    return when.earliest, when.latest


def _section(
    number: int, dates: days_of.SectionDates, scenes: Mapping[str, Scene], aside: list[Scene]
) -> SectionDates:
    days = [day for one in dates.dates for day in _days(one, dates.span, scenes)]
    days += [_day(row, "aside", None, row.set_aside) for row in aside]
    longest = dates.longest
    return SectionDates(
        number=number,
        start_m=dates.span.start_m,
        end_m=dates.span.end_m,
        days=tuple(sorted(days, key=lambda day: (day.first, day.last, day.name))),
        gap=(longest.after, longest.before) if longest is not None else None,
        gap_days=longest.days if longest is not None else 0,
        n_repeats=dates.n_repeats,
    )


def _days(one: Dated, span: Span, scenes: Mapping[str, Scene]) -> list[DayShown]:
    """Return one acquisition as it counts, and the deliveries that repeat it."""
    found = [scenes[name] for name in one.scenes]
    share = one.seen.length_m / span.length_m
    state: DayState = "looking" if one.is_looking_only else "used" if one.seen else "hidden"
    why = found[0].looking_only if one.is_looking_only else ""
    shown = [_day(found[0], state, share, why, names=", ".join(row.name for row in found))]
    for name in one.repeats:
        row = scenes[name]
        original = scenes.get(row.repeats)
        shown.append(_day(row, "repeat", None, original.name if original is not None else ""))
    return shown


def _day(
    row: Scene, state: DayState, share: float | None, why: str, *, names: str = ""
) -> DayShown:
    return DayShown(
        scene=row.id,
        name=names or row.name,
        first=row.taken.earliest,
        last=row.taken.latest,
        state=state,
        clear_share=share,
        sensor=row.sensor,
        part_of=row.part_of,
        why=why,
    )
