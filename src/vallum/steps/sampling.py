"""`sample`: stretches of border to read, planned before anybody looks, drawn by chance, frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vallum.ground.cells import UNIT_M, units
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Design
from vallum.ground.records import Candidate, Comparison, Json, Look, Sample, Scene, Stratum
from vallum.ground.span import Span, Spans
from vallum.measure import designs, planning, readings
from vallum.measure.designs import Drawing
from vallum.measure.planning import Option, Plan
from vallum.project import Project
from vallum.steps import expecting
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_writing import with_images
from vallum.steps.done import Done, Progress, finished, km, silent
from vallum.steps.estimating import rows_of

DesignWord = Literal["simple", "systematic", "stratified"]
DESIGNS: tuple[DesignWord, ...] = ("simple", "systematic", "stratified")

_LEAST_AGAIN = 30  # second readings that are drawn where nobody says how many


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What sample is asked for.

    Attributes:
        n: stretches to read; 0 to go by `half_width_km`.
        half_width_km: half of the 95 % interval that border-km may have; 0 to go by `n`.
        unit_m: length of a whole stretch.
        design: how stretches are chosen.
        by: what a stratified design divides the border by; a path to a table (.csv) divides it
            by what stands there.
        seed: of the draw.
        n_readers: people who will read each stretch; for the hours of a plan.
        area: "FROM..TO" in km: an area chosen for interest, read as a whole, never extrapolated.
        why: why that area was chosen.
        second_of: name of a survey, some of whose stretches are to be read a second time.
    """

    n: int = 0
    half_width_km: float = 0.0
    unit_m: int = UNIT_M
    design: DesignWord = "stratified"
    by: str = "score"
    seed: int = 1
    n_readers: int = 1
    area: str = ""
    why: str = ""
    second_of: str = ""


def sample(
    project: Project,
    *,
    n: int = 0,
    half_width_km: float = 0.0,
    unit_m: int = UNIT_M,
    design: DesignWord = "stratified",
    by: str = "score",
    seed: int = 1,
    n_readers: int = 1,
    plan: bool = False,
    area: str = "",
    why: str = "",
    second_of: str = "",
    show: Progress = silent,
) -> Done:
    """Draw stretches of border to be read, or say beforehand what that would cost and give.

    The stretches, their chances and the seed are kept and never changed. The same wish on the same
    border draws the same stretches, and adds nothing.

    Args:
        project: whose border.
        n: stretches to read; or give `half_width_km`.
        half_width_km: half of the 95 % interval that border-km may have.
        unit_m: length of a whole stretch.
        design: "simple", "systematic" or "stratified".
        by: what a stratified design divides the border by: "score", "coverage", "section",
            "terrain", or a table (.csv) with the columns from_km, to_km and class.
        seed: of the draw.
        n_readers: people who will read each stretch; for the hours of a plan.
        plan: write nothing; say what sizes cost and give.
        area: "FROM..TO" in km: an area chosen for interest instead of a draw.
        why: why it was chosen.
        second_of: survey of which some stretches are to be read a second time.
        show: told how far it is.

    Raises:
        BadSetting: it cannot be drawn so.
        BadTable: the table that divides the border cannot be used.
        BadInput: nothing can be compared yet, or there is no such survey.
    """
    wanted = Wanted(
        n=n, half_width_km=half_width_km, unit_m=unit_m, design=design, by=by, seed=seed,
        n_readers=n_readers, area=area, why=why, second_of=second_of,
    )  # fmt: skip
    mirror = Mirror(project)
    show("dividing the border", 0, 1, "border")
    if plan:
        told = planned(project, wanted, usable=mirror.usable, candidates=mirror.current)
        then = _command(wanted, told.chosen.n)
        return Done(step="sample", lines=told.lines, facts=_facts(told), next=then)
    drawn = drawing(project, wanted, usable=mirror.usable, candidates=mirror.current)
    rows = [with_images(mirror, row) for row in drawn.samples]
    show("dividing the border", 1, 1, "border")
    known = [row for row in project.rows(Stratum) if row.survey == drawn.survey]
    with project.run("sample") as work:
        if not known:
            work.add_all([*drawn.strata, *rows])
    metres = sum(row.span.length_m for row in rows)
    lines = [
        f"survey {drawn.survey}: {drawn.n_drawn:,} of {drawn.n_units:,} stretches, {km(metres)}",
        *(f"  {s.name}: {s.n_drawn:,} of {s.n_units:,} stretches" for s in drawn.strata),
        *drawn.warnings,
    ]
    if drawn.design is Design.PURPOSIVE:
        lines.append("a chosen area: its numbers speak of it alone and are never extrapolated")
        if known and known[0].why != drawn.strata[0].why:
            lines.append(f"drawn before; the reason first given stands: {known[0].why}")
    facts: dict[str, Json] = {
        "survey": drawn.survey,
        "stretches": drawn.n_drawn,
        "of": drawn.n_units,
    }
    return finished(work, lines, facts=facts, then="vallum open (Review, Sample)")


