"""The ready evaluators that need no model."""

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay import evaluators
from assay.core.errors import AssayError, InvalidInputError
from assay.core.scores import Score, ScoreStatus


def main(judge: Any, outputs: Any, ground_truth: Any = None, **values: Any) -> Score:
    return judge.judge(outputs, {}, ground_truth, **values)[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("judge", "outputs", "ground_truth", "value"),
    [
        (evaluators.exact_match(), {"answer": "4"}, {"answer": "4"}, 1),
        (evaluators.exact_match(), {"answer": "4", "steps": 3}, {"answer": "4"}, 1),
        (evaluators.exact_match(), "4", {"answer": "4"}, 1),
        (evaluators.exact_match(), {"a": 1, "b": 2}, {"a": 1, "b": 3}, 0),
        (evaluators.exact_match("a.b"), {"a": {"b": 0}}, {"a": {"b": 0}}, 1),
        (evaluators.exact_match("a.0", truth_key="x"), {"a": [7]}, {"x": 7, "y": 1}, 1),
        (evaluators.normalised_match(), "The  Eiffel-Tower.", {"a": "eiffel tower"}, 1),
        (evaluators.normalised_match(), "ﬁve", {"a": "FIVE!"}, 1),
        (evaluators.normalised_match(), "Louvre", {"a": "eiffel tower"}, 0),
        (evaluators.contains("refund"), {"text": "Your REFUND is due"}, None, 1),
        (evaluators.contains("refund", ignore_case=False), "Your REFUND", None, 0),
        (evaluators.contains(["a", "b"]), "a", None, 0),
        (evaluators.contains(["a", "b"], mode="any"), "a", None, 1),
        (evaluators.contains(), "it is 4.", {"answer": 4}, 1),
        (evaluators.regex(r"^\d+$"), "42", None, 1),
        (evaluators.regex(r"\d+", full=True), "42a", None, 0),
        (evaluators.regex(r"\d+", key="a"), {"a": "x1", "b": ""}, None, 1),
        (evaluators.edit_similarity(), "kitten", {"a": "sitting"}, 1 - 3 / 7),
        (evaluators.token_f1(), "the red cat", {"a": "a cat"}, 2 / 3),
        (evaluators.token_f1(), "", {"a": ""}, 1),
        (evaluators.rouge(kind="rouge1"), "the cat sat", {"a": "the cat ran"}, 2 / 3),
        (evaluators.rouge(kind="rouge2"), "the cat sat", {"a": "the cat ran"}, 1 / 2),
        (evaluators.rouge(), "", {"a": ""}, 1),
        (evaluators.json_valid(), '{"a": 1}', None, 1),
        (evaluators.json_valid(), "NaN", None, 0),
        (evaluators.json_valid(), "[" * 100_000, None, 0),
        (evaluators.json_valid(), {"a": 1, "b": 1}, None, 0),
        (evaluators.json_diff(), {"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3]}, 2 / 3),
        (evaluators.json_diff(ignore=("$.id",)), {"a": 1, "id": 1}, {"a": 1, "id": 2}, 1),
        (evaluators.json_diff("x"), {"x": '{"a": 1}'}, {"x": {"a": 1, "b": {}}}, 1 / 2),
        (evaluators.json_diff(), {"a": True}, {"a": 1}, 0),
        (evaluators.json_diff(), {}, {}, 1),
        (evaluators.numeric_closeness(absolute=0.5), "1.4", {"a": 1}, 1),
        (evaluators.numeric_closeness(relative=0.1), 111, {"a": 100}, 1),
        (evaluators.numeric_closeness(), 1.1, {"a": 1}, 0),
        (evaluators.numeric_closeness(), True, {"a": 1}, 0),
        (evaluators.numeric_closeness(), "many", {"a": 1}, 0),
        (evaluators.list_precision(), [" A", "b", "x"], {"a": ["a", "b", "c", "d"]}, 2 / 3),
        (evaluators.list_recall(), ["a", "b", "x"], {"a": ["a", "b", "c", "d"]}, 1 / 2),
        (evaluators.list_f1(), ["a", "b", "x"], {"a": ["a", "b", "c", "d"]}, 4 / 7),
        (evaluators.list_f1(), [], {"a": []}, 1),
        (evaluators.list_f1(strict=True), ["A"], {"a": ["a"]}, 0),
        (evaluators.list_recall(), [True], {"a": [1]}, 0),
        (evaluators.cost(), {"cost_usd": "0.25"}, None, 0.25),
        (evaluators.cost(key="a.b"), {"a": {"b": 0}}, None, 0),
    ],
)
def test_ready_evaluators_give_the_value_that_is_known(
    judge: Any, outputs: Any, ground_truth: Any, value: float
) -> None:
    score = main(judge, outputs, ground_truth)
    assert score.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("kind", "value"), [("rouge1", 0.70588), ("rouge2", 0.26667), ("rougeL", 0.58823)]
)
def test_rouge_gives_what_the_reference_implementation_gives(kind: Any, value: float) -> None:
    truth = {"text": "The quick brown fox jumps over the lazy dog"}
    found = "The quick brown dog jumps on the log."
    assert value == pytest.approx(main(evaluators.rouge(kind=kind), found, truth).value, abs=1e-4)


def test_bleu_is_that_of_sacrebleu() -> None:
    import sacrebleu

    text, truth = "the cat sat on the mat", "the cat sat on a mat"
    expected = sacrebleu.sentence_bleu(text, [truth]).score / 100
    assert expected == main(evaluators.bleu(), text, {"a": truth}).value
    assert main(evaluators.bleu(), truth, {"a": truth}).value == pytest.approx(1)
    assert 1.0 == main(evaluators.bleu(), "Paris", {"a": "Paris"}).value


@pytest.mark.parametrize(
    "judge",
    [
        evaluators.exact_match(),
        evaluators.normalised_match(),
        evaluators.contains(),
        evaluators.token_f1(),
        evaluators.json_diff(),
        evaluators.numeric_closeness(),
        evaluators.list_f1(),
        evaluators.tool_calls(),
    ],
    ids=lambda judge: judge.name,
)
def test_without_ground_truth_there_is_no_verdict(judge: Any) -> None:
    assert ScoreStatus.NOT_APPLICABLE is main(judge, "x").status


LISTS = st.lists(st.sampled_from(["a", "b", "c", 1, 2]), max_size=6)


@given(LISTS, LISTS)
def test_list_ratios_are_ratios_and_f1_is_their_harmonic_mean(found: Any, wanted: Any) -> None:
    truth = {"items": wanted}
    precision = main(evaluators.list_precision(), found, truth).value
    recall = main(evaluators.list_recall(), found, truth).value
    f1 = main(evaluators.list_f1(), found, truth).value
    assert f1 is not None
    common = (Counter(found) & Counter(wanted)).total()
    assert precision == (common / len(found) if found else None)
    assert recall == (common / len(wanted) if wanted else None)
    if precision and recall:
        assert f1 == pytest.approx(2 * precision * recall / (precision + recall))
    mirrored = main(evaluators.list_recall(), wanted, {"items": found}).value
    assert precision == mirrored


@given(LISTS, st.randoms())
def test_list_ratios_know_no_order(found: Any, random: Any) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert 1.0 == main(evaluators.list_f1(), shuffled, {"items": found}).value


SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"$ref": "#/$defs/name"}},
    "$defs": {"name": {"type": "string", "minLength": 2}},
}


