"""Spans per second through HTTP: decode, map, store, answer; on SQLite and PostgreSQL.

Run: ``python benchmarks/ingest_spans.py [--spans 20000] [--batch 500] [--own] [--url DATABASE_URL]``.
Each batch is one request, protobuf, sent by four clients at once, as collectors do. With ``--own``
the spans are those of Assay's own SDK: their sessions belong to a run. Processor time is that of
this process, clients included; a busy machine changes it least.
"""

import argparse
import json
import socket
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from assay.apps.server.app import create_app
from assay.apps.settings import Settings
from assay.store.migrations import upgrade


CLIENTS = 4
SPANS_PER_TRACE = 10


def batch_of(number: int, size: int, *, run_id: str | None = None) -> bytes:
    """One export of traces of ten spans, each a model call with a kilobyte of text."""
    request = ExportTraceServiceRequest()
    scoped = request.resource_spans.add().scope_spans.add()
    for index in range(size):
        place = number * size + index
        trace_id = (place // SPANS_PER_TRACE + 1).to_bytes(16)
        span = scoped.spans.add(
            trace_id=trace_id,
            span_id=(place + 1).to_bytes(8),
            name=f"call {index}",
            kind=3,
            start_time_unix_nano=1_700_000_000_000_000_000 + place,
            end_time_unix_nano=1_700_000_000_100_000_000 + place,
        )
        if place % SPANS_PER_TRACE:
            root = place - place % SPANS_PER_TRACE + 1
            span.parent_span_id = root.to_bytes(8)
        values = {
            "openinference.span.kind": AnyValue(string_value="LLM"),
            "llm.model_name": AnyValue(string_value="small"),
            "input.value": AnyValue(string_value=json.dumps({"question": "why " * 120})),
            "output.value": AnyValue(string_value="because " * 60),
            "llm.token_count.prompt": AnyValue(int_value=120),
            "llm.token_count.completion": AnyValue(int_value=60),
            "session.id": AnyValue(string_value=f"session {place // SPANS_PER_TRACE}"),
            "temperature": AnyValue(double_value=0.25),
        }
        if run_id is not None:
            values["assay.session_id"] = values.pop("session.id")
            values["assay.run_id"] = AnyValue(string_value=run_id)
            values["assay.datapoint_id"] = AnyValue(string_value=f"d{place // SPANS_PER_TRACE}")
        span.attributes.extend(KeyValue(key=key, value=value) for key, value in values.items())
    return bytes(request.SerializeToString())


def measure(
    database_url: str | None, folder: Path, *, spans: int, size: int, own: bool
) -> dict[str, float]:
    """Send everything and return the figures."""
    settings = Settings(data_dir=folder, database_url=database_url)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx2.Client(base_url=url, timeout=60) as client:
            made = client.post("/v1/runs", json={"name": "own"}).json()["run_id"] if own else None
            bodies = [batch_of(number, size, run_id=made) for number in range(spans // size)]
            used = time.process_time()
            seconds, waits = send(client, bodies)
            used = time.process_time() - used
            stored = client.post("/v1/events/export", json={"limit": 1}).json()["totalEvents"]
        server.should_exit = True
        thread.join(30)
    sessions = len(bodies) * size // SPANS_PER_TRACE
    assert stored == len(bodies) * size + sessions, (stored, len(bodies) * size, sessions)
    return {
        "spans": len(bodies) * size,
        "seconds": round(seconds, 3),
        "spans_per_second": round(len(bodies) * size / seconds),
        "spans_per_cpu_second": round(len(bodies) * size / used),
        "request_p50_ms": round(1000 * statistics.median(waits), 1),
        "request_max_ms": round(1000 * max(waits), 1),
    }


def send(client: httpx2.Client, bodies: list[bytes]) -> tuple[float, list[float]]:
    """Send all bodies from several threads; returns the whole time and each request's."""
    headers = {"content-type": "application/x-protobuf"}

    def post(body: bytes) -> float:
        started = time.perf_counter()
        client.post("/v1/traces", content=body, headers=headers).raise_for_status()
        return time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as threads:
        waits = list(threads.map(post, bodies))
    return time.perf_counter() - started, waits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--own", action="store_true")
    parser.add_argument("--url", help="a PostgreSQL database, empty or of the newest schema")
    options = parser.parse_args()
    if options.url is not None:
        upgrade(options.url)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(
            options.url, Path(folder), spans=options.spans, size=options.batch, own=options.own
        )
    kind = "SQLite" if options.url is None else "PostgreSQL"
    print(json.dumps({"database": kind, "batch": options.batch, **figures}))


if __name__ == "__main__":
    main()
