"""Results from elsewhere become eval runs: stored runs of experiments, and reports of cases."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from assay.apps.cli.output import OutputFormat
from assay.apps.cli.runs_publish import PublishRequest, publish_run
from assay.apps.cli.workbench import open_workbench
from assay.apps.services.gate import Gate
from assay.apps.settings import Settings
from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.eval_runs import CaseRecord, LoggedRun
from assay.execution import run_blocking
from assay.experiments.client import Client
from assay.experiments.evaluate import evaluate
from assay.gate.check import check_all_regressions
from assay.testing.memory_ledger import MemoryLedger
from tests.acceptance.command_line import write_bench


Printed = pytest.CaptureFixture[str]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """The application in this process, over its own folder."""
    return Client(data_dir=tmp_path / "data")


def write(folder: Path, rows: Iterable[Mapping[str, Any]], name: str = "cases.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def logged(gate: Gate, ledger: MemoryLedger, name: str) -> tuple[LoggedRun, tuple[CaseRecord, ...]]:
    """The newest run of an eval type, with its cases."""
    [experiment] = [each for each in ledger.list_experiments("shop") if each.name == f"shop-{name}"]
    [run, *_] = ledger.latest_runs([experiment], limit=1)[experiment.id]
    return run, ledger.read_cases([run.run_id])[run.run_id] or ()


def publish(gate: Gate, client: Client, **changes: Any) -> int:
    request = PublishRequest(**{"eval_type": "model", **changes})
    return publish_run(gate, client, request, output_format=OutputFormat.TABLE)


def test_a_report_of_cases_is_an_eval_run_with_its_threshold(
    gate: Gate, ledger: MemoryLedger, client: Client, project: Path, capsys: Printed
):
    rows = [
        {"case_id": "a", "passed": True, "score": 0.9},
        {"id": "b", "score": 1.0},
        {"case_id": "c", "score": 0.2, "output": "x", "reason": "too short"},
    ]
    path = write(project, rows)
    assert publish(gate, client, cases=path, threshold=0.9, candidate="checkpoint-3") == 0
    assert "model ... FAIL (66.7 %) below 90.0 %" in capsys.readouterr().out

    run, cases = logged(gate, ledger, "model")
    assert run.metrics["pass_rate"] == pytest.approx(2 / 3)
    assert (run.params["threshold"], run.params["candidate"]) == ("0.9", "checkpoint-3")
    assert [True, True, False] == [case.passed for case in cases]


def test_a_row_that_says_nothing_is_an_error_and_never_a_fail(
    gate: Gate, ledger: MemoryLedger, client: Client, project: Path, capsys: Printed
):
    path = write(project, [{"case_id": "a", "passed": True}, {"case_id": "b", "output": "x"}])
    publish(gate, client, cases=path)
    run, cases = logged(gate, ledger, "model")
    assert (run.metrics["pass_rate"], run.metrics["error_cases"]) == (1.0, 1.0)
    assert cases[1].error == "no scorer gave a verdict"
    assert "ERROR" in capsys.readouterr().out


def test_two_reports_of_the_same_cases_can_be_compared(
    gate: Gate, ledger: MemoryLedger, client: Client, project: Path
):
    rows = [{"case_id": f"c{number}", "input": "q"} for number in range(20)]
    for passed in (True, False):
        publish(gate, client, cases=write(project, [{**row, "passed": passed} for row in rows]))
    [report] = check_all_regressions(ledger, gate.config, eval_type="model").reports
    assert (report.verdict.value, report.evidence.value) == ("REGRESSION", "worse")
    assert len(report.flipped_cases) == 20


def test_active_prompts_are_those_that_were_named(
    gate: Gate, ledger: MemoryLedger, client: Client, project: Path
):
    path = write(project, [{"case_id": "a", "passed": True}])
    publish(gate, client, eval_type="tone", cases=path)
    assert "prompt.greeting" not in logged(gate, ledger, "tone")[0].params
    publish(gate, client, eval_type="tone", cases=path, prompts=("greeting=experiment",))
    assert logged(gate, ledger, "tone")[0].params["prompt.greeting"] == "v1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no cases"),
        ("{", "is no report of cases"),
        ('{"passed": true}\n', "row 1 has no case id"),
        ('{"id": "a"}\n{"id": "a"}\n', "'a', repeat 0, is there twice"),
    ],
)
def test_a_file_that_is_no_report_is_refused(
    gate: Gate, client: Client, project: Path, text: str, message: str
):
    path = project / "cases.jsonl"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=message):
        publish(gate, client, cases=path)


def test_an_absent_file_is_named(gate: Gate, client: Client, project: Path):
    with pytest.raises(InvalidInputError, match=r"absent\.jsonl: cannot be read"):
        publish(gate, client, cases=project / "absent.jsonl")


def test_an_eval_type_without_a_name_is_refused():
    with pytest.raises(InvalidInputError, match="--eval-type is empty"):
        PublishRequest(" ", run_id="r")


@pytest.mark.parametrize("asked", [{}, {"run_id": "r", "cases": Path("c.jsonl")}])
def test_exactly_one_source_is_asked_for(gate: Gate, client: Client, asked: dict[str, Any]):
    with pytest.raises(InvalidInputError, match="either the id of a stored run or --cases"):
        publish(gate, client, **asked)


def test_a_stored_experiment_is_an_eval_run_with_its_cases_and_sessions(
    gate: Gate, ledger: MemoryLedger, client: Client, capsys: Printed
):
    def agent(inputs: Any) -> str:
        if inputs["q"] == "boom":
            raise RuntimeError("no answer today")
        return str(inputs["q"])

    def short(outputs: Any) -> bool:
        return len(outputs) < 2

    rows = [{"id": name, "inputs": {"q": name}} for name in ("a", "boom", "long")]
    done = evaluate(agent, dataset=rows, evaluators=[short], client=client, print_results=False)
    capsys.readouterr()

    assert publish(gate, client, run_id=done.run_id) == 0
    run, cases = logged(gate, ledger, "model")
    assert run.metrics["pass_rate"] == 0.5
    assert (run.metrics["total_cases"], run.metrics["error_cases"]) == (3, 1)
    assert [("a", True), ("boom", None), ("long", False)] == [
        (case.case_id, case.passed) for case in cases
    ]
    assert cases[1].error == "RuntimeError: no answer today"
    assert all(case.trace_id for case in cases)
    assert run.params["candidate"] == "agent"


def test_a_run_that_nobody_stored_is_no_answer(gate: Gate, client: Client):
    with pytest.raises(NotFoundError):
        publish(gate, client, run_id="0b7e2a66-0000-4000-8000-000000000000")


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A folder with a task, a dataset and answers of two models."""
    write_bench(tmp_path)
    return tmp_path


