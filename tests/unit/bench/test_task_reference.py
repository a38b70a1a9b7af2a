"""The reference page names every key and kind of a task file, and its examples are read."""

import re
from pathlib import Path
from typing import get_args

import pytest

from assay.bench.extraction import CsvExtract, JsonExtract, RegexExtract
from assay.bench.matchers.specs import (
    DateMatcher,
    ExactMatcher,
    FuzzyMatcher,
    IntervalMatcher,
    NormalizedMatcher,
    NumericMatcher,
    RecordMatcher,
    SetMatcher,
)
from assay.bench.spec import Spec
from assay.bench.task import Task, parse_task


PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "task-file.md"
MATCHERS: list[type[Spec]] = [
    ExactMatcher, NormalizedMatcher, NumericMatcher, DateMatcher, FuzzyMatcher,
    SetMatcher, IntervalMatcher, RecordMatcher,
]  # fmt: skip


def _text() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_key_of_a_task_is_named() -> None:
    assert [name for name in Task.model_fields if f"`{name}`" not in _text()] == []


@pytest.mark.parametrize("model", [*MATCHERS, RegexExtract, JsonExtract, CsvExtract])
def test_every_kind_is_named_with_its_keys(model: type[Spec]) -> None:
    (kind,) = get_args(model.model_fields["kind"].annotation)
    (row,) = re.findall(rf"^\| `{kind}` \|.*$", _text(), re.MULTILINE)

    missing = [key for key in model.model_fields if key != "kind" and f"`{key}`" not in row]
    assert missing == []


def test_the_examples_are_read() -> None:
    whole, matcher = re.findall(r"```yaml\n(.*?)```", _text(), re.DOTALL)

    assert parse_task(whole, source="example").matcher.kind == "numeric"
    rest = "name: t\ngold: {field: a}\n"
    assert parse_task(rest + matcher, source="example").matcher.kind == "record"
