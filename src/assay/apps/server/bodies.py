"""Bodies of other makes' clients: any JSON object, read part by part; and plain answers."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Body as JsonBody
from fastapi import Response

from assay.core.errors import InvalidInputError


Body = Annotated[dict[str, Any], JsonBody()]
"""A JSON object of any shape."""

MAX_BATCH = 10_000
"""Most events that one request may carry."""


def object_of(value: Any, *, where: str) -> dict[str, Any]:
    """Return ``value`` if it is an object.

    Raises:
        InvalidInputError: If it is not.
    """
    if not isinstance(value, dict):
        raise InvalidInputError(f"{where}: a JSON object is needed.")
    return value


def events_of(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of the list ``name``.

    Raises:
        InvalidInputError: If it is not a list of objects, or too long.
    """
    value = body.get(name)
    if not isinstance(value, list):
        raise InvalidInputError(f"{name}: a list of objects is needed.")
    if len(value) > MAX_BATCH:
        raise InvalidInputError(
            f"{name}: {len(value)} are more than the {MAX_BATCH} taken at once."
        )
    return [object_of(each, where=f"{name}[{index}]") for index, each in enumerate(value)]


def plain_json(value: Any) -> Response:
    """Answer ``value`` as JSON with status 200; NaN becomes null."""
    content = orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS)
    return Response(content, media_type="application/json")


def _default(value: object) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
