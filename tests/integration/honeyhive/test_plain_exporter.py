"""Spans of an application that only knows OpenTelemetry arrive whole."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.conftest import run_driver


pytestmark = pytest.mark.timeout(200)
DRIVER = Path(__file__).with_name("plain_driver.py")


@pytest.fixture(scope="module")
def events(served_url: str) -> list[dict[str, Any]]:
    run_driver("honeyhive-newest", DRIVER, TRACES_URL=f"{served_url}/v1/traces")
    where = {"field": "metadata.otel.resource.service.name", "operator": "is", "value": "shop"}
    answer = httpx2.post(f"{served_url}/v1/events/export", json={"filters": [where]})
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


def test_every_span_of_the_stock_exporter_is_there_once(events: list[dict[str, Any]]) -> None:
    names = [each["event_name"] for each in events]
    assert (200, 4, 1) == (names.count("ask"), names.count("request"), names.count("broken"))
    assert 205 == len({each["event_id"] for each in events})


def test_children_follow_their_parent_into_its_session(events: list[dict[str, Any]]) -> None:
    parents = {each["event_id"]: each for each in events if each["event_name"] == "request"}
    for each in events:
        if each["event_name"] == "ask":
            assert each["session_id"] == parents[each["parent_id"]]["session_id"]


def test_a_span_keeps_all_it_had(events: list[dict[str, Any]]) -> None:
    ask = next(each for each in events if each["event_name"] == "ask" and each["inputs"]["n"] == 7)
    assert ("model", "small") == (ask["event_type"], ask["config"]["model"])
    assert {"value": "é" * 10} == ask["outputs"]
    metadata = ask["metadata"]
    assert (["a", "b"], 0.25, 7) == (
        metadata["tags"],
        metadata["ratio"],
        metadata["usage"]["total_tokens"],
    )
    assert ("CLIENT", "shop.lib") == (metadata["otel"]["kind"], metadata["otel"]["scope"])
    [happened] = metadata["otel"]["events"]
    assert ("retry", {"attempt": 1}) == (happened["name"], happened["attributes"])


def test_an_exception_is_the_error(events: list[dict[str, Any]]) -> None:
    broken = next(each for each in events if each["event_name"] == "broken")
    assert "KeyError: 'nothing there'" == broken["error"]
