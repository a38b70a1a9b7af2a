"""The contract of ``EventQueries``."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from assay.core.errors import ConflictError
from assay.core.event_merging import merged_event
from assay.core.event_queries import EventFilter, EventQuery, Operator, ValueType, matches
from assay.core.events import Event, EventType
from assay.core.ports import Store
from assay.core.projection import project
from assay.core.results import ItemKey, ItemResult
from assay.core.runs import RunStatus
from assay.testing.samples import a_moment, a_result, a_run, an_event


def a_session(session_id: str = "session-1", **changes: Any) -> Event:
    """Return the session of ``an_event``."""
    session = an_event(session_id, session_id=session_id, type=EventType.SESSION, parent_id=None)
    return replace(session, **changes)


def put(store: Store, *events: Event) -> None:
    """Store events as ingestion does: merged, then projected."""

    def merge(stored: Mapping[str, Event]) -> Sequence[Event]:
        return [
            merged_event(stored[event.id], event) if event.id in stored else event
            for event in events
        ]

    sessions = [event.session_id for event in events]
    store.ingest_events(sessions, [event.id for event in events], merge=merge, project=project)


CONDITIONS = [
    EventFilter("event_type", Operator.IS, "model"),
    EventFilter("event_type", Operator.IS_NOT, "model"),
    EventFilter("event_name", Operator.CONTAINS, "HAT"),
    EventFilter("event_name", Operator.NOT_CONTAINS, "%"),
    EventFilter("event_name", Operator.IS, "1.0", ValueType.NUMBER),
    EventFilter("event_name", Operator.IS_NOT, "1.0", ValueType.NUMBER),
    EventFilter("source", Operator.IS, "evaluation"),
    EventFilter("source", Operator.IS_NOT, "evaluation"),
    EventFilter("source", Operator.CONTAINS, "eval"),
    EventFilter("source", Operator.NOT_CONTAINS, "eval"),
    EventFilter("session_id", Operator.IS, "s"),
    EventFilter("run_id", Operator.IS, "run-1"),
    EventFilter("run_id", Operator.IS_NOT, "run-1"),
    EventFilter("error", Operator.EXISTS),
    EventFilter("error", Operator.NOT_EXISTS),
    EventFilter("error", Operator.IS, None),
    EventFilter("start_time", Operator.AFTER, a_moment(1).isoformat(), ValueType.DATETIME),
    EventFilter("start_time", Operator.BEFORE, a_moment(1).isoformat(), ValueType.DATETIME),
    EventFilter("duration", Operator.GREATER, 200, ValueType.NUMBER),
    EventFilter("duration", Operator.LESS, "200", ValueType.NUMBER),
    EventFilter("duration", Operator.IS, 250, ValueType.NUMBER),
    EventFilter("metadata.run_id", Operator.IS, "run-1"),
    EventFilter("metadata.http.status", Operator.IS, "200"),
    EventFilter("metadata.http.status", Operator.EXISTS),
    EventFilter("metrics.exact", Operator.IS, True, ValueType.BOOLEAN),
    EventFilter("metrics.length", Operator.GREATER, 2, ValueType.NUMBER),
    EventFilter("metrics.length", Operator.IS, "3"),
    EventFilter("metrics.tone", Operator.IS_NOT, "friendly"),
    EventFilter("outputs", Operator.CONTAINS, "zweiundvierzig"),
    EventFilter("outputs.text", Operator.IS, 'say "hi"\n% {x}'),
    EventFilter("outputs.n", Operator.IS, "zweiundvierzig"),
    EventFilter("inputs.messages.0.content", Operator.CONTAINS, "hello"),
    EventFilter("nothing", Operator.NOT_EXISTS),
    EventFilter("nothing", Operator.IS, "x"),
    EventFilter("nothing", Operator.IS_NOT, "x"),
]


class EventQueriesContract:
    """Events as they come in and as they are looked for."""

    def test_a_stored_event_is_given_to_the_merge(self, store: Store) -> None:
        """What is there is merged with what comes; the answer is what was stored."""
        put(store, an_event(feedback={"rating": 5}))
        put(store, an_event(feedback={"note": "good"}, name="renamed"))
        found = store.get_event("event-1")
        assert found is not None
        assert (found.name, dict(found.feedback)) == ("renamed", {"rating": 5, "note": "good"})
        assert store.get_event("nothing") is None
        assert set(store.get_events(["event-1", "nothing"])) == {"event-1"}

    def test_events_of_a_run_become_its_item(self, store: Store) -> None:
        """One item per session, the same however often the events come."""
        store.create_run(a_run())
        for _ in range(2):
            put(store, a_session(), an_event())
        [item] = store.iter_results("run-1")
        assert item.key == ItemKey("d0", 0)
        assert item.metadata["projected"] is True
        assert {score.name for score in item.scores} == {"exact", "tone", "length"}

    def test_two_sessions_of_one_datapoint_are_two_repeats(self, store: Store) -> None:
        """Each keeps its own place."""
        store.create_run(a_run())
        put(store, an_event("a", session_id="s1"), an_event("b", session_id="s2"))
        put(store, an_event("a", session_id="s1", error="late"))
        stored = {item.session_id: item for item in store.iter_results("run-1")}
        assert {item.key.repeat for item in stored.values()} == {0, 1}
        assert {"s1", "s2"} == set(stored)
        assert stored["s1"].error == "late"

    def test_an_item_that_a_client_stored_is_never_replaced(self, store: Store) -> None:
        """The session's events tell less than the client itself did."""
        store.create_run(a_run())
        mine = a_result("d0", session_id="session-1")
        store.write_items("run-1", [mine], sessions=[a_session()])
        put(store, an_event(error="ignored"))
        assert [mine] == list(store.iter_results("run-1"))

    def test_an_item_never_takes_another_projects_session(self, store: Store) -> None:
        """Neither the session is written to nor the item stored."""
        store.create_run(a_run(project="theirs"))
        put(store, a_session(run_id=None, outputs={"text": "mine"}))
        before = store.get_event("session-1")
        with pytest.raises(ConflictError, match="taken"):
            store.write_items(
                "run-1",
                [a_result("d0", session_id="session-1")],
                sessions=[a_session(project="theirs", outputs={"text": "theirs"})],
            )
        assert before == store.get_event("session-1")
        assert list(store.iter_results("run-1")) == []

    def test_a_foreign_or_unknown_run_gets_no_item(self, store: Store) -> None:
        """The events are kept all the same."""
        store.create_run(a_run(project="theirs"))
        put(store, an_event(), an_event("x", session_id="s2", run_id="unknown"))
        assert list(store.iter_results("run-1")) == []
        assert set(store.get_events(["event-1", "x"])) == {"event-1", "x"}

    def test_late_events_date_an_ended_run_anew(self, store: Store) -> None:
        """Whoever kept its aggregates sees that they are old."""
        run = store.create_run(a_run(status=RunStatus.COMPLETED))
        put(store, an_event())
        assert store.get_run("run-1").updated_at != run.updated_at

    def test_a_refused_merge_stores_nothing(self, store: Store) -> None:
        """The transaction is one."""

        def refuse(stored: Mapping[str, Event]) -> Sequence[Event]:
            raise ValueError(len(stored))

        with pytest.raises(ValueError, match="0"):
            store.ingest_events(["session-1"], ["event-1"], merge=refuse, project=project)
        assert store.get_event("event-1") is None

    def test_sessions_that_are_left_empty_are_forgotten(self, store: Store) -> None:
        """An event that moves may leave a session behind in which nothing else is."""
        put(store, a_session(), an_event("event-1"), a_session("other"), a_session("alone"))
        put(store, an_event("event-2", session_id="other"))

        def move(stored: Mapping[str, Event]) -> Sequence[Event]:
            return [replace(stored["event-1"], session_id="other")]

        left = ["session-1", "other"]
        store.ingest_events(left, ["event-1"], merge=move, project=project, emptied=left)
        assert store.session_events("session-1") == []
        assert {"other", "event-1", "event-2"} == {e.id for e in store.session_events("other")}
        assert [each.id for each in store.session_events("alone")] == ["alone"]

    def test_sessions_come_with_items(self, store: Store) -> None:
        """A session that its spans made before is completed."""
        store.create_run(a_run())
        put(store, a_session(metadata={"auto_created": True, "kept": 1}, started_at=a_moment(-5)))
        session = a_session(metadata={"run_id": "run-1"}, outputs={"answer": 4})
        store.write_items("run-1", [a_result("d0", session_id="session-1")], sessions=[session])
        found = store.get_event("session-1")
        assert found is not None
        assert dict(found.metadata) == {"kept": 1, "run_id": "run-1"}
        assert found.started_at == a_moment(-5)
        assert found.outputs["answer"] == 4

    @pytest.mark.parametrize("condition", CONDITIONS, ids=str)
    def test_a_filter_finds_what_the_rule_says(self, store: Store, condition: EventFilter) -> None:
        """A database answers as ``matches`` does."""
        rich = an_event(
            "rich",
            started_at=a_moment(2),
            error="boom",
            source=None,
            metadata={"run_id": "run-2", "http.status": 200},
            outputs={"text": 'say "hi"\n% {x}', "n": "zweiundvierzig", "nul": "a\0b"},
            inputs={"messages": [{"content": "hello"}]},
        )
        nested = an_event(
            "nested", name="100% chaT", duration_ms=None, metadata={"http": {"status": "200"}}
        )
        bare = Event("bare", "s", "default", "1", EventType.TOOL)
        events = [an_event(), rich, nested, bare]
        put(store, *events, an_event("theirs", project="other"))
        page = store.query_events(EventQuery("default", (condition,)))
        expected = {event.id for event in events if matches(event, condition)}
        assert expected == {event.id for event in page.items}
        assert page.total == len(expected)

    def test_a_nul_character_hides_nothing(self, store: Store) -> None:
        """An object that holds one is looked into, and so are all others."""
        put(store, an_event("a", metadata={"x": "y", "z": "\x00"}))
        put(store, an_event("b", metadata={"x": "\x00"}), an_event("c", metadata={"x": "y"}))
        condition = EventFilter("metadata.x", Operator.IS, "y")
        page = store.query_events(EventQuery("default", (condition,)))
        assert {event.id for event in page.items} == {"a", "c"}

    @pytest.mark.parametrize("field", ["event_type", "metrics.length"])
    def test_pages_cover_everything_once(self, store: Store, field: str) -> None:
        """The newest first; what has no time comes last."""
        put(store, *[an_event(f"e{n:02}", started_at=a_moment(n)) for n in range(25)])
        put(store, an_event("timeless", started_at=None))
        condition = EventFilter(field, Operator.EXISTS)
        pages = [
            store.query_events(EventQuery("default", (condition,), offset=offset, limit=10))
            for offset in (0, 10, 20, 30)
        ]
        ids = [event.id for page in pages for event in page.items]
        assert ids == [*(f"e{n:02}" for n in range(24, -1, -1)), "timeless"]
        assert {26} == {page.total for page in pages}

    def test_a_range_of_time_bounds_the_start(self, store: Store) -> None:
        """Both ends belong to it."""
        put(store, *[an_event(f"e{n}", started_at=a_moment(n)) for n in range(5)])
        query = EventQuery("default", since=a_moment(1), until=a_moment(3))
        assert [event.id for event in store.query_events(query).items] == ["e3", "e2", "e1"]

    def test_keys_name_a_runs_events(self, store: Store) -> None:
        """By name and type; oldest first, and none of another project."""
        put(store, an_event("b", started_at=a_moment(1)), an_event("a"), an_event("c", name="x"))
        put(store, an_event("d", session_id="session-2", project="other"))

        def ids(**where: Any) -> list[str]:
            return [key.id for key in store.iter_event_keys("run-1", project="default", **where)]

        assert ids() == ["a", "c", "b"]
        assert ids(name="chat") == ["a", "b"]
        assert ids(type_=EventType.CHAIN) == []

    def test_a_deleted_session_takes_its_events_along(self, store: Store) -> None:
        """An event goes alone."""
        put(store, a_session(), an_event("a"), an_event("b"), an_event("c", session_id="s2"))
        assert store.delete_events(["a"], project=project) == 1
        assert store.delete_events(["session-1", "nothing"], project=project) == 2
        assert set(store.get_events(["a", "b", "c", "session-1"])) == {"c"}

    def test_a_deleted_session_takes_its_items_along(self, store: Store) -> None:
        """Those read out of its events and those that a client stored; no others."""
        run = store.create_run(a_run(status=RunStatus.COMPLETED))
        put(store, an_event("a", session_id="s1"), an_event("b", session_id="s2"))
        mine = a_result("d1", session_id="s3")
        store.write_items("run-1", [mine], sessions=[a_session("s3", datapoint_id="d1")])
        dated = store.get_run("run-1").updated_at
        assert store.delete_events(["a", "s3"], project=project) == 2
        [left] = store.iter_results("run-1")
        assert left.session_id == "s2"
        assert list(store.read_scores("run-1").session_ids) == ["s2"]
        assert store.get_run("run-1").updated_at not in {run.updated_at, dated}

    def test_an_item_is_read_again_when_one_of_its_events_is_deleted(self, store: Store) -> None:
        """It keeps its place, and loses what that event told."""
        store.create_run(a_run())
        put(store, an_event("other", session_id="s0"))
        put(store, a_session(), an_event("a"), an_event("b", name="judge", metrics={"mine": 1}))
        [before] = [each for each in store.iter_results("run-1") if each.session_id == "session-1"]
        store.delete_events(["b"], project=project)
        [after] = [each for each in store.iter_results("run-1") if each.session_id == "session-1"]
        assert after.key == before.key
        assert {each.name for each in before.scores} - {each.name for each in after.scores} == {
            "mine"
        }

    def test_an_item_of_which_nothing_is_told_any_more_goes(self, store: Store) -> None:
        """A session that has only been started is no item."""
        store.create_run(a_run())
        begun = a_session(outputs={}, metrics={}, error=None)
        put(store, begun, an_event("a"))
        assert len(list(store.iter_results("run-1"))) == 1
        store.delete_events(["a"], project=project)
        assert list(store.iter_results("run-1")) == []

    def test_a_clients_own_item_outlives_single_events(self, store: Store) -> None:
        """It came whole; only its session takes it along."""
        store.create_run(a_run())
        mine = a_result("d0", session_id="session-1")
        store.write_items("run-1", [mine], sessions=[a_session()])
        put(store, an_event("a"))
        store.delete_events(["a"], project=project)
        assert [mine] == list(store.iter_results("run-1"))

    def test_a_deleted_session_leaves_another_projects_run_alone(self, store: Store) -> None:
        """Naming a run does not make it one's own."""
        store.create_run(a_run(project="theirs"))
        theirs = a_result("d0", session_id="session-1")
        store.write_results("run-1", [theirs])
        put(store, a_session(), an_event("a"))
        store.delete_events(["session-1"], project=project)
        assert [theirs] == list(store.iter_results("run-1"))

    def test_two_who_tell_of_one_session_at_once_lose_nothing(self, store: Store) -> None:
        """Every telling is merged with all others."""
        store.create_run(a_run())

        def tell(number: int) -> None:
            put(store, a_session(metadata={f"k{number}": number, "run_id": "run-1"}))
            put(store, an_event(f"e{number:02}", metrics={f"m{number}": number}))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(tell, range(24)))
        session = store.get_event("session-1")
        assert session is not None
        assert {f"k{n}" for n in range(24)} <= set(session.metadata)
        [item] = store.iter_results("run-1")
        assert {f"m{n}" for n in range(24)} <= {score.name for score in _scores(item)}


def _scores(item: ItemResult) -> Sequence[Any]:
    return item.scores
