"""Screenshots placed by markers and by matching: located share and error. SIMULATED.

    python benchmarks/registration/screenshots.py [dev|test] [--pictures FOLDER] [--quick]

`globe.py`, which shares no code with vallum, opens the KMZ of a capture plan and casts rays; the
picture gets a legend, a logo, a credit, bars of a window, is scaled, cropped and saved as JPEG.
The error is the distance between where vallum puts 35 places of the picture and where the rays met
the ground. Located: placed, to be measured on or to be looked at. Wrong: placed, but more than 2 m
off in the median. Limits of placing by markers were chosen on `dev`; the tables in README.md are
those of `test`. Two parts run at once, on two cores.

Matching: a reference of one date, a picture of another, of real farmland (NAIP, public domain,
../shared/data) taken as if it had 0.5 m; `dev` uses five dates, `test` five others. Pictures of
other places must be refused.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import globe
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin

from vallum.frontier import Frontier
from vallum.ground.span import Span
from vallum.imagery.shots import markers, matching, plan, rectify
from vallum.report import tour

SHARED = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[3] / "shared")) / "data"
WRONG_M = 2.0
SEEDS = {"dev": 1000, "test": 9000}


def kmz_of(made: plan.Plan) -> bytes:
    """Return the KMZ as `vallum capture-plan` writes it."""
    stops = []
    for frame in made.frames:
        squares = []
        for marker in frame.markers:
            west, south, east, north = marker.box(rim=markers.RIM)
            squares.append(
                tour.Square(
                    name=f"files/{marker.number:03d}.png",
                    west=west, south=south, east=east, north=north,
                    png=markers.picture(marker.number),
                )
            )  # fmt: skip
        stops.append(
            tour.Stop(
                title=frame.name, text="", lon=frame.lon, lat=frame.lat, range_m=frame.range_m,
                heading_deg=frame.heading_deg, outline=frame.outline, squares=squares,
            )
        )  # fmt: skip
    return tour.tour_bytes("benchmark", "SIMULATED", stops, [(0.0, 0.0), (1.0, 1.0)])


class Tally:
    """What came out of some pictures."""

    def __init__(self):
        self.errors, self.worst, self.refused, self.seconds, self.tilts, self.looking = (
            [],
            [],
            0,
            [],
            [],
            0,
        )

    def add(self, placing, shot, to_screen, seconds):
        """Count one picture."""
        self.seconds.append(seconds)
        if placing is None:
            self.refused += 1
            return
        camera = shot.camera
        columns, rows = np.meshgrid(
            np.linspace(0.05, 0.95, 7) * camera.width, np.linspace(0.05, 0.95, 5) * camera.height
        )
        columns, rows = columns.ravel(), rows.ravel()
        lon, lat = shot.degrees(columns, rows)
        told_lon, told_lat = placing.to_ground(*to_screen(columns, rows))
        here, told = shot.place.to_plane(lon, lat), shot.place.to_plane(told_lon, told_lat)
        off = np.hypot(*(here - told).T)
        self.errors.append(float(np.median(off)))
        self.worst.append(float(off.max()))
        self.tilts.append(abs(placing.tilt_deg - camera.tilt_deg))
        self.looking += bool(placing.looking_only)

    def row(self, name):
        """Return a line of the table."""
        n = len(self.errors) + self.refused
        if not self.errors:
            return f"{name:34}{n:4}{0:8.0%}" + " " * 40 + f"{np.median(self.seconds) * 1000:8.0f}"
        wrong = sum(error > WRONG_M for error in self.errors)
        return (
            f"{name:34}{n:4}{len(self.errors) / n:8.0%}{np.median(self.errors):9.3f}"
            f"{np.quantile(self.errors, 0.95):8.3f}{np.median(self.worst):9.3f}{wrong:6}"
            f"{np.median(self.tilts):8.2f}{self.looking:8}{np.median(self.seconds) * 1000:8.0f}"
        )


HEAD = (
    f"{'':34}{'n':>4}{'located':>8}{'median m':>9}{'p95 m':>8}{'edge m':>9}{'wrong':>6}"
    f"{'tilt +-':>8}{'looking':>8}{'ms':>8}"
)


class Studio:
    """A plan, its KMZ as the globe sees it, and some made-up grounds."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        line = Frontier.packaged("prk-chn")
        start = int(self.rng.integers(100, 1000)) * 1000
        self.plan = plan.lay(line, Span(start, start + 15_000))
        self.world = globe.opened(kmz_of(self.plan))
        self.grounds = [globe.country(seed + n) for n in range(3)]

    def typical(self):
        """Return a camera as a person leaves it."""
        rng = self.rng
        width, height = [(1280, 800), (1600, 900), (1920, 1080), (1440, 900), (1600, 1000)][
            rng.integers(5)
        ]
        return globe.Camera(
            width=width, height=height, zoom=float(np.exp(rng.normal(0.08, 0.18))), turn_deg=rng.uniform(-6, 6),
            tilt_deg=abs(rng.normal(0, 1.5)), tilt_to_deg=rng.uniform(0, 360),
            off=tuple(rng.normal(0, 0.02, 2)),
        )  # fmt: skip

    def shoot(self, camera, **more):
        """Return a shot of some frame and its picture."""
        view = self.world.views[self.rng.integers(len(self.world.views))]
        shot = globe.Shot(view, camera, **more)
        return shot, shot.picture(self.world, self.grounds[self.rng.integers(3)])

    def saved(self, picture, *, kind="saved", scale=1.0, crop=0.0, quality=80):
        """Return what lands on the disk, and where places of the view lie in it."""
        left, top = (230, 58) if kind == "screen" else (0, 0)
        out = globe.saved(picture, self.rng, kind=kind)
        height, width = out.shape[:2]
        if crop:
            cut_x, cut_y = round(crop * width), round(crop * height)
            side = self.rng.integers(4)
            x0, y0 = (cut_x, 0) if side == 0 else (0, cut_y) if side == 1 else (0, 0)
            x1 = width - cut_x if side == 2 else width
            y1 = height - cut_y if side == 3 else height
            out, left, top = out[y0:y1, x0:x1], left - x0, top - y0
        if scale != 1:
            out = cv2.resize(out, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        out = cv2.imdecode(cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
        return out, lambda c, r: ((c + left + 0.5) * scale - 0.5, (r + top + 0.5) * scale - 0.5)

    def place(self, tally, shot, out, to_screen):
        """Let vallum place a picture, and tally what came out."""
        start = time.perf_counter()
        grey = cv2.cvtColor(out, cv2.COLOR_BGR2GRAY)
        found = markers.locate(markers.find(grey), [self.plan], grey.shape[::-1])
        tally.add(found.placing, shot, to_screen, time.perf_counter() - start)


def steady(**more):
    """Return a camera that differs from the tour's view in one thing."""
    return globe.Camera(**{"width": 1600, "height": 900, "zoom": 1.05, "turn_deg": 2.0} | more)


def by_markers(part, n_typical, n_each, folder):
    """Print the tables of pictures placed by their markers."""
    cv2.setNumThreads(1)
    studio = Studio(SEEDS[part])
    print(f"\nBy markers, frames of 1,000 x 600 m, {studio.plan.span}\n{HEAD}")
    typical = Tally()
    for n in range(n_typical):
        shot, picture = studio.shoot(studio.typical())
        kind = "screen" if n % 3 == 0 else "saved"
        quality, scale = (
            int(studio.rng.integers(60, 96)),
            float(studio.rng.choice([1, 1, 1, 0.8, 0.6])),
        )
        out, to_screen = studio.saved(picture, kind=kind, quality=quality, scale=scale)
        studio.place(typical, shot, out, to_screen)
        if folder and n < 4:
            cv2.imwrite(str(folder / f"typical-{n}.png"), out)
    print(typical.row("as people save them"))
    for name, values in (
        ("tilt_deg", (0, 2, 5, 10, 20, 30)),
        ("zoom", (0.6, 0.8, 0.95, 1.3, 2.0, 3.0)),
        ("turn_deg", (30, 90, 180)),
    ):
        for value in values:
            tally = Tally()
            for _ in range(n_each):
                shot, picture = studio.shoot(
                    steady(**{name: value, "tilt_to_deg": studio.rng.uniform(0, 360)})
                )
                studio.place(tally, shot, *studio.saved(picture))
            print(tally.row(f"{name.partition('_')[0]} {value}"), flush=True)
    kept = [studio.shoot(steady()) for _ in range(n_each)]
    by_file(studio, kept)
    by_nothing(studio, kept)


def by_hills(part, n):
    """Print what hills do to the views where Terrain was left on."""
    cv2.setNumThreads(1)
    studio = Studio(SEEDS[part] + 300)
    print(f"\nTerrain left on\n{HEAD}")
    for height_m in (5, 20, 60):
        tally = Tally()
        for _ in range(n):
            shot, picture = studio.shoot(steady(), height_m=height_m)
            studio.place(tally, shot, *studio.saved(picture))
        print(tally.row(f"hills of {height_m} m"), flush=True)


def by_two(part, n):
    """Print what any two markers of a frame make of pictures as people save them."""
    cv2.setNumThreads(1)
    studio = Studio(SEEDS[part] + 500)
    tally, measured, told, pairs = Tally(), Tally(), [], []
    for _ in range(n):
        shot, picture = studio.shoot(studio.typical())
        out, to_screen = studio.saved(picture)
        grey = cv2.cvtColor(out, cv2.COLOR_BGR2GRAY)
        seen, size = markers.find(grey), grey.shape[::-1]
        whole = markers.locate(seen, [studio.plan], size)
        own = {marker.number for marker in whole.frame.markers} if whole.frame else set()
        for two in combinations([one for one in seen if one.number in own], 2):
            start = time.perf_counter()
            found = markers.locate(list(two), [studio.plan], size)
            tally.add(found.placing, shot, to_screen, time.perf_counter() - start)
            pairs.append((two, size))
            if found.placing is not None and not found.placing.looking_only:
                measured.add(found.placing, shot, to_screen, 0)
                told.append((tally.errors[-1], found.placing.rmse_m))
    print(f"\nBy two markers alone, every two of {n} pictures\n{HEAD}")
    print(tally.row("all"))
    print(measured.row("those to be measured on"))
    held = sum(error <= 1.5 * rmse for error, rmse in told)
    print(f"  off by no more than 1.5 times what it says: {held} of {len(told)}")
    wrong_names(studio, pairs)


def wrong_names(studio, pairs):
    """Print how often two markers with numbers drawn by lot are taken for a frame."""
    line = Frontier.packaged("prk-chn")
    for name, along in (("line left to right", True), ("north up", False)):
        whole = plan.lay(line, Span(0, 500_000), along=along)
        n, placed, fit = 4000, 0, 0
        for k in range(n):
            two, size = pairs[k % len(pairs)]
            drawn = []
            for one in two:  # another project's numbers in the same corners
                corner = max(c for c in range(4) if plan.FIRST[c] <= one.number)
                number = plan.FIRST[corner] + int(studio.rng.integers(plan.MODULI[corner]))
                drawn.append(markers.Seen(number=number, corners=one.corners))
            found = markers.locate(drawn, [whole], size)
            placed += found.placing is not None
            fit += found.frame is not None
        print(
            f"  numbers drawn by lot, plan of {len(whole.frames)} frames, {name}: named {fit}, "
            f"placed {placed} of {n}",
            flush=True,
        )


def by_file(studio, kept):
    """Print what cropping, JPEG and scaling do to the same views."""
    words = {"crop": "one side cropped by", "quality": "JPEG", "scale": "scaled to"}
    for name, values in (
        ("crop", (0.05, 0.1, 0.2, 0.3)),
        ("quality", (95, 80, 60, 40, 20)),
        ("scale", (1.0, 0.75, 0.5, 0.35, 0.25)),
    ):
        for value in values:
            tally = Tally()
            for shot, picture in kept:
                studio.place(tally, shot, *studio.saved(picture, **{name: value}))
            print(tally.row(f"{words[name]} {value}"), flush=True)


def by_nothing(studio, kept):
    """Print how many pictures are placed that must not be."""
    bare = globe.World(views=studio.world.views)
    false = 0
    for shot, _ in kept:
        out, _ = studio.saved(shot.picture(bare, studio.grounds[0]))
        grey = cv2.cvtColor(out, cv2.COLOR_BGR2GRAY)
        false += (
            markers.locate(markers.find(grey), [studio.plan], grey.shape[::-1]).placing is not None
        )
    print(f"without markers: {false} of {len(kept)} placed")
    other = plan.lay(Frontier.packaged("prk-chn"), studio.plan.span, width_m=800, height_m=500)
    false = 0
    for _, picture in kept:
        grey = cv2.cvtColor(studio.saved(picture)[0], cv2.COLOR_BGR2GRAY)
        false += markers.locate(markers.find(grey), [other], grey.shape[::-1]).placing is not None
    print(f"markers of another plan: {false} of {len(kept)} placed", flush=True)


def laid(texture, view, path, *, half_m):
    """Write a texture around a view as a GeoTIFF of 0.5 m."""
    epsg, gsd = rectify.utm(view.lon, view.lat), 0.5
    to_utm = Transformer.from_crs(4326, epsg, always_xy=True)
    x0, y0 = to_utm.transform(view.lon, view.lat)
    n = round(2 * half_m / gsd)
    steps = (np.arange(n) + 0.5) * gsd - half_m
    lon, lat = to_utm.transform(*np.meshgrid(x0 + steps, y0 - steps), direction="INVERSE")
    plane = globe.Tangent(view.lon, view.lat).to_plane(lon.ravel(), lat.ravel()).reshape(n, n, 2)
    pixels = globe.Shot._texture(texture, plane[..., 0], plane[..., 1])
    with rasterio.open(
        path, "w", driver="GTiff", width=n, height=n, count=3, dtype="uint8", crs=f"EPSG:{epsg}",
        transform=from_origin(x0 - half_m, y0 + half_m, gsd, gsd), tiled=True, compress="deflate",
    ) as target:  # fmt: skip
        target.write(np.moveaxis(pixels[..., ::-1], 2, 0))


def farmland(part):
    """Return textures of the dates of one part of the NAIP set, blue, green, red."""
    files = sorted((SHARED / "imagery/naip-nd-10dates").glob("*.tif"))
    files = files[:5] if part == "dev" else files[5:]
    found = []
    for path in files:
        with rasterio.open(path) as source:
            found.append(
                np.ascontiguousarray(np.moveaxis(source.read([3, 2, 1])[:, :, :723], 0, 2))
            )
    return found


def by_matching(part, n):
    """Print what matching makes of pictures of other dates, and of other places."""
    cv2.setNumThreads(1)
    studio = Studio(SEEDS[part] + 700)
    line = Frontier.packaged("prk-chn")
    print(f"\nBy matching, without markers\n{HEAD}")
    textures = {"made-up ground, same date": None}
    real = farmland(part) if SHARED.is_dir() else []
    if real:
        textures["real farmland, another year"] = real
    with tempfile.TemporaryDirectory() as folder:
        for name, dates in textures.items():
            tally, false, shown = Tally(), 0, 0
            for k in range(n):
                at_m = int(studio.rng.integers(50, 1000)) * 1000
                point = line.point_at(at_m)
                small = dates is not None
                view = globe.View(
                    point.x, point.y, 260.0 if small else 700.0, float(studio.rng.uniform(0, 360))
                )
                one, other = studio.rng.choice(len(dates or studio.grounds), 2, replace=False)
                before = dates[one] if small else studio.grounds[k % 3]
                after = dates[other] if small else studio.grounds[k % 3]
                path = Path(folder) / f"{name[:4]}-{k}.tif"
                laid(before, view, path, half_m=170 if small else 600)
                sections = [s for s in line.sections(2000) if abs(s.span.middle_m - at_m) < 2500]
                search = matching.Search(
                    frontier=line, sections=sections, reach_m=500,
                    references=[matching.Reference(scene="a", path=path, gsd_m=0.5)],
                )  # fmt: skip
                camera = globe.Camera(
                    width=1280, height=800, tilt_deg=abs(studio.rng.normal(0, 2)),
                    tilt_to_deg=studio.rng.uniform(0, 360),
                )  # fmt: skip
                shot = globe.Shot(view, camera)
                out, to_screen = studio.saved(shot.picture(globe.World(), after))
                start = time.perf_counter()
                found = search.find(
                    cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), rectify.ground_shown(out, [], [])
                )
                tally.add(found.placing, shot, to_screen, time.perf_counter() - start)
                elsewhere = (
                    np.ascontiguousarray(after[::-1]) if small else studio.grounds[(k + 1) % 3]
                )
                out, _ = studio.saved(shot.picture(globe.World(), elsewhere))
                found = search.find(
                    cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), rectify.ground_shown(out, [], [])
                )
                false += found.placing is not None
                shown = max(shown, found.n_pairs)
            print(tally.row(name))
            print(
                f"  another place: {false} of {n} placed; most pairs that agreed there: {shown}",
                flush=True,
            )


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("part", nargs="?", default="test", choices=sorted(SEEDS))
    asked.add_argument("--pictures", type=Path)
    asked.add_argument("--quick", action="store_true")
    wish = asked.parse_args()
    if wish.pictures:
        wish.pictures.mkdir(parents=True, exist_ok=True)
    print(f"SIMULATED screenshots, {wish.part} seeds; wrong: placed more than {WRONG_M:g} m off")
    start = time.perf_counter()
    n_typical, n_each, n_two, n_matched = (12, 2, 4, 3) if wish.quick else (60, 4, 12, 8)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        first = pool.submit(by_markers, wish.part, n_typical, n_each, wish.pictures)
        others = [
            pool.submit(by_hills, wish.part, n_each),
            pool.submit(by_two, wish.part, n_two),
            pool.submit(by_matching, wish.part, n_matched),
        ]
        for part in (first, *others):
            part.result()
    print(f"\n{time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main()
