"""How good the cloud mask is: hand-made labels, and images of clear days.

Run it with the folder of real data beside the project (or its path as the first argument):

    python benchmarks/cloud.py ../shared/data

Thresholds were chosen on the chip `adwp` alone. `aeey`, 93 % cloud, showed that a scene's own
median is no measure there (F1 0.36), and led to `levels` leaving out pixels of even colour; so it
is not held out any more. The Landsat scene was looked at after that, once; its truth is the
quality band, high confidence. Cloud shadow is not cloud in the labels: only `Cover.CLOUD` is scored.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import rasterio

from vallum.imagery import cloud
from vallum.imagery.cloud import Cover


def _stack(paths):
    bands = []
    for path in paths:
        with rasterio.open(path) as source:
            bands.append(source.read(1))
    return np.stack(bands)


def _score(name, use, pixels, truth, known, gsd_m):
    covers = cloud.covers(pixels, pixels.any(axis=0), gsd_m, True)
    found = covers == Cover.CLOUD
    both = (found & truth & known).sum()
    precision, recall = both / max(1, (found & known).sum()), both / max(1, (truth & known).sum())
    score = 2 * precision * recall / max(1e-9, precision + recall)
    print(
        f"| {name} | {use} | {precision:.3f} | {recall:.3f} | {score:.3f} | "
        f"{truth[known].mean():.3f} | {(covers == Cover.SHADOW).mean():.3f} |"
    )


def labels(folder):
    print("| image | use | precision | recall | F1 | cloud in label | masked as shadow |")
    print("|---|---|---|---|---|---|---|")
    for chip, use in (("adwp", "tuned on"), ("aeey", "seen, not tuned on")):
        chips = folder / "s2-cloud-labels"
        pixels = _stack([chips / f"{chip}-{band}.tif" for band in ("b04", "b03", "b02", "b08")])
        label = _stack([chips / f"{chip}-label.tif"])[0]
        _score(chip, use, pixels, label == 1, label < 2, 10.0)
    scenes = folder / "s2-l8-scenes"
    pixels = _stack([scenes / f"l8-b{band}.tif" for band in (4, 3, 2, 5)])
    quality = _stack([scenes / "l8-bqa.tif"])[0].astype(int)
    known = (quality & 1) == 0
    _score("Landsat 8", "held out", pixels, (quality >> 14) == 3, known, 30.0)


def clear_days(folder):
    print("\n| image of a clear day | share masked |")
    print("|---|---|")
    images = [(path, 5.0) for path in sorted((folder / "naip-nd-10dates").glob("*.tif"))]
    images += [(folder / "spacenet-vegas" / "vegas-img0-rgb.tif", 0.3)]
    images += [(folder / "puerto-rico-pair" / f"{name}.tif", 0.305) for name in ("pre", "post")]
    for path, gsd_m in images:
        with rasterio.open(path) as source:
            valid = source.dataset_mask() > 0
            pixels = source.read()[: 3 if "naip" not in path.name else 4]
        masked = ~cloud.clear(pixels, valid, gsd_m, len(pixels) == 4)[valid]
        print(f"| {path.stem} | {masked.mean():.4f} |")
    bands = [folder / "s2-l8-scenes" / f"s2-{band}.tif" for band in ("b04", "b03", "b02", "b08")]
    pixels = _stack(bands)
    masked = ~cloud.clear(pixels, pixels.any(axis=0), 10.0, True)
    print(f"| Sentinel-2, Virginia | {masked.mean():.4f} |")


def main():
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = (Path(sys.argv[1]) if len(sys.argv) > 1 else beside) / "imagery"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there; give the folder of real data")
    labels(folder)
    clear_days(folder)


if __name__ == "__main__":
    main()
