"""`measure` and `publish`: the numbers, and what is shown of them."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from vallum import __version__
from vallum.evidence.redact import redact
from vallum.ground import context
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Change, Held
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import (
    APART,
    Candidate,
    Comparison,
    Estimate,
    Exhibit,
    Finding,
    Fit,
    Json,
    Level,
    Look,
    Release,
    Scene,
    to_json,
)
from vallum.ground.span import Spans
from vallum.project import Project
from vallum.steps import numbering, releasing
from vallum.steps.done import Done, Progress, finished, silent
from vallum.steps.estimating import confirmed, frozen_sample
from vallum.steps.judging import current_candidates, current_findings
from vallum.steps.searching import search
from vallum.steps.trusting import trust

if TYPE_CHECKING:
    from vallum.evidence.release import Telling
    from vallum.ground.told import Told
    from vallum.report import Book, Chip

_CHIP_PX = 300
PLACES_FILE = "places.csv"
CONTEXT_FILE = "context.csv"
SCORE_FILE = "found-against-truth.json"

Scored = Sequence[tuple[str, float, float, str]]


def measure(project: Project) -> Done:
    """Compute every number from the newest rows; numbers that no longer exist are withdrawn."""
    numbers = numbering.numbers(project)
    names = {number.name for number in numbers}
    gone = [
        replace(
            old,
            value=math.nan,
            low=math.nan,
            high=math.nan,
            wording=WITHDRAWN,
            spans=Spans(),
            from_ids=(),
        )
        for old in project.rows(Estimate)
        if old.name not in names and old.wording != WITHDRAWN
    ]
    with project.run("measure") as work:
        work.add_all([*numbers, *gone])
    lines = [_in_words(number) for number in numbers]
    facts: dict[str, Json] = {number.name: to_json(number.value) for number in numbers}
    return finished(work, lines, then="vallum publish", facts=facts)


def _in_words(number: Estimate) -> str:
    if number.reason:
        return f"{number.name:48} {'-':>12} {number.unit}  no number: {number.reason}"
    value = f"{number.value:,.3f}" if number.unit == "km" else f"{number.value:,.4g}"
    value = "-" if math.isnan(number.value) else value
    bounds = f"  [no upper bound: {number.open_m:,} m unknown]" if number.open_m else ""
    if math.isnan(number.value) and math.isnan(number.high):
        bounds = f"  [from {number.low:,.3f} upward: {number.open_m:,} m unknown]"
    if math.isfinite(number.high) and (number.low, number.high) != (number.value, number.value):
        bounds = f"  [{number.low:,.3f} to {number.high:,.3f}]"
    return f"{number.name:48} {value:>12} {number.unit}{bounds}  {number.wording}"


def current_estimates(project: Project) -> list[Estimate]:
    """Return the numbers that stand."""
    return [number for number in project.rows(Estimate) if number.wording != WITHDRAWN]


def publish(
    project: Project,
    *,
    level: str = "public",
    folder: Path | None = None,
    score: Scored = (),
    show: Progress = silent,
    on: date | None = None,
    despite: Collection[str] = (),
) -> Done:
    """Write the report and the tables: HTML, GeoPackage, GeoJSON, KMZ, CSV.

    The folder is replaced as a whole; what was there before is kept beside it, in `earlier`. Before
    it appears it is searched for what must not leave.

    Args:
        project: what is published.
        level: "public" leaves out everything that is not declared public; "desk" keeps it.
        folder: where to write; `out/report` if None.
        score: found against truth, where the truth is known (simulated borders); kept in the
            project, so that a later publication prints it too.
        show: told about every picture.
        on: the day of the publication, on which embargo and consent are held against; today if
            left out.
        despite: claims that a keeper has decided about, although the release tells more together
            with an earlier one.

    Raises:
        BadSetting: nothing was measured yet; cells of claims differ from an earlier release.
        WouldLeak: something is in it that must not leave, or it tells more together with an
            earlier release; nothing was published.
    """
    with project.alone():
        telling = releasing.told(project, Level(level), on, despite=despite)
        releasing.check(telling)
        return _published(project, Level(level), folder, score, show, telling)


def _published(
    project: Project,
    level: Level,
    folder: Path | None,
    score: Scored,
    show: Progress,
    telling: Telling,
) -> Done:
    from vallum import report

    estimates = current_estimates(project)
    if not estimates:
        raise BadSetting("nothing has been measured yet; run `vallum measure` first")
    target = folder.resolve() if folder else project.out_folder / "report"
    book = book_of(project, estimates, level, _kept_score(project, score), show, telling.told)
    draft = target.with_name(f".{target.name}-draft")
    for left_behind in target.parent.glob(f".*{target.name}-draft*"):
        shutil.rmtree(left_behind, ignore_errors=True)  # by a run that was killed
    draft.parent.mkdir(parents=True, exist_ok=True)
    report.publish(book, draft)
    try:
        search(project, draft, telling, level)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    manifest = hashlib.sha256((draft / "manifest.json").read_bytes()).hexdigest()
    with project.run("publish") as work:
        # First what is remembered, then what is out: never something told that nobody remembers.
        work.add_all(releasing.remembered(project, telling, manifest))
        _put_in_place(draft, target, manifest)
        files = sorted(target.iterdir())
        work.add(
            Release(
                manifest_sha256=manifest,
                level=level,
                ledger_head=book.ledger_head,
                estimate_ids=tuple(number.id for number in estimates),
                n_files=len(files),
            )
        )
    lines = [
        f"{len(files)} files in {target}, manifest {manifest[:16]}",
        *releasing.in_words(project, telling),
    ]
    if telling.overruled:
        lines.append(
            f"earlier publications stay in {target.parent / 'earlier'}: delete those that nobody "
            "may read any more"
        )
    return finished(
        work,
        lines,
        files=[str(target / "report.html")],
        facts={"folder": str(target), "manifest_sha256": manifest},
        then=f"open {target / 'report.html'} in a browser",
    )


def _kept_score(project: Project, score: Scored) -> Scored:
    """Return the score, from the project's file when none is given; a new one is written there."""
    path = project.root / SCORE_FILE
    if score:
        path.write_text(json.dumps(score, indent=1), encoding="utf-8")
        return score
    if not (project.config.is_simulated and path.is_file()):
        return ()
    rows = json.loads(path.read_text(encoding="utf-8"))
    return tuple((str(w), float(t), float(f), str(u)) for w, t, f, u in rows)


