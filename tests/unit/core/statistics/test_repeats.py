"""pass@k and pass^k."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.statistics import (
    CaseMean,
    mean_pass_at_k,
    mean_pass_hat_k,
    pass_at_k,
    pass_hat_k,
)


@st.composite
def counts(draw: st.DrawFn, *, most: int = 12) -> tuple[int, int, int]:
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(counts(most=9))
def test_both_equal_a_count_over_every_choice_of_k_trials(ncf: tuple[int, int, int]) -> None:
    n, c, k = ncf
    picks = list(itertools.combinations([True] * c + [False] * (n - c), k))
    assert sum(any(pick) for pick in picks) / len(picks) == pytest.approx(pass_at_k(n, c, k))
    assert sum(all(pick) for pick in picks) / len(picks) == pytest.approx(pass_hat_k(n, c, k))


@given(counts(most=200))
def test_all_pass_is_one_minus_any_fails(ncf: tuple[int, int, int]) -> None:
    n, c, k = ncf
    at_least_one_fails = pass_at_k(n, n - c, k)
    all_pass = pass_hat_k(n, c, k)
    assert at_least_one_fails is not None
    assert all_pass == pytest.approx(1 - at_least_one_fails)


@given(counts(most=50))
def test_with_one_trial_both_are_the_pass_rate_and_k_moves_them_apart(
    ncf: tuple[int, int, int],
) -> None:
    n, c, k = ncf
    any_passes, all_pass = pass_at_k(n, c, k), pass_hat_k(n, c, k)
    assert pass_at_k(n, c, 1) == pytest.approx(c / n)
    assert pass_hat_k(n, c, 1) == pytest.approx(c / n)
    assert any_passes is not None
    assert all_pass is not None
    assert all_pass <= c / n + 1e-12
    assert c / n <= any_passes + 1e-12


def test_large_counts_neither_overflow_nor_lose_the_tail() -> None:
    assert pass_at_k(10_000, 1, 100) == pytest.approx(0.01)
    assert pass_hat_k(10_000, 9_999, 100) == pytest.approx(0.99)


def test_fewer_trials_than_k_are_undefined_not_zero_and_means_say_so() -> None:
    assert pass_at_k(2, 2, 3) is None
    assert pass_hat_k(0, 0, 1) is None
    assert mean_pass_at_k([(3, 0), (2, 2)], k=3) == CaseMean(value=0.0, cases=1, undefined=1)
    assert mean_pass_hat_k([(1, 1)], k=3) == CaseMean(value=None, cases=0, undefined=1)
    assert mean_pass_hat_k([], k=1) == CaseMean(value=None, cases=0, undefined=0)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"c \(3 passed\) cannot exceed n \(2 trials\)"):
        pass_at_k(2, 3, 1)
    with pytest.raises(ValueError, match="k must be a whole number >= 1, got 0"):
        pass_hat_k(2, 1, 0)
    with pytest.raises(ValueError, match="n must be a whole number >= 0, got -2"):
        pass_at_k(-2, 0, 1)
    with pytest.raises(ValueError, match="k must be a whole number >= 1"):
        mean_pass_at_k([], k=0)
