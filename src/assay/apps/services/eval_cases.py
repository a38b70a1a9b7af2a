"""From what became of an item to a case of the ledger: passed, failed, or no verdict.

What has no verdict is an error with its reason, never a fail: the candidate raised, a scorer
or a judge failed, nothing was asked, or no scorer applied.
"""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from assay.core.datasets import Datapoint
from assay.core.eval_runs import CaseRecord
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus
from assay.experiments.evaluators import Evaluator
from assay.experiments.settings import EvaluatorSettings


NO_VERDICT = "no scorer gave a verdict"


class Verdicts:
    """Reads items of one eval type as cases."""

    def __init__(self, evaluators: Sequence[Evaluator[..., Any]], *, pass_score: float) -> None:
        """Take the scorers that decide, and from which score on a number passes."""
        self._settings = {item.name: item.settings for item in evaluators}
        self._pass_score = pass_score

    def case(self, datapoint: Datapoint, result: ItemResult) -> CaseRecord:
        """Return the case that an item became."""
        failed = [score for score in result.scores if score.status is ScoreStatus.ERROR]
        error = _error(result, failed)
        deciding = self._deciding(result.scores)
        passed = None if error is not None else self._passed(deciding, result)
        if error is None and passed is None:
            error = NO_VERDICT
        return CaseRecord(
            case_id=result.key.datapoint_id,
            repeat=result.key.repeat,
            input=datapoint.inputs,
            output=result.output,
            expected=datapoint.ground_truth,
            score=None if error is not None else _mean(deciding, passed),
            passed=passed,
            error=error,
            reason=_reason(deciding, passed, result),
            scores=_values(result.scores),
            latency_seconds=result.latency_seconds,
            cost_usd=_dollars(result),
        )

    def _deciding(self, scores: Iterable[Score]) -> list[tuple[Score, bool | None]]:
        """Return the scores of scorers that assert, with their verdicts."""
        return [
            (score, self._verdict(score))
            for score in scores
            if score.status is ScoreStatus.SCORED and self._asserts(score.name)
        ]

    def _asserts(self, name: str) -> bool:
        """Whether a score decides: extras of a scorer and silent scorers only report."""
        if not self._settings:  # the scores of a task, whose items say themselves if they passed
            return True
        settings = self._settings.get(name)
        return settings is not None and settings.asserts

    def _verdict(self, score: Score) -> bool | None:
        settings = self._settings.get(score.name)
        if settings is not None and settings.bounded and score.value is not None:
            return settings.in_range(score.value)
        if score.passed is not None or score.value is None:
            return score.passed
        return _reaches(score.value, self._pass_score, settings)

    def _passed(
        self, deciding: Sequence[tuple[Score, bool | None]], result: ItemResult
    ) -> bool | None:
        if not self._settings and result.passed is not None:
            return result.passed
        if not self._settings and result.status is not ItemStatus.SCORED:
            return False  # truncated, refused or unparseable: the candidate's own doing
        verdicts = [verdict for _, verdict in deciding if verdict is not None]
        return all(verdicts) if verdicts else None


def without_result(
    datapoints: Iterable[Datapoint], done: Mapping[ItemKey, object], *, repeats: int, why: str
) -> Iterator[CaseRecord]:
    """Yield a case with an error for everything that was planned and never ended."""
    for point in datapoints:
        for repeat in range(repeats):
            if ItemKey(point.id, repeat) not in done:
                yield CaseRecord(
                    case_id=point.id,
                    repeat=repeat,
                    input=point.inputs,
                    expected=point.ground_truth,
                    error=f"was not worked on: {why}",
                )


def _error(result: ItemResult, failed: Sequence[Score]) -> str | None:
    if not result.status.answered:
        return result.error or result.status.value
    if failed:
        return "; ".join(f"{score.name}: {score.reason or 'failed'}" for score in failed)
    return None


def _reaches(value: float, pass_score: float, settings: EvaluatorSettings | None) -> bool:
    if settings is not None and not settings.higher_is_better:
        return value <= pass_score
    return value >= pass_score


def _mean(deciding: Sequence[tuple[Score, bool | None]], passed: bool | None) -> float | None:
    values = [score.value for score, _ in deciding if score.value is not None]
    if values:
        return statistics.fmean(values)
    return None if passed is None else float(passed)


def _reason(
    deciding: Sequence[tuple[Score, bool | None]], passed: bool | None, result: ItemResult
) -> str | None:
    """Return why: of a failed case what the scorers that failed it said."""
    said = [
        f"{score.name}: {score.reason or 'did not pass'}"
        for score, verdict in deciding
        if (score.reason or verdict is False) and (passed is not False or verdict is False)
    ]
    return "; ".join(said) or (result.error if passed is False else None)


def _values(scores: Iterable[Score]) -> dict[str, float]:
    return {
        score.name: score.value
        for score in scores
        if score.status is ScoreStatus.SCORED and score.value is not None
    }


def _dollars(result: ItemResult) -> float | None:
    """Return what is known to have been paid, for the answer and for judges; None if nothing is."""
    judges = (score.details.get("cost_usd") for score in result.scores)
    known = [Decimal(str(cost)) for cost in (result.cost.amount_usd, *judges) if cost is not None]
    return float(sum(known)) if known else None
