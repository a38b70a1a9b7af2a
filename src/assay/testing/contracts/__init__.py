"""One contract suite per port: what every implementation must hold.

A suite is a class of tests over a fixture named ``store``. To run it over an
implementation, define that fixture and derive a class::

    @pytest.fixture
    def store(tmp_path):
        store = open_store(f"sqlite:///{tmp_path}/assay.sqlite")
        yield store
        store.close()

    class TestRuns(RunStoreContract): ...
"""

from assay.testing.contracts.datasets import DatasetStoreContract
from assay.testing.contracts.documents import DatasetVersionStoreContract, DocumentStoreContract
from assay.testing.contracts.evaluations import EvaluationStoreContract
from assay.testing.contracts.event_queries import EventQueriesContract
from assay.testing.contracts.events import EventLogContract, EventStoreContract
from assay.testing.contracts.ledger import PromptRegistryContract, RunLedgerContract
from assay.testing.contracts.records import (
    AuditLogContract,
    KeyStoreContract,
    ResponseCacheContract,
    ResponseHousekeepingContract,
)
from assay.testing.contracts.results import ResultStoreContract
from assay.testing.contracts.runs import RunStoreContract
from assay.testing.contracts.tasks import TaskStoreContract
from assay.testing.contracts.texts import TextContract


__all__ = [
    "AuditLogContract",
    "DatasetStoreContract",
    "DatasetVersionStoreContract",
    "DocumentStoreContract",
    "EvaluationStoreContract",
    "EventLogContract",
    "EventQueriesContract",
    "EventStoreContract",
    "KeyStoreContract",
    "PromptRegistryContract",
    "ResponseCacheContract",
    "ResponseHousekeepingContract",
    "ResultStoreContract",
    "RunLedgerContract",
    "RunStoreContract",
    "TaskStoreContract",
    "TextContract",
]
