"""A client for code that reads, compares and tidies up runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assay.execution.blocking import run_blocking
from assay.experiments import calls
from assay.experiments.connection import (
    DEFAULT_TIMEOUT_SECONDS,
    EMBEDDED_APPLICATION,
    ServerAddress,
    connect,
)
from assay.experiments.groups import Group, Json, Use, twins
from assay.experiments.managed import Datapoints, Datasets
from assay.experiments.records import EventGroup, Sessions
from assay.experiments.reviews import Annotations, Queues
from assay.experiments.server_choice import choose_server
from assay.experiments.server_metrics import Metrics


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary, RunComparisonResult


T = TypeVar("T")


class Client:
    """Talks to a server, or to the application in this process.

    Methods are synchronous and work inside a running event loop too; each has an
    asynchronous twin on the same group, called ``a...``.

    Args:
        server_url: Such as ``https://assay.example.com``; without it and ``data_dir`` that of
            the settings (``ASSAY_SERVER_URL``), and without one the application in this process.
        api_key: Sent to the server as a bearer token; by default that of the settings
            (``ASSAY_API_KEY``).
        data_dir: The data folder of the application in this process, which it asks for.
        timeout_seconds: For one request.
        address: All of that at once, for tests.
    """

    def __init__(
        self,
        *,
        server_url: str | None = None,
        api_key: str | None = None,
        data_dir: str | Path | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        application: str = EMBEDDED_APPLICATION,
        address: ServerAddress | None = None,
    ) -> None:
        self.address = (
            choose_server(
                server_url,
                api_key=api_key,
                data_dir=data_dir,
                timeout_seconds=timeout_seconds,
                application=application,
            )
            if address is None
            else address
        )
        self.runs = Runs(self)
        self.datasets = Datasets(self)
        self.datapoints = Datapoints(self)
        self.sessions = Sessions(self)
        self.events = EventGroup(self)
        self.annotations = Annotations(self)
        self.queues = Queues(self)
        self.metrics = Metrics(self)

    async def acall(self, use: Use[T]) -> T:
        """Open a connection, let ``use`` make its requests, and close it."""
        async with connect(self.address) as connection:
            return await use(connection)

    def call(self, use: Use[T]) -> T:
        """Do the same as ``acall`` from synchronous code."""
        return run_blocking(self.acall(use))


class Runs(Group):
    """Runs on the server."""

    def _get(self, run_id: str) -> Use[Json]:
        """Return one run, or raise ``NotFoundError``."""
        return lambda at: calls.get_run(at, run_id)

    get, aget = twins(_get)

    def _list(self, /, **filters: Any) -> Use[Json]:
        """Return one page of runs; ``name``, ``status``, ``dataset_id``, ``page``, ``limit``."""
        return lambda at: calls.list_runs(at, filters)

    list, alist = twins(_list)

    def _update(self, /, run_id: str, **changes: Any) -> Use[Json]:
        """Change a run: ``name``, ``status``; ``metadata``, ``results`` merge."""
        return lambda at: calls.update_run(at, run_id, changes)

    update, aupdate = twins(_update)

    def _delete(self, run_id: str) -> Use[None]:
        """Delete a run with its results."""
        return lambda at: calls.delete_run(at, run_id)

    delete, adelete = twins(_delete)

    def _result(
        self, run_id: str, *, aggregate_function: str = "average"
    ) -> Use["ExperimentResultSummary"]:
        """Return a run's result, aggregated by the server."""
        return lambda at: calls.run_result(at, run_id, aggregate_function)

    result, aresult = twins(_result)

    def _compare(
        self, new_run_id: str, old_run_id: str, *, aggregate_function: str = "average"
    ) -> Use["RunComparisonResult"]:
        """Return the comparison of two runs, computed by the server."""
        return lambda at: calls.run_comparison(
            at, new_run_id, old_run_id, aggregate_function=aggregate_function
        )

    compare, acompare = twins(_compare)
