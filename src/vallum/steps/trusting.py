"""How far the machine can be trusted in this project: false rates, chances, limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from vallum.ground.kinds import BUILT, Change, Held, Kind
from vallum.ground.records import Candidate, Comparison, Finding, Json, Look, Scene
from vallum.ground.span import Spans
from vallum.project import Project
from vallum.steps.judging import current_candidates, current_findings

if TYPE_CHECKING:
    from vallum.change.calibrate import Bin, Chances, Rate
    from vallum.report.trust import Trust

_ABOVE = (0.0, 0.5, 1.0, 2.0)  # scores over the threshold at which the rate is printed
_MOST_SIZES = 3


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What the scores of this project mean, and what that rests on.

    Attributes:
        rate: false lines per km by score; None where nothing was compared.
        n_removed: lines marked as removed that analysts confirmed, and that are left out of it.
        chances: from the best score in 100 m to the chance of 20 m of new barrier.
        bins: reliability on answers that the chances were not drawn to.
        brier: mean square error of the same.
        sections: (chainage, chance) of every compared section of 100 m.
    """

    rate: Rate | None
    n_removed: int
    chances: Chances
    bins: tuple[Bin, ...]
    brier: float
    sections: tuple[tuple[int, float], ...]

    @property
    def facts(self) -> dict[str, Json]:
        """Everything as plain JSON, but the sections, of which there are many."""
        rate = self.rate
        return {
            "false_lines_per_km": None
            if rate is None
            else [
                {
                    "score": rate.floor + above,
                    "per_km": rate.per_km(rate.floor + above),
                    "low": rate.interval(rate.floor + above)[0],
                    "high": rate.interval(rate.floor + above)[1],
                }
                for above in _ABOVE
            ],
            "rests_on_removed_lines": rate.n if rate else 0,
            "compared_km": rate.km if rate else 0.0,
            "chance_rests_on_sections": self.chances.n_answers,
            "reliability": [dict(asdict(one)) for one in self.bins],
            "brier": self.brier if math.isfinite(self.brier) else None,
            "sections_expected_with_new_barrier": sum(chance for _, chance in self.sections),
            "sections_compared": len(self.sections),
        }


def calibration(project: Project, known: Iterable[Candidate] | None = None) -> Calibration:
    """Return what the scores of this project mean, from what is in it now.

    Args:
        project: whose scores.
        known: candidates in force, where they are known already.
    """
    from vallum.change import calibrate

    compared = [c for c in project.rows(Comparison) if not c.blocked_by]
    seen = Spans(part for c in compared for part in c.seen)
    in_force = current_candidates(project) if known is None else known
    candidates = [c for c in in_force if c.category.is_line and c.origin == "machine"]
    held = {f.about: f for f in current_findings(project) if f.held is not Held.IMPORTED}
    removed = [c for c in candidates if c.change is Change.REMOVED]
    false = [c for c in removed if not _is_confirmed(held.get(c.id))]
    floor = _floor(compared, candidates)
    rate = (
        calibrate.false_rate([c.score for c in false], seen.length_m / 1000, floor=floor)
        if seen
        else None
    )
    built = [c for c in candidates if c.change in BUILT]
    start_m, end_m = project.extent.start_m, project.extent.end_m
    spans = [(c.span.start_m, c.span.end_m) for c in built]
    best, _ = calibrate.section_scores(spans, [c.score for c in built], start_m, end_m)
    answered, holds = _answers(built, held, start_m, len(best))
    scores = [best[k] for k in answered]
    curve = calibrate.learnt(scores, holds)
    bins, brier = (
        calibrate.reliability(calibrate.held_out(scores, holds), holds)
        if curve.n_answers
        else ((), math.nan)
    )
    said, size = curve.of(best).tolist(), calibrate.SECTION_M
    starts = range(start_m, start_m + len(best) * size, size)
    return Calibration(
        rate=rate,
        n_removed=len(removed) - len(false),
        chances=curve,
        bins=bins,
        brier=brier,
        sections=tuple(
            (at_m, chance)
            for at_m, chance, metres in zip(starts, said, _inside(seen, starts, size), strict=True)
            if 2 * metres >= size
        ),
    )


def _is_confirmed(finding: Finding | None) -> bool:
    return finding is not None and finding.held is Held.CONFIRMED


def _floor(compared: Sequence[Comparison], candidates: Sequence[Candidate]) -> float:
    """Return the score from which nothing is missing: the threshold, or where a cap cut."""
    known = [c.threshold for c in compared if math.isfinite(c.threshold)]
    scores = {c.id: c.score for c in candidates}
    for one in compared:
        kept = [scores[name] for name in one.candidate_ids if name in scores]
        if one.n_beyond_cap and kept:
            known.append(min(kept))
    return max(known, default=0.0)


