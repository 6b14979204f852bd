"""Fit the chance that 100 m of border hold a new barrier, from the scores; prints what to copy.

    python benchmarks/detection/chances.py

On the dev cases alone (never run it on `test` to fit). The constants go into
`src/vallum/change/calibrate.py` (`DEFAULT`, `EMPTY`). Half of the cases hold a barrier, far more
than a border does, so the curve starts too high on a real one: that is why it is drawn to analysts'
answers as they come in, and why it is no published number.
"""

from __future__ import annotations

import cases
import cv2
import numpy as np
import scoring

from vallum.change import calibrate


def main():
    cv2.setNumThreads(1)
    found = scoring.sections(scoring.run(scoring.vallum, cases.load("dev")))
    level, slope = calibrate.fitted(found.scores, found.is_true)
    bare = ~np.isfinite(found.scores)
    empty = (found.is_true[bare].sum() + 1) / (bare.sum() + 2)
    print(f"{len(found.scores)} sections, {found.is_true.mean():.2f} of them with a barrier")
    print(f"DEFAULT = ({level:.2f}, {slope:.2f})")
    print(f"EMPTY = {empty:.3f}")
    curve = calibrate.Chances(level=level, slope=slope)
    bins, brier = calibrate.reliability(curve.default(found.scores), found.is_true)
    print(f"Brier score {brier:.3f} (of the sections that it was fitted on)")
    for one in bins:
        print(
            f"said {one.said:.2f}  was {one.was:.2f} [{one.low:.2f}, {one.high:.2f}]  n = {one.n}"
        )


if __name__ == "__main__":
    main()
