"""Sessions: begun by a client, filled by its spans and events, shown as a tree."""

from typing import Any

from fastapi import APIRouter, Response

from assay.apps.server.access import Reader, Writer
from assay.apps.server.bodies import Body, events_of, object_of, plain_json
from assay.apps.server.context import Context
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.ingestion import start_session, store_events
from assay.apps.services.session_trees import session_tree
from assay.core.wire.event_answers import EventObject, EventsStored, SessionTree
from assay.core.wire.events import event_object


router = APIRouter(tags=["sessions"], route_class=StrictRoute)


@router.post("/session/start", summary="Start a session (wrapped body)", response_model=EventObject)
def start(context: Context, access: Writer, body: Body) -> Response:
    """Store the session under ``session`` and return it with its ids."""
    wanted = object_of(body.get("session", body), where="session")
    session = start_session(context.store, wanted, project=access.project, clock=context.clock)
    return plain_json(event_object(session))


@router.post("/sessions", summary="Start a session", response_model=EventObject)
def create(context: Context, access: Writer, body: Body) -> Response:
    """Store a session and return it with its ids."""
    session = start_session(context.store, body, project=access.project, clock=context.clock)
    return plain_json(event_object(session))


@router.get(
    "/session/{session_id}/traces", summary="Show a session as a tree", response_model=SessionTree
)
@router.get(
    "/sessions/{session_id}",
    summary="Show a session as a tree (other address)",
    response_model=SessionTree,
)
def show(context: Context, access: Reader, session_id: str) -> Response:
    """Return the session's events, each with its children; from 64 levels on, side by side."""
    return plain_json(session_tree(context.store, session_id, project=access.project))


@router.post(
    "/session/{session_id}/traces",
    summary="Add events to a session (older address)",
    response_model=EventsStored,
)
@router.post(
    "/sessions/{session_id}/events/batch",
    summary="Add events to a session",
    response_model=EventsStored,
)
def add(context: Context, access: Writer, session_id: str, body: Body) -> Response:
    """Store events, all of them in the session."""
    name = "logs" if "events" not in body and "logs" in body else "events"
    placed: list[dict[str, Any]] = [
        {**event, "session_id": session_id} for event in events_of(body, name)
    ]
    stored = store_events(context.store, placed, project=access.project, clock=context.clock)
    ids = [event.id for event in stored]
    return plain_json({"success": True, "event_ids": ids, "session_id": session_id})
