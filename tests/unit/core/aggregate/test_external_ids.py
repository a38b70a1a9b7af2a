import hashlib
import json
from collections import UserDict
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidDatasetError, NotJsonError
from assay.core.external_ids import (
    generate_external_datapoint_id,
    generate_external_dataset_id,
    prepare_external_dataset,
    prepare_run_request_data,
    visible_dataset_id,
)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), JSON), max_size=6)


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_a_datapoints_id_is_the_hash_of_its_sorted_json_and_its_number() -> None:
    datapoint = {"b": 1, "a": "é"}
    digest = hashlib.sha256((json.dumps(datapoint, sort_keys=True) + "0").encode()).hexdigest()
    assert f"EXT-{digest[:16]}" == generate_external_datapoint_id(datapoint, 0)


def test_a_datasets_id_is_the_hash_of_its_sorted_json() -> None:
    rows: list[dict[str, Any]] = [{"b": 1}, {"a": [1.5, None, True]}]
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
    assert f"EXT-{digest[:16]}" == generate_external_dataset_id(rows)


@given(ROWS)
def test_ids_do_not_depend_on_the_order_of_keys(rows: Any) -> None:
    assert prepare_external_dataset(rows) == prepare_external_dataset(reversed_keys(rows))


@given(ROWS)
def test_preparing_gives_the_ids_that_the_single_functions_give(rows: Any) -> None:
    dataset_id, ids = prepare_external_dataset(rows)
    assert generate_external_dataset_id(rows) == dataset_id
    texts = [json.dumps(row, sort_keys=True) for row in rows]
    expected = [
        generate_external_datapoint_id(row, texts[:position].count(texts[position]))
        for position, row in enumerate(rows)
    ]
    assert expected == ids
    assert len(set(ids)) == len(ids)


@given(ROWS, st.integers(0, 6))
def test_inserting_a_row_keeps_every_other_id(rows: Any, position: Any) -> None:
    _, before = prepare_external_dataset(rows)
    rows.insert(position, {"new": "row"})
    _, after = prepare_external_dataset(rows)
    assert set(before) <= set(after)


@given(ROWS, st.randoms(use_true_random=False))
def test_reordering_rows_keeps_the_set_of_ids(rows: Any, chance: Any) -> None:
    _, before = prepare_external_dataset(rows)
    chance.shuffle(rows)
    assert sorted(before) == sorted(prepare_external_dataset(rows)[1])


@pytest.mark.parametrize(
    ("custom", "expected"),
    [("q1", "EXT-q1"), ("EXT-q1", "EXT-q1"), (7, "EXT-7"), (0, "EXT-0"), (1.5, "EXT-1.5")],
)
def test_an_id_of_ones_own_gets_the_prefix_if_it_lacks_it(custom: Any, expected: Any) -> None:
    assert expected == generate_external_datapoint_id({}, 0, custom)
    assert expected == generate_external_dataset_id([], custom)
    assert [expected] == prepare_external_dataset([{"id": custom}])[1]
    assert ("EXT-mine", [expected]) == prepare_external_dataset([{"datapoint_id": custom}], "mine")


def test_two_rows_with_one_id_are_refused_by_place() -> None:
    with pytest.raises(InvalidDatasetError, match=r"datapoint\[0\] and datapoint\[2\].*'EXT-a'"):
        prepare_external_dataset([{"id": "a"}, {"id": "b"}, {"id": "a"}])


def test_mappings_of_all_kinds_have_the_ids_of_dicts() -> None:
    row = {"inputs": {"q": {"deep": [1]}}}
    frozen = MappingProxyType({"inputs": UserDict({"q": MappingProxyType({"deep": [1]})})})
    assert prepare_external_dataset([row]) == prepare_external_dataset([frozen])
    assert generate_external_dataset_id([row]) == generate_external_dataset_id([frozen])


@pytest.mark.parametrize("bad", [["a"], {"x": 1}, " "])
def test_an_id_that_is_no_scalar_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidDatasetError, match=r"datapoint\[0\]"):
        prepare_external_dataset([{"id": bad}])


@pytest.mark.parametrize(
    "bad",
    [datetime(2026, 1, 1, tzinfo=UTC), Decimal(1), b"x", float("nan"), {1: 2}, {1, 2}, 10**5000],
    ids=lambda bad: type(bad).__name__,
)
def test_what_is_no_json_is_refused_with_its_path(bad: Any) -> None:
    with pytest.raises(NotJsonError, match=r"datapoint\[1\]\.inputs\.deep\[0\]"):
        prepare_external_dataset([{}, {"inputs": {"deep": [bad]}}])
    with pytest.raises(NotJsonError, match=r"dataset\[0\]\.a"):
        generate_external_dataset_id([{"a": bad}])


def test_an_external_dataset_moves_to_the_metadata_and_back() -> None:
    metadata = {"note": 1}
    body = prepare_run_request_data(dataset_id="EXT-1", metadata=metadata, name="n")
    assert body == {
        "name": "n",
        "dataset_id": None,
        "metadata": {"note": 1, "offline_dataset_id": "EXT-1"},
    }
    assert metadata == {"note": 1}
    assert "EXT-1" == visible_dataset_id(body["dataset_id"], body["metadata"])


def test_a_managed_dataset_stays_where_it_is() -> None:
    body = prepare_run_request_data(dataset_id="managed")
    assert {"dataset_id": "managed", "metadata": {}} == body
    assert "managed" == visible_dataset_id("managed", {"offline_dataset_id": "EXT-1"})
    assert visible_dataset_id(None, {}) is None


@pytest.mark.parametrize(("rows", "kind"), [([{"q": 1}, 2], "int"), ("rows.jsonl", "str")])
def test_what_is_no_list_of_mappings_is_refused_by_position(rows: Any, kind: str) -> None:
    with pytest.raises(InvalidDatasetError, match=rf"datapoint\[\d\] is of type {kind}"):
        prepare_external_dataset(rows)
