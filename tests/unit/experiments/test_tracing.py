"""``evaluate()`` with tracing: a session for each item, its spans on the server in time."""

import threading
import warnings
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

import assay
from assay.core.errors import InvalidInputError
from assay.experiments.trace_sending import retry_after
from tests.unit.experiments.conftest import NOW, InMemoryServer
from tests.unit.tracing.conftest import Received, spans_of


ROWS = [{"inputs": {"n": n}, "id": f"q{n}"} for n in range(6)]


def received(server: InMemoryServer) -> list[Received]:
    return [span for request in server.traces for span in spans_of(request.content)]


def run(client: assay.Client, function: Any, **options: Any) -> assay.ExperimentResultSummary:
    return assay.evaluate(function, dataset=ROWS, client=client, print_results=False, **options)


@assay.trace(event_type="tool")
def look_up(n: int) -> int:
    return n


@assay.trace
def agent(inputs: dict[str, int]) -> int:
    worker = threading.Thread(target=look_up, args=(inputs["n"],))
    worker.start()
    worker.join()
    return look_up(inputs["n"])


@assay.trace
async def aagent(inputs: dict[str, int]) -> int:
    return look_up(inputs["n"]) + look_up(inputs["n"])


@pytest.mark.parametrize("function", [agent, aagent])
def test_each_datapoint_leaves_one_session_with_its_spans(
    server: InMemoryServer, client: assay.Client, function: Any
) -> None:
    @assay.evaluator
    @assay.trace(name="judge")
    def judge(outputs: int) -> bool:
        return outputs >= 0

    @assay.evaluator
    @assay.trace(name="ajudge")
    async def ajudge(outputs: int) -> bool:
        return outputs >= 0

    result = run(client, function, evaluators=[judge, ajudge], name="v1")
    spans = received(server)
    stored = {item["session_id"]: item["datapoint_id"] for item in server.posted_items()}
    assert 6 == len(stored)
    assert {5} == set(Counter(span.session_id for span in spans).values())
    assert stored == {span.session_id: span.attributes["assay.datapoint_id"] for span in spans}
    assert {result.run_id} == {span.attributes["assay.run_id"] for span in spans}
    assert {"evaluation"} == {span.attributes["assay.source"] for span in spans}
    assert {"v1"} == {span.attributes["assay.session_name"] for span in spans}
    assert (30, 0) == (result.spans["server"].exported, result.spans["server"].lost)


def test_spans_are_on_the_server_before_the_result_is_read(
    server: InMemoryServer, client: assay.Client
) -> None:
    run(client, agent)
    last_trace = max(i for i, line in enumerate(server.requests) if line == "POST /traces")
    assert server.requests[-1].endswith("/result")
    assert last_trace < len(server.requests) - 1


def test_a_function_gets_the_tracer_of_its_own_session(
    server: InMemoryServer, client: assay.Client
) -> None:
    seen: dict[str, str] = {}

    def function(inputs: dict[str, int], tracer: assay.Tracer) -> int:
        assert assay.current_tracer() is tracer
        seen[str(tracer.datapoint_id)] = tracer.session_id
        with tracer.start_span("step", inputs=inputs):
            tracer.enrich_session(metadata={"n": inputs["n"]}, feedback={"rating": 1})
        return inputs["n"]

    run(client, function)
    assert seen == {item["datapoint_id"]: item["session_id"] for item in server.posted_items()}
    assert [0, 1, 2, 3, 4, 5] == sorted(item["metadata"]["n"] for item in server.posted_items())
    sessions = [
        span for span in received(server) if span.attributes["assay.event_type"] == "session"
    ]
    assert sorted(seen.values()) == sorted(str(s.attributes["assay.event_id"]) for s in sessions)


def test_a_failed_item_keeps_its_session_and_tries_share_one(
    server: InMemoryServer, client: assay.Client
) -> None:
    @assay.trace
    def fail(inputs: dict[str, int]) -> int:
        raise ValueError(inputs["n"])

    run(client, fail, retries=1)
    assert {"failed"} == {item["status"] for item in server.posted_items()}
    tries = Counter(span.session_id for span in received(server))
    assert {2} == set(tries.values())
    assert set(tries) == {item["session_id"] for item in server.posted_items()}


def test_repeats_are_sessions_of_their_own(server: InMemoryServer, client: assay.Client) -> None:
    run(client, agent, repeats=2)
    assert 12 == len({item["session_id"] for item in server.posted_items()})


def test_a_function_without_spans_sends_none(server: InMemoryServer, client: assay.Client) -> None:
    result = run(client, lambda inputs: inputs["n"])
    assert [] == server.traces
    assert all(item["session_id"] for item in server.posted_items())
    assert 0 == result.spans["server"].exported


def test_a_traced_call_after_the_run_lands_nowhere(
    server: InMemoryServer, client: assay.Client
) -> None:
    run(client, agent)
    before = len(server.traces)
    assert 3 == look_up(3)
    assert before == len(server.traces)


