"""Server-side evaluators: defined, versioned, tried out, run over what is stored."""

import asyncio
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.context import AppContext, Context
from assay.apps.server.model_policy import check_asked
from assay.apps.server.paging import Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.metric_scoring import job_of
from assay.apps.services.server_metrics import (
    metric_object,
    owned_metric,
    version_number,
    version_object,
)
from assay.core.errors import InvalidInputError
from assay.core.event_scores import metric_value
from assay.core.scores import ScoreStatus
from assay.core.server_metrics import MetricKind, ServerMetric
from assay.core.wire.events import new_event
from assay.core.wire.metrics import (
    LegacyMetricUpdate,
    MetricCreate,
    MetricCreated,
    MetricDeleted,
    MetricJob,
    MetricObject,
    MetricRun,
    MetricRunAnswer,
    MetricsAnswer,
    MetricUpdate,
    MetricUpdated,
    MetricVersionAnswer,
    MetricVersionCreate,
    MetricVersions,
)


router = APIRouter(prefix="/metrics", tags=["server-side evaluators"], route_class=StrictRoute)
_EVERY = 10_000


def _checked(context: AppContext, access: Access, metric: ServerMetric) -> ServerMetric:
    if metric.kind is MetricKind.JUDGE:
        check_asked(context, access, [metric.settings["model"]])
    return metric


@router.post("", summary="Define a metric")
def create(context: Context, access: Writer, body: MetricCreate) -> MetricCreated:
    """Store a server-side evaluator; from now on it scores what arrives, if enabled."""
    _checked(context, access, context.metric_definitions.draft(body, project=access.project))
    metric = context.metric_definitions.create(body, project=access.project, actor=access.actor)
    return MetricCreated(metric_id=metric.id, metric=metric_object(metric))


@router.get("", summary="List metrics")
def list_metrics(  # one parameter per part of the query
    context: Context,
    access: Reader,
    paged: Paged,
    *,
    metric_id: Annotated[str | None, Query(alias="id", max_length=200)] = None,
    kind: Annotated[str | None, Query(alias="type", max_length=50)] = None,
    search: Search = None,
) -> MetricsAnswer:
    """Return one page of metrics, newest first."""
    if metric_id is not None:
        found = [owned_metric(context.metric_definitions, metric_id, project=access.project)]
        return MetricsAnswer(metrics=[metric_object(each) for each in found], total=1)
    listing = paged.listing(project=access.project, search=search)
    if kind is None:
        page = context.metric_definitions.page(listing)
        shown, total = [metric_object(each) for each in page.items], page.total
    else:
        every = context.metric_definitions.page(replace(listing, offset=0, limit=_EVERY))
        of_kind = [metric_object(each) for each in every.items]
        of_kind = [each for each in of_kind if kind in {each.type, each.kind.value}]
        shown, total = of_kind[paged.offset :][: paged.limit], len(of_kind)
    return MetricsAnswer(metrics=shown, page=paged.page, limit=paged.limit, total=total)


@router.put("", summary="Change a metric (id in the body)")
def update_legacy(context: Context, access: Writer, body: LegacyMetricUpdate) -> MetricUpdated:
    """Do the same as ``PUT /v1/metrics/{id}``."""
    metric_id = body.id or body.metric_id
    if metric_id is None:
        raise InvalidInputError("id: which metric is to be changed?")
    return update(context, access, metric_id, body)


@router.delete("", summary="Delete a metric (id in the query)")
def delete_legacy(
    context: Context, access: Writer, metric_id: Annotated[str, Query(max_length=200)]
) -> MetricDeleted:
    """Do the same as ``DELETE /v1/metrics/{id}``."""
    return delete(context, access, metric_id)


@router.post("/run", summary="Run a metric")
@router.post("/run_metric", summary="Run a metric (older address)")
def run(context: Context, access: Writer, body: MetricRun) -> MetricRunAnswer:
    """Score old runs or events with a stored metric, or try one out on a single event."""
    if body.metric is not None:
        return _try_out(context, access, body)
    if body.metric_id is None or (body.run_ids is None and body.filters is None):
        raise InvalidInputError(
            "Give 'metric_id' with 'run_ids' or 'filters', or 'metric' with 'event'."
        )
    metric = owned_metric(context.metric_definitions, body.metric_id, project=access.project)
    if metric.kind is MetricKind.HUMAN:
        raise InvalidInputError("A human metric is answered by people; make a review queue.")
    runs = None if body.run_ids is None else [context.store.get_run(each) for each in body.run_ids]
    for each in runs or ():
        check_owned(each, access, noun="run")
    job = context.scoring.plan_job(metric, runs=runs, filters=body.filters)
    if context.metric_worker.started and (metric.kind is MetricKind.JUDGE or _many(context, body)):
        context.metric_worker.notify()
        return MetricRunAnswer(loading=True, job=job)
    return MetricRunAnswer(job=asyncio.run(context.scoring.run_job(job.id)))


