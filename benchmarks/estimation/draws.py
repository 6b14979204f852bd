"""Samples of a SIMULATED border, read by simulated analysts, in the form that the estimators take.

Small draws by numpy with the chances of `vallum.measure.designs`, whose own draws by SHA-256 would
take most of the time of the study; sizes of strata and of second readings are the product's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import population as made

from vallum.ground.kinds import Answer
from vallum.measure import estimators
from vallum.measure.planning import SECOND_SHARES, Expected, allocated

# What `vallum sample` expects before anybody has looked (steps/expecting.py): something along half
# of the metres that the machine marks, and along 2 % of the others.
HOLDS, HIDDEN = 0.5, 0.02
AGAIN = 0.5
"""Share of the stretches that are read a second time; which of them, the product chooses."""


def is_twice(design: str) -> bool:
    """Return True for a design with a second reading."""
    return design.endswith("+second")


def sample(
    rng: np.random.Generator,
    border: made.Population,
    *,
    design: str,
    n: int,
    said: made.Floats,
) -> list[estimators.Part]:
    """Draw once; return what is `said` of the stretches drawn, and second readings of some."""
    if design.startswith("stratified"):
        members, sizes = allocation(border, n)
        drawn = [of[_simple(rng, len(of), k)] for of, k in zip(members, sizes, strict=True)]
    else:
        members = [np.arange(len(border.y))]
        one = _systematic if design.startswith("systematic") else _simple
        drawn = [one(rng, len(border.y), n)]
    second: list[dict[str, Any]] = [{} for _ in drawn]
    if is_twice(design):
        second = _second(rng, border, members, drawn, [said[at] for at in drawn])
    return [
        estimators.Part(
            name=f"{k}",
            n_units=len(of),
            size_m=float(border.m[of].sum()),
            y=said[drawn[k]],
            m=border.m[drawn[k]],
            x=border.x[drawn[k]],
            x_total=float(border.x[of].sum()),
            **second[k],
        )
        for k, of in enumerate(members)
    ]


@lru_cache(maxsize=400)
def allocation(border: made.Population, n: int) -> tuple[list[made.Ints], list[int]]:
    """Return the units of each stratum, and how many of them the product would draw."""
    members = [np.flatnonzero(border.stratum == s) for s in np.unique(border.stratum)]
    expected = []
    for k, of in enumerate(members):
        size = float(border.m[of].sum())
        marked = min(1.0, float(np.abs(border.x[of]).sum()) / size)
        share = HOLDS * marked + HIDDEN * (1 - marked)
        expected.append(Expected(name=f"{k}", n_units=len(of), size_m=size, share=share))
    return members, list(allocated(expected, n).values())


def _simple(rng: np.random.Generator, n_units: int, n: int) -> made.Ints:
    """Return n different units, each set as likely, in order along the line."""
    return np.sort(rng.choice(n_units, n, replace=False, shuffle=False))


def _systematic(rng: np.random.Generator, n_units: int, n: int) -> made.Ints:
    """Return every (N / n)-th unit from a random start."""
    drawn = np.floor((rng.random() + np.arange(n)) * n_units / n).astype(np.int64)
    return np.minimum(drawn, n_units - 1)


def _second(
    rng: np.random.Generator,
    border: made.Population,
    members: list[made.Ints],
    drawn: list[made.Ints],
    said: list[made.Floats],
) -> list[dict[str, Any]]:
    """Return second readings, free of error, of some; drawn within stratum and first answer."""
    answers = [(y != 0).astype(np.int64) for y in said]
    groups, expected = [], []
    for k, answer in enumerate(answers):
        for word, number in ((Answer.NO, 0), (Answer.YES, 1)):
            inside = np.flatnonzero(answer == number)
            if not len(inside):
                continue
            stands_for = len(members[k]) / len(drawn[k])
            groups.append((k, inside))
            expected.append(
                Expected(
                    name=f"{len(expected)}",
                    n_units=len(inside),
                    size_m=len(inside) * stands_for,
                    share=SECOND_SHARES[word],
                )
            )
    sizes = allocated(expected, round(AGAIN * sum(map(len, drawn)))).values()
    reference = [np.full(len(at), np.nan) for at in drawn]
    for (k, inside), n in zip(groups, sizes, strict=True):
        again = inside[_simple(rng, len(inside), n)]
        reference[k][again] = border.y[drawn[k][again]]
    return [{"reference": r, "answers": a} for r, a in zip(reference, answers, strict=True)]
