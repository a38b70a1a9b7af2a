"""The one engine that maps a candidate over datapoints and repeats.

Bounded concurrency, timeouts, retries, budgets, cancellation, progress and durable
results live here. The capabilities import it; it imports adapters, ``core`` and
``kit``. Start reading at ``execution.engine``.
"""

from assay.execution.blocking import run_blocking
from assay.execution.budget import Budget
from assay.execution.cancellation import Cancellation
from assay.execution.engine import execute
from assay.execution.functions import ScoreFunction, python_candidate
from assay.execution.items import (
    Candidate,
    ExecutionSettings,
    ExecutionSummary,
    Tally,
    WorkItem,
)


__all__ = [
    "Budget",
    "Cancellation",
    "Candidate",
    "ExecutionSettings",
    "ExecutionSummary",
    "ScoreFunction",
    "Tally",
    "WorkItem",
    "execute",
    "python_candidate",
    "run_blocking",
]
