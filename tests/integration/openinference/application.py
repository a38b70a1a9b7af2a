"""An application that knows OpenInference and not Assay; run in an environment of its own.

``TRACES_URL`` says where to, ``MODEL_URL`` where its model is, ``SENT_BY`` whether through
Phoenix's registration or the stock OTLP exporter. Prints every span it ended, as JSON.
"""

import contextlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
from openinference.instrumentation import (
    TracerProvider,
    get_embedding_attributes,
    get_evaluation_attributes,
    get_llm_attributes,
    get_reranker_attributes,
    get_retriever_attributes,
    using_attributes,
    using_session,
)
from openinference.instrumentation.openai import OpenAIInstrumentor
from openinference.semconv.trace import SpanAttributes
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode
from phoenix.otel import register
from typing_extensions import override


BY = os.environ["SENT_BY"]
CHATS = 20
DOCUMENTS = [
    {"id": "d1", "content": "It rains in Bergen.", "score": 0.9, "metadata": {"page": 3}},
    {"id": "d2", "content": "It is dry in Lima.", "score": 0.1},
]
TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]


class Kept(SpanProcessor):
    """Remembers what was sent."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    @override
    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


def provider() -> Any:
    url = os.environ["TRACES_URL"]
    if BY == "phoenix":
        return register(
            endpoint=url,
            protocol="http/protobuf",
            project_name="shop",
            batch=True,
            set_global_tracer_provider=False,
            verbose=False,
        )
    made = TracerProvider()
    exporter = OTLPSpanExporter(url, compression=Compression.Gzip)
    made.add_span_processor(BatchSpanProcessor(exporter))
    return made


kept = Kept()
traces = provider()
# Phoenix takes the processor that it made itself away when another one is added.
traces.add_span_processor(kept, **({"replace_default_processor": False} if BY == "phoenix" else {}))
OpenAIInstrumentor().instrument(tracer_provider=traces)
tracer = traces.get_tracer("shop.agent")
model: Any = openai.OpenAI(api_key="none", base_url=os.environ["MODEL_URL"], max_retries=0)


@tracer.tool(description="The weather of a city.")  # type: ignore[untyped-decorator]
def weather(city: str) -> dict[str, Any]:
    return {"city": city, "rain": True}


@tracer.chain  # type: ignore[untyped-decorator]
def search(question: str) -> list[str]:
    kind = "openinference_span_kind"
    with tracer.start_as_current_span("embed", **{kind: "embedding"}) as span:
        span.set_attributes(
            get_embedding_attributes(
                model_name="vectors-1", embeddings=[{"text": question, "vector": [0.5, -1.0]}]
            )
        )
    with tracer.start_as_current_span("retrieve", **{kind: "retriever"}) as span:
        span.set_input(question)
        span.set_attributes(get_retriever_attributes(documents=DOCUMENTS))
    with tracer.start_as_current_span("rerank", **{kind: "reranker"}) as span:
        span.set_attributes(
            get_reranker_attributes(
                query=question,
                model_name="ranks-1",
                input_documents=DOCUMENTS,
                output_documents=DOCUMENTS[:1],
                top_k=1,
            )
        )
    return [str(DOCUMENTS[0]["content"])]


def billed() -> None:
    with tracer.start_as_current_span("billed", openinference_span_kind="llm") as span:
        span.set_attributes(
            get_llm_attributes(
                provider="openai",
                system="openai",
                request_model_name="small",
                response_model_name="small-2026",
                invocation_parameters={"temperature": 0, "seed": 7},
                input_messages=[
                    {
                        "role": "user",
                        "contents": [
                            {"type": "text", "text": "What is this?"},
                            {"type": "image", "image": {"url": "https://example.org/cat.png"}},
                        ],
                    }
                ],
                output_messages=[{"role": "assistant", "content": "A cat."}],
                token_count={
                    "prompt": 120,
                    "completion": 4,
                    "total": 124,
                    "prompt_details": {"cache_read": 100},
                },
            )
        )
        span.set_attributes(
            {
                SpanAttributes.LLM_COST_TOTAL: 0.0025,
                SpanAttributes.LLM_COST_PROMPT: 0.002,
                SpanAttributes.LLM_COST_COMPLETION: 0.0005,
                SpanAttributes.LLM_FINISH_REASON: "stop",
            }
        )
        span.set_attributes(
            get_evaluation_attributes(
                evaluations=[
                    {"name": "helpful", "score": 0.75, "label": "yes", "explanation": "It is."}
                ]
            )
        )


@tracer.agent(name="concierge")  # type: ignore[untyped-decorator]
def agent(question: str) -> str:
    found = search(question)
    messages: list[Any] = [
        {"role": "system", "content": found[0]},
        {"role": "user", "content": question},
    ]
    asked = model.chat.completions.create(
        model="small", temperature=0.25, messages=messages, tools=TOOLS
    )
    [call] = asked.choices[0].message.tool_calls or []
    told = weather(**json.loads(call.function.arguments))
    messages += [
        asked.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": json.dumps(told)},
    ]
    answered = model.chat.completions.create(model="small", messages=messages)
    billed()
    return str(answered.choices[0].message.content)


def chat(number: int) -> None:
    with using_session(f"{BY}-chat-{number}"):
        say(number)


@tracer.chain  # type: ignore[untyped-decorator]
def say(number: int) -> str | None:
    asked: list[Any] = [{"role": "user", "content": f"number {number}"}]
    reply = model.chat.completions.create(model="small", messages=asked)
    return str(reply.choices[0].message.content)


def plain(span: ReadableSpan) -> dict[str, Any]:
    parent = span.parent
    return {
        "name": span.name,
        "trace_id": f"{span.context.trace_id:032x}",
        "span_id": f"{span.context.span_id:016x}",
        "parent_id": None if parent is None else f"{parent.span_id:016x}",
        "attributes": dict(span.attributes or {}),
        "failed": span.status.status_code is StatusCode.ERROR,
    }


def main() -> None:
    with using_attributes(
        session_id=f"{BY}-visit",
        user_id="u7",
        metadata={"team": "search", "tier": 3},
        tags=["beta", "north"],
        prompt_template="Is it {what} in {where}?",
        prompt_template_version="v2",
        prompt_template_variables={"what": "wet", "where": "Bergen"},
    ):
        agent("Is it wet in Bergen?")
        with contextlib.suppress(openai.InternalServerError):
            wrong: list[Any] = [{"role": "user", "content": "fail"}]
            model.chat.completions.create(model="small", messages=wrong)
    with ThreadPoolExecutor(CHATS) as threads:
        list(threads.map(chat, range(CHATS)))
    traces.shutdown()
    sys.stdout.write("\n" + json.dumps([plain(span) for span in kept.spans]) + "\n")


if __name__ == "__main__":
    main()
