"""Logs eval runs as a project without Assay does; argument: the tracking URI.

What each run's cases came to is written to ``cases.json`` of the working directory.
"""

import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow


CASES: dict[str, dict[str, bool]] = {}


def log(
    eval_type: str,
    pass_rate: float | None,
    *,
    status: str = "FINISHED",
    cases: list[dict[str, Any]] | None = None,
    shape: str = "table",
    metrics: Mapping[str, float] | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, str] | None = None,
) -> str:
    """Log one run of an eval type and return its id."""
    mlflow.set_experiment("assay" if eval_type == "quality" else f"assay-{eval_type}")
    time.sleep(0.002)  # MLflow's times are whole milliseconds
    run = mlflow.start_run(tags=tags)
    figures = {} if pass_rate is None else {"pass_rate": pass_rate}
    mlflow.log_metrics({**figures, **(metrics or {})})
    mlflow.log_params(params or {})
    if cases is not None:
        log_cases(cases, shape)
        CASES[run.info.run_id] = {case["id"]: case["passed"] for case in cases if "passed" in case}
    mlflow.end_run(status)
    return str(run.info.run_id)


def log_cases(cases: list[dict[str, Any]], shape: str) -> None:
    """Log a table in one of the shapes that projects use."""
    if shape == "table":
        keys = sorted({key for case in cases for key in case})
        columns = {key: [case.get(key) for case in cases] for key in keys}
        mlflow.log_table(columns, "eval_results.json")
    elif shape == "records":
        mlflow.log_text(json.dumps(cases), "eval_results.json")
    elif shape == "cases":
        mlflow.log_dict({"version": 1, "cases": cases}, "results.json")
    else:
        mlflow.log_text("\n".join(map(json.dumps, cases)), "cases.jsonl")


def verdicts(letters: str) -> list[dict[str, Any]]:
    """``p`` passed, ``f`` failed, ``e`` an error."""
    rows: list[dict[str, Any]] = []
    for number, letter in enumerate(letters):
        row: dict[str, Any] = {"id": f"case-{number:03d}", "prompt": "Say it.", "response": letter}
        rows.append(row | ({"error": "timeout"} if letter == "e" else {"passed": letter == "p"}))
    return rows


def main(uri: str) -> None:
    """Fill the store."""
    mlflow.set_tracking_uri(uri)
    counted = {"total_cases": 10, "error_cases": 0, "average_score": 4.2}
    log("quality", 0.9, metrics=counted, params={"prompt.tone": "v1", "prompt.system": "v1"})
    log("quality", 0.85, metrics=counted, params={"prompt.tone": "v2", "prompt.system": "v3"})
    for status in ("FAILED", "KILLED"):
        log("quality", 0.1, metrics=counted, status=status)
    log("quality", math.nan, metrics=counted)
    log("quality", None, metrics=counted)
    mlflow.delete_run(log("quality", 0.2, metrics=counted))
    mlflow.set_experiment("assay")
    mlflow.log_metric("pass_rate", 0.3)  # a run that is still going
    left_open = mlflow.active_run()
    assert left_open is not None

    mlflow.end_run("RUNNING")
    log("no-errors-logged", 0.9)
    log("no-errors-logged", 0.8)
    log("tagged", 0.9, params={"total_cases": 20})
    log("tagged", 0.95, params={"total_cases": 20}, tags={"eval_status": "partial"})
    log("alone", 0.9, metrics=counted)
    log("thresholds", 0.9, metrics=counted, params={"threshold": 0.5})
    log("thresholds", 0.85, metrics=counted, params={"threshold": "0.86"})
    log("uation", 0.9, metrics=counted)
    log("uation", 0.91, metrics=counted)
    for shape in ("table", "records", "cases", "lines"):
        name = f"shape-{shape}"
        log(name, 0.95, cases=verdicts("p" * 19 + "f"), shape=shape)
        log(name, 0.55, cases=verdicts("f" * 9 + "p" * 11), shape=shape)
    for version, letters in ((1, "p" * 10), (2, "ff" + "p" * 8), (2, "ff" + "p" * 8)):
        rate = letters.count("p") / 10
        log("again", rate, cases=verdicts(letters), params={"prompt.tone": f"v{version}"})
    lost = {"total_cases": 60, "error_cases": 20}
    log("lost-judge", 0.8, metrics={**lost, "error_cases": 0}, cases=verdicts("p" * 48 + "f" * 12))
    log("lost-judge", 1.0, metrics=lost, cases=verdicts("p" * 40 + "e" * 20))
    for other in ("assayx", "assayx-tone", "assay_x"):
        mlflow.set_experiment(other)
        with mlflow.start_run():
            mlflow.log_metric("pass_rate", 0.1)
    Path("cases.json").write_text(json.dumps(CASES))


if __name__ == "__main__":
    main(sys.argv[1])
