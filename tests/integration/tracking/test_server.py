"""The contracts of the ledger over a real MLflow server, and what outlasts its absence."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

import assay
from assay.core.errors import LedgerError
from assay.core.eval_runs import CaseRecord, LoggedRun, LoggedStatus, RunStart
from assay.core.ledger import Ledger
from assay.testing.contracts import PromptRegistryContract, RunLedgerContract
from assay.testing.manual_clock import ManualClock
from assay.tracking import open_buffer, open_ledger
from tests.services import MlflowServer


@pytest.fixture
def ledger(mlflow_server: MlflowServer) -> Iterator[Ledger]:
    with open_ledger(mlflow_server.url) as opened:
        yield opened


class TestRuns(RunLedgerContract): ...


class TestPrompts(PromptRegistryContract): ...


def rows_of(database: Path, run_id: str) -> list[tuple[str, float, int]]:
    """What is really in the metrics table, in order."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT key, value, step FROM metrics WHERE run_uuid = ? ORDER BY step", (run_id,)
        ).fetchall()


def history_of(server: MlflowServer, run_id: str, key: str) -> list[tuple[float, int]]:
    """What MLflow says was logged, in order."""
    found: list[tuple[float, int]] = []
    query = {"run_id": run_id, "metric_key": key, "max_results": "5000"}
    while True:
        page = httpx2.get(
            f"{server.url}/api/2.0/mlflow/metrics/get-history", params=query, timeout=30
        ).json()
        found += [(each["value"], each["step"]) for each in page.get("metrics", [])]
        if not page.get("next_page_token"):
            return sorted(found, key=lambda each: each[1])
        query["page_token"] = page["next_page_token"]


def runs_named(server: MlflowServer, experiment: str) -> list[LoggedRun]:
    with open_ledger(server.url) as ledger:
        (found,) = ledger.list_experiments(experiment)
        return ledger.latest_runs([found], limit=10)[found.id]


def test_ten_thousand_metrics_arrive_once_while_the_server_is_killed_three_times(
    mlflow_server: MlflowServer, tmp_path: Path, base: str
) -> None:
    mlflow_server.kill()
    with open_buffer(tmp_path / "buffer", mlflow_server.url) as buffer:
        run_id = buffer.start_run(RunStart(base, "through outages", params={"rate": "0.1"}))
        for step in range(10_000):
            if step in {2000, 5000, 7000}:
                mlflow_server.start()
            if step in {4000, 6500}:
                mlflow_server.kill()
            buffer.log_metrics(run_id, {"loss": 1.0 / (step + 1)}, step=step)
        buffer.finish_run(run_id, LoggedStatus.FINISHED)
        assert buffer.flush(60) == 0, buffer.last_failure()
        assert buffer.refused() == []

    (run,) = runs_named(mlflow_server, base)
    expected = [(1.0 / (step + 1), step) for step in range(10_000)]
    assert run.status is LoggedStatus.FINISHED
    assert run.params == {"rate": "0.1"}
    assert history_of(mlflow_server, run.run_id, "loss") == expected
    assert rows_of(mlflow_server.database, run.run_id) == [("loss", *each) for each in expected]


def test_what_a_killed_process_left_is_delivered_by_the_next(
    mlflow_server: MlflowServer, tmp_path: Path, base: str
) -> None:
    """It is killed while it delivers; what was delivered and not noted is delivered again."""
    driver = Path(__file__).with_name("buffer_driver.py")
    command = [sys.executable, str(driver), str(tmp_path / "buffer"), mlflow_server.url, base]
    env = {**os.environ, "PYTHONPATH": str(Path(assay.__file__).parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        logged = 0
        for line in process.stdout:
            logged = int(line)
            if logged == 400:
                process.kill()

    with open_buffer(tmp_path / "buffer", mlflow_server.url) as buffer:
        assert buffer.flush(60) == 0, buffer.last_failure()
    (run,) = runs_named(mlflow_server, base)
    rows = rows_of(mlflow_server.database, run.run_id)
    assert rows == [("loss", float(step), step) for step in range(len(rows))]
    assert len(rows) >= logged >= 400


def test_identical_metrics_are_kept_once_by_mlflow(
    mlflow_server: MlflowServer, mlflow_sqlite_url: str, base: str
) -> None:
    """What the buffer's exactly-once rests on, over both transports."""
    for uri in (mlflow_server.url, mlflow_sqlite_url):
        ledger = open_ledger(uri, clock=ManualClock())
        run_id = ledger.start_run(RunStart(base, "twice"))
        for _ in range(2):
            ledger.log_metrics(run_id, {"a": 1.0, "b": 2.0}, step=3)
        ledger.log_metrics(run_id, {"a": 1.0, "c": 3.0}, step=3)
        database = mlflow_server.database if uri == mlflow_server.url else Path(uri[10:])
        assert sorted(rows_of(database, run_id)) == [("a", 1.0, 3), ("b", 2.0, 3), ("c", 3.0, 3)]
        ledger.close()


def test_a_server_that_is_away_is_said_quickly_and_read_as_nothing(
    mlflow_server: MlflowServer, base: str
) -> None:
    """Every read and write raises; none is taken for an empty answer."""
    with open_ledger(mlflow_server.url) as ledger:
        run_id = ledger.start_run(RunStart(base, "a run"))
        experiments = ledger.list_experiments(base)
        mlflow_server.kill()
        try:
            for call in (
                lambda: ledger.list_experiments(base),
                lambda: ledger.latest_runs(experiments, limit=1),
                lambda: ledger.get_run(run_id),
                lambda: ledger.read_cases([run_id]),
                ledger.list_prompts,
                lambda: ledger.read_alias("tone", "production"),
                lambda: ledger.log_metrics(run_id, {"a": 1.0}),
                lambda: ledger.set_alias("tone", "production", 1),
            ):
                with pytest.raises(LedgerError, match=f"{mlflow_server.url}.*mlflow server --back"):
                    call()
        finally:
            mlflow_server.start()
        assert ledger.list_experiments(base) == experiments


def test_artifacts_beside_the_proxy_are_written_and_read(
    mlflow_server: MlflowServer, tmp_path: Path, base: str
) -> None:
    """An experiment whose artifacts are in a folder that the server and we both reach."""
    body = {"name": base, "artifact_location": f"file://{tmp_path}/files"}
    answer = httpx2.post(f"{mlflow_server.url}/api/2.0/mlflow/experiments/create", json=body)
    assert answer.status_code == 200, answer.text
    with open_ledger(mlflow_server.url) as ledger:
        run_id, bare = (ledger.start_run(RunStart(base, "a run")) for _ in range(2))
        ledger.log_cases(run_id, [CaseRecord("a", passed=True)])
        expected = {run_id: (CaseRecord("a", passed=True),), bare: None}
        assert ledger.read_cases([run_id, bare]) == expected
    assert (tmp_path / "files" / run_id / "artifacts" / "cases.json").is_file()
