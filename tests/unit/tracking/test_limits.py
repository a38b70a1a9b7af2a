"""MLflow's limits are met before it would cut or refuse."""

import pytest

from assay.core.errors import InvalidInputError
from assay.tracking.limits import (
    check_metrics,
    check_tags,
    fitting_params,
    in_batches,
    quoted,
    quoted_key,
)


@pytest.mark.parametrize("key", ["a", "prompt.tone", "a b/c:d-e_ü", "x" * 250])
def test_keys_that_mlflow_holds_pass(key: str) -> None:
    check_metrics({key: 0.0})
    assert quoted_key(key, what="The param") == f"`{key}`"


@pytest.mark.parametrize("key", ["", "a`b", "a'b", "..", "../a", "/a", "a//b", ".", "x" * 251])
def test_keys_that_mlflow_refuses_are_named(key: str) -> None:
    with pytest.raises(InvalidInputError, match="The metric"):
        check_metrics({key: 0.0})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_metric_without_a_finite_value_is_refused(value: float) -> None:
    with pytest.raises(InvalidInputError, match="'pass_rate' is"):
        check_metrics({"total": 1, "pass_rate": value})


def test_a_tag_that_would_be_cut_is_refused() -> None:
    check_tags({"t": "x" * 8000}, what="The run tag", longest=8000)
    with pytest.raises(InvalidInputError, match="The run tag 't' is 8,001 characters"):
        check_tags({"t": "x" * 8001}, what="The run tag", longest=8000)


def test_a_param_that_would_be_cut_is_cut_visibly() -> None:
    fitting = fitting_params({"short": "x" * 6000, "long": "y" * 6001})
    assert fitting["short"] == "x" * 6000
    assert len(fitting["long"]) == 6000
    assert fitting["long"].endswith("y… [cut from 6001 characters]")


def test_batches_hold_everything_in_order() -> None:
    assert list(in_batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(in_batches((), 2)) == []


def test_values_are_quoted_as_the_filter_language_can() -> None:
    assert quoted("v3", what="The value") == "'v3'"
    assert quoted("it's", what="The value") == '"it\'s"'
    with pytest.raises(InvalidInputError, match="both kinds of quotes"):
        quoted("'\"", what="The value")
