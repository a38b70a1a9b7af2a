"""Managed datasets: created, changed, versioned, compared, exported."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.context import AppContext, Context
from assay.apps.server.downloads import FILE_RESPONSES, FileFormat, file_answer
from assay.apps.server.paging import Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.dataset_views import (
    datapoint_object,
    datapoints_csv,
    datapoints_jsonl,
    dataset_object,
    diff_answer,
    version_object,
)
from assay.apps.services.datasets_from_events import datapoints_of_events
from assay.apps.services.managed_datapoints import FoundDatapoint
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidInputError
from assay.core.managed_datasets import ManagedDataset
from assay.core.wire.datasets import (
    DatapointRemoved,
    DatapointsAdded,
    DatapointsAnswer,
    DatasetCreate,
    DatasetCreated,
    DatasetObject,
    DatasetsAnswer,
    DatasetUpdate,
    DatasetUpdated,
    Deleted,
    DiffAnswer,
    FromEvents,
    Inserted,
    LegacyDatasetUpdate,
    RowsBody,
    VersionsAnswer,
)


router = APIRouter(prefix="/datasets", tags=["managed datasets"], route_class=StrictRoute)
Version = Annotated[str | None, Query(max_length=200, description="A version's id or number.")]
Id = Annotated[str | None, Query(max_length=200)]


def owned(context: AppContext, access: Access, dataset_id: str) -> ManagedDataset:
    """Return a dataset of the asker's project."""
    dataset = context.managed.get(dataset_id)
    check_owned(dataset, access, noun="dataset")
    return dataset


def _object(context: AppContext, dataset: ManagedDataset) -> DatasetObject:
    version = context.store.get_dataset(dataset.version_id)
    ids = context.store.datapoint_ids(dataset.version_id)
    return dataset_object(dataset, version, ids=ids)


@router.post("", summary="Create a dataset")
def create(context: Context, access: Writer, body: DatasetCreate) -> DatasetCreated:
    """Store a dataset; a taken name gets a number, or is a conflict with ``exact_name``."""
    points = context.datapoints.chosen(body.datapoints or [], project=access.project)
    name = body.name or f"dataset {context.clock.now():%Y-%m-%d %H:%M:%S.%f}"
    if not body.exact_name:
        name = context.managed.free_name(name, project=access.project)
    dataset = context.managed.create(
        name,
        points,
        project=access.project,
        actor=access.actor,
        description=body.description,
        metadata=body.metadata,
    )
    return DatasetCreated(result=Inserted(insertedId=dataset.id), dataset=_object(context, dataset))


@router.post("/import", summary="Import a file")
def import_file(
    context: Context,
    access: Writer,
    file: Annotated[UploadFile, File(description="JSON Lines, JSON or CSV, UTF-8.")],
    name: Annotated[str | None, Form(max_length=200)] = None,
) -> DatasetCreated:
    """Store a file's datapoints as the current version of the dataset of its name."""
    version = context.datasets.add_upload(
        file.file, filename=file.filename or "", name=name or None, project=access.project
    )
    dataset = context.managed.adopt(version, actor=access.actor)
    return DatasetCreated(result=Inserted(insertedId=dataset.id), dataset=_object(context, dataset))


@router.get("", summary="List datasets")
def list_datasets(  # one parameter per part of the query
    context: Context,
    access: Reader,
    paged: Paged,
    *,
    dataset_id: Id = None,
    name: Id = None,
    search: Search = None,
) -> DatasetsAnswer:
    """Return one page of datasets, newest first, or the one of an id or a name."""
    if dataset_id is not None or name is not None:
        found = [
            dataset
            for dataset in context.managed.all(project=access.project)
            if dataset_id in {None, dataset.id} and name in {None, dataset.name}
        ]
        total = len(found)
        found = found[paged.offset : paged.offset + paged.limit]
    else:
        page = context.managed.page(paged.listing(project=access.project, search=search))
        found, total = list(page.items), page.total
    return DatasetsAnswer(
        datasets=[_object(context, dataset) for dataset in found],
        page=paged.page,
        limit=paged.limit,
        total=total,
    )


@router.put("", summary="Update a dataset (id in the body)")
def update_legacy(context: Context, access: Writer, body: LegacyDatasetUpdate) -> DatasetUpdated:
    """Do the same as ``PUT /v1/datasets/{id}``."""
    return update(context, access, body.dataset_id, body)


@router.delete("", summary="Delete a dataset (id in the query)")
def delete_legacy(
    context: Context, access: Writer, dataset_id: Annotated[str, Query(max_length=200)]
) -> Deleted:
    """Do the same as ``DELETE /v1/datasets/{id}``."""
    return delete(context, access, dataset_id)


@router.get("/{dataset_id}", summary="Show a dataset")
def show(context: Context, access: Reader, dataset_id: str) -> DatasetObject:
    """Return a dataset with the ids of its current datapoints."""
    return _object(context, owned(context, access, dataset_id))


@router.put("/{dataset_id}", summary="Update a dataset")
def update(
    context: Context, access: Writer, dataset_id: str, body: DatasetUpdate
) -> DatasetUpdated:
    """Change name, description, metadata (merged) or the whole list of datapoints."""
    dataset = owned(context, access, dataset_id)
    if body.datapoints is not None:
        points = context.datapoints.chosen(body.datapoints, project=access.project)
        dataset, _ = context.managed.change(
            dataset, lambda _: points, actor=access.actor, action="datapoints_replaced"
        )
    dataset = context.managed.describe(
        dataset,
        name=body.name,
        description=body.description,
        metadata=body.metadata,
        actor=access.actor,
    )
    changed = _object(context, dataset)
    return DatasetUpdated(result=changed, dataset=changed)


