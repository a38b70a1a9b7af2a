"""Running eval types by the engine: every case has a verdict or an error that says why."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.apps.services.eval_runner import EngineRunner
from assay.apps.services.gate import Gate, gateways_of_project
from assay.apps.services.gate_suites import run_suite
from assay.core.errors import InvalidDatasetError, InvalidSettingsError
from assay.core.eval_runs import CaseRecord
from assay.core.prompts import PromptVersion
from assay.gate.config import EvalTypeConfig, ModelCandidate, ScorerSpec, TaskCandidate
from assay.gate.suite_results import EvalFacts, Outcome
from assay.testing.memory_ledger import MemoryLedger


GREETING = {"greeting": PromptVersion("greeting", 1, "{q}, please")}


def run(
    gate: Gate,
    kind: EvalTypeConfig,
    *,
    prompts: Mapping[str, PromptVersion] | None = None,
    cancelled: bool = False,
) -> tuple[list[CaseRecord], EvalFacts]:
    """The cases in order, and what was said before the first one."""
    facts: list[EvalFacts] = []
    heard: list[CaseRecord] = []

    def begin(found: EvalFacts) -> str:
        assert heard == []
        facts.append(found)
        return "run-1"

    runner = EngineRunner(folder=gate.folder, gateways=gateways_of_project(gate))
    outcome = runner(
        kind,
        prompts=GREETING if prompts is None else prompts,
        on_start=begin,
        on_case=heard.append,
        cancelled=lambda: cancelled,
    )
    assert sorted(map(_key, heard)) == sorted(map(_key, outcome.cases))
    return list(outcome.cases), facts[0]


def _key(case: CaseRecord) -> tuple[str, int]:
    return case.case_id, case.repeat


def verdicts(cases: list[CaseRecord]) -> list[tuple[str, bool | None]]:
    return [(case.case_id, case.passed) for case in cases]


def test_a_function_gets_its_prompts_and_is_judged_by_its_scorers(gate: Gate):
    cases, facts = run(gate, gate.config.eval_types["tone"])

    assert [(name, True) for name in "abcd"] == verdicts(cases)
    assert cases[0].output == {"text": "a, please"}
    assert cases[0].scores == {"polite": 1.0}
    assert cases[0].latency_seconds is not None
    assert facts.total_cases == 4
    assert facts.candidate == "shop_agent:answer"


def test_a_worse_prompt_makes_cases_fail_with_a_reason(gate: Gate):
    worse = {"greeting": PromptVersion("greeting", 2, "{q}")}
    cases, _ = run(gate, gate.config.eval_types["tone"], prompts=worse)

    assert [False] * 4 == [case.passed for case in cases]
    assert cases[0].reason == "polite: did not pass"


def test_a_candidate_that_raises_is_an_error_and_never_a_fail(gate: Gate, project: Path):
    with (project / "tone.jsonl").open("a") as file:
        file.write(json.dumps({"id": "z", "inputs": {"q": "boom"}}))
    cases, _ = run(gate, gate.config.eval_types["tone"])

    assert ("z", None) == verdicts(cases)[-1]
    assert cases[-1].error == "RuntimeError: no answer today"
    assert cases[-1].score is None


def test_a_scorer_that_raises_is_an_error_and_never_a_fail(gate: Gate):
    kind = replace(gate.config.eval_types["tone"], scorers=(ScorerSpec("shop_agent:broken"),))
    cases, _ = run(gate, kind)

    assert [None] * 4 == [case.passed for case in cases]
    assert "the judge is away" in (cases[0].error or "")


def test_a_case_that_no_scorer_can_judge_is_an_error(gate: Gate, project: Path):
    (project / "quality.jsonl").write_text('{"id": "a", "inputs": {"q": "a"}}\n')
    cases, _ = run(gate, gate.config.eval_types["quality"])

    assert ("no scorer gave a verdict", None) == (cases[0].error, cases[0].passed)


def test_a_numeric_score_passes_from_pass_score_on(gate: Gate):
    scorer = ScorerSpec("edit_similarity")
    kind = replace(gate.config.eval_types["quality"], scorers=(scorer,), pass_score=0.9)
    assert [True] * 4 == [case.passed for case in run(gate, kind)[0]]
    assert [False] * 4 == [case.passed for case in run(gate, replace(kind, pass_score=1.1))[0]]


def test_a_passing_range_goes_before_pass_score(gate: Gate):
    scorer = ScorerSpec("edit_similarity", {"passing_range": [0.0, 0.5]})
    kind = replace(gate.config.eval_types["quality"], scorers=(scorer,))
    assert [False] * 4 == [case.passed for case in run(gate, kind)[0]]


def test_a_scorer_that_only_reports_does_not_decide(gate: Gate):
    silent = ScorerSpec("shop_agent:polite", {"asserts": False})
    kind = replace(
        gate.config.eval_types["tone"],
        scorers=(silent, ScorerSpec("exact_match", {"key": "text"})),
    )
    cases, _ = run(gate, kind, prompts={"greeting": PromptVersion("greeting", 2, "{q}")})

    assert [True] * 4 == [case.passed for case in cases]
    assert cases[0].scores == {"polite": 0.0, "exact_match": 1.0}
    assert cases[0].score == 1.0


def test_a_function_with_settings_of_its_own_makes_the_scorer(gate: Gate):
    scorer = ScorerSpec("shop_agent:at_least", {"least": 1})
    kind = replace(gate.config.eval_types["quality"], scorers=(scorer,))
    assert [True] * 4 == [case.passed for case in run(gate, kind)[0]]


def test_each_case_is_tried_as_often_as_asked(gate: Gate):
    kind = replace(gate.config.eval_types["quality"], repeats=3)
    cases, _ = run(gate, kind)
    assert [(name, repeat) for name in "abcd" for repeat in range(3)] == list(map(_key, cases))


def test_an_asynchronous_function_with_a_parameter_of_its_own_name_works(gate: Gate):
    kind = replace(gate.config.eval_types["quality"], candidate="shop_agent:later")
    assert [True] * 4 == [case.passed for case in run(gate, kind)[0]]


def test_a_cancelled_run_leaves_no_case_out(gate: Gate):
    cases, _ = run(gate, replace(gate.config.eval_types["quality"], repeats=50), cancelled=True)

    assert len(cases) == 200
    lost = [case for case in cases if case.passed is None]
    assert {"was not worked on: cancelled"} >= {case.error for case in lost}


def test_the_project_folder_is_found_only_while_it_runs(gate: Gate):
    before = list(sys.path)
    run(gate, gate.config.eval_types["quality"])
    assert before == sys.path


# --- models and tasks ---------------------------------------------------------------------------


def _answers(folder: Path, texts: Mapping[str, str]) -> None:
    rows = [
        {"model": "small", "datapoint_id": name, "output": text, "cost_usd": 0.25}
        for name, text in texts.items()
    ]
    (folder / "answers.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_a_model_is_sent_the_rendered_prompt_and_its_cost_is_kept(gate: Gate, project: Path):
    _answers(project, {"a": "a", "b": "wrong", "c": "c"})
    prompt = PromptVersion("ask", 1, "What is {{q}}?")
    kind = replace(
        gate.config.eval_types["quality"],
        candidate=ModelCandidate("recorded:answers.jsonl#small", "ask", {"temperature": 0.0}),
    )
    cases, facts = run(gate, kind, prompts={"ask": prompt})

    assert [("a", True), ("b", False), ("c", True), ("d", None)] == verdicts(cases)
    assert cases[0].cost_usd == 0.25
    assert "holds no answer" in (cases[3].error or "")
    assert facts.candidate == "recorded:answers.jsonl#small"


def test_what_a_judge_costs_is_a_cost_of_the_case(gate: Gate, project: Path):
    judged = json.dumps({"reasoning": "fine", "score": 1.0})
    text = f"""
