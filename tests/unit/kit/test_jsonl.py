"""JSON Lines: every fault has its file and line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.errors import AssayError
from assay.kit.jsonl import JsonLinesError, parse_json, read_jsonl


class OwnError(AssayError):
    pass


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "data.jsonl"
    path.write_bytes(content)
    return path


def test_lines_are_numbered_and_bom_crlf_and_blank_lines_are_looked_through(tmp_path: Path) -> None:
    path = _file(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": "\xc3\xa9"}')

    assert [(1, {"a": 1}), (3, {"a": "é"})] == list(read_jsonl(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a": }', r":2: not JSON: Expecting value at column 7\."),
        (b'{"a": 1}\n\xff', r":2: byte 9 of the file is 0xff, which is not valid UTF-8"),
        (b'\xef\xbb\xbf{"a": "\xff"}', r":1: byte 10 of the file"),
        (b'{"a": NaN}', r":1: not JSON: NaN is no JSON value; use null\."),
        (b'{"a": -Infinity}', ":1: not JSON: -Infinity is no JSON value"),
        (b'{"a": 1, "b": 2, "a": 3}', r":1: not JSON: the key 'a' occurs twice"),
        (b"[1]", ":1: expected a JSON object, found a list"),
        (b"null", "found null"), (b"true", "found a boolean"), (b'"x"', "found text"), (b"3", "found a number"),
        (b'{"a": "\\ud800"}', r":1: holds an unpaired surrogate \(\\ud800\)"),
        (b"\xff\xfe{\x00", "UTF-16; save it as UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(JsonLinesError, match=message):
        list(read_jsonl(_file(tmp_path, content)))


def test_a_caller_names_its_own_kind_of_error(tmp_path: Path) -> None:
    with pytest.raises(OwnError, match=r"none.jsonl: cannot be read: No such file or directory\."):
        list(read_jsonl(tmp_path / "none.jsonl", error=OwnError))
    with pytest.raises(OwnError, match=r"w: not JSON: .* at line 2 column 1"):
        parse_json("\n?", where="w", error=OwnError)


def test_a_file_is_read_no_further_than_it_is_asked(tmp_path: Path) -> None:
    rows = read_jsonl(_file(tmp_path, b'{"a": 1}\nbroken'))

    assert (1, {"a": 1}) == next(rows)


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=8), max_size=3),
        max_size=4,
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    assert rows == [row for _, row in read_jsonl(path)]
