"""Columns of ended runs, kept so that looking at a big run twice reads it once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from assay.apps.server.key_locks import KeyLocks
from assay.core.aggregate import RunScores
from assay.core.ports import ResultStore
from assay.core.runs import Run


MAX_ITEMS = 1_000_000
_Key = tuple[str, datetime]


class ScoreCache:
    """The columns used last, up to a number of items over all; a run still going is never kept.

    A run's columns are good for as long as its row is unchanged: whatever changes results
    of an ended run touches ``updated_at``.
    """

    def __init__(
        self,
        *,
        max_items: int = MAX_ITEMS,
        collect: Callable[[ResultStore, Run], RunScores] | None = None,
    ) -> None:
        """Take the bound, and how columns are read where it matters to a test."""
        self._max_items = max_items
        self._collect = collect if collect is not None else _collect
        self._kept: OrderedDict[_Key, RunScores] = OrderedDict()
        self._guard = threading.Lock()
        self._reading = KeyLocks()

    def scores_of(self, store: ResultStore, run: Run) -> RunScores:
        """Return the columns of ``run``; two who ask at once read them once."""
        if not run.status.ended:
            return self._collect(store, run)
        key = (run.id, run.updated_at)
        with self._reading.hold(run.id):
            with self._guard:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            scores = self._collect(store, run)
            self._keep(key, scores)
            return scores

    def _keep(self, key: _Key, scores: RunScores) -> None:
        with self._guard:
            for stale in [kept for kept in self._kept if kept[0] == key[0]]:
                del self._kept[stale]
            self._kept[key] = scores
            while sum(map(len, self._kept.values())) > self._max_items:
                self._kept.popitem(last=False)


def _collect(store: ResultStore, run: Run) -> RunScores:
    return store.read_scores(run.id, candidate=run.candidate)
