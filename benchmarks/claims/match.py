"""Claims about SIMULATED ground, true and false, held against what would be found there.

    python benchmarks/claims/match.py [--worlds 40] [--claims 60]

Each world is 60 km of border on which things were built, and some taken down again, on known days;
every third one is the simulated Hoeryong of `vallum.simulate`. Pairs of images show most of it, at
half a metre or coarser, with holes. Findings follow from the truth: all of what an image pair
shows, or as much of it as the packaged limits say. Sources state kind, place and time with an
error. False claims are of things that nobody built within 6 km and two years, or deny what stands.

Printed: where claims of one source stand, and why a true one was contradicted. Thresholds and
guesses were set on the dev worlds only. "Unexplained" must be 0.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from shapely.geometry import LineString, Point, box

from vallum.change.limits import USUAL_WIDTH_M, share_found
from vallum.claims.against import against, reason_of
from vallum.claims.observable import can_be, kin
from vallum.claims.weigh import weigh
from vallum.frontier import Frontier
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import (
    Claim,
    Comparison,
    Dated,
    Exhibit,
    Finding,
    Look,
    Placed,
    Scene,
    Source,
)
from vallum.ground.saidkinds import (
    ClaimStatus,
    Modality,
    Precision,
    Relation,
    Standing,
    Subject,
    Voice,
)
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.simulate import plan
from vallum.simulate.hoeryong import stretch_of

END_M, SECTION_M, CORRIDOR_M = 60_000, 2_000, 500
FIRST, LAST = date(2016, 1, 1), date(2024, 12, 31)
DAYS = (LAST - FIRST).days
KINDS = (Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL, Kind.PATROL_ROAD, Kind.CLEARED_STRIP,
         Kind.GUARD_POST, Kind.WATCHTOWER, Kind.BUILDING)  # fmt: skip
HALF_M = {Precision.VICINITY: 300, Precision.LOCALITY: 1_500, Precision.SECTION: 4_000,
          Precision.REGION: 12_000}  # fmt: skip
SOURCE = Source(code="one", voice=Voice.PERSON, reliability="C")
PAPER = Exhibit(
    sha256="one", name="", media_type="text/plain", role="statement", source=SOURCE.id,
    is_simulated=True,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One structure: where, and from which day to which."""

    kind: Kind
    span: Span
    built: date
    gone: date = date.max

    def stands(self, on: date) -> bool:
        """Say whether it stands on a day."""
        return self.built <= on < self.gone


@dataclass(frozen=True, kw_only=True)
class World:
    """A border with its things, its images and what was found in them."""

    things: tuple[Thing, ...]
    missed: frozenset[Thing]
    findings: tuple[Finding, ...]
    comparisons: tuple[Comparison, ...]
    looks: dict[str, Look]
    scenes: dict[str, Scene]


def on(number: float) -> date:
    """Return a day of the simulated time."""
    return FIRST + timedelta(days=int(np.clip(number, 0, DAYS)))


# -- ground ---------------------------------------------------------------------------------------


def scattered(rng: np.random.Generator) -> list[Thing]:
    """Return things here and there, a quarter of which are taken down again."""
    things = []
    for _ in range(int(rng.integers(15, 40))):
        kind = KINDS[rng.integers(len(KINDS))]
        start = int(rng.uniform(0, END_M - 3_000))
        length = int(rng.lognormal(6.3, 0.8)) + 50 if kind.is_line else 4
        built = on(rng.uniform(-400, DAYS))
        gone = built + timedelta(days=int(rng.exponential(900)) + 30)
        things.append(
            Thing(
                kind=kind,
                span=Span(start, min(END_M, start + length)),
                built=built,
                gone=gone if rng.random() < 0.25 else date.max,
            )
        )
    return things