def evaluation(bench: Path, *models: str) -> tuple[str, list[str]]:
    """Run models on the task; return the evaluation's id and those of its runs."""
    with open_workbench(Settings(data_dir=bench / "data")) as services:
        stored = services.evaluations.create(
            task_id=services.tasks.add_file(bench / "task.yaml").id,
            dataset_id=services.datasets.add_file(bench / "data.jsonl").id,
            models=[f"recorded:{bench / 'answers.jsonl'}#{name}" for name in models],
        )
        done = run_blocking(services.evaluations.run(stored.id))
        return done.id, list(done.run_ids)


def test_a_run_of_the_bench_is_an_eval_run_by_its_own_id_or_its_evaluations(
    gate: Gate, ledger: MemoryLedger, client: Client, bench: Path
):
    whole, [run_id] = evaluation(bench, "small")
    for identifier in (run_id, whole):
        assert publish(gate, client, run_id=identifier) == 0
        run, cases = logged(gate, ledger, "model")
        assert (run.metrics["pass_rate"], len(cases)) == (1.0, 4)
        assert cases[0].cost_usd == 0.0001


def test_of_an_evaluation_of_many_models_one_has_to_be_named(
    gate: Gate, client: Client, bench: Path
):
    whole, runs = evaluation(bench, "small", "[red]tiny[/red]")
    with pytest.raises(InvalidInputError) as raised:
        publish(gate, client, run_id=whole)
    assert all(run_id in str(raised.value) for run_id in runs)
