"""How fast the detector is on one thread, and where the time goes.

    python benchmarks/speed/detector.py [--side 2048] [--rounds 3]

SIMULATED land (`vallum.simulate.scene`), 8-bit, three bands, 0.5 m, clear, two seasons: a tile with
nothing built, the same with forty lines painted on the later date, the tile with a corridor 500 px
wide across it, and strips of 200 x 1,300 px. CPU seconds of this process, the least of the rounds;
parts, peers and bounds take turns with the whole. The bound is the network alone, fed and read, and
a Hessian ridge (three separable filters and the larger eigenvalue) of both dates at half the
resolution. Peers do less than `detect`: none draws, measures or scores a line.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from affine import Affine  # noqa: E402
from odc.geo.geobox import GeoBox  # noqa: E402

from record import Row, keep  # noqa: E402
from vallum.change import (  # noqa: E402  # noqa: E402
    Settings,
    candidates,
    detect,
    evidence,
    fuse,
    judge,
    lines,
    network,
    posts,
    profile,
    zscores,
)
from vallum.change.detect import judged_lines  # noqa: E402
from vallum.change.gather import gather, padded  # noqa: E402
from vallum.simulate import scene  # noqa: E402

GSD_M, SEED, N_PAINTED = 0.5, 78, 40
STRIP = (200, 1300)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two dates (3, y, x) uint8 and where they can be used."""

    before: np.ndarray
    after: np.ndarray
    clear: np.ndarray

    @property
    def grid(self) -> GeoBox:
        """A grid in metres for it."""
        place = Affine(GSD_M, 0, 500_000, 0, -GSD_M, 4_600_000)
        return GeoBox(self.clear.shape, place, "EPSG:32652")

    @property
    def mpx(self) -> float:
        """Millions of pixels of one date, clear or not."""
        return self.clear.size / 1e6


def land(shape: tuple[int, int], seed: int) -> Pair:
    """Return SIMULATED land in summer and, a year later, in autumn."""
    dates = (
        scene.background(
            shape,
            seed,
            GSD_M,
            season,
            sun=scene.Sun(azimuth_deg=azimuth, elevation_deg=elevation),
            year=year,
        )
        for year, (season, azimuth, elevation) in enumerate(
            (("summer", 150, 50), ("autumn", 170, 35))
        )
    )
    before, after = (np.clip(image, 1, 255).astype(np.uint8) for image in dates)
    return Pair(before=before, after=after, clear=np.ones(shape, bool))


def painted(pair: Pair) -> Pair:
    """Return the pair with lines of 60 to 400 px painted on the later date."""
    rng = np.random.default_rng(SEED)
    after = pair.after.copy()
    rows, columns = pair.clear.shape
    for _ in range(N_PAINTED):
        start, way = rng.uniform(0, (columns, rows)), rng.uniform(0, 2 * np.pi)
        end = start + rng.uniform(60, 400) * np.array([np.cos(way), np.sin(way)])
        mask = np.zeros(pair.clear.shape, np.uint8)
        ends = [tuple(int(v) for v in place) for place in (start, end)]
        cv2.line(mask, *ends, 255, int(rng.integers(1, 6)), cv2.LINE_AA)
        change = float(rng.uniform(12, 50) * rng.choice((-1, 1))) / 255
        for band in after:
            band[:] = np.clip(band + mask * change, 1, 255)
    return Pair(before=pair.before, after=after, clear=pair.clear)


def across(pair: Pair) -> Pair:
    """Return the pair, clear in a corridor 500 px wide that crosses it aslant."""
    y, x = np.indices(pair.clear.shape)
    near = np.abs(y - 0.6 * x - 0.15 * len(y)) < 250 * np.hypot(1, 0.6)
    return Pair(before=pair.before, after=pair.after, clear=near)


def whole(pair: Pair) -> int:
    """Return how many candidates there are."""
    return len(detect(pair.before, pair.after, pair.clear, pair.grid))


