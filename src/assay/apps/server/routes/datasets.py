"""Datasets: upload, list, show and page through."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.context import AppContext, Context
from assay.apps.server.idempotency import Idempotent
from assay.apps.server.paging import MAX_LIMIT, Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.views import datapoint_view, dataset_view
from assay.core.datasets import DatasetVersion
from assay.core.ports import Listing, Page
from assay.core.wire.rest import DatapointView, DatasetView, PageView


router = APIRouter(prefix="/datasets", tags=["datasets"], route_class=StrictRoute)

Managed = Annotated[
    bool | None,
    Query(description="Only those of names that a managed dataset has, or that none has."),
]


@router.post("", status_code=201, summary="Upload a dataset", response_model=DatasetView)
def create_dataset(
    context: Context,
    access: Writer,
    once: Idempotent,
    file: Annotated[UploadFile, File(description="JSON Lines, JSON or CSV, UTF-8.")],
    name: Annotated[str | None, Form(max_length=200)] = None,
) -> Any:
    """Store a new version, or return the existing version with the same content."""
    return once.answer(
        {"file": once.digest_of(file.file), "filename": file.filename, "name": name},
        lambda: dataset_view(_stored(context, access, file, name)),
    )


def _stored(
    context: AppContext, access: Access, file: UploadFile, name: str | None
) -> DatasetVersion:
    version = context.datasets.add_upload(
        file.file, filename=file.filename or "", name=name, project=access.project
    )
    context.managed.adopt(version, actor=access.actor)
    return version


@router.get("", summary="List datasets")
def list_datasets(
    context: Context,
    access: Reader,
    paged: Paged,
    *,
    search: Search = None,
    managed: Managed = None,
) -> PageView[DatasetView]:
    """Return one page of the newest version of each dataset."""
    listing = paged.listing(project=access.project, search=search)
    if managed is None:
        return paged.view(context.store.list_datasets(listing), dataset_view)
    names = {dataset.name for dataset in context.managed.all(project=access.project)}
    kept = [each for each in _newest(context, listing) if (each.name in names) is managed]
    shown = kept[paged.offset : paged.offset + paged.limit]
    return paged.view(Page(tuple(shown), len(kept)), dataset_view)


def _newest(context: Context, listing: Listing) -> list[DatasetVersion]:
    """Return the newest version of each dataset there is, whatever the page."""
    found: list[DatasetVersion] = []
    while True:
        page = context.store.list_datasets(replace(listing, offset=len(found), limit=MAX_LIMIT))
        found.extend(page.items)
        if len(found) >= page.total or not page.items:
            return found


@router.get("/{dataset_id}", summary="Show a dataset")
def show_dataset(context: Context, access: Reader, dataset_id: str) -> DatasetView:
    """Return one version of a dataset."""
    dataset = context.store.get_dataset(dataset_id)
    check_owned(dataset, access, noun="dataset")
    return dataset_view(dataset)


@router.get("/{dataset_id}/datapoints", summary="Page through a dataset")
def list_datapoints(
    context: Context, access: Reader, dataset_id: str, paged: Paged
) -> PageView[DatapointView]:
    """Return one page of datapoints in their order."""
    dataset = context.store.get_dataset(dataset_id)
    check_owned(dataset, access, noun="dataset")
    found = context.store.iter_datapoints(dataset_id, offset=paged.offset, limit=paged.limit)
    return paged.view(Page(tuple(found), dataset.size), datapoint_view)
