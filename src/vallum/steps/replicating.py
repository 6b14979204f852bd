"""Every published number computed again: from the frozen sample, or from the rows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.errors import BadInput
from vallum.ground.kinds import Basis
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import Estimate
from vallum.measure import frozen
from vallum.project import Project
from vallum.steps.estimating import frozen_sample
from vallum.steps.numbering import counted

if TYPE_CHECKING:
    import pandas as pd

_SIDES = ("published", "recomputed")
_ENDS = {"": "value", "_low": "low", "_high": "high"}


def replicate(project: Project, path: Path | None = None) -> pd.DataFrame:
    """Return every number that stands beside the same number computed again.

    Numbers of samples are computed from the frozen file alone; all others from the rows.

    Args:
        project: whose numbers.
        path: the frozen sample as it was published; if None the one in `out/report`, and where
            nothing was published yet the sample as it would be frozen now.

    Returns:
        A row per number: name, source ("sample.json" or "rows"), published, recomputed,
        published_low, recomputed_low, published_high, recomputed_high, equal.

    Raises:
        BadInput: there is no such file, or it is no frozen sample.
    """
    import pandas as pd

    known = [row for row in project.rows(Estimate) if row.wording != WITHDRAWN]
    text = _text(project, path)
    again = {row.name: row for row in counted(project)}
    again |= {row.name: row for row in (frozen.recompute(text) if text else ())}
    rows = [_compared(one, again.get(one.name)) for one in known]
    columns = ["name", "source", *(f"{side}{end}" for end in _ENDS for side in _SIDES), "equal"]
    return pd.DataFrame(rows, columns=columns)


def _compared(published: Estimate, again: Estimate | None) -> dict[str, str | float | bool]:
    is_sampled = bool(published.survey) or published.basis is Basis.SAMPLED
    row: dict[str, str | float | bool] = {
        "name": published.name,
        "source": frozen.FILE_NAME if is_sampled else "rows",
    }
    is_equal = again is not None and again.reason == published.reason
    for end, field in _ENDS.items():
        one = float(getattr(published, field))
        other = float(getattr(again, field)) if again is not None else math.nan
        row[f"published{end}"], row[f"recomputed{end}"] = one, other
        is_equal &= one == other or (math.isnan(one) and math.isnan(other))
    row["equal"] = is_equal
    return row


def _text(project: Project, path: Path | None) -> str:
    published = path or project.out_folder / "report" / frozen.FILE_NAME
    if published.is_file():
        return published.read_text(encoding="utf-8")
    if path is not None:
        raise BadInput(f"{path} does not exist; nothing was computed, check the path")
    return frozen_sample(project)