def hoeryong(rng: np.random.Generator, frontier: Frontier, seed: int) -> list[Thing]:
    """Return the works of the simulated Hoeryong, somewhere on the border, on days by chance."""
    whole = stretch_of(frontier)
    site = plan.Site(frontier=frontier, span=whole, seed=seed)
    first = int(rng.uniform(1_000, END_M - plan.LENGTH_M - 1_000))
    things = []
    for work in plan.works(site):
        if work.change is None:
            continue
        span = frontier.span_of(plan.to_degrees(work.shape)) & whole
        if span is None:
            continue
        move = first - whole.start_m
        built = on(rng.uniform(1_250, 2_200)) if work.change is Change.NEW else FIRST
        gone = on(rng.uniform(1_250, 2_200)) if work.change is Change.REMOVED else date.max
        things.append(
            Thing(
                kind=work.category,
                span=Span(span.start_m + move, span.end_m + move),
                built=built,
                gone=gone,
            )
        )
    return things


def world(seed: int, frontier: Frontier, *, finds_all: bool) -> World:
    """Return one simulated border."""
    rng = np.random.default_rng(seed)
    things = hoeryong(rng, frontier, seed) if seed % 3 == 0 else scattered(rng)
    scenes: dict[str, Scene] = {}
    looks: dict[str, Look] = {}
    comparisons, findings, missed = [], [], set()
    for start in range(0, END_M, SECTION_M):
        span = Span(start, start + SECTION_M)
        days = on(rng.uniform(900, 1_250)), on(rng.uniform(2_200, 2_900))
        gsd_m = float(rng.choice([0.3, 0.5, 0.5, 0.5, 1.5]))
        seen = Spans((span,))
        if rng.random() < 0.2:
            hole = start + int(rng.uniform(0, SECTION_M - 400))
            seen = seen - Span(hole, hole + 400)
        if rng.random() < 0.12:
            comparisons.append(Comparison(span=span, slot=0, seen=Spans(), blocked_by="no pair"))
            continue
        pair = [_look(day, span, seen, gsd_m, scenes) for day in days]
        looks |= {look.id: look for look in pair}
        comparisons.append(
            Comparison(span=span, slot=0, before=pair[0].id, after=pair[1].id, seen=seen)
        )
        for thing in things:
            if not thing.span.overlaps(span):
                continue
            share = share_found(thing.kind, USUAL_WIDTH_M[thing.kind], gsd_m).share
            is_found = finds_all or rng.random() < (0.8 if math.isnan(share) else share)
            parts = seen & thing.span
            if parts and is_found:
                findings += _found(thing, parts, days, rng)
            elif parts:
                missed.add(thing)
    return World(
        things=tuple(things), missed=frozenset(missed), findings=tuple(findings),
        comparisons=tuple(comparisons), looks=looks, scenes=scenes,
    )  # fmt: skip


def _look(day: date, span: Span, seen: Spans, gsd_m: float, scenes: dict[str, Scene]) -> Look:
    scene = Scene(
        sha256=f"{day}{span}", name="", taken=When.on(day), taken_from="given", gsd_m=gsd_m,
        footprint=box(0, 0, 1, 1), is_simulated=True,
    )  # fmt: skip
    scenes[scene.id] = scene
    return Look(scene=scene.id, span=span, seen=seen, valid=seen, clear_share=1.0)


def _found(
    thing: Thing, parts: Spans, days: tuple[date, date], rng: np.random.Generator
) -> list[Finding]:
    """Return what people hold of a thing, from its pair; what stands on both they seldom draw."""
    before, after = (thing.stands(day) for day in days)
    dates: dict[str, date | None]
    if not before and after:
        change, dates = Change.NEW, {"last_absent": days[0], "first_seen": days[1]}
    elif before and not after:
        change = Change.REMOVED
        dates = {"first_seen": days[0], "still_seen": days[0], "gone_by": days[1]}
    elif before and after and rng.random() < 0.3:
        change, dates = Change.UNCHANGED, {"first_seen": days[0], "still_seen": days[1]}
    else:
        return []
    return [
        Finding(
            about=f"{thing.kind}{thing.built}{part}{change}", held=Held.CONFIRMED,
            category=thing.kind, change=change, span=part, off_m=50.0, shape=_shape(part, thing),
            length_m=float(part.length_m if thing.kind.is_line else 0), agreement="SIMULATED",
            **dates,  # type: ignore[arg-type]
        )
        for part in parts
    ]  # fmt: skip


