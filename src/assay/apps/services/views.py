"""Nouns as their REST views: pure renaming, no decisions."""

from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.results import ItemResult
from assay.core.runs import TaskVersion
from assay.core.scores import Score
from assay.core.wire.bench import ItemView, ScoreView
from assay.core.wire.rest import DatapointView, DatasetView, TaskView


def task_view(task: TaskVersion) -> TaskView:
    """Return a task as the wire shows it."""
    return TaskView(
        id=task.id,
        name=task.name,
        version=task.version,
        description=str(task.definition.get("description", "")),
        digest=task.digest,
        created_at=task.created_at,
        definition=dict(task.definition),
    )


def dataset_view(dataset: DatasetVersion) -> DatasetView:
    """Return a dataset as the wire shows it."""
    return DatasetView(
        id=dataset.id,
        name=dataset.name,
        version=dataset.version,
        digest=dataset.digest,
        size=dataset.size,
        created_at=dataset.created_at,
    )


def datapoint_view(datapoint: Datapoint) -> DatapointView:
    """Return a datapoint as the wire shows it."""
    truth = datapoint.ground_truth
    return DatapointView(
        id=datapoint.id,
        inputs=dict(datapoint.inputs),
        ground_truth=None if truth is None else dict(truth),
        metadata=dict(datapoint.metadata),
    )


def item_view(run_id: str, result: ItemResult) -> ItemView:
    """Return a finished item as the wire shows it; ``attempts`` counts them."""
    cost = result.cost.amount_usd
    return ItemView(
        run_id=run_id,
        datapoint_id=result.key.datapoint_id,
        repeat=result.key.repeat,
        session_id=result.session_id,
        status=result.status.value,
        passed=result.passed,
        output=result.output,
        error=result.error,
        scores=[score_view(score) for score in result.scores],
        input_tokens=result.usage.input_tokens,
        output_tokens=result.usage.output_tokens,
        cost_usd=None if cost is None else f"{cost:f}",
        cost_source=result.cost.source.value,
        latency_seconds=result.latency_seconds,
        finish_reason=result.finish_reason,
        attempts=len(result.attempts),
        cached=result.cached,
    )


def score_view(score: Score) -> ScoreView:
    """Return a score as the wire shows it."""
    return ScoreView(
        name=score.name,
        status=score.status.value,
        value=score.value,
        label=score.label,
        passed=score.passed,
        reason=score.reason,
        details=dict(score.details),
    )
