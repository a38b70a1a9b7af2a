"""Composite metrics: weighted means by item."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.aggregate.composites import with_composites
from assay.core.results import ItemStatus
from assay.core.score_columns import MetricColumn, RunScores


def scores(*columns: MetricColumn) -> RunScores:
    length = len(columns[0].values)
    return RunScores(
        datapoint_ids=[str(index) for index in range(length)],
        repeats=[0] * length,
        statuses=[ItemStatus.SCORED] * length,
        session_ids=[None] * length,
        passed=[None] * length,
        metrics=columns,
    )


def column(name: str, *values: float | None, **more: Any) -> MetricColumn:
    return MetricColumn(name, values, [None] * len(values), **more)


def composed(weights: Any, *columns: MetricColumn) -> list[float | None] | None:
    made = with_composites(scores(*columns), {"composites": {"all": {"weights": weights}}})
    found = [metric for metric in made.metrics if metric.name == "all"]
    return list(found[0].values) if found else None


def test_weights_three_and_one_on_one_and_zero_give_three_quarters() -> None:
    assert [0.75] == composed({"a": 3, "b": 1}, column("a", 1.0), column("b", 0.0))


def test_an_item_without_one_of_the_values_has_no_composite() -> None:
    a, b = column("a", 1.0, None, 1.0), column("b", 0.0, 0.5, None, errors={2: "x"})
    assert [0.5, None, None] == composed({"a": 1, "b": 1}, a, b)
    assert [1.0, None, 1.0] == composed({"a": 1, "b": 0}, a, b)


@pytest.mark.parametrize(
    "weights", [None, {}, {"c": 1}, {"a": 1, "c": 1}, {"a": 0}, {"a": True}, {"a": math.inf}]
)
def test_unreadable_weights_make_no_composite(weights: Any) -> None:
    assert composed(weights, column("a", 1.0)) is None


OWN, JUDGE, OTHER = None, ("judge", "model"), ("retrieve", "tool")


@pytest.mark.parametrize(
    ("weights", "events", "expected"),
    [
        ({"a": 1}, [OWN, JUDGE], 0.25),
        ({"a": 1}, [JUDGE, OWN], 0.5),
        ({"a|judge": 1}, [OWN, JUDGE], 0.5),
        ({"a|judge": 3, "a": 1}, [OWN, JUDGE], 0.4375),
        ({"a": 1}, [JUDGE], 0.25),
        ({"a": 1}, [JUDGE, OTHER], None),
        ({"a|retrieve": 1}, [JUDGE, OTHER], 0.5),
    ],
)
def test_a_weight_belongs_to_one_metric_or_to_none(
    weights: Any, events: list[Any], expected: float | None
) -> None:
    columns = [
        column("a", value, event=event) for event, value in zip(events, (0.25, 0.5), strict=False)
    ]
    assert (None if expected is None else [expected]) == composed(weights, *columns)


def test_a_configuration_without_composites_changes_nothing() -> None:
    before = scores(column("a", 1.0))
    assert before is with_composites(before, {})
    assert before is with_composites(before, {"composites": {"a": {"weights": {"a": 1}}}})


@given(
    st.lists(st.tuples(st.floats(0.01, 10), st.floats(-1e9, 1e9)), min_size=1, max_size=6),
    st.floats(0.01, 100),
)
def test_a_composite_lies_between_its_parts_whatever_the_scale_of_the_weights(
    parts: list[tuple[float, float]], scale: float
) -> None:
    columns = [column(str(index), value) for index, (_, value) in enumerate(parts)]
    weights = {str(index): weight for index, (weight, _) in enumerate(parts)}
    [value] = composed(weights, *columns) or [None]
    [scaled] = composed({k: w * scale for k, w in weights.items()}, *columns) or [None]
    assert value is not None
    assert scaled is not None
    slack = 1e-6 * max(1.0, *(abs(v) for _, v in parts))
    assert min(v for _, v in parts) - slack <= value <= max(v for _, v in parts) + slack
    assert math.isclose(value, scaled, rel_tol=1e-9, abs_tol=slack)
