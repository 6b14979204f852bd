"""Make the training chips of the detector's network: SIMULATED changes over two dates of a place.

    python tools/train/chips.py FOLDER [--chips 1200] [--seed 1] [--share-real 0.35]

A chip is a pair of dates of 448 x 448 pixels in which things were built, taken down, strengthened,
or stood all along, with exact truth. Backgrounds: `vallum.simulate.patchwork`, and farmland of the
`dev` half of the benchmark (public domain), as if a pixel were 0.5 m. Nothing marked evaluation-only
is read. Each file holds 40 chips: `inputs` int8 (n, 4, y, x), `truth` uint8 (n, 8, y / 2, x / 2).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from vallum.change.network import inputs_of

SIZE = 448
FINE = 4
KINDS = ("fence", "double_fence", "wall", "patrol_road", "cleared_strip")
NEW, GONE, UPGRADED, POST_NEW, POST_GONE, IGNORE, KIND, KIND_KNOWN = range(8)


def course(rng, size):
    """Return an (n, 2) smooth polyline that crosses part of the chip."""
    length = rng.uniform(60, 420)
    steps = max(3, int(length / 12))
    heading = rng.uniform(0, 2 * np.pi)
    wiggle = rng.choice((0.004, 0.02, 0.06))
    turn = np.cumsum(rng.normal(0, wiggle, steps)) + rng.normal(0, 0.01) * np.arange(steps)
    if rng.random() < 0.3:  # a corner
        turn[int(rng.integers(1, steps)) :] += rng.normal(0, 0.7)
    way = np.column_stack((np.cos(heading + turn), np.sin(heading + turn))) * (length / steps)
    points = np.vstack((np.zeros(2), np.cumsum(way, axis=0)))
    middle = rng.uniform(0.15, 0.85, 2) * size
    return points - points[len(points) // 2] + middle


def beside(points, off):
    """Return the course moved sideways by `off` pixels."""
    way = np.gradient(points, axis=0)
    way /= np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    return points + off * np.column_stack((-way[:, 1], way[:, 0]))


class Canvas:
    """Shares of pixels covered by one mark, drawn four times finer and blurred by the optics."""

    def __init__(self, rng, size, blur):
        self.size, self.blur, self.rng = size, blur, rng

    def _down(self, sheet):
        share = cv2.resize(sheet, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(share.astype(np.float32) / 255, (0, 0), self.blur)

    def _sheet(self):
        return np.zeros((self.size * FINE, self.size * FINE), np.uint8)

    @staticmethod
    def _fixed(points):
        return np.rint((points + 0.5) * FINE * 16 - 8).astype(np.int32).reshape(-1, 1, 2)

    def line(self, points, width):
        thick = max(1, round(width * FINE))
        sheet = self._sheet()
        cv2.polylines(sheet, [self._fixed(points)], False, 255, thick, cv2.LINE_AA, 4)
        return self._down(sheet) * min(1.0, width * FINE / thick)

    def dots(self, points, each, side):
        step = np.hypot(*np.diff(points, axis=0).T)
        at = np.concatenate(([0.0], np.cumsum(step)))
        n = max(2, int(at[-1] / each))
        spots = (np.arange(n) + 0.25 * self.rng.random(n)) * each
        sheet = self._sheet()
        radius = max(1, round(side * FINE / 2))
        for x, y in zip(*(np.interp(spots, at, points[:, k]) for k in (0, 1)), strict=True):
            u, v = round((x + 0.5) * FINE), round((y + 0.5) * FINE)
            cv2.rectangle(
                sheet, (u - radius, v - radius), (u + radius - 1, v + radius - 1), 255, -1
            )
        return self._down(sheet) * min(1.0, (side * FINE / 2 / radius) ** 2)

    def smear(self, points, cast):
        """The area between a line and its shadow's edge."""
        sheet = self._sheet()
        area = np.vstack((points, (points + cast)[::-1]))
        a, b = points[:-1], points[1:]
        for p, q in zip(a, b, strict=True):
            quad = np.vstack((p, q, q + cast, p + cast))
            cv2.fillConvexPoly(sheet, self._fixed(quad), 255, cv2.LINE_AA, 4)
        del area
        return self._down(sheet)

    def polygon(self, corners):
        sheet = self._sheet()
        cv2.fillConvexPoly(sheet, self._fixed(corners), 255, cv2.LINE_AA, 4)
        return self._down(sheet)


