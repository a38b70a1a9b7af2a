"""Three real use cases, two models, two repeats: matching, money and the ledger."""

import asyncio
import csv
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assay.bench.report import build_report
from assay.bench.runner import EvaluationPlan, run_evaluation
from assay.bench.task import Task, parse_task
from assay.core.answer_columns import answer_columns
from assay.core.costs import CostSource
from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.results import ItemKey, ItemResult
from assay.core.runs import Evaluation, Run, RunKind, RunStatus
from assay.core.wire.bench import EvaluationReport, ModelSummary
from assay.execution import ExecutionSettings
from assay.kit.clock import SYSTEM_CLOCK
from assay.llm.gateway import Gateway


SHARED = Path(
    os.environ.get("ASSAY_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared/data")
)
SOURCE = SHARED / "taskbench"
MODELS = ("openai/gpt-4o", "anthropic/claude-sonnet-4")
LECTURE, MEETING, TRIAGE = (
    "00-lecture-concept-extraction",
    "01-meeting-action-items",
    "02-bug-report-triage",
)
INTERVALS = """
name: lecture-segments
output_format: csv
extract: {kind: csv, columns: [concept, start_time, end_time]}
gold: {field: csv, extract: {kind: csv}}
matcher: {kind: interval, start: start_time, end: end_time, threshold: 0.5}
"""
EXACT_NAMES = """
name: lecture-names
output_format: csv
gold: {field: csv, extract: {kind: csv}}
matcher: {kind: set, path: concept, item: {kind: exact}}
"""
FIELDS = """
name: bug-triage
output_format: json
gold: {field: classifications}
matcher:
  kind: record
  key: bug_id
  fields:
    severity: {matcher: {kind: exact}, path: classification.severity}
    component: {matcher: {kind: exact}, path: classification.component}
    type: {matcher: {kind: exact}, path: classification.type}
    root_cause_category: {matcher: {kind: exact}, path: classification.root_cause_category}
    reproducibility: {matcher: {kind: exact}, path: classification.reproducibility}
"""
ACTIONS = """
name: meeting-actions
output_format: json
extract: {kind: json, path: action_items}
gold: {field: action_items}
matcher: {kind: set, path: action, item: {kind: fuzzy, method: token_set, threshold: 0.6}}
"""

pytestmark = pytest.mark.skipif(
    not SOURCE.exists(), reason=f"recorded answers are not here: {SOURCE} (set ASSAY_SHARED_DATA)"
)


class Rows:
    def __init__(self) -> None:
        self.by_run: dict[str, dict[ItemKey, ItemResult]] = {}

    def write_results(self, run_id: str, results: Any) -> None:
        for result in results:
            self.by_run.setdefault(run_id, {})[result.key] = result


def _ground_truth(use_case: str) -> dict[str, Any]:
    folder = SOURCE / "sample-usecases" / use_case / "ground-truth"
    if use_case == LECTURE:
        return {"csv": (folder / "lecture-01-concepts.csv").read_text()}
    name = "meeting-01-standup.json" if use_case == MEETING else "bug-reports-labeled.json"
    loaded: dict[str, Any] = json.loads((folder / name).read_text())
    return loaded


def _recorded(use_case: str) -> list[tuple[int, dict[str, Any]]]:
    return [
        (repeat, result)
        for repeat, folder in enumerate(("results-a", "results-b"))
        for file in (SOURCE / folder / use_case).iterdir()
        for result in json.loads(file.read_text(), parse_float=Decimal)["results"]
    ]


def _write_answers(path: Path, use_case: str, *, billed: bool) -> None:
    with path.open("w") as stream:
        for repeat, result in _recorded(use_case):
            row = {
                "model": result["model_name"],
                "datapoint_id": use_case,
                "repeat": repeat,
                "output": result["output"],
                "input_tokens": result["input_tokens"],
                "output_tokens": result["output_tokens"],
                "cost_usd": str(result["billed_cost_usd"]) if billed else None,
                "latency_seconds": float(result["latency_ms"]) / 1000,
                "finish_reason": "stop",
            }
            stream.write(json.dumps(row) + "\n")


def _evaluate(
    folder: Path, use_case: str, text: str, *, billed: bool = True
) -> tuple[EvaluationReport, Rows]:
    task = parse_task(text, source="task.yaml")
    datapoint = Datapoint(use_case, {"text": "see the recording"}, _ground_truth(use_case))
    answers, rows, gateway = folder / "answers.jsonl", Rows(), Gateway()
    _write_answers(answers, use_case, billed=billed)
    asyncio.run(
        run_evaluation(
            EvaluationPlan(datapoints=1, execution=ExecutionSettings(repeats=2)),
            task=task,
            datapoints=lambda: [datapoint],
            models=[(name, gateway.open(f"recorded:{answers}#{name}")) for name in MODELS],
            sink=rows,
        )
    )
    return _report(task, rows), rows


