"""The runs' JSON: what ``/v1/runs`` takes and answers.

Requests ignore keys they do not know, for clients of other makes send more than is
needed here; answers may carry more keys than a reader knows. Bulk parts of results
(``datapoints``, ``metrics.details``) are built as plain mappings of these shapes, for
validating half a million of our own objects would only cost time.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assay.core.costs import Cost, CostSource, Usage
from assay.core.external_ids import prepare_run_request_data, visible_dataset_id
from assay.core.item_order import FIRST_START
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import Run, RunKind, RunStatus
from assay.core.scores import Score, ScoreStatus


AggregateName = Literal["average", "sum", "min", "max", "median", "p90", "p95", "p99", "count"]

MAX_COUNT = 2**53
"""The largest count taken; every JSON reader keeps it exact."""
MAX_REPEATS = 1_000_000

_LEGACY_FIELDS = ("evaluators", "session_ids", "datapoint_ids", "passing_ranges")


class RequestModel(BaseModel):
    """A body that a client sends: unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AnswerModel(BaseModel):
    """A body that the server answers: unknown keys are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", ser_json_inf_nan="null")


def _named(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty; results are kept and found under it")
    return text


Name = Annotated[str, AfterValidator(_named), Field(json_schema_extra={"minLength": 1})]
"""A text that names something: at least one character that is no space."""


class RunCreate(RequestModel):
    """``POST /v1/runs``. ``run_id`` is the client's wish; the answer names the run's id.

    ``dataset_version_id`` says which version of a managed ``dataset_id`` the run is over;
    without it that is the current one.
    """

    run_id: str | None = None
    name: str | None = None
    kind: RunKind = RunKind.EXPERIMENT
    status: RunStatus = RunStatus.PENDING
    candidate: str | None = None
    description: str | None = None
    dataset_id: str | None = None
    dataset_version_id: str | None = None
    planned: int | None = Field(default=None, ge=0, le=MAX_COUNT)
    repeats: int = Field(default=1, ge=1, le=MAX_REPEATS)
    configuration: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    results: dict[str, Any] = Field(default_factory=dict)
    event_ids: list[str] = Field(default_factory=list)
    evaluators: list[Any] | None = None
    session_ids: list[str] | None = None
    datapoint_ids: list[str] | None = None
    passing_ranges: dict[str, Any] | None = None


class RunUpdate(RequestModel):
    """``PUT /v1/runs/{id}``. What is absent or null stays, ``event_ids`` replaces.

    ``configuration``, ``metadata`` and ``results`` merge key by key, one level deep: a key
    that is given replaces what stood there whole, also a mapping and also by null; all
    other keys stay.
    """

    name: Name | None = None
    status: RunStatus | None = None
    candidate: str | None = None
    description: str | None = None
    dataset_id: str | None = None
    planned: int | None = Field(default=None, ge=0, le=MAX_COUNT)
    repeats: int | None = Field(default=None, ge=1, le=MAX_REPEATS)
    stop_reason: str | None = None
    configuration: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    results: dict[str, Any] | None = None
    event_ids: list[str] | None = None
    evaluators: list[Any] | None = None
    session_ids: list[str] | None = None
    datapoint_ids: list[str] | None = None
    passing_ranges: dict[str, Any] | None = None


class RunObject(AnswerModel):
    """A run as every route answers it. ``is_active`` says that it has not ended."""

    id: str
    run_id: str
    name: str
    kind: str
    status: str
    candidate: str = ""
    description: str | None = None
    dataset_id: str | None = None
    dataset_version_id: str | None = None
    evaluation_id: str | None = None
    planned: int | None = None
    repeats: int = 1
    configuration: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    results: dict[str, Any] = Field(default_factory=dict)
    event_ids: list[str] = Field(default_factory=list)
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    stop_reason: str | None = None
    is_active: bool
    scope_type: str = "project"
    scope_id: str = "default"


class RunMetricSummary(AnswerModel):
    """One metric of one run in the runs list; ``n`` counts the scores behind it."""

    aggregate: float | None
    n: int


class RunSummary(AnswerModel):
    """A run's headline in the runs list; it counts items.

    Each ended item passed, did not pass, has no verdict (nothing judged it), or errored
    (the candidate gave no answer). ``pass_rate`` is passed over passed and not passed.
    """

    passed: int
    not_passed: int = 0
    no_verdict: int = 0
    errored: int = 0
    ended: int
    pass_rate: float | None
    metrics: dict[str, RunMetricSummary] = Field(default_factory=dict)


class RunListEntry(RunObject):
    """A run with its headline."""

    summary: RunSummary | None = None


class Pagination(AnswerModel):
    """Where a page stands in its listing; pages count from 1."""

    page: int
    limit: int
    total: int
    total_unfiltered: int | None = None
    total_pages: int
    has_next: bool
    has_prev: bool


class RunCreated(AnswerModel):
    """The answer to ``POST /v1/runs``."""

    run_id: str
    evaluation: RunObject


class RunAnswer(AnswerModel):
    """The answer to ``GET`` and ``PUT /v1/runs/{id}``."""

    evaluation: RunObject


class RunList(AnswerModel):
    """The answer to ``GET /v1/runs``."""

    evaluations: list[RunListEntry]
    pagination: Pagination
    metrics: list[str] = Field(default_factory=list)


class ScoreBody(RequestModel):
    """One score as a client sends it; a bare ``value`` may be a boolean."""

    name: Name
    status: ScoreStatus = ScoreStatus.SCORED
    value: float | None = Field(default=None, allow_inf_nan=False)
    label: str | None = None
    passed: bool | None = None
    reason: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)


def _in_utc(moment: datetime) -> datetime:
    """Return an aware time in UTC, where alone it is known to have a date."""
    try:
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is before the year 1 or after the year 9999") from error


class ItemBody(RequestModel):
    """One finished item as the SDK sends it, with the datapoint it belongs to.

    ``position`` is the datapoint's place in an external dataset, from 0.
    """

    datapoint_id: Name
    position: int | None = Field(default=None, ge=0, lt=FIRST_START)
    repeat: int = Field(default=0, ge=0, lt=MAX_REPEATS)
    status: ItemStatus
    outputs: Any = None
    passed: bool | None = None
    error: str | None = None
    scores: list[ScoreBody] = Field(default_factory=list)
    started_at: Annotated[datetime, AfterValidator(_in_utc)] | None = None
    duration_seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    latency_seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    input_tokens: int | None = Field(default=None, ge=0, le=MAX_COUNT)
    output_tokens: int | None = Field(default=None, ge=0, le=MAX_COUNT)
    cost_usd: Decimal | None = Field(default=None, ge=0, max_digits=40, allow_inf_nan=False)
    session_id: str | None = None
    inputs: dict[str, Any] | None = None
    ground_truth: dict[str, Any] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class ItemsBody(RequestModel):
    """``POST /v1/runs/{id}/items``: idempotent; an item stored before is replaced."""

    items: list[ItemBody]


class ItemsStored(AnswerModel):
    """How many items are now durably stored of those sent."""

    stored: int


class RunResultBody(AnswerModel):
    """The answer to ``GET /v1/runs/{id}/result``."""

    status: str
    success: bool
    error: str | None = None
    passed: list[str]
    failed: list[str]
    metrics: dict[str, Any]
    datapoints: list[dict[str, Any]]
    event_details: list[dict[str, Any]]
    run_object: RunObject


class MetricOverview(AnswerModel):
    """One metric of one run at a glance.

    ``key`` names it where one word must do: in sorts, filters and columns. ``interval`` is
    the 95 % interval of an average. ``passed`` and ``failed`` count items, ``labels`` how
    often each label was given, the most frequent first.
    """

    metric_name: str
    metric_type: str
    event_name: str
    event_type: str
    key: str
    aggregate: float | None
    interval: tuple[float, float] | None
    count: int
    errors: int
    passed: int
    failed: int
    lowest: float | None
    highest: float | None
    boolean: bool
    labels: dict[str, int]
    higher_is_better: bool


class RunOverview(AnswerModel):
    """The answer to ``GET /v1/runs/{id}/overview``: small, however many items there are.

    ``verdicts`` counts items as passed, not_passed, no_verdict and errored; ``missing``
    are those planned that have not ended.
    """

    items: int
    missing: int
    verdicts: dict[str, int]
    metrics: list[MetricOverview]


class SignificanceBody(AnswerModel):
    """Whether a difference can be told from chance.

    ``difference`` is new minus old over the pairs, ``interval`` its 95 % interval,
    ``p_value`` two-sided, ``p_value_adjusted`` Holm over the metrics compared, ``n`` the
    pairs, ``needed`` the pairs that would show this difference at 80 % power.
    """

    test: str
    p_value: float | None
    p_value_adjusted: float | None = None
    difference: float | None
    interval: tuple[float, float] | None
    n: int
    needed: int | None = None


class MetricComparisonBody(AnswerModel):
    """One metric of two runs over their common datapoints; ids name datapoints."""

    metric_name: str
    metric_type: str
    event_name: str
    event_type: str
    old_aggregate: float | None
    new_aggregate: float | None
    found_count: int
    improved_count: int
    degraded_count: int
    same_count: int
    improved: list[str]
    degraded: list[str]
    same: list[str]
    old_values: list[bool | float]
    new_values: list[bool | float]
    difference: float | None
    percentage_change: float | None
    higher_is_better: bool = True
    significance: SignificanceBody | None = None


class MetricGroup(AnswerModel):
    """One metric of two runs over the common datapoints of one group.

    ``metric`` is its key, ``difference`` new minus old with its 95 % interval.
    """

    metric: str
    group: str
    n: int
    old_aggregate: float
    new_aggregate: float
    difference: float
    interval: tuple[float, float] | None
    improved_count: int
    degraded_count: int
    higher_is_better: bool = True


class ComparisonGroups(AnswerModel):
    """The answer to ``GET /v1/runs/{new}/compare/{old}/groups``; no groups without a field."""

    fields: list[str]
    groups: list[MetricGroup]


class RunComparisonBody(AnswerModel):
    """The answer to ``GET /v1/runs/{new}/compare-with/{old}``."""

    metrics: list[MetricComparisonBody]
    commonDatapoints: list[str]  # noqa: N815 - the wire protocol's name
    event_details: list[dict[str, Any]]
    old_run: RunObject
    new_run: RunObject


def run_object(run: Run) -> RunObject:
    """Return ``run`` as the wire shows it, an external dataset's id moved back in place."""
    return RunObject(
        id=run.id,
        run_id=run.id,
        name=run.name,
        kind=run.kind.value,
        status=run.status.value,
        candidate=run.candidate,
        description=run.description,
        dataset_id=visible_dataset_id(run.dataset_id, run.metadata),
        dataset_version_id=run.dataset_id,
        evaluation_id=run.evaluation_id,
        planned=run.planned,
        repeats=run.repeats,
        configuration=dict(run.configuration),
        metadata=dict(run.metadata),
        results=dict(run.results),
        event_ids=list(run.event_ids),
        created_at=run.created_at,
        updated_at=run.updated_at,
        finished_at=run.finished_at,
        stop_reason=run.stop_reason,
        is_active=not run.status.ended,
        scope_id=run.project,
    )


