"""What the routes work with: the settings, the store and the services of one application."""

import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from assay.apps.server.answer_cache import AnswerCache
from assay.apps.server.metrics import ServerMetrics
from assay.apps.server.score_cache import ScoreCache
from assay.apps.services.datasets import DatasetService
from assay.apps.services.evaluations import EvaluationService
from assay.apps.services.gate_desk import GateDesk
from assay.apps.services.managed_datapoints import ManagedDatapointService
from assay.apps.services.managed_datasets import ManagedDatasetService
from assay.apps.services.metric_scoring import MetricScoring
from assay.apps.services.metric_worker import MetricWorker
from assay.apps.services.recordings import RecordingService
from assay.apps.services.registrations import Registrations
from assay.apps.services.review_queues import ReviewService
from assay.apps.services.server_metrics import ServerMetricService
from assay.apps.services.suite_runs import SuiteRuns
from assay.apps.services.tasks import TaskService
from assay.apps.services.worker import EvaluationWorker
from assay.apps.settings import Settings
from assay.core.ports import Store
from assay.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class AppContext:
    """One application's parts.

    Attributes:
        open_access: Whether requests need no key.
        serves_loopback: Whether only this machine reaches it.
        stopping: Set when streams should end, as the server is about to.
    """

    settings: Settings
    store: Store
    tasks: TaskService
    datasets: DatasetService
    managed: ManagedDatasetService
    datapoints: ManagedDatapointService
    metric_definitions: ServerMetricService
    scoring: MetricScoring
    reviews: ReviewService
    recordings: RecordingService
    evaluations: EvaluationService
    worker: EvaluationWorker
    metric_worker: MetricWorker
    metrics: ServerMetrics
    scores: ScoreCache
    clock: Clock
    gate: GateDesk
    suites: SuiteRuns
    registrations: Registrations
    open_access: bool
    serves_loopback: bool
    answers: AnswerCache = field(default_factory=AnswerCache)
    stopping: threading.Event = field(default_factory=threading.Event)


def context_of(request: Request) -> AppContext:
    """Return the context of the application that answers ``request``."""
    context = request.app.state.context
    if not isinstance(context, AppContext):
        raise TypeError("the application was started without its context")
    return context


Context = Annotated[AppContext, Depends(context_of)]
