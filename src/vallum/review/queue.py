"""The order of work: who is asked what, when again, and what is in dispute.

Order follows from the rows, the analyst's name and a seed alone, so that a page that is loaded
again shows the same queue, and two people who look at the same rows see the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vallum.ground.chance import draw
from vallum.ground.geodesy import Floats, Ints
from vallum.ground.kinds import LINES, Answer, Reading
from vallum.ground.records import Candidate, Verdict
from vallum.ground.span import Span, Spans
from vallum.review.said import Said, meaning, moment, reopens, said

Order = Literal["score", "position"]
Mask = NDArray[np.bool_]

_ENOUGH = 0.5  # share of a candidate's metres that must be usable for it to be judged
_POINTS_AT = ("answer", "class", "change")


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One thing to ask an analyst.

    Args:
        about: id of the candidate.
        reading: empty, or repeat when the same analyst is asked once more. Never show it.
        group: shared by a line and its posts, which can be answered together; empty for one alone.
            A repeat keeps it, so that it looks the same, but is answered by itself.
        why: what is in dispute: answer, class, change, contested; empty outside disagreements.
    """

    about: str
    reading: Reading = Reading.FIRST
    group: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """How far one section is.

    Args:
        section: its metres.
        n: things in it that can be judged.
        answered: how many of them each analyst answered; who answered none is not listed.
    """

    section: Span
    n: int
    answered: Mapping[str, int] = field(default_factory=dict)

    def is_done_by(self, analyst: str) -> bool:
        """Say whether an analyst answered all of it; an empty section is done by nobody."""
        return self.n > 0 and self.answered.get(analyst, 0) >= self.n


def triage(
    candidates: Sequence[Candidate],
    usable: Spans,
    *,
    order: Order = "score",
    section: Span | None = None,
    scores: Sequence[float] | Floats | None = None,
) -> list[Turn]:
    """Return the order of work of a first reader: all that can be judged, answered or not.

    A group goes as one: its line first, then its posts along the border. Its place in the order,
    and its section, are those of its strongest line (its strongest post where it has no line).
    Left out is what cannot be judged: less than half of its metres lie in `usable`.

    Args:
        candidates: what counts now, in any order.
        usable: metres with a usable pair of images.
        order: by score, strongest first, or by position along the border.
        section: only what has its middle here.
        scores: one per candidate in place of its own score (`likeness.rank`).
    """
    table = _Table(candidates, usable, scores)
    return table.turns(table.by(order), table.inside(section))


def second(
    candidates: Sequence[Candidate],
    usable: Spans,
    *,
    analyst: str,
    seed: int,
    sections: Sequence[Span] = (),
    section: Span | None = None,
) -> list[Turn]:
    """Return the order of work of a second reader, who shall not follow in the first one's steps.

    The same things as `triage`, from the far end of the border, section by section, and within a
    section shuffled by seed and name: every second reader has an order of their own. A group stays
    together. The scores have no influence on the order.

    Args:
        candidates: what counts now.
        usable: metres with a usable pair of images.
        analyst: name of the second reader.
        seed: of the project.
        sections: the stretches to take one after the other; without any, all is shuffled.
        section: only what has its middle here.
    """
    # What a group's strongest line is must not depend on scores that are learned from others.
    table = _Table(candidates, usable, None)
    inside = table.inside(section)
    return table.turns(table.shuffled(analyst, seed, sections, inside), inside)


def shuffled(ids: Iterable[str], *, analyst: str, seed: int) -> list[str]:
    """Return ids (of frames, say) in an order of the analyst's own."""
    return sorted(ids, key=lambda name: (draw(seed, "second", analyst, name), name))


