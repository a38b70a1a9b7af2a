"""A server in memory: the runs' protocol over the real wire models and aggregation."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx2
import orjson
import pytest

from assay import Client
from assay.core import aggregate
from assay.core.results import ItemKey, ItemResult
from assay.core.runs import Run
from assay.core.wire import runs as wire
from assay.experiments.connection import ServerAddress


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


async def no_sleep(_seconds: float) -> None:
    """Retry at once."""


@dataclass
class InMemoryServer:
    """Stores runs and items, counts posts, and fails the next requests on demand."""

    runs: dict[str, Run] = field(default_factory=dict)
    items: dict[str, dict[ItemKey, ItemResult]] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    instead: Callable[[httpx2.Request], httpx2.Response | None] = lambda _request: None
    on_items: Callable[[], None] = lambda: None
    traces: list[httpx2.Request] = field(default_factory=list)
    on_traces: Callable[[httpx2.Request], httpx2.Response] = lambda _request: httpx2.Response(200)

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/v1")
        self.requests.append(f"{request.method} {path}")
        if self.failures:
            status = self.failures.pop(0)
            return httpx2.Response(status, json={"detail": f"failing with {status}"})
        if (other := self.instead(request)) is not None:
            return other
        if path == "/traces":
            self.traces.append(request)
            return self.on_traces(request)
        parts = path.strip("/").split("/")
        query = {k: v[0] for k, v in parse_qs(request.url.query.decode()).items()}
        if parts == ["runs"]:
            return self.create(request) if request.method == "POST" else self.list_runs()
        if parts[1] not in self.runs:
            return httpx2.Response(404, json={"detail": f"There is no run {parts[1]}."})
        return self.one(request, parts, query=query)

    def one(  # noqa: PLR0911 - one return for each route
        self, request: httpx2.Request, parts: list[str], *, query: dict[str, str]
    ) -> httpx2.Response:
        run = self.runs[parts[1]]
        match request.method, parts[2:]:
            case "GET", []:
                return answer(wire.RunAnswer(evaluation=wire.run_object(run)))
            case "PUT", []:
                body = wire.RunUpdate.model_validate_json(request.content)
                self.runs[run.id] = wire.updated_run(run, body, now=NOW)
                return answer(wire.RunAnswer(evaluation=wire.run_object(self.runs[run.id])))
            case "DELETE", []:
                del self.runs[run.id]
                return httpx2.Response(204)
            case "POST", ["items"]:
                return self.store(run, request)
            case "GET", ["items"]:
                return self.page(run, query)
            case "GET", ["result"]:
                function = aggregate.parse_function(query["aggregate_function"])
                return raw(aggregate.run_result(run, self.scores(run), function=function))
            case "GET", ["compare-with", old_id]:
                old = self.runs[old_id]
                return raw(
                    aggregate.compare_runs(
                        aggregate.ScoredRun(run, self.scores(run)),
                        aggregate.ScoredRun(old, self.scores(old)),
                    )
                )
            case other:
                raise AssertionError(other)

    def create(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(json.loads(request.content))
        body = wire.RunCreate.model_validate_json(request.content)
        run_id = body.run_id or f"run-{len(self.runs) + 1}"
        run = wire.new_run(body, run_id=run_id, project="default", now=NOW)
        self.runs[run_id] = run
        self.items[run_id] = {}
        return answer(wire.RunCreated(run_id=run_id, evaluation=wire.run_object(run)))

    def list_runs(self) -> httpx2.Response:
        entries = [wire.RunListEntry(**wire.run_object(r).model_dump()) for r in self.runs.values()]
        pages = wire.Pagination(
            page=1, limit=50, total=len(entries), total_pages=1, has_next=False, has_prev=False
        )
        return answer(wire.RunList(evaluations=entries, pagination=pages))

    def store(self, run: Run, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(json.loads(request.content))
        body = wire.ItemsBody.model_validate_json(request.content)
        self.on_items()
        for item in body.items:
            result = wire.item_result(item)
            self.items[run.id][result.key] = result
        return answer(wire.ItemsStored(stored=len(body.items)))

    def page(self, run: Run, query: dict[str, str]) -> httpx2.Response:
        page, limit = int(query["page"]), min(int(query["limit"]), 2)
        results = list(self.items[run.id].values())
        shown = results[(page - 1) * limit : page * limit]
        items = [
            {
                "datapoint": {"id": result.key.datapoint_id},
                "answers": [
                    {
                        **result.key._asdict(),
                        "status": result.status.value,
                        "scores": [{"status": score.status.value} for score in result.scores],
                    }
                ],
            }
            for result in shown
        ]
        return raw({"items": items, "page": page, "limit": limit, "total": len(results)})

    def scores(self, run: Run) -> aggregate.RunScores:
        return aggregate.collect_scores(self.items[run.id].values())

    def posted_items(self) -> list[dict[str, Any]]:
        return [item for body in self.bodies for item in body.get("items", [])]


def answer(model: Any) -> httpx2.Response:
    return httpx2.Response(200, content=model.model_dump_json())


def raw(value: Any) -> httpx2.Response:
    return httpx2.Response(200, content=orjson.dumps(value))


@pytest.fixture
def server() -> InMemoryServer:
    return InMemoryServer()


@pytest.fixture
def client(server: InMemoryServer) -> Client:
    transport = httpx2.MockTransport(server.handle)
    return Client(
        address=ServerAddress(url="http://test.invalid", transport=transport, sleep=no_sleep)
    )
