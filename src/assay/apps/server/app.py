"""The application: routes, errors, limits and the page, over one set of services."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

import anyio.to_thread
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from assay._version import __version__
from assay.apps.server.binding import check_binding, is_loopback
from assay.apps.server.compression import Compression
from assay.apps.server.context import AppContext
from assay.apps.server.key_locks import KeyLocks
from assay.apps.server.metrics import ServerMetrics
from assay.apps.server.middleware import Guard, Observer
from assay.apps.server.openapi_document import PROBLEM_RESPONSES, openapi_of
from assay.apps.server.origin import OriginPolicy, allowed_hosts
from assay.apps.server.page_files import PAGE_DIR, PageFiles
from assay.apps.server.problems import add_problem_handlers
from assay.apps.server.routes import (
    annotations,
    datasets,
    docs,
    evaluations,
    events,
    events_api,
    gate,
    gate_prompts,
    gate_suites,
    health,
    managed_datapoints,
    managed_datasets,
    models,
    otlp,
    queues,
    recordings,
    run_events,
    run_items,
    run_lists,
    runs,
    server_metrics,
    sessions,
    tasks,
)
from assay.apps.server.score_cache import ScoreCache
from assay.apps.services.composition import open_services
from assay.apps.services.gate_desk import GateDesk
from assay.apps.services.gate_room import GateRoom
from assay.apps.services.housekeeping import Housekeeping
from assay.apps.services.metric_worker import MetricWorker
from assay.apps.services.worker import EvaluationWorker
from assay.apps.settings import Settings
from assay.core.ports import Store
from assay.kit.clock import SYSTEM_CLOCK, Clock


BODY_IDLE_SECONDS = 30.0
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""In a user's process OpenTelemetry is the user's: our requests are no spans of theirs."""
_BUILDING: Final = threading.RLock()
_ROUTES_LOCK: Final = "_effective_routes_lock"
_PROTOCOL = (
    run_events,
    run_items,
    run_lists,  # /runs/export, which is no run's id
    runs,
    sessions,
    events_api,
    managed_datasets,
    managed_datapoints,
)
_REVIEW = (server_metrics, annotations, queues)
_GATE = (gate_prompts, gate_suites, gate)
_BENCH = (tasks, datasets, recordings, models, evaluations, events)


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    embedded: bool = False,
    page_dir: Path = PAGE_DIR,
    body_idle_seconds: float = BODY_IDLE_SECONDS,
    clock: Clock = SYSTEM_CLOCK,
    gate_room: GateRoom | None = None,
) -> FastAPI:
    """Return the application; its lifespan opens the store and starts the worker.

    Args:
        settings: Host and key decide who may ask; the limits are its own, too.
        store: Used instead of the database of the settings, and left open at the end.
        embedded: Whether it serves its own process alone: no key, no host check, and no
            evaluations in the background.
        page_dir: Where the built page lies.
        body_idle_seconds: Longest wait for the next piece of a request's body.
        clock: For records and durations.
        gate_room: The project's gate; None for that of the current folder.

    Raises:
        InvalidSettingsError: If the host is not loopback and there is no API key.
    """
    if not embedded:
        check_binding(settings)
    loopback = embedded or is_loopback(settings.host)
    metrics = ServerMetrics()
    room = gate_room if gate_room is not None else GateRoom.of(GateDesk(settings), clock=clock)
    app = FastAPI(
        title="Assay",
        version=__version__,
        summary="How good is this candidate, and may it ship?",
        lifespan=_lifespan(
            settings, store, embedded=embedded, metrics=metrics, clock=clock, room=room
        ),
        docs_url=None,
        redoc_url=None,
        responses=PROBLEM_RESPONSES,
        telemetry=_NO_TELEMETRY if embedded else None,
    )
    app.state.key_locks = KeyLocks()
    app.include_router(otlp.router)
    # What the SDK asks for comes first: routes are built when a request gets as far as them.
    for module in _PROTOCOL:
        app.include_router(module.router, prefix="/v1")
    for module in _BENCH:
        app.include_router(module.router, prefix="/api/v1")
    for module in _GATE:
        app.include_router(module.router, prefix="/api")
    for module in _PROTOCOL:
        app.include_router(module.router, include_in_schema=False)
    app.include_router(health.router)  # before what follows: GET /metrics is Prometheus'
    for module in _REVIEW:
        app.include_router(module.router, prefix="/v1")
        app.include_router(module.router, include_in_schema=False)
    app.include_router(docs.router)
    _build_routes_in_turn(app)
    add_problem_handlers(app)
    app.openapi = openapi_of(app)  # type: ignore[method-assign]  # the documented way to extend it
    extra = (settings.allowed_hosts or "").split(",")
    hosts = None if embedded else allowed_hosts(settings.host, extra=extra, loopback=loopback)
    app.add_middleware(PageFiles, folder=page_dir)
    app.add_middleware(Compression, compresslevel=3)
    app.add_middleware(
        Guard,
        origins=OriginPolicy(hosts),
        max_body_bytes=settings.max_body_bytes,
        max_json_bytes=settings.max_json_bytes,
        idle_seconds=body_idle_seconds,
    )
    app.add_middleware(Observer, metrics=metrics, clock=clock, quiet=embedded)
    return app


def _build_routes_in_turn(app: FastAPI) -> None:
    """Have FastAPI build routes in one thread at a time, whichever application they belong to.

    It builds them on the way, under a filter for warnings that holds for the whole process;
    two embedded applications at once would show users each other's warnings.
    """
    for route in app.router.routes:
        if hasattr(route, _ROUTES_LOCK):
            setattr(route, _ROUTES_LOCK, _BUILDING)


def _lifespan(
    settings: Settings,
    store: Store | None,
    *,
    embedded: bool,
    metrics: ServerMetrics,
    clock: Clock,
    room: GateRoom,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await anyio.to_thread.run_sync(
            lambda: open_services(settings, store=store, clock=clock)
        )
        worker = EvaluationWorker(services.evaluations, parallel=settings.parallel_evaluations)
        housekeeping = Housekeeping(services.store, clock=clock)
        metric_worker = MetricWorker(services.scoring, tidy=housekeeping.tidy)
        app.state.context = AppContext(
            settings=settings,
            store=services.store,
            tasks=services.tasks,
            datasets=services.datasets,
            managed=services.managed,
            datapoints=services.datapoints,
            metric_definitions=services.metric_definitions,
            scoring=services.scoring,
            reviews=services.reviews,
            recordings=services.recordings,
            evaluations=services.evaluations,
            worker=worker,
            metric_worker=metric_worker,
            metrics=metrics,
            scores=ScoreCache(),
            clock=clock,
            gate=room.desk,
            suites=room.suites,
            registrations=room.registrations,
            open_access=embedded or settings.api_key is None,
            serves_loopback=embedded or is_loopback(settings.host),
        )
        try:
            if not embedded:
                await worker.start()
                await metric_worker.start()
                room.start()
                threading.Thread(target=_load_numpy, daemon=True).start()
            yield
        finally:
            await metric_worker.stop()
            await worker.stop()
            await anyio.to_thread.run_sync(room.close)
            if store is None:
                await anyio.to_thread.run_sync(services.store.close)

    return lifespan


def _load_numpy() -> None:
    """Load what the first comparison would otherwise wait for."""
    import_module("numpy")
