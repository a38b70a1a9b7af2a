"""What others wrote is printed without what a terminal would obey."""

import pytest
from rich.text import Text

from assay.apps.cli.output import OutputFormat, emit, say, stderr_console, without_controls


HOSTILE = "a\x1b[2J\x1b]0;title\x07b\r\x9b31mc\td"


def test_a_text_keeps_its_words_lines_and_tabs() -> None:
    assert without_controls(HOSTILE) == "a[2J]0;titleb31mc\td"
    assert without_controls("ü 漢字 \n − ✓") == "ü 漢字 \n − ✓"


def test_neither_tables_nor_words_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    emit({}, OutputFormat.TABLE, render=lambda: Text(HOSTILE, "red"))
    say(HOSTILE)
    stderr_console().print(Text(HOSTILE))
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert "title" in text
        assert set(text) & set("\x1b\x07\r\x9b") == set()
