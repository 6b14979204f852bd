"""Which answers count: the newest of each analyst, without what was taken back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from vallum.ground.kinds import Answer, Change, Kind, Reading
from vallum.ground.records import Candidate, Verdict

_EVER = datetime.min.replace(tzinfo=UTC)

Meaning = tuple[Answer, Kind | None, Change | None]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was said of one thing, newest answer per person, withdrawn ones left out.

    Args:
        first: answers in force, by analyst.
        repeat: second answers of the same analysts, for self-agreement.
        contested: answers that were written on an older state, by analyst.
        final: the newest word of an adjudicator.
    """

    first: dict[str, Verdict] = field(default_factory=dict)
    repeat: dict[str, Verdict] = field(default_factory=dict)
    contested: dict[str, Verdict] = field(default_factory=dict)
    final: Verdict | None = None


def said(verdicts: Iterable[Verdict]) -> dict[str, Said]:
    """Return what was said of each thing, by its id; the order of input is no matter."""
    newest: dict[tuple[str, str, Reading, bool], Verdict] = {}
    for verdict in verdicts:
        key = (verdict.about, verdict.analyst, verdict.reading, verdict.is_final)
        known = newest.get(key)
        if known is None or newness(known) <= newness(verdict):
            newest[key] = verdict
    found: dict[str, Said] = {}
    finals: dict[str, Verdict] = {}
    for (about, analyst, reading, is_final), verdict in newest.items():
        if verdict.is_withdrawn:
            continue
        here = found.setdefault(about, Said())
        if is_final:
            if reading is Reading.FIRST:
                known = finals.get(about)
                if known is None or is_newer(verdict, known):
                    finals[about] = verdict
        elif reading is Reading.FIRST:
            here.first[analyst] = verdict
        elif reading is Reading.REPEAT:
            here.repeat[analyst] = verdict
        else:
            here.contested[analyst] = verdict
    return {
        about: Said(
            first=here.first, repeat=here.repeat, contested=here.contested, final=finals.get(about)
        )
        for about, here in found.items()
    }


def meaning(verdict: Verdict, candidate: Candidate) -> Meaning:
    """Return answer, class and change; the last two only of a yes, as suggested where not said."""
    if verdict.answer is not Answer.YES:
        return verdict.answer, None, None
    return (
        verdict.answer,
        verdict.category or candidate.category,
        verdict.change or candidate.change,
    )


def reopens(here: Said, candidate: Candidate) -> list[Verdict]:
    """Return the answers that came after the final word, from somebody else, and differ from it.

    A contested answer that came after it counts as well, whatever it says.
    """
    if here.final is None:
        return []
    word = meaning(here.final, candidate)
    later = [
        verdict
        for verdict in here.first.values()
        if verdict.analyst != here.final.analyst and meaning(verdict, candidate) != word
    ]
    return [
        verdict for verdict in (*later, *here.contested.values()) if is_newer(verdict, here.final)
    ]


def author(here: Said, candidate: Candidate) -> str:
    """Return who drew a candidate; empty for the machine's.

    Whoever answered in mode "draw"; where a table was read in, the one whose yes is the oldest.
    """
    if candidate.origin != "analyst":
        return ""
    yes = [verdict for verdict in here.first.values() if verdict.answer is Answer.YES]
    drawn = [verdict for verdict in yes if verdict.mode == "draw"] or yes
    first = min(drawn, key=lambda v: (moment(v), v.based_on, v.analyst), default=None)
    return first.analyst if first else ""


def is_newer(one: Verdict, other: Verdict) -> bool:
    """Say whether `one` came after `other`: by time, or by ledger row where a time is missing."""
    if one.at is not None and other.at is not None:
        return moment(one) > moment(other)
    return one.based_on > other.based_on


def newness(verdict: Verdict) -> tuple[datetime, int, str]:
    """Return what orders answers from old to new; full content breaks ties."""
    return moment(verdict), verdict.based_on, json.dumps(verdict.body(), sort_keys=True)


def moment(verdict: Verdict) -> datetime:
    """Return when an answer was given; the beginning of time where that is not known."""
    at = verdict.at or _EVER
    return at if at.tzinfo else at.replace(tzinfo=UTC)
