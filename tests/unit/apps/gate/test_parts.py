"""The smaller parts: who acts, which ledger, the mark of a suite, baselines, the doctor."""

import json
import signal
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from assay.apps.cli import gate as gate_cli
from assay.apps.cli import gate_baseline, main
from assay.apps.cli.figures import age, sparkline
from assay.apps.cli.interrupts import terminated_as_interrupted
from assay.apps.diagnosis import ledger as look_at_ledger
from assay.apps.services.actor import acting
from assay.apps.services.core_suite import (
    STALE_SECONDS,
    SuiteMark,
    SuiteState,
    needs_suite,
    read_mark,
    started,
    write_mark,
)
from assay.apps.services.gate import open_gate
from assay.apps.services.ledger import absent_file, names_ledger, tracking_uri_of
from assay.apps.settings import Settings
from assay.core.errors import LedgerError
from assay.core.prompts import PromptVersion
from assay.gate.baselines import PinnedBaseline
from assay.gate.config import GateConfig
from assay.kit.processes import ProcessMark
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_ledger import MemoryLedger


NOW = ManualClock().now()
HERE = ProcessMark(host="here", pid=7)


def nobody() -> str:
    raise KeyError("no such account")


@pytest.mark.parametrize(
    ("given", "environ", "expected"),
    [
        ("ada", {"GITHUB_ACTOR": "bot"}, "ada"),
        ("  ", {"GITHUB_ACTOR": "bot"}, "bot"),
        (None, {"GITHUB_ACTOR": "", "GITLAB_USER_LOGIN": "grace"}, "grace"),
        (None, {}, "login"),
    ],
)
def test_who_acts_is_said_named_by_ci_or_logged_in(
    given: str | None, environ: dict[str, str], expected: str
):
    assert expected == acting(given, environ=environ, login=lambda: "login")


def test_who_acts_is_never_empty():
    assert acting(environ={}, login=nobody)
    assert acting(environ={}, login=str)


# --- which ledger -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "config", "expected"),
    [
        ({"tracking_uri": "http://a"}, "http://b", "http://a"),
        ({"mlflow_tracking_uri": "http://c"}, "http://b", "http://b"),
        ({"mlflow_tracking_uri": "http://c"}, None, "http://c"),
        ({}, None, "sqlite:///mlflow.db"),
    ],
)
def test_the_nearest_word_on_the_ledger_counts(
    settings: dict[str, str], config: str | None, expected: str
):
    found = tracking_uri_of(Settings(**settings), GateConfig(tracking_uri=config))
    assert expected == found


def test_nothing_names_a_ledger_in_an_empty_project(tmp_path: Path):
    assert not names_ledger(Settings(), GateConfig())
    assert names_ledger(Settings(), GateConfig(source=tmp_path / "assay.toml"))
    assert names_ledger(Settings(mlflow_tracking_uri="http://a"), GateConfig())


def test_a_database_that_is_still_to_be_made_is_no_fault(tmp_path: Path):
    absent = Settings(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    assert absent_file(absent, GateConfig()) == tmp_path / "mlflow.db"
    found = look_at_ledger(absent, GateConfig())
    assert (found.state, "made when the first" in found.found) == ("ok", True)


def test_a_ledger_that_is_away_is_a_failure_of_the_doctor():
    found = look_at_ledger(Settings(tracking_uri="http://127.0.0.1:9"), GateConfig())
    assert found.state == "failure"
    assert found.remedy is not None


def test_a_gate_over_no_ledger_does_not_open(tmp_path: Path):
    settings = Settings(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(LedgerError, match="There is no database"), open_gate(settings):
        pass


def test_a_gate_says_what_is_odd_about_its_config(tmp_path: Path):
    (tmp_path / "assay.toml").write_text(
        "[gate.suites]\ncore = ['tine']\n[gate.eval_types.tone]\nthreshold = 0.5\n"
    )
    said: list[str] = []
    settings = Settings(tracking_uri="http://127.0.0.1:9")
    with open_gate(settings, folder=tmp_path, warn=said.append) as opened:
        assert opened.folder == tmp_path
    assert "did you mean tone?" in said[0]


# --- the mark of a suite ------------------------------------------------------------------------


def version(mark: SuiteMark | None) -> PromptVersion:
    tags = {} if mark is None else {"assay.core_suite": mark.text()}
    return PromptVersion("greeting", 1, "x", tags=tags)


def test_a_mark_is_read_as_it_was_written():
    mark = replace(started("ada", at=NOW, process=HERE), run_ids=("r1", "r2"), why="é")
    assert mark == read_mark(version(mark))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "asleep"}', '{"state": "done"}'])
def test_a_mark_that_cannot_be_read_is_none(text: str):
    found = PromptVersion("greeting", 1, "x", tags={"assay.core_suite": text})
    assert read_mark(found) is None


@pytest.mark.parametrize(
    ("state", "alive", "expected"),
    [
        (None, None, True),
        (SuiteState.PENDING, None, True),
        (SuiteState.RUNNING, True, False),
        (SuiteState.RUNNING, None, False),
        (SuiteState.RUNNING, False, True),
        (SuiteState.DONE, False, False),
        (SuiteState.FAILED, False, False),
        (SuiteState.SKIPPED, False, False),
    ],
)
def test_a_suite_is_due_until_somebody_runs_it(
    state: SuiteState | None, alive: bool | None, expected: bool
):
    mark = None if state is None else SuiteMark(state, NOW, "ada", process=HERE)
    due = needs_suite(version(mark), now=NOW, alive=lambda _process: alive)
    assert expected is due


def test_a_suite_that_runs_for_too_long_is_taken_for_dead():
    mark = SuiteMark(SuiteState.RUNNING, NOW, "ada")
    later = NOW + timedelta(seconds=STALE_SECONDS + 1)
    assert not needs_suite(version(mark), now=NOW)
    assert needs_suite(version(mark), now=later)


def test_a_long_suite_is_not_begun_again_beside_the_process_that_still_runs_it():
    mark = version(SuiteMark(SuiteState.RUNNING, NOW, "ada", process=HERE))
    later = NOW + timedelta(seconds=STALE_SECONDS + 1)
    assert not needs_suite(mark, now=later, alive=lambda _process: True)
    assert needs_suite(mark, now=later, alive=lambda _process: None)


def test_a_mark_is_kept_with_its_version():
    ledger = MemoryLedger()
    made = ledger.register_version("greeting", "x")
    write_mark(ledger, made, started("ada", at=NOW))
    assert read_mark(ledger.get_version("greeting", 1)) == started("ada", at=NOW)


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(5, "less than a minute"), (60, "1 minute"), (7_300, "2 hours"), (90_000, "1 day")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, expected: str):
    assert expected == age(seconds)


