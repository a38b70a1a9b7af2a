"""The reusable action for pull requests: its step is run here as a runner would run it."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml


ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / ".github/actions/assay-check/action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}

# Stands for the command: notes its arguments, prints what a test wrote, exits as it said.
FAKE = """#!/usr/bin/env bash
echo "$ASSAY_TRACKING_URI|$*" >> "$CALLS"
case "$*" in *junit*) printf '%s' "$XML" ;; *) printf '%s' "$MARKDOWN" ;; esac
exit "$CODE"
"""


def check(folder: Path, given: dict[str, str] | None = None, *, code: int = 0) -> dict[str, Any]:
    """Run the action's check with a command that exits with ``code``; return what came of it."""
    files = {name: folder / name for name in ("summary", "outputs", "calls")}
    command = folder / "bin" / "assay"
    command.parent.mkdir()
    command.write_text(FAKE)
    command.chmod(0o755)
    answer = {"MARKDOWN": "## Verdicts\n", "XML": "<testsuites/>\n"} if code < 2 else {}
    inputs = {"junit": "assay-check.xml", **(given or {})}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS["Check"]["run"]],
        cwd=folder,
        env={
            "PATH": f"{command.parent}:{os.defpath}",
            "RUNNER_TEMP": str(folder),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_OUTPUT": str(files["outputs"]),
            "CALLS": str(files["calls"]),
            "CODE": str(code),
            "MARKDOWN": answer.get("MARKDOWN", ""),
            "XML": answer.get("XML", ""),
            **{name.upper().replace("-", "_"): value for name, value in inputs.items()},
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    said = {name: path.read_text() for name, path in files.items()}
    outputs = dict(line.split("=", 1) for line in said["outputs"].splitlines())
    return {"code": done.returncode, **said, "outputs": outputs}


def test_a_yes_passes_with_a_summary_and_a_junit_file(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert 0 == done["code"]
    assert "## Verdicts\n" == done["summary"]
    assert {"exit-code": "0", "junit": str(tmp_path / "assay-check.xml")} == done["outputs"]
    assert "<testsuites/>\n" == (tmp_path / "assay-check.xml").read_text()


def test_a_no_fails_the_step_and_still_says_why(tmp_path: Path) -> None:
    done = check(tmp_path, code=1)
    assert (1, "1") == (done["code"], done["outputs"]["exit-code"])
    assert "## Verdicts\n" == done["summary"]
    assert (tmp_path / "assay-check.xml").is_file()


def test_no_answer_is_no_yes_and_leaves_no_empty_junit_file(tmp_path: Path) -> None:
    done = check(tmp_path, code=2)
    assert (2, {"exit-code": "2", "junit": ""}) == (done["code"], done["outputs"])
    assert "could not answer (exit code 2)" in done["summary"]
    assert not (tmp_path / "assay-check.xml").exists()


def test_inputs_become_options_and_the_tracking_uri_a_variable(tmp_path: Path) -> None:
    given = {"eval-type": "pii; rm -rf .", "run-id": "5f0c", "tracking-uri": "http://mlflow:5000"}
    done = check(tmp_path, {**given, "require-evidence": "true", "strict": "true"})
    options = "check --eval-type pii; rm -rf . --run-id 5f0c --require-evidence --strict --format"
    assert [
        f"http://mlflow:5000|{options} markdown",
        f"http://mlflow:5000|{options} junit",
    ] == done["calls"].splitlines()


def test_without_inputs_nothing_but_the_format_is_said(tmp_path: Path) -> None:
    assert "|check --format markdown\n|check --format junit\n" == check(tmp_path)["calls"]


def test_no_input_is_pasted_into_a_script() -> None:
    assert [] == [name for name, step in STEPS.items() if "${{" in step.get("run", "")]


def test_every_input_is_used_and_every_used_one_is_declared() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", yaml.safe_dump(ACTION["runs"])))
    assert set(ACTION["inputs"]) == used


def test_the_example_workflow_of_the_guide_gives_inputs_that_exist() -> None:
    guide = (ROOT / "docs/guides/gate.md").read_text()
    workflows = [
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    ]
    steps = [step for flow in workflows for job in flow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "assay-check" in step.get("uses", "")]
    assert 1 == len(ours)
    assert set() == set(ours[0]["with"]) - set(ACTION["inputs"])
