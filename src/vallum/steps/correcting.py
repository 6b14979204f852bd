"""`line`: a corrected line takes the place of the project's; what it touches is looked at anew.

The old line stays in `lines/`. Sections whose ground and chainage did not change keep their looks,
alignments, comparisons and suggestions. In the others these count for nothing until `run` has made
them again; what people said stays with the suggestion about which they said it (`steps.again`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from vallum import lines
from vallum.frontier import Frontier, Section
from vallum.ground.errors import BadLine, BadSetting
from vallum.ground.kinds import Design, Held
from vallum.ground.records import (
    Analyst,
    Candidate,
    Claim,
    Comparison,
    Cue,
    Exhibit,
    Finding,
    Json,
    Look,
    Row,
    Sample,
    Terrain,
    Verdict,
)
from vallum.ground.span import Span, Spans
from vallum.ground.whole import make_folder, write_whole
from vallum.project import Project
from vallum.steps import again
from vallum.steps.done import Done, finished, km

SAME_M = 0.5
"""What moved by less did not move: chainage is counted in whole metres."""

_STEP_M = 5.0
_BESIDE_M = 200  # pairs reach 150 m beyond their section
_OTHER_LINE_M = 20_000.0
_SHORTEST_REASON = 10
_M_PER_DEG = 111_195.0
_HOW = "corrected"


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What a corrected line changes.

    Attributes:
        line: the corrected line.
        corrected: its metres that do not lie on the line before it.
        shift_m: by how much chainage grows beyond them.
        sections: its sections within what is measured.
        touched: spans of those that are looked at anew.
        measured: what is measured along it.
    """

    line: Frontier
    corrected: Spans
    shift_m: int
    sections: tuple[Section, ...]
    touched: Spans
    measured: Span


def correct_line(
    project: Project,
    path: Path,
    *,
    why: str = "",
    shift: bool = False,
    keep_samples: bool = False,
    only_list: bool = False,
) -> Done:
    """Put a corrected line in the place of the project's, and name what has to be looked at anew.

    Args:
        project: whose line; close it afterwards, it knows the old line.
        path: the whole line again, as GeoJSON, KML, GeoPackage or Shapefile.
        why: the reason, kept with the line.
        shift: also where every chainage beyond the correction changes.
        keep_samples: also where a sample was drawn on the corrected stretch.
        only_list: say what would happen, change nothing.

    Raises:
        BadLine: the file holds no line, or another border.
        BadSetting: no reason was given, the line is the same, or something has to be agreed to.
    """
    if not only_list and len(why.strip()) < _SHORTEST_REASON:
        raise BadSetting(
            f"say why the line is corrected, with --why and at least {_SHORTEST_REASON} "
            "characters; nothing was changed"
        )
    change = _change(project, _told_as_before(Frontier.read(path), project.frontier, path.name))
    told = _in_words(project, change)
    if only_list:
        return Done(step="line", lines=(*told, "nothing was changed: this is a list"),
                    facts=_facts(change), next="the same without --list")  # fmt: skip
    if change.shift_m and not shift:
        raise BadSetting(
            f"{path.name}: the corrected line is {change.shift_m:+,} m longer, so that every "
            f"kilometre beyond {_end_of(change):.3f} gets another number and "
            f"{len(list(_hit(change)))} sections are looked at anew; nothing was changed, add "
            "--shift to accept that"
        )
    samples = [row for row in project.rows(Sample) if _touches(change, row.span)]
    drawn = [row for row in samples if row.design is not Design.SWEEP]
    if drawn and not keep_samples:
        raise BadSetting(
            f"{path.name}: {len(drawn):,} stretches of the sample {drawn[0].survey} lie where the "
            "line changes, and what was read there was read along the old one; nothing was "
            "changed, add --keep-samples to keep them as they are, or draw a new sample afterwards"
        )
    return _put(project, change, samples, why.strip(), told)


