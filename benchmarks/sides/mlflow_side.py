"""``mlflow.genai.evaluate`` over SQLite, with the setting that loses no result.

Its default rate limit opens more threads than its database pool has room for, and traces are
lost; without that limit (0) all of them are stored.
"""

import logging
import os
from typing import Any

from measuring import WORKERS, arguments, report


def main() -> None:
    os.environ["MLFLOW_GENAI_EVAL_PREDICT_RATE_LIMIT"] = "0"
    os.environ["MLFLOW_GENAI_EVAL_MAX_WORKERS"] = str(WORKERS)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    options = arguments()
    import mlflow
    from mlflow.genai.scorers import scorer

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(f"sqlite:///{options.folder}/mlflow.sqlite")
    mlflow.set_experiment("peers")

    @scorer
    def exact(outputs: Any, expectations: Any) -> bool:
        return bool(outputs["answer"] == expectations["answer"])

    @scorer
    def size(outputs: Any) -> float:
        return float(outputs["answer"])

    def echo(n: int) -> dict[str, int]:
        return {"answer": n}

    def run(count: int) -> Any:
        data = [{"inputs": {"n": n}, "expectations": {"answer": n}} for n in range(count)]
        return mlflow.genai.evaluate(data=data, predict_fn=echo, scorers=[exact, size])

    def stored(result: Any) -> int:
        traces: list[Any] = []
        token = None
        while token is not None or not traces:
            page = mlflow.MlflowClient().search_traces(
                locations=[mlflow.get_experiment_by_name("peers").experiment_id],
                run_id=result.run_id,
                max_results=500,
                page_token=token,
            )
            traces += page
            token = page.token or None
            if token is None:
                break
        scored = [
            trace
            for trace in traces
            if {"exact", "size"} <= {each.name for each in trace.info.assessments}
        ]
        return len(scored)

    report(run, datapoints=options.datapoints, package="mlflow", stored=stored)


if __name__ == "__main__":
    main()
