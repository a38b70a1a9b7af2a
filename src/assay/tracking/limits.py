"""MLflow's limits, checked before it would cut silently or refuse half of a call.

Run tags beyond 8,000 characters and params beyond 6,000 are cut without a word by MLflow:
here tags are refused, and params are cut with a mark that says so. Sizes and characters are
those of MLflow 3.17 (``mlflow/utils/validation.py``).
"""

import math
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from assay.core.errors import InvalidInputError
from assay.kit.log import get_logger


T = TypeVar("T")

METRICS_PER_BATCH: Final = 1000
PARAMS_PER_BATCH: Final = 100
TAGS_PER_BATCH: Final = 100
LONGEST_KEY: Final = 250
LONGEST_RUN_TAG: Final = 8000
LONGEST_PARAM: Final = 6000
LONGEST_EXPERIMENT_TAG: Final = 5000
LONGEST_PROMPT_TAG: Final = 100_000
LONGEST_DIGEST: Final = 36

_KEY = re.compile(r"[/\w.\- :]+")


def check_tags(tags: Mapping[str, str], *, what: str, longest: int) -> None:
    """Refuse tags that MLflow would refuse or cut; ``what`` begins the message.

    Raises:
        InvalidInputError: Naming the key and the limit.
    """
    for key, value in tags.items():
        check_key(key, what=what)
        if len(value) > longest:
            raise InvalidInputError(
                f"{what} {key!r} is {len(value):,} characters long; MLflow holds {longest:,}."
            )


def check_key(key: str, *, what: str) -> None:
    """Refuse a key that MLflow cannot hold.

    Raises:
        InvalidInputError: Naming the key and the rule.
    """
    if len(key) > LONGEST_KEY:
        raise InvalidInputError(
            f"{what} {key[:40]!r}… is {len(key)} characters long; a key has at most {LONGEST_KEY}."
        )
    if _KEY.fullmatch(key) is None:
        raise InvalidInputError(
            f"{what} {key!r}: a key has letters, digits, '_', '-', '.', ':', '/' and spaces only."
        )
    normal = posixpath.normpath(key)
    if normal != key or key == "." or key.startswith(("..", "/")):
        raise InvalidInputError(f"{what} {key!r}: a key must not be like a path to {normal!r}.")


def check_metrics(metrics: Mapping[str, float]) -> None:
    """Refuse metrics without a finite value: a missing value is left out, never logged.

    Raises:
        InvalidInputError: Naming the metric.
    """
    for key, value in metrics.items():
        check_key(key, what="The metric")
        if not math.isfinite(value):
            raise InvalidInputError(
                f"The metric {key!r} is {value}; leave out a metric that has no finite value."
            )


def fitting_params(params: Mapping[str, str]) -> dict[str, str]:
    """Return the params with what is too long cut visibly, and a warning in the log.

    Raises:
        InvalidInputError: For a key that MLflow cannot hold.
    """
    for key in params:
        check_key(key, what="The param")
    return {key: _fitting(key, value) for key, value in params.items()}


def _fitting(key: str, value: str) -> str:
    if len(value) <= LONGEST_PARAM:
        return value
    get_logger("tracking").warning("param_cut", key=key, characters=len(value))
    mark = f"… [cut from {len(value)} characters]"
    return value[: LONGEST_PARAM - len(mark)] + mark


def in_batches(values: Sequence[T], size: int) -> Iterator[list[T]]:
    """Split into lists of at most ``size``; nothing gives no list."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


def quoted(value: str, *, what: str) -> str:
    """Return a value as MLflow's filter language writes it.

    Raises:
        InvalidInputError: If it holds both kinds of quotes: the language has no escapes.
    """
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value:
        return f'"{value}"'
    raise InvalidInputError(
        f"{what} {value!r} holds both kinds of quotes; MLflow cannot search it."
    )


def quoted_key(key: str, *, what: str) -> str:
    """Return a key as MLflow's filter language writes it.

    Raises:
        InvalidInputError: If MLflow cannot hold such a key.
    """
    check_key(key, what=what)
    return f"`{key}`"
