"""The columns of a run: one entry per item, one column per metric.

Columns are plain lists, aligned with the items, for rows of objects would cost ten
times the time and memory at 100,000 datapoints. Stores fill them straight from their
rows (``ResultStore.read_scores``) with a ``ScoreColumnsBuilder``; ``collect_scores``
fills them from results, and says what the columns of a run are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from assay.core.event_scores import CLIENT_SIDE, METRIC_TYPE
from assay.core.results import ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus


_SESSION: Final = "session"
_NUMBERS: Final[Mapping[bool | None, float | None]] = {True: 1.0, False: 0.0, None: None}


@dataclass(frozen=True)
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
        """What makes two columns the same metric: its name and its event's name.

        Sessions are called after their run or their datapoint, so all of them are one event.
        """
        return self.name, _event_key(self.event)

    @property
    def key(self) -> str:
        """What the metric is called where one word must do: its name, its event behind it."""
        name, event = self.identity
        return name if event is None else f"{name}|{event}"

    @cached_property
    def gaps(self) -> Sequence[int]:
        """The items without a number, in order."""
        return tuple(gaps(self.values))

    @property
    def has_values(self) -> bool:
        """Whether any item has a number."""
        return len(self.gaps) < len(self.values)

    @property
    def numbers(self) -> list[float]:
        """The numbers there are, in order."""
        return [value for value in self.values if value is not None]


def gaps(values: Sequence[float | None], *, count: int | None = None) -> Iterator[int]:
    """Yield where there is no number; ``count`` is how many there are, where it is known."""
    index = -1
    for _ in range(values.count(None) if count is None else count):
        index = values.index(None, index + 1)
        yield index


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

    __slots__ = (
        "boolean",
        "errors",
        "event",
        "first",
        "labels",
        "name",
        "origin",
        "passed",
        "values",
    )

    def __init__(self, name: str, event: tuple[str, str] | None) -> None:
        self.name = name
        self.event = event
        self.origin: Mapping[str, Any] = {}
        self.values: list[float | None] = []
        self.passed: list[bool | None] = []
        self.labels: dict[int, str] = {}
        self.errors: dict[int, str] = {}
        self.boolean = True
        self.first: tuple[int, int] | None = None  # item and ordinal of the first score

    def put(self, index: int, score: Score, *, ordinal: int) -> None:
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
        place = (index, ordinal)
        self.first = place if self.first is None else min(self.first, place)

    def extend(self, values: list[float | None], passed: list[bool | None], *, at: int) -> None:
        """Add many items' plain scores, of ordinal ``at``; both None where there is no score."""
        start = len(self.values)
        missing = values.count(None)
        if missing == len(values):
            values = list(map(_NUMBERS.__getitem__, passed))
        else:
            for index in gaps(values, count=missing):
                values[index] = _NUMBERS[passed[index]]
        if self.first is None:
            present = (start + place for place, value in enumerate(values) if value is not None)
            self.first = next(((place, at) for place in present), None)
        self.boolean = self.boolean and values == passed
        if self.values:
            self.values += values
            self.passed += passed
        else:
            self.values, self.passed = values, passed

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


class ScoreColumnsBuilder:
    """Columns while they are being filled, item after item or many at a time.

    A metric is known by its name and the event that carries it. The event of ``candidate``
    counts as no event, so that two runs compare although the candidate was renamed.
    """

    __slots__ = (
        "_candidate",
        "_growing",
        "datapoint_ids",
        "errors",
        "passed",
        "repeats",
        "sessions",
        "statuses",
    )

    def __init__(self, *, candidate: str = "") -> None:
        self._candidate = candidate
        self.datapoint_ids: list[str] = []
        self.repeats: list[int] = []
        self.statuses: list[ItemStatus] = []
        self.sessions: list[str | None] = []
        self.passed: list[bool | None] = []
        self.errors: dict[int, str] = {}
        self._growing: dict[tuple[str, str | None], _Growing] = {}

    def put(self, index: int, score: Score, *, ordinal: int) -> None:
        """Record the score of an item, the ``ordinal``-th of that item."""
        event = _event(score.details, self._candidate)
        column = self._column(score.name, event)
        column.put(index, score, ordinal=ordinal)

    def extend(
        self, name: str, values: list[float | None], *, passed: list[bool | None], ordinal: int
    ) -> None:
        """Record the plain scores of one metric for the items that follow its last; take the lists.

        A plain score has a number or a verdict, and neither label nor error; an item
        without one has None in both.
        """
        self._column(name, None).extend(values, passed, at=ordinal)

    def finish(self) -> RunScores:
        """Return the finished columns, metrics in order of first appearance."""
        seen = [column for column in self._growing.values() if column.first is not None]
        seen.sort(key=lambda column: column.first or (0, 0))
        length = len(self.datapoint_ids)
        return RunScores(
            datapoint_ids=self.datapoint_ids,
            repeats=self.repeats,
            statuses=self.statuses,
            session_ids=self.sessions,
            passed=self.passed,
            metrics=tuple(column.finish(length) for column in seen),
            errors=self.errors,
        )

    def _column(self, name: str, event: tuple[str, str] | None) -> _Growing:
        key = name, _event_key(event)
        column = self._growing.get(key)
        if column is None:
            column = self._growing[key] = _Growing(name, event)
        return column


def _range(value: object) -> tuple[float | None, float | None] | None:
    if not isinstance(value, Mapping):
        return None
    low, high = value.get("min"), value.get("max")
    bounds = [float(each) if isinstance(each, int | float) else None for each in (low, high)]
    return bounds[0], bounds[1]


def score_key(name: str, details: Mapping[str, Any], *, candidate: str) -> str:
    """Return what a score's metric is called where one word must do, as ``MetricColumn.key`` does."""
    event = _event_key(_event(details, candidate))
    return name if event is None else f"{name}|{event}"


def _event(details: Mapping[str, Any] | None, candidate: str) -> tuple[str, str] | None:
    """Return the event that carries a score, None for the candidate's own."""
    carrier = details.get("event_name") if details else None
    if not details or not isinstance(carrier, str):
        return None
    event = carrier, str(details.get("event_type") or "chain")
    return None if carrier == candidate and event[1] != _SESSION else event


def _event_key(event: tuple[str, str] | None) -> str | None:
    if event is None:
        return None
    return _SESSION if event[1] == _SESSION else event[0]


def _verdict(score: Score) -> tuple[float | None, bool | None]:
    if score.status is not ScoreStatus.SCORED:
        return None, None
    if score.value is None and score.passed is not None and score.label is None:
        return float(score.passed), score.passed
    return score.value, score.passed


def collect_scores(results: Iterable[ItemResult], *, candidate: str = "") -> RunScores:
    """Turn a stream of results, in dataset order, into columns. Outputs are not looked at."""
    columns = ScoreColumnsBuilder(candidate=candidate)
    for index, result in enumerate(results):
        columns.datapoint_ids.append(result.key.datapoint_id)
        columns.repeats.append(result.key.repeat)
        columns.statuses.append(result.status)
        columns.sessions.append(result.session_id)
        columns.passed.append(result.passed)
        if result.error is not None:
            columns.errors[index] = result.error
        for ordinal, score in enumerate(result.scores):
            columns.put(index, score, ordinal=ordinal)
    return columns.finish()
