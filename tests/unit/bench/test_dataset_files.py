"""Dataset files of every kind, and what is wrong with bad ones."""

from pathlib import Path
from typing import Any

import pytest

from assay.core.dataset_rows import parse_datapoint
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError
from assay.execution.dataset_files import read_dataset


def _read(folder: Path, name: str, content: str | bytes) -> list[Datapoint]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_dataset(path))


def _message(folder: Path, name: str, content: str | bytes) -> str:
    with pytest.raises(InvalidDatasetError) as caught:
        _read(folder, name, content)
    return str(caught.value).removeprefix(f"{folder}/")


LINE = '{"id": "a", "inputs": {"q": "?"}, "ground_truth": {"answer": "!"}, "metadata": {"k": 1}}'
POINT = Datapoint("a", {"q": "?"}, {"answer": "!"}, {"k": 1})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.jsonl", LINE), ("d.NDJSON", LINE + "\r\n"), ("d.json", f"[{LINE}]"),
        ("d.json", f'\ufeff{{"datapoints":\n [{LINE}]}}'),
    ],
    ids=["lines", "crlf", "list", "object"],
)  # fmt: skip
def test_each_kind_of_file_gives_the_same_datapoint(
    tmp_path: Path, name: str, content: str
) -> None:
    assert [POINT] == _read(tmp_path, name, content)


def test_csv_columns_fill_inputs_ground_truth_and_metadata(tmp_path: Path) -> None:
    content = (
        '\ufeffid,q,inputs.b,ground_truth.answer,metadata.k\r\na,"?\n,",2,!,1\r\n\r\n7,,,,\r\n'
    )

    assert _read(tmp_path, "d.csv", content) == [
        Datapoint("a", {"q": "?\n,", "b": "2"}, {"answer": "!"}, {"k": "1"}),
        Datapoint("7", {"q": "", "b": ""}, {"answer": ""}, {"k": ""}),
    ]


def test_ids_are_text_and_rows_without_one_are_named_by_position(tmp_path: Path) -> None:
    points = _read(
        tmp_path, "d.jsonl", '{"id": 7, "inputs": {}}\n{"inputs": {}, "ground_truth": null}'
    )

    assert [("7", None), ("datapoint-2", None)] == [(p.id, p.ground_truth) for p in points]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "d.jsonl: holds no datapoints."), ("\n\n", "d.jsonl: holds no datapoints."),
        (f"{LINE}\n\n{LINE}", "d.jsonl:3: id: 'a' was used before, at "),
        ('{"id": "a"}', "d.jsonl:1: inputs: missing; expected an object"),
        ('{"inputs": "x"}', "d.jsonl:1: inputs: expected an object such as"),
        ('{"inputs": {}, "ground_truth": "x"}', "d.jsonl:1: ground_truth: expected an object"),
        ('{"inputs": {}, "metadata": []}', "d.jsonl:1: metadata: expected an object"),
        ('{"inputs": {}, "id": true}', "d.jsonl:1: id: expected text or a whole number, found True."),
        ('{"inputs": {}, "id": 1.5}', "d.jsonl:1: id: expected text"), ('{"inputs": {}, "id": " "}', "d.jsonl:1: id: is empty"),
        ('{"input": {}}', "d.jsonl:1: input: unknown key; did you mean 'inputs'?"),
        ('{"inputs": {}, "zzz": 1}', "d.jsonl:1: zzz: unknown key; put further data under 'metadata'."),
        ("nonsense", "d.jsonl:1: not JSON"),
    ],
)  # fmt: skip
def test_a_fault_in_lines_is_named(tmp_path: Path, content: str, expected: str) -> None:
    assert _message(tmp_path, "d.jsonl", content).startswith(expected)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("d.json", "{}", "d.json: expected a list of datapoints"), ("d.json", "[1]", "d.json: datapoint 1: expected an object, found int."),
        ("d.json", "[\n{]", "d.json: not JSON: "), ("d.json", b"\xff", "d.json:1: byte 0 of the file is 0xff"),
        ("d.json", "[]", "d.json: holds no datapoints."), ("d.csv", "", "d.csv: holds no datapoints."),
        ("d.csv", "a,b\n1\n", "d.csv:2: has 1 cells; the header has 2 columns."), ("d.csv", "a,a\n", "d.csv:1: the column 'a' occurs twice."),
        ("d.csv", "a,\n", "d.csv:1: column 2 has no name."), ("d.csv", "id,inputs\n", "d.csv:1: inputs: a column holds one value; name it 'inputs.NAME'."),
        ("d.csv", 'a\n"x', "d.csv:2: not CSV: "), ("d.csv", "id,q\n,x\n", "d.csv:2: id: is empty"),
        ("d.csv", b"a\n\xff", "d.csv:2: byte 2 of the file"), ("d.csv", 'id,q\nx,"1\n2"\nx,3\n', "d.csv:4: id: 'x' was used before"),
        ("d.xlsx", "", "d.xlsx: unknown kind of dataset file '.xlsx'; known: .jsonl, .ndjson, .json, .csv."),
    ],
)  # fmt: skip
def test_a_fault_in_a_file_is_named(
    tmp_path: Path, name: str, content: str | bytes, expected: str
) -> None:
    assert _message(tmp_path, name, content).startswith(expected)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in ("n.jsonl", "n.json", "n.csv"):
        with pytest.raises(InvalidDatasetError, match=f"{name}: cannot be read: No such file"):
            list(read_dataset(tmp_path / name))


@pytest.mark.parametrize("value", [float("nan"), {1: 2}, object()])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(InvalidDatasetError, match=r"^row 1: inputs\.x"):
        parse_datapoint({"inputs": {"x": value}}, where="row 1", index=0)