@dataclass(eq=False)
class Parts:
    """CPU seconds of each part of one pass over a pair, in the order in which `detect` calls them."""

    seconds: dict[str, float]

    def timed(self, name: str, call: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """Return what a call returns, and add what it took to its part."""
        began = time.process_time()
        out = call(*words, **named)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - began
        return out


def parts(pair: Pair) -> dict[str, float]:
    """Return CPU seconds by part."""
    at, settings = Parts({}), Settings()
    images = (pair.before, pair.after)
    planes = [at.timed("local z-scores", zscores.brightness, image) for image in images]
    planes += [at.timed("local z-scores", zscores.redness, image) for image in images]
    inputs = at.timed("local z-scores", zscores.standardised, planes, pair.clear)
    logits = at.timed("network", network.logits_of, inputs, pair.clear)
    found = at.timed(
        "classical evidence",
        evidence.ridges,
        inputs[0],
        inputs[1],
        pair.clear,
        octaves=evidence.n_octaves(GSD_M, settings.widest_m),
        tolerance_px=settings.tolerance_px,
    )
    solid = np.ones(logits.shape[1:], bool)
    at.timed("fusing", fuse.layers, *found, logits, solid)
    seen = gather(*padded(pair.before, pair.after, pair.clear), GSD_M, settings)
    for layer in seen.layers:
        tracks = at.timed(
            "drawing tracks",
            lines.trace,
            layer,
            bridge_px=settings.bridge_m / GSD_M,
            shortest_px=20.0,
            least_score=0.7,
        )
        at.timed("measuring tracks", _weighed, tracks, settings)
    judged = judge.without_doubles(judged_lines(seen, GSD_M, settings), GSD_M)
    for one in judged:
        at.timed("measuring tracks", profile.measure, one.track, *seen.bright, 1.0, 1.0)
    spots = at.timed(
        "posts", posts.spots, seen.logits, seen.bright, seen.solid, GSD_M, settings.post_threshold
    )
    at.timed("describing candidates", candidates.described, judged, spots, seen, pair.grid)
    return at.seconds


def _weighed(tracks: lines.Tracks, settings: Settings) -> None:
    for track in judge.hopeful(tracks, GSD_M, settings.line_threshold - 0.5):
        profile.settled(track)


def ridge(grey: np.ndarray) -> np.ndarray:
    """Return the larger eigenvalue of the Hessian: three separable filters and a root."""
    xx, yy, xy = (
        cv2.Sobel(grey, cv2.CV_32F, *order, ksize=5) for order in ((2, 0), (0, 2), (1, 1))
    )
    apart = cv2.sqrt((xx - yy) ** 2 + 4 * xy * xy)
    return (xx + yy + apart) * 0.5


def bound(pair: Pair) -> Callable[[], None]:
    """Return a call that does the network and the ridge chain, and nothing else."""
    inputs = network.inputs_of(pair.before, pair.after, pair.clear)
    read = network._folded(cv2.LUT(inputs.view(np.uint8).reshape(len(inputs), -1),
                                   network._table()).reshape(inputs.shape))  # fmt: skip
    greys = [zscores.halved(zscores.brightness(image)) for image in (pair.before, pair.after)]

    def run() -> None:
        network._session().run(None, {"x": read})
        cv2.absdiff(*(ridge(grey) for grey in greys))

    return run


def sixteen(pair: Pair) -> Callable[[], None]:
    """Return a call that filters both dates at half resolution with 16 plain oriented filters."""
    inputs = network.inputs_of(pair.before, pair.after, pair.clear)[:2]
    small = [cv2.resize(z.view(np.uint8) ^ 128, None, fx=0.5, fy=0.5) for z in inputs]
    kernels = []
    for n in range(16):
        way = np.pi * n / 16
        y, x = np.indices((21, 21)) - 10
        aside, along = x * np.sin(way) - y * np.cos(way), x * np.cos(way) + y * np.sin(way)
        kernel = np.exp(-0.5 * aside**2) - 0.5 * np.exp(-0.125 * aside**2)
        kernels.append((kernel * (np.abs(along) < 10)).astype(np.float32))

    def run() -> None:
        for z in small:
            for kernel in kernels:
                cv2.filter2D(z, cv2.CV_32F, kernel)

    return run


def sato(pair: Pair) -> Callable[[], None]:
    """Return a call that runs scikit-image's ridge filter, one scale, on both dates at half size."""
    from skimage.filters import sato as filtered

    greys = [zscores.halved(zscores.brightness(image)) for image in (pair.before, pair.after)]
    return lambda: [filtered(grey, sigmas=[1.5], black_ridges=False) for grey in greys] and None


def exact(side: int) -> Callable[[], None] | None:
    """Return a call of the same network in 32-bit numbers, where PyTorch is installed."""
    try:
        import torch
    except ImportError:
        return None
    sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "train"))
    from model import Net

    torch.set_num_threads(1)
    net, shown = Net().eval(), torch.zeros(1, 4, side, side)

    def run() -> None:
        with torch.inference_mode():
            net(shown)

    return run