def _shape(part: Span, thing: Thing) -> LineString | Point:
    if not thing.kind.is_line:
        return Point(part.start_m / 1e5, 0)
    return LineString([(part.start_m / 1e5, 0), (part.end_m / 1e5, 0)])


# -- claims ---------------------------------------------------------------------------------------


def said(
    rng: np.random.Generator,
    n: int,
    kind: Kind,
    span: Span,
    day: date,
    modality: Modality,
    noise: float,
) -> Claim:
    """Return a claim with an error in place and time; `noise` 0 is none."""
    precision = Precision(rng.choice([p.value for p in HALF_M], p=[0.3, 0.4, 0.2, 0.1]))
    half = HALF_M[precision]
    middle = span.middle_m + noise * rng.normal(0, half / 3)
    low = int(np.clip(middle - half - span.length_m / 2, 0, END_M - 10))
    high = int(np.clip(middle + half + span.length_m / 2, low + 10, END_M))
    stated = day + timedelta(days=int(noise * rng.normal(0, 60)))
    width = int(rng.choice([1, 30, 90, 365]))
    first = stated - timedelta(days=int(rng.integers(0, width)))
    return Claim(
        exhibit=PAPER.id, nth=n, subject=Subject(kind.value), modality=modality,
        change=None if modality is Modality.PRESENT else Change.REMOVED
        if modality is Modality.REMOVED else Change.NEW,
        places=(Placed(name="", precision=precision, span=Span(low, high)),),
        dates=(Dated(first=first, last=first + timedelta(days=width - 1)),),
        standing=Standing.APPROVED, is_simulated=True,
    )  # fmt: skip


def true_claim(
    rng: np.random.Generator, n: int, ground: World, noise: float
) -> tuple[Claim, Thing]:
    """Return a claim about something that is so, and what it is about."""
    while True:
        thing = ground.things[rng.integers(len(ground.things))]
        modality = Modality(
            rng.choice(["completed", "under_way", "present", "removed", "planned"],
                       p=[0.4, 0.15, 0.2, 0.15, 0.1])
        )  # fmt: skip
        if modality is Modality.REMOVED:
            if thing.gone == date.max or thing.gone > LAST:
                continue
            day = thing.gone
        elif modality is Modality.PRESENT:
            latest = min(thing.gone, LAST)
            if latest <= thing.built:
                continue
            day = thing.built + timedelta(days=int(rng.integers((latest - thing.built).days)))
        elif thing.built <= FIRST + timedelta(days=200):
            continue
        else:
            back = {Modality.UNDER_WAY: 30, Modality.PLANNED: 150}.get(modality, 0)
            day = thing.built - timedelta(days=back)
        return said(rng, n, thing.kind, thing.span, day, modality, noise), thing


def false_claim(rng: np.random.Generator, n: int, ground: World, noise: float) -> Claim:
    """Return a claim that something was built, removed or stands where nothing of the sort is."""
    for _ in range(2_000):
        kind = KINDS[rng.integers(len(KINDS))]
        start = int(rng.uniform(0, END_M - 1_000))
        span = Span(start, start + int(rng.uniform(10, 900)))
        day = on(rng.uniform(300, DAYS - 300))
        modality = Modality(rng.choice(["completed", "present", "removed"], p=[0.6, 0.2, 0.2]))
        claim = said(rng, n, kind, span, day, modality, noise)
        near = claim.spans.hull.widened(500, Span(0, END_M))  # type: ignore[union-attr]
        alike = [t for t in ground.things if t.kind in kin(claim.subject) and t.span.overlaps(near)]
        if not any(_is_so(thing, claim) for thing in alike):
            return claim
    return claim


def _is_so(thing: Thing, claim: Claim) -> bool:
    """Say whether a thing makes a claim true, give or take two years."""
    first, last = claim.dates[0].first, claim.dates[0].last
    assert first is not None and last is not None  # noqa: PT018
    slack = timedelta(days=730)
    if claim.modality is Modality.REMOVED:
        return thing.gone != date.max and first - slack <= thing.gone <= last + slack
    if claim.modality is Modality.PRESENT:
        return thing.built <= last + slack and (
            thing.gone == date.max or thing.gone >= first - slack
        )
    return first - slack <= thing.built <= last + slack


