"""Small, complete nouns for tests; every field can be given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from assay.core.costs import Cost, CostSource, Usage
from assay.core.datasets import Datapoint
from assay.core.events import Event, EventType
from assay.core.results import Attempt, ItemKey, ItemResult, ItemStatus
from assay.core.runs import DEFAULT_PROJECT, Evaluation, Run, RunKind, RunStatus
from assay.core.scores import Score


NOON = datetime(2030, 1, 2, 12, tzinfo=UTC)


def a_moment(seconds: float = 0) -> datetime:
    """Return a fixed time plus ``seconds``."""
    return NOON + timedelta(seconds=seconds)


def some_datapoints(count: int = 3, *, prefix: str = "d") -> list[Datapoint]:
    """Return datapoints named ``d0``, ``d1``, ..."""
    return [
        Datapoint(f"{prefix}{i}", {"question": f"{i} + {i}"}, {"answer": 2 * i}, {"level": i % 3})
        for i in range(count)
    ]


def a_run(run_id: str = "run-1", **changes: Any) -> Run:
    """Return a running bench run."""
    run = Run(
        id=run_id,
        project=DEFAULT_PROJECT,
        name=f"name of {run_id}",
        kind=RunKind.BENCH,
        status=RunStatus.RUNNING,
        created_at=NOON,
        updated_at=NOON,
        candidate="openai:small",
    )
    return replace(run, **changes)


def an_evaluation(evaluation_id: str = "evaluation-1", **changes: Any) -> Evaluation:
    """Return a pending evaluation of two models."""
    evaluation = Evaluation(
        id=evaluation_id,
        project=DEFAULT_PROJECT,
        name=f"name of {evaluation_id}",
        status=RunStatus.PENDING,
        task_id="task-1",
        dataset_id="dataset-1",
        models=("recorded:a", "recorded:b"),
        run_ids=("run-a", "run-b"),
        created_at=NOON,
        updated_at=NOON,
        settings={"repeats": 1},
    )
    return replace(evaluation, **changes)


def a_result(datapoint_id: str = "d0", repeat: int = 0, **changes: Any) -> ItemResult:
    """Return a scored result with every field filled."""
    result = ItemResult(
        key=ItemKey(datapoint_id, repeat),
        status=ItemStatus.SCORED,
        output={"answer": "4", "steps": [1, 2.5, None]},
        passed=True,
        scores=(
            Score("exact", value=1.0, passed=True, reason="equal", details={"tp": 1}),
            Score("tone", label="friendly"),
        ),
        usage=Usage(12, 34, 5, 6, 7),
        cost=Cost(Decimal("0.00012345"), CostSource.PRICED, "2030-01-01"),
        latency_seconds=1.25,
        finish_reason="stop",
        attempts=(Attempt(1, 0.5, "RateLimitError: slow down", 429), Attempt(2, 0.75)),
        session_id=f"session-{datapoint_id}",
        started_at=NOON,
        duration_seconds=1.5,
        metadata={"prompt": "add"},
    )
    return replace(result, **changes)


def an_event(event_id: str = "event-1", **changes: Any) -> Event:
    """Return a model call within a session."""
    event = Event(
        id=event_id,
        session_id="session-1",
        project=DEFAULT_PROJECT,
        name="chat",
        type=EventType.MODEL,
        parent_id="session-1",
        run_id="run-1",
        datapoint_id="d0",
        source="evaluation",
        started_at=NOON,
        ended_at=a_moment(0.25),
        duration_ms=250.0,
        inputs={"messages": []},
        outputs={"text": "4"},
        config={"model": "small"},
        metadata={"run_id": "run-1"},
        metrics={"exact": True, "tone": "friendly", "length": 3},
        feedback={"rating": 5},
        user_properties={"user": "u"},
    )
    return replace(event, **changes)
