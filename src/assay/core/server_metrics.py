"""Server-side evaluators: what each version of one says, without a line of Python in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from assay.core.documents import Document
from assay.core.event_queries import EventFilter, Operator, ValueType, matches
from assay.core.events import Event, EventType
from assay.core.managed_datasets import unique_name


METRIC_KIND: Final = "metric"
VERSION_KIND: Final = "metric_version"


class MetricKind(StrEnum):
    """What a server-side evaluator does."""

    REGEX = "regex"
    JSON_SCHEMA = "json_schema"
    CHECK = "check"
    JUDGE = "judge"
    COMPOSITE = "composite"
    HUMAN = "human"

    @property
    def metric_type(self) -> str:
        """What results call scores of this kind."""
        return _TYPES.get(self, "SERVER_SIDE")

    @property
    def cheap(self) -> bool:
        """Whether it scores within the request that brings the event."""
        return self not in {MetricKind.JUDGE, MetricKind.HUMAN}


_TYPES = {
    MetricKind.JUDGE: "LLM",
    MetricKind.COMPOSITE: "COMPOSITE",
    MetricKind.HUMAN: "HUMAN",
}


@dataclass(frozen=True, slots=True)
class ServerMetric:
    """One version of a server-side evaluator.

    Attributes:
        settings: What the kind needs, as checked JSON.
        target: The dotted path of what is judged, such as ``outputs.answer``.
        filters: Which events it scores: those that meet all.
        low: Values below do not pass; None for no bound.
        high: Values above do not pass; None for no bound.
        enabled: Whether it scores events as they arrive.
        message: What its author says of this version.
        revision: Of the current document, for compare-and-set.
    """

    id: str
    project: str
    name: str
    kind: MetricKind
    version: int
    created_at: datetime
    updated_at: datetime
    settings: Mapping[str, Any] = field(default_factory=dict)
    target: str = "outputs"
    filters: tuple[EventFilter, ...] = ()
    low: float | None = None
    high: float | None = None
    enabled: bool = True
    description: str | None = None
    message: str = ""
    revision: int = 1

    def wants(self, event: Event) -> bool:
        """Return whether it scores ``event``.

        Where no filter speaks of an event's type or name, sessions alone are meant.
        """
        names = {condition.field for condition in self.filters}
        if event.type is not EventType.SESSION and not names & {"event_type", "event_name"}:
            return False
        return all(matches(event, condition) for condition in self.filters)

    def content(self) -> dict[str, Any]:
        """Return what makes a version: all but ids, times and words about it."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "settings": dict(self.settings),
            "target": self.target,
            "filters": [filter_object(condition) for condition in self.filters],
            "low": self.low,
            "high": self.high,
            "enabled": self.enabled,
            "description": self.description,
        }


def filter_object(condition: EventFilter) -> dict[str, Any]:
    """Return a filter as the wire shows it."""
    return {
        "field": condition.field,
        "operator": condition.operator.value,
        "value": condition.value,
        "type": condition.type.value,
    }


def metric_document(metric: ServerMetric) -> Document:
    """Return the document of a metric's current version."""
    return Document(
        kind=METRIC_KIND,
        id=metric.id,
        project=metric.project,
        name=metric.name,
        state="enabled" if metric.enabled else "disabled",
        unique_key=unique_name(metric.project, metric.name),
        revision=metric.revision,
        created_at=metric.created_at,
        updated_at=metric.updated_at,
        body=_body(metric),
    )


def version_document(metric: ServerMetric) -> Document:
    """Return the document that keeps this version for good."""
    return Document(
        kind=VERSION_KIND,
        id=f"{metric.id}/{metric.version}",
        parent=metric.id,
        project=metric.project,
        name=metric.name,
        created_at=metric.updated_at,
        updated_at=metric.updated_at,
        body=_body(metric),
    )


def _body(metric: ServerMetric) -> dict[str, Any]:
    return {**metric.content(), "version": metric.version, "message": metric.message}


def metric_of(document: Document) -> ServerMetric:
    """Return the metric that a document holds, current or not."""
    body = document.body
    return ServerMetric(
        id=document.parent or document.id,
        project=document.project,
        name=body["name"],
        kind=MetricKind(body["kind"]),
        version=body["version"],
        created_at=document.created_at,
        updated_at=document.updated_at,
        settings=body["settings"],
        target=body["target"],
        filters=tuple(
            EventFilter(
                each["field"], Operator(each["operator"]), each["value"], ValueType(each["type"])
            )
            for each in body["filters"]
        ),
        low=body["low"],
        high=body["high"],
        enabled=body["enabled"],
        description=body["description"],
        message=body.get("message", ""),
        revision=document.revision,
    )