def _put_in_place(draft: Path, target: Path, manifest: str) -> None:
    old = target / "manifest.json"
    if old.is_file():
        before = hashlib.sha256(old.read_bytes()).hexdigest()
        if before == manifest and {p.name for p in draft.iterdir()} == {
            p.name for p in target.iterdir()
        }:
            shutil.rmtree(draft)
            return
        keep = target.parent / "earlier" / f"{target.name}-{before[:12]}"
        keep.parent.mkdir(exist_ok=True)
        shutil.rmtree(keep, ignore_errors=True)
        target.replace(keep)
    elif target.exists() and any(target.iterdir()):
        shutil.rmtree(draft)
        raise BadSetting(
            f"{target} holds files that vallum did not write; nothing was changed, choose an "
            "empty or new folder with --to"
        )
    elif target.exists():
        target.rmdir()
    draft.replace(target)


def book_of(
    project: Project,
    estimates: Sequence[Estimate],
    level: Level,
    score: Scored,
    show: Progress,
    claims: tuple[Told, ...],
) -> Book:
    """Return all that a publication of this level is printed from; its rows come by `redact`.

    `steps.recomputing` and `steps.printed` make it again, to compare with what was published.
    """
    from vallum.measure import onset
    from vallum.report import Book, Built

    border, dates = project.config.border, project.config.dates
    candidates = redact(current_candidates(project), level)
    findings = redact(current_findings(project), level)
    curves = onset.curves_of(confirmed(project))
    looks = tuple(redact(project.rows(Look), level))
    looked_at = {look.scene for look in looks}  # the rest lies elsewhere
    return Book(
        name=project.config.name,
        frontier=project.frontier,
        extent=project.extent,
        left_m=border.left_m,
        right_m=border.right_m,
        before=dates.before_when,
        after=dates.after_when,
        estimates=tuple(redact(estimates, level)),
        findings=tuple(findings),
        candidates=tuple(candidates),
        scenes=tuple(
            redact((scene for scene in project.rows(Scene) if scene.id in looked_at), level)
        ),
        looks=looks,
        comparisons=tuple(redact(project.rows(Comparison), level)),
        fits=tuple(redact(project.rows(Fit), level)),
        chips=tuple(_chips(project, candidates, findings, level, show)),
        places=_places(project),
        is_simulated=project.config.is_simulated,
        version=__version__,
        ledger_head=project.store.head_without(*APART),
        level=level,
        settings=_settings(project),
        score=tuple(score),
        credits=_credits(project, level),
        trust=trust(project),
        built=tuple(Built.of(curve.as_data()) for curve in curves),
        sample=frozen_sample(project),
        claims=claims,
        context=_context(project),
    )


def _context(project: Project) -> tuple[context.Series, ...]:
    """Return series and events from the project's `context.csv`, if there is one."""
    path = project.root / CONTEXT_FILE
    return context.read(path) if path.is_file() else context.packaged(project.frontier.name)


