"""Results and comparisons of runs, as functions of a client; each with an async twin."""

from typing import TYPE_CHECKING

from assay.experiments.client import Client


if TYPE_CHECKING:
    from assay.experiments.models import (
        AggregatedMetrics,
        ExperimentResultSummary,
        RunComparisonResult,
    )


def get_run_result(
    client: Client, run_id: str, aggregate_function: str = "average"
) -> "ExperimentResultSummary":
    """Return a run's result, aggregated by the server.

    Raises:
        NotFoundError: If there is no such run.
        ServerError: If the server cannot be reached or refuses.
    """
    return client.runs.result(run_id, aggregate_function=aggregate_function)


async def aget_run_result(
    client: Client, run_id: str, aggregate_function: str = "average"
) -> "ExperimentResultSummary":
    """Return a run's result, as ``get_run_result`` does."""
    return await client.runs.aresult(run_id, aggregate_function=aggregate_function)


def get_run_metrics(client: Client, run_id: str) -> "AggregatedMetrics":
    """Return a run's metrics, averaged by the server.

    Raises:
        NotFoundError: If there is no such run.
        ServerError: If the server cannot be reached or refuses.
    """
    return client.runs.result(run_id).metrics


async def aget_run_metrics(client: Client, run_id: str) -> "AggregatedMetrics":
    """Return a run's metrics, as ``get_run_metrics`` does."""
    return (await client.runs.aresult(run_id)).metrics


def compare_runs(
    client: Client, new_run_id: str, old_run_id: str, aggregate_function: str = "average"
) -> "RunComparisonResult":
    """Return the comparison of two runs over their common datapoints, made by the server.

    Raises:
        NotFoundError: If there is no such run.
        ServerError: If the server cannot be reached or refuses.
    """
    return client.runs.compare(new_run_id, old_run_id, aggregate_function=aggregate_function)


async def acompare_runs(
    client: Client, new_run_id: str, old_run_id: str, aggregate_function: str = "average"
) -> "RunComparisonResult":
    """Return the comparison of two runs, as ``compare_runs`` does."""
    return await client.runs.acompare(new_run_id, old_run_id, aggregate_function=aggregate_function)
