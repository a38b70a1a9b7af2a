"""Annotations and review queues on the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from assay.core.wire.runs import AnswerModel, RequestModel


class AnnotationBody(RequestModel):
    """What a person says of an event; ``author`` is who asks unless it is told."""

    name: str = Field(min_length=1, max_length=200)
    value: bool | float | str
    comment: str | None = Field(default=None, max_length=10_000)
    author: str | None = Field(default=None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _plain(self) -> "AnnotationBody":
        if isinstance(self.value, str) and not 1 <= len(self.value) <= 1000:
            raise ValueError("a label has 1 to 1000 characters")
        if isinstance(self.value, float) and not abs(self.value) < 1e300:
            raise ValueError("the value must be a finite number")
        return self


class AnnotationsBody(RequestModel):
    """``POST /v1/events/{id}/annotations``: one annotation, or several under ``annotations``."""

    annotations: list[AnnotationBody] | None = Field(default=None, min_length=1, max_length=100)
    name: str | None = None
    value: bool | float | str | None = None
    comment: str | None = None
    author: str | None = None


class AnnotationObject(AnswerModel):
    """One annotation; ``latest`` says that it is the one that counts."""

    id: str
    event_id: str
    name: str
    value: bool | float | str
    comment: str | None
    author: str
    at: datetime
    queue_id: str | None
    latest: bool


class AnnotationsAnswer(AnswerModel):
    """Every annotation of an event, newest first."""

    event_id: str
    annotations: list[AnnotationObject]


class FieldBody(RequestModel):
    """One question of a queue."""

    name: str = Field(min_length=1, max_length=200)
    type: Literal["boolean", "number", "category"] = "boolean"
    options: list[str] = Field(default_factory=list, max_length=100)
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    required: bool = True
    evaluator: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _complete(self) -> "FieldBody":
        if self.type == "category" and not self.options:
            raise ValueError("a category needs 'options'")
        return self


class QueueUpdate(RequestModel):
    """``PUT /v1/queues/{id}``: what is absent stays; ``event_ids`` are put in."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=10_000)
    filters: list[dict[str, Any]] | dict[str, Any] | None = None
    fields: list[FieldBody] | None = Field(default=None, max_length=50)
    assignees: list[str] | None = Field(default=None, max_length=1000)
    enabled: bool | None = None
    event_ids: list[str] | None = Field(default=None, max_length=10_000)


class QueueCreate(QueueUpdate):
    """``POST /v1/queues``: also fills the queue with stored events that meet the filters."""

    name: str = Field(min_length=1, max_length=200)
    fill: bool = True


class QueueProgress(AnswerModel):
    """How many items are in which state."""

    total: int
    pending: int
    claimed: int
    completed: int
    skipped: int


class QueueObject(AnswerModel):
    """A review queue and how far it is."""

    id: str
    name: str
    description: str
    filters: dict[str, Any]
    fields: list[FieldBody]
    assignees: list[str]
    enabled: bool
    is_active: bool
    scope_type: str = "project"
    scope_id: str
    progress: QueueProgress
    created_at: datetime
    updated_at: datetime


class QueueAnswer(AnswerModel):
    """One queue."""

    queue: QueueObject
    message: str


class QueueShown(QueueObject):
    """The answer to ``GET /v1/queues/{id}``: the queue, and once more as other routes name it."""

    queue: QueueObject
    message: str


class QueuesAnswer(AnswerModel):
    """The answer to ``GET /v1/queues``."""

    queues: list[QueueObject]
    page: int = 1
    limit: int = 50
    total: int = 0


class QueueDeleted(AnswerModel):
    """The answer to ``DELETE /v1/queues/{id}``."""

    deleted: bool = True
    message: str = "The queue is gone; its annotations stay with their events."


class ItemsAdded(AnswerModel):
    """How many events were put in that were not there."""

    added: int
    progress: QueueProgress


class AddItems(RequestModel):
    """``POST /v1/queues/{id}/items``: events by id, or all that meet the queue's filters."""

    event_ids: list[str] | None = Field(default=None, max_length=10_000)


class QueueItem(AnswerModel):
    """One event in a queue."""

    event_id: str
    state: str
    assignee: str | None
    claimed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class QueueItems(AnswerModel):
    """One page of a queue's items, oldest first."""

    items: list[QueueItem]
    page: int
    limit: int
    total: int


class Reviewer(RequestModel):
    """Who acts; the one who asks unless it is told."""

    author: str | None = Field(default=None, min_length=1, max_length=200)


class Claimed(AnswerModel):
    """The item to look at next with its event, both None when nothing is left."""

    item: QueueItem | None
    event: dict[str, Any] | None


class Complete(Reviewer):
    """The answers to a queue's questions; an item that is complete can be answered again."""

    annotations: list[AnnotationBody] = Field(default_factory=list, max_length=100)


class ItemAnswer(AnswerModel):
    """An item after what was done to it."""

    item: QueueItem
    progress: QueueProgress


class Agreement(AnswerModel):
    """How far two raters agree on one question; ``kappa`` is beyond chance (Cohen 1960)."""

    field: str
    first: str
    second: str
    n: int
    percent: float | None
    kappa: float | None


class AgreementAnswer(AnswerModel):
    """Agreement with the evaluator, and of every two people, for each question."""

    queue_id: str
    with_evaluators: list[Agreement]
    between_people: list[Agreement]
