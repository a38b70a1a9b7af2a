"""Bootstrap intervals and the paired comparison of scores."""

import itertools
import math
import random
import tracemalloc
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from assay.core.statistics import (
    Interval,
    PairedDifference,
    bootstrap_interval,
    cluster_bootstrap_interval,
    paired_bootstrap,
)
from assay.core.statistics._plan import Plan
from assay.core.statistics._resampling import _resampled_quantiles
from assay.core.statistics.bootstrap import BootstrapMethod, Statistic


Floats = NDArray[np.float64]
RNG = np.random.default_rng(7)
SAMPLES: dict[str, Floats] = {
    "skewed": RNG.gamma(1.0, size=80),
    "pass or fail": (RNG.random(120) < 0.8).astype(np.float64),
    "few values": RNG.integers(0, 6, size=200).astype(np.float64),
    "two values": np.array([0.2, 0.9]),
}
NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


def interval(values: Floats | list[float], **settings_: object) -> Interval:
    found = bootstrap_interval(values, seed=11, **settings_)  # type: ignore[arg-type]  # passed on
    assert found is not None
    return found


def paired(a: Floats | list[float], b: Floats | list[float], **more: object) -> PairedDifference:
    found = paired_bootstrap(a, b, seed=5, **more)  # type: ignore[arg-type]  # passed on
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["skewed", "pass or fail", "few values"])
@pytest.mark.parametrize("method", get_args(BootstrapMethod))
def test_the_mean_interval_agrees_with_scipy(name: str, method: BootstrapMethod) -> None:
    values = SAMPLES[name]
    scipy_result = stats.bootstrap(
        (values,), np.mean, method=method, n_resamples=9_999, rng=np.random.default_rng(3)
    ).confidence_interval
    mine = interval(values, method=method)
    noise = 0.04 * (scipy_result.high - scipy_result.low)
    assert tuple(scipy_result) == pytest.approx((mine.low, mine.high), abs=noise)


@pytest.mark.parametrize("n", [2, 3, 10, 81])
@pytest.mark.parametrize("q", [0.5, 0.9, 0.99])
def test_drawn_percentiles_are_distributed_like_those_of_drawn_resamples(n: int, q: float) -> None:
    ordered = np.sort(np.random.default_rng(1).gamma(1.0, size=n))
    plan = Plan(seed=1, level=0.95, resamples=20_000, method="percentile")
    resamples = ordered[np.random.default_rng(2).integers(0, n, (20_000, n))]
    drawn = np.round(_resampled_quantiles(ordered, q, plan=plan), 9)
    assert stats.ks_2samp(np.round(np.quantile(resamples, q, axis=1), 9), drawn).statistic < 0.02


def test_the_bca_percentile_interval_agrees_with_scipy() -> None:
    values = SAMPLES["skewed"]
    scipy_result = stats.bootstrap(
        (values,), np.median, n_resamples=9_999, rng=np.random.default_rng(3)
    ).confidence_interval
    mine = interval(values, statistic="median")
    noise = 0.08 * (scipy_result.high - scipy_result.low)
    assert tuple(scipy_result) == pytest.approx((mine.low, mine.high), abs=noise)


@pytest.mark.parametrize("statistic", get_args(Statistic))
@pytest.mark.parametrize("method", get_args(BootstrapMethod))
@pytest.mark.parametrize("name", list(SAMPLES))
def test_every_statistic_gives_an_ordered_interval_within_the_values(
    name: str, method: BootstrapMethod, statistic: Statistic
) -> None:
    values = SAMPLES[name]
    mine = interval(values, method=method, statistic=statistic, resamples=500)
    assert values.min() <= mine.low <= mine.high <= values.max()
    assert f"bootstrap-{method}" == mine.method


@settings(deadline=None, max_examples=50)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_the_interval_depends_on_seed_and_values_but_not_on_their_order(
    values: list[float], shuffler: random.Random
) -> None:
    shuffled = values.copy()
    shuffler.shuffle(shuffled)
    assert interval(shuffled, resamples=200) == interval(values, resamples=200)


def test_another_seed_gives_another_interval() -> None:
    one = bootstrap_interval(SAMPLES["skewed"], seed=1)
    assert one == bootstrap_interval(SAMPLES["skewed"], seed=1)
    assert one != bootstrap_interval(SAMPLES["skewed"], seed=2)


@pytest.mark.parametrize("statistic", get_args(Statistic))
@pytest.mark.parametrize("value", [0.0, 0.1, -3e300, 5e-324])
def test_constant_values_give_a_zero_width_interval(value: float, statistic: Statistic) -> None:
    mine = interval([value] * 7, statistic=statistic)
    assert (value, value) == (mine.low, mine.high)
    assert cluster_bootstrap_interval([value] * 7, [1, 1, 2, 2, 2, 3, 4], seed=1) is not None


