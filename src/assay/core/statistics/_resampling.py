"""Resampling in NumPy: in pieces of fixed memory, each distinct unit drawn once.

A unit is what is resampled: a value, or a cluster with its sum and its size.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.core.statistics._binomial import SMALLEST_P_VALUE
from assay.core.statistics._normal import normal_cdf, normal_quantile
from assay.core.statistics._plan import Plan
from assay.core.statistics.results import Interval


Floats = NDArray[np.float64]

EXPANSION_FROM_UNITS = 2_000
"""From here on the distribution of a mean is computed, if no few units dominate it."""

HEAVIEST_TAIL = 0.005
"""Units dominate when kurtosis / n, ``sum d⁴ / (sum d²)²``, exceeds this.

The first term that the expansion leaves out is then below 0.002 standard errors, far less than
the noise of 10,000 resamples.
"""

EXACT_FLIPS_UP_TO = 12

_PIECE_NUMBERS = 1 << 20  # numbers held at once: 8 MiB of float64
_MULTINOMIAL_COST = 25  # drawing one multinomial cell costs about this many index draws
_SAME = 1e-12  # relative; sums in another order differ by less


@dataclass(frozen=True, slots=True)
class _Units:
    """Distinct units in ascending order, each with how often it occurs."""

    sums: Floats  # (distinct,)
    sizes: Floats  # (distinct,)
    times: NDArray[np.int64]  # (distinct,)

    @property
    def count(self) -> int:
        return int(self.times.sum())

    @property
    def mean(self) -> float:
        return _dot(self.times, self.sums) / _dot(self.times, self.sizes)


def mean_interval(sums: Sequence[float], sizes: Sequence[int], *, plan: Plan) -> Interval:
    """Interval of sum over size, units drawn with replacement; at least two units."""
    numbers, scale = _scaled(sums)
    plan = plan.scaled(scale)
    units = _distinct(numbers, np.asarray(sizes, dtype=np.float64))
    times = units.times
    if len(times) == 1:
        return plan.interval(units.mean, units.mean)
    deviations = units.sums - units.mean * units.sizes  # the mean's derivative, times total size
    if units.count >= EXPANSION_FROM_UNITS and not _dominated(deviations, times):
        return _expansion_interval(units, deviations, plan=plan)
    totals = _dot(units.times, units.sums), _dot(units.times, units.sizes)
    left_out = (totals[0] - units.sums) / (totals[1] - units.sizes)
    resampled = _resampled_means(units, plan=plan)
    return _interval(resampled, units.mean, _acceleration(left_out, times), plan=plan)


def quantile_interval(values: Sequence[float], q: float, *, plan: Plan) -> Interval:
    """Interval of the q-quantile (0 to 1, linear interpolation); at least two values."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    resampled = _resampled_quantiles(ordered, q, plan=plan)
    left_out = _quantiles_without_one(ordered, q)
    acceleration = _acceleration(left_out, np.ones(len(ordered), dtype=np.int64))
    return _interval(resampled, float(np.quantile(ordered, q)), acceleration, plan=plan)


def sign_flip(sums: Sequence[float], *, plan: Plan) -> tuple[float, str]:
    """Two-sided p-value of the sum when each unit's sign is a fair coin, and the test's name."""
    numbers, _ = _scaled(sums)
    units = np.abs(numbers)
    units = units[units > 0]
    total = abs(math.fsum(numbers.tolist()))
    bound = total - _SAME * float(units.sum())
    if len(units) <= EXACT_FLIPS_UP_TO:
        patterns = np.array(list(itertools.product((-1.0, 1.0), repeat=len(units))))
        return float(np.mean(np.abs(patterns @ units) >= bound)), "sign-flip-exact"
    size, times = np.unique(units, return_counts=True)
    if len(units) >= EXPANSION_FROM_UNITS and not _dominated(size, times):
        z = total / math.sqrt(_dot(times, size**2))
        return max(2.0 * normal_cdf(-z), SMALLEST_P_VALUE), "sign-flip-normal"
    rng = np.random.default_rng(plan.seed)
    hits = sum(
        int(np.count_nonzero(np.abs(sample) >= bound))
        for sample in _flipped_sums(size, times, rng=rng, resamples=plan.resamples)
    )
    return (1 + hits) / (1 + plan.resamples), "sign-flip"


def _dot(ones: NDArray[np.int64], others: Floats) -> float:
    """Return the sum of products, in this thread: BLAS would wake others for so little."""
    return float((ones * others).sum())


def _scaled(sums: Sequence[float]) -> tuple[Floats, float]:
    """Return the sums divided by a power of two close to the largest, which is exact."""
    numbers = np.asarray(sums, dtype=np.float64)
    _, exponent = math.frexp(float(np.abs(numbers).max()))
    scale = math.ldexp(1.0, max(-1000, min(1000, exponent)))
    return numbers / scale, scale


def _distinct(sums: Floats, sizes: Floats) -> _Units:
    if (sizes == sizes[0]).all():  # reals sort many times sooner than pairs
        values, times = np.unique(sums, return_counts=True)
        return _Units(values, np.full(len(values), sizes[0]), times)
    pairs, times = np.unique(sums + 1j * sizes, return_counts=True)
    return _Units(pairs.real.copy(), pairs.imag.copy(), times)


def _flipped_sums(
    size: Floats, times: NDArray[np.int64], *, rng: np.random.Generator, resamples: int
) -> Iterator[Floats]:
    """Random-sign sums: of many equal units only the number of plus signs is drawn."""
    n = int(times.sum())
    if len(size) * _MULTINOMIAL_COST < n:
        for rows in _pieces(resamples, width=len(size)):
            yield (2 * rng.binomial(times, 0.5, size=(rows, len(size))) - times) @ size
        return
    units = np.repeat(size, times)
    for rows in _pieces(resamples, width=n):
        plus = rng.integers(0, 2, size=(rows, n), dtype=np.int8)
        yield 2 * (plus @ units) - units.sum()


