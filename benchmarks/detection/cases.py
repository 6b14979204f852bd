"""The frozen benchmark cases: a border, two dates, and exactly what was built between them.

    python benchmarks/detection/cases.py [dev|test]      # make them and print what they hold

A case is a strip of one image pair from `grounds.py` with a gently bending pseudo-border along its
middle; the corridor is 32 m to each side of it and evaluation stays inside. Half of the cases have
nothing new built; some of both halves hold a barrier that stands on both dates. Everything follows
from fixed seeds; the fingerprint printed with every table tells when a change of code changed a
picture.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import grounds
import numpy as np
import paint
import shapely

GSD_M = 0.5
CORRIDOR_M = 32.0
_END_PX = 14
# Kinds are dealt from a deck, so that even a small half holds all of them.
_DECK = (0, 3, 1, 4, 0, 2, 3, 0, 1, 4, 2, 0, 3, 1, 0, 2, 4, 3, 0, 1, 2)
CACHE = Path(
    os.environ.get(
        "VALLUM_BENCHMARKCACHE", Path(tempfile.gettempdir()) / "vallum-detection-benchmark"
    )
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """One painted thing.

    Attributes:
        kind: a line kind, or "post".
        change: new, upgraded, removed, or both for what stands on both dates unchanged.
        course: (n, 2) pixels x, y (a post has one row), pixel centres at whole numbers.
        width_m: of a double fence, both rows and the gap.
        contrast: factor of the painter, 0.25-1.6.
        snr: SNR_1 of section 2 of the notes on detection; NaN for posts.
        way: along, spur or crossing.
    """

    kind: str
    change: str
    course: np.ndarray
    width_m: float
    contrast: float
    snr: float = float("nan")
    way: str = "along"

    @property
    def is_line(self):
        """True for barriers, False for posts."""
        return self.kind != "post"


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One strip with its border and its truth.

    Attributes:
        name: unique in its half.
        family: see `grounds.py`.
        image: the image or pair it was cut from; the unit of the bootstrap.
        is_true_pair: both dates are real.
        before: (3, y, x) uint8 of the earlier date.
        after: (3, y, x) uint8 of the later date, on the same grid.
        clear: (y, x) bool, True = usable.
        border: (n, 2) pixels x, y.
        truth: what was painted.
        gsd_m: size of a pixel, as if.
    """

    name: str
    family: str
    image: str
    is_true_pair: bool
    before: np.ndarray
    after: np.ndarray
    clear: np.ndarray
    border: np.ndarray
    truth: tuple[Truth, ...]
    gsd_m: float = GSD_M

    @property
    def line(self):
        """The border in metres from the upper left corner, y down."""
        return shapely.LineString(in_metres(self.border, self.gsd_m))

    @property
    def corridor(self):
        """What lies within 32 m of the border, in the same metres."""
        return self.line.buffer(CORRIDOR_M, cap_style="flat")

    @property
    def km(self):
        """Kilometres of border, so of corridor."""
        return self.line.length / 1000


def in_metres(points, gsd_m):
    """Return pixel coordinates in metres from the upper left corner of the image, y down."""
    return (np.asarray(points, float) + 0.5) * gsd_m


def border_of(rng, shape):
    """Return a gently bending (n, 2) pixel line along the middle of a strip."""
    x = np.arange(_END_PX, shape[1] - _END_PX + 1, 10.0)
    long_px = rng.uniform(250, 700)
    y = shape[0] / 2 + 13 * np.sin(2 * np.pi * (x / long_px + rng.random()))
    return np.column_stack((x, y + 3 * np.sin(x / rng.uniform(20, 60))))


def at(border, along_px, aside_px):
    """Return pixel positions at distances along and aside of the border."""
    walked = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(border, axis=0).T))))
    along_px = np.clip(along_px, 0, walked[-1])
    spot = np.array([np.interp(along_px, walked, border[:, k]) for k in (0, 1)])
    ahead = np.array([np.interp(along_px + 5, walked, border[:, k]) for k in (0, 1)])
    behind = np.array([np.interp(along_px - 5, walked, border[:, k]) for k in (0, 1)])
    way = (ahead - behind) / np.hypot(*(ahead - behind))
    return spot + aside_px * np.array((-way[1], way[0])), float(np.arctan2(way[1], way[0]))


