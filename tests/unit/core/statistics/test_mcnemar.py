"""McNemar's test, mid-p and exact."""

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from assay.core.statistics import Alternative, TailMethod, mcnemar


COUNTS = st.integers(0, 500)
METHODS: tuple[TailMethod, ...] = ("mid-p", "exact")
ALTERNATIVES: tuple[Alternative, ...] = ("two-sided", "a-better", "a-worse")
PAIRS = [(0, 0), (0, 1), (3, 3), (1, 7), (6, 16), (76, 360), (1000, 1100), (49_000, 51_000)]


@pytest.mark.parametrize(("a_only", "b_only"), PAIRS)
def test_the_exact_test_equals_statsmodels(a_only: int, b_only: int) -> None:
    expected = statsmodels_mcnemar([[0, a_only], [b_only, 0]], exact=True).pvalue
    assert mcnemar(a_only, b_only, method="exact").p_value == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("a_only", "b_only"), PAIRS[1:])
def test_one_sided_exact_equals_scipy(a_only: int, b_only: int) -> None:
    less = binomtest(a_only, a_only + b_only, alternative="less").pvalue
    greater = binomtest(a_only, a_only + b_only, alternative="greater").pvalue
    worse = mcnemar(a_only, b_only, method="exact", alternative="a-worse").p_value
    better = mcnemar(a_only, b_only, method="exact", alternative="a-better").p_value
    assert (less, greater) == pytest.approx((worse, better), rel=1e-8)


@pytest.mark.parametrize(("a_only", "b_only"), PAIRS)
def test_mid_p_is_the_mean_of_reaching_and_passing_the_observed_count(
    a_only: int, b_only: int
) -> None:
    n = a_only + b_only
    expected = (binom.cdf(a_only, n, 0.5) + binom.cdf(a_only - 1, n, 0.5)) / 2
    assert mcnemar(a_only, b_only, alternative="a-worse").p_value == pytest.approx(expected)


def test_the_published_examples() -> None:
    """Fagerland et al. 2013: airways 1 to 7, complaints of patients 6 to 16."""
    assert [round(mcnemar(1, 7, method=m).p_value, 3) for m in METHODS] == [0.039, 0.070]
    assert [round(mcnemar(6, 16, method=m).p_value, 3) for m in METHODS] == [0.035, 0.052]


def test_large_discordant_counts_keep_their_tiny_p_value() -> None:
    """360 against 76, summed in whole numbers."""
    ways = 2 * sum(math.comb(436, k) for k in range(77)) - math.comb(436, 76)
    assert mcnemar(360, 76).p_value == pytest.approx(ways / 2**436, rel=1e-10, abs=0)
    assert mcnemar(360, 76).statistic == 142
    assert mcnemar(360, 76).informative == 436


def test_a_p_value_is_never_zero() -> None:
    assert mcnemar(0, 100_000).p_value == sys.float_info.min


@pytest.mark.parametrize("method", METHODS)
@given(a_only=COUNTS, b_only=COUNTS)
def test_swapping_the_candidates_swaps_the_one_sided_tests(
    method: TailMethod, a_only: int, b_only: int
) -> None:
    one = {x: mcnemar(a_only, b_only, method=method, alternative=x) for x in ALTERNATIVES}
    two = {x: mcnemar(b_only, a_only, method=method, alternative=x) for x in ALTERNATIVES}
    assert one["two-sided"].p_value == two["two-sided"].p_value
    assert one["a-better"].p_value == two["a-worse"].p_value
    assert one["a-better"].statistic == -two["a-better"].statistic


@given(COUNTS, COUNTS)
def test_one_sided_mid_p_values_add_up_to_one_and_never_exceed_the_exact_ones(
    a_only: int, b_only: int
) -> None:
    mid = [mcnemar(a_only, b_only, alternative=x).p_value for x in ALTERNATIVES]
    exact = [mcnemar(a_only, b_only, alternative=x, method="exact").p_value for x in ALTERNATIVES]
    assert mid[1] + mid[2] == pytest.approx(1)
    assert all(0 < m <= e <= 1 for m, e in zip(mid, exact, strict=True))


@given(COUNTS, COUNTS)
def test_one_more_pair_against_a_makes_it_look_worse(a_only: int, b_only: int) -> None:
    before = mcnemar(a_only, b_only, alternative="a-worse").p_value
    after = mcnemar(a_only, b_only + 1, alternative="a-worse").p_value
    assert after <= before


@pytest.mark.parametrize("n", [5, 20, 60])
@pytest.mark.parametrize("discordance", [0.05, 0.3, 0.8])
def test_false_alarms_of_mid_p_stay_near_the_level(n: int, discordance: float) -> None:
    """Summed exactly, not simulated; mid-p may exceed its level by a hair."""
    alarms = sum(
        binom.pmf(m, n, discordance) * binom.pmf(a, m, 0.5)
        for m in range(n + 1)
        for a in range(m + 1)
        if mcnemar(a, m - a, alternative="a-worse").p_value <= 0.05
    )
    assert alarms <= 0.053


def test_input_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="a_only must be a whole number >= 0, got -1"):
        mcnemar(-1, 2)
    with pytest.raises(ValueError, match="b_only must be a whole number >= 0, got nan"):
        mcnemar(1, math.nan)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="alternative must be one of two-sided, a-better, a-worse"):
        mcnemar(1, 2, alternative="less")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="method must be one of mid-p, exact"):
        mcnemar(1, 2, method="chi2")  # type: ignore[arg-type]  # on purpose
