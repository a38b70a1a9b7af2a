"""Every error Assay raises, as one tree.

::

    AssayError                     anything Assay can explain
    ├── MissingExtraError          an optional dependency is absent
    ├── NotJsonError               a value has no JSON form
    ├── InvalidInputError          what the user gave cannot be used
    │   ├── InvalidTaskError       a task file
    │   ├── InvalidDatasetError    a dataset file
    │   ├── InvalidAnswersError    a file of recorded answers
    │   ├── InvalidModelError      a model specification
    │   └── InvalidSettingsError   a setting, wherever it came from
    ├── NotFoundError              nothing has this id or name
    ├── ConflictError              the state does not allow this
    ├── LedgerError                the experiment ledger (MLflow) could not be read or written
    │   └── NoLedgerError          nothing was ever logged there: the database is not made yet
    ├── StorageError               the database or the disk refused
    ├── ModelCallError             a model call ended without an answer
    └── ServerError                a server could not be reached or refused
"""

from typing import Self

from assay.kit.canonical_json import NotJsonError
from assay.kit.errors import AssayError, MissingExtraError


__all__ = [
    "AssayError",
    "ConflictError",
    "InvalidAnswersError",
    "InvalidDatasetError",
    "InvalidInputError",
    "InvalidModelError",
    "InvalidSettingsError",
    "InvalidTaskError",
    "LedgerError",
    "MissingExtraError",
    "ModelCallError",
    "NoLedgerError",
    "NotFoundError",
    "NotJsonError",
    "ServerError",
    "StorageError",
]


class InvalidInputError(AssayError):
    """What the user gave cannot be used; the message names the file, the line and the key."""

    code = "invalid_input"


class InvalidTaskError(InvalidInputError):
    """A task file is malformed."""

    code = "invalid_task"


class InvalidDatasetError(InvalidInputError):
    """A dataset file is malformed."""

    code = "invalid_dataset"


class InvalidAnswersError(InvalidInputError):
    """A file of recorded answers is malformed."""

    code = "invalid_answers"


class InvalidModelError(InvalidInputError):
    """A model specification names nothing that can be called."""

    code = "invalid_model"


class InvalidSettingsError(InvalidInputError):
    """A setting has a value that cannot be used."""

    code = "invalid_settings"


class NotFoundError(AssayError):
    """Nothing has this id or name; the message says what was looked for and what exists."""

    code = "not_found"

    @classmethod
    def of_id(cls, noun: str, wanted: str) -> Self:
        """Return the error for an id that names nothing here, or nothing of the asker's project.

        One message for both, and no other id in it: whose those are is nobody's business.
        """
        return cls(
            f"There is no {noun} {wanted[:200]!r}; it may have been deleted. "
            f"The list of {noun}s shows which there are."
        )


class ConflictError(AssayError):
    """The present state does not allow this."""

    code = "conflict"


class LedgerError(AssayError):
    """The experiment ledger could not be read or written; the message says which URI, and what to do."""

    code = "ledger"


class NoLedgerError(LedgerError):
    """The ledger's database is not made yet; the message says where it was looked for."""


class StorageError(AssayError):
    """The database or the disk refused; nothing that was stored before is lost."""

    code = "storage"


class ModelCallError(AssayError):
    """A model call ended without an answer.

    Attributes:
        retryable: Whether the same call may succeed later.
        retry_after_seconds: What the provider asked to wait, at least 0, or None.
        status: The HTTP status, or None when no reply came.
    """

    code = "model_call"

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after_seconds: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.status = status


class ServerError(AssayError):
    """A server could not be reached, or refused; the message says which and why."""

    code = "server"
