"""Whatever is put in comes out, on both databases."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.datasets import Datapoint
from assay.core.events import Event
from assay.core.ports import Store
from assay.core.results import ItemKey, ItemResult
from assay.store.encoding import decode_json, encode_json, escape_text, unescape_text
from assay.testing.samples import a_result, a_run, some_datapoints
from assay.testing.strategies import batches, datapoints, events, json_values, texts


# One store serves all examples of a test: each example uses names of its own.
over_one_store = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def new_name() -> Callable[[], str]:
    """Names, each given out once per test."""
    numbers = itertools.count()
    return lambda: f"name-{next(numbers)}"


@given(json_values())
def test_json_reads_back_to_the_same_text(value: object) -> None:
    stored = decode_json(encode_json(value))
    assert value == stored
    assert repr(value) == repr(stored)


@given(texts(), texts())
def test_escaping_is_reversible_and_leaves_no_nul(one: str, other: str) -> None:
    assert one == unescape_text(escape_text(one))
    assert "\x00" not in escape_text(one)
    assert (one == other) == (escape_text(one) == escape_text(other))


@over_one_store
@given(batch=batches())
def test_results_come_back_exactly_and_twice_is_once(
    store: Store, new_name: Callable[[], str], batch: list[ItemResult]
) -> None:
    run_id = store.create_run(a_run(new_name())).id
    for _ in range(2):
        store.write_results(run_id, batch)
        stored = {item.key: item for item in store.iter_results(run_id)}
        assert {item.key: item for item in batch} == stored
        assert [repr(stored[item.key].output) for item in batch] == [
            repr(item.output) for item in batch
        ]


@over_one_store
@given(points=datapoints())
def test_datapoints_come_back_exactly_in_order(
    store: Store, new_name: Callable[[], str], points: list[Datapoint]
) -> None:
    version = store.add_dataset(new_name(), points)
    assert points == list(store.iter_datapoints(version.id))
    assert version == store.add_dataset(version.name, list(store.iter_datapoints(version.id)))


@over_one_store
@given(event=events())
def test_events_come_back_exactly(store: Store, event: Event) -> None:
    store.write_events([event])
    assert [event] == [each for each in store.session_events("session") if each.id == event.id]


@over_one_store
@given(order=st.permutations(range(12)), cuts=st.lists(st.integers(0, 12), max_size=3))
def test_the_order_of_arrival_never_shows_when_the_dataset_is_known(
    store: Store, new_name: Callable[[], str], order: list[int], cuts: list[int]
) -> None:
    points = some_datapoints(6)
    dataset = store.add_dataset("sums", points)
    run_id = store.create_run(a_run(new_name(), dataset_id=dataset.id)).id
    items = [a_result(point.id, repeat) for point in points for repeat in range(2)]
    edges = [0, *sorted(cuts), 12]
    for start, end in itertools.pairwise(edges):
        store.write_results(run_id, [items[place] for place in order[start:end]])
    assert items == list(store.iter_results(run_id))


@over_one_store
@given(forgotten=st.sets(st.integers(0, 9)), seed=st.integers(0, 99))
def test_pages_cut_the_stream(
    store: Store, new_name: Callable[[], str], forgotten: set[int], seed: int
) -> None:
    run_id = store.create_run(a_run(new_name())).id
    items = [a_result(f"d{number}") for number in range(10)]
    store.write_results(run_id, random.Random(seed).sample(items, 10))
    gone = [ItemKey(f"d{number}", 0) for number in forgotten]
    assert len(forgotten) == store.delete_results(run_id, gone)
    rest = list(store.iter_results(run_id))
    assert len(items) - len(forgotten) == store.page_results(run_id).total
    assert tuple(rest) == store.page_results(run_id).items
    assert {item.key for item in rest} == store.finished_keys(run_id)
