"""Power of McNemar's test, and the cases needed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.power import NormalIndPower

from assay.core.statistics import (
    cases_needed,
    cases_needed_mean,
    mcnemar,
    mcnemar_power,
    smallest_detectable_drop,
)


SHARES = st.floats(0, 0.5)


@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize(("n", "p_a_only", "p_b_only"), [(12, 0.02, 0.4), (40, 0.1, 0.3)])
def test_small_sets_get_the_exact_power(
    n: int, p_a_only: float, p_b_only: float, two_sided: bool
) -> None:
    psi = p_a_only + p_b_only
    alternative = "two-sided" if two_sided else "a-worse"
    expected = sum(
        binom.pmf(m, n, psi) * binom.pmf(a, m, p_a_only / psi)
        for m in range(n + 1)
        for a in range(m // 2 + 1)
        if mcnemar(a, m - a, alternative=alternative).p_value <= 0.05  # type: ignore[arg-type]  # one of the literals
    )
    mine = mcnemar_power(n, p_a_only, p_b_only, two_sided=two_sided)
    assert expected == pytest.approx(mine, abs=1e-9)


def test_power_of_large_sets_agrees_with_simulation() -> None:
    rng = np.random.default_rng(8)
    draws = rng.multinomial(800, [0.05, 0.08, 0.87], size=1500)
    shown = np.mean([b > a and mcnemar(a, b).p_value <= 0.05 for a, b, _ in draws])
    assert shown == pytest.approx(mcnemar_power(800, 0.05, 0.08), abs=0.04)


def test_the_exact_and_the_normal_power_meet_where_they_change_over() -> None:
    assert mcnemar_power(300, 0.02, 0.07) == pytest.approx(mcnemar_power(301, 0.02, 0.07), abs=0.02)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 2000), SHARES, SHARES)
def test_power_is_a_ratio_and_blind_to_which_candidate_is_first(
    n: int, one: float, two: float
) -> None:
    power = mcnemar_power(n, one, two)
    assert 0 <= power <= 1
    assert mcnemar_power(n, two, one) == power


def test_no_discordance_shows_nothing_and_complete_discordance_everything() -> None:
    assert [mcnemar_power(n, 0, 0) for n in (50, 5000)] == [0, 0]
    assert [mcnemar_power(n, 0, 1) for n in (50, 5000)] == [1, 1]


def test_published_sizes() -> None:
    """One-sided 5 %, 80 %: .90 to .85 paired with 7 % worse and 2 % better."""
    assert cases_needed(0.02, 0.07, two_sided=False) == 221
    assert cases_needed(0.07, 0.02, two_sided=False) == 221


@settings(deadline=None, max_examples=60)
@given(SHARES, SHARES, st.floats(0.5, 0.95))
def test_the_cases_needed_are_just_enough(one: float, two: float, power: float) -> None:
    n = cases_needed(one, two, power=power)
    if n is not None and 300 < n < 10**9:
        assert mcnemar_power(n, one, two) >= power - 1e-6
        assert n == 301 or mcnemar_power(n - 1, one, two) <= power + 1e-6


def test_no_difference_needs_no_number_of_cases() -> None:
    assert cases_needed(0.1, 0.1) is None
    assert cases_needed(0.0, 0.0) is None
    assert cases_needed_mean(0.5, 0.0) is None
    assert cases_needed(0.5, math.nextafter(0.5, 0)) is None
    assert cases_needed_mean(0.5, 1e-17) is None
    assert cases_needed_mean(0.5, 1e-7) == pytest.approx(((1.96 + 0.8416) * 5e6) ** 2, rel=1e-4)
    assert cases_needed(0.0, 5e-324) is None
    assert cases_needed_mean(1.0, 5e-324) is None


@pytest.mark.parametrize("n", [30, 300, 5000])
@pytest.mark.parametrize("discordance", [0.1, 0.4])
def test_the_smallest_detectable_drop_has_exactly_the_power_asked_for(
    n: int, discordance: float
) -> None:
    drop = smallest_detectable_drop(n, discordance)
    if drop is None:
        assert (n, discordance) == (30, 0.1)
        return
    worse, better = (discordance + drop) / 2, (discordance - drop) / 2
    assert mcnemar_power(n, better, worse, two_sided=False) == pytest.approx(0.8, abs=1e-6)


def test_a_set_too_small_to_show_anything_says_so() -> None:
    assert smallest_detectable_drop(5, 0.2) is None
    assert smallest_detectable_drop(3, 1.0) is None
    assert smallest_detectable_drop(5, 1.0) is not None
    assert smallest_detectable_drop(1000, 0.0) is None


def test_more_cases_show_smaller_drops() -> None:
    drops = [smallest_detectable_drop(n, 0.2) for n in (50, 100, 300, 1000, 10_000)]
    found = [drop for drop in drops if drop is not None]
    assert len(found) == len(drops)
    assert found == sorted(found, reverse=True)


def test_cases_for_a_mean_agree_with_statsmodels() -> None:
    """One sample is a two-sample design with an infinitely large second one."""
    expected = NormalIndPower(ddof=0).solve_power(effect_size=0.2, alpha=0.05, power=0.8, ratio=0)
    assert cases_needed_mean(0.5, 0.1) == math.ceil(expected)
    assert cases_needed_mean(0.5, -0.1) == math.ceil(expected)
    assert cases_needed_mean(0.0, 0.1) == 2


def test_input_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot sum to more than 1"):
        mcnemar_power(10, 0.6, 0.6)
    with pytest.raises(ValueError, match="p_a_only must be a ratio between 0 and 1"):
        cases_needed(math.nan, 0.1)
    with pytest.raises(ValueError, match="n must be a whole number >= 1"):
        smallest_detectable_drop(0, 0.1)
    with pytest.raises(ValueError, match="alpha must be a ratio strictly between"):
        mcnemar_power(10, 0.1, 0.2, alpha=5)
    with pytest.raises(ValueError, match=r"power \(0.02\) must exceed the one-sided level"):
        cases_needed(0.1, 0.2, power=0.02)
    with pytest.raises(ValueError, match="sd_of_differences must be >= 0"):
        cases_needed_mean(-1, 0.1)
    with pytest.raises(ValueError, match=r"difference\[0\] must be a finite number"):
        cases_needed_mean(1, math.nan)
