"""A buffer between a run and its ledger: logging goes on while the ledger is away.

Everything is written to disk first and delivered in order by a background thread, exactly
once whatever is killed or restarted in between.
"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Final, Self

from assay.core.errors import ConflictError, InvalidInputError, NotFoundError
from assay.core.eval_runs import LoggedStatus, RunStart
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.ids import new_id
from assay.kit.log import get_logger
from assay.kit.retry import RetryPolicy
from assay.tracking import limits
from assay.tracking.delivery import LOCAL, Delivery, in_groups, metrics_record, start_record
from assay.tracking.runs import check_start
from assay.tracking.spool import Record, Spool
from assay.tracking.stored import Backend, to_milliseconds


MAX_BYTES: Final = 256 * 2**20
CLOSE_SECONDS: Final = 5.0
_TAKEN_AT_ONCE: Final = 1000
_BACKOFF: Final = RetryPolicy(first_wait_seconds=0.2, longest_wait_seconds=10.0)


class LedgerBuffer:
    """Logs runs without waiting for the ledger; made by ``open_buffer``.

    Its methods return once the record is safe on disk. Runs begun here have a local id, which
    the other methods take like the id of any run that is already in the ledger; the run in
    the ledger carries it as the tag ``assay.buffer_id``. Safe to use from many threads.

    Args:
        folder: Owned by one process at a time; what an earlier one left in it is delivered.
        open_backend: Opens the ledger; called again until it succeeds.
        max_bytes: How much may wait on disk.
        clock: Gives records their times.
        policy: How long to wait after a failed delivery.
    """

    def __init__(
        self,
        folder: Path,
        open_backend: Callable[[], Backend],
        *,
        max_bytes: int = MAX_BYTES,
        clock: Clock = SYSTEM_CLOCK,
        policy: RetryPolicy = _BACKOFF,
    ) -> None:
        self._open_backend = open_backend
        self._clock = clock
        self._policy = policy
        self._log = get_logger("tracking.buffer")
        self._spool = Spool(folder, max_bytes=max_bytes)
        self._changed = Condition()
        self._closing = False
        self._failure: Exception | None = None
        self._backend: Backend | None = None
        self._sender = Thread(target=self._send, name="assay-ledger-buffer", daemon=True)
        self._sender.start()

    def start_run(self, start: RunStart) -> str:
        """Begin a run and return its local id.

        Raises:
            InvalidInputError: If MLflow could not hold what is known about it.
            LedgerError: If the buffer is full or the disk is.
        """
        check_start(start)
        run_id = LOCAL + new_id()
        self._append(start_record(start, run_id=run_id, at_ms=self._now()))
        return run_id

    def log_metrics(self, run_id: str, metrics: Mapping[str, float], *, step: int = 0) -> None:
        """Log finite metrics at a step."""
        limits.check_metrics(metrics)
        if metrics:
            self._append(metrics_record(run_id, metrics, step=step, at_ms=self._now()))

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None:
        """Log params; each key once, as MLflow never changes one."""
        self._append({"op": "params", "run": run_id, "items": limits.fitting_params(params)})

    def set_run_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run; other tags stay."""
        limits.check_tags(tags, what="The run tag", longest=limits.LONGEST_RUN_TAG)
        self._append({"op": "tags", "run": run_id, "items": dict(tags)})

    def finish_run(self, run_id: str, status: LoggedStatus) -> None:
        """End a run with its final status."""
        self._append({"op": "end", "run": run_id, "status": status.value, "at": self._now()})

    def pending(self) -> int:
        """Return how many records are not in the ledger yet."""
        return self._spool.pending

    def refused(self) -> list[Mapping[str, Any]]:
        """Return the records that the ledger will never take, each with why in ``refused``."""
        return self._spool.refused()

    def ledger_run_id(self, run_id: str) -> str | None:
        """Return the ledger's id of a run, or None while it is not there yet."""
        return self._spool.runs.get(run_id) if run_id.startswith(LOCAL) else run_id

    def last_failure(self) -> Exception | None:
        """Return why the last delivery failed, or None if it did not."""
        return self._failure

    def flush(self, deadline_seconds: float) -> int:
        """Wait until everything is in the ledger, at most this long; return what is not."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._spool.pending == 0 or self._closing, timeout=deadline_seconds
            )
        return self._spool.pending

    def close(self, *, deadline_seconds: float = CLOSE_SECONDS) -> int:
        """Deliver what can be, stop, and return how many records stay for the next opening.

        To close twice is to close once.
        """
        left = self.flush(deadline_seconds)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._sender.join(timeout=deadline_seconds)
        if self._sender.is_alive():  # in the middle of a call; the folder stays its own
            return left
        self._spool.close()
        if self._backend is not None:
            self._backend.close()
        return left

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _now(self) -> int:
        return to_milliseconds(self._clock.now())

    def _append(self, content: Mapping[str, Any]) -> None:
        if self._closing:
            raise ConflictError(f"The buffer {self._spool.folder} is closed.")
        self._spool.append(content)
        with self._changed:
            self._changed.notify_all()

    def _send(self) -> None:
        """Deliver until closed; the one thread that takes from the spool."""
        failures = 0
        while self._wait_for_work(failures):
            try:
                self._deliver_some()
            except Exception as error:  # noqa: BLE001  # logging must go on; the records stay
                failures += 1
                self._failure = error
                self._log.warning("delivery_failed", failures=failures, error=str(error))
            else:
                failures, self._failure = 0, None

    def _wait_for_work(self, failures: int) -> bool:
        """Wait for records, or after a failure for a while; False when closed."""
        with self._changed:
            if failures:
                pause = self._policy.wait_seconds(
                    retry=min(failures, 30),
                    asked=None,
                    chance=random.random(),  # noqa: S311  # a wait, not a secret
                )
                self._changed.wait_for(lambda: self._closing, timeout=pause)
            self._changed.wait_for(lambda: self._closing or self._spool.pending > 0)
            return not self._closing

    def _deliver_some(self) -> None:
        if self._backend is None:
            self._backend = self._open_backend()
        delivery = Delivery(self._backend, runs=self._spool.runs)
        for group in in_groups(self._spool.take(_TAKEN_AT_ONCE)):
            self._deliver(delivery, group)
            with self._changed:
                self._changed.notify_all()
                if self._closing:
                    return

    def _deliver(self, delivery: Delivery, group: list[Record]) -> None:
        try:
            delivery.deliver(group)
        except (ConflictError, InvalidInputError, NotFoundError) as error:
            if len(group) > 1:
                for record in group:
                    self._deliver(delivery, [record])
                return
            self._log.error("record_refused", run=group[0].content["run"], error=str(error))
            self._spool.refuse(group[0], str(error))
        else:
            self._spool.acknowledge(group)
