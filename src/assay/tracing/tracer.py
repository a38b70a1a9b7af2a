"""The handle on one session: what a function with a ``tracer`` parameter is given."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from assay.core.errors import InvalidInputError
from assay.tracing.enriching import enrich_session
from assay.tracing.session import Session, current_session, inside


if TYPE_CHECKING:
    from assay.tracing.spans import OpenSpan


EventTypeName = Literal["chain", "tool", "model", "session"]
EVENT_TYPES = ("chain", "tool", "model", "session")


class Tracer(Session):
    """Records one session: one datapoint of a run, or a piece of work of your own."""

    __slots__ = ()

    @property
    def run_id(self) -> str | None:
        """The run that the session belongs to, or None."""
        return self.info.run_id

    @property
    def datapoint_id(self) -> str | None:
        """The datapoint that is worked on, or None."""
        return self.info.datapoint_id

    @contextmanager
    def activated(self) -> Iterator["Tracer"]:
        """Make this the session of all code under it."""
        from opentelemetry.trace import get_current_span

        outer = get_current_span().get_span_context()
        self.outer_span_id = outer.span_id if outer.is_valid else None
        with inside(self):
            try:
                yield self
            finally:
                self.ended_ns = time.time_ns()

    @contextmanager
    def start_span(
        self, name: str, *, event_type: EventTypeName = "chain", inputs: Any = None
    ) -> Iterator["OpenSpan"]:
        """Record a block of code as a span of this session.

        Raises:
            InvalidInputError: If there is no such event type.
        """
        check_event_type(event_type)
        from assay.tracing.spans import OpenSpan

        with inside(self):
            span = OpenSpan(name, event_type=event_type)
            span.called_with(name, inputs)
            with span:
                yield span

    def enrich_session(self, **changes: Any) -> None:
        """Add ``metadata``, ``metrics``, ``feedback`` and so on to the session itself."""
        with inside(self):
            enrich_session(**changes)

    def force_flush(self, deadline_seconds: float = 10.0) -> bool:
        """Send what waits and wait for it; see ``force_flush``."""
        return self.collector.force_flush(deadline_seconds)


def current_tracer() -> Tracer | None:
    """Return the tracer of the session this code runs in, or None outside every session."""
    session = current_session()
    return session if isinstance(session, Tracer) else None


def check_event_type(event_type: str) -> None:
    """Refuse what is no event type.

    Raises:
        InvalidInputError: If there is no such event type.
    """
    if event_type not in EVENT_TYPES:
        raise InvalidInputError(
            f"There is no event type {event_type!r}; use one of: {', '.join(EVENT_TYPES)}."
        )
