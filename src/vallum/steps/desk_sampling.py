"""Surveys at the desk: what one will cost and give, how it is drawn, how far its reading is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from vallum.ground.cells import UNIT_M
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Basis, Design, Role
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import Estimate, Row, Sample, Stratum
from vallum.steps.desk_frames import frames_for, place_of, read_by
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_people import Person
from vallum.steps.desk_queue import sections_of
from vallum.steps.desk_writing import MAY_ANSWER, with_images
from vallum.steps.done import known

if TYPE_CHECKING:
    from vallum.measure.planning import Option
    from vallum.project import Project
    from vallum.steps.sampling import DesignWord, Wanted


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What sample a person asks for.

    Args:
        design: how stretches are chosen.
        n: how many; None to go by `within_km`.
        within_km: half of the interval that border-km may have; None to go by `n`.
        length_m: of a whole stretch.
        seed: of the draw.
        n_readers: people who will read each stretch, for the hours of a plan.
        of: survey of which some stretches are to be read a second time.
        area_m: chosen area, from and to; None unless purposive.
        why: why that area was chosen.
    """

    design: Design = Design.STRATIFIED
    n: int | None = None
    within_km: float | None = None
    length_m: int = UNIT_M
    seed: int = 1
    n_readers: int = 1
    of: str = ""
    area_m: tuple[int, int] | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanOption:
    """What a sample of one size costs and gives; no half-width where so few say nothing."""

    n: int
    half_width_km: float | None
    n_positive: float
    hours: float


@dataclass(frozen=True, kw_only=True)
class PlanPart:
    """One part of the border, and how many of its stretches would be read."""

    name: str
    n_units: int
    size_m: float
    n: int


