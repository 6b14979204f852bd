"""What must not be found: false candidates per km where nothing was built, or not between the dates.

    python benchmarks/detection/canaries.py [dev|test] [--limit N]

Each line is one trap. For a real change across the border, a new road at 60-90 degrees, what it is
called and which flags it carries is printed instead. Thresholds: `thresholds.json`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace

import cases
import cv2
import numpy as np
import paint
import scoring
import shapely

from vallum.change import detect, stitch
from vallum.simulate import scene

N_SCENES, WIDTH_PX = 12, 900


def _land(seed, season="autumn", year=0, shift=(0.0, 0.0)):
    """Return (3, y, x) float32 open land as it looks in one season and year."""
    image = scene.background((200, WIDTH_PX), seed, 0.5, season, year=year)
    matrix = np.float32([[1, 0, shift[0]], [0, 1, shift[1]]])
    size = image.shape[:0:-1]
    return np.stack(
        [
            cv2.warpAffine(
                np.float32(b), matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
            )
            for b in image
        ]
    )


def _case(name, before, after, rng, truth=()):
    before, after = (np.clip(np.rint(v), 1, 255).astype(np.uint8) for v in (before, after))
    return cases.Case(
        name=name,
        family="canary",
        image=name,
        is_true_pair=False,
        before=before,
        after=after,
        clear=np.ones(after.shape[1:], bool),
        border=cases.border_of(rng, after.shape[1:]),
        truth=tuple(truth),
    )


def identical(base):
    """One picture twice."""
    return [replace(c, before=c.after, truth=()) for c in base]


def same_day(base):
    """One picture twice, with new noise, blur and 0.5 px between them."""
    made = []
    for n, c in enumerate(base):
        again = scene.second_date(
            c.after, n, shift_px=(0.4, -0.3), wobble_px=0.1, haze=(0.0, 0.0), patches=0.0
        )
        made.append(replace(c, before=again, truth=()))
    return made


def swapped(base):
    """Real and simulated pairs in the wrong order: what is new must be called removed."""
    turned = {"new": "removed", "removed": "new", "upgraded": "removed", "both": "both"}
    made = []
    for c in base:
        truth = tuple(replace(t, change=turned[t.change]) for t in c.truth)
        made.append(replace(c, before=c.after, after=c.before, truth=truth))
    return made


def stood(split, rng):
    """A strong barrier of every kind on both dates, between two seasons, up to 1.5 px apart."""
    made = []
    for n in range(N_SCENES):
        shift = rng.uniform(-1.5, 1.5, 2)
        seed = _seed(split, n)
        dates = _land(seed, "winter", 0), _land(seed, "summer", 1)
        # Built first, pushed afterwards: a thing that stands moves with its ground.
        border = cases.border_of(rng, dates[0].shape[1:])
        at_px = np.arange(40, WIDTH_PX - 120, 30.0)
        course = np.array([cases.at(border, p, 20 * (-1) ** n)[0] for p in at_px])
        look = paint.look(rng, paint.KINDS[n % 5], 1.2)
        for image in dates:
            light = paint.light_of(image, 0.5, rng.uniform(140, 220), rng.uniform(30, 60))
            paint.lay(rng, image, course, look, light, 0.5)
        before = _pushed(dates[0], shift)
        case = _case(f"stood {n}", before, dates[1], rng)
        made.append(replace(case, border=border))
    return made


def _pushed(image, shift):
    matrix = np.float32([[1, 0, shift[0]], [0, 1, shift[1]]])
    return np.stack(
        [
            cv2.warpAffine(b, matrix, b.shape[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
            for b in image
        ]
    )  # fmt: skip


def crop_rows(split, rng):
    """Fields with rows 2-6 m apart on one date, along and across the border."""
    made = []
    for n in range(N_SCENES):
        seed = _seed(split, 20 + n)
        before, after = _land(seed), _land(seed, "summer", 1)
        y, x = np.mgrid[: before.shape[1], : before.shape[2]].astype(np.float32)
        for _ in range(4):
            turn, period = rng.uniform(0, np.pi), rng.uniform(4, 12)
            wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period)
            low = rng.uniform(0, 1, 2) * (WIDTH_PX - 200, 100)
            field = (
                (x > low[0])
                & (x < low[0] + rng.uniform(80, 260))
                & (y > low[1])
                & (y < low[1] + 110)
            )
            soft = cv2.GaussianBlur(field.astype(np.float32), (0, 0), 2)
            after += rng.uniform(5, 16) * wave * soft
        made.append(_case(f"rows {n}", before, after, rng))
    return made


def moved_bank(split, rng):
    """A river along the border whose bank lies 2-12 m further on the later date."""
    made = []
    for n in range(N_SCENES):
        seed = _seed(split, 40 + n)
        before, after = _land(seed), _land(seed, "spring", 1)
        y, x = np.mgrid[: before.shape[1], : before.shape[2]].astype(np.float32)
        bank = 120 + 14 * np.sin(x / rng.uniform(50, 140)) + 5 * np.sin(x / rng.uniform(12, 30))
        water = np.array((62, 77, 80), np.float32)[:, None, None]
        gravel = np.array((160, 154, 138), np.float32)[:, None, None]
        wide_px = rng.uniform(6, 20)
        for image, edge in (
            (before, bank),
            (after, bank + rng.uniform(4, 24) * rng.choice((-1, 1))),
        ):
            shore = np.clip((y - edge + wide_px) / 3, 0, 1) * 0.7
            image += shore * (gravel - image)
            image += np.clip((y - edge) / 2, 0, 1) * (water - image)
            image += rng.normal(0, 1.5, image.shape)
        made.append(_case(f"bank {n}", before, after, rng))
    return made


def snow(split, rng):
    """Patchy snow on one date: what stands out of it stands out more."""
    made = []
    for n in range(N_SCENES):
        seed = _seed(split, 60 + n)
        before, after = _land(seed, "autumn", 0), _land(seed, "winter", 1)
        small = rng.normal(0.3, 0.8, (14, WIDTH_PX // 14)).astype(np.float32)
        patches = cv2.resize(small, (WIDTH_PX, before.shape[1]), interpolation=cv2.INTER_CUBIC)
        grey = after.mean(axis=0)
        # It stays in hollows and on level ground, and not on what is dark and steep.
        cover = np.clip(patches + (grey - np.median(grey)) / 40 + 0.4, 0, 1)
        after += 0.85 * cover * (rng.uniform(215, 240) - after)
        dates = (before, after) if n % 2 else (after, before)
        made.append(_case(f"snow {n}", *dates, rng))
    return made


def new_crossing(split, rng):
    """A new road across the border at 60-90 degrees: a real change, but not a barrier."""
    made = []
    for n in range(N_SCENES):
        seed = _seed(split, 80 + n)
        before, after = _land(seed), _land(seed, "summer", 1)
        case = _case(f"crossing {n}", before, after, rng)
        truth = []
        for place in np.linspace(120, WIDTH_PX - 120, 3):
            spot, heading = cases.at(case.border, place, 0)
            turn = heading + np.radians(rng.uniform(60, 90)) * rng.choice((-1, 1))
            way = np.array((np.cos(turn), np.sin(turn)))
            course = spot + np.linspace(-80, 80, 9)[:, None] * way
            look = paint.look(rng, "patrol_road", 1.1)
            light = paint.light_of(after, 0.5, 170, 45)
            paint.lay(rng, after, course, look, light, 0.5)
            truth.append(
                cases.Truth(
                    kind="patrol_road",
                    change="new",
                    course=course,
                    width_m=look.width_m,
                    contrast=1.1,
                    way="crossing",
                )
            )
        painted = _case(case.name, before, after, rng, truth)
        made.append(replace(painted, border=case.border))
    return made


def _seed(split, n):
    return (31_000 if split == "dev" else 41_000) + n


def _show(title, made, least, least_post):
    outcomes = scoring.run(scoring.vallum, made)
    km = sum(o.km for o in outcomes)
    passing = [(o, n) for o in outcomes for n in o.passing(least)]
    false = [o.lines[n] for o, n in passing if o.owners[n] is None]
    points = sum(
        one.score >= least_post and mine < 0
        for o in outcomes
        for one, mine in zip(o.points, o.post_of, strict=True)
    )
    changes = Counter(one.change for one in false)
    _, low, high = scoring.with_interval(outcomes, least, "false_per_km")
    print(f"{title:30}{km:6.1f} km {len(false) / km:7.2f} [{low:.2f}, {high:.2f}]"
          f"{sum(one.shape.length for one in false) / km:8.0f} m/km {points / km:8.2f}   "
          + ", ".join(f"{k} {v}" for k, v in sorted(changes.items())))  # fmt: skip


def _crossings(made, least):
    """Print what the new roads across are called."""
    lines, found, called, flags = 0, 0, Counter(), Counter()
    for case in made:
        grid = scoring.grid_of(case.clear.shape, case.gsd_m)
        raw = stitch(detect(case.before, case.after, case.clear, grid, scoring.LOW))
        for truth in case.truth:
            lines += 1
            area = shapely.LineString(cases.in_metres(truth.course, case.gsd_m)).buffer(
                2 + truth.width_m / 2
            )
            mine = [
                one
                for one in raw
                if one.category.is_line
                and one.score >= least
                and scoring.to_local(one.shape).intersection(area).length > 0.5 * one.length_m
            ]
            found += bool(mine)
            if mine:
                best = max(mine, key=lambda one: one.length_m)
                called[best.category.value] += 1
                flags.update(best.flags or ("no flag",))
    print(f"new road across at 60-90 degrees: {found} of {lines} found; called "
          + ", ".join(f"{k} {v}" for k, v in called.most_common())
          + "; flags " + ", ".join(f"{k} {v}" for k, v in flags.most_common()))  # fmt: skip


OF_CASES = {
    "identical dates": identical,
    "same day, other noise": same_day,
    "swapped dates": swapped,
}
OF_LAND = {
    "barrier on both dates": stood,
    "crop rows": crop_rows,
    "moved river bank": moved_bank,
    "snow on one date": snow,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("split", choices=("dev", "test"), nargs="?", default="test")
    parser.add_argument("--limit", type=int, default=40, help="cases of the first three")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    limit = scoring.frozen()["vallum"]
    base = cases.load(args.split, args.limit)
    print(f"{'':30}{'':9} lines/km 95 %          length   posts/km   called")
    for title, of_cases in OF_CASES.items():
        _show(title, of_cases(base), limit["line"], limit["post"])
    for number, (title, of_land) in enumerate(OF_LAND.items()):
        rng = np.random.default_rng((5, args.split == "test", number))
        _show(title, of_land(args.split, rng), limit["line"], limit["post"])
    crossings = new_crossing(args.split, np.random.default_rng((6, args.split == "test")))
    _show("new road across, the rest", crossings, limit["line"], limit["post"])
    _crossings(crossings, limit["line"])


if __name__ == "__main__":
    main()
