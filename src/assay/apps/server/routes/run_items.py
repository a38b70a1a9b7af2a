"""The items of a run: narrowed, sorted, in pages and as a file."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from assay.apps.server.access import Reader
from assay.apps.server.context import Context
from assay.apps.server.downloads import FILE_RESPONSES, FileFormat, file_answer
from assay.apps.server.paging import Paged, Search
from assay.apps.server.routes.runs import Bound, owned_run
from assay.apps.server.run_items import LATENCY, ItemsAsked, run_items
from assay.apps.server.run_items_file import items_csv, items_jsonl
from assay.apps.server.strict_json import StrictRoute
from assay.core.aggregate import ItemsWanted, ItemVerdict
from assay.core.results import ItemStatus
from assay.core.wire.rest import ItemRow, PageView


router = APIRouter(prefix="/runs", tags=["runs"], route_class=StrictRoute)

Metric = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        description="Only items with a number of this metric; of another event as name|event.",
    ),
]
Ids = Annotated[
    list[Annotated[str, Field(max_length=500)]] | None,
    Query(max_length=100, description="Only the items of these datapoints."),
]
Sort = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=201,
        description=f"A metric, or {LATENCY}, to sort by; - for the greatest first. Items without "
        "it come last.",
    ),
]


def _asked(  # noqa: PLR0913  # one parameter per part of the query
    *,
    status: ItemStatus | None = None,
    passed: bool | None = None,
    verdict: ItemVerdict | None = None,
    search: Search = None,
    datapoint_id: Ids = None,
    metric: Metric = None,
    metric_min: Bound = None,
    metric_max: Bound = None,
    sort: Sort = None,
) -> ItemsAsked:
    """Return what the query asks for; ``passed`` is the older form of ``verdict``."""
    if verdict is None and passed is not None:
        verdict = ItemVerdict.PASSED if passed else ItemVerdict.NOT_PASSED
    wanted = ItemsWanted(
        verdict=verdict, status=status, metric=metric, low=metric_min, high=metric_max, sort=sort
    )
    ids = None if datapoint_id is None else tuple(datapoint_id)
    return ItemsAsked(wanted, search or None, ids)


Asked = Annotated[ItemsAsked, Depends(_asked)]


@router.get("/{run_id}/items", summary="Page through a run's items")
def list_items(
    context: Context, access: Reader, run_id: str, *, paged: Paged, asked: Asked
) -> PageView[ItemRow]:
    """Return items in dataset order, by a metric or by latency, each with its datapoint and verdict.

    An item that was answered and that nothing judged has no verdict: its ``passed`` is null.
    ``metric`` leaves the items with a number of that metric, within the bounds (inclusive).
    """
    run = owned_run(context, access, run_id)
    page = run_items(context, run, asked, paged.listing(project=access.project))
    return paged.views(page.items, total=page.total)


@router.get(
    "/{run_id}/items/export",
    summary="Download a run's items",
    response_class=Response,
    responses=FILE_RESPONSES,
)
def export_items(
    context: Context,
    access: Reader,
    run_id: str,
    *,
    asked: Asked,
    format: FileFormat = "jsonl",  # noqa: A002  # the query parameter's name
) -> Response:
    """Return the items that are asked for as a file; CSV cells cannot become formulas."""
    run = owned_run(context, access, run_id)
    lines = (items_csv if format == "csv" else items_jsonl)(context, run, asked)
    return file_answer(lines, stem=run.name, format=format)
