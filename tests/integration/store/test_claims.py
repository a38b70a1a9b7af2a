"""Many people claim from one queue at once."""

from concurrent.futures import ThreadPoolExecutor

from assay.apps.services.review_queues import ReviewService
from assay.core.ports import Store
from assay.core.review_queues import item_document
from assay.core.wire.reviews import QueueUpdate
from assay.kit.clock import SYSTEM_CLOCK


def test_no_two_who_claim_at_once_get_the_same_item(store: Store) -> None:
    reviews = ReviewService(store, clock=SYSTEM_CLOCK)
    queue = reviews.create(QueueUpdate(name="look"), project="default", actor="ada", fill=False)
    now = SYSTEM_CLOCK.now()
    store.add_documents([item_document(queue, f"e{number}", now=now) for number in range(30)])

    def claim(number: int) -> str | None:
        item = reviews.claim(queue, f"reviewer {number}")
        return None if item is None else item.name

    with ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(claim, range(33)))

    assert {None, *(f"e{number}" for number in range(30))} == set(claimed)
    assert 3 == claimed.count(None)
