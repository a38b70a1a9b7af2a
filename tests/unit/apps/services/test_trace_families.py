"""Spans of a trace that come one by one, in any order, end in one session."""

from collections.abc import Iterable, Sequence
from itertools import permutations

import pytest

from assay.apps.services.ingestion import ingest_spans
from assay.core.events import Event
from assay.testing.memory_store import MemoryStore
from assay.tracing.otlp.mapping import event_id_of, session_id_of
from assay.tracing.otlp.spans import Span


TRACE = "0af7651916cd43dd8448eb211c80319c"
CHAIN = ("root", "child", "grandchild")


def chain(*, session: str | None, told_by: str = "root") -> dict[str, Span]:
    """Return spans, each the parent of the next; one of them says which session it is."""
    ids = {name: f"{place:016x}" for place, name in enumerate(CHAIN, 1)}
    above = dict(zip(CHAIN, (None, *CHAIN), strict=False))
    return {
        name: Span(
            trace_id=TRACE,
            span_id=ids[name],
            parent_id=None if (parent := above[name]) is None else ids[parent],
            name=name,
            start_ns=10**18,
            end_ns=10**18 + 1,
            attributes={"session.id": session} if session and name == told_by else {},
        )
        for name in CHAIN
    }


def sent(store: MemoryStore, batches: Iterable[Sequence[Span]], project: str = "p") -> None:
    for batch in batches:
        assert [] == ingest_spans(store, batch, project=project)


def names(events: Iterable[Event]) -> list[str]:
    return sorted(event.name for event in events if event.id != event.session_id)


@pytest.mark.parametrize("order", list(permutations(CHAIN)), ids=" ".join)
def test_a_trace_is_whole_in_the_session_that_its_root_names(order: tuple[str, ...]) -> None:
    store, spans = MemoryStore(), chain(session="s")
    sent(store, ([spans[name]] for name in order))

    assert sorted(CHAIN) == names(store.session_events("s"))
    assert [] == store.session_events(session_id_of(TRACE))
    parents = {each.name: each.parent_id for each in store.session_events("s") if each.id != "s"}
    assert {"root": "s", "child": event_id_of(TRACE, f"{1:016x}")} == {
        name: parents[name] for name in ("root", "child")
    }


def test_what_is_above_the_one_that_names_a_session_stays() -> None:
    store, spans = MemoryStore(), chain(session="s", told_by="child")
    sent(store, ([spans[name]] for name in reversed(CHAIN)))

    assert ["child", "grandchild"] == names(store.session_events("s"))
    assert ["root"] == names(store.session_events(session_id_of(TRACE)))


def test_without_a_named_session_a_trace_is_its_own() -> None:
    store, spans = MemoryStore(), chain(session=None)
    sent(store, ([spans[name]] for name in reversed(CHAIN)))
    assert sorted(CHAIN) == names(store.session_events(session_id_of(TRACE)))


def test_spans_sent_again_after_the_move_change_nothing() -> None:
    store, spans = MemoryStore(), chain(session="s")
    batches = [[spans[name]] for name in reversed(CHAIN)]
    sent(store, batches)
    before = store.session_events("s")
    sent(store, batches)
    assert before == store.session_events("s")
    assert [] == store.session_events(session_id_of(TRACE))


def test_nobody_follows_into_the_session_of_another_project() -> None:
    store, spans = MemoryStore(), chain(session="s")
    sent(store, [[spans["root"]]])
    sent(store, [[spans["child"]]], project="q")
    assert ["root"] == names(store.session_events("s"))
