"""Saying what became of a run's spans; none is lost in silence."""

import warnings
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from assay.tracing.exporter import SpanCounts


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary


class LostSpansWarning(UserWarning):
    """Spans of a run did not reach a collector; the results are complete all the same."""


def with_spans(
    result: "ExperimentResultSummary", counts: Mapping[str, SpanCounts]
) -> "ExperimentResultSummary":
    """Return ``result`` with what became of the spans, by collector."""
    from assay.experiments.models import SpanReport

    reports = {name: SpanReport(**asdict(each)) for name, each in counts.items()}
    return result.model_copy(update={"spans": reports})


def warn_of_lost_spans(result: "ExperimentResultSummary") -> None:
    """Warn once for each collector that did not get all spans."""
    for name, report in result.spans.items():
        if report.lost:
            warnings.warn(
                f"{report.lost} of {report.lost + report.exported} spans did not reach the "
                f"collector {name!r} ({report.failed} failed, {report.dropped} not sent): "
                f"{report.reason}. The results of the run are complete.",
                LostSpansWarning,
                stacklevel=3,
            )
