"""The ledger in memory holds the same contracts as MLflow."""

import pytest

from assay.core.ledger import Ledger
from assay.testing.contracts import PromptRegistryContract, RunLedgerContract
from assay.testing.memory_ledger import MemoryLedger


@pytest.fixture
def ledger() -> Ledger:
    return MemoryLedger()


@pytest.fixture
def base() -> str:
    return "eval"


class TestRuns(RunLedgerContract): ...


class TestPrompts(PromptRegistryContract): ...
