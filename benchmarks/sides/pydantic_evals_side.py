"""Pydantic Evals, which stores nothing; with ``--traced`` its spans are kept in memory."""

import sys
from dataclasses import dataclass
from typing import Any

from measuring import WORKERS, arguments, report
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Evaluator, EvaluatorContext


@dataclass
class Exact(Evaluator[Any, Any, Any]):
    def evaluate(self, ctx: EvaluatorContext[Any, Any, Any]) -> bool:
        return bool(ctx.output == ctx.expected_output)


@dataclass
class Size(Evaluator[Any, Any, Any]):
    def evaluate(self, ctx: EvaluatorContext[Any, Any, Any]) -> float:
        return float(ctx.output["answer"])


def echo(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": inputs["n"]}


def spans_in_memory() -> Any:
    import logfire
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    logfire.configure(
        send_to_logfire=False,
        console=False,
        additional_span_processors=[SimpleSpanProcessor(exporter)],
    )
    return exporter


def main(spans: Any) -> None:
    options = arguments()

    def run(count: int) -> Any:
        if spans is not None:
            spans.clear()
        cases = [
            Case(name=str(n), inputs={"n": n}, expected_output={"answer": n}) for n in range(count)
        ]
        dataset = Dataset(name="peers", cases=cases, evaluators=[Exact(), Size()])
        return dataset.evaluate_sync(echo, max_concurrency=WORKERS, progress=False)

    def kept(result: Any) -> int:
        assert len(spans.get_finished_spans()) >= 2 * options.datapoints
        assert all(case.assertions["Exact"].value for case in result.cases)
        return len(result.cases)

    report(
        run,
        datapoints=options.datapoints,
        package="pydantic-evals",
        stored=None if spans is None else kept,
    )


if __name__ == "__main__":
    traced = "--traced" in sys.argv
    if traced:
        sys.argv.remove("--traced")
    main(spans_in_memory() if traced else None)
