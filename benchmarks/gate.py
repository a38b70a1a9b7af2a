"""How soon do trend, check, promote and rollback answer over 19 eval types × 500 runs?

``python benchmarks gate [--rounds 5] [--runs 500]`` fills a SQLite store as a plain client
would, gives the two newest runs of every type a per-case table of 20 cases, and asks in place
and over an MLflow server: Assay's functions in a process that has started, the loop over
``mlflow.search_runs`` that a user would write, and whole processes of the command line. Sides
alternate; the aim is one second for each answer after start-up.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "gate.json"
PROGRAM = "from assay.apps.cli.main import run; run()"
AIM_SECONDS = 1.0
PROMPT = "tone"

sys.path[:0] = [str(HERE.parent), str(HERE.parent / "src")]

from benchmarks.gate_store import (  # noqa: E402
    EVAL_TYPES,
    add_tables,
    fill,
    keep_artifacts_on_server,
)


Call = Callable[[], int]
"""Does the work and returns how many eval types it answered for."""


def assay_calls(uri: str) -> dict[str, Call]:
    """Return Assay's functions over a ledger that is open."""
    from assay.gate import (
        GateConfig,
        check_all_regressions,
        execute_promotion,
        execute_rollback,
        to_jsonable,
        trend_summaries,
    )
    from assay.tracking import open_ledger

    ledger, config = open_ledger(uri), GateConfig()

    def check() -> int:
        result = check_all_regressions(ledger, config)
        assert all(report.evidence_details.cases_compared for report in result.reports)
        return len(to_jsonable(result)["reports"])

    def promote() -> int:
        done = execute_promotion(ledger, config, PROMPT, version=2, actor="ada", force=True)
        assert done.executed
        return len(done.result.eval_results)

    def rollback() -> int:
        done = execute_rollback(
            ledger, config, PROMPT, alias="production", reason="measured", actor="ada"
        )
        assert done.to_version == 1
        return EVAL_TYPES

    for text in ("first", "second"):
        ledger.register_version(PROMPT, text)
    ledger.set_alias(PROMPT, "production", 1)
    return {
        "trend": lambda: len(to_jsonable(trend_summaries(ledger, config))),
        "check": check,
        "promote": promote,
        "rollback": rollback,  # of what was just promoted
    }


def loop_calls(uri: str) -> dict[str, Call]:
    """Return what a user would write with MLflow alone."""
    import mlflow

    def names() -> list[str]:
        mlflow.set_tracking_uri(uri)
        found = mlflow.search_experiments(filter_string="name LIKE 'assay%'")
        return [each.name for each in found]

    def trend() -> int:
        return sum(
            len(mlflow.search_runs(experiment_names=[name], max_results=10)) == 10
            for name in names()
        )

    def check() -> int:
        answered = 0
        for name in names():
            runs = mlflow.search_runs(experiment_names=[name], max_results=2)
            tables = [
                mlflow.artifacts.load_dict(f"{row.artifact_uri}/eval_results.json")
                for row in runs.itertuples()
            ]
            answered += len(runs) == len(tables) == 2
        return answered

    return {"trend": trend, "check": check}


def process_calls(uri: str, folder: Path) -> dict[str, Call]:
    """Return whole processes of the command line."""
    environment = {
        **os.environ,
        "ASSAY_TRACKING_URI": uri,
        "PYTHONPATH": str(HERE.parent / "src"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }

    def run(name: str, key: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, name, "--format", "json"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        return len(json.loads(done.stdout)[key])

    return {"trend": lambda: run("trend", "summaries"), "check": lambda: run("check", "reports")}


def measure(sides: dict[str, dict[str, Call]], *, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every round by ``side: answer``; the first round is kept too."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for side, calls in sides.items():
            for name, call in calls.items():
                start = time.perf_counter()
                answered = call()
                taken.setdefault(f"{name}: {side}", []).append(time.perf_counter() - start)
                assert answered == EVAL_TYPES, f"{side} answered for {answered} eval types"
    return taken


def show(taken: dict[str, list[float]]) -> None:
    """Print the middle, the slow end and the first of every side."""
    print(f"{'':52}{'first':>8}{'p50':>8}{'p95':>8}  s")
    for name, seconds in sorted(taken.items()):
        figures = (seconds[0], statistics.median(seconds), late(seconds))
        print(f"{name:52}" + "".join(f"{figure:8.2f}" for figure in figures))


def late(seconds: list[float]) -> float:
    """Return the 95th percentile, by interpolation."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def main() -> None:
    """Fill, measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=500)
    options = parser.parse_args()
    from assay.tracking import open_ledger
    from tests.services import running_mlflow

    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    with tempfile.TemporaryDirectory(prefix="assay-gate-") as name:
        folder = Path(name)
        plain, served = folder / "mlflow.db", folder / "served.db"
        url = f"sqlite:///{plain}"
        open_ledger(url, create=True).close()
        fill(plain, runs=options.runs)
        add_tables(plain, folder / "mlruns")
        shutil.copyfile(plain, served)
        shutil.copytree(folder / "mlruns", folder / "served")
        keep_artifacts_on_server(served)
        with running_mlflow(served, folder / "served") as server:
            sides: dict[str, dict[str, Call]] = {}
            for place, uri in (("SQLite", url), ("server", server.url)):
                sides[f"Assay, {place}"] = assay_calls(uri)
                sides[f"loop over mlflow.search_runs, {place}"] = loop_calls(uri)
                sides[f"whole process of the command, {place}"] = process_calls(uri, folder)
            taken = measure(sides, rounds=options.rounds)
    show(taken)
    RESULTS.parent.mkdir(exist_ok=True)
    document = {"eval_types": EVAL_TYPES, "runs": options.runs, "seconds": taken}
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
