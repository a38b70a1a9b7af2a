"""The columns of a run: one entry per item, one column per metric.

Columns are plain lists, aligned with the items, for rows of objects would cost ten
times the time and memory at 100,000 datapoints.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.core.event_scores import CLIENT_SIDE, METRIC_TYPE
from assay.core.results import ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """One evaluator's scores over a run's items.

    Attributes:
        name: The evaluator's name.
        values: Per item its finite number (booleans as 0 and 1), None without one.
        passed: Per item the evaluator's own verdict, None where it gave none.
        boolean: Whether every value is the 0 or 1 of a verdict.
        labels: Text verdicts by item index.
        errors: Why the evaluator gave no score, by item index.
        event: The name and type of the event that carries the metric; None for the
            candidate's own.
        metric_type: Who gave the scores: CLIENT_SIDE, SERVER_SIDE, LLM, HUMAN or COMPOSITE.
        passing_range: The (lowest, highest) value that passes by the scores' own account.
    """

    name: str
    values: Sequence[float | None]
    passed: Sequence[bool | None]
    boolean: bool = False
    labels: Mapping[int, str] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)
    event: tuple[str, str] | None = None
    metric_type: str = CLIENT_SIDE
    passing_range: tuple[float | None, float | None] | None = None

    @property
    def identity(self) -> tuple[str, str | None]:
        """What makes two columns the same metric: its name and its event's name."""
        return self.name, None if self.event is None else self.event[0]


@dataclass(frozen=True, slots=True)
class RunScores:
    """What aggregation needs of a run, as columns; all sequences have one entry per item.

    Attributes:
        datapoint_ids: The item's datapoint.
        repeats: The item's repeat, from 0.
        statuses: What became of the item.
        session_ids: The item's session, or None.
        passed: The item's headline verdict, None where nothing decides.
        metrics: One column per evaluator, in order of first appearance.
        errors: What went wrong, by item index.
    """

    datapoint_ids: Sequence[str]
    repeats: Sequence[int]
    statuses: Sequence[ItemStatus]
    session_ids: Sequence[str | None]
    passed: Sequence[bool | None]
    metrics: tuple[MetricColumn, ...] = ()
    errors: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self.datapoint_ids)


class _Growing:
    """A metric column while it is being filled; gaps are filled when it is reached again."""

    __slots__ = ("boolean", "errors", "event", "labels", "name", "origin", "passed", "values")

    def __init__(self, name: str, event: tuple[str, str] | None) -> None:
        self.name = name
        self.event = event
        self.values: list[float | None] = []
        self.passed: list[bool | None] = []
        self.labels: dict[int, str] = {}
        self.errors: dict[int, str] = {}
        self.boolean = True
        self.origin: Mapping[str, Any] = {}

    def put(self, index: int, score: Score) -> None:
        """Record ``score`` at item ``index``; a second score of that name replaces the first."""
        self.pad(index)
        value, passed = _verdict(score)
        if value is not None and (passed is None or value != passed):
            self.boolean = False
        if len(self.values) > index:
            self.values[index], self.passed[index] = value, passed
        else:
            self.values.append(value)
            self.passed.append(passed)
        if METRIC_TYPE in score.details:
            self.origin = score.details
        if score.status is ScoreStatus.ERROR:
            self.errors[index] = score.reason or "no reason recorded"
        elif score.label is not None and score.status is ScoreStatus.SCORED:
            self.labels[index] = score.label

    def pad(self, length: int) -> None:
        """Fill up to ``length`` items with absence."""
        gap = length - len(self.values)
        if gap > 0:
            self.values.extend([None] * gap)
            self.passed.extend([None] * gap)

    def finish(self, length: int) -> MetricColumn:
        """Return the finished column of ``length`` items."""
        self.pad(length)
        return MetricColumn(
            name=self.name,
            values=self.values,
            passed=self.passed,
            boolean=self.boolean and any(value is not None for value in self.values),
            labels=self.labels,
            errors=self.errors,
            event=self.event,
            metric_type=str(self.origin.get(METRIC_TYPE, CLIENT_SIDE)),
            passing_range=_range(self.origin.get("passing_range")),
        )


def _range(value: object) -> tuple[float | None, float | None] | None:
    if not isinstance(value, Mapping):
        return None
    low, high = value.get("min"), value.get("max")
    bounds = [float(each) if isinstance(each, int | float) else None for each in (low, high)]
    return bounds[0], bounds[1]


def _event(score: Score, carrier: object) -> tuple[str, str] | None:
    if not isinstance(carrier, str):
        return None
    return carrier, str(score.details.get("event_type") or "chain")


def _verdict(score: Score) -> tuple[float | None, bool | None]:
    if score.status is not ScoreStatus.SCORED:
        return None, None
    if score.value is None and score.passed is not None and score.label is None:
        return float(score.passed), score.passed
    return score.value, score.passed


def collect_scores(results: Iterable[ItemResult], *, candidate: str = "") -> RunScores:
    """Turn a stream of results, in dataset order, into columns. Outputs are not looked at.

    A metric is known by its name and the event that carries it. The event of ``candidate``
    counts as no event, so that two runs compare although the candidate was renamed.
    """
    datapoint_ids: list[str] = []
    repeats: list[int] = []
    statuses: list[ItemStatus] = []
    sessions: list[str | None] = []
    passed: list[bool | None] = []
    errors: dict[int, str] = {}
    growing: dict[tuple[str, str | None], _Growing] = {}
    for index, result in enumerate(results):
        datapoint_ids.append(result.key.datapoint_id)
        repeats.append(result.key.repeat)
        statuses.append(result.status)
        sessions.append(result.session_id)
        passed.append(result.passed)
        if result.error is not None:
            errors[index] = result.error
        for score in result.scores:
            carrier = score.details.get("event_name") if score.details else None
            if carrier == candidate:
                carrier = None
            column = growing.get((score.name, carrier))
            if column is None:
                column = _Growing(score.name, _event(score, carrier))
                growing[score.name, carrier] = column
            column.put(index, score)
    return RunScores(
        datapoint_ids=datapoint_ids,
        repeats=repeats,
        statuses=statuses,
        session_ids=sessions,
        passed=passed,
        metrics=tuple(column.finish(len(datapoint_ids)) for column in growing.values()),
        errors=errors,
    )
