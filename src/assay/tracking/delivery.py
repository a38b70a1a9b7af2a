"""From buffered records to calls of MLflow that may be repeated without a trace.

Times and steps were fixed when a record was written, and MLflow keeps identical metric rows
once. A run carries the tag ``assay.buffer_id`` and is looked for before it is made.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from assay.core.errors import ConflictError, LedgerError, NotFoundError
from assay.core.eval_runs import LoggedStatus, RunStart
from assay.tracking import limits
from assay.tracking.runs import begin_run, experiment_id
from assay.tracking.spool import Record
from assay.tracking.stored import Backend, StoredMetric, StoredRun


BUFFER_TAG: Final = "assay.buffer_id"
LOCAL: Final = "local-"


def start_record(start: RunStart, *, run_id: str, at_ms: int) -> dict[str, Any]:
    """Return the record that begins a run."""
    return {
        "op": "start",
        "run": run_id,
        "at": at_ms,
        "experiment": start.experiment_name,
        "name": start.name,
        "params": dict(start.params),
        "tags": {**start.tags, BUFFER_TAG: run_id},
        "dataset": [start.dataset_name, start.dataset_digest],
        "prompts": [list(each) for each in start.linked_prompts],
    }


def metrics_record(
    run_id: str, metrics: Mapping[str, float], *, step: int, at_ms: int
) -> dict[str, Any]:
    """Return the record of some metrics at one step."""
    values = {key: float(value) for key, value in metrics.items()}
    return {"op": "metrics", "run": run_id, "at": at_ms, "step": step, "values": values}


def in_groups(records: Sequence[Record]) -> Iterator[list[Record]]:
    """Split into runs of records that one call can deliver: metrics of the same run together."""
    group: list[Record] = []
    count = 0
    for record in records:
        more = len(record.content.get("values", ()))
        if group and (not _joins(group[0], record) or count + more > limits.METRICS_PER_BATCH):
            yield group
            group, count = [], 0
        group.append(record)
        count += more
    if group:
        yield group


def _joins(first: Record, record: Record) -> bool:
    return all(each.content["op"] == "metrics" for each in (first, record)) and bool(
        first.content["run"] == record.content["run"]
    )


class Delivery:
    """Carries records to one ledger.

    Attributes:
        runs: The server's run of each local one; grows as runs are made.
    """

    def __init__(self, backend: Backend, *, runs: dict[str, str]) -> None:
        self._backend = backend
        self.runs = runs

    def deliver(self, group: Sequence[Record]) -> None:
        """Carry out one group of ``in_groups``; again after any failure.

        Raises:
            AssayError: As the backend says; nothing is known to be done then.
        """
        content = group[0].content
        match content["op"]:
            case "start":
                self._start(content)
            case "metrics":
                self._metrics(group)
            case "params":
                self._each_batch(content, limits.PARAMS_PER_BATCH)
            case "tags":
                self._each_batch(content, limits.TAGS_PER_BATCH)
            case "end":
                self._end(content)
            case other:
                raise ConflictError(f"A record of the unknown kind {other!r}.")

    def _start(self, content: Mapping[str, Any]) -> None:
        prompts = tuple((name, version) for name, version in content["prompts"])
        start = RunStart(
            content["experiment"],
            content["name"],
            params=content["params"],
            tags=content["tags"],
            dataset_name=content["dataset"][0],
            dataset_digest=content["dataset"][1],
            linked_prompts=prompts,
        )
        experiment = experiment_id(self._backend, start.experiment_name)
        made = self._made([experiment], content["run"])
        run_id = begin_run(
            self._backend,
            start,
            experiment=experiment,
            started_ms=content["at"],
            existing=made[0].run.run_id if made else None,
        )
        self.runs[content["run"]] = run_id

    def _metrics(self, group: Sequence[Record]) -> None:
        values = [
            StoredMetric(key, value, each.content["at"], each.content["step"])
            for each in group
            for key, value in each.content["values"].items()
        ]
        run_id = self._run(group[0].content["run"])
        for batch in limits.in_batches(values, limits.METRICS_PER_BATCH):
            self._backend.log_batch(run_id, metrics=batch)

    def _each_batch(self, content: Mapping[str, Any], size: int) -> None:
        run_id, items = self._run(content["run"]), content["items"]
        for keys in limits.in_batches(list(items), size):
            chosen = {key: items[key] for key in keys}
            if content["op"] == "params":
                self._backend.log_batch(run_id, params=chosen)
            else:
                self._backend.log_batch(run_id, tags=chosen)

    def _end(self, content: Mapping[str, Any]) -> None:
        run_id = self._run(content["run"])
        self._backend.update_run(
            run_id, status=LoggedStatus(content["status"]), ended_ms=content["at"]
        )
        if content["run"].startswith(LOCAL):
            self._remove_twins(run_id, content["run"])

    def _remove_twins(self, run_id: str, local: str) -> None:
        """Delete a run that a server made after it had stopped answering us: it is empty."""
        stored, _ = self._backend.get_run(run_id)
        for twin in self._made([stored.run.experiment_id], local):
            if twin.run.run_id != run_id and not twin.run.metrics:
                self._backend.delete_run(twin.run.run_id)

    def _run(self, run_id: str) -> str:
        if not run_id.startswith(LOCAL):
            return run_id
        if run_id not in self.runs:  # the state was lost; the run knows its local name
            everywhere = [each.id for each in self._backend.search_experiments("")]
            made = self._made(everywhere, run_id)
            if not made:
                raise NotFoundError(f"The ledger has no run for {run_id}; its start was refused.")
            self.runs[run_id] = made[0].run.run_id
        return self.runs[run_id]

    def _made(self, experiments: Sequence[str], local: str) -> list[StoredRun]:
        """Return the runs that were made for a local one; more than one only after trouble."""
        wanted = f"tags.`{BUFFER_TAG}` = '{local}'"
        page = self._backend.search_runs(experiments, filter_text=wanted, limit=10)
        if page.next_token is not None:
            raise LedgerError(f"The ledger has too many runs tagged {BUFFER_TAG} = {local}.")
        known = self.runs.get(local)
        # One that has metrics is the one in use; then the one that was made first.
        return sorted(
            page.runs,
            key=lambda each: (each.run.run_id != known, not each.run.metrics, each.run.run_id),
        )
