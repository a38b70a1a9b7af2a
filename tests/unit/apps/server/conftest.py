"""A client of the real application over SQLite in a temporary folder, without a socket."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.apps.server.app import create_app
from assay.apps.settings import Settings


TASK = 'name: sums\ngold: {field: answer}\nprompt: "{{question}}"\nmatcher: {kind: numeric}\n'
WRONG_EVERY = {"small": 2, "large": 5}
SIZE = 20


def dataset_text() -> str:
    rows = [
        {
            "id": f"d{number}",
            "inputs": {"question": f"{number} + 1"},
            "ground_truth": {"answer": str(number + 1)},
        }
        for number in range(SIZE)
    ]
    return "\n".join(json.dumps(row) for row in rows)


def answers_text() -> str:
    rows = [
        {
            "model": model,
            "datapoint_id": f"d{number}",
            "output": "no idea" if number % every == 0 else str(number + 1),
            "cost_usd": 0.001,
            "latency_seconds": 0.5,
        }
        for model, every in WRONG_EVERY.items()
        for number in range(SIZE)
    ]
    return "\n".join(json.dumps(row) for row in rows)


@dataclass(frozen=True)
class Uploaded:
    """What an evaluation needs, stored."""

    task_id: str
    dataset_id: str
    recording_id: str

    @property
    def models(self) -> list[str]:
        return [f"recorded:{self.recording_id}#{model}" for model in WRONG_EVERY]

    def body(self, **changes: Any) -> dict[str, Any]:
        whole = {"task_id": self.task_id, "dataset_id": self.dataset_id, "models": self.models}
        return {**whole, **changes}


Opener = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def open_client(tmp_path: Path) -> Opener:
    def make(
        base_url: str = "http://localhost",
        *,
        page_dir: Path = Path("/nowhere"),
        raise_errors: bool = True,
        **settings: Any,
    ) -> AbstractContextManager[TestClient]:
        whole = Settings(data_dir=tmp_path / "data", **settings)
        app = create_app(whole, page_dir=page_dir)
        return TestClient(app, base_url=base_url, raise_server_exceptions=raise_errors)

    return make


@pytest.fixture
def client(open_client: Opener) -> Iterator[TestClient]:
    with open_client() as client:
        yield client


@pytest.fixture
def upload() -> Callable[[TestClient], Uploaded]:
    def send(client: TestClient) -> Uploaded:
        task = client.post("/api/v1/tasks", json={"text": TASK})
        dataset = client.post("/api/v1/datasets", files={"file": ("sums.jsonl", dataset_text())})
        recording = client.post(
            "/api/v1/recordings", files={"file": ("answers.jsonl", answers_text())}
        )
        return Uploaded(task.json()["id"], dataset.json()["id"], recording.json()["id"])

    return send


@pytest.fixture
def uploaded(client: TestClient, upload: Callable[[TestClient], Uploaded]) -> Uploaded:
    return upload(client)


@pytest.fixture
def finished(client: TestClient, uploaded: Uploaded) -> str:
    """The id of an evaluation that has ended."""
    created = client.post("/api/v1/evaluations", json=uploaded.body(name="Sums"))
    evaluation_id: str = created.json()["id"]
    with client.stream("GET", f"/api/v1/evaluations/{evaluation_id}/events") as events:
        for _ in events.iter_lines():
            pass
    return evaluation_id
