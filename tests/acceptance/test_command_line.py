"""The command line does the main job: documents on stdout, words on stderr, exit codes."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import (
    RUN,
    SOURCE,
    Said,
    assay,
    datapoint,
    environment,
    write_bench,
    write_jsonl,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bench that works."""
    place = tmp_path_factory.mktemp("bench")
    write_bench(place)
    return place


@pytest.fixture(scope="module")
def said(folder: Path) -> Said:
    """One run of three models, named in both ways, with its document."""
    wrong = "recorded:answers.jsonl#[red]tiny[/red]"
    write_jsonl(folder / "more.jsonl", [{"model": "empty", "datapoint_id": "q0", "output": None}])
    models = (
        "--models",
        f"recorded:answers.jsonl#small,{wrong}",
        "-m",
        "recorded:more.jsonl#empty",
    )
    return assay(*RUN, *models, "--data-dir", "kept", "--format", "json", folder=folder)


COUNTS = ("planned", "scored", "failed", "truncated", "refused", "unparseable", "skipped", "passed")


def assert_conforms(document: dict[str, Any]) -> None:
    """The document has every promised field with its type."""
    assert isinstance(document["run_id"], str)
    for model in document["models"]:
        assert isinstance(model["model"], str)
        assert all(type(model[name]) is int for name in COUNTS)
        lost = sum(model[name] for name in COUNTS if name not in {"planned", "passed"})
        assert model["planned"] == lost + model["judge_error"]
        assert model["pass_rate"] is None or 0 <= model["pass_rate"] <= 1
        assert (model["interval"] is None) == (model["pass_rate"] is None)
        if model["interval"] is not None:
            low, high = model["interval"]
            assert 0 <= low <= model["pass_rate"] <= high <= 1
        assert all(value is None or isinstance(value, float) for value in model["metrics"].values())
        assert model["cost_usd"] is None or Decimal(model["cost_usd"]) >= 0
        assert type(model["tied_with_leader"]) is bool
    for pair in document["comparisons"]:
        assert {pair["a"], pair["b"]} <= {model["model"] for model in document["models"]}
        assert all(type(pair[name]) is int for name in ("a_only", "b_only", "both", "neither"))
        assert pair["p_value"] is None or 0 <= pair["p_value"] <= 1
        assert isinstance(pair["test"], str)


def test_a_run_prints_one_document_with_every_promised_field(said: Said):
    assert 0 == said.code, said.err
    assert_conforms(said.json)
    models = {model["model"]: model for model in said.json["models"]}
    assert ["small", "[red]tiny[/red]", "empty"] == [m["model"] for m in said.json["models"]]
    assert (4, 4, 4, "0.0004") == tuple(
        models["small"][name] for name in ("planned", "scored", "passed", "cost_usd")
    )
    assert models["empty"]["cost_usd"] is None
    assert 3 == len(said.json["comparisons"])


def test_a_run_says_its_id_and_progress_on_standard_error(said: Said):
    lines = said.err.splitlines()
    assert f"run {said.json['run_id']}: arithmetic on data" == lines[0]
    assert "small: 4/4 ended, 4 passed, $0.0004" in lines
    assert "[red]tiny[/red]: 4/4 ended, 0 passed, $0.0004" in lines
    assert "$0.0000" not in said.err


def test_a_table_in_a_pipe_is_plain_and_shows_names_as_they_are(folder: Path, said: Said):
    env = {"ASSAY_DATA_DIR": "kept"}
    shown = assay("bench", "results", said.json["run_id"], folder=folder, env=env)
    assert (0, "") == (shown.code, shown.err)
    assert "\x1b" not in shown.out
    assert "[red]tiny[/red]" in shown.out
    assert "completion" not in shown.out


def test_lists_are_one_document_with_a_silent_standard_error(folder: Path, said: Said):
    env = {"ASSAY_DATA_DIR": "kept", "ASSAY_FORMAT": "json"}
    runs = assay("runs", "list", folder=folder, env=env)
    assert (0, "") == (runs.code, runs.err)
    assert 3 == len(runs.json["evaluations"])
    evaluations = assay("bench", "list", folder=folder, env=env)
    assert (0, "") == (evaluations.code, evaluations.err)
    assert [said.json["run_id"]] == [each["id"] for each in evaluations.json["evaluations"]]


def test_a_relative_answers_file_is_found_when_resumed_from_elsewhere(folder: Path, said: Said):
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    command = ("bench", "run", "--resume", said.json["run_id"], "--data-dir", "../kept")
    resumed = assay(*command, "--format", "json", folder=elsewhere)
    assert 0 == resumed.code, resumed.err
    assert said.json["models"][0]["passed"] == resumed.json["models"][0]["passed"]


