"""How many faces are covered (figure F10), and how much else.

    python benchmarks/evidence/faces.py [FOLDER]

Pictures that packages ship: the 100 faces of scikit-image's `lfw_subset` (grey, 25 pixels square,
cut so close that hair and shoulders are missing), pasted on gravel; its astronaut, and
matplotlib's portrait. FOLDER: further photographs of your own, with a file of rectangles in the
form of dlib's `imglab` (`*.xml`); nothing is downloaded.

Every picture is brought to the size in which its faces are that many pixels wide, turned by 0, 90,
180 and 270 degrees, and again with darkness and noise. A face counts as covered when at least
90 % of its rectangle is. Lower ends: exact one-sided 95 % bounds (Clopper and Pearson 1934) over
distinct faces, since turns of one face are not independent.

False areas: satellite images beside the project (`../shared/data`), at 0.3 to 0.8 m, in which no
face can be: what is covered there is covered wrongly.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import skimage.data
from lxml import etree
from scipy.stats import beta

from vallum.evidence.faces import locate

SIZES_PX = (8, 10, 12, 16, 20, 25, 40)
LARGE_PX = 20
CELL = 2.4
SEED = 6


@dataclass(frozen=True)
class Photo:
    """A picture and the rectangles of its faces: left, top, width, height."""

    name: str
    pixels: np.ndarray
    boxes: np.ndarray


def portraits() -> Iterator[Photo]:
    """Yield whole photographs; rectangles by hand, from brow to chin and cheek to cheek."""
    yield Photo("astronaut", skimage.data.astronaut(), np.array([[180, 70, 90, 115]]))
    path = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    yield Photo("portrait", cv2.imread(str(path))[:, :, ::-1], np.array([[165, 130, 190, 200]]))


def labelled(folder: Path) -> Iterator[Photo]:
    """Yield the photographs of a folder with imglab files."""
    for table in sorted(folder.glob("*.xml")):
        tree = etree.parse(str(table), etree.XMLParser(resolve_entities=False, no_network=True))
        for image in tree.iter("image"):
            path = folder / image.get("file")
            boxes = [
                [int(box.get(k)) for k in ("left", "top", "width", "height")]
                for box in image.iter("box")
                if box.get("ignore") != "1"
            ]
            if boxes and path.is_file():
                yield Photo(path.name, cv2.imread(str(path))[:, :, ::-1], np.array(boxes))


def resized(photo: Photo, face_px: float) -> Photo:
    """Return it at the size in which its median face is `face_px` wide."""
    by = face_px / float(np.median(photo.boxes[:, 2]))
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return Photo(
        photo.name,
        cv2.resize(photo.pixels, None, fx=by, fy=by, interpolation=how),
        photo.boxes * by,
    )


def pasted(face_px: int) -> Photo:
    """Return the 100 small faces in rows on gravel."""
    faces = (skimage.data.lfw_subset()[:100] * 255).astype(np.uint8)
    ground = cv2.resize(skimage.data.gravel(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    step = round(face_px * CELL)
    side = step * 10
    ground = np.tile(ground, (side // ground.shape[0] + 1, side // ground.shape[1] + 1))
    picture, boxes = ground[:side, :side].copy(), []
    for n, face in enumerate(faces):
        x, y = (v * step + (step - face_px) // 2 for v in (n % 10, n // 10))
        how = cv2.INTER_AREA if face_px <= 25 else cv2.INTER_CUBIC
        picture[y : y + face_px, x : x + face_px] = cv2.resize(
            face, (face_px, face_px), interpolation=how
        )
        boxes.append([x, y, face_px, face_px])
    return Photo("pasted", np.repeat(picture[:, :, None], 3, 2), np.array(boxes))


def turned(photo: Photo, n_turns: int) -> Photo:
    """Return it turned by quarters, counter-clockwise."""
    pixels, boxes = photo.pixels, photo.boxes.astype(float)
    for _ in range(n_turns):
        x, y, w, h = boxes.T
        boxes = np.stack([y, pixels.shape[1] - x - w, h, w], 1)
        pixels = np.rot90(pixels)
    return Photo(photo.name, np.ascontiguousarray(pixels), boxes)


def night(photo: Photo) -> Photo:
    """Return it at a third of its brightness, with noise."""
    dice = np.random.default_rng(SEED)
    dark = photo.pixels / 3.0 + dice.normal(0, 10, photo.pixels.shape)
    return Photo(photo.name, dark.clip(0, 255).astype(np.uint8), photo.boxes)


def covered(photo: Photo) -> tuple[np.ndarray, float]:
    """Return which faces are covered, and the share of the picture that is."""
    hidden = np.zeros(photo.pixels.shape[:2], bool)
    for x, y, width, height in locate(photo.pixels):
        hidden[y : y + height, x : x + width] = True
    hits = []
    for x, y, w, h in np.rint(photo.boxes).astype(int):
        hits.append(hidden[max(0, y) : y + h, max(0, x) : x + w].mean() >= 0.9)
    return np.array(hits), float(hidden.mean())


def recall(name: str, photos: list[Photo], sizes: tuple[int, ...], *, small: bool = False) -> None:
    """Print a table: size of the faces by light; all four rotations together."""
    for face_px in sizes:
        for light in ("day", "night"):
            found, share, start = [], [], time.perf_counter()
            for photo in [pasted(face_px)] if small else [resized(p, face_px) for p in photos]:
                seen = night(photo) if light == "night" else photo
                results = [covered(turned(seen, n)) for n in range(4)]
                found.append(np.stack([hits for hits, _ in results]))
                share += [part for _, part in results]
            hits = np.concatenate(found, axis=1)
            always = int(hits.all(axis=0).sum())
            low = beta.ppf(0.05, always, hits.shape[1] - always + 1) if always else 0.0
            print(
                f"{name:10} {face_px:3} px  {light:5}  {hits.sum():4} of {hits.size:4} = {hits.mean():.3f}"
                f"   in all four rotations {always:3} of {hits.shape[1]:3} (at least {low:.3f})"
                f"   covered {np.mean(share):4.0%}   {time.perf_counter() - start:4.0f} s",
                flush=True,
            )


def false_areas() -> None:
    """Print how much is covered where no face can be."""
    shared = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[3] / "shared"))
    folder = shared / "data" / "imagery" / "levir-pairs"
    paths = sorted(folder.glob("[ab]/*.png"))[:12]
    if not paths:
        print("false areas: no satellite images beside the project (../shared/data)")
        return
    n_areas, share, n_px = 0, [], 0
    for path in paths:
        pixels = cv2.imread(str(path))[:, :, ::-1]
        found = locate(pixels)
        hidden = np.zeros(pixels.shape[:2], bool)
        for x, y, width, height in found:
            hidden[y : y + height, x : x + width] = True
        n_areas, n_px = n_areas + len(found), n_px + hidden.size
        share.append(float(hidden.mean()))
    print(
        f"false areas: {n_areas} on {len(paths)} satellite images ({n_px / 1e6:.1f} megapixels), "
        f"{np.mean(share):.2%} of the pixels, at most {max(share):.2%} of one image"
    )


def main() -> None:
    recall("pasted", [], SIZES_PX[:-1], small=True)
    recall("portraits", list(portraits()), SIZES_PX)
    if len(sys.argv) > 1:
        recall("folder", list(labelled(Path(sys.argv[1]))), SIZES_PX)
    false_areas()


if __name__ == "__main__":
    main()
