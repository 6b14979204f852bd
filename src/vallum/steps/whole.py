"""`run`: everything that is due, in order. `demo`: the whole flow on a simulated border."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting, NotAProject
from vallum.ground.kinds import Change, Held
from vallum.ground.records import Candidate, Claim, Comparison, Json, Look, Sample, Verdict
from vallum.ground.saidkinds import Standing
from vallum.ground.span import Spans
from vallum.ground.whole import write_whole
from vallum.project import DATABASE_FILE, Project, open_project
from vallum.steps import demo_claims, gating
from vallum.steps.done import Done, Progress, silent
from vallum.steps.finding import detect
from vallum.steps.judging import (
    current_candidates,
    current_findings,
    record,
    settle,
    verdicts_in_force,
)
from vallum.steps.making import add, new
from vallum.steps.matching import match
from vallum.steps.sampling import sample
from vallum.steps.seeing import align, cover
from vallum.steps.sighting import sight
from vallum.steps.telling import PLACES_FILE, current_estimates, measure, publish

if TYPE_CHECKING:
    from vallum.simulate.hoeryong import Stage
    from vallum.simulate.readers import Errors
    from vallum.simulate.truth import Truth

DEMO_MARK = "SIMULATED.txt"
_DEMO_CORRIDOR_M = 400
_DEMO_UNIT_M, _DEMO_STRETCHES, _DEMO_AGAIN = 100, 36, 14
_SHORT_M = (1700, 5400)  # with its cloud, its gap and all four images; half the work
_DEMO_PLACES = "name,other,lon,lat\nHoeryong,회령,129.751,42.443\n"


def run(project: Project, *, scheduler: str = "", show: Progress = silent) -> Done:
    """Do everything that is due: cover, align, detect, settle, sight, match, measure, publish.

    What was done before is not done again; a second run changes no byte.
    """
    with project.alone():
        parts = [
            cover(project, scheduler=scheduler, show=show),
            align(project, scheduler=scheduler, show=show),
            detect(project, scheduler=scheduler, show=show),
        ]
        if project.rows(Verdict):
            parts.append(settle(project))
        if any(finding.held is Held.CONFIRMED for finding in current_findings(project)):
            # Of what was confirmed only: of every candidate it would be much work for little.
            parts.append(sight(project, scheduler=scheduler, show=show))
        if any(claim.standing is Standing.APPROVED for claim in project.rows(Claim)):
            parts.append(match(project))
        measured = measure(project)
        parts.append(replace(measured, lines=tuple(_headlines(measured.lines))))
        checked = gating.check(project)
        # What keeps the report in must not hide what was done before it.
        parts.append(checked if checked.blocked else publish(project, show=show))
    # A pair that was refused shows up in align and again in detect: say it once.
    blocked = dict.fromkeys(line for part in parts for line in part.blocked)
    facts: dict[str, Json] = {}
    for part in parts:
        facts |= part.facts
    return Done(
        step="run",
        n_added=sum(part.n_added for part in parts),
        lines=tuple(f"{part.step:8} {line}" for part in parts for line in part.lines),
        blocked=tuple(blocked),
        files=parts[-1].files,
        facts=facts,
        next=_next(project, parts[-1]),
    )


def _headlines(lines: tuple[str, ...]) -> list[str]:
    kept = [
        line
        for line in lines
        if line.startswith(
            (
                "frontier_km",
                "border_km",
                "barrier_km_all",
                "barrier_km_imported",
                "posts_new",
                "candidates",
            )
        )
    ]
    return [*kept, f"{len(lines)} numbers in all; `vallum measure` prints them"]


def _next(project: Project, published: Done) -> str:
    if current_candidates(project) and not verdicts_in_force(project):
        return "vallum review --export candidates.csv"
    return published.next


# -- demo -----------------------------------------------------------------------------------


def demo(
    folder: Path,
    *,
    seed: int = 1,
    review: bool = True,
    replace_old: bool = False,
    show: Progress = silent,
) -> Done:
    """Run the whole flow on a SIMULATED Hoeryong, and compare what was found with the truth.

    The frontier line is real; every pixel, every analyst and every finding is made by a program.

    Args:
        folder: made new; an earlier demo in it is replaced only when `replace_old` is True.
        seed: another number makes another border.
        review: let simulated analysts review, and publish; False leaves that to a person, on a
            stretch of 3.7 km in place of 7.4 km.
        replace_old: remove an earlier demo first.
        show: told how far it is.

    Raises:
        BadSetting: the folder exists and is no earlier demo, or may not be replaced.
    """
    from vallum.simulate import hoeryong

    _clear(folder, replace_old)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(
        folder / DEMO_MARK,
        b"Everything in this folder is SIMULATED: made by `vallum demo`, it shows no real place, "
        b"and nobody has said what the papers in it say. In earnest no key lies beside its vault, "
        b"and no passphrase beside its key.\n",
    )
    stage = hoeryong.stage(
        Frontier.packaged("prk-north"),
        folder / "delivery",
        seed=seed,
        corridor_m=_DEMO_CORRIDOR_M,
        stretch=None if review else _SHORT_M,
        progress=lambda what, share: show(f"simulate: {what}", share, 1.0, "of it"),
    )
    project, _ = new(
        folder / "hoeryong",
        frontier="prk-north",
        before="2019",
        after="2022",
        corridor_m=_DEMO_CORRIDOR_M,
        is_simulated=True,
        stretch_km=f"{stage.span.start_m / 1000}..{stage.span.end_m / 1000}",
    )
    with project:
        demo_claims.lock_up(project, folder.resolve())
    with open_project(project.root) as project:
        _looked_at(project, stage, show)
        if review:
            return _reviewed(project, stage, folder.resolve(), seed, show)
        return _unreviewed(project, stage, folder.resolve())


def _looked_at(project: Project, stage: Stage, show: Progress) -> None:
    """Take the simulated images in and let the machine suggest what changed."""
    write_whole(project.root / PLACES_FILE, _DEMO_PLACES.encode())
    add(
        project,
        [*stage.before, *stage.after],
        is_simulated=True,
        credit="SIMULATED by vallum",
        licence="none needed",
        may_publish=True,
        show=show,
    )
    for step in (cover, align, detect):
        step(project, scheduler="local", show=show)


def _unreviewed(project: Project, stage: Stage, folder: Path) -> Done:
    proposed = demo_claims.propose_some(project, folder, stage.truth)
    return Done(
        step="demo",
        n_added=project.store.head()[0],
        lines=(
            "SIMULATED: no picture and no structure of this demo is real.",
            f"{len(current_candidates(project)):,} candidates wait for you",
            *proposed,
            f"project: {project.root}",
        ),
        facts={"root": str(project.root)},
        next=f"vallum open --project {project.root}",
    )


def _reviewed(project: Project, stage: Stage, folder: Path, seed: int, show: Progress) -> Done:
    """Let simulated analysts answer and a simulated desk read, and publish what comes of it."""
    from vallum.simulate import analysts

    line = Frontier.packaged("prk-north")
    suggested = current_candidates(project)
    drawn = analysts.additions(stage.truth, line, suggested, pairs=_compared(project), seed=seed)
    verdicts = analysts.answer([*suggested, *drawn], stage.truth, line, seed=seed)
    record(project, verdicts, drawn, None, [])
    settled = settle(project)
    surveyed = _surveyed(project, stage, seed)
    key = demo_claims.key_of(folder)
    claims = demo_claims.tell_some(project, folder, stage.truth, key)
    measure(project)
    score = _score(project, stage.truth, suggested)
    told = publish(project, score=score, show=show)
    return Done(
        step="demo",
        n_added=project.store.head()[0],
        lines=(
            "SIMULATED: no picture, analyst or finding of this demo is real.",
            *_score_lines(score),
            *settled.lines,
            *surveyed,
            *demo_claims.in_words(claims, folder),
            f"project: {project.root}",
        ),
        files=told.files,
        facts={
            **{what: [want, got, unit] for what, want, got, unit in score},
            "claims": [one.as_json() for one in claims],
        },
        next=f"vallum trace border_km_changed --project {project.root}",
    )


def _surveyed(project: Project, stage: Stage, seed: int) -> list[str]:
    """Let simulated people read a sample, and an adjudicator some of it again; say what it was."""
    from vallum.simulate.readers import ADJUDICATOR, NO_ERRORS, READERS, Errors

    first = sample(project, n=_DEMO_STRETCHES, unit_m=_DEMO_UNIT_M, seed=seed)
    survey = _read(project, stage, first, READERS, Errors(), seed)
    again = sample(project, n=_DEMO_AGAIN, second_of=survey, seed=seed)
    _read(project, stage, again, (ADJUDICATOR,), NO_ERRORS, seed)
    return [first.lines[0], again.lines[0]]


def _read(
    project: Project, stage: Stage, drawn: Done, names: Sequence[str], errors: Errors, seed: int
) -> str:
    """Let simulated readers answer the stretches of a draw; return the name of its survey."""
    from vallum.simulate import readers

    survey = str(drawn.facts["survey"])
    rows = [row for row in project.rows(Sample) if row.survey == survey]
    line = Frontier.packaged("prk-north")
    said, shapes = readers.read(rows, stage.truth, line, names=names, errors=errors, seed=seed)
    record(project, said, shapes, None, [])
    return survey


def _compared(project: Project) -> list[tuple[Spans, str, str]]:
    """Return the metres of every comparison in force, with its images before and after."""
    scene_of = {look.id: look.scene for look in project.rows(Look)}
    return [
        (c.seen, scene_of[c.before], scene_of[c.after])
        for c in project.rows(Comparison)
        if not c.blocked_by
    ]


def _clear(folder: Path, replace_old: bool) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / DEMO_MARK).is_file():
        raise BadSetting(
            f"{folder} exists and is no demo; nothing was changed, name another folder"
        )
    if not replace_old:
        raise BadSetting(
            f"{folder} holds an earlier demo; add --yes to replace it, or name another folder"
        )
    n_answers = sum(_n_by_people(path.parent) for path in folder.glob(f"*/{DATABASE_FILE}"))
    if n_answers:
        raise BadSetting(
            f"{folder} holds answers by people ({n_answers}); nothing was removed, name another "
            "folder or delete this one yourself"
        )
    shutil.rmtree(folder)


def _n_by_people(root: Path) -> int:
    """Return how many answers and papers in a project no program gave."""
    try:
        with open_project(root) as project:
            n_answers = sum(not verdict.is_simulated for verdict in project.rows(Verdict))
            return n_answers + demo_claims.n_by_people(project)
    except NotAProject:
        return 0  # half made


Scored = tuple[tuple[str, float, float, str], ...]


def _score(project: Project, truth: Truth, suggested: Sequence[Candidate]) -> Scored:
    """Return rows of (what, truth, found, unit): the machine alone, and after review."""
    from vallum.simulate.truth import compare

    comparisons = project.rows(Comparison)
    seen = Spans(part for c in comparisons if not c.blocked_by for part in c.seen)
    alone = compare(suggested, truth, project.frontier, seen=seen)
    held = compare(current_findings(project), truth, project.frontier, seen=seen)
    rows: list[tuple[str, float, float, str]] = []
    for stage, score in (("machine alone", alone), ("after review", held)):
        for change in ("new", "upgraded", "removed"):
            line = score.lines[change]
            rows.append((f"{stage}: {change} lines", line.true_m / 1000, line.found_m / 1000, "km"))
        everything = score.lines["all"]
        rows.append(
            (f"{stage}: changed lines, however called", everything.true_m / 1000,
             everything.found_m / 1000, "km")
        )  # fmt: skip
        false_km = (everything.claimed_m - everything.right_m) / 1000
        rows.append((f"{stage}: lines where nothing changed", 0.0, false_km, "km"))
        post = score.posts["new"]
        rows.append((f"{stage}: new posts", post.n_true, post.n_found, "posts"))
        n_false = score.posts["all"].n_false
        rows.append((f"{stage}: posts where nothing changed", 0.0, n_false, "posts"))
    return (*rows, *_estimated(project, truth, seen, alone.posts["new"].n_true))


def _estimated(project: Project, truth: Truth, seen: Spans, n_posts: int) -> Scored:
    """Return the same for what the sample estimates, where it gives a number."""
    changed = Spans(item.span for item in truth.items if item.change is not Change.UNCHANGED) & seen
    asked = {
        "border_km_changed_estimated": ("border with a change", changed.length_m / 1000, "km"),
        "posts_new_estimated": ("new posts", float(n_posts), "posts"),
    }
    found = []
    for number in current_estimates(project):
        if number.name in asked and math.isfinite(number.value):
            what, true, unit = asked[number.name]
            digits = 2 if unit == "km" else 0
            ends = f"{number.low:,.{digits}f} to {number.high:,.{digits}f}"
            found.append((f"estimated: {what} ({ends})", true, number.value, unit))
    return tuple(found)


def _score_lines(score: Scored) -> list[str]:
    """Return the score as a table for the terminal."""
    head = f"{'found against truth, on the metres seen on both dates':58} {'truth':>9} {'found':>9}"
    return [
        head,
        *(
            f"{what:58} {want:>9,.2f} {got:>9,.2f} km"
            if unit == "km"
            else f"{what:58} {want:>9,.0f} {got:>9,.0f}"
            for what, want, got, unit in score
        ),
    ]
