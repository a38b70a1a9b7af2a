"""What people say: annotations of events and review queues, as groups of a client.

Each method has an asynchronous twin called ``a...``. Answers are the server's JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay.experiments.groups import Group, Json, Rows
from assay.experiments.paths import path_of


_QUEUES: Final = "/v1/queues"
_EVENTS: Final = "/v1/events"

Value = bool | float | str


class Annotations(Group):
    """Annotations; none is ever changed, and the latest of a name is the one that counts."""

    def add(self, event_id: str, name: str, *, value: Value, **fields: Any) -> Rows:
        """Annotate an event; ``comment``, ``author``. Returns all of its annotations."""
        body = {"name": name, "value": value, **fields}
        answer: Json = self._send("POST", _annotations(event_id), body=body)
        return [*answer["annotations"]]

    async def aadd(self, event_id: str, name: str, *, value: Value, **fields: Any) -> Rows:
        """Annotate an event; ``comment``, ``author``. Returns all of its annotations."""
        body = {"name": name, "value": value, **fields}
        answer: Json = await self._asend("POST", _annotations(event_id), body=body)
        return [*answer["annotations"]]

    def list(self, event_id: str) -> Rows:
        """Return every annotation of an event, newest first; ``latest`` marks what counts."""
        answer: Json = self._send("GET", _annotations(event_id))
        return [*answer["annotations"]]

    async def alist(self, event_id: str) -> Rows:
        """Return every annotation of an event, newest first; ``latest`` marks what counts."""
        answer: Json = await self._asend("GET", _annotations(event_id))
        return [*answer["annotations"]]


class Queues(Group):
    """Review queues: events that people are to look at, one by one."""

    def create(self, name: str, **fields: Any) -> Json:
        """Make a queue and return it.

        Args:
            name: What it is called.
            fields: ``fields``, the questions, each with ``name``, ``type`` (``boolean``,
                ``number``, ``category``) and ``options``, ``min``, ``max``, ``required``,
                ``evaluator``; ``filters`` of the events that go in now (unless ``fill`` is
                False) and as they arrive; ``event_ids``; ``description``, ``assignees``.
        """
        answer: Json = self._send("POST", _QUEUES, body={"name": name, **fields})
        return dict(answer["queue"])

    async def acreate(self, name: str, **fields: Any) -> Json:
        """Do what ``create`` does."""
        answer: Json = await self._asend("POST", _QUEUES, body={"name": name, **fields})
        return dict(answer["queue"])

    def list(self, **filters: Any) -> Json:
        """Return one page of queues; ``search``, ``page``, ``limit``."""
        answer: Json = self._send("GET", _QUEUES, params=filters)
        return answer

    async def alist(self, **filters: Any) -> Json:
        """Return one page of queues; ``search``, ``page``, ``limit``."""
        answer: Json = await self._asend("GET", _QUEUES, params=filters)
        return answer

    def get(self, queue_id: str) -> Json:
        """Return a queue with its ``progress``, or raise ``NotFoundError``."""
        answer: Json = self._send("GET", path_of(_QUEUES, queue_id))
        return dict(answer["queue"])

    async def aget(self, queue_id: str) -> Json:
        """Return a queue with its ``progress``, or raise ``NotFoundError``."""
        answer: Json = await self._asend("GET", path_of(_QUEUES, queue_id))
        return dict(answer["queue"])

    def update(self, queue_id: str, **changes: Any) -> Json:
        """Change what ``create`` takes; what is in the queue stays."""
        answer: Json = self._send("PUT", path_of(_QUEUES, queue_id), body=changes)
        return dict(answer["queue"])

    async def aupdate(self, queue_id: str, **changes: Any) -> Json:
        """Change what ``create`` takes; what is in the queue stays."""
        answer: Json = await self._asend("PUT", path_of(_QUEUES, queue_id), body=changes)
        return dict(answer["queue"])

    def delete(self, queue_id: str) -> None:
        """Forget a queue; annotations stay with their events."""
        self._send("DELETE", path_of(_QUEUES, queue_id))

    async def adelete(self, queue_id: str) -> None:
        """Forget a queue; annotations stay with their events."""
        await self._asend("DELETE", path_of(_QUEUES, queue_id))

    def add_events(self, queue_id: str, event_ids: Sequence[str] | None = None) -> int:
        """Put events in, or all stored ones that meet the filters; returns how many were new."""
        answer: Json = self._send("POST", _items(queue_id), body=_chosen(event_ids))
        return int(answer["added"])

    async def aadd_events(self, queue_id: str, event_ids: Sequence[str] | None = None) -> int:
        """Put events in, or all stored ones that meet the filters; returns how many were new."""
        answer: Json = await self._asend("POST", _items(queue_id), body=_chosen(event_ids))
        return int(answer["added"])

    def items(self, queue_id: str, **filters: Any) -> Json:
        """Return one page of items, oldest first; ``state``, ``page``, ``limit``."""
        answer: Json = self._send("GET", _items(queue_id), params=filters)
        return answer

    async def aitems(self, queue_id: str, **filters: Any) -> Json:
        """Return one page of items, oldest first; ``state``, ``page``, ``limit``."""
        answer: Json = await self._asend("GET", _items(queue_id), params=filters)
        return answer

    def claim(self, queue_id: str, *, author: str | None = None) -> Json | None:
        """Take the next event: ``item`` and ``event``, or None when nothing is left."""
        answer: Json = self._send("POST", path_of(_QUEUES, queue_id) + "/claim", body=_by(author))
        return None if answer["item"] is None else answer

    async def aclaim(self, queue_id: str, *, author: str | None = None) -> Json | None:
        """Take the next event: ``item`` and ``event``, or None when nothing is left."""
        path = path_of(_QUEUES, queue_id) + "/claim"
        answer: Json = await self._asend("POST", path, body=_by(author))
        return None if answer["item"] is None else answer

    def complete(
        self,
        queue_id: str,
        event_id: str,
        *,
        answers: Mapping[str, Value],
        author: str | None = None,
    ) -> Json:
        """Answer the questions about an event, by name; returns the item."""
        body = _answers(answers, author)
        answer: Json = self._send("POST", _item(queue_id, event_id, "complete"), body=body)
        return dict(answer["item"])

    async def acomplete(
        self,
        queue_id: str,
        event_id: str,
        *,
        answers: Mapping[str, Value],
        author: str | None = None,
    ) -> Json:
        """Answer the questions about an event, by name; returns the item."""
        body = _answers(answers, author)
        answer: Json = await self._asend("POST", _item(queue_id, event_id, "complete"), body=body)
        return dict(answer["item"])

    def skip(self, queue_id: str, event_id: str, *, author: str | None = None) -> Json:
        """Leave an item out for good; returns it."""
        answer: Json = self._send("POST", _item(queue_id, event_id, "skip"), body=_by(author))
        return dict(answer["item"])

    async def askip(self, queue_id: str, event_id: str, *, author: str | None = None) -> Json:
        """Leave an item out for good; returns it."""
        path = _item(queue_id, event_id, "skip")
        answer: Json = await self._asend("POST", path, body=_by(author))
        return dict(answer["item"])

    def release(self, queue_id: str, event_id: str, *, author: str | None = None) -> Json:
        """Make a claimed item free again; returns it."""
        answer: Json = self._send("POST", _item(queue_id, event_id, "release"), body=_by(author))
        return dict(answer["item"])

    async def arelease(self, queue_id: str, event_id: str, *, author: str | None = None) -> Json:
        """Make a claimed item free again; returns it."""
        path = _item(queue_id, event_id, "release")
        answer: Json = await self._asend("POST", path, body=_by(author))
        return dict(answer["item"])

    def agreement(self, queue_id: str) -> Json:
        """Return how far people agree with one another and with evaluators, per question."""
        answer: Json = self._send("GET", path_of(_QUEUES, queue_id) + "/agreement")
        return answer

    async def aagreement(self, queue_id: str) -> Json:
        """Return how far people agree with one another and with evaluators, per question."""
        answer: Json = await self._asend("GET", path_of(_QUEUES, queue_id) + "/agreement")
        return answer


def _annotations(event_id: str) -> str:
    return path_of(_EVENTS, event_id) + "/annotations"


def _items(queue_id: str) -> str:
    return path_of(_QUEUES, queue_id) + "/items"


def _item(queue_id: str, event_id: str, action: str) -> str:
    return path_of(_items(queue_id), event_id) + f"/{action}"


def _chosen(event_ids: Sequence[str] | None) -> Json:
    return {} if event_ids is None else {"event_ids": [*event_ids]}


def _by(author: str | None) -> Json:
    return {} if author is None else {"author": author}


def _answers(answers: Mapping[str, Value], author: str | None) -> Json:
    given = [{"name": name, "value": value} for name, value in answers.items()]
    return {"annotations": given, **_by(author)}
