"""The bench's REST views: tasks, datasets, recordings, models, evaluations and their progress."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.core.wire.bench import ItemView, WireModel


T = TypeVar("T")

EvaluationStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
Outcome = Literal["a_only", "b_only", "both", "neither"]


class PageView(WireModel, Generic[T]):
    """One page of a listing; pages count from 1 and ``total`` counts the items of all pages."""

    items: list[T]
    page: int
    limit: int
    total: int


class TaskView(WireModel):
    """One stored version of a task."""

    id: str
    name: str
    version: int
    description: str
    digest: str
    created_at: datetime
    definition: dict[str, Any]


class TaskBody(WireModel):
    """A task to store or to check: its definition, or the text of a task file."""

    definition: dict[str, Any] | None = None
    text: str | None = Field(default=None, description="YAML or JSON, as in a task file.")

    @model_validator(mode="after")
    def _exactly_one(self) -> "TaskBody":
        if (self.definition is None) == (self.text is None):
            raise ValueError("give either 'definition' or 'text'")
        return self


class TaskProblem(WireModel):
    """One fault of a task: what is wrong, and where as far as it is known."""

    message: str
    line: int | None = None
    column: int | None = None
    key: str | None = None


class TaskValidation(WireModel):
    """Whether a task can be used; ``definition`` is its full form with defaults filled in."""

    valid: bool
    errors: list[TaskProblem] = Field(default_factory=list)
    definition: dict[str, Any] | None = None


class DatasetView(WireModel):
    """One version of a dataset; ``size`` counts its datapoints."""

    id: str
    name: str
    version: int
    digest: str
    size: int
    created_at: datetime


class DatapointView(WireModel):
    """One datapoint."""

    id: str
    inputs: dict[str, Any]
    ground_truth: dict[str, Any] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class RecordedModelView(WireModel):
    """One model of a recording and how many answers of it there are."""

    name: str
    answers: int


class RecordingView(WireModel):
    """A file of recorded answers; ``size`` counts bytes, ``id`` is the digest of its content."""

    id: str
    name: str
    digest: str
    size: int
    created_at: datetime
    models: list[RecordedModelView]


class ModelView(WireModel):
    """A model that can be asked; prices are US dollars per million tokens, as decimal text."""

    spec: str
    provider: str
    name: str
    context_length: int | None = None
    input_usd_per_million: str | None = None
    output_usd_per_million: str | None = None


class ModelList(WireModel):
    """The models that can be asked."""

    items: list[ModelView]


class EvaluationBody(BaseModel):
    """What to evaluate: models, on a task, over a dataset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: str
    dataset_id: str
    models: list[str] = Field(min_length=1, max_length=100)
    name: str | None = Field(default=None, max_length=200)
    repeats: int = Field(default=1, ge=1, le=100)
    concurrency: int = Field(default=16, ge=1, le=1000)
    budget_usd: Decimal | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Stops the run when it is spent."
    )


class Reference(WireModel):
    """What something is called, beside its id."""

    id: str
    name: str


class DatasetReference(Reference):
    """A dataset and how many datapoints it has."""

    size: int


class EvaluationView(WireModel):
    """An evaluation and how far it is; ``models`` are named as in its report."""

    id: str
    name: str
    status: EvaluationStatus
    task: Reference
    dataset: DatasetReference
    models: list[str]
    run_ids: list[str]
    repeats: int
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    planned: int
    ended: int
    passed: int
    cost_usd: str | None = Field(description="Decimal text; None when no cost is known.")
    leader: str | None
    error: str | None = None


class ItemRow(WireModel):
    """One datapoint and repeat with the answers to it, in the order of the models."""

    datapoint: DatapointView
    repeat: int
    answers: list[ItemView]


class ModelProgress(WireModel):
    """How far one model is; ``counts`` maps item statuses to how many items ended so."""

    model: str
    run_id: str
    status: EvaluationStatus
    planned: int
    ended: int
    passed: int
    failed: int
    counts: dict[str, int]
    cost_usd: str | None
    stop_reason: str | None = None


class ProgressView(WireModel):
    """How far an evaluation is; ``remaining_seconds`` is an estimate, None until there is one."""

    status: EvaluationStatus
    planned: int
    ended: int
    percent: float = Field(ge=0, le=100)
    cost_usd: str | None
    elapsed_seconds: float
    remaining_seconds: float | None
    models: list[ModelProgress]


class Readiness(WireModel):
    """Whether the server can do its work, and what was looked at."""

    status: Literal["ready", "unavailable"]
    checks: dict[str, str]


class Liveness(WireModel):
    """The server answers."""

    status: Literal["alive"] = "alive"
    version: str


class Problem(WireModel):
    """An error, after RFC 9457. ``code`` is stable; ``detail`` is for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    instance: str
    request_id: str | None = None
    errors: list[dict[str, Any]] | None = Field(
        default=None, description="For a malformed request: each fault with its location."
    )
