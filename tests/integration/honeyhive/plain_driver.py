"""An application with nothing but OpenTelemetry: the stock exporter, no word of ours.

Run in an environment that has the SDK and the OTLP/HTTP exporter; ``TRACES_URL`` says where to.
"""

import contextlib
import json
import os
import threading

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


SPANS = 200
exporter = OTLPSpanExporter(os.environ["TRACES_URL"], compression=Compression.Gzip)
provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
small_batches = BatchSpanProcessor(exporter, max_export_batch_size=16)  # so children come first
provider.add_span_processor(small_batches)
tracer = provider.get_tracer("shop.lib")


def model_call(number: int) -> None:
    with tracer.start_as_current_span("ask", kind=trace.SpanKind.CLIENT) as span:
        span.set_attributes(
            {
                "openinference.span.kind": "LLM",
                "llm.model_name": "small",
                "input.value": json.dumps({"n": number}),
                "input.mime_type": "application/json",
                "output.value": "é" * 10,
                "llm.token_count.total": number,
                "tags": ["a", "b"],
                "ratio": 0.25,
            }
        )
        span.add_event("retry", {"attempt": 1})


def worker(part: int) -> None:
    with tracer.start_as_current_span("request", attributes={"session.id": f"chat-{part}"}):
        for number in range(SPANS // 4):
            model_call(number)


threads = [threading.Thread(target=worker, args=(part,)) for part in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with contextlib.suppress(KeyError), tracer.start_as_current_span("broken"):
    dict[str, int]()["nothing there"]
provider.shutdown()
