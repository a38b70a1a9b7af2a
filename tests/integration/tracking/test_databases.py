"""What MLflow's own client logged, and databases in a state that cannot be read."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from benchmarks.gate_store import fill

from assay.core.errors import InvalidInputError, LedgerError, NotFoundError
from assay.core.eval_runs import CaseRecord, LoggedStatus, RunStart
from assay.tracking import open_buffer, open_ledger
from tests.repository import PACKAGE


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def change(url: str, statement: str) -> None:
    with closing(sqlite3.connect(path_of(url))) as connection, connection:
        connection.execute(statement)


@pytest.fixture
def client(mlflow_sqlite_url: str) -> mlflow.MlflowClient:
    """MLflow's own client on the same database."""
    return mlflow.MlflowClient(mlflow_sqlite_url, registry_uri=mlflow_sqlite_url)


def test_runs_of_mlflows_own_client_are_read(
    client: mlflow.MlflowClient, mlflow_sqlite_url: str, tmp_path: Path
) -> None:
    """Also a metric that is no number, a run still going, and one that was deleted."""
    experiment = client.create_experiment("assay-tone", artifact_location=str(tmp_path / "files"))
    run_id = client.create_run(experiment, run_name="theirs").info.run_id
    client.log_metric(run_id, "pass_rate", float("nan"))
    client.log_metric(run_id, "score", 0.5)
    client.log_param(run_id, "prompt.tone", "v1")
    gone = client.create_run(experiment).info.run_id
    client.delete_run(gone)
    with open_ledger(mlflow_sqlite_url) as ledger:
        (found,) = ledger.list_experiments("assay")
        (run,) = ledger.latest_runs([found], limit=10)[found.id]
        assert (run.run_id, run.name, run.status) == (run_id, "theirs", LoggedStatus.RUNNING)
        assert str(run.metrics["pass_rate"]) == "nan"
        assert run.metrics["score"] == 0.5
        with pytest.raises(NotFoundError, match=f"mlflow runs restore --run-id {gone}"):
            ledger.get_run(gone)


@pytest.mark.filterwarnings("ignore:For backward compatibility, 'str' dtypes")  # MLflow's own
def test_tables_of_mlflows_own_client_are_read_and_ours_by_it(
    client: mlflow.MlflowClient, mlflow_sqlite_url: str, tmp_path: Path
) -> None:
    experiment = client.create_experiment("assay", artifact_location=str(tmp_path / "files"))
    runs = [client.create_run(experiment).info.run_id for _ in range(4)]
    table = {"id": ["a", "b"], "passed": [True, False], "score": [1.0, 0.0]}
    client.log_table(runs[0], table, "eval_results_table.json")
    client.log_dict(runs[1], {"cases": [{"case_id": "a", "error": "judge away"}]}, "results.json")
    client.log_text(runs[2], "no json", "eval_results.json")
    with open_ledger(mlflow_sqlite_url) as ledger:
        (found,) = ledger.list_experiments("assay")
        seen = ledger.latest_runs([found], limit=10)[found.id]
        assert len(seen) == 4
        tables = ledger.read_cases(runs)
        ledger.log_cases(runs[3], [CaseRecord("x", passed=True)])
    assert tables[runs[0]] == (
        CaseRecord("a", score=1.0, passed=True),
        CaseRecord("b", score=0.0, passed=False),
    )
    assert tables[runs[1]] == (CaseRecord("a", error="judge away"),)
    assert (tables[runs[2]], tables[runs[3]]) == (None, None)
    folder = Path(client.get_run(runs[3]).info.artifact_uri)
    ours = pd.read_json(folder / "cases.json", orient="split")  # as MLflow reads its tables
    tags = client.get_run(runs[3]).data.tags
    assert tags["mlflow.loggedArtifacts"] == '[{"path": "cases.json", "type": "table"}]'
    assert (ours["case_id"].tolist(), ours["passed"].tolist()) == (["x"], [True])


def test_prompts_of_mlflows_own_client_are_read_and_ours_by_it(
    client: mlflow.MlflowClient, mlflow_sqlite_url: str
) -> None:
    client.register_prompt("theirs", "Be {{kind}}", commit_message="why", tags={"by": "me"})
    client.set_prompt_alias("theirs", "production", 1)
    client.create_registered_model("a model")
    with open_ledger(mlflow_sqlite_url) as ledger:
        assert [prompt.name for prompt in ledger.list_prompts()] == ["theirs"]
        (version,) = ledger.list_versions("theirs")
        assert (version.template, version.message, version.tags) == (
            "Be {{kind}}",
            "why",
            {"by": "me"},
        )
        assert version.aliases == ("production",)
        ledger.register_version("ours", ({"role": "user", "content": "{{q}}"},))
        ledger.set_alias("ours", "production", 1)
        with pytest.raises(InvalidInputError, match="prompt name"):
            ledger.register_version("no name", "text")
        with pytest.raises(InvalidInputError, match="100,001 characters"):
            ledger.register_version("ours", "x" * 100_001)
        with pytest.raises(InvalidInputError, match="reserved"):
            ledger.set_alias("ours", "latest", 1)
    loaded = client.load_prompt("prompts:/ours@production")
    assert loaded.template == [{"role": "user", "content": "{{q}}"}]


