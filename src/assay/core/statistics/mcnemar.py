"""McNemar's test: did a and b pass different datapoints more often than chance would?

One trial per datapoint and candidate. For repeats use ``within_case_test``; never pool trials.
"""

from assay.core.statistics._binomial import SMALLEST_P_VALUE, half_tail
from assay.core.statistics._checks import require_choice, require_count
from assay.core.statistics.results import Alternative, TailMethod, TestResult


ALTERNATIVES = ("two-sided", "a-better", "a-worse")
TAIL_METHODS = ("mid-p", "exact")


def mcnemar(
    a_only: int,
    b_only: int,
    *,
    method: TailMethod = "mid-p",
    alternative: Alternative = "two-sided",
) -> TestResult:
    """Test whether a and b are equally likely to pass, from the discordant pairs alone.

    Given ``m = a_only + b_only`` discordant pairs, under "no change" ``a_only`` is
    Binomial(m, 1/2). One-sided p is the tail from the observed count on; mid-p counts the
    observed outcome half. Two-sided p is twice the smaller tail, at most 1. Source: McNemar
    (1947); Fagerland, Lydersen, Laake (2013), doi 10.1186/1471-2288-13-91, who recommend mid-p:
    the exact test wastes power and the corrected chi-squared is worse still.

    Args:
        a_only: Datapoints that a passed and b failed.
        b_only: Datapoints that b passed and a failed.
        method: ``mid-p``, or ``exact`` (never above its level, at the price of power).
        alternative: ``two-sided``, ``a-better`` or ``a-worse``.

    Returns:
        The result; without discordant pairs the exact p-value is 1 (mid-p one-sided: 0.5).

    Raises:
        ValueError: A count is negative or no whole number, or a choice is unknown.

    Example:
        The airway example of Fagerland et al. 2013: 1 against 7 discordant pairs.

        >>> round(mcnemar(1, 7).p_value, 4), round(mcnemar(1, 7, method="exact").p_value, 4)
        (0.0391, 0.0703)
    """
    a_count = require_count("a_only", a_only)
    b_count = require_count("b_only", b_only)
    require_choice("method", method, choices=TAIL_METHODS)
    require_choice("alternative", alternative, choices=ALTERNATIVES)
    mid = method == "mid-p"
    discordant = a_count + b_count
    p_value = combine_tails(
        half_tail(a_count, discordant, mid=mid),
        half_tail(b_count, discordant, mid=mid),
        alternative=alternative,
    )
    return TestResult(
        p_value=p_value,
        test=f"mcnemar-{method}",
        alternative=alternative,
        statistic=(a_count - b_count) / 2,
        informative=discordant,
    )


def combine_tails(worse: float, better: float, *, alternative: Alternative) -> float:
    """Turn the two one-sided p-values into the one that was asked for, in (0, 1]."""
    one_sided = {"a-worse": worse, "a-better": better}
    p_value = one_sided.get(alternative, 2.0 * min(worse, better))
    return min(1.0, max(p_value, SMALLEST_P_VALUE))
