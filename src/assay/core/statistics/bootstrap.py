"""Bootstrap intervals for scores that are more than pass or fail.

NumPy is loaded on the first call, not on import.
"""

import math
import operator
from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

from assay.core.statistics._checks import require_choice, require_finite
from assay.core.statistics._plan import Plan
from assay.core.statistics.results import Interval, PairedDifference


Statistic = Literal["mean", "median", "p90", "p95", "p99"]
"""What is computed of each resample."""

BootstrapMethod = Literal["bca", "percentile"]
"""Bias-corrected and accelerated, or the plain percentiles of the resampled statistic."""

_QUANTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def bootstrap_interval(
    values: Iterable[float],
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 10_000,
    statistic: Statistic = "mean",
    method: BootstrapMethod = "bca",
) -> Interval | None:
    """Bootstrap interval of the mean or of a percentile.

    Percentile: the (1±level)/2 quantiles of the statistic over resamples. BCa shifts them by
    the bias ``z0`` and the acceleration ``a`` (from the jackknife). Source: Efron (1987), JASA
    82:171-185.

    Equal values are drawn together as multinomial counts; a resampled percentile is drawn
    directly as an order statistic, ``x[floor(n·U)]`` with a beta-distributed U. For the mean
    of at least 2,000 values no few of which dominate, the resampling distribution is its
    second-order expansion (Hall 1992) within the noise of resampling, and is computed instead
    of drawn; the method then ends in ``-expansion``. The order of the values does not matter.

    Args:
        values: Finite numbers, one per independent datapoint.
        seed: Whole number >= 0; the same seed gives the same interval.
        level: Confidence level, ratio in (0, 1).
        resamples: How many resamples, at least 100.
        statistic: ``mean``, ``median``, ``p90``, ``p95`` or ``p99``.
        method: ``bca`` or ``percentile``.

    Returns:
        The interval in the unit of the values; of zero width where all values are equal; None
        with fewer than two values.

    Raises:
        ValueError: A value is NaN or infinite, or an argument is out of range.

    Example:
        >>> bootstrap_interval([0.5, 0.5, 0.5], seed=1)
        Interval(low=0.5, high=0.5, level=0.95, method='bootstrap-bca')
    """
    numbers = require_finite("values", values)
    require_choice("statistic", statistic, choices=("mean", *_QUANTILES))
    plan = Plan(seed=seed, level=level, resamples=resamples, method=method)
    if statistic == "mean":
        return _mean_interval(numbers, range(len(numbers)), plan=plan)
    if len(numbers) < 2 or min(numbers) == max(numbers):
        return plan.interval(numbers[0], numbers[0]) if len(numbers) > 1 else None
    from assay.core.statistics._resampling import quantile_interval  # loads numpy

    return quantile_interval(numbers, _QUANTILES[statistic], plan=plan)


def cluster_bootstrap_interval(
    values: Iterable[float],
    clusters: Sequence[Hashable],
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 10_000,
    method: BootstrapMethod = "bca",
) -> Interval | None:
    """Bootstrap interval of the mean of values that come in dependent groups.

    Draws whole clusters with replacement, as many as there are, and takes the mean of all
    values in them (sum over sum of sizes). Repeats of one datapoint, turns of one
    conversation and variants of one template are such groups. Source: Davison, Hinkley
    (1997), Bootstrap Methods, section 3.8; why it matters: Miller (2024), arXiv 2411.00640.

    Args:
        values: Finite numbers.
        clusters: The cluster of each value, any hashable label.
        seed: Whole number >= 0.
        level: Confidence level, ratio in (0, 1).
        resamples: How many resamples, at least 100.
        method: ``bca`` or ``percentile``.

    Returns:
        The interval in the unit of the values, or None with fewer than two clusters.

    Raises:
        ValueError: A value is NaN or infinite, the lengths differ, or an argument is out of
            range.

    Example:
        One cluster says nothing about other clusters, however many values it has.

        >>> cluster_bootstrap_interval([1.0, 0.0, 1.0], ["q1", "q1", "q1"], seed=1) is None
        True
    """
    numbers = require_finite("values", values)
    plan = Plan(seed=seed, level=level, resamples=resamples, method=method)
    return _mean_interval(numbers, _codes(clusters, len(numbers)), plan=plan)


