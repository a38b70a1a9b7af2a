"""What a golden set of this size can show, and what it would take to decide.

Planning figures: they suppose that cases break wholly, or that what was seen goes on. They
are no part of a decision.
"""

import math
from collections.abc import Callable, Sequence

from assay.core.statistics import cases_needed, paired_difference_interval, within_case_test


POWER = 0.8
REPEATS_TRIED = (2, 3, 4, 5, 7, 10, 15, 20, 30)
MOST_CASES = 100_000

_BISECTIONS = 40

PerCase = Sequence[tuple[int, int, int, int]]
"""Per case: passed and judged trials of the current run, then of the baseline."""


def broken_cases_needed(repeats: int, level: float) -> int:
    """Return how many wholly broken cases the test shows for certain, nothing else changing.

    A case that passes all of ``k`` trials before and none after has the chance
    ``1 / C(2k, k)`` under "no change"; mid-p of s such cases is ``C(2k, k)^-s / 2``.

    Example:
        One trial needs four broken cases at a level of 5 %, three trials need one.

        >>> broken_cases_needed(1, 0.05), broken_cases_needed(3, 0.05)
        (4, 1)
    """
    ways = math.log(math.comb(2 * repeats, repeats))
    return max(1, math.ceil(math.log(0.5 / level) / ways - 1e-12))


def smallest_drop(cases: int, *, repeats: int, level: float) -> float | None:
    """Return the smallest share of breaking cases that is shown in four of five attempts.

    The d at which ``P(Binomial(cases, d) >= broken_cases_needed)`` is 0.8; a ratio, or None
    where not even all cases breaking would be shown.

    Example:
        >>> round(smallest_drop(30, repeats=1, level=0.05), 3)
        0.178
    """
    needed = broken_cases_needed(repeats, level)
    if cases < needed:
        return None
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        enough = _at_least(needed, cases, middle) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    return high


def repeats_needed(cases: PerCase, *, level: float) -> int | None:
    """Return the fewest trials per case at which what was seen would prove a fall.

    Every case is supposed to go on passing at the rate it showed. None if no number up to
    30, above what the smaller run has already, would, or if the current run is not below the
    baseline.
    """
    tried = trials_per_case(cases)
    for repeats in (each for each in REPEATS_TRIED if each > tried):
        scaled = [
            (round(a / n * repeats), repeats, round(b / m * repeats), repeats)
            for a, n, b, m in cases
        ]
        if sum(a - b for a, _, b, _ in scaled) >= 0:
            continue
        if within_case_test(scaled, alternative="a-worse").p_value <= level:
            return repeats
    return None


def trials_per_case(cases: PerCase) -> int:
    """Return the fewest trials that any case has in either run."""
    return min(min(n, m) for _, n, _, m in cases)


def cases_to_show_drop(worse: float, better: float, *, level: float) -> int | None:
    """Return the cases at one trial each that would prove the fall seen; shares of cases."""
    if worse <= better or worse + better > 1:
        return None
    return cases_needed(better, worse, power=POWER, alpha=level, two_sided=False)


def cases_to_clear(worse: float, better: float, *, margin: float, level: float) -> int | None:
    """Return the cases at which the same shares would clear the margin of "not worse"."""

    def clears(n: int) -> bool:
        return lower_bound(round(worse * n), round(better * n), n, level=level) > -margin

    if better - worse <= -margin:
        return None
    high = 1
    while not clears(high):
        high *= 2
        if high > MOST_CASES:
            return None
    return _first(clears, high // 2, high)


def lower_bound(worse: int, better: int, cases: int, *, level: float) -> float:
    """Return the one-sided lower bound of the difference, current less baseline, ratio."""
    interval = paired_difference_interval(
        better, worse, 0, max(0, cases - worse - better), level=1 - level, sides="lower"
    )
    return -1.0 if interval is None else interval.low


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _at_least(successes: int, trials: int, rate: float) -> float:
    """P(Binomial(trials, rate) >= successes), for few successes."""
    below = math.fsum(
        math.comb(trials, count) * rate**count * (1 - rate) ** (trials - count)
        for count in range(successes)
    )
    return 1.0 - below
