"""Results that changed after their run had ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from typing_extensions import override

from assay.apps.services.score_keeping import touch_runs
from assay.core.runs import RunStatus
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_store import MemoryStore
from assay.testing.samples import a_moment, a_run


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
