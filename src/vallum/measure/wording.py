"""Which words the evidence behind a number or a thing allows: the ladder, as one function.

The rungs and their precedents are those of published investigations (docs/explain/wording.md). A
number may use a lower rung than it has earned, never a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vallum.ground.kinds import Basis, Dating, Held
from vallum.ground.records import Finding


class Words(StrEnum):
    """The words that stand before a number or a thing, strongest evidence first."""

    MEASURED = "measured along the stated line"
    COUNTED = "counted"
    CONFIRMED = "confirmed"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    ABOUT = "about"
    BETWEEN = "between"
    ABOUT_IF = "about, if what was not compared is like what was"
    AMONG_CONFIRMED = "among what is confirmed"
    AS_LISTED = "as listed by the source"
    CONSISTENT_WITH = "consistent with"
    APPARENT = "apparent"
    POTENTIALLY = "potentially; not yet validated in the field"
    REPORTED = "reported by {sources}, not visible in imagery"
    REPORTED_UNSEEN = "reported by {sources}; no images to compare there"
    NOTHING_CONFIRMED = "nothing confirmed"
    NO_NUMBER = "no number"


ALLOWED_WHEN: dict[Words, str] = {
    Words.MEASURED: "a length of the frontier line itself; depends on the line and its tolerance",
    Words.COUNTED: "an account of the work done, not of the border",
    Words.CONFIRMED: "one thing that as many analysts as the rule asks for see on images",
    Words.AT_LEAST: "a lower bound: confirmed findings only",
    Words.AT_MOST: "an upper bound: a spacing between confirmed posts, more posts make it smaller",
    Words.ABOUT: "an estimate from a sample drawn by chance, printed with its interval",
    Words.BETWEEN: "bounds on what was not compared: none of it, all of it; no value in between",
    Words.ABOUT_IF: "an estimate that leans on a stated assumption about what was not compared",
    Words.AMONG_CONFIRMED: "a rate of which neither part is known in full",
    Words.AS_LISTED: "somebody else's data, imported without checking it against images",
    Words.CONSISTENT_WITH: "the images fit it and do not prove it",
    Words.APPARENT: "analysts could not tell or could not agree; never part of a total",
    Words.POTENTIALLY: "suggested by the machine, or seen by fewer people than the rule asks for",
    Words.REPORTED: "only claimed, by so many independent sources; images were compared there",
    Words.REPORTED_UNSEEN: "only claimed, and no pair of images lets one check",
    Words.NOTHING_CONFIRMED: "no finding is confirmed; says nothing about what stands there",
    Words.NO_NUMBER: "nothing allows a number, or a sample no interval; the reason stands there",
}
"""The condition under which each rung may be used."""

WITHIN_ANALYSED = "within the analysed (cloud-free) area"
"""Added to the words of every share and rate."""

AS_READ = "as analysts read it"
"""Added where errors of analysts are not corrected: it is what they would report of all of it."""

IN_CHOSEN_AREA = "in the chosen area only"
"""Added where an area was chosen for interest: it speaks of itself alone."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What stands behind a number, or behind one thing.

    Args:
        basis: what kind of number it is.
        n_confirmed: confirmed findings in it.
        n_unsettled: things on which analysts could not tell, or did not agree.
        n_waiting: things without a settled answer: the machine's, or seen by too few people.
        n_sources: sources of independent origin that say so; for what is only claimed.
        has_number: False where a reason stands in place of the number.
        has_interval: of a sample: whether there is a number with both ends of its interval.
        is_as_read: it rests on readings whose errors no second reading corrects.
        is_share: a share or a rate, which holds only where images could be compared.
        is_ceiling: fewer would be found if everything was known: a spacing, not a count.
        is_ratio_of_unknowns: a rate whose denominator is itself only a lower bound.
        is_the_line: the length of the frontier line itself.
        is_one: about one thing, not about a number.
        is_proven: False where the images fit and do not prove it.
        could_be_seen: False where no pair of images shows the place.
    """

    basis: Basis = Basis.CONFIRMED
    n_confirmed: int = 0
    n_unsettled: int = 0
    n_waiting: int = 0
    n_sources: int = 0
    has_number: bool = True
    has_interval: bool = False
    is_as_read: bool = False
    is_share: bool = False
    is_ceiling: bool = False
    is_ratio_of_unknowns: bool = False
    is_the_line: bool = False
    is_one: bool = False
    is_proven: bool = True
    could_be_seen: bool = True


def wording(evidence: Evidence) -> str:
    """Return the words that the evidence allows, as they stand before a number or a thing.

    The only place where words are chosen: for `Estimate.wording`, and for one finding together
    with `evidence_of`.
    """
    rung = _rung(evidence)
    words = str(rung)
    if rung in {Words.REPORTED, Words.REPORTED_UNSEEN}:
        n = evidence.n_sources
        words = words.format(sources=f"{n} source" if n == 1 else f"{n} sources")
    if evidence.is_as_read and rung is not Words.NO_NUMBER:
        words = f"{words}, {AS_READ}"
    if evidence.basis is Basis.CHOSEN_AREA:
        words = f"{words}, {IN_CHOSEN_AREA}"
    if evidence.is_share and rung is not Words.NO_NUMBER:
        words = f"{words}, {WITHIN_ANALYSED}"
    return words


def _rung(evidence: Evidence) -> Words:
    """Return the highest rung that the evidence reaches."""
    if not evidence.has_number:
        return Words.NO_NUMBER
    match evidence.basis:
        case Basis.SAMPLED:
            return Words.ABOUT if evidence.has_interval else Words.NO_NUMBER
        case Basis.BOUNDS:
            return Words.BETWEEN
        case Basis.ASSUMPTION:
            return Words.ABOUT_IF if evidence.has_interval else Words.NO_NUMBER
        case Basis.IMPORTED:
            return Words.AS_LISTED
        case Basis.CHOSEN_AREA if evidence.has_interval:
            return Words.ABOUT
        case Basis.CHOSEN_AREA if evidence.is_as_read:
            return Words.COUNTED
        case Basis.ACCOUNT:
            return Words.MEASURED if evidence.is_the_line else _unsettled(evidence) or Words.COUNTED
        case _:
            return _held(evidence)


def _held(evidence: Evidence) -> Words:
    """Return the rung of what people confirmed, or did not."""
    if not evidence.n_confirmed:
        open_words = _unsettled(evidence) if evidence.is_one else None
        return open_words or _claimed(evidence)
    if not evidence.is_proven:
        return Words.CONSISTENT_WITH
    if evidence.is_one:
        return Words.CONFIRMED
    if evidence.is_ratio_of_unknowns:
        return Words.AMONG_CONFIRMED
    return Words.AT_MOST if evidence.is_ceiling else Words.AT_LEAST


def _unsettled(evidence: Evidence) -> Words | None:
    """Return the rung of what is not settled; None where nothing is open."""
    if evidence.n_unsettled:
        return Words.APPARENT
    return Words.POTENTIALLY if evidence.n_waiting else None


def _claimed(evidence: Evidence) -> Words:
    """Return the rung where no image speaks for it."""
    if not evidence.n_sources:
        return Words.NOTHING_CONFIRMED
    return Words.REPORTED if evidence.could_be_seen else Words.REPORTED_UNSEEN


def evidence_of(finding: Finding, *, n_sources: int = 0) -> Evidence:
    """Return what stands behind one finding.

    A finding whose images contradict each other on its dates fits some of them and is proven by
    none.

    Args:
        finding: what the desk holds.
        n_sources: sources of independent origin that also say so.
    """
    held = finding.held
    return Evidence(
        basis=Basis.IMPORTED if held is Held.IMPORTED else Basis.CONFIRMED,
        n_confirmed=int(held is Held.CONFIRMED),
        n_unsettled=int(held in {Held.INDETERMINATE, Held.DISPUTED}),
        n_sources=n_sources,
        is_one=True,
        is_proven=finding.dating is not Dating.CONFLICTING,
    )
