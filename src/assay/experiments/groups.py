"""What the groups of a client share: one request each, synchronously and not.

A group's methods come in pairs: ``name`` and its asynchronous twin ``aname``.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from assay.experiments.connection import Connection
from assay.experiments.payload import to_json


T = TypeVar("T")
Json = dict[str, Any]
Rows = list[Json]


class Caller(Protocol):
    """What a group needs of its client."""

    def call(self, use: Callable[[Connection], Awaitable[T]]) -> T:
        """Let ``use`` make its requests over a connection, synchronously."""
        ...

    def acall(self, use: Callable[[Connection], Awaitable[T]]) -> Coroutine[Any, Any, T]:
        """Let ``use`` make its requests over a connection."""
        ...


class Group:
    """Methods of a client that belong together."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def _send(self, method: str, path: str, **parts: Any) -> Any:
        return self._client.call(lambda at: _request(at, method, path, **parts))

    async def _asend(self, method: str, path: str, **parts: Any) -> Any:
        return await self._client.acall(lambda at: _request(at, method, path, **parts))


async def _request(
    connection: Connection,
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Any:
    encoded = None if body is None else to_json(body)
    return await connection.request(method, path, body=encoded, params=params)
