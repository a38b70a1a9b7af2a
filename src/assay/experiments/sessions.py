"""The sessions of a run: one per item, whose id is stored with the item."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Protocol

from assay.core.results import ItemKey, ItemResult
from assay.execution.items import WorkItem
from assay.kit.ids import IdSeries
from assay.tracing.session import SessionInfo
from assay.tracing.tracer import Tracer


SOURCE = "evaluation"


class TracerSource(Protocol):
    """Makes tracers; a pipeline."""

    def tracer(self, info: SessionInfo) -> Tracer:
        """Return the tracer of a new session."""
        ...


@dataclass(frozen=True, slots=True)
class RunSessions:
    """Makes a tracer for each item; tries of the same item share one.

    Attributes:
        pipeline: Where their spans go.
        run_name: What the sessions are called.
        dataset_id: What their spans carry, as ``source``: where they come from.
    """

    pipeline: TracerSource
    run_name: str
    _: KW_ONLY
    dataset_id: str
    source: str = SOURCE
    tracers: dict[ItemKey, Tracer] = field(default_factory=dict)
    ids: IdSeries = field(default_factory=IdSeries)

    def tracer(self, item: WorkItem) -> Tracer:
        """Return the tracer of ``item``."""
        found = self.tracers.get(item.key)
        if found is None:
            found = self.pipeline.tracer(self._info(item))
            self.tracers[item.key] = found
        return found

    def close_all(self, results: Sequence[ItemResult]) -> list[ItemResult]:
        """Return finished ``results`` with their sessions, which are let go of."""
        return [self._closed(result) for result in results]

    def _closed(self, result: ItemResult) -> ItemResult:
        tracer = self.tracers.pop(result.key, None)
        if tracer is None:
            return result
        changes = tracer.changes
        if not changes:
            known = result.session_id == tracer.session_id
            return result if known else replace(result, session_id=tracer.session_id)
        from assay.tracing.spans import record_session

        record_session(tracer)
        metadata = {**result.metadata, **changes.get("metadata", {})}
        return replace(result, session_id=tracer.session_id, metadata=metadata)

    def _info(self, item: WorkItem) -> SessionInfo:
        repeat = {"repeat": item.repeat} if item.repeat else {}
        return SessionInfo(
            session_id=self.ids.next(),
            name=self.run_name,
            run_id=item.run_id,
            dataset_id=self.dataset_id,
            datapoint_id=item.datapoint.id,
            source=self.source,
            metadata=repeat,
        )
