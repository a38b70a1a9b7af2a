"""The whole API as its document describes it, called with generated input: never a 5xx."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings, strategies
from schemathesis import Case
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from assay.apps.server.app import create_app
from assay.apps.services.gate_desk import GateDesk
from assay.apps.services.gate_room import GateRoom
from assay.apps.settings import Settings
from assay.core.eval_runs import CaseRecord
from assay.core.ledger import ClosableLedger
from assay.gate.config import GateConfig
from assay.testing.memory_ledger import MemoryLedger


BASE_URL = "http://localhost"
SCHEMA = schemathesis.openapi.from_dict(create_app(Settings(), embedded=True).openapi())
KNOWN = {"name": "greeting", "eval_type": "tone", "suite": "core"}
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]


GATE = """
[gate]
base_experiment = "shop"
[gate.suites]
core = ["tone"]
[gate.eval_types.tone]
dataset = "cases.jsonl"
candidate = "agent:answer"
prompts = ["greeting"]
"""


def _gate(folder: Path) -> GateRoom:
    """Return the gate of a project with a prompt and two runs, in memory."""
    (folder / "assay.toml").write_text(GATE)
    ledger = MemoryLedger()
    for text in ("{q}, please", "{q}?"):
        ledger.register_version("greeting", text)
    ledger.set_alias("greeting", "experiment", 2)
    for pass_rate in (0.9, 0.7):
        case = CaseRecord("c", input="q", output="a", passed=True)
        metrics = {"pass_rate": pass_rate, "total_cases": 10.0, "error_cases": 0.0}
        params = {"prompt.greeting": "v2"}
        ledger.put_run("shop-tone", metrics=metrics, params=params, cases=[case])

    def opened(settings: Settings, config: GateConfig, *, create: bool = False) -> ClosableLedger:
        return ledger

    return GateRoom.of(GateDesk(Settings(), folder=folder, open_ledger=opened))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("data")
    app = create_app(Settings(data_dir=folder), embedded=True, gate_room=_gate(folder))
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_input_makes_the_server_fail(client: TestClient, operation: Any) -> None:
    run = client.post("/v1/runs", json={"dataset_id": "EXT-1"}).json()["run_id"]
    answered: list[int] = []

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(), of_a_run=strategies.booleans())
    def send(case: "Case[Any]", *, of_a_run: bool) -> None:
        for name in case.path_parameters or {}:
            if of_a_run and name in KNOWN:
                case.path_parameters[name] = KNOWN[name]
            elif of_a_run and name.endswith("run_id"):
                case.path_parameters[name] = "run-0001" if "/gate/" in operation.path else run
        sent = case.as_transport_kwargs(base_url=BASE_URL)
        response = client.request(**_for_client(sent))
        answered.append(response.status_code)
        assert response.status_code < 500, response.text
        if response.headers["content-type"] == "application/x-protobuf":
            assert operation.path.endswith("/v1/traces")  # it answers in the body's own format
        elif response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["code"]

    send()
    assert answered


def _for_client(sent: dict[str, Any]) -> dict[str, Any]:
    """Return the request as it goes over the wire; the client's own encoding is no subject."""
    kept = {key: value for key, value in sent.items() if key != "cookies"}
    prepared = requests.Request(**kept).prepare()
    return {
        "method": prepared.method,
        "url": prepared.url,
        "headers": dict(prepared.headers),
        "content": prepared.body,
    }
