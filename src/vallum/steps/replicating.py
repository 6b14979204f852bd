"""Every published number computed again: from the frozen sample, or from the rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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
            nothing was published yet, or something was read and measured since, the sample as it
            would be frozen now.

    Returns:
        A row per number: name, source ("sample.json", "rows" or "rows (sample.json is older)"),
        published, recomputed, published_low, recomputed_low, published_high, recomputed_high,
        equal.

    Raises:
        BadInput: there is no such file, or it is no frozen sample.
    """
    import pandas as pd

    known = [row for row in project.rows(Estimate) if row.wording != WITHDRAWN]
    again = {row.name: row for row in counted(project)}
    text = _text(project, path)
    rows = _against(known, again, text, frozen.FILE_NAME)
    if path is None and not all(row["equal"] for row in rows if row["source"] == frozen.FILE_NAME):
        now = frozen_sample(project)
        if now != text:  # numbers were measured since the file was written: it says nothing of them
            rows = _against(known, again, now, f"rows ({frozen.FILE_NAME} is older)")
    columns = ["name", "source", *(f"{side}{end}" for end in _ENDS for side in _SIDES), "equal"]
    return pd.DataFrame(rows, columns=columns)


def _against(
    known: Iterable[Estimate], counted: Mapping[str, Estimate], text: str, source: str
) -> list[dict[str, str | float | bool]]:
    """Return every number beside itself, those of samples as a frozen sample has them."""
    again = {**counted, **{row.name: row for row in (frozen.recompute(text) if text else ())}}
    return [_compared(one, again.get(one.name), source) for one in known]


def _compared(
    published: Estimate, again: Estimate | None, source: str
) -> dict[str, str | float | bool]:
    is_sampled = bool(published.survey) or published.basis is Basis.SAMPLED
    row: dict[str, str | float | bool] = {
        "name": published.name,
        "source": source if is_sampled else "rows",
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
