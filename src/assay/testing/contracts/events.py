"""The contracts of ``EventLog`` and ``EventStore``."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from assay.core.events import Event, EventType
from assay.core.ports import EventLog, EventStore
from assay.testing.samples import a_moment, an_event


class EventLogContract:
    """Append-only progress events by topic."""

    def test_sequences_count_from_one_per_topic(self, store: EventLog) -> None:
        """Topics do not disturb each other."""
        numbers = [store.append_event("a", "advanced", {"n": n}).sequence for n in range(3)]
        assert numbers == [1, 2, 3]
        assert store.append_event("b", "started", {}).sequence == 1

    def test_events_read_back_after_the_last_one_seen(self, store: EventLog) -> None:
        """In order, as they were appended, up to the limit."""
        stored = [store.append_event("a", "advanced", {"n": n, "x": None}) for n in range(5)]
        assert store.read_events("a") == stored
        assert store.read_events("a", after=3) == stored[3:]
        assert store.read_events("a", after=1, limit=2) == stored[1:3]
        assert store.read_events("a", after=9) == []
        assert store.read_events("nothing") == []

    def test_writers_at_once_get_numbers_without_gap(self, store: EventLog) -> None:
        """Every number is given once."""
        with ThreadPoolExecutor(8) as threads:
            stored = list(threads.map(lambda n: store.append_event("a", "k", {"n": n}), range(40)))
        assert sorted(event.sequence for event in stored) == list(range(1, 41))
        assert [event.sequence for event in store.read_events("a")] == list(range(1, 41))


class EventStoreContract:
    """Sessions and events of traces."""

    def test_an_event_reads_back_as_it_was(self, store: EventStore) -> None:
        """Every field survives, filled or not."""
        bare = Event("bare", "session-1", "default", "n", EventType.SESSION)
        store.write_events([an_event(), bare])
        assert store.session_events("session-1") == [bare, an_event()]

    def test_an_event_written_again_is_replaced(self, store: EventStore) -> None:
        """By id; of equal ids in one batch the last stays."""
        store.write_events([an_event(), an_event("other")])
        store.write_events([an_event(name="draft"), an_event(name="final", error="late")])
        found = {event.id: event.name for event in store.session_events("session-1")}
        assert found == {"event-1": "final", "other": "chat"}

    def test_a_session_is_read_by_start_time(self, store: EventStore) -> None:
        """Unknown first; the id decides between equals."""
        starts = {"c": 2, "b": 1, "a": 1}
        batch = [an_event(name, started_at=a_moment(s)) for name, s in starts.items()]
        store.write_events([*batch, an_event("z", started_at=None)])
        assert [e.id for e in store.session_events("session-1")] == ["z", "a", "b", "c"]
        assert store.session_events("nothing") == []

    def test_a_run_is_read_session_by_session(self, store: EventStore) -> None:
        """Events of other runs, of none and of other projects stay out."""
        mine = [
            an_event(f"{session}-{n}", session_id=f"s{session:03}", started_at=a_moment(n))
            for session in range(120)
            for n in range(2)
        ]
        others = [an_event("x", run_id="run-2"), an_event("y", run_id=None)]
        others.append(an_event("z", session_id="elsewhere", project="other"))
        store.write_events([*mine[::-1], *others])
        assert list(store.iter_run_events("run-1", project="default")) == mine
        assert list(store.iter_run_events("nothing", project="default")) == []

    def test_nothing_to_write_is_no_mistake(self, store: EventStore) -> None:
        """An empty batch changes nothing."""
        store.write_events([])
        assert store.session_events("session-1") == []

    def test_many_writers_of_the_same_events_agree(self, store: EventStore) -> None:
        """Overlapping batches in different orders neither block each other nor lose a row."""
        batch = [an_event(f"e{n:02}", started_at=a_moment(n)) for n in range(60)]
        orders = [batch, batch[::-1]] * 4

        def write(order: list[Event]) -> None:
            for _ in range(3):
                store.write_events([replace(event, name="again") for event in order])

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, orders))
        expected = [replace(event, name="again") for event in batch]
        assert store.session_events("session-1") == expected
