"""Dataset files: JSON Lines, JSON and CSV, read as a stream of datapoints.

Every fault is named by file, line and key. A CSV column ``inputs.question``,
``ground_truth.answer`` or ``metadata.source`` fills that place; a column without such
a prefix is an input; ``id``, or without one ``datapoint_id``, is the id. Columns are
parted by commas, or by semicolons or tabs where the header has no comma.
"""

import csv
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from assay.core.dataset_rows import parse_datapoint
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError
from assay.kit.jsonl import parse_json, read_jsonl, read_lines


Row = tuple[str, dict[str, Any]]
"""A row and its place, such as ``data.jsonl:3``."""

_SECTIONS = ("inputs", "ground_truth", "metadata")


def read_dataset(path: Path | str) -> Iterator[Datapoint]:
    """Stream the datapoints of a file; JSON Lines and CSV are never held whole.

    Args:
        path: A ``.jsonl``, ``.ndjson``, ``.json`` or ``.csv`` file, UTF-8.

    Raises:
        InvalidDatasetError: While reading, as ``file:line: key: what is wrong``.
    """
    return _datapoints(Path(path), read_rows(path))


def read_rows(path: Path | str) -> Iterator[Row]:
    """Stream the rows of a file with their places, not yet read as datapoints.

    Raises:
        InvalidDatasetError: While reading, as ``file:line: what is wrong``.
    """
    readers: dict[str, Callable[[Path], Iterator[Row]]] = {
        ".jsonl": _jsonl_rows,
        ".ndjson": _jsonl_rows,
        ".json": _json_rows,
        ".csv": _csv_rows,
    }
    file = Path(path)
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise InvalidDatasetError(
            f"{file}: unknown kind of dataset file {file.suffix!r}; known: {', '.join(readers)}."
        )
    return reader(file)


def _datapoints(file: Path, rows: Iterator[Row]) -> Iterator[Datapoint]:
    seen: dict[str, str] = {}
    for index, (where, row) in enumerate(rows):
        datapoint = parse_datapoint(row, where=where, index=index)
        if datapoint.id in seen:
            raise InvalidDatasetError(
                f"{where}: id: {datapoint.id!r} was used before, at {seen[datapoint.id]}; "
                "every datapoint needs an id of its own."
            )
        seen[datapoint.id] = where
        yield datapoint
    if not seen:
        raise InvalidDatasetError(f"{file}: holds no datapoints.")


def _jsonl_rows(file: Path) -> Iterator[Row]:
    for number, row in read_jsonl(file, error=InvalidDatasetError):
        yield f"{file}:{number}", row


def _json_rows(file: Path) -> Iterator[Row]:
    document = parse_json(_read_text(file), where=str(file), error=InvalidDatasetError)
    rows = document.get("datapoints") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise InvalidDatasetError(
            f"{file}: expected a list of datapoints, or an object with the key 'datapoints'."
        )
    for number, row in enumerate(rows, start=1):
        where = f"{file}: datapoint {number}"
        if not isinstance(row, dict):
            raise InvalidDatasetError(f"{where}: expected an object, found {type(row).__name__}.")
        yield where, row


def _read_text(file: Path) -> str:
    return "".join(line for _, line in read_lines(file, error=InvalidDatasetError))


def _csv_rows(file: Path) -> Iterator[Row]:
    lines = (line for _, line in read_lines(file, error=InvalidDatasetError))
    read: list[str] = []
    for line in lines:
        read.append(line)
        if line.strip():
            break
    delimiter = _delimiter(read[-1] if read else "")
    reader = csv.reader(chain(read, lines), strict=True, delimiter=delimiter)
    yield from _csv_records(file, reader)


def _delimiter(header: str) -> str:
    """Return what parts the columns: a comma, or what spreadsheets write elsewhere instead."""
    try:
        counts = {sign: len(next(csv.reader([header], delimiter=sign), [])) for sign in ",;\t"}
    except csv.Error:
        return ","
    return "," if counts[","] > 1 else max(counts, key=counts.__getitem__)


def _csv_records(file: Path, reader: Any) -> Iterator[Row]:
    header: list[str] = []
    start = 1
    try:
        for cells in reader:
            where, start = f"{file}:{start}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells, where)
                continue
            if len(cells) != len(header):
                raise InvalidDatasetError(
                    f"{where}: has {len(cells)} cells; the header has {len(header)} columns."
                )
            yield where, _csv_row(dict(zip(header, cells, strict=True)))
    except csv.Error as failure:
        long = "; JSON Lines holds texts of any length" if "field limit" in str(failure) else ""
        raise InvalidDatasetError(f"{file}:{start}: not CSV: {failure}{long}.") from failure


def _header(cells: list[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    for position, name in enumerate(names, start=1):
        if not name:
            raise InvalidDatasetError(f"{where}: column {position} has no name.")
        if name in _SECTIONS:
            raise InvalidDatasetError(
                f"{where}: {name}: a column holds one value; name it '{name}.NAME'."
            )
        if names.index(name) != position - 1:
            raise InvalidDatasetError(f"{where}: the column {name!r} occurs twice.")
    return names


def _csv_row(cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"inputs": {}}
    id_column = "id" if "id" in cells else "datapoint_id"
    for column, cell in cells.items():
        section, dot, name = column.partition(".")
        if column == id_column:
            row["id"] = cell
        elif dot and section in _SECTIONS:
            row.setdefault(section, {})[name] = cell
        else:
            row["inputs"][column] = cell
    return row
