"""Registration error of `vallum.imagery.align.shift` beside two peers, in one run.

    python benchmarks/registration.py

Two dates: crops of NAIP date pairs (public domain, ../shared/data), the second pushed by a known
sub-pixel shift (Fourier, exact, on a larger crop). What already lay between the two dates (up to
0.3 px) is not known; it is taken as the median of all methods on the unpushed crop and subtracted.
Same image: the shift alone. A failure is a refusal, or an error over 1 px. Different places: all
methods get two crops that share no ground; only a refusal is right, and the peers cannot refuse.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import rasterio
from scipy import fft
from skimage.registration import phase_cross_correlation

from vallum.imagery import align

SHARED = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[2] / "shared")) / "data"
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


def inner(image):
    return np.ascontiguousarray(image[EDGE:-EDGE, EDGE:-EDGE])


def grey(path):
    with rasterio.open(path) as source:
        return source.read()[:3, :723].mean(axis=0).astype(np.float32)


def crops(rng, images, n):
    """Yield (reference, moving) larger crops of two dates at one place."""
    big = SIDE + 2 * EDGE
    for _ in range(n):
        first, second = rng.choice(len(images), 2, replace=False)
        y, x = rng.integers(0, images[0].shape[0] - big), rng.integers(0, images[0].shape[1] - big)
        part = np.s_[y : y + big, x : x + big]
        yield images[first][part], images[second][part]


def timed(method, reference, moving, seconds):
    start = time.process_time()
    found = METHODS[method](reference, moving)
    seconds[method].append(time.process_time() - start)
    return found


def run(name, pairs, rng, *, largest_px):
    errors, seconds, failures = defaultdict(list), defaultdict(list), defaultdict(int)
    n = 0
    for reference, moving in pairs:
        n += 1
        still = [m(inner(reference), inner(moving)) for m in METHODS.values()]
        base = np.median([s for s in still if s is not None], axis=0)
        dx, dy = rng.uniform(-largest_px, largest_px, 2)
        other = inner(pushed(moving, dx, dy))
        for method in METHODS:
            found = timed(method, inner(reference), other, seconds)
            error = np.inf if found is None else float(np.hypot(*(found - base - (dx, dy))))
            failures[method] += error > 1
            if error <= 1:
                errors[method].append(error)
    print(f"\n{name} ({n} pairs of {SIDE} px, shifts to +-{largest_px} px)")
    print(f"{'':22}{'median px':>10}{'p90 px':>8}{'<0.25':>7}{'failures':>9}{'Mpx/s':>7}")
    for method in METHODS:
        e = np.array(errors[method] or [np.nan])
        print(
            f"{method:22}{np.median(e):10.3f}{np.quantile(e, 0.9):8.3f}{(e < 0.25).mean():7.0%}"
            f"{failures[method] / n:9.0%}{SIDE**2 / np.median(seconds[method]) / 1e6:7.1f}"
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


def puerto_rico():
    folder = SHARED / "imagery" / "puerto-rico-pair"
    pre, post = grey(folder / "pre.tif"), grey(folder / "post.tif")
    print("\nPuerto Rico pair (truth: about dx 5, dy -17)")
    for name, method in METHODS.items():
        found = method(pre, post)
        print(f"{name:22}", "refused" if found is None else f"{found[0]:7.2f} {found[1]:7.2f}")


def main():
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    images = [grey(path) for path in sorted((SHARED / "imagery/naip-nd-10dates").glob("*.tif"))]
    run("Two dates", crops(rng, images, 40), rng, largest_px=3)
    run("Two dates, far", crops(rng, images, 20), rng, largest_px=40)
    same = [(a, a) for a, _ in crops(rng, images, 15)]
    run("Same image", same, rng, largest_px=3)
    different_places(rng, images, 30)
    puerto_rico()


if __name__ == "__main__":
    main()
