"""What a line looks like across its course in both dates: contrast, width, steadiness, kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.lines import Track, resampled

Floats = NDArray[np.float32]

REACH = 16  # samples each side of the line, in pixels of the layer
_ASIDE = 5  # how far a track may be moved, in pixels of the layer
_SAYS_MUCH = -2.5  # logit of the network
_REACH_ALONG = 12  # rows at each end that may be cut off
_ALONG = 2.0  # pixels of the layer between samples along the line


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Measures across one line; brightness in local standard deviations unless said.

    Attributes:
        rise: median height of the ridge over its higher side, in the date in which it stands.
        rise_then: the same in the other date, the most that lies within 2 px.
        steadiness: share of the line, in pieces, on which the ridge stands.
        steadiness_then: the same in the other date.
        step_then: brightness step from one side to the other in the other date.
        width_px: width at half height, in pixels of the full grid.
        contrast: height in units of brightness, signed.
        growth: body (height times width) over that of the other date, at most 20; each by the
            usual deviation of its date.
        apart_px: distance of a second, equal line; 0 if there is none.
        shadow: depth of the deepest trough beside the ridge, relative to `rise`.
        rows_px: distance of the best ridges on the two sides of the middle, if there are two.
    """

    rise: float
    rise_then: float
    steadiness: float
    steadiness_then: float
    step_then: float
    width_px: float
    contrast: float
    growth: float
    apart_px: float
    shadow: float
    rows_px: float


def straightened(image: Floats, line: NDArray[np.float64]) -> Floats:
    """Return (n, 2 * REACH + 1) values along the line (down) and across it (rightward)."""
    return _looked_up(image, *_places(*_across(line)))


