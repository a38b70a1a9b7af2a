"""Server-side evaluators on the wire: what ``/v1/metrics`` takes and answers."""

from datetime import datetime
from typing import Any

from pydantic import Field

from assay.core.server_metrics import MetricKind
from assay.core.wire.runs import AnswerModel, RequestModel


class Threshold(RequestModel):
    """The passing range; both bounds are inside, None is no bound."""

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)


class MetricUpdate(RequestModel):
    """``PUT /v1/metrics/{id}``: what is absent stays; a change makes a new version.

    ``type``, ``criteria`` and what follows them are how older clients say it: LLM is a
    judge with the criteria as its rubric, COMPOSITE a weighted mean, HUMAN a question to
    people. PYTHON is refused: no text is run as code here.
    """

    name: str | None = Field(default=None, min_length=1, max_length=200)
    kind: MetricKind | None = None
    settings: dict[str, Any] | None = None
    target: str | None = Field(default=None, min_length=1, max_length=500)
    filters: list[dict[str, Any]] | dict[str, Any] | None = None
    threshold: Threshold | None = None
    enabled: bool | None = None
    description: str | None = Field(default=None, max_length=10_000)
    type: str | None = Field(default=None, max_length=50)
    criteria: str | None = Field(default=None, max_length=100_000)
    return_type: str | None = Field(default=None, max_length=50)
    enabled_in_prod: bool | None = None
    model_provider: str | None = Field(default=None, max_length=200)
    model_name: str | None = Field(default=None, max_length=500)
    scale: int | None = Field(default=None, ge=1, le=1_000_000)
    categories: list[Any] | None = Field(default=None, max_length=100)
    child_metrics: list[Any] | None = Field(default=None, max_length=100)


class MetricCreate(MetricUpdate):
    """``POST /v1/metrics``."""

    name: str = Field(min_length=1, max_length=200)


class LegacyMetricUpdate(MetricUpdate):
    """``PUT /v1/metrics``: the same with the id in the body."""

    id: str | None = None
    metric_id: str | None = None


class MetricObject(AnswerModel):
    """A server-side evaluator; what older clients need stands beside what it is.

    ``spent_today`` is what a judge asked and spent on this day (UTC), where one judge is shown.
    """

    id: str
    name: str
    kind: MetricKind
    version: int
    settings: dict[str, Any]
    target: str
    threshold: dict[str, float | None] | None
    filters: dict[str, Any]
    enabled: bool
    description: str | None
    type: str
    criteria: str
    return_type: str
    enabled_in_prod: bool
    sampling_percentage: float = 100.0
    needs_ground_truth: bool = False
    spent_today: dict[str, Any] | None = None
    created_at: datetime
    updated_at: datetime


class MetricsAnswer(AnswerModel):
    """The answer to ``GET /v1/metrics``."""

    metrics: list[MetricObject]
    page: int = 1
    limit: int = 50
    total: int = 0


class MetricCreated(AnswerModel):
    """The answer to ``POST /v1/metrics``."""

    inserted: bool = True
    metric_id: str
    metric: MetricObject


class MetricUpdated(AnswerModel):
    """The answer to ``PUT /v1/metrics/{id}``."""

    updated: bool = True
    metric: MetricObject


class MetricDeleted(AnswerModel):
    """The answer to ``DELETE /v1/metrics/{id}``."""

    deleted: bool = True


class MetricVersionCreate(RequestModel):
    """``POST /v1/metrics/{id}/versions``: of ``content``, what is absent stays."""

    message: str = Field(default="", max_length=10_000)
    content: MetricUpdate
    deploy_immediately: bool | None = None


class MetricVersion(AnswerModel):
    """A version as older clients read it; one at a time is ``deployed`` and scores."""

    name: str
    full_sha: str
    message: str
    date: datetime
    deployed: bool
    content: MetricObject


class MetricVersions(AnswerModel):
    """The answer to ``GET /v1/metrics/{id}/versions``: newest first, and as ``data`` oldest."""

    success: bool = True
    metric_id: str
    versions: list[MetricObject]
    data: list[MetricVersion]


class MetricVersionAnswer(AnswerModel):
    """The answer to what stores or deploys a version."""

    success: bool = True
    data: MetricVersion


class MetricRun(RequestModel):
    """``POST /v1/metrics/run``: a stored metric over old runs or events, or one tried out.

    With ``metric_id`` and ``run_ids`` or ``filters`` what is stored is scored. With
    ``metric`` and ``event`` nothing is stored: the answer says what the score would be.
    """

    metric_id: str | None = None
    run_ids: list[str] | None = Field(default=None, min_length=1, max_length=100)
    filters: list[dict[str, Any]] | None = Field(default=None, max_length=50)
    metric: MetricCreate | None = None
    event: dict[str, Any] | None = None


class MetricJob(AnswerModel):
    """Scoring what is stored, and how far it is; ``errors`` counts what could not be scored."""

    id: str
    metric_id: str
    metric_version: int
    status: str
    run_ids: list[str] | None = None
    planned: int
    done: int
    scored: int
    skipped: int
    errors: int
    error: str | None = None
    created_at: datetime
    updated_at: datetime


class MetricRunAnswer(AnswerModel):
    """The answer to ``POST /v1/metrics/run``: a job, or what one event would get."""

    success: bool = True
    loading: bool = False
    result: bool | float | str | None = None
    explanation: str | None = None
    passed: bool | None = None
    status: str | None = None
    job: MetricJob | None = None
