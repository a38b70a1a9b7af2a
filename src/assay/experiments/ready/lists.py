"""Lists: how much of what was found is right, and how much of what is right was found.

Items are compared as JSON values, texts without case and outer spaces unless ``strict``;
an item that occurs twice must be found twice. What is undefined is not applicable and no
number: the precision of an empty answer, the recall of an empty ground truth.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Unpack

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.picking import ABSENT, made, pair
from assay.experiments.scores import EvalResult
from assay.experiments.settings import Settings
from assay.kit.canonical_json import canonical_json


Judge = Evaluator[..., Any]


def list_precision(
    key: str | None = None,
    *,
    truth_key: str | None = None,
    strict: bool = False,
    **settings: Unpack[Settings],
) -> Judge:
    """Make an evaluator of TP / (TP + FP): 2 of 3 found items right gives 0.667.

    Args:
        key: A dotted path to the list, in outputs and ground truth.
        truth_key: Its path in the ground truth, where it is another.
        strict: Whether case and outer spaces of texts count.
        settings: Of the evaluator.
    """

    def ratio(common: int, found: int, _wanted: int) -> float | None:
        return common / found if found else None

    return _counting(
        ratio, key, truth_key=truth_key, strict=strict, settings=settings, name="list_precision"
    )


def list_recall(
    key: str | None = None,
    *,
    truth_key: str | None = None,
    strict: bool = False,
    **settings: Unpack[Settings],
) -> Judge:
    """Make an evaluator of TP / (TP + FN): 2 of 4 right items found gives 0.5.

    Takes the arguments of ``list_precision``.
    """

    def ratio(common: int, _found: int, wanted: int) -> float | None:
        return common / wanted if wanted else None

    return _counting(
        ratio, key, truth_key=truth_key, strict=strict, settings=settings, name="list_recall"
    )


def list_f1(
    key: str | None = None,
    *,
    truth_key: str | None = None,
    strict: bool = False,
    **settings: Unpack[Settings],
) -> Judge:
    """Make an evaluator of 2 TP / (2 TP + FP + FN): 2 common of 3 and 4 items gives 4/7.

    An empty answer to an empty ground truth is right. Takes the arguments of
    ``list_precision``.
    """

    def ratio(common: int, found: int, wanted: int) -> float | None:
        return 2 * common / (found + wanted) if found + wanted else 1.0

    return _counting(
        ratio, key, truth_key=truth_key, strict=strict, settings=settings, name="list_f1"
    )


def _counting(
    ratio: Callable[[int, int, int], float | None],
    key: str | None,
    *,
    truth_key: str | None,
    strict: bool,
    settings: Settings,
    name: str,
) -> Judge:
    def judge(outputs: Any, ground_truth: Any) -> EvalResult | None:
        found, wanted = pair(outputs, ground_truth, key=key, truth_key=truth_key)
        if wanted is ABSENT:
            return None
        left, right = _items(found, strict, "output"), _items(wanted, strict, "ground truth")
        common = (left & right).total()
        missing, invented = sorted((right - left).elements()), sorted((left - right).elements())
        return EvalResult(
            score=ratio(common, left.total(), right.total()),
            details={"common": common, "missing": missing, "invented": invented},
        )

    return made(judge, settings, name=name)


def _items(value: Any, strict: bool, what: str) -> Counter[str]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise InvalidInputError(
            f"The {what} is of type {type(value).__name__}, not a list; say which part with key=."
        )
    return Counter(
        canonical_json(item.strip().casefold() if isinstance(item, str) and not strict else item)
        for item in value
    )
