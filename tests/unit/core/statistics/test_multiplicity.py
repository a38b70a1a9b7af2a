"""Holm's and Benjamini-Hochberg's corrections."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from assay.core.statistics import benjamini_hochberg, holm


P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)
Correction = Callable[[list[float]], list[float]]
BOTH = pytest.mark.parametrize("correct", [holm, benjamini_hochberg])


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("total", [1, 2, 18])
def test_holm_equals_statsmodels(total: int, tied: bool) -> None:
    rng = random.Random(total)
    p_values = [round(rng.random() ** 3, 1 if tied else 9) for _ in range(total)]
    assert multipletests(p_values, method="holm")[1].tolist() == pytest.approx(holm(p_values))


@given(P_VALUES)
def test_benjamini_hochberg_equals_statsmodels(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="fdr_bh")[1].tolist()
    assert expected == pytest.approx(benjamini_hochberg(p_values))


@BOTH
@given(p_values=P_VALUES)
def test_adjusting_keeps_the_order_never_lowers_and_stays_in_range(
    correct: Correction, p_values: list[float]
) -> None:
    adjusted = correct(p_values)
    by_raw = [adjusted[i] for i in sorted(range(len(p_values)), key=p_values.__getitem__)]
    assert by_raw == sorted(by_raw)
    assert all(p <= q * (1 + 1e-12) and q <= 1 for p, q in zip(p_values, adjusted, strict=True))


@given(P_VALUES)
def test_holm_is_never_below_benjamini_hochberg(p_values: list[float]) -> None:
    pairs = zip(holm(p_values), benjamini_hochberg(p_values), strict=True)
    assert all(bh <= h * (1 + 1e-12) for h, bh in pairs)


@BOTH
def test_one_question_needs_no_correction_and_none_is_fine(correct: Correction) -> None:
    assert correct([0.04]) == [0.04]
    assert correct([]) == []


@BOTH
@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_what_is_no_p_value_is_refused_with_its_place(correct: Correction, bad: float) -> None:
    with pytest.raises(ValueError, match=r"p_values\[1\] must be a ratio between 0 and 1"):
        correct([0.5, bad])