def _many(context: AppContext, body: MetricRun) -> bool:
    """Whether there is more to score than one request should wait for."""
    if body.run_ids is None:
        return True
    return sum(sum(context.store.count_results(each).values()) for each in body.run_ids) > 2000


def _try_out(context: AppContext, access: Access, body: MetricRun) -> MetricRunAnswer:
    if body.metric is None or body.event is None:
        raise InvalidInputError("event: which event is the metric to be tried on?")
    metric = context.metric_definitions.draft(body.metric, project=access.project)
    if metric.kind is MetricKind.HUMAN:
        raise InvalidInputError("A human metric is answered by people; make a review queue.")
    _checked(context, access, metric)
    event = new_event(body.event, project=access.project, event_id="tried", session_id="tried")
    score = asyncio.run(context.scoring.score_one(metric, event))
    return MetricRunAnswer(
        success=score.status is ScoreStatus.SCORED,
        result=metric_value(score),
        explanation=score.reason,
        passed=score.passed,
        status=score.status.value,
    )


@router.get("/jobs/{job_id}", summary="How far a metric's run is")
def show_job(context: Context, access: Reader, job_id: str) -> MetricJob:
    """Return a job with its counts."""
    document = context.scoring.job(job_id)
    check_owned(document, access, noun="metric job")
    return job_of(document)


@router.get("/{metric_id}", summary="Show a metric")
def show(
    context: Context,
    access: Reader,
    metric_id: str,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> MetricObject:
    """Return the current version of a metric, or another; of a judge with today's account."""
    metric = owned_metric(context.metric_definitions, metric_id, project=access.project)
    if version is not None:
        metric = context.metric_definitions.get(metric.id, version=version)
    shown = metric_object(metric)
    if metric.kind is not MetricKind.JUDGE:
        return shown
    return shown.model_copy(update={"spent_today": context.scoring.spent_today(metric)})


@router.put("/{metric_id}", summary="Change a metric")
def update(context: Context, access: Writer, metric_id: str, body: MetricUpdate) -> MetricUpdated:
    """Store a new version; what is absent stays, and scores of older versions stay too."""
    metric = owned_metric(context.metric_definitions, metric_id, project=access.project)
    changed = context.metric_definitions.changed(metric, body)
    if changed.settings.get("model") != metric.settings.get("model"):
        _checked(context, access, changed)
    metric = context.metric_definitions.update(metric, body, actor=access.actor)
    return MetricUpdated(metric=metric_object(metric))


@router.delete("/{metric_id}", summary="Delete a metric")
def delete(context: Context, access: Writer, metric_id: str) -> MetricDeleted:
    """Forget a metric with its versions; scores it gave stay."""
    metric = owned_metric(context.metric_definitions, metric_id, project=access.project)
    context.metric_definitions.delete(metric, actor=access.actor)
    return MetricDeleted()


@router.get("/{metric_id}/versions", summary="List a metric's versions")
def list_versions(context: Context, access: Reader, metric_id: str) -> MetricVersions:
    """Return every version, newest first."""
    metric = owned_metric(context.metric_definitions, metric_id, project=access.project)
    found = context.metric_definitions.versions(metric)
    return MetricVersions(
        metric_id=metric.id,
        versions=[metric_object(version) for version in found],
        data=[
            version_object(version, deployed=version.version == metric.version)
            for version in reversed(found)
        ],
    )


@router.post("/{metric_id}/versions", summary="Store a version of a metric")
def add_version(
    context: Context, access: Writer, metric_id: str, body: MetricVersionCreate
) -> MetricVersionAnswer:
    """Store a version that scores once it is deployed, or at once if that is asked for."""
    service, deploy = context.metric_definitions, bool(body.deploy_immediately)
    metric = owned_metric(service, metric_id, project=access.project)
    _checked(context, access, service.changed(metric, body.content))
    added = service.add_version(
        *(metric, body.content), message=body.message, deploy=deploy, actor=access.actor
    )
    return MetricVersionAnswer(data=version_object(added, deployed=deploy))


@router.post("/{metric_id}/versions/{version_name}/deploy", summary="Deploy a version of a metric")
def deploy_version(
    context: Context, access: Writer, metric_id: str, version_name: str
) -> MetricVersionAnswer:
    """Let the version score from now on, in place of the one that did."""
    service = context.metric_definitions
    metric = owned_metric(service, metric_id, project=access.project)
    number = version_number(version_name)
    _checked(context, access, service.get(metric.id, version=number))
    deployed = service.deploy(metric, number, actor=access.actor)
    return MetricVersionAnswer(data=version_object(deployed, deployed=True))
