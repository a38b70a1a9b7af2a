"""The shipped loopback model server: its plan, its account, its bytes."""

import http.client
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.testing.model_server import (
    ANSWER,
    RATE_LIMITED,
    REFUSAL,
    Behaviour,
    Kind,
    ModelServer,
    Plan,
    read_call_log,
)
from assay.testing.model_server.behaviour import BY_NAME


SOURCE = Path(__file__).parents[3] / "src"


def post(
    port: int, body: object, *, path: str = "/v1/chat/completions", key: str | None = None
) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {} if key is None else {"X-Assay-Datapoint": key}
    text = body if isinstance(body, str) else json.dumps(body)
    connection.request("POST", path, text, headers)
    reply = connection.getresponse()
    answer = (reply.status, dict(reply.getheaders()), json.loads(reply.read()))
    connection.close()
    return answer


def chat(user: str | None = None) -> dict[str, object]:
    body: dict[str, object] = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
    return body if user is None else {**body, "user": user}


def test_calls_are_counted_by_header_then_user_then_last_message(tmp_path: Path) -> None:
    log = tmp_path / "calls.log"
    with ModelServer(log_path=log) as server:
        post(server.port, chat("u"), key="h")
        post(server.port, chat("u"))
        post(server.port, chat("u"))
        post(server.port, chat())
        assert (server.calls.counts, server.calls.total) == ({"h": 1, "u": 2, "hello": 1}, 4)
        assert read_call_log(log) == Counter({"h": 1, "u": 2, "hello": 1})


def test_an_absent_log_counts_nothing(tmp_path: Path) -> None:
    assert read_call_log(tmp_path / "none") == Counter()


def test_scripted_calls_come_first_then_answers() -> None:
    with ModelServer(Plan(script={"u": [RATE_LIMITED, REFUSAL]})) as server:
        status, headers, body = post(server.port, chat("u"))
        assert (status, headers["retry-after"], body["error"]["code"]) == (429, "0", 429)
        assert post(server.port, chat("u"))[2]["choices"][0]["message"]["refusal"]
        assert post(server.port, chat("u"))[0] == 200


def test_a_model_can_ask_for_tools_instead_of_answering() -> None:
    asks = Behaviour(tool_calls=(("weather", '{"city": "Bergen"}'), ("clock", "{}")))
    with ModelServer(Plan(script={"u": [asks]})) as server:
        [choice] = post(server.port, chat("u"))[2]["choices"]
    calls = choice["message"]["tool_calls"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert [("call-0", "weather"), ("call-1", "clock")] == [
        (each["id"], each["function"]["name"]) for each in calls
    ]
    assert calls[0]["function"]["arguments"] == '{"city": "Bergen"}'


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/embeddings", {}, 404),
        ("/v1/chat/completions", "{", 400),
        ("/chat/completions", {}, 400),
    ],
)
def test_what_is_no_chat_completion_is_refused(path: str, body: object, status: int) -> None:
    with ModelServer() as server:
        assert post(server.port, body, path=path)[0] == status


def test_it_tells_that_it_is_healthy() -> None:
    with ModelServer() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()


def test_a_port_in_use_is_an_error_not_a_hang() -> None:
    with (
        ModelServer() as server,
        pytest.raises(OSError, match="in use"),
        ModelServer(port=server.port),
    ):
        pass


@given(st.text(min_size=1), st.integers(1, 20), st.integers())
def test_a_seed_decides_what_becomes_of_a_call_whatever_the_order(
    key: str, call: int, seed: int
) -> None:
    rates = {"reset": 0.3, "hang": 0.3}
    one, other = Plan(rates=rates, seed=seed), Plan(rates=rates, seed=seed)
    other.behaviour("another", call=1)
    assert one.behaviour(key, call=call) == other.behaviour(key, call=call)


def test_rates_are_met_over_many_calls() -> None:
    plan = Plan(rates={"truncated": 0.2, "refusal": 0.1})
    drawn = Counter(plan.behaviour(f"k{number}", call=1).kind for number in range(5000))
    assert drawn[Kind.TRUNCATED] == pytest.approx(1000, abs=120)
    assert drawn[Kind.REFUSAL] == pytest.approx(500, abs=90)


def test_latency_is_fixed_or_within_its_jitter() -> None:
    plan = Plan(latency_seconds=1.0, jitter_seconds=0.5)
    assert Plan(latency_seconds=2.0).latency(ANSWER, "k", call=1) == 2.0
    assert plan.latency(Behaviour(latency_seconds=9.0), "k", call=1) == 9.0
    assert all(1.0 <= plan.latency(ANSWER, f"k{number}", call=1) <= 1.5 for number in range(99))


@pytest.mark.parametrize("rates", [{"explode": 0.1}, {"reset": 0.6, "hang": 0.6}])
def test_impossible_rates_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"Unknown behaviours|more than 1"):
        Plan(rates=rates)


def test_every_behaviour_has_a_name() -> None:
    assert {behaviour.kind for behaviour in BY_NAME.values()} == set(Kind) - {Kind.ANSWER}


def test_it_runs_as_a_process_that_prints_its_port(tmp_path: Path) -> None:
    log = tmp_path / "calls.log"
    command = [sys.executable, "-m", "assay.testing.model_server", "--log", str(log)]
    command += ["--rate", "unavailable=1.0", "--cost", "0.5", "--text", "hi"]
    with subprocess.Popen(command, cwd=SOURCE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        status, _, _ = post(port, chat("u"))
        server.terminate()
    assert (status, read_call_log(log)) == (503, Counter({"u": 1}))