def course_of(rng, border, inner, length_m, way):
    """Return an (n, 2) pixel course inside the corridor, or None if chance finds no room."""
    length_px = length_m / GSD_M
    border_px = float(np.hypot(*np.diff(border, axis=0).T).sum())
    for _ in range(60):
        aside = rng.uniform(-52, 52)
        start, heading = at(border, rng.uniform(0, border_px), aside)
        if way == "along":
            points = _following(rng, border, border_px, length_px)
        else:
            low, high = (60, 90) if way == "crossing" else (40, 90)
            turn = np.radians(rng.uniform(low, high)) * -np.sign(aside)
            points = paint.bent(rng, start, heading + turn, length_px)
        if points is not None and inner.covers(shapely.LineString(points)):
            return points
    return None


def _following(rng, border, border_px, length_px):
    """Return a course along the border: beside it at some distance, or slanting to +-33 degrees."""
    start = rng.uniform(0, max(1.0, border_px - length_px))
    if start + length_px > border_px:
        return None
    steps = np.linspace(0, length_px, max(3, int(length_px // 20)))
    slope = np.tan(np.radians(rng.uniform(-33, 33))) * rng.random() ** 2
    sway = 6 * rng.random() * np.sin(steps / rng.uniform(40, 150) + rng.uniform(0, 6))
    aside = rng.uniform(-52, 52) + slope * (steps - length_px / 2) + sway
    return np.array([at(border, start + s, a)[0] for s, a in zip(steps, aside, strict=True)])


def snr_of(delta, difference, points, width_m):
    """Return SNR_1: root of the summed squared mean cross-profile, over the noise beside it.

    Args:
        delta: (y, x) what the painted thing adds to the difference of the dates.
        difference: (y, x) the difference of the bare dates.
        points: (n, 2) pixel course.
        width_m: of the thing.
    """
    walked = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    along = np.linspace(0, walked[-1], max(8, int(walked[-1])))
    spots = np.column_stack([np.interp(along, walked, points[:, k]) for k in (0, 1)])
    reach = int((width_m / 2 + 15) / GSD_M)
    aside = np.arange(-reach, reach + 1)
    rows = np.stack([paint.beside(spots, t) for t in aside]).astype(np.float32)
    profile, noise = (
        cv2.remap(
            image, rows[..., 0], rows[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        for image in (delta, difference - cv2.blur(difference, (41, 41)))
    )
    near = np.abs(aside) * GSD_M <= width_m / 2 + 8
    sides = noise[np.abs(aside) * GSD_M > width_m / 2 + 2]
    sigma = 1.4826 * float(np.median(np.abs(sides - np.median(sides))))
    return float(np.sqrt((profile[near].mean(axis=1) ** 2).sum()) / max(sigma, 0.3))


@dataclass(eq=False)
class _Scene:
    """The two images while they are painted on, and the truth so far."""

    rng: np.random.Generator
    images: dict[str, np.ndarray]
    lights: dict[str, paint.Light]
    moved_px: np.ndarray
    difference: np.ndarray
    inner: shapely.Polygon
    brush: object
    truth: list[Truth]

    def paint(self, date, points, look):
        """Paint on one date, where that date shows the place; returns the change of its grey."""
        image = self.images[date]
        grey = image.mean(axis=0)
        self.brush.lay(self.rng, image, self.seen(date, points), look, self.lights[date], GSD_M)
        return image.mean(axis=0) - grey

    def seen(self, date, points):
        return points + self.moved_px if date == "before" else points

    def barrier(self, points, kind, change, contrast, way):
        look = self.brush.look(self.rng, kind, contrast)
        delta = np.zeros_like(self.difference)
        if change == "upgraded":
            old = self.brush.look(self.rng, str(self.rng.choice(("fence", kind))), contrast)
            delta -= self.paint("before", points, old.weaker(self.rng.uniform(0.2, 0.4)))
        if change in ("removed", "both"):
            delta -= self.paint("before", points, look)
        if change != "removed":
            delta += self.paint("after", points, look)
        shown = self.seen("before", points) if change == "removed" else points
        self.truth.append(
            Truth(
                kind=kind,
                change=change,
                course=shown,
                width_m=look.width_m,
                contrast=contrast,
                snr=snr_of(delta, self.difference, shown, look.width_m),
                way=way,
            )
        )
        if change in ("new", "removed") and self.rng.random() < 0.75:
            self.posts_beside(points, change, contrast, look.width_m)

    def posts_beside(self, points, change, contrast, width_m):
        """Stand a post each 40-150 m along the course."""
        length_m = float(np.hypot(*np.diff(points, axis=0).T).sum()) * GSD_M
        at_m = self.rng.uniform(5, 40)
        while at_m < length_m - 4:
            aside_m = (width_m / 2 + self.rng.uniform(2.5, 6)) * self.rng.choice((-1, 1))
            spot, heading = at(points, at_m / GSD_M, aside_m / GSD_M)
            self.post(spot, heading, change, contrast)
            at_m += self.rng.uniform(40, 150)

    def post(self, spot, heading, change, contrast):
        date = "before" if change == "removed" else "after"
        shown = self.seen(date, spot)
        if not self.inner.contains(shapely.Point(shown)):
            return
        side_m = self.brush.post(
            self.rng, self.images[date], shown, heading, contrast, self.lights[date], GSD_M
        )
        self.truth.append(
            Truth(kind="post", change=change, course=shown[None], width_m=side_m, contrast=contrast)
        )


def _contrast(rng):
    return float(np.exp(rng.uniform(np.log(0.25), np.log(1.6))))


def _furnished(scene, border, n_barriers, n_standing, first_card):
    """Paint barriers into the corridor, apart from each other, and some lone posts."""
    rng = scene.rng
    border_line, inner = shapely.LineString(border), scene.inner
    longest_m = min(250.0, 0.85 * border_line.length * GSD_M)
    taken = []
    for number in range(n_barriers + n_standing):
        kind = paint.KINDS[_DECK[(first_card + number) % len(_DECK)]]
        way = str(rng.choice(("along", "spur", "crossing"), p=(0.78, 0.12, 0.1)))
        change = str(rng.choice(("new", "upgraded", "removed"), p=(0.68, 0.14, 0.18)))
        if number >= n_barriers:
            change = "both"
        # A short wide thing is a field, not a road or a strip.
        shortest_m = 40 if way != "along" or longest_m < 90 else 60 if "_" in kind else 40
        length_m = np.exp(rng.uniform(np.log(shortest_m), np.log(longest_m)))
        points = course_of(rng, border, inner, length_m if way == "along" else 42, way)
        if points is None:
            continue
        line = shapely.LineString(points)
        if any(line.distance(other) < 16 / GSD_M for other in taken):
            continue
        taken.append(line)
        scene.barrier(points, kind, change, _contrast(rng), way)
    for _ in range(int(n_barriers > 0) * int(rng.integers(0, 3))):
        far_px = rng.uniform(0, border_line.length), rng.uniform(-50, 50)
        spot, heading = at(border, *far_px)
        if all(shapely.Point(spot).distance(other) > 20 for other in taken):
            change = str(rng.choice(("new", "removed"), p=(0.75, 0.25)))
            scene.post(spot, heading + rng.uniform(0, 3), change, _contrast(rng))


def case_of(ground, number, split, brush=paint):
    """Return the case painted on a ground; every other number gets nothing new."""
    rng = np.random.default_rng((3 if split == "dev" else 4, number))
    images = {"before": ground.before.copy(), "after": ground.after.copy()}
    sun = rng.uniform(100, 260), rng.uniform(28, 62)
    border = border_of(rng, ground.after.shape[1:])
    scene = _Scene(
        rng=rng,
        images=images,
        lights={
            date: paint.light_of(image, GSD_M, sun[0] + rng.uniform(-15, 15), sun[1])
            for date, image in images.items()
        },
        moved_px=np.array(ground.moved_px),
        difference=ground.after.mean(axis=0) - ground.before.mean(axis=0),
        inner=shapely.LineString(border).buffer((CORRIDOR_M - 5) / GSD_M, cap_style="flat"),
        brush=brush,
        truth=[],
    )
    length_m = shapely.LineString(border).length * GSD_M
    is_built = number % 2 == 0
    n_barriers = max(1, round(length_m / 110)) if is_built else 0
    _furnished(
        scene, border, n_barriers, int(rng.random() < (0.2 if is_built else 0.3)), number // 2 * 4
    )
    before, after = (np.clip(np.rint(v), 1, 255).astype(np.uint8) for v in images.values())
    return Case(
        name=f"{split}-{number:03d}-{ground.family}",
        family=ground.family,
        image=ground.image,
        is_true_pair=ground.family in grounds.TRUE_PAIRS,
        before=before,
        after=after,
        clear=np.ones(after.shape[1:], bool),
        border=border,
        truth=tuple(scene.truth),
    )


def load(split, limit=None, brush=paint):
    """Return the cases of a half, made once and then read from the cache.

    Args:
        split: "dev" or "test".
        limit: at most so many, drawn by a fixed seed.
        brush: `paint`, or `house` for the painter of `vallum.simulate`.
    """
    path = CACHE / f"{split}-{brush.__name__}-{_version(brush)}.npz"
    if not path.exists():
        made = [case_of(g, n, split, brush) for n, g in enumerate(grounds.grounds(split))]
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(made, path)
    cases = _read(path)
    if limit and limit < len(cases):
        # By chance, since every other one has nothing built.
        cases = [cases[i] for i in sorted(np.random.default_rng(1).permutation(len(cases))[:limit])]
    return cases


def _version(brush):
    """Return a short hash of what the pictures are made with."""
    here = Path(__file__).parent
    files = [here / f"{name}.py" for name in ("cases", "grounds", "house", "paint", "scenes")]
    simulated = ["land", "scene", "season"] + ["barriers"] * (brush is not paint)
    files += [Path(grounds.scene.__file__).parent / f"{n}.py" for n in simulated]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _save(made, path):
    arrays, notes = {}, []
    for n, case in enumerate(made):
        for name in ("before", "after", "border"):
            arrays[f"{n}-{name}"] = getattr(case, name)
        notes.append(
            {
                "name": case.name,
                "family": case.family,
                "image": case.image,
                "is_true_pair": case.is_true_pair,
                "truth": [{**asdict(t), "course": t.course.tolist()} for t in case.truth],
            }
        )
    part = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(part, notes=np.array(json.dumps(notes)), **arrays)
    part.replace(path)


def _read(path):
    with np.load(path) as stored:
        cases = []
        for n, note in enumerate(json.loads(str(stored["notes"]))):
            truth = tuple(
                Truth(**{**t, "course": np.array(t["course"])}) for t in note.pop("truth")
            )
            images = {name: stored[f"{n}-{name}"] for name in ("before", "after", "border")}
            clear = np.ones(images["after"].shape[1:], bool)
            cases.append(Case(**note, **images, clear=clear, truth=truth))
    return cases


def fingerprint(cases):
    """Return a short hash of all pixels and courses."""
    total = hashlib.sha256()
    for case in cases:
        total.update(case.before.tobytes() + case.after.tobytes())
        for thing in case.truth:
            total.update(np.round(thing.course, 3).tobytes())
    return total.hexdigest()[:12]


def describe(cases):
    """Print what a half holds."""
    print(f"{len(cases)} cases, {sum(c.km for c in cases):.1f} km of corridor of +-32 m, "
          f"{len({c.image for c in cases})} images, fingerprint {fingerprint(cases)}")  # fmt: skip
    print(
        f"{'family':10}{'cases':>6}{'km':>7}{'built':>7}{'lines':>7}{'km':>7}{'posts':>7}{'SNR_1':>7}"
    )
    for family in dict.fromkeys(c.family for c in cases):
        mine = [c for c in cases if c.family == family]
        lines = [t for c in mine for t in c.truth if t.is_line and t.change != "both"]
        posts = sum(not t.is_line for c in mine for t in c.truth)
        built = sum(any(t.change != "both" for t in c.truth) for c in mine)
        length = sum(shapely.LineString(t.course).length for t in lines) * GSD_M / 1000
        snr = np.median([t.snr for t in lines]) if lines else np.nan
        print(f"{family:10}{len(mine):6d}{sum(c.km for c in mine):7.1f}{built:7d}{len(lines):7d}"
              f"{length:7.2f}{posts:7d}{snr:7.1f}")  # fmt: skip
    lines = [t for c in cases for t in c.truth if t.is_line]
    for name in ("kind", "change", "way"):
        values = [getattr(t, name) for t in lines]
        print(f"{name}:", ", ".join(f"{v} {values.count(v)}" for v in dict.fromkeys(values)))
    snr = [t.snr for t in lines if t.change != "both"]
    print("SNR_1 <1, 1-2, 2-3, 3-5, 5-8, 8-13, 13-21, >21:",
          np.histogram(snr, [0, 1, 2, 3, 5, 8, 13, 21, np.inf])[0].tolist())  # fmt: skip


if __name__ == "__main__":
    for half in sys.argv[1:2] or ("dev", "test"):
        print(f"== {half} ==")
        describe(load(half))