def cpu_s(call: Callable[[], Any]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def peak_mb(side: int) -> tuple[float, float]:
    """Return peak memory in MB of a process that has looked at one tile, and of its imports."""
    done = subprocess.run(
        [sys.executable, __file__, "--peak", "--side", str(side)],
        capture_output=True,
        text=True,
        check=True,
    )
    start, peak = (float(word) for word in done.stdout.split())
    return peak, start


def told_peak(side: int) -> None:
    """Print memory in MB before and after one tile; the pair is noise."""
    rng = np.random.default_rng(SEED)
    before, after = (rng.integers(1, 255, (3, side, side), dtype=np.uint8) for _ in range(2))
    pair = Pair(before=before, after=after, clear=np.ones((side, side), bool))
    start = high_water_mb()
    whole(pair)
    print(start, high_water_mb())


def high_water_mb() -> float:
    """Return the most memory that this program has held; a new process inherits `ru_maxrss`."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines_of = status.read_text(encoding="utf-8").splitlines()
    return float(next(line.split()[1] for line in lines_of if line.startswith("VmHWM"))) / 1024


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--side", type=int, default=2048, help="of the tile, pixels")
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    wish = ask.parse_args()
    cv2.setNumThreads(1)
    if wish.peak:
        told_peak(wish.side)
        return
    quiet = land((wish.side, wish.side), SEED)
    pairs = {
        "tile, nothing built": quiet,
        f"tile, {N_PAINTED} lines painted": painted(quiet),
        "tile, corridor across": across(quiet),
        "strip of 200 x 1,300 px": land(STRIP, SEED + 1),
    }
    calls: dict[str, Callable[[], Any] | None] = {
        "bound": bound(quiet),
        "filter2D, 16 orientations of 21 px": sixteen(quiet),
        "scikit-image sato, one scale": sato(quiet),
        "the same network, PyTorch, 32 bit": exact(wish.side),
    }
    least: dict[str, float] = {}
    shares: dict[str, float] = {}
    found = {name: whole(pair) for name, pair in pairs.items()}  # and everything is loaded
    for _ in range(wish.rounds):
        for name, pair in pairs.items():
            took = cpu_s(lambda pair=pair: whole(pair))
            least[name] = min(took, least.get(name, np.inf))
        for name, call in calls.items():
            if call is not None:
                least[name] = min(cpu_s(call), least.get(name, np.inf))
        for name, took in parts(quiet).items():
            shares[name] = min(took, shares.get(name, np.inf))
    total = least["tile, nothing built"]
    shares["the rest"] = max(0.0, total - sum(shares.values()))
    rows = []
    peers = [(name, quiet.mpx / least[name]) for name in calls if name != "bound" and name in least]
    for number, (name, pair) in enumerate(pairs.items()):
        seen = float(pair.clear.sum()) / 1e6
        rows.append(
            Row(
                name=name,
                value=seen / least[name],
                unit="pair-Mpx/s per core",
                better="more",
                bound=quiet.mpx / least["bound"] if number == 0 else None,
                note=f"{found[name]} candidates; SIMULATED; of what is clear",
            )
        )
    for name, took in shares.items():
        rows.append(
            Row(
                name=name,
                value=1000 * took / quiet.mpx,
                unit="CPU ms per pair-Mpx",
                better="less",
                note=f"{took / total:.0%} of a tile",
            )
        )
    for peer, speed in peers:
        mine = "network" if "network" in peer else "classical evidence"
        rows.append(
            Row(
                name=f"{mine} beside {peer}",
                value=quiet.mpx / shares[mine],
                unit="pair-Mpx/s per core",
                better="more",
                peer=peer,
                peer_value=speed,
            )
        )
    peak, start = peak_mb(wish.side)
    rows.append(
        Row(
            name=f"peak memory, one tile of {wish.side} px",
            value=peak,
            unit="MB",
            better="less",
            bound=2000.0,
            note=f"the bound is what is asked; {start:,.0f} MB with both images read, nothing done",
        )
    )
    keep("speed/detector", rows, side_px=wish.side, rounds=wish.rounds)


if __name__ == "__main__":
    main()
