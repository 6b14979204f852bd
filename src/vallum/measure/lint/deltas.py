"""Increases and totals: "+169" is not "to 169"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from vallum.ground.prose.units import Measure
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem
from vallum.measure.lint.saying import amount, over
from vallum.measure.lint.words import Thing

_BEFORE = re.compile(
    r"\b(?:from|had|already|previously|originally|initially|were|was|only|just|existing|up from|"
    r"against|"
    r"compared (?:with|to)|with)\b[^.;\d]{0,25}$",
    re.IGNORECASE,
)
_KINDS = frozenset({Measure.COUNT, Measure.LENGTH})


def deltas(prose: Prose) -> Iterator[Problem]:
    """Find increases that are read as totals, and before + increase that is not after."""
    for numbers in prose.by_paragraph.values():
        many = [n for n in numbers if n.measure in _KINDS and not n.is_range]
        yield from _added_up(prose, many)
        yield from _read_as_stock(prose, many)


def _added_up(prose: Prose, numbers: Sequence[Number]) -> Iterator[Problem]:
    """Check "from A to B, D more" within one sentence and the next."""
    for i, (first, last) in enumerate(pairwise(numbers)):
        if not _is_from_to(prose, first, last):
            continue
        near = [*numbers[max(0, i - 2) : i], *numbers[i + 2 : i + 4]]
        for delta in near:
            same = delta.measure is first.measure and abs(delta.sentence - first.sentence) <= 1
            if not same or not delta.is_delta or (delta.is_stock and not delta.is_signed):
                continue
            low = first.interval[0] + delta.interval[0]
            high = first.interval[1] + delta.interval[1]
            if low <= last.interval[1] + 1e-9 and high >= last.interval[0] - 1e-9:
                continue
            if not _same_thing(first, delta, last):
                continue
            rule = "delta-as-stock" if delta.value == last.value else "increase"
            right = amount((first.si + delta.si) / last.unit.factor, last.unit)
            yield over(
                prose,
                rule,
                (first, last, delta),
                f"{amount(first.value, first.unit)} and {amount(delta.value, delta.unit)} more "
                f"make {right}, not {amount(last.value, last.unit)}",
                suggestion=f"write to {right}, or by {amount(delta.value, delta.unit)}",
            )


def _is_from_to(prose: Prose, first: Number, last: Number) -> bool:
    if first.measure is not last.measure or first.si >= last.si:
        return False
    gap = prose.gap(first, last)
    is_from = re.search(r"\bfrom\b[^.;\d]{0,25}$", prose.before(first)) is not None
    is_to = re.search(r"\bto\b[^.;\d]{0,30}$", gap) is not None and len(gap) < 80
    return is_from and is_to and first.sentence == last.sentence


def _same_thing(*numbers: Number) -> bool:
    return len({n.thing for n in numbers} - {Thing.UNKNOWN}) <= 1


def _read_as_stock(prose: Prose, numbers: Sequence[Number]) -> Iterator[Problem]:
    """Find one amount that is said to be an increase and to be how many there are."""
    for stock in numbers:
        if not stock.is_stock or stock.is_delta:
            continue
        near = [n for n in prose.near(stock) if n.measure is stock.measure and not n.is_range]
        grown = [n for n in near if n.is_delta and n.si == stock.si and n.value >= 5]
        before = _earlier(prose, near, stock)
        if before is None or not any(_same_thing(delta, stock) for delta in grown):
            continue
        total = amount((before.si + stock.si) / stock.unit.factor, stock.unit)
        yield over(
            prose,
            "delta-as-stock",
            (before, stock),
            f"{amount(stock.value, stock.unit)} is what was added: on "
            f"{amount(before.value, before.unit)} it makes {total}",
            suggestion=f"write to {total}, or by {amount(stock.value, stock.unit)}",
        )


def _earlier(prose: Prose, numbers: Sequence[Number], stock: Number) -> Number | None:
    """Return how many there were before, if the text says so near by."""
    for one in numbers:
        smaller = 0 < one.si < stock.si and not one.is_delta
        if smaller and _same_thing(one, stock) and one.unit is stock.unit:
            after = prose.after(one, 60)
            if _BEFORE.search(prose.before(one)) or re.search(
                r"\b(?:19|20)\d\d\b|before|already", after
            ):
                return one
    return None
