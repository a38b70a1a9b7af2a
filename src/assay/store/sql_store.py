"""The whole store over one database."""

from assay.kit.clock import Clock
from assay.store.database import Database
from assay.store.dataset_line_repository import DatasetLineRepository
from assay.store.dataset_repository import DatasetRepository
from assay.store.document_repository import DocumentRepository
from assay.store.event_repository import EventRepository, ProgressRepository
from assay.store.ingestion_repository import IngestionRepository
from assay.store.record_repository import AuditRepository, KeyRepository, ResponseRepository
from assay.store.result_repository import ResultRepository
from assay.store.run_repository import EvaluationRepository, RunRepository
from assay.store.task_repository import TaskRepository


class SqlStore(
    DatasetRepository,
    DatasetLineRepository,
    DocumentRepository,
    RunRepository,
    ResultRepository,
    TaskRepository,
    EvaluationRepository,
    ProgressRepository,
    EventRepository,
    IngestionRepository,
    ResponseRepository,
    AuditRepository,
    KeyRepository,
):
    """Implements ``core.ports.Store`` over SQLite or PostgreSQL."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        super().__init__(database, clock=clock)

    def close(self) -> None:
        """Release connections; the store is not used afterwards."""
        self._database.close()
