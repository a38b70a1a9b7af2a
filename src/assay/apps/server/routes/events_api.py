"""Events: stored, enriched, found, exported and deleted one by one or many at once."""

from typing import Any

from fastapi import APIRouter, Response

from assay.apps.server.access import Access, Reader, Writer
from assay.apps.server.bodies import Body, events_of, object_of, plain_json
from assay.apps.server.context import AppContext, Context
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.event_deletion import delete_event
from assay.apps.services.event_search import find_event, search_events
from assay.apps.services.ingestion import store_events, update_event
from assay.apps.services.run_events import project_schema
from assay.core.errors import InvalidInputError
from assay.core.wire.event_answers import (
    EventAnswer,
    EventDeleted,
    EventFields,
    EventsFound,
    EventsStored,
    EventStored,
    EventUpdated,
)
from assay.core.wire.events import event_object, model_body


router = APIRouter(prefix="/events", tags=["events"], route_class=StrictRoute)


@router.post("", summary="Store an event", response_model=EventStored)
def create(context: Context, access: Writer, body: Body) -> Response:
    """Store the event under ``event``, or the body itself; merged if it is there already."""
    return _stored_one(context, access, object_of(body.get("event", body), where="event"))


@router.post("/model", summary="Store a model event", response_model=EventStored)
def create_model(context: Context, access: Writer, body: Body) -> Response:
    """Store a model call: model, messages and usage go to config, inputs and metadata."""
    wrapped = body.get("model_event", body.get("event", body))
    return _stored_one(context, access, model_body(object_of(wrapped, where="model_event")))


@router.post("/batch", summary="Store events", response_model=EventsStored)
def create_batch(context: Context, access: Writer, body: Body) -> Response:
    """Store many events in one transaction: all or none."""
    return _stored_many(context, access, body, events=events_of(body, "events"))


@router.post("/model/batch", summary="Store model events", response_model=EventsStored)
def create_model_batch(context: Context, access: Writer, body: Body) -> Response:
    """Store many model calls in one transaction: all or none."""
    name = "events" if "model_events" not in body and "events" in body else "model_events"
    events = [model_body(event) for event in events_of(body, name)]
    return _stored_many(context, access, body, events=events)


@router.put("", summary="Enrich an event", response_model=EventUpdated)
def update(context: Context, access: Writer, body: Body) -> Response:
    """Merge what is given into the event with ``event_id``; what is absent stays."""
    event_id = body.get("event_id")
    if not isinstance(event_id, str) or not event_id:
        raise InvalidInputError("event_id: the id of a stored event is needed.")
    return _updated(context, access, event_id, body)


@router.put("/{event_id}", summary="Enrich an event (by its address)", response_model=EventUpdated)
def update_one(context: Context, access: Writer, event_id: str, body: Body) -> Response:
    """Merge what is given into the event; what is absent stays."""
    return _updated(context, access, event_id, body)


@router.post("/export", summary="Find events", response_model=EventsFound)
@router.post("/search", summary="Find events (other address)", response_model=EventsFound)
def export(context: Context, access: Reader, body: Body) -> Response:
    """Return one page of the events that meet all filters, the newest first."""
    return plain_json(
        search_events(context.store, body, project=access.project, clock=context.clock)
    )


@router.get("/schema", summary="Which fields events have", response_model=EventFields)
def show_schema(context: Context, access: Reader) -> Response:
    """Return the fields of the project's newest events."""
    return plain_json(project_schema(context.store, project=access.project))


@router.get("/{event_id}", summary="Show an event", response_model=EventAnswer)
def show(context: Context, access: Reader, event_id: str) -> Response:
    """Return an event."""
    found = find_event(context.store, event_id, project=access.project)
    return plain_json({"event": event_object(found)})


@router.delete("/{event_id}", summary="Delete an event", response_model=EventDeleted)
def delete(context: Context, access: Writer, event_id: str) -> Response:
    """Delete an event; a session goes with all of its events and its items in runs."""
    removed = delete_event(
        context.store,
        context.reviews,
        event_id=event_id,
        project=access.project,
        actor=access.actor,
        clock=context.clock,
    )
    return plain_json({"success": True, "event_id": event_id, "deleted": removed})


def _stored_one(context: AppContext, access: Access, body: dict[str, Any]) -> Response:
    [event] = store_events(context.store, [body], project=access.project, clock=context.clock)
    return plain_json({"success": True, "event_id": event.id, "session_id": event.session_id})


def _stored_many(
    context: AppContext, access: Access, body: dict[str, Any], *, events: list[dict[str, Any]]
) -> Response:
    properties = body.get("session_properties") or body.get("session")
    together = bool(properties or body.get("single_session") or body.get("is_single_session"))
    stored = store_events(
        context.store,
        events,
        project=access.project,
        clock=context.clock,
        session=object_of(properties or {}, where="session_properties") if together else None,
    )
    answer: dict[str, Any] = {"success": True, "event_ids": [event.id for event in stored]}
    if stored and len({event.session_id for event in stored}) == 1:
        answer["session_id"] = stored[0].session_id
    return plain_json(answer)


def _updated(context: AppContext, access: Access, event_id: str, body: dict[str, Any]) -> Response:
    event = update_event(context.store, event_id, body, project=access.project)
    return plain_json({"success": True, "event_id": event.id})
