"""The public API, used. Type checkers read this file; nothing runs it."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, assert_type

from assay import (
    AggregatedMetrics,
    AssayError,
    Client,
    EvalResult,
    EvalSettings,
    Evaluator,
    EvaluatorSettings,
    ExperimentContext,
    ExperimentResultSummary,
    ExperimentRun,
    ExperimentRunStatus,
    LostSpansWarning,
    MetricComparison,
    MetricDetail,
    Registry,
    RunComparisonResult,
    Tracer,
    __version__,
    acompare_runs,
    aevaluate,
    aevaluator,
    aget_run_metrics,
    aget_run_result,
    arun_experiment,
    atrace_session,
    compare_runs,
    current_tracer,
    enrich_session,
    enrich_span,
    evaluate,
    evaluation,
    evaluator,
    evaluators,
    force_flush,
    generate_external_datapoint_id,
    generate_external_dataset_id,
    get_run_metrics,
    get_run_result,
    importers,
    prepare_external_dataset,
    prepare_run_request_data,
    run_experiment,
    submit_with_context,
    trace,
    trace_session,
)


assert_type(__version__, str)


@evaluator
def exact(outputs: dict[str, str], inputs: dict[str, str], ground_truth: dict[str, str]) -> bool:
    """A plain evaluator keeps its signature."""
    return outputs["answer"] == ground_truth["answer"] and bool(inputs)


@evaluator(name="words", higher_is_better=False, passing_range=(None, 100))
def words(outputs: dict[str, str]) -> EvalResult:
    """An evaluator with settings."""
    return EvalResult(score=len(outputs["answer"].split()), reason="counted", extras={"unit": "w"})


@aevaluator
async def polite(outputs: dict[str, str]) -> tuple[bool, str]:
    """An asynchronous evaluator."""
    return "please" in outputs["answer"], "looked for it"


assert_type(exact({"answer": "a"}, {}, {"answer": "a"}), bool)
assert_type(words.settings, EvaluatorSettings)
assert_type(words.name, str)


def agent(inputs: dict[str, str]) -> dict[str, str]:
    """The function under test."""
    return {"answer": inputs["question"]}


async def asynchronous_agent(inputs: dict[str, str]) -> dict[str, str]:
    """The same, asynchronous."""
    return agent(inputs)


def run() -> None:
    """Evaluate, read and compare, synchronously."""
    rows = [{"inputs": {"question": "q"}, "ground_truth": {"answer": "q"}}]
    client = Client(server_url="http://localhost:9999", api_key="key")
    result = evaluate(agent, dataset=rows, evaluators=[exact, words, polite], client=client)
    assert_type(result, ExperimentResultSummary)
    assert_type(result.status, ExperimentRunStatus)
    assert_type(result.metrics.get_metric("exact"), MetricDetail | None)
    assert_type(get_run_result(client, result.run_id, "median"), ExperimentResultSummary)
    assert_type(get_run_metrics(client, result.run_id), AggregatedMetrics)
    comparison = compare_runs(client, result.run_id, "old")
    assert_type(comparison, RunComparisonResult)
    assert_type(comparison.get_metric_delta("exact"), MetricComparison | None)
    assert_type(comparison.list_improved_metrics(), list[str])
    assert_type(client.runs.get("run"), dict[str, Any])
    assert_type(client.datasets.create("name", [], description="d"), dict[str, Any])
    assert_type(client.queues.claim("queue", author="ann"), dict[str, Any] | None)
    evaluate(asynchronous_agent, dataset="data.jsonl", resume=result.run_id, print_results=False)


async def run_asynchronously() -> None:
    """The same with the asynchronous twins."""
    client = Client()
    result = await aevaluate(asynchronous_agent, dataset=[{"question": "q"}], repeats=3)
    assert_type(result, ExperimentResultSummary)
    assert_type(await aget_run_result(client, "run"), ExperimentResultSummary)
    assert_type(await aget_run_metrics(client, "run"), AggregatedMetrics)
    assert_type(await acompare_runs(client, "new", "old"), RunComparisonResult)
    assert_type(await client.runs.aresult("run"), ExperimentResultSummary)
    assert_type(await client.events.acreate_batch([]), list[str])


@trace
def traced(question: str, *, times: int = 1) -> list[str]:
    """A traced function keeps its signature."""
    enrich_span(metadata={"a": 1}, metrics={"good": True}, feedback={"r": 1}, error="none")
    return [question] * times


@trace(name="stream", event_type="model", capture_outputs=False, metadata={"v": 2})
def stream(prompt: str) -> Iterator[str]:
    """So does a generator."""
    yield prompt


@trace(event_type="tool")
async def astream(prompt: str) -> AsyncIterator[str]:
    """And an asynchronous one."""
    yield prompt


async def record(tracer: Tracer) -> None:
    """Sessions outside of runs."""
    assert_type(traced("q", times=2), list[str])
    assert_type(stream("p"), Iterator[str])
    assert_type(astream("p"), AsyncIterator[str])
    with trace_session("nightly", source="cron", metadata={"a": 1}) as opened:
        assert_type(opened, Tracer)
        assert_type(current_tracer(), Tracer | None)
        assert_type(force_flush(5), bool)
        enrich_session(user_properties={"plan": "free"}, outputs="text")
    async with atrace_session("job") as opened:
        assert_type(opened.session_id, str)
    with tracer.start_span("block", event_type="chain", inputs={"a": 1}) as span:
        span.enrich({"metrics": {"b": 2}})
    with ThreadPoolExecutor() as pool:
        assert_type(submit_with_context(pool, traced, "q", times=2), Future[list[str]])


def warning(lost: LostSpansWarning) -> Warning:
    """What did not arrive is warned of."""
    return lost


def ids() -> None:
    """Content addresses."""
    assert_type(generate_external_dataset_id([{"a": 1}]), str)
    assert_type(generate_external_datapoint_id({"a": 1}, 0, "mine"), str)
    assert_type(prepare_external_dataset([{"a": 1}]), tuple[str, list[str]])
    prepare_run_request_data(dataset_id="EXT-1", metadata={"a": 1}, name="n")


def errors(error: AssayError, judge: Evaluator[[str], bool]) -> bool:
    """Errors have codes; evaluators can be passed around."""
    assert_type(error.code, str)
    return judge("x")


async def settings(outputs: str) -> None:
    """Settings are keywords of every evaluator; ready ones and judges take them too."""
    stronger = exact.using(weight=2, repeat=3, aggregate="median", asserts=False)
    assert_type(stronger({"answer": "a"}, {}, {"answer": "a"}), bool)
    assert_type(stronger.settings, EvaluatorSettings)
    assert_type(stronger.judge({"answer": "a"})[0].value, float | None)
    await stronger.ajudge({"answer": "a"})
    ready = evaluators.exact_match("answer", name="same", transform=str)
    judged = evaluators.judge("Is it kind?", model=lambda prompt: outputs, samples=3)
    registry = Registry(transforms={"half": lambda value: value / 2})
    said = EvalSettings(transform="half", wraps=[exact, "other"])
    evaluate(
        agent,
        dataset_id="dataset",
        evaluators=[ready, judged],
        evaluator_settings={"same": said, "judge": {"weight": 1}},
        evaluator_settings_file="assay.toml",
        registry=registry,
    )
    Evaluator(exact, said)


async def execution() -> None:
    """The execution alone, importers, and the older names."""
    context = ExperimentContext("run", "EXT-1", run_name="v1", metadata={"a": 1})
    entries = run_experiment(agent, [{"question": "q"}], ["a"], experiment_context=context)
    assert_type(entries, list[dict[str, Any]])
    await arun_experiment(agent, [{"question": "q"}], ["a"], experiment_context=context)
    assert_type(context.to_tracer_config("a"), dict[str, Any])
    assert_type(importers.promptfoo_csv("tests.csv").rows, list[dict[str, Any]])
    assert_type(evaluation.EvaluationRun(run_id="r"), ExperimentRun)
