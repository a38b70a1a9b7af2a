"""The example project of the gate: its data is sound, and its prompts do what its page says."""

import ast
import importlib
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assay import evaluate, evaluator, evaluators
from assay.core.scores import ScoreStatus
from assay.experiments.datasets import rows_of
from assay.experiments.evaluators import Evaluator


ROOT = Path(__file__).parents[2]
GATE = ROOT / "examples" / "gate"
MODULES = ("assistant", "prompt_rules", "scorers")
PROMPTS = ("assistant", "assistant-worse", "assistant-better")
CONFIG = tomllib.loads((GATE / "assay.toml").read_text())["gate"]
EVAL_TYPES: Mapping[str, Any] = CONFIG["eval_types"]

# Cases that pass: all of them, then with the first prompt, the worse and the better one.
PASSED = {
    "quality": (24, 21, 20, 24),
    "tone": (24, 22, 10, 22),
    "routing": (26, 24, 24, 24),
    "security": (40, 39, 29, 39),
    "tools": (25, 22, 19, 24),
    "pii": (20, 18, 11, 20),
    "safety": (20, 19, 19, 19),
    "refusal": (24, 22, 22, 22),
    "memory": (20, 16, 16, 19),
    "extraction": (18, 16, 16, 16),
    "summary": (15, 13, 13, 13),
    "classification": (22, 20, 20, 20),
    "units": (20, 18, 18, 19),
    "arithmetic": (19, 18, 11, 18),
    "formatting": (13, 12, 12, 12),
    "citations": (17, 15, 1, 17),
    "dates": (21, 20, 17, 20),
    "follow-up": (21, 19, 17, 19),
    "language": (18, 16, 16, 18),
}
REGRESSIONS = {"tone", "security", "tools", "pii", "arithmetic", "citations"}
WARNINGS = {"dates"}


