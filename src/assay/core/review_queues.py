"""Human annotations, and the queues in which people look at events.

Annotations are only ever added; the latest of a name is what counts. A queue holds items,
one per event, that one person at a time has claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from assay.core.documents import Document
from assay.core.event_queries import EventFilter, Operator, ValueType, matches
from assay.core.event_scores import HUMAN, METRIC_TYPE
from assay.core.events import Event, EventType
from assay.core.managed_datasets import unique_name
from assay.core.scores import Score
from assay.core.server_metrics import filter_object


ANNOTATION_KIND: Final = "annotation"
QUEUE_KIND: Final = "queue"
ITEM_KIND: Final = "queue_item"
CLAIM_LASTS: Final = timedelta(minutes=30)
"""After so long a claim may be taken over: its holder has gone home."""

Value = bool | float | str


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one person said of one event under one name; ``at`` is aware UTC."""

    id: str
    event_id: str
    project: str
    name: str
    value: Value
    author: str
    at: datetime
    comment: str | None = None
    queue_id: str | None = None


@dataclass(frozen=True, slots=True)
class QueueField:
    """One question of a queue.

    Attributes:
        type: ``boolean``, ``number`` or ``category``.
        options: What a category may be.
        low: The lowest number taken, or None.
        high: The highest number taken, or None.
        evaluator: The metric that agreement is measured with; None for that of the name.
    """

    name: str
    type: str
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = True
    evaluator: str | None = None

    def fault(self, value: Any) -> str | None:
        """Return why ``value`` is no answer to the question, or None if it is one."""
        if self.type == "boolean":
            return None if isinstance(value, bool) else "true or false is needed"
        if self.type == "category":
            return None if value in self.options else f"one of {list(self.options)} is needed"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "a number is needed"
        below = self.low is not None and value < self.low
        above = self.high is not None and value > self.high
        return f"a number from {self.low} to {self.high} is needed" if below or above else None


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """Events for people to look at.

    Attributes:
        filters: Which arriving events are put in; none means those named by hand alone.
        assignees: Who may claim; empty for everyone.
        enabled: Whether arriving events are put in.
    """

    id: str
    project: str
    name: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    filters: tuple[EventFilter, ...] = ()
    fields: tuple[QueueField, ...] = ()
    assignees: tuple[str, ...] = ()
    enabled: bool = True
    revision: int = 1

    def wants(self, event: Event) -> bool:
        """Return whether an arriving event is put in; sessions, unless a filter says more."""
        if not self.filters:
            return False
        names = {condition.field for condition in self.filters}
        if event.type is not EventType.SESSION and not names & {"event_type", "event_name"}:
            return False
        return all(matches(event, condition) for condition in self.filters)


def annotation_document(annotation: Annotation) -> Document:
    """Return the document of an annotation."""
    return Document(
        kind=ANNOTATION_KIND,
        id=annotation.id,
        parent=annotation.event_id,
        project=annotation.project,
        name=annotation.name,
        created_at=annotation.at,
        updated_at=annotation.at,
        body={
            "value": annotation.value,
            "author": annotation.author,
            "comment": annotation.comment,
            "queue_id": annotation.queue_id,
        },
    )


def annotation_of(document: Document) -> Annotation:
    """Return the annotation that a document holds."""
    return Annotation(
        id=document.id,
        event_id=document.parent,
        project=document.project,
        name=document.name,
        at=document.created_at,
        **document.body,
    )


def annotation_score(annotation: Annotation) -> Score:
    """Return the score that an annotation gives its event."""
    value = annotation.value
    details = {
        METRIC_TYPE: HUMAN,
        "author": annotation.author,
        "at": annotation.at.isoformat(),
        "annotation_id": annotation.id,
    }
    if isinstance(value, bool):
        return Score(
            annotation.name,
            value=float(value),
            passed=value,
            reason=annotation.comment,
            details=details,
        )
    if isinstance(value, str):
        return Score(annotation.name, label=value, reason=annotation.comment, details=details)
    return Score(annotation.name, value=float(value), reason=annotation.comment, details=details)


def queue_document(queue: ReviewQueue) -> Document:
    """Return the document of a queue."""
    return Document(
        kind=QUEUE_KIND,
        id=queue.id,
        project=queue.project,
        name=queue.name,
        state="filling" if queue.enabled and queue.filters else "fixed",
        unique_key=unique_name(queue.project, queue.name),
        revision=queue.revision,
        created_at=queue.created_at,
        updated_at=queue.updated_at,
        body={
            "description": queue.description,
            "filters": [filter_object(condition) for condition in queue.filters],
            "fields": [
                {
                    "name": each.name,
                    "type": each.type,
                    "options": list(each.options),
                    "low": each.low,
                    "high": each.high,
                    "required": each.required,
                    "evaluator": each.evaluator,
                }
                for each in queue.fields
            ],
            "assignees": list(queue.assignees),
            "enabled": queue.enabled,
        },
    )


def queue_of(document: Document) -> ReviewQueue:
    """Return the queue that a document holds."""
    body = document.body
    return ReviewQueue(
        id=document.id,
        project=document.project,
        name=document.name,
        created_at=document.created_at,
        updated_at=document.updated_at,
        description=body["description"],
        filters=tuple(_filter(each) for each in body["filters"]),
        fields=tuple(_field(each) for each in body["fields"]),
        assignees=tuple(body["assignees"]),
        enabled=body["enabled"],
        revision=document.revision,
    )


def _filter(entry: Mapping[str, Any]) -> EventFilter:
    return EventFilter(
        entry["field"], Operator(entry["operator"]), entry["value"], ValueType(entry["type"])
    )


def _field(entry: Mapping[str, Any]) -> QueueField:
    return QueueField(**{**entry, "options": tuple(entry["options"])})


def item_document(queue: ReviewQueue, event_id: str, *, now: datetime) -> Document:
    """Return a new item of a queue; an event is in a queue once."""
    return Document(
        kind=ITEM_KIND,
        id=f"{queue.id}/{event_id}",
        parent=queue.id,
        project=queue.project,
        name=event_id,
        state="pending",
        created_at=now,
        updated_at=now,
        body={"assignee": None, "claimed_at": None},
    )


def may_claim(item: Document, author: str, *, now: datetime) -> bool:
    """Return whether ``author`` may claim an item: it is free, theirs, or long forgotten."""
    if item.state == "pending":
        return True
    if item.state != "claimed":
        return False
    return item.body.get("assignee") == author or now - item.updated_at > CLAIM_LASTS


def latest(annotations: Sequence[Annotation]) -> dict[str, Annotation]:
    """Return the latest annotation of each name; of equal times the one with the later id."""
    found: dict[str, Annotation] = {}
    for annotation in sorted(annotations, key=lambda each: (each.at, each.id)):
        found[annotation.name] = annotation
    return found


def comparable(value: Any) -> Value | None:
    """Return what two raters' answers are compared by: verdicts as booleans, else as they are.

    Numbers 0 and 1 are verdicts, for that is how verdicts are stored.
    """
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in {0, 1} else float(value)
    return None
