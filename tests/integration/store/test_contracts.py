"""Every contract suite over the store in memory, on SQLite and on real PostgreSQL."""

from assay.testing.contracts import (
    AuditLogContract,
    DatasetStoreContract,
    EvaluationStoreContract,
    EventLogContract,
    EventQueriesContract,
    EventStoreContract,
    KeyStoreContract,
    ResponseCacheContract,
    ResponseHousekeepingContract,
    ResultStoreContract,
    RunStoreContract,
    TaskStoreContract,
    TextContract,
)


class TestDatasets(DatasetStoreContract): ...


class TestRuns(RunStoreContract): ...


class TestResults(ResultStoreContract): ...


class TestTasks(TaskStoreContract): ...


class TestEvaluations(EvaluationStoreContract): ...


class TestEventLog(EventLogContract): ...


class TestEvents(EventStoreContract): ...


class TestEventQueries(EventQueriesContract): ...


class TestResponses(ResponseCacheContract): ...


class TestResponseHousekeeping(ResponseHousekeepingContract): ...


class TestAudit(AuditLogContract): ...


class TestKeys(KeyStoreContract): ...


class TestTexts(TextContract): ...
