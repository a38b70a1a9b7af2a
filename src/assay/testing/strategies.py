"""Hypothesis strategies for the nouns: anything a store must give back exactly."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from assay.core.costs import Cost, CostSource, Usage
from assay.core.datasets import Datapoint
from assay.core.events import Event, EventType
from assay.core.results import Attempt, ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus


_LONG = 2**63 - 1


def texts(*, max_size: int = 20) -> st.SearchStrategy[str]:
    """Return texts of all characters, NUL included, but no lone surrogates."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size)


def finite_floats() -> st.SearchStrategy[float]:
    """Return finite floats of every size."""
    return st.floats(allow_nan=False, allow_infinity=False)


def json_values() -> st.SearchStrategy[Any]:
    """Return JSON values, nested, with numbers of every size."""
    leaves = st.none() | st.booleans() | st.integers() | finite_floats() | texts()
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(), inner, max_size=4),
        max_leaves=8,
    )


def json_mappings() -> st.SearchStrategy[dict[str, Any]]:
    """Return JSON mappings."""
    return st.dictionaries(texts(), json_values(), max_size=3)


def moments() -> st.SearchStrategy[datetime]:
    """Return aware UTC times to the microsecond."""
    return st.datetimes(
        min_value=datetime(1, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
        max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - Hypothesis adds the zone
        timezones=st.just(UTC),
    )


def costs() -> st.SearchStrategy[Cost]:
    """Return costs, known to the attodollar or unknown."""
    amounts = st.decimals(
        min_value=Decimal(0), max_value=Decimal(10**12), places=18, allow_nan=False
    )
    return st.builds(
        Cost, st.none() | amounts, st.sampled_from(CostSource), st.none() | texts(max_size=10)
    )


def usages() -> st.SearchStrategy[Usage]:
    """Return token counts, each known or not."""
    tokens = st.none() | st.integers(0, _LONG)
    return st.builds(Usage, tokens, tokens, tokens, tokens, tokens)


def scores() -> st.SearchStrategy[Score]:
    """Return scores of every status."""
    return st.builds(
        Score,
        name=texts(),
        status=st.sampled_from(ScoreStatus),
        value=st.none() | finite_floats(),
        label=st.none() | texts(),
        passed=st.none() | st.booleans(),
        reason=st.none() | texts(),
        details=json_mappings(),
    )


def attempts() -> st.SearchStrategy[Attempt]:
    """Return attempts, failed or not."""
    return st.builds(
        Attempt,
        number=st.integers(1, 99),
        seconds=finite_floats(),
        error=st.none() | texts(),
        status=st.none() | st.integers(100, 599),
    )


def item_keys() -> st.SearchStrategy[ItemKey]:
    """Return keys of items."""
    return st.builds(ItemKey, texts(), st.integers(0, 2**31 - 1))


def item_results() -> st.SearchStrategy[ItemResult]:
    """Return finished items with any content in every field."""
    return st.builds(
        ItemResult,
        key=item_keys(),
        status=st.sampled_from(ItemStatus),
        output=json_values(),
        passed=st.none() | st.booleans(),
        error=st.none() | texts(),
        scores=st.lists(scores(), max_size=3).map(tuple),
        usage=usages(),
        cost=costs(),
        latency_seconds=st.none() | finite_floats(),
        finish_reason=st.none() | texts(),
        attempts=st.lists(attempts(), max_size=2).map(tuple),
        cached=st.booleans(),
        session_id=st.none() | texts(),
        started_at=st.none() | moments(),
        duration_seconds=st.none() | finite_floats(),
        metadata=json_mappings(),
    )


def batches() -> st.SearchStrategy[list[ItemResult]]:
    """Return finished items of one run, each key once."""
    return st.lists(item_results(), max_size=5, unique_by=lambda item: item.key)


def datapoints() -> st.SearchStrategy[list[Datapoint]]:
    """Return the datapoints of one dataset, each id once."""
    datapoint = st.builds(
        Datapoint, texts(), json_mappings(), st.none() | json_mappings(), json_mappings()
    )
    return st.lists(datapoint, max_size=5, unique_by=lambda point: point.id)


def events() -> st.SearchStrategy[Event]:
    """Return events of any content within one session named ``session``."""
    mappings = json_mappings()
    return st.builds(
        Event,
        id=texts(),
        session_id=st.just("session"),
        project=texts(),
        name=texts(),
        type=st.sampled_from(EventType),
        parent_id=st.none() | texts(),
        run_id=st.none() | texts(),
        datapoint_id=st.none() | texts(),
        source=st.none() | texts(),
        error=st.none() | texts(),
        started_at=st.none() | moments(),
        ended_at=st.none() | moments(),
        duration_ms=st.none() | finite_floats(),
        inputs=mappings,
        outputs=mappings,
        config=mappings,
        metadata=mappings,
        metrics=mappings,
        feedback=mappings,
        user_properties=mappings,
    )