def first_readers(
    candidates: Iterable[Candidate], verdicts: Iterable[Verdict], sections: Sequence[Span]
) -> dict[Span, str]:
    """Return who began each section: the analyst with the oldest answer there.

    Everybody else is a second reader there: blind, and in the order of `second`. A section that
    nobody has begun is left out: whoever comes is its first reader. The place of an answer is the
    middle of its candidate, also where that belongs to a group.

    Args:
        candidates: what counts now.
        verdicts: all answers; repeats, contested, final and withdrawn ones are ignored.
        sections: sorted stretches that do not overlap.
    """
    at = {c.id: (c.span.start_m + c.span.end_m) / 2 for c in candidates}
    given = [v for v in verdicts if _is_answer(v) and v.about in at]
    numbers = _numbers(np.array([at[v.about] for v in given]), sections)
    oldest: dict[int, tuple[tuple[object, int, str], str]] = {}
    for number, verdict in zip(numbers.tolist(), given, strict=True):
        known, age = oldest.get(number), _age(verdict)
        if known is None or age < known[0]:
            oldest[number] = (age, verdict.analyst)
    return {sections[i]: oldest[i][1] for i in sorted(oldest) if i >= 0}


def work(
    candidates: Sequence[Candidate],
    verdicts: Sequence[Verdict],
    usable: Spans,
    *,
    analyst: str,
    seed: int,
    sections: Sequence[Span],
    order: Order = "score",
    section: Span | None = None,
    scores: Sequence[float] | Floats | None = None,
    share: float = 0.2,
    apart: int = 10,
) -> tuple[list[Turn], set[str]]:
    """Return the whole queue of one analyst, and the ids to be shown blind to them.

    First come the sections that the analyst began, or that nobody did, in the order of `triage`;
    then those that another began, in the order of `second`, blind. What somebody else drew is
    blind as well. Repeats are mixed in. Things that are already answered are in the list as well,
    so that one can go back.

    Of the things, `share` are asked again (0 for sheets) with at least `apart` other answers
    in between. Only what has its middle in `section` is asked; `scores` stand in place of the
    candidates' own in the part that the analyst reads first; `verdicts` are those of everybody.
    """
    readers = first_readers(candidates, verdicts, sections)
    turns, hidden = arranged(
        candidates, usable, readers, analyst=analyst, seed=seed, sections=sections, order=order,
        section=section, scores=scores,
    )  # fmt: skip
    mine = {v.about for v in verdicts if v.analyst == analyst and v.mode == "draw"}
    drawn = {c.id for c in candidates if c.origin == "analyst"} - mine
    if share > 0:
        turns = repeats(turns, verdicts, analyst=analyst, seed=seed, share=share, apart=apart)
    return turns, hidden | drawn


def arranged(
    candidates: Sequence[Candidate],
    usable: Spans,
    readers: Mapping[Span, str],
    *,
    analyst: str,
    seed: int,
    sections: Sequence[Span],
    order: Order = "score",
    section: Span | None = None,
    scores: Sequence[float] | Floats | None = None,
) -> tuple[list[Turn], set[str]]:
    """Return the queue of one analyst without repeats, and what of it others began.

    It changes only with the candidates, the images, and who began which section (`readers`), not
    with every answer; for the rest see `work`.
    """
    others = np.array([readers.get(s, analyst) != analyst for s in sections] + [False])
    plain = _Table(candidates, usable, None)
    table = plain if scores is None else plain.scored(scores)
    is_second = others[table.numbers(sections)]
    first = table.turns(table.by(order), table.inside(section) & ~is_second)
    after = others[plain.numbers(sections)] & plain.inside(section)
    seen = {turn.about for turn in first}
    later = [t for t in plain.turns(plain.shuffled(analyst, seed, sections, after), after)
             if t.about not in seen]  # fmt: skip
    return first + later, {turn.about for turn in later}


