"""What is known of a border before a sample of it is read: what divides it, and what to expect."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from vallum.ground.cells import cells
from vallum.ground.errors import BadSetting, BadTable
from vallum.ground.kinds import Answer
from vallum.ground.records import Candidate, Look, Scene, Verdict
from vallum.ground.span import Span, Spans
from vallum.measure import designs, planning
from vallum.measure.planning import Expected
from vallum.project import Project
from vallum.steps.desk_mirror import median
from vallum.steps.judging import current_candidates, is_in_force
from vallum.steps.surveying import strata
from vallum.steps.trusting import calibration

BY = ("score", "coverage", "section", "terrain")
"""What divides a border; besides, a table (.csv) with the columns from_km, to_km and class."""

Units = Mapping[int, Spans]

_HOLDS, _HIDDEN = 0.5, 0.02  # share of metres that hold something: beside a suggestion, elsewhere
_MOST_PARTS = 8  # of a border that is divided by section
_NOT_TOLD = "not told"
_NOT_KNOWN, _OTHER_LAND = "land not known", "other land"
_TABLE = {
    "from_km": ("from_km", "from"),
    "to_km": ("to_km", "to"),
    "class": ("class", "value", "terrain", "stratum"),
}
_ANSWERS = frozenset(Answer)
_LEAST_SCORE = 1e-9  # a suggestion is one even where its score is 0


def suggestions(project: Project, candidates: Iterable[Candidate] | None = None) -> list[Candidate]:
    """Return what the machine suggests, from candidates in force where they are known already."""
    known = current_candidates(project) if candidates is None else candidates
    return [row for row in known if row.origin == "machine"]


def classes(
    project: Project, machine: Sequence[Candidate], whole: Units, unit_m: int, by: str
) -> tuple[dict[int, str], str]:
    """Return the stratum of every unit, and the rule in words.

    Args:
        project: whose border.
        machine: what the machine suggests.
        whole: usable metres of each unit.
        unit_m: length of a whole unit.
        by: what divides the border.

    Raises:
        BadSetting: nothing is divided by that.
        BadTable: the table that divides it cannot be used.
    """
    if by.lower().endswith(".csv"):
        path = Path(by)
        column, label = _told(path, whole)
        return designs.divided(column, label=label), f"by '{label}' of {path.name}"
    if by == "score":
        rule = "by the best score of what the machine suggests beside the stretch"
        return designs.divided(_scores(machine, whole, unit_m), label="score"), rule
    if by == "coverage":
        rule = "by how many images show the stretch"
        return designs.divided(_images(project, whole), label="images"), rule
    if by == "section":
        return _along(project, whole), "by place along the border"
    if by == "terrain":
        return _land(project, whole), "by the land it runs through"
    raise BadSetting(
        f"a border is not divided by '{by}'; nothing was drawn, choose one of {', '.join(BY)}, or "
        "give a table (.csv) with the columns from_km, to_km and class"
    )


def expected(
    project: Project,
    machine: Sequence[Candidate],
    whole: Units,
    unit_m: int,
    names: Mapping[int, str],
) -> tuple[list[Expected], str, bool]:
    """Return what is expected of each stratum, what that rests on, and whether anything is known.

    Chances drawn to analysts' answers come first, then the machine's map, then the worst case.

    Args:
        project: whose border.
        machine: what the machine suggests.
        whole: usable metres of each unit.
        unit_m: length of a whole unit.
        names: stratum of each unit.
    """
    shares, why = _shares(project, machine, whole, unit_m)
    inside: dict[str, list[int]] = {}
    for number in whole:
        inside.setdefault(names[number], []).append(number)
    found = []
    for name, numbers in sorted(inside.items()):
        size_m = sum(whole[number].length_m for number in numbers)
        share = planning.UNKNOWN_SHARE
        if shares:
            share = sum(shares[n] * whole[n].length_m for n in numbers) / size_m
        found.append(Expected(name=name, n_units=len(numbers), size_m=size_m, share=share))
    return found, why, bool(shares)


def pace(project: Project) -> tuple[float, str]:
    """Return the seconds that one stretch takes a reader, and what that rests on."""
    read: list[float] = []
    answered: list[float] = []
    for row in project.rows(Verdict):
        if row.seconds > 0 and row.mode != "draw" and row.answer in _ANSWERS and is_in_force(row):
            (read if row.mode == "sample" else answered).append(row.seconds)
    for seconds, what in (
        (read, "stretches of samples read here"),
        (answered, "answers given here"),
    ):
        if seconds:
            return median(seconds), f"the median of {len(seconds):,} {what}"
    return planning.SECONDS_EACH, "an assumption, nothing was timed here yet"


def _told(path: Path, whole: Units) -> tuple[dict[int, str | float], str]:
    """Return what a table says of the middle of every unit, and what its column is called.

    Numbers stay numbers if all cells are; a unit of which the table says nothing is "not told".

    Raises:
        BadTable: a row cannot be read, or two rows speak of one metre.
    """
    from vallum.review.rows import read_rows

    problems: list[str] = []
    spans: list[tuple[Span, str]] = []
    for row in read_rows(path, problems, _TABLE, ("to_km", "class")):
        ends = f"{row.cells['from_km'].strip()}..{row.cells['to_km'].strip()}"
        try:
            spans.append((Span.parse_km(ends), row.cells["class"].strip() or _NOT_TOLD))
        except BadSetting as error:
            problems.append(f"{path.name}, row {row.number}: {error}")
    spans.sort(key=lambda one: one[0])
    problems += [
        f"{path.name}: {one} and {other} overlap"
        for (one, _), (other, _) in pairwise(spans)
        if one.overlaps(other)
    ]
    if problems:
        more = f" ({len(problems) - 1} more such rows)" if len(problems) > 1 else ""
        raise BadTable(f"{problems[0]}{more}; nothing was drawn, mend the table and draw again")
    starts = [span.start_m for span, _ in spans]
    found: dict[int, str | float] = dict.fromkeys(whole, _NOT_TOLD)
    for number, pieces in whole.items():
        middle = pieces.parts[len(pieces) // 2].middle_m
        place = bisect_right(starts, middle) - 1
        if place >= 0 and middle < spans[place][0].end_m:
            found[number] = spans[place][1]
    if all(_is_number(word) for _, word in spans):
        found = {n: float(w) if _is_number(str(w)) else w for n, w in found.items()}
    return found, path.stem


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _scores(machine: Sequence[Candidate], whole: Units, unit_m: int) -> dict[int, float]:
    """Return the best score of the machine's suggestions beside each unit; 0 where none is."""
    found = dict.fromkeys(whole, 0.0)
    for row in machine:
        start_m, end_m, score = row.span.start_m, row.span.end_m, max(_LEAST_SCORE, row.score)
        for number in range(start_m // unit_m, (end_m - 1) // unit_m + 1):
            # What a unit holds of a stretch lies in its own cell: no need to cut the stretch.
            if found.get(number, math.inf) < score and any(
                piece.start_m < end_m and start_m < piece.end_m for piece in whole[number]
            ):
                found[number] = score
    return found


def _images(project: Project, whole: Units) -> dict[int, float]:
    """Return how many images show the beginning of each unit."""
    in_use = {scene.id for scene in project.rows(Scene) if not scene.set_aside}
    by_section: dict[Span, list[Look]] = {}
    for look in project.rows(Look):
        if look.scene in in_use and look.seen:
            by_section.setdefault(look.span, []).append(look)
    spans = sorted(by_section)
    starts = [span.start_m for span in spans]
    found = dict.fromkeys(whole, 0.0)
    for number, pieces in whole.items():
        at_m = pieces.parts[0].start_m
        place = bisect_right(starts, at_m) - 1
        if place >= 0 and at_m < spans[place].end_m:
            seen = (look.scene for look in by_section[spans[place]] if at_m in look.seen)
            found[number] = float(len(set(seen)))
    return found


def _along(project: Project, whole: Units) -> dict[int, str]:
    """Return parts of about equally many sections, named by their kilometres."""
    sections = [section.span for section in project.sections]
    n_parts = min(_MOST_PARTS, len(sections))
    edges = [sections[len(sections) * k // n_parts].start_m for k in range(n_parts)]
    edges.append(sections[-1].end_m)
    names = [
        f"part {place}: km {start_m / 1000:g}-{end_m / 1000:g}"
        for place, (start_m, end_m) in enumerate(pairwise(edges), start=1)
    ]
    return {
        number: names[max(0, bisect_right(edges[:-1], pieces.parts[0].start_m) - 1)]
        for number, pieces in whole.items()
    }


def _land(project: Project, whole: Units) -> dict[int, str]:
    """Return the land of the section in which the middle of each unit lies.

    Kinds of land with too few units to draw from are one part together.
    """
    known = sorted(strata(project).items())
    starts = [start_m for (start_m, _), _ in known]
    found = {}
    for number, pieces in whole.items():
        middle = pieces.parts[len(pieces) // 2].middle_m
        place = bisect_right(starts, middle) - 1
        is_in = place >= 0 and middle < known[place][0][1]
        found[number] = known[place][1] if is_in else _NOT_KNOWN
    n_units = Counter(found.values())
    return {
        number: name if n_units[name] >= planning.LEAST_PER_PART else _OTHER_LAND
        for number, name in found.items()
    }


def _shares(
    project: Project, machine: Sequence[Candidate], whole: Units, unit_m: int
) -> tuple[dict[int, float], str]:
    """Return the share of each unit expected to lie beside something; empty when unknown."""
    known = calibration(project, machine)
    if known.chances.n_answers:
        return _by_chances(dict(known.sections), project.extent.start_m, whole), (
            "expected: in each 100 m new barrier with the chance that the answers so far say "
            f"({known.chances.n_answers:,} sections); removals and posts are not in it."
        )
    if not machine:
        return {}, "expected: nothing is known, so the worst case: something along half of it."
    metres = dict.fromkeys(whole, 0)
    usable = Spans(piece for pieces in whole.values() for piece in pieces)
    for part in Spans(row.span for row in machine) & usable:
        for cell in cells(part, unit_m):
            metres[cell.start_m // unit_m] += cell.length_m
    shares = {number: metres[number] / pieces.length_m for number, pieces in whole.items()}
    return {number: _HOLDS * one + _HIDDEN * (1 - one) for number, one in shares.items()}, (
        f"expected, for want of answers: something along {_HOLDS:.0%} of the metres beside what "
        f"the machine suggests and along {_HIDDEN:.0%} of the others (a guess)."
    )


def _by_chances(chances: Mapping[int, float], start_m: int, whole: Units) -> dict[int, float]:
    """Return the mean chance of the sections of 100 m that each unit touches."""
    found = {}
    for number, pieces in whole.items():
        firsts = ((p.start_m - start_m) // 100 for p in pieces)
        lasts = ((p.end_m - 1 - start_m) // 100 for p in pieces)
        places = {k for a, b in zip(firsts, lasts, strict=True) for k in range(a, b + 1)}
        said = [chances[start_m + 100 * k] for k in places if start_m + 100 * k in chances]
        found[number] = sum(said) / len(said) if said else _HIDDEN
    return found