def test_spans_are_sent_as_protobuf_with_the_key_of_the_connection(
    server: InMemoryServer,
) -> None:
    client = assay.Client(
        address=assay.experiments.connection.ServerAddress(
            url="http://test.invalid", api_key="k", transport=httpx2.MockTransport(server.handle)
        )
    )
    run(client, agent)
    headers = server.traces[0].headers
    assert "application/x-protobuf" == headers["content-type"]
    assert "Bearer k" == headers["authorization"]


@pytest.mark.parametrize("status", [400, 404, 413])
def test_refused_spans_are_counted_and_warned_of_and_the_result_stands(
    server: InMemoryServer, client: assay.Client, status: int
) -> None:
    server.on_traces = lambda _request: httpx2.Response(status, text="no such thing")
    with pytest.warns(assay.LostSpansWarning, match=f"18 of 18 spans .* with {status}: no such"):
        result = run(client, agent)
    assert 18 == result.spans["server"].failed
    assert 6 == len(result.datapoints)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_collector_is_asked_again_and_loses_nothing(
    server: InMemoryServer, client: assay.Client, status: int
) -> None:
    replies = [httpx2.Response(status, headers={"retry-after": "0"})] * 2
    server.on_traces = lambda _request: replies.pop() if replies else httpx2.Response(200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run(client, agent)
    assert (18, 0) == (result.spans["server"].exported, result.spans["server"].lost)


def test_a_collector_that_resets_is_given_up_at_the_deadline(
    server: InMemoryServer, client: assay.Client
) -> None:
    def reset(_request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("connection reset")

    server.on_traces = reset
    with pytest.warns(assay.LostSpansWarning, match="connection reset"):
        result = run(client, agent, trace_deadline_seconds=0.05)
    assert 18 == result.spans["server"].lost


def test_spans_that_a_web_page_answers_have_not_arrived(
    server: InMemoryServer, client: assay.Client
) -> None:
    server.on_traces = lambda _request: httpx2.Response(200, html="<p>Welcome</p>")
    with pytest.warns(assay.LostSpansWarning, match="answered with a web page"):
        result = run(client, agent)
    assert (0, 18) == (result.spans["server"].exported, result.spans["server"].failed)


def test_spans_a_collector_rejects_in_part_are_counted(
    server: InMemoryServer, client: assay.Client
) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceResponse,
    )

    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 1
    headers = {"content-type": "application/x-protobuf"}
    server.on_traces = lambda _request: httpx2.Response(
        200, content=answer.SerializeToString(), headers=headers
    )
    with pytest.warns(assay.LostSpansWarning, match="spans did not reach"):
        result = run(client, agent)
    assert len(server.traces) == result.spans["server"].failed


def test_a_session_outside_of_runs_is_recorded(
    server: InMemoryServer, client: assay.Client
) -> None:
    with assay.trace_session("nightly", client=client, metadata={"shard": 3}) as tracer:
        look_up(1)
        assay.enrich_session(metrics={"good": True})
    assert None is assay.current_tracer()
    spans = received(server)
    assert {tracer.session_id} == {span.session_id for span in spans}
    assert {3} == {span.attributes["assay.metadata.shard"] for span in spans}
    [session] = [span for span in spans if "assay.event_id" in span.attributes]
    assert session.attributes["assay.metrics.good"] is True
    assert ["assay-spans"] != [t.name for t in threading.enumerate()][-1:]


async def test_a_session_in_a_running_loop_needs_no_thread(
    server: InMemoryServer, client: assay.Client
) -> None:
    before = threading.active_count()
    async with assay.atrace_session("job", client=client, session_id="mine"):
        look_up(1)
        assert before == threading.active_count()
    assert {"mine"} == {span.session_id for span in received(server)}


def test_a_session_with_the_server_away_only_warns(
    server: InMemoryServer, client: assay.Client
) -> None:
    server.on_traces = lambda _request: httpx2.Response(403, text="not yours")
    with (
        pytest.warns(assay.LostSpansWarning, match="not yours"),
        assay.trace_session("job", client=client),
    ):
        assert 1 == look_up(1)


def test_a_session_whose_server_cannot_start_says_so() -> None:
    client = assay.Client(application="no_such_module:application")
    with (
        pytest.raises(assay.AssayError, match="cannot be loaded"),
        assay.trace_session("job", client=client),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"instrumentors": [object()]}, "no instrument"),
        ({"forward_to": "localhost:4318"}, "give the whole URL"),
        ({"forward_to": 4318}, "give the whole URL"),
        ({"trace_deadline_seconds": 0}, "must be above 0"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_starts(
    server: InMemoryServer, client: assay.Client, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        run(client, agent, **options)
    assert [] == server.requests


class HeldClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("-1", 0.0),
        ("Fri, 02 Jan 2026 03:04:15 GMT", 10.0),
        ("soon", None),
    ],
)
def test_a_wait_may_be_asked_for_in_seconds_or_as_a_date(
    text: str | None, seconds: float | None
) -> None:
    assert NOW.tzinfo is UTC
    assert seconds == retry_after(text, HeldClock())
