"""A judge that times out on a third of the cases of a worse candidate, through ``run-evals``."""

import json
import shutil
from pathlib import Path

import pytest

from assay.tracking import open_ledger
from tests.acceptance.command_line import Said
from tests.command_series import assay_series


CASES = 60
CONFIG = """
[gate.suites]
core = ["answers"]

[gate.eval_types.answers]
dataset = "answers.jsonl"
candidate = "agent:answer"
scorers = ["agent:judge"]
prompts = ["tone"]
"""
AGENT = '''
"""With the good prompt 51 of 60 answers are right; with the bad one 20 are long and wrong."""


def answer(inputs, prompts):
    number = inputs["number"]
    if prompts["tone"] == "bad" and number % 3 == 0:
        return "a very long answer"
    return "wrong" if prompts["tone"] == "good" and number % 7 == 6 and number < 60 else "right"


def judge(outputs):
    if len(outputs) > 10:
        raise TimeoutError("the judge did not answer in time")
    return outputs == "right"
'''
STORY = {
    "good": ("run-evals", "--suite", "core", "--prompt", "tone=1", "--format", "json"),
    "bad": ("run-evals", "--suite", "core", "--prompt", "tone=2", "--format", "json"),
    "check": ("check", "--format", "json"),
    "strict": ("check", "--strict"),
    "needs evidence": ("check", "--require-evidence", "--format", "json"),
    "promote": ("promote", "tone", "--version", "2", "--format", "json"),
    "good again": ("run-evals", "--suite", "core", "--prompt", "tone=1", "--format", "json"),
    "check again": ("check", "--format", "json"),
    "promote again": ("promote", "tone", "--version", "1", "--format", "json"),
    "pin": ("baseline", "pin", "PARTIAL", "--reason", "looks perfect"),
}


@pytest.fixture(scope="module")
def said(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    """What every command of the story said."""
    folder = tmp_path_factory.mktemp("lost")
    shutil.copyfile(mlflow_template, folder / "mlflow.db")
    (folder / "assay.toml").write_text(CONFIG)
    (folder / "agent.py").write_text(AGENT)
    rows = [{"id": f"case-{n:02d}", "inputs": {"number": n}} for n in range(CASES)]
    (folder / "answers.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with open_ledger(f"sqlite:///{folder / 'mlflow.db'}") as ledger:
        for text in ("good", "bad"):
            ledger.register_version("tone", text)
    *first, (last, pin) = STORY.items()
    answers = assay_series([command for _, command in first], folder=folder)
    told = dict(zip((name for name, _ in first), answers, strict=True))
    partial = told["bad"].json["results"][0]["run_id"]
    [pinned] = assay_series([(*pin[:2], partial, *pin[3:])], folder=folder)
    return told | {last: pinned}


def test_the_runs_are_what_the_story_needs(said: dict[str, Said]):
    (good,), (bad,) = said["good"].json["results"], said["bad"].json["results"]
    assert (0, "complete", 52 / 60) == (said["good"].code, good["eval_status"], good["pass_rate"])
    assert ("partial", 1.0, 60, 20) == tuple(
        bad[key] for key in ("eval_status", "pass_rate", "total_cases", "error_cases")
    )
    assert 2 == said["bad"].code


@pytest.mark.parametrize("name", ["check", "needs evidence"])
def test_what_the_judge_did_not_say_is_no_improvement(said: dict[str, Said], name: str):
    (report,) = said[name].json["reports"]
    details = report["evidence_details"]
    assert report["delta_pp"] > 0
    assert ("WARNING", "inconclusive") == (report["verdict"], report["evidence"])
    assert (60, 40, 0, 20, 0) == tuple(
        details["current_cases"][key]
        for key in ("expected", "passed", "failed", "errors", "missing")
    )
    low, high = details["bounds_pp"]
    assert (40 - 52) / 0.6 == pytest.approx(low)
    assert (60 - 52) / 0.6 == pytest.approx(high)


def test_strict_says_that_it_cannot_tell(said: dict[str, Said]):
    assert 3 == said["strict"].code


def test_a_partial_run_justifies_no_promotion(said: dict[str, Said]):
    assert 1 == said["promote"].code
    assert (False, False, []) == tuple(
        said["promote"].json[key] for key in ("allowed", "executed", "justifying_run_ids")
    )
    assert 0 == said["promote again"].code


def test_a_partial_run_is_never_a_baseline(said: dict[str, Said]):
    first, partial = (said[name].json["results"][0]["run_id"] for name in ("good", "bad"))
    (report,) = said["check again"].json["reports"]
    assert first == report["baseline_run_id"]
    assert 2 == said["pin"].code
    assert partial in said["pin"].err
