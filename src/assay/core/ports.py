"""What the capabilities need from adapters. Each port has one contract suite in ``testing``.

All methods are synchronous and safe to call from many threads; asynchronous callers
run them in a thread. Every method may raise ``StorageError`` when the database or the
disk refuses; then nothing of that call is stored and all that was stored before stays.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from assay.core.answer_columns import AnswerColumns
from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.documents import Document, DocumentFilter
from assay.core.event_queries import EventKey, EventQuery
from assay.core.events import Event, EventType
from assay.core.progress import StoredEvent
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import DEFAULT_PROJECT, Evaluation, Run, RunKind, RunStatus, TaskVersion
from assay.core.score_columns import RunScores


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing; ``total`` counts all pages."""

    items: tuple[T, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Which part of a listing is wanted; ``limit`` is at least 1.

    ``sort`` is a field name of the noun, with a leading ``-`` for descending.
    """

    project: str | None = DEFAULT_PROJECT
    search: str | None = None
    offset: int = 0
    limit: int = 50
    sort: str = "-created_at"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted; None means any.

    ``dataset_id`` may be an external one. ``since`` and ``until`` bound the creation time,
    inclusive.
    """

    kind: RunKind | None = None
    status: RunStatus | None = None
    dataset_id: str | None = None
    dataset_ids: tuple[str, ...] | None = None
    evaluation_id: str | None = None
    ids: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunStamp:
    """A run without its content: enough to tell whether what was kept of it is still true."""

    id: str
    status: RunStatus
    updated_at: datetime


LatencySort = Literal["latency_seconds", "-latency_seconds"]
"""The shortest latency first, or the longest."""


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which results are wanted; None means any. ``search`` looks into ids, outputs and errors."""

    status: ItemStatus | None = None
    passed: bool | None = None
    search: str | None = None
    datapoint_ids: tuple[str, ...] | None = None


class ResultSink(Protocol):
    """Where the engine puts finished items; the only port execution needs."""

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Store ``results`` durably before returning.

        Idempotent: an item stored before is replaced, scores included.
        """
        ...


class ResultStore(ResultSink, Protocol):
    """Finished items of runs."""

    def finished_keys(
        self, run_id: str, *, statuses: Iterable[ItemStatus] | None = None
    ) -> set[ItemKey]:
        """Return the keys stored for a run, of the given statuses or of all."""
        ...

    def iter_results(self, run_id: str, *, outputs: bool = True) -> Iterator[ItemResult]:
        """Stream a run's results in dataset order, then repeat; memory stays flat.

        With ``outputs=False`` the outputs, attempts and metadata are left out.
        """
        ...

    def read_scores(self, run_id: str, *, candidate: str = "") -> RunScores:
        """Return the scores of all results as columns, in dataset order, then repeat.

        Equal to ``collect_scores(iter_results(run_id, outputs=False), candidate=candidate)``,
        many times sooner.
        """
        ...

    def iter_answers(self, run_id: str) -> Iterator[AnswerColumns]:
        """Stream what a ranking needs of a run, in dataset order, then repeat; memory stays flat.

        Put together, equal to ``answer_columns(iter_results(run_id, outputs=False))``.
        """
        ...

    def find_keys(
        self, run_id: str, where: ResultFilter, *, sort: LatencySort | None = None
    ) -> list[ItemKey]:
        """Return the keys of the results that ``where`` selects.

        In dataset order, or by latency; of equals, and last of all those without one, in
        dataset order again.
        """
        ...

    def page_results(
        self,
        run_id: str,
        *,
        where: ResultFilter | None = None,
        listing: Listing | None = None,
        sort: LatencySort | None = None,
    ) -> Page[ItemResult]:
        """Return one page of results in dataset order, or as ``find_keys`` sorts them."""
        ...

    def get_result(self, run_id: str, key: ItemKey) -> ItemResult:
        """Return one result, or raise ``NotFoundError``."""
        ...

    def item_metadata(self, run_id: str) -> dict[str, Mapping[str, Any]]:
        """Return the metadata of each datapoint's first repeat, as its item carries it."""
        ...

    def get_results(self, run_id: str, keys: Sequence[ItemKey]) -> dict[ItemKey, ItemResult]:
        """Return results by key; unknown keys are left out."""
        ...

    def count_results(self, run_id: str) -> dict[ItemStatus, int]:
        """Return how many results there are per status; absent statuses are left out."""
        ...

    def delete_results(self, run_id: str, keys: Iterable[ItemKey]) -> int:
        """Forget items so that they run again; returns how many there were."""
        ...


class DatasetStore(Protocol):
    """Immutable, versioned datasets."""

    def add_dataset(
        self,
        name: str,
        datapoints: Iterable[Datapoint],
        *,
        project: str = DEFAULT_PROJECT,
        metadata: Mapping[str, Any] | None = None,
    ) -> DatasetVersion:
        """Store a new version, or return the existing version with the same content."""
        ...

    def extend_dataset(self, dataset_id: str, datapoints: Sequence[Datapoint]) -> DatasetVersion:
        """Do as ``add_dataset`` with ``datapoints`` after those of a stored version.

        Appending to the newest version costs little, whatever its size.
        """
        ...

    def get_dataset(self, dataset_id: str) -> DatasetVersion:
        """Return a version by id, or raise ``NotFoundError``."""
        ...

    def find_dataset(
        self, name: str, *, version: int | None = None, project: str = DEFAULT_PROJECT
    ) -> DatasetVersion:
        """Return a version by name (the newest by default), or raise ``NotFoundError``."""
        ...

    def list_datasets(self, listing: Listing | None = None) -> Page[DatasetVersion]:
        """Return one page of the newest version of each dataset."""
        ...

    def iter_datapoints(
        self, dataset_id: str, *, offset: int = 0, limit: int | None = None
    ) -> Iterator[Datapoint]:
        """Stream datapoints in order; memory stays flat."""
        ...

    def get_datapoints(self, dataset_id: str, ids: Sequence[str]) -> dict[str, Datapoint]:
        """Return the datapoints with these ids; unknown ids are left out."""
        ...


class DatasetVersionStore(Protocol):
    """The versions of a named dataset as a line."""

    def dataset_versions(
        self, name: str, *, project: str = DEFAULT_PROJECT
    ) -> list[DatasetVersion]:
        """Return all versions of a name, oldest first; none if there is no such name."""
        ...

    def datapoint_ids(self, dataset_id: str) -> list[str]:
        """Return the ids of a version's datapoints in order; none if there is no such version."""
        ...

    def locate_datapoints(
        self, ids: Sequence[str], dataset_ids: Sequence[str]
    ) -> list[tuple[str, Datapoint]]:
        """Return (version id, datapoint) wherever one of ``ids`` is in one of the versions."""
        ...

    def rename_dataset(self, name: str, new_name: str, *, project: str = DEFAULT_PROJECT) -> None:
        """Give all versions of a name another, or raise ``ConflictError`` if that is taken."""
        ...

    def drop_dataset(self, name: str, *, kept_as: str, project: str = DEFAULT_PROJECT) -> int:
        """Forget the versions of a name; returns how many.

        Those that a run or an evaluation is over stay, under the name ``kept_as``; others may
        stay with them, whose rows they share.
        """
        ...


class DocumentStore(Protocol):
    """Revisioned JSON documents by kind."""

    def add_documents(self, documents: Sequence[Document], *, ignore_taken: bool = False) -> int:
        """Store new documents in one transaction; returns how many were stored.

        An id or unique key that is taken raises ``ConflictError`` (then nothing is
        stored), or leaves that document out with ``ignore_taken``.
        """
        ...

    def get_document(self, kind: str, document_id: str) -> Document:
        """Return a document, or raise ``NotFoundError``."""
        ...

    def save_document(self, document: Document) -> Document:
        """Replace the stored document of the same revision; returns it with the next one.

        Raises ``NotFoundError`` if there is none, ``ConflictError`` if it was changed in
        between or its unique key is taken.
        """
        ...

    def delete_documents(self, where: DocumentFilter) -> int:
        """Forget documents; returns how many there were."""
        ...

    def list_documents(
        self, where: DocumentFilter, listing: Listing | None = None
    ) -> Page[Document]:
        """Return one page of documents."""
        ...

    def count_documents(self, where: DocumentFilter) -> dict[str, int]:
        """Return how many documents there are per state; absent states are left out."""
        ...


class RunStore(Protocol):
    """Runs."""

    def create_run(self, run: Run) -> Run:
        """Store a new run, or raise ``ConflictError`` if its id is taken."""
        ...

    def get_run(self, run_id: str) -> Run:
        """Return a run, or raise ``NotFoundError``."""
        ...

    def save_run(self, run: Run) -> Run:
        """Replace a stored run by ``run`` (same id), or raise ``NotFoundError``."""
        ...

    def change_run(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        """Replace a stored run by what ``change`` makes of it, or raise ``NotFoundError``.

        Nobody else writes the run meanwhile, in whatever process, so that of two changes at
        once both are kept. ``change`` must be pure and keep the id and the project.
        """
        ...

    def list_runs(
        self, where: RunFilter | None = None, listing: Listing | None = None
    ) -> Page[Run]:
        """Return one page of runs."""
        ...

    def run_stamps(
        self, where: RunFilter | None = None, listing: Listing | None = None
    ) -> list[RunStamp]:
        """Return every run that is wanted, in order, whatever window ``listing`` says."""
        ...

    def delete_run(self, run_id: str) -> None:
        """Delete a run with its results, or raise ``NotFoundError``."""
        ...


class TaskStore(Protocol):
    """Versioned tasks."""

    def add_task(
        self, name: str, definition: Mapping[str, Any], *, project: str = DEFAULT_PROJECT
    ) -> TaskVersion:
        """Store a new version, or return the existing version with the same definition."""
        ...

    def get_task(self, task_id: str) -> TaskVersion:
        """Return a version by id, or raise ``NotFoundError``."""
        ...

    def list_tasks(self, listing: Listing | None = None) -> Page[TaskVersion]:
        """Return one page of the newest version of each task."""
        ...


class EvaluationStore(Protocol):
    """Evaluations with their runs."""

    def create_evaluation(self, evaluation: Evaluation, runs: Sequence[Run]) -> Evaluation:
        """Store an evaluation and its runs in one transaction."""
        ...

    def get_evaluation(self, evaluation_id: str) -> Evaluation:
        """Return an evaluation, or raise ``NotFoundError``."""
        ...

    def save_evaluation(self, evaluation: Evaluation) -> Evaluation:
        """Replace a stored evaluation (same id), or raise ``NotFoundError``."""
        ...

    def list_evaluations(
        self, listing: Listing | None = None, *, status: RunStatus | None = None
    ) -> Page[Evaluation]:
        """Return one page of evaluations."""
        ...

    def delete_evaluation(self, evaluation_id: str) -> None:
        """Delete an evaluation with its runs and results, or raise ``NotFoundError``."""
        ...


class EventLog(Protocol):
    """Append-only progress events by topic (an evaluation's or a run's id)."""

    def append_event(self, topic: str, kind: str, payload: Mapping[str, Any]) -> StoredEvent:
        """Store one event with the topic's next sequence number, from 1."""
        ...

    def read_events(self, topic: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        """Return events with a sequence above ``after``, in order."""
        ...


class EventStore(Protocol):
    """Sessions and events of traces; the bulk path of ingestion."""

    def write_events(self, events: Sequence[Event]) -> None:
        """Store or replace events by id, durably, in one transaction."""
        ...

    def iter_run_events(self, run_id: str, *, project: str) -> Iterator[Event]:
        """Stream a project's events of a run by session, then start time."""
        ...

    def session_events(self, session_id: str) -> list[Event]:
        """Return the events of a session by start time."""
        ...


class EventQueries(Protocol):
    """Events as they come in and as they are looked for."""

    def get_event(self, event_id: str) -> Event | None:
        """Return an event, or None."""
        ...

    def get_events(self, ids: Sequence[str]) -> dict[str, Event]:
        """Return events by id; unknown ids are left out."""
        ...

    def ingest_events(
        self,
        sessions: Iterable[str],
        ids: Iterable[str],
        *,
        merge: Callable[[Mapping[str, Event]], Sequence[Event]],
        project: Callable[[Sequence[Event]], ItemResult | None],
        unprojected: Collection[str] = (),
        emptied: Collection[str] = (),
    ) -> Sequence[Event]:
        """Store what ``merge`` makes of the stored events with these ``ids``, atomically.

        ``merge`` gets them by id and returns the events to store; nobody else writes to
        ``sessions`` meanwhile. Then, in the same transaction, every session that belongs to
        a run of its project goes whole to ``project``, and the item it returns is stored in
        the run: at the session's own repeat, or the next free one of its datapoint; not if
        a client stored an item of that session itself. Sessions in ``unprojected`` are not
        even read for it. Sessions in ``emptied`` are forgotten in the end if nothing but
        themselves is left in them. Both functions must be pure.
        """
        ...

    def write_items(
        self, run_id: str, results: Sequence[ItemResult], *, sessions: Sequence[Event]
    ) -> None:
        """Store results as ``write_results`` does and their sessions, in one transaction.

        A session that its spans made before is completed, never replaced; one of another
        project raises ``ConflictError``.
        """
        ...

    def iter_event_keys(
        self,
        run_id: str,
        *,
        project: str,
        name: str | None = None,
        type_: EventType | None = None,
    ) -> Iterator[EventKey]:
        """Stream what names a project's events of a run, without content, by start time, then id."""
        ...

    def query_events(self, query: EventQuery) -> Page[Event]:
        """Return one page of the events that meet a query, the newest first, then by id."""
        ...

    def delete_events(
        self, ids: Iterable[str], *, project: Callable[[Sequence[Event]], ItemResult | None]
    ) -> int:
        """Forget events, a session with all of its events; returns how many there were.

        In the same transaction a session that is gone takes the items of its runs along,
        whoever stored them, and an item that was read out of events is read again by
        ``project`` from those that are left. The runs are dated anew if they had ended.
        """
        ...


class ResponseCache(Protocol):
    """Replies by request digest."""

    def get_response(self, key: str) -> Mapping[str, Any] | None:
        """Return the stored reply, or None."""
        ...

    def get_responses(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the stored replies by key; absent keys are left out."""
        ...

    def put_response(self, key: str, reply: Mapping[str, Any]) -> None:
        """Store a reply; a stored one is replaced."""
        ...


class ResponseHousekeeping(Protocol):
    """Replies that are no longer needed."""

    def forget_responses(
        self, prefix: str, *, before: datetime | None = None, limit: int = 1000
    ) -> int:
        """Forget replies whose key begins with ``prefix``, those stored ``before`` a time.

        At most ``limit``, so that nobody who writes waits for long; returns how many.
        """
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change somebody made."""

    action: str
    subject: str
    actor: str
    at: datetime
    details: Mapping[str, Any]


class AuditLog(Protocol):
    """Append-only record of changes."""

    def append_audit(self, entry: AuditEntry, *, project: str = DEFAULT_PROJECT) -> None:
        """Store one entry."""
        ...

    def list_audit(self, listing: Listing | None = None) -> Page[AuditEntry]:
        """Return one page of entries, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret; ``scopes`` are of read, write and admin."""

    id: str
    project: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


class KeyStore(Protocol):
    """API keys, hashed at rest."""

    def add_key(self, key: ApiKey, *, secret: str) -> None:
        """Store a key with the hash of its secret."""
        ...

    def find_key(self, secret: str) -> ApiKey | None:
        """Return the live key with this secret, or None."""
        ...

    def list_keys(self, *, project: str = DEFAULT_PROJECT) -> list[ApiKey]:
        """Return all keys of a project, revoked ones included."""
        ...

    def revoke_key(self, key_id: str, *, at: datetime) -> None:
        """Make a key unusable, or raise ``NotFoundError``."""
        ...


class Store(
    DatasetStore,
    DatasetVersionStore,
    DocumentStore,
    RunStore,
    ResultStore,
    TaskStore,
    EvaluationStore,
    EventLog,
    EventStore,
    EventQueries,
    ResponseCache,
    ResponseHousekeeping,
    AuditLog,
    KeyStore,
    Protocol,
):
    """All of persistence behind one door, as apps hand it out."""

    def close(self) -> None:
        """Release connections; the store is not used afterwards."""
        ...
