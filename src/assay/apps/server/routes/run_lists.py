"""Runs in lists: filtered, sorted, in pages and as a file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from assay.apps.server.access import Reader
from assay.apps.server.bulk import bulk_json
from assay.apps.server.context import AppContext, Context
from assay.apps.server.downloads import FILE_RESPONSES, FileFormat, file_answer
from assay.apps.server.paging import Paged, Search
from assay.apps.server.routes.runs import Bound
from assay.apps.server.run_answers import list_entries, metric_names
from assay.apps.server.run_lists import RunsAsked, runs_csv, runs_jsonl
from assay.apps.server.run_ordering import FIELD_PATTERN, HeadlineRange, ordered_runs
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.event_search import parse_date_range
from assay.apps.services.run_datasets import versions_of
from assay.core.ports import Listing, RunFilter
from assay.core.runs import RunKind, RunStatus
from assay.core.wire.runs import AggregateName, Pagination, RunList


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
router = APIRouter(prefix="/runs", tags=["runs"], route_class=StrictRoute)


def _asked(  # noqa: PLR0913  # one parameter per part of the query
    context: Context,
    access: Reader,
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
) -> RunsAsked:
    """Return what the query asks for; the range of a metric includes its bounds."""
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
    return RunsAsked(
        where=where,
        search=name or search,
        sort=sort if sort_by is None else f"{'-' if sort_order == 'desc' else ''}{sort_by}",
        within=None if metric is None else HeadlineRange(metric, metric_min, metric_max),
        function=aggregate_function,
    )


Asked = Annotated[RunsAsked, Depends(_asked)]


@router.get("", summary="List runs", response_model=RunList)
def list_runs(
    request: Request, context: Context, access: Reader, paged: Paged, asked: Asked
) -> Response:
    """Return one page of runs with their headlines.

    ``metric`` with ``metric_min`` and ``metric_max`` (both inclusive) leaves the runs whose
    figure lies in that range.
    """
    listing = paged.listing(project=access.project, search=asked.search, sort=asked.sort)
    page = ordered_runs(context, asked.where, listing, within=asked.within, function=asked.function)
    entries = list_entries(context, page.items, function=asked.function)
    pages = -(-page.total // paged.limit)
    pagination = Pagination(
        page=paged.page,
        limit=paged.limit,
        total=page.total,
        total_unfiltered=_all_runs(context, access.project),
        total_pages=pages,
        has_next=paged.page < pages,
        has_prev=paged.page > 1,
    )
    answer = RunList(evaluations=entries, pagination=pagination, metrics=metric_names(entries))
    return bulk_json(request, answer)


def _all_runs(context: AppContext, project: str) -> int:
    return context.store.list_runs(None, Listing(project=project, limit=1)).total


@router.get(
    "/export",
    summary="Download the list of runs",
    response_class=Response,
    responses=FILE_RESPONSES,
)
def export_runs(
    context: Context,
    access: Reader,
    asked: Asked,
    *,
    format: FileFormat = "jsonl",  # noqa: A002  # the query parameter's name
) -> Response:
    """Return all runs that are asked for as a file, with their headlines.

    CSV has a line per run with a column per metric; its cells cannot become formulas.
    """
    lines = (runs_csv if format == "csv" else runs_jsonl)(context, asked, project=access.project)
    return file_answer(lines, stem="runs", format=format)
