"""Annotations: what people say of events."""

from fastapi import APIRouter

from assay.apps.server.access import Reader, Writer
from assay.apps.server.context import Context
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.event_search import find_event
from assay.core.errors import InvalidInputError
from assay.core.review_queues import latest
from assay.core.wire.reviews import (
    AnnotationBody,
    AnnotationObject,
    AnnotationsAnswer,
    AnnotationsBody,
)


router = APIRouter(prefix="/events", tags=["annotations"], route_class=StrictRoute)


@router.post("/{event_id}/annotations", summary="Annotate an event")
def annotate(
    context: Context, access: Writer, event_id: str, body: AnnotationsBody
) -> AnnotationsAnswer:
    """Add annotations; none is ever changed, and the latest of a name is the one that counts."""
    event = find_event(context.store, event_id, project=access.project)
    context.reviews.annotate(event, _given(body), actor=access.actor)
    return list_annotations(context, access, event_id)


@router.get("/{event_id}/annotations", summary="List an event's annotations")
def list_annotations(context: Context, access: Reader, event_id: str) -> AnnotationsAnswer:
    """Return every annotation, newest first."""
    event = find_event(context.store, event_id, project=access.project)
    found = context.reviews.annotations([event.id])
    counting = {each.id for each in latest(found).values()}
    shown = [
        AnnotationObject(
            id=each.id,
            event_id=each.event_id,
            name=each.name,
            value=each.value,
            comment=each.comment,
            author=each.author,
            at=each.at,
            queue_id=each.queue_id,
            latest=each.id in counting,
        )
        for each in reversed(found)
    ]
    return AnnotationsAnswer(event_id=event.id, annotations=shown)


def _given(body: AnnotationsBody) -> list[AnnotationBody]:
    if body.annotations is not None:
        return [
            each if each.author is not None else each.model_copy(update={"author": body.author})
            for each in body.annotations
        ]
    if body.name is None or body.value is None:
        raise InvalidInputError("Give 'name' and 'value', or several under 'annotations'.")
    try:
        return [
            AnnotationBody(
                name=body.name, value=body.value, comment=body.comment, author=body.author
            )
        ]
    except ValueError as error:
        raise InvalidInputError(f"The annotation cannot be used: {error}") from error
