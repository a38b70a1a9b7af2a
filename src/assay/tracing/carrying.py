"""Sessions into threads: a thread or a pool's task started in a session belongs to it.

Tasks of asyncio inherit the session by themselves; threads do not. While a run is on,
``threading.Thread.start``, ``ThreadPoolExecutor.submit`` and the methods of
``multiprocessing.pool.ThreadPool`` carry the session and the current span, and nothing
else, of whoever calls them. Outside a session they do what they always do, and after the
last run they are the standard library's own again.
See docs/design/0005-tracing.md.
"""

import concurrent.futures
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from assay.tracing.session import current_session, inside


P = ParamSpec("P")
R = TypeVar("R")

_TASKS = ("apply_async", "map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered")
_OWN_COPIES = getattr(concurrent.futures, "InterpreterPoolExecutor", ())


def carried(function: Callable[P, R]) -> Callable[P, R]:
    """Return ``function`` bound to the session and the span that are current now."""
    session = current_session()
    if session is None:
        return function
    from opentelemetry import context as otel_context

    spans = otel_context.get_current()

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with inside(session):
            token = otel_context.attach(spans)
            try:
                return function(*args, **kwargs)
            finally:
                otel_context.detach(token)

    return call


def submit_with_context(
    pool: Executor, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
) -> Future[R]:
    """Submit a call to ``pool`` that belongs to the session it is submitted in.

    Pools of threads do so by themselves during a run; other executors need this.
    """
    return pool.submit(carried(function), *args, **kwargs)


@dataclass(frozen=True, slots=True)
class _Replaced:
    """A method that another one stands in for; ``own`` is None where it was inherited."""

    owner: type
    name: str
    own: Any
    new: Any

    def give_back(self) -> None:
        """Undo it; where somebody else took the place meanwhile, theirs stays."""
        if vars(self.owner).get(self.name) is not self.new:
            return
        if self.own is None:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.own)


def _replaced(owner: type, name: str, wrap: Callable[[Any], Any]) -> _Replaced:
    own, new = vars(owner).get(name), wrap(getattr(owner, name))
    setattr(owner, name, new)
    return _Replaced(owner, name, own, new)


class ThreadCarrier:
    """Makes new threads and the tasks of pools carry the session, until it is removed."""

    def __init__(self) -> None:
        self._replaced: list[_Replaced] = []

    def install(self) -> None:
        """Take the place of the methods, whoever made them."""
        from multiprocessing.pool import ThreadPool

        self._replaced = [
            _replaced(threading.Thread, "start", _starting),
            _replaced(ThreadPoolExecutor, "submit", _submitting),
            _replaced(ThreadPool, "__init__", _outside),
            *(_replaced(ThreadPool, name, _tasking) for name in _TASKS),
        ]

    def remove(self) -> None:
        """Give the places back."""
        for one in self._replaced:
            one.give_back()
        self._replaced = []


def _outside(original: Callable[..., None]) -> Callable[..., None]:
    """Start a pool's threads outside every session, for they outlive the one they start in."""

    @wraps(original)
    def make(pool: Any, *args: Any, **kwargs: Any) -> None:
        with inside(None):
            original(pool, *args, **kwargs)

    return make


def _tasking(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def give(pool: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return original(pool, carried(func), *args, **kwargs)

    return give


def _starting(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def start(thread: threading.Thread) -> None:
        if current_session() is None or thread.ident is not None:
            original(thread)
            return
        run = carried(thread.run)

        def run_once() -> None:
            thread.__dict__.pop("run", None)  # the thread must not keep the session alive
            run()

        thread.run = run_once  # type: ignore[method-assign]
        try:
            original(thread)
        except BaseException:
            thread.__dict__.pop("run", None)
            raise

    return start


def _submitting(original: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
    @wraps(original)
    def submit(
        pool: ThreadPoolExecutor, function: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        if current_session() is None or isinstance(pool, _OWN_COPIES):
            return original(pool, function, *args, **kwargs)
        call = carried(function)
        with inside(None):  # the pool may start a thread now, which outlives this session
            return original(pool, call, *args, **kwargs)

    return submit
