"""Runs of experiments: created, updated, filled with items, shown with their datapoints."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from assay.apps.services.arrival import arrival_of
from assay.apps.services.housekeeping import forget_headlines
from assay.apps.services.ingestion import project_sessions, sessions_of_run
from assay.apps.services.item_scores import scored_item
from assay.apps.services.item_sessions import item_session
from assay.apps.services.score_keeping import touch_runs
from assay.apps.services.views import datapoint_view, item_view
from assay.core.errors import ConflictError, InvalidInputError
from assay.core.ports import AuditEntry, Listing, Store
from assay.core.results import ItemResult
from assay.core.runs import Run
from assay.core.wire.rest import DatapointView, ItemRow
from assay.core.wire.runs import ItemBody, RunCreate, RunUpdate, item_result, new_run, updated_run
from assay.kit.clock import Clock
from assay.kit.ids import new_id


_DATAPOINT = "datapoint"
_DELETED = "run_deleted"


def create_run(store: Store, body: RunCreate, *, project: str, clock: Clock) -> Run:
    """Store the run that ``body`` asks for, under the wished id if it is a free UUID.

    Events that named the run before it was there become its items, but not those of a run
    that was deleted: its results stay deleted.

    Raises:
        ConflictError: If the wished id is taken.
        InvalidInputError: If the wished id is no UUID.
    """
    run_id = new_id(clock=clock) if body.run_id is None else _uuid(body.run_id)
    run = new_run(body, run_id=run_id, project=project, now=clock.now())
    created = store.create_run(run)
    told = [] if body.run_id is None else sessions_of_run(store, run_id, project=project)
    if told and not _was_deleted(store, run):
        project_sessions(store, told)
    return created


def _was_deleted(store: Store, run: Run) -> bool:
    """Return whether there was a run of that id before."""
    entries = store.list_audit(Listing(run.project, search=run.id)).items
    return any((_DELETED, run.id) == (entry.action, entry.subject) for entry in entries)


def update_run(store: Store, run: Run, *, body: RunUpdate, clock: Clock) -> Run:
    """Store the run after ``body``; what somebody else changes meanwhile is kept."""
    now = clock.now()
    return store.change_run(run.id, lambda stored: updated_run(stored, body, now=now))


def delete_run(store: Store, run: Run, *, actor: str, clock: Clock) -> None:
    """Delete a run with its results and headlines; its sessions and events stay.

    Raises:
        ConflictError: If it is part of an evaluation.
    """
    if run.evaluation_id is not None:
        raise ConflictError(
            f"The run {run.id} is part of the evaluation {run.evaluation_id}; delete that instead."
        )
    store.delete_run(run.id)
    forget_headlines(store, [run.id])
    entry = AuditEntry(_DELETED, run.id, actor, clock.now(), {"name": run.name})
    store.append_audit(entry, project=run.project)


def store_items(store: Store, run: Run, *, items: Sequence[ItemBody], clock: Clock) -> int:
    """Store finished items durably, each with its datapoint and its session.

    Returns how many there were.

    Raises:
        ConflictError: If the run is a bench's, whose items are its evaluation's own.
    """
    if run.evaluation_id is not None:
        raise ConflictError(f"The run {run.id} belongs to an evaluation, which stores its items.")
    if items:
        arrival = arrival_of(store, run.project)
        results = [
            scored_item(run, _with_session(run, _with_datapoint(item)), arrival) for item in items
        ]
        sessions = [item_session(run, result) for result in results]
        store.write_items(run.id, results, sessions=sessions)
        arrival.note(store, sessions, clock=clock)
        touch_runs(store, [run.id], clock=clock)  # it may have ended while they were stored
    return len(items)


def rows_of(store: Store, run: Run, results: Sequence[ItemResult]) -> list[ItemRow]:
    """Return a run's items, each with its datapoint."""
    ids = [result.key.datapoint_id for result in results]
    known = store.get_datapoints(run.dataset_id, ids) if run.dataset_id is not None else {}
    views = {identifier: datapoint_view(datapoint) for identifier, datapoint in known.items()}
    return [
        ItemRow(
            datapoint=views.get(result.key.datapoint_id) or _own_datapoint(result),
            repeat=result.key.repeat,
            answers=[item_view(run.id, result)],
        )
        for result in results
    ]


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise InvalidInputError(f"run_id: {text[:100]!r} is no UUID.") from error


def _with_datapoint(item: ItemBody) -> ItemResult:
    result = item_result(item)
    if item.inputs is None and item.ground_truth is None:
        return result
    carried = {"inputs": item.inputs or {}, "ground_truth": item.ground_truth}
    return replace(result, metadata={**result.metadata, _DATAPOINT: carried})


def _with_session(run: Run, result: ItemResult) -> ItemResult:
    """Return the item with a session, the same whenever it is sent, if it names none."""
    if result.session_id is not None:
        return result
    name = f"{result.key.datapoint_id}#{result.key.repeat}"
    return replace(result, session_id=str(uuid.uuid5(_namespace(run.id), name)))


def _namespace(run_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(run_id)
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_OID, run_id)


def _own_datapoint(result: ItemResult) -> DatapointView:
    """Return the datapoint that came with the item, as external datasets have no other place."""
    carried = result.metadata.get(_DATAPOINT, {})
    metadata = {key: value for key, value in result.metadata.items() if key != _DATAPOINT}
    return DatapointView(
        id=result.key.datapoint_id,
        inputs=carried.get("inputs") or {},
        ground_truth=carried.get("ground_truth"),
        metadata=metadata,
    )
