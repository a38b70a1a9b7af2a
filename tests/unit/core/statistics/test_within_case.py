"""The exact within-case test for repeats."""

import itertools
import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom, norm

from assay.core.statistics import Alternative, TailMethod, mcnemar, within_case_test


Case = tuple[int, int, int, int]
ALTERNATIVES: tuple[Alternative, ...] = ("two-sided", "a-better", "a-worse")
METHODS: tuple[TailMethod, ...] = ("mid-p", "exact")


@st.composite
def a_case(draw: st.DrawFn, *, most: int = 6) -> Case:
    a_trials, b_trials = draw(st.integers(0, most)), draw(st.integers(0, most))
    a_passed = draw(st.integers(0, a_trials))
    return a_passed, a_trials, draw(st.integers(0, b_trials)), b_trials


CASES = st.lists(a_case(), max_size=12)


def by_brute_force(cases: Sequence[Case], *, mid: bool) -> tuple[float, float]:
    """(a worse, a better), convolving SciPy's hypergeometric over all cases one by one."""
    masses = np.ones(1)
    observed = 0
    for a_passed, a_trials, b_passed, b_trials in cases:
        if a_trials + b_trials == 0:
            continue
        x = np.arange(a_trials + 1)
        pmf = hypergeom.pmf(x, a_trials + b_trials, a_passed + b_passed, a_trials)
        masses = np.convolve(masses, pmf)
        observed += a_passed
    own = masses[observed] / 2 if mid else 0.0
    return masses[: observed + 1].sum() - own, masses[observed:].sum() - own


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None, max_examples=60)
@given(cases=CASES)
def test_it_equals_the_convolution_of_scipys_hypergeometrics(
    method: TailMethod, cases: list[Case]
) -> None:
    expected = by_brute_force(cases, mid=method == "mid-p")
    worse, better = (
        within_case_test(cases, method=method, alternative=x).p_value
        for x in ("a-worse", "a-better")
    )
    two_sided = within_case_test(cases, method=method).p_value
    assert expected == pytest.approx((worse, better), abs=1e-12)
    assert min(1, 2 * min(expected)) == pytest.approx(two_sided, abs=1e-12)


def test_it_equals_an_enumeration_of_every_relabelling() -> None:
    """Trials 1 1 0 | 0 0 1 and 1 1 1 | 0 1 0: all ways to call three of six trials a's."""
    pools = [(1, 1, 0, 0, 0, 1), (1, 1, 1, 0, 1, 0)]
    sums = [
        sum(first) + sum(second)
        for first in itertools.combinations(pools[0], 3)
        for second in itertools.combinations(pools[1], 3)
    ]
    expected = sum(s >= 5 for s in sums) / len(sums)
    cases = [(2, 3, 1, 3), (3, 3, 1, 3)]
    mine = within_case_test(cases, method="exact", alternative="a-better")
    assert mine.p_value == pytest.approx(expected)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("counts", [(0, 0, 3, 2), (1, 7, 1, 12), (76, 360, 382, 501)])
def test_with_one_trial_each_it_is_mcnemars_test(
    alternative: Alternative, method: TailMethod, counts: tuple[int, int, int, int]
) -> None:
    a_only, b_only, both, neither = counts
    cases = (
        [(1, 1, 0, 1)] * a_only
        + [(0, 1, 1, 1)] * b_only
        + [(1, 1, 1, 1)] * both
        + [(0, 1, 0, 1)] * neither
    )
    expected = mcnemar(a_only, b_only, method=method, alternative=alternative)
    mine = within_case_test(cases, method=method, alternative=alternative)
    assert expected.p_value == pytest.approx(mine.p_value, rel=1e-9, abs=0)
    assert (expected.statistic, expected.informative) == (mine.statistic, mine.informative)


@settings(deadline=None, max_examples=60)
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_cases_does_not_matter_and_swapping_mirrors(
    cases: list[Case], shuffler: random.Random
) -> None:
    shuffled = cases.copy()
    shuffler.shuffle(shuffled)
    swapped = [(b, m, a, n) for a, n, b, m in cases]
    mine = within_case_test(cases, alternative="a-worse")
    mirror = within_case_test(swapped, alternative="a-better")
    assert within_case_test(shuffled, alternative="a-worse") == mine
    assert mirror.p_value == pytest.approx(mine.p_value, abs=1e-12)
    assert mirror.statistic == pytest.approx(-mine.statistic, abs=1e-9)


def test_cases_that_cannot_tell_leave_the_p_value_alone() -> None:
    telling = [(0, 3, 2, 3)] * 4
    silent = [(3, 3, 3, 3), (0, 3, 0, 3), (2, 3, 0, 0), (0, 0, 1, 5)]
    assert within_case_test(telling + silent) == within_case_test(telling)
    assert within_case_test(silent).p_value == 1
    assert within_case_test([]).informative == 0


def test_a_regression_far_in_the_tail_keeps_its_relative_precision() -> None:
    """Every one of 40 cases falls from 5 of 5 to 0 of 5: 1/252 each."""
    mine = within_case_test([(0, 5, 5, 5)] * 40, method="exact", alternative="a-worse")
    assert mine.p_value == pytest.approx(252.0**-40, rel=1e-9, abs=0)


def test_beyond_what_is_kept_the_p_value_is_a_tiny_upper_bound_not_zero() -> None:
    mine = within_case_test([(0, 5, 5, 5)] * 500, method="exact", alternative="a-worse")
    assert 252.0**-120 < mine.p_value < 1e-97


def test_a_hundred_thousand_cases_agree_with_the_normal_limit() -> None:
    cases = [(1, 5, 2, 5), (3, 5, 3, 5), (4, 5, 3, 5), (2, 5, 3, 5)] * 25_000
    cases += [(1, 5, 4, 5)] * 100
    mine = within_case_test(cases, alternative="a-worse")
    variance = sum(
        times * float(hypergeom.var(10, total, 5))
        for total, times in ((3, 25_000), (6, 25_000), (7, 25_000), (5, 25_100))
    )
    assert norm.cdf(mine.statistic / math.sqrt(variance)) == pytest.approx(mine.p_value, rel=1e-3)


def test_counts_from_numpy_arrays_give_plain_numbers() -> None:
    mine = within_case_test(list(np.array([(0, 3, 2, 3)] * 3)))
    assert (float, float) == (type(mine.p_value), type(mine.statistic))
    assert within_case_test([(0, 3, 2, 3)] * 3) == mine


def test_false_alarms_stay_near_the_level() -> None:
    rng = random.Random(20_260_101)
    rates = [0.98] * 10 + [0.9] * 3 + [0.5] * 3

    def passed(rate: float) -> int:
        return sum(rng.random() < rate for _ in range(3))

    runs = 1000
    alarms = sum(
        within_case_test(
            [(passed(rate), 3, passed(rate), 3) for rate in rates], alternative="a-worse"
        ).p_value
        <= 0.05
        for _ in range(runs)
    )
    assert alarms / runs <= 0.065


def test_input_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a's successes \(4\) cannot exceed its trials \(3\)"):
        within_case_test([(4, 3, 1, 3)])
    with pytest.raises(ValueError, match="b's successes must be a whole number >= 0, got -1"):
        within_case_test([(1, 3, -1, 3)])
    with pytest.raises(ValueError, match="a case is "):
        within_case_test([(1, 3, 1)])  # type: ignore[list-item]  # on purpose
    with pytest.raises(ValueError, match="method must be one of"):
        within_case_test([], method="normal")  # type: ignore[arg-type]  # on purpose
