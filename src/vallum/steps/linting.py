"""`lint`: numbers in a text that contradict each other, published figures, or the project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.ground.errors import NotThere
from vallum.ground.kinds import Held
from vallum.ground.records import Candidate, Finding, Scene
from vallum.measure.lint import Checked, Fact, Markup, Problem, Windows, check
from vallum.measure.published import PublishedFigure
from vallum.measure.published import figures as packaged
from vallum.report.printing import RULE
from vallum.steps.done import Done
from vallum.steps.giventext import given_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vallum.project import Project

REPORT = "report"


@dataclass(frozen=True, kw_only=True)
class Linted(Done):
    """What is wrong with the numbers of a text.

    Attributes:
        problems: in the order of the text.
        n_numbers: how many numbers were read as measurements.
        n_not_checked: how many were left alone: years, dates, money, people, references, codes.
    """

    problems: tuple[Problem, ...] = ()
    n_numbers: int = 0
    n_not_checked: int = 0

    @property
    def exit_code(self) -> int:
        """0 when nothing is wrong, 3 when there are problems."""
        return 3 if self.problems else 0

    def to_json(self) -> Any:
        """Return a list with one object per problem."""
        return [problem.to_json() for problem in self.problems]


def lint(
    text_or_path: Path | str,
    *,
    project: Project | Path | str | None = None,
    figures: Sequence[PublishedFigure] | None = None,
) -> Linted:
    """Return what is wrong with the numbers of a text.

    Args:
        text_or_path: a file (.txt, .md, .html; others are read as plain text), `-` for standard
            input, `report` for the report of the project, or the text itself.
        project: open project, or its folder; then every measurement must be one of its estimates.
            For `report` the current folder if left out.
        figures: published figures to hold the text against; the packaged ones if left out, none
            if empty.

    Returns:
        Linted; offsets count the characters of the text as decoded, line ends untouched.

    Raises:
        BadInput: there is no such file, or it is no text.
        TooLarge: the file is larger than 10 MB.
        NotThere: the project has no report yet.
        NotAProject: the folder holds no project.
    """
    if text_or_path == REPORT and project is None:
        project = Path()
    with _opened(project) as opened:
        name, text, markup = _read(text_or_path, opened)
        facts = None if opened is None else facts_of(opened)
        if text_or_path == REPORT and facts is not None:
            facts += tuple(_numbers_in(RULE, "the rule of rounding"))
        done = check(
            text,
            markup=markup,
            figures=packaged() if figures is None else figures,
            facts=facts,
            windows=None if opened is None else _windows(opened),
        )
    return _told(name, text, done)


@contextmanager
def _opened(project: Project | Path | str | None) -> Iterator[Project | None]:
    if isinstance(project, (str, Path)):
        from vallum.project import open_project

        with open_project(Path(project)) as opened:
            yield opened
    else:
        yield project


def _read(text_or_path: Path | str, project: Project | None) -> tuple[str, str, Markup]:
    """Return name, text and markup of what is to be checked."""
    if text_or_path == REPORT and project is not None:
        path = project.out_folder / "report" / "report.html"
        if not path.is_file():
            raise NotThere(
                f"{path}: this project has no report yet; nothing was checked, run `vallum publish`"
            )
        return given_text(path, done="checked")
    return given_text(text_or_path, done="checked", words="`report`, ")


# -- what a project knows ---------------------------------------------------------------------


def facts_of(project: Project) -> tuple[Fact, ...]:
    """Return the numbers that a project knows: of estimates, findings and settings."""
    from vallum.steps.telling import current_estimates

    found: list[Fact] = []
    for estimate in current_estimates(project):
        told = {
            "": estimate.value,
            ", lower bound": estimate.low,
            ", upper bound": estimate.high,
        }
        found += [
            Fact(
                name=f"{estimate.name}{end}",
                value=value,
                unit=estimate.unit,
                wording=estimate.wording,
            )
            for end, value in told.items()
            if not end or value != estimate.value
        ]
        found += _numbers_in(estimate.denominator, f"{estimate.name}, denominator")
    confirmed = [row for row in project.rows(Finding) if row.held is Held.CONFIRMED]
    things: list[Finding | Candidate] = [*confirmed, *project.rows(Candidate)]
    found += [
        Fact(name=row.id, value=row.length_m, unit="m") for row in things if row.category.is_line
    ]
    found += [Fact(name=row.name, value=row.gsd_m, unit="m") for row in project.rows(Scene)]
    counted = Counter((row.category.label, str(row.change)) for row in confirmed)
    found += [
        Fact(name=f"confirmed {label}, {change}", value=n, unit="count")
        for (label, change), n in counted.items()
    ]
    return (*found, *_settings(project))


def _numbers_in(text: str, name: str) -> list[Fact]:
    """Return the measurements in words of the project itself, as facts."""
    from vallum.measure.lint.numbers import read

    return [
        Fact(name=name, value=number.value, unit=number.unit.name or "count")
        for number in read(text).numbers
    ]


def _settings(project: Project) -> list[Fact]:
    """Return the lengths that the settings hold, and those of the line."""
    groups = [getattr(project.config, entry.name) for entry in fields(project.config)]
    told = [
        Fact(name=f"setting {entry.name}", value=float(getattr(group, entry.name)), unit="m")
        for group in groups
        if is_dataclass(group)
        for entry in fields(group)
        if entry.name.endswith("_m") and isinstance(getattr(group, entry.name), int | float)
    ]
    return [
        *told,
        Fact(name="length under study", value=project.extent.length_m, unit="m"),
        Fact(name="length of the line", value=project.frontier.length_m, unit="m"),
        Fact(name="tolerance of the line", value=project.frontier.tolerance_m, unit="m"),
    ]


def _windows(project: Project) -> Windows:
    """Return the first and last month of both epochs, as year * 12 + month - 1."""
    dates = project.config.dates
    before, after = (
        (w.earliest.year * 12 + w.earliest.month - 1, w.latest.year * 12 + w.latest.month - 1)
        for w in (dates.before_when, dates.after_when)
    )
    return before, after


# -- in words ---------------------------------------------------------------------------------


def _told(name: str, text: str, done: Checked) -> Linted:
    lines: list[str] = []
    for problem in done.problems:
        row = text.count("\n", 0, problem.start) + 1
        column = problem.start - text.rfind("\n", 0, problem.start)
        lines.append(
            f"{name}:{row}:{column}: {problem.severity}: {problem.message}  [{problem.rule}]"
        )
        lines.append(f"    “{' '.join(problem.text.split())}”: {problem.suggestion}")
    n = len(done.problems)
    others = "1 other" if done.n_not_checked == 1 else f"{done.n_not_checked} others"
    was = "was" if done.n_not_checked == 1 else "were"
    rest = f"{others} (years, dates, money, people, references) {was} left alone"
    head = "no problem" if not n else f"{n} problem" + "s" * (n != 1)
    lines.append(f"{head} in {done.n_numbers} numbers of {name}; {rest}")
    return Linted(
        step="lint",
        lines=tuple(lines),
        problems=done.problems,
        n_numbers=done.n_numbers,
        n_not_checked=done.n_not_checked,
        facts={"n_problems": n, "n_numbers": done.n_numbers, "n_not_checked": done.n_not_checked},
    )
