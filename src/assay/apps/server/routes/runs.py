"""Runs of experiments and of the bench, under ``/v1`` and without a version."""

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.bulk import bulk_answer
from assay.apps.server.context import AppContext, Context
from assay.apps.server.idempotency import Idempotent
from assay.apps.server.run_answers import (
    comparison_of,
    groups_of,
    overview_of,
    prepare,
    result_of,
)
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.run_datasets import pinned, still_pinned
from assay.apps.services.runs import create_run, delete_run, store_items, update_run
from assay.core.runs import Run
from assay.core.wire.runs import (
    AggregateName,
    ComparisonGroups,
    ItemsBody,
    ItemsStored,
    RunAnswer,
    RunComparisonBody,
    RunCreate,
    RunCreated,
    RunOverview,
    RunResultBody,
    RunUpdate,
    run_object,
)


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


@router.get("/{run_id}", summary="Show a run")
def show(context: Context, access: Reader, run_id: str) -> RunAnswer:
    """Return a run."""
    return RunAnswer(evaluation=run_object(owned_run(context, access, run_id)))


@router.put("/{run_id}", summary="Update a run")
def update(
    context: Context,
    access: Writer,
    run_id: str,
    body: RunUpdate,
    after: BackgroundTasks,
) -> RunAnswer:
    """Change what is given: mappings merge, what is absent stays."""
    body = still_pinned(context.managed, body, project=access.project)
    run = owned_run(context, access, run_id)
    run = update_run(context.store, run, body=body, clock=context.clock)
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