def new_run(body: RunCreate, *, run_id: str, project: str, now: datetime) -> Run:
    """Return the run that ``body`` asks for; ``run_id`` is the id the server decided on."""
    data = prepare_run_request_data(
        dataset_id=body.dataset_id, metadata={**_legacy(body), **body.metadata}
    )
    return Run(
        id=run_id,
        project=project,
        name=body.name if body.name is not None and body.name.strip() else run_id,
        kind=body.kind,
        status=body.status,
        created_at=now,
        updated_at=now,
        finished_at=now if body.status.ended else None,
        candidate=body.candidate or _function_name(body.configuration),
        description=body.description,
        dataset_id=data["dataset_id"],
        planned=_planned(body),
        repeats=body.repeats,
        configuration=body.configuration,
        metadata=data["metadata"],
        results=body.results,
        event_ids=tuple(body.event_ids),
    )


def updated_run(run: Run, body: RunUpdate, *, now: datetime) -> Run:
    """Return ``run`` after ``body``: mappings merged, what is absent kept."""
    data = prepare_run_request_data(
        dataset_id=body.dataset_id,
        metadata={**run.metadata, **_legacy(body), **(body.metadata or {})},
    )
    status = run.status if body.status is None else body.status
    stop_reason = run.stop_reason if body.stop_reason is None else body.stop_reason
    resumed = run.status.ended and not status.ended
    return replace(
        run,
        name=run.name if body.name is None else body.name,
        status=status,
        candidate=run.candidate if body.candidate is None else body.candidate,
        description=run.description if body.description is None else body.description,
        dataset_id=data["dataset_id"] or run.dataset_id,
        planned=run.planned if body.planned is None else body.planned,
        repeats=run.repeats if body.repeats is None else body.repeats,
        stop_reason=None if resumed else stop_reason,
        configuration={**run.configuration, **(body.configuration or {})},
        metadata=data["metadata"],
        results={**run.results, **(body.results or {})},
        event_ids=run.event_ids if body.event_ids is None else tuple(body.event_ids),
        updated_at=now,
        finished_at=(run.finished_at if run.status.ended else now) if status.ended else None,
    )