def _resampled_means(units: _Units, *, plan: Plan) -> Floats:
    rng = np.random.default_rng(plan.seed)
    n, distinct = units.count, len(units.times)
    if distinct * _MULTINOMIAL_COST < n:
        share = units.times / n
        drawn = [
            _ratio(rng.multinomial(n, share, size=rows), units)
            for rows in _pieces(plan.resamples, width=distinct)
        ]
    else:
        sums, sizes = np.repeat(units.sums, units.times), np.repeat(units.sizes, units.times)
        drawn = []
        for rows in _pieces(plan.resamples, width=n):
            chosen = rng.integers(0, n, size=(rows, n))
            drawn.append(sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1))
    return np.concatenate(drawn)


def _ratio(counts: NDArray[np.int64], units: _Units) -> Floats:
    ratio: Floats = (counts @ units.sums) / (counts @ units.sizes)
    return ratio


def _resampled_quantiles(ordered: Floats, q: float, *, plan: Plan) -> Floats:
    """Quantiles of resamples: value k of a sorted resample is ``x[floor(n·U)]``.

    U, the k-th of n sorted uniforms (from 1), is Beta(k, n+1-k); the next one cuts a
    Beta(1, n-k) share off the rest.
    """
    rng = np.random.default_rng(plan.seed)
    n = len(ordered)
    position = (n - 1) * q
    below = min(math.floor(position), n - 2)
    share = position - below
    lower = rng.beta(below + 1, n - below, size=plan.resamples)
    upper = lower + (1 - lower) * rng.beta(1, n - below - 1, size=plan.resamples)
    low, high = (ordered[np.minimum((n * u).astype(np.int64), n - 1)] for u in (lower, upper))
    mixed: Floats = np.where(low == high, low, low * (1 - share) + high * share)
    return mixed


def _quantiles_without_one(ordered: Floats, q: float) -> Floats:
    """Return the q-quantile of the values without the i-th, for each i; shape (n,)."""
    n = len(ordered)
    position = (n - 2) * q
    below = math.floor(position)
    share = position - below
    removed = np.arange(n)
    low = ordered[below + (removed <= below)]
    above = min(below + 1, n - 2)
    high = ordered[above + (removed <= above)]
    mixed: Floats = low * (1 - share) + high * share
    return mixed


def _interval(resampled: Floats, estimate: float, acceleration: float, *, plan: Plan) -> Interval:
    ends = [0.5 - plan.level / 2, 0.5 + plan.level / 2]
    if plan.method == "bca":
        bias = _bias(resampled, estimate)
        ends = [normal_cdf(_shifted(end, bias, acceleration)) for end in ends]
    low, high = np.quantile(resampled, ends)
    return plan.interval(float(low), float(high))


def _bias(resampled: Floats, estimate: float) -> float:
    """z0: where the estimate lies in the resampling distribution; ties count half."""
    tolerance = _SAME * max(abs(estimate), float(np.abs(resampled).max()))
    less = np.count_nonzero(resampled < estimate - tolerance)
    at_most = np.count_nonzero(resampled <= estimate + tolerance)
    share = (less + at_most) / (2 * len(resampled))
    least = 0.5 / len(resampled)
    return normal_quantile(min(max(share, least), 1 - least))


def _shifted(end: float, bias: float, acceleration: float) -> float:
    """Return the normal score of a BCa end: ``z0 + (z0 + z) / (1 - a·(z0 + z))``."""
    moved = bias + normal_quantile(end)
    rest = 1 - acceleration * moved
    return bias + moved / rest if rest > 0 else math.copysign(math.inf, moved)


def _acceleration(left_out: Floats, times: NDArray[np.int64]) -> float:
    """Return ``sum d³ / (6 (sum d²)^1.5)`` over the jackknife's deviations."""
    mean = _dot(times, left_out) / int(times.sum())
    deviations = mean - left_out
    largest = float(np.abs(deviations).max())
    if largest <= _SAME * max(abs(mean), float(np.abs(left_out).max())):
        return 0.0
    deviations /= largest
    return _sixth_skewness(deviations, times)


def _sixth_skewness(deviations: Floats, times: NDArray[np.int64]) -> float:
    square = _dot(times, deviations**2)
    return _dot(times, deviations**3) / (6 * square * math.sqrt(square))


def _expansion_interval(units: _Units, deviations: Floats, *, plan: Plan) -> Interval:
    """Interval from the second-order expansion of the mean; its z0 and a are both k/6·sqrt(n).

    The resampling distribution's quantile at normal score w is ``mean + se·(w + a(w² - 1))``.
    """
    error = math.sqrt(_dot(units.times, deviations**2)) / _dot(units.times, units.sizes)
    skew = _sixth_skewness(deviations, units.times)

    def at(end: float) -> float:
        bca = plan.method == "bca"
        score = _shifted(end, skew, skew) if bca else normal_quantile(end)
        return units.mean + error * (score + skew * (score * score - 1))

    return plan.interval(at(0.5 - plan.level / 2), at(0.5 + plan.level / 2), suffix="-expansion")


def _dominated(deviations: Floats, times: NDArray[np.int64]) -> bool:
    return _dot(times, deviations**4) > HEAVIEST_TAIL * _dot(times, deviations**2) ** 2


def _pieces(resamples: int, *, width: int) -> Iterator[int]:
    """Split ``resamples`` rows of ``width`` numbers into pieces of bounded memory."""
    rows = max(1, _PIECE_NUMBERS // max(1, width))
    for start in range(0, resamples, rows):
        yield min(rows, resamples - start)
