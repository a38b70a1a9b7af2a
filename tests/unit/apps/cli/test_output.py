"""What others wrote is printed without what a terminal would obey."""

import os
import subprocess
import sys

import pytest
from rich.text import Text

from assay.apps.cli.output import OutputFormat, emit, say, stderr_console, without_controls
from tests.repository import PACKAGE


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


def test_a_terminal_that_has_no_other_letters_than_ascii_shows_question_marks():
    """Tables have arrows; a document keeps its letters."""
    code = (
        "from assay.apps.cli.output import emit_bytes, replace_unprintable\n"
        "replace_unprintable()\n"
        "print('v1 \\u2192 v2')\n"
        "emit_bytes('\\u2192'.encode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert b"v1 ? v2\n\xe2\x86\x92" == done.stdout