def paired_bootstrap(
    a: Iterable[float],
    b: Iterable[float],
    *,
    seed: int,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    resamples: int = 10_000,
    method: BootstrapMethod = "bca",
) -> PairedDifference | None:
    """Mean difference a − b of paired scores, its bootstrap interval, and a p-value.

    The interval is that of ``bootstrap_interval`` (or ``cluster_bootstrap_interval``) over the
    differences. The p-value is of the sign-flip test: were a and b exchangeable, each unit's
    difference could as well have had the other sign; p is the share of sign patterns whose
    |sum| is at least the observed one. Up to 12 differing units all patterns are counted
    (``sign-flip-exact``); beyond, ``resamples`` random ones, ``(1 + hits) / (1 + resamples)``;
    from 2,000 units on, no few dominating, the normal
    limit. Unlike a p-value read off the interval it cannot be
    small on two or three pairs. Source: Fisher (1935); Davison, Hinkley (1997), sections 4.3
    and 5.3.

    Args:
        a: Finite scores of a, one per pair.
        b: Finite scores of b, in the same order.
        seed: Whole number >= 0.
        clusters: The cluster of each pair (repeats of one datapoint); None: pairs are
            independent.
        level: Confidence level, ratio in (0, 1).
        resamples: How many resamples, at least 100.
        method: ``bca`` or ``percentile``.

    Returns:
        The difference, or None without pairs.

    Raises:
        ValueError: A value is NaN or infinite, the lengths differ, or an argument is out of
            range.

    Example:
        Three pairs that all favour a: 2 of the 8 sign patterns are as extreme.

        >>> result = paired_bootstrap([0.9, 0.8, 0.7], [0.5, 0.6, 0.6], seed=1)
        >>> round(result.difference, 4), result.p_value, result.test
        (0.2333, 0.25, 'sign-flip-exact')
    """
    ones, twos = require_finite("a", a), require_finite("b", b)
    if len(ones) != len(twos):
        raise ValueError(f"a and b must be paired: {len(ones)} values and {len(twos)}")
    plan = Plan(seed=seed, level=level, resamples=resamples, method=method)
    codes = range(len(ones)) if clusters is None else _codes(clusters, len(ones))
    if not ones:
        return None
    differences = require_finite("a - b", list(map(operator.sub, ones, twos)))
    from assay.core.statistics._resampling import sign_flip  # loads numpy

    sums, _ = _grouped(differences, codes)
    p_value, test = sign_flip(sums, plan=plan)
    return PairedDifference(
        difference=math.fsum(differences) / len(differences),
        interval=_mean_interval(differences, codes, plan=plan),
        p_value=p_value,
        test=test,
        units=len(sums),
    )


def _mean_interval(numbers: list[float], codes: Sequence[int], *, plan: Plan) -> Interval | None:
    sums, sizes = _grouped(numbers, codes)
    if len(sums) < 2:
        return None
    if min(numbers) == max(numbers):
        return plan.interval(numbers[0], numbers[0])
    from assay.core.statistics._resampling import mean_interval  # loads numpy

    return mean_interval(sums, sizes, plan=plan)


def _codes(clusters: Sequence[Hashable], values: int) -> list[int]:
    """Number the cluster labels by first appearance."""
    if len(clusters) != values:
        raise ValueError(f"every value needs a cluster: {values} values, {len(clusters)} clusters")
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in clusters]


def _grouped(numbers: list[float], codes: Sequence[int]) -> tuple[list[float], list[int]]:
    """Sum and size per code; codes run from 0 without gaps."""
    if isinstance(codes, range):
        return numbers, [1] * len(numbers)
    groups: list[list[float]] = [[] for _ in range(max(codes, default=-1) + 1)]
    for number, code in zip(numbers, codes, strict=True):
        groups[code].append(number)
    return [math.fsum(group) for group in groups], [len(group) for group in groups]