def repeats(
    turns: Sequence[Turn],
    verdicts: Iterable[Verdict],
    *,
    analyst: str,
    seed: int,
    share: float = 0.2,
    apart: int = 10,
) -> list[Turn]:
    """Return the queue with a share of its things asked a second time, further down.

    What is repeated follows from seed, analyst and candidate alone. A repeat stands `apart` to
    `2 x apart` things below its first asking (or below where the analyst was, `apart` answers
    later, if they jumped about), never inside a group, and is left out while it would come too
    early: with fewer than `apart` other answers in between. So the last `apart` things of a queue
    are never repeated. A repeat whose first asking is not answered yet is in the list, too, so that
    the count does not jump; should its answer come first after all, it *is* the first (save it as
    such).

    Args:
        turns: the queue so far.
        verdicts: all answers; those of others and withdrawn ones are ignored.
        analyst: whose queue.
        seed: of the project.
        share: how many of the things are asked again.
        apart: least number of other things in between.
    """
    mine = [v for v in verdicts if v.analyst == analyst and not v.is_withdrawn]
    given = [v.about for v in sorted((v for v in mine if _is_answer(v)), key=_age)]
    again = {v.about for v in mine if v.reading is Reading.REPEAT}
    history = {about: i for i, about in enumerate(given)}
    place = {turn.about: i for i, turn in enumerate(turns)}
    unanswered = list(accumulate((turn.about not in history for turn in turns), initial=0))
    due: dict[int, list[Turn]] = {}
    for i, turn in enumerate(turns):
        chance = _chance(seed, analyst, turn.about)
        if chance >= share:
            continue
        below = i + apart
        n_later, is_answered = 0, turn.about in history
        if is_answered:
            n_later = len(given) - 1 - history[turn.about]
            if n_later >= apart:
                below = max(below, place.get(given[history[turn.about] + apart], 0))
        if below >= len(turns):
            continue
        # The draw is uniform below `share`; what is left of it says how much further down.
        below = min(below + int(chance / share * (apart + 1)), len(turns) - 1)
        between = unanswered[below + 1] - unanswered[i + 1]
        if turn.about in again or n_later + between >= apart:
            due.setdefault(_end_of_group(turns, below), []).append(
                Turn(about=turn.about, reading=Reading.REPEAT, group=turn.group)
            )
    return list(_mixed(turns, due))


@lru_cache(maxsize=1 << 16)
def _chance(seed: int, analyst: str, about: str) -> float:
    """Return the chance by which an analyst is asked of a thing again."""
    return draw(seed, "repeat", analyst, about)


def disagreements(
    candidates: Sequence[Candidate],
    verdicts: Iterable[Verdict],
    usable: Spans,
    *,
    adjudicator: str = "",
    answers: Mapping[str, Said] | None = None,
    weigh: Callable[[Said, Candidate], tuple[str, ...]] = lambda here, row: disputed(here, row),
) -> list[Turn]:
    """Return what an adjudicator has to decide, along the border; `Turn.why` says what about.

    In dispute is a candidate whose answers in force differ (yes, no, cannot tell), whose yes
    answers differ in class or in what happened, or that has one written on an older state
    (`Reading.CONTESTED`). A final word ends it, until a newer answer comes from somebody else that
    says something else (or is contested).

    Args:
        candidates: what counts now.
        verdicts: all answers; withdrawn ones are ignored.
        usable: metres with a usable pair of images.
        adjudicator: leaves out what this person answered as an analyst: nobody judges their own.
        answers: `said(verdicts)`, where it is known already.
        weigh: `disputed`.
    """
    answers = said(verdicts) if answers is None else answers
    why: dict[str, tuple[str, ...]] = {}
    asked = []
    for candidate in candidates:
        here = answers.get(candidate.id)
        if here is None or (adjudicator and has_read(here, adjudicator)):
            continue
        if reasons := weigh(here, candidate):
            why[candidate.id] = reasons
            asked.append(candidate)
    table = _Table(asked, usable, None)
    alone = table.turns(np.lexsort((table.rank, table.start_m)), table.is_judged)
    return [Turn(about=one.about, group=one.group, why=why[one.about]) for one in alone]


