"""Judges in the background: asked once, read strictly, their failures recorded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from assay.apps.services.evaluation_plan import Gateways
from assay.apps.services.ingestion import store_events
from assay.apps.services.metric_scoring import MetricScoring
from assay.apps.services.metric_worker import MetricWorker
from assay.apps.services.server_metrics import ServerMetricService
from assay.core.chat import ChatReply, ChatRequest
from assay.core.errors import ModelCallError
from assay.core.event_scores import stored_scores
from assay.core.scores import ScoreStatus
from assay.core.wire.metrics import MetricCreate
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_store import MemoryStore


@dataclass
class FakeModel:
    """Answers every request alike, and remembers what it was asked."""

    reply: Callable[[], str]
    name: str = "judge"
    asked: list[ChatRequest] = field(default_factory=list)

    def open(self, _spec: str) -> "FakeModel":
        return self

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.asked.append(request)
        return ChatReply(self.reply(), self.name, finish_reason="stop")

    async def aclose(self) -> None: ...


def refuse() -> str:
    raise ModelCallError("no answer came")


@dataclass
class Bench:
    store: MemoryStore
    model: FakeModel
    definitions: ServerMetricService
    scoring: MetricScoring

    def arrive(self, text: str = "please") -> None:
        body = {"event_id": "e", "event_type": "session", "outputs": {"text": text}}
        store_events(self.store, [body], project="default", clock=ManualClock())

    def score(self) -> Any:
        event = self.store.get_event("e")
        assert event is not None
        return stored_scores(event).get("kind")


def bench(reply: Callable[[], str]) -> Bench:
    store, clock, model = MemoryStore(), ManualClock(), FakeModel(reply)
    definitions = ServerMetricService(store, clock=clock)
    settings = {"model": "openai:small", "rubric": "Is it kind?", "answer": "verdict"}
    body = MetricCreate(name="kind", kind="judge", settings=settings, target="outputs.text")
    definitions.create(body, project="default", actor="ada")
    gateways = cast("Gateways", lambda: model)
    scoring = MetricScoring(store, definitions, gateways=gateways, clock=clock)
    return Bench(store, model, definitions, scoring)


async def test_a_judge_looks_at_what_arrived_once() -> None:
    made = bench(lambda: '{"passed": true, "reason": "so"}')
    made.arrive()
    made.arrive()

    assert made.score() is None
    assert (1, 0) == (await made.scoring.judge_waiting(), await made.scoring.judge_waiting())
    score = made.score()
    assert (True, "so", "LLM") == (score.passed, score.reason, score.details["metric_type"])
    [request] = made.model.asked
    assert "Is it kind?" in request.messages[0].content
    assert "please" in request.messages[1].content


@pytest.mark.parametrize(
    ("reply", "said"), [(lambda: "Yes!", "not JSON"), (refuse, "no answer came")]
)
async def test_what_goes_wrong_is_a_record_and_no_score(
    reply: Callable[[], str], said: str
) -> None:
    made = bench(reply)
    made.arrive()
    await made.scoring.judge_waiting()

    score = made.score()
    assert (ScoreStatus.ERROR, None) == (score.status, score.value)
    assert said in score.reason
    event = made.store.get_event("e")
    assert event is not None
    assert {} == event.metrics


async def test_a_judge_is_tried_out_on_an_event_that_is_not_stored() -> None:
    made = bench(lambda: '{"passed": true, "reason": "so"}')
    made.arrive()
    event = made.store.get_event("e")
    assert event is not None
    [metric] = made.definitions.arriving("default")
    score = await made.scoring.score_one(metric, event)

    assert (True, "so") == (score.passed, score.reason)
    assert made.score() is None


async def test_a_worker_takes_up_what_a_dead_one_left_behind() -> None:
    made = bench(lambda: '{"passed": false}')
    made.arrive()
    worker = MetricWorker(made.scoring)
    await worker.start()
    worker.notify()
    for _ in range(2000):
        if made.score() is not None:
            break
        await _breathe()
    await worker.stop()

    assert made.score().passed is False
    assert not worker.started


async def _breathe() -> None:
    import asyncio

    await asyncio.sleep(0.001)
