"""How far one image lies from another: sub-pixel translation by tiles that vote.

A coarse search on small copies of both images proposes a few shifts. Around each, tiles with
texture vote for their own shift to a fraction of a pixel (`vallum.imagery.votes`). The votes are
accepted if so many agree as unrelated images would not show by chance, under one shift or under one
with a mild rotation and scale; the shift that fits the agreeing tiles best is the answer. Where
they do not agree the answer says so in `blocked_by`; it is never a guess.

The two images play the same part: with the images swapped the answer is negated.

Phase correlation: Kuglin & Hines 1975. Acceptance by the number of false alarms: Desolneux, Moisan
& Morel 2000; Moisan & Stival 2004.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from vallum.ground.errors import GridMismatch
from vallum.imagery import votes as tiles
from vallum.imagery.votes import Bools, Floats, Moves, Votes

SMALLEST_PX = 96
LARGEST_CE90_PX = 3.0
AGREE_PX = 1.0
_LEAST_TILES = 3
_LEAST_SHARE = 0.2
_FEW_SHARE, _FEW_CE90_PX = 1 / 3, 1.0  # where fewer than a third agree, they must agree closely
MOST_BY_CHANCE = 1e-4
_CERTAIN = 1e-6
_MOST_TILES = 8  # along each axis
_COARSE_PX = 200
_SAME_PIXELS = 100  # the votes are no second witness to the height: both come of the same
_USUAL_HEIGHT, _HEIGHT_SLOPE = 4.4, -0.8
_LARGEST_TURN = 0.012  # rotation in radians, or scale less 1
_N_PROPOSALS = 4
_SMALLER = (2, 3, 4)  # times, where images of full size do not agree
_MOST_PAIRS = 2000
_N_TRIES = 2 * 2 * (_N_PROPOSALS + 1)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How far `moving` lies from `reference`, in pixels, and how well that is known.

    A thing seen at (column, row) of the reference is at (column + dx_px, row + dy_px) of moving.
    On a north-up grid the content of moving must go `-dx_px * gsd` east and `+dy_px * gsd` north
    to lie on the reference.

    Attributes:
        dx_px: columns, positive to the right.
        dy_px: rows, positive downward.
        rmse_px: root mean square distance of the agreeing tiles from (dx_px, dy_px).
        ce90_px: radius around (dx_px, dy_px) that holds 90 % of the agreeing tiles. As the tiles
            may agree on a mild rotation or scale, this is what one shift leaves uncorrected.
        n_tiles: tiles that agree.
        reliability: share of the voting tiles that agree, 0 to 1.
        blocked_by: why the images could not be aligned; empty when they could. When it is not
            empty, the numbers above must not be used.
    """

    dx_px: float
    dy_px: float
    rmse_px: float
    ce90_px: float
    n_tiles: int
    reliability: float
    blocked_by: str = ""

    @property
    def move(self) -> complex:
        """(dx_px, dy_px) as a complex number."""
        return complex(self.dx_px, self.dy_px)


