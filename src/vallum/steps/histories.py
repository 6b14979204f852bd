"""What was published before: the numbers of every edition, as the ledger keeps them, and why they
are otherwise now.

Old numbers are read from the ledger and not from files: a frozen folder that was lost or changed
alters no word of a later edition.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from vallum.evidence.redact import redact
from vallum.ground.errors import BadSetting
from vallum.ground.records import (
    ROWS,
    Candidate,
    Edition,
    Estimate,
    Finding,
    Level,
    Release,
    Row,
    Run,
    Scene,
    Sighting,
    Verdict,
)
from vallum.project import Project
from vallum.steps.folders import changed_files
from vallum.store import Entry

if TYPE_CHECKING:
    from vallum.report.issue import Cause, Changed, Correction, History, Issue, Sort

FOLDER = "editions"
EVERY = "all"
"""As the name of a number: every number for which no other reason is known."""

_DIGITS = 1e-12
_TOLD_BY_NAME = frozenset({Finding.kind(), Candidate.kind()})
"""Kinds whose ids are printed anyway; those of answers would tell of people."""

_FOREVER = 1 << 62
_ALIKE_FOR = frozenset({"people who must have said yes before a finding is published"})
"""Settings that decide what goes out and move no number."""


@dataclass(frozen=True, kw_only=True)
class State:
    """The numbers as they stood after a row of the ledger.

    Attributes:
        seq: number of that row.
        numbers: by name.
        versions: version of vallum that computed each, by name.
        settings: settings as that publication printed them; empty where that is not known.
        settings_sha256: hash of all settings; empty where that is not known.
    """

    seq: int
    numbers: Mapping[str, Estimate]
    versions: Mapping[str, str]
    settings: Mapping[str, str]
    settings_sha256: str = ""


def editions(project: Project, level: Level = Level.DESK) -> list[Edition]:
    """Return the editions that readers of a level may know of, the first one first."""
    rows = sorted(project.rows(Edition), key=lambda row: row.number)
    return [row for row in rows if level is not Level.PUBLIC or row.level is Level.PUBLIC]


def issue_of(row: Edition) -> Issue:
    """Return an edition as it is printed."""
    from vallum.report.issue import Issue

    return Issue(
        number=row.number,
        day=row.day,
        note=row.note,
        manifest_sha256=row.manifest_sha256,
        ledger_head=row.ledger_head,
    )


def reasons_of(rows: Iterable[str]) -> dict[str, str]:
    """Return what a person wrote, by the name of a number, from `name=why`."""
    return {name: why for name, _, why in (row.partition("=") for row in rows)}


def state_of(project: Project, row: Edition | Release) -> State:
    """Return the numbers of an edition or release, from the ledger."""
    entry = project.store.history(row.id)[0]
    return state_at(project, entry.seq, row.estimate_ids, settings=_printed_settings(project, row))


def state_at(
    project: Project, seq: int, ids: Collection[str], *, settings: Mapping[str, str] | None = None
) -> State:
    """Return the numbers of some ids as they stood after row `seq` of the ledger."""
    runs = {run.id: run for run in project.rows(Run)}
    numbers, versions = {}, {}
    for name in ids:
        rows = [one for one in project.store.history(name) if one.seq <= seq]
        row = rows[-1].row() if rows else None
        if isinstance(row, Estimate):
            numbers[row.name] = row
            versions[row.name] = runs[row.run].version if row.run in runs else ""
    wrote = project.store.history(_last_run(project, seq))
    run = wrote[-1].row() if wrote else None
    return State(
        seq=seq,
        numbers=numbers,
        versions=versions,
        settings=settings or {},
        settings_sha256=run.config_sha256 if isinstance(run, Run) else "",
    )


def now(project: Project, estimates: Sequence[Estimate], settings: Mapping[str, str]) -> State:
    """Return the numbers as they stand now."""
    runs = {run.id: run.version for run in project.rows(Run)}
    return State(
        seq=_FOREVER,
        numbers={one.name: one for one in estimates},
        versions={one.name: runs.get(one.run, "") for one in estimates},
        settings=settings,
        settings_sha256=project.config.sha256,
    )


def history(
    project: Project,
    after: State,
    level: Level,
    *,
    issue: Issue | None = None,
    why: Mapping[str, str] | None = None,
    correct: Mapping[str, str] | None = None,
) -> History:
    """Return what came before an edition or draft, what is otherwise in it, and why.

    Args:
        project: whose editions.
        after: the numbers of this edition.
        level: who reads it: the public is told of public editions alone.
        issue: the edition that is made; a draft if None.
        why: reasons that a person gave, by name of the number; `all` for every other.
        correct: numbers of the edition before that were wrong, and why.

    Raises:
        BadSetting: a reason names a number that is not otherwise.
    """
    from vallum.report.issue import History, Issue

    issue = issue or Issue()
    why, correct = dict(why or {}), dict(correct or {})
    before_it = issue.number or _FOREVER
    earlier = [row for row in editions(project, level) if row.number < before_it]
    if not earlier:
        _refuse_unknown([*why, *correct], ())
        return History(issue=issue)
    before = state_of(project, earlier[-1])
    changes = changed(project, before, after, why=why, correct=correct)
    _refuse_unknown([name for name in (*why, *correct) if name != EVERY], [c.name for c in changes])
    own = [_corrected(issue, one, correct) for one in changes if one.is_correction]
    return History(
        issue=issue,
        editions=tuple(issue_of(row) for row in earlier),
        changes=tuple(_let_out(one, level) for one in changes),
        corrections=(*_corrections(project, earlier, level), *(c for c in own if c is not None)),
    )


def changed(
    project: Project,
    before: State,
    after: State,
    *,
    why: Mapping[str, str] | None = None,
    correct: Mapping[str, str] | None = None,
) -> list[Changed]:
    """Return every number that is not the same in two states, in the order of the later one."""
    from vallum.report.issue import Cause, Changed

    said, wrong = why or {}, correct or {}
    since = _Since(project, before, after)
    found = []
    for name in dict.fromkeys([*after.numbers, *before.numbers]):
        old, new = before.numbers.get(name), after.numbers.get(name)
        if old is not None and new is not None and is_same(old, new):
            continue
        causes: list[Cause | str] = list(since.causes(old, new))
        words = wrong.get(name) or said.get(name)
        if words is None and not any(isinstance(c, Cause) and c.is_enough for c in causes):
            words = wrong.get(EVERY) or said.get(EVERY)
        one = Changed(
            name=name,
            old=old,
            new=new,
            why=(*causes, *((words,) if words else ())),
            is_correction=name in wrong,
        )
        found.append(one)
    return found


def is_same(old: Estimate, new: Estimate) -> bool:
    """Say whether two numbers print the same: values to 12 digits, unit, and kind of number."""
    names = ("value", "low", "high", "open_m", "unit", "reason", "basis")
    return are_alike(*(tuple(getattr(row, name) for name in names) for row in (old, new)))


def are_alike(one: Sequence[object], other: Sequence[object]) -> bool:
    """Say whether values are the same, numbers to 12 digits; not known is like not known."""
    return all(_alike(a, b) for a, b in zip(one, other, strict=True))


def _alike(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=_DIGITS, abs_tol=_DIGITS)
    return one == other


def _refuse_unknown(names: Sequence[str], known: Collection[str]) -> None:
    import difflib

    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, list(known), 3)
            hint = f"did you mean {' or '.join(near)}?" if near else "leave it out"
            raise BadSetting(
                f"{name}: a reason was given, but this number is not otherwise than in the edition "
                f"before; nothing was frozen; {hint}"
            )


# -- corrections ------------------------------------------------------------------------------


def _corrected(issue: Issue, one: Changed, why: Mapping[str, str]) -> Correction | None:
    from vallum.report.issue import Correction

    if issue.day is None:
        return None
    return Correction(
        edition=issue.number,
        day=issue.day,
        name=one.name,
        was=one.old,
        now=one.new,
        why=why[one.name],
    )


def _corrections(project: Project, rows: Sequence[Edition], level: Level) -> list[Correction]:
    """Return every correction of earlier editions, with the number that was wrong."""
    from vallum.report.issue import Changed, Correction

    found = []
    for before, row in pairwise(rows):
        told = reasons_of(row.corrections)
        if not told:
            continue
        old, new = state_of(project, before).numbers, state_of(project, row).numbers
        for name, why in told.items():
            one = _let_out(Changed(name=name, old=old.get(name), new=new.get(name)), level)
            found.append(
                Correction(
                    edition=row.number, day=row.day, name=name, was=one.old, now=one.new, why=why
                )
            )
    return found


def _let_out(one: Changed, level: Level) -> Changed:
    from vallum.report.issue import Changed

    old, new = (redact([row], level)[0] if row is not None else None for row in (one.old, one.new))
    return Changed(name=one.name, old=old, new=new, why=one.why, is_correction=one.is_correction)


# -- causes -----------------------------------------------------------------------------------


class _Since:
    """What the ledger holds between two states."""

    def __init__(self, project: Project, before: State, after: State) -> None:
        self.project, self.before, self.after = project, before, after

    @cached_property
    def entries(self) -> list[Entry]:
        entries = self.project.store.entries(after=self.before.seq)
        return [one for one in entries if one.seq <= self.after.seq]

    @cached_property
    def touched(self) -> frozenset[str]:
        return frozenset(one.id for one in self.entries)

    @cached_property
    def about_all(self) -> list[Cause]:
        """What may have moved any number: settings."""
        from vallum.report.issue import Cause, Sort

        old, new = self.before.settings, self.after.settings
        names = [n for n in new if n in old and old[n] != new[n] and n not in _ALIKE_FOR]
        return [Cause(sort=Sort.SETTING, name=n, was=old[n], now=new[n]) for n in names]

    @cached_property
    def otherwise(self) -> list[Cause]:
        """What is said where no row that a number names came, went or was changed."""
        from vallum.report.issue import Cause, Sort

        images: set[str] = set()
        aside: set[str] = set()
        for one in self.entries:
            if one.kind != Scene.kind():
                continue
            first = self.project.store.history(one.id)[0]
            (images if first.seq > self.before.seq else aside).add(one.id)
        answers = {one.id for one in self.entries if one.kind in {Verdict.kind(), Sighting.kind()}}
        told = ((Sort.IMAGES_ADDED, images), (Sort.IMAGES_ASIDE, aside), (Sort.ANSWERS, answers))
        found = [Cause(sort=sort, n=len(ids)) for sort, ids in told if ids]
        hashes = self.before.settings_sha256, self.after.settings_sha256
        if not found and all(hashes) and hashes[0] != hashes[1] and not self.about_all:
            found.append(Cause(sort=Sort.SETTINGS))
        return found

    def causes(self, old: Estimate | None, new: Estimate | None) -> list[Cause]:
        """Return what may have moved one number, what is closest to it first."""
        from vallum.report.issue import Cause, Sort

        mine, theirs = (tuple(one.from_ids) if one else () for one in (old, new))
        came = [name for name in theirs if name not in set(mine)]
        went = [name for name in mine if name not in set(theirs)]
        both = set(mine) & set(theirs)
        differ = [name for name in theirs if name in both and name in self.touched]
        found = [
            *_by_kind(Sort.CAME, came),
            *_by_kind(Sort.WENT, went),
            *_by_kind(Sort.DIFFER, differ),
        ]
        either = old or new
        name = either.name if either else ""
        versions = [state.versions.get(name, "") for state in (self.before, self.after)]
        if all(versions) and versions[0] != versions[1]:
            found.append(Cause(sort=Sort.VERSION, was=versions[0], now=versions[1]))
        found += self.about_all
        return found or self.otherwise


def _by_kind(sort: Sort, names: Sequence[str]) -> list[Cause]:
    from vallum.report.issue import Cause

    kinds = {cls.PREFIX: kind for kind, cls in ROWS.items()}
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(kinds.get(name.rpartition("-")[0], ""), []).append(name)
    return [
        Cause(
            sort=sort,
            kind=kind,
            n=len(ids),
            ids=tuple(sorted(ids)[:3]) if kind in _TOLD_BY_NAME else (),
        )
        for kind, ids in groups.items()
    ]


def _last_run(project: Project, seq: int) -> str:
    """Return the run that wrote a row of the ledger."""
    entries = project.store.entries(after=seq - 1)[:1]
    row: Row | None = entries[0].row() if entries else None
    return row.run if row is not None else ""


def _printed_settings(project: Project, row: Edition | Release) -> dict[str, str]:
    """Return the settings as an edition printed them, from its folder if that is unchanged."""
    if not isinstance(row, Edition):
        return {}
    folder = project.out_folder / FOLDER / str(row.number)
    if any(changed_files(folder, row.manifest_sha256)):
        return {}
    told = json.loads((folder / "report.json").read_bytes()).get("settings", {})
    return {str(name): str(value) for name, value in told.items()}
