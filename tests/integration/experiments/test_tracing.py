"""Tracing against the real application, and against collectors that misbehave on a real port."""

import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

import pytest
from opentelemetry import trace as otel
from typing_extensions import override

import assay
from assay.experiments.payload import to_json
from tests.unit.tracing.conftest import spans_of


ROWS = [{"inputs": {"n": n}, "ground_truth": {"n": n}} for n in range(12)]


@assay.trace(event_type="tool")
def look_up(n: int) -> int:
    return n


@assay.trace
def agent(inputs: dict[str, int]) -> int:
    with ThreadPoolExecutor(2) as pool:
        found = pool.submit(look_up, inputs["n"]).result()
    with otel.get_tracer("library").start_as_current_span("library call"):
        assay.enrich_span(metrics={"found": found})
    assay.enrich_session(metadata={"n": inputs["n"]}, feedback={"rating": 5})
    return found


@assay.evaluator
@assay.trace
def exact(outputs: int, ground_truth: dict[str, int]) -> bool:
    return outputs == ground_truth["n"]


def events_of(client: assay.Client, run_id: str) -> list[dict[str, Any]]:
    where = {"field": "run_id", "operator": "is", "value": run_id, "type": "string"}
    body = to_json({"filters": [where], "limit": 1000})
    path = "/v1/events/export"
    answer = client.call(lambda at: at.request("POST", path, body=body, idempotent=True))
    events: list[dict[str, Any]] = answer["events"]
    return events


def evaluate(client: assay.Client, **options: Any) -> assay.ExperimentResultSummary:
    return assay.evaluate(
        agent, dataset=ROWS, evaluators=[exact], client=client, print_results=False, **options
    )


def test_sessions_and_spans_can_be_read_back_when_the_run_returns(tmp_path: Path) -> None:
    client = assay.Client(data_dir=tmp_path)
    before = set(threading.enumerate())
    result = evaluate(client)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)  # the last may be on its way out
    assert set() == set(threading.enumerate()) - before
    assert 0 == result.spans["server"].lost
    events = events_of(client, result.run_id)
    names = Counter(event["event_name"] for event in events if event["event_type"] != "session")
    assert {"agent": 12, "look_up": 12, "library call": 12, "exact": 12} == names
    by_id = {event["event_id"]: event for event in events}
    sessions = {event["session_id"] for event in events}
    assert {point.session_id for point in result.datapoints} == sessions
    for event in events:
        session = by_id[event["session_id"]]
        assert event["datapoint_id"] == session["datapoint_id"]
        assert session["session_id"] == session["event_id"]
        assert session["parent_id"] is None
        if event["event_name"] == "look_up":
            parent = by_id[event["parent_id"]]
            assert "agent" == parent["event_name"]
            assert parent["inputs"]["inputs"]["n"] == event["inputs"]["n"]
            assert session["metadata"]["n"] == event["inputs"]["n"]
    for session in (by_id[identifier] for identifier in sessions):
        number = session["inputs"]["n"]
        assert {"rating": 5, "ground_truth": {"n": number}} == session["feedback"]
        assert ({"value": number}, {"exact": True}) == (session["outputs"], session["metrics"])


def test_two_evaluations_at_once_keep_their_spans_apart(tmp_path: Path) -> None:
    clients = [assay.Client(data_dir=tmp_path / name) for name in ("a", "b")]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(evaluate, clients))
    for client, result in zip(clients, results, strict=True):
        assert 0 == result.spans["server"].lost
        events = events_of(client, result.run_id)
        assert 48 == len([event for event in events if event["event_type"] != "session"])
        assert {point.session_id for point in result.datapoints} == {
            event["session_id"] for event in events
        }


def test_a_session_of_its_own_is_stored_with_its_spans(tmp_path: Path) -> None:
    client = assay.Client(data_dir=tmp_path)
    with assay.trace_session("nightly", client=client, source="cron") as tracer:
        look_up(1)
    body = to_json({"filters": [], "limit": 10})
    path = "/v1/events/export"
    answer = client.call(lambda at: at.request("POST", path, body=body, idempotent=True))
    found = {event["event_name"]: event for event in answer["events"]}
    assert {"nightly", "look_up"} == set(found)
    assert tracer.session_id == found["nightly"]["event_id"] == found["look_up"]["parent_id"]
    assert "cron" == found["nightly"]["source"]


Answer = Callable[[BaseHTTPRequestHandler, int], None]


@contextmanager
def collecting(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """A collector on a free port; ``answer`` gets the handler and the request's number."""
    taken: list[bytes] = []
    count = iter(range(1_000_000))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            number = next(count)
            self.body = body
            answer(self, number)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        taken_bodies = taken

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def take(handler: Any, _number: int) -> None:
    handler.server.taken_bodies.append(handler.body)
    reply(handler, 200)


def reply(handler: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("content-length", "0")
    handler.end_headers()


def busy_first(status: int) -> Answer:
    def answer(handler: Any, number: int) -> None:
        if number < 2:
            reply(handler, status, retry_after="0")
        else:
            take(handler, number)

    return answer


@pytest.mark.parametrize(
    "answer", [take, busy_first(429), busy_first(503)], ids=["well", "429", "503"]
)
def test_a_second_collector_gets_every_span(tmp_path: Path, answer: Answer) -> None:
    with collecting(answer) as (url, taken):
        result = evaluate(assay.Client(data_dir=tmp_path), forward_to=url)
    spans = [span for body in taken for span in spans_of(body)]
    assert result.spans["server"].exported == len(spans) == result.spans["forward"].exported
    assert result.run_id in {span.attributes["assay.run_id"] for span in spans}


def silent(handler: Any, _number: int) -> None:
    """Answer only when the other side has given up, which the deadline must make it do."""
    handler.connection.recv(1)


def reset(handler: Any, _number: int) -> None:
    handler.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def unwell(handler: Any, _number: int) -> None:
    reply(handler, 503)


@pytest.mark.parametrize("answer", [silent, reset, unwell])
def test_a_collector_that_misbehaves_holds_nobody_and_its_losses_are_counted(
    tmp_path: Path, answer: Answer
) -> None:
    client = assay.Client(data_dir=tmp_path)
    with collecting(answer) as (url, _), pytest.warns(assay.LostSpansWarning, match="'forward'"):
        result = evaluate(client, forward_to=url, trace_deadline_seconds=2)
    forward, server = result.spans["forward"], result.spans["server"]
    assert server.exported == forward.lost
    assert (0, 0) == (forward.exported, server.lost)
    assert forward.reason is not None
    assert 12 == len(result.passed)


def test_a_collector_that_is_down_is_named_with_what_was_lost(tmp_path: Path) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as free:
        url = f"http://127.0.0.1:{free.server_address[1]}/v1/traces"
    with pytest.warns(assay.LostSpansWarning, match="'forward'"):
        result = evaluate(assay.Client(data_dir=tmp_path), forward_to=url, trace_deadline_seconds=2)
    assert result.spans["server"].exported == result.spans["forward"].lost


@pytest.mark.parametrize("text", ["2", "true", "null", '"quoted"', "plain", "1e5", ""])
def test_a_text_that_a_step_returns_stays_a_text(tmp_path: Path, text: str) -> None:
    @assay.trace(event_type="tool")
    def say() -> str:
        return text

    client = assay.Client(data_dir=tmp_path)
    result = assay.evaluate(
        lambda inputs: say(), dataset=[{"n": 1}], client=client, print_results=False
    )
    [step] = [event for event in events_of(client, result.run_id) if event["event_name"] == "say"]
    assert {"value": text} == step["outputs"]
