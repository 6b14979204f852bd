"""What people read in drawn stretches: rows in, surveys with their readings out.

A *reading* is a verdict in force about a drawn stretch, given blind (mode "sample"), together with
what this reader drew in it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase

from vallum.ground.cells import units
from vallum.ground.kinds import POINTS, Answer, Change, Design, Held, Kind
from vallum.ground.records import Candidate, Finding, Sample, Stratum, Verdict
from vallum.ground.span import Span, Spans
from vallum.measure.quantities import Recorded, per_unit, recorded
from vallum.measure.survey import Known, Said, Stretch, Survey, together

SAMPLE = "sample"
"""Mode of the verdicts that count: given blind."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a project that readings are made from.

    Attributes:
        strata: of all surveys, oldest first.
        samples: all of them, sweeps included.
        verdicts: those in force.
        candidates: all of them, those drawn in stretches included.
        machine: suggestions of the machine in force.
        findings: confirmed ones that count, as they do in numbers that rest on no sample.
        extent: the stretch of frontier under study.
    """

    strata: Sequence[Stratum]
    samples: Sequence[Sample]
    verdicts: Sequence[Verdict]
    candidates: Mapping[str, Candidate]
    machine: Sequence[Candidate] = ()
    findings: Sequence[Finding] = ()
    extent: Span


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was said, by the stretch that it is about.

    A stretch that a later survey draws again, with the same images, has been read already: answers
    are about stretches, not about surveys. Second readings are kept apart, by the survey that they
    are of.

    Attributes:
        rows: drawn stretches by id.
        answers: of each stretch, the answer of each reader.
        drawn: of each stretch and reader, what was drawn there.
        candidates: what was drawn, by id.
        first: of each second phase, the survey that it reads again.
    """

    rows: Mapping[str, Sample]
    answers: Mapping[object, Mapping[str, Verdict]]
    drawn: Mapping[tuple[object, str], Sequence[Verdict]]
    candidates: Mapping[str, Candidate]
    first: Mapping[str, str]

    def place(self, row: Sample) -> object:
        """Return what an answer about a stretch is about; the same in whichever survey."""
        return _place(row, self.first)

    def of(self, row: Sample) -> Mapping[str, Verdict]:
        """Return the answer of each reader about a stretch."""
        return self.answers.get(self.place(row), {})

    def ids(self, row: Sample) -> list[str]:
        """Return the ids of what was said of a stretch, and of what was drawn in it."""
        place, answers = self.place(row), self.of(row)
        drawn = [v.id for name in answers for v in self.drawn.get((place, name), ())]
        return [*(verdict.id for verdict in answers.values()), *drawn]

    def said(
        self, row: Sample, letters: Mapping[str, str], without: Iterable[str] = ()
    ) -> list[Said]:
        """Return what was said of a stretch; some people left out."""
        skipped = set(without)
        return [
            Said(
                reader=letters[name],
                answer=verdict.answer,
                things=tuple(self._things(row, verdict)),
            )
            for name, verdict in self.of(row).items()
            if name not in skipped
        ]

    def _things(self, row: Sample, verdict: Verdict) -> Iterator[Recorded]:
        drawn = self.drawn.get((self.place(row), verdict.analyst), ())
        seen = [_as_seen(self.candidates[v.about], v) for v in drawn if v.about in self.candidates]
        where = Spans((row.span,))
        yield from (thing.within(where) for thing in recorded(seen) if thing.spans & where)
        # What was drawn wholly beyond the edge is a drawing too: there is nothing inside.
        is_drawn = any(thing.change is not Change.UNCHANGED for thing in seen)
        if verdict.answer is Answer.YES and not is_drawn:
            yield from _undrawn(row, verdict)


