"""How long a map tile takes: 8 browsers at once against a real server on this machine.

    python benchmarks/review/tiles.py                  # two made-up images of 4,096 px
    python benchmarks/review/tiles.py --project DIR    # the images of a project

Cold: no tile was asked for before. Cached: the very same tiles again, now from the server's memory.
Beside it, one after another and without a server: our tile with the later image moved, toned,
stretched and encoded, and a bare rio-tiler read of the same tile (no shift, no tone) with its own
encoding. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import morecantile
import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin
from rio_tiler.io import Reader
from shapely.geometry import LineString, box

from vallum.frontier import Frontier
from vallum.ground.records import Comparison, Fit, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.imagery import display, tiles

EPSG, WEST, NORTH, GSD_M, SIDE_PX = 32652, 560_000.0, 4_700_000.0, 0.5, 4096
MAP = morecantile.tms.get("WebMercatorQuad")
N_CLIENTS, SEED, LIMIT_S = 8, 0, 120


def make_images(folder: Path) -> list[Path]:
    """Write two working copies like those of `vallum add`; the later one is moved by 3 m."""
    rng = np.random.default_rng(SEED)
    ground = np.full((SIDE_PX, SIDE_PX), 110.0, np.float32)
    for size, amount in ((3, 8), (11, 12), (60, 20), (400, 16)):
        n = SIDE_PX // size + 3
        grain = rng.standard_normal((n, n)).astype(np.float32)
        ground += amount * cv2.resize(grain, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LINEAR)
    paths = []
    for name, roll in (("before", 0), ("after", 6)):
        plain, path = folder / f"{name}-plain.tif", folder / f"{name}.tif"
        bands = np.stack([np.clip(np.roll(ground, roll, 1) * s, 1, 255) for s in (1.0, 0.94, 0.85)])
        profile = {
            "driver": "GTiff",
            "count": 3,
            "width": SIDE_PX,
            "height": SIDE_PX,
            "dtype": "uint8",
        }
        place = {
            "crs": f"EPSG:{EPSG}",
            "transform": from_origin(WEST, NORTH, GSD_M, GSD_M),
            "nodata": 0,
        }
        with rasterio.open(plain, "w", **profile, **place) as to:
            to.write(bands.astype(np.uint8))
        rasterio.shutil.copy(
            plain, path, driver="COG", BLOCKSIZE=512, COMPRESS="ZSTD", PREDICTOR="YES"
        )
        plain.unlink()
        paths.append(path)
    return paths


class MadeUp:
    """A desk with one section and two images."""

    def __init__(self, paths: list[Path]) -> None:
        to_lonlat = Transformer.from_crs(EPSG, 4326, always_xy=True)
        x = np.linspace(WEST + 100, WEST + 1950, 50)
        line = LineString(np.column_stack(to_lonlat.transform(x, np.full(50, NORTH - 1024))))
        frontier = Frontier(name="made up", line=line)
        span = Span(0, frontier.length_m)
        days = ("2019-05-01", "2022-05-01")
        self.scenes = [
            Scene(sha256=day, name=day, taken=When.parse(day), taken_from="given", gsd_m=GSD_M,
                  footprint=box(129, 42, 130, 43), href=str(path))
            for day, path in zip(days, paths, strict=True)
        ]  # fmt: skip
        self.looks = [
            Look(scene=s.id, span=span, seen=Spans([span]), valid=Spans([span]), clear_share=1.0)
            for s in self.scenes
        ]
        self.a_fit = Fit(
            look=self.looks[1].id, reference=self.looks[0].id, dx_m=-3.0, dy_m=0.0,
            gain=(1.02, 1.01, 1.0), offset=(-1.0, 0.5, 0.0),
        )  # fmt: skip
        self.project = SimpleNamespace(
            frontier=frontier, extent=span, sections=frontier.sections(span.length_m),
            config=SimpleNamespace(border=SimpleNamespace(left_m=300, right_m=300)),
            path_of=lambda scene: Path(scene.href),
        )  # fmt: skip

    def scene(self, scene_id: str) -> Scene | None:
        """Return an image."""
        return next((s for s in self.scenes if s.id == scene_id), None)

    def look(self, look_id: str) -> Look | None:
        """Return one scene over the section."""
        return next((one for one in self.looks if one.id == look_id), None)

    def fit(self, fit_id: str) -> Fit | None:
        """Return how the later image was aligned."""
        return self.a_fit if fit_id == self.a_fit.id else None

    def best_pair_at(self, at_m: int) -> tuple[Scene, Scene, Fit | None, Comparison] | None:
        """Return the two images, along the whole line."""
        span = self.project.extent
        comparison = Comparison(span=span, slot=0, seen=Spans([span]))
        return (*self.scenes, self.a_fit, comparison) if at_m in comparison.seen else None


def desk_of(project: str, images: str) -> Any:
    if not project:
        return MadeUp([Path(images) / "before.tif", Path(images) / "after.tif"])
    from vallum.project import open_project
    from vallum.steps.desk import Desk

    return Desk(open_project(Path(project)))


def serve(desk: Any, port: int) -> None:
    """Serve the routes for pictures, as the app does, without its sign-in."""
    import uvicorn
    from fastapi import FastAPI

    from vallum.web import tiles as routes

    app = FastAPI()
    app.include_router(routes.router, prefix="/api")
    app.dependency_overrides[routes.pictured] = lambda: desk
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def wanted(desk: Any, n: int) -> list[tuple[Scene, Fit | None, morecantile.Tile]]:
    """Return tiles of both images along the border, as an analyst who walks it asks for them."""
    frontier, extent = desk.project.frontier, desk.project.extent
    found: dict[Any, None] = {}
    for at_m in np.linspace(extent.start_m + 50, extent.end_m - 50, n):
        pair = desk.best_pair_at(int(at_m))
        if pair is None:
            continue
        place = frontier.point_at(float(at_m))
        for zoom in (17, 18, 19):
            tile = MAP.tile(place.x, place.y, zoom)
            for scene in pair[:2]:
                found[(scene.id, pair[2].id if pair[2] else "", tile)] = None
    rng = np.random.default_rng(SEED)
    keys = list(found)
    chosen = [keys[i] for i in rng.permutation(len(keys))[:n]]
    return [(desk.scene(scene), desk.fit(fit), tile) for scene, fit, tile in chosen]


def ask(port: int, urls: list[str]) -> list[float]:
    """Return how long each answer took, ms, on one connection that is kept."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took = []
    for url in urls:
        began = time.perf_counter()
        line.request("GET", url)
        answer = line.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - began) * 1e3)
        assert answer.status == 200, (url, answer.status, body[:200])
    line.close()
    return took


