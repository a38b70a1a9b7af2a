"""Agreement of two raters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from assay.core.statistics import cohen_kappa, percent_agreement


PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


@given(PAIRS)
def test_kappa_equals_statsmodels(pairs: list[tuple[int, int]]) -> None:
    table = np.zeros((3, 3))
    for one, two in pairs:
        table[one, two] += 1
    mine = cohen_kappa([one for one, _ in pairs], [two for _, two in pairs])
    if mine is not None:
        assert cohens_kappa(table, return_results=False) == pytest.approx(mine)


@given(PAIRS)
def test_agreement_is_blind_to_which_rater_comes_first(pairs: list[tuple[int, int]]) -> None:
    ones, twos = [a for a, _ in pairs], [b for _, b in pairs]
    assert percent_agreement(ones, twos) == percent_agreement(twos, ones)
    assert cohen_kappa(ones, twos) == cohen_kappa(twos, ones)


def test_full_agreement_and_chance_agreement() -> None:
    assert cohen_kappa(["y", "n", "y"], ["y", "n", "y"]) == 1
    assert cohen_kappa(["y", "y", "n", "n"], ["y", "n", "y", "n"]) == 0
    assert percent_agreement(["y", "y", "n", "n"], ["y", "n", "y", "n"]) == 0.5


def test_what_is_undefined_is_none() -> None:
    assert percent_agreement([], []) is None
    assert cohen_kappa([], []) is None
    assert cohen_kappa(["y", "y"], ["y", "y"]) is None
    assert cohen_kappa(["y", "y"], ["n", "n"]) == 0


def test_raters_of_different_datapoints_are_refused() -> None:
    with pytest.raises(ValueError, match="the same datapoints: 1 labels and 2"):
        percent_agreement(["y"], ["y", "n"])
    with pytest.raises(ValueError, match="label at position 1 is NaN"):
        cohen_kappa([1.0, math.nan], [1.0, 2.0])
