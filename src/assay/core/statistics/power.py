"""What a dataset of this size could have shown, and what size would show it.

These are planning figures: they take the rates as known. They say nothing about a result that
is already in.
"""

import math

from assay.core.statistics._binomial import half_tail
from assay.core.statistics._checks import (
    require_finite,
    require_open_ratio,
    require_positive,
    require_probability,
)
from assay.core.statistics._normal import normal_cdf, normal_quantile


EXACT_UP_TO_CASES = 300
"""Up to here the power of McNemar's mid-p test is summed exactly; above, a normal formula."""

MOST_CASES = 10**15
"""No set is larger, and every reader of JSON takes the number as it is."""

_BISECTIONS = 32
_NEGLIGIBLE = 1e-15


def mcnemar_power(
    n: int,
    p_a_only: float,
    p_b_only: float,
    *,
    alpha: float = 0.05,
    two_sided: bool = True,
) -> float:
    """Chance that McNemar's mid-p test shows the difference in its true direction.

    Up to ``EXACT_UP_TO_CASES`` cases: the sum over discordant counts m ~ Binomial(n, ψ) of
    P(the test rejects | m). Above: ``Φ((|δ|·sqrt(n) - z·sqrt(ψ)) / sqrt(ψ - δ²))`` with
    ``ψ = p_a_only + p_b_only`` and ``δ = p_a_only - p_b_only``. Source: Connor (1987),
    Biometrics 43:207-211.

    Args:
        n: Paired cases.
        p_a_only: True share of cases that only a passes, ratio.
        p_b_only: True share of cases that only b passes, ratio.
        alpha: Level of the test, ratio in (0, 1).
        two_sided: Whether the test looks both ways.

    Returns:
        A ratio in [0, 1]; for equal shares the chance of one given direction by accident.

    Raises:
        ValueError: ``n < 1``, a ratio is out of range, or the shares sum to more than 1.

    Example:
        Five cases at one trial each cannot show even a true fall from 90 % to 70 %.

        >>> round(mcnemar_power(5, 0.02, 0.22, two_sided=False), 2)
        0.01
    """
    cases = require_positive("n", n)
    level = _one_sided_level(alpha, two_sided=two_sided)
    _require_shares(p_a_only, p_b_only)
    fewer, more = sorted((float(p_a_only), float(p_b_only)))
    if cases <= EXACT_UP_TO_CASES:
        return _exact_power(fewer, more, limits=_rejection_limits(cases, level))
    return _normal_power(cases, fewer, more, level=level)


def cases_needed(
    p_a_only: float,
    p_b_only: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
) -> int | None:
    """Paired cases that McNemar's test needs to show this difference.

    ``n = ((z_α·sqrt(ψ) + z_β·sqrt(ψ - δ²)) / δ)²``, rounded up. Source: Connor (1987),
    Biometrics 43:207-211.

    Args:
        p_a_only: Share of cases that only a passes, ratio (observed or supposed).
        p_b_only: Share of cases that only b passes, ratio.
        power: Chance of showing it, ratio in (0, 1).
        alpha: Level of the test, ratio in (0, 1).
        two_sided: Whether the test looks both ways.

    Returns:
        Whole cases, or None when the shares are equal, or so close that more than ``MOST_CASES``
        would be needed: no number of cases shows no difference.

    Raises:
        ValueError: A ratio is out of range, or the shares sum to more than 1.

    Example:
        A fall from 90 % to 85 %, 7 % worse and 2 % better, looked for one-sided.

        >>> cases_needed(0.02, 0.07, two_sided=False)
        221
    """
    _require_shares(p_a_only, p_b_only)
    z_alpha, z_beta = _planning_quantiles(power=power, alpha=alpha, two_sided=two_sided)
    psi = p_a_only + p_b_only
    delta = abs(p_a_only - p_b_only)
    if delta == 0:
        return None
    root = z_alpha * math.sqrt(psi) + z_beta * math.sqrt(max(0.0, psi - delta * delta))
    return _whole_cases(root / delta, at_least=1)


def smallest_detectable_drop(
    n: int,
    discordance: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = False,
) -> float | None:
    """Smallest fall in the pass rate that n paired cases would show with this power.

    The δ at which ``mcnemar_power(n, (ψ-δ)/2, (ψ+δ)/2)`` reaches ``power``, ψ being the share
    of discordant cases.

    Args:
        n: Paired cases.
        discordance: Share of cases on which a and b differ, ratio.
        power: Chance of showing the fall, ratio in (0, 1).
        alpha: Level of the test, ratio in (0, 1).
        two_sided: Whether the test looks both ways.

    Returns:
        A ratio in (0, discordance], or None when even one-way discordance would not show.

    Raises:
        ValueError: ``n < 1``, or a ratio is out of range.

    Example:
        >>> round(smallest_detectable_drop(1000, 0.1), 3)
        0.025
    """
    cases = require_positive("n", n)
    psi = require_probability("discordance", discordance)
    target = require_open_ratio("power", power)
    level = _one_sided_level(alpha, two_sided=two_sided)
    limits = _rejection_limits(cases, level) if cases <= EXACT_UP_TO_CASES else None

    def chance(drop: float) -> float:
        fewer, more = (psi - drop) / 2, (psi + drop) / 2
        if limits is not None:
            return _exact_power(fewer, more, limits=limits)
        return _normal_power(cases, fewer, more, level=level)

    if psi == 0 or chance(psi) < target:
        return None
    low, high = 0.0, psi
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= target else (middle, high)
    return high


