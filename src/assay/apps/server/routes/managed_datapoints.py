"""Datapoints by their ids, whichever dataset has them."""

from typing import Annotated

from fastapi import APIRouter, Query

from assay.apps.server.access import Reader, Writer
from assay.apps.server.context import Context
from assay.apps.server.paging import Paged
from assay.apps.server.routes.managed_datasets import owned
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.dataset_views import datapoint_object
from assay.apps.services.datasets_from_events import datapoints_of_events
from assay.core.errors import InvalidInputError
from assay.core.wire.datasets import (
    BatchCreate,
    DatapointAnswer,
    DatapointCreate,
    DatapointCreated,
    DatapointDeleted,
    DatapointObject,
    DatapointsAnswer,
    DatapointsCreated,
    DatapointUpdate,
    DatapointUpdated,
    EventMapping,
    InsertedIds,
)


router = APIRouter(prefix="/datapoints", tags=["managed datasets"], route_class=StrictRoute)
Ids = Annotated[list[str] | None, Query(max_length=1000)]


@router.post("", summary="Store a datapoint")
def create(context: Context, access: Writer, body: DatapointCreate) -> DatapointCreated:
    """Add a datapoint to each linked dataset; without one it waits until a dataset takes it."""
    [point] = context.datapoints.make([body])
    datasets = [owned(context, access, each) for each in dict.fromkeys(body.linked_datasets or ())]
    for dataset in datasets:
        context.datapoints.add(dataset, [point], actor=access.actor)
    if not datasets:
        context.datapoints.store_loose([point], project=access.project, actor=access.actor)
    return DatapointCreated(result=InsertedIds(insertedIds=[point.id]))


@router.post("/batch", summary="Store many datapoints")
def create_batch(context: Context, access: Writer, body: BatchCreate) -> DatapointsCreated:
    """Store datapoints as given, or made of events by a mapping; one request, one version."""
    points = context.datapoints.make(body.datapoints or ())
    if body.events is not None or body.filters is not None:
        points += datapoints_of_events(
            context.store,
            project=access.project,
            event_ids=body.events,
            filters=body.filters,
            limit=1000,
            mapping=body.mapping or EventMapping(),
        )
    if not points:
        raise InvalidInputError("Give 'datapoints', 'events' or 'filters'; there is nothing to do.")
    if body.dataset_id is None:
        context.datapoints.store_loose(points, project=access.project, actor=access.actor)
    else:
        dataset = owned(context, access, body.dataset_id)
        context.datapoints.add(dataset, points, actor=access.actor)
    return DatapointsCreated(insertedIds=[point.id for point in points])


@router.get("", summary="Find datapoints")
def list_datapoints(
    context: Context,
    access: Reader,
    paged: Paged,
    *,
    datapoint_ids: Ids = None,
    bracketed: Annotated[list[str] | None, Query(alias="datapoint_ids[]", max_length=1000)] = None,
    dataset_name: Annotated[str | None, Query(max_length=200)] = None,
) -> DatapointsAnswer:
    """Return datapoints by id, or one page of those of a dataset by its name."""
    wanted = datapoint_ids if datapoint_ids is not None else bracketed
    within = None
    if dataset_name is not None:
        dataset = context.managed.named(dataset_name, project=access.project)
        within = [] if dataset is None else [dataset]
        if wanted is None and dataset is not None:
            wanted = context.store.datapoint_ids(dataset.version_id)
    ids = list(dict.fromkeys(wanted or ()))
    part = ids[paged.offset : paged.offset + paged.limit]
    found = context.datapoints.find(part, project=access.project, within=within)
    shown: list[DatapointObject] = [datapoint_object(found[each]) for each in part if each in found]
    return DatapointsAnswer(datapoints=shown, page=paged.page, limit=paged.limit, total=len(ids))


@router.get("/{datapoint_id}", summary="Show a datapoint")
def show(context: Context, access: Reader, datapoint_id: str) -> DatapointAnswer:
    """Return a datapoint as it is in current versions."""
    found = context.datapoints.get(datapoint_id, project=access.project)
    return DatapointAnswer(datapoint=[datapoint_object(found)])


@router.put("/{datapoint_id}", summary="Update a datapoint")
def update(
    context: Context, access: Writer, datapoint_id: str, body: DatapointUpdate
) -> DatapointUpdated:
    """Change a datapoint in every dataset that has it; each gets a new version."""
    found = context.datapoints.get(datapoint_id, project=access.project)
    context.datapoints.update(found, body, project=access.project, actor=access.actor)
    return DatapointUpdated(result={"modifiedCount": max(1, len(found.datasets))})


@router.delete("/{datapoint_id}", summary="Delete a datapoint")
def delete(context: Context, access: Writer, datapoint_id: str) -> DatapointDeleted:
    """Take a datapoint out of every dataset; older versions keep it."""
    found = context.datapoints.get(datapoint_id, project=access.project)
    context.datapoints.remove(found, project=access.project, actor=access.actor)
    return DatapointDeleted()
