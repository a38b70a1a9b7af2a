"""The OpenAI-compatible provider against the loopback model server, over real sockets."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typing_extensions import override

from assay.core.chat import ChatMessage, ChatModel, ChatReply, ChatRequest
from assay.core.costs import CACHE_HIT_COST, Cost, CostSource, Usage
from assay.core.errors import ModelCallError
from assay.llm.gateway import Gateway, GatewaySettings
from assay.llm.pricing import Price
from assay.testing.manual_clock import ManualClock
from assay.testing.model_server import (
    DRIP,
    HANG,
    MALFORMED,
    REFUSAL,
    RESET,
    TRUNCATED,
    UNAVAILABLE,
    Behaviour,
    Kind,
    ModelServer,
    Plan,
)


def question(key: str = "q") -> ChatRequest:
    return ChatRequest((ChatMessage("user", "Why?"),), extra={"user": key})


@asynccontextmanager
async def asked(
    url: str, settings: GatewaySettings | None = None, *, clock: ManualClock | None = None
) -> AsyncIterator[ChatModel]:
    """Open a model at ``url`` whose waits take no time."""
    clock = clock if clock is not None else ManualClock()
    gateway = Gateway(settings, clock=clock, sleep=clock.sleep, chance=lambda: 0.5)
    try:
        yield gateway.open(f"openai:m@{url}")
    finally:
        await gateway.aclose()


async def reply_to(
    plan: Plan, settings: GatewaySettings | None = None, *, clock: ManualClock | None = None
) -> ChatReply:
    with ModelServer(plan) as server:
        async with asked(server.base_url, settings, clock=clock) as model:
            return await model.complete(question())


async def test_an_answer_arrives_with_its_tokens_and_finish_reason() -> None:
    reply = await reply_to(Plan(text="Because."))
    assert (reply.text, reply.finish_reason, reply.refused) == ("Because.", "stop", False)
    assert Usage(10, 5) == reply.usage
    assert [attempt.number for attempt in reply.attempts] == [1]


async def test_a_billed_cost_is_kept_exactly_and_wins_over_prices() -> None:
    own = GatewaySettings(prices={"m": Price(Decimal(9), Decimal(9))})
    reply = await reply_to(Plan(cost_usd="0.0144475"), own)
    assert Cost(Decimal("0.0144475"), CostSource.BILLED) == reply.cost


async def test_without_a_bill_a_users_price_is_used() -> None:
    own = GatewaySettings(prices={"m": Price(Decimal(1), Decimal(2))})
    reply = await reply_to(Plan(), own)
    assert Cost(Decimal("0.00002"), CostSource.PRICED) == reply.cost


async def test_a_model_of_an_unknown_endpoint_has_an_unknown_cost() -> None:
    assert (await reply_to(Plan())).cost.source is CostSource.UNKNOWN


async def test_a_cut_off_answer_and_a_refusal_are_told_apart_from_answers() -> None:
    assert (await reply_to(Plan(script={"q": [TRUNCATED]}))).truncated
    refused = await reply_to(Plan(script={"q": [REFUSAL]}))
    assert (refused.refused, refused.text) == (True, "")


async def test_a_dripping_answer_arrives_whole() -> None:
    reply = await reply_to(Plan(script={"q": [Behaviour(Kind.DRIP, drip_seconds=0.001)]}))
    assert reply.text == "The answer to q."


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 529])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    reply = await reply_to(Plan(script={"q": [Behaviour(Kind.STATUS, status=status)] * 3}))
    assert [status] * 3 + [None] == [attempt.status for attempt in reply.attempts]


@pytest.mark.parametrize("behaviour", [RESET, MALFORMED])
async def test_a_broken_connection_or_reply_is_tried_again(behaviour: Behaviour) -> None:
    reply = await reply_to(Plan(script={"q": [behaviour]}))
    assert [attempt.error is None for attempt in reply.attempts] == [False, True]


@pytest.mark.parametrize("behaviour", [HANG, DRIP])
async def test_what_takes_too_long_is_tried_again(behaviour: Behaviour) -> None:
    slow = GatewaySettings(timeout_seconds=0.05)
    reply = await reply_to(Plan(script={"q": [behaviour]}), slow)
    assert "gave no answer within 0.05 s" in (reply.attempts[0].error or "")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_what_is_wrong_for_good_is_asked_once(status: int) -> None:
    plan = Plan(script={"q": [Behaviour(Kind.STATUS, status=status)] * 5})
    with ModelServer(plan) as server:
        async with asked(server.base_url) as model:
            with pytest.raises(ModelCallError) as caught:
                await model.complete(question())
        assert server.calls.counts == {"q": 1}
    assert (caught.value.status, caught.value.retryable) == (status, False)
    assert f"answered {status}: The loopback server was told" in str(caught.value)


async def test_three_retries_are_all_and_the_error_says_so() -> None:
    with ModelServer(Plan(script={"q": [UNAVAILABLE] * 9})) as server:
        async with asked(server.base_url) as model:
            with pytest.raises(ModelCallError, match=r"answered 503.*\(after 4 attempts\)"):
                await model.complete(question())
        assert server.calls.counts == {"q": 4}


@pytest.mark.parametrize(
    ("header", "waited"),
    [("7", 7.0), ("2.5", 2.5), ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0), ("soon", 0.25)],
)
async def test_retry_after_is_honoured_in_seconds_and_as_a_date(header: str, waited: float) -> None:
    clock = ManualClock()
    limited = Behaviour(Kind.STATUS, status=429, retry_after=header)
    await reply_to(Plan(script={"q": [limited]}), clock=clock)
    assert [waited] == clock.slept


async def test_nobody_waits_beyond_the_deadline() -> None:
    limited = Behaviour(Kind.STATUS, status=429, retry_after="3600")
    clock = ManualClock()
    with pytest.raises(ModelCallError) as caught:
        await reply_to(Plan(script={"q": [limited]}), clock=clock)
    assert (caught.value.status, caught.value.retry_after_seconds) == (429, 3600.0)
    assert clock.slept == []


async def test_requests_and_tokens_per_minute_make_calls_wait() -> None:
    clock = ManualClock()
    limits = GatewaySettings(requests_per_minute=60, tokens_per_minute=60)
    with ModelServer() as server:
        async with asked(server.base_url, limits, clock=clock) as model:
            for _ in range(3):
                await model.complete(question())
    assert clock.monotonic() == pytest.approx(28.0, abs=1.0)


async def test_a_server_that_is_not_there_is_named() -> None:
    with ModelServer() as server:
        url = server.base_url
    async with asked(url, GatewaySettings(retries=0)) as model:
        with pytest.raises(ModelCallError, match=url) as caught:
            await model.complete(question())
    assert caught.value.retryable


class MemoryCache:
    def __init__(self) -> None:
        self.replies: dict[str, object] = {}

    def get_response(self, key: str) -> dict[str, object] | None:
        text = self.replies.get(key)
        return None if text is None else json.loads(str(text))

    def get_responses(self, keys: Sequence[str]) -> dict[str, Mapping[str, object]]:
        found = {key: self.get_response(key) for key in keys}
        return {key: reply for key, reply in found.items() if reply is not None}

    def put_response(self, key: str, reply: object) -> None:
        self.replies[key] = json.dumps(reply)


async def test_a_kept_reply_costs_nothing_has_no_latency_and_asks_nobody() -> None:
    cache = MemoryCache()
    with ModelServer(Plan(cost_usd="0.5")) as server:
        gateway = Gateway(cache=cache)
        model = gateway.open(f"openai:m@{server.base_url}")
        first = await model.complete(question())
        kept = await model.complete(question())
        other_repeat = await model.complete(
            ChatRequest(question().messages, extra={"user": "q"}, repeat=1)
        )
        await gateway.aclose()
        assert server.calls.total == 2
    assert (kept.text, kept.usage, kept.cost) == (first.text, first.usage, CACHE_HIT_COST)
    assert (kept.cached, kept.latency_seconds, kept.attempts) == (True, None, ())
    assert (first.cached, other_repeat.cached) == (False, False)


Headers = dict[str, str]
Recorder = Callable[[bytes], "Recording"]


class Recording:
    """A plain HTTP server that keeps headers and bodies and answers what it is told."""

    def __init__(self, answer: bytes) -> None:
        self.headers: list[Headers] = []
        self.bodies: list[dict[str, object]] = []
        keep = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the library's name
                body = self.rfile.read(int(self.headers["content-length"]))
                keep.headers.append({name.lower(): text for name, text in self.headers.items()})
                keep.bodies.append(json.loads(body))
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            @override
            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@contextmanager
def recording(answer: Mapping[str, object] | None = None) -> Iterator[Recording]:
    body = answer if answer is not None else {"choices": [{"message": {"content": "ok"}}]}
    kept = Recording(json.dumps(body).encode())
    thread = threading.Thread(target=kept.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield kept
    finally:
        kept.server.shutdown()
        thread.join()
        kept.server.server_close()


async def test_a_custom_endpoint_never_receives_another_providers_key() -> None:
    settings = GatewaySettings(openai_api_key="sk-own-secret-000000000000")
    with recording() as kept:
        async with asked(kept.url, settings) as model:
            await model.complete(question())
    assert "authorization" not in kept.headers[0]
    assert "secret" not in str(kept.headers[0])


async def test_an_endpoint_receives_the_key_configured_for_it() -> None:
    with recording() as kept:
        settings = GatewaySettings(endpoint_keys={f"{kept.url}/": "its-own"})
        async with asked(kept.url, settings) as model:
            await model.complete(question())
        settings = GatewaySettings(openai_api_key="configured", openai_base_url=kept.url)
        async with asked(kept.url, settings) as model:
            await model.complete(question())
    sent = [headers["authorization"] for headers in kept.headers]
    assert sent == ["Bearer its-own", "Bearer configured"]


def test_keys_do_not_show_in_texts() -> None:
    settings = GatewaySettings(openai_api_key="very-secret", endpoint_keys={"http://h": "hidden"})
    shown = f"{settings!r} {settings.endpoint(None)!r} {settings.endpoint('http://h')!r}"
    assert "very-secret" not in shown
    assert "hidden" not in shown


async def test_the_request_says_what_was_asked_and_leaves_out_what_was_not() -> None:
    request = ChatRequest(
        (ChatMessage("system", "Be brief."), ChatMessage("user", "Why?")),
        temperature=0.0,
        max_tokens=0,
        json_schema={"type": "object"},
        extra={"top_p": 0.5},
    )
    with recording() as kept:
        async with asked(kept.url) as model:
            await model.complete(request)
            await model.complete(question())
    assert kept.bodies[0] == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Why?"},
        ],
        "temperature": 0.0,
        "max_tokens": 0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
        },
        "top_p": 0.5,
    }
    assert set(kept.bodies[1]) == {"model", "messages", "user"}


async def test_cached_and_reasoning_tokens_are_kept_beside_the_totals() -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "cost": 0.1,
        "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 15},
    }
    answer = {"choices": [{"message": {"content": [{"text": "a"}, {"text": "b"}]}}], "usage": usage}
    with recording(answer) as kept:
        async with asked(kept.url) as model:
            reply = await model.complete(question())
    assert (reply.text, reply.usage) == ("ab", Usage(100, 20, 60, 5, 15))
    assert reply.cost.amount_usd == Decimal("0.1")


@pytest.mark.parametrize(
    ("answer", "tries", "message"),
    [
        ({"error": {"code": 429, "message": "slow down"}}, 4, "answered an error: slow down"),
        ({"error": {"code": 400, "message": "no"}}, 1, "answered an error: no"),
        ({"choices": []}, 4, "answered without choices"),
    ],
)
async def test_an_error_inside_a_successful_reply_is_an_error(
    answer: dict[str, object], tries: int, message: str
) -> None:
    with recording(answer) as kept:
        async with asked(kept.url) as model:
            with pytest.raises(ModelCallError, match=message):
                await model.complete(question())
    assert len(kept.bodies) == tries


async def test_two_hundred_calls_are_in_flight_at_once() -> None:
    with ModelServer(Plan(latency_seconds=0.05)) as server:
        async with asked(server.base_url, GatewaySettings(concurrency=200)) as model:
            replies = await asyncio.gather(*(model.complete(question(f"k{n}")) for n in range(400)))
        counts = server.calls.counts
    assert [f"The answer to k{n}." for n in range(400)] == [reply.text for reply in replies]
    assert counts == {f"k{n}": 1 for n in range(400)}
