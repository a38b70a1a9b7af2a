"""What people say: annotations of events and review queues, as groups of a client.

Each method has an asynchronous twin called ``a...``. Answers are the server's JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay.experiments.groups import (
    Group,
    Json,
    Rows,
    Use,
    nothing,
    part,
    request,
    rows,
    twins,
    whole,
)
from assay.experiments.paths import path_of


_QUEUES: Final = "/v1/queues"
_EVENTS: Final = "/v1/events"

Value = bool | float | str


class Annotations(Group):
    """Annotations; none is ever changed, and the latest of a name is the one that counts."""

    def _add(self, /, event_id: str, name: str, *, value: Value, **fields: Any) -> Use[Rows]:
        """Annotate an event; ``comment``, ``author``. Returns all of its annotations."""
        body = {"name": name, "value": value, **fields}
        return request("POST", _annotations(event_id), rows("annotations"), body=body)

    add, aadd = twins(_add)

    def _list(self, event_id: str) -> Use[Rows]:
        """Return every annotation of an event, newest first; ``latest`` marks what counts."""
        return request("GET", _annotations(event_id), rows("annotations"))

    list, alist = twins(_list)


class Queues(Group):
    """Review queues: events that people are to look at, one by one."""

    def _create(self, /, name: str, **fields: Any) -> Use[Json]:
        """Make a queue and return it.

        Args:
            name: What it is called.
            fields: ``fields``, the questions, each with ``name``, ``type`` (``boolean``,
                ``number``, ``category``) and ``options``, ``min``, ``max``, ``required``,
                ``evaluator``; ``filters`` of the events that go in now (unless ``fill`` is
                False) and as they arrive; ``event_ids``; ``description``, ``assignees``.
        """
        return request("POST", _QUEUES, part("queue"), body={"name": name, **fields})

    create, acreate = twins(_create)

    def _list(self, /, **filters: Any) -> Use[Json]:
        """Return one page of queues; ``search``, ``page``, ``limit``."""
        return request("GET", _QUEUES, whole, params=filters)

    list, alist = twins(_list)

    def _get(self, queue_id: str) -> Use[Json]:
        """Return a queue with its ``progress``, or raise ``NotFoundError``."""
        return request("GET", path_of(_QUEUES, queue_id), part("queue"))

    get, aget = twins(_get)

    def _update(self, /, queue_id: str, **changes: Any) -> Use[Json]:
        """Change what ``create`` takes; what is in the queue stays."""
        return request("PUT", path_of(_QUEUES, queue_id), part("queue"), body=changes)

    update, aupdate = twins(_update)

    def _delete(self, queue_id: str) -> Use[None]:
        """Forget a queue; annotations stay with their events."""
        return request("DELETE", path_of(_QUEUES, queue_id), nothing)

    delete, adelete = twins(_delete)

    def _add_events(self, queue_id: str, event_ids: Sequence[str] | None = None) -> Use[int]:
        """Put events in, or all stored ones that meet the filters; returns how many were new."""
        body = {} if event_ids is None else {"event_ids": [*event_ids]}
        return request("POST", _items(queue_id), lambda answer: int(answer["added"]), body=body)

    add_events, aadd_events = twins(_add_events)

    def _items(self, /, queue_id: str, **filters: Any) -> Use[Json]:
        """Return one page of items, oldest first; ``state``, ``page``, ``limit``."""
        return request("GET", _items(queue_id), whole, params=filters)

    items, aitems = twins(_items)

    def _claim(self, queue_id: str, *, author: str | None = None) -> Use[Json | None]:
        """Take the next event: ``item`` and ``event``, or None when nothing is left."""
        return request("POST", path_of(_QUEUES, queue_id) + "/claim", _claimed, body=_by(author))

    claim, aclaim = twins(_claim)

    def _complete(
        self,
        queue_id: str,
        event_id: str,
        *,
        answers: Mapping[str, Value],
        author: str | None = None,
    ) -> Use[Json]:
        """Answer the questions about an event, by name; returns the item."""
        given = [{"name": name, "value": value} for name, value in answers.items()]
        body = {"annotations": given, **_by(author)}
        return request("POST", _item(queue_id, event_id, "complete"), part("item"), body=body)

    complete, acomplete = twins(_complete)

    def _skip(self, queue_id: str, event_id: str, *, author: str | None = None) -> Use[Json]:
        """Leave an item out for good; returns it."""
        path = _item(queue_id, event_id, "skip")
        return request("POST", path, part("item"), body=_by(author))

    skip, askip = twins(_skip)

    def _release(self, queue_id: str, event_id: str, *, author: str | None = None) -> Use[Json]:
        """Make a claimed item free again; returns it."""
        path = _item(queue_id, event_id, "release")
        return request("POST", path, part("item"), body=_by(author))

    release, arelease = twins(_release)

    def _agreement(self, queue_id: str) -> Use[Json]:
        """Return how far people agree with one another and with evaluators, per question."""
        return request("GET", path_of(_QUEUES, queue_id) + "/agreement", whole)

    agreement, aagreement = twins(_agreement)


def _annotations(event_id: str) -> str:
    return path_of(_EVENTS, event_id) + "/annotations"


def _items(queue_id: str) -> str:
    return path_of(_QUEUES, queue_id) + "/items"


def _item(queue_id: str, event_id: str, action: str) -> str:
    return path_of(_items(queue_id), event_id) + f"/{action}"


def _claimed(answer: Json) -> Json | None:
    return None if answer["item"] is None else answer


def _by(author: str | None) -> Json:
    return {} if author is None else {"author": author}