def _told_as_before(line: Frontier, old: Frontier, name: str) -> Frontier:
    """Return the new line in the direction of the old one, with what its file does not tell.

    Raises:
        BadLine: it is another border.
    """
    lon, lat = shapely.get_coordinates(line.line).T
    at_m, off_m = old.locate_many(lon, lat)
    if np.abs(off_m).max() > _OTHER_LINE_M:
        raise BadLine(
            f"{name}: leaves the line of this project by {np.abs(off_m).max() / 1000:,.0f} km, so "
            "it is another border; nothing was changed, make a project of its own with `vallum new`"
        )
    if at_m[0] > at_m[-1]:
        line = replace(line, line=line.line.reverse())
    kept = {
        key: getattr(line, key) or getattr(old, key)
        for key in ("source", "licence", "credit", "tolerance_m", "left", "right", "start", "end",
                    "title")
    }  # fmt: skip
    return replace(line, name=old.name, **kept)


# -- what changes -------------------------------------------------------------------------------


def _change(project: Project, line: Frontier) -> _Change:
    old = project.frontier
    lon, lat, at_m = _along(line)
    was_m, off_m = old.locate_many(lon, lat)
    is_off = np.abs(off_m) >= SAME_M
    # Beyond either end of the old line, the nearest place is its end.
    corrected = _around(at_m[is_off], line.span)
    beyond = np.flatnonzero(~is_off)
    moved_m = at_m - was_m
    after = beyond[beyond > _last(is_off)]
    shift_m = round(float(np.median(moved_m[after]))) if after.size else 0
    if not (corrected or np.any(np.abs(moved_m[beyond]) >= SAME_M)):
        raise BadSetting(
            "the line in this file is the one that the project has: no part of it moved by "
            f"{SAME_M} m; nothing was changed"
        )
    measured = _measured(project, line)
    sections = _sections(project, line, measured)
    touched = Spans(_touched(project, line, sections))
    return _Change(line=line, corrected=corrected, shift_m=shift_m, sections=sections,
                   touched=touched, measured=measured)  # fmt: skip


def _last(is_off: np.ndarray) -> int:
    found = np.flatnonzero(is_off)
    return int(found[-1]) if found.size else -1


