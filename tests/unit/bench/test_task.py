"""Task files: one closed schema, every fault with its place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.bench.extraction import CsvExtract, JsonExtract, TextExtract
from assay.bench.task import Task, load_task, parse_definition, parse_task
from assay.core.errors import InvalidTaskError


GOOD = r"""
name: maths
description: Solve it.
constraints: {min_count: 1, required_json_keys: [a], timestamp_format: "HH:MM:SS"}
examples: [00:04:32, on, 1.5, null, {deep: [true]}]
prompt: "{{question}} {{ person.name }}"
extract: {kind: regex, pattern: 'A:\s*(.+)', which: last}
gold: {field: answer}
matcher: {kind: numeric, tolerance: 0.01}
"""


def _message(text: str) -> str:
    with pytest.raises(InvalidTaskError) as caught:
        parse_task(text, source="task.yaml")
    return str(caught.value)


def test_a_good_file_is_read_and_round_trips() -> None:
    task = parse_task(GOOD, source="task.yaml")

    assert task == parse_definition(task.definition)
    assert task.digest == parse_definition(task.definition).digest
    assert task.examples == ("00:04:32", "on", 1.5, None, {"deep": [True]})


def test_json_and_yaml_are_the_same_task() -> None:
    text = '\ufeff{"name": "t",\n\t"gold": {"field": "a"}, "matcher": {"kind": "exact"}}'

    assert parse_task(
        "name: t\ngold: {field: a}\nmatcher: {kind: exact}", source="a"
    ) == parse_task(text, source="b")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nme: x", "task.yaml:9:1: nme: unknown key; did you mean 'name'? Known keys: format_version,"),
        ("zzz: x", "task.yaml:9:1: zzz: unknown key. Known keys:"),
        ("format_version: 2", "task.yaml:9:1: format_version: Input should be 1; found 2."),
        ("constraints: {min_cont: 1}", "task.yaml:9:15: constraints.min_cont: unknown key; did you mean 'min_count'?"),
        ("constraints: {min_count: 3, max_count: 2}", "task.yaml:9:1: constraints: min_count (3) is above max_count (2)."),
        ("prompt: '{{a..b}}'", "task.yaml:9:1: prompt: {{a..b}} is no placeholder"),
        ("extract: {kind: regexp}", "task.yaml:9:11: extract.kind: unknown kind 'regexp'; did you mean 'regex'?"),
        ("extract: {pattern: a}", "task.yaml:9:1: extract.kind: missing; one of text, regex, json, csv."),
        ("extract: {kind: regex, pattern: '(?=a)'}", "task.yaml:9:24: extract.pattern: RE2 refuses it: invalid perl operator: (?=;"),
        ("extract: {kind: json, path: 'a..b'}", "task.yaml:9:23: extract.path: 'a..b' is no path"),
        ("output_format: xml", "task.yaml:9:1: output_format: Input should be 'json', 'csv', 'markdown' or 'text'; found 'xml'."),
        ("evaluation_criteria: [1]", "task.yaml:9:23: evaluation_criteria[0]: Input should be a valid string; found 1."),
        ("sampling: {temperature: -1}", "task.yaml:9:12: sampling.temperature: "),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_line_column_key_and_the_nearest_known_key(
    line: str, expected: str
) -> None:
    base = "name: t\ndescription: |\n  two\n  lines\ngold:\n  field: a\nmatcher:\n  kind: exact\n"

    assert _message(base + line).startswith(expected)


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    lines = _message("nme: x\ngold: {feild: a}\nmatcher: {kind: numeric, tolerence: 1}").split("\n")

    assert [line.split(": ")[1] for line in lines] == [
        "name", "nme", "gold.field", "gold.feild", "matcher.tolerence",
    ]  # fmt: skip


def test_faults_inside_nested_matchers_are_placed() -> None:
    text = (
        "name: t\ngold: {field: a}\nmatcher:\n  kind: record\n  fields:\n"
        "    a: {matcher: {kind: nope}}\n    b: {wieght: 1}\n"
    )

    assert _message(text) == (
        "task.yaml:6:19: matcher.fields.a.matcher.kind: unknown kind 'nope'. "
        "Known kinds: exact, normalized, numeric, date, fuzzy.\n"
        "task.yaml:7:9: matcher.fields.b.wieght: unknown key; did you mean 'weight'? "
        "Known keys: matcher, path, gold_path, weight."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "task.yaml: the file is empty."),
        ("- a", "task.yaml:1:1: expected keys"),
        ("a: [1", "task.yaml:1:6: not YAML: "),
        ('{"a": }', "task.yaml:1:7: not JSON: Expecting value."),
        ("a: 1\na: 2", "task.yaml:2:1: a: occurs twice."),
        ("a: &x 1\nb: *x", "task.yaml:2:4: aliases are not supported"),
        ("a: !!python/object:os.system x", "task.yaml:1:4: the tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("a: !mine x", "task.yaml:1:4: the tag '!mine'"),
        ("[1]: a", "task.yaml:1:1: a key must be text."),
        ("a: \x00", "task.yaml: not YAML: "),
        ("[" * 5000 + "]" * 5000, "task.yaml:1:51: nested too deeply."),
        ("x" * 300_001, "task.yaml: 300001 characters are more than"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_with_its_place(text: str, expected: str) -> None:
    assert _message(text).startswith(expected)


@given(st.text(max_size=60))
def test_any_text_is_a_task_or_an_invalid_one(text: str) -> None:
    try:
        parse_task(text, source="t")
    except InvalidTaskError as failure:
        assert str(failure).startswith("t")  # noqa: PT017  # either outcome is right


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("output_format: json", JsonExtract(kind="json")),
        (
            "output_format: csv\nconstraints: {required_csv_columns: [a]}",
            CsvExtract(kind="csv", columns=("a",)),
        ),
        ("output_format: markdown", TextExtract()),
        ("output_format: json\nextract: {kind: text}", TextExtract()),
    ],
)
def test_without_extract_the_output_format_says_how_the_answer_is_read(
    lines: str, expected: object
) -> None:
    task = parse_task(f"name: t\ngold: {{field: a}}\nmatcher: {{kind: exact}}\n{lines}", source="t")

    assert expected == task.reading


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9")

    with pytest.raises(InvalidTaskError, match=r"none.yaml: cannot be read: No such file"):
        load_task(tmp_path / "none.yaml")
    with pytest.raises(InvalidTaskError, match="byte 6 is not valid UTF-8"):
        load_task(tmp_path / "latin.yaml")


def test_a_file_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "task.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())

    assert load_task(tmp_path / "task.yaml").name == "maths"


def test_a_stored_definition_with_a_fault_names_its_key() -> None:
    with pytest.raises(InvalidTaskError, match=r"^task: gold: missing\.$"):
        parse_definition({"name": "t", "matcher": {"kind": "exact"}})


def test_the_schema_of_a_task_can_be_published() -> None:
    assert "matcher" in Task.model_json_schema()["properties"]
