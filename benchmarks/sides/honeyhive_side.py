"""The ``honeyhive`` package's ``evaluate()`` against a server of ours: the cost of its SDK."""

from typing import Any

from honeyhive import evaluate
from measuring import WORKERS, arguments, report


def exact(outputs: Any, inputs: Any, ground_truth: Any) -> bool:
    return bool(outputs == ground_truth)


def size(outputs: Any, inputs: Any, ground_truth: Any) -> float:
    return float(outputs["answer"])


def echo(datapoint: dict[str, Any]) -> dict[str, Any]:
    return {"answer": datapoint["inputs"]["n"]}


def main() -> None:
    options = arguments()

    def run(count: int) -> Any:
        return evaluate(
            echo,
            dataset=[{"inputs": {"n": n}, "ground_truth": {"answer": n}} for n in range(count)],
            evaluators=[exact, size],
            server_url=options.url,
            api_key="any",
            name="peers",
            max_workers=WORKERS,
            print_results=False,
        )

    def stored(result: Any) -> int:
        assert len(result.metrics.get_metric("size").values) == options.datapoints
        return len(result.datapoints)

    report(run, datapoints=options.datapoints, package="honeyhive", stored=stored)


if __name__ == "__main__":
    main()
