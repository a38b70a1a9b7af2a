"""Phoenix's ``run_experiment`` against a Phoenix server (its async client is slower)."""

from typing import Any

from measuring import arguments, report
from phoenix.client import Client


def exact(output: Any, expected: Any) -> bool:
    return bool(output == expected)


def size(output: Any) -> float:
    return float(output["answer"])


def echo(input: Any) -> dict[str, int]:  # noqa: A002 - Phoenix binds by this name
    return {"answer": input["n"]}


def main() -> None:
    options = arguments()
    client = Client(base_url=options.url)

    def run(count: int) -> Any:
        dataset = client.datasets.create_dataset(
            name=f"peers {count}",
            inputs=[{"n": n} for n in range(count)],
            outputs=[{"answer": n} for n in range(count)],
        )
        return client.experiments.run_experiment(
            dataset=dataset, task=echo, evaluators=[exact, size], print_summary=False
        )

    def stored(result: Any) -> int:
        ran = client.experiments.get_experiment(experiment_id=result["experiment_id"])
        assert len(ran["evaluation_runs"]) == 2 * options.datapoints
        return len(ran["task_runs"])

    report(run, datapoints=options.datapoints, package="arize-phoenix", stored=stored)


if __name__ == "__main__":
    main()
