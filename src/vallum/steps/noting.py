"""A project for a notebook: what the report says, in one view and three tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from vallum.ground.errors import BadSetting
from vallum.ground.records import Level
from vallum.project import Project
from vallum.steps import releasing, telling
from vallum.steps.done import silent

if TYPE_CHECKING:
    from vallum.report.notebook import Notebook


def notebook(project: Project, *, level: str = "public", on: date | None = None) -> Notebook:
    """Return the project as a notebook shows it; nothing is written or told to anybody.

    A notebook travels further than one thinks, so it holds what the public may see unless asked
    otherwise. What may be told of claims is as it would be told in a publication of that day.

    Args:
        project: whose numbers.
        level: "public", or "desk" for the people who work on the project.
        on: the day on which embargo and consent are held against; today if left out.

    Raises:
        BadSetting: nothing was measured yet, or there is no such level.
    """
    from vallum.report.figures import charts
    from vallum.report.model import build
    from vallum.report.notebook import Notebook
    from vallum.report.tongue import speaking

    chosen = _level(level)
    estimates = telling.current_estimates(project)
    if not estimates:
        raise BadSetting(
            f"{project.config.name}: nothing has been measured yet, so there is nothing to show; "
            "run `vallum measure`, or vallum.steps.measure(project), first"
        )
    claims = releasing.told(project, chosen, on).told
    book = telling.book_of(project, estimates, chosen, (), silent, claims)
    with speaking(book.languages[0]):
        strip = charts.strip(book)
        model = build(book)
    return Notebook(
        book=book, model=model, strip=strip.svg, strip_png=strip.png, strip_alt=strip.alt
    )


def _level(text: str) -> Level:
    if text not in (Level.PUBLIC, Level.DESK):
        raise BadSetting(
            f"a notebook is for 'public' or 'desk', not '{text}'; nothing was made, choose one"
        )
    return Level(text)