def drawing(
    project: Project,
    wanted: Wanted,
    *,
    usable: Spans | None = None,
    candidates: Sequence[Candidate] | None = None,
) -> Drawing:
    """Return the strata and the stretches of a draw, without images; nothing is written.

    Args:
        project: whose border.
        wanted: what is asked for.
        usable: metres with a usable pair of images, where they are known already.
        candidates: those in force, where they are known already.

    Raises:
        BadSetting: it cannot be drawn so.
        BadInput: nothing can be compared yet, or there is no such survey.
    """
    usable = _usable(project, usable)
    if wanted.area and wanted.second_of:
        raise BadSetting("give an area or a survey to read again, not both; nothing was drawn")
    if wanted.area:
        spans = usable & Span.parse_km(wanted.area)
        return designs.chosen_area(spans, wanted.why, unit_m=wanted.unit_m)
    if wanted.second_of:
        return _second(project, wanted)
    told, classes, rule = _divided(project, wanted, usable, candidates)
    n, unit_m, seed = told.chosen.n, wanted.unit_m, wanted.seed
    if wanted.design == "simple":
        drawn = designs.simple(usable, unit_m, n, seed=seed)
    elif wanted.design == "systematic":
        drawn = designs.systematic(usable, unit_m, n, seed=seed)
    else:
        sizes = told.chosen.sizes
        drawn = designs.stratified(usable, unit_m, classes, sizes, seed=seed, rule=rule)
    return replace(drawn, warnings=tuple(told.warnings))


def planned(
    project: Project,
    wanted: Wanted,
    *,
    usable: Spans | None = None,
    candidates: Sequence[Candidate] | None = None,
) -> Plan:
    """Return what a sample would cost and give; nothing is drawn.

    Args:
        project: whose border.
        wanted: what is asked for; a chosen area and a second reading have no plan.
        usable: metres with a usable pair of images, where they are known already.
        candidates: those in force, where they are known already.

    Raises:
        BadSetting: it cannot be drawn so.
        BadInput: nothing can be compared yet.
    """
    if wanted.area or wanted.second_of:
        raise BadSetting(
            "only a sample drawn by chance is planned: an area is read as a whole; nothing was "
            "drawn, leave out --plan"
        )
    return _divided(project, wanted, _usable(project, usable), candidates)[0]


def _divided(
    project: Project, wanted: Wanted, usable: Spans, candidates: Sequence[Candidate] | None
) -> tuple[Plan, dict[int, str], str]:
    """Return the plan, the part of the border of every unit, and the rule that divides it."""
    designs.check_seed(wanted.seed)
    whole, unit_m = units(usable, wanted.unit_m), wanted.unit_m
    machine = expecting.suggestions(project, candidates)
    if wanted.design == "stratified":
        classes, rule = expecting.classes(project, machine, whole, unit_m, wanted.by)
    elif wanted.design in DESIGNS:
        classes, rule = dict.fromkeys(whole, designs.ALL), ""
    else:
        raise BadSetting(
            f"there is no design '{wanted.design}'; nothing was drawn, there are: "
            + ", ".join(DESIGNS)
        )
    expected, why, is_known = expecting.expected(project, machine, whole, unit_m, classes)
    seconds, how = expecting.pace(project)
    n_readers = f"{wanted.n_readers} reader{'s' if wanted.n_readers > 1 else ''}"
    plan = planning.planned(
        expected,
        n=wanted.n,
        half_width_km=wanted.half_width_km,
        seconds_each=seconds,
        n_readers=wanted.n_readers,
        assumed=(why, f"{n_readers} for each stretch, {seconds:.0f} s each: {how}."),
        is_known=is_known,
    )
    return plan, classes, rule


def usable_metres(project: Project) -> Spans:
    """Return the metres of the extent with a pair of images that can be compared and shown."""
    looks = {look.id: look.scene for look in project.rows(Look)}
    in_use = {scene.id for scene in project.rows(Scene) if not scene.set_aside}
    shown = (
        one
        for one in project.rows(Comparison)
        if not one.blocked_by and looks.get(one.before) in in_use and looks.get(one.after) in in_use
    )
    return Spans(part for one in shown for part in one.seen) & project.extent


def _usable(project: Project, usable: Spans | None) -> Spans:
    known = usable_metres(project) if usable is None else usable & project.extent
    if not known:
        raise BadInput(
            "no two images can be compared yet; nothing was drawn, run `vallum detect` first"
        )
    return known


def _second(project: Project, wanted: Wanted) -> Drawing:
    """Return stretches of a survey that are to be read again, within stratum and first answer."""
    strata = [row for row in project.rows(Stratum) if row.survey == wanted.second_of]
    if not strata:
        known = sorted({row.survey for row in project.rows(Stratum) if not row.of})
        raise BadInput(
            f"there is no survey '{wanted.second_of}'; nothing was drawn, there are: "
            + (", ".join(known) or "none, draw one first")
        )
    if strata[0].of or not strata[0].is_probability:
        kind = "a second reading" if strata[0].of else "a chosen area"
        raise BadSetting(
            f"{wanted.second_of} is {kind}; nothing was drawn, second readings are drawn from a "
            "first survey that was drawn by chance"
        )
    samples = [row for row in project.rows(Sample) if row.survey == wanted.second_of]
    answers = readings.first_answers(rows_of(project), wanted.second_of)
    units_read = {row.unit for row in samples}
    designs.check_read(wanted.second_of, units_read, answers)
    n = wanted.n or min(len(units_read), max(_LEAST_AGAIN, len(units_read) // 5))
    sizes = planning.allocated_second(strata, samples, answers, n)
    return designs.second(strata, samples, answers, sizes, seed=wanted.seed)


def _command(wanted: Wanted, n: int) -> str:
    """Return the command that draws what was planned."""
    told = [f"vallum sample --n {n}"]
    for word in ("unit_m", "design", "by", "seed"):
        value = getattr(wanted, word)
        if value != getattr(Wanted(), word):
            told.append(f"--{word.replace('_', '-')} {value}")
    return " ".join(told)


def _facts(plan: Plan) -> dict[str, Json]:
    options: list[Json] = [_option(option) for option in plan.options]
    return {"chosen": _option(plan.chosen), "options": options, "assumed": list(plan.assumed)}


def _option(option: Option) -> dict[str, Json]:
    return {
        "stretches": option.n,
        "half_width_km": option.half_width_km,
        "with_something": option.n_positive,
        "hours": option.hours,
    }
