"""Traces of eval runs, as MLflow's own client finds them: over a database and over a server."""

import json
from pathlib import Path

import pytest

from assay.tracking import open_ledger
from tests.command_series import assay_series
from tests.services import MlflowServer


CONFIG = """
[gate]
base_experiment = "traced"

[gate.eval_types.echo]
dataset = "echo.jsonl"
candidate = "echo_agent:answer"
scorers = ["exact_match"]
repeats = 2
"""
AGENT = """
from assay import trace


@trace(event_type="tool")
def look_up(question):
    return question


def answer(inputs):
    return look_up(inputs["q"])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "assay.toml").write_text(CONFIG)
    (tmp_path / "echo_agent.py").write_text(AGENT)
    rows = [
        {"id": f"c{n}", "inputs": {"q": f"{n}"}, "ground_truth": {"a": f"{n}"}} for n in range(60)
    ]
    (tmp_path / "echo.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path


def check_traces(project: Path, uri: str) -> None:
    """Run the eval type; every trace of the table is one that MLflow has for the run."""
    from mlflow import MlflowClient

    command = ("run-evals", "--eval-type", "echo", "--no-check", "--format", "json")
    [said] = assay_series([command], folder=project, env={"ASSAY_TRACKING_URI": uri})
    assert said.code == 0, said
    run_id = said.json["results"][0]["run_id"]
    with open_ledger(uri) as ledger:
        cases = ledger.read_cases([run_id])[run_id]
        experiment = ledger.get_run(run_id).experiment_id
    assert cases is not None
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    traces = client.search_traces(
        locations=[experiment], run_id=run_id, max_results=500, include_spans=False
    )
    assert len(cases) == 120
    assert {case.trace_id for case in cases} == {trace.info.trace_id for trace in traces}
    trace = client.get_trace(str(cases[0].trace_id))
    assert ["answer", "look_up"] == sorted(span.name for span in trace.data.spans)
    question = cases[0].input["q"]
    root = next(span for span in trace.data.spans if span.parent_id is None)
    assert ({"inputs": {"q": question}}, question) == (root.inputs, root.outputs)


def test_a_database_keeps_every_trace_with_its_run(mlflow_sqlite_url: str, project: Path):
    check_traces(project, mlflow_sqlite_url)


def test_a_server_keeps_every_trace_with_its_run(mlflow_server: MlflowServer, project: Path):
    check_traces(project, mlflow_server.url)