@dataclass(frozen=True, kw_only=True)
class PlanTold:
    """A plan, as the page shows it before anything is drawn.

    Args:
        design: how stretches would be chosen.
        length_m: of a whole stretch.
        n_units: stretches there are.
        population_m: metres in them.
        chosen: the size asked for, or the smallest that is as narrow as asked.
        options: other sizes.
        parts: of the border.
        seconds_each: one reader's time for one stretch.
        n_readers: people who read each stretch.
        is_known: False where nothing says how many stretches hold something.
        assumed: what all of it rests on, in words.
        warnings: what to think about first.
    """

    design: Design
    length_m: int
    n_units: int
    population_m: float
    chosen: PlanOption
    options: tuple[PlanOption, ...]
    parts: tuple[PlanPart, ...]
    seconds_each: float
    n_readers: int
    is_known: bool
    assumed: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FigureTold:
    """One number that rests on a survey, as `measure` found it."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    basis: Basis
    n: int
    n_positive: int
    wording: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Survey:
    """One drawing, and how far its reading is.

    Args:
        survey: its name.
        design: how its stretches were chosen.
        rule: by what the border was divided.
        length_m: of a whole stretch.
        population_m: metres of border that it was drawn from.
        n_units: stretches these are.
        n: stretches to read.
        n_read: of these, read by somebody.
        n_mine: of these, asked of the person who looks.
        n_read_mine: of these, read by this person.
        seed: of the draw.
        of: survey that is read a second time; empty for a first reading.
        why: why the area was chosen; empty unless it was.
        figures: numbers that rest on it; none before all is read, nor while this person reads.
    """

    survey: str
    design: Design
    rule: str
    length_m: int
    population_m: int
    n_units: int
    n: int
    n_read: int
    n_mine: int
    n_read_mine: int
    seed: int
    of: str
    why: str
    figures: tuple[FigureTold, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SampleDrawn:
    """What was drawn.

    Args:
        survey: its name.
        n: stretches, and pieces of stretches, that there are to read now, of all surveys.
        n_drawn: stretches of this survey.
        n_new: pieces that were not drawn before.
    """

    survey: str
    n: int
    n_drawn: int
    n_new: int


# -- before ---------------------------------------------------------------------------------------


def plan(mirror: Mirror, project: Project, asked: Asked) -> PlanTold:
    """Return what a sample would cost and give; nothing is drawn.

    Args:
        mirror: rows in memory.
        project: whose border.
        asked: what sample.

    Raises:
        BadSetting: it cannot be drawn so.
        BadInput: nothing can be compared yet.
    """
    from vallum.steps import sampling

    _check_usable(mirror)
    told = sampling.planned(
        project, _wanted(asked), usable=mirror.usable, candidates=mirror.current
    )
    sizes = told.chosen.sizes
    parts = [
        PlanPart(name=one.name, n_units=one.n_units, size_m=one.size_m, n=sizes.get(one.name, 0))
        for one in told.expected
    ]
    return PlanTold(
        design=asked.design,
        length_m=asked.length_m,
        n_units=sum(part.n_units for part in parts),
        population_m=sum(part.size_m for part in parts),
        chosen=_option(told.chosen),
        options=tuple(_option(one) for one in told.options),
        parts=tuple(parts),
        seconds_each=told.seconds_each,
        n_readers=told.n_readers,
        is_known=told.is_known,
        assumed=told.assumed,
        warnings=told.warnings,
    )


def drawn(mirror: Mirror, asked: Asked) -> tuple[str, int, list[Row]]:
    """Return the name of a survey, how many stretches were drawn, and the rows to write.

    A survey that was drawn before has none: its stretches keep the images that were read.

    Raises:
        BadSetting: it cannot be drawn so.
        BadInput: nothing can be compared yet, or there is no such survey.
    """
    from vallum.steps import sampling

    _check_usable(mirror)
    found = sampling.drawing(mirror.project, _wanted(asked), usable=mirror.usable)
    if any(row.survey == found.survey for row in mirror.all(Stratum).values()):
        return found.survey, found.n_drawn, []
    rows = [with_images(mirror, row) for row in found.samples]
    return found.survey, found.n_drawn, [*found.strata, *rows]


def _check_usable(mirror: Mirror) -> None:
    if not mirror.usable:
        raise BadInput("no two images can be compared yet; nothing was drawn, run first")


def _option(one: Option) -> PlanOption:
    half = known(one.half_width_km)
    return PlanOption(n=one.n, half_width_km=half, n_positive=one.n_positive, hours=one.hours)


def _wanted(asked: Asked) -> Wanted:
    """Return a wish in the terms of `vallum sample`."""
    from vallum.steps.sampling import Wanted

    n, half, unit_m, seed = asked.n or 0, asked.within_km or 0.0, asked.length_m, asked.seed
    if asked.design is Design.PURPOSIVE:
        if asked.area_m is None or asked.area_m[0] >= asked.area_m[1]:
            raise BadSetting("a chosen area needs where it begins and ends; nothing was drawn")
        area = "..".join(f"{at_m / 1000:.3f}" for at_m in asked.area_m)
        return Wanted(unit_m=unit_m, area=area, why=asked.why)
    if asked.design is Design.SECOND:
        if not asked.of:
            raise BadSetting("a second reading needs its survey; nothing was drawn, name it")
        return Wanted(n=n, unit_m=unit_m, seed=seed, second_of=asked.of)
    if asked.design is Design.SWEEP:
        raise BadSetting("a sweep reads every frame and is not drawn; nothing was drawn")
    return Wanted(
        n=n, half_width_km=half, unit_m=unit_m, seed=seed, n_readers=asked.n_readers,
        design=cast("DesignWord", asked.design.value),
    )  # fmt: skip


# -- after ----------------------------------------------------------------------------------------


def surveys(mirror: Mirror, person: Person) -> list[Survey]:
    """Return all drawings, the newest last, with how far they are read.

    Numbers are told when every stretch was read, and to nobody who still has some to read: they
    say what the others saw.
    """
    strata: defaultdict[str, list[Stratum]] = defaultdict(list)
    for stratum in sorted(mirror.all(Stratum).values(), key=lambda row: mirror.seqs[row.id]):
        strata[stratum.survey].append(stratum)
    pieces: defaultdict[str, list[Sample]] = defaultdict(list)
    for row in mirror.all(Sample).values():
        pieces[row.survey].append(row)
    where = sections_of(mirror, person)
    frames = frames_for(mirror, person) if person.role in MAY_ANSWER else []
    asked = {place_of(row) for row in frames if not where or where & row.span}
    read, own = read_by(mirror), read_by(mirror, person.name)
    numbers = [row for row in mirror.in_order(Estimate) if row.wording != WITHDRAWN]
    found = []
    for name, parts in strata.items():
        one = _survey(parts, pieces[name], asked, read, own)
        is_reading = person.role is Role.ANALYST and one.n_read_mine < one.n_mine
        if one.n_read == one.n and not is_reading:
            figures = [_figure(row) for row in numbers if row.survey == name]
            one = replace(one, figures=tuple(figures))
        found.append(one)
    return found


def _survey(
    strata: Sequence[Stratum],
    pieces: Sequence[Sample],
    asked: set[object],
    read: set[object],
    own: set[object],
) -> Survey:
    mine = [row for row in pieces if place_of(row) in asked]
    first = strata[0]
    return Survey(
        survey=first.survey,
        design=first.design,
        rule=first.rule,
        length_m=first.unit_m,
        population_m=sum(stratum.spans.length_m for stratum in strata),
        n_units=sum(stratum.n_units for stratum in strata),
        n=sum(stratum.n_drawn for stratum in strata),
        n_read=_whole(pieces, read),
        n_mine=len({row.unit for row in mine}),
        n_read_mine=_whole(mine, own),
        seed=first.seed,
        of=first.of,
        why=first.why,
    )


def _whole(pieces: Sequence[Sample], read: set[object]) -> int:
    """Return how many stretches were read, every piece of them."""
    every = {row.unit for row in pieces}
    return len(every - {row.unit for row in pieces if place_of(row) not in read})


def _figure(row: Estimate) -> FigureTold:
    return FigureTold(
        name=row.name,
        value=known(row.value),
        low=known(row.low),
        high=known(row.high),
        unit=row.unit,
        basis=row.basis,
        n=row.n,
        n_positive=row.n_positive,
        wording=row.wording,
        reason=row.reason,
    )
