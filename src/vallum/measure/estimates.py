"""The published numbers of what people confirmed: rows in, `Estimate` rows out.

Border-km (metres of frontier beside something, each counted once) and barrier-km (length of the
thing itself, by layer) are different quantities and are never mixed. The rules are in `counting`,
each under its name; what bounds a number is in `basis`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from vallum.frontier import Frontier
from vallum.ground.kinds import Basis, Kind
from vallum.ground.records import (
    Candidate,
    Comparison,
    Estimate,
    Finding,
    Look,
    Scene,
    Verdict,
)
from vallum.ground.span import Span
from vallum.ground.unhurried import unhurried
from vallum.measure import visible
from vallum.measure.basis import Given, ids
from vallum.measure.borders import borders, fenced, infrastructure
from vallum.measure.counting import BARRIERS as BARRIERS
from vallum.measure.counting import border_once
from vallum.measure.extent import Account, account, statuses_of
from vallum.measure.lengths import lengths
from vallum.measure.posts import posts
from vallum.measure.wording import Evidence, wording


@unhurried()
def estimates(
    extent: Span,
    frontier: Frontier,
    comparisons: Iterable[Comparison],
    candidates: Iterable[Candidate],
    findings: Iterable[Finding],
    verdicts: Iterable[Verdict] = (),
    scenes: Mapping[str, Scene] | None = None,
    looks: Iterable[Look] | None = None,
    found_of: Mapping[Kind, str] = MappingProxyType({}),
) -> list[Estimate]:
    """Return every number of the project, unrounded, with bounds, denominator, method and words.

    Args:
        extent: the stretch of frontier under study.
        frontier: the line it is measured on.
        comparisons: newest row per section and slot.
        candidates: all candidates; those no longer listed by a comparison are left out.
        findings: newest row per candidate; imported barriers are left out (see `barriers`).
        verdicts: all verdicts, to say how many people looked.
        scenes: images by id, to say when simulated ones are among them, and how fine they are.
        looks: newest look per scene and section. With them, what was compared on pixels too
            coarse for a class is open for that class, and how much was fine enough is counted;
            without them every pair counts as fine enough.
        found_of: what simulation found of each class at the coarsest pixels that count, in words.

    Returns:
        Estimates with kilometres of the five statuses first; they add up to `frontier_km`.
        Barrier lengths per class are there only for classes that were suggested or found, and
        numbers by layer, life and stock only where such things are confirmed.
    """
    comparisons, verdicts = list(comparisons), list(verdicts)
    candidates, scenes = list(candidates), scenes or {}
    sizes = None if looks is None else visible.sizes(comparisons, looks, scenes)
    rows = account(extent, comparisons, candidates, findings, sizes)
    given = Given(
        frontier=frontier,
        rows=rows,
        status=statuses_of(rows),
        comparison_ids=tuple(sorted(c.id for c in comparisons)),
        n_beyond_cap=sum(c.n_beyond_cap for c in comparisons if not c.blocked_by),
    )
    found = [
        *borders(given),
        infrastructure(given, "new"),
        infrastructure(given, "removed"),
        *fenced(given),
        *lengths(given),
        *posts(given),
        _unreviewed(given, verdicts),
    ]
    if sizes is not None:
        found += visible.per_kind(given, comparisons, sizes, found_of)
        found.append(visible.doubted(given, candidates, scenes))
    note = _note(rows, verdicts, scenes)
    return [_with_note(estimate, note) for estimate in found]


def _unreviewed(given: Given, verdicts: list[Verdict]) -> Estimate:
    waiting = given.rows.waiting
    answered = {verdict.about for verdict in verdicts}
    n_begun = sum(candidate.id in answered for candidate in waiting)
    return Estimate(
        name="candidates_unreviewed",
        value=float(len(waiting)),
        low=float(len(waiting)),
        high=float(len(waiting)),
        unit="candidates",
        basis=Basis.ACCOUNT,
        n=len(waiting),
        denominator=given.of_comparable,
        method=f"Suggestions without a settled answer: {len(waiting) - n_begun} that nobody "
        f"answered, {n_begun} with too few answers. None of them is a finding."
        + (f" {given.n_beyond_cap} weaker ones were not kept." if given.n_beyond_cap else ""),
        wording=wording(Evidence(basis=Basis.ACCOUNT, n_waiting=len(waiting))),
        spans=border_once(waiting, given.everywhere),
        from_ids=ids(waiting),
    )


def _note(rows: Account, verdicts: list[Verdict], scenes: Mapping[str, Scene]) -> str:
    """Return what every method has to say of who looked, and at what."""
    about = {finding.about for finding in rows.findings} | {c.id for c in rows.waiting}
    counted = [verdict for verdict in verdicts if verdict.about in about]
    n_analysts = len({verdict.analyst for verdict in counted})
    said = f"{len(counted)} answers by {n_analysts} analysts" if counted else ""
    if any(verdict.is_simulated for verdict in counted):
        said += " (SIMULATED analysts with stated error rates)"
    if any(scene.is_simulated for scene in scenes.values()):
        said += "; SIMULATED images that show no real place" if said else "SIMULATED images"
    return said


def _with_note(estimate: Estimate, note: str) -> Estimate:
    return replace(estimate, method=f"{estimate.method} Rests on {note}.") if note else estimate
