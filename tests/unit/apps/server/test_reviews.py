"""Annotations and review queues."""

from typing import Any

import pytest
from starlette.testclient import TestClient


FIELDS = [
    {"name": "good", "evaluator": "polite"},
    {"name": "stars", "type": "number", "min": 1, "max": 5, "required": False},
    {"name": "topic", "type": "category", "options": ["a", "b"], "required": False},
]
SESSIONS = [{"field": "event_type", "operator": "is", "value": "session"}]


def sessions(client: TestClient, *texts: str) -> list[str]:
    return [
        str(
            client.post(
                "/session/start",
                json={"session": {"session_id": f"s{n}", "outputs": {"text": text}}},
            ).json()["session_id"]
        )
        for n, text in enumerate(texts)
    ]


def a_queue(client: TestClient, **body: Any) -> str:
    answer = client.post("/v1/queues", json={"name": "look", "fields": FIELDS, **body})
    assert 201 == answer.status_code, answer.text
    return str(answer.json()["queue"]["id"])


def complete(client: TestClient, queue: str, event: str, *, author: str, **answers: Any) -> Any:
    annotations = [{"name": name, "value": value} for name, value in answers.items()]
    address = f"/v1/queues/{queue}/items/{event}/complete"
    return client.post(address, json={"author": author, "annotations": annotations})


def test_annotations_are_kept_and_the_latest_counts(client: TestClient) -> None:
    [event] = sessions(client, "please")
    address = f"/v1/events/{event}/annotations"
    for value in (True, False):
        body = {"name": "good", "value": value, "comment": "so", "author": "ada"}
        assert 200 == client.post(address, json=body).status_code
    several = [{"name": "stars", "value": 4}, {"name": "topic", "value": "b"}]
    client.post(f"/events/{event}/annotations", json={"annotations": several})

    found = client.get(address).json()["annotations"]
    assert [("good", True, False), ("good", False, True)] == sorted(
        ((each["name"], each["value"], each["latest"]) for each in found if each["name"] == "good"),
        key=lambda each: each[2],
    )
    metrics = client.get(f"/v1/events/{event}").json()["event"]["metrics"]
    assert {"good": False, "stars": 4.0, "topic": "b"} == metrics


def test_several_annotations_have_the_reviewer_of_their_body(client: TestClient) -> None:
    [event] = sessions(client, "please")
    several = [{"name": "good", "value": True}, {"name": "topic", "value": "b", "author": "bob"}]
    body = {"annotations": several, "author": "ada"}
    found = client.post(f"/v1/events/{event}/annotations", json=body).json()["annotations"]
    assert {"good": "ada", "topic": "bob"} == {each["name"]: each["author"] for each in found}


def test_an_answer_has_the_reviewer_that_its_annotations_name(client: TestClient) -> None:
    [event] = sessions(client, "please")
    queue = a_queue(
        client, fields=[{"name": "good", "type": "boolean"}], filters=SESSIONS, fill=True
    )
    annotations = [{"name": "good", "value": True, "author": "ada"}]
    address = f"/v1/queues/{queue}/items/{event}/complete"
    done = client.post(address, json={"annotations": annotations})
    assert (200, "ada") == (done.status_code, done.json()["item"]["assignee"])
    [found] = client.get(f"/v1/events/{event}/annotations").json()["annotations"]
    assert "ada" == found["author"]


def test_an_annotation_is_a_human_metric_of_its_run(client: TestClient) -> None:
    run = client.post("/v1/runs", json={"name": "run"}).json()["run_id"]
    item = {"datapoint_id": "d0", "status": "scored", "outputs": {}, "session_id": "session"}
    client.post(f"/v1/runs/{run}/items", json={"items": [item]})
    client.put(f"/v1/runs/{run}", json={"status": "completed"})
    client.get(f"/v1/runs/{run}/result")
    client.post("/v1/events/session/annotations", json={"name": "good", "value": True})

    [metric] = client.get(f"/v1/runs/{run}/result").json()["metrics"]["details"]
    assert ("good", "HUMAN", [True]) == (
        *(metric[key] for key in ("metric_name", "metric_type", "values")),
    )


def test_two_who_claim_get_different_items_until_none_is_left(client: TestClient) -> None:
    events = sessions(client, "a", "b")
    queue = a_queue(client, event_ids=events)
    claims = [
        client.post(f"/v1/queues/{queue}/claim", json={"author": author}).json()["item"]
        for author in ("ada", "bob", "cleo", "ada")
    ]

    assert claims[0]["event_id"] != claims[1]["event_id"]
    assert (None, claims[0]["event_id"]) == (claims[2], claims[3]["event_id"])
    taken = complete(client, queue, claims[0]["event_id"], author="bob", good=True)
    assert 409 == taken.status_code
    address = f"/v1/queues/{queue}/items/{claims[0]['event_id']}"
    assert 200 == client.post(f"{address}/release", json={"author": "ada"}).status_code
    assert 200 == client.post(f"{address}/skip", json={"author": "cleo"}).status_code
    assert (
        200 == complete(client, queue, claims[1]["event_id"], author="bob", good=True).status_code
    )
    progress = client.get(f"/v1/queues/{queue}").json()["queue"]["progress"]
    assert {"total": 2, "pending": 0, "claimed": 0, "completed": 1, "skipped": 1} == progress
    states = client.get(f"/v1/queues/{queue}/items", params={"state": "skipped"}).json()
    assert [claims[0]["event_id"]] == [each["event_id"] for each in states["items"]]


