"""Beside the application's own OpenTelemetry set-up, or in its place while there is none.

An application that has a provider keeps it: the router is added to it for the time of the
run. Where there is none, a forwarding provider stands in, so that instrumented libraries
find one; afterwards the place is free again, and libraries that still hold a tracer of
the stand-in reach whatever provider the application sets later.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Link, ProxyTracerProvider, Span, SpanKind
from opentelemetry.util._decorator import _agnosticcontextmanager
from typing_extensions import override

from assay.kit.log import get_logger
from assay.tracing.session import current_session


_log = get_logger("tracing")
_PROCESSORS = "_span_processors"


class StandInProvider(trace.TracerProvider):
    """The global provider of an application that has none, while a run is on."""

    def __init__(self, own: TracerProvider) -> None:
        self._own = own

    @override
    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Any = None,
    ) -> trace.Tracer:
        """Return a tracer that decides at every span where the span goes."""
        scope = (instrumenting_module_name, instrumenting_library_version, schema_url, attributes)
        return StandInTracer(self, self._own, scope)


class StandInTracer(trace.Tracer):
    """Makes spans with the application's provider if it has one by now, else with Assay's."""

    def __init__(
        self,
        provider: StandInProvider,
        own: TracerProvider,
        scope: tuple[str, str | None, str | None, Any],
    ) -> None:
        self._provider = provider
        self._own = own.get_tracer(*scope)
        self._none = trace.NoOpTracer()
        self._scope = scope
        self._last: tuple[trace.TracerProvider, trace.Tracer] | None = None

    @override
    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Any = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        """Start a span where spans of this moment go; outside every session it is no span."""
        return self._tracer().start_span(
            name,
            context=context,
            kind=kind,
            attributes=attributes,
            links=links,
            start_time=start_time,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        )

    @override
    @_agnosticcontextmanager
    def start_as_current_span(self, name: str, *args: Any, **options: Any) -> Iterator[Span]:
        """Start a span and make it the current one."""
        with self._tracer().start_as_current_span(name, *args, **options) as span:
            yield span

    def _tracer(self) -> trace.Tracer:
        provider = _set_provider()
        if provider is not None and provider is not self._provider:
            last = self._last
            if last is None or last[0] is not provider:
                self._last = last = (provider, provider.get_tracer(*self._scope))
            return last[1]
        return self._none if current_session() is None else self._own


class GlobalHook:
    """Puts the router where the spans of the process are made, and takes it away again."""

    def __init__(self, own: TracerProvider, router: SpanProcessor) -> None:
        self._stand_in = StandInProvider(own)
        self._router = router
        self._joined: list[Any] = []

    @property
    def outdated(self) -> bool:
        """Whether the application has set another provider since ``install``."""
        provider = _set_provider()
        return (
            provider is not None
            and provider is not self._stand_in
            and (not any(provider is joined for joined in self._joined))
        )

    def install(self) -> None:
        """Join the application's provider, or stand in for one; again if there is a new one."""
        provider = trace.get_tracer_provider()
        if isinstance(provider, ProxyTracerProvider):
            trace._TRACER_PROVIDER = self._stand_in  # noqa: SLF001 - set once, it could not be taken back
            return
        if provider is self._stand_in or any(provider is joined for joined in self._joined):
            return
        self._joined.append(provider)
        add = getattr(provider, "add_span_processor", None)
        if callable(add):
            add(self._router)
        else:
            _log.warning("provider_not_joined", provider=type(provider).__name__)

    def remove(self) -> None:
        """Leave every provider that was joined, and free the place of the stand-in."""
        if _set_provider() is self._stand_in:
            trace._TRACER_PROVIDER = None  # noqa: SLF001 - see install
        for provider in self._joined:
            _leave(provider, self._router)
        self._joined.clear()


def _set_provider() -> trace.TracerProvider | None:
    """Return the global provider that somebody set, or None."""
    return trace._TRACER_PROVIDER  # noqa: SLF001 - the public function makes one up


def _leave(provider: Any, router: SpanProcessor) -> None:
    """Take the router out of a provider; where that cannot be done it stays, without effect."""
    processor: Any = getattr(provider, "_active_span_processor", None)
    lock = getattr(processor, "_lock", None)
    if lock is None or not isinstance(getattr(processor, _PROCESSORS, None), tuple):
        return
    with lock:
        kept = tuple(one for one in getattr(processor, _PROCESSORS) if one is not router)
        setattr(processor, _PROCESSORS, kept)
