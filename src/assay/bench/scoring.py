"""What one reply is worth: read out, compared with gold, and given its status.

A truncated answer is *truncated* even where something could be read out of it: what
was cut off is unknown. A refusal is *refused*, what cannot be read is *unparseable*.
None of these passed, and all of them count as answered.
"""

from dataclasses import dataclass
from typing import Any

from assay.bench.dotted_paths import PathNotFoundError, parse_path
from assay.bench.extraction import UnreadableAnswerError, extract
from assay.bench.matchers.match import match
from assay.bench.matchers.outcome import MatchOutcome, UnusableAnswerError, UnusableGoldError
from assay.bench.matchers.specs import is_list_matcher
from assay.bench.task import Task
from assay.core.chat import ChatReply
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: ItemStatus
    outcome: MatchOutcome


def gold_of(task: Task, datapoint: Datapoint) -> Any:
    """Return the gold of a datapoint, read out as the task says.

    Raises:
        InvalidDatasetError: If there is none; naming the datapoint and what there is.
    """
    if datapoint.ground_truth is None:
        raise InvalidDatasetError(f"datapoint {datapoint.id!r}: has no ground_truth.")
    try:
        value = parse_path(task.gold.field).find(datapoint.ground_truth)
    except PathNotFoundError as failure:
        raise InvalidDatasetError(
            f"datapoint {datapoint.id!r}: no gold at ground_truth.{task.gold.field}: {failure}."
        ) from failure
    if task.gold.extract is None:
        return value
    return _read_gold(task, datapoint, value)


def _read_gold(task: Task, datapoint: Datapoint, value: Any) -> Any:
    where = f"datapoint {datapoint.id!r}: ground_truth.{task.gold.field}"
    if not isinstance(value, str):
        raise InvalidDatasetError(
            f"{where}: gold.extract reads text, found {type(value).__name__}."
        )
    if task.gold.extract is None:  # pragma: no cover  # the caller asked before
        return value
    try:
        return extract(task.gold.extract, value)
    except UnreadableAnswerError as failure:
        raise InvalidDatasetError(f"{where}: gold.extract: {failure}.") from failure


def check_gold(task: Task, datapoint: Datapoint) -> None:
    """Refuse a datapoint whose gold the matcher could not compare with anything.

    Raises:
        InvalidDatasetError: Naming the datapoint and what is wrong.
    """
    gold = gold_of(task, datapoint)
    if is_list_matcher(task.matcher):
        _nothing_found(task, gold, where=f"datapoint {datapoint.id!r}")


def score_reply(task: Task, datapoint: Datapoint, reply: ChatReply, *, repeat: int) -> ItemResult:
    """Return the finished, scored record of one reply.

    Raises:
        InvalidDatasetError: If the datapoint has no usable gold.
    """
    verdict = _judge(task, reply, gold_of(task, datapoint), where=f"datapoint {datapoint.id!r}")
    scored = verdict.status is ItemStatus.SCORED
    return ItemResult(
        key=ItemKey(datapoint.id, repeat),
        status=verdict.status,
        output=reply.text,
        passed=verdict.outcome.passed,
        error=None if scored else verdict.outcome.reason,
        scores=(_score(task, verdict.outcome),),
        usage=reply.usage,
        cost=reply.cost,
        latency_seconds=None if reply.cached else reply.latency_seconds,
        finish_reason=reply.finish_reason,
        attempts=reply.attempts,
        cached=reply.cached,
    )


def _judge(task: Task, reply: ChatReply, gold: Any, *, where: str) -> _Verdict:
    empty = _nothing_found(task, gold, where=where)
    if reply.truncated:
        reason = f"the answer was cut off (finish_reason {reply.finish_reason})"
        return _Verdict(ItemStatus.TRUNCATED, _not_passed(empty, reason))
    if reply.refused:
        reason = reply.refusal or f"the answer was refused (finish_reason {reply.finish_reason})"
        return _Verdict(ItemStatus.REFUSED, _not_passed(empty, reason))
    try:
        return _Verdict(
            ItemStatus.SCORED, match(task.matcher, extract(task.reading, reply.text), gold)
        )
    except (UnreadableAnswerError, UnusableAnswerError) as failure:
        return _Verdict(ItemStatus.UNPARSEABLE, _not_passed(empty, str(failure)))
    except UnusableGoldError as failure:
        raise InvalidDatasetError(f"{where}: gold: {failure}.") from failure


def _nothing_found(task: Task, gold: Any, *, where: str) -> dict[str, Any]:
    """Return the details of an answer that holds nothing: every gold item is missed."""
    if not is_list_matcher(task.matcher):
        return {}
    try:
        return match(task.matcher, [], gold).details
    except UnusableGoldError as failure:
        raise InvalidDatasetError(f"{where}: gold: {failure}.") from failure


def _not_passed(details: dict[str, Any], reason: str) -> MatchOutcome:
    return MatchOutcome(value=0.0, passed=False, reason=reason, details=details)


def _score(task: Task, outcome: MatchOutcome) -> Score:
    return Score(
        name=task.matcher.kind,
        value=outcome.value,
        passed=outcome.passed,
        reason=outcome.reason,
        details=outcome.details,
    )
