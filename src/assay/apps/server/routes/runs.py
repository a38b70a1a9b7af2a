"""Runs of experiments and of the bench, under ``/v1`` and without a version."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.bulk import bulk_answer, bulk_json
from assay.apps.server.context import AppContext, Context
from assay.apps.server.idempotency import Idempotent
from assay.apps.server.paging import Paged, Search
from assay.apps.server.run_answers import (
    comparison_of,
    groups_of,
    list_entries,
    metric_names,
    overview_of,
    prepare,
    result_of,
)
from assay.apps.server.run_ordering import FIELD_PATTERN, HeadlineRange, ordered_runs
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.event_search import parse_date_range
from assay.apps.services.run_datasets import pinned, still_pinned, versions_of
from assay.apps.services.runs import create_run, delete_run, store_items, update_run
from assay.core.ports import Listing, RunFilter
from assay.core.runs import Run, RunKind, RunStatus
from assay.core.wire.runs import (
    AggregateName,
    ComparisonGroups,
    ItemsBody,
    ItemsStored,
    Pagination,
    RunAnswer,
    RunComparisonBody,
    RunCreate,
    RunCreated,
    RunList,
    RunOverview,
    RunResultBody,
    RunUpdate,
    run_object,
)


_COLUMNS = "created_at|updated_at|name|status"
Field = Annotated[
    str | None,
    Query(
        pattern=f"^({_COLUMNS}|{FIELD_PATTERN})$",
        description="A column, pass_rate, or metrics. and the name of a metric.",
    ),
]
Sort = Annotated[
    str,
    Query(
        pattern=f"^-?({_COLUMNS}|{FIELD_PATTERN})$",
        description="A column, pass_rate, or metrics. and the name of a metric; - for the "
        "greatest first. Runs without the figure come last.",
    ),
]
Figure = Annotated[
    str | None,
    Query(
        pattern=f"^{FIELD_PATTERN}$",
        description="Only runs that have this figure: pass_rate, or metrics. and a name.",
    ),
]
Bound = Annotated[float | None, Query(allow_inf_nan=False)]
router = APIRouter(prefix="/runs", tags=["runs"], route_class=StrictRoute)


def owned_run(context: AppContext, access: Access, run_id: str) -> Run:
    """Return a run of the caller's project, or raise ``NotFoundError``."""
    run = context.store.get_run(run_id)
    check_owned(run, access, noun="run")
    return run


@router.post("", summary="Create a run", response_model=RunCreated)
def create(context: Context, access: Writer, body: RunCreate, once: Idempotent) -> Any:
    """Store a new run and return its id."""

    def make() -> RunCreated:
        wanted = pinned(context.managed, body, project=access.project)
        run = create_run(context.store, wanted, project=access.project, clock=context.clock)
        return RunCreated(run_id=run.id, evaluation=run_object(run))

    return once.answer(body.model_dump(mode="json"), make)


