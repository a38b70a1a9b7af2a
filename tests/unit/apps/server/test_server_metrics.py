"""Server-side evaluators: they score what arrives and what is stored, and run no code."""

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.apps.services.metric_rules.judges import JudgeAnswerError, judge_score
from assay.apps.services.metric_rules.schemas import (
    SchemaTooCostlyError,
    check_schema,
    meets_schema,
)


def define(client: TestClient, name: str, kind: str, **body: Any) -> str:
    answer = client.post("/v1/metrics", json={"name": name, "kind": kind, **body})
    assert 200 == answer.status_code, answer.text
    return str(answer.json()["metric_id"])


def a_run(client: TestClient, *texts: str) -> str:
    run_id = str(client.post("/v1/runs", json={"name": "run"}).json()["run_id"])
    items = [
        {"datapoint_id": f"d{n}", "status": "scored", "outputs": {"text": text}}
        for n, text in enumerate(texts)
    ]
    client.post(f"/v1/runs/{run_id}/items", json={"items": items})
    client.put(f"/v1/runs/{run_id}", json={"status": "completed"})
    return run_id


def details(client: TestClient, run_id: str) -> dict[str, dict[str, Any]]:
    found = client.get(f"/v1/runs/{run_id}/result").json()["metrics"]["details"]
    return {each["metric_name"]: each for each in found}


def tried(client: TestClient, kind: str, settings: dict[str, Any], value: Any) -> dict[str, Any]:
    metric = {"name": "m", "kind": kind, "settings": settings, "target": "outputs.v"}
    body = {"metric": metric, "event": {"event_type": "chain", "outputs": {"v": value}}}
    answer = client.post("/v1/metrics/run", json=body)
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_items_of_a_run_are_scored_as_they_arrive(client: TestClient) -> None:
    define(client, "polite", "regex", settings={"pattern": "(?i)please"}, target="outputs.text")
    define(
        *(client, "size", "check"),
        settings={"check": "length", "max": 99},
        target="outputs.text",
        threshold={"max": 10},
    )
    define(client, "both", "composite", settings={"weights": {"polite": 3, "size": 1}})
    found = details(client, a_run(client, "Please", "no way at all"))

    assert ([True, False], "SERVER_SIDE") == (
        *(found["polite"]["values"], found["polite"]["metric_type"]),
    )
    assert ([6, 13], {"passed": ["d0"], "failed": ["d1"]}, {"min": None, "max": 10}) == (
        *(found["size"]["values"], found["size"]["datapoints"], found["size"]["passing_range"]),
    )
    assert ([2.25, 3.25], "COMPOSITE") == (found["both"]["values"], found["both"]["metric_type"])


def test_events_are_scored_once_they_have_what_is_judged(client: TestClient) -> None:
    define(client, "polite", "regex", settings={"pattern": "please"}, target="outputs.text")
    body = {"session": {"session_name": "s", "metadata": {}}}
    session = client.post("/session/start", json=body).json()["session_id"]
    assert {} == client.get(f"/v1/events/{session}").json()["event"]["metrics"]
    for _ in range(2):
        client.put("/events", json={"event_id": session, "outputs": {"text": "please"}})

    assert {"polite": True} == client.get(f"/v1/events/{session}").json()["event"]["metrics"]


def test_only_events_that_meet_the_filters_are_scored(client: TestClient) -> None:
    filters = {"filterArray": [{"field": "event_name", "operator": "is", "value": "draft"}]}
    define(client, "filled", "check", settings={"check": "not_empty"}, filters=filters)
    for name in ("draft", "other"):
        event = {"event_id": name, "event_name": name, "outputs": {"text": "x"}}
        client.post("/v1/events", json={"event": event})

    assert [{"filled": True}, {}] == [
        client.get(f"/v1/events/{name}").json()["event"]["metrics"] for name in ("draft", "other")
    ]


def test_a_run_read_out_of_events_has_the_scores_in_its_result(client: TestClient) -> None:
    define(client, "polite", "regex", settings={"pattern": "please"}, target="outputs.text")
    run = client.post("/v1/runs", json={"name": "theirs"}).json()["run_id"]
    metadata = {"run_id": run, "datapoint_id": "d0"}
    body = {"session": {"session_name": "s", "metadata": metadata}}
    session = client.post("/session/start", json=body).json()["session_id"]
    client.put("/events", json={"event_id": session, "outputs": {"text": "please"}})

    assert ([True], "SERVER_SIDE") == (
        *(details(client, run)["polite"][key] for key in ("values", "metric_type")),
    )


