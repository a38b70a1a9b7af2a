"""Results as files: CSV and JSON Lines, written whole or not at all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.experiments.payload import to_json
from assay.kit.atomic_files import write_atomic
from assay.kit.csv_lines import csv_lines


def write_csv(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``rows``; columns in order of first appearance, absent values empty.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    columns = dict.fromkeys(name for row in rows for name in row)
    cells = ([row.get(name) for name in columns] for row in rows)
    write_atomic(Path(path), csv_lines([columns, *cells], end="\n").encode())


def write_jsonl(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write each row as one line of JSON."""
    write_atomic(Path(path), b"".join(to_json(row) + b"\n" for row in rows))