def _report(task: Task, rows: Rows) -> EvaluationReport:
    now = SYSTEM_CLOCK.now()
    status, kind = RunStatus.COMPLETED, RunKind.BENCH
    return build_report(
        Evaluation("e", "default", task.name, status, "t", "d", MODELS, MODELS, now, now),
        [
            Run(name, "default", name, kind, status, now, now, candidate=name, repeats=2, planned=2)
            for name in MODELS
        ],
        task=task,
        dataset=DatasetVersion("d", "default", task.name, 1, "0" * 64, 1, now),
        answers=lambda run_id: [answer_columns(rows.by_run[run_id].values())],
    )


def _by_model(report: EvaluationReport) -> dict[str, ModelSummary]:
    return {model.model: model for model in report.models}


def _scores(rows: Rows) -> dict[str, list[float | None]]:
    return {
        name: [rows.by_run[name][key].scores[0].value for key in sorted(rows.by_run[name])]
        for name in MODELS
    }


def test_lecture_segments_match_by_overlap_in_time(tmp_path: Path) -> None:
    report, rows = _evaluate(tmp_path, LECTURE, INTERVALS)

    counts = {
        (name, key.repeat): result.scores[0].details
        for name in MODELS
        for key, result in rows.by_run[name].items()
    }
    precisions = [cell["tp"] / (cell["tp"] + cell["fp"]) for cell in counts.values()]
    recalls = [cell["tp"] / (cell["tp"] + cell["fn"]) for cell in counts.values()]
    assert [0.5, 0.62, 0.62, 0.71] == [round(value, 2) for value in sorted(precisions)]
    assert [0.625] * 4 == recalls
    assert [0.625, 0.625] == [model.metrics["completeness"] for model in report.models]


def test_lecture_segments_match_never_by_their_exact_names(tmp_path: Path) -> None:
    report, _ = _evaluate(tmp_path, LECTURE, EXACT_NAMES)

    for model in report.models:
        assert model.metrics["precision"] == 0
        assert model.metrics["recall"] == 0
        assert model.metrics["hallucination_rate"] == 1


def test_five_fields_of_bug_triage_agree_as_often_as_counted_by_hand(tmp_path: Path) -> None:
    report, rows = _evaluate(tmp_path, TRIAGE, FIELDS)

    assert {
        "openai/gpt-4o": [0.784, 0.784],
        "anthropic/claude-sonnet-4": [0.88, 0.888],
    } == {name: pytest.approx(values) for name, values in _scores(rows).items()}
    best = _by_model(report)["anthropic/claude-sonnet-4"]
    assert best.metrics["field_accuracy"] == pytest.approx(0.884)
    assert best.metric_details["field_accuracy"].n == 250


@pytest.mark.parametrize("use_case", [LECTURE, MEETING, TRIAGE])
def test_billed_costs_add_up_to_the_last_digit(tmp_path: Path, use_case: str) -> None:
    text = {LECTURE: INTERVALS, MEETING: ACTIONS, TRIAGE: FIELDS}[use_case]

    report, _ = _evaluate(tmp_path, use_case, text)

    for name, model in _by_model(report).items():
        billed = [
            result["billed_cost_usd"]
            for _, result in _recorded(use_case)
            if result["model_name"] == name
        ]
        assert model.cost_usd is not None
        assert sum(billed) == Decimal(model.cost_usd)
        assert model.cost_source == CostSource.BILLED


@pytest.mark.parametrize("use_case", [LECTURE, MEETING, TRIAGE])
def test_prices_reproduce_every_billed_cost(tmp_path: Path, use_case: str) -> None:
    text = {LECTURE: INTERVALS, MEETING: ACTIONS, TRIAGE: FIELDS}[use_case]

    report, rows = _evaluate(tmp_path, use_case, text, billed=False)

    priced = {
        (name, key.repeat): result.cost.amount_usd
        for name in MODELS
        for key, result in rows.by_run[name].items()
    }
    assert {
        (result["model_name"], repeat): result["billed_cost_usd"]
        for repeat, result in _recorded(use_case)
    } == priced
    assert all(model.cost_source == CostSource.PRICED for model in report.models)


def test_meeting_actions_are_read_and_matched_one_to_one(tmp_path: Path) -> None:
    report, rows = _evaluate(tmp_path, MEETING, ACTIONS)
    wanted = len(_ground_truth(MEETING)["action_items"])

    for name in MODELS:
        for result in rows.by_run[name].values():
            details = result.scores[0].details
            assert wanted == details["tp"] + details["fn"]
    assert {0} == {model.unparseable for model in report.models}


def test_one_input_ranks_nobody(tmp_path: Path) -> None:
    """One datapoint, whatever its repeats, is no evidence: everybody ties, and it is said."""
    report, _ = _evaluate(tmp_path, TRIAGE, FIELDS)

    assert [1, 1] == [model.rank for model in report.models]
    assert all(model.tied_with_leader for model in report.models)
    assert report.comparisons[0].p_value == 1
    assert any("Only 1 datapoint" in warning for warning in report.warnings)


def test_the_gold_of_the_lecture_holds_eight_segments() -> None:
    rows = list(csv.DictReader(_ground_truth(LECTURE)["csv"].splitlines()))

    assert len(rows) == 8
