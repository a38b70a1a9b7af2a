"""The proof that the protocol is real: an unmodified third-party client is satisfied.

Its newest version and 1.0.2, in JSON and in protobuf, each through one run of ``driver.py``.
"""

from typing import Any

import httpx2
import pytest


pytestmark = pytest.mark.timeout(200)
Told = dict[str, Any]
ROWS = 6


def detail(result: Told, name: str) -> Told:
    [found] = [each for each in result["metrics"]["details"] if each["metric_name"] == name]
    return dict(found)


def test_an_external_dataset_is_scored_and_read_back(told: Told) -> None:
    new = told["new"]
    assert ("completed", True) == (new["status"], new["success"])
    assert ROWS == len(new["passed"]) == len(new["datapoints"])
    assert 1.0 == detail(new, "exact")["aggregate"]
    assert [0, 0.5, 1, 1.5, 2, 2.5] == sorted(detail(new, "fancy")["values"])
    assert {"exact", "fancy", "fancy_weight"} == {
        each["metric_name"] for each in new["metrics"]["details"]
    }
    assert {("careful", "chain")} == {
        (each["event_name"], each["event_type"]) for each in new["metrics"]["details"]
    }


def test_a_failing_function_is_a_failed_datapoint_though_the_client_says_completed(
    told: Told,
) -> None:
    old = told["old"]
    assert ("completed", False) == (old["status"], old["success"])
    assert (4, 2) == (len(old["passed"]), len(old["failed"]))
    [failed] = [each for each in old["datapoints"] if each.get("status") == "failed"]
    assert "ValueError: three is too many" == failed["error"]
    assert [] == failed["metrics"]
    assert 0.8 == detail(old, "exact")["aggregate"]


def test_text_metrics_are_counted_beside_the_numbers(told: Told) -> None:
    labels = {each["metric_name"]: each["counts"] for each in told["old"]["metrics"]["labels"]}
    assert {"mood": {"good": ROWS - 1}, "fancy_tag": {"even": ROWS - 1}} == labels


def test_an_async_function_with_an_async_evaluator_works(told: Told) -> None:
    assert told["async"]["success"]
    assert [7, 7, 7, 7, 7, 8] == sorted(detail(told["async"], "length")["values"])


def test_another_aggregate_is_the_servers(told: Told) -> None:
    assert "sum" == told["sum"]["metrics"]["aggregation_function"]
    assert 7.5 == detail(told["sum"], "fancy")["aggregate"]


def test_two_runs_compare_although_the_function_was_renamed(told: Told) -> None:
    comparison = told["comparison"]
    exact = comparison["metric_deltas"]["exact"]
    assert ROWS == comparison["common_datapoints"]
    assert (0.8, 1.0) == (exact["old_aggregate"], exact["new_aggregate"])
    assert (1, 0, 4) == (exact["improved_count"], exact["degraded_count"], exact["same_count"])
    assert ["exact"] == told["improved"]


def test_sessions_of_two_runs_stand_side_by_side(told: Told) -> None:
    pairs = told["pairs"]
    assert ROWS == pairs["totalEvents"] == len(pairs["events"])
    for pair in pairs["events"]:
        assert ("new", "old") == (pair["event_1"]["event_name"], pair["event_2"]["event_name"])
        assert pair["event_1"]["inputs"] == pair["event_2"]["inputs"]
        assert {"answer": 2 * pair["event_1"]["inputs"]["n"]} == pair["event_1"]["outputs"]


def test_a_managed_dataset_is_made_filled_and_run(told: Told) -> None:
    managed = told["managed"]
    [dataset] = managed["dataset"]["datasets"]
    assert managed["dataset_id"] == dataset["id"]
    assert 4 == len(dataset["datapoints"])
    assert managed["added"]["datapoint_ids"] == dataset["datapoints"][:3]
    assert set(dataset["datapoints"]) == set(managed["run"]["passed"])
    assert managed["run"]["success"]
    assert managed["dataset_id"] == managed["stored_run"]["evaluation"]["dataset_id"]


def test_a_dataset_an_evaluator_and_a_queue_are_changed_and_read_back(told: Told) -> None:
    changes = told["changes"]
    assert changes["described"]["updated"]
    assert "by hand" == changes["described"]["result"]["description"]
    assert changes["metric"]["inserted"]
    assert "polite " in changes["queue"]["name"]
    versions = changes.get("versions")  # the older package knows none
    assert versions is None or [
        ("v1", False, "Is it polite?"),
        ("v2", True, "Is it?"),
    ] == [(each["name"], each["deployed"], each["content"]["criteria"]) for each in versions]


def test_spans_by_hand_arrive_in_the_session_that_was_started(told: Told) -> None:
    events = {each["event_name"]: each for each in told["tracing"]["events"]}
    session, model = events["by hand"], events["ask"]
    assert told["tracing"]["session_id"] == session["session_id"] == model["parent_id"]
    assert "model" == model["event_type"]
    assert {"question": "why?"} == model["inputs"]
    assert {"result": "WHY?"} == model["outputs"]
    assert "c1" == session["metadata"]["customer"]
    assert 5 == session["feedback"]["rating"]


def test_a_failed_session_shows_where_it_failed(told: Told) -> None:
    events = told["failed_session"]
    session = next(each for each in events if each["event_type"] == "session")
    chain = next(each for each in events if each["event_name"] == "sloppy")
    assert session["event_id"] == chain["parent_id"]
    assert session["feedback"]["ground_truth"] == {"answer": 2 * session["inputs"]["n"]}
    assert {"inputs": {"n": 3}, "ground_truth": {"answer": 6}} == chain["inputs"]["dp"]
    assert "ValueError: three is too many" == chain["error"]


def test_runs_are_listed_in_the_order_asked_for_and_deleted(told: Told) -> None:
    listed = told["runs"]["listed"]
    assert ["old", "new", "async"] == [each["name"] for each in listed["evaluations"]]
    assert 3 == listed["pagination"]["total"]
    assert {"exact", "fancy", "length"} <= set(listed["metrics"])
    assert told["runs"]["deleted"]["deleted"]


def test_raw_metrics_and_fields_are_there(told: Told, served_url: str) -> None:
    with httpx2.Client(base_url=served_url) as client:
        run_id = told["new"]["run_id"]
        raw = client.get(f"/v1/runs/{run_id}/metrics").json()
        fields = client.get(f"/v1/runs/{run_id}/schema").json()["fields"]
        pairs = client.get(
            f"/v1/runs/{run_id}/compare/{told['old']['run_id']}/events",
            params={"event_name": "__main__.look_up"},
        ).json()
        tree = client.get(f"/session/{raw['events'][0]['session_id']}/traces").json()
    assert ROWS == raw["totalEvents"]
    assert {"careful"} == {each["event_name"] for each in raw["events"]}
    assert "half of it" == raw["events"][0]["metrics"]["fancy_explanation"]
    assert {"name": "metrics.exact", "event_type": "chain"} in fields
    assert ROWS - 1 == pairs["totalEvents"]  # one failed before it looked anything up
    outputs = pairs["events"][0]["event_1"]["outputs"]["result"]
    assert [{"kind": "add", "by": outputs["double"] // 2}] == outputs["steps"]
    [chain] = tree["session"]["children"]
    assert ("careful", "__main__.look_up") == (
        chain["event_name"],
        chain["children"][0]["event_name"],
    )
