"""What happens to events on their way in: cheap metrics score them, the rest is noted down."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assay.apps.services.metric_rules.scoring import scored_on_arrival
from assay.core.documents import Document, DocumentFilter
from assay.core.event_queries import field_value
from assay.core.events import Event
from assay.core.ports import Listing, Store
from assay.core.review_queues import QUEUE_KIND, ReviewQueue, item_document, queue_of
from assay.core.server_metrics import METRIC_KIND, MetricKind, ServerMetric, metric_of
from assay.kit.clock import SYSTEM_CLOCK, Clock


JUDGEMENT_KIND = "judgement"
MAX_ARRIVING = 500
"""Most metrics, and most queues, of a project that look at what arrives."""

Merge = Callable[[Mapping[str, Event]], Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """The metrics and queues of a project that look at what arrives."""

    metrics: tuple[ServerMetric, ...] = ()
    queues: tuple[ReviewQueue, ...] = ()

    def scored(self, merge: Merge) -> Merge:
        """Return ``merge`` with what it makes scored by the cheap metrics."""
        cheap = [metric for metric in self.metrics if metric.kind.cheap]
        if not cheap:
            return merge
        return lambda stored: [scored_on_arrival(event, cheap) for event in merge(stored)]

    def note(self, store: Store, events: Iterable[Event], *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Note which judges and which people are to look at which events."""
        if not self.queues and all(metric.kind.cheap for metric in self.metrics):
            return
        now, arrived = clock.now(), list(events)
        noted = [
            judgement(metric, event, now=now)
            for metric in self.metrics
            if metric.kind is MetricKind.JUDGE
            for event in arrived
            if metric.wants(event) and field_value(event, metric.target) not in (None, {})
        ]
        noted += [
            item_document(queue, event.id, now=now)
            for queue in self.queues
            for event in arrived
            if queue.wants(event)
        ]
        if noted:
            store.add_documents(noted, ignore_taken=True)


def arrival_of(store: Store, project: str) -> Arrival:
    """Return what looks at the events that arrive in a project."""
    listing = Listing(project=project, limit=MAX_ARRIVING, sort="created_at")
    metrics = store.list_documents(DocumentFilter(METRIC_KIND, states=("enabled",)), listing)
    queues = store.list_documents(DocumentFilter(QUEUE_KIND, states=("filling",)), listing)
    return Arrival(tuple(map(metric_of, metrics.items)), tuple(map(queue_of, queues.items)))


def judgement(metric: ServerMetric, event: Event, *, now: datetime) -> Document:
    """Return the note that a judge is to look at an event."""
    return Document(
        kind=JUDGEMENT_KIND,
        id=f"{metric.id}/{metric.version}/{event.id}",
        parent=metric.id,
        project=metric.project,
        state="pending",
        created_at=now,
        updated_at=now,
        body={"event_id": event.id, "version": metric.version},
    )
