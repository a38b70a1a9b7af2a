"""Beside an application's own OpenTelemetry: it keeps exactly its spans, before and after."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from typing_extensions import override

from assay import trace
from assay.core.errors import InvalidInputError
from assay.tracing.instrumenting import check_instrumentors
from assay.tracing.pipeline import PipelineSettings, pipeline
from assay.tracing.session import SessionInfo
from tests.unit.tracing.conftest import QUICK, MemoryCollector


class Application:
    """An application with a provider and an exporter of its own."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def names(self) -> list[str]:
        return [span.name for span in self.exporter.get_finished_spans()]


@pytest.fixture
def no_provider() -> Iterator[None]:
    """The process as it is before anybody sets a provider, and again afterwards."""
    provider, once = otel._TRACER_PROVIDER, otel._TRACER_PROVIDER_SET_ONCE
    otel._TRACER_PROVIDER, otel._TRACER_PROVIDER_SET_ONCE = None, type(once)()
    yield
    otel._TRACER_PROVIDER, otel._TRACER_PROVIDER_SET_ONCE = provider, once


@pytest.fixture
def application(no_provider: None) -> Application:
    found = Application()
    otel.set_tracer_provider(found.provider)
    return found


@trace
def traced() -> None:
    with otel.get_tracer("library").start_as_current_span("library"):
        pass


INFO = SessionInfo("s1", run_id="r1")


async def test_the_application_exports_its_own_spans_and_no_others(
    application: Application, collector: MemoryCollector
) -> None:
    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(INFO).activated():
            traced()
        with otel.get_tracer("application").start_as_current_span("outside"):
            pass
    traced()
    assert otel.get_tracer_provider() is application.provider
    assert ["library", "outside", "library"] == application.names()
    assert ["library", "traced"] == [span.name for span in collector.spans]
    assert {"s1"} == {span.session_id for span in collector.spans}
    assert [{}, {}, {}] == [
        dict(span.attributes or {}) for span in application.exporter.get_finished_spans()
    ]


async def test_the_applications_provider_is_left_as_it_was(
    application: Application, collector: MemoryCollector
) -> None:
    processors = application.provider._active_span_processor._span_processors
    async with pipeline({"server": collector}, QUICK), pipeline({"server": collector}, QUICK):
        during = application.provider._active_span_processor._span_processors
    assert len(processors) + 1 == len(during)
    assert processors == application.provider._active_span_processor._span_processors


async def test_without_a_provider_a_stand_in_gives_way_afterwards(
    no_provider: None, collector: MemoryCollector
) -> None:
    held = otel.get_tracer("library")
    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(INFO).activated():
            with held.start_as_current_span("held", attributes={"a": 1}):
                pass
            held.start_span("plain").end()
        with held.start_as_current_span("outside") as outside:
            assert not outside.is_recording()
    assert ["held", "plain"] == [span.name for span in collector.spans]
    assert otel._TRACER_PROVIDER is None
    application = Application()
    otel.set_tracer_provider(application.provider)
    with held.start_as_current_span("later"):
        pass
    assert ["later"] == application.names()


async def test_a_provider_set_during_a_run_is_joined(
    no_provider: None, collector: MemoryCollector
) -> None:
    held = otel.get_tracer("library")
    application = Application()
    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(INFO).activated():
            held.start_span("before").end()
        otel.set_tracer_provider(application.provider)
        with opened.tracer(INFO).activated():
            held.start_span("after").end()
            held.start_span("again").end()
    assert ["before", "after", "again"] == [span.name for span in collector.spans]
    assert ["after", "again"] == application.names()
    assert otel.get_tracer_provider() is application.provider


async def test_a_provider_of_another_make_is_left_alone(
    no_provider: None, collector: MemoryCollector
) -> None:
    foreign = otel.NoOpTracerProvider()
    otel.set_tracer_provider(foreign)
    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(INFO).activated():
            traced()
    assert ["traced"] == [span.name for span in collector.spans]
    assert otel.get_tracer_provider() is foreign


