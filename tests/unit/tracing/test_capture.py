"""Capturing: any value becomes bounded, redacted JSON, and nothing raises."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from typing_extensions import override

from assay.tracing.capture import LARGEST_BYTES, LONGEST_TEXT, captured, plain, shown_error


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(JSON)
def test_every_value_becomes_json_of_bounded_size(value: Any) -> None:
    text = captured(value)
    json.loads(text)
    assert len(text.encode()) <= LARGEST_BYTES


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.booleans() | st.none()))
def test_plain_json_is_captured_as_it_is(value: Any) -> None:
    assert value == json.loads(captured(value))


@dataclasses.dataclass
class Point:
    x: int
    when: datetime


class Model(BaseModel):
    name: str
    api_key: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Point(1, datetime(2026, 1, 2, tzinfo=UTC)), {"x": 1, "when": "2026-01-02T00:00:00+00:00"}),
        (Model(name="n", api_key="abc"), {"name": "n", "api_key": "[redacted]"}),
        (b"abc", "<3 bytes>"),
        (Point, "Point"),
        ((1, 2), [1, 2]),
        (float("nan"), "nan"),
        (2**70, str(2**70)),
        ({1: "one"}, {"1": "one"}),
        ("Bearer abcdefghijkl", "Bearer [redacted]"),
        ("\ud800", "?"),
    ],
)
def test_values_take_their_nearest_form(value: Any, expected: Any) -> None:
    assert expected == plain(value)


def test_a_number_of_an_array_library_is_a_number() -> None:
    assert 1.5 == plain(np.float32(1.5))


def test_what_cannot_be_looked_at_says_so() -> None:
    class Broken:
        @override
        def __str__(self) -> str:
            raise RuntimeError("no")

    expected = {"a": "<not captured: RuntimeError>", "b": [1, "<not captured: RuntimeError>"]}
    assert expected == plain({"a": Broken(), "b": [1, Broken()]})
    assert "<not captured: RuntimeError>" == plain(Broken())


def test_a_value_that_holds_itself_is_cut() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert captured(loop).count("[") > 5


def test_long_texts_and_lists_are_cut_and_say_so() -> None:
    assert plain("x" * (LONGEST_TEXT + 5)).endswith("… (cut)")
    assert 1001 == len(plain(list(range(5000))))
    assert 4000 == plain({str(n): n for n in range(5000)})["… (cut)"]


def test_a_value_that_is_too_large_shows_its_beginning() -> None:
    found = plain(["x" * LONGEST_TEXT] * 20)
    assert found["cut"]
    assert found["bytes"] > LARGEST_BYTES
    assert found["beginning"].startswith('["xxx')


def test_an_error_is_shown_with_its_class_and_without_secrets() -> None:
    class MuteError(Exception):
        @override
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert "ValueError: password=[redacted]" == shown_error(ValueError("password=abc"))
    assert "KeyboardInterrupt" == shown_error(KeyboardInterrupt())
    assert "MuteError" == shown_error(MuteError())
