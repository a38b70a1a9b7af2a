"""Assay's own side: embedded, or against the server that ``--url`` names."""

import sys
from typing import Any

from measuring import WORKERS, arguments, report

from assay import evaluate, trace


def exact(outputs: dict[str, int], ground_truth: dict[str, int]) -> bool:
    return outputs == ground_truth


def size(outputs: dict[str, int]) -> float:
    return float(outputs["answer"])


def echo(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": inputs["n"]}


@trace
def traced(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": inputs["n"]}


def main(function: Any) -> None:
    options = arguments()
    where = {"data_dir": options.folder} if options.url is None else {"server_url": options.url}

    def run(count: int) -> Any:
        rows = [{"inputs": {"n": n}, "ground_truth": {"answer": n}} for n in range(count)]
        return evaluate(
            function,
            dataset=rows,
            evaluators=[exact, size],
            max_workers=WORKERS,
            print_results=False,
            **where,
        )

    def stored(result: Any) -> int:
        spans = result.spans["server"]
        assert spans.exported == (options.datapoints if function is traced else 0), spans
        assert len(result.metrics.get_metric("size").values) == options.datapoints
        return len(result.passed)

    report(run, datapoints=options.datapoints, package="assay", stored=stored)


if __name__ == "__main__":
    a_span_each = "--traced" in sys.argv
    if a_span_each:
        sys.argv.remove("--traced")
    main(traced if a_span_each else echo)