def slow(rng, size, cells):
    small = rng.normal(size=(cells + 2, cells + 2)).astype(np.float32)
    return cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC)


def colour(rng, what, local, spread):
    """Return an RGB colour: absolute for what it is made of, or away from the ground around."""
    if rng.random() < 0.45:
        sign = 1 if rng.random() < 0.65 else -1
        shade = rng.uniform(1.2, 5) * spread
        return local + sign * shade * rng.uniform(0.8, 1.2, 3)
    base = {
        "concrete": rng.uniform(140, 235) * np.array([1, 0.98, 0.94]),
        "soil": rng.uniform(110, 215)
        * np.array([1, rng.uniform(0.84, 0.96), rng.uniform(0.65, 0.9)]),
        "asphalt": rng.uniform(55, 125) * np.ones(3),
        "metal": rng.uniform(60, 200) * np.ones(3),
    }[what]
    return np.clip(base, 10, 245)


def lay(image, share, paint):
    """Blend a colour (or, for None, darkness) over the image by share, in place."""
    if paint is None:
        image *= 1 - share
    else:
        image += share * (np.asarray(paint, np.float32)[:, None, None] - image)


def add_line(rng, images, kind, points, gsd, suns, on, c, blurs):
    """Paint one line on the dates in `on`; return its width in metres and the kind learnt."""
    size = images[0].shape[1]
    px = 1 / gsd
    mid = np.clip(points[len(points) // 2].astype(int), 12, size - 13)
    box = np.s_[:, mid[1] - 12 : mid[1] + 12, mid[0] - 12 : mid[0] + 12]
    uneven = np.clip(1 + rng.uniform(0, 0.5) * slow(rng, size, 14), 0.25, 1.7)
    if rng.random() < 0.2:  # gaps: trees over it, wear
        uneven *= np.clip(1.4 + 1.6 * slow(rng, size, 30), 0, 1)
    style = rng.random()
    has_strip = rng.random() < 0.45
    strip_m, strip_a = rng.uniform(1.5, 5), rng.uniform(0.1, 0.6)
    gap = rng.uniform(4, 12)
    height = {"fence": rng.uniform(1.5, 4), "double_fence": rng.uniform(2, 4),
              "wall": rng.uniform(2.5, 5.5)}.get(kind, 0)  # fmt: skip
    thin = rng.uniform(0.2, 0.6)
    mesh_a, post_a, shade_a = rng.uniform(0.08, 0.5), rng.uniform(0.3, 0.95), rng.uniform(0.03, 0.3)
    each, wall_w = rng.uniform(2.4, 7), rng.uniform(0.3, 0.9)
    road_w, is_tracks = rng.uniform(2.6, 6.5), rng.random() < 0.3
    area_w, soft = rng.uniform(5, 14), rng.uniform(0.4, 1.0)
    tone = rng.uniform(0.9, 1.1)
    lean = rng.normal(0, 0.6, 2) * px
    what = {"wall": "concrete", "patrol_road": rng.choice(("soil", "asphalt", "soil")),
            "cleared_strip": "soil"}.get(kind, rng.choice(("metal", "concrete")))  # fmt: skip
    rough = slow(rng, size, int(rng.integers(20, 140)))
    seed_state = rng.integers(1 << 30)
    for date in on:
        own = np.random.default_rng(seed_state)  # the same colours on both dates
        image, canvas = images[date], Canvas(own, size, blurs[date])
        local, spread = image[box].mean(axis=(1, 2)), max(5.0, float(image[box].std()))
        main, soil = colour(own, what, local, spread) * tone, colour(own, "soil", local, spread)
        cast = suns[date] * height * px
        rows = [points]
        if kind == "double_fence":
            rows = [beside(points, s * gap / 2 * px) for s in (-1, 1)]
            if has_strip:
                lay(
                    image,
                    c * strip_a * uneven * canvas.line(points, (gap + strip_m / 2) * px),
                    soil,
                )
        if kind in ("fence", "double_fence"):
            for row in rows:
                if kind == "fence" and has_strip:
                    lay(image, c * strip_a * uneven * canvas.line(row, strip_m * px), soil)
                if style < 0.85:
                    lay(image, c * shade_a * uneven * canvas.smear(row, cast), None)
                if style > 0.08:
                    lay(image, min(c, 1.3) * mesh_a * uneven * canvas.line(row, thin * px), main)
                if style > 0.2:
                    lay(
                        image,
                        np.minimum(
                            min(c, 1.2)
                            * post_a
                            * canvas.dots(row, each * px, max(0.35, thin) * px),
                            1,
                        ),
                        main,
                    )
        elif kind == "wall":
            lay(
                image,
                np.minimum(c, 1.3) * rng_shade(own) * uneven * canvas.smear(points, cast),
                None,
            )
            body = np.maximum(canvas.line(points, wall_w * px), 0.7 * canvas.smear(points, lean))
            lay(image, np.minimum(min(c, 1.2) * uneven * own.uniform(0.6, 1) * body, 1), main)
        elif kind == "patrol_road":
            if is_tracks:
                apart = own.uniform(1.3, 2.1) / 2 * px
                share = np.maximum(
                    *(
                        canvas.line(beside(points, s * apart), own.uniform(0.4, 0.9) * px)
                        for s in (-1, 1)
                    )
                )
            else:
                share = canvas.line(points, road_w * px)
            lay(image, np.clip(c * soft * uneven * share, 0, 1), main)
        elif kind == "cleared_strip":
            share = canvas.line(points, area_w * px)
            share = cv2.GaussianBlur(share, (0, 0), own.uniform(0.5, 2))
            lay(image, np.clip(c * soft * uneven * share, 0, 1), soil + 0)
            image += (share * rough * own.uniform(0, 6))[None]
        else:  # a plain line
            lay(image, np.clip(c * uneven * canvas.line(points, road_w * thin * px), 0, 1), main)
    return {"fence": thin, "double_fence": gap, "wall": wall_w, "patrol_road": road_w,
             "cleared_strip": area_w}.get(kind, road_w * thin)  # fmt: skip


def rng_shade(rng):
    return rng.uniform(0.2, 0.65)


def add_post(rng, images, at, gsd, suns, on, c, blurs):
    """Paint one small square building or tower on the dates in `on`."""
    size, px = images[0].shape[1], 1 / gsd
    side, ratio = rng.uniform(2.4, 6.2) * px, rng.uniform(0.75, 1.25)
    turn, height = rng.uniform(0, np.pi), rng.uniform(2.4, 9) * px
    u = np.array([np.cos(turn), np.sin(turn)]) * side / 2 * ratio
    v = np.array([-np.sin(turn), np.cos(turn)]) * side / 2
    base = at + np.array([u + v, v - u, -u - v, u - v])
    lean = rng.normal(0, 0.12, 2) * height
    has_pad, pad_a, shade = rng.random() < 0.4, rng.uniform(0.1, 0.5), rng.uniform(0.25, 0.7)
    state, two = rng.integers(1 << 30), rng.random() < 0.5
    for date in on:
        own = np.random.default_rng(state)
        image, canvas = images[date], Canvas(own, size, blurs[date])
        x, y = np.clip(at.astype(int), 10, size - 11)
        box = image[:, y - 10 : y + 10, x - 10 : x + 10]
        local, spread = box.mean(axis=(1, 2)), max(5.0, float(box.std()))
        main = colour(own, own.choice(("concrete", "metal")), local, spread)
        if own.random() < 0.15:
            main = np.array([own.uniform(90, 200), own.uniform(60, 120), own.uniform(50, 110)])
        if has_pad:
            lay(
                image,
                min(c, 1) * pad_a * canvas.line(np.array([at, at + 0.2]), side * 2),
                colour(own, "soil", local, spread),
            )
        cast = suns[date] * height
        hull = cv2.convexHull(np.vstack((base, base + cast)).astype(np.float32)).reshape(-1, 2)
        lay(image, np.clip(c, 0, 1.2) * shade * canvas.polygon(hull), None)
        roof = base + lean
        lay(image, np.clip(min(c, 1.1) * canvas.polygon(roof), 0, 1), main)
        if two:
            half = np.array([roof[0], roof[1], (roof[1] + roof[2]) / 2, (roof[3] + roof[0]) / 2])
            lay(image, 0.8 * min(c, 1) * canvas.polygon(half), main * own.uniform(0.7, 0.9))
    return side / px


def mark_line(truth, points, width_m, gsd, layer, kind):
    """Write a line into the truth: a tube of 1.5 m around its course, doubt beside it."""
    at = np.rint((points + 0.5) / 2 * 16 - 8).astype(np.int32).reshape(-1, 1, 2)
    cells = 1 / (2 * gsd)  # cells per metre
    tube = max(2, round(2 * min(1.6, max(1.0, width_m / 2)) * cells))
    wide = round((width_m + 3.2) * cells) + 2
    line, doubt = np.zeros(truth.shape[1:], np.uint8), np.zeros(truth.shape[1:], np.uint8)
    cv2.polylines(line, [at], False, 1, tube, cv2.LINE_8, 4)
    cv2.polylines(doubt, [at], False, 1, wide, cv2.LINE_8, 4)
    here = line > 0
    if layer is None:  # stands on both dates: nothing changed
        return
    truth[layer][here] = 255
    truth[IGNORE][(doubt > 0) & ~here] = 255
    if kind in KINDS:
        truth[KIND][here] = KINDS.index(kind)
        truth[KIND_KNOWN][here] = 255
    else:
        truth[KIND_KNOWN][here] = 0


def mark_post(truth, at, layer):
    y, x = np.indices(truth.shape[1:], np.float32)
    far = (x - (at[0] + 0.5) / 2 + 0.5) ** 2 + (y - (at[1] + 0.5) / 2 + 0.5) ** 2
    truth[layer] = np.maximum(truth[layer], (255 * np.exp(-far / (2 * 1.3**2))).astype(np.uint8))


def sun_of(rng):
    """Return the shadow of a thing one metre high: metres right and down."""
    turn, length = rng.uniform(0, 2 * np.pi), 1 / np.tan(np.radians(rng.uniform(22, 68)))
    return np.array([np.cos(turn), np.sin(turn)]) * length


def chip(rng, real, told=None):
    """Return inputs (4, y, x) int8 and truth (8, y / 2, x / 2) uint8; lists the lines in `told`."""
    draw = rng.random()
    if draw < real.share:
        before, after = real.crop(rng)
    elif draw < real.share + real.share_land:
        before, after = land(rng)
    else:
        from vallum.simulate.patchwork import patchwork

        before, after = patchwork(rng, (SIZE, SIZE))
    images = [before.astype(np.float32), after.astype(np.float32)]
    truth = np.zeros((8, SIZE // 2, SIZE // 2), np.uint8)
    gsd = rng.choice((0.3, 0.4, 0.5, 0.5, 0.5, 0.6, 0.8))
    first = sun_of(rng)
    suns = [first, first if rng.random() < 0.3 else sun_of(rng)]
    blurs = rng.uniform(0.4, 0.95, 2)
    placed = []
    for _ in range(int(rng.choice((0, 1, 2, 3, 4, 5), p=(0.15, 0.15, 0.2, 0.2, 0.2, 0.1)))):
        points = course(rng, SIZE)
        kind = str(rng.choice((*KINDS, "plain"), p=(0.27, 0.17, 0.15, 0.16, 0.13, 0.12)))
        c = float(np.exp(rng.uniform(np.log(0.25), np.log(1.7))))
        change = str(rng.choice(("new", "gone", "both", "upgraded"), p=(0.5, 0.25, 0.13, 0.12)))
        if change == "upgraded":
            old = "fence" if rng.random() < 0.7 else kind
            add_line(rng, images, old, points, gsd, suns, (0, 1), c * 0.5, blurs)
            shift = rng.normal(0, 1.0)
            width = add_line(rng, images, kind, beside(points, shift), gsd, suns, (1,), c, blurs)
            mark_line(truth, points, width, gsd, UPGRADED, kind)
        else:
            on = {"new": (1,), "gone": (0,), "both": (0, 1)}[change]
            width = add_line(rng, images, kind, points, gsd, suns, on, c, blurs)
            layer = {"new": NEW, "gone": GONE, "both": None}[change]
            mark_line(truth, points, width, gsd, layer, kind)
        placed.append((points, change))
        if told is not None:
            told.append((points, kind, change, gsd))
    for _ in range(int(rng.choice((0, 2, 5, 9), p=(0.25, 0.3, 0.3, 0.15)))):
        at = rng.uniform(8, SIZE - 8, 2)
        if placed and rng.random() < 0.5:
            points = placed[int(rng.integers(len(placed)))][0]
            at = points[int(rng.integers(len(points)))] + rng.normal(0, 8, 2)
            if not (at > 8).all() or not (at < SIZE - 8).all():
                continue
        change = str(rng.choice(("new", "gone", "both"), p=(0.55, 0.3, 0.15)))
        on = {"new": (1,), "gone": (0,), "both": (0, 1)}[change]
        c = float(np.exp(rng.uniform(np.log(0.35), np.log(1.6))))
        add_post(rng, images, at, gsd, suns, on, c, blurs)
        if change != "both":
            mark_post(truth, at, POST_NEW if change == "new" else POST_GONE)
    return inputs_of(*(_recorded(rng, image) for image in images)), truth


def _recorded(rng, image):
    image = image + rng.normal(0, rng.choice((0.0, 0.7, 1.5, 3.0)), image.shape)
    image = np.clip(np.rint(image), 1, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(55, 96))
        _, packed = cv2.imencode(
            ".jpg",
            np.ascontiguousarray(image.transpose(1, 2, 0)),
            [cv2.IMWRITE_JPEG_QUALITY, quality],
        )
        image = np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR).transpose(2, 0, 1))
    return image


def land(rng):
    """Return two seasons of one imaginary country, as the product's own simulations show it."""
    from vallum.simulate.scene import Exposure, background
    from vallum.simulate.season import Season, Sun

    seed, gsd = int(rng.integers(1 << 30)), float(rng.choice((0.3, 0.5, 0.5, 0.8)))
    return tuple(
        background(
            (SIZE, SIZE), seed, gsd, Season(rng.choice([*Season])),
            sun=Sun(azimuth_deg=rng.uniform(110, 250), elevation_deg=rng.uniform(25, 65)),
            year=year,
            exposure=Exposure(
                seed=seed + year, dx_px=rng.normal(0, 0.6) * year, dy_px=rng.normal(0, 0.6) * year,
                wobble_px=rng.uniform(0, 1), blur_px=rng.uniform(0.3, 0.9), noise=rng.uniform(0.5, 4),
                haze=tuple(rng.uniform(0, 0.2, 2)), gain=tuple(rng.uniform(0.85, 1.15, 3)),
            ),
        )
        for year in (0, 1)
    )  # fmt: skip


class Real:
    """Crops of free imagery of several dates, as if a pixel were 0.5 m, none of it in `test`.

    Farmland (NAIP) and Landsat composites: the `dev` halves of the benchmark; one Sentinel-2 band on
    two days. All are public domain or free with credit (see the model card).
    """

    def __init__(self, share, share_land=0.0):
        sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "detection"))
        import scenes

        self.share, self.share_land = share, share_land
        self.pairs = []
        if share:
            self.pairs = [(p.before, p.after) for p in scenes.naip("dev")]
            self.pairs += [*_landsat(), *_sentinel(scenes.SHARED)]

    def crop(self, rng):
        one, two = self.pairs[int(rng.integers(len(self.pairs)))]
        if rng.random() < 0.5:
            one, two = two, one
        rows, columns = one.shape[1:]
        least = (SIZE + 1) / min(rows, columns)
        zoom = max(least, rng.choice((0.8, 1.0, 1.0, 1.0, 1.3, 1.6)))
        side = int(SIZE / zoom)
        y, x = (int(rng.integers(n - side + 1)) for n in (rows, columns))
        window = np.s_[:, y : y + side, x : x + side]
        bands = rng.permutation(len(one))[:3] if rng.random() < 0.3 else np.arange(3) % len(one)
        turn = int(rng.integers(4))
        pair = [
            np.stack(
                [
                    cv2.resize(np.rot90(b, turn), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
                    for b in i[window][bands].astype(np.float32)
                ]
            )
            for i in (one, two)
        ]
        if zoom > 1.2:
            pair = [i + rng.normal(0, rng.uniform(0.5, 4), i.shape) for i in pair]
        if len(bands) < 3:
            pair = [np.repeat(i[:1], 3, axis=0) for i in pair]
        if rng.random() < 0.3:  # one date twice, otherwise exposed
            from vallum.simulate.scene import second_date

            image = np.clip(pair[0], 1, 255).astype(np.uint8)
            pair[1] = second_date(
                np.ascontiguousarray(image), int(rng.integers(1 << 30)),
                shift_px=tuple(rng.uniform(-2, 2, 2)), wobble_px=rng.uniform(0, 1),
                patches=rng.uniform(0, 0.25), blur_px=rng.uniform(0.3, 0.9),
            )  # fmt: skip
        return [np.clip(i, 1, 255) for i in pair]


def _landsat():
    """Return the pairs of years and the part of the place that belong to `dev`."""
    import grounds

    strips = {}
    for ground in grounds.landsat("dev"):
        strips.setdefault(ground.image, []).append((ground.before, ground.after))
    # the strips of one pair, below one another: two of 200 rows and one that lies across
    return [
        tuple(np.concatenate([s[k] for s in parts[:2]], axis=1) for k in (0, 1))
        for parts in strips.values()
    ]


def _sentinel(shared):
    """Return tiles of the two days of one Sentinel-2 band, where both have data."""
    import rasterio

    folder = shared / "imagery" / "s2-pair-t33uuu"
    images = [rasterio.open(path) for path in sorted(folder.glob("*.jp2"))]
    left, bottom, right, top = (
        f(i.bounds[k] for i in images) for k, f in enumerate((max, max, min, min))
    )
    arrays = []
    for image in images:
        window = rasterio.windows.from_bounds(left, bottom, right, top, image.transform)
        arrays.append(image.read(1, window=window).astype(np.float32))
    rows, columns = (min(a.shape[k] for a in arrays) for k in (0, 1))
    tiles = []
    for y in range(0, rows - 699, 350):
        for x in range(0, columns - 699, 350):
            pair = [a[y : y + 700, x : x + 700] for a in arrays]
            if all((p > 0).mean() > 0.99 for p in pair):
                low, high = np.percentile(np.stack(pair), (1, 98))
                tiles.append(
                    tuple(np.clip((p - low) / (high - low) * 170 + 30, 1, 255)[None] for p in pair)
                )
    return tiles


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("folder", type=Path)
    ask.add_argument("--chips", type=int, default=1200)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--share-real", type=float, default=0.25)
    ask.add_argument("--share-land", type=float, default=0.15)
    wish = ask.parse_args()
    cv2.setNumThreads(1)
    wish.folder.mkdir(parents=True, exist_ok=True)
    real = Real(wish.share_real, wish.share_land)
    for part in range(wish.chips // 40):
        path = wish.folder / f"chips-{wish.seed:03d}-{part:04d}.npz"
        if path.exists():
            continue
        rng = np.random.default_rng((wish.seed, part))
        chips = [chip(rng, real) for _ in range(40)]
        draft = path.with_suffix(".draft")
        with draft.open("wb") as out:
            np.savez(
                out, inputs=np.stack([c[0] for c in chips]), truth=np.stack([c[1] for c in chips])
            )
        draft.rename(path)
        print(path.name, flush=True)


if __name__ == "__main__":
    main()
