"""Saying what became of a run's spans; none is lost in silence."""

import warnings
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from assay.tracing.exporter import SpanCounts


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary, SpanReport


class LostSpansWarning(UserWarning):
    """Spans did not reach a collector; results are complete all the same."""


def with_spans(
    result: "ExperimentResultSummary", counts: Mapping[str, SpanCounts]
) -> "ExperimentResultSummary":
    """Return ``result`` with what became of the spans, by collector."""
    from assay.experiments.models import SpanReport

    reports = {name: SpanReport(**asdict(each)) for name, each in counts.items()}
    return result.model_copy(update={"spans": reports})


def warn_of_lost_spans(result: "ExperimentResultSummary") -> None:
    """Warn once for each collector that did not get all spans of a run."""
    for name, report in result.spans.items():
        warn_of_lost(name, report)


def warn_of_lost(collector: str, counts: "SpanCounts | SpanReport") -> None:
    """Warn if spans did not reach ``collector``."""
    if counts.lost:
        warnings.warn(
            f"{counts.lost} of {counts.lost + counts.exported} spans did not reach the collector {collector!r} "
            f"({counts.failed} failed, {counts.dropped} not sent): {counts.reason}. "
            "Results are complete all the same.",
            LostSpansWarning,
            stacklevel=4,
        )