def test_an_export_is_a_file_that_holds_every_model(folder: Path, said: Said):
    run_id, data = said.json["run_id"], ("--data-dir", "kept")
    command = ("bench", "export", run_id, "--as", "markdown", "--output", "report.md")
    assert 0 == assay(*command, *data, folder=folder).code
    assert "small" in (folder / "report.md").read_text()


def test_a_task_that_does_not_fit_is_the_answer_no(folder: Path):
    write_jsonl(folder / "misfit.jsonl", [{**datapoint(1), "ground_truth": {"other": "1"}}])
    command = ("bench", "validate", "task.yaml", "--format", "json", "--dataset")
    assert 0 == assay(*command, "data.jsonl", folder=folder).code
    misfit = assay(*command, "misfit.jsonl", folder=folder)
    assert 1 == misfit.code
    assert misfit.json["valid"] is False


def test_verbose_shows_where_a_failure_came_from(folder: Path):
    said = assay("--verbose", "bench", "results", "nope", folder=folder)
    assert 2 == said.code
    assert "Traceback" in said.err
    assert said.err.splitlines()[-1].startswith("Error: There is no evaluation 'nope'")


LIGHT = ("--help", "bench --help", "bench run --help", "config show")
HEAVY = ("sqlalchemy", "fastapi", "starlette", "numpy", "openai", "alembic", "httpx2", "structlog")


@pytest.mark.parametrize("command", LIGHT)
def test_light_commands_load_no_heavy_room(command: str, tmp_path: Path):
    program = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print([n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr))\n"
        "from assay.apps.cli.main import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command.split()],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[]" == done.stderr.strip()


def test_evaluate_prints_nothing_but_its_progress_and_its_table(tmp_path: Path):
    (tmp_path / "program.py").write_text(
        "from assay import evaluate, evaluator\n"
        "@evaluator\n"
        "def same(outputs, inputs): return outputs == inputs['n']\n"
        "rows = [{'inputs': {'n': n}} for n in range(3)]\n"
        "evaluate(lambda inputs: inputs['n'], dataset=rows, evaluators=[same], name='same')\n"
    )
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "same: 3 of 3\n" == done.stderr, "plain progress, and nothing else"
    assert "3 of 3 datapoints passed" in done.stdout
    assert "request" not in done.stdout


SHARED = Path(os.environ.get("ASSAY_SHARED_DATA", SOURCE.parent.parent / "shared/data"))
GSM8K = SHARED / "gsm8k" / "example_model_solutions.jsonl"
PASSED = {
    "6b_finetuning": 286,
    "6b_verification": 515,
    "175b_finetuning": 458,
    "175b_verification": 742,
}
GSM8K_TASK = r"""
name: grade-school-maths
prompt: "{{question}}\nEnd with 'A:' and the number."
extract: {kind: regex, pattern: 'A:\s*(.+)', which: last}
gold: {field: answer}
matcher: {kind: numeric}
"""


def write_gsm8k(folder: Path) -> None:
    (folder / "task.yaml").write_text(GSM8K_TASK)
    rows = [json.loads(line) for line in GSM8K.read_text().splitlines()]
    gold = [row["ground_truth"].rpartition("A:")[2].strip() for row in rows]
    data = [
        {
            "id": f"q{n}",
            "inputs": {"question": row["question"]},
            "ground_truth": {"answer": gold[n]},
        }
        for n, row in enumerate(rows)
    ]
    write_jsonl(folder / "data.jsonl", data)
    answers = [
        {"model": model, "datapoint_id": f"q{n}", "output": row[model]["solution"]}
        for n, row in enumerate(rows)
        for model in PASSED
    ]
    write_jsonl(folder / "answers.jsonl", answers)


@pytest.mark.skipif(not GSM8K.exists(), reason="recorded answers are not here (ASSAY_SHARED_DATA)")
def test_four_recorded_models_on_1319_questions_give_the_known_counts(tmp_path: Path):
    write_gsm8k(tmp_path)
    models = ",".join(f"recorded:answers.jsonl#{name}" for name in PASSED)
    said = assay(*RUN, "--models", models, "--format", "json", folder=tmp_path)
    assert 0 == said.code, said.err
    assert_conforms(said.json)
    assert PASSED == {model["model"]: model["passed"] for model in said.json["models"]}
    assert {1319} == {model["planned"] for model in said.json["models"]}
    pairs = {(pair["a"], pair["b"]): pair for pair in said.json["comparisons"]}
    pair = pairs["175b_verification", "175b_finetuning"]
    assert (360, 76) == (pair["a_only"], pair["b_only"])
