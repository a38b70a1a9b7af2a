"""A store in memory: the double for tests that need persistence but no database.

It passes the same contract suites as the real one and keeps its promises on
errors, order and copies. It is not durable and not made to be fast.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from typing_extensions import override

from assay.core.answer_columns import AnswerColumns, answer_columns
from assay.core.datasets import Datapoint, DatasetVersion, dataset_digest, duplicate_ids
from assay.core.documents import Document
from assay.core.errors import (
    ConflictError,
    InvalidDatasetError,
    NotFoundError,
    StorageError,
)
from assay.core.events import Event
from assay.core.item_order import places_of, told_order
from assay.core.ports import (
    ApiKey,
    AuditEntry,
    LatencySort,
    Listing,
    Page,
    ResultFilter,
    RunFilter,
    RunStamp,
)
from assay.core.progress import StoredEvent
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import DEFAULT_PROJECT, Evaluation, Run, RunStatus, TaskVersion
from assay.core.score_columns import RunScores, collect_scores
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.ids import new_id
from assay.testing.memory_documents import MemoryDocuments
from assay.testing.memory_events import MemoryEvents
from assay.testing.memory_rules import (
    checked_digest,
    datapoint_as_stored,
    evaluation_as_stored,
    event_as_stored,
    holds,
    in_session,
    plain_as_stored,
    result_as_stored,
    run_as_stored,
    stored_mapping,
    window,
    worded,
)
from assay.testing.memory_selection import by_latency, is_selected, is_wanted, result_holds


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


class _Owned(Protocol):
    @property
    def project(self) -> str: ...


V = TypeVar("V")
I = TypeVar("I", bound=_Identified)  # noqa: E741 - a type variable, not a number


@dataclass(slots=True)
class _Rows:
    """All that is stored."""

    datasets: dict[str, DatasetVersion] = field(default_factory=dict)
    datapoints: dict[str, dict[str, Datapoint]] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    results: dict[str, dict[ItemKey, ItemResult]] = field(default_factory=dict)
    places: dict[str, dict[str, int]] = field(default_factory=dict)
    tasks: dict[str, TaskVersion] = field(default_factory=dict)
    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    progress: dict[str, list[StoredEvent]] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    responses: dict[str, tuple[datetime, Mapping[str, Any]]] = field(default_factory=dict)
    audit: list[tuple[str, AuditEntry]] = field(default_factory=list)
    keys: dict[str, tuple[str, ApiKey]] = field(default_factory=dict)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)


class MemoryStore(MemoryDocuments, MemoryEvents):
    """Implements ``core.ports.Store`` in memory; safe to use from many threads."""

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(clock=clock)
        self._lock = threading.RLock()
        self._rows = _Rows()
        self._closed = False

    def close(self) -> None:
        """Refuse all further use, as a closed database would."""
        self._closed = True

    # Datasets

    def add_dataset(
        self,
        name: str,
        datapoints: Iterable[Datapoint],
        *,
        project: str = DEFAULT_PROJECT,
        metadata: Mapping[str, Any] | None = None,
    ) -> DatasetVersion:
        """Store a new version, or return the existing version with the same content."""
        points = [datapoint_as_stored(point) for point in datapoints]
        repeated = duplicate_ids(points)
        if repeated:
            raise InvalidDatasetError(f"The dataset has the datapoint ids {repeated} twice.")
        content = dataset_digest(points)
        with self._open() as rows:
            named = [d for d in rows.datasets.values() if (d.project, d.name) == (project, name)]
            for version in named:
                if version.digest == content:
                    return version
            version = DatasetVersion(
                id=new_id(clock=self._clock),
                project=project,
                name=name,
                version=1 + max((each.version for each in named), default=0),
                digest=content,
                size=len(points),
                created_at=self._clock.now(),
                metadata=stored_mapping(metadata),
            )
            rows.datasets[version.id] = version
            rows.datapoints[version.id] = {point.id: point for point in points}
        return version

    def extend_dataset(self, dataset_id: str, datapoints: Sequence[Datapoint]) -> DatasetVersion:
        """Store the version with ``datapoints`` after those of a stored version."""
        current = self.get_dataset(dataset_id)
        whole = [*self.iter_datapoints(dataset_id), *datapoints]
        return self.add_dataset(current.name, whole, project=current.project)

    def get_dataset(self, dataset_id: str) -> DatasetVersion:
        """Return a version by id, or raise ``NotFoundError``."""
        with self._open() as rows:
            return _one(rows.datasets, dataset_id, what="dataset")

    def find_dataset(
        self, name: str, *, version: int | None = None, project: str = DEFAULT_PROJECT
    ) -> DatasetVersion:
        """Return a version by name (the newest by default), or raise ``NotFoundError``."""
        with self._open() as rows:
            here = [d for d in rows.datasets.values() if d.project == project]
        named = {d.version: d for d in here if d.name == name}
        if not named:
            raise worded("dataset named", name, sorted({d.name for d in here}))
        wanted = max(named) if version is None else version
        if wanted not in named:
            raise worded(f"version of dataset {name!r} numbered", str(wanted), map(str, named))
        return named[wanted]

    def list_datasets(self, listing: Listing | None = None) -> Page[DatasetVersion]:
        """Return one page of the newest version of each dataset."""
        listing = listing or Listing()
        with self._open() as rows:
            newest = {(d.project, d.name): d for d in rows.datasets.values()}
        shown = [d for d in newest.values() if _listed(d, listing, d.name)]
        return window(shown, listing, fields=("created_at", "name", "version", "size"))

    def iter_datapoints(
        self, dataset_id: str, *, offset: int = 0, limit: int | None = None
    ) -> Iterator[Datapoint]:
        """Stream datapoints in order."""
        self.get_dataset(dataset_id)
        with self._open() as rows:
            points = list(rows.datapoints[dataset_id].values())
        yield from points[offset : None if limit is None else offset + limit]

    def get_datapoints(self, dataset_id: str, ids: Sequence[str]) -> dict[str, Datapoint]:
        """Return the datapoints with these ids; unknown ids are left out."""
        with self._open() as rows:
            points = rows.datapoints.get(dataset_id, {})
            return {each: points[each] for each in ids if each in points}

    # Runs and evaluations

    def create_run(self, run: Run) -> Run:
        """Store a new run, or raise ``ConflictError`` if its id is taken."""
        with self._open() as rows:
            _add(rows.runs, run_as_stored(run), what="run")
        return run

    def get_run(self, run_id: str) -> Run:
        """Return a run, or raise ``NotFoundError``."""
        with self._open() as rows:
            return _one(rows.runs, run_id, what="run")

    def save_run(self, run: Run) -> Run:
        """Replace a stored run by ``run`` (same id), or raise ``NotFoundError``."""
        with self._open() as rows:
            _one(rows.runs, run.id, what="run")
            rows.runs[run.id] = run_as_stored(run)
        return run

    def change_run(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        """Replace a stored run by what ``change`` makes of it, or raise ``NotFoundError``."""
        with self._open():
            return self.save_run(change(self.get_run(run_id)))

    def list_runs(
        self, where: RunFilter | None = None, listing: Listing | None = None
    ) -> Page[Run]:
        """Return one page of runs."""
        listing = listing or Listing()
        return window(self._shown_runs(where, listing), listing, fields=_RUN_SORTS)

    def run_stamps(
        self, where: RunFilter | None = None, listing: Listing | None = None
    ) -> list[RunStamp]:
        """Return every run that is wanted, in order, whatever window ``listing`` says."""
        listing = listing or Listing()
        shown = self._shown_runs(where, listing)
        whole = replace(listing, offset=0, limit=len(shown) + 1)
        ordered = window(shown, whole, fields=_RUN_SORTS).items
        return [RunStamp(run.id, run.status, run.updated_at) for run in ordered]

    def _shown_runs(self, where: RunFilter | None, listing: Listing) -> list[Run]:
        with self._open() as rows:
            runs = list(rows.runs.values())
        return [
            run
            for run in runs
            if is_wanted(run, where or RunFilter())
            and _listed(run, listing, run.id, run.name, run.candidate)
        ]

    def delete_run(self, run_id: str) -> None:
        """Delete a run with its results, or raise ``NotFoundError``."""
        with self._open() as rows:
            _one(rows.runs, run_id, what="run")
            _forget_run(rows, run_id)

    def create_evaluation(self, evaluation: Evaluation, runs: Sequence[Run]) -> Evaluation:
        """Store an evaluation and its runs in one transaction."""
        with self._open() as rows:
            taken = [run.id for run in runs if run.id in rows.runs]
            if taken:
                raise ConflictError(f"There is a run {taken[0]!r} already.")
            _add(rows.evaluations, evaluation_as_stored(evaluation), what="evaluation")
            for run in runs:
                _add(rows.runs, run_as_stored(run), what="run")
        return evaluation

    def get_evaluation(self, evaluation_id: str) -> Evaluation:
        """Return an evaluation, or raise ``NotFoundError``."""
        with self._open() as rows:
            return _one(rows.evaluations, evaluation_id, what="evaluation")

    def save_evaluation(self, evaluation: Evaluation) -> Evaluation:
        """Replace a stored evaluation (same id), or raise ``NotFoundError``."""
        with self._open() as rows:
            _one(rows.evaluations, evaluation.id, what="evaluation")
            rows.evaluations[evaluation.id] = evaluation_as_stored(evaluation)
        return evaluation

    def list_evaluations(
        self, listing: Listing | None = None, *, status: RunStatus | None = None
    ) -> Page[Evaluation]:
        """Return one page of evaluations."""
        listing = listing or Listing()
        with self._open() as rows:
            found = list(rows.evaluations.values())
        shown = [
            each
            for each in found
            if status in {None, each.status} and _listed(each, listing, each.id, each.name)
        ]
        return window(shown, listing, fields=_EVALUATION_SORTS)

    def delete_evaluation(self, evaluation_id: str) -> None:
        """Delete an evaluation with its runs and results, or raise ``NotFoundError``."""
        with self._open() as rows:
            _one(rows.evaluations, evaluation_id, what="evaluation")
            del rows.evaluations[evaluation_id]
            rows.progress.pop(evaluation_id, None)
            for run in list(rows.runs.values()):
                if run.evaluation_id == evaluation_id:
                    _forget_run(rows, run.id)

    # Results

    @override
    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Store ``results``; an item stored before is replaced, scores included."""
        copies = [result_as_stored(result) for result in results]
        with self._open() as rows:
            run = _one(rows.runs, run_id, what="run")
            stored = rows.results.setdefault(run_id, {})
            places = rows.places.setdefault(run_id, {})
            held = {key.datapoint_id: places[key.datapoint_id] for key in stored}
            found = places_of(
                copies,
                {each: held[each] for each, _ in (copy.key for copy in copies) if each in held},
                stored_dataset=run.dataset_id is not None,
                look_up=lambda ids: _named_places(rows, run, ids),
                highest=lambda: max(held.values(), default=-1),
            )
            places.update(found)
            for copy in copies:
                stored.pop(copy.key, None)
                stored[copy.key] = replace(copy, position=None)

    def finished_keys(
        self, run_id: str, *, statuses: Iterable[ItemStatus] | None = None
    ) -> set[ItemKey]:
        """Return the keys stored for a run, of the given statuses or of all."""
        wanted = set(ItemStatus) if statuses is None else set(statuses)
        return {result.key for result in self._ordered(run_id) if result.status in wanted}

    def iter_results(self, run_id: str, *, outputs: bool = True) -> Iterator[ItemResult]:
        """Stream a run's results in dataset order, then repeat."""
        for result in self._ordered(run_id):
            yield result if outputs else replace(result, output=None, attempts=(), metadata={})

    def read_scores(self, run_id: str, *, candidate: str = "") -> RunScores:
        """Return the scores of all results as columns."""
        return collect_scores(self._ordered(run_id), candidate=candidate)

    def iter_answers(self, run_id: str) -> Iterator[AnswerColumns]:
        """Stream what a ranking needs of a run, in dataset order, then repeat."""
        yield answer_columns(self._ordered(run_id))

    def find_keys(
        self, run_id: str, where: ResultFilter, *, sort: LatencySort | None = None
    ) -> list[ItemKey]:
        """Return the keys of the results that ``where`` selects, in dataset order or by latency."""
        return [result.key for result in self._selected(run_id, where, sort=sort)]

    def _selected(
        self, run_id: str, where: ResultFilter, *, sort: LatencySort | None
    ) -> list[ItemResult]:
        return by_latency(
            [each for each in self._ordered(run_id) if is_selected(each, where)], sort
        )

    def page_results(
        self,
        run_id: str,
        *,
        where: ResultFilter | None = None,
        listing: Listing | None = None,
        sort: LatencySort | None = None,
    ) -> Page[ItemResult]:
        """Return one page of results in dataset order or by latency."""
        where, listing = where or ResultFilter(), listing or Listing()
        selected = self._selected(run_id, where, sort=sort)
        shown = [result for result in selected if result_holds(result, listing.search)]
        return window(shown, listing, fields=None)

    def get_result(self, run_id: str, key: ItemKey) -> ItemResult:
        """Return one result, or raise ``NotFoundError``."""
        with self._open() as rows:
            result = rows.results.get(run_id, {}).get(key)
        if result is None:
            raise NotFoundError(f"Run {run_id!r} has no result for {tuple(key)}.")
        return result

    def item_metadata(self, run_id: str) -> dict[str, Mapping[str, Any]]:
        """Return the metadata of each datapoint's first repeat, as its item carries it."""
        found: dict[str, Mapping[str, Any]] = {}
        for item in self._ordered(run_id):
            found.setdefault(item.key.datapoint_id, item.metadata)
        return found

    def get_results(self, run_id: str, keys: Sequence[ItemKey]) -> dict[ItemKey, ItemResult]:
        """Return results by key; unknown keys are left out."""
        wanted = set(keys)
        return {each.key: each for each in self._ordered(run_id) if each.key in wanted}

    def count_results(self, run_id: str) -> dict[ItemStatus, int]:
        """Return how many results there are per status; absent statuses are left out."""
        counts: dict[ItemStatus, int] = {}
        for result in self._ordered(run_id):
            counts[result.status] = counts.get(result.status, 0) + 1
        return counts

    def delete_results(self, run_id: str, keys: Iterable[ItemKey]) -> int:
        """Forget items so that they run again; returns how many there were."""
        with self._open() as rows:
            stored = rows.results.get(run_id, {})
            return sum(stored.pop(key, None) is not None for key in set(keys))

    # Tasks

    def add_task(
        self, name: str, definition: Mapping[str, Any], *, project: str = DEFAULT_PROJECT
    ) -> TaskVersion:
        """Store a new version, or return the existing version with the same definition."""
        content = checked_digest(definition)
        with self._open() as rows:
            named = [t for t in rows.tasks.values() if (t.project, t.name) == (project, name)]
            for task in named:
                if task.digest == content:
                    return task
            task = TaskVersion(
                id=new_id(clock=self._clock),
                project=project,
                name=name,
                version=1 + max((each.version for each in named), default=0),
                digest=content,
                definition=stored_mapping(definition),
                created_at=self._clock.now(),
            )
            rows.tasks[task.id] = task
        return task

    def get_task(self, task_id: str) -> TaskVersion:
        """Return a version by id, or raise ``NotFoundError``."""
        with self._open() as rows:
            return _one(rows.tasks, task_id, what="task")

    def list_tasks(self, listing: Listing | None = None) -> Page[TaskVersion]:
        """Return one page of the newest version of each task."""
        listing = listing or Listing()
        with self._open() as rows:
            newest = {(t.project, t.name): t for t in rows.tasks.values()}
        shown = [t for t in newest.values() if _listed(t, listing, t.name)]
        return window(shown, listing, fields=("created_at", "name", "version"))

    # Events

    def append_event(self, topic: str, kind: str, payload: Mapping[str, Any]) -> StoredEvent:
        """Store one event with the topic's next sequence number, from 1."""
        content = stored_mapping(payload)
        with self._open() as rows:
            log = rows.progress.setdefault(topic, [])
            event = StoredEvent(topic, len(log) + 1, kind, content, self._clock.now())
            log.append(event)
        return event

    def read_events(self, topic: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        """Return events with a sequence above ``after``, in order."""
        with self._open() as rows:
            return rows.progress.get(topic, [])[after : after + limit]

    def write_events(self, events: Sequence[Event]) -> None:
        """Store or replace events by id."""
        copies = {event.id: event_as_stored(event) for event in events}
        with self._open() as rows:
            rows.events.update(copies)

    def iter_run_events(self, run_id: str, *, project: str) -> Iterator[Event]:
        """Stream a project's events of a run by session, then start time."""
        with self._open() as rows:
            found = [
                event
                for event in rows.events.values()
                if (event.run_id, event.project) == (run_id, project)
            ]
        yield from sorted(found, key=lambda event: (event.session_id, *in_session(event)))

    def session_events(self, session_id: str) -> list[Event]:
        """Return the events of a session by start time."""
        with self._open() as rows:
            found = [each for each in rows.events.values() if each.session_id == session_id]
        return sorted(found, key=in_session)

    # Records

    def get_response(self, key: str) -> Mapping[str, Any] | None:
        """Return the stored reply, or None."""
        with self._open() as rows:
            found = rows.responses.get(key)
        return None if found is None else found[1]

    def get_responses(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the stored replies by key; absent keys are left out."""
        found = ((key, self.get_response(key)) for key in keys)
        return {key: reply for key, reply in found if reply is not None}

    def put_response(self, key: str, reply: Mapping[str, Any]) -> None:
        """Store a reply; a stored one is replaced."""
        content = stored_mapping(reply)
        with self._open() as rows:
            rows.responses[key] = (self._clock.now(), content)

    def forget_responses(
        self, prefix: str, *, before: datetime | None = None, limit: int = 1000
    ) -> int:
        """Forget replies whose key begins with ``prefix``, those stored ``before`` a time."""
        with self._open() as rows:
            kept = rows.responses
            named = [key for key in kept if key.startswith(prefix)]
            old = [key for key in named if before is None or kept[key][0] < before][:limit]
            rows.responses = {key: kept[key] for key in kept if key not in old}
        return len(old)

    def append_audit(self, entry: AuditEntry, *, project: str = DEFAULT_PROJECT) -> None:
        """Store one entry."""
        stored = replace(plain_as_stored(entry), details=stored_mapping(entry.details))
        with self._open() as rows:
            rows.audit.append((project, stored))

    def list_audit(self, listing: Listing | None = None) -> Page[AuditEntry]:
        """Return one page of entries, newest first."""
        listing = listing or Listing()
        with self._open() as rows:
            found = [
                entry
                for project, entry in reversed(rows.audit)
                if listing.project in {None, project}
                and holds(listing.search, entry.action, entry.subject, entry.actor)
            ]
        found.sort(key=lambda entry: entry.at, reverse=True)
        return window(found, listing, fields=None)

    def add_key(self, key: ApiKey, *, secret: str) -> None:
        """Store a key with its secret, or raise ``ConflictError``."""
        with self._open() as rows:
            if key.id in rows.keys:
                raise ConflictError(f"There is an API key {key.id!r} already.")
            rows.keys[key.id] = (secret, plain_as_stored(key))

    def find_key(self, secret: str) -> ApiKey | None:
        """Return the live key with this secret, or None."""
        with self._open() as rows:
            for known, key in rows.keys.values():
                if known == secret and key.revoked_at is None:
                    return key
        return None

    def list_keys(self, *, project: str = DEFAULT_PROJECT) -> list[ApiKey]:
        """Return all keys of a project, revoked ones included."""
        with self._open() as rows:
            keys = [key for _, key in rows.keys.values() if key.project == project]
        return sorted(keys, key=lambda key: (key.created_at, key.id))

    def revoke_key(self, key_id: str, *, at: datetime) -> None:
        """Make a key unusable, or raise ``NotFoundError``."""
        with self._open() as rows:
            secret, key = _one(rows.keys, key_id, what="API key")
            if key.revoked_at is None:
                rows.keys[key_id] = (secret, replace(key, revoked_at=at))

    def _ordered(self, run_id: str) -> list[ItemResult]:
        with self._open() as rows:
            stored = list(rows.results.get(run_id, {}).values())
            places = dict(rows.places.get(run_id, {}))
        return sorted(stored, key=lambda item: (places[item.key.datapoint_id], item.key.repeat))

    @override
    @contextmanager
    def _open(self) -> Iterator[_Rows]:
        with self._lock:
            if self._closed:
                raise StorageError("This store has been closed; open another one.")
            yield self._rows


_RUN_SORTS = ("created_at", "updated_at", "finished_at", "name", "status", "candidate")
_EVALUATION_SORTS = ("created_at", "updated_at", "finished_at", "name", "status")


def _one(stored: Mapping[str, V], wanted: str, *, what: str) -> V:
    if wanted not in stored:
        raise NotFoundError.of_id(what, wanted)
    return stored[wanted]


def _add(stored: dict[str, I], noun: I, *, what: str) -> None:
    if noun.id in stored:
        raise ConflictError(f"There is already the {what} {noun.id!r}.")
    stored[noun.id] = noun


def _forget_run(rows: _Rows, run_id: str) -> None:
    del rows.runs[run_id]
    for of_runs in (rows.results, rows.places, rows.progress):
        of_runs.pop(run_id, None)


def _named_places(rows: _Rows, run: Run, ids: Sequence[str]) -> tuple[dict[str, int], int]:
    """Return the places in the run's dataset, stored or named by the client, and its size."""
    named = told_order(run.metadata)
    if run.dataset_id is not None:
        named = {each: place for place, each in enumerate(rows.datapoints.get(run.dataset_id, ()))}
    return {each: named[each] for each in ids if each in named}, len(named)


def _listed(noun: _Owned, listing: Listing, *texts: str) -> bool:
    return listing.project in {None, noun.project} and holds(listing.search, *texts)
