"""What nothing was built on: strips of image pairs for the benchmark, by family and half.

Every strip lies along x: 200 rows, 230-1,400 columns. No image, place, date or seed of `test` is in
`dev`. What is true of each family:

| family | two dates | dev | test |
|---|---|---|---|
| naip | real, farmland, 5 m used as if 0.5 m | west half, five dates | east half, other dates |
| landsat | real, composites of years, 90 m as if 0.5 m | west half, four years | east half, others |
| levir | real, suburbs being built, 0.5 m, evaluation only | - | seven pairs |
| drawn | procedural, `scenes.drawn` | seeds | other seeds |
| land | procedural, two seasons of `vallum.simulate.scene.background` | seeds | other seeds |
| l8 | one cloudy 30 m scene as if 0.5 m, second date simulated | all | - |
| forest | one 10 m image as if 0.5 m, second date simulated | all | - |
| s2 | one clear 10 m scene as if 0.5 m, second date simulated | - | all |
| vegas | one city image at 0.5 m, second date simulated, evaluation only | - | all |
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import rasterio
import scenes

from vallum.imagery import radiometry
from vallum.simulate import scene

IMAGERY = scenes.SHARED / "imagery"
HEIGHT_PX = 200
TRUE_PAIRS = ("naip", "landsat", "levir")
EVALUATION_ONLY = ("levir", "vegas")
# As `_SHIFTS` of scenes.py. Two pairs cannot be aligned, so much was built, and are taken as they are.
_LEVIR_SHIFTS = {
    "test-113-0256": (-2.53, -2.01),
    "test-7-0256-0512": (-0.39, -0.69),
    "train-36-0512-0512": (-0.41, -1.02),
    "train-386-0512-0768": (-2.42, -0.95),
    "val-27-0000-0256": (-3.03, -1.79),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """A strip of two dates (3, y, x) float32 on which nothing was painted yet.

    `image` names the picture or pair that it was cut from: strips of one image are not independent.
    What lies at (x, y) in `after` lies at (x, y) + `moved_px` in `before`.
    """

    family: str
    image: str
    before: np.ndarray
    after: np.ndarray
    moved_px: tuple[float, float] = (0.0, 0.0)


def _cut(before, after, rows=(), columns=()):
    """Yield (before, after) strips along x at those rows, and along y at those columns."""
    for row in rows:
        yield tuple(v[:, row : row + HEIGHT_PX] for v in (before, after))
    for column in columns:
        yield tuple(
            np.ascontiguousarray(np.rot90(v[:, :, column : column + HEIGHT_PX], axes=(1, 2)))
            for v in (before, after)
        )


def naip(split):
    """Yield strips of the pairs of farmland dates; every other pair with its dates swapped."""
    for number, pair in enumerate(scenes.naip(split)):
        first, second = (np.float32(v[:3]) for v in (pair.before, pair.after))
        if number % 2:
            first, second = second, first
        rows, columns = ((140, 440), (130,)) if split == "dev" else ((20, 260, 500), (20, 240))
        for before, after in _cut(first, second, rows, columns):
            yield Ground(family="naip", image=pair.name, before=before, after=after)


def unseen():
    """Yield bare strips to measure rates of false candidates on: none was trained on, none is a test.

    The real ones are the dates of `dev` on the other part of the place, where `test` has other dates.
    """
    for family in (naip, landsat):
        yield from family("rates")
    for family in (drawn, land, single):
        yield from family("dev")


def landsat(split):
    """Yield strips of pairs of years, matched in brightness."""
    files = sorted((IMAGERY / "landsat-8-dates").glob("*.tif"))[split == "test" :: 2]
    side = np.s_[:, :, :340] if split == "dev" else np.s_[:, :, 357:]
    with rasterio.Env():  # keeps a remark on the alpha band off the terminal
        images = {path.stem[-4:]: rasterio.open(path).read()[:3][side] for path in files}
    for first, second in combinations(images, 2):
        before, after = images[first], images[second]
        valid = (before > 0).all(axis=0) & (after > 0).all(axis=0)
        gain, offset = radiometry.match(before, after, valid)
        after = after * np.float32(gain)[:, None, None] + np.float32(offset)[:, None, None]
        for one, two in _cut(np.float32(before), np.clip(after, 1, 255), (0, 177), (70,)):
            yield Ground(family="landsat", image=f"landsat {first}-{second}", before=one, after=two)


def levir_pair(name):
    """Return (before, after, clear, shift) of one LEVIR pair, aligned where that is possible."""
    folder = IMAGERY / "levir-pairs"
    before, after = (
        cv2.imread(str(folder / side / f"{name}.png"))[:, :, ::-1].transpose(2, 0, 1)
        for side in "ab"
    )
    rows = min(before.shape[1], after.shape[1])
    before, after = (np.ascontiguousarray(v[:, :rows]) for v in (before, after))
    clear = np.ones(before.shape[1:], bool)
    shift = _LEVIR_SHIFTS.get(name, (0.0, 0.0))
    if any(shift):
        after = _moved(after, shift)
    return before, after, clear, shift


def levir_names():
    return [path.stem for path in sorted((IMAGERY / "levir-pairs" / "a").glob("*.png"))]


def levir(split):
    """Yield two strips each way of every suburban pair; real, unlabelled building goes on there."""
    if split == "dev":
        return
    for name in levir_names():
        before, after, clear, _ = levir_pair(name)
        before, after = np.float32(before), np.float32(after)
        rows, columns = clear.shape
        places = sorted({0, rows - HEIGHT_PX}), sorted({0, columns - HEIGHT_PX})
        for one, two in _cut(before, after, *places):
            yield Ground(family="levir", image=f"levir {name}", before=one, after=two)


def drawn(split):
    """Yield three strips of every procedural pair."""
    for pair in scenes.drawn(split, 7 if split == "dev" else 16, 640):
        for before, after in _cut(np.float32(pair.before), np.float32(pair.after), (5, 220, 435)):
            yield Ground(family="drawn", image=pair.name, before=before, after=after)


def land(split):
    """Yield strips of simulated land in two seasons and years, up to 3 px apart."""
    for number in range(8 if split == "dev" else 20):
        rng = np.random.default_rng((11 if split == "dev" else 12, number))
        seasons = rng.choice(("winter", "spring", "summer", "autumn"), 2)
        seed = (7_000 if split == "dev" else 9_000) + number
        images = [
            scene.background(
                (HEIGHT_PX, 1300),
                seed,
                0.5,
                str(season),
                sun=scene.Sun(
                    azimuth_deg=float(rng.uniform(130, 230)),
                    elevation_deg=float(rng.uniform(28, 60)),
                ),
                year=year,
            )
            for year, season in enumerate(seasons)
        ]
        shift = _some_shift(rng)
        before = _moved(images[0], (-shift[0], -shift[1]))
        yield Ground(
            family="land",
            image=f"land {seed} {seasons[0]}-{seasons[1]}",
            before=before,
            after=np.float32(images[1]),
            moved_px=shift,
        )


def _some_shift(rng):
    far, way = 3 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
    return float(far * np.cos(way)), float(far * np.sin(way))


def _moved(image, shift):
    """Return the image with its content moved left and up by `shift`."""
    matrix = np.float32([[1, 0, shift[0]], [0, 1, shift[1]]])
    return np.stack(
        [
            cv2.warpAffine(
                np.float32(band),
                matrix,
                band.shape[::-1],
                flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REFLECT,
            )
            for band in image
        ]
    ).clip(1, 255)


def _stretched(bands):
    """Return (3, y, x) uint8 of raw numbers, 0 kept for no data."""
    bands = np.float32(bands)
    low, high = (
        np.percentile(bands[:, (bands > 0).all(axis=0)], q, axis=1)[:, None, None] for q in (1, 99)
    )
    return np.clip(20 + (bands - low) / (high - low) * 200, 1, 255).astype(np.uint8)


def _read(folder, *names):
    return np.concatenate([rasterio.open(IMAGERY / folder / name).read() for name in names])


VEGAS_PX = (632, 782)


def _vegas():
    """Return the city image at 0.5 m; in degrees its pixels are 0.243 m wide and 0.301 m high."""
    rgb = _read("spacenet-vegas", "vegas-img0-rgb.tif")[:3]
    return np.stack([cv2.resize(b, VEGAS_PX, interpolation=cv2.INTER_AREA) for b in rgb])


_SINGLE = {
    # family: half, image, rows, columns, simulated second dates
    "l8": ("dev", lambda: _stretched(_read("s2-l8-scenes", "l8-b4.tif", "l8-b3.tif", "l8-b2.tif")),
           (60, 340), (80,), 1),
    "forest": ("dev", lambda: _read("s2-deforestation-pair", "t0.tif")[:3], (8,), (), 2),
    "s2": ("test", lambda: _stretched(_read("s2-l8-scenes", "s2-b04.tif", "s2-b03.tif", "s2-b02.tif")),
           (10, 280, 550), (10, 280, 550), 2),
    "vegas": ("test", _vegas, (40, 290, 540), (10, 216, 422), 1),
}  # fmt: skip


def single(split):
    """Yield strips of single images with a simulated other date."""
    for family, (half, image_of, rows, columns, n_dates) in _SINGLE.items():
        if half != split:
            continue
        image = image_of()
        for number in range(n_dates):
            rng = np.random.default_rng((21, number, len(family)))
            before, after, shift = other_day(rng, image)
            for one, two in _cut(before, after, rows):
                yield _single(family, one, two, shift)
            for one, two in _cut(before, after, (), columns):
                # Turned by 90 degrees against the clock: right becomes up.
                yield _single(family, one, two, (shift[1], -shift[0]))


def _single(family, before, after, shift):
    return Ground(family=family, image=family, before=before, after=after, moved_px=shift)


def other_day(rng, image, shift=None):
    """Return (before, after, moved_px): the image and as another day would show it.

    Written anew here and not taken from `vallum.simulate.scene.second_date`, so that the frozen
    cases stay as they are when the simulator learns something, and the detector meets other
    nuisance than it was taught: a tone that bends, areas that change, new spots and winding
    footpaths, haze, gain, blur, noise, JPEG, and a smooth residual misregistration.
    """
    after = np.float32(image)
    shape = after.shape[1:]
    before = after + rng.uniform(4, 12) * np.sin(
        cv2.GaussianBlur(after.mean(axis=0), (0, 0), 6) / rng.uniform(8, 25) + rng.uniform(0, 6)
    )
    fields = np.sign(_smooth(rng, shape, 70)).astype(np.float32)
    before *= 1 + rng.uniform(0.02, 0.12) * cv2.GaussianBlur(fields, (0, 0), 1.5)
    after = after + rng.uniform(8, 25) * _clutter(rng, shape)
    after = after + rng.normal(0, rng.uniform(0.5, 2), after.shape)
    shift = _some_shift(rng) if shift is None else shift
    before = _seen(rng, before, shift)
    return before, np.clip(after, 1, 255).astype(np.float32), shift


def _smooth(rng, shape, scale_px):
    small = rng.normal(size=(shape[0] // scale_px + 3, shape[1] // scale_px + 3))
    return cv2.resize(small.astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)


def _clutter(rng, shape):
    """Return (y, x) new spots and winding footpaths, about -1 to 1."""
    drawn = np.zeros(shape, np.float32)
    for _ in range(int(shape[0] * shape[1] / 12_000)):
        at = rng.uniform(0, 1, 2) * shape[::-1]
        radius, tone = int(rng.integers(1, 6)), float(rng.normal())
        cv2.circle(drawn, (int(at[0]), int(at[1])), radius, tone, -1)
    for _ in range(int(shape[0] * shape[1] / 60_000)):
        way = np.cumsum(rng.normal(0, 0.35, 40)) + rng.uniform(0, 6)
        path = rng.uniform(0, 1, 2) * shape[::-1] + np.cumsum(
            np.column_stack((np.cos(way), np.sin(way))) * 8, axis=0
        )
        line = np.rint(path * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(drawn, [line], False, float(rng.normal(0, 0.5)), 2, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(drawn, (0, 0), 0.8)


def _seen(rng, image, shift):
    """Return the image as another sensor sees it, its content moved right and down by `shift`."""
    y, x = np.indices(image.shape[1:], np.float32)
    wobble = rng.uniform(0, 0.5)
    from_x = x - np.float32(shift[0]) + wobble * _smooth(rng, image.shape[1:], 250)
    from_y = y - np.float32(shift[1]) + wobble * _smooth(rng, image.shape[1:], 250)
    blur_px, noise = rng.uniform(0.3, 0.8), rng.uniform(1, 3)
    veil = np.linspace(*rng.uniform(0, 0.1, 2), image.shape[2], dtype=np.float32)
    bands = []
    for band in image:
        seen = cv2.remap(band, from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        seen = cv2.GaussianBlur(seen, (0, 0), blur_px)
        seen = seen + veil * (190 - seen)
        seen = seen * rng.uniform(0.9, 1.1) + rng.uniform(-6, 6)
        bands.append(seen + noise * rng.standard_normal(seen.shape, np.float32))
    whole = np.clip(np.rint(bands), 1, 255).astype(np.uint8)
    quality = int(rng.choice((0, 60, 75, 90)))
    if quality:
        flat = np.ascontiguousarray(whole.transpose(1, 2, 0))
        _, packed = cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, quality])
        whole = np.maximum(cv2.imdecode(packed, cv2.IMREAD_COLOR).transpose(2, 0, 1), 1)
    return np.float32(whole)


FAMILIES = (naip, landsat, levir, drawn, land, single)


def grounds(split):
    """Yield every strip of a half."""
    for family in FAMILIES:
        yield from family(split)
