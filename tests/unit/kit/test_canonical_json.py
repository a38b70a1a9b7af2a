"""Canonical JSON: one text per value, and a refusal that names the path."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.canonical_json import NotJsonError, canonical_json, check_json, digest


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_a_value_survives_the_round_trip(value: object):
    assert value == json.loads(canonical_json(value))


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_key_order_does_not_change_the_digest(mapping: dict[str, int]):
    assert digest(mapping) == digest(dict(reversed(mapping.items())))


def test_what_holds_itself_is_refused_by_path():
    endless: dict[str, object] = {}
    endless["self"] = [endless]
    with pytest.raises(NotJsonError, match=r"^row\[0\] is nested without end"):
        check_json(endless, path="row[0]")


def test_the_text_has_sorted_keys_and_no_spaces():
    assert canonical_json({"ä": True, "a": [1, 2.5, None]}) == '{"a":[1,2.5,null],"ä":true}'


def test_a_digest_is_the_sha256_of_the_text():
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    ("value", "path", "remedy"),
    [
        ({"a": [1, math.nan]}, "$.a[1]", "null"),
        ({"a": {"b": math.inf}}, "$.a.b", "null"),
        ({"when": datetime(2026, 1, 1, tzinfo=UTC)}, "$.when", "isoformat"),
        ([Decimal("1.5")], "$[0]", "str()"),
        ({"raw": b"x"}, "$.raw", "base64"),
        ({"tags": {"x"}}, "$.tags", "sorted list"),
        ({"o": object()}, "$.o", "convert it"),
        ({"m": {1: "x"}}, "$.m", "keys are strings"),
    ],
)
def test_what_json_cannot_hold_is_refused_by_path(value: object, path: str, remedy: str):
    with pytest.raises(NotJsonError) as refusal:
        check_json(value)
    assert path in str(refusal.value)
    assert remedy in str(refusal.value)
