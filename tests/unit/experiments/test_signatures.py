import functools
from typing import Any

import pytest

from assay import Evaluator, aevaluator, evaluator, evaluators
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidInputError
from assay.experiments.signatures import bind_evaluator, bind_function, datapoint_values, name_of


POINT = Datapoint("d", {"q": 1}, {"a": 2}, {"m": 3})
VALUES = {**datapoint_values(POINT), "outputs": "out"}


class Judge:
    def __call__(self, outputs: Any) -> Any:
        return outputs


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda inputs: inputs, {"q": 1}),
        (lambda anything: anything, {"q": 1}),
        (lambda x, /: x, {"q": 1}),
        (lambda x, ground_truth: (x, ground_truth), ({"q": 1}, {"a": 2})),
        (lambda ground_truth, inputs: (inputs, ground_truth), ({"q": 1}, {"a": 2})),
        (lambda metadata: metadata, {"m": 3}),
        (lambda datapoint: datapoint["id"], "d"),
        (lambda x, temperature=0.5: (x, temperature), ({"q": 1}, 0.5)),
        (lambda *args: args, ({"q": 1},)),
        (lambda inputs, **rest: (inputs, rest), ({"q": 1}, {})),
        (lambda *, inputs: inputs, {"q": 1}),
        (functools.partial(lambda model, inputs: (model, inputs), "m1"), ("m1", {"q": 1})),
        (len, 1),
        (dict, {"q": 1}),
    ],
)
def test_a_function_gets_what_its_parameters_name(function: Any, expected: Any) -> None:
    assert expected == bind_function(function).call(function, VALUES)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (
            lambda outputs, inputs, ground_truth: (outputs, inputs, ground_truth),
            ("out", {"q": 1}, {"a": 2}),
        ),
        (lambda a, b, c: (a, b, c), ("out", {"q": 1}, {"a": 2})),
        (lambda a, b: (a, b), ("out", {"q": 1})),
        (lambda a: a, "out"),
        (lambda ground_truth, prediction: (prediction, ground_truth), ("out", {"a": 2})),
        (lambda outputs, metadata: (outputs, metadata), ("out", {"m": 3})),
        (lambda *args: args, ("out", {"q": 1}, {"a": 2})),
        (Judge(), "out"),
    ],
)
def test_an_evaluator_gets_what_its_parameters_name(function: Any, expected: Any) -> None:
    assert expected == bind_evaluator(function).call(function, VALUES)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a, b: (a, b), "'b', for which there is no value"),
        (lambda: 1, "takes no arguments"),
        (lambda temperature=0, **rest: (temperature, rest), "no arguments; let it take"),
        (lambda inputs, *, model: (inputs, model), "'model'.*functools.partial"),
        (3, "type int; it must be callable"),
    ],
)
def test_what_cannot_be_filled_is_refused(function: Any, message: Any) -> None:
    with pytest.raises(InvalidInputError, match=message):
        bind_function(function)


@pytest.mark.parametrize("maker", [evaluators.exact_match, evaluators.regex, evaluators.judge])
def test_what_makes_evaluators_is_not_taken_for_one(maker: Any) -> None:
    with pytest.raises(InvalidInputError, match=rf"makes an evaluator.* call it: {maker.__name__}"):
        bind_evaluator(maker)


def test_keyword_arguments_alone_are_all_known_values() -> None:
    values = {**VALUES, "tracer": "t", "repeat": 0}
    functions = bind_function(lambda **known: known).call(lambda **known: known, values)
    assert {"inputs", "ground_truth", "metadata", "datapoint", "tracer"} == set(functions)
    judging = bind_evaluator(lambda **known: known).call(lambda **known: known, values)
    assert ("out", {"q": 1}, 0) == tuple(judging[n] for n in ("outputs", "inputs", "repeat"))


def test_a_decorated_evaluator_still_is_its_function() -> None:
    @evaluator(name="other", higher_is_better=False, passing_range=(None, 2))
    def length(outputs: str) -> int:
        """Count."""
        return len(outputs)

    assert 3 == length("abc")
    assert "other" == length.name
    assert "Count." == length.__doc__
    assert {"higher_is_better": False, "passing_range": {"min": None, "max": 2}} == (
        length.settings.wire()
    )


def test_both_decorators_take_asynchronous_functions() -> None:
    @aevaluator
    async def later(outputs: str) -> bool:
        return bool(outputs)

    assert isinstance(later, Evaluator)
    assert later.asynchronous


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (len, "len"),
        (functools.partial(functools.partial(max)), "max"),
        (Judge(), "Judge"),
        (functools.partial(Judge()), "Judge"),
    ],
)
def test_every_callable_has_a_name(function: Any, name: Any) -> None:
    assert name == name_of(function)
