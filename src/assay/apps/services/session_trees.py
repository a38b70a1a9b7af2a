"""A session as a tree: every event below its parent, none lost, none too deep to be read."""

from collections.abc import Sequence
from typing import Any, Final

from assay.core.errors import NotFoundError
from assay.core.events import Event, EventType
from assay.core.ports import Store
from assay.core.wire.events import event_object


DEEPEST: Final = 64
"""Levels below the session; what is further down stands beside its ancestor's other children."""


def session_tree(store: Store, session_id: str, *, project: str) -> dict[str, Any]:
    """Return a session with its events below one another, each under ``children``.

    An event whose parent is not there hangs below the session, so that none is lost.
    ``parent_id`` always names the parent that the event has.

    Raises:
        NotFoundError: If there is no such session.
    """
    found = [event for event in store.session_events(session_id) if event.project == project]
    if not found:
        raise NotFoundError(f"There is no session {session_id[:200]!r}.")
    nodes = {event.id: {**event_object(event), "children": []} for event in found}
    root = nodes.get(session_id)
    tops: list[dict[str, Any]] = [] if root is None else root["children"]
    for event_id, parent_id in _Places(found, session_id).parents.items():
        siblings = tops if parent_id is None else nodes[parent_id]["children"]
        siblings.append(nodes[event_id])
    for node in nodes.values():
        node["children_ids"] = [child["event_id"] for child in node["children"]]
    return {
        "session": root or {"event_id": session_id, "session_id": session_id, "children": tops},
        "events": len(found),
        "models": sum(event.type is EventType.MODEL for event in found),
    }


class _Places:
    """Below which event each event of a session is shown; None for the session itself."""

    def __init__(self, events: Sequence[Event], session_id: str) -> None:
        self._told = {event.id: event.parent_id for event in events if event.id != session_id}
        self._hooks: dict[str, tuple[int, str]] = {}
        places: dict[str, str | None] = {}
        for event_id in self._told:
            places.update(self._place(event_id))
        self.parents = {event_id: places[event_id] for event_id in self._told}

    def _place(self, event_id: str) -> dict[str, str | None]:
        """Return the parents of an event and of those above it that have no place yet."""
        path: dict[str, None] = {}
        here: str | None = event_id
        while here in self._told and here not in self._hooks and here not in path:
            path[here] = None
            here = self._told[here]
        above = list(path)
        ring = above[above.index(here) :] if here in path else []  # as no honest client says
        places: dict[str, str | None] = {each: self._hang(each, None) for each in ring}
        for each in reversed(above[: len(above) - len(ring)]):
            places[each] = self._hang(each, self._told[each])
        return places

    def _hang(self, event_id: str, parent_id: str | None) -> str | None:
        """Note how deep an event is, and return what it hangs below."""
        level, hook = self._hooks.get(parent_id or "", (0, None))
        self._hooks[event_id] = (level + 1, event_id if level < DEEPEST else hook or event_id)
        return hook