def test_old_runs_are_scored_and_a_newer_version_replaces_its_score(client: TestClient) -> None:
    run = a_run(client, "a", "b")
    metric = define(
        client, "is_a", "check", settings={"check": "equals", "value": "a"}, target="outputs.text"
    )
    assert "is_a" not in details(client, run)
    body = {"metric_id": metric, "run_ids": [run]}
    client.post("/v1/metrics/run", json=body)
    job = client.post("/v1/metrics/run", json=body).json()["job"]
    assert ("completed", 2, 2, 2, 0) == (
        *(job[key] for key in ("status", "planned", "done", "scored", "errors")),
    )
    assert [True, False] == details(client, run)["is_a"]["values"]
    settings = {"check": "equals", "value": "b"}
    client.put(f"/v1/metrics/{metric}", json={"settings": settings})
    client.post("/metrics/run", json={"metric_id": metric, "run_ids": [run]})

    assert [False, True] == details(client, run)["is_a"]["values"]
    versions = client.get(f"/v1/metrics/{metric}/versions").json()["versions"]
    assert [(2, "b"), (1, "a")] == [
        (each["version"], each["settings"]["value"]) for each in versions
    ]
    assert job == client.get(f"/v1/metrics/jobs/{job['id']}").json()
    assert 1 == client.get(f"/v1/metrics/{metric}", params={"version": 1}).json()["version"]


def test_a_version_scores_once_it_is_deployed(client: TestClient) -> None:
    metric = define(
        client, "is_a", "check", settings={"check": "equals", "value": "a"}, target="outputs.text"
    )
    at = f"/v1/metrics/{metric}/versions"
    content = {"settings": {"check": "equals", "value": "b"}}
    waiting = client.post(at, json={"message": "try b", "content": content}).json()["data"]
    assert ("v2", "try b", False) == tuple(waiting[key] for key in ("name", "message", "deployed"))
    assert [True, False] == details(client, a_run(client, "a", "b"))["is_a"]["values"]

    assert client.post(f"{at}/v2/deploy").json()["data"]["deployed"]
    assert [False, True] == details(client, a_run(client, "a", "b"))["is_a"]["values"]
    content["settings"]["value"] = "c"
    body = {"message": "c", "content": content, "deploy_immediately": True}
    assert "v3" == client.post(at, json=body).json()["data"]["name"]
    assert [False, True] == details(client, a_run(client, "a", "c"))["is_a"]["values"]

    client.post(f"{at}/v1/deploy")
    client.put(f"/v1/metrics/{metric}", json={"description": "again"})
    told = client.get(at).json()["data"]
    assert [("v1", False), ("v2", False), ("v3", False), ("v4", True)] == [
        (each["name"], each["deployed"]) for each in told
    ]
    assert ["a", "b", "c", "a"] == [each["content"]["settings"]["value"] for each in told]
    assert 3 == len({each["full_sha"] for each in told[:3]})


@pytest.mark.parametrize("name", ["v9", "latest", "v-1", "²"])
def test_a_version_that_is_not_there_is_not_deployed(client: TestClient, name: str) -> None:
    metric = define(client, "m", "check", settings={"check": "not_empty"})
    assert 404 == client.post(f"/v1/metrics/{metric}/versions/{name}/deploy").status_code


def test_what_people_are_asked_is_told_as_their_metrics_criteria(client: TestClient) -> None:
    body = {"name": "thumbs", "type": "HUMAN", "criteria": "Is it polite?"}
    made = client.post("/v1/metrics", json=body).json()["metric"]
    assert ("HUMAN", "Is it polite?") == (made["type"], made["criteria"])


def test_stored_events_are_scored_by_a_filter(client: TestClient) -> None:
    event = {"event_id": "e", "event_name": "draft", "outputs": {"text": "x"}}
    client.post("/v1/events", json={"event": event})
    filters = [{"field": "event_name", "operator": "is", "value": "draft"}]
    metric = define(
        client, "filled", "check", settings={"check": "not_empty"}, filters=filters, enabled=False
    )
    body = {"metric_id": metric, "filters": filters}
    job = client.post("/v1/metrics/run", json=body).json()["job"]
    for _ in range(500):  # scored in the background
        job = client.get(f"/v1/metrics/jobs/{job['id']}").json()
        if job["status"] not in {"pending", "running"}:
            break
        time.sleep(0.01)

    assert ("completed", 1) == (job["status"], job["scored"])
    assert {"filled": True} == client.get("/v1/events/e").json()["event"]["metrics"]


