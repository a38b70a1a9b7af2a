"""The spans of an auto-instrumented library land in the session of their datapoint."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.conftest import run_driver
from tests.repository import PACKAGE


pytestmark = pytest.mark.timeout(200)
DRIVER = Path(__file__).with_name("evaluating.py")
ROWS = 20


@pytest.fixture(scope="module")
def told(served_url: str, model_url: str) -> dict[str, Any]:
    """What the two runs say of themselves."""
    variables = {"SERVER_URL": served_url, "MODEL_URL": model_url}
    printed = run_driver("openinference", DRIVER, PYTHONPATH=str(PACKAGE.parent), **variables)
    answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return answer


def events_of(url: str, field: str, value: str) -> list[dict[str, Any]]:
    filters = [{"field": field, "operator": "is", "value": value, "type": "string"}]
    answer = httpx2.post(f"{url}/v1/events/export", json={"filters": filters, "limit": 1000})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["events"]
    return found


@pytest.mark.parametrize(("function", "calls"), [("in_threads", 3), ("in_tasks", 1)])
def test_every_call_of_twenty_datapoints_at_once_is_in_its_own_session(
    told: dict[str, Any], served_url: str, function: str, calls: int
) -> None:
    run = told[function]
    events = events_of(served_url, "metadata.run_id", run["run_id"])
    sessions = {each["session_id"]: each for each in events if each["event_type"] == "session"}
    asked = [each for each in events if each["event_name"] == "ChatCompletion"]
    assert (ROWS, ROWS) == (run["passed"], len(sessions))
    assert {"server": 0} == run["lost"]
    assert calls * ROWS == len(asked)
    for each in asked:
        session = sessions[each["session_id"]]
        text = each["inputs"]["messages"][0]["content"]
        assert f"number {session['inputs']['number']}" == text.removesuffix(" from a pool")
        assert session["metadata"]["datapoint_id"] == each["metadata"]["datapoint_id"]
        assert {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15} == (
            each["metadata"]["usage"]
        )


def test_the_instrumentor_is_off_after_the_runs_and_records_nothing_more(
    told: dict[str, Any], served_url: str
) -> None:
    assert [False, False] == [run["instrumented_after"] for run in told.values()]
    later = events_of(served_url, "outputs.messages.0.content", "The answer to after the runs.")
    assert [] == later
