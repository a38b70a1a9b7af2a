"""Experiments in a real notebook kernel: its running loop, its display, its interrupts."""

import os
import queue
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import assay


jupyter = pytest.importorskip("jupyter_client.manager", reason="needs ipykernel, as CI has it")
pytest.importorskip("ipykernel", reason="needs ipykernel, as CI has it")

SOURCE = Path(assay.__file__).parents[1]
SETUP = """
import asyncio, time, warnings, assay
warnings.simplefilter("error", UserWarning)
rows = [{"inputs": {"n": n}} for n in range(300)]
def slow(inputs):
    if inputs["n"] == 40:
        print("half way", flush=True)
    time.sleep(0.02)
    return inputs["n"]
async def later(inputs):
    if inputs["n"] == 40:
        print("half way", flush=True)
    await asyncio.sleep(0.02)
    return inputs["n"]
"""


@dataclass
class Notebook:
    """A kernel, and what it said of the last cell."""

    manager: Any
    client: Any
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def run(self, code: str, *, interrupt_at: str | None = None) -> None:
        """Run a cell to its end, interrupting it once it prints a text."""
        self.said = []
        request = self.client.execute(code)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return
            self.said.append((kind, content))
            if interrupt_at is not None and interrupt_at in content.get("text", ""):
                self.manager.interrupt_kernel()
                interrupt_at = None
        raise TimeoutError(code)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages of one kind."""
        return [content for name, content in self.said if name == kind]


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    paths = [str(SOURCE), *(path for path in sys.path if path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    environment |= {"IPYTHONDIR": str(tmp_path / "ipython"), "ASSAY_DATA_DIR": str(tmp_path)}
    manager = jupyter.KernelManager()
    manager.kernel_spec.argv = [
        sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"
    ]  # fmt: skip
    manager.start_kernel(env=environment, cwd=str(tmp_path))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        opened = Notebook(manager, client)
        opened.run(SETUP)
        assert [] == opened.of("error")
        yield opened
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_notebook_runs_shows_and_interrupts_experiments(
    notebook: Notebook, tmp_path: Path
) -> None:
    notebook.run("assay.evaluate(slow, dataset=rows[:60], name='cell')")
    assert [] == notebook.of("error")
    moves = [content["data"]["text/plain"] for content in notebook.of("update_display_data")]
    assert "cell: 60 of 60" == moves[-1]
    assert len(notebook.said) < 60
    [shown] = notebook.of("execute_result")
    assert shown["data"]["text/plain"].startswith("ExperimentResultSummary(name='cell'")

    client = assay.Client(data_dir=tmp_path)
    for number, call in enumerate(("assay.evaluate(slow", "await assay.aevaluate(later")):
        notebook.run(f"{call}, dataset=rows, name='stopped {number}')", interrupt_at="half way")
        assert 1 == len(notebook.of("error"))
        [stopped] = client.runs.list(name=f"stopped {number}")["evaluations"]
        assert ("cancelled", "interrupted") == (stopped["status"], stopped["stop_reason"])
        kept = client.runs.result(stopped["run_id"]).datapoints
        assert 0 < len(kept) < 300
