"""Annotations by people, and the queues that lead them to events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from assay.apps.services.event_search import find_event, find_events, parse_filters
from assay.apps.services.score_keeping import keep_scores
from assay.core.documents import Document, DocumentFilter
from assay.core.errors import ConflictError, InvalidInputError, NotFoundError
from assay.core.event_queries import EventQuery
from assay.core.event_scores import said_by_evaluator
from assay.core.events import Event
from assay.core.ports import AuditEntry, Listing, Page, Store
from assay.core.review_queues import (
    ANNOTATION_KIND,
    ITEM_KIND,
    QUEUE_KIND,
    Annotation,
    QueueField,
    ReviewQueue,
    Value,
    annotation_document,
    annotation_of,
    annotation_score,
    comparable,
    item_document,
    latest,
    may_claim,
    queue_document,
    queue_of,
)
from assay.core.statistics import cohen_kappa, percent_agreement
from assay.core.wire.reviews import Agreement, AnnotationBody, QueueUpdate
from assay.kit.clock import Clock
from assay.kit.ids import new_id


MAX_FILL = 10_000
"""Most stored events that are put into a queue at once."""

_CHUNK = 500
_EVERY = 10_000
_OFFERED = 20


class ReviewService:
    """Keeps annotations and queues."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # Annotations

    def annotate(
        self,
        event: Event,
        bodies: Sequence[AnnotationBody],
        *,
        actor: str,
        queue_id: str | None = None,
    ) -> list[Annotation]:
        """Add annotations to an event; the latest of each name becomes its score."""
        now = self._clock.now()
        given = [
            Annotation(
                id=new_id(clock=self._clock),
                event_id=event.id,
                project=event.project,
                name=body.name,
                value=body.value,
                author=body.author or actor,
                at=now,
                comment=body.comment,
                queue_id=queue_id,
            )
            for body in bodies
        ]
        self._store.add_documents([annotation_document(each) for each in given])
        scores = {name: annotation_score(each) for name, each in latest(given).items()}
        keep_scores(self._store, [event], {event.id: scores}, clock=self._clock)
        noted = {"names": sorted(scores), "queue_id": queue_id}
        entry = AuditEntry("event_annotated", event.id, actor, now, noted)
        self._store.append_audit(entry, project=event.project)
        return given

    def annotations(self, event_ids: Sequence[str]) -> list[Annotation]:
        """Return every annotation of events, oldest first."""
        found: list[Annotation] = []
        for start in range(0, len(event_ids), _CHUNK):
            chunk = tuple(event_ids[start : start + _CHUNK])
            where = DocumentFilter(ANNOTATION_KIND, parents=chunk)
            found.extend(map(annotation_of, self._all(where)))
        return sorted(found, key=lambda each: (each.at, each.id))

    def forget_events(self, event_ids: Sequence[str]) -> None:
        """Forget what people said of events that are gone, and their places in queues."""
        queues = [queue.id for queue in self._all(DocumentFilter(QUEUE_KIND))]
        for start in range(0, len(event_ids), _CHUNK):
            chunk = event_ids[start : start + _CHUNK]
            self._store.delete_documents(DocumentFilter(ANNOTATION_KIND, parents=tuple(chunk)))
            for queue_id in queues:
                items = tuple(f"{queue_id}/{event_id}" for event_id in chunk)
                self._store.delete_documents(DocumentFilter(ITEM_KIND, ids=items))

    # Queues

    def create(self, body: QueueUpdate, *, project: str, actor: str, fill: bool) -> ReviewQueue:
        """Store a queue under a name that is free, and put stored events in.

        Raises:
            ConflictError: If there is a queue of the name.
            NotFoundError: If an event is unknown.
        """
        now = self._clock.now()
        empty = ReviewQueue(new_id(clock=self._clock), project, body.name or "", now, now)
        queue = _changed(empty, body)
        self._store.add_documents([queue_document(queue)])
        self._note("queue_created", queue, actor)
        if body.event_ids:
            self.add_events(queue, body.event_ids)
        if fill and queue.filters:
            self.fill(queue)
        return queue

    def update(self, queue: ReviewQueue, body: QueueUpdate, *, actor: str) -> ReviewQueue:
        """Store a queue after a change; what is in it stays."""
        changed = replace(_changed(queue, body), updated_at=self._clock.now())
        saved = queue_of(self._store.save_document(queue_document(changed)))
        self._note("queue_updated", saved, actor)
        if body.event_ids:
            self.add_events(saved, body.event_ids)
        return saved

    def get(self, queue_id: str) -> ReviewQueue:
        """Return a queue, or raise ``NotFoundError``."""
        return queue_of(self._store.get_document(QUEUE_KIND, queue_id))

    def page(self, listing: Listing) -> Page[ReviewQueue]:
        """Return one page of queues."""
        page = self._store.list_documents(DocumentFilter(QUEUE_KIND), listing)
        return Page(tuple(map(queue_of, page.items)), page.total)

    def delete(self, queue: ReviewQueue, *, actor: str) -> None:
        """Forget a queue and its items; annotations stay with their events."""
        self._store.delete_documents(DocumentFilter(QUEUE_KIND, ids=(queue.id,)))
        self._store.delete_documents(DocumentFilter(ITEM_KIND, parents=(queue.id,)))
        self._note("queue_deleted", queue, actor)

    def add_events(self, queue: ReviewQueue, event_ids: Sequence[str]) -> int:
        """Put events in; returns how many were not there. Raises ``NotFoundError``."""
        now = self._clock.now()
        events = find_events(self._store, event_ids, project=queue.project)
        items = [item_document(queue, event.id, now=now) for event in events]
        return self._store.add_documents(items, ignore_taken=True)

    def fill(self, queue: ReviewQueue) -> int:
        """Put stored events in that meet the queue's filters; returns how many were new."""
        now = self._clock.now()
        query = EventQuery(queue.project, queue.filters, limit=MAX_FILL)
        events = [each for each in self._store.query_events(query).items if queue.wants(each)]
        items = [item_document(queue, event.id, now=now) for event in events]
        return self._store.add_documents(items, ignore_taken=True) if items else 0

    def progress(self, queue: ReviewQueue) -> dict[str, int]:
        """Return how many items are in which state."""
        return self._store.count_documents(DocumentFilter(ITEM_KIND, parents=(queue.id,)))

    def items(
        self, queue: ReviewQueue, listing: Listing, *, states: tuple[str, ...] | None
    ) -> Page[Document]:
        """Return one page of items."""
        where = DocumentFilter(ITEM_KIND, parents=(queue.id,), states=states)
        return self._store.list_documents(where, listing)

    def claim(self, queue: ReviewQueue, author: str) -> Document | None:
        """Return the next item, now claimed by ``author``, or None when nothing is left.

        Two who ask at once get different items. An item already theirs comes first.

        Raises:
            ConflictError: If the queue is for others.
        """
        self._check_assignee(queue, author)
        while candidates := self._claimable(queue, author):
            for item in candidates:
                try:
                    return self._moved(item, "claimed", author)
                except (ConflictError, NotFoundError):
                    continue  # somebody else was quicker
        return None

    def _claimable(self, queue: ReviewQueue, author: str) -> list[Document]:
        """Return what ``author`` may claim: what is theirs, then the oldest of the rest.

        Of what nobody has claimed these are only the first; claimed are never more than
        there are people at work.
        """
        now = self._clock.now()
        held = DocumentFilter(ITEM_KIND, parents=(queue.id,), states=("claimed",))
        taken = [each for each in self._all(held) if may_claim(each, author, now=now)]
        free = DocumentFilter(ITEM_KIND, parents=(queue.id,), states=("pending",))
        listing = Listing(project=None, limit=_OFFERED, sort="created_at")
        found = [*taken, *self._store.list_documents(free, listing).items]
        return sorted(
            found,
            key=lambda each: (each.body.get("assignee") != author, each.created_at, each.id),
        )

    def item(self, queue: ReviewQueue, event_id: str) -> Document:
        """Return the item of an event, or raise ``NotFoundError``."""
        return self._store.get_document(ITEM_KIND, f"{queue.id}/{event_id}")

    def complete(
        self, queue: ReviewQueue, item: Document, bodies: Sequence[AnnotationBody], *, author: str
    ) -> Document:
        """Annotate an item's event with the answers and mark it as done.

        Raises:
            ConflictError: If somebody else has claimed it, or the queue is for others.
            InvalidInputError: If an answer is none to its question, or one is missing.
        """
        self._check_claim(queue, item, author)
        _check_answers(queue, bodies)
        event = find_event(self._store, item.name, project=queue.project)
        moved = self._moved(item, "completed", author)
        told = [body.model_copy(update={"author": author}) for body in bodies]
        self.annotate(event, told, actor=author, queue_id=queue.id)
        return moved

    def skip(self, queue: ReviewQueue, item: Document, *, author: str) -> Document:
        """Leave an item out for good. Raises ``ConflictError`` if somebody else has it."""
        self._check_claim(queue, item, author)
        return self._moved(item, "skipped", author)

    def release(self, queue: ReviewQueue, item: Document, *, author: str) -> Document:
        """Give an item back. Raises ``ConflictError`` if somebody else has it."""
        self._check_claim(queue, item, author)
        return self._moved(item, "pending", None)

    def agreement(self, queue: ReviewQueue) -> tuple[list[Agreement], list[Agreement]]:
        """Return agreement with evaluators, and between people, for each question."""
        where = DocumentFilter(ITEM_KIND, parents=(queue.id,), states=("completed",))
        ids = [item.name for item in self._all(where)]
        by_event: dict[str, list[Annotation]] = {}
        for annotation in self.annotations(ids):
            by_event.setdefault(annotation.event_id, []).append(annotation)
        with_evaluators = [self._with_evaluator(each, by_event) for each in queue.fields]
        between = [found for each in queue.fields for found in _between(each, by_event)]
        return with_evaluators, between

    def _with_evaluator(
        self, question: QueueField, by_event: Mapping[str, Sequence[Annotation]]
    ) -> Agreement:
        name = question.evaluator or question.name
        people: list[Value] = []
        evaluator: list[Value] = []
        for event in self._events(list(by_event)):
            said = latest(by_event[event.id]).get(question.name)
            answer = None if said is None else comparable(said.value)
            judged = comparable(said_by_evaluator(event, name))
            if answer is not None and judged is not None:
                people.append(answer)
                evaluator.append(judged)
        return _agreement(question.name, ("people", f"evaluator {name}"), (people, evaluator))

    def _events(self, ids: Sequence[str]) -> Iterator[Event]:
        for start in range(0, len(ids), _CHUNK):
            yield from self._store.get_events(ids[start : start + _CHUNK]).values()

    def _check_assignee(self, queue: ReviewQueue, author: str) -> None:
        if queue.assignees and author not in queue.assignees:
            raise ConflictError(
                f"The queue {queue.name!r} is for {', '.join(queue.assignees[:10])}; "
                f"{author!r} is not among them."
            )

    def _check_claim(self, queue: ReviewQueue, item: Document, author: str) -> None:
        self._check_assignee(queue, author)
        holder = item.body.get("assignee")
        if item.state == "claimed" and not may_claim(item, author, now=self._clock.now()):
            raise ConflictError(f"The event {item.name!r} is claimed by {holder!r}; claim another.")

    def _moved(self, item: Document, state: str, author: str | None) -> Document:
        now = self._clock.now()
        claimed = None if author is None else now.isoformat()
        body = {**item.body, "assignee": author, "claimed_at": claimed}
        changed = replace(item, state=state, updated_at=now, body=body)
        return self._store.save_document(changed)

    def _all(self, where: DocumentFilter) -> Iterator[Document]:
        offset = 0
        while True:
            listing = Listing(project=None, offset=offset, limit=_EVERY, sort="id")
            page = self._store.list_documents(where, listing)
            yield from page.items
            offset += len(page.items)
            if offset >= page.total or not page.items:
                return

    def _note(self, action: str, queue: ReviewQueue, actor: str) -> None:
        entry = AuditEntry(action, queue.id, actor, self._clock.now(), {"name": queue.name})
        self._store.append_audit(entry, project=queue.project)


