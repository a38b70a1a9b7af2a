"""What the groups of a client share: each request is written once, for both kinds of callers.

A group's methods come in pairs: ``name`` and its asynchronous twin ``aname``. Both are made by
``twins`` of a method that returns what is to be asked; one that takes any keywords takes its
``self`` by position, so that no keyword is mistaken for it.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_args

from assay.experiments.connection import Connection
from assay.experiments.payload import to_json


P = ParamSpec("P")
T = TypeVar("T")
G = TypeVar("G", bound="Group")
Json = dict[str, Any]
Rows = list[Json]
Use = Callable[[Connection], Awaitable[T]]
"""Makes its requests over a connection and returns what they come to."""


class Caller(Protocol):
    """What a group needs of its client."""

    def call(self, use: Use[T]) -> T:
        """Let ``use`` make its requests over a connection, synchronously."""
        ...

    def acall(self, use: Use[T]) -> Coroutine[Any, Any, T]:
        """Let ``use`` make its requests over a connection."""
        ...


class Group:
    """Methods of a client that belong together."""

    def __init__(self, client: Caller) -> None:
        self.client = client


def twins(
    planned: Callable[Concatenate[G, P], Use[T]],
) -> tuple[
    Callable[Concatenate[G, P], T],
    Callable[Concatenate[G, P], Coroutine[Any, Any, T]],
]:
    """Return the synchronous and the asynchronous method that do what ``planned`` returns."""

    @wraps(planned)
    def method(self: G, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.client.call(planned(self, *args, **kwargs))

    @wraps(planned)
    async def twin(self: G, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.client.acall(planned(self, *args, **kwargs))

    _dress(method, planned)
    _dress(twin, planned, prefix="a")
    return method, twin


def _dress(made: Any, planned: Callable[..., Use[Any]], *, prefix: str = "") -> None:
    """Have ``help()`` show a method as it is called: by its name, with what it returns."""
    made.__name__ = prefix + planned.__name__.removeprefix("_")
    found = signature(planned)
    _, awaited = get_args(found.return_annotation)
    made.__signature__ = found.replace(return_annotation=get_args(awaited)[0])


def request(
    method: str,
    path: str,
    read: Callable[[Any], T],
    *,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Use[T]:
    """Return what sends one request and reads its answer."""

    async def use(connection: Connection) -> T:
        encoded = None if body is None else to_json(body)
        return read(await connection.request(method, path, body=encoded, params=params))

    return use


def whole(answer: Json) -> Json:
    """Return an answer as it is."""
    return answer


def nothing(_answer: Any) -> None:
    """Return nothing of an answer."""


def part(name: str) -> Callable[[Json], Json]:
    """Return what reads the object called ``name`` of an answer."""
    return lambda answer: dict(answer[name])


def rows(name: str) -> Callable[[Json], Rows]:
    """Return what reads the objects called ``name`` of an answer."""
    return lambda answer: [*answer[name]]


def texts(name: str) -> Callable[[Json], list[str]]:
    """Return what reads the texts called ``name`` of an answer."""
    return lambda answer: [*answer[name]]
