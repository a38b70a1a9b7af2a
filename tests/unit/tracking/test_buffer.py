"""Exactly once, whatever fails in between."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import ConflictError, InvalidInputError, LedgerError
from assay.core.eval_runs import LoggedStatus, RunStart
from assay.kit.retry import RetryPolicy
from assay.tracking import LedgerBuffer, open_buffer
from assay.tracking.delivery import Delivery, in_groups, metrics_record, start_record
from assay.tracking.faults import UnreachableError
from assay.tracking.spool import Record, Spool
from assay.tracking.stored import Backend, StoredMetric
from tests.unit.tracking.fake_backend import FakeBackend


AT_ONCE = RetryPolicy(first_wait_seconds=0.001, longest_wait_seconds=0.001)
START = RunStart(
    "assay", "a run", params={"p": "1"}, dataset_name="d", dataset_digest="x", tags={"t": "1"}
)


def a_buffer(folder: Path, backend: FakeBackend, **options: Any) -> LedgerBuffer:
    return LedgerBuffer(folder, lambda: cast("Backend", backend), policy=AT_ONCE, **options)


def failing(faults: list[str]) -> Callable[[], str]:
    """A plan: these faults first, then none."""
    remaining: Iterator[str] = iter(faults)
    return lambda: next(remaining, "")


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["", "before", "after"]), max_size=40), st.integers(0, 6))
def test_every_record_takes_effect_once_whatever_fails(faults: list[str], deaths: int) -> None:
    """Calls fail before or after they took effect; the state on disk may lag behind."""
    backend = FakeBackend(plan=failing(faults))
    with TemporaryDirectory() as name, closing(Spool(Path(name), max_bytes=10**6)) as spool:
        spool.append(start_record(START, run_id="local-1", at_ms=1000))
        for step in range(5):
            spool.append(metrics_record("local-1", {"a": step, "b": 1.0}, step=step, at_ms=2000))
        spool.append({"op": "params", "run": "local-1", "items": {"q": "2"}})
        spool.append({"op": "tags", "run": "local-1", "items": {"u": "3"}})
        spool.append({"op": "end", "run": "local-1", "status": "FINISHED", "at": 3000})
        _deliver_all(spool, backend, deaths)
    (run_id,) = set(backend.runs) - set(backend.deleted)
    run = backend.runs[run_id]
    expected = {StoredMetric("a", float(step), 2000, step) for step in range(5)}
    expected |= {StoredMetric("b", 1.0, 2000, step) for step in range(5)}
    assert backend.rows[run_id] == expected
    assert run.params == {"p": "1", "q": "2"}
    assert run.tags == {"t": "1", "u": "3", "assay.buffer_id": "local-1"}
    assert run.dataset_digests == ("x",)
    assert run.status is LoggedStatus.FINISHED


def _deliver_all(spool: Spool, backend: FakeBackend, deaths: int) -> None:
    """Deliver; ``deaths`` times the process dies after delivering and forgets the run."""
    while spool.pending:
        delivery = Delivery(cast("Backend", backend), runs=spool.runs)
        group = next(in_groups(spool.take(100)))
        try:
            delivery.deliver(group)
        except UnreachableError:
            continue
        if deaths:
            deaths -= 1
            spool.runs.clear()
            continue
        spool.acknowledge(group)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 700)), max_size=12))
def test_groups_keep_order_and_stay_within_a_batch(sizes: list[tuple[str, int]]) -> None:
    records = [
        Record(
            {"op": "metrics", "run": run, "values": dict.fromkeys(map(str, range(size)), 1.0)}, 1, n
        )
        for n, (run, size) in enumerate(sizes)
    ]
    groups = list(in_groups(records))
    assert [record for group in groups for record in group] == records
    for group in groups:
        assert len({record.content["run"] for record in group}) == 1
        assert sum(len(record.content["values"]) for record in group) <= 1000


def test_logging_goes_on_while_the_ledger_is_away(tmp_path: Path) -> None:
    """And arrives in order once it is back; the local id stands for the run."""
    away = [True]
    backend = FakeBackend(plan=lambda: "before" if away[0] else "")
    with a_buffer(tmp_path, backend) as buffer:
        run_id = buffer.start_run(START)
        buffer.log_metrics(run_id, {"loss": 1.0}, step=1)
        buffer.log_metrics(run_id, {})
        buffer.log_params(run_id, {"q": "2"})
        buffer.set_run_tags(run_id, {"u": "3"})
        buffer.finish_run(run_id, LoggedStatus.FINISHED)
        assert buffer.pending() == 5
        assert buffer.ledger_run_id(run_id) is None
        assert buffer.ledger_run_id("abc") == "abc"
        assert buffer.flush(0.05) == 5
        assert isinstance(buffer.last_failure(), UnreachableError)
        away[0] = False
        assert buffer.flush(10) == 0
        assert buffer.ledger_run_id(run_id) == "run000"
        assert buffer.refused() == []
    assert backend.closed
    assert backend.runs["run000"].status is LoggedStatus.FINISHED


def test_what_stays_at_the_end_is_delivered_by_the_next_opening(tmp_path: Path) -> None:
    backend = FakeBackend(plan=lambda: "before")
    buffer = a_buffer(tmp_path, backend)
    run_id = buffer.start_run(START)
    assert buffer.close(deadline_seconds=0.05) == 1
    with pytest.raises(ConflictError, match="is closed"):
        buffer.log_metrics(run_id, {"a": 1.0})
    backend.plan = lambda: ""
    with a_buffer(tmp_path, backend) as again:
        again.log_metrics(run_id, {"a": 1.0})
        assert again.flush(10) == 0
    assert [row.value for row in backend.rows["run000"]] == [1.0]


def test_closing_twice_takes_no_file_from_anybody_else(tmp_path: Path) -> None:
    with a_buffer(tmp_path / "buffer", FakeBackend(plan=lambda: "before")) as buffer:
        buffer.start_run(START)
        assert buffer.close(deadline_seconds=0.01) == 1
        others = [(tmp_path / str(n)).open("w") for n in range(4)]  # take the numbers given back
    for other in others:
        other.write("still open")
        other.close()


def test_a_record_that_is_refused_does_not_hold_up_the_others(tmp_path: Path) -> None:
    backend = FakeBackend()
    with a_buffer(tmp_path, backend) as buffer:
        run_id = buffer.start_run(START)
        for key in ("a", "poison", "b"):
            buffer.log_metrics(run_id, {key: 1.0})
        buffer.log_metrics("unknown", {"c": 1.0})
        buffer.log_metrics("local-unknown", {"c": 1.0})
        assert buffer.flush(10) == 0
        refused = [(each["run"], sorted(each["values"])) for each in buffer.refused()]
    assert refused == [(run_id, ["poison"]), ("unknown", ["c"]), ("local-unknown", ["c"])]
    assert {row.key for row in backend.rows["run000"]} == {"a", "b"}


def test_what_no_ledger_could_hold_is_refused_at_the_door(tmp_path: Path) -> None:
    with a_buffer(tmp_path, FakeBackend()) as buffer:
        with pytest.raises(InvalidInputError, match="'loss' is nan"):
            buffer.log_metrics("abc", {"loss": float("nan")})
        with pytest.raises(InvalidInputError, match="8,000"):
            buffer.set_run_tags("abc", {"t": "x" * 8001})
        with pytest.raises(InvalidInputError, match="letters, digits"):
            buffer.start_run(RunStart("assay", "a run", params={"ä?": "1"}))
        assert buffer.pending() == 0


def test_a_twin_that_a_dying_server_made_is_removed(tmp_path: Path) -> None:
    """It appears after the search for it; it is empty and goes when the run ends."""
    backend = FakeBackend()
    with a_buffer(tmp_path, backend) as buffer:
        run_id = buffer.start_run(START)
        buffer.log_metrics(run_id, {"a": 1.0})
        assert buffer.flush(10) == 0
        backend.create_run("1", name="late", started_ms=1, tags={"assay.buffer_id": run_id})
        buffer.finish_run(run_id, LoggedStatus.FINISHED)
        assert buffer.flush(10) == 0
    assert backend.deleted == ["run001"]


def test_a_ledger_that_cannot_be_opened_yet_is_tried_again(tmp_path: Path) -> None:
    backend, tries = FakeBackend(), [0]

    def opening() -> Backend:
        tries[0] += 1
        if tries[0] < 3:
            raise LedgerError("no database yet")
        return cast("Backend", backend)

    with LedgerBuffer(tmp_path, opening, policy=AT_ONCE) as buffer:
        buffer.start_run(START)
        assert buffer.flush(10) == 0
    assert tries == [3]


def test_a_buffer_before_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="migrate-filestore"):
        open_buffer(tmp_path, "./mlruns")
    with pytest.raises(InvalidInputError, match="timeout_seconds"):
        open_buffer(tmp_path, "http://127.0.0.1:1", timeout_seconds=0)
    with open_buffer(tmp_path, "http://127.0.0.1:1") as buffer:
        assert buffer.pending() == 0
