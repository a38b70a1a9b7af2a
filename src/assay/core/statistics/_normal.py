"""The standard normal distribution, without SciPy."""

import math


def normal_cdf(z: float) -> float:
    """P(Z <= z); accurate also far in the lower tail."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def normal_quantile(probability: float) -> float:
    """The z with P(Z <= z) = ``probability`` in (0, 1)."""
    from statistics import NormalDist  # imported here: it costs more than this whole package

    return NormalDist().inv_cdf(probability)
