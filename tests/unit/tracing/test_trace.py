"""``@trace`` and enrichment: what a span says about the call it recorded."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from typing_extensions import override

from assay import current_tracer, enrich_session, enrich_span, force_flush, trace
from assay.core.errors import InvalidInputError
from assay.tracing.answers import rejected_in
from assay.tracing.pipeline import pipeline
from assay.tracing.session import SessionInfo
from tests.unit.tracing.conftest import INFO, QUICK, MemoryCollector, inputs_of, outputs_of, record


async def test_a_call_is_recorded_with_its_arguments_by_name_and_its_result(
    collector: MemoryCollector,
) -> None:
    @trace
    def add(left: int, *, right: int = 2) -> dict[str, int]:
        return {"sum": left + right}

    assert {"sum": 3} == await record(collector, add, 1, right=2)
    span = collector.one("add")
    assert {"left": 1, "right": 2} == inputs_of(span)
    assert {"sum": 3} == outputs_of(span)
    assert "chain" == span.attributes["assay.event_type"]
    assert ("s1", "r1", "d1", "p1", "test", "run") == tuple(
        span.attributes[f"assay.{key}"]
        for key in ("session_id", "run_id", "dataset_id", "datapoint_id", "source", "session_name")
    )


async def test_methods_of_a_class_are_recorded_on_either_side_of_their_decorator(
    collector: MemoryCollector,
) -> None:
    class Shop:
        @trace
        @classmethod
        def outside(cls, price: int) -> tuple[str, int]:
            return cls.__name__, price

        @classmethod
        @trace
        def inside(cls, price: int) -> tuple[str, int]:
            return cls.__name__, price

        @trace
        @staticmethod
        def alone(price: int) -> int:
            return price

    def call() -> list[Any]:
        return [Shop.outside(1), Shop().inside(2), Shop.alone(3), Shop().alone(4)]

    assert [("Shop", 1), ("Shop", 2), 3, 4] == await record(collector, call)
    assert [{"price": number} for number in (1, 2, 3, 4)] == sorted(
        map(inputs_of, collector.spans), key=lambda given: given["price"]
    )


async def test_coroutine_functions_are_recorded_until_they_return(
    collector: MemoryCollector,
) -> None:
    @trace(name="outer", metadata={"version": 2, "tags": ["a"]})
    async def outer() -> int:
        return await inner(1)

    @trace
    async def inner(number: int) -> int:
        await asyncio.sleep(0)
        return number + 1

    assert 2 == await record(collector, outer)
    assert collector.one("inner").parent_id == collector.one("outer").span_id
    assert 2 == collector.one("outer").attributes["assay.metadata.version"]
    assert '["a"]' == collector.one("outer").attributes["assay.metadata.tags"]


async def test_what_a_function_raises_passes_through_and_is_recorded(
    collector: MemoryCollector,
) -> None:
    @trace
    def fail(password: str) -> None:
        raise ValueError(f"bad password={password}")

    with pytest.raises(ValueError, match="bad"):
        await record(collector, fail, "hunter2")
    span = collector.one("fail")
    assert span.failed
    assert "ValueError: bad password=[redacted]" == span.attributes["assay.error"]
    assert {"password": "[redacted]"} == inputs_of(span)


async def test_inputs_and_outputs_are_left_out_on_demand(collector: MemoryCollector) -> None:
    @trace(capture_inputs=False, capture_outputs=False)
    def quiet(secret: str) -> str:
        return secret

    await record(collector, quiet, "x")
    assert not {"assay.inputs", "assay.outputs"} & set(collector.one("quiet").attributes)


async def test_a_method_is_recorded_without_its_object(collector: MemoryCollector) -> None:
    class Agent:
        @trace
        def answer(self, question: str) -> str:
            return question.upper()

    assert "Q" == await record(collector, Agent().answer, "q")
    assert {"question": "q"} == inputs_of(collector.one("answer"))


async def test_a_wrong_call_fails_as_it_would_without_tracing(collector: MemoryCollector) -> None:
    @trace
    def one(value: int) -> int:
        return value

    with pytest.raises(TypeError, match="positional argument"):
        await record(collector, one, 1, 2)
    assert {"args": [1, 2]} == inputs_of(collector.one("one"))


async def test_a_cancelled_coroutine_says_so(collector: MemoryCollector) -> None:
    @trace
    async def wait() -> None:
        await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    await record(collector, cancel)
    assert "CancelledError" == collector.one("wait").attributes["assay.error"]


async def test_a_model_call_carries_the_genai_conventions(collector: MemoryCollector) -> None:
    @trace(event_type="model")
    def chat(model: str, messages: list[str], temperature: float) -> dict[str, Any]:
        usage = {"prompt_tokens": 7, "completion_tokens": 5}
        return {"id": "c1", "model": f"{model}-2026", "usage": usage, "said": messages}

    await record(collector, chat, "m", ["hi"], temperature=0.5)
    span = collector.one("chat")
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.id": "c1",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 5,
    }
    found = {key: value for key, value in span.attributes.items() if key.startswith("gen_ai")}
    assert expected == found
    assert 3 == span.kind  # CLIENT


async def test_a_tool_call_carries_the_genai_conventions(collector: MemoryCollector) -> None:
    @trace(event_type="tool")
    def search(query: str) -> list[str]:
        return [query]

    await record(collector, search, "q")
    span = collector.one("search")
    assert "execute_tool" == span.attributes["gen_ai.operation.name"]
    assert "search" == span.attributes["gen_ai.tool.name"]


async def test_enriching_merges_into_the_current_span(collector: MemoryCollector) -> None:
    @trace
    def work(question: str) -> dict[str, int]:
        enrich_span(metadata={"a": 1}, metrics={"good": True}, feedback={"x": 1})
        enrich_span(metadata={"b": "two"}, feedback={"y": 2}, inputs={"more": 1})
        enrich_span(config={"model": "m"}, user_properties={"plan": "free"})
        return {"answer": 1}

    await record(collector, work, "q")
    attributes = collector.one("work").attributes
    assert (1, "two") == (attributes["assay.metadata.a"], attributes["assay.metadata.b"])
    assert attributes["assay.metrics.good"] is True
    assert {"x": 1, "y": 2} == json.loads(attributes["assay.feedback"])
    assert {"question": "q", "more": 1} == json.loads(attributes["assay.inputs"])
    assert {"model": "m"} == json.loads(attributes["assay.config"])
    assert {"plan": "free"} == json.loads(attributes["assay.user_properties"])


async def test_an_error_can_be_told_without_raising(collector: MemoryCollector) -> None:
    @trace
    def work() -> None:
        enrich_span(error="the tool answered nothing")

    await record(collector, work)
    assert collector.one("work").failed
    assert "the tool answered nothing" == collector.one("work").attributes["assay.error"]


async def test_the_session_itself_is_enriched_and_recorded_by_its_recorder(
    collector: MemoryCollector,
) -> None:
    from assay.tracing.spans import record_session

    async with pipeline({"server": collector}, QUICK) as opened:
        tracer = opened.tracer(INFO)
        with tracer.activated():
            enrich_session(metadata={"stage": 1}, feedback={"rating": 5})
            enrich_span(metrics={"outside": 1})  # no span is open: it is the session's
            tracer.enrich_session(outputs="text", metadata={"more": 2})
        record_session(tracer)
    span = collector.one("run")
    assert ("session", "s1") == tuple(
        span.attributes[f"assay.{key}"] for key in ("event_type", "event_id")
    )
    assert b"" == span.parent_id
    assert (1, 2, 1) == tuple(
        span.attributes[f"assay.{key}"]
        for key in ("metadata.stage", "metadata.more", "metrics.outside")
    )
    assert "text" == json.loads(span.attributes["assay.outputs"])["value"]


async def test_a_tracer_records_blocks_of_code(collector: MemoryCollector) -> None:
    async with pipeline({"server": collector}, QUICK) as opened:
        tracer = opened.tracer(INFO)
        with tracer.start_span("block", event_type="tool", inputs={"a": 1}) as span:
            span.enrich({"metrics": {"b": 2}})
            span.returned({"c": 3}, keep=True)
            assert current_tracer() is tracer
        assert current_tracer() is None
    found = collector.one("block")
    assert ({"a": 1}, {"c": 3}) == (inputs_of(found), outputs_of(found))
    assert ("r1", "p1") == (tracer.run_id, tracer.datapoint_id)


def test_outside_a_session_everything_runs_and_nothing_is_recorded() -> None:
    @trace
    def plain() -> int:
        enrich_span(metadata={"a": 1})
        enrich_session(metadata={"a": 1})
        return 1

    @trace
    def numbers() -> Iterator[int]:
        yield from (1, 2)

    @trace
    async def anumbers() -> AsyncIterator[int]:
        yield 1

    @trace
    async def coroutine() -> int:
        return sum([number async for number in anumbers()])

    assert 1 == plain()
    assert [1, 2] == list(numbers())
    assert 1 == asyncio.run(coroutine())
    assert force_flush()
    assert current_tracer() is None


async def test_after_its_run_a_session_takes_nothing_more(collector: MemoryCollector) -> None:
    @trace
    def late() -> int:
        return 1

    async with pipeline({"server": collector}, QUICK) as opened:
        tracer = opened.tracer(INFO)
    with tracer.activated():
        assert 1 == late()
        assert current_tracer() is None
    assert [] == collector.spans


async def test_an_answer_may_be_an_object_with_usage(collector: MemoryCollector) -> None:
    class Answer:
        model = "m-1"

        @property
        def usage(self) -> Any:
            raise RuntimeError("not read yet")

        @override
        def __str__(self) -> str:
            return "answer"

    @trace(event_type="model")
    def chat() -> Answer:
        return Answer()

    await record(collector, chat)
    span = collector.one("chat")
    assert "m-1" == span.attributes["gen_ai.response.model"]
    assert "answer" == span.attributes["assay.outputs"]
    assert "gen_ai.usage.input_tokens" not in span.attributes


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (3, 3), (0.5, 0.5), ("x", "x"), (2**70, str(2**70)), ([1], "[1]")],
)
async def test_metadata_of_a_session_keeps_its_type_on_every_span(
    collector: MemoryCollector, value: Any, expected: Any
) -> None:
    async with pipeline({"server": collector}, QUICK) as opened:
        tracer = opened.tracer(SessionInfo("s", metadata={"key": value}))
        with tracer.activated(), tracer.start_span("block"):
            pass
    assert expected == collector.one("block").attributes["assay.metadata.key"]


def test_an_answer_that_is_no_protobuf_rejects_nothing() -> None:
    assert 0 == rejected_in(b"not protobuf")


def test_an_unknown_event_type_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInputError, match="chain, tool, model, session"):
        trace(event_type="step")  # type: ignore[call-overload]


def test_a_traced_function_keeps_its_name_and_kind() -> None:
    import inspect

    @trace
    async def ask(question: str) -> str:
        """Ask."""
        return question

    assert ("ask", "Ask.") == (ask.__name__, ask.__doc__)
    assert inspect.iscoroutinefunction(ask)
    assert ["question"] == list(inspect.signature(ask).parameters)
