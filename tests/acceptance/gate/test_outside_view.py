"""Trend and check over stores that plain MLflow clients filled, beside what one gets by hand."""

import json
import math
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from benchmarks.gate_store import EVAL_TYPES, add_tables, fill, keep_artifacts_on_server

from tests.acceptance.command_line import environment
from tests.acceptance.gate import by_hand
from tests.command_series import assay_series
from tests.services import running_mlflow


RUNS = 500
MAPPED = by_hand.Names("block_rate", "severity", "attacks")
CONFIG = """
[gate]
base_experiment = "assay"

[gate.eval_types.type03]
metrics = { pass_rate = "block_rate", average_score = "severity", total_cases = "attacks" }
"""
COMMANDS = [
    ("trend", "--format", "json"),
    ("check", "--format", "json"),
    ("trend", "--eval-type", "type03", "--limit", "40", "--format", "json"),
]


def spoil(database: Path) -> None:
    """Make of tidy runs what years leave behind: failures, gaps, other names, other projects."""
    chance = random.Random(4)
    with closing(sqlite3.connect(database)) as connection, connection:
        ids = [row[0] for row in connection.execute("SELECT run_uuid FROM runs ORDER BY 1")]
        for run_id in ids:
            for statement in _harm(chance):
                connection.execute(statement, {"run": run_id})
        for old, new in (
            ("pass_rate", "block_rate"),
            ("average_score", "severity"),
            ("total_cases", "attacks"),
        ):
            connection.execute(
                "UPDATE latest_metrics SET key = ? WHERE key = ? AND run_uuid IN (SELECT run_uuid "
                "FROM runs WHERE experiment_id = 4)",
                (new, old),
            )
        connection.execute("UPDATE runs SET status = 'FAILED' WHERE experiment_id = 5")
        connection.execute(  # of this type one run is left, of the next none
            "UPDATE runs SET lifecycle_stage = 'deleted' WHERE experiment_id = 6 AND start_time < "
            "(SELECT max(start_time) FROM runs) OR experiment_id = 7"
        )
        for number, name in enumerate(("assayx", "assay_x-tone", "assayx-tone", "other"), 101):
            connection.execute(
                "INSERT INTO experiments SELECT ?, ?, artifact_location, lifecycle_stage, "
                "creation_time, last_update_time, workspace FROM experiments WHERE "
                "experiment_id = 1",
                (number, name),
            )


def _harm(chance: random.Random) -> Iterator[str]:
    """What to do to one run: most often nothing."""
    metric = "UPDATE latest_metrics SET value = {} WHERE key = '{}' AND run_uuid = :run"
    forget = "DELETE FROM {} WHERE key = '{}' AND run_uuid = :run"
    harms = [
        ["UPDATE runs SET status = 'FAILED' WHERE run_uuid = :run"],
        ["UPDATE runs SET status = 'KILLED' WHERE run_uuid = :run"],
        ["UPDATE runs SET status = 'RUNNING', end_time = NULL WHERE run_uuid = :run"],
        ["UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = :run"],
        [metric.format(3, "error_cases")],
        [forget.format("latest_metrics", "pass_rate")],
        [metric.format("0, is_nan = 1", "pass_rate")],
        [metric.format(0.7, "pass_rate")],
        [metric.format(0.8, "pass_rate")],
        [metric.format(0, "pass_rate")],
        [forget.format("latest_metrics", "error_cases")],
        [
            forget.format("latest_metrics", "error_cases"),
            "INSERT INTO tags (key, value, run_uuid) VALUES ('eval_status', 'partial', :run)",
        ],
        [
            forget.format("latest_metrics", "total_cases"),
            "INSERT INTO params (key, value, run_uuid) VALUES ('total_cases', '12', :run)",
        ],
        [forget.format("latest_metrics", "average_score")],
        ["UPDATE params SET value = '0.9' WHERE key = 'threshold' AND run_uuid = :run"],
        [forget.format("params", "threshold")],
        ["INSERT INTO params (key, value, run_uuid) VALUES ('prompt.system', 'v7', :run)"],
    ]
    for harm in harms:
        if chance.random() < 0.06:
            yield from harm


