"""Scores read from pages are those of the rows, whatever was written, replaced and forgotten."""

import itertools
from collections.abc import Callable, Iterator

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from assay.core.errors import StorageError
from assay.core.ports import Store
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.score_columns import collect_scores
from assay.core.scores import Score, ScoreStatus
from assay.store import open_store
from assay.store.score_pages import (
    Page,
    decode_page,
    encode_page,
    merged_pages,
    page_of,
    scores_of_page,
)
from assay.store.sql_store import SqlStore
from assay.store.tables import score_pages
from assay.testing.samples import a_result, a_run, some_datapoints
from assay.testing.strategies import finite_floats, texts


over_one_store = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = ("a", "b", "c")
USUAL = (Score("a", value=1.0, passed=True), Score("b", passed=False), Score("c", value=0.5))
Step = list[ItemResult] | list[ItemKey]


def some_scores() -> st.SearchStrategy[Score]:
    """Scores of every kind."""
    name = st.sampled_from(NAMES)
    origins = st.sampled_from(
        [
            {},
            {"note": "event_name"},
            {"event_name": "step", "event_type": "tool"},
            {"event_name": "answer"},
            {"metric_type": "HUMAN", "passing_range": {"min": 0, "max": 2**70}},
        ]
    )
    error = st.just(ScoreStatus.ERROR)
    return st.one_of(
        st.builds(Score, name, passed=st.booleans()),
        st.builds(
            Score,
            name,
            value=finite_floats(),
            passed=st.none() | st.booleans(),
            details=origins,
        ),
        st.builds(Score, name, label=texts(), value=st.none() | finite_floats()),
        st.builds(Score, name, error, reason=st.none() | texts()),
        st.builds(Score, name, st.just(ScoreStatus.NOT_APPLICABLE)),
        st.builds(Score, name),
    )


def some_keys() -> st.SearchStrategy[ItemKey]:
    """Keys of few datapoints, in the dataset and outside, with repeats."""
    ids = st.sampled_from(["d0", "d1", "d2", "d3", "else\x00where", "x"])
    return st.builds(ItemKey, ids, st.integers(0, 1))


def some_items() -> st.SearchStrategy[ItemResult]:
    """Results of few items, most of them with the usual scores."""
    return st.builds(
        lambda key, status, passed, error, scores, session: a_result(
            *key,
            status=status,
            passed=passed,
            error=error,
            scores=tuple(scores),
            session_id=session,
        ),
        some_keys(),
        st.sampled_from(ItemStatus),
        st.none() | st.booleans(),
        st.none() | texts(),
        st.just(USUAL) | st.just(USUAL[:2]) | st.lists(some_scores(), max_size=4),
        st.none() | texts(),
    )


