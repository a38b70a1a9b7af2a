"""A real server in a process of its own, on a free loopback port."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest


SERVE = """
import sys
from assay.apps.logs import configure_logs
from assay.apps.server.serve import serve
from assay.apps.settings import load_settings
settings = load_settings().values
configure_logs(settings)
serve(settings, on_ready=lambda url: print(url, flush=True))
"""
# Counts its calls in a file; answers "N + 1" rightly, after a moment.
MODEL = """
import asyncio, os
async def add(prompt):
    with open(os.environ["CALLS"], "a") as calls:
        calls.write(prompt + "\\n")
    await asyncio.sleep(float(os.environ["PAUSE"]))
    return str(int(prompt.split()[0]) + 1)
"""
TASK = 'name: sums\ngold: {field: answer}\nprompt: "{{question}}"\nmatcher: {kind: numeric}\n'
BOUND_SECONDS = 60.0


@dataclass
class ServerProcess:
    process: subprocess.Popen[str]
    client: httpx2.Client
    data_dir: Path
    url: str

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(BOUND_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(BOUND_SECONDS)

    def create_evaluation(self, *, size: int, **settings: Any) -> str:
        rows = [
            {"id": f"d{n}", "inputs": {"question": f"{n} + 1"}, "ground_truth": {"answer": n + 1}}
            for n in range(size)
        ]
        text = "\n".join(json.dumps(row) for row in rows)
        task = self.client.post("/api/v1/tasks", json={"text": TASK})
        dataset = self.client.post("/api/v1/datasets", files={"file": ("d.jsonl", text)})
        body = {"task_id": task.json()["id"], "dataset_id": dataset.json()["id"]}
        created = self.client.post(
            "/api/v1/evaluations",
            json={**body, "models": ["python:counted_model:add"], **settings},
        )
        assert created.status_code == 202, created.text
        evaluation_id: str = created.json()["id"]
        return evaluation_id

    def progress(self, evaluation_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(
            f"/api/v1/evaluations/{evaluation_id}/progress"
        ).json()
        return answer

    def wait_until(
        self, evaluation_id: str, reached: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        deadline = time.monotonic() + BOUND_SECONDS
        while not reached(progress := self.progress(evaluation_id)):
            assert time.monotonic() < deadline, progress
            time.sleep(0.05)
        return progress


Starter = Callable[..., ServerProcess]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Starter]:
    started: list[ServerProcess] = []
    (tmp_path / "counted_model.py").write_text(MODEL)

    def start(*, pause: float = 0.02, **settings: str) -> ServerProcess:
        data_dir = tmp_path / "data"
        environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
            "ASSAY_DATA_DIR": str(data_dir),
            "ASSAY_PORT": "0",
            "ASSAY_ALLOW_PYTHON_MODELS": "true",
            "CALLS": str(tmp_path / "calls.txt"),
            "PAUSE": str(pause),
            **{f"ASSAY_{name.upper()}": value for name, value in settings.items()},
        }
        log = (tmp_path / "server.log").open("a")
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            env=environ,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, (tmp_path / "server.log").read_text()
        client = httpx2.Client(base_url=url, timeout=BOUND_SECONDS)
        server = ServerProcess(process, client, data_dir, url)
        started.append(server)
        return server

    yield start
    for server in started:
        server.client.close()
        if server.process.poll() is None:
            server.kill()
        assert server.process.stdout is not None
        server.process.stdout.close()