def told(rows: Rows) -> Told:
    """Sort what was said by the stretch that it is about."""
    drawn_rows = {row.id: row for row in rows.samples if row.design is not Design.SWEEP}
    first = {stratum.survey: stratum.of for stratum in rows.strata if stratum.of}
    places = {name: _place(row, first) for name, row in drawn_rows.items()}
    answers: dict[object, dict[str, Verdict]] = {}
    drawn: dict[tuple[object, str], list[Verdict]] = {}
    for verdict in sorted(rows.verdicts, key=lambda v: (v.analyst, _moment(v), v.about)):
        if verdict.mode == SAMPLE and verdict.about in drawn_rows:
            # The newest answer of a person about one stretch counts: the last of this order.
            answers.setdefault(places[verdict.about], {})[verdict.analyst] = verdict
        elif verdict.frame in drawn_rows and verdict.answer is Answer.YES:
            drawn.setdefault((places[verdict.frame], verdict.analyst), []).append(verdict)
    return Told(
        rows=drawn_rows, answers=answers, drawn=drawn, candidates=rows.candidates, first=first
    )


def surveys(rows: Rows, note: str = "") -> list[Survey]:
    """Return every first survey with its readings, in the order of its strata in `rows`.

    Args:
        rows: of the project.
        note: what a reader of the numbers must know of who looked at what.
    """
    heard = told(rows)
    letters = _letters_of(heard)
    machine = [thing for thing in recorded(rows.machine) if thing.spans]
    held = [f for f in rows.findings if f.held is Held.CONFIRMED and f.span.overlaps(rows.extent)]
    confirmed = recorded(sorted(held, key=lambda f: (-f.length_m, f.id)))
    found = []
    for name in dict.fromkeys(stratum.survey for stratum in rows.strata if not stratum.of):
        survey = _with_readings(name, rows, heard, letters, note)
        found.append(replace(survey, known=_all_known(survey, machine, confirmed)))
    return found


def first_answers(rows: Rows, survey: str) -> dict[int, Answer]:
    """Return the first answer about every stretch of a survey that was read by somebody."""
    heard = told(rows)
    found: dict[int, Answer] = {}
    unread = set()
    for row in rows.samples:
        if row.survey != survey:
            continue
        said = {verdict.answer for verdict in heard.of(row).values()}
        if not said:
            unread.add(row.unit)
        said |= {found[row.unit]} if row.unit in found else set()
        found[row.unit] = together(said)
    return {unit: answer for unit, answer in found.items() if unit not in unread}


def _with_readings(
    name: str, rows: Rows, heard: Told, letters: Mapping[str, str], note: str
) -> Survey:
    """Return a survey with its newest second phase that is read, or else the newest one."""
    later = list(dict.fromkeys(s.survey for s in rows.strata if s.of == name))
    tried = [_with_second(name, one, rows, heard, letters, note) for one in later[::-1] or [""]]
    return next((one for one in tried if one.is_twice_read), tried[0])


def _with_second(
    name: str, phase: str, rows: Rows, heard: Told, letters: Mapping[str, str], note: str
) -> Survey:
    strata = tuple(stratum for stratum in rows.strata if stratum.survey == name)
    groups = tuple(stratum for stratum in rows.strata if phase and stratum.survey == phase)
    again = {row.span: row for row in rows.samples if phase and row.survey == phase}
    mine = sorted((row for row in rows.samples if row.survey == name), key=lambda row: row.span)
    first, second = _readers(mine, again, heard)
    stretches, ids = [], [stratum.id for stratum in (*strata, *groups)]
    for row in mine:
        other = again.get(row.span)
        ids += heard.ids(row) + (heard.ids(other) if other else [])
        stretches.append(
            Stretch(
                unit=row.unit,
                stratum=row.stratum,
                span=row.span,
                said=tuple(heard.said(row, letters, second[row.unit])),
                again=tuple(heard.said(other, letters, first[row.unit]) if other else ()),
                is_again=other is not None,
            )
        )
    return Survey(
        strata=strata,
        stretches=tuple(stretches),
        extent=rows.extent,
        groups=groups,
        note=note,
        from_ids=tuple(dict.fromkeys(ids)),
    )