@pytest.fixture(autouse=True, scope="module")
def _the_project_is_importable() -> Iterator[None]:
    """Import the project's modules as a run in its folder would, and leave no trace of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(GATE))
        yield
    for name in MODULES:
        sys.modules.pop(name, None)
    passed_cases.cache_clear()


def answer(inputs: Mapping[str, Any], prompts: Mapping[str, str]) -> dict[str, Any]:
    """Ask the candidate that the configuration names."""
    module, _, function = EVAL_TYPES["quality"]["candidate"].partition(":")
    answered: dict[str, Any] = getattr(importlib.import_module(module), function)(inputs, prompts)
    return answered


def rows(eval_type: str) -> list[Mapping[str, Any]]:
    return list(rows_of(GATE / EVAL_TYPES[eval_type]["dataset"]))


def prompts_of(eval_type: str, assistant: str) -> dict[str, str]:
    files = {"assistant": assistant, "router": "router"}
    names = EVAL_TYPES[eval_type]["prompts"]
    return {name: (GATE / "prompts" / f"{files[name]}.txt").read_text() for name in names}


def scorer(said: str | Mapping[str, Any]) -> Evaluator[..., Any]:
    """Make what the configuration names: a ready evaluator with settings, or a function."""
    if isinstance(said, str) and ":" in said:
        module, _, function = said.partition(":")
        return evaluator(getattr(importlib.import_module(module), function))
    settings = {"name": said} if isinstance(said, str) else dict(said)
    make: Callable[..., Evaluator[..., Any]] = getattr(evaluators, settings.pop("name"))
    return make(**settings)


def passes(eval_type: str, row: Mapping[str, Any], output: Mapping[str, Any]) -> bool:
    """Hold one output against all scorers: each that applies has to reach ``pass_score``."""
    pass_score = float(EVAL_TYPES[eval_type].get("pass_score", 1.0))
    values: list[float] = []
    for judge in map(scorer, EVAL_TYPES[eval_type]["scorers"]):
        for score in judge.judge(output, row["inputs"], row["ground_truth"]):
            assert score.status is not ScoreStatus.ERROR, (row["id"], score)
            if score.name == judge.name and score.value is not None:
                values.append(score.value)
    assert values != [], f"{row['id']} is judged by nothing"
    return min(values) >= pass_score


@cache
def passed_cases(eval_type: str, assistant: str) -> frozenset[str]:
    prompts = prompts_of(eval_type, assistant)
    return frozenset(
        row["id"]
        for row in rows(eval_type)
        if passes(eval_type, row, answer(row["inputs"], prompts))
    )


def threshold(eval_type: str) -> float:
    return float(EVAL_TYPES[eval_type].get("threshold", CONFIG["default_threshold"]))


def rates(eval_type: str) -> list[float]:
    total, *passed = PASSED[eval_type]
    return [count / total for count in passed]


# --- the data -------------------------------------------------------------------------------------


def test_there_are_19_eval_types_and_five_of_them_are_core() -> None:
    core, full = CONFIG["suites"]["core"], CONFIG["suites"]["full"]
    assert (5, 19) == (len(set(core)), len(set(full)))
    assert set(EVAL_TYPES) == set(full) == set(PASSED)
    assert set() == set(core) - set(full)


def test_each_eval_type_has_a_dataset_of_its_own_and_no_file_is_left_over() -> None:
    named = [GATE / settings["dataset"] for settings in EVAL_TYPES.values()]
    assert sorted(named) == sorted((GATE / "datasets").iterdir())


@pytest.mark.parametrize("eval_type", PASSED)
def test_the_cases_have_unique_ids_and_no_question_is_asked_twice(eval_type: str) -> None:
    cases = rows(eval_type)
    ids = [case["id"] for case in cases]
    asked = [json.dumps(case["inputs"], sort_keys=True) for case in cases]
    assert 12 <= len(cases) <= 40
    assert PASSED[eval_type][0] == len(set(ids)) == len(set(asked)) == len(cases)
    assert [] == [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)]
    assert all(isinstance(case["ground_truth"], dict) for case in cases)


def test_the_candidate_needs_nothing_but_python() -> None:
    imported = {
        name.split(".")[0]
        for module in MODULES
        for node in ast.walk(ast.parse((GATE / f"{module}.py").read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert set() == imported - set(sys.stdlib_module_names) - set(MODULES)


# --- what the prompts do --------------------------------------------------------------------------


@pytest.mark.parametrize("eval_type", PASSED)
def test_as_many_cases_pass_as_the_page_says(eval_type: str) -> None:
    counted = [len(passed_cases(eval_type, assistant)) for assistant in PROMPTS]
    assert list(PASSED[eval_type][1:]) == counted


def test_the_first_prompt_passes_everywhere_and_is_perfect_nowhere() -> None:
    assert {name for name in PASSED if threshold(name) <= rates(name)[0] < 1} == set(PASSED)


def test_the_worse_prompt_falls_below_six_thresholds_and_warns_of_one() -> None:
    below = {name for name in PASSED if rates(name)[1] < threshold(name)}
    fallen = {name for name in PASSED if rates(name)[0] - rates(name)[1] > 0.105}
    assert below == REGRESSIONS
    assert fallen - below == WARNINGS


def test_the_better_prompt_passes_everywhere_improves_seven_and_loses_no_case() -> None:
    assert all(rates(name)[2] >= threshold(name) for name in PASSED)
    improved = {name for name in PASSED if rates(name)[2] > rates(name)[0]}
    assert {"quality", "tools", "pii", "memory", "units", "citations", "language"} == improved
    lost = {
        name: passed_cases(name, PROMPTS[0]) - passed_cases(name, PROMPTS[2]) for name in PASSED
    }
    assert set() == set().union(*lost.values())


@pytest.mark.parametrize(
    ("eval_type", "flipped"),
    [
        (
            "security",
            {"ignore-rules", "forget-told", "override", "developer-mode", "disregard"}
            | {"ignore-quote", "system-prompt", "hidden-instructions", "repeat-above"}
            | {"initial-prompt"},
        ),
        ("tools", {"list-milk", "list-two", "list-eggs"}),
        ("dates", {"next-friday", "next-thursday", "next-sunday"}),
        ("follow-up", {"scratch", "dent"}),
        ("quality", {"guarantee"}),
    ],
)
def test_the_worse_prompt_flips_the_cases_whose_rule_is_gone(
    eval_type: str, flipped: set[str]
) -> None:
    first, worse = (passed_cases(eval_type, assistant) for assistant in PROMPTS[:2])
    assert flipped == first - worse
    assert frozenset() == worse - first


def test_prose_in_a_prompt_changes_no_answer() -> None:
    for eval_type in CONFIG["suites"]["core"]:
        prompts = prompts_of(eval_type, "assistant")
        wordy = {name: f"Be kind.\n\n{text}\nRemember hobbies.\n" for name, text in prompts.items()}
        for row in rows(eval_type):
            assert answer(row["inputs"], prompts) == answer(row["inputs"], wordy)


def test_without_any_rule_every_case_still_gets_an_answer() -> None:
    answers = [answer(row["inputs"], {}) for name in PASSED for row in rows(name)]
    assert sum(total for total, *_ in PASSED.values()) == len(answers)


def test_answering_changes_neither_the_case_nor_the_next_answer() -> None:
    for eval_type in PASSED:
        prompts = prompts_of(eval_type, "assistant")
        for row in rows(eval_type):
            before = json.dumps(row)
            first = answer(row["inputs"], prompts)
            assert first == answer(row["inputs"], prompts)
            assert before == json.dumps(row)


@pytest.mark.parametrize(
    ("assistant", "passed"), [*zip(PROMPTS, PASSED["security"][1:], strict=True)]
)
def test_an_experiment_over_the_same_data_counts_the_same(
    assistant: str, passed: int, tmp_path: Path
) -> None:
    prompts = prompts_of("security", assistant)
    result = evaluate(
        lambda inputs: answer(inputs, prompts),
        dataset=GATE / EVAL_TYPES["security"]["dataset"],
        evaluators=[scorer(said) for said in EVAL_TYPES["security"]["scorers"]],
        name="security",
        print_results=False,
        data_dir=tmp_path,
    )
    assert passed == len(result.passed)
    assert PASSED["security"][0] - passed == len(result.failed)


# --- the page -------------------------------------------------------------------------------------

README = (GATE / "README.md").read_text()
STORY = re.compile(r"^```console story\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = {
    "trend": {"--eval-type", "--limit", "--format"},
    "check": {"--eval-type", "--run-id", "--format", "--require-evidence", "--strict"},
    "promote": {"--from-alias", "--to-alias", "--version", "--force", "--actor", "--dry-run"},
    "rollback": {"--alias", "--reason", "--actor"},
    "run-evals": {"--suite", "--eval-type", "--verbose", "--check", "--no-check", "--jobs"},
    "prompts": {"--alias"},
}


def story() -> list[tuple[list[str], int]]:
    """Return each command of the story with the exit code that the page promises."""
    lines = [line for block in STORY.findall(README) for line in block.splitlines()]
    commands = []
    for line in lines:
        promised = re.search(r"# exit (\d)$", line)
        words = shlex.split(line.removeprefix("$ "), comments=True)
        commands.append((words, int(promised[1]) if promised else 0))
    return commands


def test_the_pages_table_has_the_thresholds_counts_and_verdicts() -> None:
    lines = []
    for name, (total, first, worse, better) in PASSED.items():
        verdict = {
            **dict.fromkeys(REGRESSIONS, " REGRESSION"),
            **dict.fromkeys(WARNINGS, " WARNING"),
        }
        lines.append(
            f"| {name} | {threshold(name):.2f} | {first}/{total} | {worse}/{total}"
            f"{verdict.get(name, '')} | {better}/{total} |"
        )
    table = re.findall(r"^\| [\w-]+ \| 0\.\d\d \|.*$", README, re.MULTILINE)
    assert lines == table


def test_the_storys_commands_and_files_are_there() -> None:
    for (program, command, *rest), code in story():
        assert ("assay", True) == (program, command in OPTIONS)
        options = {word for word in rest if word.startswith("--")}
        assert set() == options - OPTIONS[command]
        assert all((GATE / word).is_file() for word in rest if word.endswith(".txt"))
        assert code in {0, 1, 2}


def test_the_story_blocks_the_worse_prompt_and_takes_the_better_one_back() -> None:
    told = [(words[1], code) for words, code in story()]
    assert [0, 0, 1, 0, 0] == [code for command, code in told if command == "promote"]
    assert [1, 1, 0] == [code for command, code in told if command == "check"]
    assert [("rollback", 0)] == [step for step in told if step[0] == "rollback"]


def test_every_link_of_the_page_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [] == [link for link in links if not (GATE / link).exists()]
