"""How good the masks of cloud, haze, snow and shadow are, and what a date says about leaves.

Run it with the folder of real data beside the project (or its path as the first argument):

    python benchmarks/cloud.py ../shared/data

Four tables. (1) Hand-made labels of two Sentinel-2 chips and the quality band of a Landsat scene,
for the packaged network alone, vallum's use of it, and the own mask with and without infrared.
(2) SIMULATED cloud, haze, snow and shadow laid over real clear images, by cause. (3) Images of
clear days. (4) Whether date and greenness agree about leaves.

What was tuned where. Every threshold of the network's use, and `_LOW` of the own mask, was chosen
on the chip `adwp` and on the `dev` half of the SIMULATED covers. `aeey`, 93 % cloud, was seen by
those who wrote the own mask: it showed that a scene's own median is no measure there (F1 0.36), and
led to `levels` leaving out pixels of even colour. The network's thresholds were fixed before it was
run on `aeey`. The Landsat scene was looked at earlier, once, with the own mask only; its truth is the quality
band, which calls thin broken cloud "not sure" though the eye sees it everywhere: read its rows as
what a mask takes for cloud, not as an error. Shadow is not cloud in the labels: only cloud, haze
and snow count.
"""

from __future__ import annotations

import csv
import sys
import warnings
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import rasterio

from vallum.ground.when import When
from vallum.imagery import cloud, season
from vallum.imagery.cloud import Cover, network
from vallum.imagery.season import Leaf

RGB_NIR = ("red", "green", "blue", "nir")
L8_GAIN = (2e-5 / 0.85, -0.1 / 0.85)  # the sun's height is not in the file; 58 degrees is assumed


def stack(paths):
    bands = []
    for path in paths:
        with rasterio.open(path) as source:
            bands.append(source.read(1))
    return np.stack(bands)


