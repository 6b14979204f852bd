"""`measure` and `publish`: the numbers, and what is shown of them."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vallum import __version__
from vallum.evidence.redact import redact
from vallum.ground import context
from vallum.ground.errors import BadSetting
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import (
    APART,
    Comparison,
    Estimate,
    Exhibit,
    Fit,
    Json,
    Level,
    Look,
    Release,
    Scene,
    to_json,
)
from vallum.ground.span import Spans
from vallum.ground.whole import folder_whole, make_folder, write_whole
from vallum.project import Project
from vallum.steps import chipping, gating, histories, numbering, releasing
from vallum.steps.chipping import chip_of as chip_of
from vallum.steps.done import Done, Progress, finished, silent
from vallum.steps.estimating import confirmed, frozen_sample
from vallum.steps.folders import sha256_of
from vallum.steps.judging import current_candidates, current_findings
from vallum.steps.reading import own_places
from vallum.steps.searching import search
from vallum.steps.trusting import trust

if TYPE_CHECKING:
    from vallum.evidence.release import Telling
    from vallum.ground.told import Told
    from vallum.report import Book, Cite
    from vallum.report.gates import Refusal
    from vallum.report.issue import History, Issue
    from vallum.report.overlay import Overlay

PLACES_FILE = "places.csv"
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
    languages: Collection[str] = (),
    parquet: bool = False,
    overlays: bool = False,
) -> Done:
    """Write a draft: the report and the tables, with what is otherwise since the last edition.

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
        languages: languages to write it in, the main one first; those of the settings if empty.
        parquet: write tables for pandas and databases as well.
        overlays: put pixels that may be shown into the file for Google Earth.

    Raises:
        BadSetting: nothing was measured yet; cells of claims differ from an earlier release; a
            gate refuses it.
        WouldLeak: something is in it that must not leave, or it tells more together with an
            earlier release; nothing was published.
    """
    with project.alone(), project.store.remembering():
        telling = releasing.told(project, Level(level), on, despite=despite)
        releasing.check(telling)
        asked = Asked(
            level=Level(level),
            score=score,
            languages=tuple(languages),
            parquet=parquet,
            overlays=overlays,
        )
        target = folder.resolve() if folder else project.out_folder / "report"
        return _published(project, asked, target, show, telling)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a publication shall be.

    Attributes:
        level: who reads it.
        score: found against truth, where the truth is known.
        languages: those of the settings if empty.
        parquet: write GeoParquet too.
        overlays: put pixels into the file for Google Earth.
        history: which edition it is; a draft after the last one if None.
    """

    level: Level = Level.PUBLIC
    score: Scored = ()
    languages: tuple[str, ...] = ()
    parquet: bool = False
    overlays: bool = False
    history: History | None = None


