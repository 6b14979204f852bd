"""How a known profile stands out along a path, against the parallel paths beside it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.odds import Odds, spread
from vallum.change.straight import Strip

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

FLANK = 4  # samples of ground on each side of a profile
_PIECE = 16  # samples along the path in one mean
_ASIDE = 3  # samples that a piece may lie beside the path
_LEAST_PATHS = 20
_LEAST_CLEAR = 0.3  # of a piece, for its mean
_LEAST_KNOWN = 0.7  # of a profile
_SHRINK = 0.1
_ALIKE = 0.5  # share of a profile that the ground has as well: then it is an upgrade
_LAGS = range(-_ASIDE, _ASIDE + 1)


def half_of(strip: Strip) -> int:
    """Return half the samples of a profile, without its middle."""
    return int(np.ceil(strip.width / 2)) + FLANK


def mean_profile(strip: Strip) -> Floats:
    """Return the mean profile across the path; pieces that are little seen are left out."""
    means, known = _pieces(strip)
    middle, half = means.shape[1] // 2, half_of(strip)
    near = slice(middle - half, middle + half + 1)
    usable = known[:, near].mean(axis=1) > _LEAST_KNOWN
    chosen = means[usable, near] if usable.any() else means[:, near]
    profile = (chosen - np.median(chosen, axis=1, keepdims=True)).mean(axis=0)
    return np.asarray(cv2.GaussianBlur(profile[None].astype(np.float32), (3, 1), 0.6)[0])


def usual_profile(strip: Strip) -> Floats:
    """Return a plain bar of the width of the thing."""
    at = np.abs(np.arange(-half_of(strip), half_of(strip) + 1, dtype=np.float32))
    return np.asarray(np.clip((strip.width + 1) / 2 - at, 0, 1), dtype=np.float32)


def odds(
    strip: Strip,
    profile: Floats,
    ground: Strip | None,
    *,
    faded: float,
    thresholds: tuple[float, float],
) -> tuple[Odds, Odds | None] | None:
    """Return how a profile stands out along the path, in its own polarity and in the other.

    Args:
        strip: the date that is asked.
        profile: (across,) what the thing adds to the ground.
        ground: the same strip on a date without the thing, if there is one.
        faded: share of the profile that is laid on the other paths to see if it would be noticed.
        thresholds: spreads of the other paths that must be reached, in each polarity.

    Returns:
        Odds of both polarities, the second None for upgrades; None where there is too little clear
        ground beside the path, or nothing in the profile.
    """
    means, known = _pieces(strip)
    template, size = flat(profile), len(profile)
    enough = _windows(known, size).mean(axis=2) > _LEAST_KNOWN
    beside = _beside(enough, size)
    if float(np.abs(template).max()) < 1e-6 or beside.sum() < _LEAST_PATHS:
        return None
    layers, is_upgrade, without = [means], False, None
    if ground is not None:
        before = _pieces(ground)[0]
        layers.append(before)
        stood = flat(_middle_of(before, size))
        is_upgrade = _are_alike(template, stood)
        without = None if is_upgrade else stood
    windows = [flat(_windows(one, size)) for one in layers]
    rows = [one[enough & beside] for one in windows]
    weights = discriminant(rows, template, without, shrink=_SHRINK)
    responses = np.sum([one @ w for one, w in zip(windows, weights, strict=True)], axis=0)
    if ground is not None:
        share = 1.0 if is_upgrade else _share_left(means, layers[1], size, strip.width)
        first = enough.shape[1] // 2 - _ASIDE
        # What stood there before is taken off at the place itself; elsewhere it did not stand.
        responses[:, first : first + len(_LAGS)] -= _static(layers, weights, size, share)
    responses = np.where(enough, responses, 0).astype(np.float32)
    echo = flat(_windows(np.pad(template, _ASIDE, mode="edge"), size)) @ weights[0]
    found = [
        _reached(np.float32(sign) * responses, enough, beside, np.float32(faded) * echo, limit)
        for sign, limit in zip((1, -1), thresholds, strict=True)
    ]
    return found[0], None if is_upgrade else found[1]


def _windows(values: NDArray[Any], size: int) -> NDArray[Any]:
    return np.lib.stride_tricks.sliding_window_view(values, size, axis=-1)


def _beside(enough: Bools, size: int) -> Bools:
    """Return which places across are other paths, and clear for half of their length."""
    place = np.arange(enough.shape[1])
    beside = np.abs(place - len(place) // 2) >= size
    beside &= (place >= _ASIDE) & (place < len(place) - _ASIDE)
    return np.asarray(beside & (enough.mean(axis=0) >= 0.5))


def _static(layers: list[Floats], weights: list[Floats], size: int, share: float) -> Floats:
    """Return the response to what stood at the place before, by samples aside."""
    wide = _middle_of(layers[1], size + 2 * _ASIDE)
    return np.asarray(flat(_windows(wide, size)) @ (share * weights[0] + weights[1]))


def flat(profile: Floats) -> Floats:
    """Return profiles (last axis) without their mean and their even slope."""
    ramp = np.arange(profile.shape[-1], dtype=np.float32)
    ramp -= ramp.mean()
    out = profile - profile.mean(axis=-1, keepdims=True)
    slope = (out @ ramp) / (ramp @ ramp)
    return np.asarray(out - slope[..., None] * ramp, dtype=np.float32)


def _pieces(strip: Strip) -> tuple[Floats, Bools]:
    """Return mean profiles of pieces (piece, across), and where enough of one is clear."""
    n = max(1, round(len(strip.values) / _PIECE))
    edges = np.linspace(0, len(strip.values), n + 1).astype(int)
    weight = strip.clear.astype(np.float32)
    total = np.add.reduceat(strip.values * weight, edges[:-1], axis=0)
    count = np.add.reduceat(weight, edges[:-1], axis=0)
    known = count >= _LEAST_CLEAR * np.diff(edges)[:, None]
    mean = total / np.maximum(count, 1)
    level = np.array(
        [np.median(row[ok]) if ok.any() else 0.0 for row, ok in zip(mean, known, strict=True)],
        dtype=np.float32,
    )
    return np.where(known, mean, level[:, None]).astype(np.float32), known


def _middle_of(means: Floats, size: int) -> Floats:
    """Return the mean profile of `size` samples along the path itself."""
    start = means.shape[1] // 2 - size // 2
    return np.asarray(means[:, start : start + size].mean(axis=0))


def _share_left(means: Floats, before: Floats, size: int, width: float) -> float:
    """Return how much of the ground beside the place is left of what it was: seasons fade it."""
    now, then = (flat(_middle_of(one, size + 2 * _ASIDE)) for one in (means, before))
    beside = np.abs(np.arange(len(now)) - len(now) // 2) > width / 2 + 1
    level = float(then[beside] @ then[beside])
    return float(np.clip(now[beside] @ then[beside] / max(level, 1e-6), 0.0, 1.5))


def _are_alike(template: Floats, stood: Floats) -> bool:
    """Say whether the ground already held something of that sort: then it is an upgrade."""
    size, strength = float(np.linalg.norm(stood)), float(np.linalg.norm(template))
    if size <= 0.5 * strength:  # much fainter: grain
        return False
    return (float(stood @ template) / (size * strength)) ** 2 > _ALIKE


def discriminant(
    rows: list[Floats], template: Floats, without: Floats | None, *, shrink: float
) -> list[Floats]:
    """Return weights of a profile and of what explains it, that give 1 for the template.

    Fisher's discriminant between the ground as it is and with the template on it. What stood at
    the very place is given weight 0: a river bank along a fence does not make a fence, and the
    template, which is a difference, carries the grain of that date.

    Args:
        rows: (sample, value) of the date that is asked, then of what explains it.
        template: (value,) what is looked for.
        without: (value,) the place itself on the other date.
        shrink: how much of the mean variance is added to all.
    """
    table = np.concatenate(rows, axis=1).astype(np.float64)
    norm = np.linalg.norm(table, axis=1)
    # One roof is one sample, however bright.
    table *= np.minimum(1.0, 2 * np.median(norm) / np.maximum(norm, 1e-9))[:, None]
    covariance = table.T @ table / len(table)
    n = len(template)
    level = np.trace(covariance[:n, :n]) / n
    covariance += np.eye(len(covariance)) * (shrink * level + 1e-6)
    wanted = np.zeros((len(covariance), 1))
    wanted[:n, 0] = template
    if without is not None and float(np.linalg.norm(without)) > 1e-6:
        nothing = np.zeros((len(covariance), len(rows)))
        for number in range(len(rows)):
            nothing[number * n : (number + 1) * n, number] = without
        wanted = np.concatenate((wanted, nothing), axis=1)
    solved = np.linalg.solve(covariance, wanted)
    weights = solved @ np.linalg.solve(wanted.T @ solved, np.eye(wanted.shape[1])[0])
    return [part.astype(np.float32) for part in np.split(weights, len(rows))]


def _reached(responses: Floats, enough: Bools, beside: Bools, faded: Floats, limit: float) -> Odds:
    """Return what the path and the paths beside it reach, in the mean over pieces."""
    places = np.arange(_ASIDE, responses.shape[1] - _ASIDE)
    scale = 1.4826 * float(np.median(np.abs(responses[:, beside][enough[:, beside]])))
    most = max((3.0 + 6.0 / len(responses)) * scale, 1e-6)
    around = responses[:, places[:, None] + np.array(_LAGS)]
    n_good = np.maximum(enough[:, places].sum(axis=0), 1)
    plain = _best_path(np.clip(around, -most, most)) / n_good
    laid = around + faded * enough[:, places, None]
    with_it = _best_path(np.clip(laid, -most, most)) / n_good
    others = plain[beside[places]].astype(np.float64)
    return Odds(
        here=float(plain[len(places) // 2]),
        others=others,
        with_it=with_it[beside[places]].astype(np.float64),
        threshold=float(np.median(others)) + limit * spread(others),
    )


def _best_path(responses: Floats) -> Floats:
    """Return the sum along the best steady path through (piece, place, aside), per place."""
    best = responses[0]
    for row in responses[1:]:
        padded = np.pad(best, ((0, 0), (1, 1)), constant_values=-np.inf)
        best = row + np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    return np.asarray(best.max(axis=1))
