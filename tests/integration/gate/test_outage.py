"""A ledger that cannot be read: every command exits 2 with one line, and nothing fails open."""

import json
from pathlib import Path

import pytest

from tests.acceptance.command_line import Said, assay
from tests.command_series import assay_series
from tests.services import free_port


CONFIG = """
[gate.suites]
core = ["tone"]

[gate.eval_types.tone]
dataset = "tone.jsonl"
candidate = "shop_agent:answer"
scorers = ["exact_match"]
prompts = ["greeting"]
"""
COMMANDS = [
    ("trend",),
    ("trend", "--format", "json"),
    ("check",),
    ("check", "--format", "json"),
    ("check", "--format", "junit"),
    ("promote", "greeting"),
    ("promote", "greeting", "--dry-run"),
    ("promote", "greeting", "--force"),
    ("rollback", "greeting", "--reason", "it was rude"),
    ("run-evals",),
    ("run-evals", "--no-check", "--format", "json"),
    ("prompts", "register", "greeting", "greeting.txt"),
    ("prompts", "list"),
    ("prompts", "show", "greeting"),
    ("prompts", "diff", "greeting", "1", "2"),
    ("prompts", "history", "greeting"),
    ("baseline", "show"),
    ("baseline", "pin", "run", "--reason", "approved"),
    ("baseline", "unpin", "tone", "--reason", "no more"),
    ("runs", "publish", "--eval-type", "tone", "--cases", "cases.jsonl"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project")
    (path / "assay.toml").write_text(CONFIG)
    (path / "greeting.txt").write_text("Hello")
    (path / "cases.jsonl").write_text(json.dumps({"case_id": "a", "passed": True}))
    (path / "shop_agent.py").write_text("def answer(inputs):\n    return inputs\n")
    (path / "tone.jsonl").write_text('{"id": "a", "inputs": {"q": "1"}}\n')
    return path


@pytest.fixture(scope="module")
def nobody() -> str:
    """The URI of a server that was stopped."""
    return f"http://127.0.0.1:{free_port()}"


def is_no_answer(said: Said, *, about: str) -> None:
    assert (2, "") == (said.code, said.out), said
    lines = [line for line in said.err.splitlines() if not line.startswith("WARNING: --force")]
    assert len(lines) == 1, said.err
    assert lines[0].startswith("Error: ")
    assert about in lines[0]
    assert "Traceback" not in said.err


@pytest.fixture(scope="module")
def answers(folder: Path, nobody: str) -> dict[tuple[str, ...], Said]:
    """What every command said while nobody answered."""
    said = assay_series(COMMANDS, folder=folder, env={"ASSAY_TRACKING_URI": nobody})
    return dict(zip(COMMANDS, said, strict=True))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_stopped_server_is_no_answer(
    answers: dict[tuple[str, ...], Said], nobody: str, command: tuple[str, ...]
):
    is_no_answer(answers[command], about=nobody)


def test_the_flag_goes_before_the_variable_and_the_variable_before_mlflows(
    folder: Path, nobody: str
):
    weaker = {"ASSAY_TRACKING_URI": "http://127.0.0.1:2", "MLFLOW_TRACKING_URI": "http://x:3"}
    is_no_answer(assay("trend", "--tracking-uri", nobody, folder=folder, env=weaker), about=nobody)
    is_no_answer(assay("trend", folder=folder, env=weaker), about="http://127.0.0.1:2")
    plain = {"MLFLOW_TRACKING_URI": nobody}
    is_no_answer(assay("trend", folder=folder, env=plain), about=nobody)


def test_a_ledger_that_was_never_made_is_no_answer_and_says_how_it_was_chosen(folder: Path):
    said = assay("check", folder=folder)
    is_no_answer(said, about="No tracking URI is set")
    assert not (folder / "mlflow.db").exists()


def test_a_trend_of_a_ledger_that_was_never_made_is_empty_and_says_where_it_looked(folder: Path):
    """Only for the one who looks: the check of a mistyped path must not pass."""
    place = "sqlite:///data/mistyped.db"
    for option, shown in (("table", "No eval runs found"), ("json", '"summaries": []')):
        said = assay("trend", "--tracking-uri", place, "--format", option, folder=folder)
        assert (0, 1) == (said.code, len(said.err.splitlines())), said
        assert shown in said.out
        assert f"Note: There is no database at {folder / 'data' / 'mistyped.db'}" in said.err
    assert not (folder / "data").exists()
    is_no_answer(assay("check", "--tracking-uri", place, folder=folder), about="mistyped.db")


def test_a_folder_of_files_is_refused_with_the_way_out(folder: Path):
    said = assay("trend", "--tracking-uri", "file:///tmp/mlruns", folder=folder)
    is_no_answer(said, about="mlflow migrate-filestore")


def test_a_config_that_is_wrong_is_no_answer(tmp_path: Path):
    (tmp_path / "assay.toml").write_text('[gate]\ndefault_threshold = "high"\n')
    said = assay("check", folder=tmp_path)
    assert (2, "") == (said.code, said.out)
    assert "assay.toml:2: gate.default_threshold: " in said.err


def test_the_doctor_says_that_the_ledger_is_away(folder: Path, nobody: str):
    said = assay("doctor", "--format", "json", folder=folder, env={"ASSAY_TRACKING_URI": nobody})
    [finding] = [check for check in said.json["checks"] if check["check"] == "ledger"]
    assert said.code == 1
    assert finding["state"] == "failure"
    assert nobody in finding["found"]
