"""Many rows at once: those that are new, and those that somebody else stored in between."""

from dataclasses import replace

import pytest

from assay.core.events import Event
from assay.core.ports import Store
from assay.store import open_store
from assay.store.event_repository import event_row
from assay.store.sql_store import SqlStore
from assay.store.tables import events
from assay.testing.samples import a_moment, an_event


def some_events(count: int) -> list[Event]:
    """Return events of one session."""
    return [
        an_event(f"event-{number:03}", session_id="session", started_at=a_moment(number))
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [3, 80])
def test_rows_whose_keys_were_taken_in_between_are_replaced(database_url: str, count: int) -> None:
    store = open_store(database_url)
    assert isinstance(store, SqlStore)
    written = some_events(count)
    store.write_events(written[:2])
    later = [replace(event, name="later") for event in written]
    with store._database.write() as connection:
        store._database.bulk.add(connection, events, rows=map(event_row, later))
    assert later == store.session_events("session")
    store.close()


def test_events_new_and_old_are_stored_together(database_url: str) -> None:
    store: Store = open_store(database_url)
    first = some_events(60)
    store.write_events(first)
    both = [replace(event, name="later") for event in first[:55]] + some_events(120)[60:]
    written = store.ingest_events(
        ["session"], [event.id for event in both], merge=lambda _: both, project=lambda _: None
    )
    assert both == list(written)
    expected = sorted([*both, *first[55:]], key=lambda event: event.id)
    assert expected == store.session_events("session")
    store.close()
