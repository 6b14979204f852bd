"""The numbers of a project as one tidy table: a row for each number, a column for each question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vallum.ground.numbers import WITHDRAWN, parts_of
from vallum.ground.records import Estimate

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "name", "quantity", "kind", "change", "section", "value", "low", "high", "unit",
    "denominator", "n", "method", "wording", "run", "basis", "estimator", "reason", "survey",
    "se", "n_positive", "form", "at",
)  # fmt: skip
"""The columns, in order; what a name says is taken from it by `ground.numbers.parts_of`."""


def tidy(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Return one row for each number that stands, in the order given.

    Numbers are unrounded and in the unit of their row. A number that may not be stated is NaN,
    and `reason` says why; `n` and `n_positive` are findings, or stretches that were read.

    Args:
        estimates: the newest row of each name; those that were withdrawn are left out.

    Returns:
        A frame with the columns `COLUMNS`, texts never missing, and rows numbered from 0.
    """
    import pandas as pd

    rows = [_row(one) for one in estimates if one.wording != WITHDRAWN]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = dict.fromkeys(COLUMNS, "str")  # so that an empty table has them too
    kinds |= dict.fromkeys(("value", "low", "high", "se"), "float64")
    return table.astype({**kinds, "n": "int64", "n_positive": "int64"})


def _row(estimate: Estimate) -> dict[str, Any]:
    parts = parts_of(estimate.name)
    said = {name: getattr(parts, name) for name in _OF_NAME}
    rest = {name: getattr(estimate, name) for name in COLUMNS if name not in said}
    return {**said, **rest, "basis": str(estimate.basis)}


_OF_NAME = ("quantity", "kind", "change", "section", "form", "at")
