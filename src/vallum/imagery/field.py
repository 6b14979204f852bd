"""Where one shift does not lay an image on another: a smooth field of shifts.

Tiles on a regular grid vote as in `vallum.imagery.align`. A smooth surface is laid through the
votes that agree: a plane, or a thin plate that is as stiff as the votes allow. How well a surface
fits is measured on votes that it has not seen, so more freedom wins only where the ground really is
displaced that way. What changed between the dates votes for something else than its neighbours and
is left out.

Thin plates: Duchon 1977; Wahba 1990 for the leave-one-out residual.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from vallum.imagery import align, shifted
from vallum.imagery import votes as tiles
from vallum.imagery.votes import Bools, Floats, Moves

_SIDE_PX = 96
_MOST_TILES = 10  # along each axis
_LEAST_TILES = 12
_LEAST_SHARE = 0.15
_LEAST_GAIN = 0.2  # share of the CE90 that a field must take away
_LEAST_GAIN_PX = 0.1
_GOOD_CE90_PX = 0.3  # below it a field could not gain what is asked for
_MOST_ROUNDS = 12
_STIFFNESS = (100.0, 10.0, 1.0, 0.1)
_BAND_PX = 64  # rows at a time

Reals = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """How far `moving` lies from the reference, differently from place to place.

    A thing at (column, row) of the reference is at (column + dx, row + dy) of moving, with dx and
    dy taken from the field there.

    Attributes:
        nodes: (rows, columns) complex moves dx + 1j * dy at `down` x `across`.
        across: columns of the nodes, pixels.
        down: rows of the nodes, pixels.
        before_px: CE90 of the agreeing tiles under one shift.
        ce90_px: their CE90 under this field, each tile against a field made without it.
        rmse_px: root mean square of the same.
        n_tiles: tiles that agree with the field.
        reliability: share of the voting tiles that agree.
        helps: whether the field lowers the residual so clearly that it should be used.
    """

    nodes: Moves
    across: Reals
    down: Reals
    before_px: float
    ce90_px: float
    rmse_px: float
    n_tiles: int
    reliability: float
    helps: bool

    def moves(self, shape: tuple[int, int]) -> Moves:
        """Return (y, x) complex moves for every pixel of an image of this shape."""
        rows = CubicSpline(self.down, np.eye(len(self.down)))(np.arange(shape[0]))
        columns = CubicSpline(self.across, np.eye(len(self.across)))(np.arange(shape[1]))
        return np.asarray(rows @ self.nodes @ columns.T)

    @property
    def reach_px(self) -> int:
        """Pixels; nothing is moved further. A cubic spline stays within twice its knots."""
        return math.ceil(2 * 2 * float(np.abs(self.nodes).max())) + 3

    def places(self, shape: tuple[int, int]) -> Iterator[tuple[slice, Floats, Floats]]:
        """Yield rows, and (y, x) float32 columns and rows of moving that belong to their pixels.

        Few rows at a time: they stay in the cache for whoever takes pixels there.
        """
        rows, columns = (
            CubicSpline(at, np.eye(len(at)))(np.arange(n)).astype(np.float32)
            for at, n in zip((self.down, self.across), shape, strict=True)
        )
        bends = [rows @ part.astype(np.float32) for part in (self.nodes.real, self.nodes.imag)]
        over = np.ascontiguousarray(columns.T)
        own_row, own_column = (np.arange(n, dtype=np.float32) for n in shape)
        for top in range(0, shape[0], _BAND_PX):
            band = slice(top, min(top + _BAND_PX, shape[0]))
            across, down = (bend[band] @ over for bend in bends)
            across += own_column
            down += own_row[band, None]
            yield band, across, down


def measure(
    reference: NDArray[np.generic],
    moving: NDArray[np.generic],
    valid: Bools,
    start: align.Shift,
    *,
    spacing_px: int = 96,
) -> Field:
    """Return the field of shifts around `start`; unmoved from it where no field helps.

    Args:
        reference: (band, y, x) or (y, x).
        moving: the same height and width.
        valid: (y, x) bool, usable in both.
        start: the one shift that fits best; tiles are looked for within 12 px of it.
        spacing_px: distance of the nodes.

    Raises:
        GridMismatch: the three arrays do not have one height and width.
    """
    align.check(reference, moving, valid)
    across, down = (
        np.linspace(0, size - 1, max(2, round(size / spacing_px) + 1)) for size in valid.shape[::-1]
    )
    flat = np.full((len(down), len(across)), start.move)
    votes = _heard(reference, moving, valid, start.move)
    agreeing = _confirmed(votes)
    n_agreeing = int(agreeing.sum())
    plain = np.abs(votes.moves[agreeing] - start.move)
    unmoved = Field(
        nodes=flat,
        across=across,
        down=down,
        before_px=align.ce90(plain),
        ce90_px=align.ce90(plain),
        rmse_px=align.rms(plain),
        n_tiles=n_agreeing,
        reliability=n_agreeing / max(1, len(votes)),
        helps=False,
    )
    if n_agreeing < max(_LEAST_TILES, _LEAST_SHARE * len(votes)):
        return unmoved
    if unmoved.ce90_px < _GOOD_CE90_PX:
        return unmoved
    surface, agreeing, residual = _smoothest(votes, agreeing)
    before = np.abs(votes.moves[agreeing] - start.move)
    before_px, ce90_px = align.ce90(before), align.ce90(residual)
    gain_px = before_px - ce90_px
    if gain_px <= max(_LEAST_GAIN_PX, _LEAST_GAIN * before_px):
        return unmoved
    grid = across + 1j * down[:, None]
    return Field(
        nodes=surface.at(grid.ravel()).reshape(grid.shape),
        across=across,
        down=down,
        before_px=before_px,
        ce90_px=ce90_px,
        rmse_px=align.rms(residual),
        n_tiles=int(agreeing.sum()),
        reliability=float(agreeing.mean()),
        helps=True,
    )


def laid(
    one: NDArray[np.generic],
    other: NDArray[np.generic],
    usable: Bools,
    rest_px: tuple[float, float] = (0.0, 0.0),
) -> tuple[NDArray[np.generic], Bools]:
    """Return the later image laid on the earlier one where one shift did not fit, and its mask.

    It is interpolated once: by the field, or by the rest of the one shift. Both come back as they
    were if there is no rest, unless a smooth field of shifts lowers the residual clearly. The
    field is measured on the pixels at hand and not kept: the same pixels give the same field.

    Args:
        one: (band, y, x), the earlier image.
        other: the same grid, already moved by the one shift that fits best; it keeps its type
            where that is of 8 or 16 bits, and is float32 after a warp otherwise.
        usable: (y, x), in both.
        rest_px: columns and rows, 0 to below 1, by which `other` still lies off.
    """
    if min(usable.shape) >= align.SMALLEST_PX:
        start = replace(align.UNMOVED, dx_px=rest_px[0], dy_px=rest_px[1])
        found = measure(one, other, usable, start)
        if found.helps:
            return _taken(other, usable, found, smooth=not any(rest_px))
    if not any(rest_px):
        return other, usable
    moved, valid = shifted.moved(other, usable, rest_px[::-1])
    laid, seen = np.zeros_like(other), np.zeros_like(usable)
    here = np.s_[: valid.shape[0], : valid.shape[1]]
    laid[:, *here], seen[here] = moved, valid
    return laid, seen & usable


def _taken(
    moving: NDArray[np.generic], valid: Bools, field: Field, *, smooth: bool
) -> tuple[NDArray[np.generic], Bools]:
    """Return (band, y, x) moved by the field, and where it is valid and came from valid pixels.

    Bilinear, or bicubic where `smooth`: for what was interpolated before. Outside of the image the
    nearest pixel is repeated.
    """
    if moving.dtype not in (np.uint8, np.uint16, np.float32):
        moving = moving.astype(np.float32)
    laid, seen = np.empty_like(moving), np.empty_like(valid)
    how, beyond = cv2.INTER_CUBIC if smooth else cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    (height, width), reach = valid.shape, field.reach_px
    for rows, across, down in field.places((height, width)):
        first = min(max(0, rows.start - reach), height - 1)
        part = slice(first, rows.stop + reach)
        mask = valid[part].astype(moving.dtype) * moving.dtype.type(255)
        planes = [*moving[:, part]] if smooth else [*moving[:, part], mask]
        at = across, down - np.float32(first)
        taken = [
            band
            for four in _by_fours(planes)
            for band in cv2.split(cv2.remap(four, *at, how, borderMode=beyond))
        ]
        for whole, band in zip(laid, taken, strict=False):
            whole[rows] = band
        if smooth or rows.start < reach or rows.stop > height - reach:
            share = cv2.remap(mask, *at, cv2.INTER_LINEAR)
        else:
            share = taken[len(laid)]
            for edge in (np.s_[:, :reach], np.s_[:, -reach:]):  # beyond them nothing is usable
                share[edge] = cv2.remap(mask, at[0][edge], at[1][edge], cv2.INTER_LINEAR)
        np.logical_and(valid[rows], share > 0.99 * 255, out=seen[rows])
    return laid, seen


def _by_fours(planes: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Return (y, x, 4) images of them, the last repeated: four take no longer than one."""
    filled = [*planes, *planes[-1:] * (-len(planes) % 4)]
    return [np.asarray(cv2.merge(filled[n : n + 4])) for n in range(0, len(filled), 4)]


