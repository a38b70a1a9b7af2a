import json
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score
from assay.experiments.payload import items_body, to_json


@dataclass
class Point:
    x: int


class Celsius(float):
    """A number of a kind of its own."""


class Shape(BaseModel):
    sides: int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Point(1), {"x": 1}),
        (Shape(sides=3), {"sides": 3}),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset("a"), ["a"]),
        (Fraction(1, 2), "1/2"),
        (SimpleNamespace(ndim=0), "namespace(ndim=0)"),
        (b"raw", "b'raw'"),
        ({1: "one"}, {"1": "one"}),
        (float("nan"), None),
        (np.float32(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        ((1, (2, 3)), [1, [2, 3]]),
        (Celsius(0.5), 0.5),
        (np.longdouble(0.5), 0.5),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([{"a": 1}], dtype=object), [{"a": 1}]),
        (pd.Series([1, 2]), [1, 2]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (deque([1]), [1]),
        (range(2), [0, 1]),
    ],
)
def test_what_has_no_json_form_is_stored_in_the_nearest(value: Any, expected: Any) -> None:
    assert expected == json.loads(to_json(value))


def test_secrets_in_reasons_are_masked_before_they_leave() -> None:
    score = Score("m", reason="called with sk-abcdefghijklmnopqrstuvwx")
    result = ItemResult(ItemKey("d", 0), ItemStatus.SCORED, scores=(score,))
    assert b"abcdefghijklmnop" not in items_body([result], {})


def test_an_item_without_its_datapoint_says_nothing_about_inputs() -> None:
    [item] = json.loads(items_body([ItemResult(ItemKey("d", 0), ItemStatus.SCORED)], {}))["items"]
    assert "inputs" not in item


def holding_itself() -> dict[str, Any]:
    made: dict[str, Any] = {"n": 1}
    made["self"] = made
    made["again"] = [made]
    return made


def nested(levels: int) -> Any:
    value: Any = "the end"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"text": "half \ud800"}, {"text": "half \\ud800"}),
        ({"big": 10**30, "small": [-(2**63), 2**63]}, {"big": str(10**30)}),
        ({(1, 2): 10**30}, {"(1, 2)": str(10**30)}),
        ([Point(10**30)], [{"x": str(10**30)}]),
        ({"fine": np.float32(0.5), "big": 10**30}, {"fine": 0.5}),
        ({"fine": np.float64(0.5), "own": Celsius(0.5), "big": 10**30}, {"fine": 0.5, "own": 0.5}),
    ],
)
def test_what_no_parser_takes_is_stored_in_the_nearest_form(value: Any, expected: Any) -> None:
    stored = json.loads(to_json(value))
    if isinstance(expected, dict):
        stored = {key: stored[key] for key in expected}
    assert expected == stored


@pytest.mark.parametrize("value", [holding_itself(), nested(49), nested(3000), {"a": nested(60)}])
def test_an_output_nested_too_deep_is_cut_off_and_says_so(value: Any) -> None:
    key = ItemKey("a", 0)
    body = items_body([ItemResult(key, ItemStatus.SCORED, output=value)], {})
    assert "nested too deep" in json.loads(body)["items"][0]["outputs"].__repr__()


def test_an_output_nested_less_is_stored_as_it_is() -> None:
    body = items_body([ItemResult(ItemKey("a", 0), ItemStatus.SCORED, output=nested(48))], {})
    assert nested(48) == json.loads(body)["items"][0]["outputs"]
