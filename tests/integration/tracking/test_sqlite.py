"""The contracts of the ledger over MLflow's SQLite store, in this process."""

from collections.abc import Iterator

import pytest

from assay.core.ledger import Ledger
from assay.testing.contracts import PromptRegistryContract, RunLedgerContract
from assay.tracking import open_ledger


@pytest.fixture
def ledger(mlflow_sqlite_url: str) -> Iterator[Ledger]:
    with open_ledger(mlflow_sqlite_url) as opened:
        yield opened


class TestRuns(RunLedgerContract): ...


class TestPrompts(PromptRegistryContract): ...
