"""Result sinks for tests: one that remembers, one that a full disk is played with."""

import threading
from collections.abc import Sequence

from assay.core.errors import StorageError
from assay.core.results import ItemKey, ItemResult


class ListSink:
    """A ``ResultSink`` that keeps every batch in memory.

    Attributes:
        batches: What was written, in order, by run.
        threads: The names of the threads that wrote.
    """

    def __init__(self, *, refuse_after: int | None = None) -> None:
        """Take after how many stored items every write is refused, or None for never."""
        self.batches: list[tuple[str, list[ItemResult]]] = []
        self.threads: set[str] = set()
        self._refuse_after = refuse_after

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Keep a batch.

        Raises:
            StorageError: If this sink is told to be full by now.
        """
        if self._refuse_after is not None and len(self.items) >= self._refuse_after:
            raise StorageError("No space is left on the device.")
        self.threads.add(threading.current_thread().name)
        self.batches.append((run_id, list(results)))

    @property
    def items(self) -> list[ItemResult]:
        """All items in the order they were written."""
        return [item for _, batch in self.batches for item in batch]

    @property
    def keys(self) -> list[ItemKey]:
        """The keys of all items in the order they were written."""
        return [item.key for item in self.items]
