"""The whole path on 1,319 questions and four recorded models, against the stored labels."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from assay.bench.report import build_report
from assay.bench.runner import EvaluationPlan, run_evaluation
from assay.bench.task import load_task
from assay.core.answer_columns import answer_columns
from assay.core.datasets import Datapoint, DatasetVersion, dataset_digest
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import Evaluation, Run, RunKind, RunStatus
from assay.core.wire.bench import EvaluationReport, ModelSummary
from assay.execution import ExecutionSettings, ExecutionSummary
from assay.execution.dataset_files import read_dataset
from assay.kit.clock import SYSTEM_CLOCK
from assay.llm.gateway import Gateway


SHARED = Path(
    os.environ.get("ASSAY_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared/data")
)
SOURCE = SHARED / "gsm8k" / "example_model_solutions.jsonl"
PASSED = {
    "6b_finetuning": 286,
    "6b_verification": 515,
    "175b_finetuning": 458,
    "175b_verification": 742,
}
TASK = r"""
name: grade-school-maths
description: Solve the problem and end with "A:" and the number.
output_format: text
prompt: "{{question}}\nEnd with 'A:' and the number."
extract: {kind: regex, pattern: 'A:\s*(.+)', which: last}
gold: {field: answer}
matcher: {kind: numeric}
"""

pytestmark = pytest.mark.skipif(
    not SOURCE.exists(), reason=f"recorded answers are not here: {SOURCE} (set ASSAY_SHARED_DATA)"
)


class Rows:
    """A sink that keeps rows in memory, in the order they were written."""

    def __init__(self) -> None:
        self.by_run: dict[str, dict[ItemKey, ItemResult]] = {}

    def write_results(self, run_id: str, results: Any) -> None:
        for result in results:
            self.by_run.setdefault(run_id, {})[result.key] = result


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded file as a task, a dataset and a file of answers."""
    folder = tmp_path_factory.mktemp("gsm8k")
    (folder / "task.yaml").write_text(TASK)
    with (folder / "data.jsonl").open("w") as data, (folder / "answers.jsonl").open("w") as answers:
        for number, row in enumerate(_source()):
            name = f"q{number:04}"
            gold = row["ground_truth"].rpartition("A:")[2].strip()
            _write(
                data,
                {
                    "id": name,
                    "inputs": {"question": row["question"]},
                    "ground_truth": {"answer": gold, "solution": row["ground_truth"]},
                },
            )
            for model in PASSED:
                output = row[model]["solution"]
                _write(answers, {"model": model, "datapoint_id": name, "output": output})
    return folder


def _source() -> Iterator[dict[str, Any]]:
    with SOURCE.open() as stream:
        yield from map(json.loads, stream)


def _write(stream: Any, row: Mapping[str, Any]) -> None:
    stream.write(json.dumps(row) + "\n")


def _evaluate(folder: Path, rows: Rows, names: list[str]) -> list[ExecutionSummary]:
    gateway = Gateway()
    return asyncio.run(
        run_evaluation(
            EvaluationPlan(datapoints=1319, execution=ExecutionSettings(concurrency=16)),
            task=load_task(folder / "task.yaml"),
            datapoints=lambda: read_dataset(folder / "data.jsonl"),
            models=[
                (f"run-{name}", gateway.open(f"recorded:{folder / 'answers.jsonl'}#{name}"))
                for name in names
            ],
            sink=rows,
            done=lambda run_id: {key: r.status for key, r in rows.by_run.get(run_id, {}).items()},
        )
    )


def _report(folder: Path, rows: Rows, names: list[str]) -> EvaluationReport:
    datapoints = list(read_dataset(folder / "data.jsonl"))
    now = SYSTEM_CLOCK.now()
    return build_report(
        Evaluation(
            id="evaluation",
            project="default",
            name="gsm8k",
            status=RunStatus.COMPLETED,
            task_id="task",
            dataset_id="dataset",
            models=tuple(names),
            run_ids=tuple(f"run-{name}" for name in names),
            created_at=now,
            updated_at=now,
        ),
        [_run(name, planned=len(datapoints)) for name in names],
        task=load_task(folder / "task.yaml"),
        dataset=_version(datapoints),
        answers=lambda run_id: [answer_columns(rows.by_run.get(run_id, {}).values())],
    )


def _run(name: str, *, planned: int) -> Run:
    now = SYSTEM_CLOCK.now()
    return Run(
        id=f"run-{name}",
        project="default",
        name=name,
        kind=RunKind.BENCH,
        status=RunStatus.COMPLETED,
        created_at=now,
        updated_at=now,
        candidate=name,
        planned=planned,
    )


