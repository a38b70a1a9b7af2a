"""The root of every error Assay raises; the whole tree is drawn in ``core.errors``."""


class AssayError(Exception):
    """Something Assay can explain: what happened, where, and what to do next.

    The command line prints the message as one line and exits with 2; the server
    answers it as a problem document. Anything else is a defect.
    """

    code: str = "assay_error"


class MissingExtraError(AssayError):
    """A feature needs an optional dependency that is not installed."""

    code = "missing_extra"
