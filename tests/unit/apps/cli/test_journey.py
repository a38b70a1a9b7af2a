"""From an empty folder over the demo to a comparison, in this process."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from assay.apps.cli import main
from assay.apps.cli.progress import ProgressView
from assay.apps.cli.workbench import open_workbench
from assay.apps.settings import Settings
from assay.core.errors import NotFoundError
from assay.core.progress import Progress, ProgressKind


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main.app, list(arguments), env={"COLUMNS": "100"})


def document(*arguments: str) -> Any:
    done = invoke(*arguments, "--format", "json")
    assert 0 == done.exit_code, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder with the demo in it."""
    folder = str(tmp_path_factory.mktemp("demo") / "data")
    made = invoke("demo", "--data-dir", folder)
    assert 0 == made.exit_code, made.output
    assert "atlas-large leads with" in made.stdout
    assert max(len(line) for line in made.stdout.splitlines()) <= 80
    assert "Look at it with: assay up" in made.stderr
    return folder


def test_the_demo_is_made_once(data: str):
    assert {"made": []} == document("demo", "--data-dir", data)


def test_empty_lists_say_how_to_fill_them(tmp_path: Path):
    for command in ("runs", "bench"):
        done = invoke(command, "list", "--data-dir", str(tmp_path))
        assert "assay demo" in done.stdout


def test_lists_show_what_was_run(data: str):
    assert "Demo: keyword router v2" in invoke("runs", "list", "--data-dir", data).stdout
    listed = invoke("bench", "list", "--data-dir", data).stdout
    assert "2 of 2 evaluations, newest first" in listed
    assert "480/480" in listed


def test_runs_can_be_narrowed_by_what_made_them(data: str):
    found = document("runs", "list", "--kind", "experiment", "--data-dir", data)["evaluations"]
    assert {"experiment"} == {run["kind"] for run in found}
    assert 2 == invoke("runs", "list", "--kind", "training").exit_code


def test_a_run_is_shown_with_its_facts(data: str):
    found = document("runs", "list", "--kind", "experiment", "--data-dir", data)["evaluations"]
    shown = invoke("runs", "show", found[0]["id"], "--data-dir", data).stdout
    assert "most_keywords" in shown
    assert "right_team" in shown
    both = document("runs", "show", found[0]["id"], "--data-dir", data)
    assert found[0]["id"] == both["run"]["id"]
    assert both["result"]["metrics"] is not None


def test_showing_an_evaluation_shows_its_runs(data: str):
    evaluation = document("bench", "list", "--data-dir", data)["evaluations"][0]
    done = invoke("runs", "show", evaluation["id"], "--data-dir", data)
    assert (0, True) == (done.exit_code, "atlas-large" in done.stdout)
    assert f"{evaluation['id']} is an evaluation" in done.stderr
    shown = document("runs", "show", evaluation["id"], "--data-dir", data)["evaluations"]
    assert set(evaluation["run_ids"]) == {run["id"] for run in shown}


def test_showing_what_is_neither_says_so(data: str):
    with pytest.raises(NotFoundError, match="no run 'nothing'"):
        CliRunner().invoke(
            main.app, ["runs", "show", "nothing", "--data-dir", data], catch_exceptions=False
        )


def test_the_datasets_of_the_demo_are_managed_ones(data: str):
    settings = Settings(data_dir=Path(data))
    with open_workbench(settings) as services:
        names = {dataset.name for dataset in services.managed.all(project="default")}
    assert {"tickets", "invoices"} == names


def test_two_runs_are_compared(data: str):
    new, old = document("runs", "list", "--kind", "experiment", "--data-dir", data)["evaluations"]
    shown = invoke("runs", "compare", new["id"], old["id"], "--data-dir", data).stdout
    assert "right_team" in shown
    assert "metrics" in document("runs", "compare", new["id"], old["id"], "--data-dir", data)


def test_a_models_run_leads_to_its_evaluation(data: str):
    evaluation = document("bench", "list", "--data-dir", data)["evaluations"][0]
    report = document("bench", "results", evaluation["run_ids"][0], "--data-dir", data)
    assert evaluation["id"] == report["run_id"]


def test_an_experiments_run_is_no_evaluation(data: str):
    run = document("runs", "list", "--kind", "experiment", "--data-dir", data)["evaluations"][0]
    with pytest.raises(NotFoundError, match="no evaluation"):
        CliRunner().invoke(
            main.app, ["bench", "results", run["id"], "--data-dir", data], catch_exceptions=False
        )


def test_an_export_goes_to_standard_output_or_a_file(data: str, tmp_path: Path):
    evaluation = document("bench", "list", "--data-dir", data)["evaluations"][0]["id"]
    printed = invoke("bench", "export", evaluation, "--as", "csv", "--data-dir", data).stdout
    assert "atlas-large" in printed
    place = tmp_path / "report.json"
    done = invoke("bench", "export", evaluation, "-o", str(place), "--data-dir", data)
    assert f"Wrote {place}" in done.stderr
    assert evaluation == json.loads(place.read_text())["run_id"]


def test_the_doctor_and_the_settings_are_tables_and_documents(data: str):
    assert "data folder" in invoke("doctor", "--data-dir", data).stdout
    assert document("doctor", "--data-dir", data)["healthy"] is True
    assert "data_dir" in invoke("config", "show", "--data-dir", data).stdout
    shown = document("config", "show", "--data-dir", data)["settings"]
    assert {"name": "data_dir", "value": data, "source": "flag"} in shown


def test_a_sick_installation_is_the_answer_no(tmp_path: Path):
    (tmp_path / "assay.sqlite").write_bytes(b"no database" * 1000)
    assert 1 == invoke("doctor", "--data-dir", str(tmp_path)).exit_code


def test_upgrading_says_from_where_to_where(tmp_path: Path):
    first = document("db", "upgrade", "--data-dir", str(tmp_path))
    assert (None, True) == (first["before"], first["changed"])
    again = invoke("db", "upgrade", "--data-dir", str(tmp_path)).stdout
    assert f"Schema: already at {first['after']}" in again


def test_a_task_that_fits_is_called_valid_and_a_misfit_is_explained(tmp_path: Path):
    task, data = tmp_path / "task.yaml", tmp_path / "data.jsonl"
    task.write_text("name: t\nprompt: '{{q}}'\ngold: {field: a}\nmatcher: {kind: exact}\n")
    data.write_text('{"id": "1", "inputs": {"q": "x"}, "ground_truth": {"b": "y"}}\n')
    assert "t: valid" in invoke("bench", "validate", str(task)).stdout
    misfit = invoke("bench", "validate", str(task), "--dataset", str(data))
    assert 1 == misfit.exit_code
    assert "t: does not fit the dataset" in misfit.stdout
    assert "error: " in misfit.stdout


def test_on_a_terminal_each_candidate_has_a_bar():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None)
    event = Progress(
        kind=ProgressKind.ADVANCED,
        run_id="r",
        candidate="[red]x[/red]",
        planned=4,
        counts={"scored": 3},
        passed=1,
        cost_usd=Decimal("0.02"),
        elapsed_seconds=1.0,
    )
    with ProgressView(console) as view:
        view.update(event)
    shown = screen.getvalue()
    assert "[red]x[/red]" in shown
    assert "3/4" in shown
    assert "$0.0200" in shown
