"""Evaluations: create, list, show, steer and watch."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.bulk import bulk_json
from assay.apps.server.context import AppContext, Context
from assay.apps.server.idempotency import Idempotent
from assay.apps.server.model_policy import check_asked
from assay.apps.server.paging import Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.exports import export_evaluation
from assay.apps.services.rows import PairFilter, RowFilter
from assay.core.results import ItemStatus
from assay.core.runs import Evaluation, RunStatus
from assay.core.wire.bench import EvaluationReport
from assay.core.wire.rest import (
    EvaluationBody,
    EvaluationView,
    ItemRow,
    Outcome,
    PageView,
    ProgressView,
)


router = APIRouter(prefix="/evaluations", tags=["evaluations"], route_class=StrictRoute)

Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "name", "-name"]
ModelQuery = Annotated[str | None, Query(max_length=1000)]


def _owned(context: AppContext, access: Access, evaluation_id: str) -> Evaluation:
    evaluation = context.store.get_evaluation(evaluation_id)
    check_owned(evaluation, access, noun="evaluation")
    return evaluation


@router.post("", status_code=202, summary="Start an evaluation", response_model=EvaluationView)
def create_evaluation(
    context: Context, access: Writer, body: EvaluationBody, once: Idempotent
) -> Any:
    """Check task, dataset and models, store the evaluation and start it."""
    return once.answer(body.model_dump(mode="json"), lambda: _create(context, access, body))


def _create(context: AppContext, access: Access, body: EvaluationBody) -> EvaluationView:
    check_asked(context, access, body.models)
    evaluation = context.evaluations.create(
        task_id=body.task_id,
        dataset_id=body.dataset_id,
        models=body.models,
        name=body.name,
        repeats=body.repeats,
        concurrency=body.concurrency,
        budget_usd=body.budget_usd,
        project=access.project,
        actor=access.actor,
    )
    context.worker.submit(evaluation.id)
    return context.evaluations.view(evaluation)


@router.get("", summary="List evaluations")
def list_evaluations(  # one parameter per part of the query
    context: Context,
    access: Reader,
    paged: Paged,
    search: Search = None,
    status: RunStatus | None = None,
    sort: Sort = "-created_at",
) -> PageView[EvaluationView]:
    """Return one page of evaluations."""
    listing = paged.listing(project=access.project, search=search, sort=sort)
    page = context.store.list_evaluations(listing, status=status)
    return paged.views(context.evaluations.views(page.items), total=page.total)


@router.get("/{evaluation_id}", summary="Show an evaluation")
def show_evaluation(context: Context, access: Reader, evaluation_id: str) -> EvaluationView:
    """Return an evaluation and how far it is."""
    return context.evaluations.view(_owned(context, access, evaluation_id))


@router.delete("/{evaluation_id}", status_code=204, summary="Delete an evaluation")
def delete_evaluation(context: Context, access: Writer, evaluation_id: str) -> None:
    """Delete an evaluation with its runs and results; a running one must be cancelled first."""
    context.evaluations.delete(_owned(context, access, evaluation_id), actor=access.actor)


@router.get("/{evaluation_id}/report", summary="The answer so far", response_model=EvaluationReport)
def show_report(request: Request, context: Context, access: Reader, evaluation_id: str) -> Response:
    """Return ranking, metrics, costs and comparisons; also while it runs."""
    return bulk_json(request, context.evaluations.report(_owned(context, access, evaluation_id)))


@router.get("/{evaluation_id}/items", summary="Answers side by side")
def list_items(  # one parameter per part of the query
    context: Context,
    access: Reader,
    evaluation_id: str,
    paged: Paged,
    *,
    model: ModelQuery = None,
    status: ItemStatus | None = None,
    passed: bool | None = None,
    search: Search = None,
) -> PageView[ItemRow]:
    """Return one row per datapoint and repeat, with every model's answer.

    With a filter, a row is shown if the named model's answer (any model's, if none is
    named) meets it.
    """
    evaluation = _owned(context, access, evaluation_id)
    where = RowFilter(model=model, status=status, passed=passed, search=search or None)
    page = context.evaluations.rows(evaluation, where, offset=paged.offset, limit=paged.limit)
    return paged.views(page.items, total=page.total)


@router.get("/{evaluation_id}/pairs", summary="Where two models differ")
def list_pairs(  # one parameter per part of the query
    context: Context,
    access: Reader,
    evaluation_id: str,
    paged: Paged,
    *,
    a: Annotated[str, Query(max_length=1000)],
    b: Annotated[str, Query(max_length=1000)],
    outcome: Outcome | None = None,
) -> PageView[ItemRow]:
    """Return the items both models answered, by who passed."""
    evaluation = _owned(context, access, evaluation_id)
    where = PairFilter(a=a, b=b, outcome=outcome)
    page = context.evaluations.pairs(evaluation, where, offset=paged.offset, limit=paged.limit)
    return paged.views(page.items, total=page.total)


@router.post("/{evaluation_id}/cancel", status_code=202, summary="Stop an evaluation")
def cancel_evaluation(context: Context, access: Writer, evaluation_id: str) -> EvaluationView:
    """Ask for the end; what finished stays, and it can be resumed."""
    evaluation = _owned(context, access, evaluation_id)
    changed = context.evaluations.cancel(evaluation, actor=access.actor)
    context.worker.cancel(evaluation.id)
    return context.evaluations.view(changed)


@router.post("/{evaluation_id}/resume", status_code=202, summary="Go on with an evaluation")
def resume_evaluation(context: Context, access: Writer, evaluation_id: str) -> EvaluationView:
    """Work on what is missing or failed; nothing that was answered is asked again."""
    evaluation = _owned(context, access, evaluation_id)
    changed = context.evaluations.resume(evaluation, actor=access.actor)
    context.worker.submit(evaluation.id)
    return context.evaluations.view(changed)


@router.get("/{evaluation_id}/progress", summary="How far it is")
def show_progress(context: Context, access: Reader, evaluation_id: str) -> ProgressView:
    """Return counts, cost and time of the evaluation and each of its models."""
    return context.evaluations.progress(_owned(context, access, evaluation_id))


@router.get(
    "/{evaluation_id}/export",
    summary="Download the results",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/json": {"schema": {"$ref": "#/components/schemas/EvaluationReport"}},
                "text/markdown": {"schema": {"type": "string"}},
            }
        }
    },
)
def export(
    context: Context,
    access: Reader,
    evaluation_id: str,
    format: Literal["csv", "json", "markdown"] = "csv",  # noqa: A002  # the query parameter's name
) -> Response:
    """Return the results as a file; CSV cells cannot become formulas."""
    evaluation = _owned(context, access, evaluation_id)
    exported = export_evaluation(context.evaluations.report(evaluation), kind=format)
    return Response(
        exported.content,
        media_type=exported.media_type,
        headers={"Content-Disposition": f'attachment; filename="{exported.filename}"'},
    )
