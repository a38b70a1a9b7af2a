"""The config file: what it means, and every fault named with its line."""

from pathlib import Path

import pytest

from assay.core.errors import InvalidSettingsError
from assay.gate.config import (
    DEFAULT_TRACKING_URI,
    EvalTypeConfig,
    GateConfig,
    MetricNames,
    ModelCandidate,
    ScorerSpec,
    choose_tracking_uri,
)
from assay.gate.config_file import read_gate_config


def _read(folder: Path, text: str, *, name: str = "assay.toml") -> GateConfig:
    (folder / name).write_text(text, encoding="utf-8")
    return read_gate_config(folder)


def _faults(folder: Path, text: str, *, name: str = "assay.toml") -> list[str]:
    with pytest.raises(InvalidSettingsError) as caught:
        _read(folder, text, name=name)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_a_whole_config_is_read(tmp_path):
    config = _read(
        tmp_path,
        """\
port = 9999
[gate]
base_experiment = "shop"
tracking_uri = "http://ledger:5000"
default_threshold = 0.7
warn_drop_pp = 5
[gate.suites]
core = ["tone"]
[gate.eval_types.tone]
dataset = "data/tone.jsonl"
candidate = "shop.agent:answer"
scorers = ["exact_match", { name = "contains", ignore_case = true }]
prompts = ["tone", "system"]
threshold = 0.9
repeats = 3
metrics = { pass_rate = "tone_rate", total_cases = "n" }
[gate.eval_types.quality]
candidate = { model = "openai:gpt-x", prompt = "main", temperature = 0 }
gating = false
[gate.eval_types.shield]
experiment = "security-runs"
""",
    )

    assert ("shop", "http://ledger:5000", 0.7, 5.0) == (
        config.base_experiment,
        config.tracking_uri,
        config.default_threshold,
        config.warn_drop_pp,
    )
    assert {"core": ("tone",)} == config.suites
    assert (
        EvalTypeConfig(
            name="tone",
            experiment="shop-tone",
            threshold=0.9,
            dataset=tmp_path / "data/tone.jsonl",
            candidate="shop.agent:answer",
            scorers=(ScorerSpec("exact_match"), ScorerSpec("contains", {"ignore_case": True})),
            prompts=("tone", "system"),
            repeats=3,
            metrics=MetricNames(pass_rate="tone_rate", total_cases="n"),  # noqa: S106
        )
        == config.eval_types["tone"]
    )
    quality = config.eval_types["quality"]
    assert ("shop", 0.7, ("main",), False) == (
        quality.experiment,
        quality.threshold,
        quality.prompts,
        quality.gating,
    )
    assert ModelCandidate("openai:gpt-x", "main", {"temperature": 0}) == quality.candidate
    assert "security-runs" == config.eval_types["shield"].experiment
    assert tmp_path / "assay.toml" == config.source


def test_without_a_file_or_a_table_the_defaults_hold(tmp_path):
    assert GateConfig() == read_gate_config(tmp_path)
    assert GateConfig() == _read(tmp_path, "port = 1\n")


def test_a_project_file_is_read_where_there_is_no_own_one(tmp_path):
    text = '[project]\nname = "x"\n[tool.assay.gate]\nbase_experiment = "mine"\n'

    assert "mine" == _read(tmp_path, text, name="pyproject.toml").base_experiment
    assert [
        "pyproject.toml:2: gate.alpha: input should be less than 1 (a ratio: 0.8, not 80), found 5."
    ] == _faults(tmp_path, "[tool.assay.gate]\nalpha = 5\n", name="pyproject.toml")


