"""What the routes of events and sessions answer, as their schema says it."""

from typing import Any

from assay.core.wire.runs import AnswerModel


class EventObject(AnswerModel):
    """An event; times are milliseconds since 1970, the duration is in milliseconds."""

    event_id: str
    session_id: str
    parent_id: str | None
    children_ids: list[str]
    event_name: str
    event_type: str
    source: str | None
    error: str | None
    start_time: float | None
    end_time: float | None
    duration: float | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    config: dict[str, Any]
    metadata: dict[str, Any]
    metrics: dict[str, Any]
    feedback: dict[str, Any]
    user_properties: dict[str, Any]
    run_id: str | None
    datapoint_id: str | None
    org_id: str
    workspace_id: str
    project_id: str


class EventNode(EventObject):
    """An event with the events below it."""

    children: list["EventNode"]


class BareSession(AnswerModel):
    """A session of which only events are there."""

    event_id: str
    session_id: str
    children: list[EventNode]


class SessionTree(AnswerModel):
    """A session as a tree, and how many events and model calls it has."""

    session: EventNode | BareSession
    events: int
    models: int


class EventAnswer(AnswerModel):
    """One event."""

    event: EventObject


class EventStored(AnswerModel):
    """Where an event is."""

    success: bool
    event_id: str
    session_id: str


class EventsStored(AnswerModel):
    """Where events are; ``session_id`` if they share one."""

    success: bool
    event_ids: list[str]
    session_id: str | None = None


class EventUpdated(AnswerModel):
    """An event was enriched."""

    success: bool
    event_id: str


class EventDeleted(AnswerModel):
    """How many events are gone."""

    success: bool
    event_id: str
    deleted: int


class ProjectedEvent(AnswerModel):
    """The parts of an event that ``projections`` named."""

    event_id: str


class EventsFound(AnswerModel):
    """One page of events; ``totalEvents``, and once more ``count``, are those of all pages."""

    events: list[EventObject | ProjectedEvent]
    totalEvents: int  # noqa: N815 - the wire protocol's name
    count: int


class EventField(AnswerModel):
    """A field that events of a type have, as a dotted path."""

    name: str
    event_type: str


class EventFields(AnswerModel):
    """The fields that events have, and the datasets they name."""

    fields: list[EventField]
    datasets: list[str]
    mappings: dict[str, Any]


class RawMetricsEntry(AnswerModel):
    """The metrics of one event as they were sent."""

    event_name: str
    event_type: str
    session_id: str
    metadata: dict[str, Any]
    metrics: dict[str, Any]


class RawMetrics(AnswerModel):
    """The metrics of every event of a run."""

    events: list[RawMetricsEntry]
    totalEvents: int  # noqa: N815 - the wire protocol's name


class EventPair(AnswerModel):
    """Two events of one datapoint: the new run's, and the old run's."""

    datapoint_id: str
    event_1: EventObject
    event_2: EventObject


class EventPairs(AnswerModel):
    """One page of pairs; ``totalEvents`` counts those of all pages."""

    events: list[EventPair]
    totalEvents: int  # noqa: N815 - the wire protocol's name
