"""Lines of CSV: readable by any reader, run by no spreadsheet."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.csv_lines import csv_lines, guard_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("x=1", "x=1"), (-1.5, "-1.5"), (None, ""), (0, "0"), (True, "True"),
    ],
)  # fmt: skip
def test_no_cell_is_run_as_a_formula(value: Any, cell: str) -> None:
    assert cell == guard_cell(value)


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1)))
def test_every_cell_reads_back_as_it_was_guarded(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_lines(rows), newline="")))
    assert [[guard_cell(cell) for cell in row] for row in rows] == read
