"""Review queues: filled, claimed, answered, measured."""

from typing import Literal

from fastapi import APIRouter

from assay.apps.server.access import Access, Reader, Writer, check_owned
from assay.apps.server.context import AppContext, Context
from assay.apps.server.paging import Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.core.documents import Document
from assay.core.review_queues import ReviewQueue
from assay.core.server_metrics import filter_object
from assay.core.wire.events import event_object
from assay.core.wire.reviews import (
    AddItems,
    AgreementAnswer,
    Claimed,
    Complete,
    FieldBody,
    ItemAnswer,
    ItemsAdded,
    QueueAnswer,
    QueueCreate,
    QueueDeleted,
    QueueItem,
    QueueItems,
    QueueObject,
    QueueProgress,
    QueuesAnswer,
    QueueShown,
    QueueUpdate,
    Reviewer,
)


router = APIRouter(prefix="/queues", tags=["review queues"], route_class=StrictRoute)
State = Literal["pending", "claimed", "completed", "skipped"]


def _owned(context: AppContext, access: Access, queue_id: str) -> ReviewQueue:
    queue = context.reviews.get(queue_id)
    check_owned(queue, access, noun="queue")
    return queue


def _progress(context: AppContext, queue: ReviewQueue) -> QueueProgress:
    counts = context.reviews.progress(queue)
    return QueueProgress(
        total=sum(counts.values()),
        pending=counts.get("pending", 0),
        claimed=counts.get("claimed", 0),
        completed=counts.get("completed", 0),
        skipped=counts.get("skipped", 0),
    )


def _object(context: AppContext, queue: ReviewQueue) -> QueueObject:
    return QueueObject(
        id=queue.id,
        name=queue.name,
        description=queue.description,
        filters={"filterArray": [filter_object(each) for each in queue.filters]},
        fields=[
            FieldBody.model_validate(
                {
                    "name": each.name,
                    "type": each.type,
                    "options": list(each.options),
                    "min": each.low,
                    "max": each.high,
                    "required": each.required,
                    "evaluator": each.evaluator,
                }
            )
            for each in queue.fields
        ],
        assignees=list(queue.assignees),
        enabled=queue.enabled,
        is_active=queue.enabled,
        scope_id=queue.project,
        progress=_progress(context, queue),
        created_at=queue.created_at,
        updated_at=queue.updated_at,
    )


