"""A run's raw metrics, its fields, and its events beside another run's."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from assay.apps.server.access import Reader
from assay.apps.server.bodies import plain_json
from assay.apps.server.bulk import bulk_answer
from assay.apps.server.context import AppContext, Context
from assay.apps.server.routes.runs import owned_run
from assay.apps.server.run_answers import raw_metrics_of, summary_of
from assay.apps.services.event_search import parse_filters
from assay.apps.services.run_events import (
    MAX_PAIRS,
    PairQuery,
    ScoredSessions,
    Side,
    paired_events,
    project_schema,
    run_schema,
)
from assay.core.events import EventType
from assay.core.runs import Run
from assay.core.wire.event_answers import EventFields, EventPairs, RawMetrics
from assay.core.wire.runs import AggregateName, RunResultBody


router = APIRouter(prefix="/runs", tags=["runs"])
Text = Annotated[str | None, Query(max_length=1000)]


@router.get("/schema", summary="Which fields the events have", response_model=EventFields)
def show_project_schema(context: Context, access: Reader) -> Response:
    """Return the fields of the project's newest events."""
    return plain_json(project_schema(context.store, project=access.project))


def pair_query(
    *,
    event_name: Text = None,
    event_type: EventType | None = None,
    filters: Annotated[str | None, Query(max_length=10_000, alias="filter")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAIRS)] = MAX_PAIRS,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> PairQuery:
    """Return which pairs are wanted, from the query."""
    return PairQuery(
        name=event_name,
        type=event_type,
        filters=parse_filters(filters),
        offset=(page - 1) * limit,
        limit=limit,
    )


Pairs = Annotated[PairQuery, Depends(pair_query)]


def _paired(context: AppContext, new: Run, old: Run, query: PairQuery) -> Response:
    sides = [
        Side(run, ScoredSessions.of(context.scores.scores_of(context.store, run)))
        for run in (new, old)
    ]
    return plain_json(paired_events(context.store, sides[0], old=sides[1], query=query))


@router.get(
    "/compare/events",
    summary="Events of two runs side by side (older address)",
    response_model=EventPairs,
)
def compare_events(
    context: Context,
    access: Reader,
    run_id_1: Annotated[str, Query(max_length=200)],
    run_id_2: Annotated[str, Query(max_length=200)],
    query: Pairs,
) -> Response:
    """Return pairs of events; ``run_id_1`` is the new run."""
    new, old = owned_run(context, access, run_id_1), owned_run(context, access, run_id_2)
    return _paired(context, new, old, query)


@router.get(
    "/{new_run_id}/compare/{old_run_id}/events",
    summary="Events of two runs side by side",
    response_model=EventPairs,
)
def compare_events_of(
    context: Context, access: Reader, new_run_id: str, old_run_id: str, query: Pairs
) -> Response:
    """Return pairs of events; ``event_1`` is the new run's."""
    new, old = owned_run(context, access, new_run_id), owned_run(context, access, old_run_id)
    return _paired(context, new, old, query)


@router.get("/{run_id}/metrics", summary="Raw metrics of a run", response_model=RawMetrics)
def show_metrics(request: Request, context: Context, access: Reader, run_id: str) -> Response:
    """Return the metrics of every item as they are, without aggregation."""
    return bulk_answer(request, raw_metrics_of(context, owned_run(context, access, run_id)))


@router.get(
    "/{run_id}/schema", summary="Which fields a run's events have", response_model=EventFields
)
def show_schema(context: Context, access: Reader, run_id: str) -> Response:
    """Return the fields of the run's events."""
    return plain_json(run_schema(context.store, owned_run(context, access, run_id)))


@router.get(
    "/{run_id}/summary", summary="Aggregate a run (short form)", response_model=RunResultBody
)
def show_summary(
    request: Request,
    context: Context,
    access: Reader,
    run_id: str,
    aggregate_function: AggregateName = "average",
) -> Response:
    """Return what ``/result`` does without the single values of each metric."""
    run = owned_run(context, access, run_id)
    return bulk_answer(request, summary_of(context, run, function=aggregate_function))