@pytest.mark.parametrize(
    ("settings", "good", "bad"),
    [
        ({"check": "contains", "value": "B", "ignore_case": True}, "abc", "acc"),
        ({"check": "contains", "value": "b"}, ["a", "b"], ["a"]),
        ({"check": "not_contains", "value": "b"}, "ac", "abc"),
        ({"check": "equals", "value": 4}, 4, 5),
        ({"check": "not_equals", "value": "x"}, "y", "x"),
        ({"check": "not_empty"}, "a", "  "),
        ({"check": "numeric_range", "min": 0, "max": 1}, "0.5", "two"),
        ({"check": "one_of", "values": ["yes", "no"]}, "no", "maybe"),
        ({"check": "starts_with", "value": "ab"}, "abc", "bc"),
        ({"check": "ends_with", "value": "bc"}, "abc", "ab"),
    ],
)
def test_each_check_tells_good_from_bad(
    client: TestClient, settings: dict[str, Any], good: Any, bad: Any
) -> None:
    assert tried(client, "check", settings, good)["result"] is True
    refused = tried(client, "check", settings, bad)
    assert (False, True) == (refused["result"], bool(refused["explanation"]))


def test_a_value_that_is_not_there_is_no_score(client: TestClient) -> None:
    found = tried(client, "check", {"check": "not_empty"}, None)
    assert (None, "not_applicable", False) == (found["result"], found["status"], found["success"])


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("human", {"criteria": "Is it kind?"}, "review queue"),
        ("judge", {"rubric": "r", "model": "python:os:system"}, "allow_python_models"),
    ],
)
def test_what_people_answer_and_models_that_are_not_allowed_are_not_tried_out(
    client: TestClient, kind: str, settings: dict[str, Any], said: str
) -> None:
    body = {"metric": {"name": "m", "kind": kind, "settings": settings}, "event": {}}
    answer = client.post("/v1/metrics/run", json=body)
    assert 422 == answer.status_code
    assert said in answer.json()["detail"]


def test_json_is_held_against_a_schema(client: TestClient) -> None:
    schema = {
        "type": "object",
        "required": ["n"],
        "properties": {"n": {"$ref": "#/$defs/n"}},
        "$defs": {"n": {"type": "string", "pattern": "^[0-9]+$"}},
    }
    settings = {"schema": schema}
    assert tried(client, "json_schema", settings, '{"n": "12"}')["result"] is True
    assert "$.n" in tried(client, "json_schema", settings, {"n": "x"})["explanation"]
    assert "not JSON" in tried(client, "json_schema", settings, "{")["explanation"]


def test_a_schema_that_doubles_at_every_step_ends_as_an_error_not_as_a_hang() -> None:
    doubling = {
        f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}, {"$ref": f"#/$defs/s{n + 1}"}]}
        for n in range(40)
    }
    schema = {"$ref": "#/$defs/s0", "$defs": {**doubling, "s40": {"type": "string"}}}
    with pytest.raises(SchemaTooCostlyError, match="references"):
        meets_schema('"x"', {"schema": schema})
    with pytest.raises(SchemaTooCostlyError, match="in each other"):
        meets_schema({}, {"schema": {"$ref": "#"}})


