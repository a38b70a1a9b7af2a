"""Evaluators by their settings: repeats, transforms, checks and what they wrap."""

import asyncio
import functools
import itertools
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assay
from assay import EvalResult, Evaluator, evaluator
from assay.core.errors import AssayError
from assay.core.scores import Score, ScoreStatus
from assay.experiments.registry import AGGREGATES, majority


NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=7)


def saying(
    values: list[Any], *, asynchronous: bool = False, **settings: Any
) -> Evaluator[..., Any]:
    """An evaluator that says one value after the other."""
    ahead = itertools.cycle(values)

    def say(outputs: Any) -> Any:
        return next(ahead)

    async def say_later(outputs: Any) -> Any:
        await asyncio.sleep(0)
        return next(ahead)

    return evaluator(name="say", **settings)(say_later if asynchronous else say)


def only(judge: Evaluator[..., Any], outputs: Any = None) -> Score:
    [score] = judge.judge(outputs)
    return score


@given(NUMBERS, st.booleans())
def test_repeated_numbers_become_their_mean_with_each_kept(
    values: list[float], asynchronous: bool
) -> None:
    repeat = max(2, len(values))
    ahead = (values * 2)[:repeat]
    score = only(saying(ahead, asynchronous=asynchronous, repeat=repeat))
    assert statistics.fmean(ahead) == score.value
    assert ahead == score.details["repeats"]


@given(st.lists(st.booleans(), min_size=2, max_size=7))
def test_repeated_verdicts_pass_when_more_than_half_do(verdicts: list[bool]) -> None:
    score = only(saying(verdicts, repeat=len(verdicts)))
    assert (sum(verdicts) * 2 > len(verdicts)) == score.passed


@given(NUMBERS.filter(lambda values: len(values) > 1))
def test_named_aggregates_do_what_they_are_called(values: list[float]) -> None:
    for name in ("min", "max", "median", "first", "last"):
        score = only(saying(values, repeat=len(values), aggregate=name))
        assert AGGREGATES[name](values) == score.value


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1))
def test_the_majority_is_as_frequent_as_any(labels: list[str]) -> None:
    assert max(map(labels.count, labels)) == labels.count(majority(labels))


@given(st.lists(st.integers(-9, 9), max_size=4), st.integers(-9, 9))
def test_a_pipeline_is_its_evaluators_one_after_the_other(steps: list[int], begin: int) -> None:
    def adding(amount: int) -> Callable[[Any], int]:
        return lambda outputs: outputs + amount

    async def last(outputs: int) -> int:
        return outputs * 2

    judge = evaluator(wraps=[adding(step) for step in steps])(last)
    assert float((begin + sum(steps)) * 2) == only(judge, begin).value


def test_a_wrapped_evaluators_own_settings_hold() -> None:
    inner = saying([1, 2, 6], repeat=3, aggregate="median", transform="negate")
    outer = evaluator(wraps=inner)(lambda outputs: (outputs, "as it came"))
    assert (-2.0, "as it came") == (only(outer).value, only(outer).reason)


def test_whole_values_pass_through_a_pipeline() -> None:
    judge = evaluator(wraps=[lambda outputs: {"words": outputs.split()}])(
        lambda outputs: len(outputs["words"])
    )
    assert 2.0 == only(judge, "one two").value


@pytest.mark.parametrize(
    ("value", "settings", "passed"),
    [
        (3, {"target": 3}, True),
        (2, {"target": 3}, False),
        (2, {"target": 3, "higher_is_better": False}, True),
        (0, {"target": 0}, True),
        ("b", {"target": "a"}, False),
        (False, {"target": False}, True),
        (3, {"target": 3, "higher_is_better": False}, True),
        (("good", "why"), {"target": "good"}, True),
        (("why", "good"), {"target": "good"}, False),
        (5, {"checker": "between", "target": (1, None)}, True),
        (5, {"checker": "between", "target": (5, 5)}, True),
        (5, {"checker": "between", "target": (None, 4.9)}, False),
        (5, {"checker": "between", "target": (5.1, None)}, False),
        (5, {"checker": "<", "target": 5}, False),
        (5, {"checker": lambda value, _target: value % 2 == 1}, True),
        ("abc", {"checker": "contains", "target": "bc"}, True),
        ("b", {"checker": "in", "target": ["a"]}, False),
        (0.1 + 0.2, {"checker": "close", "target": 0.3}, True),
        ("  A ", {"wraps": ["strip"], "target": "A"}, None),
    ],
)
def test_checker_and_target_decide(value: Any, settings: Any, passed: bool | None) -> None:
    judge = saying([value], **settings)
    if passed is None:
        with pytest.raises(AssayError, match="No evaluator is registered as 'strip'"):
            only(judge)
    else:
        assert passed == only(judge).passed


