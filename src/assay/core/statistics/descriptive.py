"""Spread and position of a list of numbers."""

import math
import operator
from collections.abc import Iterable

from assay.core.statistics._checks import require_finite


def sample_standard_deviation(values: Iterable[float]) -> float | None:
    """Standard deviation of a sample, ``sqrt(sum (x - mean)² / (n - 1))``.

    Args:
        values: Finite numbers.

    Returns:
        The deviation in the unit of the values, >= 0, or None with fewer than two values.

    Raises:
        ValueError: A value is NaN or infinite.

    Example:
        >>> sample_standard_deviation([1, 2, 3, 4, 5]) == 2.5**0.5
        True
    """
    numbers = require_finite("values", values)
    if len(numbers) < 2:
        return None
    if min(numbers) == max(numbers):
        return 0.0
    mean = math.fsum(numbers) / len(numbers)
    deviations = [x - mean for x in numbers]
    squares = math.fsum(map(operator.mul, deviations, deviations))
    return math.sqrt(squares / (len(numbers) - 1))


def percentile(values: Iterable[float], q: float) -> float | None:
    """Return the q-th percentile, interpolated linearly between the two nearest values.

    The value at position ``(n - 1)·q/100`` of the sorted list, counting from 0. Source:
    definition 7 of Hyndman, Fan (1996), Am. Stat. 50:361-365, NumPy's default.

    Args:
        values: Finite numbers.
        q: Percent, 0 to 100.

    Returns:
        The percentile in the unit of the values, or None without values.

    Raises:
        ValueError: A value is NaN or infinite, or ``q`` is outside [0, 100].

    Example:
        >>> percentile([1, 2, 3, 4], 95)
        3.8499999999999996
    """
    if not 0 <= q <= 100:
        raise ValueError(f"q must be a percentage between 0 and 100, got {q!r}")
    ordered = sorted(require_finite("values", values))
    if not ordered:
        return None
    position = (len(ordered) - 1) * (q / 100)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return interpolate(ordered[below], ordered[above], share=position - below)


def interpolate(low: float, high: float, *, share: float) -> float:
    """Return the point that lies ``share`` (0 to 1) of the way from low to high.

    Counts from the nearer end, so that both ends are hit exactly.
    """
    step = high - low
    return high - step * (1 - share) if share >= 0.5 else low + step * share