def _version(datapoints: list[Datapoint]) -> DatasetVersion:
    return DatasetVersion(
        id="dataset",
        project="default",
        name="gsm8k",
        version=1,
        digest=dataset_digest(datapoints),
        size=len(datapoints),
        created_at=SYSTEM_CLOCK.now(),
    )


@pytest.fixture(scope="module")
def finished(converted: Path) -> SimpleNamespace:
    rows = Rows()
    summaries = _evaluate(converted, rows, list(PASSED))
    return SimpleNamespace(
        rows=rows, summaries=summaries, report=_report(converted, rows, list(PASSED))
    )


def _models(finished: SimpleNamespace) -> dict[str, ModelSummary]:
    return {model.model: model for model in finished.report.models}


def test_every_model_passes_exactly_the_labelled_questions(finished: SimpleNamespace) -> None:
    models = _models(finished)

    assert PASSED == {name: model.passed for name, model in models.items()}
    assert [PASSED[model.model] for model in finished.report.models] == [742, 515, 458, 286]


def test_every_single_verdict_agrees_with_its_label(finished: SimpleNamespace) -> None:
    labels = {
        (name, f"q{number:04}"): row[name]["is_correct"]
        for number, row in enumerate(_source())
        for name in PASSED
    }

    verdicts = {
        (run_id.removeprefix("run-"), key.datapoint_id): result.passed
        for run_id, results in finished.rows.by_run.items()
        for key, result in results.items()
    }

    assert labels == verdicts


def test_an_answer_without_its_mark_is_unparseable_and_the_ledger_adds_up(
    finished: SimpleNamespace,
) -> None:
    unparseable = {name: model.unparseable for name, model in _models(finished).items()}

    assert unparseable == {
        "6b_finetuning": 4,
        "6b_verification": 1,
        "175b_finetuning": 5,
        "175b_verification": 1,
    }
    for summary in finished.report.models:
        assert summary.planned == 1319
        assert summary.scored + summary.unparseable == 1319
        assert summary.answered == 1319


def test_the_interval_of_each_pass_rate_is_wilsons(finished: SimpleNamespace) -> None:
    for model in finished.report.models:
        expected = proportion_confint(model.passed, model.answered, method="wilson")

        assert model.interval == pytest.approx(expected, abs=1e-12)


def test_verification_beats_fine_tuning_by_mcnemars_test(finished: SimpleNamespace) -> None:
    (pair,) = [
        item
        for item in finished.report.comparisons
        if (item.a, item.b) == ("175b_verification", "175b_finetuning")
    ]
    exact = binomtest(76, 436).pvalue
    probability = binomtest(76, 436, alternative="less").pvalue
    below = binomtest(75, 436, alternative="less").pvalue

    assert (360, 76, 382, 501) == (pair.a_only, pair.b_only, pair.both, pair.neither)
    assert pair.p_value == pytest.approx(probability + below, rel=1e-9)
    assert pair.p_value < exact
    assert pair.difference == pytest.approx((742 - 458) / 1319)
    assert pair.interval is not None
    assert pair.interval[0] < pair.difference < pair.interval[1]
    assert pair.test == "mcnemar-mid-p"


def test_the_best_model_leads_alone(finished: SimpleNamespace) -> None:
    report = finished.report

    assert report.leader == "175b_verification"
    assert [model.model for model in report.models if model.tied_with_leader] == [
        "175b_verification"
    ]
    assert [model.rank for model in report.models] == sorted(model.rank for model in report.models)


def test_a_resumed_evaluation_asks_nothing_again(
    converted: Path, finished: SimpleNamespace
) -> None:
    rows = Rows()
    rows.by_run = {
        run_id: dict(list(results.items())[:1000])
        for run_id, results in finished.rows.by_run.items()
    }
    before = {run_id: dict(results) for run_id, results in rows.by_run.items()}

    summaries = _evaluate(converted, rows, list(PASSED))

    for run_id, results in before.items():
        assert all(rows.by_run[run_id][key] is result for key, result in results.items())
    assert {1319} == {sum(summary.counts.values()) for summary in summaries}
    report = _report(converted, rows, list(PASSED))
    assert finished.report.models == report.models


def test_costs_that_nobody_knows_are_null_and_said_so(finished: SimpleNamespace) -> None:
    for model in finished.report.models:
        assert model.cost_usd is None
        assert model.cost_known == 0
    assert any("cost" in warning for warning in finished.report.warnings)


def test_summaries_of_the_run_and_the_report_agree(finished: SimpleNamespace) -> None:
    models = _models(finished)
    for name, summary in zip(PASSED, finished.summaries, strict=True):
        assert summary.passed == models[name].passed
        assert summary.cost_usd == Decimal(0)
        assert summary.counts[ItemStatus.SCORED] == models[name].scored