def _published(
    project: Project, asked: Asked, target: Path, show: Progress, telling: Telling
) -> Done:
    from vallum.report.publish import files_in

    with drafted(project, asked, target, show, telling) as (draft, book, soft):
        manifest = sha256_of(draft / "manifest.json")
        with project.run("publish") as work:
            # First what is remembered, then what is out: never something told that nobody
            # remembers.
            work.add_all(releasing.remembered(project, telling, manifest))
            put_in_place(draft, target, manifest)
            work.add(release_of(book, manifest, len(files_in(target))))
    n_files = len(files_in(target))
    lines = [
        f"{n_files} files in {target}, manifest {manifest[:16]}",
        *since_in_words(book),
        *gating.in_words(soft),
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


@contextmanager
def drafted(
    project: Project, asked: Asked, target: Path, show: Progress, telling: Telling
) -> Iterator[tuple[Path, Book, tuple[Refusal, ...]]]:
    """Write a publication beside where it shall lie, searched; gone afterwards unless moved.

    Yields the folder, its book, and what gates held back.

    Args:
        project: what is published.
        asked: what it shall be.
        target: where it shall lie; nothing is written there.
        show: told about every picture.
        telling: what it tells of claims.

    Raises:
        BadSetting: nothing was measured yet, or a gate refuses it.
        WouldLeak: something is in it that must not leave.
    """
    from vallum.report.publish import publish

    estimates = current_estimates(project)
    if not estimates:
        raise BadSetting("nothing has been measured yet; run `vallum measure` first")
    soft = gating.passed(project, asked.level, telling)
    draft = target.with_name(f".{target.name}-draft")
    score = _kept_score(project, asked.score)
    book = book_of(project, estimates, asked.level, score, show, telling.told, asked=asked)
    for left_behind in target.parent.glob(f".*{target.name}-draft*"):
        shutil.rmtree(left_behind, ignore_errors=True)  # by a run that was killed
    draft.parent.mkdir(parents=True, exist_ok=True)
    tiles = _tiles(project, asked)
    publish(book, draft, with_parquet=asked.parquet, overlays=tiles)
    try:
        search(project, draft, telling, asked.level)
        yield draft, book, soft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _tiles(project: Project, asked: Asked) -> Sequence[Overlay]:
    """Return pixels that may be shown, for Google Earth; none unless they were asked for."""
    if not asked.overlays:
        return ()
    from vallum.steps.overlaying import overlays_of

    return overlays_of(project, asked.level)


def release_of(book: Book, manifest: str, n_files: int) -> Release:
    """Return the row that says that a publication was made."""
    return Release(
        manifest_sha256=manifest,
        level=book.level,
        ledger_head=book.ledger_head,
        estimate_ids=tuple(number.id for number in book.estimates),
        n_files=n_files,
    )


def since_in_words(book: Book) -> list[str]:
    """Return which edition a book is and how much is otherwise since the one before."""
    from vallum.report.changes import edition_text, name_of

    told = book.history
    if not told.editions and told.issue.is_draft:
        return []
    words = edition_text(told.issue, told.editions)
    if not told.editions:
        return [words]
    n, last = len(told.changes), name_of(told.editions[-1])
    return [f"{words}: {n} {'number differs' if n == 1 else 'numbers differ'} from {last}"]


def _kept_score(project: Project, score: Scored) -> Scored:
    """Return the score, from the project's file when none is given; a new one is written there."""
    path = project.root / SCORE_FILE
    if score:
        write_whole(path, json.dumps(score, indent=1).encode())
        return score
    if not (project.config.is_simulated and path.is_file()):
        return ()
    rows = json.loads(path.read_text(encoding="utf-8"))
    return tuple((str(w), float(t), float(f), str(u)) for w, t, f, u in rows)


def put_in_place(draft: Path, target: Path, manifest: str) -> None:
    """Move a publication to its place; one that lies there is kept in `earlier`."""
    from vallum.report.publish import files_in

    old = target / "manifest.json"
    if old.is_file():
        before = sha256_of(old)
        if before == manifest and files_in(draft) == files_in(target):
            shutil.rmtree(draft)
            return
        keep = target.parent / "earlier" / f"{target.name}-{before[:12]}"
        make_folder(keep.parent)
        folder_whole(draft, target, aside=keep)
        return
    if target.exists() and any(target.iterdir()):
        shutil.rmtree(draft)
        raise BadSetting(
            f"{target} holds files that vallum did not write; nothing was changed, choose an "
            "empty or new folder with --to"
        )
    folder_whole(draft, target)


def book_of(
    project: Project,
    estimates: Sequence[Estimate],
    level: Level,
    score: Scored,
    show: Progress,
    claims: tuple[Told, ...],
    *,
    asked: Asked | None = None,
) -> Book:
    """Return all that a publication of this level is printed from; its rows come by `redact`.

    `steps.recomputing` and `steps.printed` make it again, to compare with what was published.
    """
    asked = asked or Asked(level=level)
    from vallum.measure import onset
    from vallum.report import Book
    from vallum.report.built import Built
    from vallum.steps import agreeing

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
        chips=tuple(chipping.chips_of(project, candidates, findings, level, show)),
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
        languages=_languages(project, asked.languages),
        history=asked.history or history_of(project, estimates, level),
        cite_as=cite_as(project),
        agreement=agreeing.agreement(project),
        published=agreeing.published(project),
    )


def history_of(
    project: Project,
    estimates: Sequence[Estimate],
    level: Level,
    *,
    issue: Issue | None = None,
    why: Mapping[str, str] | None = None,
    correct: Mapping[str, str] | None = None,
) -> History:
    """Return what came before an edition or draft of these numbers, and what is otherwise in it."""
    after = histories.now(project, estimates, _settings(project))
    return histories.history(project, after, level, issue=issue, why=why, correct=correct)


def _languages(project: Project, asked: Collection[str] = ()) -> tuple[str, ...]:
    from vallum.report.tongue import known

    said = project.config.publish.languages.split(",")
    told = [one.strip() for one in asked or said if one.strip()]
    return tuple(dict.fromkeys(map(known, told))) or ("en",)


def cite_as(project: Project) -> Cite:
    """Return who is to be cited, as the settings say."""
    from vallum.report import Cite

    said = project.config.publish
    authors = tuple(filter(None, (one.strip() for one in said.authors.split(";"))))
    return Cite(
        authors=authors,
        publisher=said.desk,
        licence=said.licence,
        doi=said.doi,
        url=said.url,
        contact=said.contact,
    )


def _context(project: Project) -> tuple[context.Series, ...]:
    """Return series and events from the project's `context.csv`, if there is one."""
    path = project.root / context.CONTEXT_FILE
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
        "people who must have said yes before a finding is published": str(
            config.publish.n_accepts
        ),
        "unit of work": f"{config.border.section_m:,} m of border",
    }


def _places(project: Project) -> tuple[tuple[str, str, int], ...]:
    """Return names along the line from `places.csv` (name, other, lon, lat), if there is one."""
    found = []
    for one in own_places(project.root / PLACES_FILE):
        at_m = round(project.frontier.locate(one.lon, one.lat).at_m)
        if at_m in Spans([project.extent]):
            found.append((one.name, one.names["other"], at_m))
    return tuple(sorted(found, key=lambda entry: entry[2]))
