"""Two recorded candidates as experiments: the comparison says what McNemar's test says."""

import json
import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

import assay


SHARED = Path(
    os.environ.get("ASSAY_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared/data")
)
SOURCE = SHARED / "gsm8k" / "example_model_solutions.jsonl"

pytestmark = pytest.mark.skipif(
    not SOURCE.exists(), reason=f"recorded answers are not here: {SOURCE} (set ASSAY_SHARED_DATA)"
)


def _number(solution: str) -> Decimal | str:
    text = solution.rpartition("A:")[2].strip().replace(",", "").removeprefix("$")
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


@assay.evaluator
def correct(outputs: str, ground_truth: dict[str, str]) -> bool:
    return _number(outputs) == _number(ground_truth["solution"])


def test_a_comparison_of_1319_datapoints_says_what_mcnemar_says(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in SOURCE.read_text().splitlines()]
    dataset = [
        {"inputs": {"question": row["question"]}, "ground_truth": {"solution": row["ground_truth"]}}
        for row in rows
    ]
    solutions = {row["question"]: row for row in rows}
    client = assay.Client(data_dir=tmp_path)

    def run(model: str) -> assay.ExperimentResultSummary:
        def candidate(inputs: dict[str, str]) -> Any:
            return solutions[inputs["question"]][model]["solution"]

        return assay.evaluate(
            candidate,
            dataset=dataset,
            evaluators=[correct],
            name=model,
            client=client,
            print_results=False,
        )

    old, new = run("175b_finetuning"), run("175b_verification")
    assert (458, 742) == (len(old.passed), len(new.passed))

    delta = assay.compare_runs(client, new.run_id, old.run_id).get_metric_delta("correct")
    assert delta is not None
    assert (1319, 360, 76) == (delta.found_count, delta.improved_count, delta.degraded_count)
    assert delta.significance is not None
    discordant = 360 + 76
    mid_p = 2 * (binom.cdf(76, discordant, 0.5) - binom.pmf(76, discordant, 0.5) / 2)
    assert pytest.approx(mid_p, rel=1e-9) == delta.significance.p_value
    assert pytest.approx(284 / 1319) == delta.significance.difference