def _readers(
    mine: Sequence[Sample], again: Mapping[Span, Sample], heard: Told
) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """Return who is a first and who a second reader of each stretch; nobody is both.

    Who read a stretch a second time is no first reader of it, unless nobody else is: a number that
    a second reading corrects must not lose it because its reader answered once more.
    """
    first: dict[int, set[str]] = {row.unit: set() for row in mine}
    second: dict[int, set[str]] = {row.unit: set() for row in mine}
    for row in mine:
        first[row.unit].update(heard.of(row))
        if row.span in again:
            second[row.unit].update(heard.of(again[row.span]))
    alone = {row.unit for row in mine if not heard.of(row).keys() - second[row.unit]}
    for unit in first:
        if unit in alone:
            second[unit] -= first[unit]
        else:
            first[unit] -= second[unit]
    return first, second


def _all_known(
    survey: Survey, machine: Sequence[Recorded], confirmed: Sequence[Recorded]
) -> dict[str, Known]:
    """Return what the machine's map and confirmed findings say of each quantity."""
    drawn = set(survey.units)
    wholes = [(one, units(one.spans, one.unit_m)) for one in survey.strata]
    outside = survey.population.within(survey.extent)
    inside = [thing.within(survey.population) for thing in confirmed]
    beyond = [thing.within(outside) for thing in confirmed]
    found = {}
    for quantity in survey.quantities():
        on_map: dict[int, float] = {}
        totals: dict[str, float] = {}
        for stratum, whole in wholes:
            here = per_unit(quantity, machine, whole, stratum.unit_m)
            totals[stratum.name] = math.fsum(here.values())
            on_map |= {unit: amount for unit, amount in here.items() if unit in drawn}
        # A net change has no map: what the machine gains and what it loses are not equally sure.
        is_mapped = any(totals.values()) and not quantity.is_net
        found[quantity.name] = Known(
            name=quantity.name,
            machine=on_map if is_mapped else {},
            totals=totals if is_mapped else {},
            floor=quantity.of(inside),
            beyond=quantity.of(beyond),
        )
    return found


def _letters_of(heard: Told) -> dict[str, str]:
    """Return a letter for every reader, in the order of their first stretch along the line."""
    found: dict[str, str] = {}
    for row in sorted(heard.rows.values(), key=lambda row: (row.span, row.id)):
        for name in sorted(heard.of(row), key=lambda name: hashlib.sha256(name.encode()).digest()):
            found.setdefault(name, _letter(len(found)))
    return found


def _place(row: Sample, first: Mapping[str, str]) -> object:
    place = row.span, row.before, row.after
    return (first.get(row.survey, ""), *place) if row.design is Design.SECOND else place


def _as_seen(thing: Candidate, verdict: Verdict) -> Candidate:
    """Return a drawing with class and change as its reader holds them now."""
    return replace(
        thing,
        category=verdict.category or thing.category,
        change=verdict.change or thing.change,
    )


def _undrawn(row: Sample, verdict: Verdict) -> Iterator[Recorded]:
    """Yield what a yes without a drawing says: what was typed, or all of the stretch."""
    change = verdict.change or Change.NEW
    is_post, length_m = verdict.category in POINTS, float(row.span.length_m)
    n_posts = verdict.posts or int(is_post)
    is_typed = math.isfinite(verdict.metres)
    if n_posts:
        yield Recorded(
            category=verdict.category if is_post else None,
            change=change,
            spans=Spans(),
            count=float(n_posts),
            unplaced_m=min(float(n_posts), length_m),
        )
    if is_post or (verdict.category is None and n_posts and not is_typed):
        return
    metres = min(verdict.metres, length_m) if is_typed else length_m
    n_rows = 2 if verdict.category is Kind.DOUBLE_FENCE else 1  # as one that was drawn as one line
    yield Recorded(
        category=verdict.category,
        change=change,
        spans=Spans() if is_typed else Spans((row.span,)),
        length_m=metres * n_rows,
        unplaced_m=metres if is_typed else 0.0,
    )


def _moment(verdict: Verdict) -> float:
    return verdict.at.timestamp() if verdict.at is not None else 0.0


def _letter(place: int) -> str:
    """Return A, B ... Z, AA, AB ..."""
    text = ascii_uppercase[place % 26]
    return _letter(place // 26 - 1) + text if place >= 26 else text
