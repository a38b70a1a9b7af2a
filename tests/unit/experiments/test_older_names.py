"""The older interface: the same results, and a warning that says where to go."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import assay
from assay import evaluation


ROWS = [{"n": 1}, {"n": 2}]


def odd(outputs: int) -> bool:
    return outputs % 2 == 1


def later_odd(outputs: int) -> bool:
    return odd(outputs)


@pytest.mark.parametrize(
    ("use", "new"),
    [
        (lambda: evaluation.evaluator(odd), "evaluator"),
        (lambda: evaluation.aevaluator(odd), "aevaluator"),
        (lambda: evaluation.EvaluationContext("r", "d"), "ExperimentContext"),
        (lambda: evaluation.EvaluationRun(run_id="r"), "ExperimentRun"),
        (
            lambda: evaluation.EvaluationResult(
                run_id="r", status=assay.ExperimentRunStatus.COMPLETED, success=True
            ),
            "ExperimentResultSummary",
        ),
        (lambda: evaluation.EvaluationResult.model_validate, "ExperimentResultSummary"),
    ],
    ids=["evaluator", "aevaluator", "context", "run", "result", "attribute"],
)
def test_each_use_names_the_new_place_at_the_line_that_used_it(
    use: Callable[[], Any], new: str
) -> None:
    with pytest.warns(DeprecationWarning, match=rf"use assay\.{new}\.$") as caught:
        use()
    assert [__file__] == [warning.filename for warning in caught]


def test_every_older_name_is_there_and_importing_it_is_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [] == [name for name in evaluation.__all__ if not hasattr(evaluation, name)]


def test_instances_are_those_of_the_successor() -> None:
    with pytest.warns(DeprecationWarning, match="ExperimentContext"):
        context: Any = evaluation.EvaluationContext("r", "d")
    assert assay.ExperimentContext("r", "d") == context
    assert isinstance(context, evaluation.EvaluationContext)
    assert not isinstance(3, evaluation.EvaluationContext)
    assert not hasattr(evaluation.EvaluationContext, "__nothing__")


def test_results_are_identical(client: assay.Client) -> None:
    options: Any = {"dataset": ROWS, "client": client, "print_results": False}
    with pytest.warns(DeprecationWarning, match="use assay.evaluate"):
        old = evaluation.evaluate(lambda inputs: inputs["n"], evaluators=[odd], **options)
    new = assay.evaluate(lambda inputs: inputs["n"], evaluators=[odd], **options)
    varying = {"run_id", "run_object", "name"}
    for left, right in zip(old.datapoints, new.datapoints, strict=True):
        assert left.model_dump(exclude={"session_id"}) == right.model_dump(exclude={"session_id"})
    assert old.metrics == new.metrics
    assert old.model_dump(exclude={*varying, "datapoints"}) == new.model_dump(
        exclude={*varying, "datapoints"}
    )
