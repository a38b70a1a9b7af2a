"""Traces of an eval run: sent to the ledger in bulk, one trace per case and repeat."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import LedgerError
from assay.core.eval_runs import CaseRecord
from assay.core.results import ItemKey
from assay.kit.log import get_logger
from assay.tracing.attributes import INPUTS, OUTPUTS
from assay.tracing.session import Session, SessionInfo
from assay.tracing.tracer import Tracer


if TYPE_CHECKING:
    from assay.tracing.exporter import SpanCounts
    from assay.tracing.pipeline import Pipeline

LogTraces = Callable[[str, bytes], None]

_LEDGER: Final = "ledger"
_SPANS_AT_ONCE: Final = 100
"""MLflow links at most so many traces to a run at once."""
_MLFLOW_NAMES: Final = {INPUTS: "mlflow.spanInputs", OUTPUTS: "mlflow.spanOutputs"}
"""What MLflow's page shows as a trace's request and response."""


@dataclass
class CaseTraces:
    """Sends the spans of one run, and remembers which trace is whose.

    A run is not worth less for its traces: what cannot be kept is counted.
    """

    log: LogTraces | None
    run_id: str
    _ids: dict[ItemKey, str] = field(default_factory=dict)
    _counts: "SpanCounts | None" = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["_Noting"]:
        """Open the way out; on leaving, what waits is sent."""
        from assay.tracing.exporter import ExportSettings
        from assay.tracing.pipeline import PipelineSettings, pipeline

        settings = PipelineSettings(ExportSettings(batch=_SPANS_AT_ONCE), also=_MLFLOW_NAMES)
        senders = {} if self.log is None else {_LEDGER: self._send}
        async with pipeline(senders, settings) as opened:
            yield _Noting(opened, self._ids)
        self._counts = opened.counts().get(_LEDGER)

    def with_trace(self, case: CaseRecord) -> CaseRecord:
        """Return a case with its trace, if all traces arrived."""
        if self._counts is None or self.losses():
            return case
        return replace(case, trace_id=self._ids.get(ItemKey(case.case_id, case.repeat)))

    def losses(self) -> dict[str, float]:
        """Return how many spans were lost, as a metric of the run; nothing if none were."""
        counts = self._counts
        lost = 0 if counts is None else counts.dropped + counts.failed
        return {"lost_spans": float(lost)} if lost else {}

    async def _send(self, body: bytes, /) -> int:
        from assay.tracing.exporter import SpansRefusedError

        if self.log is None:  # pragma: no cover  # then nothing is sent
            return 0
        try:
            await asyncio.to_thread(self.log, self.run_id, body)
        except LedgerError as error:
            get_logger("gate").warning("traces_lost", run_id=self.run_id, why=str(error))
            raise SpansRefusedError(str(error), retryable=False) from error
        return 0


class _Noting:
    """A collector that passes spans on and notes the trace of each case."""

    def __init__(self, pipeline: "Pipeline", ids: dict[ItemKey, str]) -> None:
        self._pipeline = pipeline
        self._ids = ids

    @property
    def closed(self) -> bool:
        """Whether it takes nothing any more."""
        return self._pipeline.closed

    @property
    def crowded(self) -> bool:
        """Whether new work should wait until spans are sent."""
        return self._pipeline.crowded

    async def room(self) -> None:
        """Wait while it is crowded."""
        await self._pipeline.room()

    def force_flush(self, deadline_seconds: float) -> bool:
        """Send what waits."""
        return self._pipeline.force_flush(deadline_seconds)

    def add(self, session: Session, span: Any) -> None:
        """Take a finished span."""
        context = span.get_span_context()
        if context is not None and session.info.datapoint_id is not None:
            repeat = int(session.info.metadata.get("repeat", 0))
            key = ItemKey(session.info.datapoint_id, repeat)
            self._ids[key] = f"tr-{context.trace_id:032x}"
        self._pipeline.add(session, span)

    def tracer(self, info: SessionInfo) -> Tracer:
        """Return the tracer of a new session."""
        self._pipeline.tracer(info)  # sets up recording; its own tracer would not be noted
        return Tracer(info, self)
