"""What repeats of the same datapoint say: can it be solved at all, and is it solved always?"""

import math
from collections.abc import Callable, Iterable

from assay.core.statistics._checks import require_count, require_positive
from assay.core.statistics.results import CaseMean


def pass_at_k(n: int, c: int, k: int) -> float | None:
    """Unbiased estimate of P(at least one of k trials passes).

    ``1 - C(n-c, k) / C(n, k)``. Source: Chen et al. (2021), arXiv 2107.03374, section 2.1.

    Args:
        n: Trials that were scored.
        c: Trials that passed.
        k: Trials one would take.

    Returns:
        A ratio in [0, 1], or None when fewer than k trials were scored.

    Raises:
        ValueError: A count is negative or no whole number, ``c > n``, or ``k < 1``.

    Example:
        >>> pass_at_k(5, 2, 2)
        0.7
    """
    trials, passed, taken = _checked(n, c, k)
    if trials < taken:
        return None
    ways = math.comb(trials, taken)
    return (ways - math.comb(trials - passed, taken)) / ways


def pass_hat_k(n: int, c: int, k: int) -> float | None:
    """Unbiased estimate of P(all of k trials pass), written pass^k.

    ``C(c, k) / C(n, k)``. Source: Yao et al. (2024), tau-bench, arXiv 2406.12045.

    Args:
        n: Trials that were scored.
        c: Trials that passed.
        k: Trials one would take.

    Returns:
        A ratio in [0, 1], or None when fewer than k trials were scored.

    Raises:
        ValueError: A count is negative or no whole number, ``c > n``, or ``k < 1``.

    Example:
        >>> pass_hat_k(5, 4, 2)
        0.6
    """
    trials, passed, taken = _checked(n, c, k)
    if trials < taken:
        return None
    return math.comb(passed, taken) / math.comb(trials, taken)


def mean_pass_at_k(cases: Iterable[tuple[int, int]], *, k: int) -> CaseMean:
    """Mean pass@k over cases.

    Args:
        cases: Per case (trials scored, trials passed).
        k: Trials one would take.

    Returns:
        The mean with how many cases it is over and how many had fewer than k trials.

    Raises:
        ValueError: As ``pass_at_k``.

    Example:
        >>> mean_pass_at_k([(5, 2), (5, 5), (1, 1)], k=2)
        CaseMean(value=0.85, cases=2, undefined=1)
    """
    return _mean_over_cases(pass_at_k, cases, k=k)


def mean_pass_hat_k(cases: Iterable[tuple[int, int]], *, k: int) -> CaseMean:
    """Mean pass^k over cases.

    Args:
        cases: Per case (trials scored, trials passed).
        k: Trials one would take.

    Returns:
        The mean with how many cases it is over and how many had fewer than k trials.

    Raises:
        ValueError: As ``pass_hat_k``.

    Example:
        >>> mean_pass_hat_k([(5, 4), (5, 5), (1, 1)], k=2)
        CaseMean(value=0.8, cases=2, undefined=1)
    """
    return _mean_over_cases(pass_hat_k, cases, k=k)


def _mean_over_cases(
    estimate: Callable[[int, int, int], float | None],
    cases: Iterable[tuple[int, int]],
    *,
    k: int,
) -> CaseMean:
    require_positive("k", k)
    values = [estimate(n, c, k) for n, c in cases]
    defined = [value for value in values if value is not None]
    return CaseMean(
        value=math.fsum(defined) / len(defined) if defined else None,
        cases=len(defined),
        undefined=len(values) - len(defined),
    )


def _checked(n: int, c: int, k: int) -> tuple[int, int, int]:
    trials = require_count("n", n)
    passed = require_count("c", c)
    if passed > trials:
        raise ValueError(f"c ({passed} passed) cannot exceed n ({trials} trials)")
    return trials, passed, require_positive("k", k)
