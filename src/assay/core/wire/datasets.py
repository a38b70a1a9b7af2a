"""Managed datasets on the wire: what ``/v1/datasets`` and ``/v1/datapoints`` take and answer."""

from datetime import datetime
from typing import Any

from pydantic import Field

from assay.core.wire.runs import AnswerModel, RequestModel


MAX_DATAPOINTS = 10_000
"""Most datapoints that one request adds."""

Ids = list[str]


class DatapointBody(RequestModel):
    """A datapoint as a client sends it; without an id it is given one."""

    id: str | None = Field(default=None, min_length=1, max_length=200)
    inputs: dict[str, Any] = Field(default_factory=dict)
    ground_truth: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    history: list[Any] | None = None
    linked_event: str | None = None


class DatapointCreate(DatapointBody):
    """``POST /v1/datapoints``: stored by itself, or added to each of ``linked_datasets``."""

    linked_datasets: Ids | None = Field(default=None, max_length=100)


class DatapointUpdate(RequestModel):
    """``PUT /v1/datapoints/{id}``: what is absent stays, what is given replaces."""

    inputs: dict[str, Any] | None = None
    ground_truth: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    history: list[Any] | None = None
    linked_event: str | None = None
    linked_datasets: Ids | None = Field(default=None, max_length=100)


class DatasetCreate(RequestModel):
    """``POST /v1/datasets``: ``datapoints`` are ids of stored ones, or datapoints themselves.

    A name that is taken gets a number, for other clients take names for no more than
    labels; with ``exact_name`` it is a conflict.
    """

    name: str | None = Field(default=None, min_length=1, max_length=200)
    exact_name: bool = False
    description: str | None = None
    metadata: dict[str, Any] | None = None
    datapoints: list[str | DatapointBody] | None = Field(default=None, max_length=MAX_DATAPOINTS)