def _item(item: Document) -> QueueItem:
    return QueueItem(
        event_id=item.name,
        state=item.state,
        assignee=item.body.get("assignee"),
        claimed_at=item.body.get("claimed_at"),
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


@router.post("", status_code=201, summary="Create a queue")
def create(context: Context, access: Writer, body: QueueCreate) -> QueueAnswer:
    """Store a queue and put events in: those named, and stored ones that meet the filters."""
    queue = context.reviews.create(body, project=access.project, actor=access.actor, fill=body.fill)
    return QueueAnswer(queue=_object(context, queue), message="The queue is ready.")


@router.get("", summary="List queues")
def list_queues(
    context: Context, access: Reader, paged: Paged, search: Search = None
) -> QueuesAnswer:
    """Return one page of queues, newest first, with their progress."""
    page = context.reviews.page(paged.listing(project=access.project, search=search))
    return QueuesAnswer(
        queues=[_object(context, queue) for queue in page.items],
        page=paged.page,
        limit=paged.limit,
        total=page.total,
    )


@router.get("/{queue_id}", summary="Show a queue")
def show(context: Context, access: Reader, queue_id: str) -> QueueShown:
    """Return a queue and how far it is."""
    queue = _object(context, _owned(context, access, queue_id))
    return QueueShown(**dict(queue), queue=queue, message="The queue as it stands.")


@router.put("/{queue_id}", summary="Change a queue")
def update(context: Context, access: Writer, queue_id: str, body: QueueUpdate) -> QueueAnswer:
    """Change what is given; what is in the queue stays."""
    queue = context.reviews.update(_owned(context, access, queue_id), body, actor=access.actor)
    return QueueAnswer(queue=_object(context, queue), message="The queue was changed.")


@router.delete("/{queue_id}", summary="Delete a queue")
def delete(context: Context, access: Writer, queue_id: str) -> QueueDeleted:
    """Forget a queue; annotations stay with their events."""
    context.reviews.delete(_owned(context, access, queue_id), actor=access.actor)
    return QueueDeleted()


@router.post("/{queue_id}/items", summary="Put events in a queue")
def add_items(context: Context, access: Writer, queue_id: str, body: AddItems) -> ItemsAdded:
    """Put events in by id, or all stored ones that meet the queue's filters."""
    queue = _owned(context, access, queue_id)
    if body.event_ids is None:
        added = context.reviews.fill(queue)
    else:
        added = context.reviews.add_events(queue, body.event_ids)
    return ItemsAdded(added=added, progress=_progress(context, queue))


@router.get("/{queue_id}/items", summary="List a queue's items")
def list_items(
    context: Context, access: Reader, queue_id: str, paged: Paged, state: State | None = None
) -> QueueItems:
    """Return one page of items, oldest first."""
    queue = _owned(context, access, queue_id)
    listing = paged.listing(project=access.project, sort="created_at")
    page = context.reviews.items(queue, listing, states=None if state is None else (state,))
    return QueueItems(
        items=[_item(each) for each in page.items],
        page=paged.page,
        limit=paged.limit,
        total=page.total,
    )


@router.post("/{queue_id}/claim", summary="Claim the next item")
def claim(context: Context, access: Writer, queue_id: str, body: Reviewer) -> Claimed:
    """Return the next event to look at; for half an hour nobody else gets it."""
    queue = _owned(context, access, queue_id)
    item = context.reviews.claim(queue, body.author or access.actor)
    if item is None:
        return Claimed(item=None, event=None)
    event = context.store.get_event(item.name)
    return Claimed(item=_item(item), event=None if event is None else event_object(event))


@router.post("/{queue_id}/items/{event_id}/complete", summary="Answer an item")
def complete(
    context: Context, access: Writer, queue_id: str, event_id: str, body: Complete
) -> ItemAnswer:
    """Annotate the event with the answers and mark the item as done."""
    queue = _owned(context, access, queue_id)
    item = context.reviews.item(queue, event_id)
    told = next((each.author for each in body.annotations if each.author is not None), None)
    author = body.author or told or access.actor
    done = context.reviews.complete(queue, item, body.annotations, author=author)
    return ItemAnswer(item=_item(done), progress=_progress(context, queue))


@router.post("/{queue_id}/items/{event_id}/skip", summary="Skip an item")
def skip(
    context: Context, access: Writer, queue_id: str, event_id: str, body: Reviewer
) -> ItemAnswer:
    """Leave an item out for good."""
    queue = _owned(context, access, queue_id)
    item = context.reviews.item(queue, event_id)
    done = context.reviews.skip(queue, item, author=body.author or access.actor)
    return ItemAnswer(item=_item(done), progress=_progress(context, queue))


@router.post("/{queue_id}/items/{event_id}/release", summary="Give an item back")
def release(
    context: Context, access: Writer, queue_id: str, event_id: str, body: Reviewer
) -> ItemAnswer:
    """Make a claimed item free again."""
    queue = _owned(context, access, queue_id)
    item = context.reviews.item(queue, event_id)
    done = context.reviews.release(queue, item, author=body.author or access.actor)
    return ItemAnswer(item=_item(done), progress=_progress(context, queue))


@router.get("/{queue_id}/agreement", summary="How far people and evaluators agree")
def agreement(context: Context, access: Reader, queue_id: str) -> AgreementAnswer:
    """Return percent agreement and kappa for each question over the completed items."""
    queue = _owned(context, access, queue_id)
    with_evaluators, between = context.reviews.agreement(queue)
    return AgreementAnswer(
        queue_id=queue.id, with_evaluators=with_evaluators, between_people=between
    )