def _places(spots: NDArray[np.float64], aside: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Return columns and rows (n, 2 * REACH + 1) beside places along a line."""
    across = np.arange(-REACH, REACH + 1)
    x, y = (spots[:, k, None] + aside[:, k, None] * across for k in (0, 1))
    return x.astype(np.float32), y.astype(np.float32)


def _looked_up(image: Floats, x: Floats, y: Floats) -> Floats:
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _across(line: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (n, 2) points along the line and (n, 2) unit vectors to the right of its course."""
    spots = resampled(line, _ALONG)
    heading = np.gradient(spots, axis=0)
    if len(heading) > 9:
        # The direction of a few metres, not of single steps.
        kernel = np.ones(9) / 9
        heading = np.column_stack(
            [
                np.convolve(np.pad(heading[:, k], 4, mode="edge"), kernel, mode="valid")
                for k in (0, 1)
            ]
        )
    heading /= np.maximum(np.hypot(*heading.T), 1e-6)[:, None]
    return spots, np.column_stack((-heading[:, 1], heading[:, 0]))


def measure(
    track: Track, here: Floats, then: Floats, noise: float, noise_then: float
) -> tuple[Track, Profile]:
    """Return the line cut to where its ridge stands, and its measures.

    Args:
        track: the line.
        here: brightness of the date in which the line stands, at the resolution of its layer.
        then: brightness of the other date, the same size.
        noise: usual local deviation of `here`, in units of brightness.
        noise_then: the same of `then`; the two say how the contrast of the dates compares.
    """
    step = track.layer.step
    course = (track.points - (step - 1) / 2) / step
    places = _places(*_across(course))
    one, two = (_looked_up(image, *places) for image in (here, then))
    sign = _polarity(one.mean(axis=0))
    one, two = sign * one, sign * two
    width, centre = _width(one.mean(axis=0))
    half = _half(width)
    first, last = _extent(_rises(one, centre, half))
    if last - first < len(one):
        kept = resampled(course, _ALONG)[first:last] * step + (step - 1) / 2
        track = replace(track, points=kept)
        one, two = one[first:last], two[first:last]
    return track, _measures(one, two, (noise, noise_then), sign, step)


def settled(track: Track) -> Track:
    """Return the track moved sideways onto the crest of what the network says, where it says much.

    Classical evidence is strongest in the middle of what changed, shadow included; the network was
    taught where the thing itself stands.
    """
    step = track.layer.step
    course = (track.points - (step - 1) / 2) / step
    spots, across = _across(course)
    window = _looked_up(track.layer.learned, *_places(spots, across))
    window = window[:, REACH - _ASIDE : REACH + _ASIDE + 1]
    smooth = cv2.blur(window, (1, min(9, len(window))), borderType=cv2.BORDER_REPLICATE)
    top = smooth.max(axis=1, keepdims=True)
    weight = np.exp(2.0 * (smooth - top)) * (top > _SAYS_MUCH)
    reach = np.arange(-_ASIDE, _ASIDE + 1)
    aside = (weight @ reach) / np.maximum(weight.sum(axis=1), 1e-6)
    spots = _eased(spots + _eased(aside[:, None], 3.0) * across, 1.5)
    return replace(track, points=spots * step + (step - 1) / 2)


def _eased(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Return (n, k) values smoothed along n; what lies beyond the ends goes on as it came."""
    if len(values) < 6:
        return values
    reach = min(int(3 * sigma) + 1, len(values) - 1)
    head = 2 * values[0] - values[reach:0:-1]
    tail = 2 * values[-1] - values[-2 : -reach - 2 : -1]
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    longer = np.concatenate((head, values, tail))
    return np.column_stack(
        [np.convolve(column, weight / weight.sum(), mode="valid") for column in longer.T]
    )


def _polarity(mean: Floats) -> np.float32:
    """Return 1 for a line brighter than what lies beside it, -1 for a darker one."""
    middle = mean[REACH - 2 : REACH + 3] - np.float32(median(mean))
    return np.float32(1 if middle.max() >= -middle.min() else -1)


def _half(width: float) -> int:
    return int(np.clip(round(width / 2), 1, REACH // 2 - 2))


def _extent(rises: Floats) -> tuple[int, int]:
    """Return (first, last) row between which the ridge stands.

    Evidence is summed along the line and so reaches beyond its ends.
    """
    n = len(rises)
    most = min(_REACH_ALONG, n // 3)
    if n < 12:
        return 0, n
    smooth = np.convolve(np.pad(rises, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    enough = 0.4 * median(rises[most : n - most])
    stands = smooth >= max(enough, 1e-6)
    first = int(np.argmax(stands[:most])) if stands[:most].any() else most
    last = int(np.argmax(stands[::-1][:most])) if stands[::-1][:most].any() else most
    return first, n - last


def _measures(
    one: Floats, two: Floats, noise: tuple[float, float], sign: np.float32, step: int
) -> Profile:
    """Return the measures of two straightened windows, the ridge upward in both."""
    # Each date by its own liveliness, as in the evidence.
    scale, scale_then = (
        max(
            median(np.abs(x - np.partition(x, REACH, axis=1)[:, REACH, None]).ravel()) * 1.5,
            0.4 * usual,
            0.5,
        )
        for x, usual in zip((one, two), noise, strict=True)
    )
    pieces, pieces_then = _pieces(one) / scale, _pieces(two) / scale_then
    mean, mean_then = pieces.mean(axis=0), pieces_then.mean(axis=0)
    width, centre = _width(mean)
    half = _half(width)
    rises = _rises(pieces, centre, half)
    # What stood then may have been narrower, and may lie a little aside.
    options = [
        _rises(pieces_then, c, h) for h in sorted({1, half}) for c in range(centre - 2, centre + 3)
    ]
    rises_then = max(options, key=lambda option: median(option))
    tall = _heights(mean, half)
    away = np.abs(np.arange(2 * REACH + 1) - centre) > half + 2
    best = max(float(tall[REACH - 2 : REACH + 3].max()), 1e-3)
    second = int(np.argmax(np.where(away, tall, -9.0)))
    is_pair = tall[second] > 0.6 * best and abs(second - centre) > 2 * half
    body = _body(mean, centre, half) * scale / max(noise[0], 0.1)
    body_then = max(_body(mean_then, c, half) for c in range(centre - 2, centre + 3))
    body_then *= scale_then / max(noise[1], 0.1)
    return Profile(
        rise=median(rises),
        rise_then=median(rises_then),
        steadiness=float((rises > 0.25).mean()),
        steadiness_then=float((rises_then > 0.25).mean()),
        step_then=_step_across(mean_then, centre, half),
        width_px=width * step,
        contrast=float(sign * best * scale),
        growth=float(np.clip(body / max(body_then, 0.05 * body, 1e-6), 0.0, 20.0)),
        apart_px=float(abs(second - centre) * step) if is_pair else 0.0,
        shadow=_trough(mean, centre, half) / best,
        rows_px=_rows(mean) * step,
    )


def median(values: Floats) -> float:
    """Return the median of (n,), as `np.median` does, which takes ten times as long."""
    half = len(values) // 2
    parted = np.partition(values, half)
    top = parted[half]
    return float(top if len(values) % 2 else (parted[:half].max() + top) / 2)


def lowest(values: Floats, share: float) -> float:
    """Return the value that a share of (n,) lie under, as `np.quantile` does, in less time."""
    ordered = np.sort(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low]) + (at - low) * float(ordered[high] - ordered[low])


def _pieces(window: Floats) -> Floats:
    """Return means over pieces of 8 samples (16 px) along the line, the first ones longer."""
    n = max(1, len(window) // 8)
    size, n_longer = divmod(len(window), n)
    cut = n_longer * (size + 1)
    means = [
        np.add.reduce(part.reshape(-1, n_samples, window.shape[1]), axis=1) / np.float32(n_samples)
        for part, n_samples in ((window[:cut], size + 1), (window[cut:], size))
    ]
    return np.concatenate(means)


def _mean(values: Floats) -> Floats:
    """Return means of (..., n), as `np.mean` does, which takes longer for a few."""
    return np.asarray(np.add.reduce(values, axis=-1) / np.float32(values.shape[-1]))


def _sides(profile: Floats, centre: int, half: int) -> tuple[NDArray[np.float32], ...]:
    """Return middle, left and right means of (..., across)."""
    gap, reach = 1, max(3, half + 1)
    middle = profile[..., max(0, centre - half // 2) : centre + half // 2 + 1]
    left_end, right_start = centre - half - gap + 1, centre + half + gap
    left = profile[..., max(0, left_end - reach) : max(1, left_end)]
    right = profile[..., min(right_start, 2 * REACH) : right_start + reach]
    return _mean(middle), _mean(left), _mean(right)


def _rises(pieces: Floats, centre: int, half: int) -> Floats:
    """Return per piece how far the middle stands over its higher side."""
    middle, left, right = _sides(pieces, centre, half)
    return np.asarray(middle - np.maximum(left, right))


def _body(mean: Floats, centre: int, half: int) -> float:
    """Return height times width of the ridge over its two sides, whatever its shape."""
    _, left, right = _sides(mean, centre, half)
    return float((mean[centre - half : centre + half + 1] - (left + right) / 2).sum())


def _step_across(mean: Floats, centre: int, half: int) -> float:
    _, left, right = _sides(mean, centre, half)
    return float(abs(left - right))


def _heights(mean: Floats, half: int) -> Floats:
    """Return at each place across the ridge height of that half width; -9 near the ends."""
    gap, reach, inner = 1, max(3, half + 1), 2 * (half // 2) + 1
    total = np.concatenate(([0.0], np.cumsum(mean, dtype=np.float64)))
    edge = half + gap + 2
    at = np.arange(edge, len(mean) - edge)
    low, high = np.maximum(at - half - gap + 1 - reach, 0), at - half - gap + 1
    start, stop = at + half + gap, np.minimum(at + half + gap + reach, len(mean))
    left = (total[high] - total[low]) / (high - low)
    right = (total[stop] - total[start]) / (stop - start)
    middle = (total[at + half // 2 + 1] - total[at - half // 2]) / inner
    heights = np.full(len(mean), -9.0, np.float32)
    heights[at] = middle - np.maximum(left, right)
    return heights


def _rows(mean: Floats) -> float:
    """Return how far apart the best narrow ridges left and right of the middle are; 0 for none.

    Between the rows of a double fence the middle may be darker or brighter than they are.
    """
    best, apart = 0.0, 0.0
    for tall in (_heights(mean, 1), _heights(-mean, 1)):
        left, right = tall[REACH - 9 : REACH], tall[REACH + 1 : REACH + 10]
        one, two = int(np.argmax(left)), int(np.argmax(right))
        lower = float(min(left[one], right[two]))
        if lower > max(best, 0.3 * float(tall.max())):
            best, apart = lower, float(10 + two - one)
    return apart


def _trough(mean: Floats, centre: int, half: int) -> float:
    """Return how far the lower side falls under the usual level."""
    _, left, right = _sides(mean, centre, half)
    return float(median(mean) - min(float(left), float(right)))


def _width(mean: Floats) -> tuple[float, int]:
    """Return the width at half height in samples, and where the top is (index)."""
    near = mean[REACH - 3 : REACH + 4]
    top = REACH - 3 + int(np.argmax(near))
    base = lowest(mean, 0.4)
    half = base + (float(mean[top]) - base) / 2
    left = right = top
    while left > 0 and mean[left - 1] > half:
        left -= 1
    while right < len(mean) - 1 and mean[right + 1] > half:
        right += 1

    def crossing(inside: int, outside: int) -> float:
        if not 0 <= outside < len(mean):
            return 0.5
        drop = float(mean[inside] - mean[outside])
        return float(np.clip((mean[inside] - half) / drop, 0, 1)) if drop > 0 else 0.5

    width = right - left + crossing(left, left - 1) + crossing(right, right + 1)
    return float(np.clip(width, 0.7, 2 * REACH)), (left + right) // 2