def why(claim: Claim, thing: Thing, ground: World) -> str:
    """Return what explains that a true claim was contradicted."""
    first, last = claim.dates[0].first, claim.dates[0].last
    assert first is not None and last is not None  # noqa: PT018
    if not any(thing.span.overlaps(span) for span in claim.spans):
        return "place stated wrongly"
    if thing in ground.missed:
        return "missed in review"
    days = [
        (ground.scenes[ground.looks[c.before].scene].taken.earliest,
         ground.scenes[ground.looks[c.after].scene].taken.earliest)
        for c in ground.comparisons
        if not c.blocked_by and c.seen & thing.span
    ]  # fmt: skip
    if any(not thing.stands(a) and not thing.stands(b) and a < thing.built < b for a, b in days):
        return "came and went between two images"
    event = thing.gone if claim.modality is Modality.REMOVED else thing.built
    late = timedelta(days=365 if claim.modality is Modality.UNDER_WAY else 0)
    if not first - timedelta(days=90) <= event <= last + late:
        return "time stated wrongly"
    return "UNEXPLAINED"


# -- tables ---------------------------------------------------------------------------------------


def run(
    seeds: range, n_claims: int, frontier: Frontier, *, finds_all: bool, noise: float
) -> tuple[dict[bool, Counter[ClaimStatus]], Counter[str], Counter[str], int]:
    """Return statuses of true and false claims, why true ones were contradicted, false not."""
    told: dict[bool, Counter[ClaimStatus]] = {True: Counter(), False: Counter()}
    reasons: Counter[str] = Counter()
    unseen: Counter[str] = Counter()
    n_chance = 0
    for seed in seeds:
        ground = world(seed, frontier, finds_all=finds_all)
        rng = np.random.default_rng(10_000 + seed)
        for n in range(n_claims):
            thing = None
            if is_true := bool(n % 2):
                claim, thing = true_claim(rng, n, ground, noise)
            else:
                claim = false_claim(rng, n, ground, noise)
            matches = against(
                claim, ground.findings, ground.comparisons, ground.looks, ground.scenes
            )
            (row,) = weigh([claim], [PAPER], [SOURCE], matches)
            told[is_true][row.status] += 1
            if row.status is ClaimStatus.CONTRADICTED and thing is not None:
                reasons[why(claim, thing, ground)] += 1
            if not is_true and row.status is ClaimStatus.NOT_OBSERVABLE:
                unseen[reason_of(matches[0])] += 1
            if not is_true and any(m.relation is Relation.SUPPORTS for m in matches):
                n_chance += any(
                    t.kind in can_be(claim.subject) and t.span.overlaps(s)
                    for t in ground.things
                    for s in claim.spans
                )
    return told, reasons, unseen, n_chance


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--claims", type=int, default=60)
    given = parser.parse_args()
    frontier = Frontier.packaged("prk-north")
    print("SIMULATED. Claims of one source each.\n")
    for split, first in (("dev", 0), ("test", 1_000)):
        for finds_all, noise in ((True, 0.0), (True, 1.0), (False, 1.0)):
            told, reasons, unseen, n_near = run(
                range(first, first + given.worlds), given.claims, frontier,
                finds_all=finds_all, noise=noise,
            )  # fmt: skip
            finds = "all that shows is found" if finds_all else "found as the limits say"
            print(f"{split}: {finds}, {'with' if noise else 'without'} errors of sources")
            for is_true, counts in told.items():
                n = counts.total()
                parts = [f"{s.label} {counts[s]:,} ({counts[s] / n:.1%})" for s in ClaimStatus]
                print(f"  {'true ' if is_true else 'false'} {n:,}: " + ", ".join(parts))
            why_so = ", ".join(f"{k} {v}" for k, v in reasons.most_common()) or "none"
            print(f"  true ones contradicted: {why_so}")
            print("  false ones not observable: "
                  + ", ".join(f"{k} {v}" for k, v in unseen.most_common()))  # fmt: skip
            print(f"  false ones supported by a thing of other dates nearby: {n_near}")


if __name__ == "__main__":
    main()
