"""Ctrl-C: what finished is stored before the process ends, and it ends promptly."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


SOURCE = Path(__file__).parents[2] / "src"
PROGRAM = """
import asyncio, sys
from assay.core.datasets import Datapoint
from assay.core.results import ItemResult, ItemStatus
from assay.execution import ExecutionSettings, execute, run_blocking

class Sink:
    def write_results(self, run_id, results):
        for result in results:
            print("stored", result.key.datapoint_id, flush=True)

async def candidate(item):
    if item.datapoint.inputs["n"] >= 5:
        print("waiting", flush=True)
        await asyncio.Event().wait()
    return ItemResult(item.key, ItemStatus.SCORED)

def run():
    run_blocking(execute(
        candidate,
        (Datapoint(f"d{n}", {"n": n}) for n in range(100)),
        run_id="run", candidate_name="c", planned=100,
        sink=Sink(), settings=ExecutionSettings(concurrency=1),
    ))

async def notebook():
    run()

try:
    run() if sys.argv[1] == "plain" else asyncio.new_event_loop().run_until_complete(notebook())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("place", ["plain", "notebook"])
def test_an_interrupt_stores_what_finished(place: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, place],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    ) as running:
        assert running.stdout is not None
        lines = []
        for line in running.stdout:
            lines.append(line.strip())
            if line.strip() == "waiting":
                running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 0
    assert sorted(line for line in lines if line.startswith("stored")) == [
        f"stored d{number}" for number in range(5)
    ]
    assert "interrupted" in lines, lines
    assert lines[-1] == "interrupted", lines
