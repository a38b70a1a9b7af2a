"""Two projects of one server: nothing of one is shown to the other, by any route."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.core.ports import ApiKey
from assay.kit.clock import SYSTEM_CLOCK


SECRET = "xyzzy"  # noqa: S105 - in all that "theirs" holds, and in nothing else
TASK = f'name: {SECRET}\ngold: {{field: answer}}\nprompt: "{{{{q}}}}"\nmatcher: {{kind: numeric}}\n'
POINT = f'{{"id": "{SECRET}", "inputs": {{"q": "{SECRET}"}}, "ground_truth": {{"answer": "1"}}}}'
ANSWER = f'{{"model": "{SECRET}", "datapoint_id": "{SECRET}", "output": "{SECRET} 1"}}'


class Projects:
    """A client of a server with a key for each of two projects."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        for project in ("mine", "theirs"):
            key = ApiKey(project, project, "test", ("write",), SYSTEM_CLOCK.now())
            client.app.state.context.store.add_key(key, secret=project * 10)  # type: ignore[attr-defined]  # Starlette's type of app

    def ask(self, method: str, path: str, *, as_: str = "theirs", **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {as_ * 10}"}
        return self.client.request(method, path, headers=headers, **how)

    def make(self, path: str, **body: Any) -> Any:
        answer = self.ask("POST", path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def upload(self, path: str, name: str, text: str) -> Any:
        answer = self.ask("POST", path, files={"file": (name, text)})
        assert answer.status_code < 300, answer.text
        return answer.json()

    def fill(self) -> dict[str, str]:
        """Make one of everything in ``theirs``; returns ids by the parameters they are for."""
        dataset = self.upload("/v1/datasets/import", f"{SECRET}.jsonl", POINT)["dataset"]
        recording = self.upload("/api/v1/recordings", f"{SECRET}.jsonl", ANSWER)["id"]
        task = self.make("/api/v1/tasks", text=TASK)["id"]
        evaluation = self.make(
            "/api/v1/evaluations",
            task_id=task,
            dataset_id=dataset["version_id"],
            models=[f"recorded:{recording}#{SECRET}"],
            name=SECRET,
        )
        run = self.make("/v1/runs", name=SECRET, dataset_id=dataset["id"])["run_id"]
        item = {"datapoint_id": SECRET, "status": "scored", "outputs": {"a": SECRET}}
        scored: Any = {"session_id": "their-session", "scores": [{"name": SECRET, "value": 1.0}]}
        self.make(f"/v1/runs/{run}/items", items=[{**item, **scored}])
        settings = {"check": "equals", "value": SECRET}
        metric = self.make("/v1/metrics", name=SECRET, kind="check", settings=settings)["metric_id"]
        job = self.make("/v1/metrics/run", metric_id=metric, run_ids=[run])["job"]["id"]
        queue = self.make("/v1/queues", name=SECRET, event_ids=["their-session"])["queue"]["id"]
        said = {"name": SECRET, "value": SECRET}
        self.make("/v1/events/their-session/annotations", **said)
        return {
            **dict.fromkeys(("run_id", "new_run_id", "old_run_id", "run_id_1", "run_id_2"), run),
            **dict.fromkeys(("event_id", "session_id"), "their-session"),
            "dataset_id": dataset["id"],
            "version_id": dataset["version_id"],
            "datapoint_id": SECRET,
            "task_id": task,
            "recording_id": recording,
            "evaluation_id": evaluation["id"],
            "metric_id": metric,
            "job_id": job,
            "queue_id": queue,
            **dict.fromkeys(("a", "b"), SECRET),
            "from": "1",
        }


@pytest.fixture
def projects(open_client: Any) -> Iterator[Projects]:
    with open_client() as client:
        yield Projects(client)


def _gets(client: TestClient) -> Iterator[tuple[str, list[str]]]:
    """Yield the path and the parameters without a default of every route that only reads."""
    paths = client.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        if "get" in operations and not path.startswith(("/api/gate", "/health", "/metrics")):
            told = operations["get"].get("parameters", [])
            needed = [each["name"] for each in told if each["in"] == "query" and each["required"]]
            yield path, needed


def _address(path: str, ids: dict[str, str]) -> str:
    """Return the address with the ids in it; the bench calls a version of a dataset a dataset."""
    if path.startswith("/api/v1/datasets/"):
        ids = {**ids, "dataset_id": ids["version_id"]}
    return path.format(**ids)


def test_no_route_shows_anything_of_another_project(projects: Projects) -> None:
    ids = projects.fill()
    shown = 0
    for path, needed in _gets(projects.client):
        params = {name: ids[name] for name in needed}
        address = _address(path, ids)
        theirs = projects.ask("GET", address, params=params)
        mine = projects.ask("GET", address, as_="mine", params=params)
        shown += SECRET in theirs.text
        assert 200 == theirs.status_code, f"{path}: {theirs.text}"
        asked = mine.text.replace(f"'{SECRET}'", "").replace(
            f"/{SECRET}", ""
        )  # as it was asked for
        assert SECRET not in asked, path
        assert mine.status_code == (404 if "{" in path or needed else 200), path
    assert shown > 30


def test_what_is_anothers_cannot_be_told_from_what_is_not_there(projects: Projects) -> None:
    ids = projects.fill()
    for path, needed in _gets(projects.client):
        if "{" not in path or needed:
            continue
        nobodys = {name: f"no-{value}" for name, value in ids.items()}
        anothers, nothing = (
            projects.ask("GET", _address(path, each), as_="mine").json()["detail"]
            for each in (ids, nobodys)
        )
        for value in sorted(ids.values(), key=len, reverse=True):
            nothing = nothing.replace(f"no-{value}", value)
        assert nothing == anothers, path


def test_anothers_recording_is_no_model(projects: Projects) -> None:
    ids = projects.fill()
    spec = f"recorded:{ids['recording_id']}#{SECRET}"
    mine = {
        "task_id": projects.ask("POST", "/api/v1/tasks", as_="mine", json={"text": TASK}),
        "dataset_id": projects.ask(
            "POST", "/api/v1/datasets", as_="mine", files={"file": ("mine.jsonl", POINT)}
        ),
    }
    body = {**{name: made.json()["id"] for name, made in mine.items()}, "models": [spec]}

    refused = projects.ask("POST", "/api/v1/evaluations", as_="mine", json=body)
    assert (422, True) == (refused.status_code, "uploaded recording" in refused.json()["detail"])
    projects.ask("POST", "/api/v1/recordings", as_="mine", files={"file": ("x.jsonl", ANSWER)})
    allowed = projects.ask("POST", "/api/v1/evaluations", as_="mine", json=body)
    assert 202 == allowed.status_code
