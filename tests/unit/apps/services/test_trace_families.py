"""Spans of a trace that come one by one, in any order, end in one session."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from typing_extensions import override

from assay.apps.services.ingestion import ingest_spans
from assay.core.events import Event
from assay.testing.memory_store import MemoryStore
from assay.tracing.otlp.mapping import event_id_of, session_id_of
from assay.tracing.otlp.spans import Span


TRACE = "0af7651916cd43dd8448eb211c80319c"
CHAIN = ("root", "child", "grandchild")


class InterruptedStore(MemoryStore):
    """Lets another request through just before it stores, for the first time or a later one."""

    def __init__(self, other: Callable[[], None]) -> None:
        super().__init__()
        self._others = [other]

    def before(self, nth: int, other: Callable[[], None]) -> None:
        self._others = [other, *[lambda: None] * (nth - 1)]

    @override
    def ingest_events(self, *args: Any, **kwargs: Any) -> Sequence[Event]:
        if self._others:
            self._others.pop()()
        return super().ingest_events(*args, **kwargs)


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


@pytest.mark.parametrize("first", CHAIN[:2])
def test_of_two_requests_at_once_the_later_one_sees_the_other(first: str) -> None:
    spans = chain(session="s")
    [second] = {*CHAIN[:2]} - {first}
    store = InterruptedStore(lambda: sent(store, [[spans[second]]]))
    sent(store, [[spans[first]]])
    assert ["child", "root"] == names(store.session_events("s"))
    assert [] == store.session_events(session_id_of(TRACE))


def test_what_comes_below_a_span_that_is_being_moved_follows_it() -> None:
    spans = chain(session="s")
    root, child, grandchild = (spans[name] for name in CHAIN)
    interrupted = InterruptedStore(lambda: None)
    sent(interrupted, [[child]])
    interrupted.before(2, lambda: sent(interrupted, [[grandchild]]))
    sent(interrupted, [[root]])
    assert sorted(CHAIN) == names(interrupted.session_events("s"))


def test_a_span_that_names_its_session_does_not_follow_its_parent() -> None:
    store, spans = MemoryStore(), chain(session="s")
    other = replace(spans["grandchild"], attributes={"session.id": "t"})
    sent(store, [[spans["root"]], [spans["child"], other]])
    assert (["child", "root"], ["grandchild"]) == (
        names(store.session_events("s")),
        names(store.session_events("t")),
    )


def test_what_is_refused_draws_nothing_after_it() -> None:
    store, spans = MemoryStore(), chain(session="s")
    sent(store, [[spans["root"]]])
    sent(store, [[spans["child"]]], project="q")
    stranger = replace(spans["root"], span_id=f"{9:016x}", trace_id="1" * 32)
    below = replace(spans["child"], parent_id=stranger.span_id, trace_id="1" * 32)
    sent(store, [[below]], project="q")

    assert 1 == len(ingest_spans(store, [stranger], project="q"))
    assert ["root"] == names(store.session_events("s"))


def test_nobody_follows_into_the_session_of_another_project() -> None:
    store, spans = MemoryStore(), chain(session="s")
    sent(store, [[spans["root"]]])
    sent(store, [[spans["child"]]], project="q")
    assert ["root"] == names(store.session_events("s"))
