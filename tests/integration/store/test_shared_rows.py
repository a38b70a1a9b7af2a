"""Versions of a dataset that share rows: found, forgotten and run over as if they did not."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update

from assay.core.datasets import DatasetVersion
from assay.core.ports import Store
from assay.store import open_store
from assay.store.sql_store import SqlStore
from assay.store.tables import datapoints
from assay.testing.samples import a_result, a_run, some_datapoints


POINTS = some_datapoints(5)


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    opened = open_store(database_url)
    assert isinstance(opened, SqlStore)
    yield opened
    opened.close()


def a_line(store: Store) -> list[DatasetVersion]:
    """Return three versions of a dataset, each an extension of the one before."""
    first = store.add_dataset("sums", POINTS[:2])
    second = store.extend_dataset(first.id, POINTS[2:3])
    return [first, second, store.extend_dataset(second.id, POINTS[3:])]


def row_count(store: SqlStore) -> int:
    with store._database.read() as connection:
        counted = select(func.count()).select_from(datapoints)
        return connection.execute(counted).scalar_one()


def test_an_extension_stores_what_is_new_alone(store: SqlStore) -> None:
    a_line(store)
    assert 5 == row_count(store)


def test_datapoints_are_located_in_the_versions_that_have_them(store: SqlStore) -> None:
    first, second, third = a_line(store)
    found = store.locate_datapoints(["d0", "d2", "d4"], [first.id, second.id, third.id])
    has = {(version.id, point.id) for version, point in ((first, POINTS[0]),)}
    has |= {(second.id, "d0"), (second.id, "d2")}
    has |= {(third.id, "d0"), (third.id, "d2"), (third.id, "d4")}
    assert has == {(version_id, point.id) for version_id, point in found}
    assert ["d0", "d1", "d2"] == store.datapoint_ids(second.id)


def test_items_outside_the_version_follow_those_in_it(store: SqlStore) -> None:
    first, *_ = a_line(store)
    run_id = store.create_run(a_run(dataset_id=first.id)).id
    store.write_results(run_id, [a_result("d4"), a_result("d1"), a_result("d2"), a_result("d0")])
    ids = [item.key.datapoint_id for item in store.iter_results(run_id)]
    assert ["d0", "d1", "d4", "d2"] == ids


def test_a_version_in_use_keeps_the_rows_it_shares(store: SqlStore) -> None:
    _, second, third = a_line(store)
    store.create_run(a_run(dataset_id=second.id))
    assert 1 == store.drop_dataset("sums", kept_as="sums (deleted)")
    assert POINTS[:3] == list(store.iter_datapoints(second.id))
    kept = store.dataset_versions("sums (deleted)")
    assert [1, 2] == [version.version for version in kept]
    assert {} == store.get_datapoints(third.id, ["d0"])


def test_a_line_without_runs_is_forgotten_with_its_rows(store: SqlStore) -> None:
    a_line(store)
    assert 3 == store.drop_dataset("sums", kept_as="sums (deleted)")
    assert 0 == row_count(store)


def test_a_version_stored_without_digests_is_extended_by_storing_it_whole(
    store: SqlStore,
) -> None:
    first = store.add_dataset("sums", POINTS[:2])
    with store._database.write() as connection:
        connection.execute(update(datapoints).values(digest=None))
    second = store.extend_dataset(first.id, POINTS[2:])
    assert POINTS == list(store.iter_datapoints(second.id))
    assert 7 == row_count(store)
    store.extend_dataset(second.id, some_datapoints(6)[5:])
    assert 8 == row_count(store)
