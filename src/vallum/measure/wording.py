"""Which words the evidence behind a number allows: the ladder, as code.

The rungs and their precedents are those of published investigations; a number may use a lower
rung than it has earned, never a higher one.
"""

from __future__ import annotations

from enum import StrEnum


class Words(StrEnum):
    """The words that stand before a number, strongest evidence first."""

    MEASURED = "measured along the stated line"
    COUNTED = "counted"
    AT_LEAST = "at least"
    ABOUT = "about"
    AS_LISTED = "as listed by the source"
    CONSISTENT_WITH = "consistent with"
    APPARENT = "apparent"
    POTENTIALLY = "potentially; not yet validated in the field"
    NOTHING_CONFIRMED = "nothing confirmed"


ALLOWED_WHEN: dict[Words, str] = {
    Words.MEASURED: "a length of the frontier line itself; depends on the line and its tolerance",
    Words.COUNTED: "an account of the work done, not of the border",
    Words.AT_LEAST: "a lower bound: confirmed findings only",
    Words.ABOUT: "an estimate that is printed with its interval",
    Words.AS_LISTED: "somebody else's data, imported without checking it against images",
    Words.CONSISTENT_WITH: "the images fit it and do not prove it",
    Words.APPARENT: "analysts could not tell or could not agree; never part of a total",
    Words.POTENTIALLY: "suggested by the machine, or seen by fewer people than the rule asks for",
    Words.NOTHING_CONFIRMED: "no finding is confirmed; says nothing about what stands there",
}
"""The condition under which each rung may be used."""

WITHIN_ANALYSED = "within the analysed (cloud-free) area"
"""Added to the words of every share and rate."""


def for_confirmed(n_confirmed: int) -> Words:
    """Return the words for a number that holds confirmed findings only."""
    return Words.AT_LEAST if n_confirmed else Words.NOTHING_CONFIRMED


def for_open(n_undecided: int) -> Words:
    """Return the words for things that are not settled as confirmed.

    Args:
        n_undecided: how many of them analysts have answered without reaching a decision.
    """
    return Words.APPARENT if n_undecided else Words.POTENTIALLY


def reported_by(n_sources: int) -> str:
    """Return the words for what is only claimed.

    Args:
        n_sources: sources of independent origin.

    Raises:
        ValueError: there is no source.
    """
    if n_sources < 1:
        raise ValueError("a claim has at least one source")
    noun = "source" if n_sources == 1 else "sources"
    return f"reported by {n_sources} {noun}, not visible in imagery"


def within_analysed(words: str) -> str:
    """Return the words for a share or a rate, which holds only where images could be compared."""
    return f"{words}, {WITHIN_ANALYSED}"
