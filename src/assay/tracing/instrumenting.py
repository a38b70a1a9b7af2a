"""Instrumentors of libraries, on for the time of a run and off again."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final, Protocol

from assay.core.errors import InvalidInputError


class Instrumentor(Protocol):
    """What OpenTelemetry's and OpenInference's instrumentors have in common."""

    def instrument(self, **options: Any) -> None:
        """Make the library record spans with ``tracer_provider``."""
        ...

    def uninstrument(self, **options: Any) -> None:
        """Make the library stop."""
        ...


class _Switches:
    """Which instrumentors are on, and for how many runs; instrumentors are singletons."""

    def __init__(self) -> None:
        self._on: list[tuple[Instrumentor, int]] = []
        self._lock = threading.Lock()

    def switch_on(self, instrumentor: Instrumentor, provider: Any) -> bool:
        """Return whether it is to be switched off later: not if the application has it on."""
        with self._lock:
            runs = self._runs_of(instrumentor)
            if runs == 0:
                if getattr(instrumentor, "is_instrumented_by_opentelemetry", False):
                    return False
                instrumentor.instrument(tracer_provider=provider)
            self._note(instrumentor, runs + 1)
            return True

    def switch_off(self, instrumentor: Instrumentor) -> None:
        """Switch it off unless another run still uses it."""
        with self._lock:
            runs = self._runs_of(instrumentor) - 1
            self._note(instrumentor, runs)
            if runs == 0:
                instrumentor.uninstrument()

    def _runs_of(self, instrumentor: Instrumentor) -> int:
        return next((runs for one, runs in self._on if one is instrumentor), 0)

    def _note(self, instrumentor: Instrumentor, runs: int) -> None:
        others = [entry for entry in self._on if entry[0] is not instrumentor]
        self._on = [*others, (instrumentor, runs)] if runs else others


_SWITCHES: Final = _Switches()


def check_instrumentors(instrumentors: Sequence[Any]) -> None:
    """Refuse what cannot be switched on and off.

    Raises:
        InvalidInputError: If one has no ``instrument()`` and ``uninstrument()``.
    """
    for one in instrumentors:
        if isinstance(one, type):
            raise InvalidInputError(
                f"The instrumentor {one.__name__} is a class; give an object: {one.__name__}()."
            )
        if not callable(getattr(one, "instrument", None)) or not callable(
            getattr(one, "uninstrument", None)
        ):
            raise InvalidInputError(
                f"The instrumentor of type {type(one).__name__} has no instrument() and "
                "uninstrument(); give OpenTelemetry or OpenInference instrumentors."
            )


@contextmanager
def instrumented(instrumentors: Sequence[Instrumentor], provider: Any) -> Iterator[None]:
    """Switch ``instrumentors`` on with ``provider``, and off at the end in reverse order."""
    with ExitStack() as off:
        for one in instrumentors:
            if _SWITCHES.switch_on(one, provider):
                off.callback(_SWITCHES.switch_off, one)
        yield