async def test_a_child_with_an_explicit_parent_belongs_to_its_parents_session(
    application: Application, collector: MemoryCollector
) -> None:
    from assay.tracing.session import inside

    library = otel.get_tracer("library")
    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(INFO).activated():
            parent = library.start_span("parent")
            with inside(None):  # as in a thread that was started before the session
                library.start_span("child", context=otel.set_span_in_context(parent)).end()
                library.start_span("stray").end()
            parent.end()
    assert ["child", "parent"] == [span.name for span in collector.spans]


class Library:
    """A library with an instrumentor, which is one object for the whole process."""

    def __init__(self) -> None:
        self.tracer: Any = None
        self.calls: list[str] = []
        self.is_instrumented_by_opentelemetry = False

    def instrument(self, **options: Any) -> None:
        self.calls.append("on")
        self.tracer = options["tracer_provider"].get_tracer("library")
        self.is_instrumented_by_opentelemetry = True

    def uninstrument(self, **_options: Any) -> None:
        self.calls.append("off")
        self.tracer = None
        self.is_instrumented_by_opentelemetry = False

    def call(self) -> None:
        if self.tracer is not None:
            self.tracer.start_span("call").end()


def instrumented_by(*libraries: Any) -> PipelineSettings:
    return PipelineSettings(QUICK.export, instrumentors=libraries)


async def test_instrumentors_are_on_for_the_run_and_off_again(
    application: Application, collector: MemoryCollector
) -> None:
    library = Library()
    async with pipeline({"server": collector}, instrumented_by(library)) as opened:
        with opened.tracer(INFO).activated():
            library.call()
        library.call()
    library.call()
    assert ["on", "off"] == library.calls
    assert ["s1"] == [span.session_id for span in collector.named("call")]
    assert [] == application.names()


async def test_runs_at_once_share_an_instrumentor_until_the_last_ends() -> None:
    library = Library()
    first, second = MemoryCollector(), MemoryCollector()
    async with pipeline({"server": second}, instrumented_by(library)) as right:
        async with pipeline({"server": first}, instrumented_by(library)) as left:
            with left.tracer(INFO).activated():
                library.call()
        with right.tracer(SessionInfo("s2")).activated():
            library.call()
    assert ["on", "off"] == library.calls
    assert (["s1"], ["s2"]) == tuple([span.session_id for span in c.spans] for c in (first, second))


async def test_what_the_application_instrumented_stays_instrumented(
    collector: MemoryCollector,
) -> None:
    library = Library()
    library.is_instrumented_by_opentelemetry = True
    async with pipeline({"server": collector}, instrumented_by(library)):
        pass
    assert [] == library.calls


async def test_an_instrumentor_that_fails_leaves_the_others_off(
    collector: MemoryCollector,
) -> None:
    class Broken(Library):
        @override
        def instrument(self, **options: Any) -> None:
            raise RuntimeError("no such library")

    library = Library()
    with pytest.raises(RuntimeError, match="no such library"):
        async with pipeline({"server": collector}, instrumented_by(library, Broken())):
            pass
    assert ["on", "off"] == library.calls


async def test_one_that_cannot_be_switched_off_keeps_no_other_on(
    collector: MemoryCollector,
) -> None:
    class Stuck(Library):
        @override
        def uninstrument(self, **options: Any) -> None:
            raise RuntimeError("stuck")

    library = Library()
    with pytest.raises(RuntimeError, match="stuck"):
        async with pipeline({"server": collector}, instrumented_by(library, Stuck())):
            pass
    assert ["on", "off"] == library.calls


@pytest.mark.parametrize(("wrong", "message"), [(Library, "is a class"), (object(), "has no inst")])
def test_what_is_no_instrumentor_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        check_instrumentors([wrong])
