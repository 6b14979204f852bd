"""Totals and shares corrected for known errors of a map or of readers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from vallum.ground.errors import BadInput
from vallum.ground.geodesy import Floats
from vallum.measure.intervals import normal
from vallum.measure.parts import Figure


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjusted:
    """Lengths of each class as they truly are, and how right the map is.

    Every array has one value per class, in the order of the matrix.

    Args:
        length: error-adjusted length (or area), in the unit of `mapped`.
        se: standard error of it.
        low: lower end of the interval, not below 0.
        high: upper end, not above all that was mapped.
        users: share of what is mapped as the class that is the class.
        users_se: standard error of it.
        producers: share of the class that is mapped as such.
        producers_se: standard error of it.
        overall: share that is mapped rightly.
        overall_se: standard error of it.
    """

    length: Floats
    se: Floats
    low: Floats
    high: Floats
    users: Floats
    users_se: Floats
    producers: Floats
    producers_se: Floats
    overall: float
    overall_se: float


def error_adjusted(matrix: Floats, mapped: Floats, *, level: float = 0.95) -> Adjusted:
    """Return the length of each class, corrected for the errors of the map.

    Olofsson et al. (2014, eq. 1-11): a stratified estimate with the map's classes as strata. The
    units that were read must have been drawn by chance within each class.

    Args:
        matrix: (k, k) number of units read; rows as mapped, columns as read.
        mapped: (k,) length, area or number mapped as each class.
        level: chance of each interval to hold the true length.

    Raises:
        BadInput: the shapes differ, or a mapped class has fewer than 2 units read.
    """
    counts, sizes = np.asarray(matrix, float), np.asarray(mapped, float)
    if counts.ndim != 2 or counts.shape != (len(sizes), len(sizes)):
        raise BadInput(
            f"a matrix of {counts.shape} does not fit {len(sizes)} classes; give one row and one "
            "column per class"
        )
    n = counts.sum(axis=1)
    if (n[sizes > 0] < 2).any() or (counts < 0).any():
        raise BadInput("a mapped class has fewer than 2 stretches read; read more of it")
    n = np.maximum(n, 2)
    total = float(sizes.sum())
    weight = sizes / total
    p = counts / n[:, None]
    area = weight @ p
    area_se = np.sqrt((weight[:, None] ** 2 * p * (1 - p) / (n[:, None] - 1)).sum(axis=0))
    users = np.diag(p)
    users_var = users * (1 - users) / (n - 1)
    producers, producers_var = _producers(p, sizes, users_var, n)
    half = normal(level) * area_se
    return Adjusted(
        length=area * total,
        se=area_se * total,
        low=np.maximum(area - half, 0) * total,
        high=np.minimum(area + half, 1) * total,
        users=users,
        users_se=np.sqrt(users_var),
        producers=producers,
        producers_se=np.sqrt(producers_var),
        overall=float(weight @ users),
        overall_se=math.sqrt(float((weight**2) @ users_var)),
    )


def _producers(p: Floats, sizes: Floats, users_var: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return producer's accuracies and their variances (Olofsson et al. 2014, eq. 3 and 7)."""
    found = sizes[:, None] * p
    there = found.sum(axis=0)
    safe = np.where(there > 0, there, np.nan)
    right = np.diag(found) / safe
    spread = sizes[:, None] ** 2 * p * (1 - p) / (n[:, None] - 1)
    elsewhere = spread.sum(axis=0) - np.diag(spread)
    var = ((sizes * (1 - right)) ** 2 * users_var + right**2 * elsewhere) / safe**2
    return right, var


def rogan_gladen(
    share: float,
    n: int,
    *,
    sensitivity: float,
    specificity: float,
    n_sensitivity: float = math.inf,
    n_specificity: float = math.inf,
    level: float = 0.95,
) -> Figure:
    """Return the true share of positive units from the share that error-prone readers call so.

    Rogan & Gladen (1978): (share + specificity - 1) / (sensitivity + specificity - 1). The interval
    is that of Lang & Reiczigel (2014), which adds pseudo-observations and covers 95 % where the
    plain one does not. Of shares of units, not of metres.

    Args:
        share: of n units, called positive.
        n: units read.
        sensitivity: chance that a positive unit is called so.
        specificity: chance that a negative unit is called so.
        n_sensitivity: units that `sensitivity` was measured on; infinite if it is known.
        n_specificity: the same for `specificity`.
        level: chance of the interval to hold the true share.

    Raises:
        BadInput: a share is not within 0 and 1, or n is not positive.
    """
    if not (n > 0 and all(0 <= p <= 1 for p in (share, sensitivity, specificity))):
        raise BadInput(
            f"share {share}, sensitivity {sensitivity} and specificity {specificity} must lie "
            f"within 0 and 1, of a number of units above 0 ({n})"
        )
    base = Figure(
        value=math.nan, low=math.nan, high=math.nan, se=math.nan, df=math.inf, n=n,
        n_positive=round(share * n), estimator="rogan-gladen",
    )  # fmt: skip
    youden = sensitivity + specificity - 1
    if youden <= 0:
        return replace(base, reason="readers do no better than chance, so nothing can be corrected")
    value = (share + specificity - 1) / youden
    se = (
        math.sqrt(
            _share_var(share, n)
            + _share_var(sensitivity, n_sensitivity) * value**2
            + _share_var(specificity, n_specificity) * (1 - value) ** 2
        )
        / youden
    )
    low, high = _lang_reiczigel(
        share, n, sensitivity, n_sensitivity, specificity, n_specificity, normal(level)
    )
    return replace(base, value=min(max(value, 0.0), 1.0), low=low, high=high, se=se)


def _share_var(p: float, n: float) -> float:
    return p * (1 - p) / n


def _lang_reiczigel(
    share: float, n: float, se: float, n_se: float, sp: float, n_sp: float, z: float
) -> tuple[float, float]:
    """Return the interval of Lang & Reiczigel (2014), within 0 and 1."""
    n_, share_ = n + z * z, (n * share + z * z / 2) / (n + z * z)
    se_ = se if math.isinf(n_se) else (n_se * se + 1) / (n_se + 2)
    sp_ = sp if math.isinf(n_sp) else (n_sp * sp + 1) / (n_sp + 2)
    youden = se_ + sp_ - 1
    value = (share_ + sp_ - 1) / youden
    shift = (
        2 * z * z * (value * _share_var(se_, n_se + 2) - (1 - value) * _share_var(sp_, n_sp + 2))
    )
    width = (
        z
        / youden
        * math.sqrt(
            _share_var(share_, n_)
            + value**2 * _share_var(se_, n_se + 2)
            + (1 - value) ** 2 * _share_var(sp_, n_sp + 2)
        )
    )
    low, high = value + shift - width, value + shift + width
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)
