"""The requests the SDK makes, each as one coroutine over a connection."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import NotFoundError
from assay.experiments.connection import Connection
from assay.experiments.paths import path_of
from assay.experiments.payload import to_json


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary, RunComparisonResult


ITEMS_PER_PAGE: Final = 500
DATAPOINTS_PER_PAGE: Final = 200


async def create_run(connection: Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    """Create a run and return it as the server stores it."""
    answer = await connection.request("POST", "/v1/runs", body=to_json(body))
    run: dict[str, Any] = answer["evaluation"]
    return run


async def get_run(connection: Connection, run_id: str) -> dict[str, Any]:
    """Return one run."""
    answer = await connection.request("GET", _run_path(run_id))
    run: dict[str, Any] = answer["evaluation"]
    return run


async def update_run(
    connection: Connection, run_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a run: mappings merge, what is absent stays."""
    answer = await connection.request("PUT", _run_path(run_id), body=to_json(body))
    run: dict[str, Any] = answer["evaluation"]
    return run


async def delete_run(connection: Connection, run_id: str) -> None:
    """Delete a run with its results."""
    await connection.request("DELETE", _run_path(run_id))


async def list_runs(connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of runs: ``evaluations`` and ``pagination``."""
    page: dict[str, Any] = await connection.request("GET", "/v1/runs", params=params)
    return page


async def post_items(connection: Connection, run_id: str, body: bytes) -> None:
    """Store finished items durably; sending the same ones again changes nothing."""
    path = f"{_run_path(run_id)}/items"
    await connection.request("POST", path, body=body, idempotent=True, patient=True)


async def iter_items(connection: Connection, run_id: str) -> AsyncIterator[dict[str, Any]]:
    """Yield every stored item of a run, page by page."""
    page = 1
    while True:
        params = {"page": page, "limit": ITEMS_PER_PAGE}
        answer = await connection.request("GET", f"{_run_path(run_id)}/items", params=params)
        for entry in answer["items"]:
            for item in entry["answers"]:
                yield item
        if page * answer["limit"] >= answer["total"] or not answer["items"]:
            return
        page += 1


async def run_result(
    connection: Connection, run_id: str, aggregate_function: str
) -> "ExperimentResultSummary":
    """Return a run's result, aggregated by the server."""
    answer = await connection.request(
        "GET", f"{_run_path(run_id)}/result", params={"aggregate_function": aggregate_function}
    )
    from assay.experiments.models import ExperimentResultSummary

    return ExperimentResultSummary.from_answer(answer)


async def run_comparison(
    connection: Connection, new_run_id: str, old_run_id: str, *, aggregate_function: str
) -> "RunComparisonResult":
    """Return the comparison of two runs, computed by the server."""
    answer = await connection.request(
        "GET",
        path_of(f"{_run_path(new_run_id)}/compare-with", old_run_id),
        params={"aggregate_function": aggregate_function},
    )
    from assay.experiments.models import RunComparisonResult

    return RunComparisonResult.model_validate(answer)


async def current_version(connection: Connection, dataset_id: str) -> str | None:
    """Return the id of a managed dataset's current version, or None if there is no such one."""
    path = path_of("/v1/datasets", dataset_id)
    try:
        dataset = await connection.request("GET", path)
    except NotFoundError:
        return None
    return str(dataset["version_id"])


async def iter_datapoints(
    connection: Connection, dataset_id: str, *, version_id: str | None
) -> AsyncIterator[dict[str, Any]]:
    """Yield the datapoints of one version of a dataset in their order, page by page.

    Args:
        connection: To the server.
        dataset_id: A managed dataset, or without ``version_id`` a version by itself.
        version_id: Which version of the managed dataset, or None.

    Raises:
        NotFoundError: If there is no such dataset.
    """
    base = "/api/v1/datasets" if version_id is None else "/v1/datasets"
    path = f"{path_of(base, dataset_id)}/datapoints"
    page = 1
    while True:
        params = {"page": page, "limit": DATAPOINTS_PER_PAGE, "version": version_id}
        answer = await connection.request("GET", path, params=params)
        rows = answer["items"] if version_id is None else answer["datapoints"]
        for row in rows:
            yield row
        if page * answer["limit"] >= answer["total"] or not rows:
            return
        page += 1


def _run_path(run_id: str) -> str:
    return path_of("/v1/runs", run_id)
