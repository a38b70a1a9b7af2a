"""A suite in a process of its own: what it says is heard, however it ends."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import SecretStr

from assay.apps.services.gate import Gate
from assay.apps.services.suite_process import ProcessExecutor, SuiteError
from assay.apps.services.suite_runs import SuiteJob
from assay.apps.settings import Settings
from assay.gate.suite_results import Outcome, Stage, SuiteProgress, SuiteResult


JOB = SuiteJob(("tone",), by="ada", suite="core", prompts={"greeting": 1})
ASKED = "import json, sys, time; asked = json.loads(sys.stdin.readline())\n"
SAY = "say = lambda **line: print(json.dumps(line), flush=True)\n"
PROGRESS = """
say(progress={"stage": "finished", "eval_type": asked["eval_types"][0], "number": 1, "total": 1,
    "result": {"eval_type": "tone", "outcome": "PASS", "threshold": 0.8}})
"""
RESULT = """
say(result={"results": [{"eval_type": "tone", "outcome": "PASS", "threshold": 0.8,
    "message": json.dumps([asked["folder"], asked["prompts"], asked["suite"]])}]})
"""


def run(
    gate: Gate,
    script: str,
    *,
    heard: list[SuiteProgress] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    grace_seconds: float = 5.0,
) -> SuiteResult:
    told = [] if heard is None else heard
    execute = ProcessExecutor((sys.executable, "-Sc", ASKED + SAY + script), grace_seconds)
    return execute(gate, JOB, on_progress=told.append, cancelled=cancelled)


def test_progress_and_result_are_heard(gate: Gate) -> None:
    heard: list[SuiteProgress] = []
    result = run(gate, PROGRESS + RESULT, heard=heard)
    assert [(Stage.FINISHED, "tone", 1)] == [
        (each.stage, each.eval_type, each.number) for each in heard
    ]
    [tone] = result.results
    assert Outcome.PASS is tone.outcome
    assert f'["{gate.folder}", {{"greeting": 1}}, "core"]' == tone.message


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('say(error="There is no prompt greeting v1.")', "no prompt greeting"),
        ('print("Traceback")', "understood"),
        ('say(result={"results": "many"})', "understood"),
        ("sys.exit(3)", "code 3"),
    ],
)
def test_a_process_that_cannot_run_it_is_an_error_that_says_so(
    gate: Gate, script: str, said: str
) -> None:
    with pytest.raises(SuiteError, match=said):
        run(gate, script)


def test_cancelling_closes_the_pipe_and_hears_the_end(gate: Gate) -> None:
    ended = 'sys.stdin.read(); say(result={"results": [], "cancelled": True})'
    assert run(gate, ended, cancelled=lambda: True).cancelled


def test_a_process_that_ignores_the_end_is_killed(gate: Gate) -> None:
    stop = threading.Event()
    stop.set()
    result = run(gate, "time.sleep(60)", cancelled=stop.is_set, grace_seconds=0.3)
    assert SuiteResult((), suite="core", cancelled=True) == result


def test_the_settings_reach_the_process_with_their_secrets(gate: Gate) -> None:
    settings = Settings(tracking_password=SecretStr("hush"), port=1234)
    shown = 'say(error=str((asked["settings"]["tracking_password"], asked["settings"]["port"])))'
    with pytest.raises(SuiteError, match=r"\('hush', 1234\)"):
        run(replace(gate, settings=settings), shown)
