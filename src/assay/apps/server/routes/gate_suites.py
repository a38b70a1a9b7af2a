"""Suites: start them, watch them, cancel them."""

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from assay.apps.server.access import Access, Reader, Writer
from assay.apps.server.context import AppContext, Context
from assay.apps.server.gate_answers import actor_of, gate_json
from assay.apps.server.gate_wire import ShownSuiteRuns, SuiteRunBody
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.suite_runs import SuiteJob, SuiteRun
from assay.gate.jsonable import to_jsonable
from assay.gate.suite_plan import declared, suite_members
from assay.kit.clock import sleep


router = APIRouter(prefix="/gate", tags=["gate"], route_class=StrictRoute)

POLL_SECONDS = 0.25
HEARTBEAT_SECONDS = 15
Named = Annotated[str, Path(min_length=1, max_length=200)]


@router.get("/suites/runs", summary="List suite runs", response_model=ShownSuiteRuns)
def list_suite_runs(context: Context, _access: Reader) -> Response:
    """Return the suite runs of this server since it started, newest first."""
    return gate_json(ShownSuiteRuns(context.suites.list()))


@router.post(
    "/suites/{suite}/runs", status_code=202, summary="Start a suite", response_model=SuiteRun
)
def start_suite(context: Context, access: Writer, suite: Named, body: SuiteRunBody) -> Response:
    """Run every eval type of a suite in the background, after the suites before it."""
    members = suite_members(context.gate.config(), suite)
    return _start(context, access, body, eval_types=members, suite=suite)


@router.post(
    "/eval-types/{eval_type}/runs",
    status_code=202,
    summary="Start one eval type",
    response_model=SuiteRun,
)
def start_eval_type(
    context: Context, access: Writer, eval_type: Named, body: SuiteRunBody
) -> Response:
    """Run one eval type in the background."""
    return _start(context, access, body, eval_types=(eval_type,), suite=None)


@router.get("/suites/runs/{suite_run_id}", summary="Show a suite run", response_model=SuiteRun)
def show_suite_run(context: Context, _access: Reader, suite_run_id: Named) -> Response:
    """Return how far a suite is, or what it came to."""
    return gate_json(context.suites.get(suite_run_id))


@router.post(
    "/suites/runs/{suite_run_id}/cancel",
    status_code=202,
    summary="Stop a suite run",
    response_model=SuiteRun,
)
def cancel_suite_run(context: Context, _access: Writer, suite_run_id: Named) -> Response:
    """Ask for the end; runs that were begun are closed in the ledger as killed."""
    return gate_json(context.suites.cancel(suite_run_id), status=202)


@router.get(
    "/suites/runs/{suite_run_id}/events",
    summary="Live progress of a suite",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events `progress` and `finished`; data as the suite run itself.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
def stream_suite_run(context: Context, _access: Reader, suite_run_id: Named) -> EventSourceResponse:
    """Send the suite run whenever something changed, until it has ended."""
    context.suites.get(suite_run_id)
    return EventSourceResponse(
        _events(context, suite_run_id),
        ping=HEARTBEAT_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(context: AppContext, suite_run_id: str) -> AsyncIterator[ServerSentEvent]:
    sent = -1
    while not context.stopping.is_set():
        run = context.suites.get(suite_run_id)
        if run.revision != sent:
            sent = run.revision
            kind = "finished" if run.status.ended else "progress"
            data = orjson.dumps(to_jsonable(run)).decode()
            yield ServerSentEvent(data=data, event=kind, id=str(sent))
            if run.status.ended:
                return
        await sleep(POLL_SECONDS)


def _start(
    context: AppContext,
    access: Access,
    body: SuiteRunBody,
    *,
    eval_types: tuple[str, ...],
    suite: str | None,
) -> Response:
    config = context.gate.config()
    for name in eval_types:
        declared(config, name)
    job = SuiteJob(
        eval_types=eval_types,
        by=actor_of(access, body.actor),
        suite=suite,
        prompts=body.prompts,
    )
    return gate_json(context.suites.submit(job), status=202)