def test_a_tree_is_checked_by_a_schema_that_refers_to_itself() -> None:
    schema = {"properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}}
    tree: dict[str, Any] = {"n": 0}
    for n in range(40):
        tree = {"n": n, "child": tree}
    assert meets_schema(tree, {"schema": schema}).passed
    tree["child"]["child"]["n"] = "two"
    assert not meets_schema(tree, {"schema": schema}).passed


def test_a_schema_too_deep_for_any_stack_is_refused() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(200):
        schema = {"not": schema}
    with pytest.raises(ValueError, match="levels deep"):
        check_schema(schema)


@pytest.mark.parametrize(
    ("value", "wanted", "expected"),
    [
        ("plain words", "string", True),
        ("12", "string", True),
        ('"quoted"', ["string", "null"], True),
        ("null", ["string", "null"], True),
        ("plain words", "object", False),
        ('{"a": 1}', "object", True),
        (12, "string", False),
    ],
)
def test_a_text_is_json_and_where_a_string_is_wanted_that_string(
    value: Any, wanted: Any, expected: bool
) -> None:
    assert expected is meets_schema(value, {"schema": {"type": wanted}}).passed


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("regex", {"pattern": "(?=a)"}, "look-ahead"),
        ("regex", {}, "pattern"),
        ("json_schema", {"schema": {"$ref": "https://example.com/x"}}, "leads elsewhere"),
        ("json_schema", {"schema": {"pattern": "(?=a)"}}, "look-ahead"),
        ("json_schema", {"schema": {"patternProperties": {"a": {}}}}, "patternProperties"),
        ("json_schema", {"schema": {"type": 7}}, "not a JSON Schema"),
        ("check", {"check": "eval", "value": "1"}, "check"),
        ("check", {"check": "one_of"}, "values"),
        ("composite", {"weights": {"a": -1}}, "weights"),
        ("composite", {"weights": {"a": 0}}, "above 0"),
        ("judge", {"rubric": "r"}, "model"),
        ("judge", {"rubric": "r", "model": "python:os:system"}, "allow_python_models"),
        ("judge", {"rubric": "r", "model": "openai:x", "answer": "label"}, "labels"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_by_name(
    client: TestClient, kind: str, settings: dict[str, Any], said: str
) -> None:
    body = {"name": "m", "kind": kind, "settings": settings}
    answer = client.post("/v1/metrics", json=body)

    assert 422 == answer.status_code
    assert said in answer.json()["detail"]


def test_older_clients_words_are_understood_and_python_is_refused(client: TestClient) -> None:
    body = {
        "name": "kind",
        "type": "LLM",
        "criteria": "Is it kind?",
        "return_type": "boolean",
        "model_provider": "openai",
        "model_name": "small",
        "filters": {"filterArray": []},
    }
    metric_id = client.post("/v1/metrics", json=body).json()["metric_id"]
    [found] = client.get("/v1/metrics", params={"id": metric_id}).json()["metrics"]
    assert ("LLM", "judge", "Is it kind?", "boolean", "openai:small") == (
        *(found["type"], found["kind"], found["criteria"], found["return_type"]),
        found["settings"]["model"],
    )
    client.put("/v1/metrics", json={"id": metric_id, "criteria": "Is it polite?"})
    assert 2 == client.get(f"/v1/metrics/{metric_id}").json()["version"]
    refused = client.post("/v1/metrics", json={"name": "p", "type": "PYTHON", "criteria": "1"})
    assert "no text is run as code" in refused.json()["detail"]
    assert 409 == client.post("/v1/metrics", json=body).status_code
    assert client.delete("/v1/metrics", params={"metric_id": metric_id}).json()["deleted"]
    assert 404 == client.get(f"/v1/metrics/{metric_id}").status_code


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ("score", '{"score": 0.5, "reason": "so"}', 0.5),
        ("verdict", '```json\n{"passed": true}\n```', 1.0),
        ("label", '{"label": "good"}', "good"),
        ("score", '{"score": 2}', None),
        ("score", '{"score": true}', None),
        ("verdict", '{"passed": "yes"}', None),
        ("label", '{"label": "odd"}', None),
        ("score", "It is good: 1", None),
        ("score", "[1]", None),
    ],
)
def test_a_judges_reply_is_read_strictly(answer: str, text: str, expected: Any) -> None:
    settings = {"answer": answer, "min": 0.0, "max": 1.0, "labels": ["good"]}
    if expected is None:
        with pytest.raises(JudgeAnswerError, match="judge's reply"):
            judge_score(text, settings, name="j")
    else:
        score = judge_score(text, settings, name="j")
        assert expected == (score.value if score.label is None else score.label)


def test_changes_are_in_the_audit(client: TestClient) -> None:
    metric = define(client, "m", "check", settings={"check": "not_empty"})
    client.put(f"/v1/metrics/{metric}", json={"enabled": False})
    client.put(f"/v1/metrics/{metric}", json={"enabled": False})
    client.delete(f"/v1/metrics/{metric}")

    store = client.app.state.context.store  # type: ignore[attr-defined]  # any ASGI application
    actions = [entry.action for entry in store.list_audit().items]
    assert ["metric_deleted", "metric_updated", "metric_created"] == actions


def test_metrics_of_one_kind_are_paged_among_themselves(client: TestClient) -> None:
    for number in range(2):
        define(client, f"filled {number}", "check", settings={"check": "not_empty"})
        define(client, f"digits {number}", "regex", settings={"pattern": "[0-9]"})

    answer = client.get("/v1/metrics?type=check&limit=1&page=2").json()

    assert (2, ["filled 0"]) == (answer["total"], [each["name"] for each in answer["metrics"]])


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"model": "python:os:system", "rubric": "r"}},
        {"criteria": "r", "model_provider": "python", "model_name": "os:system"},
        {"criteria": "r", "model_provider": "recorded", "model_name": "/etc/passwd#m"},
    ],
)
def test_no_way_of_changing_a_judge_names_a_model_that_may_not_be_named(
    client: TestClient, change: dict[str, Any]
) -> None:
    settings = {"model": "openai:small@http://localhost:1/v1", "rubric": "r"}
    metric = define(client, "kind", "judge", settings=settings)
    refused = client.put(f"/v1/metrics/{metric}", json=change)
    assert (422, "invalid_model") == (refused.status_code, refused.json()["code"])
    assert 422 == client.put("/v1/metrics", json={"id": metric, **change}).status_code
    assert 200 == client.put(f"/v1/metrics/{metric}", json={"name": "kinder"}).status_code
    shown = client.get(f"/v1/metrics/{metric}").json()
    assert ("kinder", settings["model"]) == (shown["name"], shown["settings"]["model"])
    assert 0 == shown["spent_today"]["calls"]
