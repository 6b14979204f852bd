"""Dating: do brackets contain the day, and does Turnbull's band contain the kilometres?

    python benchmarks/estimation/dating.py [--histories 4000] [--draws 2000] [--seconds 150]

SIMULATED. First part: one thing each, built in stages on a known day, perhaps removed, seen on
images whose dates are intervals and of which some are cloudy; people look at some of them and say
what they see. The brackets go through the same function as those of a project
(`vallum.review.dated`). People without error must get brackets that contain the day in every
history; people who err show how often a contradiction gives it away.

Second part: the curve of many things at once (`vallum.measure.onset`), with looks that have nothing
to do with the building, and with looks that follow it, which the estimate assumes away.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from shapely.geometry import LineString, box

from vallum.ground.kinds import Change, Dating, Held, Kind, Life, Seen, Stage
from vallum.ground.records import Candidate, Finding, Scene, Sighting
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.measure.onset import Onset, built_by
from vallum.review.dated import dated
from vallum.review.dating import BEGUN, Shot, dating, stands

FIRST, DAYS = date(2010, 1, 1), 14 * 365
SHAPE, PLACE = LineString([(129.0, 42.0), (129.01, 42.0)]), box(128.9, 41.9, 129.2, 42.1)
YEAR_ENDS = [date(year, 12, 31) for year in range(2011, 2023)]


def day(number: float) -> date:
    """Return a day of the simulated time."""
    return FIRST + timedelta(days=int(number))


# -- one thing -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One thing: when its ground was cleared, when it stood in part and whole, when it was gone."""

    cleared: int
    groundwork: int
    built: int
    complete: int
    gone: int

    def stage(self, at: int) -> Stage:
        """Return how far it is on a day; NONE before anything happened."""
        steps = (
            (self.gone, Stage.REMOVED),
            (self.complete, Stage.COMPLETE),
            (self.built, Stage.PARTIAL),
            (self.groundwork, Stage.GROUNDWORK),
            (self.cleared, Stage.CLEARED),
        )
        return next((stage for since, stage in steps if at >= since), Stage.NONE)

    def stands(self, at: int) -> bool:
        """Say whether any of it stands on a day."""
        return self.built <= at < self.gone


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image: when it was taken, what is known of that, and whether cloud hides the place."""

    scene: Scene
    at: int
    is_clear: bool


def thing(chance: np.random.Generator) -> Truth:
    """Return one thing; three in ten are removed, some after a few months."""
    cleared = int(chance.integers(200, DAYS - 400))
    steps = np.cumsum(chance.integers(1, 200, 3))
    complete = cleared + int(steps[2])
    is_gone = chance.random() < 0.3
    gone = complete + 1 + int(chance.exponential(600)) if is_gone else 10 * DAYS
    return Truth(
        cleared=cleared,
        groundwork=cleared + int(steps[0]),
        built=cleared + int(steps[1]),
        complete=complete,
        gone=gone,
    )


def images(chance: np.random.Generator, n: int) -> list[Image]:
    """Return images of one place: exact days, vague ones, and mosaics of up to three years."""
    found = []
    for number, at in enumerate(np.sort(chance.integers(0, DAYS, n)).tolist()):
        spread = chance.choice([0, 45, 1100], p=[0.6, 0.25, 0.15])
        early, late = chance.integers(0, spread + 1, 2).tolist()
        taken = When(day(at - early), day(at + late))
        scene = Scene(
            sha256=f"{number}",
            name=f"{number}.tif",
            taken=taken,
            taken_from="given",
            gsd_m=0.5,
            footprint=PLACE,
        )
        found.append(Image(scene=scene, at=at, is_clear=bool(chance.random() > 0.25)))
    return found


def look(
    chance: np.random.Generator, truth: Truth, image: Image, wrong: float
) -> tuple[Seen, Stage]:
    """Return what a person says of an image: state, and in half of the cases the stage."""
    if not image.is_clear:
        return Seen.NOT_OBSERVABLE, Stage.NONE
    stage = truth.stage(image.at)
    is_there = truth.stands(image.at)
    if chance.random() < wrong:
        return (Seen.ABSENT if is_there else Seen.PRESENT), Stage.NONE
    if is_there:
        return Seen.PRESENT, stage if chance.random() < 0.5 else Stage.NONE
    if stage in {Stage.CLEARED, Stage.GROUNDWORK} and chance.random() < 0.5:
        return Seen.PRESENT, stage  # works are seen, and named
    return Seen.ABSENT, Stage.NONE


def pair_of(
    chance: np.random.Generator, truth: Truth, shots: list[Image]
) -> tuple[Image, Image, Change] | None:
    """Return a pair of clear images in a sure order, and what it shows; None if nothing.

    Works that are only begun are confirmed as new.
    """
    clear = [image for image in shots if image.is_clear]
    found = []
    for before in clear:
        for after in clear:
            if not before.scene.taken.is_before(after.scene.taken):
                continue
            stood, stands_now = truth.stands(before.at), truth.stands(after.at)
            if stood:
                found.append((before, after, Change.UNCHANGED if stands_now else Change.REMOVED))
            elif stands_now or truth.stage(after.at) in BEGUN:
                found.append((before, after, Change.NEW))
    return found[int(chance.integers(len(found)))] if found else None


def history(chance: np.random.Generator, wrong: float = 0.0) -> tuple[Truth, Finding] | None:
    """Return a thing and its finding after people looked; None where no pair shows it."""
    truth = thing(chance)
    shots = images(chance, int(chance.integers(3, 20)))
    pair = pair_of(chance, truth, shots)
    if pair is None:
        return None
    before, after, change = pair
    made = {
        "span": Span(0, 900), "off_m": 50.0, "category": Kind.FENCE, "change": change,
        "shape": SHAPE, "length_m": 900.0,
    }  # fmt: skip
    candidate = Candidate(score=0.5, before=before.scene.id, after=after.scene.id, **made)
    finding = Finding(about=candidate.id, held=Held.CONFIRMED, agreement="2 of 2 yes", **made)
    sightings = []
    for name in ("ann", "bob")[: int(chance.integers(1, 3))]:
        for image in chosen(chance, truth, shots, wrong):
            state, stage = look(chance, truth, image, wrong)
            told = {"about": candidate.id, "scene": image.scene.id, "analyst": name}
            sightings.append(Sighting(state=state, stage=stage, **told))
    if truth.stage(after.at) in BEGUN:
        # Who confirms works says how far they are.
        told = {"about": candidate.id, "scene": after.scene.id, "analyst": "cid"}
        sightings = [row for row in sightings if row.scene != after.scene.id]
        sightings.append(Sighting(state=Seen.PRESENT, stage=truth.stage(after.at), **told))
    scenes = {image.scene.id: image.scene for image in shots}
    seen = {image.scene.id for image in shots if image.is_clear}
    return truth, dated(finding, candidate, sightings, scenes, seen)


def chosen(
    chance: np.random.Generator, truth: Truth, shots: list[Image], wrong: float
) -> list[Image]:
    """Return the images a person looks at: by chance, or those that bisection asks for."""
    if chance.random() < 0.5:
        return [image for image in shots if chance.random() < 0.6]
    by_id = {image.scene.id: image for image in shots}
    told = [Shot(scene=name, taken=image.scene.taken) for name, image in by_id.items()]
    asked = []
    while name := dating(told).ask:
        asked.append(by_id[name])
        state = stands(*look(chance, truth, by_id[name], wrong), Kind.FENCE)
        told = [replace(shot, state=state) if shot.scene == name else shot for shot in told]
    return asked


def faults(truth: Truth, finding: Finding) -> list[str]:
    """Return in what a finding contradicts the truth."""
    built, gone = day(truth.built), day(min(truth.gone, 5 * DAYS))
    claims = {
        "stood by": finding.first_seen is None or built <= finding.first_seen,
        "not yet on": finding.last_absent is None or finding.last_absent < built,
        "still on": finding.still_seen is None or finding.still_seen < gone,
        "gone by": finding.gone_by is None or gone <= finding.gone_by,
        "temporary": finding.life is not Life.TEMPORARY or truth.gone < 5 * DAYS,
    }
    return [claim for claim, holds in claims.items() if not holds]


def histories(n: int, wrong: float, seed: int) -> dict[str, object]:
    """Return how many of `n` histories hold, and what became of them."""
    chance = np.random.default_rng(seed)
    kinds: Counter[Dating] = Counter()
    widths: list[int] = []
    done = right = silent = temporary = 0
    while done < n:
        made = history(chance, wrong)
        if made is None:
            continue
        truth, finding = made
        done += 1
        bad = faults(truth, finding)
        right += not bad
        silent += bool(bad) and finding.dating is not Dating.CONFLICTING
        kinds[finding.dating] += 1
        temporary += finding.life is Life.TEMPORARY
        if finding.built is not None:
            widths.append(finding.built.days)
    return {
        "histories": done, "hold": right, "wrong and not named": silent, "kinds": kinds,
        "temporary": temporary, "median days": float(np.median(widths)),
    }  # fmt: skip


# -- many things ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Case:
    """Many things on one border.

    Args:
        n: things.
        n_images: images of each section; things of one section share them.
        n_sections: sections, each with images of its own.
        follows: whether people look because something was built (what the estimate assumes away).
    """

    n: int
    n_images: int
    n_sections: int
    follows: bool = False


CASES = (
    Case(n=12, n_images=6, n_sections=3),
    Case(n=30, n_images=6, n_sections=8),
    Case(n=300, n_images=8, n_sections=3),
    Case(n=30, n_images=20, n_sections=8),
    Case(n=30, n_images=6, n_sections=8, follows=True),
    Case(n=100, n_images=6, n_sections=25),
)


def built_days(chance: np.random.Generator, n: int) -> np.ndarray:
    """Return days of building: two campaigns, and some at any time."""
    which = chance.choice(3, n, p=[0.4, 0.4, 0.2])
    centre = np.array([0.3, 0.7, 0.5])[which] * DAYS
    width = np.array([150.0, 300.0, 0.0])[which]
    days = np.where(which == 2, chance.uniform(0, DAYS, n), chance.normal(centre, width))
    return np.clip(days, 1, DAYS - 1).astype(int)


def bordered(chance: np.random.Generator, case: Case) -> tuple[list[Onset], np.ndarray, np.ndarray]:
    """Return onsets, true days of building and kilometres."""
    days = built_days(chance, case.n)
    km = chance.lognormal(0, 0.8, case.n)
    onsets = []
    sections = [np.sort(chance.integers(0, DAYS, case.n_images)) for _ in range(case.n_sections)]
    for number, (built, length) in enumerate(zip(days.tolist(), km.tolist(), strict=True)):
        looks = sections[int(chance.integers(len(sections)))]
        if case.follows:
            # Somebody hears of it and looks a little later, whatever else there is.
            looks = np.sort(np.append(looks, built + int(chance.integers(1, 60))))
        early, late = looks[looks < built], looks[looks >= built]
        onsets.append(
            Onset(
                id=str(number),
                length_m=length * 1000,
                low=day(early[-1]) if early.size else None,
                high=day(late[0]) if late.size else None,
            )
        )
    return onsets, days, km


def coverage(case: Case, n_draws: int, limit_s: float, seed: int) -> dict[str, float]:
    """Return shares of year ends at which envelope and band contain the kilometres."""
    chance = np.random.default_rng(seed)
    ends = np.array([(end - FIRST).days for end in YEAR_ENDS])
    sums: Counter[str] = Counter()
    begun = time.perf_counter()
    for draw in range(n_draws):
        onsets, days, km = bordered(chance, case)
        curve = built_by(onsets, YEAR_ENDS, seed=draw)
        truth = (days[:, None] <= ends).T @ km
        inside = (curve.low - 1e-9 <= truth) & (truth <= curve.high + 1e-9)
        banded = (curve.band_low - 1e-9 <= truth) & (truth <= curve.band_high + 1e-9)
        sums["envelope"] += inside.mean()
        sums["envelope km"] += (curve.high - curve.low).mean() / km.sum()
        # Where looks divide time too little there is no value and no band to be wrong.
        known, ruled = np.isfinite(curve.value), np.isfinite(curve.band_low)
        sums["stated"] += known.mean()
        if ruled.any():
            sums["n band"] += 1
            sums["band"] += banded[ruled].mean()
            sums["band km"] += (curve.band_high - curve.band_low)[ruled].mean() / km.sum()
        if known.any():
            off = (curve.value - truth)[known]
            middle = ((curve.low + curve.high) / 2 - truth)[known]
            sums["n value"] += 1
            sums["error"] += off.mean() / km.sum()
            sums["rms"] += (off**2).mean() / km.sum() ** 2
            sums["middle"] += (middle**2).mean() / km.sum() ** 2
        sums["draws"] += 1
        if time.perf_counter() - begun > limit_s:
            break
    n, n_band, n_value = sums["draws"], max(sums["n band"], 1), max(sums["n value"], 1)
    found = {k: sums[k] / n for k in ("envelope", "envelope km", "stated")}
    found |= {k: sums[k] / n_band for k in ("band", "band km")}
    return found | {
        "draws": n, "error": sums["error"] / n_value, "rms": (sums["rms"] / n_value) ** 0.5,
        "middle": (sums["middle"] / n_value) ** 0.5,
    }  # fmt: skip


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=4000)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=150.0, help="for the second table")
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    print("| wrong looks | histories | brackets hold | wrong, not named | bracketed | left-censored "
          "| right-censored | not enough looks | conflicting | temporary | median days |")  # fmt: skip
    print("|---" * 11 + "|")
    for wrong in (0.0, 0.02, 0.1):
        got = histories(given.histories, wrong, given.seed)
        kinds, n = got["kinds"], got["histories"]
        counts = " | ".join(
            f"{kinds[one]:,}"
            for one in (Dating.BRACKETED, Dating.LEFT_CENSORED, Dating.RIGHT_CENSORED,
                        Dating.NOT_ENOUGH_LOOKS, Dating.CONFLICTING)
        )  # fmt: skip
        print(f"| {wrong:.0%} | {n:,} | {got['hold'] / n:.2%} | {got['wrong and not named']:,} "
              f"| {counts} | {got['temporary']:,} | {got['median days']:.0f} |")  # fmt: skip
    print()
    print("| things | sections | images of each | looks | draws | km in envelope | stated "
          "| km in band | envelope, share of km | band | bias | RMSE | RMSE of the middle |")  # fmt: skip
    print("|---" * 13 + "|")
    until = time.perf_counter() + given.seconds
    for number, case in enumerate(CASES):
        left_s = (until - time.perf_counter()) / (len(CASES) - number)
        got = coverage(case, given.draws, left_s, given.seed)
        print(f"| {case.n} | {case.n_sections} | {case.n_images} | {'follow' if case.follows else 'independent'} "
              f"| {got['draws']:,.0f} | {got['envelope']:.1%} | {got['stated']:.1%} "
              f"| {got['band']:.1%} | {got['envelope km']:.3f} "
              f"| {got['band km']:.3f} | {got['error']:+.4f} | {got['rms']:.4f} "
              f"| {got['middle']:.4f} |")  # fmt: skip


if __name__ == "__main__":
    main()