@settings(deadline=None, max_examples=50)
@given(NUMBERS, st.floats(0.5, 0.98), st.floats(0.5, 0.98))
def test_a_higher_level_gives_a_wider_interval(values: list[float], one: float, two: float) -> None:
    narrow = interval(values, level=min(one, two), resamples=200, method="percentile")
    wide = interval(values, level=max(one, two), resamples=200, method="percentile")
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@pytest.mark.parametrize("factor", [1e-300, 1e300])
def test_the_unit_of_the_values_does_not_matter(factor: float) -> None:
    values = SAMPLES["skewed"]
    mine, scaled = interval(values), interval(values * factor)
    assert (mine.low, mine.high) == pytest.approx((scaled.low / factor, scaled.high / factor))


@pytest.mark.parametrize("method", get_args(BootstrapMethod))
def test_the_expansion_for_many_values_is_what_drawing_gives(method: BootstrapMethod) -> None:
    """The same distribution just below the size at which drawing stops, scaled by sqrt(n)."""
    quantiles = stats.gamma.ppf((np.arange(1900) + 0.5) / 1900, 1.0)
    drawn = interval(quantiles, method=method)
    many = interval(np.tile(quantiles, 4), method=method)
    mean, root = quantiles.mean(), math.sqrt(4)
    halves = [(end - mean) * root for end in (many.low, many.high)]
    assert many.method == f"bootstrap-{method}-expansion"
    expected = [end - mean for end in (drawn.low, drawn.high)]
    assert expected == pytest.approx(halves, rel=0.06)


def test_a_dominating_value_is_drawn_and_not_expanded_and_memory_stays_flat() -> None:
    values = np.append(RNG.gamma(1.0, size=99_999), 1e5)
    numbers = values.tolist()
    tracemalloc.start()
    mine = interval(numbers, resamples=100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert mine.method == "bootstrap-bca"
    assert peak < 64 * 2**20


def test_fewer_than_two_units_have_no_interval() -> None:
    assert bootstrap_interval([], seed=1) is None
    assert bootstrap_interval([0.3], seed=1, statistic="median") is None
    assert cluster_bootstrap_interval([], [], seed=1) is None
    assert cluster_bootstrap_interval([0.3, 0.4], ["x", "x"], seed=1) is None


def test_clusters_of_one_value_are_the_plain_bootstrap() -> None:
    values = SAMPLES["skewed"]
    mine = cluster_bootstrap_interval(values, list(range(len(values))), seed=11)
    assert mine == interval(values)


def test_repeats_of_the_same_answer_do_not_narrow_the_interval() -> None:
    values = SAMPLES["skewed"]
    repeated = np.repeat(values, 5)
    labels = [f"q{i // 5}" for i in range(len(repeated))]
    clustered = cluster_bootstrap_interval(repeated, labels, seed=11)
    single, pooled = interval(values), interval(repeated)
    assert clustered is not None
    assert (single.low, single.high) == pytest.approx((clustered.low, clustered.high), abs=0.02)
    assert pooled.high - pooled.low < 0.6 * (clustered.high - clustered.low)


def test_clusters_that_are_all_alike_give_a_zero_width_interval() -> None:
    """Each conversation has one pass and one failure: between conversations nothing varies."""
    mine = cluster_bootstrap_interval([1, 0, 0, 1, 1, 0], ["x", "x", "y", "y", "z", "z"], seed=1)
    assert mine is not None
    assert (mine.low, mine.high) == (0.5, 0.5)


def test_unequal_clusters_are_weighted_by_their_size() -> None:
    """Drawn the slow way: whole clusters, then the mean over all their values."""
    groups = [RNG.normal(i % 3, 1, size=1 + i % 4).tolist() for i in range(24)]
    rng = np.random.default_rng(2)
    means = [
        np.mean(list(itertools.chain.from_iterable(groups[i] for i in rng.integers(0, 24, 24))))
        for _ in range(4000)
    ]
    expected = np.quantile(means, [0.025, 0.975])
    labels = [i for i, group in enumerate(groups) for _ in group]
    values = list(itertools.chain.from_iterable(groups))
    mine = cluster_bootstrap_interval(values, labels, seed=3, method="percentile")
    assert mine is not None
    assert expected.tolist() == pytest.approx((mine.low, mine.high), abs=0.05)


@pytest.mark.parametrize("n", [3, 8, 12])
def test_the_exact_paired_p_value_equals_scipys_permutation_test(n: int) -> None:
    a, b = RNG.normal(0.4, 1, size=(2, n))

    def mean_difference(x: Floats, y: Floats, axis: int) -> Floats:
        found: Floats = np.mean(x - y, axis=axis)
        return found

    expected = stats.permutation_test(
        (a, b), mean_difference, permutation_type="samples", vectorized=True
    ).pvalue
    mine = paired(a, b, resamples=100)
    assert expected == pytest.approx(mine.p_value)
    assert mine.test == "sign-flip-exact"


@pytest.mark.parametrize("size", [16, 400])
def test_drawn_sign_flips_agree_with_the_t_distribution(size: int) -> None:
    a = np.random.default_rng(1).normal(0.15, 1, size=size)
    expected = stats.ttest_1samp(a, 0).pvalue
    mine = paired(a, np.zeros(size))
    assert mine.test == "sign-flip"
    assert expected == pytest.approx(mine.p_value, abs=0.03)


def test_many_sign_flips_of_equal_size_are_a_binomial_test() -> None:
    a, b = [1.0] * 230 + [0.0] * 170 + [1.0] * 600, [0.0] * 230 + [1.0] * 170 + [1.0] * 600
    expected = stats.binomtest(230, 400).pvalue
    mine = paired(a, b)
    assert expected == pytest.approx(mine.p_value, abs=0.002)


def test_the_normal_limit_takes_over_for_many_pairs() -> None:
    a, b = np.random.default_rng(4).normal(0.0, 1, size=(2, 6000))
    expected = 2 * stats.norm.sf(abs(np.sum(a - b)) / math.sqrt(np.sum((a - b) ** 2)))
    mine = paired(a, b, resamples=100)
    assert mine.test == "sign-flip-normal"
    assert expected == pytest.approx(mine.p_value)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=10))
