"""The walls between the rooms have teeth: each wrong import, planted in turn, breaks a contract.

Every case copies the package, adds one or two small modules and runs the real ``lint-imports``
over the copy with the real contracts.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.repository import ROOT


HOUSE = "House: apps > capabilities > execution"
CYCLES = "No cycles between siblings"
PURE = "core and kit are pure"
LIGHT = "The SDK stays light"
AGGREGATE = "The SDK never aggregates"
FACE = "The face is for users"
DATABASE = "One vendor, one door: the database"
OPENTELEMETRY = "One vendor, one door: opentelemetry"
MLFLOW = "One vendor, one door: mlflow"
TORCH = "One vendor, one door: torch, transformers, optuna"
PROVIDERS = "One vendor, one door: model providers"
HTTP = "One vendor, one door: HTTP clients"
TABLES = "One vendor, one door: tables for people"
RETRIES = "One vendor, one door: retries and logs"
MATCHING = "One vendor, one door: text matching"
WEB = "One vendor, one door: the web and the terminal"
OTHER_HTTP = "One HTTP client: httpx2"
TESTING = "Test libraries live in testing"
STORE_DOOR = "Adapter doors: the store"
MODEL_DOOR = "Adapter doors: model calls"
TRACING_DOOR = "Adapter doors: tracing"
LEDGER_DOOR = "Adapter doors: the experiment ledger"
ENGINE_DOOR = "Adapter doors: the engine"


@dataclass(frozen=True, slots=True)
class Planted:
    """One wrong import: files under ``src/assay`` and the contract that must catch it."""

    title: str
    contract: str
    files: Mapping[str, str] = field(default_factory=dict)


def one(title: str, contract: str, *, room: str, line: str) -> Planted:
    """Plant a single module with a single import."""
    return Planted(title, contract, {f"{room}/planted.py": f"{line}\n"})


def inside_function(line: str) -> str:
    return f"def planted() -> None:\n    {line}"


def type_checking(line: str) -> str:
    return f"from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    {line}"


WRONG = (
    one("peer to peer", HOUSE, room="bench", line="import assay.experiments"),
    one("peer to peer, the other way", HOUSE, room="experiments", line="from assay import bench"),
    one(
        "peer to peer inside a function",
        HOUSE,
        room="bench",
        line=inside_function("from assay import experiments"),
    ),
    one(
        "peer to peer under TYPE_CHECKING",
        HOUSE,
        room="bench",
        line=type_checking("import assay.experiments"),
    ),
    one("the gate importing a peer", HOUSE, room="gate", line="import assay.experiments"),
    one("adapter to adapter", HOUSE, room="llm", line="import assay.tracing"),
    one("the engine reaching a capability", HOUSE, room="execution", line="import assay.bench"),
    one("kit importing core", HOUSE, room="kit", line="import assay.core.errors"),
    one("core importing an adapter", HOUSE, room="core", line="import assay.llm"),
    one("the product importing its test doubles", HOUSE, room="apps", line="import assay.testing"),
    one("the SDK reaching the server", HOUSE, room="experiments", line="import assay.apps.server"),
    one(
        "the SDK reaching the server inside a function",
        HOUSE,
        room="experiments",
        line=inside_function("from assay.apps import server"),
    ),
    Planted("a new top-level room", HOUSE, {"gadgets/__init__.py": ""}),
    Planted("a new top-level module", HOUSE, {"utils.py": ""}),
    Planted(
        "a cycle inside a room",
        CYCLES,
        {
            "bench/planted_one.py": "import assay.bench.planted_two\n",
            "bench/planted_two.py": inside_function("import assay.bench.planted_one") + "\n",
        },
    ),
    Planted(
        "a cycle between packages inside a room",
        CYCLES,
        {
            "core/one/__init__.py": "",
            "core/one/leaf.py": "import assay.core.two.leaf\n",
            "core/two/__init__.py": "",
            "core/two/leaf.py": "",
            "core/two/other.py": "import assay.core.one.leaf\n",
        },
    ),
    one("a room importing the face", FACE, room="execution", line="from assay import __version__"),
    one(
        "a room importing the older names",
        FACE,
        room="experiments",
        line="from assay.evaluation import evaluate",
    ),
    one("the SDK aggregating", AGGREGATE, room="experiments", line="import assay.core.aggregate"),
    one("bench aggregating", AGGREGATE, room="bench", line="from assay.core import aggregate"),
    one("the store used by bench", STORE_DOOR, room="bench", line="import assay.store"),
    one("the store used by the SDK", STORE_DOOR, room="experiments", line="import assay.store"),
    one("model calls from the SDK", MODEL_DOOR, room="experiments", line="import assay.llm"),
    one("tracing from bench", TRACING_DOOR, room="bench", line="import assay.tracing"),
    one("the ledger used by bench", LEDGER_DOOR, room="bench", line="import assay.tracking"),
    one(
        "the ledger used by the SDK",
        LEDGER_DOOR,
        room="experiments",
        line=inside_function("from assay.tracking import open_ledger"),
    ),
    one("the ledger using the store", HOUSE, room="tracking", line="import assay.store"),
    one("a database in the ledger", DATABASE, room="tracking", line="import sqlalchemy"),
    one("mlflow in the apps", MLFLOW, room="apps", line=inside_function("import mlflow")),
    one("the engine in the gate", ENGINE_DOOR, room="gate", line="import assay.execution"),
    one("sqlalchemy in bench", DATABASE, room="bench", line="from sqlalchemy import select"),
    one("sqlite3 in the SDK", DATABASE, room="experiments", line="import sqlite3"),
    one("psycopg in the apps", DATABASE, room="apps", line=inside_function("import psycopg")),
    one(
        "opentelemetry in bench",
        OPENTELEMETRY,
        room="bench",
        line="from opentelemetry.sdk.trace import TracerProvider",
    ),
    one("mlflow, even where it is not installed", MLFLOW, room="bench", line="import mlflow"),
    one("torch, even where it is not installed", TORCH, room="execution", line="import torch.nn"),
    one("optuna under TYPE_CHECKING", TORCH, room="bench", line=type_checking("import optuna")),
    one("openai in the SDK", PROVIDERS, room="experiments", line="import openai"),
    one("prices outside the gateway", PROVIDERS, room="bench", line="import genai_prices"),
    one("HTTP in the engine", HTTP, room="execution", line="import httpx2"),
    one("another HTTP client", OTHER_HTTP, room="llm", line="import requests"),
    one("the older HTTP client", OTHER_HTTP, room="apps", line=inside_function("import httpx")),
    one("fastapi in the engine", WEB, room="execution", line="import fastapi"),
    one("starlette in the SDK", WEB, room="experiments", line="import starlette.testclient"),
    one("retries outside the helper", RETRIES, room="llm", line="import tenacity"),
    one(
        "matching outside the capabilities",
        MATCHING,
        room="execution",
        line="import rapidfuzz.fuzz",
    ),
    one("rich in bench", TABLES, room="bench", line="from rich.table import Table"),
    one("typer in core", PURE, room="core", line="import typer"),
    one("core doing HTTP", PURE, room="core", line=inside_function("import httpx2")),
    one("kit opening a database", PURE, room="kit", line="import sqlite3"),
    one("numpy in the SDK", LIGHT, room="experiments", line="import numpy"),
    Planted(
        "numpy in the SDK by a detour",
        LIGHT,
        {
            "core/planted.py": "import numpy\n",
            "experiments/planted.py": "import assay.core.planted\n",
        },
    ),
    one("pytest in the product", TESTING, room="experiments", line="import pytest"),
    Planted("a vendor in the face", DATABASE, {"__init__.py": "import sqlalchemy\n"}),
)


def lint_imports(source: Path, *, config: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of ``config`` over the package below ``source``."""
    command = [
        str(Path(sys.executable).parent / "lint-imports"),
        "--no-cache",
        "--no-logo",
        "--config",
        str(config),
    ]
    # COLUMNS: the report wraps at the terminal's width and would break contract names in two.
    environment = {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "1000"}
    return subprocess.run(
        command,
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def broken_contracts(report: str) -> list[str]:
    """The names of the broken contracts in a report."""
    return re.findall(r"^(.+) BROKEN(?: \(.*\))?$", report, re.MULTILINE)


def test_the_tree_as_it_is_keeps_every_contract() -> None:
    done = lint_imports(ROOT / "src", config=ROOT / "pyproject.toml")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.title)
def test_a_wrong_import_breaks_its_contract(wrong: Planted, tmp_path: Path) -> None:
    package = tmp_path / "src" / "assay"
    shutil.copytree(
        ROOT / "src" / "assay", package, ignore=shutil.ignore_patterns("__pycache__", "page")
    )
    for name, text in wrong.files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if not path.exists() else path.read_text() + text)

    done = lint_imports(tmp_path / "src", config=ROOT / "pyproject.toml")

    broken = broken_contracts(done.stdout)
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(name.startswith(wrong.contract) for name in broken), done.stdout


def test_every_contract_is_tried_by_a_planted_import() -> None:
    config = (ROOT / "pyproject.toml").read_text()
    names = [
        line.removeprefix('name = "').removesuffix('"')
        for line in config.split("[tool.importlinter]")[1].splitlines()
        if line.startswith("name = ")
    ]
    tried = {wrong.contract for wrong in WRONG}

    assert [] == [name for name in names if not any(name.startswith(part) for part in tried)]