def together(port: int, urls: list[str]) -> list[float]:
    with ThreadPoolExecutor(N_CLIENTS) as clients:
        parts = clients.map(lambda k: ask(port, urls[k::N_CLIENTS]), range(N_CLIENTS))
        return [ms for part in parts for ms in part]


def alone(desk: Any, asked: list[Any]) -> dict[str, list[float]]:
    """Return ms per tile, one after another: ours without the cache, and bare rio-tiler."""
    from vallum.web.tiles import shown_with

    took: dict[str, list[float]] = {"ours": [], "rio-tiler": []}
    readers: dict[Path, Reader] = {}
    for scene, fit, tile in asked:
        shown = shown_with(desk, scene, fit)
        tiles.KEPT = display.Kept()
        began = time.perf_counter()
        tiles.tile(shown, tile.z, tile.x, tile.y)
        took["ours"].append((time.perf_counter() - began) * 1e3)
        if shown.path not in readers:
            readers[shown.path] = Reader(str(shown.path))
        began = time.perf_counter()
        image = readers[shown.path].tile(
            tile.x, tile.y, tile.z, resampling_method="bilinear", reproject_method="bilinear"
        )
        image.rescale(((0, 255),)) if image.data.dtype != np.uint8 else image
        image.render(img_format="JPEG", add_mask=False)
        took["rio-tiler"].append((time.perf_counter() - began) * 1e3)
    for reader in readers.values():
        reader.close()
    return took


def started(port: int, arguments: list[str]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, __file__, "--serve", str(port), *arguments])
    began = time.perf_counter()
    while time.perf_counter() - began < LIMIT_S:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return child
    child.terminate()
    raise SystemExit("the server did not start")


def row(name: str, took: list[float], beside: float) -> str:
    p50, p95 = np.percentile(took, (50, 95))
    return f"{name:<34}{len(took):>6}{p50:>9.1f}{p95:>9.1f}{p50 / beside:>9.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", default="")
    parser.add_argument("--images", default="")
    parser.add_argument("--serve", type=int, default=0)
    parser.add_argument("--tiles", type=int, default=160)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
    with tempfile.TemporaryDirectory() as folder:
        images = options.images or folder
        if not options.project and not options.images:
            make_images(Path(folder))
        desk = desk_of(options.project, images)
        if options.serve:
            serve(desk, options.serve)
            return
        measure(desk, options, images)


def measure(desk: Any, options: argparse.Namespace, images: str) -> None:
    asked = wanted(desk, options.tiles)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--project", options.project] if options.project else ["--images", images]
    child = started(port, arguments)
    urls = [
        f"/api/tiles/{scene.id}/{t.z}/{t.x}/{t.y}?fit={fit.id if fit else ''}&v=1"
        for scene, fit, t in asked
    ]
    try:
        # What a server does once per image (its stretch) is not the time of a tile.
        first = ask(port, urls[: min(8, len(urls))])
        cold = together(port, urls[8:])
        cached = together(port, urls * 3)
    finally:
        child.terminate()
        child.wait(10)
    single = alone(desk, asked)
    base = float(np.median(single["rio-tiler"]))
    print(f"{'ms per tile of 256 px':<34}{'tiles':>6}{'p50':>9}{'p95':>9}{'x rio':>9}")
    print(row("first 8, one browser", first, base))
    print(row(f"cold, {N_CLIENTS} browsers", cold, base))
    print(row(f"cached, {N_CLIENTS} browsers", cached, base))
    print(row("ours, no server, one by one", single["ours"], base))
    print(row("bare rio-tiler, one by one", single["rio-tiler"], base))
    facts = {"cold": cold, "cached": cached, **single}
    print(
        json.dumps(
            {k: [round(float(x), 1) for x in np.percentile(v, (50, 95))] for k, v in facts.items()}
        )
    )


if __name__ == "__main__":
    main()
