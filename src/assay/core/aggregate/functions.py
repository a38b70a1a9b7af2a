"""How many numbers become one."""

import math
import sys
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction

from assay.core.errors import InvalidInputError
from assay.core.statistics.descriptive import interpolate


class AggregateFunction(StrEnum):
    """The functions that ``aggregate_function=`` names."""

    AVERAGE = "average"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    COUNT = "count"


_QUANTILES = {
    AggregateFunction.MEDIAN: 0.5,
    AggregateFunction.P90: 0.9,
    AggregateFunction.P95: 0.95,
    AggregateFunction.P99: 0.99,
}


def parse_function(name: str) -> AggregateFunction:
    """Return the function called ``name``.

    Raises:
        InvalidInputError: If there is none; the message lists them.
    """
    try:
        return AggregateFunction(name)
    except ValueError:
        known = ", ".join(AggregateFunction)
        raise InvalidInputError(
            f"There is no aggregate function {name!r}; use one of: {known}."
        ) from None


def aggregate(values: Sequence[float], function: AggregateFunction) -> float | None:
    """Return one number for ``values``, or None where there is nothing to aggregate.

    The order of ``values`` never matters: sums are exactly rounded (``math.fsum``), and
    quantiles interpolate linearly between order statistics (Hyndman & Fan 1996, type 7):
    the p90 of 1, 2, ..., 10 is 9.1.
    """
    if function is AggregateFunction.COUNT:
        return len(values)
    if not values:
        return None
    if function in _QUANTILES:
        return _quantile(sorted(values), _QUANTILES[function])
    if function is AggregateFunction.MIN:
        return min(values)
    if function is AggregateFunction.MAX:
        return max(values)
    return _average(values) if function is AggregateFunction.AVERAGE else _sum(values)


def _average(values: Sequence[float]) -> float:
    total = _total(values)
    if isinstance(total, float):
        return total / len(values)
    return float(total / len(values))


def _sum(values: Sequence[float]) -> float:
    """Return the exactly rounded sum, held at the largest finite number if it overflows."""
    total = _total(values)
    return (
        total
        if isinstance(total, float)
        else math.copysign(sys.float_info.max, 1 if total > 0 else -1)
    )


def _total(values: Sequence[float]) -> float | Fraction:
    """Return the exactly rounded sum, or the exact one where no float holds it.

    ``math.fsum`` may overflow on the way to a sum that a float holds, in one order of the
    values and not in another; then the sum is made of fractions.
    """
    try:
        return math.fsum(values)
    except OverflowError:
        exact = sum(map(Fraction, values), Fraction(0))
    try:
        return float(exact)
    except OverflowError:
        return exact


def _quantile(ordered: Sequence[float], fraction: float) -> float:
    position = fraction * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return interpolate(ordered[below], ordered[above], share=position - below)
