"""JSON bodies, strictly: valid UTF-8, no NaN, no lone surrogates, bounded nesting."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from typing_extensions import override


class StrictRequest(Request):
    """A request whose JSON is read by orjson and not nested deeper than the limit."""

    @override
    async def json(self) -> Any:
        """Return the body.

        Raises:
            json.JSONDecodeError: If it is not strict JSON or nested too deeply.
        """
        if not hasattr(self, "_json"):
            self._json = loads(await self.body(), depth=self._depth())
        return self._json

    def _depth(self) -> int:
        return int(self.app.state.context.settings.max_json_depth)


class StrictRoute(APIRoute):
    """A route that reads JSON strictly."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return a handler that wraps each request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive, request._send))  # noqa: SLF001  # what FastAPI's documentation of custom routes does

        return strict


def loads(body: bytes, *, depth: int) -> Any:
    """Parse strict JSON of at most ``depth`` levels.

    Raises:
        json.JSONDecodeError: If it is not.
    """
    value = orjson.loads(body)
    if deeper_than(value, depth):
        raise json.JSONDecodeError(f"nested deeper than {depth} levels", "", 0)
    return value


def deeper_than(value: Any, depth: int) -> bool:
    """Return whether ``value`` has more than ``depth`` levels; a scalar has none."""
    level = [value]
    for _ in range(depth + 1):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