def disputed(here: Said, candidate: Candidate) -> tuple[str, ...]:
    """Return what the answers about one candidate differ in; empty where nothing is open."""
    if here.final is None:
        counted = list(here.first.values())
        contested = bool(here.contested)
    else:
        newer = reopens(here, candidate)
        if not newer:
            return ()
        counted = [here.final, *(v for v in newer if v.reading is Reading.FIRST)]
        contested = any(v.reading is Reading.CONTESTED for v in newer)
    meant = [meaning(verdict, candidate) for verdict in counted]
    yes = [word for word in meant if word[0] is Answer.YES]
    kinds = (
        len({answer for answer, _, _ in meant}) > 1,
        len({category for _, category, _ in yes}) > 1,
        len({change for _, _, change in yes}) > 1,
    )
    reasons = [name for name, differs in zip(_POINTS_AT, kinds, strict=True) if differs]
    return (*reasons, *(("contested",) if contested else ()))


def has_read(here: Said, person: str) -> bool:
    """Say whether a person answered this thing as an analyst, so that they cannot decide on it."""
    return person in here.first or person in here.contested


def progress(
    candidates: Sequence[Candidate],
    verdicts: Iterable[Verdict],
    usable: Spans,
    sections: Sequence[Span],
) -> list[Done]:
    """Return for every section how many things can be judged, and how many each analyst answered.

    Args:
        candidates: what counts now.
        verdicts: all answers; repeats, contested, final and withdrawn ones are ignored.
        usable: metres with a usable pair of images.
        sections: sorted stretches of the frontier.
    """
    table = _Table(candidates, usable, None)
    numbers = table.numbers(sections)
    of = {table.ids[i]: int(numbers[i]) for i in np.flatnonzero(table.is_judged)}
    n = Counter(of.values())
    given = {(v.about, v.analyst) for v in verdicts if _is_answer(v) and v.about in of}
    counts: dict[int, Counter[str]] = {}
    for about, analyst in given:
        counts.setdefault(of[about], Counter())[analyst] += 1
    return [
        Done(section=section, n=n[i], answered=dict(sorted(counts.get(i, Counter()).items())))
        for i, section in enumerate(sections)
    ]


