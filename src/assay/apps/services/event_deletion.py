"""Events deleted, with all that hangs on them."""

from assay.apps.services.event_search import find_event
from assay.apps.services.review_queues import ReviewService
from assay.core.ports import AuditEntry, Store
from assay.core.projection import project as item_of
from assay.kit.clock import Clock


def delete_event(
    store: Store, reviews: ReviewService, *, event_id: str, project: str, actor: str, clock: Clock
) -> int:
    """Forget an event, what people said of it, and what its run's item had of it.

    A session goes with all of its events and with its items: runs no longer count them.

    Returns:
        How many events there were.

    Raises:
        NotFoundError: If there is no such event.
    """
    found = find_event(store, event_id, project=project)
    whole = found.id == found.session_id
    ids = [each.id for each in store.session_events(found.id)] if whole else [found.id]
    removed = store.delete_events([found.id], project=item_of)
    reviews.forget_events(ids)
    noted = {"name": found.name, "type": found.type.value, "run_id": found.run_id}
    entry = AuditEntry("event_deleted", found.id, actor, clock.now(), noted)
    store.append_audit(entry, project=project)
    return removed