@pytest.fixture(scope="module")
def store(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database of 19 × 500 runs and of its artifacts."""
    folder = tmp_path_factory.mktemp("outside")
    shutil.copyfile(mlflow_template, folder / "mlflow.db")
    fill(folder / "mlflow.db", runs=RUNS)
    add_tables(folder / "mlflow.db", folder / "mlruns", newest=6, cases=12)
    spoil(folder / "mlflow.db")
    (folder / "assay.toml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module", params=["SQLite", "server"])
def answers(store: Path, request: pytest.FixtureRequest) -> list[Any]:
    """What the commands answered, in place and over a server."""
    if request.param == "SQLite":
        return _ask(store, f"sqlite:///{store / 'mlflow.db'}")
    served = store / "served.db"
    shutil.copyfile(store / "mlflow.db", served)
    keep_artifacts_on_server(served)
    with running_mlflow(served, store / "mlruns") as server:
        return _ask(store, server.url)


def _ask(folder: Path, uri: str) -> list[Any]:
    said = assay_series(COMMANDS, folder=folder, env={"ASSAY_TRACKING_URI": uri})
    assert [0, 1, 0] == [each.code for each in said], [each.err for each in said]
    return [each.json for each in said]


@pytest.fixture(scope="module")
def runs(store: Path) -> dict[str, list[by_hand.Run]]:
    return by_hand.read_runs(store / "mlflow.db", "assay", mapped={"type03": MAPPED})


def only(document: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """A document with the fields of another; what it has besides is beside the point."""
    return {key: document[key] for key in like}


def without_extras(summary: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    points = [
        only(point, other) for point, other in zip(summary["points"], like["points"], strict=True)
    ]
    return {**only(summary, like), "points": points}


def flips_named(report: dict[str, Any]) -> dict[str, Any]:
    flips = [(case["change"], case["case_id"]) for case in report["flipped_cases"]]
    return {**report, "flipped_cases": flips}


def test_the_store_is_as_spoiled_as_it_should_be(runs: dict[str, list[by_hand.Run]]):
    statuses = {run.eval_status for found in runs.values() for run in found}
    assert EVAL_TYPES == len(runs)
    assert {"complete", "partial", "error"} == statuses
    assert 7000 < sum(map(len, runs.values())) < EVAL_TYPES * RUNS


def test_every_timeline_is_what_one_gets_by_hand(
    answers: list[Any], runs: dict[str, list[by_hand.Run]]
):
    expected = by_hand.trend(runs, base="assay")
    found = {summary["eval_type"]: summary for summary in answers[0]["summaries"]}
    assert sorted(expected) == [summary["eval_type"] for summary in answers[0]["summaries"]]
    for name, summary in expected.items():
        assert summary == without_extras(found[name], summary), name


def test_a_longer_timeline_of_one_type_is_too(
    answers: list[Any], runs: dict[str, list[by_hand.Run]]
):
    expected = by_hand.trend({"type03": runs["type03"]}, base="assay", limit=40)["type03"]
    (summary,) = answers[2]["summaries"]
    assert 40 == len(expected["points"])
    assert expected == without_extras(summary, expected)


def test_every_verdict_and_flipped_case_is_what_one_gets_by_hand(
    answers: list[Any], runs: dict[str, list[by_hand.Run]], store: Path
):
    expected, skipped = by_hand.check(runs, cases=by_hand.read_tables(store / "mlruns"))
    document = answers[1]
    found = {report["eval_type"]: report for report in document["reports"]}
    assert sorted(expected) == [report["eval_type"] for report in document["reports"]]
    for name, report in expected.items():
        assert report == only(flips_named(found[name]), report), name
    assert skipped == {skip["eval_type"] for skip in document["skipped"]}
    assert {"type04", "type05", "type06"} <= skipped
    assert document["has_regressions"] is True
    assert by_hand.verdict_counts(expected) == {
        verdict: count for verdict, count in document["counts"].items() if count
    }
    assert any(report["flipped_cases"] for report in expected.values())


# --- logged through MLflow's own client ----------------------------------------------------------


@pytest.fixture(scope="module")
def logged(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The check, the trend and the runs of a store filled through the fluent interface."""
    folder = tmp_path_factory.mktemp("fluent")
    shutil.copyfile(mlflow_template, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    subprocess.run(
        [sys.executable, str(Path(__file__).with_name("plain_client.py")), uri],
        cwd=folder,
        env=environment(folder, {"MLFLOW_DISABLE_TELEMETRY": "true"}),
        check=True,
        capture_output=True,
        timeout=120,
    )
    said = assay_series(COMMANDS[:2], folder=folder, env={"ASSAY_TRACKING_URI": uri})
    assert [0, 1] == [each.code for each in said], [each.err for each in said]
    return {
        "trend": said[0].json,
        "check": {report["eval_type"]: report for report in said[1].json["reports"]},
        "skipped": {skip["eval_type"] for skip in said[1].json["skipped"]},
        "runs": by_hand.read_runs(folder / "mlflow.db", "assay"),
        "cases": json.loads((folder / "cases.json").read_text()),
    }


def test_what_the_fluent_interface_logged_is_read_as_by_hand(logged: dict[str, Any]):
    reports, skipped = by_hand.check(logged["runs"], cases=logged["cases"])
    timelines = by_hand.trend(logged["runs"], base="assay")

    assert skipped == logged["skipped"]
    assert sorted(reports) == sorted(logged["check"])
    for name, report in reports.items():
        assert report == only(flips_named(logged["check"][name]), report), name
    for summary in logged["trend"]["summaries"]:
        expected = timelines.pop(summary["eval_type"])
        assert expected == without_extras(summary, expected)
    assert {} == timelines


@pytest.mark.parametrize("shape", ["table", "records", "cases", "lines"])
def test_tables_of_every_shape_prove_the_same(logged: dict[str, Any], shape: str):
    """Nine of twenty cases are worse and one is better: binomial tail, half of its first term."""
    report = logged["check"][f"shape-{shape}"]
    tail = math.comb(10, 10) + math.comb(10, 9) / 2
    details = report["evidence_details"]

    assert ("REGRESSION", "worse") == (report["verdict"], report["evidence"])
    assert (20, 9, 1) == tuple(
        details[key] for key in ("cases_compared", "cases_worse", "cases_better")
    )
    assert tail / 2**10 == pytest.approx(details["p_value"], abs=1e-12)


def test_what_a_prompt_broke_is_named_also_when_it_was_run_twice(logged: dict[str, Any]):
    report, runs = logged["check"]["again"], logged["runs"]["again"]
    since = report["since_prompt_change"]

    assert (0.0, [], []) == tuple(
        report[key] for key in ("delta_pp", "changed_prompts", "flipped_cases")
    )
    assert (runs[0].run_id, 1.0, -20.0) == tuple(
        since[key] for key in ("run_id", "pass_rate", "delta_pp")
    )
    assert [("tone", 1, 2)] == [
        (change["prompt_name"], change["from_version"], change["to_version"])
        for change in since["changed_prompts"]
    ]
    assert ["case-000", "case-001"] == [case["case_id"] for case in since["flipped_cases"]]


def test_a_third_without_verdict_is_no_improvement(logged: dict[str, Any]):
    """Of 60 cases the judge lost the 20 bad ones: the rest is all right, and proves nothing."""
    report = logged["check"]["lost-judge"]
    accounting = report["evidence_details"]["current_cases"]

    assert (0.8, 1.0) == (report["baseline_pass_rate"], report["current_pass_rate"])
    assert report["verdict"] != "IMPROVED"
    assert "inconclusive" == report["evidence"]
    assert (60, 40, 0, 20, 0) == tuple(
        accounting[key] for key in ("expected", "passed", "failed", "errors", "missing")
    )
