"""Server-side evaluators, as a group of a client."""

from collections.abc import Sequence
from typing import Any, Final

from assay.experiments.groups import (
    Group,
    Json,
    Rows,
    Use,
    nothing,
    part,
    request,
    rows,
    twins,
    whole,
)
from assay.experiments.paths import path_of


_METRICS: Final = "/v1/metrics"


class Metrics(Group):
    """Server-side evaluators."""

    def _create(self, /, name: str, kind: str, **fields: Any) -> Use[Json]:
        """Define one: ``settings``, ``target``, ``filters``, ``threshold``. Returns it."""
        body = {"name": name, "kind": kind, **fields}
        return request("POST", _METRICS, part("metric"), body=body)

    create, acreate = twins(_create)

    def _list(self, /, **filters: Any) -> Use[Json]:
        """Return one page; ``search``, ``page``, ``limit``."""
        return request("GET", _METRICS, whole, params=filters)

    list, alist = twins(_list)

    def _run(self, metric_id: str, run_ids: Sequence[str]) -> Use[Json]:
        """Score old runs; returns the job, which may still be going on."""
        body = {"metric_id": metric_id, "run_ids": [*run_ids]}
        return request("POST", f"{_METRICS}/run", part("job"), body=body)

    run, arun = twins(_run)

    def _get(self, metric_id: str, *, version: int | None = None) -> Use[Json]:
        """Return the current version of one, or another."""
        return request("GET", path_of(_METRICS, metric_id), whole, params={"version": version})

    get, aget = twins(_get)

    def _update(self, /, metric_id: str, **changes: Any) -> Use[Json]:
        """Store a new version; what is absent stays. Returns it."""
        return request("PUT", path_of(_METRICS, metric_id), part("metric"), body=changes)

    update, aupdate = twins(_update)

    def _delete(self, metric_id: str) -> Use[None]:
        """Forget one with its versions; scores it gave stay."""
        return request("DELETE", path_of(_METRICS, metric_id), nothing)

    delete, adelete = twins(_delete)

    def _versions(self, metric_id: str) -> Use[Rows]:
        """Return every version."""
        return request("GET", path_of(_METRICS, metric_id) + "/versions", rows("versions"))

    versions, aversions = twins(_versions)

    def _job(self, job_id: str) -> Use[Json]:
        """Return how far a job that ``run`` began is: ``status`` and counts."""
        return request("GET", path_of(f"{_METRICS}/jobs", job_id), whole)

    job, ajob = twins(_job)