def steps() -> st.SearchStrategy[list[Step]]:
    """Batches of results, and items that are forgotten."""
    batches: st.SearchStrategy[Step] = st.lists(some_items(), min_size=1, max_size=5)
    deletions: st.SearchStrategy[Step] = st.lists(some_keys(), min_size=1, max_size=3)
    return st.lists(batches | deletions, max_size=6)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store over each kind of database, empty."""
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def new_name() -> Callable[[], str]:
    """Names, each given out once per test."""
    numbers = itertools.count()
    return lambda: f"name-{next(numbers)}"


def take(store: Store, run_id: str, step: Step) -> None:
    """Do one step."""
    items = [each for each in step if isinstance(each, ItemResult)]
    if items:
        store.write_results(run_id, items)
    else:
        store.delete_results(run_id, [each for each in step if isinstance(each, ItemKey)])


def check_same(store: Store, run_id: str) -> None:
    """Assert that pages say what rows say."""
    expected = collect_scores(store.iter_results(run_id, outputs=False), candidate="answer")
    assert expected == store.read_scores(run_id, candidate="answer")


def without_pages(store: Store, run_id: str) -> None:
    """Make the run one of a time before there were pages."""
    assert isinstance(store, SqlStore)
    with store._database.write() as connection:
        connection.execute(delete(score_pages).where(score_pages.c.run_id == run_id))


def page_sizes(store: Store, run_id: str) -> list[int]:
    """Return how many items each page of a run has."""
    assert isinstance(store, SqlStore)
    query = select(score_pages.c.size).where(score_pages.c.run_id == run_id)
    with store._database.read() as connection:
        return list(connection.execute(query.order_by(score_pages.c.id)).scalars())


@over_one_store
@given(taken=steps(), dataset=st.booleans())
def test_pages_say_what_rows_say(
    store: Store, new_name: Callable[[], str], taken: list[Step], dataset: bool
) -> None:
    version = store.add_dataset("sums", some_datapoints(4)).id if dataset else None
    run_id = store.create_run(a_run(new_name(), dataset_id=version)).id
    for step in taken:
        take(store, run_id, step)
        check_same(store, run_id)


@over_one_store
@given(before=steps(), after=steps())
def test_a_run_of_a_time_before_pages_is_read_from_its_rows(
    store: Store, new_name: Callable[[], str], before: list[Step], after: list[Step]
) -> None:
    run_id = store.create_run(a_run(new_name())).id
    for step in before:
        take(store, run_id, step)
    without_pages(store, run_id)
    check_same(store, run_id)
    for step in after:
        take(store, run_id, step)
        check_same(store, run_id)


@given(st.lists(some_items(), max_size=12, unique_by=lambda item: item.key), st.data())
def test_pages_put_together_in_any_way_say_the_same(
    items: list[ItemResult], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(items)), max_size=3).map(sorted))
    places = {key: place for place, key in enumerate(dict.fromkeys(i.key[0] for i in items))}
    parts = [items[a:b] for a, b in itertools.pairwise([0, *cuts, len(items)])]
    pages = [decode_page(encode_page(page_of(part, places))) for part in parts]
    some = data.draw(st.integers(1, len(pages)))
    halves = [merged_pages(pages[:some]), *pages[some:]]
    ordered = sorted(items, key=lambda item: (places[item.key[0]], item.key[1]))
    assert collect_scores(ordered) == scores_of_page(merged_pages(pages))
    assert collect_scores(ordered) == scores_of_page(merged_pages(halves))


def test_what_is_forgotten_in_a_page_put_together_stays_forgotten() -> None:
    items = [a_result("d0"), a_result("d1")]
    places = {"d0": 0, "d1": 1}
    first = page_of(items, places)
    later = merged_pages([Page.empty([items[0].key]), page_of(items[1:], places)])
    assert ["d1"] == list(merged_pages([first, decode_page(encode_page(later))]).ids)


@given(
    st.sets(st.integers(0, 99), max_size=12),
    st.sets(st.integers(0, 99), max_size=3),
    st.booleans(),
)
def test_a_few_replaced_items_of_many_stand_where_they_stood(
    replaced: set[int], forgotten: set[int], backwards: bool
) -> None:
    places = {f"d{number}": 99 - number if backwards else number for number in range(100)}
    items = {
        name: a_result(name, scores=(Score("exact", value=0.0),), error=f"{name} failed")
        for name in places
    }
    first = page_of(list(items.values()), places)
    gone = [items.pop(f"d{number}").key for number in forgotten]
    later = [
        a_result(f"d{number}", scores=(Score("exact", value=1.0),)) for number in sorted(replaced)
    ]
    items |= {item.key.datapoint_id: item for item in later}
    pages = [first, Page.empty(gone), page_of(later, places)]
    ordered = sorted(items.values(), key=lambda item: places[item.key.datapoint_id])

    assert collect_scores(ordered) == scores_of_page(merged_pages(pages))


def written_one_by_one(store: Store, count: int) -> str:
    """Return a run with items that were written one by one."""
    run_id = store.create_run(a_run()).id
    for number in range(count):
        store.write_results(run_id, [a_result(f"d{number}", scores=USUAL)])
    return run_id


def test_items_written_one_by_one_leave_few_pages(store: Store) -> None:
    run_id = written_one_by_one(store, 300)
    assert [256, *[1] * 44] == page_sizes(store, run_id)
    check_same(store, run_id)


def test_many_pages_are_put_together_when_they_are_read(store: Store) -> None:
    run_id = written_one_by_one(store, 70)
    check_same(store, run_id)
    assert [70] == page_sizes(store, run_id)
    store.write_results(run_id, [a_result("d3", scores=())])
    check_same(store, run_id)
    assert [70, 1] == page_sizes(store, run_id)


def test_pages_of_items_that_were_replaced_are_put_together(store: Store) -> None:
    run_id = store.create_run(a_run()).id
    for _ in range(3):
        store.write_results(run_id, [a_result(f"d{number}") for number in range(5)])
    check_same(store, run_id)
    assert [5] == page_sizes(store, run_id)


def test_a_big_run_of_a_time_before_pages_gets_one(store: Store) -> None:
    run_id = store.create_run(a_run()).id
    items = [a_result(f"d{number}", scores=USUAL) for number in range(1_000)]
    store.write_results(run_id, items)
    without_pages(store, run_id)
    check_same(store, run_id)
    assert [1_000] == page_sizes(store, run_id)
    store.write_results(run_id, [a_result("d7", scores=USUAL[:1])])
    check_same(store, run_id)


def test_a_run_takes_its_pages_with_it(store: Store) -> None:
    run_id = written_one_by_one(store, 3)
    store.delete_run(run_id)
    assert [] == page_sizes(store, run_id)


def test_a_page_of_another_format_is_refused_with_what_to_do() -> None:
    text = orjson.dumps({**orjson.loads(encode_page(Page.empty())), "format_version": 2})
    with pytest.raises(StorageError, match=r"format 2.*install"):
        decode_page(text)
