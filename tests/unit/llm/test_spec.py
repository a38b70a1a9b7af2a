"""Model specifications."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidModelError
from assay.llm.spec import ModelSpec, parse_model_spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("recorded:a/b.jsonl#gpt-4o", ModelSpec("recorded", "gpt-4o", "a/b.jsonl")),
        ("recorded:a#b.jsonl#m", ModelSpec("recorded", "m", "a#b.jsonl")),
        ("recorded:a.jsonl", ModelSpec("recorded", "", "a.jsonl")),
        ("python:pkg.mod:make.it", ModelSpec("python", "pkg.mod:make.it")),
        ("openai:gpt-4o", ModelSpec("openai", "gpt-4o")),
        ("openai:org/m:free", ModelSpec("openai", "org/m:free")),
        ("openai:m@2024@http://h:8/v1/", ModelSpec("openai", "m@2024", "http://h:8/v1")),
        (" openai:gpt-4o ", ModelSpec("openai", "gpt-4o")),
    ],
)
def test_a_specification_is_read(text: str, spec: ModelSpec) -> None:
    assert spec == parse_model_spec(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gpt-4o", "has no provider. Known providers: openai, python, recorded"),
        ("antropic:claude", "unknown provider 'antropic'. Known providers: openai"),
        ("openai:", "names no model"),
        ("openai:http://localhost:1/v1", "names an endpoint but no model"),
        ("openai:@http://localhost:1/v1", "names an endpoint but no model"),
        ("recorded:#name", "names no file"),
        ("python:module", "must be python:MODULE:FUNCTION"),
        ("python:mod:fn()", "must be python:MODULE:FUNCTION"),
        ("python:os; x:fn", "must be python:MODULE:FUNCTION"),
        ("", "has no provider"),
    ],
)
def test_a_wrong_specification_says_what_is_wrong_and_what_would_be_right(
    text: str, message: str
) -> None:
    with pytest.raises(InvalidModelError) as caught:
        parse_model_spec(text)
    assert message in str(caught.value)


@given(st.text())
def test_any_text_is_either_a_model_or_a_clear_refusal(text: str) -> None:
    try:
        spec = parse_model_spec(text)
    except InvalidModelError:
        return
    assert spec == parse_model_spec(spec.text)
