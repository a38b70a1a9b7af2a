"""Managed datasets, datapoints and server-side evaluators, as groups of a client.

Each method has an asynchronous twin called ``a...``. Answers are the server's JSON.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from assay.experiments.connection import Connection
from assay.experiments.payload import to_json


T = TypeVar("T")
Json = dict[str, Any]
Rows = list[Json]


class Caller(Protocol):
    """What a group needs of its client."""

    def call(self, use: Callable[[Connection], Awaitable[T]]) -> T:
        """Let ``use`` make its requests over a connection, synchronously."""
        ...

    def acall(self, use: Callable[[Connection], Awaitable[T]]) -> Coroutine[Any, Any, T]:
        """Let ``use`` make its requests over a connection."""
        ...


class _Group:
    def __init__(self, client: Caller) -> None:
        self._client = client

    def _send(self, method: str, path: str, **parts: Any) -> Any:
        return self._client.call(lambda at: _request(at, method, path, **parts))

    async def _asend(self, method: str, path: str, **parts: Any) -> Any:
        return await self._client.acall(lambda at: _request(at, method, path, **parts))


class Datasets(_Group):
    """Managed datasets: a lasting id over immutable versions."""

    def create(self, name: str, datapoints: Sequence[Any] = (), **fields: Any) -> Json:
        """Store a dataset; ``description``, ``metadata``. Returns it."""
        answer: Json = self._send("POST", "", body=_new(name, datapoints, fields))
        return dict(answer["dataset"])

    async def acreate(self, name: str, datapoints: Sequence[Any] = (), **fields: Any) -> Json:
        """Store a dataset; ``description``, ``metadata``. Returns it."""
        answer: Json = await self._asend("POST", "", body=_new(name, datapoints, fields))
        return dict(answer["dataset"])

    def list(self, **filters: Any) -> Json:
        """Return one page; ``name``, ``search``, ``page``, ``limit``."""
        answer: Json = self._send("GET", "", params=filters)
        return answer

    async def alist(self, **filters: Any) -> Json:
        """Return one page; ``name``, ``search``, ``page``, ``limit``."""
        answer: Json = await self._asend("GET", "", params=filters)
        return answer

    def get(self, dataset_id: str) -> Json:
        """Return a dataset, or raise ``NotFoundError``."""
        answer: Json = self._send("GET", _one(dataset_id))
        return answer

    async def aget(self, dataset_id: str) -> Json:
        """Return a dataset, or raise ``NotFoundError``."""
        answer: Json = await self._asend("GET", _one(dataset_id))
        return answer

    def update(self, dataset_id: str, **changes: Any) -> Json:
        """Change ``name``, ``description``, ``metadata`` or all ``datapoints``."""
        answer: Json = self._send("PUT", _one(dataset_id), body=changes)
        return dict(answer["dataset"])

    async def aupdate(self, dataset_id: str, **changes: Any) -> Json:
        """Change ``name``, ``description``, ``metadata`` or all ``datapoints``."""
        answer: Json = await self._asend("PUT", _one(dataset_id), body=changes)
        return dict(answer["dataset"])

    def delete(self, dataset_id: str) -> None:
        """Forget a dataset; versions that runs are over stay readable for them."""
        self._send("DELETE", _one(dataset_id))

    async def adelete(self, dataset_id: str) -> None:
        """Forget a dataset; versions that runs are over stay readable for them."""
        await self._asend("DELETE", _one(dataset_id))

    def add_datapoints(self, dataset_id: str, datapoints: Sequence[Mapping[str, Any]]) -> Json:
        """Append datapoints (``inputs``, ``ground_truth``, ...); one call, one version."""
        body = {"datapoints": [*datapoints]}
        answer: Json = self._send("POST", _one(dataset_id, "datapoints"), body=body)
        return answer

    async def aadd_datapoints(
        self, dataset_id: str, datapoints: Sequence[Mapping[str, Any]]
    ) -> Json:
        """Append datapoints (``inputs``, ``ground_truth``, ...); one call, one version."""
        body = {"datapoints": [*datapoints]}
        answer: Json = await self._asend("POST", _one(dataset_id, "datapoints"), body=body)
        return answer

    def datapoints(self, dataset_id: str, **filters: Any) -> Json:
        """Return one page of whole datapoints; ``version``, ``page``, ``limit``."""
        answer: Json = self._send("GET", _one(dataset_id, "datapoints"), params=filters)
        return answer

    async def adatapoints(self, dataset_id: str, **filters: Any) -> Json:
        """Return one page of whole datapoints; ``version``, ``page``, ``limit``."""
        answer: Json = await self._asend("GET", _one(dataset_id, "datapoints"), params=filters)
        return answer

    def from_events(self, dataset_id: str, **chosen: Any) -> Json:
        """Append datapoints made of events: ``event_ids`` or ``filters``, and ``mapping``."""
        answer: Json = self._send("POST", _one(dataset_id, "from-events"), body=chosen)
        return answer

    async def afrom_events(self, dataset_id: str, **chosen: Any) -> Json:
        """Append datapoints made of events: ``event_ids`` or ``filters``, and ``mapping``."""
        answer: Json = await self._asend("POST", _one(dataset_id, "from-events"), body=chosen)
        return answer

    def versions(self, dataset_id: str) -> Rows:
        """Return every version, newest first."""
        answer: Json = self._send("GET", _one(dataset_id, "versions"))
        return [*answer["versions"]]

    async def aversions(self, dataset_id: str) -> Rows:
        """Return every version, newest first."""
        answer: Json = await self._asend("GET", _one(dataset_id, "versions"))
        return [*answer["versions"]]

    def diff(self, dataset_id: str, old: str | int, new: str | int | None = None) -> Json:
        """Return what changed between two versions, by id or number; new is the current one."""
        answer: Json = self._send("GET", _one(dataset_id, "diff"), params=_span(old, new))
        return answer

    async def adiff(self, dataset_id: str, old: str | int, new: str | int | None = None) -> Json:
        """Return what changed between two versions, by id or number; new is the current one."""
        answer: Json = await self._asend("GET", _one(dataset_id, "diff"), params=_span(old, new))
        return answer


class Datapoints(_Group):
    """Datapoints by id, whichever dataset has them."""

    def get(self, datapoint_id: str) -> Json:
        """Return a datapoint, or raise ``NotFoundError``."""
        answer: Json = self._send("GET", _point(datapoint_id))
        return dict(answer["datapoint"][0])

    async def aget(self, datapoint_id: str) -> Json:
        """Return a datapoint, or raise ``NotFoundError``."""
        answer: Json = await self._asend("GET", _point(datapoint_id))
        return dict(answer["datapoint"][0])

    def create(self, **fields: Any) -> str:
        """Store ``inputs``, ``ground_truth`` in each of ``linked_datasets``; returns the id."""
        answer: Json = self._send("POST", _POINTS, body=fields)
        return str(answer["result"]["insertedIds"][0])

    async def acreate(self, **fields: Any) -> str:
        """Store ``inputs``, ``ground_truth`` in each of ``linked_datasets``; returns the id."""
        answer: Json = await self._asend("POST", _POINTS, body=fields)
        return str(answer["result"]["insertedIds"][0])

    def update(self, datapoint_id: str, **changes: Any) -> None:
        """Change a datapoint in every dataset that has it."""
        self._send("PUT", _point(datapoint_id), body=changes)

    async def aupdate(self, datapoint_id: str, **changes: Any) -> None:
        """Change a datapoint in every dataset that has it."""
        await self._asend("PUT", _point(datapoint_id), body=changes)

    def delete(self, datapoint_id: str) -> None:
        """Take a datapoint out of every dataset."""
        self._send("DELETE", _point(datapoint_id))

    async def adelete(self, datapoint_id: str) -> None:
        """Take a datapoint out of every dataset."""
        await self._asend("DELETE", _point(datapoint_id))


class Metrics(_Group):
    """Server-side evaluators."""

    def create(self, name: str, kind: str, **fields: Any) -> Json:
        """Define one: ``settings``, ``target``, ``filters``, ``threshold``. Returns it."""
        answer: Json = self._send("POST", _METRICS, body={"name": name, "kind": kind, **fields})
        return dict(answer["metric"])

    async def acreate(self, name: str, kind: str, **fields: Any) -> Json:
        """Define one: ``settings``, ``target``, ``filters``, ``threshold``. Returns it."""
        body = {"name": name, "kind": kind, **fields}
        answer: Json = await self._asend("POST", _METRICS, body=body)
        return dict(answer["metric"])

    def list(self, **filters: Any) -> Json:
        """Return one page; ``search``, ``page``, ``limit``."""
        answer: Json = self._send("GET", _METRICS, params=filters)
        return answer

    async def alist(self, **filters: Any) -> Json:
        """Return one page; ``search``, ``page``, ``limit``."""
        answer: Json = await self._asend("GET", _METRICS, params=filters)
        return answer

    def run(self, metric_id: str, run_ids: Sequence[str]) -> Json:
        """Score old runs; returns the job, which may still be going on."""
        body = {"metric_id": metric_id, "run_ids": [*run_ids]}
        answer: Json = self._send("POST", f"{_METRICS}/run", body=body)
        return dict(answer["job"])

    async def arun(self, metric_id: str, run_ids: Sequence[str]) -> Json:
        """Score old runs; returns the job, which may still be going on."""
        body = {"metric_id": metric_id, "run_ids": [*run_ids]}
        answer: Json = await self._asend("POST", f"{_METRICS}/run", body=body)
        return dict(answer["job"])


_DATASETS = "/v1/datasets"
_POINTS = "/v1/datapoints"
_METRICS = "/v1/metrics"


async def _request(
    connection: Connection,
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Any:
    encoded = None if body is None else to_json(body)
    return await connection.request(method, path or _DATASETS, body=encoded, params=params)


def _one(dataset_id: str, part: str | None = None) -> str:
    path = f"{_DATASETS}/{quote(dataset_id, safe='')}"
    return path if part is None else f"{path}/{part}"


def _point(datapoint_id: str) -> str:
    return f"{_POINTS}/{quote(datapoint_id, safe='')}"


def _new(name: str, datapoints: Sequence[Any], fields: Mapping[str, Any]) -> Json:
    return {"name": name, "exact_name": True, "datapoints": [*datapoints], **fields}


def _span(old: str | int, new: str | int | None) -> Json:
    return {"from": str(old)} if new is None else {"from": str(old), "to": str(new)}