class _Table:
    """Candidates as arrays, each with the leader of its group; all orders are sorts of it."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        usable: Spans,
        scores: Sequence[float] | Floats | None,
    ) -> None:
        self.ids = [c.id for c in candidates]
        self.groups = [c.group for c in candidates]
        n = len(self.ids)
        self.start_m = np.fromiter((c.span.start_m for c in candidates), float, n)
        self.end_m = np.fromiter((c.span.end_m for c in candidates), float, n)
        self.is_post = np.fromiter((c.category not in LINES for c in candidates), bool, n)
        self.is_judged = _usable_share(self.start_m, self.end_m, usable) >= _ENOUGH
        # Ids break ties, so that the order of the input is no matter.
        self.rank = np.empty(n, np.intp)
        self.rank[np.argsort(np.array(self.ids, dtype=str), kind="stable")] = np.arange(n)
        self._lead([c.score for c in candidates] if scores is None else scores)

    def scored(self, scores: Sequence[float] | Floats) -> _Table:
        """Return the same candidates with other scores, one for each."""
        other = copy(self)
        other._lead(scores)
        return other

    def _lead(self, scores: Sequence[float] | Floats) -> None:
        """Find for each candidate the strongest line of its group that can be judged."""
        self.score = np.array(scores, float)
        self.score[np.isnan(self.score)] = -np.inf
        n = len(self.ids)
        codes: dict[str, int] = {}
        code = np.fromiter(
            (codes.setdefault(g, n + len(codes)) if g else i for i, g in enumerate(self.groups)),
            np.intp, n,
        )  # fmt: skip
        ordered = np.lexsort((self.rank, -self.score, self.is_post, ~self.is_judged, code))
        kinds, first = np.unique(code[ordered], return_index=True)
        self.leader: Ints = ordered[first][np.searchsorted(kinds, code)]

    @property
    def middle_m(self) -> Floats:
        """Where the group of each candidate counts."""
        middle: Floats = (self.start_m + self.end_m) / 2
        return middle[self.leader]

    def inside(self, section: Span | None) -> Mask:
        """Return what can be judged and lies in a section."""
        if section is None:
            return self.is_judged
        middle = self.middle_m
        return self.is_judged & (middle >= section.start_m) & (middle < section.end_m)

    def numbers(self, sections: Sequence[Span]) -> Ints:
        """Return the position of each one's section among `sections`; -1 for none."""
        return _numbers(self.middle_m, sections)

    def by(self, order: Order) -> Ints:
        """Return positions in the order of a first reader."""
        lead = self.leader
        strongest = -self.score[lead] if order == "score" else np.zeros(len(lead))
        return np.lexsort((*self._within(), self.rank[lead], self.start_m[lead], strongest))

    def shuffled(self, analyst: str, seed: int, sections: Sequence[Span], chosen: Mask) -> Ints:
        """Return positions in the order of a second reader, which holds among the chosen ones."""
        keys = np.zeros(len(self.ids))
        for i in np.unique(self.leader[chosen]).tolist():
            keys[i] = draw(seed, "second", analyst, self.ids[i])
        lead = self.leader
        return np.lexsort((*self._within(), self.rank[lead], keys[lead], -self.numbers(sections)))

    def _within(self) -> tuple[NDArray[np.generic], ...]:
        """Return what orders a group: lines, then posts, each along the border."""
        return self.rank, self.start_m, self.is_post

    def turns(self, order: Ints, chosen: Mask) -> list[Turn]:
        """Return the chosen ones in this order."""
        ids, groups = self.ids, self.groups
        return [Turn(about=ids[i], group=groups[i]) for i in order[chosen[order]].tolist()]


def _usable_share(start_m: Floats, end_m: Floats, usable: Spans) -> Floats:
    """Return the share of each stretch that lies in `usable`."""
    if not usable:
        return np.zeros(len(start_m))
    ends = np.array([(p.start_m, p.end_m) for p in usable], float).ravel()
    lengths = np.diff(ends)
    lengths[1::2] = 0.0  # between two parts nothing adds up
    total = np.concatenate(([0.0], np.cumsum(lengths)))
    covered = np.interp(end_m, ends, total) - np.interp(start_m, ends, total)
    return np.asarray(covered / (end_m - start_m))


def _numbers(middle_m: Floats, sections: Sequence[Span]) -> Ints:
    if not sections:
        return np.full(len(middle_m), -1, np.intp)
    starts = np.array([s.start_m for s in sections], float)
    ends = np.array([s.end_m for s in sections], float)
    found = np.searchsorted(starts, middle_m, side="right") - 1
    return np.where((found >= 0) & (middle_m < ends[found]), found, -1)


def _is_answer(verdict: Verdict) -> bool:
    """Say whether a verdict is an answer in force: no repeat, final, contested, withdrawn one."""
    return not (verdict.reading or verdict.is_final or verdict.is_withdrawn)


def _age(verdict: Verdict) -> tuple[object, int, str]:
    return moment(verdict), verdict.based_on, verdict.about


def _end_of_group(turns: Sequence[Turn], i: int) -> int:
    """Return the last position of the group that stands at `i`."""
    group = turns[i].group
    while group and i + 1 < len(turns) and turns[i + 1].group == group:
        i += 1
    return i


def _mixed(turns: Sequence[Turn], due: Mapping[int, Sequence[Turn]]) -> Iterator[Turn]:
    for i, turn in enumerate(turns):
        yield turn
        yield from due.get(i, ())
