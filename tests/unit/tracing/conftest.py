"""A collector in memory, which reads what it is sent as a server would."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from assay.tracing.exporter import ExportSettings, SpansRefusedError
from assay.tracing.pipeline import PipelineSettings, pipeline
from assay.tracing.session import SessionInfo


@dataclass(frozen=True)
class Received:
    """One span as it arrived."""

    name: str
    scope: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    failed: bool
    kind: int
    attributes: dict[str, Any]

    @property
    def session_id(self) -> str:
        return str(self.attributes["assay.session_id"])


@dataclass
class MemoryCollector:
    """Keeps spans; ``refusals`` are raised first, one for each request."""

    spans: list[Received] = field(default_factory=list)
    requests: int = 0
    refusals: list[Exception] = field(default_factory=list)
    rejects: int = 0

    async def __call__(self, body: bytes, /) -> int:
        self.requests += 1
        if self.refusals:
            raise self.refusals.pop(0)
        self.spans.extend(spans_of(body))
        return self.rejects

    def named(self, name: str) -> list[Received]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> Received:
        [span] = self.named(name)
        return span


def spans_of(body: bytes) -> list[Received]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return [
        Received(
            span.name,
            scope.scope.name,
            span.trace_id,
            span.span_id,
            span.parent_span_id,
            span.status.code == 2,
            span.kind,
            {pair.key: value_of(pair.value) for pair in span.attributes},
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def value_of(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))


def busy(seconds: float | None = None) -> SpansRefusedError:
    return SpansRefusedError("429 busy", retryable=True, retry_after_seconds=seconds)


def refused() -> SpansRefusedError:
    return SpansRefusedError("400 not understood", retryable=False)


QUICK = PipelineSettings(ExportSettings(linger_seconds=0.005, deadline_seconds=5))


@pytest.fixture
def collector() -> MemoryCollector:
    return MemoryCollector()


INFO = SessionInfo("s1", name="run", run_id="r1", dataset_id="d1", datapoint_id="p1", source="test")


async def record(collector: MemoryCollector, function: Any, *args: Any, **options: Any) -> Any:
    """Call ``function`` in a session and return its result once its spans have arrived."""
    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(INFO).activated():
            result = function(*args, **options)
            if asyncio.iscoroutine(result):
                result = await result
    assert 0 == sum(counts.lost for counts in opened.counts().values())
    return result


def inputs_of(span: Any) -> Any:
    return json.loads(span.attributes["assay.inputs"])


def outputs_of(span: Any) -> Any:
    return json.loads(span.attributes["assay.outputs"])
