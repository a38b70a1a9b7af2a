"""What a ranking needs of a run's answers, as columns: one entry per item.

Outputs and reasons are left out, and of the scores all but the first, which is the task's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assay.core.costs import CostSource
from assay.core.results import ItemResult, ItemStatus
from assay.core.scores import ScoreStatus


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """Some of a run's answers; all sequences have one entry per item.

    Attributes:
        passed: The headline verdict, None where nothing decides.
        amounts_usd: What the call cost, None where that is unknown.
        latencies: Seconds, None for a cache hit or without an answer.
        values: The first score's number, None without one or where it is no verdict.
        details: The first score's details, empty without one or where it is no verdict.
    """

    datapoint_ids: Sequence[str]
    repeats: Sequence[int]
    statuses: Sequence[ItemStatus]
    passed: Sequence[bool | None]
    input_tokens: Sequence[int | None]
    output_tokens: Sequence[int | None]
    amounts_usd: Sequence[Decimal | None]
    sources: Sequence[CostSource]
    latencies: Sequence[float | None]
    cached: Sequence[bool]
    values: Sequence[float | None]
    details: Sequence[Mapping[str, Any]]

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self.datapoint_ids)


def answer_columns(results: Iterable[ItemResult]) -> AnswerColumns:
    """Turn results into columns."""
    items = list(results)
    first = [
        item.scores[0] if item.scores and item.scores[0].status is ScoreStatus.SCORED else None
        for item in items
    ]
    return AnswerColumns(
        datapoint_ids=[item.key.datapoint_id for item in items],
        repeats=[item.key.repeat for item in items],
        statuses=[item.status for item in items],
        passed=[item.passed for item in items],
        input_tokens=[item.usage.input_tokens for item in items],
        output_tokens=[item.usage.output_tokens for item in items],
        amounts_usd=[item.cost.amount_usd for item in items],
        sources=[item.cost.source for item in items],
        latencies=[item.latency_seconds for item in items],
        cached=[item.cached for item in items],
        values=[None if score is None else score.value for score in first],
        details=[{} if score is None else score.details for score in first],
    )
