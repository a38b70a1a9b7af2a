"""Claiming what waits in a review queue, however much of it others have claimed."""

from dataclasses import replace

from assay.apps.services.review_queues import ReviewService
from assay.core.documents import Document
from assay.core.review_queues import CLAIM_LASTS, ReviewQueue, item_document
from assay.core.wire.reviews import QueueUpdate
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_store import MemoryStore


class Room:
    """A queue in a store in memory, under a clock that stands."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(clock=self.clock)
        self.reviews = ReviewService(self.store, clock=self.clock)
        wanted = QueueUpdate(name="look")
        self.queue: ReviewQueue = self.reviews.create(
            wanted, project="default", actor="ada", fill=False
        )

    def put(self, *events: str, holder: str | None = None) -> None:
        state = "pending" if holder is None else "claimed"
        self.store.add_documents([self._item(each, state, holder) for each in events])

    def _item(self, event: str, state: str, holder: str | None) -> Document:
        item = item_document(self.queue, event, now=self.clock.now())
        return replace(item, state=state, body={"assignee": holder, "claimed_at": None})

    def claim(self, author: str) -> str | None:
        item = self.reviews.claim(self.queue, author)
        return None if item is None else item.name


def test_what_waits_behind_hundreds_of_claims_is_claimed() -> None:
    room = Room()
    for number in range(600):
        room.put(f"e{number:03}", holder=f"reviewer {number}")
    room.put("e600", "e601")

    assert ["e600", "e601", None] == [room.claim(each) for each in ("ada", "bob", "cleo")]


def test_an_item_already_theirs_comes_first_wherever_it_stands() -> None:
    room = Room()
    room.put(*(f"e{number:03}" for number in range(600)))
    room.put("zz", holder="ada")

    assert ("zz", "e000") == (room.claim("ada"), room.claim("bob"))


def test_a_claim_that_was_forgotten_is_taken_over_in_its_turn() -> None:
    room = Room()
    room.put("a", holder="bob")
    room.clock.advance(1)
    room.put("b")
    assert "b" == room.claim("ada")
    room.clock.advance(CLAIM_LASTS.total_seconds() + 1)
    room.put("c")

    assert ["a", "b", "c", None] == [room.claim(each) for each in ("cleo", "ada", "dan", "eve")]