def _changed(queue: ReviewQueue, body: QueueUpdate) -> ReviewQueue:
    filters = queue.filters
    if body.filters is not None:
        inner: Any = body.filters
        if isinstance(inner, Mapping):
            inner = inner.get("filterArray", inner)
        filters = tuple(parse_filters(inner))
    fields = queue.fields
    if body.fields is not None:
        names = [each.name for each in body.fields]
        if len(set(names)) < len(names):
            raise InvalidInputError("fields: two questions have the same name.")
        fields = tuple(
            QueueField(
                name=each.name,
                type=each.type,
                options=tuple(each.options),
                low=each.min,
                high=each.max,
                required=each.required,
                evaluator=each.evaluator,
            )
            for each in body.fields
        )
    return replace(
        queue,
        name=queue.name if body.name is None else body.name,
        description=queue.description if body.description is None else body.description,
        filters=filters,
        fields=fields,
        assignees=queue.assignees if body.assignees is None else tuple(body.assignees),
        enabled=queue.enabled if body.enabled is None else body.enabled,
    )


def _check_answers(queue: ReviewQueue, bodies: Sequence[AnnotationBody]) -> None:
    known = {each.name: each for each in queue.fields}
    for body in bodies:
        question = known.get(body.name)
        if question is None and known:
            names = ", ".join(map(repr, known))
            raise InvalidInputError(f"The queue has no question {body.name!r}; it asks {names}.")
        fault = None if question is None else question.fault(body.value)
        if fault is not None:
            raise InvalidInputError(f"{body.name}: {fault}, not {body.value!r}.")
    given = {body.name for body in bodies}
    lacking = [each.name for each in queue.fields if each.required and each.name not in given]
    if lacking:
        raise InvalidInputError(f"{lacking[0]}: this question needs an answer.")


def _between(question: QueueField, by_event: Mapping[str, Sequence[Annotation]]) -> list[Agreement]:
    answers: dict[str, dict[str, Value]] = {}
    for event_id, annotations in by_event.items():
        for annotation in annotations:
            answer = comparable(annotation.value)
            if annotation.name == question.name and answer is not None:
                answers.setdefault(annotation.author, {})[event_id] = answer
    found: list[Agreement] = []
    for first, second in combinations(sorted(answers), 2):
        common = [each for each in answers[first] if each in answers[second]]
        pairs = (
            [answers[first][each] for each in common],
            [answers[second][each] for each in common],
        )
        found.append(_agreement(question.name, (first, second), pairs))
    return found


def _agreement(
    name: str, raters: tuple[str, str], answers: tuple[Sequence[Value], Sequence[Value]]
) -> Agreement:
    first, second = answers
    return Agreement(
        field=name,
        first=raters[0],
        second=raters[1],
        n=len(first),
        percent=percent_agreement(first, second),
        kappa=cohen_kappa(first, second),
    )
