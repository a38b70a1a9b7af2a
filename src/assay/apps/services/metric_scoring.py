"""What is stored, scored by server-side evaluators: on arrival, afterwards, by a judge."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from assay.apps.services.evaluation_plan import Gateways
from assay.apps.services.event_search import parse_filters
from assay.apps.services.metric_rules.judges import JudgeAnswerError, judge_request, judge_score
from assay.apps.services.metric_rules.scoring import (
    failed,
    marked,
    score_event,
    scored_on_arrival,
)
from assay.apps.services.server_metrics import ServerMetricService
from assay.core.documents import Document, DocumentFilter
from assay.core.errors import AssayError
from assay.core.event_queries import EventQuery, field_value
from assay.core.event_scores import stored_scores, with_scores
from assay.core.events import Event, EventType
from assay.core.ports import Listing, Store
from assay.core.projection import PROJECTED_KEY
from assay.core.projection import project as item_of
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
JUDGEMENT_KIND = "judgement"
BATCH = 500
MAX_EVENTS = 100_000
"""Most events that one job over a filter scores."""

_WAITING = ("pending", "running")
Scorer = Callable[[Event], Score]


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
        self._clock = clock
        self._log = get_logger("metrics")

    # On arrival

    def arriving(self, project: str) -> Sequence[ServerMetric]:
        """Return the metrics that score what arrives in a project."""
        return self._metrics.arriving(project)

    def ask_judges(self, events: Iterable[Event], metrics: Sequence[ServerMetric]) -> int:
        """Note which judges are to look at which events; returns how many were noted anew."""
        judges = [metric for metric in metrics if metric.kind is MetricKind.JUDGE]
        wanted = [
            self._judgement(metric, event)
            for metric in judges
            for event in events
            if metric.wants(event) and field_value(event, metric.target) not in (None, {})
        ]
        return self._store.add_documents(wanted, ignore_taken=True) if wanted else 0

    def scored_items(
        self, run: Run, items: Sequence[ItemResult], metrics: Sequence[ServerMetric]
    ) -> list[ItemResult]:
        """Return finished items with the scores of all cheap metrics that want them."""
        cheap = [metric for metric in metrics if metric.kind.cheap]
        if not cheap:
            return list(items)
        return [
            with_item_scores(item, stored_scores(scored_on_arrival(event_of_item(run, item), cheap)))
            for item in items
        ]

    def _judgement(self, metric: ServerMetric, event: Event) -> Document:
        now = self._clock.now()
        return Document(
            kind=JUDGEMENT_KIND,
            id=f"{metric.id}/{metric.version}/{event.id}",
            parent=metric.id,
            project=metric.project,
            state="pending",
            created_at=now,
            updated_at=now,
            body={"event_id": event.id, "version": metric.version},
        )

    async def judge_waiting(self) -> int:
        """Have judges look at what waits for them; returns how many judgements there were."""
        done = 0
        while True:
            where = DocumentFilter(JUDGEMENT_KIND, states=("pending",))
            listing = Listing(project=None, limit=BATCH, sort="created_at")
            page = await asyncio.to_thread(self._store.list_documents, where, listing)
            if not page.items:
                return done
            for document in page.items:
                await self._judge_one(document)
                done += 1

    async def _judge_one(self, document: Document) -> None:
        event = await asyncio.to_thread(self._store.get_event, document.body["event_id"])
        try:
            metric = await asyncio.to_thread(
                lambda: self._metrics.get(document.parent, version=document.body["version"])
            )
        except AssayError:
            metric = None
        if event is not None and metric is not None:
            scores = await self._judged(metric, [event])
            await asyncio.to_thread(self._write, metric, [event], scores)
        where = DocumentFilter(JUDGEMENT_KIND, ids=(document.id,))
        await asyncio.to_thread(self._store.delete_documents, where)

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
        """Score everything that a job names, in batches; what is scored already is replaced."""
        document = await asyncio.to_thread(self.job, job_id)
        if document.state not in _WAITING:
            return job_of(document)
        counts = _Counts()
        try:
            metric = await asyncio.to_thread(
                lambda: self._metrics.get(document.parent, version=document.body["version"])
            )
            document = await self._work(document, metric, counts)
        except AssayError as error:
            document = await self._keep(document, counts, "failed", error=redact(str(error)))
            return job_of(document)
        return job_of(await self._keep(document, counts, "completed"))

    async def _work(self, document: Document, metric: ServerMetric, counts: _Counts) -> Document:
        run_ids: list[str] | None = document.body["run_ids"]
        if run_ids is None:
            chosen = tuple(parse_filters(document.body["filters"] or []))
            query = EventQuery(metric.project, chosen, limit=MAX_EVENTS)
            page = await asyncio.to_thread(self._store.query_events, query)
            return await self._events(document, metric, counts, iter(page.items))
        for run_id in run_ids:
            run = await asyncio.to_thread(self._store.get_run, run_id)
            document = await self._events(
                document, metric, counts, self._store.iter_run_events(run.id)
            )
            document = await self._items(document, metric, counts, run)
            await asyncio.to_thread(self._touch, run_id)
        return document

    async def _events(
        self,
        document: Document,
        metric: ServerMetric,
        counts: _Counts,
        events: Iterator[Event],
    ) -> Document:
        while batch := await asyncio.to_thread(lambda: list(islice(events, BATCH))):
            wanted = [event for event in batch if metric.wants(event)]
            counts.planned += len(wanted)
            scores = await self._scores(metric, wanted)
            await asyncio.to_thread(self._write, metric, wanted, scores)
            for score in scores:
                counts.note(score)
            document = await self._keep(document, counts, "running")
        return document

    async def _items(
        self, document: Document, metric: ServerMetric, counts: _Counts, run: Run
    ) -> Document:
        """Score the items of a run that brought its results itself."""
        items = self._store.iter_results(run.id)
        while batch := await asyncio.to_thread(lambda: list(islice(items, BATCH))):
            own = [item for item in batch if PROJECTED_KEY not in item.metadata]
            events = [event_of_item(run, item) for item in own]
            wanted = [
                (item, event)
                for item, event in zip(own, events, strict=True)
                if metric.wants(event)
            ]
            counts.planned += len(wanted)
            scores = await self._scores(metric, [event for _, event in wanted])
            changed = [
                with_item_scores(item, {metric.name: score})
                for (item, _), score in zip(wanted, scores, strict=True)
                if score.status is not ScoreStatus.NOT_APPLICABLE
            ]
            if changed:
                await asyncio.to_thread(self._store.write_results, run.id, changed)
            for score in scores:
                counts.note(score)
            document = await self._keep(document, counts, "running")
        return document

    async def _scores(self, metric: ServerMetric, events: Sequence[Event]) -> list[Score]:
        if metric.kind is MetricKind.JUDGE:
            return await self._judged(metric, events)
        return await asyncio.to_thread(lambda: [score_event(metric, event) for event in events])

    async def _judged(self, metric: ServerMetric, events: Sequence[Event]) -> list[Score]:
        """Ask the judge about each event; what goes wrong is the record of it, no score."""
        gateway = self._gateways()
        try:
            model = await asyncio.to_thread(gateway.open, metric.settings["model"])
        except AssayError as error:
            return [failed(metric, event, redact(str(error))) for event in events]
        try:
            return [await self._ask(metric, event, model) for event in events]
        finally:
            await model.aclose()

    async def _ask(self, metric: ServerMetric, event: Event, model: Any) -> Score:
        value = field_value(event, metric.target)
        if value is None:
            reason = f"The event has nothing at {metric.target}."
            absent = Score(metric.name, ScoreStatus.NOT_APPLICABLE, reason=reason)
            return marked(absent, metric, event)
        try:
            reply = await model.complete(judge_request(event, value, settings=metric.settings))
            if reply.refused or reply.truncated:
                return failed(metric, event, f"The judge ended with {reply.finish_reason!r}.")
            score = judge_score(reply.text, metric.settings, name=metric.name)
        except (AssayError, JudgeAnswerError) as error:
            return failed(metric, event, redact(str(error)))
        return marked(score, metric, event)

    def _write(
        self, metric: ServerMetric, events: Sequence[Event], scores: Sequence[Score]
    ) -> None:
        """Keep the scores with their events, and in the items that the events tell of."""
        given = {
            event.id: score
            for event, score in zip(events, scores, strict=True)
            if score.status is not ScoreStatus.NOT_APPLICABLE
        }
        write_scores(
            self._store,
            [event for event in events if event.id in given],
            {event_id: {metric.name: score} for event_id, score in given.items()},
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

    def _touch(self, run_id: str) -> None:
        touch_run(self._store, run_id, clock=self._clock)


def write_scores(
    store: Store, events: Sequence[Event], scores: Mapping[str, Mapping[str, Score]]
) -> None:
    """Keep scores (by event id, then name) with their events and in projected items."""
    if not events:
        return

    def merge(stored: Mapping[str, Event]) -> list[Event]:
        return [with_scores(stored[each.id], scores[each.id]) for each in events if each.id in stored]

    sessions = list(dict.fromkeys(event.session_id for event in events))
    store.ingest_events(sessions, [event.id for event in events], merge=merge, project=item_of)


def touch_run(store: Store, run_id: str, *, clock: Clock) -> None:
    """Say that the results of an ended run changed, so that nothing old is shown of it."""
    run = store.get_run(run_id)
    if run.status.ended:
        store.save_run(replace(run, updated_at=clock.now()))


def event_of_item(run: Run, item: ItemResult) -> Event:
    """Return the session that an item of a run stands for, to be judged like any other."""
    carried = item.metadata.get("datapoint")
    carried = carried if isinstance(carried, Mapping) else {}
    output = item.output
    return Event(
        id=item.session_id or f"{run.id}/{item.key.datapoint_id}/{item.key.repeat}",
        session_id=item.session_id or f"{run.id}/{item.key.datapoint_id}/{item.key.repeat}",
        project=run.project,
        name=run.name,
        type=EventType.SESSION,
        run_id=run.id,
        datapoint_id=item.key.datapoint_id,
        source="evaluation",
        error=item.error,
        started_at=item.started_at,
        duration_ms=None if item.duration_seconds is None else 1000 * item.duration_seconds,
        inputs=carried.get("inputs") or {},
        outputs={} if output is None else output if isinstance(output, dict) else {"value": output},
        metadata={key: value for key, value in item.metadata.items() if key != "datapoint"},
        metrics={
            score.name: score.value if score.value is not None else score.label
            for score in item.scores
            if score.status is ScoreStatus.SCORED
        },
        feedback={"ground_truth": carried.get("ground_truth")},
    )


def with_item_scores(item: ItemResult, scores: Mapping[str, Score]) -> ItemResult:
    """Return the item with ``scores``, each in place of one of the same name."""
    if not scores:
        return item
    kept = [score for score in item.scores if score.name not in scores]
    return replace(item, scores=(*kept, *scores.values()))


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
