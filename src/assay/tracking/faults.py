"""One vocabulary for what MLflow and the network refuse, with the words that help."""

import re
from typing import NoReturn

from assay.core.errors import ConflictError, InvalidInputError, LedgerError, NotFoundError
from assay.kit.redaction import redact


_LONGEST_DETAIL = 400
_READ_ONLY = ("attempt to write a readonly database", "read-only transaction")
_FULL = ("database or disk is full", "No space left on device")
_AUTOFLUSH = re.compile(r"\(raised as a result of Query-invoked autoflush;[^)]*\) ?")
_STATEMENT = re.compile(r" ?(\[SQL: |\(Background on this error at: ).*")

_BY_CODE: dict[str, type[NotFoundError | ConflictError | InvalidInputError]] = {
    "RESOURCE_DOES_NOT_EXIST": NotFoundError,
    "RESOURCE_ALREADY_EXISTS": ConflictError,
    "INVALID_PARAMETER_VALUE": InvalidInputError,
}


class UnreachableError(LedgerError):
    """The ledger gave no answer, or a passing one; a request may or may not have been done."""


def refuse(uri: str, code: str, message: str) -> NoReturn:
    """Raise what an MLflow error code means; ``uri`` is already without credentials.

    Raises:
        NotFoundError: For something that is not there.
        ConflictError: For something that is already there.
        InvalidInputError: For a value MLflow cannot use.
        UnreachableError: For a passing condition, such as a locked database or a full disk.
        LedgerError: For everything else.
    """
    detail = shorten(message)
    if any(words in message for words in _READ_ONLY):
        raise LedgerError(
            f"The ledger at {uri} cannot be written: its database is read-only. Give this user "
            "the right to write to the file and its folder."
        )
    if any(words in message for words in _FULL):
        raise UnreachableError(
            f"The ledger at {uri} cannot be written: its disk is full. What was logged before is "
            "kept; make room and try again."
        )
    if (kind := _BY_CODE.get(code)) is not None:
        raise kind(f"MLflow at {uri}: {detail}")
    if code in {"TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"}:
        raise UnreachableError(f"The ledger at {uri} is busy or locked: {detail}; try again.")
    raise LedgerError(f"The ledger at {uri} refused ({code or 'no code'}): {detail}")


def shorten(message: str) -> str:
    """Return a foreign message on one line, without secrets and without the SQL it quotes."""
    line = _STATEMENT.sub("", _AUTOFLUSH.sub("", " ".join(redact(message).split())))
    return line if len(line) <= _LONGEST_DETAIL else f"{line[:_LONGEST_DETAIL]}…"
