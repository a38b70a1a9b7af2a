"""Live progress as server-sent events, from the append-only event log."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
import anyio.to_thread
import orjson
from fastapi import APIRouter, Header
from sse_starlette import EventSourceResponse, ServerSentEvent

from assay.apps.server.access import Reader, check_owned
from assay.apps.server.context import AppContext, Context
from assay.core.runs import Evaluation
from assay.kit.clock import sleep


router = APIRouter(prefix="/evaluations", tags=["evaluations"])

POLL_SECONDS = 0.25
HEARTBEAT_SECONDS = 15


@router.get(
    "/{evaluation_id}/events",
    summary="Live progress",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events `progress` and `finished`; data as in progress.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
def stream_events(
    context: Context,
    access: Reader,
    evaluation_id: str,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=30)] = None,
) -> EventSourceResponse:
    """Send what happened after ``Last-Event-ID``, then what happens, until it has ended."""
    evaluation = context.store.get_evaluation(evaluation_id)
    check_owned(evaluation, access, noun="evaluation")
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() else 0
    return EventSourceResponse(
        _events(context, evaluation.id, after=min(after, 2**53)),
        ping=HEARTBEAT_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    context: AppContext, evaluation_id: str, *, after: int
) -> AsyncIterator[ServerSentEvent]:
    ended = False
    while not context.stopping.is_set():
        evaluation = await anyio.to_thread.run_sync(context.store.get_evaluation, evaluation_id)
        batch = await anyio.to_thread.run_sync(
            lambda start: context.store.read_events(evaluation_id, after=start), after
        )
        for event in batch:
            after, ended = event.sequence, event.kind == "finished"
            data = orjson.dumps(dict(event.payload)).decode()
            yield ServerSentEvent(data=data, event=event.kind, id=str(event.sequence))
        if not batch:
            if evaluation.status.ended:
                if not ended:
                    yield await _last(context, evaluation, after=after)
                return
            await sleep(POLL_SECONDS)


async def _last(context: AppContext, evaluation: Evaluation, *, after: int) -> ServerSentEvent:
    """Return the end once more, for who comes back after it; its id stays the last one."""
    progress = await anyio.to_thread.run_sync(context.evaluations.progress, evaluation)
    return ServerSentEvent(data=progress.model_dump_json(), event="finished", id=str(after))
