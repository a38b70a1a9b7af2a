"""The weighted mean of an event's metrics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.composites import WeightedMean


def weighted_mean(values: dict[str, float | None], weights: dict[str, float]) -> float | None:
    return WeightedMean(weights).of_named(values)


def test_what_no_number_can_hold_has_no_mean() -> None:
    assert weighted_mean({"a": 1.0, "b": 1.0}, {"a": 1e308, "b": 1e308}) is None
    assert 1.0 == weighted_mean({"a": 1.0}, {"a": 1e308})


def test_parts_count_by_their_weights() -> None:
    assert 0.875 == weighted_mean({"exact": 1.0, "tone": 0.5}, {"exact": 3.0, "tone": 1.0})


def test_an_absent_part_is_no_zero() -> None:
    assert weighted_mean({"exact": 1.0, "tone": None}, {"exact": 1, "tone": 1}) is None
    assert 1.0 == weighted_mean({"exact": 1.0}, {"exact": 1, "tone": 0})
    assert weighted_mean({"exact": 1.0}, {"exact": 0}) is None


@given(
    st.dictionaries(st.text(max_size=3), st.floats(-1e6, 1e6), min_size=1, max_size=5),
    st.floats(0.001, 1e6),
)
def test_the_mean_lies_between_its_parts_whatever_the_scale_of_weights(
    values: dict[str, float], scale: float
) -> None:
    weights = {name: scale * (index + 1) for index, name in enumerate(values)}
    mean = weighted_mean(dict(values), weights)

    assert mean is not None
    slack = 1e-6 * max(1.0, *(abs(value) for value in values.values()))
    assert min(values.values()) - slack <= mean <= max(values.values()) + slack
    ones = {name: float(index + 1) for index, name in enumerate(values)}
    assert mean == pytest.approx(weighted_mean(dict(values), ones), abs=slack)
