"""What the desk tells: one thing in full, how far everybody is, how far people agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING

from vallum.frontier import Section
from vallum.ground.errors import NoTicket
from vallum.ground.kinds import Design, Kind, Reading, Role
from vallum.ground.records import Candidate, Finding, Verdict
from vallum.ground.span import Span
from vallum.steps.desk_frames import MAY_DECIDE, drawn_in, frame_of
from vallum.steps.desk_heard import heard
from vallum.steps.desk_images import Reader
from vallum.steps.desk_items import ItemFull, full_candidate, full_frame
from vallum.steps.desk_mirror import Mirror, median
from vallum.steps.desk_people import Person
from vallum.steps.desk_queue import ask, given, seed_of
from vallum.steps.desk_ticket import Thing, Tickets
from vallum.steps.desk_writing import thing_of
from vallum.steps.done import known

if TYPE_CHECKING:
    from collections.abc import Callable

    from vallum.review.agreement import Account, Alpha, Pair


@dataclass(frozen=True, kw_only=True)
class Here:
    """Somebody who is at work now."""

    name: str
    section: int | None


@dataclass(frozen=True, kw_only=True)
class SectionProgress:
    """How far one section is."""

    number: int
    start_m: int
    end_m: int
    n: int
    mine: int
    done: bool
    who: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Mine:
    """How far I am."""

    n: int
    median_s: float | None
    today: int


@dataclass(frozen=True, kw_only=True)
class Everybody:
    """How far everybody is together."""

    n: int
    reviewed_once: int
    settled: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the work is."""

    sections: tuple[SectionProgress, ...]
    mine: Mine
    all: Everybody


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """Agreement is not shown yet, and why."""

    hidden: bool = True
    why: str


@dataclass(frozen=True, kw_only=True)
class AlphaRow:
    """Krippendorff's alpha of one class or section."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_answers: int
    share_equal: float | None


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """Agreement of two people, or of one person with the same person's repeats."""

    first: str
    second: str
    n: int
    share_equal: float | None
    kappa: float | None
    pabak: float | None


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """How far the lines of two people lie on each other."""

    first: str
    second: str
    first_m: float
    second_m: float
    first_share: float | None
    second_share: float | None
    buffer_m: float


@dataclass(frozen=True, kw_only=True)
class Confused:
    """How often two people who both say yes name these two classes."""

    one: Kind
    other: Kind
    n: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """How far people agree."""

    hidden: bool = False
    sections: tuple[int, ...]
    overall: AlphaRow
    classes: AlphaRow
    pairs: tuple[PairRow, ...]
    self: tuple[PairRow, ...]
    by_class: tuple[AlphaRow, ...]
    by_section: tuple[AlphaRow, ...]
    confusion: tuple[Confused, ...]
    lines: tuple[LineRow, ...]


# -- one thing ------------------------------------------------------------------------------------


def item(mirror: Mirror, tickets: Tickets, person: Person, ticket: str, mode: str) -> ItemFull:
    """Return one thing with all that is needed to judge it.

    Raises:
        NoTicket: it is not known to this person, or cannot be judged any more.
    """
    thing = thing_of(mirror, tickets, person, ticket)
    if thing.kind == "frame":
        frame = frame_of(mirror, thing.about)
        pair = mirror.pair_over(frame.span, (frame.before, frame.after)) if frame else None
        if frame is None or pair is None:
            raise _gone()
        is_blind = frame.design is not Design.SWEEP
        by = Reader(name=person.name, ticket=ticket, thing=thing, is_blind=is_blind)
        drawn = drawn_in(mirror, person.name, frame.id)
        own = [(tickets.write(person.name, Thing(about=row.id)), row) for row in drawn]
        return full_frame(mirror, frame, pair, by, drawn=own)
    row = mirror.all(Candidate)[thing.about]
    pair = mirror.judgeable.get(row.id)
    if pair is None:
        raise _gone()
    finding = mirror.all(Finding).get(_finding_id(mirror, row)) if thing.kind == "finding" else None
    is_final = mode == "disagreements" and person.role in MAY_DECIDE
    is_blind = not is_final and finding is None and mirror.is_second_reader(person.name, row)
    by = Reader(
        name=person.name, ticket=ticket, thing=thing, is_blind=is_blind, sees_others=is_final
    )
    others = mirror.groups.get(row.group, []) if row.group else []
    return full_candidate(
        mirror,
        row,
        pair,
        by,
        tickets={one.id: tickets.write(person.name, Thing(about=one.id)) for one in others},
        finding=finding,
        ask=ask(mirror, row, finding, person.name) if finding is not None else None,
    )


def _gone() -> NoTicket:
    return NoTicket("no two images show this place any more; nothing was changed, reload the page")


def _finding_id(mirror: Mirror, row: Candidate) -> str:
    def make() -> dict[str, str]:
        return {finding.about: finding.id for finding in mirror.all(Finding).values()}

    return mirror.derived("finding ids", ("Finding",), make).get(row.id, "")


# -- how far --------------------------------------------------------------------------------------


