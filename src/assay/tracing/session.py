"""A session: what one datapoint's execution is called, known to all code under it.

The current session lives in a context variable, so that tasks inherit it and neighbours
never see it. Nothing here loads OpenTelemetry: asking for the session costs next to nothing.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from assay.tracing import attributes as names


class Collector(Protocol):
    """Where the finished spans of a session go; called from any thread, never waits."""

    @property
    def closed(self) -> bool:
        """Whether it takes nothing any more."""
        ...

    def add(self, session: "Session", span: Any) -> None:
        """Take a finished OpenTelemetry span."""
        ...

    @property
    def crowded(self) -> bool:
        """Whether new work should wait until spans are sent."""
        ...

    async def room(self) -> None:
        """Wait while it is crowded."""
        ...

    def force_flush(self, deadline_seconds: float) -> bool:
        """Wait until what was added arrived; False if it did not in time."""
        ...


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What every span of a session carries.

    Attributes:
        metadata: Scalars keep their type, other values become JSON text.
    """

    session_id: str
    name: str | None = None
    run_id: str | None = None
    dataset_id: str | None = None
    datapoint_id: str | None = None
    source: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def attributes(self) -> dict[str, Any]:
        """Return it as span attributes; what is None is left out."""
        found = {
            names.SESSION_ID: self.session_id,
            names.SESSION_NAME: self.name,
            names.RUN_ID: self.run_id,
            names.DATASET_ID: self.dataset_id,
            names.DATAPOINT_ID: self.datapoint_id,
            names.SOURCE: self.source,
        }
        found.update({f"{names.METADATA}{key}": value for key, value in self.metadata.items()})
        return {key: value for key, value in found.items() if value is not None}


class Session:
    """One session that is being recorded.

    Attributes:
        info: What its spans carry.
        collector: Where its spans go.
        outer_span_id: The application's own span around the session, which is no part of it.
        began_ns: When it began, in nanoseconds since 1970.
        ended_ns: When the code under it ended the last time, or None.
    """

    __slots__ = (
        "_changes",
        "_lock",
        "began_ns",
        "collector",
        "ended_ns",
        "info",
        "outer_span_id",
    )

    def __init__(self, info: SessionInfo, collector: Collector) -> None:
        self.info = info
        self.collector = collector
        self.outer_span_id: int | None = None
        self.began_ns = time.time_ns()
        self.ended_ns: int | None = None
        self._changes: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    @property
    def session_id(self) -> str:
        """The session's id, under which its events are stored."""
        return self.info.session_id

    def change(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Merge ``changes``, such as ``{"metadata": {...}}``, into what the session carries."""
        with self._lock:
            for part, values in changes.items():
                self._changes[part] = {**self._changes.get(part, {}), **values}

    @property
    def changes(self) -> Mapping[str, Mapping[str, Any]]:
        """What was added to the session itself, by part."""
        with self._lock:
            return dict(self._changes)


_CURRENT: ContextVar[Session | None] = ContextVar("assay_session", default=None)


def current_session() -> Session | None:
    """Return the session this code runs in, or None; an ended one counts as none."""
    session = _CURRENT.get()
    return None if session is None or session.collector.closed else session


@contextmanager
def inside(session: Session | None) -> Iterator[None]:
    """Make ``session`` the current one, or with None none."""
    token = _CURRENT.set(session)
    try:
        yield
    finally:
        _CURRENT.reset(token)