def test_swapping_the_candidates_mirrors_the_difference(pairs: list[tuple[float, float]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    one = paired(a, b, resamples=100, method="percentile")
    two = paired(b, a, resamples=100, method="percentile")
    assert two.difference == pytest.approx(-one.difference, abs=1e-12)
    assert two.p_value == pytest.approx(one.p_value)
    assert 0 < one.p_value <= 1


def test_a_paired_comparison_counts_clusters_not_pairs() -> None:
    a, b = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5], [0.0] * 6
    mine = paired(a, b, clusters=["x", "x", "x", "y", "y", "y"])
    assert (mine.units, mine.p_value) == (2, 0.5)
    assert mine.difference == 0.75
    single = paired([0.7], [0.2])
    assert (single.interval, single.p_value, single.units) == (None, 1.0, 1)


def test_equal_scores_are_no_evidence() -> None:
    mine = paired([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    assert (mine.difference, mine.p_value) == (0, 1)
    assert paired_bootstrap([], [], seed=1) is None


def test_a_difference_lost_in_rounding_is_no_evidence_either() -> None:
    """0.1 + 0.2 is not 0.3 in floats; the p-value must not see that as twenty wins."""
    assert paired([0.3] * 10 + [0.5], [0.2] * 10 + [0.4]).p_value == pytest.approx(2 / 2**11)


@pytest.mark.parametrize("bad", [math.nan, math.inf, "high", None])
def test_a_value_that_is_no_finite_number_is_refused_with_its_place(bad: float) -> None:
    with pytest.raises(ValueError, match=r"values\[1\] must be a finite number"):
        bootstrap_interval([0.1, bad], seed=1)
    with pytest.raises(ValueError, match=r"b\[0\] must be a finite number"):
        paired_bootstrap([0.1], [bad], seed=1)


def test_settings_and_lengths_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="a and b must be paired: 1 values and 2"):
        paired_bootstrap([1], [1, 2], seed=1)
    with pytest.raises(ValueError, match="every value needs a cluster: 2 values, 1 clusters"):
        cluster_bootstrap_interval([1, 2], ["x"], seed=1)
    with pytest.raises(ValueError, match="seed must be a whole number >= 0, got -1"):
        bootstrap_interval([1, 2], seed=-1)
    with pytest.raises(ValueError, match="resamples must be at least 100, got 10"):
        bootstrap_interval([1, 2], seed=1, resamples=10)
    with pytest.raises(ValueError, match="resamples must be a whole number >= 1, got 0"):
        bootstrap_interval([1, 2], seed=1, resamples=0)
    with pytest.raises(ValueError, match="level must be a ratio strictly between 0 and 1"):
        bootstrap_interval([1, 2], seed=1, level=95)
    with pytest.raises(ValueError, match="statistic must be one of mean, median"):
        bootstrap_interval([1, 2], seed=1, statistic="mode")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="method must be one of bca, percentile"):
        bootstrap_interval([1, 2], seed=1, method="t")  # type: ignore[arg-type]  # on purpose
