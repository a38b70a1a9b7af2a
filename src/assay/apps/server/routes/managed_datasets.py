"""Managed datasets and their datapoints, as third-party clients ask for them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from assay.apps.server.access import Reader, Writer
from assay.apps.server.bodies import Body, events_of, object_of, plain_json
from assay.apps.server.context import Context
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services import managed_datasets as managed
from assay.apps.services.ingestion import find_event
from assay.core.errors import InvalidInputError
from assay.core.wire.events import event_object


router = APIRouter(tags=["managed datasets"], route_class=StrictRoute)
Text = Annotated[str | None, Query(max_length=500)]


@router.get("/datasets", summary="List datasets with the ids of their datapoints")
def list_datasets(
    context: Context, access: Reader, dataset_id: Text = None, name: Text = None
) -> Response:
    """Return the dataset with the id, or those with the name, or all."""
    found = managed.list_managed(
        context.store, project=access.project, dataset_id=dataset_id, name=name
    )
    return plain_json({"datasets": found})


@router.post("/datasets", summary="Create a dataset")
def create_dataset(context: Context, access: Writer, body: Body) -> Response:
    """Store a dataset, empty or of datapoints that are stored already."""
    made = managed.create_dataset(context.store, body, project=access.project)
    return plain_json({"inserted": True, "result": {"insertedId": made.id}})


@router.post("/datasets/{dataset_id}/datapoints", summary="Add rows to a dataset")
def add_rows(context: Context, access: Writer, dataset_id: str, body: Body) -> Response:
    """Store rows as datapoints; the mapping says which columns are what."""
    mapping = object_of(body.get("mapping") or {}, where="mapping")
    bodies = managed.mapped_rows(events_of(body, "data"), mapping)
    points = [managed.new_datapoint(each, clock=context.clock) for each in bodies]
    managed.add_datapoints(context.store, dataset_id, points, project=access.project)
    return plain_json({"inserted": True, "datapoint_ids": [point.id for point in points]})


@router.post("/datapoints", summary="Create a datapoint")
def create_datapoint(context: Context, access: Writer, body: Body) -> Response:
    """Store a datapoint in the datasets it is linked to."""
    ids = managed.create_datapoints(
        context.store, [body], project=access.project, clock=context.clock
    )
    return plain_json({"inserted": True, "result": {"insertedIds": ids}})


@router.post("/datapoints/batch", summary="Create datapoints of stored events")
def create_of_events(context: Context, access: Writer, body: Body) -> Response:
    """Store the inputs, outputs and ground truth of events as datapoints."""
    wanted = body.get("events")
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise InvalidInputError("events: the ids of stored events are needed.")
    dataset_id = body.get("dataset_id")
    bodies = []
    for event_id in wanted:
        event = event_object(find_event(context.store, event_id, project=access.project))
        truth = event["feedback"].get("ground_truth")
        bodies.append(
            {
                "inputs": event["inputs"],
                "ground_truth": event["outputs"] if truth is None else truth,
                "linked_event": event_id,
                "linked_datasets": [dataset_id] if isinstance(dataset_id, str) else [],
            }
        )
    ids = managed.create_datapoints(
        context.store, bodies, project=access.project, clock=context.clock
    )
    return plain_json({"inserted": True, "insertedIds": ids})


@router.get("/datapoints/{datapoint_id}", summary="Show a datapoint")
def show_datapoint(context: Context, access: Reader, datapoint_id: str) -> Response:
    """Return a datapoint by its id alone."""
    point, dataset = managed.find_datapoint(context.store, datapoint_id, project=access.project)
    return plain_json({"datapoint": [managed.datapoint_object(point, dataset)]})
