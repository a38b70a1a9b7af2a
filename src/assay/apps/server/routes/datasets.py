"""Datasets: upload, list, show and page through."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.context import AppContext, Context
from assay.apps.server.idempotency import Idempotent
from assay.apps.server.paging import Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.views import datapoint_view, dataset_view
from assay.core.datasets import DatasetVersion
from assay.core.ports import Page
from assay.core.wire.rest import DatapointView, DatasetView, PageView


router = APIRouter(prefix="/datasets", tags=["datasets"], route_class=StrictRoute)


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
    context: Context, access: Reader, paged: Paged, search: Search = None
) -> PageView[DatasetView]:
    """Return one page of the newest version of each dataset."""
    page = context.store.list_datasets(paged.listing(project=access.project, search=search))
    return paged.view(page, dataset_view)


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
