"""Sessions as trees: whatever parents events name, each is shown once and can be read."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assay.apps.server.bodies import plain_json
from assay.apps.services.ingestion import store_events
from assay.apps.services.session_trees import DEEPEST, session_tree
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_store import MemoryStore


def tree_of(parents: dict[str, str | None]) -> dict[str, Any]:
    store = MemoryStore()
    bodies = [
        {"event_id": name, "session_id": "s", "parent_id": parent, "start_time": place}
        for place, (name, parent) in enumerate(parents.items())
    ]
    store_events(store, bodies, project="p", clock=ManualClock())
    return session_tree(store, "s", project="p")


def shown(node: dict[str, Any], level: int = 0) -> list[tuple[str, str, int]]:
    """Return each event with what it hangs below, and on which level."""
    found = []
    for child in node["children"]:
        found.append((child["event_id"], node["event_id"], level + 1))
        found += shown(child, level + 1)
    return found


def chain(length: int) -> dict[str, str | None]:
    return {f"e{n}": f"e{n - 1}" if n else None for n in range(length)}


def test_a_trace_of_any_depth_can_be_read() -> None:
    tree = tree_of(chain(400))
    found = shown(tree["session"])
    assert [(f"e{n}", f"e{n - 1}") for n in range(1, DEEPEST)] == [
        (name, parent) for name, parent, _ in found[1:DEEPEST]
    ]
    assert {f"e{DEEPEST - 1}"} == {parent for _, parent, _ in found[DEEPEST:]}
    assert (400, 401) == (len(found), tree["events"])
    assert b"e399" in plain_json(tree).body


def test_events_that_are_their_own_ancestors_hang_below_the_session() -> None:
    tree = tree_of({"a": "b", "b": "a", "c": "b", "d": "d", "e": "nowhere"})
    assert [("a", "s", 1), ("b", "s", 1), ("c", "b", 2), ("d", "s", 1), ("e", "s", 1)] == sorted(
        shown(tree["session"])
    )


@given(st.lists(st.integers(-1, 30), min_size=1, max_size=30))
def test_each_event_is_shown_once_below_its_parent(parents: list[int]) -> None:
    told = {f"e{n}": f"e{parent}" for n, parent in enumerate(parents)}
    found = shown(tree_of(dict(told))["session"])
    assert sorted(told) == sorted(name for name, _, _ in found)
    assert all(parent in {told[name], "s"} for name, parent, _ in found)
