"""Which tracks are worth an analyst's look: score, doubles, kind.

The score is minus the decimal logarithm of the false candidates per kilometre that a track this
good or better met with where nothing was built, on ground that the network was not trained on
(`benchmarks/detection/fit.py`): 0 is one false candidate per kilometre of corridor of +-32 m at
0.5 m, 1 is one per ten kilometres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from vallum.change.lines import Track, Tracks, resampled
from vallum.change.profile import Profile, lowest
from vallum.ground.kinds import Change

Doubles = NDArray[np.float64]

# Weights of a logistic regression on the dev half, from `benchmarks/detection/fit.py`.
# In order: log evidence, log length in metres, wiggle, learned, least learned, classical, both,
# steadiness then, brightness step then.
WEIGHTS = np.array([0.838, 0.315, -1.869, 0.524, 0.017, 0.243, 0.143, 0.011, -0.179])
# log10(false per km) = _RATE - _SLOPE * rank, where nothing was built, on ground not trained on.
_RATE, _SLOPE = 0.86, 0.355

_MOST_STEP = 4.0  # brightness step of the other date that counts
_SAME_M = 3.0  # two tracks closer than this are one thing
_STOOD_SHARE, _STOOD_RISE = 0.6, 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """A track with its measures and its score."""

    track: Track
    profile: Profile
    measures: Doubles
    score: float
    change: Change


def wiggle(track: Track) -> float:
    """Return the mean turn per ten pixels in radians: built things run straighter than nature."""
    spots = resampled(track.points, 10.0)
    heading = np.unwrap(np.arctan2(*np.diff(spots, axis=0).T[::-1]))
    # One corner is no wiggle: a turn counts at most half a radian.
    return float(np.minimum(np.abs(np.diff(heading)), 0.5).mean()) if len(heading) > 1 else 0.0


def measures(track: Track, gsd_m: float) -> Doubles:
    """Return the measures that `WEIGHTS` weigh, in their order, 0 for what the other date showed.

    `with_profile` adds that.
    """
    learned = np.clip(track.learned, -6, 4)
    classical = np.minimum(track.classical, 2.5)
    means = float(learned.mean()), float(classical.mean())
    found = _known(track.score, track.length_px * gsd_m, *means)
    found[2] = wiggle(track)
    found[4] = lowest(learned, 0.25)
    return found


def with_profile(measured: Doubles, profile: Profile) -> Doubles:
    """Return the measures with what the other date showed."""
    return np.append(measured[:7], (profile.steadiness_then, min(profile.step_then, _MOST_STEP)))


def best_of(measured: Doubles) -> float:
    """Return the score that measures without a profile may come to, whatever that shows."""
    at_best = np.where(WEIGHTS[7:] > 0, (1.0, _MOST_STEP), 0.0)
    return score_of(np.append(measured[:7], at_best))


def hopeful(tracks: Tracks, gsd_m: float, least: float) -> list[Track]:
    """Return the tracks that score at least that, as far as can be told without their profiles.

    What takes long is measured only where the rest leaves room for it.
    """
    if not len(tracks):
        return []
    start, count = tracks.first[:-1], np.diff(tracks.first)
    learned = np.clip(tracks.learned, -6, 4)
    means = [
        np.add.reduceat(along, start, dtype=np.float64) / count
        for along in (learned, np.minimum(tracks.classical, 2.5))
    ]
    most = _known(tracks.scores, tracks.lines.lengths() * gsd_m, *means)
    most[:, 4] = np.maximum.reduceat(learned, start)
    # Sums of many numbers differ in their last digits.
    worth = np.flatnonzero(most @ WEIGHTS * _SLOPE - _RATE >= least - 1e-3)
    ones = (tracks.one(number) for number in worth.tolist())
    return [one for one in ones if score_of(measures(one, gsd_m)) >= least]


def _known(
    score: float | Doubles,
    length_m: float | Doubles,
    learned: float | Doubles,
    classical: float | Doubles,
) -> Doubles:
    """Return (..., 9) measures: those that cost little; 0 for the others."""
    out = np.zeros((*np.shape(score), len(WEIGHTS)))
    out[..., 0] = np.log(np.maximum(score, 0.1))
    out[..., 1] = np.log(np.maximum(length_m, 1.0))
    out[..., 3], out[..., 5] = learned, classical
    out[..., 6] = classical * np.maximum(learned + 3, 0)
    return out


def score_of(measured: Doubles) -> float:
    """Return the score of a track from its measures (see the top of this file)."""
    return float(_SLOPE * np.dot(measured, WEIGHTS) - _RATE)


def change_of(track: Track, profile: Profile, ratio: float) -> Change | None:
    """Return what happened, or None for a line that stood in both dates much as it stands.

    Args:
        track: the line.
        profile: its measures.
        ratio: how much stronger or wider an upgrade must have become.
    """
    stood = profile.steadiness_then >= _STOOD_SHARE and profile.rise_then >= _STOOD_RISE
    if not stood:
        return Change.NEW if track.layer.is_new else Change.REMOVED
    grew = profile.growth >= ratio
    steady = profile.steadiness >= _STOOD_SHARE and profile.rise > _STOOD_RISE
    return Change.UPGRADED if grew and steady and track.layer.is_new else None


def without_doubles(judged: list[Judged], gsd_m: float) -> list[Judged]:
    """Return the tracks, best first, less those that lie along a better one.

    A bright wall and its shadow, or one road seen at two resolutions, are one candidate.
    """
    kept: list[Judged] = []
    areas: list[shapely.Geometry] = []
    for one in sorted(judged, key=lambda j: -j.score):
        line = shapely.LineString(one.track.points)
        if areas:
            tree = shapely.STRtree(areas)
            near = [areas[i] for i in tree.query(line)]
            shared = line.intersection(shapely.union_all(near)).length if near else 0.0
            if shared > 0.5 * line.length:
                continue
        reach = _SAME_M + one.profile.width_px * gsd_m / 2
        kept.append(one)
        areas.append(line.buffer(reach / gsd_m, cap_style="flat"))
    return kept


def pairs_of(kept: list[Judged], gsd_m: float) -> list[tuple[int, int, float]]:
    """Return (stronger, weaker, metres apart) of narrow parallel lines 4-12 m from each other."""
    lines = [shapely.LineString(one.track.points) for one in kept]
    tree = shapely.STRtree(lines) if lines else None
    out: list[tuple[int, int, float]] = []
    taken: set[int] = set()
    for i, line in enumerate(lines):
        if tree is None or i in taken or kept[i].profile.width_px * gsd_m > 3:
            continue
        for j in sorted(int(n) for n in tree.query(line, predicate="dwithin", distance=12 / gsd_m)):
            if j <= i or j in taken or kept[j].profile.width_px * gsd_m > 3:
                continue
            if kept[i].change != kept[j].change:
                continue
            apart_m = _gap(line, lines[j]) * gsd_m
            if 3.5 <= apart_m <= 12.5:
                out.append((i, j, apart_m))
                taken |= {i, j}
                break
    return out


def _gap(one: shapely.LineString, two: shapely.LineString) -> float:
    """Return the distance of two lines that keep it for most of the shorter; else infinity."""
    short, other = sorted((one, two), key=lambda line: line.length)
    spots: NDArray[np.float64] = np.linspace(0, short.length, 12)
    gaps = shapely.distance(shapely.line_interpolate_point(short, spots), other)
    middle = float(np.median(gaps))
    return middle if float((np.abs(gaps - middle) < 0.3 * middle + 2).mean()) > 0.7 else np.inf