def item_result(body: ItemBody) -> ItemResult:
    """Return the result that ``body`` carries, without the datapoint beside it."""
    return ItemResult(
        key=ItemKey(body.datapoint_id, body.repeat),
        status=body.status,
        output=body.outputs,
        passed=body.passed,
        error=body.error,
        scores=tuple(_score(score) for score in body.scores),
        usage=Usage(input_tokens=body.input_tokens, output_tokens=body.output_tokens),
        cost=Cost(
            body.cost_usd, CostSource.UNKNOWN if body.cost_usd is None else CostSource.BILLED
        ),
        latency_seconds=body.latency_seconds,
        session_id=body.session_id,
        started_at=body.started_at,
        duration_seconds=body.duration_seconds,
        metadata=body.metadata,
        position=body.position,
    )


def _score(body: ScoreBody) -> Score:
    return Score(
        name=body.name,
        status=body.status,
        value=body.value,
        label=body.label,
        passed=body.passed,
        reason=body.reason,
        details=body.details,
    )


def _planned(body: RunCreate) -> int | None:
    """Return how many items will come: as told, else one for each datapoint named."""
    if body.planned is not None or not body.datapoint_ids:
        return body.planned
    return len(body.datapoint_ids) * body.repeats


def _legacy(body: RunCreate | RunUpdate) -> dict[str, Any]:
    """Return the older fields that fold into the metadata, those that are set."""
    found = {name: getattr(body, name) for name in _LEGACY_FIELDS}
    return {name: value for name, value in found.items() if value is not None}


def _function_name(configuration: Mapping[str, Any]) -> str:
    name = configuration.get("function")
    return name if isinstance(name, str) else ""
