"""``@trace``: record the calls of a function as spans of the session they happen in.

Outside every session a traced function is called directly. A generator's body runs in a
context of its own, so that its span never becomes the consumer's while it is suspended. That
a generator is left before its end, by ``break`` or because its loop ends, is no failure.
"""

import functools
import inspect
import sys
from asyncio import CancelledError
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast, overload

from assay.tracing.session import current_session
from assay.tracing.steps import step_in
from assay.tracing.tracer import EventTypeName, check_event_type


if TYPE_CHECKING:
    from assay.tracing.spans import OpenSpan


P = ParamSpec("P")
R = TypeVar("R")
MOST_YIELDED: Final = 1_000


@overload
def trace(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def trace(
    *,
    name: str | None = ...,
    event_type: EventTypeName = ...,
    capture_inputs: bool = ...,
    capture_outputs: bool = ...,
    metadata: Mapping[str, Any] | None = ...,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def trace(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    event_type: EventTypeName = "chain",
    capture_inputs: bool = True,
    capture_outputs: bool = True,
    metadata: Mapping[str, Any] | None = None,
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Record each call of a function, coroutine function or (async) generator as a span.

    Arguments by their names, output, error and duration are recorded, with secrets masked
    and large values cut. What a generator yields is its output, a list.

    Args:
        function: With ``@trace`` alone; left out with ``@trace(...)``.
        name: What the span is called; the function's name by default.
        event_type: ``chain``, ``tool``, ``model`` or ``session``. ``model`` spans also
            carry OpenTelemetry's GenAI attributes, as far as the call shows them.
        capture_inputs: Whether to record the arguments.
        capture_outputs: Whether to record what is returned or yielded.
        metadata: Recorded with every call.

    Raises:
        InvalidInputError: If there is no such event type.
    """
    check_event_type(event_type)

    def decorate(target: Callable[P, R]) -> Callable[P, R]:
        if isinstance(target, classmethod | staticmethod):
            return cast("Callable[P, R]", type(target)(decorate(target.__func__)))
        plan = Plan(
            target,
            name=name if name is not None else getattr(target, "__name__", type(target).__name__),
            event_type=event_type,
            inputs=capture_inputs,
            outputs=capture_outputs,
            metadata=dict(metadata or {}),
        )
        return cast("Callable[P, R]", functools.wraps(target)(_wrapper(plan)))

    return decorate if function is None else decorate(function)


@dataclass
class Plan:
    """How the calls of one function are recorded."""

    function: Callable[..., Any]
    name: str
    event_type: EventTypeName
    inputs: bool
    outputs: bool
    metadata: Mapping[str, Any]
    _signature: inspect.Signature | None = field(default=None, init=False)

    def open(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> "OpenSpan":
        """Begin a span of one call."""
        from assay.tracing.spans import OpenSpan

        span = OpenSpan(self.name, event_type=self.event_type)
        span.called_with(self.name, self._arguments(args, kwargs) if self.inputs else None)
        if self.metadata:
            span.enrich({"metadata": self.metadata})
        return span

    def _arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            if self._signature is None:
                self._signature = inspect.signature(self.function)
            found = dict(self._signature.bind_partial(*args, **kwargs).arguments)
        except (TypeError, ValueError):  # no signature, or a call that is about to fail
            return {"args": list(args), **kwargs}
        first = next(iter(found), None)
        if first in {"self", "cls"}:
            del found[first]
        return found


def _wrapper(plan: Plan) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(plan.function):
        return _async_generator(plan)
    if inspect.isgeneratorfunction(plan.function):
        return _generator(plan)
    if inspect.iscoroutinefunction(plan.function):
        return _coroutine(plan)
    return _plain(plan)


def _plain(plan: Plan) -> Callable[..., Any]:
    function = plan.function

    def call(*args: Any, **kwargs: Any) -> Any:
        if current_session() is None:
            return function(*args, **kwargs)
        with plan.open(args, kwargs) as span:
            value = function(*args, **kwargs)
            span.returned(value, keep=plan.outputs)
            return value

    return call


def _coroutine(plan: Plan) -> Callable[..., Any]:
    function = plan.function

    async def call(*args: Any, **kwargs: Any) -> Any:
        if current_session() is None:
            return await function(*args, **kwargs)
        with plan.open(args, kwargs) as span:
            value = await function(*args, **kwargs)
            span.returned(value, keep=plan.outputs)
            return value

    return call


def _generator(plan: Plan) -> Callable[..., Any]:
    function = plan.function

    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if current_session() is None:
            return (yield from function(*args, **kwargs))
        recording = Recording(plan, args, kwargs)
        body = recording.run(function, *args, **kwargs)
        step, given = body.send, None
        try:
            while True:
                try:
                    value = recording.run(step, given)
                except StopIteration as end:
                    recording.end()
                    return end.value
                recording.yielded(value)
                try:
                    step, given = body.send, (yield value)
                except GeneratorExit:
                    recording.run(body.close)
                    raise
                except BaseException as error:  # noqa: BLE001 - the body decides about it
                    step, given = body.throw, error
        except BaseException as error:
            recording.end(error)
            raise

    return call


def _async_generator(plan: Plan) -> Callable[..., Any]:
    function = plan.function

    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        traced = current_session() is not None
        recording = Recording(plan, args, kwargs) if traced else Unrecorded()
        body = recording.run(function, *args, **kwargs)
        step, given, left = _unregistered(body.asend), None, False
        try:
            while True:
                try:
                    value = await recording.step(step(given))
                except StopAsyncIteration:
                    recording.end()
                    return
                recording.yielded(value)
                try:
                    step, given, left = body.asend, (yield value), False
                except GeneratorExit:
                    left = True
                    await recording.step(body.aclose())
                    raise
                except BaseException as error:  # noqa: BLE001 - the body decides about it
                    step, given, left = body.athrow, error, isinstance(error, CancelledError)
        except BaseException as error:
            recording.end(None if left and isinstance(error, CancelledError) else error)
            raise

    return call


def _unregistered(first: Callable[[None], Awaitable[R]]) -> Callable[[None], Awaitable[R]]:
    """Return the first step of a generator that the event loop does not come to know.

    What wraps it closes it. The loop, which closes what it knows when it ends, would do so at
    the same time, and tell of an error.
    """

    def step(given: None) -> Awaitable[R]:
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, None)
        try:
            return first(given)
        finally:
            sys.set_asyncgen_hooks(*hooks)

    return step


class Recording:
    """A generator's span, current only in the context that its body runs in."""

    def __init__(self, plan: Plan, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._context: Context = copy_context()
        self._plan = plan
        self._span = self.run(plan.open, args, kwargs)
        self.run(self._span.attach)
        self._values: list[Any] = []

    def run(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Call ``function`` in the body's context."""
        return self._context.run(function, *args, **kwargs)

    def step(self, awaitable: Awaitable[R]) -> Awaitable[R]:
        """Return ``awaitable``, which runs in the body's context."""
        return step_in(self._context, awaitable)

    def yielded(self, value: Any) -> None:
        """Note a value for the output."""
        if self._plan.outputs and len(self._values) <= MOST_YIELDED:
            self._values.append(value)

    def end(self, error: BaseException | None = None) -> None:
        """End the span; a generator that was closed early did not fail."""
        self._span.returned(self._values, keep=self._plan.outputs)
        if error is not None and not isinstance(error, GeneratorExit):
            self._span.fail(error)
        self._span.end()


class Unrecorded:
    """Stands for a recording outside of every session: the body runs as if it were not traced."""

    def run(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Call ``function``."""
        return function(*args, **kwargs)

    def step(self, awaitable: Awaitable[R]) -> Awaitable[R]:
        """Return ``awaitable``."""
        return awaitable

    def yielded(self, value: Any) -> None:
        """Note nothing."""

    def end(self, error: BaseException | None = None) -> None:
        """Note nothing."""
