"""A small project with a real ledger, and a server in its folder."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assay.core.eval_runs import CaseRecord, LoggedStatus, RunStart
from assay.testing.manual_clock import ManualClock
from assay.tracking import MlflowLedger, open_ledger


CONFIG = """
[gate]
base_experiment = "shop"
tracking_uri = "sqlite:///mlflow.db"

[gate.suites]
core = ["tone", "quality"]

[gate.eval_types.tone]
dataset = "cases.jsonl"
candidate = "shop_agent:answer"
scorers = ["shop_agent:polite"]
prompts = ["greeting"]

[gate.eval_types.quality]
dataset = "cases.jsonl"
candidate = "shop_agent:answer"
scorers = ["shop_agent:answered"]
prompts = ["greeting"]
"""
AGENT = """
def answer(inputs, prompts):
    return {"text": prompts["greeting"].replace("{{q}}", inputs["q"])}

def polite(outputs):
    return "please" in outputs["text"]

def answered(outputs):
    return len(outputs["text"]) > 3
"""
SERVE = """
from assay.apps.logs import configure_logs
from assay.apps.server.serve import serve
from assay.apps.settings import load_settings
settings = load_settings().values
configure_logs(settings)
serve(settings, on_ready=lambda url: print(url, flush=True))
"""
TEXTS = ("Where is {{q}}, please?", "Kindly: where is {{q}}, please?", "{{q}}?")


def make_project(folder: Path) -> None:
    """Write the files and fill the ledger: with version 3, tone fell below its threshold."""
    (folder / "assay.toml").write_text(CONFIG)
    (folder / "shop_agent.py").write_text(AGENT)
    rows = ({"id": f"case-{n}", "inputs": {"q": f"kettle {n}"}} for n in range(8))
    (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, rows)))
    clock = ManualClock(datetime.now(UTC) - timedelta(days=6))
    with open_ledger(f"sqlite:///{folder}/mlflow.db", create=True, clock=clock) as ledger:
        for version, text in enumerate(TEXTS, start=1):
            ledger.register_version("greeting", text, message=f"take {version}")
        ledger.set_alias("greeting", "experiment", 3)
        ledger.set_alias("greeting", "production", 1)
        for version in (1, 2, 3):
            for eval_type in ("tone", "quality"):
                clock.advance(86_400)
                passed = 2 if (version, eval_type) == (3, "tone") else 8
                _log(ledger, eval_type, version=version, passed=passed)


def _log(ledger: MlflowLedger, eval_type: str, *, version: int, passed: int) -> None:
    experiment = "shop" if eval_type == "quality" else f"shop-{eval_type}"
    params = {"prompt.greeting": f"v{version}", "threshold": "0.8"}
    tags = {"eval_type": eval_type, "assay.dataset_digest": "d", "assay.scorers_digest": "s"}
    run_id = ledger.start_run(RunStart(experiment, eval_type, params=params, tags=tags))
    ledger.log_cases(
        run_id,
        [
            CaseRecord(
                f"case-{n}",
                input={"q": f"kettle {n}"},
                output={"text": "please wait" if n < passed else "wait"},
                passed=n < passed,
                reason=None if n < passed else "no please",
            )
            for n in range(8)
        ],
    )
    metrics = {"pass_rate": passed / 8, "total_cases": 8.0, "error_cases": 0.0}
    ledger.log_metrics(run_id, metrics)
    ledger.finish_run(run_id, LoggedStatus.FINISHED)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve in ``folder`` as ``assay up`` does; yields the address."""
    environ = {
        **{name: value for name, value in os.environ.items() if "TRACKING" not in name},
        "PYTHONPATH": os.pathsep.join(sys.path),
        "ASSAY_DATA_DIR": str(folder / ".assay"),
        "ASSAY_PORT": "0",
    }
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address, (folder / "server.log").read_text()
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()
