"""Time as a parameter, so that tests can hold it still."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol


AsyncSleep = Callable[[float], Awaitable[None]]
"""An asynchronous sleeper: takes seconds, at least 0."""


class Clock(Protocol):
    """Tells the time; wall time for records, monotonic time for durations."""

    def now(self) -> datetime:
        """Return the aware UTC wall time."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go backwards."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the aware UTC wall time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go backwards."""
        return time.perf_counter()


SYSTEM_CLOCK: Clock = SystemClock()


async def sleep(seconds: float) -> None:
    """Sleep without holding the event loop; ``seconds`` is at least 0."""
    await asyncio.sleep(seconds)


def sleep_blocking(seconds: float) -> None:
    """Hold the calling thread for ``seconds``, at least 0."""
    time.sleep(seconds)
