"""How soon are the newest runs of 19 eval types × 500 runs read from MLflow?

``python benchmarks gate_store [RUNS]`` fills a SQLite store as a plain client would (the rows,
not through the client, which takes an hour), then reads the newest ten runs of every
experiment by Assay's ledger, in place and over a server, and by the loop over
``mlflow.search_runs`` that a user would write. ``fill`` is shared with the tests.
"""

import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path


EVAL_TYPES = 19
START_MS = 1_700_000_000_000


def experiment_names(base: str, eval_types: int) -> list[str]:
    """Return the names: the base itself, then ``<base>-type01`` and on."""
    return [base, *(f"{base}-type{number:02d}" for number in range(1, eval_types))]


def fill(
    database: Path,
    *,
    base: str = "assay",
    eval_types: int = EVAL_TYPES,
    runs: int = 500,
    seed: int = 1,
) -> None:
    """Insert experiments and runs into a migrated, empty MLflow database.

    Every run has 8 metrics, 20 params and 6 tags; run ``n`` of every type starts at the same
    minute ``n``, FINISHED, its pass rate between 0.80 and 0.99.
    """
    chance = random.Random(seed)
    with closing(sqlite3.connect(database)) as connection, connection:
        for number, name in enumerate(experiment_names(base, eval_types), start=1):
            _insert_experiment(connection, number, name, database.parent)
            for index in range(runs):
                _insert_run(connection, number, index, name, chance, database.parent)


def _insert_experiment(
    connection: sqlite3.Connection, number: int, name: str, folder: Path
) -> None:
    location = f"{folder}/mlruns/{number}"
    row = (number, name, location, "active", START_MS, START_MS, "default")
    connection.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, "
        "creation_time, last_update_time, workspace) VALUES (?, ?, ?, ?, ?, ?, ?)",
        row,
    )


def _insert_run(
    connection: sqlite3.Connection,
    experiment: int,
    index: int,
    name: str,
    chance: random.Random,
    folder: Path,
) -> None:
    run_id = uuid.UUID(int=chance.getrandbits(128)).hex
    start = START_MS + index * 60_000
    artifacts = f"{folder}/mlruns/{experiment}/{run_id}/artifacts"
    connection.execute(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, "
        "status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, "
        "experiment_id, deleted_time) VALUES (?, ?, 'LOCAL', '', '', 'user', 'FINISHED', ?, ?, '', "
        "'active', ?, ?, NULL)",
        (run_id, f"run {index}", start, start + 30_000, artifacts, experiment),
    )
    metrics = {
        "pass_rate": round(chance.uniform(0.8, 0.99), 4),
        "average_score": round(chance.uniform(3.5, 5.0), 3),
        "total_cases": 10.0,
        "error_cases": 0.0,
        **{f"scorer.s{number}": round(chance.random(), 4) for number in range(4)},
    }
    for table in ("metrics", "latest_metrics"):
        connection.executemany(
            f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid) "  # noqa: S608  # two fixed names
            "VALUES (?, ?, ?, 0, 0, ?)",
            [(key, value, start, run_id) for key, value in metrics.items()],
        )
    version = 1 + index * 10 // 500
    params = {
        "prompt.tone": f"v{version}",
        "threshold": "0.8",
        "dataset_version": "1",
        **{f"setting{number}": f"value {number}" for number in range(17)},
    }
    connection.executemany(
        "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
        [(key, value, run_id) for key, value in params.items()],
    )
    tags = {"eval_type": name, "mlflow.runName": f"run {index}"}
    tags.update({f"label{number}": f"value {number}" for number in range(4)})
    connection.executemany(
        "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
        [(key, value, run_id) for key, value in tags.items()],
    )


def add_tables(database: Path, folder: Path, *, newest: int = 2, cases: int = 20) -> int:
    """Give the newest runs of every experiment a per-case table, as ``mlflow.log_table`` would.

    The files lie in ``folder`` as ``<experiment>/<run>/artifacts/eval_results.json``; returns
    how many were written.
    """
    chance = random.Random(2)
    tag = json.dumps([{"path": "eval_results.json", "type": "table"}])
    with closing(sqlite3.connect(database)) as connection, connection:
        found = connection.execute(
            "SELECT experiment_id, run_uuid FROM (SELECT *, row_number() OVER (PARTITION BY "
            "experiment_id ORDER BY start_time DESC) AS place FROM runs) WHERE place <= ?",
            (newest,),
        ).fetchall()
        for experiment, run_id in found:
            rows = [
                [f"case-{number:02d}", "a question " * 8, "an answer " * 20, chance.random() < 0.9]
                for number in range(cases)
            ]
            path = folder / str(experiment) / run_id / "artifacts" / "eval_results.json"
            path.parent.mkdir(parents=True)
            columns = ["case_id", "prompt", "response", "passed"]
            path.write_text(json.dumps({"columns": columns, "data": rows}))
            connection.execute(
                "INSERT INTO tags (key, value, run_uuid) VALUES ('mlflow.loggedArtifacts', ?, ?)",
                (tag, run_id),
            )
    return len(found)


def keep_artifacts_on_server(database: Path) -> None:
    """Let the runs' artifacts be served by an MLflow server, as those that log to it have it."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/' || experiment_id || '/' || "
            "run_uuid || '/artifacts'"
        )


def _show(title: str, call: Callable[[], object], *, times: int = 7) -> None:
    taken: list[float] = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - start))
    print(f"{title:48}{min(taken):8.0f} ms at best{statistics.median(taken):8.0f} ms in the middle")


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from assay.tracking import open_ledger
    from tests.services import running_mlflow

    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory(prefix="assay-gate-store-") as folder:
        database = Path(folder) / "mlflow.db"
        url = f"sqlite:///{database}"
        open_ledger(url, create=True).close()
        start = time.perf_counter()
        fill(database, runs=runs)
        size = database.stat().st_size / 2**20
        print(f"{EVAL_TYPES} × {runs} runs, {size:.0f} MiB, in {time.perf_counter() - start:.1f} s")
        with open_ledger(url) as ledger:
            experiments = ledger.list_experiments("assay")
            _show("ledger on SQLite", lambda: ledger.latest_runs(experiments, limit=10))
        with running_mlflow(database, Path(folder) / "artifacts") as server:
            with open_ledger(server.url) as ledger:
                _show("ledger over a server", lambda: ledger.latest_runs(experiments, limit=10))
            _compare(url, server.url)


def _compare(*uris: str) -> None:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow

    for uri in uris:
        mlflow.set_tracking_uri(uri)
        names = [
            each.name for each in mlflow.search_experiments(filter_string="name LIKE 'assay%'")
        ]

        def loop(names: list[str] = names) -> None:
            for name in names:
                mlflow.search_runs(experiment_names=[name], max_results=10)

        _show(f"loop over mlflow.search_runs, {uri.partition(':')[0]}", loop)


if __name__ == "__main__":
    main()