def cases_needed_mean(
    sd_of_differences: float,
    difference: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
) -> int | None:
    """Paired cases needed to show a mean difference of scores.

    ``n = ((z_α + z_β)·sd / difference)²``, rounded up. Source: Miller (2024), arXiv
    2411.00640, section 5, for one score per case.

    Args:
        sd_of_differences: Standard deviation of the per-case differences, >= 0.
        difference: Mean difference to show, in the same unit; its sign does not matter.
        power: Chance of showing it, ratio in (0, 1).
        alpha: Level of the test, ratio in (0, 1).
        two_sided: Whether the test looks both ways.

    Returns:
        Whole cases, at least 2; None when the difference is zero, or so small (what rounding
        leaves of none) that more than ``MOST_CASES`` would be needed.

    Raises:
        ValueError: A number is NaN or infinite, the deviation is negative, or a ratio is out
            of range.

    Example:
        >>> cases_needed_mean(0.5, 0.1)
        197
    """
    require_finite("difference", [difference])
    require_finite("sd_of_differences", [sd_of_differences])
    if sd_of_differences < 0:
        raise ValueError(f"sd_of_differences must be >= 0, got {sd_of_differences!r}")
    z_alpha, z_beta = _planning_quantiles(power=power, alpha=alpha, two_sided=two_sided)
    if difference == 0:
        return None
    return _whole_cases((z_alpha + z_beta) * sd_of_differences / difference, at_least=2)


def _require_shares(p_a_only: float, p_b_only: float) -> None:
    require_probability("p_a_only", p_a_only)
    require_probability("p_b_only", p_b_only)
    if p_a_only + p_b_only > 1.0 + 1e-12:
        raise ValueError(
            f"p_a_only ({p_a_only}) and p_b_only ({p_b_only}) are shares of the same cases "
            "and cannot sum to more than 1"
        )


def _one_sided_level(alpha: float, *, two_sided: bool) -> float:
    return require_open_ratio("alpha", alpha) / (2 if two_sided else 1)


def _planning_quantiles(*, power: float, alpha: float, two_sided: bool) -> tuple[float, float]:
    level = _one_sided_level(alpha, two_sided=two_sided)
    target = require_open_ratio("power", power)
    if target <= level:
        raise ValueError(f"power ({power}) must exceed the one-sided level ({level})")
    return normal_quantile(1 - level), normal_quantile(target)


def _whole_cases(root: float, *, at_least: int) -> int | None:
    """Square and round up; None when more than ``MOST_CASES`` would be needed."""
    squared = root * root
    return max(at_least, math.ceil(squared - 1e-9)) if squared <= MOST_CASES else None


def _rejection_limits(n: int, level: float) -> list[int]:
    """Per discordant count 0..n, the most a-only cases at which "a is worse" is shown; -1: none.

    One more discordant case moves the limit by one at most, so one pass over the counts does.
    """
    limits: list[int] = []
    limit = -1
    for discordant in range(n + 1):
        while limit < discordant and half_tail(limit + 1, discordant, mid=True) <= level:
            limit += 1
        limits.append(limit)
    return limits


def _exact_power(fewer: float, more: float, *, limits: list[int]) -> float:
    """P(reject), summed over (discordant count, a-only count) with binomial weights."""
    n = len(limits) - 1
    psi = min(1.0, fewer + more)
    share = fewer / psi if psi else 0.5
    total = 0.0
    for discordant, limit in enumerate(limits):
        weight = _pmf(discordant, n, psi) if limit >= 0 else 0.0
        if weight > _NEGLIGIBLE:
            total += weight * _cdf(limit, discordant, share)
    return min(1.0, total)


def _pmf(successes: int, trials: int, rate: float) -> float:
    return math.comb(trials, successes) * rate**successes * (1 - rate) ** (trials - successes)


def _cdf(successes: int, trials: int, rate: float) -> float:
    """P(X <= successes) for a rate of at most 1/2, each term from the one before."""
    odds = rate / (1 - rate)
    term = (1 - rate) ** trials
    total = term
    for count in range(successes):
        term *= odds * (trials - count) / (count + 1)
        total += term
    return min(1.0, total)


def _normal_power(n: int, fewer: float, more: float, *, level: float) -> float:
    psi = fewer + more
    delta = more - fewer
    if psi == 0:
        return 0.0
    lead = delta * math.sqrt(n) - normal_quantile(1 - level) * math.sqrt(psi)
    spread = math.sqrt(max(0.0, psi - delta * delta))
    if spread == 0:
        return 1.0 if lead >= 0 else 0.0
    return normal_cdf(lead / spread)
