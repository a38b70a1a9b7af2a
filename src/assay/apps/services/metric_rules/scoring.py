"""One event scored by server-side evaluators."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assay.apps.services.metric_rules.checks import (
    CheckSettings,
    RegexSettings,
    check_value,
    match_pattern,
)
from assay.apps.services.metric_rules.judges import JudgeSettings
from assay.apps.services.metric_rules.schemas import (
    SchemaSettings,
    SchemaTooCostlyError,
    meets_schema,
)
from assay.apps.services.metric_rules.verdicts import Verdict
from assay.core.composites import WeightedMean
from assay.core.errors import InvalidInputError
from assay.core.event_queries import field_value
from assay.core.event_scores import METRIC_TYPE, with_scores
from assay.core.events import Event, EventType
from assay.core.scores import Score, ScoreStatus
from assay.core.server_metrics import MetricKind, ServerMetric


class CompositeSettings(BaseModel):
    """Weights of other metrics of the same event, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float] = Field(min_length=1, max_length=100)

    @field_validator("weights")
    @classmethod
    def _weigh(cls, weights: dict[str, float]) -> dict[str, float]:
        if any(not 0 <= weight < 1e9 for weight in weights.values()):
            raise ValueError("weights are numbers of at least 0")
        if not any(weight > 0 for weight in weights.values()):
            raise ValueError("one weight must be above 0")
        return weights


class HumanSettings(BaseModel):
    """What people are asked for; nothing is computed."""

    model_config = ConfigDict(frozen=True, extra="allow")


_SETTINGS: Mapping[MetricKind, type[BaseModel]] = {
    MetricKind.REGEX: RegexSettings,
    MetricKind.JSON_SCHEMA: SchemaSettings,
    MetricKind.CHECK: CheckSettings,
    MetricKind.JUDGE: JudgeSettings,
    MetricKind.COMPOSITE: CompositeSettings,
    MetricKind.HUMAN: HumanSettings,
}


def checked_settings(kind: MetricKind, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a kind with defaults filled in.

    Raises:
        InvalidInputError: Naming what is wrong.
    """
    try:
        model = _SETTINGS[kind].model_validate(dict(settings))
    except ValidationError as error:
        faults = "; ".join(
            f"settings.{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors(include_url=False)[:5]
        )
        raise InvalidInputError(f"The {kind.value} metric cannot be used: {faults}.") from error
    return model.model_dump(mode="json", by_alias=True)


def scored_on_arrival(event: Event, metrics: Sequence[ServerMetric]) -> Event:
    """Return the event with the scores of all cheap metrics that want it.

    Composites come last, so that they see what the others gave. A value that is not there
    yet is no score.
    """
    for metric in sorted(metrics, key=lambda each: each.kind is MetricKind.COMPOSITE):
        if metric.kind.cheap and metric.wants(event):
            score = score_event(metric, event)
            if score.status is not ScoreStatus.NOT_APPLICABLE:
                event = with_scores(event, {metric.name: score})
    return event


def score_event(metric: ServerMetric, event: Event) -> Score:
    """Return the score of a cheap metric; what cannot be judged is a score without a verdict."""
    if metric.kind is MetricKind.COMPOSITE:
        return _composite(metric, event)
    value = field_value(event, metric.target)
    if value is None or (value == {} and event.type is EventType.SESSION):
        reason = f"The event has nothing at {metric.target}."
        return marked(Score(metric.name, ScoreStatus.NOT_APPLICABLE, reason=reason), metric, event)
    try:
        found = _RULES[metric.kind](value, metric.settings)
    except SchemaTooCostlyError as error:
        return failed(metric, event, str(error))
    score = Score(metric.name, value=found.value, passed=found.passed, reason=found.reason)
    return marked(score, metric, event)


def failed(metric: ServerMetric, event: Event, reason: str) -> Score:
    """Return the record of a metric that gave no score."""
    return marked(Score(metric.name, ScoreStatus.ERROR, reason=reason), metric, event)


def marked(score: Score, metric: ServerMetric, event: Event) -> Score:
    """Return the score with its origin, its carrier, and the verdict of the metric's range."""
    details: dict[str, Any] = {
        METRIC_TYPE: metric.kind.metric_type,
        "metric_id": metric.id,
        "metric_version": metric.version,
    }
    if event.type is not EventType.SESSION:
        details |= {"event_name": event.name, "event_type": event.type.value}
    ranged = metric.low is not None or metric.high is not None
    if ranged:
        details["passing_range"] = {"min": metric.low, "max": metric.high}
    passed = score.passed
    if ranged and score.value is not None and score.status is ScoreStatus.SCORED:
        low_enough = metric.low is None or score.value >= metric.low
        passed = low_enough and (metric.high is None or score.value <= metric.high)
    return replace(score, passed=passed, details={**score.details, **details})


def _composite(metric: ServerMetric, event: Event) -> Score:
    weights: Mapping[str, float] = metric.settings["weights"]
    values = {name: _number(event.metrics.get(name)) for name in weights}
    mean = WeightedMean(weights).of_named(values)
    if mean is not None:
        return marked(Score(metric.name, value=mean), metric, event)
    lacking = [name for name, value in values.items() if value is None and weights[name] > 0]
    reason = f"The event has no number for {', '.join(map(repr, lacking[:5])) or 'its parts'}."
    return marked(Score(metric.name, ScoreStatus.NOT_APPLICABLE, reason=reason), metric, event)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _refused(_value: Any, _settings: Mapping[str, Any]) -> Verdict:
    raise SchemaTooCostlyError("This metric is not computed from the value alone.")


_RULES = {
    MetricKind.REGEX: match_pattern,
    MetricKind.JSON_SCHEMA: meets_schema,
    MetricKind.CHECK: check_value,
    MetricKind.JUDGE: _refused,
    MetricKind.HUMAN: _refused,
}
