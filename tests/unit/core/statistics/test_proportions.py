"""Wilson's interval and Tango's interval of the paired difference."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from assay.core.statistics import Interval, paired_difference_interval, wilson_interval


COUNTS = st.integers(0, 2000)
LEVELS = st.floats(0.5, 0.999)


def wilson(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    interval = wilson_interval(successes, trials, level=level)
    assert interval is not None
    return interval


def tango(a_only: int, b_only: int, both: int, neither: int, *, level: float = 0.95) -> Interval:
    interval = paired_difference_interval(a_only, b_only, both, neither, level=level)
    assert interval is not None
    return interval


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("trials", [1, 2, 10, 181, 100_000])
def test_wilson_equals_statsmodels(trials: int, level: float) -> None:
    for successes in sorted({0, 1, trials // 3, trials - 1, trials}):
        expected = proportion_confint(successes, trials, alpha=1 - level, method="wilson")
        mine = wilson(successes, trials, level=level)
        assert expected == pytest.approx((mine.low, mine.high), abs=1e-12)


@given(COUNTS, COUNTS, LEVELS)
def test_wilson_holds_the_estimate_stays_in_range_and_mirrors(
    passed: int, failed: int, level: float
) -> None:
    if passed + failed == 0:
        return
    mine = wilson(passed, passed + failed, level=level)
    mirror = wilson(failed, passed + failed, level=level)
    assert 0 <= mine.low <= passed / (passed + failed) <= mine.high <= 1
    assert mine.low < mine.high
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((mine.low, mine.high), abs=1e-12)


@given(COUNTS, COUNTS, LEVELS, LEVELS)
def test_a_higher_level_gives_a_wilson_interval_that_holds_the_lower_one(
    passed: int, failed: int, one: float, two: float
) -> None:
    if passed + failed == 0:
        return
    narrow = wilson(passed, passed + failed, level=min(one, two))
    wide = wilson(passed, passed + failed, level=max(one, two))
    assert wide.low <= narrow.low + 1e-12
    assert narrow.high <= wide.high + 1e-12


def test_without_trials_there_is_no_interval() -> None:
    assert wilson_interval(0, 0) is None
    assert paired_difference_interval(0, 0, 0, 0) is None


@pytest.mark.parametrize(
    ("successes", "trials", "message"),
    [
        (-1, 5, "successes must be a whole number >= 0"),
        (6, 5, r"successes \(6\) cannot exceed trials \(5\)"),
        (math.nan, 5, "successes must be a whole number"),
        (2.5, 5, "successes must be a whole number"),
    ],
)
def test_wilson_refuses_counts_that_cannot_be(successes: int, trials: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wilson_interval(successes, trials)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, math.nan])
def test_a_level_outside_zero_to_one_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level must be a ratio strictly between 0 and 1"):
        wilson_interval(1, 2, level=level)
    with pytest.raises(ValueError, match="level must be a ratio strictly between 0 and 1"):
        paired_difference_interval(1, 2, 3, 4, level=level)


def score_by_brute_force(a_only: int, b_only: int, rest: int, *, difference: float) -> float:
    """Tango's statistic, P(b only) found by maximising the likelihood numerically."""
    n = a_only + b_only + rest
    low, high = max(0.0, -difference), (1 - difference) / 2

    def loss(q: float) -> float:
        terms = ((a_only, q + difference), (b_only, q), (rest, 1 - 2 * q - difference))
        return -sum(k * math.log(max(p, 1e-300)) for k, p in terms if k)

    q = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    variance = n * (2 * q + difference - difference**2)
    return float((a_only - b_only - n * difference) / math.sqrt(variance))


