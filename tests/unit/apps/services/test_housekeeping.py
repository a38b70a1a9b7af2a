"""What is kept beside the records goes when nobody can need it any more."""

from assay.apps.services.housekeeping import (
    ANSWERS_LAST,
    EVERY_SECONDS,
    Housekeeping,
    headline_place,
    idempotency_place,
)
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_store import MemoryStore


def test_answers_are_forgotten_when_nobody_sends_their_request_again() -> None:
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    housekeeping = Housekeeping(store, clock=clock)
    for number in range(1500):
        store.put_response(idempotency_place(f"old {number}"), {})
    for place in ("a model's reply", headline_place("run", "average")):
        store.put_response(place, {"kept": True})
    clock.advance(ANSWERS_LAST.total_seconds() - 1)
    store.put_response(idempotency_place("new"), {})
    assert 0 == housekeeping.tidy()
    clock.advance(2)
    assert 0 == housekeeping.tidy()  # it looked a moment ago
    clock.advance(EVERY_SECONDS)

    assert (1500, 0) == (housekeeping.tidy(), housekeeping.tidy())
    assert store.get_response("a model's reply") is not None
    assert store.get_response(headline_place("run", "average")) is not None
    assert store.get_response(idempotency_place("new")) is not None
