"""Results as files: CSV and JSON Lines, written whole or not at all."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.experiments.payload import to_json
from assay.kit.atomic_files import write_atomic


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``rows``; columns in order of first appearance, absent values empty.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    columns = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_cell, columns))
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    write_atomic(Path(path), text.getvalue().encode())


def write_jsonl(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write each row as one line of JSON."""
    write_atomic(Path(path), b"".join(to_json(row) + b"\n" for row in rows))


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