def progress(mirror: Mirror, person: Person, here: Sequence[Here], *, today: date) -> Progress:
    """Return how far everybody is; a section is done when a person answered all that is in it."""
    own = {
        about: row
        for about, row in mirror.by.get((person.name, Reading.FIRST), {}).items()
        if not row.is_withdrawn
    }
    parts = _by_section(mirror)
    answered = {row.about for row in given(mirror) if row.reading is Reading.FIRST}
    settled = {f.about for f in mirror.all(Finding).values() if f.held not in {"withdrawn"}}
    rows = [row for part in parts.values() for row in part]
    return Progress(
        sections=tuple(
            _section_progress(section, parts[section.number], own, here)
            for section in mirror.project.sections
        ),
        mine=Mine(
            n=len(own),
            median_s=known(median(row.seconds for row in own.values())),
            today=sum(
                row.at is not None and row.at.astimezone(UTC).date() == today
                for row in own.values()
            ),
        ),
        all=Everybody(
            n=len(rows),
            reviewed_once=sum(row.id in answered for row in rows),
            settled=sum(row.id in settled for row in rows),
        ),
    )


def _by_section(mirror: Mirror) -> dict[int, list[Candidate]]:
    """Return what can be judged in each section, by its middle."""

    def make() -> dict[int, list[Candidate]]:
        found: dict[int, list[Candidate]] = {one.number: [] for one in mirror.project.sections}
        for row in mirror.current:
            section = mirror.section_at(row.span.middle_m)
            if section is not None and row.id in mirror.judgeable:
                found[section.number].append(row)
        return found

    kinds = ("Candidate", "Comparison", "Look", "Fit", "Scene", "drawn")
    return mirror.derived("by section", kinds, make)


def _section_progress(
    section: Section, rows: Sequence[Candidate], own: dict[str, Verdict], here: Sequence[Here]
) -> SectionProgress:
    mine = sum(row.id in own for row in rows)
    return SectionProgress(
        number=section.number,
        start_m=section.span.start_m,
        end_m=section.span.end_m,
        n=len(rows),
        mine=mine,
        done=bool(rows) and mine == len(rows),
        who=tuple(one.name for one in here if one.section == section.number),
    )


# -- agreement ------------------------------------------------------------------------------------


def agreement(mirror: Mirror, person: Person) -> Told | Hidden:
    """Return how far people agree; to an analyst, of the sections that are finished only."""
    from vallum.review import agreement as rules

    parts = _by_section(mirror)
    shown = list(mirror.project.sections)
    if person.role not in MAY_DECIDE:
        own = mirror.by.get((person.name, Reading.FIRST), {})
        done = {about for about, row in own.items() if not row.is_withdrawn}
        if person.role is Role.EDITOR:
            return Hidden(why="agreement is for those who review; ask an adjudicator")
        shown = [
            one
            for one in shown
            if parts[one.number] and all(row.id in done for row in parts[one.number])
        ]
        if not shown:
            return Hidden(why="agreement is shown when you have finished a section")
    rows = [row for one in shown for row in parts[one.number]]

    def make() -> Account:
        spans = [one.span for one in shown]
        of, said = {row.id for row in rows}, heard(mirror)
        answers = {row.about: said[row.about] for row in given(mirror) if row.about in of}
        return rules.report(rows, (), spans, seed=seed_of(mirror), answers=answers)

    kinds = ("Verdict", "Candidate", "Comparison", "Look", "Fit", "Scene", "drawn")
    account = mirror.derived(("agreement", tuple(one.number for one in shown)), kinds, make)
    names = {} if person.role in MAY_DECIDE else _letters(mirror, person)
    return _told(account, shown, names, person)


def _letters(mirror: Mirror, person: Person) -> dict[str, str]:
    """Return letters in place of the names of the others."""
    others = sorted({row.analyst for row in given(mirror)} - {person.name})
    return {name: f"analyst {chr(65 + at % 26)}" for at, name in enumerate(others)}


def _told(
    account: Account, shown: Sequence[Section], letters: dict[str, str], person: Person
) -> Told:
    def name(of: str) -> str:
        return letters.get(of, of)

    numbers: dict[Span, int] = {one.span: one.number for one in shown}
    sees_all = person.role in MAY_DECIDE
    return Told(
        sections=tuple(numbers.values()),
        overall=_alpha("all", account.alpha),
        classes=_alpha("class", account.classes),
        pairs=tuple(_pair(one, name) for one in account.overall.pairs),
        self=tuple(
            _pair(one, name) for one in account.self if sees_all or one.first == person.name
        ),
        by_class=tuple(_alpha(kind.value, one) for kind, one in account.by_class.items()),
        by_section=tuple(
            _alpha(str(numbers.get(span, span)), one) for span, one in account.by_section.items()
        ),
        confusion=tuple(
            Confused(one=one, other=other, n=n) for (one, other), n in account.confusion.items()
        ),
        lines=tuple(
            LineRow(
                first=name(one.first),
                second=name(one.second),
                first_m=round(one.first_m, 1),
                second_m=round(one.second_m, 1),
                first_share=known(one.first_share),
                second_share=known(one.second_share),
                buffer_m=one.buffer_m,
            )
            for one in account.lines
        ),
    )


def _alpha(name: str, one: Alpha) -> AlphaRow:
    return AlphaRow(
        name=name,
        value=known(one.value),
        low=known(one.low),
        high=known(one.high),
        n=one.n,
        n_answers=one.n_answers,
        share_equal=known(one.share_equal),
    )


def _pair(one: Pair, name: Callable[[str], str]) -> PairRow:
    return PairRow(
        first=name(one.first),
        second=name(one.second),
        n=one.n,
        share_equal=known(one.share_equal),
        kappa=known(one.kappa),
        pabak=known(one.pabak),
    )
