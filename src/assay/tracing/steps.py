"""Running the steps of an awaitable in a context that is not the task's own."""

from collections.abc import Awaitable, Generator
from contextvars import Context
from typing import Any, TypeVar

from typing_extensions import override


T = TypeVar("T")


class step_in(Awaitable[T]):  # noqa: N801 - read as a verb: await step_in(context, ...)
    """Awaits ``awaitable`` with everything that it runs inside ``context``."""

    def __init__(self, context: Context, awaitable: Awaitable[T]) -> None:
        self._context = context
        self._awaitable = awaitable

    @override
    def __await__(self) -> Generator[Any, Any, T]:
        """Pass what is awaited out to the event loop and its answers back in."""
        steps = self._context.run(self._awaitable.__await__)
        move, given = steps.send, None
        while True:
            try:
                pending = self._context.run(move, given)
            except StopIteration as end:
                value: T = end.value
                return value
            try:
                move, given = steps.send, (yield pending)
            except GeneratorExit:
                self._context.run(steps.close)
                raise
            except BaseException as error:  # noqa: BLE001 - it is meant for what is awaited
                move, given = steps.throw, error
