"""Reading the answer out of what a model said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from assay.bench.extraction import ExtractSpec, UnreadableAnswerError, extract


_SPECS: TypeAdapter[ExtractSpec] = TypeAdapter(ExtractSpec)


def _read(text: str, **spec: Any) -> Any:
    return extract(_SPECS.validate_python(spec), text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("  Paris \n", "Paris"), ("```\nParis\n```", "Paris"), ("```text\nParis\n```\n", "Paris"),
        ("/* chunk 1 */\n```\nParis\n```", "Paris"), ("~~~\nParis\n~~~", "Paris"),
        ("Say ```code``` inline", "Say ```code``` inline"), ("/* chunk 12 */ Paris", "Paris"),
    ],
)  # fmt: skip
def test_text_is_the_whole_answer_without_its_wrapping(text: str, answer: str) -> None:
    assert answer == _read(text, kind="text")


@pytest.mark.parametrize("text", ["", "  \n", "```\n```", "/* chunk 1 */"])
def test_an_empty_answer_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        _read(text, kind="text")


@pytest.mark.parametrize(
    ("spec", "answer"),
    [
        ({"pattern": r"A:\s*(.+)"}, "3"), ({"pattern": r"A:\s*(.+)", "which": "last"}, "42"),
        ({"pattern": r"A:\s*\d+", "which": "last"}, "A: 42"), ({"pattern": r"(A): (\d+)", "group": 2}, "3"),
        ({"pattern": r"(?P<mark>A): (?P<n>\d+)", "group": "n"}, "3"), ({"pattern": r"(A): \d+", "group": 0}, "A: 3"),
    ],
)  # fmt: skip
def test_a_pattern_reads_its_group_of_the_first_or_last_match(spec: Any, answer: str) -> None:
    assert answer == _read("A: 3 \nso\nA: 42\n", kind="regex", **spec)


def test_without_a_match_the_answer_is_unreadable() -> None:
    with pytest.raises(UnreadableAnswerError, match=r"no match of the pattern 'A:\(\.\+\)'"):
        _read("B: 3", kind="regex", pattern="A:(.+)")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"pattern": "(?=a)"}, r"invalid perl operator: \(\?=; look-ahead"),
        ({"pattern": "(?<=a)b"}, "look-behind do not exist"),
        ({"pattern": r"(a)\1"}, r"invalid escape sequence: .*back-references"),
        ({"pattern": "(a"}, r"missing \)"),
        ({"pattern": "(a)", "group": 2}, r"group 2: the pattern has 1 group"),
        ({"pattern": "(a)", "group": "x"}, "group 'x': the pattern's named groups: none"),
        ({"pattern": ""}, "at least 1 character"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_beforehand(spec: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        _SPECS.validate_python({"kind": "regex", **spec})


def test_a_pattern_that_explodes_elsewhere_takes_linear_time() -> None:
    with pytest.raises(UnreadableAnswerError):
        _read("a" * 50_000 + "!", kind="regex", pattern="^(a+)+$")


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [{"x": 1}, {"x": 2}]}',
        'Here it is:\n```json\n{"items": [{"x": 1}, {"x": 2}]}\n```\nDone.',
        '/* chunk 1 */\n```json\n{"items": [{"x": 1}, {"x": 2}]}\n```',
        'As [asked]: {"items": [{"x": 1}, {"x": 2}]} and {more}',
    ],
)
def test_json_is_found_in_fences_and_in_prose(text: str) -> None:
    assert _read(text, kind="json") == {"items": [{"x": 1}, {"x": 2}]}
    assert _read(text, kind="json", path="items[1].x") == 2
    assert _read(text, kind="json", path="$.items[*].x") == [1, 2]
    assert _read(text, kind="json", path="items[-1]") == {"x": 2}


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("no json here", None, "no JSON"), ('{"a": NaN}', None, "no JSON"), ('{"a": 1', None, "no JSON"),
        ("[" * 100_000, None, "no JSON"), ('{"a": 1}', "b", r"nothing at the path 'b': .* \(it has a\)"),
        ('{"a": [1]}', "a[1]", "none at"), ('{"a": 1}', "a[0]", "a is no list"),
        ('{"a": 1}', "a.b", r"a has no 'b' \(it is int\)"), ("{}", "b", "it is empty"),
    ],
)  # fmt: skip
def test_json_that_is_not_there_is_unreadable(text: str, path: str | None, message: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=message):
        _read(text, kind="json", path=path)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
        ),
        max_leaves=10,
    ),
    st.sampled_from(["{}", "```json\n{}\n```", "/* chunk 3 */\n{}", "Sure!\n```\n{}\n```\nBye."]),
)
def test_json_survives_every_wrapping(value: Any, wrapping: str) -> None:
    text = wrapping.replace("{}", json.dumps(value, indent=1))

    assert value == _read(text, kind="json")


CSV = 'name,age\nAda,36\n\n"Lovelace, A.", 37\n'


@pytest.mark.parametrize(
    "text", [CSV, f"```csv\n{CSV}```", f"/* chunk 1 */\n```csv\n{CSV}```", f"Here:\n```\n{CSV}```\nBye"]
)  # fmt: skip
def test_csv_rows_are_mappings(text: str) -> None:
    assert _read(text, kind="csv") == [
        {"name": "Ada", "age": "36"},
        {"name": "Lovelace, A.", "age": "37"},
    ]


def test_named_columns_find_the_header_after_prose() -> None:
    rows = _read(f"The table, as asked:\n{CSV}", kind="csv", columns=["age"])

    assert [row["age"] for row in rows] == ["36", "37"]


@pytest.mark.parametrize(
    ("text", "spec", "message"),
    [
        ("a,b\n1,2,3\n", {}, "row 1 has 3 cells; the header has 2"), ("", {}, "no CSV"),
        ("I cannot do that.", {}, "no CSV"), ("a,a\n1,2", {}, "twice"),
        ("a,b\n1,2", {"columns": ["c"]}, "no CSV header with the columns c"),
    ],
)  # fmt: skip
def test_csv_that_is_not_there_is_unreadable(text: str, spec: Any, message: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=message):
        _read(text, kind="csv", **spec)


def test_a_header_without_rows_is_an_empty_list() -> None:
    assert _read("name,age\n", kind="csv") == []


@pytest.mark.parametrize("path", ["a..b", "a[", "a]b", "a.", "[x]", "a[0]b"])
def test_a_path_that_is_none_is_refused_beforehand(path: str) -> None:
    with pytest.raises(ValidationError, match="is no path"):
        _SPECS.validate_python({"kind": "json", "path": path})


@given(st.text(max_size=200), st.sampled_from(["text", "json", "csv"]))
def test_any_answer_is_read_or_refused(text: str, kind: str) -> None:
    try:
        _read(text, kind=kind)
    except UnreadableAnswerError as failure:
        assert str(failure)  # noqa: PT017  # either outcome is right, another error is not
