"""Models: what can be asked."""

from typing import Annotated

from fastapi import APIRouter, Query

from assay.apps.server.access import Reader
from assay.apps.server.context import Context
from assay.apps.server.paging import Search
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.models import list_models
from assay.core.wire.rest import ModelList


router = APIRouter(prefix="/models", tags=["models"], route_class=StrictRoute)


@router.get("", summary="List models")
def list_known_models(
    context: Context,
    access: Reader,
    search: Search = None,
    provider: Annotated[str | None, Query(max_length=100)] = None,
) -> ModelList:
    """Return the models of the recordings and those with known prices."""
    found = list_models(
        context.recordings.list(project=access.project),
        at=context.clock.now(),
        search=search,
        provider=provider,
    )
    return ModelList(items=found)