def _along(line: Frontier) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places along a line, every few metres and at every vertex: lon, lat, chainage."""
    vertices, _ = line.locate_many(*shapely.get_coordinates(line.line).T)
    steps = np.arange(0.0, line.length_m, _STEP_M)
    at_m = np.unique(np.concatenate([steps, vertices, [float(line.length_m)]]))
    return (*line.points_at(at_m), at_m)


def _around(at_m: Iterable[float], frame: Span) -> Spans:
    """Return the metres around places, up to the next step."""
    parts = (Span(max(0, int(a - _STEP_M)), int(a + _STEP_M) + 1) for a in at_m)
    return Spans(parts) & frame


def _measured(project: Project, line: Frontier) -> Span:
    """Return the stretch of the new line on the ground of what is measured."""
    old, extent = project.frontier, project.extent
    ends = [0, line.length_m]
    for k, at_m in enumerate((extent.start_m, extent.end_m)):
        if at_m not in {0, old.length_m}:
            ends[k] = round(_place(old, line, at_m))
    return Span(*ends)


def _place(old: Frontier, line: Frontier, at_m: float) -> float:
    """Return the chainage along the new line of a place along the old one."""
    lon, lat = old.points_at([at_m])
    return float(line.locate_many(lon, lat)[0][0])


def _sections(project: Project, line: Frontier, measured: Span) -> tuple[Section, ...]:
    found = line.sections(project.config.border.section_m)
    cut = ((section, section.span & measured) for section in found)
    return tuple(replace(section, span=span) for section, span in cut if span is not None)


def _touched(project: Project, line: Frontier, sections: Sequence[Section]) -> Iterator[Span]:
    """Yield the sections that moved since they were looked at, or beside which something did.

    Each is held against the line along which it was looked at last: many small corrections, none
    of which moves it, must not add up to a large one that nobody saw.
    """
    left = list(sections)
    versions = list(_versions(project))
    for k, (base, touched) in reversed(list(enumerate(versions))):
        mine = [one for one in left if k == 0 or touched & one.span]
        left = [one for one in left if one not in mine]
        if not mine:
            continue
        reached = _reached(project, base, line)
        spans = {one.span: one.epsg for one in _sections(project, base, project.extent)}
        for one in mine:
            if reached & one.span or spans.get(one.span) != one.epsg:
                yield one.span


def _versions(project: Project) -> Iterator[tuple[Frontier, Spans]]:
    """Yield every line that was in force and the one that is, oldest first, and what it touched."""
    by_age: dict[str, int] = {}
    roles = {lines.ROLE, lines.ROLE_BEFORE}
    for row in project.rows(Exhibit):
        if row.role in roles:
            by_age[row.sha256] = project.store.history(row.id)[0].seq
    for sha256 in sorted(by_age, key=lambda key: by_age[key]):
        path = project.root / lines.kept_at(sha256)
        content = (path if path.is_file() else project.root / lines.FRONTIER_FILE).read_bytes()
        yield lines.as_line(content), lines.touched_by(content)


def _reached(project: Project, base: Frontier, line: Frontier) -> Spans:
    """Return the metres of which the corridor, or what lies nearest to it, is not as it was."""
    border = project.config.border
    reach_m = 2.0 * max(border.left_m, border.right_m) + _BESIDE_M
    moved = Spans()
    for one, other in ((line, base), (base, line)):
        lon, lat, at_m = _along(one)
        there_lon, there_lat = other.points_at(at_m)
        east_m = (lon - there_lon) * np.cos(np.radians(lat)) * _M_PER_DEG
        is_moved = np.hypot(east_m, (lat - there_lat) * _M_PER_DEG) >= SAME_M
        is_moved |= at_m > other.length_m
        moved |= _around(at_m[is_moved], one.span)
    reached = Spans()
    for part in moved:
        reached |= part.widened(_BESIDE_M, Span(0, max(part.end_m, line.length_m)))
        for one in (base, line):
            inside = part & one.span
            if inside is not None:
                # What lies beside it on a meander is located from it too.
                reached |= line.spans_near([one.line_of(inside)], reach_m)
    return reached


def _touches(change: _Change, span: Span) -> bool:
    return bool(change.touched & span)


def _hit(change: _Change) -> Iterator[Section]:
    return (one for one in change.sections if _touches(change, one.span))


def _end_of(change: _Change) -> float:
    hull = change.corrected.hull
    return hull.end_m / 1000 if hull is not None else 0.0


# -- putting it in force ------------------------------------------------------------------------


def _put(
    project: Project, change: _Change, samples: Sequence[Sample], why: str, told: list[str]
) -> Done:
    content = lines.as_bytes(
        change.line, measured=change.measured, touched=change.touched, shift_m=change.shift_m
    )
    (old,) = (row for row in project.rows(Exhibit) if row.role == lines.ROLE)
    sha256 = hashlib.sha256(content).hexdigest()
    before = replace(
        old, role=lines.ROLE_BEFORE, href=lines.kept_at(old.sha256), copy_sha256=old.sha256
    )
    exhibit = Exhibit(
        sha256=sha256,
        name=lines.FRONTIER_FILE,
        media_type="application/geo+json",
        role=lines.ROLE,
        licence=change.line.licence,
        credit=change.line.credit,
        title=why,
        derived_from=old.id,
        derived_how=_HOW,
    )
    with project.run("line") as work:
        make_folder(project.root / lines.FOLDER)
        write_whole(project.root / before.href, (project.root / lines.FRONTIER_FILE).read_bytes())
        write_whole(project.root / lines.kept_at(sha256), content)
        taken_out = list(_taken_out(project, change))
        placed = list(_placed_anew(project, change))
        work.add_all([before, exhibit, *taken_out, *placed])
        lines.put_in_force(project.root, project.config, content)
        for problem in _left_open(project, change, samples):
            work.block("line", problem)
    if placed:
        told.append(f"{len(placed):,} things were placed anew along the line, by their shape")
    return finished(work, told, then="vallum run", facts=_facts(change))


def _taken_out(project: Project, change: _Change) -> Iterator[Row]:
    """Yield looks and comparisons that count for nothing until they are made again."""
    spans = {one.span for one in change.sections}
    for look in project.rows(Look):
        if look.span not in spans or _touches(change, look.span):
            yield replace(look, run="", seen=Spans(), valid=Spans(), clear_share=0.0, made_with="",
                          blocked_by=lines.CORRECTED)  # fmt: skip
    for row in project.rows(Comparison):
        if row.span not in spans or _touches(change, row.span):
            yield Comparison(span=row.span, slot=row.slot, before=row.before, after=row.after,
                             seen=Spans(), blocked_by=lines.CORRECTED)  # fmt: skip


def _placed_anew(project: Project, change: _Change) -> Iterator[Row]:
    """Yield what has a place of its own along the line: drawn, imported and stated things."""
    old, line = project.frontier, change.line
    sections = Spans(one.span for one in _hit(change))

    def along(span: Span) -> Span:
        start_m, end_m = sorted(_place(old, line, at) for at in (span.start_m, span.end_m))
        start_m = min(round(start_m), line.length_m - 1)
        return Span(start_m, min(max(round(end_m), start_m + 1), line.length_m))

    def is_touched(span: Span) -> bool:
        return bool(sections & span) or span.end_m > line.length_m

    for row in project.rows(Candidate):
        if row.origin == "analyst" and is_touched(row.span):
            yield from _if_new(row, again.moved(row, line))
    for found in project.rows(Finding):
        if found.held is Held.IMPORTED and is_touched(found.span):
            span, off_m = again.place_of(found.shape, line)
            yield from _if_new(found, replace(found, run="", span=span, off_m=off_m))
    for claim in project.rows(Claim):
        places = tuple(
            replace(place, span=along(place.span))
            if place.span is not None and is_touched(place.span)
            else place
            for place in claim.places
        )
        yield from _if_new(claim, replace(claim, run="", places=places))
    for person in project.rows(Analyst):
        kept = Spans(along(part) if is_touched(part) else part for part in person.sections)
        yield from _if_new(person, replace(person, run="", sections=kept))


def _if_new(before: Row, row: Row) -> Iterator[Row]:
    if not row.same_as(before):
        yield row


# -- in words -----------------------------------------------------------------------------------


def _in_words(project: Project, change: _Change) -> list[str]:
    n_hit, n_all = len(list(_hit(change))), len(change.sections)
    answered = {row.about for row in project.rows(Verdict)}
    listed = {
        name
        for row in project.rows(Comparison)
        if not row.blocked_by and _touches(change, row.span)
        for name in row.candidate_ids
    }
    stretches = ", ".join(map(str, change.corrected.parts[:3])) or "none"
    told = [
        f"line: {change.line}",
        f"corrected: {stretches}, {km(change.corrected.length_m)} in {len(change.corrected)} "
        "stretches",
        f"{n_hit:,} of {n_all:,} sections are looked at anew, {n_all - n_hit:,} keep what they "
        "have",
        f"{len(listed & answered):,} things there have answers: they stay with what is found again",
    ]
    if change.shift_m:
        told.insert(2, f"every kilometre beyond {_end_of(change):.3f} shifts by "
                       f"{change.shift_m:+,} m")  # fmt: skip
    if change.measured != project.extent:
        told.append(f"measured is now {change.measured}, before {project.extent}")
    return told


def _left_open(project: Project, change: _Change, samples: Sequence[Sample]) -> Iterator[str]:
    """Yield what cannot be placed anew, in words."""
    if samples:
        yield (f"{len(samples):,} frames or stretches of samples on the corrected part were looked "
               "at along the old line; look at them again")  # fmt: skip
    spans = {
        "vallum cue": [row.span for row in project.rows(Cue)],
        "vallum terrain": [row.span for row in project.rows(Terrain)],
    }
    for command, there in spans.items():
        n = sum(_touches(change, span) for span in there)
        if n:
            yield f"{n:,} rows of `{command}` are about the old line; run it again"


def _facts(change: _Change) -> dict[str, Json]:
    return {
        "shift_m": change.shift_m,
        "corrected_m": [[part.start_m, part.end_m] for part in change.corrected],
        "touched_sections": [one.number for one in _hit(change)],
        "n_sections": len(change.sections),
        "length_m": change.line.length_m,
        "measured_m": [change.measured.start_m, change.measured.end_m],
    }
