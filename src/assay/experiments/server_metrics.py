"""Server-side evaluators, as a group of a client."""

from collections.abc import Sequence
from typing import Any, Final

from assay.experiments.groups import Group, Json, Rows
from assay.experiments.paths import path_of


_METRICS: Final = "/v1/metrics"


class Metrics(Group):
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

    def get(self, metric_id: str, *, version: int | None = None) -> Json:
        """Return the current version of one, or another."""
        answer: Json = self._send("GET", path_of(_METRICS, metric_id), params={"version": version})
        return answer

    async def aget(self, metric_id: str, *, version: int | None = None) -> Json:
        """Return the current version of one, or another."""
        params = {"version": version}
        answer: Json = await self._asend("GET", path_of(_METRICS, metric_id), params=params)
        return answer

    def update(self, metric_id: str, **changes: Any) -> Json:
        """Store a new version; what is absent stays. Returns it."""
        answer: Json = self._send("PUT", path_of(_METRICS, metric_id), body=changes)
        return dict(answer["metric"])

    async def aupdate(self, metric_id: str, **changes: Any) -> Json:
        """Store a new version; what is absent stays. Returns it."""
        answer: Json = await self._asend("PUT", path_of(_METRICS, metric_id), body=changes)
        return dict(answer["metric"])

    def delete(self, metric_id: str) -> None:
        """Forget one with its versions; scores it gave stay."""
        self._send("DELETE", path_of(_METRICS, metric_id))

    async def adelete(self, metric_id: str) -> None:
        """Forget one with its versions; scores it gave stay."""
        await self._asend("DELETE", path_of(_METRICS, metric_id))

    def versions(self, metric_id: str) -> Rows:
        """Return every version."""
        answer: Json = self._send("GET", path_of(_METRICS, metric_id) + "/versions")
        return [*answer["versions"]]

    async def aversions(self, metric_id: str) -> Rows:
        """Return every version."""
        answer: Json = await self._asend("GET", path_of(_METRICS, metric_id) + "/versions")
        return [*answer["versions"]]

    def job(self, job_id: str) -> Json:
        """Return how far a job that ``run`` began is: ``status`` and counts."""
        answer: Json = self._send("GET", path_of(f"{_METRICS}/jobs", job_id))
        return answer

    async def ajob(self, job_id: str) -> Json:
        """Return how far a job that ``run`` began is: ``status`` and counts."""
        answer: Json = await self._asend("GET", path_of(f"{_METRICS}/jobs", job_id))
        return answer
