"""The linter: numbers in a text that contradict each other, or miss what they are counted in.

Generic rules come first: parts and wholes, shares, growth, unit pairs, increases, rates, roll-ups,
dates. Then the text is held against published figures and, if there is one, against a project.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vallum.ground.prose.text import Markup
from vallum.measure.lint.against import Fact, epochs, stocks, unmatched
from vallum.measure.lint.deltas import deltas
from vallum.measure.lint.epochs import date_order
from vallum.measure.lint.known import contradictions
from vallum.measure.lint.numbers import Prose, read
from vallum.measure.lint.problem import Problem, Severity
from vallum.measure.lint.rates import rates
from vallum.measure.lint.ratios import folds, pairs, shares
from vallum.measure.lint.rollups import extents, rollups, sections
from vallum.measure.lint.sums import sums
from vallum.measure.published import PublishedFigure

__all__ = ["Checked", "Fact", "Markup", "Problem", "Severity", "Windows", "check"]

_GENERIC = (sums, shares, folds, pairs, deltas, rollups, sections, date_order, extents)
Windows = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What is wrong, how many numbers were read, and how many were left alone."""

    problems: tuple[Problem, ...]
    n_numbers: int
    n_not_checked: int


def check(
    text: str,
    *,
    markup: Markup = Markup.PLAIN,
    figures: Sequence[PublishedFigure] = (),
    facts: Sequence[Fact] | None = None,
    windows: Windows | None = None,
) -> Checked:
    """Return what is wrong with the numbers of a text, in order.

    Args:
        text: as read; offsets count its characters.
        markup: tags, code and tables of HTML and code of Markdown are not read.
        figures: published figures to hold it against.
        facts: numbers that a project knows; with them, every measurement must be one of them.
        windows: months compared by the project, see `against.epochs`.
    """
    prose = read(text, markup)
    found = _Found()
    for rule in _GENERIC:
        found.keep(rule(prose))
    found.keep(contradictions(prose, figures))
    found.keep(rates(prose))
    if facts is not None:
        found.keep(stocks(prose, facts))
        found.keep(epochs(prose, windows))
        found.keep(unmatched(prose, facts))
    placed = [_placed(prose, problem) for problem in found.problems]
    in_order = sorted(placed, key=lambda problem: (problem.start, problem.end, problem.rule))
    return Checked(
        problems=tuple(in_order), n_numbers=len(prose.numbers), n_not_checked=prose.n_ignored
    )


def _placed(prose: Prose, problem: Problem) -> Problem:
    """Return a problem with offsets in the text as read, and the words that stand there."""
    start, end = prose.where(problem.start, problem.end)
    return replace(problem, start=start, end=end, text=prose.text[start:end])


class _Found:
    """Problems so far, by place, so that what was said of some words is not said again."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._by_place: dict[int, list[Problem]] = {}

    def keep(self, more: Iterable[Problem]) -> None:
        """Add problems, but one that only says again what is said of the same words."""
        for problem in more:
            places = range(problem.start // _PLACE, problem.end // _PLACE + 1)
            known = (one for place in places for one in self._by_place.get(place, ()))
            if any(_is_same(one, problem) for one in known):
                continue
            self.problems.append(problem)
            for place in places:
                self._by_place.setdefault(place, []).append(problem)


_PLACE = 500
_REPEATS = {"published": {"sum", "delta-as-stock"}}


def _is_same(known: Problem, problem: Problem) -> bool:
    overlap = known.start < problem.end and problem.start < known.end
    return overlap and (known.rule == problem.rule or known.rule in _REPEATS.get(problem.rule, ()))
