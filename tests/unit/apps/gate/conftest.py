"""A project of two eval types in a folder, and its gate over a ledger in memory."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.apps.services.gate import Gate
from assay.apps.settings import Settings
from assay.gate.config_file import read_gate_config
from assay.kit.clock import SYSTEM_CLOCK
from assay.testing.memory_ledger import MemoryLedger


AGENT = '''
"""An agent that says what its prompt says."""

import json


def answer(inputs, prompts):
    if inputs["q"] == "boom":
        raise RuntimeError("no answer today")
    return {"text": prompts["greeting"].format(**inputs)}


def echo(inputs):
    return inputs["q"]


async def later(question):
    return question["q"]


def polite(outputs):
    return "please" in outputs["text"]


def broken(outputs):
    raise ValueError("the judge is away")


def at_least(least):
    def judge(outputs):
        return float(len(outputs)) if len(outputs) >= least else 0.0
    return judge


CONSTANT = 3
'''

CONFIG = """
[gate]
base_experiment = "shop"

[gate.suites]
core = ["tone", "quality"]

[gate.eval_types.tone]
dataset = "tone.jsonl"
candidate = "shop_agent:answer"
scorers = ["shop_agent:polite"]
prompts = ["greeting"]
threshold = 0.5

[gate.eval_types.quality]
dataset = "quality.jsonl"
candidate = "shop_agent:echo"
scorers = ["exact_match"]
"""

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for every column, wherever the tests run."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The folder, with its modules forgotten at the end."""
    (tmp_path / "shop_agent.py").write_text(AGENT)
    (tmp_path / "assay.toml").write_text(CONFIG)
    rows: list[dict[str, Any]] = [
        {"id": name, "inputs": {"q": name}, "ground_truth": {"text": name}} for name in "abcd"
    ]
    for name in ("tone", "quality"):
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text)
    yield tmp_path
    sys.modules.pop("shop_agent", None)


@pytest.fixture
def ledger() -> MemoryLedger:
    """A ledger with one prompt, which the alias of experiments points at."""
    made = MemoryLedger(clock=SYSTEM_CLOCK)
    version = made.register_version("greeting", "{q}, please")
    made.set_alias("greeting", "experiment", version.version)
    return made


@pytest.fixture
def gate(project: Path, ledger: MemoryLedger) -> Gate:
    """The project's gate."""
    return open_memory_gate(project, ledger)


def open_memory_gate(folder: Path, ledger: MemoryLedger) -> Gate:
    """Read the config anew and return a gate over it."""
    return Gate(
        config=read_gate_config(folder),
        ledger=ledger,
        folder=folder,
        settings=Settings(data_dir=folder / ".assay"),
    )