UNMOVED = Shift(dx_px=0.0, dy_px=0.0, rmse_px=0.0, ce90_px=0.0, n_tiles=0, reliability=1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement:
    """Which votes agree, on what, and how often chance alone would do as well.

    Attributes:
        agreeing: (n,) bool.
        move: where they agree, at the middle of the image.
        turn: what the move changes by per pixel away from there (complex: scale - 1 + 1j * angle).
        by_chance: expected number of equally good agreements among unrelated votes.
    """

    agreeing: Bools
    move: complex
    turn: complex
    by_chance: float


def shift(
    reference: NDArray[np.generic],
    moving: NDArray[np.generic],
    valid: Bools,
    *,
    search_px: int = 48,
    smaller: bool = True,
) -> Shift:
    """Return how far `moving` lies from `reference`, as one translation.

    A thing seen at (column, row) of `reference` is at (column + dx_px, row + dy_px) of `moving`.
    A mild rotation or scale (to about 0.01) is tolerated; the shift is then the one of the middle
    of the image, and `ce90_px` tells what it leaves at the others.

    Args:
        reference: (band, y, x) or (y, x), any numeric type; the first three bands are averaged.
        moving: the same height, width and pixel size; the number of bands may differ.
        valid: (y, x) bool, True = usable in both; other pixels do not vote.
        search_px: largest shift looked for, along each axis.
        smaller: try images of half to a quarter of the size where these do not agree.

    Returns:
        Shift; `blocked_by` is set when there is too little texture, when the tiles disagree (two
        different places), or when one shift leaves more than 3 px (CE90).

    Raises:
        GridMismatch: the three arrays do not have one height and width.
    """
    check(reference, moving, valid)
    if min(valid.shape) < SMALLEST_PX:
        return _blocked(f"smaller than {SMALLEST_PX} px")
    if valid.mean() < 0.05:
        return _blocked("too few usable pixels")
    step = int(np.clip(min(valid.shape) // _COARSE_PX, 1, 8))
    small = [_smaller(image, step) for image in (reference, moving)]
    everywhere = bool(valid.all())
    seen = np.ones(small[0].shape, bool) if everywhere else _smaller(valid, step) > 0.5
    outcome = _blocked("too little texture")
    for prepare in (tiles.texture, tiles.edges):
        soft = tiles.softened(seen)
        left, right = (prepare(image, soft) for image in small)
        proposals = _proposals(left, right, seen, -(-search_px // step))
        found = _by_votes(
            reference, moving, valid, [step * move for move in proposals], prepare, search_px
        )
        if not found.blocked_by:
            return found
        if found.reliability >= outcome.reliability:
            outcome = found
    for step in _SMALLER if smaller else ():
        coarser = _at_size(reference, moving, valid, search_px, step)
        if coarser is not None:
            outcome = coarser
        if not outcome.blocked_by:
            break
    return outcome


def _at_size(
    reference: NDArray[np.generic],
    moving: NDArray[np.generic],
    valid: Bools,
    search_px: int,
    step: int,
) -> Shift | None:
    """Return the shift of images `step` times smaller, in full pixels; None where it is refused.

    Haze and leaves take away the fine detail first; what is larger may still agree. So may ground
    that relief moves by some pixels to and fro: there the answer is the middle, and `ce90_px` says
    what it leaves.
    """
    if min(valid.shape) < step * SMALLEST_PX:
        return None
    small = [_smaller(image, step) for image in (reference, moving)]
    found = shift(
        small[0],
        small[1],
        _smaller(valid, step) > 0.99,
        search_px=-(-search_px // step),
        smaller=False,
    )
    if found.blocked_by or step * found.ce90_px > LARGEST_CE90_PX:
        return None
    move = _exactly(reference, moving, valid, step * found.move)
    full = replace(
        found,
        dx_px=float(move.real),
        dy_px=float(move.imag),
        rmse_px=step * found.rmse_px,
        ce90_px=step * found.ce90_px,
    )
    return replace(full, blocked_by=_why_not(full, 0.0, search_px))


def _exactly(
    reference: NDArray[np.generic], moving: NDArray[np.generic], valid: Bools, move: complex
) -> complex:
    """Return a move that is known to a pixel or two as exactly as the large tiles say it."""
    base = complex(round(move.real), round(move.imag))
    votes, _ = _heard(reference, moving, valid, base, tiles.texture, _sides(valid.shape)[0])
    near = np.abs(votes.moves - move) <= 2 * AGREE_PX
    if near.sum() < _LEAST_TILES:
        return move
    return tiles.jointly(votes, near, _median(votes.moves[near]))


def check(
    reference: NDArray[np.generic], moving: NDArray[np.generic], valid: NDArray[np.generic]
) -> None:
    """Raise GridMismatch unless the three arrays have one height and width."""
    if reference.shape[-2:] != moving.shape[-2:] or valid.shape != reference.shape[-2:]:
        raise GridMismatch(
            f"align: reference {reference.shape[-2:]}, moving {moving.shape[-2:]} and valid "
            f"{valid.shape} differ; read all three on one grid"
        )


def _blocked(reason: str) -> Shift:
    return Shift(
        dx_px=0.0,
        dy_px=0.0,
        rmse_px=0.0,
        ce90_px=0.0,
        n_tiles=0,
        reliability=0.0,
        blocked_by=reason,
    )


def _smaller(image: NDArray[np.generic], step: int) -> Floats:
    """Return (y, x) float32: the mean of the first three bands, `step` pixels made one."""
    bands = image[None] if image.ndim == 2 else image[:3]
    if bands.dtype not in (np.uint8, np.uint16, np.float32):
        bands = bands.astype(np.float32)
    shape = (bands.shape[2] // step, bands.shape[1] // step)
    rows, columns = shape[1] * step, shape[0] * step
    total = np.zeros(shape[::-1], np.float32)
    for band in bands:
        cut = np.ascontiguousarray(band[:rows, :columns])
        total += cv2.resize(cut, shape, interpolation=cv2.INTER_AREA) if step > 1 else cut
    return np.asarray(total / np.float32(len(bands)), dtype=np.float32)


def _proposals(left: Floats, right: Floats, seen: Bools, reach: int) -> list[complex]:
    """Return a few moves in pixels of the small images, best first."""
    reach = min(reach + 1, min(left.shape) // 2)
    shape = tuple(fft.next_fast_len(n + reach, real=True) for n in left.shape)
    score = _lags(left, right, shape, reach)
    if seen.all():
        rows, columns = (n - np.abs(np.arange(-reach, reach + 1)) for n in left.shape)
        shared = np.outer(rows, columns).astype(np.float32)
    else:
        mask = seen.astype(np.float32)
        shared = np.maximum(_lags(mask, mask, shape, reach), 0.2 * float(mask.sum()) + 1)
    score = cv2.GaussianBlur(score / np.sqrt(shared), (0, 0), 0.7)
    proposals = []
    for _ in range(_N_PROPOSALS):
        row, column = np.unravel_index(int(np.argmax(score)), score.shape)
        across = _summit(score[row, max(0, column - 1) : column + 2])
        down = _summit(score[max(0, row - 1) : row + 2, column])
        proposals.append(complex(column + across - reach, row + down - reach))
        score[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = -np.inf
    return [*proposals, 0j]


def _lags(left: Floats, right: Floats, shape: tuple[int, ...], reach: int) -> Floats:
    """Return the correlation for all whole moves up to `reach`, nothing wrapped around."""
    both = np.conj(fft.rfft2(left, shape)) * fft.rfft2(right, shape)
    around = np.roll(fft.irfft2(both, shape), (reach, reach), (0, 1))
    return np.asarray(around[: 2 * reach + 1, : 2 * reach + 1], dtype=np.float32)


def _summit(line: NDArray[np.float32]) -> float:
    """Return where a parabola through three values has its top; 0 where there is none."""
    if line.size < 3 or not np.isfinite(line).all():
        return 0.0
    bend = float(line[0] + line[2] - 2 * line[1])
    return float(np.clip((line[0] - line[2]) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


def _by_votes(
    reference: NDArray[np.generic],
    moving: NDArray[np.generic],
    valid: Bools,
    proposals: list[complex],
    prepare: Callable[[Floats, Floats | None], Floats],
    search_px: int,
) -> Shift:
    """Return the verdict of the tiles around the proposal on which they agree best."""
    best: tuple[Votes, Agreement] | None = None
    bases: list[complex] = []
    for proposal in proposals:
        base = complex(round(proposal.real), round(proposal.imag))
        if all(abs(base - other) > tiles.REACH_PX / 2 for other in bases):
            bases.append(base)
    # Few large tiles say it exactly. Many small ones, each less sure, outweigh chance better.
    for side, base in product(_sides(valid.shape), bases):
        votes, found = _heard(reference, moving, valid, base, prepare, side)
        if abs(found.move - base) > tiles.REACH_PX / 4 and found.by_chance < 1:
            nearer = complex(round(found.move.real), round(found.move.imag))
            votes, found = _heard(reference, moving, valid, nearer, prepare, side)
        if best is None or found.by_chance < best[1].by_chance:
            best = votes, found
        if found.by_chance < _CERTAIN or not len(votes):
            break
    if best is None:
        return _blocked("too little texture")
    found_shift = _verdict(*best, search_px)
    if found_shift.blocked_by or best[1].turn or best[0].side == _sides(valid.shape)[0]:
        return found_shift
    move = _exactly(reference, moving, valid, found_shift.move)
    return replace(found_shift, dx_px=float(move.real), dy_px=float(move.imag))


def _sides(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return two sides of tiles in pixels: a quarter of a small image, at most 128, and half it."""
    side = int(np.clip(min(shape) // 4 // 16 * 16, 48, 128))
    return side, max(32, side // 2)


def _heard(
    reference: NDArray[np.generic],
    moving: NDArray[np.generic],
    valid: Bools,
    base: complex,
    prepare: Callable[[Floats, Floats | None], Floats],
    side: int,
) -> tuple[Votes, Agreement]:
    """Return the votes around one whole-pixel move and what they agree on."""
    rows, columns = (
        tiles.between(size, side, int(by), _MOST_TILES)
        for size, by in zip(valid.shape, (base.imag, base.real), strict=True)
    )
    corners = np.array(list(product(rows, columns)), dtype=np.intp).reshape(-1, 2)
    votes = tiles.cast(reference, moving, valid, corners, side, base, prepare)
    middle = complex((valid.shape[1] - 1) / 2, (valid.shape[0] - 1) / 2)
    return votes, agreement(votes, middle)


def agreement(votes: Votes, middle: complex) -> Agreement:
    """Return the largest group of votes that agree on one move, or on a move and a mild turn.

    Args:
        votes: what the tiles say.
        middle: of the image, in pixels.
    """
    at, moves, n_votes = votes.at - middle, votes.moves, len(votes)
    if n_votes < _LEAST_TILES:
        return Agreement(agreeing=np.zeros(n_votes, bool), move=0j, turn=0j, by_chance=np.inf)
    near = np.abs(moves[:, None] - moves) <= AGREE_PX
    agreeing = near[int(near.sum(axis=1).argmax())]
    for _ in range(3):
        move = _median(moves[agreeing])
        agreeing = np.abs(moves - move) <= AGREE_PX
    crowd = _crowd(at, votes.side)
    plain = Agreement(
        agreeing=agreeing,
        move=move,
        turn=0j,
        by_chance=_by_chance(int(agreeing.sum()) / crowd, n_votes / crowd, 1, n_votes),
    )
    plain = min(plain, _together(votes, crowd), key=lambda one: one.by_chance)
    turned = _turned(at, moves, votes.side, crowd)
    # A turn has more freedom: it must explain clearly more than its greater chance.
    return turned if turned and turned.by_chance < 1e-2 * plain.by_chance else plain


def _together(votes: Votes, crowd: float) -> Agreement:
    """Return the agreement with the top of all correlations together.

    What is too faint for a tile to vote for can still be clear in all of them. Heights as over
    images of different places were measured on NAIP and Landsat images (public domain).
    """
    common, height = tiles.in_common(votes)
    agreeing = np.abs(votes.moves - common) <= AGREE_PX
    n_agreeing = int(agreeing.sum())
    by_chance = np.inf
    if n_agreeing >= _LEAST_TILES:
        as_high = 10.0 ** float(np.clip(_HEIGHT_SLOPE * (height - _USUAL_HEIGHT), -4, 0))
        by_chance = as_high * _by_chance(n_agreeing / crowd, len(votes) / crowd, 0, _SAME_PIXELS)
    # The clipped top is flat: the votes say more exactly where it is.
    move = _median(votes.moves[agreeing]) if n_agreeing else common
    return Agreement(agreeing=agreeing, move=move, turn=0j, by_chance=by_chance)


def _crowd(at: Moves, side: int) -> float:
    """Return how many overlapping tiles say what one would: their number over the area's."""
    crowd = 1.0
    for places in (np.unique(at.real), np.unique(at.imag)):
        crowd *= max(1.0, len(places) * side / (float(np.ptp(places)) + side))
    return crowd


def _median(moves: Moves) -> complex:
    return complex(np.median(moves.real), np.median(moves.imag)) if len(moves) else 0j


def _turned(at: Moves, moves: Moves, side: int, crowd: float) -> Agreement | None:
    """Return the largest agreement on a move with a mild rotation and scale, if there is one.

    Every pair of tiles that lie apart proposes one.
    """
    n_votes = len(moves)
    one, other = np.triu_indices(n_votes, 1)
    apart = at[other] - at[one]
    far = np.abs(apart) >= 2 * side
    # A few thousand pairs hold enough good ones.
    chosen = np.flatnonzero(far)[:: max(1, int(far.sum()) // _MOST_PAIRS)]
    far = np.zeros_like(far)
    far[chosen] = True
    one, other = one[far], other[far]
    turns = (moves[other] - moves[one]) / apart[far]
    mild = np.abs(turns) <= _LARGEST_TURN
    one, turns = one[mild], turns[mild]
    if not len(one):
        return None
    starts = moves[one] - turns * at[one]
    counts = (np.abs(moves - starts[:, None] - turns[:, None] * at) <= AGREE_PX).sum(axis=1)
    best = int(counts.argmax())
    move, turn = complex(starts[best]), complex(turns[best])
    for _ in range(3):
        agreeing = np.abs(moves - move - turn * at) <= AGREE_PX
        if agreeing.sum() < _LEAST_TILES:
            return None
        terms = np.stack([np.ones(int(agreeing.sum())), at[agreeing]], axis=1)
        (move, turn), *_ = np.linalg.lstsq(terms, moves[agreeing], rcond=None)
    if abs(turn) > _LARGEST_TURN:
        return None
    return Agreement(
        agreeing=agreeing,
        move=complex(move),
        turn=complex(turn),
        by_chance=_by_chance(
            int(agreeing.sum()) / crowd, n_votes / crowd, 2, n_votes * (n_votes - 1) // 2
        ),
    )


def _by_chance(n_agreeing: float, n_votes: float, n_free: int, n_models: int) -> float:
    """Return how often unrelated tiles would agree this well, over all that is tried.

    A tile without a match lands anywhere within its reach, so its vote is beside a given place
    with the ratio of the two areas. `n_free` tiles define the model and agree with it for nothing.
    The tail of the binomial distribution, continued to fractions of tiles.
    """
    beside = np.pi * AGREE_PX**2 / (2 * tiles.REACH_PX + 1) ** 2
    beyond = n_agreeing - n_free
    if beyond <= 0 or n_agreeing < _LEAST_SHARE * n_votes:
        return np.inf
    tail = special.betainc(beyond, n_votes - n_free - beyond + 1, beside)
    return float(_N_TRIES * n_models * tail)


def ce90(distances: NDArray[np.float64]) -> float:
    """Return the radius that holds 90 % of the distances; 0 without any."""
    return float(np.quantile(distances, 0.9)) if len(distances) else 0.0


def rms(distances: NDArray[np.float64]) -> float:
    """Return the root mean square of the distances; 0 without any."""
    return float(np.sqrt(np.mean(np.square(distances)))) if len(distances) else 0.0


def _verdict(votes: Votes, found: Agreement, search_px: int) -> Shift:
    """Return the shift on which the tiles agree, or why it cannot be used."""
    n_votes, n_agreeing = len(votes), int(found.agreeing.sum())
    if n_votes < _LEAST_TILES:
        return _blocked("too little texture")
    move = found.move
    if n_agreeing and not found.turn:
        move = tiles.jointly(votes, found.agreeing, move)
    apart = np.abs(votes.moves[found.agreeing] - move)
    outcome = Shift(
        dx_px=float(move.real),
        dy_px=float(move.imag),
        rmse_px=rms(apart),
        ce90_px=ce90(apart),
        n_tiles=n_agreeing,
        reliability=n_agreeing / n_votes,
    )
    return replace(outcome, blocked_by=_why_not(outcome, found.by_chance, search_px))


def _why_not(found: Shift, by_chance: float, search_px: int) -> str:
    """Return why a shift cannot be used; empty when it can."""
    if by_chance > MOST_BY_CHANCE:
        return "the tiles disagree: two different places, or too much has changed"
    if max(abs(found.dx_px), abs(found.dy_px)) > search_px + 1:
        return f"shift is over {search_px} px"
    if found.reliability < _FEW_SHARE and found.ce90_px > _FEW_CE90_PX:
        return (
            f"only {found.reliability:.0%} of the tiles agree, and only to {found.ce90_px:.1f} px: "
            "too much has changed, or relief moves the parts by different amounts"
        )
    if found.ce90_px > LARGEST_CE90_PX:
        return f"one shift leaves {found.ce90_px:.1f} px (CE90; limit {LARGEST_CE90_PX} px)"
    return ""