def test_a_queue_is_filled_with_what_is_stored_and_what_arrives(client: TestClient) -> None:
    sessions(client, "a")
    queue = a_queue(client, filters=SESSIONS)
    body = {"session": {"session_id": "later", "outputs": {"text": "b"}}}
    for _ in range(2):
        client.post("/session/start", json=body)
    client.put(f"/v1/queues/{queue}", json={"enabled": False})
    client.post("/session/start", json={"session": {"session_id": "latest"}})

    items = client.get(f"/v1/queues/{queue}/items").json()["items"]
    assert ["s0", "later"] == [each["event_id"] for each in items]
    assert 1 == client.post(f"/v1/queues/{queue}/items", json={}).json()["added"]


def test_agreement_with_the_evaluator_and_between_people_is_measured(client: TestClient) -> None:
    body = {
        "name": "polite",
        "kind": "regex",
        "settings": {"pattern": "please"},
        "target": "outputs.text",
    }
    client.post("/v1/metrics", json=body)
    events = sessions(client, "please 1", "please 2", "no 1", "no 2")
    queue = a_queue(client, event_ids=events)
    for author, answers in (
        ("ada", (True, True, False, True)),
        ("bob", (True, False, False, False)),
    ):
        for event, good in zip(events, answers, strict=True):
            assert 200 == complete(client, queue, event, author=author, good=good).status_code

    found = client.get(f"/v1/queues/{queue}/agreement").json()
    [good] = [each for each in found["with_evaluators"] if each["field"] == "good"]
    assert (4, 0.75, 0.5) == (good["n"], good["percent"], good["kappa"])
    [people] = found["between_people"]
    assert ("ada", "bob", 4, 0.5) == (
        *(people["first"], people["second"], people["n"], people["percent"]),
    )


def test_agreement_is_measured_also_under_the_evaluators_own_name(client: TestClient) -> None:
    events = [
        client.post(
            "/session/start", json={"session": {"session_id": f"s{n}", "metrics": {"exact": n > 0}}}
        ).json()["session_id"]
        for n in range(4)
    ]
    queue = a_queue(client, event_ids=events, fields=[{"name": "exact"}])
    for author, answers in (("ada", (True, True, True, False)), ("bob", (False, True, True, True))):
        for event, exact in zip(events, answers, strict=True):
            assert 200 == complete(client, queue, event, author=author, exact=exact).status_code

    [found] = client.get(f"/v1/queues/{queue}/agreement").json()["with_evaluators"]
    assert (4, 1.0) == (found["n"], found["percent"])
    assert {"exact": True} == client.get(f"/v1/events/{events[3]}").json()["event"]["metrics"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "good: this question needs an answer"),
        ({"good": 1.5}, "true or false"),
        ({"good": True, "stars": 9}, "1.0 to 5.0"),
        ({"good": True, "stars": "five"}, "a number"),
        ({"good": True, "topic": "c"}, "one of"),
        ({"good": True, "odd": 1}, "no question 'odd'"),
    ],
)
def test_an_answer_that_is_none_is_refused(
    client: TestClient, answers: dict[str, Any], said: str
) -> None:
    [event] = sessions(client, "a")
    queue = a_queue(client, event_ids=[event])
    answer = complete(client, queue, event, author="ada", **answers)

    assert 422 == answer.status_code
    assert said in answer.json()["detail"]
    assert 1 == client.get(f"/v1/queues/{queue}").json()["queue"]["progress"]["pending"]


def test_a_queue_is_shown_under_its_name_and_as_it_is(client: TestClient) -> None:
    shown = client.get(f"/v1/queues/{a_queue(client)}").json()
    assert shown["queue"] == {key: shown[key] for key in shown["queue"]}


def test_a_deleted_event_leaves_queues_and_its_annotations_go(client: TestClient) -> None:
    events = sessions(client, "a", "b")
    queue = a_queue(client, event_ids=events)
    complete(client, queue, events[0], author="ada", good=True)
    client.delete(f"/v1/events/{events[0]}")
    client.delete(f"/v1/events/{events[1]}")

    items = client.get(f"/v1/queues/{queue}/items").json()["items"]
    claimed = client.post(f"/v1/queues/{queue}/claim", json={"author": "ada"}).json()["item"]
    assert ([], None) == (items, claimed)
    sessions(client, "again")
    assert [] == client.get(f"/v1/events/{events[0]}/annotations").json()["annotations"]


def test_a_queue_for_some_is_closed_to_others_and_can_go(client: TestClient) -> None:
    [event] = sessions(client, "a")
    queue = a_queue(client, event_ids=[event], assignees=["ada"])
    refused = client.post(f"/v1/queues/{queue}/claim", json={"author": "bob"})
    assert (409, True) == (refused.status_code, "'bob' is not among" in refused.json()["detail"])
    assert 409 == client.post("/v1/queues", json={"name": "look"}).status_code
    assert 1 == client.get("/v1/queues").json()["total"]
    assert client.delete(f"/v1/queues/{queue}").json()["deleted"]
    assert 404 == client.get(f"/v1/queues/{queue}/items").status_code