@pytest.mark.parametrize(
    ("rates", "expected"),
    [([], ""), ([None], ""), ([0.0], "▁"), ([0.5, None, 1.0], "▁ █"), ([0.9, 0.92], "▇█")],
)
def test_a_sparkline_does_not_make_mountains_of_molehills(rates: list[float | None], expected: str):
    assert expected == sparkline(rates)


def test_pinned_baselines_are_listed():
    pinned = PinnedBaseline("tone", "r1", "ada", "approved", NOW, pass_rate=0.9, age_seconds=90_000)
    table = gate_baseline._baselines([pinned])
    assert not isinstance(table, str)
    assert ["1 day"] == list(table.columns[3].cells)
    assert gate_baseline._baselines([]) == (
        "No baseline is pinned: each run is measured by the complete one before it."
    )


# --- the command line ---------------------------------------------------------------------------


def test_a_suite_and_an_eval_type_are_not_both_taken():
    said = CliRunner().invoke(main.app, ["run-evals", "--suite", "core", "--eval-type", "tone"])
    assert said.exit_code == 2
    assert "not both" in said.output


def test_a_rollback_without_a_reason_is_not_begun():
    said = CliRunner().invoke(main.app, ["rollback", "greeting"])
    assert said.exit_code == 2
    assert "--reason" in said.output


def test_help_names_the_commands_of_the_gate():
    shown = CliRunner().invoke(main.app, ["--help"]).output
    names = ["trend", "check", "promote", "rollback", "run-evals", "prompts", "baseline"]
    assert [] == [name for name in names if name not in shown]


@pytest.mark.parametrize(
    "command",
    [
        ["trend"],
        ["check"],
        ["promote", "greeting"],
        ["rollback", "greeting", "--reason", "r"],
        ["run-evals", "--eval-type", "tone"],
        ["prompts", "register", "greeting", "greeting.txt"],
        ["prompts", "list"],
        ["prompts", "show", "greeting"],
        ["prompts", "diff", "greeting", "1"],
        ["prompts", "history", "greeting"],
        ["baseline", "show"],
        ["baseline", "pin", "run", "--reason", "r"],
        ["baseline", "unpin", "tone", "--reason", "r"],
        ["runs", "publish", "--eval-type", "tone", "--cases", "cases.jsonl"],
    ],
    ids=" ".join,
)
def test_a_ledger_that_is_away_is_never_an_answer(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
):
    monkeypatch.chdir(project)
    (project / "greeting.txt").write_text("Hello")
    (project / "cases.jsonl").write_text('{"id": "a", "passed": true}')
    said = CliRunner().invoke(main.app, [*command, "--tracking-uri", "http://127.0.0.1:9"])
    assert isinstance(said.exception, LedgerError)
    assert "http://127.0.0.1:9" in str(said.exception)
    assert said.stdout == ""


def test_the_exit_code_is_what_the_work_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    gate_cli.with_gate(lambda _gate: 0, tracking_uri="http://127.0.0.1:9")
    with pytest.raises(typer.Exit) as raised:
        gate_cli.with_gate(lambda _gate: 3, tracking_uri="http://127.0.0.1:9")
    assert raised.value.exit_code == 3


def test_being_told_to_end_is_an_interrupt_and_only_inside():
    before = signal.getsignal(signal.SIGTERM)
    with terminated_as_interrupted(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_the_main_thread_signals_are_left_alone():
    def work() -> None:
        with terminated_as_interrupted():
            done.append(True)

    done: list[bool] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_marks_are_json():
    text: Any = json.loads(started("ada", at=NOW, process=HERE).text())
    assert (text["state"], text["by"], text["process"]["pid"]) == ("running", "ada", 7)
