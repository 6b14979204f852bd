"""What a known place reaches in an image against what other places there reach by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Odds:
    """How a thing stands out at its place; 1 = as much as when it was accepted.

    Attributes:
        here: what its place reaches.
        others: what other places of the same image reach.
        with_it: what they would reach with the weakened thing on them.
        threshold: what must be reached to count as standing there.
    """

    here: float
    others: Doubles
    with_it: Doubles
    threshold: float

    @property
    def stands(self) -> bool:
        """Whether the place reaches the threshold."""
        return self.here >= self.threshold

    @property
    def snr(self) -> float:
        """How far the place stands out of the others, in their spread."""
        return (self.here - float(np.median(self.others))) / spread(self.others)

    @property
    def power(self) -> float:
        """Share of the other places at which the weakened thing would reach the threshold."""
        return float((self.with_it >= self.threshold).mean())


def spread(values: Doubles) -> float:
    """Return a spread that neither one other fence nor a heavy tail makes too small."""
    middle, above, high = np.quantile(values, (0.5, 0.84, 0.95))
    mad = 1.4826 * float(np.median(np.abs(values - middle)))
    return max(mad, float(above - middle), float(high - middle) / 1.645, 1e-6)
