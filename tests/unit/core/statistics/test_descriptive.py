"""Standard deviation and percentile."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.statistics import percentile, sample_standard_deviation


NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50)


@given(NUMBERS, st.floats(0, 100))
def test_percentile_equals_numpy(values: list[float], q: float) -> None:
    assert percentile(values, q) == pytest.approx(np.percentile(values, q), rel=1e-12, abs=1e-6)


@given(NUMBERS)
def test_the_ends_are_the_extremes_and_the_middle_is_the_median(values: list[float]) -> None:
    assert percentile(values, 0) == min(values)
    assert percentile(values, 100) == max(values)
    assert percentile(values, 50) == pytest.approx(np.median(values), rel=1e-12, abs=1e-6)


@given(NUMBERS.filter(lambda values: len(values) > 1))
def test_standard_deviation_equals_numpy(values: list[float]) -> None:
    expected = np.std(values, ddof=1)
    assert sample_standard_deviation(values) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_what_is_undefined_is_none_and_no_spread_is_zero() -> None:
    assert percentile([], 50) is None
    assert sample_standard_deviation([]) is None
    assert sample_standard_deviation([3.0]) is None
    assert sample_standard_deviation([0.1] * 10) == 0


def test_input_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"values\[1\] must be a finite number, got nan"):
        percentile([1.0, math.nan], 50)
    with pytest.raises(ValueError, match=r"values\[0\] must be a finite number, got inf"):
        sample_standard_deviation([math.inf, 1.0])
    for q in (-1, 101, math.nan):
        with pytest.raises(ValueError, match="q must be a percentage between 0 and 100"):
            percentile([1.0], q)