def _credits(project: Project, level: Level) -> tuple[str, ...]:
    """Return credit and licence of every imported table of barriers or footprints."""
    rows = redact(project.rows(Exhibit), level)
    tables = [e for e in rows if e.role in {"barriers", "footprints"}]
    said = {
        ", ".join(filter(None, (e.credit, e.licence))) or f"{e.name or 'a table'}: not stated"
        for e in tables
    }
    return tuple(sorted(said))


def _settings(project: Project) -> dict[str, str]:
    config = project.config
    share = f"{config.cover.min_clear_share:.0%} of the corridor"
    return {
        "metre counts as seen when valid and clear over": share,
        "largest shift searched": f"{config.align.search_px} px",
        "alignment refused above a residual of": f"{config.align.max_rmse_px} px",
        "shortest line suggested": f"{config.detect.min_length_m:g} m",
        "analysts that must agree": str(config.review.n_agree),
        "unit of work": f"{config.border.section_m:,} m of border",
    }


def _places(project: Project) -> tuple[tuple[str, str, int], ...]:
    """Return names along the line from `places.csv` (name, other, lon, lat), if there is one."""
    path = project.root / PLACES_FILE
    if not path.is_file():
        return ()
    found = []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle), start=2):
            try:
                place = project.frontier.locate(float(row["lon"]), float(row["lat"]))
            except (KeyError, TypeError, ValueError) as error:
                raise BadSetting(
                    f"{PLACES_FILE} row {number}: needs name, other, lon, lat"
                ) from error
            if round(place.at_m) in Spans([project.extent]):
                found.append((row.get("name", ""), row.get("other", "") or "", round(place.at_m)))
    return tuple(sorted(found, key=lambda entry: entry[2]))


# -- pictures -------------------------------------------------------------------------------


def _chips(
    project: Project,
    candidates: Sequence[Candidate],
    findings: Sequence[Finding],
    level: Level,
    show: Progress,
) -> list[Chip]:
    """Return before/after pictures of the strongest, confirmed ones first, kinds in turn."""
    wanted = project.config.publish.n_chips
    chosen = _strongest(candidates, findings)
    chips: list[Chip] = []
    for candidate in chosen:
        if len(chips) >= wanted:
            break
        chip = _chip(project, candidate, level)
        if chip is not None:
            chips.append(chip)
            show("pictures", len(chips), wanted, "pictures")
    return chips


def _strongest(candidates: Sequence[Candidate], findings: Sequence[Finding]) -> list[Candidate]:
    confirmed = {f.about for f in findings if f.held is Held.CONFIRMED}
    unsettled = {c.id for c in candidates} - {f.about for f in findings}
    pool = [c for c in candidates if c.change is not Change.UNCHANGED]
    pool = [c for c in pool if c.id in confirmed] or [c for c in pool if c.id in unsettled]
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in sorted(pool, key=lambda c: (-c.score, c.id)):
        groups.setdefault((candidate.change, candidate.category), []).append(candidate)
    ordered = []
    for rank in range(max(map(len, groups.values()), default=0)):
        ordered += [group[rank] for _, group in sorted(groups.items()) if rank < len(group)]
    return ordered


def _chip(project: Project, candidate: Candidate, level: Level) -> Chip | None:
    from vallum.imagery import frame, view
    from vallum.report import chips

    scenes = {
        scene.id: scene for scene in project.store.latest(Scene, candidate.before, candidate.after)
    }
    before, after = scenes.get(candidate.before), scenes.get(candidate.after)
    if before is None or after is None:
        return None
    paths = project.path_of(before), project.path_of(after)
    if paths[0] is None or paths[1] is None:
        return None
    before, after = redact((before, after), level)
    fit = _fit_of(project, candidate)
    middle = _middle(candidate.shape)
    epsg = next(s.epsg for s in project.sections if s.span.overlaps(candidate.span))
    gsd_m = max(before.gsd_m, after.gsd_m)
    grid = frame.window_at(middle.x, middle.y, epsg, gsd_m, _CHIP_PX)
    old, old_valid = view.read(paths[0], grid)
    new, new_valid = view.read(
        paths[1], grid, dx_m=fit.dx_m if fit else 0.0, dy_m=fit.dy_m if fit else 0.0
    )
    refusal = chips.may_draw(
        before_valid=old_valid, after_valid=new_valid, before_scene=before, after_scene=after
    )
    if refusal:
        return None
    return chips.draw(
        old, new, grid, candidate, before, after, before_valid=old_valid, after_valid=new_valid
    )


def _middle(shape: BaseGeometry) -> Point:
    if isinstance(shape, Point):
        return shape
    return LineString(shape.coords).interpolate(0.5, normalized=True)


def _fit_of(project: Project, candidate: Candidate) -> Fit | None:
    for comparison in project.rows(Comparison):
        if candidate.id in comparison.candidate_ids and comparison.fit:
            return next(iter(project.store.latest(Fit, comparison.fit)), None)
    return None
