"""Results that changed after their run had ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from typing_extensions import override

from assay.apps.services.score_keeping import keep_scores, own_item, touch_runs
from assay.core.events import Event, EventType
from assay.core.projection import PROJECTED_KEY
from assay.core.results import ItemKey
from assay.core.runs import RunStatus
from assay.core.scores import Score
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_store import MemoryStore
from assay.testing.samples import a_moment, a_result, a_run, an_event


READ = {PROJECTED_KEY: True}


class MeddlingClock(ManualClock):
    """A clock during whose reading somebody else does something."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__(a_moment(60))
        self._meddle = meddle

    @override
    def now(self) -> datetime:
        self._meddle()
        return super().now()


def test_a_change_made_while_a_run_is_dated_anew_is_kept() -> None:
    store = MemoryStore()
    store.create_run(a_run(status=RunStatus.COMPLETED))
    clock = MeddlingClock(
        lambda: store.change_run("run-1", lambda run: replace(run, metadata={"theirs": 1}))
    )
    touch_runs(store, ["run-1"], clock=clock)
    dated = a_run(status=RunStatus.COMPLETED, metadata={"theirs": 1}, updated_at=a_moment(60))
    assert dated == store.get_run("run-1")


def test_a_run_that_goes_on_or_is_gone_is_not_dated() -> None:
    store = MemoryStore()
    store.create_run(a_run())
    touch_runs(store, ["run-1", "gone"], clock=ManualClock())
    assert a_run() == store.get_run("run-1")


def a_session(**changes: Any) -> Event:
    """The session of the item that ``a_result`` is."""
    session = an_event("session-d0", session_id="session-d0", type=EventType.SESSION)
    return replace(session, **{"metrics": {}, "parent_id": None, **changes})


def test_a_score_stands_in_the_item_in_place_of_one_of_its_name() -> None:
    store = MemoryStore()
    store.create_run(a_run())
    exact, tone = a_result().scores
    store.write_items("run-1", [a_result()], sessions=[a_session()])
    given = Score("tone", value=0.5)
    keep_scores(store, [a_session()], {"session-d0": {"tone": given}}, clock=ManualClock())

    [item] = store.iter_results("run-1")
    assert tone.name == given.name
    assert (exact, given) == item.scores
    session = store.get_event("session-d0")
    assert session is not None
    assert 0.5 == session.metrics["tone"]


def test_the_score_of_an_event_of_no_run_stays_with_it() -> None:
    store = MemoryStore()
    alone = an_event("alone", run_id=None, datapoint_id=None, metadata={}, metrics={})
    store.write_events([alone])
    keep_scores(store, [alone], {"alone": {"m": Score("m", value=1.0)}}, clock=ManualClock())
    stored = store.get_event("alone")
    assert stored is not None
    assert {"m": 1.0} == stored.metrics


@pytest.mark.parametrize(
    ("changes", "own"),
    [
        ({}, True),
        ({"metadata": {"repeat": 0}}, True),
        ({"metadata": {"repeat": 1}}, False),
        ({"metadata": {"repeat": True}}, False),
        ({"metadata": {"repeat": -1}}, False),
        ({"metadata": {"repeat": 2**80}}, False),
        ({"run_id": None}, False),
        ({"datapoint_id": None}, False),
        ({"datapoint_id": "d9"}, False),
        ({"type": EventType.CHAIN}, False),
        ({"session_id": "another"}, False),
    ],
)
def test_a_session_stands_for_the_item_that_came_with_it(
    changes: dict[str, Any], own: bool
) -> None:
    store = MemoryStore()
    store.create_run(a_run())
    store.write_results("run-1", [a_result(), a_result("d1"), a_result("read", metadata=READ)])
    found = own_item(store, a_session(**changes))
    assert (ItemKey("d0", 0) if own else None) == (None if found is None else found.key)
    of_read = a_session(datapoint_id="read", session_id="session-read")
    assert own_item(store, of_read) is None


def test_the_score_of_a_step_is_read_into_the_item_of_its_session() -> None:
    store = MemoryStore()
    store.create_run(a_run())
    step = an_event("step", metrics={})
    store.write_events([step])
    keep_scores(store, [step], {"step": {"m": Score("m", value=1.0)}}, clock=ManualClock())

    [item] = store.iter_results("run-1")
    assert [("m", 1.0)] == [(score.name, score.value) for score in item.scores]
