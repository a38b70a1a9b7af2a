"""What a run says about its metrics: which way is better, and what passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.core.runs import Run


@dataclass(frozen=True, slots=True)
class MetricRule:
    """How one metric is judged.

    Attributes:
        higher_is_better: False for costs, latencies and errors.
        low: Values below do not pass; None for no bound.
        high: Values above do not pass; None for no bound.
        asserts: Whether not passing makes the item fail; False only reports.
    """

    higher_is_better: bool = True
    low: float | None = None
    high: float | None = None
    asserts: bool = True

    @property
    def bounded(self) -> bool:
        """Whether there is a passing range at all."""
        return self.low is not None or self.high is not None

    def passes(self, value: float) -> bool:
        """Return whether ``value`` lies in the range, bounds included."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


DEFAULT_RULE = MetricRule()


def run_rules(run: Run) -> dict[str, MetricRule]:
    """Return the rules of a run by metric name.

    Those of its configuration; of metrics that these do not name, the ``passing_ranges`` that
    clients of the wire protocol give a run, which are kept in its metadata.
    """
    ranges = run.metadata.get("passing_ranges")
    ranges = ranges if isinstance(ranges, Mapping) else {}
    given = {name: _rule({"passing_range": bounds}) for name, bounds in ranges.items()}
    return {**given, **metric_rules(run.configuration)}


def metric_rules(configuration: Mapping[str, Any]) -> dict[str, MetricRule]:
    """Return the rules of ``configuration["metrics"]`` by metric name.

    Each entry may hold ``higher_is_better`` and ``asserts`` (bool) and ``passing_range``
    with ``min`` and ``max``; anything unreadable means the default, for an old run must stay readable.
    """
    metrics = configuration.get("metrics")
    if not isinstance(metrics, Mapping):
        return {}
    return {name: _rule(entry) for name, entry in metrics.items() if isinstance(entry, Mapping)}


def _rule(entry: Mapping[str, Any]) -> MetricRule:
    bounds = entry.get("passing_range")
    bounds = bounds if isinstance(bounds, Mapping) else {}
    return MetricRule(
        higher_is_better=entry.get("higher_is_better") is not False,
        low=_number(bounds.get("min")),
        high=_number(bounds.get("max")),
        asserts=entry.get("asserts") is not False,
    )


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None
