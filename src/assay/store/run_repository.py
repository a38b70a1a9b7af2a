"""Runs, and the evaluations that group them."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    cast,
    delete,
    func,
    select,
    update,
)

from assay.core.errors import ConflictError, NotFoundError
from assay.core.external_ids import OFFLINE_DATASET_KEY, is_external
from assay.core.ports import Listing, Page, RunFilter, RunStamp
from assay.core.runs import Evaluation, Run, RunKind, RunStatus
from assay.store.encoding import encode_json
from assay.store.repository import Repository, containing, insert_or_ignore, sorting
from assay.store.tables import evaluations, progress_events, runs


_RUN_FIELDS = tuple(field.name for field in fields(Run))
_EVALUATION_FIELDS = tuple(field.name for field in fields(Evaluation))
_RUN_SORTS = ("created_at", "updated_at", "finished_at", "name", "status", "candidate")
_EVALUATION_SORTS = ("created_at", "updated_at", "finished_at", "name", "status")


class RunRepository(Repository):
    """Runs."""

    def create_run(self, run: Run) -> Run:
        """Store a new run, or raise ``ConflictError`` if its id is taken."""
        with self._database.write() as connection:
            self._ensure_projects(connection, [run.project])
            _insert_run(connection, run)
        return run

    def get_run(self, run_id: str) -> Run:
        """Return a run, or raise ``NotFoundError``."""
        with self._database.read() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).first()
            if row is None:
                raise NotFoundError.of_id("run", run_id)
        return _run(row)

    def save_run(self, run: Run) -> Run:
        """Replace a stored run by ``run`` (same id), or raise ``NotFoundError``."""
        with self._database.write() as connection:
            self._ensure_projects(connection, [run.project])
            changed = connection.execute(
                update(runs).where(runs.c.id == run.id).values(_run_columns(run))
            )
            if changed.rowcount == 0:
                raise NotFoundError.of_id("run", run.id)
        return run

    def change_run(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        """Replace a stored run by what ``change`` makes of it, or raise ``NotFoundError``."""
        here = runs.c.id == run_id
        with self._database.write() as connection:
            row = connection.execute(select(runs).where(here).with_for_update()).first()
            if row is None:
                raise NotFoundError.of_id("run", run_id)
            changed = change(_run(row))
            connection.execute(update(runs).where(here).values(_run_columns(changed)))
        return changed

    def list_runs(
        self, where: RunFilter | None = None, listing: Listing | None = None
    ) -> Page[Run]:
        """Return one page of runs."""
        listing = listing or Listing()
        query = _wanted_runs(select(runs), where or RunFilter(), listing)
        order = sorting(runs, listing, fields=_RUN_SORTS)
        return self._page(query, listing, sorting=order, build=_run)

    def run_stamps(
        self, where: RunFilter | None = None, listing: Listing | None = None
    ) -> list[RunStamp]:
        """Return every run that is wanted, in order, whatever window ``listing`` says."""
        listing = listing or Listing()
        stamp = select(runs.c.id, runs.c.status, runs.c.updated_at)
        query = _wanted_runs(stamp, where or RunFilter(), listing)
        ordered = query.order_by(*sorting(runs, listing, fields=_RUN_SORTS))
        with self._database.read() as connection:
            return [
                RunStamp(identifier, RunStatus(status), updated_at)
                for identifier, status, updated_at in connection.execute(ordered)
            ]

    def delete_run(self, run_id: str) -> None:
        """Delete a run with its results, or raise ``NotFoundError``."""
        with self._database.write() as connection:
            if connection.execute(delete(runs).where(runs.c.id == run_id)).rowcount == 0:
                raise NotFoundError.of_id("run", run_id)
            _forget_progress(connection, [run_id])


class EvaluationRepository(Repository):
    """Evaluations with their runs."""

    def create_evaluation(self, evaluation: Evaluation, runs: Sequence[Run]) -> Evaluation:
        """Store an evaluation and its runs in one transaction.

        Raises:
            ConflictError: If an id is taken; then nothing is stored.
        """
        row = _evaluation_columns(evaluation)
        with self._database.write() as connection:
            self._ensure_projects(connection, {evaluation.project, *(run.project for run in runs)})
            if insert_or_ignore(connection, evaluations, rows=[row]) == 0:
                raise ConflictError(f"There is an evaluation {evaluation.id!r} already.")
            for run in runs:
                _insert_run(connection, run)
        return evaluation

    def get_evaluation(self, evaluation_id: str) -> Evaluation:
        """Return an evaluation, or raise ``NotFoundError``."""
        query = select(evaluations).where(evaluations.c.id == evaluation_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
            if row is None:
                raise NotFoundError.of_id("evaluation", evaluation_id)
        return _evaluation(row)

    def save_evaluation(self, evaluation: Evaluation) -> Evaluation:
        """Replace a stored evaluation (same id), or raise ``NotFoundError``."""
        change = update(evaluations).where(evaluations.c.id == evaluation.id)
        with self._database.write() as connection:
            self._ensure_projects(connection, [evaluation.project])
            changed = connection.execute(change.values(_evaluation_columns(evaluation)))
            if changed.rowcount == 0:
                raise NotFoundError.of_id("evaluation", evaluation.id)
        return evaluation

    def list_evaluations(
        self, listing: Listing | None = None, *, status: RunStatus | None = None
    ) -> Page[Evaluation]:
        """Return one page of evaluations."""
        listing = listing or Listing()
        query = select(evaluations)
        if listing.project is not None:
            query = query.where(evaluations.c.project == listing.project)
        if status is not None:
            query = query.where(evaluations.c.status == status.value)
        if listing.search:
            query = query.where(containing(listing.search, evaluations.c.id, evaluations.c.name))
        order = sorting(evaluations, listing, fields=_EVALUATION_SORTS)
        return self._page(query, listing, sorting=order, build=_evaluation)

    def delete_evaluation(self, evaluation_id: str) -> None:
        """Delete an evaluation with its runs and results, or raise ``NotFoundError``."""
        of_it = runs.c.evaluation_id == evaluation_id
        with self._database.write() as connection:
            found = connection.execute(delete(evaluations).where(evaluations.c.id == evaluation_id))
            if found.rowcount == 0:
                raise NotFoundError.of_id("evaluation", evaluation_id)
            run_ids = list(connection.execute(select(runs.c.id).where(of_it)).scalars())
            connection.execute(delete(runs).where(of_it))
            _forget_progress(connection, [evaluation_id, *run_ids])


def _insert_run(connection: Connection, run: Run) -> None:
    if insert_or_ignore(connection, runs, rows=[_run_columns(run)]) == 0:
        raise ConflictError(f"There is a run {run.id!r} already; choose another id or resume it.")


def _forget_progress(connection: Connection, topics: Sequence[str]) -> None:
    connection.execute(delete(progress_events).where(progress_events.c.topic.in_(topics)))


def _of_dataset(dataset_id: str) -> ColumnElement[bool]:
    """Return the condition that a run is over a dataset; an external one is in the metadata."""
    if not is_external(dataset_id):
        return runs.c.dataset_id == dataset_id
    text = cast(runs.c.metadata, Text)
    member = encode_json({OFFLINE_DATASET_KEY: dataset_id})[1:-1]
    return func.replace(text, member, "") != text  # LIKE would ignore case on SQLite


def _wanted_runs(query: Select[Any], where: RunFilter, listing: Listing) -> Select[Any]:
    query = _matching_runs(query, where)
    if listing.project is not None:
        query = query.where(runs.c.project == listing.project)
    if listing.search:
        query = query.where(containing(listing.search, runs.c.id, runs.c.name, runs.c.candidate))
    return query


def _matching_runs(query: Select[Any], where: RunFilter) -> Select[Any]:
    if where.kind is not None:
        query = query.where(runs.c.kind == where.kind.value)
    if where.status is not None:
        query = query.where(runs.c.status == where.status.value)
    if where.dataset_id is not None:
        query = query.where(_of_dataset(where.dataset_id))
    if where.since is not None:
        query = query.where(runs.c.created_at >= where.since)
    if where.until is not None:
        query = query.where(runs.c.created_at <= where.until)
    if where.dataset_ids is not None:
        query = query.where(runs.c.dataset_id.in_(where.dataset_ids))
    if where.evaluation_id is not None:
        query = query.where(runs.c.evaluation_id == where.evaluation_id)
    if where.ids is not None:
        query = query.where(runs.c.id.in_(where.ids))
    return query


def _run_columns(run: Run) -> dict[str, Any]:
    row = {name: getattr(run, name) for name in _RUN_FIELDS}
    return row | {"kind": run.kind.value, "status": run.status.value}


def _run(row: Row[Any]) -> Run:
    values = row._asdict()
    values["kind"] = RunKind(values["kind"])
    values["status"] = RunStatus(values["status"])
    values["event_ids"] = tuple(values["event_ids"])
    return Run(**values)


def _evaluation_columns(evaluation: Evaluation) -> dict[str, Any]:
    row = {name: getattr(evaluation, name) for name in _EVALUATION_FIELDS}
    return row | {"status": evaluation.status.value}


def _evaluation(row: Row[Any]) -> Evaluation:
    values = row._asdict()
    values["status"] = RunStatus(values["status"])
    values["models"] = tuple(values["models"])
    values["run_ids"] = tuple(values["run_ids"])
    return Evaluation(**values)
