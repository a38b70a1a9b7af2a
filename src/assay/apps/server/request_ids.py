"""A request's id: taken from the caller if it is harmless, else made."""

import re
from collections.abc import MutableMapping
from typing import Any

from assay.kit.ids import new_id


HEADER = "X-Request-ID"
_HARMLESS = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def assign_request_id(scope: MutableMapping[str, Any]) -> str:
    """Give the request its id and return it."""
    wished = dict(scope["headers"]).get(HEADER.lower().encode(), b"")
    request_id = wished.decode() if _HARMLESS.fullmatch(wished) else new_id()
    scope.setdefault("state", {})["request_id"] = request_id
    return request_id


def request_id_of(scope: MutableMapping[str, Any]) -> str | None:
    """Return the id that was assigned, or None outside the middleware."""
    found = scope.get("state", {}).get("request_id")
    return found if isinstance(found, str) else None
