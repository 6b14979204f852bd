"""Which dates there are of every section of the border: the calendar of a data cube.

Pictures of one acquisition count as one date, however often they were delivered and in however
many files they came; mosaics count by the dates of their parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from vallum.frontier import Section
from vallum.ground.records import Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When

_MOMENT = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Dated:
    """One date of one section.

    Attributes:
        taken: first and last possible day.
        scenes: ids of the images of this acquisition that count, finest first.
        repeats: ids of images that are the same acquisition once more.
        sensors: platforms.
        gsd_m: pixel size of the finest image.
        seen: metres that are valid and clear in any of them.
        valid: metres that have pixels in any of them.
        is_looking_only: nothing may be measured on any of them.
        is_part: from a mosaic of several dates.
    """

    taken: When
    scenes: tuple[str, ...]
    repeats: tuple[str, ...]
    sensors: tuple[str, ...]
    gsd_m: float
    seen: Spans
    valid: Spans
    is_looking_only: bool
    is_part: bool


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Time between two dates on which a section was seen."""

    after: date
    before: date

    @property
    def days(self) -> int:
        """Days from the earlier date to the later one."""
        return (self.before - self.after).days


@dataclass(frozen=True, kw_only=True)
class SectionDates:
    """The dates of one section, earliest first."""

    span: Span
    dates: tuple[Dated, ...]
    n_repeats: int
    gaps: tuple[Gap, ...]

    @property
    def longest(self) -> Gap | None:
        """The longest gap between two dates on which something was seen."""
        return max(self.gaps, key=lambda gap: gap.days, default=None)


def calendar(
    looks: Iterable[Look], scenes: Iterable[Scene], sections: Sequence[Section]
) -> tuple[SectionDates, ...]:
    """Return the dates of every section, in the order of `sections`.

    Args:
        looks: what each image shows of each section.
        scenes: the images; those set aside do not count.
        sections: the units of work.
    """
    in_use = {scene.id: scene for scene in scenes if not scene.set_aside}
    by_span: dict[Span, list[tuple[Look, Scene]]] = defaultdict(list)
    for look in looks:
        if look.scene in in_use:
            by_span[look.span].append((look, in_use[look.scene]))
    return tuple(_section(section.span, by_span.get(section.span, [])) for section in sections)


def _section(span: Span, seen: list[tuple[Look, Scene]]) -> SectionDates:
    groups = _acquisitions(seen)
    dates = tuple(sorted((_dated(group) for group in groups), key=_order))
    days = sorted(
        {day for one in dates if one.seen for day in [one.taken]}, key=lambda w: w.earliest
    )
    gaps = tuple(
        Gap(after=a.latest, before=b.earliest) for a, b in pairwise(days) if b.earliest > a.latest
    )
    return SectionDates(
        span=span, dates=dates, n_repeats=sum(len(one.repeats) for one in dates), gaps=gaps
    )


def _order(one: Dated) -> tuple[date, date, str]:
    return one.taken.earliest, one.taken.latest, one.scenes[0] if one.scenes else ""


def _acquisitions(seen: list[tuple[Look, Scene]]) -> list[list[tuple[Look, Scene]]]:
    """Return the looks by acquisition: repeats with what they repeat, then by sensor and moment."""
    groups: list[list[tuple[Look, Scene]]] = []
    home: dict[str, list[tuple[Look, Scene]]] = {}
    for look, scene in sorted(seen, key=lambda pair: (bool(pair[1].repeats), pair[1].id)):
        group = home.get(scene.repeats) if scene.repeats else None
        if group is None:
            group = next((g for g in groups if _is_one(g[0][1], scene)), None)
        if group is None:
            group = []
            groups.append(group)
        group.append((look, scene))
        home[scene.id] = group
    return groups


def _is_one(one: Scene, other: Scene) -> bool:
    """Say whether two images are of one pass: the bands, tiles and sharpened copy of one view."""
    if one.sensor != other.sensor or one.part_of != other.part_of:
        return False
    if one.taken_at is not None and other.taken_at is not None:
        return abs(one.taken_at - other.taken_at) <= _MOMENT
    return one.taken == other.taken and one.taken.days == 1 and bool(one.sensor)


def _dated(group: list[tuple[Look, Scene]]) -> Dated:
    counted = [(look, scene) for look, scene in group if not scene.repeats]
    used = counted or group
    finest = sorted(used, key=lambda pair: (pair[1].gsd_m, pair[1].id))
    seen, valid = Spans(), Spans()
    for look, _ in used:
        seen, valid = seen | look.seen, valid | look.valid
    best = min((scene.taken for _, scene in used), key=lambda taken: taken.days)
    return Dated(
        taken=best,
        scenes=tuple(scene.id for _, scene in finest),
        repeats=tuple(scene.id for _, scene in group if scene.repeats and counted),
        sensors=tuple(dict.fromkeys(scene.sensor for _, scene in finest if scene.sensor)),
        gsd_m=finest[0][1].gsd_m,
        seen=seen,
        valid=valid,
        is_looking_only=all(bool(scene.looking_only) for _, scene in used),
        is_part=any(bool(scene.part_of) for _, scene in used),
    )
