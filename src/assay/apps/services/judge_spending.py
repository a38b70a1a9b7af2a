"""What the judge of a server-side metric asked and spent, day by day, and its limits."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from assay.core.documents import Document
from assay.core.errors import ConflictError, NotFoundError
from assay.core.ports import Store
from assay.core.server_metrics import ServerMetric
from assay.execution.call_budget import CallBudget, CallUsage
from assay.kit.clock import Clock


SPENDING_KIND: Final = "judge_spending"
_TRIES: Final = 20


class JudgeSpending:
    """Keeps the account of each judge; days are those of UTC.

    An account belongs to the metric, whatever its version, and outlives the process.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def account(self, metric: ServerMetric) -> CallBudget:
        """Return an account with the metric's limits on which today's spending stands."""
        usd, calls = (
            metric.settings.get("max_usd_per_day"),
            metric.settings.get("max_calls_per_day"),
        )
        return CallBudget(
            limit_usd=None if usd is None else Decimal(str(usd)),
            max_calls=calls,
            before=self.today(metric),
        )

    def today(self, metric: ServerMetric) -> CallUsage:
        """Return what was asked and spent today."""
        document = self._found(metric, self._clock.now())
        return CallUsage() if document is None else CallUsage.read(document.body)

    def shown(self, metric: ServerMetric) -> dict[str, Any]:
        """Return today's spending as the wire shows it."""
        return {"day": self._clock.now().date().isoformat(), **self.today(metric).wire()}

    def add(self, metric: ServerMetric, spent: CallUsage) -> None:
        """Add to today's spending; what another process adds meanwhile is not lost.

        Raises:
            ConflictError: If others changed it each time that this was tried.
        """
        for attempt in range(_TRIES):
            try:
                self._added(metric, spent)
            except ConflictError:
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    def _added(self, metric: ServerMetric, spent: CallUsage) -> None:
        now = self._clock.now()
        found = self._found(metric, now)
        if found is None:
            self._store.add_documents([_document(metric, spent, now=now)])
            return
        body = (CallUsage.read(found.body) + spent).wire()
        self._store.save_document(replace(found, body=body, updated_at=now))

    def _found(self, metric: ServerMetric, now: datetime) -> Document | None:
        try:
            return self._store.get_document(SPENDING_KIND, _place(metric, now))
        except NotFoundError:
            return None


def _place(metric: ServerMetric, now: datetime) -> str:
    return f"{metric.id}/{now.date().isoformat()}"


def _document(metric: ServerMetric, spent: CallUsage, *, now: datetime) -> Document:
    return Document(
        kind=SPENDING_KIND,
        id=_place(metric, now),
        parent=metric.id,
        project=metric.project,
        created_at=now,
        updated_at=now,
        body=spent.wire(),
    )
