"""What the gate's commands print and answer, over a ledger in memory."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assay.apps.cli import gate_commands, gate_prompts_view, gate_registering, gate_running
from assay.apps.cli.gate_commands import CheckRequest, PromoteRequest
from assay.apps.cli.gate_options import CheckFormat
from assay.apps.cli.gate_progress import SuiteView
from assay.apps.cli.gate_registering import RegisterRequest
from assay.apps.cli.gate_running import RunRequest
from assay.apps.cli.output import OutputFormat
from assay.apps.services.core_suite import SuiteState, read_mark
from assay.apps.services.gate import Gate
from assay.apps.services.gate_suites import run_suite
from assay.core.errors import InvalidInputError, LedgerError, NotFoundError
from assay.core.eval_runs import LoggedStatus
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.apps.gate.conftest import open_memory_gate
from tests.unit.gate.builders import put, table


TABLE, JSON = OutputFormat.TABLE, OutputFormat.JSON

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def store() -> MemoryLedger:
    """A ledger whose time is told."""
    return MemoryLedger(clock=ManualClock())


@pytest.fixture
def logged(project: Path, store: MemoryLedger) -> Gate:
    """A gate over runs that somebody else logged."""
    return open_memory_gate(project, store)


def printed_json(capsys: Printed) -> Any:
    return json.loads(capsys.readouterr().out)


def trend(gate: Gate, output_format: OutputFormat = TABLE, **changes: Any) -> int:
    asked: dict[str, Any] = {"eval_type": None, "limit": 10, **changes}
    return gate_commands.trend(gate, output_format=output_format, **asked)


def check(gate: Gate, output_format: CheckFormat = CheckFormat.TABLE, **changes: Any) -> int:
    return gate_commands.check(gate, CheckRequest(**changes), output_format=output_format)


# --- trend --------------------------------------------------------------------------------------


def test_an_empty_ledger_has_no_eval_runs(logged: Gate, capsys: Printed):
    assert trend(logged) == 0
    assert "No eval runs found" in capsys.readouterr().out
    assert trend(logged, JSON) == 0
    assert printed_json(capsys) == {"summaries": []}


def test_the_intervals_of_a_trend_are_named_by_their_level(
    project: Path, store: MemoryLedger, capsys: Printed
):
    config = project / "assay.toml"
    config.write_text(config.read_text().replace("[gate]", "[gate]\nconfidence = 0.9", 1))
    put(store, "shop-tone", 0.7)
    assert trend(open_memory_gate(project, store)) == 0
    assert "90 % interval" in capsys.readouterr().out


def test_a_trend_shows_rates_direction_prompt_changes_and_events(
    logged: Gate, store: MemoryLedger, capsys: Printed
):
    store.register_version("greeting", "one")
    store.register_version("greeting", "two")
    put(store, "shop-tone", 0.7, prompts={"greeting": 1})
    store.set_alias("greeting", "experiment", 1)
    assert promote(logged, force=True) == 0
    second = put(store, "shop-tone", 0.9, prompts={"greeting": 2})
    capsys.readouterr()

    assert trend(logged) == 0
    shown = capsys.readouterr().out
    assert "tone  90.0 %  ↗ improving (+20.0 pp per run)  ▁█" in shown
    assert "greeting v1 → v2" in shown
    assert "▲ promote FORCED greeting@production – → v1" in shown
    assert second in shown

    trend(logged, JSON)
    [summary] = printed_json(capsys)["summaries"]
    assert summary["eval_type"] == "tone"
    assert summary["trend_direction"] == "improving"
    assert [0.7, 0.9] == [point["pass_rate"] for point in summary["points"]]


def test_a_run_without_a_rate_is_a_gap_and_no_zero(
    logged: Gate, store: MemoryLedger, capsys: Printed
):
    put(store, "shop-tone", 0.9)
    put(store, "shop-tone", None, errors=None, total=None)
    assert trend(logged) == 0
    shown = capsys.readouterr().out
    assert "0.0 %" not in shown.replace("90.0 %", "")
    assert "█ " in shown


def test_promotions_after_the_last_run_are_shown_below(
    logged: Gate, store: MemoryLedger, capsys: Printed
):
    store.register_version("greeting", "one")
    store.set_alias("greeting", "experiment", 1)
    put(store, "shop-tone", 0.9, prompts={"greeting": 1})
    promote(logged)
    capsys.readouterr()
    trend(logged)
    assert "greeting@production – → v1 (no run since)" in capsys.readouterr().out


# --- check --------------------------------------------------------------------------------------


def _fallen(store: MemoryLedger) -> None:
    before, after = table("p" * 20), table("p" * 8 + "f" * 12)
    put(store, "shop-tone", 1.0, total=20, cases=before, prompts={"greeting": 1})
    put(store, "shop-tone", 0.4, total=20, cases=after, prompts={"greeting": 2})


def test_a_regression_names_prompts_and_flipped_cases_and_exits_1(
    logged: Gate, store: MemoryLedger, capsys: Printed
):
    _fallen(store)
    assert check(logged) == 1
    shown = capsys.readouterr().out
    assert "REGRESSION" in shown
    assert "Prompt changed: greeting v1 → v2" in shown
    assert shown.count("passed before, fails now") == 10
    assert "and 2 more (--verbose shows all)" in shown
    assert "1 REGRESSION  0 WARNING  0 IMPROVED  0 PASS  0 skipped" in shown

    check(logged, verbose=True)
    assert capsys.readouterr().out.count("passed before, fails now") == 12


def test_a_fall_that_came_earlier_is_said_to_have(
    logged: Gate, store: MemoryLedger, capsys: Printed
):
    for rate in (0.9, 0.4, 0.4):
        put(store, "shop-tone", rate)
    assert check(logged) == 1
    assert "it fell earlier. See when: assay trend --eval-type tone" in capsys.readouterr().out


def test_a_check_is_json_junit_and_markdown(logged: Gate, store: MemoryLedger, capsys: Printed):
    _fallen(store)
    put(store, "shop-lonely", 0.9)

    assert check(logged, CheckFormat.JSON) == 1
    found = printed_json(capsys)
    assert found["has_regressions"] is True
    assert found["reports"][0]["verdict"] == "REGRESSION"
    assert ["lonely"] == [skip["eval_type"] for skip in found["skipped"]]

    assert check(logged, CheckFormat.JUNIT) == 1
    root = ET.fromstring(capsys.readouterr().out)  # noqa: S314  # written by ourselves
    assert len(root.findall(".//failure")) == 1

    assert check(logged, CheckFormat.MARKDOWN) == 1
    assert "| REGRESSION |" in capsys.readouterr().out


def test_nothing_to_compare_is_fine_and_says_why(
    logged: Gate, store: MemoryLedger, capsys: Printed
):
    put(store, "shop-lonely", 0.9)
    assert check(logged) == 0
    assert "Skipped lonely: no complete run before" in capsys.readouterr().out


def test_a_named_run_that_cannot_be_judged_is_no_answer(
    logged: Gate, store: MemoryLedger, capsys: Printed
):
    first = put(store, "shop-tone", 0.9)
    failed = put(store, "shop-tone", 0.9, status=LoggedStatus.FAILED)

    assert (0, 2) == (check(logged, run_id=first), check(logged, run_id=failed))
    assert f"No answer: the run {failed}, failed and was not judged." in capsys.readouterr().err
    assert 2 == check(logged, CheckFormat.JSON, run_id=failed)
    assert [] == printed_json(capsys)["reports"]


def test_strict_exits_3_where_nothing_is_proven(logged: Gate, store: MemoryLedger):
    put(store, "shop-tone", 0.9)
    put(store, "shop-tone", 0.9)
    assert check(logged) == 0
    assert check(logged, strict=True) == 3


def test_require_evidence_softens_what_could_be_bad_luck(logged: Gate, store: MemoryLedger):
    put(store, "shop-tone", 0.9, threshold=0.8)
    put(store, "shop-tone", 0.7, threshold=0.8)
    assert check(logged) == 1
    assert check(logged, require_evidence=True) == 0


def test_an_unknown_run_or_eval_type_is_no_answer(logged: Gate, store: MemoryLedger):
    put(store, "shop-tone", 0.9)
    with pytest.raises(NotFoundError):
        check(logged, run_id="nothing")
    with pytest.raises(NotFoundError):
        check(logged, eval_type="nothing")
    with pytest.raises(NotFoundError):
        trend(logged, eval_type="nothing")


# --- promote and rollback -----------------------------------------------------------------------


def promote(gate: Gate, output_format: OutputFormat = TABLE, **changes: Any) -> int:
    asked: dict[str, Any] = {"prompt_name": "greeting", "actor": "ada", **changes}
    return gate_commands.promote(gate, PromoteRequest(**asked), output_format=output_format)


def rollback(gate: Gate, output_format: OutputFormat = TABLE) -> int:
    asked = {"alias": "production", "reason": "it was rude", "actor": "ada"}
    return gate_commands.rollback(gate, "greeting", output_format=output_format, **asked)


@pytest.fixture
def versions(store: MemoryLedger) -> MemoryLedger:
    """A prompt with two versions, the second the one to promote, the first in production."""
    for text in ("one", "two"):
        store.register_version("greeting", text)
    store.set_alias("greeting", "experiment", 2)
    store.set_alias("greeting", "production", 1)
    return store


def test_a_version_that_passes_is_promoted_with_its_runs(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    run = put(versions, "shop-tone", 0.9, prompts={"greeting": 2})
    assert promote(logged) == 0
    shown = capsys.readouterr().out
    assert shown.index("eval type") < shown.index("ALLOWED") < shown.index("Promoted")
    assert f"Audited runs: {run}" in shown
    assert versions.read_alias("greeting", "production") == 2
    assert promote(logged) == 0
    assert "at v2 already" in capsys.readouterr().out


def test_a_version_below_the_threshold_is_blocked(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    put(versions, "shop-tone", 0.4, prompts={"greeting": 2})
    assert promote(logged, JSON) == 1
    found = printed_json(capsys)
    assert (found["allowed"], found["executed"]) == (False, False)
    assert found["blocking_evals"] == ["tone"]
    assert versions.read_alias("greeting", "production") == 1


def test_a_version_without_evidence_is_blocked(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    put(versions, "shop-tone", 0.9, prompts={"greeting": 1})
    assert promote(logged) == 1
    shown = capsys.readouterr().out
    assert "BLOCKED: No evidence" in shown
    assert "production stays at v1" in shown


def test_a_dry_run_changes_nothing_and_gives_the_gates_answer(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    put(versions, "shop-tone", 0.9, prompts={"greeting": 2})
    assert promote(logged, JSON, dry_run=True) == 0
    assert printed_json(capsys)["executed"] is False
    assert promote(logged, dry_run=True, force=True, version=1) == 1
    assert "nothing was changed" in capsys.readouterr().out
    assert versions.read_alias("greeting", "production") == 1
    assert not any(key.startswith("assay.audit") for key in versions.get_prompt("greeting").tags)


def test_force_is_loud_and_on_record(logged: Gate, versions: MemoryLedger, capsys: Printed):
    put(versions, "shop-tone", 0.1, prompts={"greeting": 2})
    assert promote(logged, JSON, force=True) == 0
    said = capsys.readouterr()
    assert "WARNING: --force" in said.err
    found = json.loads(said.out)
    assert (found["allowed"], found["executed"], found["audit"]["forced"]) == (False, True, True)
    promote(logged, force=True, version=1)
    assert "FORCED past the gate" in capsys.readouterr().out


def test_a_rollback_goes_back_and_says_how_long_others_serve_the_old_one(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    put(versions, "shop-tone", 0.9, prompts={"greeting": 2})
    promote(logged)
    capsys.readouterr()

    assert rollback(logged, JSON) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["from_version"], found["to_version"]) == (2, 1)
    assert (found["actor"], found["reason"]) == ("ada", "it was rude")
    assert "60 s" in said.err
    assert versions.read_alias("greeting", "production") == 1


def test_nothing_to_go_back_to_is_a_no_with_a_reason(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    assert rollback(logged) == 1
    assert "no previous version" in capsys.readouterr().err
    assert versions.read_alias("greeting", "production") == 1


# --- run-evals ----------------------------------------------------------------------------------


def test_a_suite_prints_each_type_as_it_finishes_and_then_checks(gate: Gate, capsys: Printed):
    assert gate_running.run_evals(gate, RunRequest(), output_format=TABLE) == 0
    said = capsys.readouterr()
    assert "[1/2] " in said.out
    assert "tone ... PASS (100.0 %)" in said.out
    assert "2 of 2 passed" in said.err

    gate_running.run_evals(gate, RunRequest(), output_format=TABLE)
    assert "2 PASS  0 skipped" in capsys.readouterr().out


def test_a_suite_as_json_is_one_document(gate: Gate, capsys: Printed):
    request = RunRequest(eval_types=("tone",), check=False)
    assert gate_running.run_evals(gate, request, output_format=JSON) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["passed"], found["check"]) == (True, None)
    assert ["tone"] == [result["eval_type"] for result in found["results"]]
    assert "[1/1] tone ... PASS" in said.err


def test_a_type_that_fails_exits_1_and_its_cases_are_shown(
    gate: Gate, ledger: MemoryLedger, capsys: Printed
):
    ledger.register_version("greeting", "{q}!")
    request = RunRequest(eval_types=("tone",), prompts=("greeting=2",), verbose=True)
    assert gate_running.run_evals(gate, request, output_format=TABLE) == 1
    shown = capsys.readouterr().out
    assert "tone ... FAIL (0.0 %) below 50.0 %" in shown
    assert "tone/a: failed: polite: did not pass" in shown


def test_only_types_that_were_run_can_fail_the_build(
    gate: Gate, ledger: MemoryLedger, capsys: Printed
):
    for rate in (0.9, 0.1):
        metrics = {"pass_rate": rate, "total_cases": 10.0, "error_cases": 0.0}
        ledger.put_run("shop-other", metrics=metrics)
    request = RunRequest(eval_types=("quality",))
    assert gate_running.run_evals(gate, request, output_format=TABLE) == 0
    assert "other" not in capsys.readouterr().out


def test_an_eval_type_without_an_answer_is_2(gate: Gate, project: Path, capsys: Printed):
    (project / "quality.jsonl").unlink()
    request = RunRequest(eval_types=("quality",))
    assert gate_running.run_evals(gate, request, output_format=TABLE) == 2
    assert "quality ... ERROR (–): " in capsys.readouterr().out


@pytest.mark.parametrize("choice", ["greeting", "=1", "greeting="])
def test_a_prompt_is_chosen_as_name_and_version(gate: Gate, choice: str):
    request = RunRequest(prompts=(choice,))
    with pytest.raises(InvalidInputError, match="NAME=VERSION"):
        gate_running.run_evals(gate, request, output_format=TABLE)


def test_an_unknown_suite_names_those_there_are(gate: Gate):
    with pytest.raises(InvalidInputError, match="core"):
        gate_running.run_evals(gate, RunRequest(suite="all"), output_format=TABLE)


def test_on_a_terminal_bars_come_and_go(gate: Gate):
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=60, color_system=None)
    with SuiteView(TABLE, console=console, verbose=True) as view:
        run_suite(gate, ["tone"], on_progress=view.update)
    assert "[1/1] tone ... PASS (100.0 %)" in screen.getvalue()


# --- prompts ------------------------------------------------------------------------------------


@pytest.fixture
def text(project: Path) -> Path:
    path = project / "greeting.txt"
    path.write_text("Dear {q}, please\n")
    return path


def register(gate: Gate, file: Path, output_format: OutputFormat = TABLE, **changes: Any) -> int:
    asked: dict[str, Any] = {"name": "greeting", "file": file, "actor": "ada", **changes}
    return gate_registering.register(gate, RegisterRequest(**asked), output_format=output_format)


def test_registering_points_the_alias_and_runs_the_core_suite_with_it(
    gate: Gate, ledger: MemoryLedger, text: Path, capsys: Printed
):
    assert register(gate, text, message="kinder") == 0
    shown = capsys.readouterr().out
    assert "Registered greeting v2, and experiment points at it." in shown
    assert "[1/1] tone ... PASS (100.0 %)" in shown
    assert ledger.read_alias("greeting", "experiment") == 2

    made = ledger.get_version("greeting", 2)
    mark = read_mark(made)
    assert mark is not None
    assert (mark.state, mark.by, made.message) == (SuiteState.DONE, "ada", "kinder")
    [run_id] = mark.run_ids
    assert ledger.get_run(run_id).params["prompt.greeting"] == "v2"


def test_registering_without_runs_leaves_a_mark_that_none_are_wanted(
    gate: Gate, ledger: MemoryLedger, text: Path, capsys: Printed
):
    assert register(gate, text, JSON, run_evals=False, no_alias=True) == 0
    found = printed_json(capsys)
    assert (found["version"], found["alias"], found["suite"]) == (2, None, None)
    mark = read_mark(ledger.get_version("greeting", 2))
    assert mark is not None
    assert mark.state is SuiteState.SKIPPED
    assert ledger.read_alias("greeting", "experiment") == 1


def test_a_worse_version_is_registered_and_said_to_be_worse(
    gate: Gate, text: Path, capsys: Printed
):
    text.write_text("{q}!")
    assert register(gate, text, JSON) == 0
    found = printed_json(capsys)
    assert found["suite"]["passed"] is False
    register(gate, text)
    assert "Not everything passed" in capsys.readouterr().out


def test_a_type_that_needs_an_absent_prompt_waits_for_it(
    gate: Gate, project: Path, text: Path, capsys: Printed
):
    store = MemoryLedger()
    config = (project / "assay.toml").read_text()
    (project / "assay.toml").write_text(
        config.replace('prompts = ["greeting"]', 'prompts = ["greeting", "other"]')
    )
    assert register(open_memory_gate(project, store), text) == 0
    assert "tone is not run: it also needs other@experiment" in capsys.readouterr().err


def test_a_prompt_that_no_type_names_runs_the_whole_core_suite(
    gate: Gate, text: Path, capsys: Printed
):
    assert register(gate, text, name="stranger") == 0
    assert "[2/2]" in capsys.readouterr().out


def test_without_a_core_suite_nothing_runs_and_that_is_said(
    project: Path, text: Path, capsys: Printed
):
    (project / "assay.toml").write_text("[gate]\n")
    assert register(open_memory_gate(project, MemoryLedger()), text) == 0
    assert "No eval type of the suite 'core' is declared" in capsys.readouterr().err


def test_a_suite_that_breaks_off_is_marked_failed(gate: Gate, ledger: MemoryLedger, text: Path):
    def break_off(method: str) -> None:
        if method == "start_run":
            raise LedgerError("the ledger is away")

    ledger.on_call = break_off
    with pytest.raises(LedgerError, match="away"):
        register(gate, text)
    mark = read_mark(ledger.get_version("greeting", 2))
    assert mark is not None
    assert (mark.state, mark.why) == (SuiteState.FAILED, "the ledger is away")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.txt", " \n", "is empty"),
        ("p.json", "{", "is not JSON"),
        ("p.json", '{"role": "user"}', "expected a list of messages"),
        ("p.json", '[{"role": "user"}]', "expected a list of messages"),
        ("absent.txt", None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_prompt_is_refused(
    gate: Gate, project: Path, name: str, content: str | None, message: str
):
    if content is not None:
        (project / name).write_text(content)
    with pytest.raises(InvalidInputError, match=message):
        register(gate, project / name)


def test_a_chat_is_registered_from_json(gate: Gate, ledger: MemoryLedger, project: Path):
    chat = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "{{q}}"}]
    (project / "p.json").write_text(json.dumps(chat))
    register(gate, project / "p.json", run_evals=False)
    assert ledger.get_version("greeting", 2).template == tuple(chat)


VIEWS: dict[str, Callable[[Gate, OutputFormat], int]] = {
    "list": gate_prompts_view.list_prompts,
    "show": lambda gate, form: gate_prompts_view.show(gate, "greeting", None, output_format=form),
    "diff": lambda gate, form: gate_prompts_view.diff(
        gate, "greeting", before="v1", after="production", output_format=form
    ),
    "history": lambda gate, form: gate_prompts_view.history(gate, "greeting", output_format=form),
}


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("list", ["greeting", "v2", "experiment v2, production v1"]),
        ("show", ["greeting v2", "experiment", "two"]),
        ("diff", ["v1 and v1 are alike"]),
        ("history", ["versions", "Nothing was promoted yet."]),
    ],
)
def test_prompts_are_shown(
    logged: Gate, versions: MemoryLedger, capsys: Printed, view: str, words: list[str]
):
    assert VIEWS[view](logged, TABLE) == 0
    shown = capsys.readouterr().out
    assert [] == [word for word in words if word not in shown]
    assert VIEWS[view](logged, JSON) == 0
    assert isinstance(printed_json(capsys), dict)


def test_the_history_holds_every_promotion_and_rollback(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    put(versions, "shop-tone", 0.9, prompts={"greeting": 2})
    promote(logged)
    rollback(logged)
    capsys.readouterr()

    VIEWS["history"](logged, JSON)
    found = printed_json(capsys)
    assert ["promote", "rollback"] == [entry["action"] for entry in found["audit"]]
    assert [1, 2] == [entry["version"] for entry in found["versions"]]
    VIEWS["history"](logged, TABLE)
    assert "v2 → v1" in capsys.readouterr().out


def test_a_diff_shows_lines_that_came_and_went(
    logged: Gate, versions: MemoryLedger, capsys: Printed
):
    gate_prompts_view.diff(logged, "greeting", before="1", after=None, output_format=TABLE)
    assert "--- greeting v1\n+++ greeting v2\n@@ -1 +1 @@\n-one\n+two\n" == capsys.readouterr().out


def test_no_prompts_is_said(logged: Gate, capsys: Printed):
    gate_prompts_view.list_prompts(logged, TABLE)
    assert "No prompts yet" in capsys.readouterr().out


def test_a_chat_is_shown_message_by_message(logged: Gate, store: MemoryLedger, capsys: Printed):
    store.register_version("greeting", ({"role": "user", "content": "Hi\nyou"},))
    gate_prompts_view.show(logged, "greeting", "1", output_format=TABLE)
    assert "[user]\nHi\nyou" in capsys.readouterr().out


def test_an_absent_version_or_alias_is_no_answer(logged: Gate, versions: MemoryLedger):
    for which in ("9", "staging"):
        with pytest.raises(NotFoundError):
            gate_prompts_view.show(logged, "greeting", which, output_format=TABLE)


def test_a_prompt_whose_versions_are_gone_is_named(logged: Gate, versions: MemoryLedger):
    for number in (1, 2):
        versions.delete_version("greeting", number)
    with pytest.raises(NotFoundError, match="no versions left"):
        gate_prompts_view.show(logged, "greeting", None, output_format=TABLE)
