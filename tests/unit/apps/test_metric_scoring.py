"""Judges in the background: asked once, read strictly, their failures recorded."""

import asyncio
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
from assay.core.documents import DocumentFilter
from assay.core.errors import ModelCallError
from assay.core.event_scores import stored_scores
from assay.core.scores import ScoreStatus
from assay.core.server_metrics import METRIC_KIND, metric_of
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
    return Bench(store, model, MetricScoring(store, definitions, gateways=gateways, clock=clock))


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


async def test_a_job_that_two_take_up_at_once_is_worked_on_once() -> None:
    made = bench(lambda: '{"passed": true}')
    made.arrive()
    [document] = made.store.list_documents(DocumentFilter(METRIC_KIND)).items
    job = made.scoring.plan_job(metric_of(document), runs=None, filters=[])

    both = await asyncio.gather(*(made.scoring.run_job(job.id) for _ in range(2)))

    assert "completed" in {each.status for each in both}
    assert ("completed", 1) == (made.scoring.job(job.id).state, len(made.model.asked))
    assert "completed" == (await made.scoring.run_job(job.id)).status
    assert 1 == len(made.model.asked)


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
    await asyncio.sleep(0.001)
