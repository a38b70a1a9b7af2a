"""Verdicts: the table of the edges, and what holds for every pair of rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.gate.verdicts import difference_pp, judge


EDGES = [
    # baseline, current, threshold, delta_pp, verdict
    (0.9, 0.8, 0.8, -10.0, "WARNING"),  # exactly -10 pp in floats, exactly at the threshold
    (0.9, 0.8001, 0.8, -9.99, "PASS"),
    (0.9, 0.7999, 0.8, -10.01, "REGRESSION"),  # both rules hold: the first one counts
    (0.9, 0.78, 0.8, -12.0, "REGRESSION"),
    (0.95, 0.81, 0.8, -14.0, "WARNING"),
    (1.0, 0.9, 0.9, -10.0, "WARNING"),
    (0.8, 0.8, 0.8, 0.0, "PASS"),
    (0.4, 0.7, 0.8, 30.0, "REGRESSION"),  # on the way up, still below
    (0.8, 0.81, 0.8, 1.0, "IMPROVED"),
    (0.9, 0.9, 0.95, 0.0, "REGRESSION"),  # a threshold that was raised
    (0.7, 0.7, 0.6, 0.0, "PASS"),
    (0.0, 0.0, 0.0, 0.0, "PASS"),
    (0.1, 0.0, 0.0, -10.0, "WARNING"),
    (1.0, 1.0, 1.0, 0.0, "PASS"),
    (0.5, 1.0, 1.0, 50.0, "IMPROVED"),
]


@pytest.mark.parametrize(("baseline", "current", "threshold", "delta_pp", "verdict"), EDGES)
def test_the_verdict_at_an_edge_is_the_one_written_down(
    baseline, current, threshold, delta_pp, verdict
):
    found = difference_pp(baseline, current)

    assert delta_pp == found
    assert verdict == judge(found, current, threshold=threshold)


def test_a_sum_of_floats_that_means_the_threshold_is_not_below_it():
    assert "PASS" == judge(0.0, 0.1 + 0.7, threshold=0.8)


def test_the_drop_that_warns_is_a_setting():
    assert "WARNING" == judge(-5.0, 0.9, threshold=0.8, warn_drop_pp=5)
    assert "PASS" == judge(-5.0, 0.9, threshold=0.8, warn_drop_pp=5.1)
    assert "WARNING" == judge(-0.1, 0.9, threshold=0.8, warn_drop_pp=0)
    assert "PASS" == judge(0.0, 0.9, threshold=0.8, warn_drop_pp=0)  # no drop is no drop


RATES = st.integers(0, 200).map(lambda n: n / 200)
GRAVITY = ("IMPROVED", "PASS", "WARNING", "REGRESSION")


@given(baseline=RATES, one=RATES, two=RATES, threshold=RATES)
def test_a_higher_rate_never_has_a_graver_verdict(baseline, one, two, threshold):
    low, high = sorted((one, two))
    graver, milder = (
        judge(difference_pp(baseline, rate), rate, threshold=threshold) for rate in (low, high)
    )

    assert GRAVITY.index(milder) <= GRAVITY.index(graver)


@given(one=RATES, two=RATES)
def test_swapping_the_runs_mirrors_the_difference(one, two):
    assert difference_pp(one, two) == -difference_pp(two, one)
