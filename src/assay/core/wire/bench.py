"""The bench's JSON: what ``assay bench run --format json`` and the REST API answer."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class WireModel(BaseModel):
    """A closed, immutable wire model."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class MetricValue(WireModel):
    """One metric of one model: its value, how many items it stands on, and its interval."""

    value: float | None
    n: int = Field(description="Items the value stands on.")
    interval: tuple[float, float] | None = None


class LatencySummary(WireModel):
    """Latency percentiles in seconds over uncached answers; None where none is known."""

    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    n: int


class ModelSummary(WireModel):
    """One model of an evaluation: the ledger, the headline and what it cost.

    ``planned = scored + failed + truncated + refused + unparseable + judge_error +
    skipped``. ``pass_rate = passed / answered`` with ``answered = scored + truncated +
    refused + unparseable``; None when nothing was answered.
    """

    model: str
    run_id: str
    rank: int = Field(description="1 is best; models that cannot be told apart share it.")
    planned: int
    scored: int
    failed: int
    truncated: int
    refused: int
    unparseable: int
    judge_error: int
    skipped: int
    answered: int
    passed: int
    pass_rate: float | None
    interval: tuple[float, float] | None = Field(description="Of the pass rate (Wilson, 95 %).")
    metrics: dict[str, float | None]
    metric_details: dict[str, MetricValue] = Field(default_factory=dict)
    cost_usd: str | None = Field(description="Decimal text; None when no cost is known.")
    cost_known: int = Field(description="Items whose cost is known.")
    cost_source: str
    cost_per_1000_usd: str | None = None
    input_tokens: int | None
    output_tokens: int | None
    latency: LatencySummary
    tied_with_leader: bool
    on_pareto_front: bool
    stop_reason: str | None = None


class ModelComparison(WireModel):
    """Two models paired item by item over the items both answered."""

    a: str
    b: str
    a_only: int
    b_only: int
    both: int
    neither: int
    difference: float | None = Field(
        description="Of a minus b on the pairs: pass rates, or mean scores where the test says so."
    )
    interval: tuple[float, float] | None = Field(description="Score interval of the difference.")
    p_value: float | None
    p_value_adjusted: float | None = Field(description="Holm over all comparisons shown.")
    test: str
    needed: int | None = Field(
        default=None, description="Datapoints that would tell them apart at 80 % power."
    )


class EvaluationReport(WireModel):
    """The whole answer to one evaluation."""

    format_version: int = 1
    run_id: str
    name: str
    status: str
    task: str
    dataset: str
    dataset_digest: str
    datapoints: int
    repeats: int
    created_at: datetime
    finished_at: datetime | None
    duration_seconds: float | None
    leader: str | None
    models: list[ModelSummary]
    comparisons: list[ModelComparison]
    warnings: list[str] = Field(default_factory=list)


class ScoreView(WireModel):
    """One score of one item."""

    name: str
    status: str
    value: float | None
    label: str | None
    passed: bool | None
    reason: str | None
    details: dict[str, Any]


class ItemView(WireModel):
    """One item of one run, as shown in tables and side by side."""

    run_id: str
    datapoint_id: str
    repeat: int
    session_id: str | None
    status: str
    passed: bool | None
    output: Any
    error: str | None
    scores: list[ScoreView]
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: str | None
    cost_source: str
    latency_seconds: float | None
    finish_reason: str | None
    attempts: int
    cached: bool
