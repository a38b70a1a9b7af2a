import json
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score
from assay.experiments.payload import items_body, to_json


@dataclass
class Point:
    x: int


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