class DatasetUpdate(RequestModel):
    """``PUT /v1/datasets/{id}``: ``datapoints``, if given, becomes the whole list."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    description: str | None = None
    metadata: dict[str, Any] | None = None
    datapoints: list[str | DatapointBody] | None = Field(default=None, max_length=MAX_DATAPOINTS)


class LegacyDatasetUpdate(DatasetUpdate):
    """``PUT /v1/datasets``: the same with the id in the body."""

    dataset_id: str


class RowMapping(RequestModel):
    """Which keys of a row go where; without any, every key is an input."""

    inputs: Ids | None = None
    history: Ids | None = None
    ground_truth: Ids | None = None


class RowsBody(RequestModel):
    """``POST /v1/datasets/{id}/datapoints``: rows with a mapping, or whole datapoints."""

    data: list[dict[str, Any]] | None = Field(default=None, max_length=MAX_DATAPOINTS)
    mapping: RowMapping | None = None
    datapoints: list[DatapointBody] | None = Field(default=None, max_length=MAX_DATAPOINTS)


class EventMapping(RequestModel):
    """Where a datapoint's parts are in an event.

    A mapping names each key and the dotted path of its value; a list takes the last part
    of each path as the key. A path without a known beginning is looked for in the inputs,
    then the outputs.
    """

    inputs: dict[str, str] | Ids | None = None
    ground_truth: dict[str, str] | Ids | None = None
    metadata: dict[str, str] | Ids | None = None
    history: Ids | None = None


class FromEvents(RequestModel):
    """``POST /v1/datasets/{id}/from-events``: events by id, or all that meet a filter."""

    event_ids: Ids | None = Field(default=None, max_length=MAX_DATAPOINTS)
    filters: list[dict[str, Any]] | None = Field(default=None, max_length=50)
    limit: int = Field(default=1000, ge=1, le=MAX_DATAPOINTS)
    mapping: EventMapping = Field(default_factory=EventMapping)


class BatchCreate(RequestModel):
    """``POST /v1/datapoints/batch``: datapoints from events, as older clients ask for it."""

    events: Ids | None = Field(default=None, max_length=MAX_DATAPOINTS)
    filters: dict[str, Any] | list[dict[str, Any]] | None = None
    mapping: EventMapping | None = None
    dataset_id: str | None = None
    datapoints: list[DatapointBody] | None = Field(default=None, max_length=MAX_DATAPOINTS)


class DatasetObject(AnswerModel):
    """A managed dataset; ``datapoints`` are the ids of its current version, in order."""

    id: str
    name: str
    description: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    datapoints: Ids
    version_id: str
    version: int
    digest: str
    size: int
    created_at: datetime
    updated_at: datetime


class DatasetsAnswer(AnswerModel):
    """The answer to ``GET /v1/datasets``."""

    datasets: list[DatasetObject]
    page: int = 1
    limit: int = 50
    total: int = 0


class Inserted(AnswerModel):
    """The id of what was stored."""

    insertedId: str  # noqa: N815 - the wire protocol's name


class DatasetCreated(AnswerModel):
    """The answer to ``POST /v1/datasets``."""

    inserted: bool = True
    result: Inserted
    dataset: DatasetObject


class DatasetUpdated(AnswerModel):
    """The answer to ``PUT /v1/datasets/{id}``."""

    updated: bool = True
    result: DatasetObject
    dataset: DatasetObject


class Deleted(AnswerModel):
    """The answer to ``DELETE /v1/datasets/{id}``."""

    deleted: bool = True
    result: dict[str, str]


class DatapointsAdded(AnswerModel):
    """The answer to adding datapoints: their ids in order, and the version that has them."""

    inserted: bool = True
    datapoint_ids: Ids
    version_id: str
    version: int


class InsertedIds(AnswerModel):
    """The ids of what was stored, in order."""

    insertedIds: Ids  # noqa: N815 - the wire protocol's name


class DatapointCreated(AnswerModel):
    """The answer to ``POST /v1/datapoints``."""

    inserted: bool = True
    result: InsertedIds


class DatapointsCreated(AnswerModel):
    """The answer to ``POST /v1/datapoints/batch``."""

    inserted: bool = True
    insertedIds: Ids  # noqa: N815 - the wire protocol's name


class DatapointObject(AnswerModel):
    """A datapoint; ``linked_datasets`` are the datasets whose current version has it."""

    id: str
    inputs: dict[str, Any]
    history: list[Any] = Field(default_factory=list)
    ground_truth: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    linked_event: str | None = None
    linked_datasets: Ids = Field(default_factory=list)
    created_at: datetime


class DatapointAnswer(AnswerModel):
    """The answer to ``GET /v1/datapoints/{id}``: a list of one."""

    datapoint: list[DatapointObject]


class DatapointsAnswer(AnswerModel):
    """The answer to ``GET /v1/datapoints``."""

    datapoints: list[DatapointObject]
    page: int = 1
    limit: int = 50
    total: int = 0


class DatapointUpdated(AnswerModel):
    """The answer to ``PUT /v1/datapoints/{id}``."""

    updated: bool = True
    result: dict[str, Any] = Field(default_factory=dict)


class DatapointDeleted(AnswerModel):
    """The answer to ``DELETE /v1/datapoints/{id}``."""

    deleted: bool = True


class DatapointRemoved(AnswerModel):
    """The answer to removing a datapoint from a dataset."""

    dereferenced: bool = True
    message: str
    version_id: str
    version: int


class VersionObject(AnswerModel):
    """One immutable version; ``current`` says that the dataset points to it."""

    id: str
    version: int
    digest: str
    size: int
    created_at: datetime
    current: bool


class VersionsAnswer(AnswerModel):
    """The answer to ``GET /v1/datasets/{id}/versions``, newest first."""

    dataset_id: str
    versions: list[VersionObject]


class FieldChangeObject(AnswerModel):
    """One field that differs; ``kind`` says whether it was added, removed or changed."""

    path: str
    kind: str
    old: Any = None
    new: Any = None


class DatapointChangeObject(AnswerModel):
    """A datapoint that is in both versions and differs."""

    id: str
    fields: list[FieldChangeObject]


class DiffAnswer(AnswerModel):
    """The answer to ``GET /v1/datasets/{id}/diff``."""

    dataset_id: str
    from_version: VersionObject
    to_version: VersionObject
    added: Ids
    removed: Ids
    changed: list[DatapointChangeObject]
    unchanged: int
    reordered: bool
