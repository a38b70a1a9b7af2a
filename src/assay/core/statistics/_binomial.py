"""Tails of the fair-coin binomial distribution, right also where the terms underflow."""

import math
import sys


SMALLEST_P_VALUE = sys.float_info.min
"""An exact p-value is never zero; what is smaller than this is reported as this."""

_NEGLIGIBLE = 1e-18


def half_pmf(successes: int, trials: int) -> float:
    """P(X = successes) for X ~ Binomial(trials, 1/2), computed in log space."""
    return math.exp(
        math.lgamma(trials + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(trials - successes + 1)
        - trials * math.log(2.0)
    )


def half_lower_tail(successes: int, trials: int) -> float:
    """P(X <= successes) for X ~ Binomial(trials, 1/2).

    Sums from the observed count outwards, where each term is the last one times
    ``j / (trials - j + 1)``, so a handful of standard deviations of terms is enough.
    """
    if successes < 0:
        return 0.0
    if 2 * successes >= trials:
        return 1.0 - half_lower_tail(trials - successes - 1, trials)
    term = half_pmf(successes, trials)
    total = term
    for count in range(successes, 0, -1):
        term *= count / (trials - count + 1)
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return total


def half_tail(successes: int, trials: int, *, mid: bool) -> float:
    """P(X <= successes), the outcome ``successes`` itself counting half when ``mid``."""
    tail = half_lower_tail(successes, trials)
    return tail - 0.5 * half_pmf(successes, trials) if mid else tail
