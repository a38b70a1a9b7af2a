"""The root of every error Assay raises, drawn whole in ``core.errors``, and any error in words."""


class AssayError(Exception):
    """Something Assay can explain: what happened, where, and what to do next.

    The command line prints the message as one line and exits with 2; the server
    answers it as a problem document. Anything else is a defect.
    """

    code: str = "assay_error"


class MissingExtraError(AssayError):
    """A feature needs an optional dependency that is not installed."""

    code = "missing_extra"


def told_by(error: BaseException) -> str:
    """Return class and message of ``error``; the class alone where there is no message.

    The message of somebody else's exception may itself raise.
    """
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - see above
        return name
    return f"{name}: {text}" if text else name