@router.get("", summary="List runs", response_model=RunList)
def list_runs(  # noqa: PLR0913  # one parameter per part of the query
    request: Request,
    context: Context,
    access: Reader,
    paged: Paged,
    *,
    kind: RunKind | None = None,
    status: RunStatus | None = None,
    name: Search = None,
    search: Search = None,
    dataset_id: Annotated[str | None, Query(max_length=200)] = None,
    evaluation_id: Annotated[str | None, Query(max_length=200)] = None,
    run_ids: Annotated[list[str] | None, Query(max_length=500)] = None,
    run_ids_listed: Annotated[list[str] | None, Query(max_length=500, alias="run_ids[]")] = None,
    date_range: Annotated[str | None, Query(max_length=500, alias="dateRange")] = None,
    sort: Sort = "-created_at",
    sort_by: Field = None,
    sort_order: Literal["asc", "desc"] = "desc",
    metric: Figure = None,
    metric_min: Bound = None,
    metric_max: Bound = None,
    aggregate_function: AggregateName = "average",
) -> Response:
    """Return one page of runs with their headlines.

    ``metric`` with ``metric_min`` and ``metric_max`` (both inclusive) leaves the runs whose
    figure lies in that range.
    """
    since, until = parse_date_range(date_range, context.clock.now())
    wanted = [*(run_ids or ()), *(run_ids_listed or ())]
    named = run_ids is not None or run_ids_listed is not None
    versions = versions_of(context.managed, dataset_id, project=access.project)
    where = RunFilter(
        kind=kind,
        status=status,
        dataset_id=dataset_id if versions is None else None,
        dataset_ids=versions,
        evaluation_id=evaluation_id,
        ids=tuple(wanted) if named else None,
        since=since,
        until=until,
    )
    order = sort if sort_by is None else f"{'-' if sort_order == 'desc' else ''}{sort_by}"
    listing = paged.listing(project=access.project, search=name or search, sort=order)
    within = None if metric is None else HeadlineRange(metric, metric_min, metric_max)
    page = ordered_runs(context, where, listing, within=within, function=aggregate_function)
    everything = Listing(project=access.project, limit=1)
    entries = list_entries(context, page.items, function=aggregate_function)
    pages = -(-page.total // paged.limit)
    pagination = Pagination(
        page=paged.page,
        limit=paged.limit,
        total=page.total,
        total_unfiltered=context.store.list_runs(None, everything).total,
        total_pages=pages,
        has_next=paged.page < pages,
        has_prev=paged.page > 1,
    )
    answer = RunList(evaluations=entries, pagination=pagination, metrics=metric_names(entries))
    return bulk_json(request, answer)


@router.get("/{run_id}", summary="Show a run")
def show(context: Context, access: Reader, run_id: str) -> RunAnswer:
    """Return a run."""
    return RunAnswer(evaluation=run_object(owned_run(context, access, run_id)))


@router.put("/{run_id}", summary="Update a run")
def update(
    context: Context, access: Writer, run_id: str, body: RunUpdate, after: BackgroundTasks
) -> RunAnswer:
    """Change what is given: mappings merge, what is absent stays."""
    body = still_pinned(context.managed, body, project=access.project)
    run = update_run(
        context.store, owned_run(context, access, run_id), body=body, clock=context.clock
    )
    if run.status.ended:
        after.add_task(prepare, context, run)
    return RunAnswer(evaluation=run_object(run))


@router.delete("/{run_id}", summary="Delete a run")
def delete(context: Context, access: Writer, run_id: str) -> dict[str, Any]:
    """Delete a run with its results."""
    run = owned_run(context, access, run_id)
    delete_run(context.store, run, actor=access.actor, clock=context.clock)
    return {"id": run_id, "deleted": True}


@router.post("/{run_id}/items", summary="Store finished items")
def store_run_items(context: Context, access: Writer, run_id: str, body: ItemsBody) -> ItemsStored:
    """Store items durably; an item stored before is replaced."""
    run = owned_run(context, access, run_id)
    return ItemsStored(
        stored=store_items(context.store, run, items=body.items, clock=context.clock)
    )


@router.get("/{run_id}/result", summary="Aggregate a run", response_model=RunResultBody)
def result(
    request: Request,
    context: Context,
    access: Reader,
    run_id: str,
    aggregate_function: AggregateName = "average",
) -> Response:
    """Return metrics, verdicts and the run."""
    run = owned_run(context, access, run_id)
    return bulk_answer(request, result_of(context, run, function=aggregate_function))


@router.get("/{run_id}/overview", summary="A run at a glance", response_model=RunOverview)
def overview(
    request: Request,
    context: Context,
    access: Reader,
    run_id: str,
    aggregate_function: AggregateName = "average",
) -> Response:
    """Return metrics with intervals and how many items passed, without any item."""
    run = owned_run(context, access, run_id)
    return bulk_answer(request, overview_of(context, run, function=aggregate_function))


@router.get(
    "/{new_run_id}/compare-with/{old_run_id}",
    summary="Compare two runs",
    response_model=RunComparisonBody,
)
@router.get(
    "/{new_run_id}/compare/{old_run_id}",
    summary="Compare two runs (shorter address)",
    response_model=RunComparisonBody,
)
def compare(  # one parameter per part of the address
    request: Request,
    context: Context,
    access: Reader,
    new_run_id: str,
    old_run_id: str,
    aggregate_function: AggregateName = "average",
) -> Response:
    """Return what changed from the old to the new run over their common datapoints."""
    new, old = owned_run(context, access, new_run_id), owned_run(context, access, old_run_id)
    return bulk_answer(request, comparison_of(context, new, old=old, function=aggregate_function))


@router.get(
    "/{new_run_id}/compare/{old_run_id}/groups",
    summary="Compare two runs by a field of the datapoints",
    response_model=ComparisonGroups,
)
def compare_by_group(
    request: Request,
    context: Context,
    access: Reader,
    new_run_id: str,
    old_run_id: str,
    field: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> Response:
    """Return each metric's change for each value of a field of the datapoints' metadata.

    Without a field, return only which fields there are.
    """
    new, old = owned_run(context, access, new_run_id), owned_run(context, access, old_run_id)
    return bulk_answer(request, groups_of(context, new, old=old, field=field))
