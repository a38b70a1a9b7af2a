"""Prompt, call, score: what becomes of one reply, and of an evaluation."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from assay.bench.runner import EvaluationPlan, bench_candidate, chat_request, run_evaluation
from assay.bench.scoring import gold_of, score_reply
from assay.bench.task import Task, parse_task
from assay.bench.validation import Severity, validate_task
from assay.core.chat import ChatReply, ChatRequest
from assay.core.costs import Cost, CostSource
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError, InvalidTaskError, StorageError
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.execution import Cancellation, ExecutionSettings, WorkItem


TASK = """
name: capitals
description: Name the capital.
prompt: "{{country}}?"
gold: {field: answer}
matcher: {kind: normalized}
"""
LISTS = """
name: letters
output_format: json
gold: {field: letters}
matcher: {kind: set}
"""
FRANCE = Datapoint("fr", {"country": "France"}, {"answer": "Paris"})


def _task(text: str = TASK, more: str = "") -> Task:
    return parse_task(text + more, source="task.yaml")


@dataclass
class Echo:
    """A model that answers from a mapping, and remembers what it was asked."""

    name: str
    answers: dict[str, ChatReply]
    asked: list[ChatRequest] = field(default_factory=list)

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.asked.append(request)
        await asyncio.sleep(0)
        return self.answers[request.datapoint_id or ""]

    async def aclose(self) -> None:
        pass


@dataclass
class Rows:
    rows: dict[tuple[str, ItemKey], ItemResult] = field(default_factory=dict)
    broken: bool = False

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        if self.broken:
            raise StorageError("the disk is full")
        self.rows |= {(run_id, result.key): result for result in results}


def _reply(text: str, **more: Any) -> ChatReply:
    return ChatReply(text=text, model="m", **more)


@pytest.mark.parametrize(
    ("reply", "status", "passed"),
    [
        (_reply("paris."), ItemStatus.SCORED, True), (_reply("Rome"), ItemStatus.SCORED, False),
        (_reply("Paris", finish_reason="length"), ItemStatus.TRUNCATED, False),
        (_reply("", finish_reason="content_filter"), ItemStatus.REFUSED, False),
        (_reply("", refusal="I cannot say."), ItemStatus.REFUSED, False),
        (_reply("  "), ItemStatus.UNPARSEABLE, False),
    ],
    ids=["right", "wrong", "truncated", "filtered", "refused", "empty"],
)  # fmt: skip
def test_each_reply_has_one_status(reply: ChatReply, status: ItemStatus, passed: bool) -> None:
    result = score_reply(_task(), FRANCE, reply, repeat=2)

    assert (ItemKey("fr", 2), status, passed) == (result.key, result.status, result.passed)
    assert reply.text == result.output
    assert (result.error is None) == (status is ItemStatus.SCORED)
    assert passed == (result.scores[0].value == 1)


def test_a_wrong_answer_says_what_was_expected() -> None:
    score = score_reply(_task(), FRANCE, _reply("Rome"), repeat=0).scores[0]

    assert ("normalized", "expected Paris, got Rome") == (score.name, score.reason)


def test_an_answer_that_cannot_be_read_misses_every_gold_item_and_invents_none() -> None:
    point = Datapoint("x", {}, {"letters": ["a", "b"]})

    for reply in (_reply("none"), _reply("[", finish_reason="length"), _reply('{"a": 1}')):
        details = score_reply(_task(LISTS), point, reply, repeat=0).scores[0].details
        assert (0, 0, 2) == (details["tp"], details["fp"], details["fn"])


def test_cost_tokens_and_latency_go_along_and_a_cache_hit_has_no_latency() -> None:
    cost = Cost(Decimal("0.1"), CostSource.BILLED)

    fresh = score_reply(_task(), FRANCE, _reply("x", cost=cost, latency_seconds=2.0), repeat=0)
    cached = score_reply(_task(), FRANCE, _reply("x", cached=True, latency_seconds=2.0), repeat=0)

    assert (cost, 2.0) == (fresh.cost, fresh.latency_seconds)
    assert (True, None) == (cached.cached, cached.latency_seconds)


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        (None, "datapoint 'x': has no ground_truth"), ({}, "no gold at ground_truth.answer"),
        ({"other": 1}, r"it has other"),
    ],
)  # fmt: skip
def test_missing_gold_is_named(truth: Any, message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=message):
        gold_of(_task(), Datapoint("x", {}, truth))


def test_gold_is_read_out_of_a_worked_solution() -> None:
    task = _task(
        TASK.replace(
            "{field: answer}", "{field: answer, extract: {kind: regex, pattern: 'A: (.*)'}}"
        )
    )

    assert gold_of(task, Datapoint("x", {}, {"answer": "so\nA: 18"})) == "18"
    with pytest.raises(InvalidDatasetError, match=r"gold\.extract: no match"):
        gold_of(task, Datapoint("x", {}, {"answer": "18"}))
    with pytest.raises(InvalidDatasetError, match=r"reads text, found int"):
        gold_of(task, Datapoint("x", {}, {"answer": 18}))


def test_unusable_gold_is_the_datapoints_fault_not_the_models() -> None:
    with pytest.raises(InvalidDatasetError, match="datapoint 'x': gold: expected a list"):
        score_reply(_task(LISTS), Datapoint("x", {}, {"letters": "ab"}), _reply("[]"), repeat=0)


def test_the_prompt_is_filled_once_and_with_json_where_it_is_no_text() -> None:
    task = _task(
        TASK.replace("{{country}}?", "{{ country }} {{n.list[0]}} {{n}}"),
        "system: 'Be {{country}}'\nsampling: {temperature: 0, max_tokens: 9}\n",
    )
    point = Datapoint("x", {"country": "{{n}}", "n": {"list": [1.5]}}, {"answer": ""})

    request = chat_request(task, point, repeat=3)

    assert [message.content for message in request.messages] == [
        "Be {{n}}",
        '{{n}} 1.5 {"list":[1.5]}',
    ]
    assert (0, 9, "x", 3) == (
        request.temperature,
        request.max_tokens,
        request.datapoint_id,
        request.repeat,
    )


def test_without_a_prompt_the_description_and_the_inputs_are_sent() -> None:
    request = chat_request(_task(TASK.replace('prompt: "{{country}}?"', "")), FRANCE, repeat=0)

    assert [message.content for message in request.messages] == [
        'Name the capital.\n\n{"country":"France"}'
    ]


def test_a_placeholder_without_its_input_names_datapoint_and_inputs() -> None:
    with pytest.raises(
        InvalidTaskError,
        match=r"datapoint 'x': the prompt's \{\{country\}\} names no input: .* Inputs of this datapoint: city\.",
    ):
        chat_request(_task(), Datapoint("x", {"city": "Rome"}), repeat=0)


async def test_no_call_is_paid_for_a_datapoint_without_gold() -> None:
    model = Echo("m", {})

    with pytest.raises(InvalidDatasetError):
        await bench_candidate(_task(), model)(WorkItem("r", Datapoint("x", {"country": "?"}), 0))

    assert model.asked == []


def _plan(**more: Any) -> EvaluationPlan:
    return EvaluationPlan(
        datapoints=2, execution=ExecutionSettings(repeats=2, concurrency=1), **more
    )


POINTS = [FRANCE, Datapoint("it", {"country": "Italy"}, {"answer": "Rome"})]


def _model(name: str, *, usd: str = "1") -> Echo:
    cost = Cost(Decimal(usd), CostSource.BILLED)
    return Echo(name, {"fr": _reply("Paris", cost=cost), "it": _reply("Milan", cost=cost)})


async def test_all_models_are_run_and_every_item_is_stored() -> None:
    rows, one, two = Rows(), _model("one"), _model("two")

    summaries = await run_evaluation(
        _plan(),
        task=_task(),
        datapoints=lambda: POINTS,
        models=[("r1", one), ("r2", two)],
        sink=rows,
    )

    assert [("r1", 2), ("r2", 2)] == [(summary.run_id, summary.passed) for summary in summaries]
    assert len(rows.rows) == 8


async def test_list_answers_are_scored_as_well() -> None:
    rows = Rows()
    model = Echo("m", {"x": _reply('["a", "c"]')})

    await run_evaluation(
        EvaluationPlan(datapoints=1, execution=ExecutionSettings()),
        task=_task(LISTS),
        datapoints=lambda: [Datapoint("x", {}, {"letters": ["a", "b"]})],
        models=[("r", model)],
        sink=rows,
    )

    assert rows.rows["r", ItemKey("x", 0)].scores[0].details == {"tp": 1, "fp": 1, "fn": 1}


async def test_what_is_done_is_not_asked_again() -> None:
    rows, model = Rows(), _model("one")
    done = {ItemKey("fr", 0): ItemStatus.SCORED, ItemKey("it", 1): ItemStatus.FAILED}

    await run_evaluation(
        _plan(), task=_task(), datapoints=lambda: POINTS, models=[("r", model)], sink=rows,
        done=lambda _: done,
    )  # fmt: skip

    assert [("fr", 1), ("it", 0)] == [(call.datapoint_id, call.repeat) for call in model.asked]


async def test_the_models_share_one_budget_and_what_was_spent_before_counts() -> None:
    rows = Rows()

    summaries = await run_evaluation(
        _plan(budget_usd=Decimal(5), spent_usd=Decimal(2)), task=_task(), datapoints=lambda: POINTS,
        models=[("r1", _model("one")), ("r2", _model("two"))], sink=rows,
    )  # fmt: skip

    assert 3 <= len(rows.rows) <= 4
    assert all("budget" in (summary.stop_reason or "") for summary in summaries)


async def test_cancelling_ends_every_run() -> None:
    stop = Cancellation()
    stop.cancel("enough")

    summaries = await run_evaluation(
        _plan(), task=_task(), datapoints=lambda: POINTS, models=[("r1", _model("one")), ("r2", _model("two"))],
        sink=Rows(), cancellation=stop,
    )  # fmt: skip

    assert ["enough", "enough"] == [summary.stop_reason for summary in summaries]


async def test_a_store_that_refuses_ends_all_runs() -> None:
    with pytest.raises(StorageError, match="disk is full"):
        await run_evaluation(
            _plan(), task=_task(), datapoints=lambda: POINTS, models=[("r1", _model("one")), ("r2", _model("two"))],
            sink=Rows(broken=True),
        )  # fmt: skip


def test_validation_names_the_datapoints_that_do_not_fit() -> None:
    points = [
        FRANCE,
        *(Datapoint(f"p{number}", {"city": "?"}, {"answer": "!"}) for number in range(7)),
        Datapoint("g", {"country": "?"}),
    ]

    findings = validate_task(_task(), points)

    assert [("prompt", 7), ("gold", 1)] == [(item.subject, item.datapoints) for item in findings]
    assert findings[0].message.endswith("In 7 of 9 datapoints: 'p0', 'p1', 'p2', 'p3', 'p4', ….")
    assert findings[1].message == "has no ground_truth. In 1 of 9 datapoints: 'g'."
    assert {Severity.ERROR} == {item.severity for item in findings}


def test_validation_finds_gold_that_no_matcher_could_compare_and_keys_without_effect() -> None:
    task = _task(
        LISTS, "constraints: {min_count: 1}\nsystem: hello\nevaluation_criteria: [be nice]\n"
    )

    findings = validate_task(task, [Datapoint("x", {}, {"letters": 3})])

    assert [("gold", Severity.ERROR), ("constraints", Severity.WARNING), ("evaluation_criteria", Severity.WARNING)] == [
        (item.subject, item.severity) for item in findings
    ]  # fmt: skip


def test_a_task_that_fits_has_no_findings_and_an_empty_dataset_is_one() -> None:
    assert validate_task(_task(), POINTS) == []
    assert [item.subject for item in validate_task(_task(), [])] == ["dataset"]
