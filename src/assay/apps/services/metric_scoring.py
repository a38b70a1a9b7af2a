"""What is stored, scored by server-side evaluators: on arrival, afterwards, by a judge."""

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from assay.apps.services.arrival import JUDGEMENT_KIND
from assay.apps.services.evaluation_plan import Gateways
from assay.apps.services.event_search import parse_filters
from assay.apps.services.item_scores import with_item_scores
from assay.apps.services.item_sessions import item_session
from assay.apps.services.judge_spending import JudgeSpending
from assay.apps.services.metric_judges import MetricJudges, opened
from assay.apps.services.metric_rules.scoring import score_event
from assay.apps.services.run_events import ScoredSessions
from assay.apps.services.score_keeping import keep_scores, touch_runs, write_event_scores
from assay.apps.services.server_metrics import ServerMetricService
from assay.core.documents import Document, DocumentFilter
from assay.core.errors import AssayError, ConflictError, NotFoundError, StorageError
from assay.core.event_queries import EventQuery
from assay.core.events import Event
from assay.core.ports import Listing, Store
from assay.core.projection import PROJECTED_KEY
from assay.core.results import ItemResult
from assay.core.runs import Run
from assay.core.scores import Score, ScoreStatus
from assay.core.server_metrics import MetricKind, ServerMetric
from assay.core.wire.metrics import MetricJob
from assay.kit.clock import Clock
from assay.kit.ids import new_id
from assay.kit.log import get_logger
from assay.kit.redaction import redact


JOB_KIND = "metric_job"
BATCH = 500
MAX_EVENTS = 100_000
"""Most events that one job over a filter scores."""

_WAITING = ("pending", "running")