def packaged(pixels, bands, reflectance):
    """Return cloud of the packaged model alone, as its own call gives it, for both levels."""
    from ukis_csmask.mask import CSmask

    seen = np.moveaxis(pixels.astype(np.float32) * reflectance[0] + reflectance[1], 0, -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for level in ("l1c", "l2a"):
            made = CSmask(seen.copy(), list(bands), level, providers=["CPUExecutionProvider"])
            yield f"packaged model alone, {level}", made.csm[..., 0] == 1


def f1(found, truth, known):
    both = (found & truth & known).sum()
    precision, recall = both / max(1, (found & known).sum()), both / max(1, (truth & known).sum())
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def is_cloud(covers):
    return (covers == Cover.CLOUD) | (covers == Cover.HAZE) | (covers == Cover.SNOW)


def masks(pixels, valid, gsd_m, bands, reflectance):
    """Yield every way to mask four bands, by name."""
    yield from packaged(pixels, bands, reflectance)
    said = network.covers(pixels, valid, gsd_m, bands, reflectance)
    yield "**network as vallum uses it**", is_cloud(said)
    pan = pixels[:3].mean(axis=0, keepdims=True).astype(pixels.dtype)
    for name, given, has_nir in (
        ("own mask, red green blue infrared", pixels, True),
        ("own mask, red green blue", pixels[:3], False),
        ("own mask, one band", pan, False),
    ):
        yield name, is_cloud(cloud.covers(given, valid, gsd_m, has_nir))


def labelled(folder):
    print("| image | mask | use | precision | recall | F1 |\n|---|---|---|---|---|---|")
    for chip, use in (("adwp", "tuned on"), ("aeey", "reported; own mask: seen")):
        chips = folder / "s2-cloud-labels"
        pixels = stack([chips / f"{chip}-{band}.tif" for band in ("b04", "b03", "b02", "b08")])
        label = stack([chips / f"{chip}-label.tif"])[0]
        known = label < 2
        name = f"{chip}, {100 * (label == 1)[known].mean():.0f} % cloud"
        for mask, found in masks(pixels, pixels.any(axis=0), 10.0, RGB_NIR, (1e-4, 0.0)):
            print(f"| {name} | {mask} | {use} |", *_three(f1(found, label == 1, known)))
    scenes = folder / "s2-l8-scenes"
    pixels = stack([scenes / f"l8-b{band}.tif" for band in (4, 3, 2, 5)])
    quality = stack([scenes / "l8-bqa.tif"])[0].astype(int)
    known, sure = (quality & 1) == 0, (quality >> 14) == 3
    likely = ((quality >> 14) >= 2) | ((quality >> 12 & 3) == 3)
    truths = (("sure cloud", sure), ("likely cloud or cirrus", likely))
    for mask, found in masks(pixels, known, 30.0, RGB_NIR, L8_GAIN):
        for name, truth in truths:
            share = f"{100 * truth[known].mean():.0f} %"
            print(
                f"| Landsat 8, {share} {name} | {mask} | held out |",
                *_three(f1(found, truth, known)),
            )


def _three(values):
    return [f"{value:.3f} |" for value in values]


# -- SIMULATED covers -------------------------------------------------------------------------


def blobs(shape, seed, size_px, share):
    """Return a rough field that is above 0 on `share` of a picture, about 1 deep inside."""
    rng = np.random.default_rng(seed)
    field = np.zeros(shape, np.float32)
    for octave in range(7):
        cells = [min(n, max(2, round(n * 2**octave / size_px))) for n in shape]
        noise = rng.normal(size=cells).astype(np.float32) / 1.6**octave
        field += cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return (field - np.quantile(field, 1 - share)) / field.std()


def covered(clean, gsd_m, seed, white, snow_white):
    """Return a picture with SIMULATED covers, and what hides what.

    Args:
        clean: `(band, y, x)` of a clear day.
        gsd_m: its pixel size.
        seed: of the covers.
        white: value of each band of thick cloud.
        snow_white: the same of snow.
    """
    shape, seen = clean.shape[1:], clean.astype(np.float32)
    truth = np.zeros(shape, np.uint8)
    snow = np.clip(4 * blobs(shape, seed + 1, 1_500 / gsd_m, 0.1), 0, 0.9)
    seen += snow * (np.reshape(snow_white, (-1, 1, 1)) - seen)
    truth[snow > 0.5] = Cover.SNOW
    thick = np.clip(3 * blobs(shape, seed + 2, 900 / gsd_m, 0.12), 0, 0.95)
    away = (round(700 / gsd_m), round(500 / gsd_m))
    shade = np.roll(thick, away, axis=(0, 1))
    seen *= 1 - 0.6 * cv2.GaussianBlur(shade, (0, 0), 30 / gsd_m)
    truth[(shade > 0.5) & (truth == 0)] = Cover.SHADOW
    haze = np.clip(1.5 * blobs(shape, seed + 3, 2_500 / gsd_m, 0.12), 0, 0.45)
    truth[(haze > 0.2)] = Cover.HAZE
    truth[thick > 0.5] = Cover.CLOUD
    # The top of a cloud is no sheet of paper: lit and shaded heaps, from grey to white.
    heaps = np.clip(0.85 + 0.15 * blobs(shape, seed + 4, 300 / gsd_m, 0.5), 0.5, 1.15)
    for veil, top in ((haze, 1.0), (thick, heaps)):
        seen += veil * (np.reshape(white, (-1, 1, 1)) * top - seen)
    soft = ((snow > 0.05) | (thick > 0.05) | (haze > 0.02) | (shade > 0.05)) & (truth == 0)
    return np.clip(seen, 1, np.iinfo(clean.dtype).max).astype(clean.dtype), truth, ~soft


def simulated(folder):
    print(
        "\nSIMULATED covers over real clear images: share of each found as itself / hidden at all"
    )
    print("\n| half | mask | images | cloud | haze | snow | shadow | clear ground hidden |")
    print("|---|---|---|---|---|---|---|---|")
    for half, seeds in (("dev", range(100, 400, 100)), ("test", range(1000, 1600, 100))):
        for name, cases in sources(folder):
            counts = np.zeros((256, 256), int)
            n_images = 0
            for seed in seeds:
                clean, valid, gsd_m, white, snow_white, mask = next(cases)
                seen, truth, is_sharp = covered(clean, gsd_m, seed, white, snow_white)
                found = mask(seen, valid)
                index = truth[valid & is_sharp].astype(int) * 256 + found[valid & is_sharp]
                counts += np.bincount(index, minlength=65_536).reshape(256, 256)
                n_images += 1
            hides = list(cloud.HIDING)
            cells = [
                f"{counts[c, c] / max(1, counts[c].sum()):.2f} / "
                f"{counts[c, hides].sum() / max(1, counts[c].sum()):.2f}"
                for c in (Cover.CLOUD, Cover.HAZE, Cover.SNOW, Cover.SHADOW)
            ]
            wrong = counts[0, hides].sum() / max(1, counts[0].sum())
            print(f"| {half} | {name} | {n_images} |", " | ".join([*cells, f"{wrong:.3f}"]), "|")


def sources(folder):
    """Yield each kind of image with an endless supply of clear ones and its mask."""
    paths = sorted((folder / "naip-nd-10dates").glob("*.tif"))

    def aerial(n_bands):
        white = np.full(n_bands, 235.0)
        k = 0
        while True:
            with rasterio.open(paths[k % len(paths)]) as source:
                clean, valid = source.read(), source.dataset_mask() > 0
            k += 3
            clean = clean[:3].mean(axis=0, keepdims=True) if n_bands == 1 else clean[:n_bands]

            def mask(seen, usable):
                return cloud.covers(seen, usable, 5.0, n_bands == 4)

            yield clean.astype(np.uint8), valid, 5.0, white, white - 5, mask

    def satellite(names):
        scenes = folder / "s2-l8-scenes"
        fine = stack([scenes / f"s2-{b}.tif" for b in ("b04", "b03", "b02", "b08")])
        size = fine.shape[2:0:-1]
        coarse = [
            cv2.resize(stack([scenes / f"s2-{b}.tif"])[0], size, interpolation=cv2.INTER_LINEAR)
            for b in ("b11", "b12")
        ]
        whole = np.concatenate([fine, np.stack(coarse)])[: len(names)]
        white = np.array([6800, 6900, 7000, 6900, 4500, 3500.0])[: len(names)]
        snow_white = np.array([7600, 7900, 8000, 7000, 1000, 800.0])[: len(names)]

        def mask(seen, usable):
            return network.covers(seen, usable, 10.0, names, (1e-4, 0.0))

        while True:
            yield whole, whole.any(axis=0), 10.0, white, snow_white, mask

    yield "own, one band 5 m", aerial(1)
    yield "own, red green blue 5 m", aerial(3)
    yield "own, with infrared 5 m", aerial(4)
    yield "network, 4 bands 10 m", satellite(RGB_NIR)
    yield "network, 6 bands 10 m", satellite((*RGB_NIR, "swir16", "swir22"))


# -- clear days and leaves --------------------------------------------------------------------


def clear_days(folder):
    print("\n| image of a clear day | all bands | red green blue | one band |\n|---|---|---|---|")
    images = [(path, 5.0) for path in sorted((folder / "naip-nd-10dates").glob("*.tif"))]
    images += [(folder / "spacenet-vegas" / "vegas-img0-rgb.tif", 0.3)]
    images += [(folder / "puerto-rico-pair" / f"{name}.tif", 0.305) for name in ("pre", "post")]
    for path, gsd_m in images:
        with rasterio.open(path) as source:
            valid = source.dataset_mask() > 0
            pixels = source.read()[: 3 if "naip" not in path.name else 4]
        pan = pixels[:3].mean(axis=0, keepdims=True).astype(pixels.dtype)
        masked = [
            1 - cloud.clear(given, valid, gsd_m, len(given) == 4)[valid].mean()
            for given in (pixels, pixels[:3], pan)
        ]
        print(f"| {path.stem} |", " | ".join(f"{share:.4f}" for share in masked), "|")
    bands = [folder / "s2-l8-scenes" / f"s2-{band}.tif" for band in ("b04", "b03", "b02", "b08")]
    pixels = stack(bands)
    valid = pixels.any(axis=0)
    own = ~cloud.clear(pixels, valid, 10.0, True)
    said = ~cloud.shown(network.covers(pixels, valid, 10.0, RGB_NIR, (1e-4, 0.0)))
    print(f"| Sentinel-2, Virginia | own {own.mean():.4f}, network {said.mean():.4f} | | |")


def leaves(folder):
    print("\nLeaves in Slovenia, 46 degrees north: the date against greenness of clear dates")
    print("\n| year | use | dates | date says on, green says off | date says off, green says on |")
    print("|---|---|---|---|---|")
    with (folder / "s2-68-dates" / "dates.csv").open() as table:
        days = [date.fromisoformat(row["datetime_utc"][:10]) for row in csv.DictReader(table)]
    with rasterio.open(folder / "s2-68-dates" / "ndvi.tif") as source:
        index = source.read()
    with rasterio.open(folder / "s2-68-dates" / "cloud-mask.tif") as source:
        is_clear = source.read() == 0
    for years, use in (((2015, 2016), "tuned on"), ((2017,), "reported")):
        pairs = []
        for day, seen, clear in zip(days, index, is_clear, strict=True):
            usable = clear & np.isfinite(seen) & (seen > 0)
            if day.year in years and clear.mean() > 0.6 and usable.any():
                green = float(np.median(seen[usable]))
                by_green = season.leaf(When.on(day), 0.0, green) is Leaf.ON
                pairs.append((season.leaf(When.on(day), 46.0), by_green, green < 0.5))
        wrong = [
            sum(by is Leaf.ON and off for by, _, off in pairs),
            sum(by is Leaf.OFF and on for by, on, _ in pairs),
        ]
        print(f"| {years[0]}-{years[-1]} | {use} | {len(pairs)} | {wrong[0]} | {wrong[1]} |")


def main():
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = (Path(sys.argv[1]) if len(sys.argv) > 1 else beside) / "imagery"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there; give the folder of real data")
    labelled(folder)
    simulated(folder)
    clear_days(folder)
    leaves(folder)


if __name__ == "__main__":
    main()