@router.delete("/{dataset_id}", summary="Delete a dataset")
def delete(context: Context, access: Writer, dataset_id: str) -> Deleted:
    """Forget a dataset; versions that runs are over stay readable for them."""
    dataset = owned(context, access, dataset_id)
    context.managed.delete(dataset, actor=access.actor)
    return Deleted(result={"id": dataset.id})


@router.get("/{dataset_id}/datapoints", summary="Page through a dataset")
def list_datapoints(
    context: Context, access: Reader, dataset_id: str, paged: Paged, version: Version = None
) -> DatapointsAnswer:
    """Return one page of datapoints in their order, of the current or another version."""
    dataset = owned(context, access, dataset_id)
    wanted = context.managed.version(dataset, version)
    points = context.store.iter_datapoints(wanted.id, offset=paged.offset, limit=paged.limit)
    return DatapointsAnswer(
        datapoints=[
            datapoint_object(FoundDatapoint(point, (dataset,), wanted.created_at))
            for point in points
        ],
        page=paged.page,
        limit=paged.limit,
        total=wanted.size,
    )


@router.post("/{dataset_id}/datapoints", summary="Add datapoints")
def add_datapoints(
    context: Context, access: Writer, dataset_id: str, body: RowsBody
) -> DatapointsAdded:
    """Append rows, by a mapping, or whole datapoints; one request makes one version."""
    dataset = owned(context, access, dataset_id)
    points = context.datapoints.of_rows(body)
    if not points:
        raise InvalidInputError("Give rows under 'data' or datapoints under 'datapoints'.")
    version = context.datapoints.add(dataset, points, actor=access.actor)
    return DatapointsAdded(
        datapoint_ids=[point.id for point in points], version_id=version.id, version=version.version
    )


@router.delete("/{dataset_id}/datapoints/{datapoint_id}", summary="Remove a datapoint")
@router.delete("/{dataset_id}/{datapoint_id}", summary="Remove a datapoint (older address)")
def remove_datapoint(
    context: Context, access: Writer, dataset_id: str, datapoint_id: str
) -> DatapointRemoved:
    """Make a version without the datapoint; older versions keep it."""
    dataset = owned(context, access, dataset_id)
    version = context.datapoints.remove_from(dataset, datapoint_id, actor=access.actor)
    return DatapointRemoved(
        message=f"The dataset is now at version {version.version}.",
        version_id=version.id,
        version=version.version,
    )


@router.post("/{dataset_id}/from-events", summary="Add datapoints from events")
def from_events(
    context: Context, access: Writer, dataset_id: str, body: FromEvents
) -> DatapointsAdded:
    """Append a datapoint for each event, those that are there already left out."""
    dataset = owned(context, access, dataset_id)
    known = set(context.store.datapoint_ids(dataset.version_id))
    points = [
        point
        for point in datapoints_of_events(
            context.store,
            project=access.project,
            event_ids=body.event_ids,
            filters=body.filters,
            limit=body.limit,
            mapping=body.mapping,
        )
        if point.id not in known
    ]
    version = context.datapoints.add(dataset, points, actor=access.actor)
    return DatapointsAdded(
        inserted=bool(points),
        datapoint_ids=[point.id for point in points],
        version_id=version.id,
        version=version.version,
    )


@router.get("/{dataset_id}/versions", summary="List a dataset's versions")
def list_versions(context: Context, access: Reader, dataset_id: str) -> VersionsAnswer:
    """Return every version, newest first."""
    dataset = owned(context, access, dataset_id)
    versions = context.managed.versions(dataset)
    return VersionsAnswer(
        dataset_id=dataset.id,
        versions=[version_object(each, current=dataset.version_id) for each in versions],
    )


@router.get("/{dataset_id}/diff", summary="Compare two versions")
def diff(
    context: Context,
    access: Reader,
    dataset_id: str,
    *,
    old: Annotated[str, Query(alias="from", max_length=200)],
    new: Annotated[str | None, Query(alias="to", max_length=200)] = None,
) -> DiffAnswer:
    """Return what was added, removed and changed, field by field; ``to`` is the current one."""
    dataset = owned(context, access, dataset_id)
    before = context.managed.version(dataset, old)
    after = context.managed.version(dataset, new)
    found = context.managed.diff(before, after)
    return diff_answer(dataset, before, after, diff=found)


@router.get(
    "/{dataset_id}/export",
    summary="Download a dataset",
    response_class=Response,
    responses=FILE_RESPONSES,
)
def export(
    context: Context,
    access: Reader,
    dataset_id: str,
    *,
    version: Version = None,
    format: FileFormat = "jsonl",  # noqa: A002  # the query parameter's name
) -> Response:
    """Return a version as a file; CSV cells cannot become formulas."""
    dataset = owned(context, access, dataset_id)
    wanted = context.managed.version(dataset, version)

    def read() -> Iterator[Datapoint]:
        return context.store.iter_datapoints(wanted.id)

    lines = datapoints_csv(read) if format == "csv" else datapoints_jsonl(read())
    return file_answer(lines, stem=f"{dataset.name}-v{wanted.version}", format=format)
