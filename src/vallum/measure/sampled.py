"""What a sample says of a border: estimates with intervals, bounds, refusals with their reasons.

Names are those of the census with an ending: `_estimated`, `_bounds`, `_if_missing_at_random`,
`_in_<area>`. A number that the sample does not carry is a row as well: NaN, and the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from vallum.ground.errors import NotASample
from vallum.ground.kinds import Basis, Design
from vallum.ground.numbers import BOUNDS, ESTIMATED, IF_AT_RANDOM
from vallum.ground.records import Estimate
from vallum.ground.span import Spans
from vallum.measure.basis import km
from vallum.measure.estimators import estimate
from vallum.measure.parts import Bounds, Figure, Part
from vallum.measure.quantities import CHANGED, Quantity
from vallum.measure.survey import Known, Survey, parts
from vallum.measure.two_phase import TWO_PHASE
from vallum.measure.wording import Evidence, wording

_FEW = 0.1  # share of stretches under which errors of readers can make up much of what was read
_NAMED = {
    "regression": "the machine's map of all stretches, corrected by what was read",
    "ratio": "what was read per metre of the stretches, times the metres there are",
    "expansion": "each stretch that was read stands for the stretches it was drawn from",
    TWO_PHASE: "first readings, corrected by second ones",
}


def sampled_estimates(surveys: Sequence[Survey], *, if_at_random: bool = False) -> list[Estimate]:
    """Return all numbers that rest on samples and on chosen areas.

    Of several surveys drawn by chance, the newest one that is read completely gives the numbers;
    while none is, the newest one, and its rows say why there is no number yet. One that only
    repeats a part of an older complete one does not count. That rule is fixed so that nobody picks
    a survey by its result.

    Args:
        surveys: oldest first.
        if_at_random: add rows that assume that what was not seen is like what was.
    """
    drawn = [one for one in surveys if one.design is not Design.PURPOSIVE]
    chosen = [one for one in surveys if one.design is Design.PURPOSIVE]
    found: list[Estimate] = []
    if drawn:
        whole = [one for one in drawn if not one.n_unread]
        own = [one for k, one in enumerate(whole) if not _repeats(one, whole[:k])]
        survey = own[-1] if own else drawn[-1]
        found += _of_border(survey, len(drawn), if_at_random=if_at_random)
    elif chosen:
        found.append(_not_extrapolated(chosen))
    for area in _newest_per_area(chosen):
        found += _of_area(area)
    return found


def _repeats(one: Survey, older: Sequence[Survey]) -> bool:
    """Say whether a survey is a part of an older one, of the same border: nobody had to read it."""
    mine = {stretch.span for stretch in one.stretches}
    return any(
        other.population == one.population and mine < {stretch.span for stretch in other.stretches}
        for other in older
    )


def estimates_over(survey: Survey, over: Spans) -> list[Estimate]:
    """Return what a survey says of a part of the border it was drawn from.

    Args:
        survey: drawn by chance, or a chosen area.
        over: metres to speak of.

    Raises:
        NotASample: some of these metres could not have been drawn.
    """
    outside = over - survey.population
    if outside:
        raise NotASample(_why_not_there(survey, outside))
    slug = area_slug(over)
    within = survey.within(over)
    if survey.design is Design.PURPOSIVE:
        return _of_area(within, slug, float(over.length_m))
    return [
        replace(
            _estimated(within, one, 1, float(over.length_m)),
            name=f"{one.name}_{ESTIMATED}_in_{slug}",
        )
        for one in within.quantities()
    ]


def area_slug(spans: Spans) -> str:
    """Return how the names of numbers call an area: `km_12.5_15`."""
    hull = spans.hull
    if hull is None:
        raise NotASample("an area without a metre has no number; nothing was computed, name one")
    ends = (f"{at_m / 1000:.3f}".rstrip("0").rstrip(".") for at_m in (hull.start_m, hull.end_m))
    return "km_" + "_".join(ends)


# -- drawn by chance ------------------------------------------------------------------------------


def _of_border(survey: Survey, n_surveys: int, *, if_at_random: bool) -> Iterator[Estimate]:
    # While stretches are unread one row says so; what else could be estimated is not known yet.
    for quantity in survey.quantities() if not survey.n_unread else [CHANGED]:
        number = _estimated(survey, quantity, n_surveys)
        yield number
        if number.reason:
            continue  # the bounds are then those of the census: what is confirmed, and everything
        if not (quantity.is_net or quantity.sort == "cannot_tell"):
            yield _bounded(survey, quantity, number)
        if if_at_random:
            yield _at_random(survey, quantity, number)


def _estimated(
    survey: Survey, quantity: Quantity, n_surveys: int, over_m: float = math.nan
) -> Estimate:
    """Return the estimate of one quantity, or the row that says why there is none."""
    known = survey.known.get(quantity.name, Known(name=quantity.name))
    population_m = float(survey.population.length_m)
    figure = _figure(
        survey, quantity, known, min(population_m, over_m) if over_m > 0 else population_m
    )
    is_number = not figure.reason
    per = quantity.per_unit
    return Estimate(
        name=f"{quantity.name}_{ESTIMATED}",
        value=figure.value / per,
        low=figure.low / per,
        high=figure.high / per,
        se=figure.se / per,
        unit=quantity.unit,
        basis=Basis.SAMPLED,
        n=figure.n,
        n_positive=figure.n_positive,
        estimator=figure.estimator if is_number else "",
        survey=survey.name,
        reason=figure.reason,
        denominator=_denominator(survey, over_m),
        method=_method(survey, quantity, figure, n_surveys),
        wording=wording(
            Evidence(
                basis=Basis.SAMPLED,
                has_interval=is_number,
                is_as_read=figure.estimator != TWO_PHASE,
            )
        ),
        from_ids=survey.from_ids,
    )


def _figure(survey: Survey, quantity: Quantity, known: Known, ceiling: float) -> Figure:
    if survey.n_unread:
        return _refused(survey, _unread(survey))
    strata = parts(survey, quantity)
    if quantity.sort == "cannot_tell":
        # Who reads a second time decides what is there, not what could have been told.
        strata = [_first_only(part) for part in strata]
    return estimate(
        strata,
        design=survey.design,
        bounds=Bounds(
            floor=-math.inf if quantity.is_net else known.floor,
            ceiling=ceiling if quantity.is_border else math.inf,
            is_length=quantity.is_border,
        ),
    )


def _first_only(part: Part) -> Part:
    return replace(part, reference=None, answers=None)


def _refused(survey: Survey, reason: str) -> Figure:
    n = len(survey.units) - survey.n_unread
    return Figure(
        value=math.nan, low=math.nan, high=math.nan, se=math.nan, df=math.nan,
        n=n, n_positive=0, estimator="", reason=reason,
    )  # fmt: skip


def _method(survey: Survey, quantity: Quantity, figure: Figure, n_surveys: int) -> str:
    """Return in plain words how a number was reached."""
    told = [f"Stretches of {survey.unit_m} m, {_DRAWN[survey.design]} (survey {survey.name})"]
    if figure.reason:
        told.append(f"no number: {figure.reason}")
        return _sentences([*told, *_about_surveys(survey, n_surveys)])
    if figure.estimator in _NAMED:
        told.append(_NAMED[figure.estimator])
    told += [*figure.notes, "95 % interval, from the way the stretches were drawn"]
    told += [_who_read(survey, figure)]
    n_doubt = _n_doubtful(survey)
    if n_doubt and figure.estimator != TWO_PHASE and quantity.sort != "cannot_tell":
        told.append(
            f"in {n_doubt} stretches readers could not tell: nothing is counted there, and the "
            "bounds take all of it"
        )
    if quantity.sort == "barrier" and survey.n_unnamed:
        told.append(
            f"{survey.n_unnamed} lines without a class are in border-km and in no barrier-km"
        )
    if quantity.name.startswith("posts_stock"):
        told.append("the stock holds what readers recorded as standing before")
    return _sentences([*told, *_about_surveys(survey, n_surveys)])


_DRAWN = {
    Design.SIMPLE: "drawn by chance from all",
    Design.SYSTEMATIC: "drawn at even distances from a chance start",
    Design.STRATIFIED: "drawn by chance within each part of the border",
    Design.PURPOSIVE: "all of them in an area that was chosen",
}


def _who_read(survey: Survey, figure: Figure) -> str:
    if figure.estimator == TWO_PHASE:
        return "errors of first readers are corrected by second readings"
    n = len(survey.readers)
    who = f"as {n} reader{'s' if n != 1 else ''} saw it; errors of readers are not in the interval"
    if 0 < figure.n_positive < _FEW * figure.n:
        who += (
            f". Something was read in {figure.n_positive} of {figure.n} stretches only: a reader "
            "who sees something where nothing stands in a few of a hundred would alone make a good "
            "part of that. Have some read a second time"
        )
    if survey.n_unread_again:
        who += (
            f" ({survey.n_unread_again} second readings are missing, so none of them is used yet)"
        )
    return who


def _about_surveys(survey: Survey, n_surveys: int) -> list[str]:
    told = []
    if n_surveys > 1:
        told.append(
            f"{n_surveys} surveys were drawn; the newest one that is read completely counts"
        )
    if survey.note:
        told.append(survey.note)
    return told


def _sentences(parts_: Iterable[str]) -> str:
    return " ".join(f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in parts_ if part)


def _denominator(survey: Survey, over_m: float = math.nan) -> str:
    if over_m > 0:
        return f"of {km(over_m)} of border in this part"
    return (
        f"of {km(survey.population.length_m)} that could be compared when the survey was drawn, "
        f"of {km(survey.extent.length_m)} of frontier"
    )


# -- what was not seen ----------------------------------------------------------------------------


def _unseen_m(survey: Survey) -> int:
    return survey.population.within(survey.extent).length_m


def _bounded(survey: Survey, quantity: Quantity, number: Estimate) -> Estimate:
    """Return the estimate with all that was not seen added: none of it, all of it.

    Worst-case identification bounds (Manski 2003) around the ends of the interval.
    """
    known = survey.known.get(quantity.name, Known(name=quantity.name))
    unseen_m = _unseen_m(survey) + _doubt_m(survey, number)
    high, open_m = number.high, 0
    if quantity.is_border:
        high = min(
            _with_doubt(survey, quantity, number) + _unseen_m(survey) / 1000,
            survey.extent.length_m / 1000,
        )
        ends = "low as if none of it had any, high as if all of it had"
    elif unseen_m:
        high, open_m = math.nan, unseen_m
        ends = "low as if none of it had any; any amount may stand there, so there is no upper end"
    else:
        ends = "nothing was left unseen"
    more = "; what is confirmed there is in the low end" if known.beyond else ""
    return replace(
        number,
        name=f"{quantity.name}_{BOUNDS}",
        value=math.nan,
        low=number.low + known.beyond / quantity.per_unit,
        high=high,
        se=math.nan,
        open_m=open_m,
        basis=Basis.BOUNDS,
        denominator=f"of {km(survey.extent.length_m)} of frontier",
        method=_sentences(
            [
                f"The ends of the interval, with the {km(unseen_m)} of border that could not be "
                f"compared when the survey was drawn, or told by readers: {ends}{more}",
                "No value in between is more likely than another",
                survey.note,
            ]
        ),
        wording=wording(Evidence(basis=Basis.BOUNDS)),
    )


def _n_doubtful(survey: Survey) -> int:
    return sum(int((part.y > 0).sum()) for part in survey.doubts)


def _doubt_m(survey: Survey, number: Estimate) -> int:
    """Return the metres where readers could not tell and no second reading says what is there."""
    if number.estimator == TWO_PHASE:
        return 0
    strata = survey.doubts
    return round(sum(float(p.y.sum() / p.m.sum()) * p.size_m for p in strata if p.n))


def _with_doubt(survey: Survey, quantity: Quantity, number: Estimate) -> float:
    """Return the high end if something stood wherever readers could not tell, in km."""
    if not _doubt_m(survey, number):
        return number.high
    strata = [
        replace(_first_only(part), y=np.minimum(part.y + doubt.y, part.m))
        for part, doubt in zip(parts(survey, quantity), survey.doubts, strict=True)
    ]
    size_m = float(survey.population.length_m)
    worst = estimate(strata, design=survey.design, bounds=Bounds(ceiling=size_m))
    return size_m / 1000 if worst.reason else max(worst.high / 1000, number.high)


def _at_random(survey: Survey, quantity: Quantity, number: Estimate) -> Estimate:
    """Return the estimate for all of the frontier if what was not seen is like what was."""
    share = survey.extent.length_m / survey.population.length_m
    known = survey.known.get(quantity.name, Known(name=quantity.name))
    # What is confirmed where the sample could not look is there, whatever is assumed.
    least = -math.inf if quantity.is_net else (known.floor + known.beyond) / quantity.per_unit
    return replace(
        number,
        name=f"{quantity.name}_{IF_AT_RANDOM}",
        value=max(number.value * share, least),
        low=max(number.low * share, least),
        high=max(number.high * share, least),
        se=number.se * share,
        basis=Basis.ASSUMPTION,
        denominator=f"of {km(survey.extent.length_m)} of frontier",
        method=_sentences(
            [
                f"ASSUMES that the {km(_unseen_m(survey))} that could not be compared hold as "
                "much per kilometre as the rest; nothing shows that. Interval as of the estimate, "
                "without the doubt about the assumption itself",
                number.method,
            ]
        ),
        wording=wording(Evidence(basis=Basis.ASSUMPTION, has_interval=True)),
    )


# -- chosen areas ---------------------------------------------------------------------------------


def _of_area(survey: Survey, slug: str = "", over_m: float = math.nan) -> list[Estimate]:
    """Return what was read in a chosen area: sums, no estimates, and never extrapolated."""
    slug = slug or area_slug(survey.population)
    size_m = over_m if over_m > 0 else float(survey.population.length_m)
    if survey.n_unread:
        return [_unread_area(survey, slug, size_m)]
    return [_summed(survey, quantity, slug, size_m) for quantity in survey.quantities()]


def _summed(survey: Survey, quantity: Quantity, slug: str, size_m: float) -> Estimate:
    """Return what readers saw in a chosen area; the high end adds where they could not tell."""
    strata = parts(survey, quantity)
    total = sum(float(part.y.sum()) for part in strata) / quantity.per_unit
    doubt_m = sum(float(part.y.sum()) for part in survey.doubts)
    unseen_m = _hole_m(survey, slug)
    high, open_m = total, 0
    if quantity.sort == "border":
        high = min(total + doubt_m / 1000, size_m / 1000) + unseen_m / 1000
    elif quantity.sort != "cannot_tell" and doubt_m + unseen_m:
        high, open_m = math.nan, round(doubt_m + unseen_m)
    return replace(
        _unread_area(survey, slug, size_m),
        name=f"{quantity.name}_in_{slug}",
        value=total,
        low=total,
        high=high,
        open_m=open_m,
        unit=quantity.unit,
        n_positive=sum(int((part.y != 0).sum()) for part in strata),
        reason="",
        wording=wording(Evidence(basis=Basis.CHOSEN_AREA, is_as_read=True)),
    )


def _hole_m(survey: Survey, slug: str) -> int:
    """Return the metres inside a chosen area that could not be compared; 0 for a part of one."""
    hull = survey.population.hull
    if hull is None or slug != area_slug(survey.population):
        return 0
    return hull.length_m - survey.population.length_m


def _hole_text(survey: Survey, slug: str) -> str:
    hole_m = _hole_m(survey, slug)
    return f"; {km(hole_m)} inside it could not" if hole_m else ""


def _unread_area(survey: Survey, slug: str, size_m: float) -> Estimate:
    """Return the row of a chosen area that is not read completely yet."""
    return Estimate(
        name=f"{CHANGED.name}_in_{slug}",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        unit=CHANGED.unit,
        basis=Basis.CHOSEN_AREA,
        n=len(survey.units) - survey.n_unread,
        survey=survey.name,
        reason=_unread(survey),
        denominator=f"of {km(size_m)} that could be compared in an area that was chosen, not "
        f"drawn{_hole_text(survey, slug)}",
        method=_sentences(
            [
                f"All stretches of {survey.unit_m} m in an area that was chosen because: "
                f"{survey.strata[0].why}",
                "Sum of what readers saw, the mean where several read; the high end adds where "
                "they could not tell, and what could not be compared inside it",
                "It speaks of this area alone: one that was chosen for what it is says nothing of "
                "the rest of the border",
                survey.note,
            ]
        ),
        wording=wording(Evidence(basis=Basis.CHOSEN_AREA, has_number=False)),
        from_ids=survey.from_ids,
    )


def _unread(survey: Survey) -> str:
    return f"{survey.n_unread} of {len(survey.units)} stretches are not read yet"


def _newest_per_area(chosen: Sequence[Survey]) -> list[Survey]:
    found = {area_slug(survey.population): survey for survey in chosen}
    return list(found.values())


def _not_extrapolated(chosen: Sequence[Survey]) -> Estimate:
    """Return the row that says why areas chosen for interest give no number of the border."""
    areas = "; ".join(f"{one.strata[0].name}: {one.strata[0].why}" for one in chosen)
    size_m = Spans(span for one in chosen for span in one.population).length_m
    return Estimate(
        name=f"{CHANGED.name}_{ESTIMATED}",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        unit=CHANGED.unit,
        basis=Basis.SAMPLED,
        n=sum(len(one.units) - one.n_unread for one in chosen),
        reason=f"only areas that were chosen were read ({areas}); they say nothing of the other "
        f"{km(chosen[0].extent.length_m - size_m)}. Draw a sample by chance",
        denominator=f"of {km(chosen[0].extent.length_m)} of frontier",
        method="A number for the border needs stretches that were drawn by chance.",
        wording=wording(Evidence(basis=Basis.SAMPLED)),
        from_ids=tuple(stratum.id for one in chosen for stratum in one.strata),
    )


def _why_not_there(survey: Survey, outside: Spans) -> str:
    if survey.design is Design.PURPOSIVE:
        stratum = survey.strata[0]
        return (
            f"{stratum.name} was chosen ({stratum.why}), not drawn by chance, so it says nothing "
            f"of {outside}; no number was computed. Draw a sample of the border with "
            "`vallum sample`"
        )
    return (
        f"no stretch of {outside} could be drawn for survey {survey.name} (it could not be "
        "compared then), so the survey says nothing of it; no number was computed. Ask for less, "
        "or draw a new sample"
    )