def test_a_schema_names_each_fault_by_its_path() -> None:
    judge = evaluators.json_schema(SCHEMA)
    assert main(judge, {"name": "Ada"}).passed
    assert main(judge, '{"name": "Ada"}').passed
    score = main(judge, {"name": "A"})
    assert (False, "$.name: 'A' is too short") == (score.passed, score.reason)
    assert "not JSON" in (main(judge, "Ada").reason or "")
    assert main(evaluators.json_schema({"type": "string"}, key="a.b"), {"a": {"b": '"x"'}}).passed


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"$ref": "https://example.com/x.json"}, "nothing is fetched"),
        ({"properties": {"a": {"allOf": [{"$ref": "file:x.json"}]}}}, "nothing is fetched"),
        ({"type": "text"}, "no JSON Schema"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_at_once(schema: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        evaluators.json_schema(schema)


CALL = {"name": "search", "arguments": {"q": "x", "n": 1}}
OPENAI = {"id": "1", "function": {"name": "search", "arguments": '{"n": 1, "q": "x"}'}}
OTHER = {"name": "stop"}


@pytest.mark.parametrize(
    ("options", "found", "wanted", "value", "passed"),
    [
        ({}, [OPENAI], [CALL], 1, True),
        ({}, [CALL, OTHER], [OTHER, CALL], 1, True),
        ({"ordered": True}, [CALL, OTHER], [OTHER, CALL], 1, False),
        ({}, [{"name": "search", "arguments": {}}], [CALL], 0, False),
        ({}, [{"name": "search", "arguments": "{broken"}], [CALL], 0, False),
        ({"arguments": False}, [{"name": "search"}], [CALL], 1, True),
        ({}, None, [CALL], 0, False),
        ({}, [{"name": "stop", "arguments": ""}], [OTHER], 1, True),
    ],
)
def test_tool_calls_are_compared_whatever_their_form(
    options: Any, found: Any, wanted: Any, value: float, passed: bool
) -> None:
    judge = evaluators.tool_calls(**options)
    score = main(judge, {"tool_calls": found, "text": ""}, {"tool_calls": wanted})
    assert (value, passed) == (score.value, score.passed)


def test_latency_and_cost_are_lower_the_better_and_pass_up_to_their_limit() -> None:
    latency, cost = evaluators.latency(2), evaluators.cost(0.5)
    assert 1.5 == main(latency, "", latency_seconds=1.5).value
    for judge, limit in ((latency, 2), (cost, 0.5)):
        assert not judge.settings.higher_is_better
        assert (None, limit) == judge.settings.passing_range
    assert "speed" == evaluators.latency(name="speed").name


def test_a_cost_follows_from_tokens_and_prices_and_unknown_is_not_nothing() -> None:
    judge = evaluators.cost(input_usd_per_million=2, output_usd_per_million=10)
    usage = {"prompt_tokens": 1000, "output_tokens": 100}
    assert 0.003 == pytest.approx(main(judge, {"usage": usage}).value)
    unknown: tuple[Any, ...] = ({}, "text", {"usage": {}}, {"usage": {"input_tokens": 1}})
    for outputs in unknown:
        assert ScoreStatus.NOT_APPLICABLE is main(judge, outputs).status
    assert ScoreStatus.NOT_APPLICABLE is main(evaluators.cost(), {"usage": usage}).status


@pytest.mark.parametrize(
    ("judge", "outputs", "ground_truth", "message"),
    [
        (evaluators.exact_match("b"), {"a": 1}, {"b": 1}, "no 'b'; at 'b' there is: a"),
        (evaluators.exact_match("b.c"), {"b": 1}, {"b": {"c": 1}}, "there is: int"),
        (evaluators.token_f1(), {"a": 1, "b": 2}, {"c": "x"}, "say which part with key="),
        (evaluators.list_f1(), "a", {"a": ["a"]}, "not a list"),
        (evaluators.numeric_closeness(), 1, {"a": math.inf}, "no finite number"),
        (evaluators.cost(), {"cost_usd": "much"}, None, "no number of US dollars"),
        (evaluators.cost(), {"cost_usd": -1}, None, "no number of US dollars"),
        (evaluators.tool_calls(), {"tool_calls": 3}, {"tool_calls": []}, "are a list"),
        (evaluators.tool_calls(), {"tool_calls": [3]}, {"tool_calls": []}, "has a 'name'"),
    ],
)
def test_what_cannot_be_judged_is_said(
    judge: Any, outputs: Any, ground_truth: Any, message: str
) -> None:
    with pytest.raises(AssayError, match=message):
        judge.judge(outputs, {}, ground_truth)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: evaluators.regex("(?=x)"), "no look-around"),
        (lambda: evaluators.contains("x", mode="some"), "mode='some'"),  # type: ignore[arg-type]
        (lambda: evaluators.rouge(kind="rouge9"), "kind='rouge9'"),  # type: ignore[arg-type]
        (lambda: evaluators.numeric_closeness(absolute=-1), "at least 0"),
        (lambda: evaluators.cost(input_usd_per_million=1), "or neither"),
        (lambda: evaluators.exact_match(nmae="x"), "did you mean 'name'"),  # type: ignore[call-arg]
    ],
)
def test_arguments_that_cannot_be_used_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        make()