def _answers(
    built: Sequence[Candidate], held: dict[str, Finding], start_m: int, n: int
) -> tuple[list[int], list[bool]]:
    """Return sections of 100 m in which every candidate was decided, and if one holds a barrier.

    Sections without a candidate are left out: nobody was asked about them.
    """
    from vallum.change.calibrate import LEAST_M, SECTION_M

    asked: dict[int, bool] = {}
    for candidate in built:
        finding = held.get(candidate.id)
        is_decided = finding is not None and finding.held in {Held.CONFIRMED, Held.REJECTED}
        first = (candidate.span.start_m - start_m) // SECTION_M
        for k in range(max(0, first), min(n, -(-(candidate.span.end_m - start_m) // SECTION_M))):
            asked[k] = asked.get(k, True) and is_decided
    real = Spans(
        f.span
        for f in held.values()
        if f.held is Held.CONFIRMED and f.change in BUILT and f.category.is_line
    )
    answered = sorted(k for k, is_decided in asked.items() if is_decided)
    edges = [start_m + k * SECTION_M for k in answered]
    return answered, [metres >= LEAST_M for metres in _inside(real, edges, SECTION_M)]


def _inside(spans: Spans, starts_m: Sequence[int], size_m: int) -> list[int]:
    """Return how many metres of a set lie in each stretch of `size_m` that begins at these."""
    edges = np.array([(part.start_m, part.end_m) for part in spans], dtype=np.int64).reshape(-1, 2)
    before_m = np.concatenate([[0], np.cumsum(edges[:, 1] - edges[:, 0])])
    at_m = np.array(starts_m, dtype=np.int64)[:, None] + np.array([0, size_m])
    n_begun = np.searchsorted(edges[:, 0], at_m, side="right")
    last_end_m = np.concatenate([[0], edges[:, 1]])[n_begun]
    below_m = before_m[n_begun] - np.maximum(0, last_end_m - at_m)
    found: list[int] = (below_m[:, 1] - below_m[:, 0]).tolist()
    return found


def trust(project: Project) -> Trust | None:
    """Return the same as it is printed in a report; None where no images were compared."""
    from vallum.change import limits
    from vallum.change.calibrate import LEAST_ANSWERS
    from vallum.report.trust import Trust

    known = calibration(project)
    rate = known.rate
    if rate is None:
        return None
    table = limits.packaged()
    return Trust(
        rates=tuple(
            (score, rate.per_km(score), *rate.interval(score))
            for score in (rate.floor + above for above in _ABOVE)
        ),
        rates_from=_rates_from(rate, known.n_removed),
        bins=tuple((one.said, one.was, one.n, one.low, one.high) for one in known.bins),
        brier=known.brier,
        chances_from=(
            f"The chance that 100 m of border hold 20 m or more of new barrier was drawn to the "
            f"answers on {known.chances.n_answers:,} sections; each is judged here by a curve "
            "drawn to the answers elsewhere."
            if known.chances.n_answers
            else f"Too few sections were answered (under {LEAST_ANSWERS}) to say how often a "
            "candidate of a certain score is right here."
        ),
        limits=tuple(
            (kind.label, gsd_m, limits.said(kind, gsd_m))
            for gsd_m in _pixel_sizes(project)
            for kind in Kind
            if limits.share_found(kind, limits.USUAL_WIDTH_M[kind], gsd_m).n
        ),
        limits_from=(
            f"Simulated: from {sum(row.n for row in table):,} painted things, the machine alone. "
            "Contrast is the step of brightness over the usual change around it. Real barriers "
            "differ, so read it as what the machine misses at least."
        ),
    )


def _rates_from(rate: Rate, n_removed: int) -> str:
    left_out = f" ({n_removed:,} confirmed as removed are left out)" if n_removed else ""
    lines = "line" if rate.n == 1 else "lines"
    return (
        f"Rests on {rate.n:,} {lines} that the machine marked as removed on {rate.km:,.1f} km of "
        f"border{left_out}. With the dates swapped it would have marked them as new, so they "
        "stand for what it marks where nothing was built. Where barriers were really taken down "
        "without being confirmed, the true rate is lower."
    )


def _pixel_sizes(project: Project) -> list[float]:
    """Return the pixel sizes at which pairs were compared, the most used ones, finest first."""
    scenes = {scene.id: scene.gsd_m for scene in project.rows(Scene)}
    looks = {look.id: scenes.get(look.scene, math.nan) for look in project.rows(Look)}
    metres: dict[float, int] = {}
    for one in project.rows(Comparison):
        if not one.blocked_by and one.before in looks and one.after in looks:
            size = round(max(looks[one.before], looks[one.after]), 2)
            metres[size] = metres.get(size, 0) + one.seen.length_m
    return sorted(sorted(metres, key=lambda size: -metres[size])[:_MOST_SIZES])