def test_a_missed_target_is_said() -> None:
    assert "2 misses the target 3" == only(saying([2], target=3)).reason
    assert "mine" == only(saying([(2, "mine")], target=3)).reason


def test_a_transform_takes_the_score_and_leaves_the_rest() -> None:
    score = only(
        saying([EvalResult(score=0.25, reason="why", passed=True)], transform="complement")
    )
    assert (0.75, "why", None) == (score.value, score.reason, score.passed)


def test_nothing_said_is_not_applicable_and_no_number() -> None:
    assert ScoreStatus.NOT_APPLICABLE is only(saying([None], repeat=2)).status
    assert 4.0 == only(saying([None, 4], repeat=2)).value


def test_extras_and_reasons_of_repeats_are_kept() -> None:
    results = [
        {"score": 1, "explanation": "a", "words": 2, "kind": "x"},
        EvalResult(score=0, reason="b", passed=False, extras={"words": 4}, details={"raw": "t"}),
    ]
    main, words = saying(results, repeat=2).judge(None)
    assert (0.5, False, "a") == (main.value, main.passed, main.reason)
    assert (["a", "b"], [{}, {"raw": "t"}]) == (main.details["reasons"], main.details["each"])
    assert ("say_words", 3.0) == (words.name, words.value)


def test_a_mapping_without_a_score_holds_extras() -> None:
    judge = evaluator(name="m", transform=lambda value: value)(lambda outputs: {"a": 1, "b": 2})
    assert {"m_a": 1.0, "m_b": 2.0} == {score.name: score.value for score in judge.judge(None)}


def test_a_repeat_that_raises_is_an_error_however_many_did_not() -> None:
    calls = itertools.count()

    async def moody(outputs: Any) -> int:
        if next(calls) == 1:
            raise ValueError("not today")
        return 1

    with pytest.raises(ValueError, match="not today"):
        evaluator(repeat=3)(moody).judge(None)


def test_a_call_that_raises_leaves_nothing_waiting() -> None:
    calls = itertools.count()

    def moody(outputs: Any) -> Any:
        if next(calls) == 1:
            raise ValueError("not today")
        return asyncio.sleep(0, 1)

    with pytest.raises(ValueError, match="not today"):
        evaluator(repeat=2)(moody).judge(None)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_settings_hold_in_an_experiment(
    client: assay.Client, server: Any, asynchronous: bool
) -> None:
    judge = saying([1, 2], asynchronous=asynchronous, repeat=2, target=2, weight=3)

    @evaluator(asserts=False, weight=1)
    def never(outputs: Any) -> bool:
        return False

    result = assay.evaluate(
        lambda inputs: inputs,
        dataset=[{"n": 1}],
        evaluators=[judge, never],
        evaluator_settings={"say": {"target": 1}},
        client=client,
        print_results=False,
    )
    assert (1, 0) == (len(result.passed), len(result.failed))
    assert {"say": 1.5, "never": 0.0, "composite": (3 * 1.5) / 4} == {
        detail.metric_name: detail.aggregate for detail in result.metrics.details
    }
    [item] = server.posted_items()
    assert ([1, 2], True) == (item["scores"][0]["details"]["repeats"], item["passed"])


def test_an_evaluator_that_only_reports_still_fails_a_datapoint_by_raising(
    client: assay.Client,
) -> None:
    @evaluator(asserts=False)
    def broken(outputs: Any) -> bool:
        raise ValueError("broken")

    result = assay.evaluate(
        lambda inputs: 1,
        dataset=[{"n": 1}],
        evaluators=[broken],
        client=client,
        print_results=False,
    )
    assert not result.success


def test_an_evaluator_is_told_the_functions_latency(client: assay.Client, server: Any) -> None:
    async def later(inputs: Any) -> int:
        return 1

    def hand_over(function: Any, inputs: Any) -> Any:
        return function(inputs)

    def slow(latency_seconds: float) -> bool:
        return latency_seconds >= 0

    for function in (later, lambda inputs: 1, functools.partial(hand_over, later)):
        result = assay.evaluate(
            function, dataset=[{"n": 1}], evaluators=[slow], client=client, print_results=False
        )
        assert result.success
