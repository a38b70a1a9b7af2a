"""What an answer took: time and money."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Unpack

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.picking import at, made
from assay.experiments.settings import Settings


Judge = Evaluator[..., Any]

_MILLION = 1_000_000


def latency(limit_seconds: float | None = None, **settings: Unpack[Settings]) -> Judge:
    """Make an evaluator of the function's duration in seconds; lower is better.

    Args:
        limit_seconds: What passes at most; None for no limit.
        settings: Of the evaluator.
    """

    def judge(latency_seconds: float | None) -> float | None:
        return latency_seconds

    return made(
        judge,
        settings,
        name="latency_seconds",
        higher_is_better=False,
        passing_range=None if limit_seconds is None else (None, limit_seconds),
    )


def cost(
    limit_usd: float | None = None,
    *,
    key: str = "cost_usd",
    usage_key: str = "usage",
    input_usd_per_million: float | None = None,
    output_usd_per_million: float | None = None,
    **settings: Unpack[Settings],
) -> Judge:
    """Make an evaluator of what the answer cost in US dollars; lower is better.

    The outputs hold the cost itself, or the tokens that it follows from. Where they hold
    neither, the evaluator is not applicable: an unknown cost is not 0.

    Args:
        limit_usd: What passes at most; None for no limit.
        key: A dotted path to the cost in the outputs.
        usage_key: A dotted path to ``input_tokens`` and ``output_tokens`` (or
            ``prompt_tokens`` and ``completion_tokens``) in the outputs.
        input_usd_per_million: The price of input tokens.
        output_usd_per_million: The price of output tokens.
        settings: Of the evaluator.
    """
    prices = (input_usd_per_million, output_usd_per_million)
    if (prices[0] is None) != (prices[1] is None):
        raise InvalidInputError("cost() takes both prices per million tokens, or neither.")

    def judge(outputs: Any) -> float | None:
        said = _money(_there(outputs, key))
        return float(said) if said is not None else _priced(_there(outputs, usage_key), prices)

    return made(
        judge,
        settings,
        name="cost_usd",
        higher_is_better=False,
        passing_range=None if limit_usd is None else (None, limit_usd),
    )


def _there(outputs: Any, key: str) -> Any:
    try:
        return at(outputs, key, what="outputs")
    except InvalidInputError:
        return None


def _money(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise InvalidInputError(f"The cost {value!r} is no number of US dollars.") from error
    if not amount.is_finite() or amount < 0:
        raise InvalidInputError(f"The cost {value!r} is no number of US dollars.")
    return amount


def _priced(usage: Any, prices: tuple[float | None, float | None]) -> float | None:
    if not isinstance(usage, Mapping) or prices[0] is None or prices[1] is None:
        return None
    counts = [
        _count(usage, names)
        for names in (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens"))
    ]
    if counts[0] is None or counts[1] is None:
        return None
    return (counts[0] * prices[0] + counts[1] * prices[1]) / _MILLION


def _count(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    counts = (usage.get(name) for name in names)
    return next((count for count in counts if isinstance(count, int)), None)
