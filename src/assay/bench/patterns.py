"""Regular expressions from users: RE2 only, whose time is linear in the text."""

from functools import lru_cache
from typing import Any


class PatternRefusedError(ValueError):
    """RE2 does not know a construct of the pattern; the message names it."""


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Any:
    """Compile a pattern once.

    Raises:
        PatternRefusedError: Naming the construct, such as ``invalid perl operator: (?=``.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as failure:
        raise PatternRefusedError(_explanation(failure)) from failure


def _explanation(failure: Exception) -> str:
    raw = failure.args[0] if failure.args else failure
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
    hint = ""
    if "(?=" in text or "(?!" in text or "(?<" in text:
        hint = "; look-ahead and look-behind do not exist there"
    elif text.startswith("invalid escape sequence: \\") and text[-1:].isdigit():
        hint = "; back-references do not exist there"
    return f"RE2 refuses it: {text}{hint}"


def find_group(pattern: str, text: str, *, group: int | str, last: bool) -> str | None:
    """Return the group's text of the first or last match, or None without a match."""
    found = None
    for match in compile_pattern(pattern).finditer(text):
        found = match
        if not last:
            break
    return None if found is None else found.group(group)
