"""Registration error of `vallum.imagery.align.shift` beside its peers, in one run.

    [VALLUM_PEERS=python-with-arosics] python benchmarks/registration/pairs.py

Crops of NAIP dates (public domain, ../shared/data), the second moved by a known amount. What
already lay between two dates is not known; it is the median of the methods on the unmoved crop, and
subtracted. A failure is a refusal, or an error over 1 px. arosics runs in an environment of its own
(it needs GDAL's own bindings) named by VALLUM_PEERS.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import rasterio
from scipy import fft, ndimage
from skimage.registration import phase_cross_correlation

from vallum.imagery import align, field

SHARED = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[3] / "shared")) / "data"
PEERS = os.environ.get("VALLUM_PEERS", "")
SIDE, EDGE = 448, 64


def by_vallum(reference, moving):
    found = align.shift(reference, moving, np.ones(reference.shape, bool))
    return None if found.blocked_by else (found.dx_px, found.dy_px)


def by_opencv(reference, moving):
    window = cv2.createHanningWindow(reference.shape[::-1], cv2.CV_32F)
    return cv2.phaseCorrelate(reference, moving, window)[0]


def by_skimage(reference, moving):
    row, column = phase_cross_correlation(reference, moving, upsample_factor=50)[0]
    return -column, -row


METHODS = {
    "vallum align.shift": by_vallum,
    "cv2.phaseCorrelate": by_opencv,
    "skimage x50": by_skimage,
}


def pushed(image, dx, dy):
    """Return the image with its content moved right and down by a Fourier phase."""
    rows, columns = fft.fftfreq(image.shape[0])[:, None], fft.fftfreq(image.shape[1])[None]
    phase = np.exp(-2j * np.pi * (columns * dx + rows * dy))
    return np.real(fft.ifft2(fft.fft2(image) * phase)).astype(np.float32)


def bent(image, moves):
    """Return the image with what is at z moved to z + moves(z)."""
    height, width = image.shape
    places = np.arange(width) + 1j * np.arange(height)[:, None]
    back = -moves
    for _ in range(10):  # the inverse of a gentle field
        at = places + back
        maps = at.real.astype(np.float32), at.imag.astype(np.float32)
        parts = [cv2.remap(p.astype(np.float32), *maps, 1) for p in (moves.real, moves.imag)]
        back = -(parts[0] + 1j * parts[1])
    at = places + back
    maps = at.real.astype(np.float32), at.imag.astype(np.float32)
    return cv2.remap(image, *maps, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)


def inner(image):
    return np.ascontiguousarray(image[EDGE:-EDGE, EDGE:-EDGE])


def bands(path):
    with rasterio.open(path) as source:
        return source.read()[:, :723].astype(np.float32)


def crops(rng, first, second, n, *, same=False):
    """Yield (reference, moving) larger crops of two dates at one place."""
    big = SIDE + 2 * EDGE
    for _ in range(n):
        one, other = rng.choice(len(first), 2, replace=False)
        y, x = rng.integers(0, first[0].shape[0] - big), rng.integers(0, first[0].shape[1] - big)
        part = np.s_[y : y + big, x : x + big]
        yield first[one][part], second[one if same else other][part]


def answers(pairs):
    """Return per method a list of (shift or None, seconds)."""
    found = {}
    for name, method in METHODS.items():
        found[name] = []
        for reference, moving in pairs:
            start = time.process_time()
            answer = method(reference, moving)
            found[name].append((answer, time.process_time() - start))
    if not PEERS:
        return found
    with tempfile.TemporaryDirectory() as folder:
        named = {
            f"{s}{n}": p for n, pair in enumerate(pairs) for s, p in zip("ab", pair, strict=True)
        }
        np.savez(Path(folder) / "pairs.npz", **named)
        program = Path(__file__).with_name("peers.py")
        done = subprocess.run([PEERS, str(program), folder], capture_output=True, check=False)
        if done.returncode:
            print("arosics: ", done.stderr.decode()[-300:])
            return found
        told = json.loads((Path(folder) / "found.json").read_text())
    for name, rows in told.items():
        found[name] = [(None if dx is None else (dx, dy), s) for dx, dy, s in rows]
    return found


def table(name, pairs, truths, *, base=True):
    """Print one table; `pairs` are (reference, still, moved), still None where nothing lies between."""
    n = len(pairs)
    moved = answers([(a, c) for a, _, c in pairs])
    still = answers([(a, b) for a, b, _ in pairs]) if base else None
    print(f"\n{name} ({n} pairs of {SIDE} px)")
    print(f"{'':22}{'median px':>10}{'p90 px':>8}{'<0.25':>7}{'failures':>9}{'Mpx/s':>8}")
    lies = [
        np.median([m[k][0] for m in still.values() if m[k][0] is not None], axis=0) if still else 0
        for k in range(n)
    ]
    for method, rows in moved.items():
        errors = np.array(
            [
                np.inf if row[0] is None else np.hypot(*(np.array(row[0]) - lie - truth))
                for row, lie, truth in zip(rows, lies, truths, strict=True)
            ]
        )
        good = errors[errors <= 1] if (errors <= 1).any() else np.array([np.nan])
        speed = SIDE**2 / np.median([row[1] for row in rows]) / 1e6
        print(
            f"{method:22}{np.median(good):10.3f}{np.quantile(good, 0.9):8.3f}"
            f"{(good < 0.25).mean():7.0%}{(errors > 1).mean():9.0%}{speed:8.2f}"
        )


def two_dates(name, rng, first, second, n, largest_px, **how):
    pairs, truths = [], []
    for reference, moving in crops(rng, first, second, n, same=how.pop("same", False)):
        truths.append(rng.uniform(-largest_px, largest_px, 2))
        pairs.append((inner(reference), inner(moving), inner(pushed(moving, *truths[-1]))))
    table(name, pairs, truths, **how)


def fields(rng, images, n):
    """Print what one shift and a field leave of smooth warps, against the truth."""
    big = SIDE + 2 * EDGE
    places = np.arange(big) - big / 2 + 1j * (np.arange(big)[:, None] - big / 2)
    wobble = ndimage.gaussian_filter(rng.normal(size=(2, big, big)), (0, 70, 70))
    wobble *= 2.5 / np.abs(wobble).max()
    cases = {
        "nothing": 0 * places,
        "smooth warp, 2.5 px": wobble[0] + 1j * wobble[1],
        "rotation 0.2 degrees": (np.exp(1j * np.radians(0.2)) - 1) * places,
        "scale 1.002": 0.002 * places,
    }
    print(f"\nField, second date bent ({n} pairs each); distance from the truth, p90 px")
    print(
        f"{'':22}{'one shift':>10}{'field':>8}{'used':>6}{'refused':>9}{'CE90 told':>11}{'Mpx/s':>8}"
    )
    for name, moves in cases.items():
        rows, used, refused, told, seconds = [], 0, 0, [], []
        for reference, moving in crops(rng, images, images, n):
            a, b = inner(reference), inner(bent(moving, moves))
            everywhere = np.ones(a.shape, bool)
            start = time.process_time()
            shift = align.shift(a, b, everywhere)
            refused += bool(shift.blocked_by)
            if shift.blocked_by:
                continue
            found = field.measure(a, b, everywhere, shift)
            seconds.append(time.process_time() - start)
            still = align.shift(a, inner(moving), everywhere)
            apart = [
                np.quantile(np.abs(m - still.move - inner(moves)), 0.9)
                for m in (shift.move, found.moves(a.shape))
            ]
            rows.append(apart)
            told.append(found.ce90_px)
            used += found.helps
        one, bend = np.median(rows, axis=0)
        print(
            f"{name:22}{one:10.2f}{bend:8.2f}{used:4d}/{n}{refused:7d}/{n}{np.median(told):11.2f}"
            f"{SIDE**2 / np.median(seconds) / 1e6:8.1f}"
        )


def different_places(rng, images, n):
    refused = 0
    for _ in range(n):
        first, second = rng.choice(len(images), 2, replace=False)
        y = rng.integers(0, images[0].shape[0] - SIDE)
        left = images[first][y : y + SIDE, :SIDE]
        right = images[second][y : y + SIDE, images[0].shape[1] - SIDE :][::-1]
        refused += by_vallum(np.ascontiguousarray(left), np.ascontiguousarray(right)) is None
    print(f"\nTwo different places: vallum refuses {refused} of {n}")


def big_pair():
    """Print what each method finds on a whole Sentinel-2 pair, the later one moved as well.

    What lies between the two is not known, so each method's error is the distance of what it says
    of the moved pair from what it says of the pair as it is, plus the known move.
    """
    folder = SHARED / "imagery" / "s2-pair-t33uuu"
    with (
        rasterio.open(folder / "reference-2016-06-08.jp2") as one,
        rasterio.open(folder / "target-2016-05-29.jp2") as other,
    ):
        box = one.bounds
        west, east = max(box.left, other.bounds.left) + 8000, min(box.right, other.bounds.right)
        south, north = max(box.bottom, other.bounds.bottom), min(box.top, other.bounds.top)
        first, second = (
            source.read(1, window=source.window(west, south, east, north)).astype(np.float32)
            for source in (one, other)
        )
    height, width = (min(a, b) for a, b in zip(first.shape, second.shape, strict=True))
    first, second = first[:height, :width], second[:height, :width]
    moves = [(0.0, 0.0), (2.3, -1.6), (-6.45, 3.7), (11.2, 8.85)]
    cut = np.s_[16:-16, 16:-16]
    pairs = [
        tuple(np.ascontiguousarray(part[cut]) for part in (first, pushed(second, *move)))
        for move in moves
    ]
    size = pairs[0][0].size
    print(
        f"\nSentinel-2 pair T33UUU, whole overlap ({pairs[0][0].shape[1]} x {pairs[0][0].shape[0]} px)"
    )
    print(f"{'':22}{'as it is':>16}{'error px, moved by 3, 7, 14 px':>34}{'s':>8}{'Mpx/s':>8}")
    for name, rows in answers(pairs).items():
        still, seconds = rows[0][0], np.median([row[1] for row in rows])
        told = "refused" if still is None else f"{still[0]:7.2f} {still[1]:7.2f}"
        errors = [
            "refused"
            if row[0] is None or still is None
            else f"{np.hypot(*(np.array(row[0]) - still - move)):.3f}"
            for row, move in zip(rows[1:], moves[1:], strict=True)
        ]
        print(
            f"{name:22}{told:>16}{'   '.join(errors):>34}{seconds:8.2f}{size / seconds / 1e6:8.2f}"
        )


def puerto_rico():
    folder = SHARED / "imagery" / "puerto-rico-pair"
    pre, post = (bands(folder / name)[:3].mean(axis=0) for name in ("pre.tif", "post.tif"))
    print("\nPuerto Rico pair (by hand: about dx 5, dy -17), and swapped")
    swapped = answers([(pre, post), (post, pre)])
    for name, rows in swapped.items():
        told = [
            "refused"
            if r is None
            else f"{r[0]:7.2f} {r[1]:7.2f}, {np.hypot(r[0] - s * 5, r[1] + s * 17):.2f} px from it"
            for (r, _), s in zip(rows, (1, -1), strict=True)
        ]
        print(f"{name:22} {told[0]:32} {told[1]:32} {np.median([row[1] for row in rows]):6.2f} s")


def main():
    cv2.setNumThreads(1)
    print("arosics:", f"run by {Path(PEERS).name}" if PEERS else "not installed (set VALLUM_PEERS)")
    rng = np.random.default_rng(0)
    read = [bands(path) for path in sorted((SHARED / "imagery/naip-nd-10dates").glob("*.tif"))]
    grey, red, infrared = (
        [p[:3].mean(axis=0) for p in read],
        [p[0] for p in read],
        [p[3] for p in read],
    )
    two_dates("Two dates, +-3 px", rng, grey, grey, 12, 3)
    two_dates("Two dates, +-40 px", rng, grey, grey, 8, 40)
    two_dates("Same image, +-3 px", rng, grey, grey, 6, 3, same=True, base=False)
    two_dates(
        "Red, then near infrared of the same day, +-3 px",
        rng,
        red,
        infrared,
        6,
        3,
        same=True,
        base=False,
    )
    fields(rng, grey, 6)
    different_places(rng, grey, 40)
    puerto_rico()
    big_pair()


if __name__ == "__main__":
    main()
