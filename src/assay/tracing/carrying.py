"""Sessions into threads: a thread or a pool's task started in a session belongs to it.

Tasks of asyncio inherit the session by themselves; threads do not. While a run is on,
``threading.Thread.start`` and ``ThreadPoolExecutor.submit`` carry the session and the
current span, and nothing else, of whoever calls them. Outside a session they do what they
always do, and after the last run they are the standard library's own again.
See docs/design/0005-tracing.md.
"""

import concurrent.futures
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from assay.tracing.session import current_session, inside


P = ParamSpec("P")
R = TypeVar("R")

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


class ThreadCarrier:
    """Makes new threads and the tasks of pools carry the session, until it is removed."""

    def __init__(self) -> None:
        self._start = self._new_start = threading.Thread.start
        self._submit = self._new_submit = ThreadPoolExecutor.submit

    def install(self) -> None:
        """Take the place of the two methods, whoever made them."""
        self._start, self._submit = threading.Thread.start, ThreadPoolExecutor.submit
        self._new_start, self._new_submit = _starting(self._start), _submitting(self._submit)
        threading.Thread.start = self._new_start  # type: ignore[method-assign]
        ThreadPoolExecutor.submit = self._new_submit  # type: ignore[method-assign,assignment]

    def remove(self) -> None:
        """Give the place back; where somebody else took it meanwhile, it stays, without effect."""
        if threading.Thread.start is self._new_start:
            threading.Thread.start = self._start  # type: ignore[method-assign]
        if ThreadPoolExecutor.submit is self._new_submit:
            ThreadPoolExecutor.submit = self._submit  # type: ignore[method-assign]


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
