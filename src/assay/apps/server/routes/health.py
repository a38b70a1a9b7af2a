"""Health and metrics: open to everyone who can reach the address, and telling nothing else."""

from fastapi import APIRouter, Response

from assay._version import __version__
from assay.apps.server.access import Reader
from assay.apps.server.context import Context
from assay.core.errors import AssayError
from assay.core.ports import Listing
from assay.core.wire.rest import Liveness, Readiness
from assay.kit.log import get_logger


router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Whether the process answers")
def live() -> Liveness:
    """Answer at once, whatever the database does."""
    return Liveness(version=__version__)


@router.get(
    "/health/ready",
    summary="Whether the server can do its work",
    responses={503: {"model": Readiness, "description": "It cannot."}},
)
def ready(context: Context, response: Response) -> Readiness:
    """Ask the database something and say whether it answered."""
    try:
        context.store.list_tasks(Listing(limit=1))
    except (AssayError, OSError) as error:
        get_logger("server").warning("not_ready", error=str(error))
        response.status_code = 503
        return Readiness(status="unavailable", checks={"database": "unavailable"})
    return Readiness(status="ready", checks={"database": "ok"})


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(context: Context, _access: Reader) -> Response:
    """Return the metrics in the Prometheus text format."""
    context.metrics.evaluations.set(context.worker.running)
    return Response(context.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
