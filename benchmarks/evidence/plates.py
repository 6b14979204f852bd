"""How many SIMULATED number plates are covered, and how much else is.

    python benchmarks/evidence/plates.py

Plates of `tools/train/painted.py`, in the fonts and on the photographs that the training never
saw, by width of the plate; each picture as it stands and turned by a quarter. A plate counts as
covered when at least 90 % of it is. No photograph of a real plate ships with any package, so how
well real ones are found is not known.

False areas: photographs without plates, of packages; and satellite images beside the project.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import cv2
import numpy as np

from vallum.evidence.plates import locate

sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "train"))

from painted import grounds, painted

WIDTHS_PX = ((12, 20), (20, 32), (32, 64), (64, 128), (128, 240))
N_PICTURES = 25
SEED = 11


def hidden_in(pixels: np.ndarray) -> np.ndarray:
    """Return where a picture is covered."""
    hidden = np.zeros(pixels.shape[:2], bool)
    for x, y, width, height in locate(pixels):
        hidden[y : y + height, x : x + width] = True
    return hidden


def recall() -> None:
    pieces = grounds("test")
    for widths in WIDTHS_PX:
        dice = np.random.default_rng(SEED)
        hits, shares = [], []
        for n in range(N_PICTURES):
            one = painted(
                dice, pieces[n % len(pieces)], "test", widths=widths, n_plates=3,
                side=max(256, 2 * widths[1]),
            )  # fmt: skip
            for turn in range(2):
                hidden = hidden_in(np.ascontiguousarray(np.rot90(one.pixels, turn)))
                hidden = np.rot90(hidden, -turn)
                for there in one.corners:
                    plate = cv2.fillPoly(
                        np.zeros(hidden.shape, np.uint8), there[None].astype(int), 1
                    )
                    hits.append(hidden[plate > 0].mean() >= 0.9)
                shares.append(hidden[~one.mask].mean())
        print(
            f"plates {widths[0]:3}-{widths[1]:3} px  {sum(hits):4} of {len(hits):4} = "
            f"{np.mean(hits):.3f}   covered beside them {np.mean(shares):.1%}",
            flush=True,
        )


def false_areas() -> None:
    shared = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[3] / "shared"))
    paths = sorted((shared / "data" / "imagery" / "levir-pairs").glob("[ab]/*.png"))[:12]
    satellite = [cv2.imread(str(path))[:, :, ::-1] for path in paths]
    for name, pictures in (
        ("photographs of the training", grounds("train")),
        ("other photographs", grounds("test")),
        ("satellite images", satellite),
    ):
        shares = [float(hidden_in(np.ascontiguousarray(one)).mean()) for one in pictures]
        if shares:
            print(
                f"without plates: {np.mean(shares):.1%} of {len(shares)} {name} is covered, at "
                f"most {max(shares):.1%} of one"
            )


if __name__ == "__main__":
    recall()
    false_areas()
