"""How problems are put into words."""

from __future__ import annotations

from collections.abc import Iterable

from vallum.ground.prose.units import Measure, Unit
from vallum.measure.lint.dates import Day
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem, Severity


def plain(value: float) -> str:
    """Return a number with as many digits as help: 542, 16.6, 42.5, 6,820."""
    if value == int(value):
        return f"{value:,.0f}"
    decimals = 1 if abs(value) >= 10 else 2
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def amount(value: float, unit: Unit) -> str:
    """Return a number with its unit."""
    if unit.measure is Measure.FOLD:
        return f"{plain(value)}-fold"
    return f"{plain(value)} {unit.name}".strip()


def over(
    prose: Prose,
    rule: str,
    words: Iterable[Number | Day],
    message: str,
    *,
    severity: Severity = Severity.ERROR,
    suggestion: str = "",
) -> Problem:
    """Return a problem that reaches from the first to the last of some numbers or dates."""
    all_words = list(words)
    start, end = min(one.start for one in all_words), max(one.end for one in all_words)
    values = tuple(one.value for one in all_words if isinstance(one, Number))
    return Problem(
        rule=rule,
        message=message,
        start=start,
        end=end,
        text=prose.clean[start:end],
        numbers=values,
        severity=severity,
        suggestion=suggestion,
    )
