"""Two sources on SIMULATED ground: how often one bears out the other, rightly and wrongly.

    python benchmarks/claims/pairs.py [--worlds 60] [--pairs 80]

On the borders of `match.py`, a first source says something, and a second one, of another origin,
something true. Of six sorts of pairs the share is printed in which the second corroborates the
first, and in which it contradicts it:

- *same*: both speak of the same thing, each with errors of its own. What the first says is so.
- *vague*: what the first says is not so; the second speaks of something real in a wide area around
  it, of "infrastructure", or of some years.
- *nearby*: what the first says is not so; the second speaks of a real thing of the same kind a few
  kilometres away.
- *other time*: the same, of a thing that came one to three years earlier or later.
- *other kind*: the same, of a thing of another kind at the same place and time.
- *both wrong*: two sources err apart from each other, about the same town.

Guesses were set on the dev worlds only.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
from match import DAYS, END_M, FIRST, KINDS, LAST, Thing, World, false_claim, on, said, world

from vallum.claims.alike import alike
from vallum.claims.observable import can_be, implies
from vallum.frontier import Frontier
from vallum.ground.records import Claim, Dated, Placed
from vallum.ground.saidkinds import Modality, Precision, Relation, Subject
from vallum.ground.span import Span

Pair = tuple[Claim, Claim]
_SPECIAL = (Subject.ELECTRIC_FENCE, Subject.CHECKPOINT, Subject.BUFFER_ZONE)
_STATES = (Modality.COMPLETED, Modality.COMPLETED, Modality.UNDER_WAY, Modality.PRESENT)


def real(rng: np.random.Generator, ground: World) -> Thing | None:
    """Return something that was built in the simulated time."""
    built = [t for t in ground.things if FIRST + timedelta(days=400) < t.built < LAST]
    return built[rng.integers(len(built))] if built else None


def report(rng: np.random.Generator, n: int, thing: Thing, state: Modality | None = None) -> Claim:
    """Return what a source says of a thing that was built, with errors."""
    state = state or _STATES[rng.integers(len(_STATES))]
    day = thing.built - timedelta(days=30 * (state is Modality.UNDER_WAY))
    return said(rng, n, thing.kind, thing.span, day, state, 1.0)


def is_so(claim: Claim, span: Span, ground: World, thing: Thing) -> bool:
    """Say whether what a source means to say is so, within 500 m and half a year."""
    near = span.widened(500, Span(0, END_M))
    half = timedelta(days=183)
    return any(
        implies(Subject(other.kind.value), claim.subject)
        and other.span.overlaps(near)
        and abs(other.built - thing.built) <= half
        for other in ground.things
    )


def same(rng: np.random.Generator, ground: World) -> Pair | None:
    """Two reports of one thing."""
    thing = real(rng, ground)
    if thing is None:
        return None
    state = _STATES[rng.integers(len(_STATES))]
    return report(rng, 0, thing, state), report(rng, 1, thing, state)


def vague(rng: np.random.Generator, ground: World) -> Pair | None:
    """Something wrong, and something true that is stated widely around it."""
    thing = real(rng, ground)
    if thing is None:
        return None
    first = false_claim(rng, 0, ground, 1.0)
    if first.modality is Modality.REMOVED:
        first = replace(first, modality=Modality.COMPLETED, change=report(rng, 0, thing).change)
    second = report(rng, 1, thing, Modality.COMPLETED)
    hull, stated = first.spans.hull, first.dates[0]
    assert hull is not None and stated.first is not None  # noqa: PT018
    way = rng.integers(3)
    place, dates, subject = second.places, second.dates, first.subject
    if way != 1:
        reach = int(rng.choice([6_000, 12_000, 30_000]))
        wide = hull.widened(reach, Span(0, END_M))
        place = (Placed(name="", precision=Precision.REGION, span=wide),)
    else:
        place = first.places
    if way != 0:
        years = int(rng.integers(1, 4))
        start = stated.first - timedelta(days=int(rng.integers(0, 365 * years)))
        dates = (Dated(first=start, last=start + timedelta(days=365 * years)),)
    else:
        dates = first.dates
    if rng.random() < 0.4:
        subject = Subject(
            rng.choice([Subject.INFRASTRUCTURE, Subject.BUILDING, Subject.BUFFER_ZONE])
        )
    return first, replace(second, subject=subject, places=place, dates=dates)


def nearby(rng: np.random.Generator, ground: World) -> Pair | None:
    """A thing of the kind that stands nowhere there, and one a few kilometres away."""
    thing = real(rng, ground)
    if thing is None:
        return None
    off_m = int(rng.uniform(1_500, 12_000)) * int(rng.choice([-1, 1]))
    start = thing.span.start_m + off_m
    if not 0 <= start <= END_M - thing.span.length_m - 10:
        return None
    span = Span(start, start + thing.span.length_m)
    return _wrong(rng, ground, replace(thing, span=span), thing)


def other_time(rng: np.random.Generator, ground: World) -> Pair | None:
    """A thing that came at another time than is said."""
    thing = real(rng, ground)
    if thing is None:
        return None
    days = int(rng.uniform(365, 1_095)) * int(rng.choice([-1, 1]))
    return _wrong(rng, ground, replace(thing, built=on((thing.built - FIRST).days + days)), thing)


def other_kind(rng: np.random.Generator, ground: World) -> Pair | None:
    """A thing of another kind than is said."""
    thing = real(rng, ground)
    if thing is None:
        return None
    second = report(rng, 1, thing)
    subjects = [*(Subject(kind.value) for kind in KINDS), *_SPECIAL]
    near = [one for one in subjects if can_be(one) & can_be(second.subject)]
    choice = near if rng.random() < 0.5 else subjects
    subject = choice[rng.integers(len(choice))]
    first = replace(report(rng, 0, thing, second.modality), subject=subject)
    return None if is_so(first, thing.span, ground, thing) else (first, second)


def both_wrong(rng: np.random.Generator, ground: World) -> Pair | None:
    """Two claims about one town that are both not so, by chance of kinds and days."""
    start = int(rng.uniform(2_000, END_M - 3_000))
    pair = []
    for n in range(2):
        kind = KINDS[rng.integers(len(KINDS))]
        thing = Thing(kind=kind, span=Span(start, start + 500), built=on(rng.uniform(400, DAYS)))
        claim = report(rng, n, thing)
        if is_so(claim, thing.span, ground, thing):
            return None
        pair.append(claim)
    return pair[0], pair[1]


def _wrong(rng: np.random.Generator, ground: World, meant: Thing, thing: Thing) -> Pair | None:
    second = report(rng, 1, thing)
    first = report(rng, 0, meant, second.modality)
    return None if is_so(first, meant.span, ground, meant) else (first, second)


SORTS: dict[str, Callable[[np.random.Generator, World], Pair | None]] = {
    "same": same,
    "vague": vague,
    "nearby": nearby,
    "other time": other_time,
    "other kind": other_kind,
    "both wrong": both_wrong,
}


def run(seeds: range, n_pairs: int, frontier: Frontier) -> dict[str, Counter[str]]:
    """Return, for each sort of pairs, what the second says to the first."""
    told: dict[str, Counter[str]] = {sort: Counter() for sort in SORTS}
    for seed in seeds:
        ground = world(seed, frontier, finds_all=True)
        rng = np.random.default_rng(20_000 + seed)
        for sort, make in SORTS.items():
            for _ in range(n_pairs):
                pair = make(rng, ground)
                if pair is None:
                    continue
                relation = alike(*pair).relation
                told[sort]["supports" if relation is Relation.SUPPORTS else
                           "contradicts" if relation else "nothing"] += 1  # fmt: skip
    return told


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--pairs", type=int, default=80)
    given = parser.parse_args()
    frontier = Frontier.packaged("prk-north")
    print("SIMULATED. What a second source says to a first one.\n")
    for split, first in (("dev", 0), ("test", 1_000)):
        print(split)
        told = run(range(first, first + given.worlds), given.pairs, frontier)
        for sort, counts in told.items():
            n = counts.total()
            parts = [f"{what} {counts[what]:,} ({counts[what] / n:.1%})"
                     for what in ("supports", "contradicts")]  # fmt: skip
            print(f"  {sort:10} {n:6,}: {', '.join(parts)}")


if __name__ == "__main__":
    main()