@dataclass(slots=True)
class _Counts:
    """How far a job is."""

    planned: int = 0
    done: int = 0
    scored: int = 0
    skipped: int = 0
    errors: int = 0

    def note(self, score: Score) -> None:
        """Count one score."""
        self.done += 1
        self.scored += score.status is ScoreStatus.SCORED
        self.errors += score.status is ScoreStatus.ERROR
        self.skipped += score.status is ScoreStatus.NOT_APPLICABLE

    def body(self) -> dict[str, int]:
        """Return the counts as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class MetricScoring:
    """Scores events and items, and keeps what comes of it."""

    def __init__(
        self, store: Store, metrics: ServerMetricService, *, gateways: Gateways, clock: Clock
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._gateways = gateways
        self._under_way: set[str] = set()
        self._guard = threading.Lock()
        self._spending = JudgeSpending(store, clock=clock)
        self._clock = clock
        self._log = get_logger("metric_scoring")

    async def judge_waiting(self) -> int:
        """Have judges look at what waits for them; returns how many judgements there were."""
        done = 0
        async with self._judges() as judges:
            while True:
                where = DocumentFilter(JUDGEMENT_KIND, states=("pending",))
                listing = Listing(project=None, limit=BATCH, sort="created_at")
                page = await asyncio.to_thread(self._store.list_documents, where, listing)
                if not page.items:
                    return done
                for document in page.items:
                    await self._judge_or_set_aside(document, judges)
                    done += 1

    def spent_today(self, metric: ServerMetric) -> dict[str, Any]:
        """Return what the metric's judge asked and spent today, as the wire shows it."""
        return self._spending.shown(metric)

    def _judges(self) -> AbstractAsyncContextManager[MetricJudges]:
        return opened(MetricJudges(self._gateways, self._spending))

    async def _judge_or_set_aside(self, document: Document, judges: MetricJudges) -> None:
        """Do one judgement; one that cannot be done holds up no other.

        Raises:
            StorageError: If the database refuses; then it is done later.
        """
        try:
            await self._judge_one(document, judges)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001  # a defect costs one judgement, not the rest
            self._log.exception("judgement_failed", judgement=document.id)
            body = {**document.body, "error": redact(str(error))}
            aside = replace(document, state="failed", updated_at=self._clock.now(), body=body)
            with suppress(ConflictError, NotFoundError):
                await asyncio.to_thread(self._store.save_document, aside)

    async def _judge_one(self, document: Document, judges: MetricJudges) -> None:
        event = await asyncio.to_thread(self._store.get_event, document.body["event_id"])
        try:
            metric = await asyncio.to_thread(
                lambda: self._metrics.get(document.parent, version=document.body["version"])
            )
        except AssayError:
            metric = None
        if event is not None and metric is not None:
            scores = await judges.scores(metric, [event])
            await asyncio.to_thread(self._write, metric, [event], scores)
        where = DocumentFilter(JUDGEMENT_KIND, ids=(document.id,))
        await asyncio.to_thread(self._store.delete_documents, where)

    async def score_one(self, metric: ServerMetric, event: Event) -> Score:
        """Return what an event would get, from a judge too; nothing is stored."""
        async with self._judges() as judges:
            [score] = await self._scores(metric, [event], judges)
        return score

    # Afterwards

    def plan_job(
        self,
        metric: ServerMetric,
        *,
        runs: Sequence[Run] | None,
        filters: Sequence[Mapping[str, Any]] | None,
    ) -> MetricJob:
        """Store a job that scores what is stored.

        Raises:
            InvalidInputError: If a filter cannot be read.
        """
        parse_filters(list(filters or ()))
        now = self._clock.now()
        document = Document(
            kind=JOB_KIND,
            id=new_id(clock=self._clock),
            parent=metric.id,
            project=metric.project,
            state="pending",
            created_at=now,
            updated_at=now,
            body={
                "version": metric.version,
                "run_ids": None if runs is None else [run.id for run in runs],
                "filters": None if filters is None else list(filters),
                **_Counts().body(),
            },
        )
        self._store.add_documents([document])
        return job_of(document)

    def job(self, job_id: str) -> Document:
        """Return a job, or raise ``NotFoundError``."""
        return self._store.get_document(JOB_KIND, job_id)

    def waiting_jobs(self) -> list[str]:
        """Return the jobs that are not done, oldest first."""
        where = DocumentFilter(JOB_KIND, states=_WAITING)
        listing = Listing(project=None, limit=1000, sort="created_at")
        return [each.id for each in self._store.list_documents(where, listing).items]

    async def run_job(self, job_id: str) -> MetricJob:
        """Score everything that a job names, in batches; what is scored already is replaced.

        A job that is under way here already is left to whoever works on it.
        """
        with self._guard:
            mine = job_id not in self._under_way
            self._under_way.add(job_id)
        try:
            document = await asyncio.to_thread(self.job, job_id)
            return (
                await self._run(document)
                if mine and document.state in _WAITING
                else job_of(document)
            )
        finally:
            if mine:
                self._under_way.discard(job_id)

    async def _run(self, document: Document) -> MetricJob:
        counts = _Counts()
        try:
            metric = await asyncio.to_thread(
                lambda: self._metrics.get(document.parent, version=document.body["version"])
            )
            async with self._judges() as judges:
                document = await self._work(document, metric, counts, judges)
        except Exception as error:  # noqa: BLE001  # a defect costs one job, not the rest
            if not isinstance(error, AssayError):
                self._log.exception("job_failed", job_id=document.id)
            said = redact(str(error)) or type(error).__name__
            reached = await asyncio.to_thread(self.job, document.id)
            return job_of(await self._keep(reached, counts, "failed", error=said))
        return job_of(await self._keep(document, counts, "completed"))

    async def _work(
        self, document: Document, metric: ServerMetric, counts: _Counts, judges: MetricJudges
    ) -> Document:
        run_ids: list[str] | None = document.body["run_ids"]
        if run_ids is None:
            chosen = tuple(parse_filters(document.body["filters"] or []))
            query = EventQuery(metric.project, chosen, limit=MAX_EVENTS)
            page = await asyncio.to_thread(self._store.query_events, query)
            return await self._events(document, metric, counts, iter(page.items), judges)
        for run_id in run_ids:
            run = await asyncio.to_thread(self._store.get_run, run_id)
            own: set[str] = set()
            document = await self._items(document, metric, counts, judges, run=run, own=own)
            document = await self._events(document, metric, counts, self._others(run, own), judges)
            await asyncio.to_thread(touch_runs, self._store, [run.id], clock=self._clock)
        return document

    def _others(self, run: Run, own: AbstractSet[str]) -> Iterator[Event]:
        """Yield a run's events beside its items' own, without what earlier tries left."""
        sessions = ScoredSessions.of(self._store.read_scores(run.id))
        for event in self._store.iter_run_events(run.id, project=run.project):
            if event.id not in own and sessions.count(event):
                yield event

    async def _events(
        self,
        document: Document,
        metric: ServerMetric,
        counts: _Counts,
        events: Iterator[Event],
        judges: MetricJudges,
    ) -> Document:
        while batch := await asyncio.to_thread(lambda: list(islice(events, BATCH))):
            wanted = [event for event in batch if metric.wants(event)]
            counts.planned += len(wanted)
            scores = await self._scores(metric, wanted, judges)
            await asyncio.to_thread(self._write, metric, wanted, scores)
            for score in scores:
                counts.note(score)
            document = await self._keep(document, counts, "running")
        return document

    async def _items(
        self,
        document: Document,
        metric: ServerMetric,
        counts: _Counts,
        judges: MetricJudges,
        *,
        run: Run,
        own: set[str],
    ) -> Document:
        """Score the items that a run brought itself; their sessions are added to ``own``."""
        items = self._store.iter_results(run.id)
        while batch := await asyncio.to_thread(lambda: list(islice(items, BATCH))):
            brought = [item for item in batch if PROJECTED_KEY not in item.metadata]
            pairs = [(item, item_session(run, item)) for item in brought]
            own.update(event.id for _, event in pairs)
            wanted = [(item, event) for item, event in pairs if metric.wants(event)]
            counts.planned += len(wanted)
            scores = await self._scores(metric, [event for _, event in wanted], judges)
            given = [
                (item, event, score)
                for (item, event), score in zip(wanted, scores, strict=True)
                if score.status is not ScoreStatus.NOT_APPLICABLE
            ]
            await asyncio.to_thread(self._write_items, run, given)
            for score in scores:
                counts.note(score)
            document = await self._keep(document, counts, "running")
        return document

    async def _scores(
        self, metric: ServerMetric, events: Sequence[Event], judges: MetricJudges
    ) -> list[Score]:
        if metric.kind is MetricKind.JUDGE:
            return await judges.scores(metric, events)
        return await asyncio.to_thread(lambda: [score_event(metric, event) for event in events])

    def _write(
        self, metric: ServerMetric, events: Sequence[Event], scores: Sequence[Score]
    ) -> None:
        """Keep the scores with their events, and in the items that the events tell of."""
        given = {
            event.id: score
            for event, score in zip(events, scores, strict=True)
            if score.status is not ScoreStatus.NOT_APPLICABLE
        }
        keep_scores(
            self._store,
            [event for event in events if event.id in given],
            {event_id: {metric.name: score} for event_id, score in given.items()},
            clock=self._clock,
        )

    async def _keep(
        self, document: Document, counts: _Counts, state: str, *, error: str | None = None
    ) -> Document:
        changed = replace(
            document,
            state=state,
            updated_at=self._clock.now(),
            body={**document.body, **counts.body(), "error": error},
        )
        return await asyncio.to_thread(self._store.save_document, changed)

    def _write_items(self, run: Run, given: Sequence[tuple[ItemResult, Event, Score]]) -> None:
        if not given:
            return
        changed = [with_item_scores(item, {score.name: score}) for item, _, score in given]
        self._store.write_results(run.id, changed)
        write_event_scores(
            self._store,
            [event for _, event, _ in given if event.id],
            {event.id: {score.name: score} for _, event, score in given},
        )


def job_of(document: Document) -> MetricJob:
    """Return a job as the wire shows it."""
    body = document.body
    return MetricJob(
        id=document.id,
        metric_id=document.parent,
        metric_version=body["version"],
        status=document.state,
        run_ids=body["run_ids"],
        error=body.get("error"),
        created_at=document.created_at,
        updated_at=document.updated_at,
        **{name: body[name] for name in _Counts.__slots__},
    )
