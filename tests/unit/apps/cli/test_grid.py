"""A table fits its terminal: it shortens, leaves out and folds, and never cuts."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from assay.apps.cli.grid import Column, Grid, fitting


def drawn(grid: Grid, width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(grid)
    return stream.getvalue()


NAMES = Column("name", ["a-rather-long-name", "b"], right=False, folds=True)
NUMBERS = Column("number", ["1234567", "8"])


def test_all_columns_are_shown_where_there_is_room():
    kept, left_out = fitting([NAMES, NUMBERS, Column("more", ["x", "y"], yields=9)], 80)
    assert ["name", "number", "more"] == [column.title for column in kept]
    assert [] == left_out


def test_the_readiest_to_yield_is_left_out_first_and_said():
    columns = [
        NAMES,
        NUMBERS,
        Column("first", ["1", "2"], yields=2),
        Column("last", ["3", "4"], yields=1),
    ]
    kept, left_out = fitting(columns, 28)
    assert ["name", "number", "last"] == [column.title for column in kept]
    assert ["first"] == left_out
    assert "want of width: first." in " ".join(drawn(Grid("T", columns), 28).split())


def test_the_short_form_is_taken_before_a_weighty_column_is_left_out():
    long = Column("lost", ["12 unparseable", "0"], short=["12", "0"])
    cost = Column("cost", ["$1.00", "$2.00"], yields=1)
    kept, left_out = fitting([NUMBERS, long, cost], 22)
    assert ["12", "0"] == list(kept[1].cells)
    assert [] == left_out


def test_some_columns_go_rather_than_that_a_name_folds():
    kept, left_out = fitting([NAMES, NUMBERS, Column("p", ["0.1", "0.2"], yields=4)], 29)
    assert ["name", "number"] == [column.title for column in kept]
    assert ["p"] == left_out


def test_a_column_without_any_value_is_left_out_silently():
    kept, left_out = fitting([NAMES, Column("cost", ["–", ""], yields=1)], 80)
    assert (["name"], []) == ([column.title for column in kept], left_out)


def test_markup_in_a_cell_or_a_title_is_text():
    shown = drawn(Grid("[b]title[/b]", [Column("[i]n[/i]", ["[red]x[/red]"])]), 80)
    assert "[b]title[/b]" in shown
    assert "[i]n[/i]" in shown
    assert "[red]x[/red]" in shown


def test_a_name_that_is_too_long_folds_and_loses_no_letter():
    shown = drawn(Grid("T", [NAMES, NUMBERS]), 22)
    letters = "".join(line.split()[0] for line in shown.splitlines()[4:])
    assert letters.startswith("a-rather-long-name")
    assert "…" not in shown


cells = st.lists(st.text("abc [/]", max_size=30), min_size=2, max_size=2)
columns = st.builds(
    Column,
    title=st.text("abcdef", min_size=1, max_size=8),
    cells=cells,
    yields=st.integers(0, 6),
    folds=st.booleans(),
)
tables = st.lists(columns, max_size=8, unique_by=lambda column: column.title)


@given(columns=tables, width=st.integers(20, 160))
def test_what_never_yields_is_always_kept_and_the_rest_in_order(columns: list[Column], width: int):
    kept, left_out = fitting(columns, width)
    assert [c for c in columns if c in kept] == kept
    assert all(column in kept for column in columns if not column.yields)
    assert set(left_out).isdisjoint(column.title for column in kept)


@given(columns=tables, width=st.integers(20, 100))
def test_a_wider_terminal_never_leaves_out_more(columns: list[Column], width: int):
    narrow, _ = fitting(columns, width)
    wide, _ = fitting(columns, width + 20)
    assert len(wide) >= len(narrow)
