"""Intervals for one pass rate and for the difference of two paired pass rates."""

import math
from typing import Literal

from assay.core.statistics._checks import require_choice, require_count, require_open_ratio
from assay.core.statistics._normal import normal_quantile
from assay.core.statistics.results import Interval


Sides = Literal["both", "lower", "upper"]
"""Which ends of an interval are bounds; the other end of a one-sided one is the range's."""

_BISECTIONS = 80  # halves an interval of width 2 below the spacing of floats near 1e-8


def wilson_interval(successes: int, trials: int, *, level: float = 0.95) -> Interval | None:
    """Wilson's score interval of a proportion.

    ``(p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)`` with ``p = successes / trials``.
    Source: Wilson (1927), JASA 22:209-212; recommended for small n by Brown, Cai, DasGupta
    (2001). Stays inside [0, 1] and keeps a width at 0 and at n successes.

    Args:
        successes: Datapoints that passed.
        trials: Datapoints that were scored; errors and missing ones do not belong here.
        level: Confidence level, ratio in (0, 1).

    Returns:
        The interval as ratios in [0, 1], or None without trials.

    Raises:
        ValueError: A count is negative or no whole number, ``successes > trials``, or the
            level is outside (0, 1).

    Example:
        >>> interval = wilson_interval(8, 10)
        >>> round(interval.low, 4), round(interval.high, 4)
        (0.4902, 0.9433)
    """
    passed = require_count("successes", successes)
    n = require_count("trials", trials)
    z = normal_quantile(0.5 + require_open_ratio("level", level) / 2)
    if passed > n:
        raise ValueError(f"successes ({passed}) cannot exceed trials ({n})")
    if n == 0:
        return None
    z2 = z * z
    centre = (passed + z2 / 2) / (n + z2)
    half = z * math.sqrt(passed * (n - passed) / n + z2 / 4) / (n + z2)
    return Interval(
        low=0.0 if passed == 0 else max(0.0, centre - half),
        high=1.0 if passed == n else min(1.0, centre + half),
        level=level,
        method="wilson",
    )


def paired_difference_interval(
    a_only: int,
    b_only: int,
    both: int,
    neither: int,
    *,
    level: float = 0.95,
    sides: Sides = "both",
) -> Interval | None:
    """Tango's score interval of the difference of two paired pass rates, a − b.

    Holds every d with ``|T(d)| <= z``, where with ``n`` pairs ``T(d) = (a_only - b_only - n·d) /
    sqrt(n·(2q + d(1-d)))`` and ``q`` is the likelihood's best P(b only) when the difference is
    ``d``: the root of ``2n·q² + (-(a_only+b_only) + (2n-a_only+b_only)d)·q - b_only·d(1-d) = 0``.
    Source: Tango (1998), Statistics in Medicine 17:891-908. Keeps a width, and the right one,
    without any discordant pair.

    Args:
        a_only: Datapoints that a passed and b failed.
        b_only: Datapoints that b passed and a failed.
        both: Datapoints that both passed.
        neither: Datapoints that both failed.
        level: Confidence level, ratio in (0, 1), of the bounds that ``sides`` names together.
        sides: ``both``; or one bound at the full level: ``lower`` (high is 1), ``upper``
            (low is -1).

    Returns:
        The interval of a − b as ratios in [-1, 1], or None without pairs.

    Raises:
        ValueError: A count is negative or no whole number, the level is outside (0, 1), or
            ``sides`` is unknown.

    Example:
        The airway example of Fagerland, Lydersen, Laake (2014): 21 children.

        >>> interval = paired_difference_interval(1, 7, 1, 12)
        >>> round(interval.low, 3), round(interval.high, 3)
        (-0.517, -0.026)
    """
    first = require_count("a_only", a_only)
    second = require_count("b_only", b_only)
    n = first + second + require_count("both", both) + require_count("neither", neither)
    require_open_ratio("level", level)
    require_choice("sides", sides, choices=("both", "lower", "upper"))
    if n == 0:
        return None
    z = normal_quantile(0.5 + level / 2 if sides == "both" else level)
    return Interval(
        low=-1.0 if sides == "upper" else -_upper_bound(second, first, n=n, z=z),
        high=1.0 if sides == "lower" else _upper_bound(first, second, n=n, z=z),
        level=level,
        method="tango" if sides == "both" else f"tango-{sides}",
    )


def _upper_bound(more: int, fewer: int, *, n: int, z: float) -> float:
    """Return the d above the estimate at which the score statistic has fallen to -z."""
    low = (more - fewer) / n
    high = 1.0
    if more == n:
        return 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _score(more, fewer, n=n, difference=middle) < -z:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _score(more: int, fewer: int, *, n: int, difference: float) -> float:
    """Tango's statistic T(d) for ``d`` strictly inside (-1, 1).

    A negative d is computed from its mirror image, so that no root is a difference of two
    nearly equal numbers.
    """
    if difference < 0:
        return -_score(fewer, more, n=n, difference=-difference)
    spread = difference * (1.0 - difference)
    linear = -more - fewer + (2 * n - more + fewer) * difference
    root = math.sqrt(linear * linear + 8.0 * n * fewer * spread)
    least = (root - linear) / (4 * n) if linear <= 0 else 2.0 * fewer * spread / (linear + root)
    variance = n * (2.0 * least + spread)
    distance = more - fewer - n * difference
    if variance <= 0.0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)
