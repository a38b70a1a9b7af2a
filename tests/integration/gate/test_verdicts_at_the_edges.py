"""``assay check`` over a database that MLflow's own client filled: the verdicts at the edges."""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.command_series import assay_series


CONFIG = """
[gate]
base_experiment = "shop"
default_threshold = 0.80

[gate.eval_types.mapped]
metrics = { pass_rate = "block_rate", total_cases = "n" }
"""


@dataclass(frozen=True, slots=True)
class Edge:
    """Runs of one eval type, and what the check has to say; a verdict of None: skipped."""

    name: str
    runs: tuple[dict[str, Any], ...]
    verdict: str | None
    delta_pp: float | None = None
    threshold: float = 0.8


def rates(*values: float, **more: Any) -> tuple[dict[str, Any], ...]:
    """Runs with these rates; ``more`` is said of the last one."""
    plain: list[dict[str, Any]] = [{"pass_rate": value} for value in values]
    return (*plain[:-1], {**plain[-1], **more})


EDGES = [
    Edge("at-threshold", rates(0.85, 0.8), "PASS", -5.0),
    Edge("just-below", rates(0.85, 0.7999), "REGRESSION", -5.01),
    Edge("ten-points", rates(0.9, 0.8), "WARNING", -10.0),
    Edge("nearly-ten", rates(0.9, 0.801), "PASS", -9.9),
    Edge("both", rates(0.95, 0.7), "REGRESSION", -25.0),
    Edge("rising-below", rates(0.4, 0.7), "REGRESSION", 30.0),
    Edge("rising", rates(0.85, 0.86), "IMPROVED", 1.0),
    Edge("the-same", rates(0.9, 0.9), "PASS", 0.0),
    Edge("alone", rates(0.9), None),
    Edge(
        "nothing-complete", ({"pass_rate": 0.9, "errors": 1}, {"pass_rate": 0.9, "errors": 1}), None
    ),
    Edge("only-failed", ({"pass_rate": 0.9, "status": "FAILED"},), None),
    Edge(
        "over-a-partial",
        ({"pass_rate": 0.9}, {"pass_rate": 0.1, "errors": 3}, {"pass_rate": 0.85}),
        "PASS",
        -5.0,
    ),
    Edge(
        "over-a-failed",
        ({"pass_rate": 0.9}, {"pass_rate": 0.1, "status": "FAILED"}, {"pass_rate": 0.85}),
        "PASS",
        -5.0,
    ),
    Edge("over-a-gap", ({"pass_rate": 0.9}, {}, {"pass_rate": 0.85}), "PASS", -5.0),
    Edge("raised", rates(0.85, 0.85, threshold=0.9), "REGRESSION", 0.0, threshold=0.9),
    Edge("lowered", rates(0.75, 0.72, threshold=0.7), "PASS", -3.0, threshold=0.7),
    Edge(
        "stored-before", ({"pass_rate": 0.85, "threshold": 0.9}, {"pass_rate": 0.85}), "PASS", 0.0
    ),
    Edge(
        "mapped", ({"block_rate": 0.9, "n": 10}, {"block_rate": 0.7, "n": 10}), "REGRESSION", -20.0
    ),
]


def fill(uri: str) -> None:
    """Log every run with MLflow's client alone, a minute apart."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    minutes = itertools.count()
    for edge in EDGES:
        experiment = client.create_experiment(f"shop-{edge.name}")
        for run in edge.runs:
            began = 1_767_225_600_000 + 60_000 * next(minutes)
            made = client.create_run(experiment, start_time=began).info.run_id
            metrics = {"total_cases": 20, "error_cases": run.get("errors", 0), **run}
            for key, value in metrics.items():
                if key not in {"status", "threshold", "errors"}:
                    client.log_metric(made, key, value)
            if "threshold" in run:
                client.log_param(made, "threshold", run["threshold"])
            client.set_terminated(made, run.get("status", "FINISHED"), end_time=began + 1000)


@pytest.fixture(scope="module")
def found(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The check's document, with the other answers of the same store."""
    folder = tmp_path_factory.mktemp("edges")
    (folder / "mlflow.db").write_bytes(mlflow_template.read_bytes())
    (folder / "assay.toml").write_text(CONFIG)
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    fill(uri)
    commands = [
        ("check", "--format", "json"),
        ("check", "--eval-type", "rising", "--format", "json"),
        ("trend", "--format", "json"),
        ("check", "--eval-type", "absent"),
        ("check", "--run-id", "absent"),
        ("check", "--eval-type", "ten-points", "--strict"),
    ]
    said = assay_series(commands, folder=folder, env={"ASSAY_TRACKING_URI": uri})
    assert [1, 0, 0, 2, 2, 3] == [each.code for each in said], [each.err for each in said]
    documents = [json.loads(each.out) for each in said[:3]]
    return {"check": documents[0], "one": documents[1], "trend": documents[2]}


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.name)
def test_the_verdict_at_the_edge(found: dict[str, Any], edge: Edge):
    reports = {report["eval_type"]: report for report in found["check"]["reports"]}
    skipped = {skip["eval_type"]: skip["reason"] for skip in found["check"]["skipped"]}
    if edge.verdict is None:
        assert edge.name in skipped
        assert edge.name not in reports
        return
    report = reports[edge.name]
    assert (edge.verdict, edge.delta_pp) == (report["verdict"], report["delta_pp"])
    assert edge.threshold == report["threshold"]


def test_one_type_is_checked_alone(found: dict[str, Any]):
    assert ["rising"] == [report["eval_type"] for report in found["one"]["reports"]]
    assert found["one"]["has_regressions"] is False


def test_every_type_has_a_timeline_and_a_missing_rate_is_null(found: dict[str, Any]):
    summaries = {each["eval_type"]: each for each in found["trend"]["summaries"]}
    assert {edge.name for edge in EDGES} == set(summaries)
    gap = [point["pass_rate"] for point in summaries["over-a-gap"]["points"]]
    assert [0.9, None, 0.85] == gap
