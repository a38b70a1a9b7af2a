"""Exact distribution of a sum of many small independent counts.

Direct convolution, not a Fourier transform: only sums of products of non-negative numbers, so
that far tails keep their relative precision.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


NEGLIGIBLE_MASS = 1e-100
"""Ends of a distribution with less than this are cut off; the mass cut is added to p-values."""


@dataclass(frozen=True, slots=True)
class CountDistribution:
    """P(X = first + i) = mass[i], and how much mass was cut off at the ends."""

    first: int
    mass: NDArray[np.float64]  # (outcomes,) float64
    cut: float

    def lower_tail(self, outcome: int, *, mid: bool) -> float:
        """P(X <= outcome), the outcome itself counting half when ``mid``; never too small."""
        return self._tail(self.mass, outcome - self.first, mid=mid)

    def upper_tail(self, outcome: int, *, mid: bool) -> float:
        """P(X >= outcome), the outcome itself counting half when ``mid``; never too small."""
        last = self.first + len(self.mass) - 1
        return self._tail(self.mass[::-1], last - outcome, mid=mid)

    def _tail(self, mass: NDArray[np.float64], position: int, *, mid: bool) -> float:
        if position < 0:
            return self.cut
        tail = float(mass[: position + 1].sum())
        own = float(mass[position]) if mid and position < len(mass) else 0.0
        return tail - 0.5 * own + self.cut


def sum_of_counts(parts: Iterable[tuple[int, list[float], int]]) -> CountDistribution:
    """Distribution of the sum of independent counts.

    Args:
        parts: Per kind of count (its smallest outcome, its probabilities from there on, how
            many of this kind).

    Returns:
        The distribution; the constant 0 without parts.
    """
    powers = [
        _power(CountDistribution(first, np.asarray(mass, dtype=np.float64), 0.0), times)
        for first, mass, times in parts
    ]
    queue = [(len(power.mass), order, power) for order, power in enumerate(powers)]
    heapq.heapify(queue)
    while len(queue) > 1:
        _, order, smaller = heapq.heappop(queue)
        _, _, larger = heapq.heappop(queue)
        merged = _add(smaller, larger)
        heapq.heappush(queue, (len(merged.mass), order, merged))
    return queue[0][2] if queue else CountDistribution(0, np.ones(1), 0.0)


def _power(base: CountDistribution, times: int) -> CountDistribution:
    """Distribution of the sum of ``times`` >= 1 copies, by squaring."""
    total: CountDistribution | None = None
    while True:
        if times & 1:
            total = base if total is None else _add(total, base)
        times >>= 1
        if not times:
            break
        base = _add(base, base)
    return base if total is None else total


def _add(one: CountDistribution, two: CountDistribution) -> CountDistribution:
    mass = np.convolve(one.mass, two.mass)
    mass /= mass.sum()
    below = int(np.searchsorted(np.cumsum(mass), NEGLIGIBLE_MASS))
    above = int(np.searchsorted(np.cumsum(mass[::-1]), NEGLIGIBLE_MASS))
    cut = (
        one.cut
        + two.cut
        + (NEGLIGIBLE_MASS if below else 0.0)
        + (NEGLIGIBLE_MASS if above else 0.0)
    )
    return CountDistribution(one.first + two.first + below, mass[below : len(mass) - above], cut)
