"""What MLflow refuses is said in words that help: no SQL, no guess that waiting would do."""

import pytest

from assay.core.errors import LedgerError
from assay.tracking.faults import UnreachableError, refuse, shorten


LOCKED = (
    "(raised as a result of Query-invoked autoflush; consider using a session.no_autoflush block)"
    " (sqlite3.OperationalError) database is locked\n[SQL: INSERT INTO runs (a) VALUES (?)]\n"
    "[parameters: ('x',)]\n(Background on this error at: https://sqlalche.me/e/21/e3q8)"
)


def test_a_foreign_message_is_told_without_the_sql_it_quotes() -> None:
    assert shorten(LOCKED) == "(sqlite3.OperationalError) database is locked"
    assert shorten("two\nlines (kept)") == "two lines (kept)"


def test_a_locked_database_may_be_tried_again() -> None:
    with pytest.raises(UnreachableError, match=r"busy or locked: .* is locked; try again"):
        refuse("sqlite:///x.db", "TEMPORARILY_UNAVAILABLE", LOCKED)


def test_a_database_that_may_only_be_read_is_not_called_busy() -> None:
    message = LOCKED.replace("database is locked", "attempt to write a readonly database")
    with pytest.raises(LedgerError, match="its database is read-only") as caught:
        refuse("sqlite:///x.db", "TEMPORARILY_UNAVAILABLE", message)
    assert not isinstance(caught.value, UnreachableError)


@pytest.mark.parametrize(
    "words", ["database or disk is full", "could not extend file: No space left on device"]
)
def test_a_full_disk_is_said_and_may_be_tried_again_when_there_is_room(words: str) -> None:
    message = LOCKED.replace("database is locked", words)
    with pytest.raises(UnreachableError, match=r"its disk is full.*make room and try again"):
        refuse("sqlite:///x.db", "TEMPORARILY_UNAVAILABLE", message)
