"""Putting the services together from the settings; the one place that knows all of them."""

from dataclasses import dataclass
from pathlib import Path

from assay.apps.services.datasets import DatasetService
from assay.apps.services.evaluation_plan import Gateways
from assay.apps.services.evaluations import EvaluationService
from assay.apps.services.judges import gateway_settings
from assay.apps.services.locks import EvaluationLocks
from assay.apps.services.managed_datapoints import ManagedDatapointService
from assay.apps.services.managed_datasets import ManagedDatasetService
from assay.apps.services.metric_scoring import MetricScoring
from assay.apps.services.recordings import RecordingService
from assay.apps.services.review_queues import ReviewService
from assay.apps.services.server_metrics import ServerMetricService
from assay.apps.services.tasks import TaskService
from assay.apps.settings import Settings
from assay.core.datasets import DatasetVersion
from assay.core.ports import Store
from assay.kit.clock import SYSTEM_CLOCK, Clock


@dataclass(frozen=True, slots=True)
class Services:
    """All services over one store."""

    store: Store
    tasks: TaskService
    datasets: DatasetService
    managed: ManagedDatasetService
    datapoints: ManagedDatapointService
    metric_definitions: ServerMetricService
    scoring: MetricScoring
    reviews: ReviewService
    recordings: RecordingService
    evaluations: EvaluationService

    def add_dataset_file(self, path: Path) -> DatasetVersion:
        """Store a file's datapoints as the current version of the dataset named after it.

        Raises:
            InvalidDatasetError: As ``file:line: key: what is wrong``; nothing is stored.
        """
        version = self.datasets.add_file(path)
        self.managed.adopt(version, actor="local")
        return version


def open_services(
    settings: Settings, *, store: Store | None = None, clock: Clock = SYSTEM_CLOCK
) -> Services:
    """Return the services, over ``store`` or the store that the settings name.

    Raises:
        StorageError: If the database cannot be opened, or the data folder not be written.
    """
    if store is None:
        store = open_database(settings)
    managed = ManagedDatasetService(store, clock=clock)
    recordings = RecordingService(settings.recordings_dir, clock=clock)
    gateways = gateways_of(settings, store, recordings=recordings, clock=clock)
    definitions = ServerMetricService(store, clock=clock)
    return Services(
        store=store,
        tasks=TaskService(store),
        datasets=DatasetService(store, scratch=settings.data_dir / "cache"),
        managed=managed,
        datapoints=ManagedDatapointService(store, managed, clock=clock),
        metric_definitions=definitions,
        scoring=MetricScoring(store, definitions, gateways=gateways, clock=clock),
        reviews=ReviewService(store, clock=clock),
        recordings=recordings,
        evaluations=EvaluationService(
            store,
            gateways=gateways,
            locks=EvaluationLocks(settings.data_dir / "locks"),
            clock=clock,
        ),
    )


def open_database(settings: Settings) -> Store:
    """Open the database that the settings name, making the data folder if it is missing.

    Raises:
        StorageError: If that is not possible.
    """
    from assay.core.errors import StorageError
    from assay.store import open_store

    folder: Path = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The data folder {folder} cannot be made: {error.strerror}.") from error
    return open_store(settings.resolved_database_url)


def gateways_of(
    settings: Settings, store: Store, *, recordings: RecordingService, clock: Clock
) -> Gateways:
    """Return what makes a gateway with the keys and limits of the settings."""
    from assay.llm.gateway import Gateway

    def make() -> Gateway:
        return Gateway(
            gateway_settings(settings),
            cache=store,
            recordings=recordings.resolve,
            clock=clock,
        )

    return make