def test_every_fault_is_named_at_once_with_line_and_key(tmp_path):
    faults = _faults(
        tmp_path,
        """\
[gate]
base_experiment = " "
default_threshold = 80
warn_drop = 10
[gate.suites]
core = [
  "tone",
  7,
]
[gate.eval_types.tone]
threshold = 1.5
repeats = 0
scorers = [{ settings = 1 }]
metrics = { passrate = "x" }
candidate = 5
""",
    )

    assert [
        "assay.toml:2: gate.base_experiment: string should have at least 1 character, found ' '.",
        (
            "assay.toml:3: gate.default_threshold: input should be less than or equal to 1 "
            "(a ratio: 0.8, not 80), found 80."
        ),
        "assay.toml:4: gate.warn_drop: unknown key; did you mean warn_drop_pp?",
        "assay.toml:8: gate.suites.core.1: input should be a valid string, found 7.",
        (
            "assay.toml:11: gate.eval_types.tone.threshold: input should be less than or equal to 1 "
            "(a ratio: 0.8, not 80), found 1.5."
        ),
        (
            "assay.toml:12: gate.eval_types.tone.repeats: input should be greater than or equal to "
            "1, found 0."
        ),
        (
            "assay.toml:13: gate.eval_types.tone.scorers.0.name: field required, found "
            "{'settings': 1}."
        ),
        (
            "assay.toml:14: gate.eval_types.tone.metrics.passrate: unknown key; did you mean "
            "pass_rate?"
        ),
        (
            "assay.toml:15: gate.eval_types.tone.candidate: input should be a valid string, found 5 "
            "or input should be a table, found 5."
        ),
    ] == faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '[gate.eval_types.a]\nexperiment = "assay-b"\n[gate.eval_types.b]\n',
            (
                "assay.toml:3: gate.eval_types.b: the experiment 'assay-b' already holds the runs of "
                "'a'; every eval type needs one of its own."
            ),
        ),
        (
            '[gate.eval_types.quality]\n[gate.eval_types.b]\nexperiment = "assay"\n',
            (
                "assay.toml:3: gate.eval_types.b.experiment: the experiment 'assay' already holds the "
                "runs of 'quality'; every eval type needs one of its own."
            ),
        ),
        (
            '[gate.suites]\ncore = ["a",\n"b",\n"a"]\n',
            "assay.toml:4: gate.suites.core.2: 'a' is named 2 times.",
        ),
        ("gate = 5\n", "assay.toml:1: gate: expected a table."),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, text, fault):
    assert [fault] == _faults(tmp_path, text)


def test_a_file_that_is_no_toml_or_no_text_is_refused(tmp_path):
    assert "assay.toml:1:6: is not TOML: Expected ']'" in _faults(tmp_path, "[gate")[0]
    (tmp_path / "assay.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidSettingsError, match="cannot be read"):
        read_gate_config(tmp_path)


def test_a_suite_may_name_types_that_are_only_read_but_a_likely_slip_is_warned_of(tmp_path):
    read_only = _read(tmp_path, '[gate.suites]\ncore = ["tone", "routing"]\n')
    mixed = '[gate.suites]\ncore = ["routing", "tone"]\n[gate.eval_types.tone]\n'
    assert () == _read(tmp_path, mixed).warnings
    slip = _read(tmp_path, '[gate.suites]\ncore = ["tome"]\n[gate.eval_types.tone]\n')

    assert () == read_only.warnings
    (warning,) = slip.warnings
    assert "assay.toml:2: gate.suites.core.0: 'tome' has no table" in warning
    assert "did you mean tone?" in warning


def test_a_declared_type_with_its_own_experiment_leaves_its_default_one_to_nobody():
    config = GateConfig(eval_types={"tone": EvalTypeConfig("tone", "other")})

    assert "tone" == config.eval_type_of("other")
    assert config.eval_type_of("assay-tone") is None
    assert "routing" == config.eval_type_of("assay-routing")
    assert "quality" == config.eval_type_of("assay")
    assert config.eval_type_of("elsewhere") is None


@pytest.mark.parametrize(
    ("given", "uri"),
    [
        (("f", "a", "c", "m"), "f"),
        ((None, "a", "c", "m"), "a"),
        ((None, None, "c", "m"), "c"),
        ((None, "", None, "m"), "m"),
        ((None, None, None, None), DEFAULT_TRACKING_URI),
    ],
)
def test_the_ledger_is_where_the_strongest_source_says(given, uri):
    flag, variable, config, mlflow = given

    assert uri == choose_tracking_uri(
        flag=flag, assay_variable=variable, config=config, mlflow_variable=mlflow
    )


def test_traces_are_kept_unless_the_config_says_no(tmp_path):
    assert _read(tmp_path, "[gate]\n").traces is True
    assert _read(tmp_path, "[gate]\ntraces = false\n").traces is False