from assay import evaluators
from assay.core.chat import ChatReply
from assay.core.costs import Cost, CostSource
from decimal import Decimal

def ask(messages):
    return ChatReply({judged!r}, "small", cost=Cost(Decimal("0.5"), CostSource.BILLED))

kind_judge = evaluators.judge("Be kind.", model=ask, name="kind")
"""
    (project / "shop_judge.py").write_text(text)
    kind = replace(
        gate.config.eval_types["quality"], scorers=(ScorerSpec("shop_judge:kind_judge"),)
    )
    cases, _ = run(gate, kind)
    sys.modules.pop("shop_judge")
    assert (cases[0].passed, cases[0].cost_usd, cases[0].reason) == (True, 0.5, "kind: fine")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("What is {{q}}?", "What is a?"),
        (
            ({"role": "system", "content": "Be {{q}}."}, {"role": "user", "content": "Go"}),
            "Be a.\n\nGo",
        ),
    ],
)
def test_a_prompt_is_text_or_a_chat(gate: Gate, project: Path, template: Any, expected: str):
    (project / "shop_model.py").write_text("def say(prompt):\n    return prompt\n")
    kind = replace(
        gate.config.eval_types["quality"],
        candidate=ModelCandidate("python:shop_model:say", "ask"),
    )
    cases, _ = run(gate, kind, prompts={"ask": PromptVersion("ask", 1, template)})
    sys.modules.pop("shop_model")
    assert expected == cases[0].output


def test_a_placeholder_without_an_input_is_an_error_of_the_case(gate: Gate, project: Path):
    _answers(project, dict.fromkeys("abcd", "a"))
    kind = replace(
        gate.config.eval_types["quality"],
        candidate=ModelCandidate("recorded:answers.jsonl#small", "ask"),
    )
    cases, _ = run(gate, kind, prompts={"ask": PromptVersion("ask", 1, "{{nothing}}")})
    assert "{{nothing}}" in (cases[0].error or "")


def test_an_eval_type_may_be_a_task_of_the_bench(gate: Gate, project: Path):
    _answers(project, {"a": "Answer: a", "b": "Answer: x", "c": "nothing", "d": "Answer: d"})
    (project / "task.yaml").write_text(
        'name: letters\nprompt: "{{q}}"\n'
        "extract: {kind: regex, pattern: 'Answer: (.+)'}\n"
        "gold: {field: text}\nmatcher: {kind: exact}\n"
    )
    kind = replace(
        gate.config.eval_types["quality"],
        scorers=(),
        candidate=TaskCandidate(project / "task.yaml", "recorded:answers.jsonl#small"),
    )
    cases, facts = run(gate, kind)

    assert [("a", True), ("b", False), ("c", False), ("d", True)] == verdicts(cases)
    assert facts.candidate == "recorded:answers.jsonl#small on letters"


# --- digests ------------------------------------------------------------------------------------


def facts_of(gate: Gate, kind: EvalTypeConfig) -> EvalFacts:
    return run(gate, kind)[1]


def test_digests_are_the_same_for_the_same_and_others_for_what_changed(gate: Gate, project: Path):
    kind = gate.config.eval_types["tone"]
    first = facts_of(gate, kind)
    assert first == facts_of(gate, kind)

    stricter = facts_of(gate, replace(kind, pass_score=0.5))
    assert first.scorers_digest != stricter.scorers_digest
    assert first.candidate_digest == stricter.candidate_digest

    (project / "tone.jsonl").write_text('{"id": "a", "inputs": {"q": "x"}}\n')
    assert first.dataset_digest != facts_of(gate, kind).dataset_digest


# --- what cannot be run -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": None}, "it has no dataset"),
        ({"candidate": None}, "it has no candidate"),
        ({"scorers": ()}, "it has no scorers"),
        ({"candidate": "shop_agent"}, "is no 'module:function'"),
        ({"candidate": "shop_agent:nothing"}, "it has: answer, at_least, broken"),
        ({"candidate": "shop_agent:CONSTANT"}, "is of type int, which cannot be called"),
        ({"candidate": "shop_absent:answer"}, "there is no module 'shop_absent'"),
        ({"scorers": (ScorerSpec("exact_mach"),)}, "Did you mean 'exact_match'?"),
        ({"scorers": (ScorerSpec("exact_match", {"colour": 1}),)}, "scorer 'exact_match'"),
        ({"candidate": ModelCandidate("python:a:b")}, "a model needs a prompt"),
        ({"candidate": ModelCandidate("python:a:b", "p", {"hue": 1})}, "unknown setting 'hue'"),
    ],
)
def test_what_cannot_be_run_is_said_before_anything_is_called(
    gate: Gate, changes: dict[str, Any], message: str
):
    kind = replace(gate.config.eval_types["quality"], **changes)
    with pytest.raises(InvalidSettingsError) as raised:
        run(gate, kind)
    assert message in str(raised.value)
    assert "'quality'" in str(raised.value)


def test_a_module_that_does_not_load_is_named_with_its_fault(gate: Gate, project: Path):
    kind = replace(gate.config.eval_types["quality"], candidate="shop_bad:answer")
    for text, fault in (("1 / 0", "ZeroDivision"), ("raise SystemExit(0)", "SystemExit")):
        (project / "shop_bad.py").write_text(text)
        with pytest.raises(InvalidSettingsError, match=f"'shop_bad' cannot be imported: {fault}"):
            run(gate, kind)


def test_an_absent_dataset_is_named(gate: Gate, project: Path):
    (project / "tone.jsonl").unlink()
    with pytest.raises(InvalidDatasetError, match=r"tone\.jsonl: there is no such dataset"):
        run(gate, gate.config.eval_types["tone"])


def test_a_suite_logs_what_the_engine_found(gate: Gate, ledger: MemoryLedger):
    done = run_suite(gate, ["tone", "quality"], suite="core", jobs=2)

    assert [Outcome.PASS, Outcome.PASS] == [result.outcome for result in done.results]
    run_id = done.results[0].run_id
    assert run_id is not None
    logged = ledger.get_run(run_id)
    assert logged.params["prompt.greeting"] == "v1"
    assert logged.metrics["pass_rate"] == 1.0
    assert logged.params["suite"] == "core"
    cases = ledger.read_cases([run_id])[run_id]
    assert cases is not None
    assert len(cases) == 4


def test_an_eval_type_that_cannot_be_run_is_an_error_and_the_others_go_on(gate: Gate):
    (gate.folder / "quality.jsonl").unlink()
    done = run_suite(gate, ["tone", "quality"])
    assert [Outcome.PASS, Outcome.ERROR] == [result.outcome for result in done.results]
    assert "no such dataset" in done.results[1].message