def _heard(
    reference: NDArray[np.generic], moving: NDArray[np.generic], valid: Bools, start: complex
) -> tiles.Votes:
    """Return the votes of a regular grid of tiles around a start."""
    side = int(min(_SIDE_PX, max(48, min(valid.shape) // 5)))
    base = complex(round(start.real), round(start.imag))
    rows, columns = (
        tiles.between(size, side, int(by), _MOST_TILES, hop=side * 2 // 3)
        for size, by in zip(valid.shape, (base.imag, base.real), strict=True)
    )
    corners = np.array(list(product(rows, columns)), dtype=np.intp).reshape(-1, 2)
    return tiles.cast(reference, moving, valid, corners, side, base, tiles.texture)


def _confirmed(votes: tiles.Votes) -> Bools:
    """Return the votes that half of their neighbours, and at least three, agree with."""
    if not len(votes):
        return np.zeros(0, bool)
    apart = np.abs(votes.at[:, None] - votes.at)
    # On a large image the tiles do not touch: those of the next row and column are neighbours.
    rows, columns = (np.unique(places) for places in (votes.at.imag, votes.at.real))
    gaps = [float(np.diff(places).min()) for places in (rows, columns) if len(places) > 1]
    reach = 1.1 * max([votes.side, *gaps])
    beside = (apart > 0) & (apart <= reach)
    same = beside & (np.abs(votes.moves[:, None] - votes.moves) <= align.AGREE_PX)
    return np.asarray(same.sum(axis=1) >= np.maximum(3, beside.sum(axis=1) / 2))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Surface:
    """A plane plus bumps at `knots`; thin plate where `bumps` are not all 0."""

    knots: Moves
    unit_px: float
    bumps: Moves
    plane: Moves

    def at(self, places: Moves) -> Moves:
        """Return (n,) complex moves at (n,) complex places."""
        z, knots = places / self.unit_px, self.knots / self.unit_px
        flat = _terms(z) @ self.plane
        return np.asarray(flat + _kernel(z, knots) @ self.bumps)


def _terms(z: Moves) -> Reals:
    return np.stack([np.ones(len(z)), z.real, z.imag], axis=1)


def _kernel(z: Moves, knots: Moves) -> Reals:
    """Return r^2 log r of all distances."""
    squared = np.abs(z[:, None] - knots) ** 2
    return np.asarray(0.5 * squared * np.log(squared + 1e-12))


def _fitted(at: Moves, moves: Moves, unit_px: float, stiffness: float) -> tuple[_Surface, Reals]:
    """Return a surface and, per vote, its distance from the surface made without it."""
    z, n = at / unit_px, len(at)
    terms = _terms(z)
    if np.isinf(stiffness):
        inverse = np.linalg.pinv(terms)
        bumps, plane = np.zeros(n, np.complex128), inverse @ moves
        own = np.einsum("ij,ji->i", terms, inverse)
        rest = moves - terms @ plane
    else:
        matrix = np.zeros((n + 3, n + 3))
        matrix[:n, :n] = _kernel(z, z) + stiffness * np.eye(n)
        matrix[:n, n:], matrix[n:, :n] = terms, terms.T
        inverse = np.linalg.inv(matrix)
        solved = inverse[:, :n] @ moves
        bumps, plane = solved[:n], solved[n:]
        rest = stiffness * bumps
        own = 1 - stiffness * np.diag(inverse)[:n]
    alone = np.abs(rest) / np.maximum(1 - own, 0.05)
    return _Surface(knots=at, unit_px=unit_px, bumps=bumps, plane=plane), alone


def _smoothest(votes: tiles.Votes, agreeing: Bools) -> tuple[_Surface, Bools, Reals]:
    """Return the surface that foretells votes best, who agrees with it, and their residuals.

    From stiff to soft: each begins with the votes that their neighbours confirm, takes in those
    that lie beside it, and drops those that it contradicts.
    """
    unit_px = float(votes.side)
    best = _grown(votes, agreeing, unit_px, np.inf)
    for stiffness in _STIFFNESS:
        softer = _grown(votes, agreeing, unit_px, stiffness)
        if _is_better(softer[1], softer[2], best):
            best = softer
    return best


def _grown(
    votes: tiles.Votes, agreeing: Bools, unit_px: float, stiffness: float
) -> tuple[_Surface, Bools, Reals]:
    """Return a surface through the votes that lie beside it, ring after ring from `agreeing`."""
    surface, alone = _fitted(votes.at[agreeing], votes.moves[agreeing], unit_px, stiffness)
    for _ in range(_MOST_ROUNDS):
        apart = np.abs(votes.moves - surface.at(votes.at))
        apart[agreeing] = np.minimum(alone, 1.5 * apart[agreeing])  # ends foretell badly
        closer = apart <= align.AGREE_PX
        if closer.sum() < _LEAST_TILES or (closer == agreeing).all():
            break
        agreeing = closer
        surface, alone = _fitted(votes.at[agreeing], votes.moves[agreeing], unit_px, stiffness)
    return surface, agreeing, alone


def _is_better(near: Bools, alone: Reals, best: tuple[_Surface, Bools, Reals]) -> bool:
    """Return whether a softer surface foretells clearly more votes, or the same clearly better."""
    more = near.sum() >= 1.1 * best[1].sum()
    return bool(more or (near.sum() >= best[1].sum() and np.mean(alone) < 0.93 * np.mean(best[2])))
