"""Contact sheets: what is found best, missed worst and wrongly suggested, per kind.

    python benchmarks/detection/sheets.py [dev|test] [FOLDER] [--limit N] [--jobs 1]

Writes FOLDER/<kind>-best.png, -missed.png and -false.png with 24 pictures each: before, after, and
after with the truth (yellow new, magenta upgraded, cyan removed), the candidates over the threshold
(green what is right, red what is false) and the border (white). Best and misses are ordered by
SNR_1 of the truth: the best are those found, the faintest first, the misses those missed, the
clearest first. False ones are ordered by score. Sheets show pictures that are evaluation only: do
not publish them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cases
import cv2
import metrics
import numpy as np
import scoring

N_PICTURES, _HALF_PX, _ZOOM = 24, 64, 2
_COLOURS = {"new": (0, 255, 255), "upgraded": (255, 0, 255), "removed": (255, 255, 0),
            "both": (128, 128, 128)}  # fmt: skip


def _pixels(shape, case):
    """Return the parts of a shape in local metres as integer polylines for drawing."""
    parts = getattr(shape, "geoms", [shape])
    return [
        np.rint((np.array(part.coords) / case.gsd_m - 0.5) * _ZOOM)
        .astype(np.int32)
        .reshape(-1, 1, 2)
        for part in parts
    ]


def _picture(o, shape, least, caption):
    """Return one picture (y, x, 3) around the middle of a shape: before, after, marked."""
    case = o.case
    before, after = (
        cv2.resize(
            np.ascontiguousarray(v.transpose(1, 2, 0)[:, :, ::-1]),
            None,
            fx=_ZOOM,
            fy=_ZOOM,
            interpolation=cv2.INTER_CUBIC,
        )
        for v in (case.before, case.after)
    )
    marked = after.copy()
    cv2.polylines(marked, _pixels(case.line, case), False, (255, 255, 255), 1, cv2.LINE_AA)
    for truth in o.truths:
        cv2.polylines(
            marked, _pixels(truth.shape, case), False, _COLOURS[truth.change], 1, cv2.LINE_AA
        )
    for n in o.passing(least):
        colour = (0, 0, 255) if o.owners[n] is None else (0, 255, 0)
        cv2.polylines(marked, _pixels(o.lines[n].shape, case), False, colour, 1, cv2.LINE_AA)
    x, y = np.array(shape.interpolate(0.5, normalized=True).coords[0]) / case.gsd_m * _ZOOM
    size = 2 * _HALF_PX * _ZOOM
    left = int(np.clip(x - size / 2, 0, max(0, after.shape[1] - size)))
    top = int(np.clip(y - size / 2, 0, max(0, after.shape[0] - size)))
    views = [v[top : top + size, left : left + size] for v in (before, after, marked)]
    padded = [np.pad(v, ((0, size - v.shape[0]), (0, size - v.shape[1]), (0, 0))) for v in views]
    row = np.hstack(padded)
    cv2.rectangle(row, (0, 0), (row.shape[1], 13), (0, 0, 0), -1)
    cv2.putText(
        row, caption, (3, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255, 255, 255), 1, cv2.LINE_AA
    )
    return np.pad(row, ((0, 6), (0, 6), (0, 0)), constant_values=60)


def _sheet(pictures, path):
    if not pictures:
        return
    blank = np.zeros_like(pictures[0])
    pictures = pictures + [blank] * (-len(pictures) % 2)
    rows = [np.hstack(pictures[i : i + 2]) for i in range(0, len(pictures), 2)]
    cv2.imwrite(str(path), np.vstack(rows))


def write(outcomes, least, folder):
    """Write all sheets; prints how many pictures each holds."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in scoring.KINDS:
        truths = []
        for o in outcomes:
            shown = [o.lines[n] for n in o.passing(least)]
            for t in o.truths:
                if t.kind == kind and t.change != "both":
                    share = metrics.matched_truth_m(t, shown) / t.shape.length
                    truths.append((o, t, share))
        best = sorted((r for r in truths if r[2] >= 0.7), key=lambda r: r[1].score)
        missed = sorted((r for r in truths if r[2] < 0.3), key=lambda r: -r[1].score)
        false = sorted(
            ((o, o.lines[n]) for o in outcomes for n in o.passing(least)
             if o.owners[n] is None and o.lines[n].kind == kind),
            key=lambda r: -r[1].score,
        )  # fmt: skip
        for name, rows in (("best", best), ("missed", missed)):
            pictures = [
                _picture(o, t.shape, least,
                         f"{o.case.name}  {t.change} {t.shape.length:.0f} m  SNR {t.score:.1f}  found {share:.2f}")
                for o, t, share in rows[:N_PICTURES]
            ]  # fmt: skip
            _sheet(pictures, folder / f"{kind}-{name}.png")
        pictures = [
            _picture(o, one.shape, least,
                     f"{o.case.name}  called {one.change} {one.kind} {one.shape.length:.0f} m  score {one.score:.2f}")
            for o, one in false[:N_PICTURES]
        ]  # fmt: skip
        _sheet(pictures, folder / f"{kind}-false.png")
        print(f"{kind:14} found {len(best):3d}  missed {len(missed):3d}  false {len(false):3d}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("split", choices=("dev", "test"), nargs="?", default="test")
    usual = Path(tempfile.gettempdir()) / "vallum-detection-sheets"
    parser.add_argument("folder", type=Path, nargs="?", default=usual)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    outcomes = scoring.run(scoring.vallum, cases.load(args.split, args.limit), args.jobs)
    write(outcomes, scoring.frozen()["vallum"]["line"], args.folder)
    print(f"sheets are in {args.folder}")


if __name__ == "__main__":
    main()
