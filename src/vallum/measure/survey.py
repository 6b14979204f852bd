"""One survey with what people read in it: a value that can be frozen and counted again.

It holds all that the estimates of a drawing need, and nothing that names a person.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from vallum.ground.cells import units
from vallum.ground.kinds import Answer, Change, Design
from vallum.ground.records import Stratum
from vallum.ground.span import Span, Spans
from vallum.measure.designs import group_answer
from vallum.measure.parts import First, Part
from vallum.measure.quantities import CANNOT_TELL, Quantity, Recorded, quantities

_CLASS = {Answer.NO: First.NO, Answer.YES: First.YES, Answer.CANNOT_TELL: First.CANNOT_TELL}
_RANKED = (Answer.YES, Answer.CANNOT_TELL, Answer.NO)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one reader said of one stretch.

    Attributes:
        reader: a letter; the same one for the same person in all surveys of a project.
        answer: whether anything changed there.
        things: what was seen, clipped to the stretch.
    """

    reader: str
    answer: Answer
    things: tuple[Recorded, ...] = ()

    def amount(self, quantity: Quantity, metres: float) -> float:
        """Return how much of a quantity this reader saw on so many metres, in metres or posts.

        A no is no change, and a stock that was recorded all the same counts. Who could not tell
        says 0 of everything; those metres have a number of their own.
        """
        if self.answer is Answer.CANNOT_TELL:
            return metres if quantity.sort == "cannot_tell" else 0.0
        things = self.things
        if self.answer is Answer.NO:
            things = tuple(thing for thing in things if thing.change is Change.UNCHANGED)
        amount = quantity.of(things)
        return min(amount, metres) if quantity.is_border else amount


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One drawn piece of border, with all that was said of it.

    Attributes:
        unit: number of the stretch; pieces of one stretch share it.
        stratum: part of the border.
        span: its metres.
        said: first readings.
        again: second readings, by others.
        is_again: True where a second reading was drawn.
        counted: metres of it that are spoken of; None for all of them.
    """

    unit: int
    stratum: str
    span: Span
    said: tuple[Said, ...] = ()
    again: tuple[Said, ...] = ()
    is_again: bool = False
    counted: Spans | None = None

    @property
    def counted_m(self) -> float:
        """Metres of it that are spoken of."""
        return float((self.span if self.counted is None else self.counted).length_m)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a quantity without the sample.

    Attributes:
        name: of the quantity.
        machine: what the machine's map says of drawn units, by unit; units with nothing left out.
        totals: what it says of all units, by stratum.
        floor: what people confirmed on the metres that were drawn from.
        beyond: what they confirmed elsewhere in the extent.
    """

    name: str
    machine: Mapping[int, float] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)
    floor: float = 0.0
    beyond: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Survey:
    """One drawing with its readings.

    Attributes:
        strata: of the drawing; frozen when it was drawn.
        stretches: drawn pieces, along the line.
        extent: the stretch of frontier under study.
        known: what is known of each quantity without the sample, by its name.
        groups: strata of the second phase; none where there is none.
        note: what a reader of the numbers must know of who looked at what.
        from_ids: rows it was made from; not frozen with it.
    """

    strata: tuple[Stratum, ...]
    stretches: tuple[Stretch, ...]
    extent: Span
    known: Mapping[str, Known] = field(default_factory=dict)
    groups: tuple[Stratum, ...] = ()
    note: str = ""
    from_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the drawing."""
        return self.strata[0].survey

    @property
    def design(self) -> Design:
        """How the stretches were chosen."""
        return self.strata[0].design

    @property
    def unit_m(self) -> int:
        """Length of a whole stretch."""
        return self.strata[0].unit_m

    @cached_property
    def population(self) -> Spans:
        """The metres it was drawn from."""
        return Spans(span for stratum in self.strata for span in stratum.spans)

    @property
    def units(self) -> dict[int, list[Stretch]]:
        """Pieces of each drawn stretch, along the line."""
        found: dict[int, list[Stretch]] = {}
        for piece in self.stretches:
            found.setdefault(piece.unit, []).append(piece)
        return found

    @property
    def n_unread(self) -> int:
        """Stretches of which a piece was read by nobody."""
        return sum(any(not p.said for p in pieces) for pieces in self.units.values())

    @property
    def n_unread_again(self) -> int:
        """Stretches whose second reading was drawn and is not there."""
        drawn = (pieces for pieces in self.units.values() if pieces[0].is_again)
        return sum(any(not p.again for p in pieces) for pieces in drawn)

    @property
    def is_twice_read(self) -> bool:
        """True where the second phase is complete, so that it can correct the first."""
        return bool(self.groups) and not self.n_unread_again

    @property
    def readers(self) -> set[str]:
        """Letters of all readers."""
        return {said.reader for piece in self.stretches for said in (*piece.said, *piece.again)}

    @property
    def n_unnamed(self) -> int:
        """Lines whose class nobody said."""
        return sum(
            thing.category is None and thing.length_m > 0
            for piece in self.stretches
            for said in (*piece.said, *piece.again)
            for thing in said.things
            if said.answer is Answer.YES
        )

    def quantities(self) -> list[Quantity]:
        """Return what can be estimated from it."""
        every = (s for piece in self.stretches for s in (*piece.said, *piece.again))
        return quantities(thing for said in every for thing in said.things)

    @cached_property
    def doubts(self) -> list[Part]:
        """Metres of each drawn stretch where first readers could not tell, by stratum."""
        return parts(self, CANNOT_TELL)

    def within(self, where: Spans) -> Survey:
        """Return the same survey with only what lies beside some metres counted.

        The stretches and their chances stay; the machine's map is left out, because it is known
        per stretch only.
        """
        pieces = tuple(
            replace(
                piece,
                said=tuple(_within(said, piece.span, where) for said in piece.said),
                again=tuple(_within(said, piece.span, where) for said in piece.again),
                counted=where & piece.span,
            )
            for piece in self.stretches
        )
        return Survey(
            strata=self.strata,
            stretches=pieces,
            extent=self.extent,
            groups=self.groups,
            note=self.note,
            from_ids=self.from_ids,
        )


def parts(survey: Survey, quantity: Quantity) -> list[Part]:
    """Return the strata of a survey with what was read of one quantity, for the estimators.

    The value of a stretch is the mean over its readers; a stretch of several pieces is their sum.
    Second readings enter only where all that were drawn are there.
    """
    by_unit = survey.units
    groups = _groups(survey)
    known = survey.known.get(quantity.name)
    found = []
    for stratum in survey.strata:
        mine = [unit for unit in sorted(by_unit) if by_unit[unit][0].stratum == stratum.name]
        again = [_again(by_unit[unit], quantity) for unit in mine] if survey.is_twice_read else []
        x = [known.machine.get(unit, 0.0) for unit in mine] if known and known.totals else None
        found.append(
            Part(
                name=stratum.name,
                n_units=stratum.n_units,
                size_m=float(stratum.spans.length_m),
                y=np.array([_first(by_unit[unit], quantity) for unit in mine], dtype=float),
                m=np.array([_metres(by_unit[unit]) for unit in mine], dtype=float),
                x=np.array(x, dtype=float) if x is not None else None,
                x_total=known.totals.get(stratum.name, 0.0) if known and known.totals else math.nan,
                reference=np.array(again, dtype=float) if again else None,
                answers=np.array(
                    [_CLASS[groups.get(u) or _first_answer(by_unit[u])] for u in mine],
                    dtype=np.intp,
                ),
            )
        )
    return found


def _within(said: Said, span: Span, where: Spans) -> Said:
    """Return a reading with only what lies beside some metres."""
    # Where a length was typed nobody knows which metres it means, so it is spread evenly.
    share = (where & span).length_m / span.length_m
    things = [thing.within(where) if thing.spans else thing.scaled(share) for thing in said.things]
    return Said(reader=said.reader, answer=said.answer, things=tuple(things))


def _metres(pieces: Sequence[Stretch]) -> int:
    return sum(piece.span.length_m for piece in pieces)


def _first(pieces: Sequence[Stretch], quantity: Quantity) -> float:
    return math.fsum(_mean(piece.said, quantity, piece.counted_m) for piece in pieces)


def _again(pieces: Sequence[Stretch], quantity: Quantity) -> float:
    """Return the second reading of a stretch; NaN where none was drawn, or nobody could tell.

    A first reading is corrected by what a second reader saw, not by what nobody could see.
    """
    if not pieces[0].is_again:
        return math.nan
    return math.fsum(_reference(piece, quantity) for piece in pieces)


def _reference(piece: Stretch, quantity: Quantity) -> float:
    said = piece.again
    if quantity.sort != "cannot_tell":
        said = tuple(one for one in said if one.answer is not Answer.CANNOT_TELL)
    return _mean(said, quantity, piece.counted_m) if said else math.nan


def _mean(said: Sequence[Said], quantity: Quantity, metres: float) -> float:
    return math.fsum(one.amount(quantity, metres) for one in said) / len(said)


def together(said: Collection[Answer]) -> Answer:
    """Return the one answer of several readers and pieces: the most that anybody saw.

    Yes if anybody saw something, else cannot tell if anybody could not tell, else no.
    """
    return next((one for one in _RANKED if one in said), Answer.NO)


def _first_answer(pieces: Sequence[Stretch]) -> Answer:
    return together({one.answer for piece in pieces for one in piece.said})


def _groups(survey: Survey) -> dict[int, Answer]:
    """Return the first answer of each stretch, as it was when the second phase was drawn."""
    return {
        unit: group_answer(group.name)
        for group in survey.groups
        for unit in units(group.spans, group.unit_m)
    }
