"""The contracts of documents and dataset lines, in memory, on SQLite and on PostgreSQL."""

from assay.testing.contracts import DatasetVersionStoreContract, DocumentStoreContract


class TestDocuments(DocumentStoreContract): ...


class TestDatasetVersions(DatasetVersionStoreContract): ...
