"""Evaluations over HTTP: created, watched, shown, compared, exported and deleted."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient


def _get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"/api/v1/evaluations{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_evaluation_runs_to_its_end_and_counts_every_item(client, finished):
    shown = _get(client, f"/{finished}")

    assert shown["status"] == "completed"
    assert (40, 40, 10 + 16) == (shown["planned"], shown["ended"], shown["passed"])
    assert shown["cost_usd"] == "0.040"
    assert shown["leader"] == "large"
    assert shown["finished_at"] is not None


def test_a_report_ranks_and_compares_the_models(client, finished):
    report = _get(client, f"/{finished}/report")

    assert ["large", "small"] == [model["model"] for model in report["models"]]
    assert [16, 10] == [model["passed"] for model in report["models"]]
    (comparison,) = report["comparisons"]
    counts = {key: comparison[key] for key in ("a_only", "b_only", "both", "neither")}
    assert 20 == sum(counts.values())
    assert 6 == abs(counts["a_only"] - counts["b_only"])


def test_an_unchanged_report_does_not_travel_twice(client, finished):
    first = client.get(f"/api/v1/evaluations/{finished}/report")
    again = client.get(
        f"/api/v1/evaluations/{finished}/report", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert again.status_code == 304
    assert again.content == b""


def test_answers_stand_side_by_side_in_dataset_order(client, finished):
    page = _get(client, f"/{finished}/items", page=2, limit=3)

    assert page["total"] == 20
    assert ["d3", "d4", "d5"] == [row["datapoint"]["id"] for row in page["items"]]
    assert [["3 + 1", "4", "4"]] == [
        [row["datapoint"]["inputs"]["question"], *(answer["output"] for answer in row["answers"])]
        for row in page["items"][:1]
    ]


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({"model": "small", "passed": False}, 10),
        ({"model": "large", "passed": False}, 4),
        ({"passed": False}, 12),
        ({"search": "no idea"}, 12),
        ({"model": "large", "search": "no idea"}, 4),
        ({"status": "failed"}, 0),
        ({"model": "small"}, 20),
    ],
)
def test_rows_are_filtered_by_one_models_answer_or_by_any(client, finished, query, total):
    page = _get(client, f"/{finished}/items", **query)

    assert total == page["total"] == len(page["items"])
    assert all(len(row["answers"]) == 2 for row in page["items"])


@pytest.mark.parametrize(
    ("outcome", "ids"),
    [
        ("a_only", ["d5", "d15"]),
        ("b_only", ["d2", "d4", "d6", "d8", "d12", "d14", "d16", "d18"]),
        ("neither", ["d0", "d10"]),
    ],
)
def test_pairs_name_the_items_behind_each_count(client, finished, outcome, ids):
    page = _get(client, f"/{finished}/pairs", a="small", b="large", outcome=outcome)

    assert ids == [row["datapoint"]["id"] for row in page["items"]]
    assert len(ids) == page["total"]


def test_the_four_outcomes_add_up_to_all_pairs(client, finished):
    totals = [
        _get(client, f"/{finished}/pairs", a="small", b="large", outcome=outcome)["total"]
        for outcome in ("a_only", "b_only", "both", "neither")
    ]

    assert sum(totals) == _get(client, f"/{finished}/pairs", a="small", b="large")["total"] == 20


def test_an_unknown_model_is_named_with_those_there_are(client, finished):
    answer = client.get(f"/api/v1/evaluations/{finished}/pairs", params={"a": "x", "b": "small"})

    assert answer.status_code == 422
    assert "'x'" in answer.json()["detail"]
    assert "'small', 'large'" in answer.json()["detail"]


def test_events_end_with_finished_and_can_be_taken_up_again(client, finished):
    def events(after: str | None) -> list[tuple[str, str, Any]]:
        headers = {} if after is None else {"Last-Event-ID": after}
        with client.stream(
            "GET", f"/api/v1/evaluations/{finished}/events", headers=headers
        ) as stream:
            blocks = "\n".join(stream.iter_lines()).strip().split("\n\n")
        parsed = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
        return [(part["id"], part["event"], json.loads(part["data"])) for part in parsed]

    whole = events(None)
    assert [str(number + 1) for number in range(len(whole))] == [number for number, _, _ in whole]
    assert "finished" == whole[-1][1]
    assert (100.0, "completed") == (whole[-1][2]["percent"], whole[-1][2]["status"])
    assert whole[1:] == events(whole[0][0])
    assert ["finished"] == [kind for _, kind, _ in events(whole[-1][0])]


def test_progress_shows_each_model(client, finished):
    progress = _get(client, f"/{finished}/progress")

    assert (40, 40, 100.0) == (progress["planned"], progress["ended"], progress["percent"])
    assert progress["remaining_seconds"] is None
    assert [("small", {"scored": 20}), ("large", {"scored": 20})] == [
        (model["model"], model["counts"]) for model in progress["models"]
    ]


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("csv", "text/csv"), ("json", "application/json"), ("markdown", "text/markdown")],
)
def test_results_are_downloaded_under_a_harmless_name(client, uploaded, kind, media_type):
    created = client.post(
        "/api/v1/evaluations", json=uploaded.body(name='../=cmd"\r\nX: y/ü.csv')
    ).json()
    answer = client.get(f"/api/v1/evaluations/{created['id']}/export", params={"format": kind})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert disposition.count('"') == 2
    assert "/" not in disposition
    assert "x" not in answer.headers


def test_evaluations_are_listed_searched_and_sorted(client, uploaded, finished):
    client.post("/api/v1/evaluations", json=uploaded.body(name="Another"))

    names = [item["name"] for item in _get(client, "", sort="name")["items"]]
    assert ["Another", "Sums"] == names
    assert ["Sums"] == [item["name"] for item in _get(client, "", search="sum")["items"]]
    assert 1 == _get(client, "", limit=1)["limit"]


def test_a_deleted_evaluation_is_gone_with_its_runs(client, finished):
    run_id = _get(client, f"/{finished}")["run_ids"][0]

    assert client.delete(f"/api/v1/evaluations/{finished}").status_code == 204
    assert client.get(f"/api/v1/evaluations/{finished}").status_code == 404
    assert client.get(f"/v1/runs/{run_id}").status_code == 404


def test_what_has_ended_cannot_be_cancelled(client, finished):
    answer = client.post(f"/api/v1/evaluations/{finished}/cancel")

    assert (409, "conflict") == (answer.status_code, answer.json()["code"])


def test_resuming_a_finished_evaluation_asks_nothing_again(client, finished):
    before = _get(client, f"/{finished}/items")
    assert client.post(f"/api/v1/evaluations/{finished}/resume").status_code == 202
    with client.stream("GET", f"/api/v1/evaluations/{finished}/events") as events:
        for _ in events.iter_lines():
            pass

    assert before == _get(client, f"/{finished}/items")
    assert "completed" == _get(client, f"/{finished}")["status"]


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"task_id": "missing"}, 404, "missing"),
        ({"dataset_id": "missing"}, 404, "missing"),
        ({"models": []}, 422, "at least 1 item"),
        ({"models": ["recorded:/etc/passwd#x"]}, 422, "upload the file"),
        ({"models": ["recorded:" + "0" * 64 + "#x"]}, 422, "0000"),
        ({"models": ["python:os:system"]}, 422, "allow_python_models"),
        ({"models": ["nonsense"]}, 422, "provider"),
        ({"repeats": 0}, 422, "repeats"),
        ({"budget_usd": "NaN"}, 422, "budget_usd"),
        ({"budget_usd": -1}, 422, "budget_usd"),
        ({"surprise": 1}, 422, "surprise"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_is_stored(
    client, uploaded, changes, status, said
):
    answer = client.post("/api/v1/evaluations", json=uploaded.body(**changes))

    assert status == answer.status_code
    assert said in answer.json()["detail"]
    assert "application/problem+json" == answer.headers["content-type"]
    assert 0 == _get(client, "")["total"]


def test_a_model_named_twice_or_missing_in_its_recording_is_refused(client, uploaded):
    twice = client.post("/api/v1/evaluations", json=uploaded.body(models=[uploaded.models[0]] * 2))
    absent = client.post(
        "/api/v1/evaluations", json=uploaded.body(models=[f"recorded:{uploaded.recording_id}#xl"])
    )

    assert "named twice" in twice.json()["detail"]
    assert "small (20 answers)" in absent.json()["detail"]


def test_a_task_that_fits_no_datapoint_is_refused(client, uploaded):
    task = client.post(
        "/api/v1/tasks",
        json={"definition": {"name": "t", "gold": {"field": "nope"}, "matcher": {"kind": "exact"}}},
    )
    answer = client.post("/api/v1/evaluations", json=uploaded.body(task_id=task.json()["id"]))

    assert 422 == answer.status_code
    assert "nope" in answer.json()["detail"]


def test_a_budget_of_zero_is_a_budget(client, uploaded):
    created = client.post("/api/v1/evaluations", json=uploaded.body(budget_usd=0)).json()
    with client.stream("GET", f"/api/v1/evaluations/{created['id']}/events") as events:
        for _ in events.iter_lines():
            pass

    shown = _get(client, f"/{created['id']}")
    assert 0 == shown["passed"]
    assert "failed" == shown["status"]


def test_one_idempotency_key_makes_one_evaluation(client, uploaded):
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/api/v1/evaluations", json=uploaded.body(), headers=headers)
    again = client.post("/api/v1/evaluations", json=uploaded.body(), headers=headers)
    other = client.post("/api/v1/evaluations", json=uploaded.body(repeats=2), headers=headers)

    assert first.json() == again.json()
    assert (202, 202) == (first.status_code, again.status_code)
    assert "true" == again.headers["Idempotency-Replayed"]
    assert (409, "idempotency") == (other.status_code, other.json()["code"])
    assert 1 == _get(client, "")["total"]
