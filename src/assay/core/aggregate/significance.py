"""Whether what moved between two runs is more than chance.

Verdicts, once per datapoint: McNemar's mid-p with the score interval of the paired
difference. Verdicts with repeats: the exact test within each case, and an interval that
resamples whole datapoints. Other scores: the sign-flip test with a paired bootstrap, one
mean per datapoint. Differences are new minus old.
"""

import math
import operator
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from assay.core.aggregate.pairs import MetricPairs
from assay.core.statistics import (
    Interval,
    cases_needed,
    cases_needed_mean,
    holm,
    mcnemar,
    paired_bootstrap,
    paired_difference_interval,
    sample_standard_deviation,
    within_case_test,
)


SEED: Final = 20_250_101
"""Resampling starts here, so that the same two runs always get the same interval."""
_HUGE: Final = 1e100
"""From here on the square of a number may be greater than any float."""


@dataclass(frozen=True, slots=True)
class Significance:
    """The evidence for one metric's difference; ``core.wire.SignificanceBody`` on the wire."""

    test: str
    p_value: float
    difference: float
    interval: Interval | None
    n: int
    needed: int | None
    p_value_adjusted: float | None = None

    def wire(self) -> dict[str, Any]:
        """Return the JSON mapping of the evidence."""
        interval = self.interval
        return {
            "test": self.test,
            "p_value": self.p_value,
            "p_value_adjusted": self.p_value_adjusted,
            "difference": self.difference,
            "interval": None if interval is None else [interval.low, interval.high],
            "interval_method": None if interval is None else interval.method,
            "n": self.n,
            "needed": self.needed,
        }


def weigh(pairs: Sequence[MetricPairs]) -> list[Significance | None]:
    """Return the evidence for each metric, p-values adjusted (Holm) over all that have one.

    A metric without pairs has none.
    """
    found = [_weigh_one(metric) for metric in pairs]
    tested = [evidence for evidence in found if evidence is not None]
    adjusted = iter(holm([evidence.p_value for evidence in tested]))
    return [
        None if evidence is None else replace(evidence, p_value_adjusted=next(adjusted))
        for evidence in found
    ]


def _weigh_one(pairs: MetricPairs) -> Significance | None:
    if not pairs.ids:
        return None
    if not pairs.boolean:
        return _of_scores(pairs)
    return _of_verdicts(pairs) if pairs.repeats is None else _of_repeats(pairs)


def _of_verdicts(pairs: MetricPairs) -> Significance:
    n = len(pairs.ids)
    new_only, old_only = _greater(pairs.new, pairs.old), _greater(pairs.old, pairs.new)
    both = int(sum(pairs.new)) - new_only
    result = mcnemar(new_only, old_only)
    return Significance(
        test=result.test,
        p_value=result.p_value,
        difference=(new_only - old_only) / n,
        interval=paired_difference_interval(
            new_only, old_only, both, n - new_only - old_only - both
        ),
        n=n,
        needed=cases_needed(new_only / n, old_only / n),
    )


def _greater(ones: Sequence[float], others: Sequence[float]) -> int:
    return sum(map(operator.gt, ones, others))


def _of_repeats(pairs: MetricPairs) -> Significance | None:
    old, new = pairs.repeats or ((), ())
    result = within_case_test(
        (int(sum(after)), len(after), int(sum(before)), len(before))
        for before, after in zip(old, new, strict=True)
    )
    means = _of_scores(pairs)
    return means and replace(means, test=result.test, p_value=result.p_value)


def _of_scores(pairs: MetricPairs) -> Significance | None:
    exponent = _exponent(pairs)
    new, old = _scaled(pairs.new, -exponent), _scaled(pairs.old, -exponent)
    result = paired_bootstrap(new, old, seed=SEED)
    if result is None:
        return None
    spread = sample_standard_deviation(map(operator.sub, new, old))
    interval = result.interval
    if interval is not None and exponent:
        low, high = _scaled([interval.low, interval.high], exponent)
        interval = replace(interval, low=low, high=high)
    return Significance(
        test=result.test,
        p_value=result.p_value,
        difference=_scaled([result.difference], exponent)[0],
        interval=interval,
        n=len(pairs.ids),
        needed=None if spread is None else cases_needed_mean(spread, result.difference),
    )


def _exponent(pairs: MetricPairs) -> int:
    """Return the power of two that huge values are divided by on the way, 0 for all others.

    That is exact, and neither the test nor the shape of the interval depends on the unit.
    """
    sides = (pairs.new, pairs.old)
    greatest = max(*map(max, sides), -min(map(min, sides)))
    return math.frexp(greatest)[1] if greatest > _HUGE else 0


def _scaled(values: Sequence[float], exponent: int) -> Sequence[float]:
    """Return the values times two to the power of ``exponent``, held at the largest float."""
    return values if exponent == 0 else [_times(value, exponent) for value in values]


def _times(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.copysign(sys.float_info.max, value)
