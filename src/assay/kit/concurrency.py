"""Threads that keep the caller's context variables."""

import contextvars
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import ParamSpec, TypeVar


P = ParamSpec("P")
T = TypeVar("T")


def submit_with_context(
    executor: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> Future[T]:
    """Submit ``function`` so that it runs in a copy of the caller's context.

    A plain ``executor.submit`` loses context variables, and with them the trace
    that the work belongs to.
    """
    context = contextvars.copy_context()
    return executor.submit(context.run, partial(function, *args, **kwargs))