@pytest.mark.parametrize(
    ("a_only", "b_only", "rest"),
    [(1, 7, 13), (6, 16, 139), (360, 76, 883), (3, 0, 20), (0, 3, 1), (5, 5, 0), (50, 1, 2)],
)
def test_both_ends_solve_the_score_equation(a_only: int, b_only: int, rest: int) -> None:
    mine = tango(a_only, b_only, rest, 0)
    z = norm.ppf(0.975)
    for end, expected in ((mine.low, z), (mine.high, -z)):
        score = score_by_brute_force(a_only, b_only, rest, difference=end)
        assert score == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("n", [1, 20, 100_000])
def test_without_discordant_pairs_the_interval_has_its_closed_form(n: int) -> None:
    mine = tango(0, 0, n, 0)
    reach = norm.ppf(0.975) ** 2
    assert (mine.low, mine.high) == pytest.approx((-reach / (n + reach), reach / (n + reach)))


@settings(deadline=None)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_swapping_the_candidates_mirrors_the_interval_and_it_holds_the_estimate(
    a_only: int, b_only: int, both: int, neither: int
) -> None:
    n = a_only + b_only + both + neither
    if n == 0:
        return
    mine, mirror = tango(a_only, b_only, both, neither), tango(b_only, a_only, both, neither)
    assert (-mirror.high, -mirror.low) == (mine.low, mine.high)
    assert -1 <= mine.low <= (a_only - b_only) / n <= mine.high <= 1
    assert mine.low < mine.high


@settings(deadline=None)
@given(COUNTS, COUNTS, st.integers(1, 2000), LEVELS, LEVELS)
def test_a_higher_level_gives_a_wider_difference_interval(
    a_only: int, b_only: int, rest: int, one: float, two: float
) -> None:
    narrow = tango(a_only, b_only, rest, 0, level=min(one, two))
    wide = tango(a_only, b_only, 0, rest, level=max(one, two))
    assert wide.low <= narrow.low + 1e-9
    assert narrow.high <= wide.high + 1e-9


def test_a_one_sided_bound_is_the_end_of_the_two_sided_interval_at_twice_the_error() -> None:
    two_sided = tango(76, 360, 382, 501, level=0.90)
    lower = paired_difference_interval(76, 360, 382, 501, level=0.95, sides="lower")
    upper = paired_difference_interval(76, 360, 382, 501, level=0.95, sides="upper")
    assert lower is not None
    assert upper is not None
    assert (two_sided.low, two_sided.high) == pytest.approx((lower.low, upper.high))
    assert (lower.high, upper.low) == (1.0, -1.0)
    assert (lower.method, upper.method) == ("tango-lower", "tango-upper")


def test_when_every_pair_favours_one_side_the_bound_is_the_end_of_the_range() -> None:
    assert tango(30, 0, 0, 0).high == 1.0
    assert tango(0, 30, 0, 0).low == -1.0
    assert -1 < tango(0, 30, 0, 0).high < -0.7


def test_counts_beyond_the_spacing_of_floats_still_give_an_interval() -> None:
    many = 10**17
    mine = tango(many - 1, 0, 1, 0)
    assert pytest.approx((mine.low, mine.high)) == (1.0, 1.0)
    huge = tango(many, many, many, many)
    assert -1e-7 < huge.low < 0 < huge.high < 1e-7


def test_the_difference_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    n, p_a, p_b = 15, 0.15, 0.05
    covered = 0.0
    for a_only, b_only in itertools.product(range(n + 1), repeat=2):
        rest = n - a_only - b_only
        if rest >= 0:
            ways = math.comb(n, a_only) * math.comb(n - a_only, b_only)
            chance = ways * p_a**a_only * p_b**b_only * (1 - p_a - p_b) ** rest
            interval = tango(a_only, b_only, rest, 0)
            covered += chance * (interval.low <= p_a - p_b <= interval.high)
    assert 0.94 <= covered <= 0.99


def test_unknown_sides_are_refused() -> None:
    with pytest.raises(ValueError, match="sides must be one of both, lower, upper; got 'left'"):
        paired_difference_interval(1, 2, 3, 4, sides="left")  # type: ignore[arg-type]  # on purpose