def test_the_newest_runs_are_those_of_the_store(mlflow_sqlite_url: str) -> None:
    """Beside the rows themselves; over more than one page too."""
    fill(path_of(mlflow_sqlite_url), eval_types=4, runs=30)
    with open_ledger(mlflow_sqlite_url) as ledger:
        experiments = ledger.list_experiments("assay")
        assert len(experiments) == 4
        found = ledger.latest_runs(experiments, limit=7, offset=3, params={"threshold": "0.8"})
    with closing(sqlite3.connect(path_of(mlflow_sqlite_url))) as connection:
        for experiment in experiments:
            rows = connection.execute(
                "SELECT r.run_uuid, m.value FROM runs r JOIN latest_metrics m USING (run_uuid) "
                "WHERE experiment_id = ? AND m.key = 'pass_rate' "
                "ORDER BY start_time DESC LIMIT 7 OFFSET 3",
                (experiment.id,),
            ).fetchall()
            read = [(run.run_id, run.metrics["pass_rate"]) for run in found[experiment.id]]
            assert read == rows


def test_another_versions_schema_is_not_touched(mlflow_sqlite_url: str) -> None:
    change(mlflow_sqlite_url, "UPDATE alembic_version SET version_num = 'fffff'")
    with pytest.raises(LedgerError, match=r"schema fffff.*mlflow db upgrade.*newer mlflow"):
        open_ledger(mlflow_sqlite_url)


def test_a_damaged_database_is_said(mlflow_sqlite_url: str) -> None:
    path = path_of(mlflow_sqlite_url)
    path.write_bytes(path.read_bytes()[:16] + b"\x00" * 5000)
    with pytest.raises(LedgerError, match=r"cannot be opened.*DatabaseError"):
        open_ledger(mlflow_sqlite_url)


def test_tables_that_vanish_are_an_error_and_no_empty_answer(
    mlflow_sqlite_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with open_ledger(mlflow_sqlite_url) as ledger:
        ledger.start_run(RunStart("assay", "a run"))
        experiments = ledger.list_experiments("assay")
        change(mlflow_sqlite_url, "ALTER TABLE latest_metrics RENAME TO elsewhere")
        with pytest.raises(LedgerError, match=r"mlflow\.db"):
            ledger.latest_runs(experiments, limit=1)
    assert capfd.readouterr() == ("", "")


def test_artifacts_that_only_a_server_reaches_are_named(mlflow_sqlite_url: str) -> None:
    with open_ledger(mlflow_sqlite_url) as ledger:
        run_id = ledger.start_run(RunStart("assay", "a run"))
        change(mlflow_sqlite_url, "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/1/x'")
        with pytest.raises(LedgerError, match="held by an MLflow server; use the server's"):
            ledger.log_cases(run_id, [])


def test_a_buffer_in_front_of_a_database_makes_it(tmp_path: Path, mlflow_template: Path) -> None:
    """It waits for one that is not there yet, and delivers when it is."""
    path = tmp_path / "mlflow.db"
    with open_buffer(tmp_path / "buffer", f"sqlite:///{path}") as buffer:
        run_id = buffer.start_run(RunStart("assay", "early"))
        buffer.log_metrics(run_id, {"loss": 0.5}, step=3)
        assert buffer.flush(0.3) == 2
        shutil.copyfile(mlflow_template, path)
        assert buffer.flush(60) == 0
    with open_ledger(f"sqlite:///{path}") as ledger:
        (experiment,) = ledger.list_experiments("assay")
        (run,) = ledger.latest_runs([experiment], limit=1)[experiment.id]
    assert (run.name, run.metrics) == ("early", {"loss": 0.5})


def test_making_a_database_writes_nothing_to_the_terminal(mlflow_template: Path) -> None:
    """No banner, no lines about migrations, though MLflow alone says much."""
    assert mlflow_template.with_suffix(".output").read_text() == ""


def test_artifacts_in_an_unknown_place_are_an_error(mlflow_sqlite_url: str) -> None:
    """MLflow's own client is asked, and what it says is passed on."""
    with open_ledger(mlflow_sqlite_url) as ledger:
        run_id = ledger.start_run(RunStart("assay", "a run"))
        change(mlflow_sqlite_url, "UPDATE runs SET artifact_uri = 'nowhere://bucket/x'")
        with pytest.raises(LedgerError, match=r"nowhere://bucket/x cannot be reached"):
            ledger.read_cases([run_id])
        with pytest.raises(LedgerError, match=r"nowhere://bucket/x cannot be reached"):
            ledger.log_cases(run_id, [])


MAKE_WITH_LITTLE_SPACE = """
import resource, sys
from assay.core.errors import LedgerError
from assay.tracking import open_ledger
import mlflow.store.tracking.sqlalchemy_store
usual = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, usual[1]))
try:
    open_ledger(sys.argv[1], create=True)
except LedgerError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, usual)  # what measures coverage writes at the end
"""


def test_a_database_that_cannot_be_made_whole_is_not_there_at_all(tmp_path: Path) -> None:
    """Half of one would be taken for that of an older MLflow ever after."""
    path = tmp_path / "project" / "mlflow.db"
    said = subprocess.run(
        [sys.executable, "-c", MAKE_WITH_LITTLE_SPACE, f"sqlite:///{path}"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.count("\n") == 1
    assert "cannot be opened: OperationalError" in said.stdout
    assert said.stderr == ""
    assert list(path.parent.iterdir()) == []
