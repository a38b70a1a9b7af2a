"""Secrets out of texts: the same masks for logs, exports, errors and replies."""

import re
from collections.abc import Mapping
from typing import Any


MASK = "[redacted]"

_KEYS = r"(?:api|secret|private|signing|encryption|(?:secret[_-]?)?access)[_-]?key"
_NAMES = rf"{_KEYS}|secret|passwd|password|passphrase|access[_-]?token|auth[_-]?token"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\b(?:sk|pk|rk)-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{16,}"), MASK),
    (
        re.compile(r"\b(?:hf_|ghp_|gho_|github_pat_|xox[abp]-|AKIA|AIza|hh_)[A-Za-z0-9_-]{12,}"),
        MASK,
    ),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), MASK),
    # Up to the last "@": one that was not escaped must not leave half a password behind.
    (re.compile(r"(://[^\s:/@]*):[^\s/?#\"'<>]+@"), rf"\1:{MASK}@"),
    # In the URL of a database SQLAlchemy takes "/" and "?" in a password as they are.
    (
        re.compile(r"\b((?:postgres|mysql|mariadb|mssql|oracle)[\w+]*://[^\s:/@]*):[^\s\"'<>]+@"),
        rf"\1:{MASK}@",
    ),
    (
        re.compile(
            rf"(?i)\b([\w-]*(?:{_NAMES}))"
            r"(\"?\s*[:=]\s*\"?)([^\s\"',;&\[\]]+)"
        ),
        rf"\1\2{MASK}",
    ),
)

_SUSPICIOUS = re.compile(r"[\s:=_]|[spr]k-|eyJ|AKIA|AIza|xox")
"""What every pattern needs somewhere; most texts, such as ids, have none of it."""

_SECRET_KEY = re.compile(
    rf"(?i:(^|[_-])({_NAMES}|authorization|cookie|token)$)"
    r"|[a-z](ApiKey|SecretKey|PrivateKey|AccessKey|Secret|Password|Token)$"
)


def redact(text: str) -> str:
    """Return ``text`` with keys, tokens, passwords and credentials in URLs masked.

    Applying it twice changes nothing more. Hashes, UUIDs and file paths stay.
    """
    if _SUSPICIOUS.search(text) is None:
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_value(value: Any) -> Any:
    """Return a copy of a JSON-like value with secret keys and secret texts masked."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {
            key: MASK if _is_secret(key, item) else redact_value(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_value(item) for item in value]
    return value


def _is_secret(key: object, item: object) -> bool:
    return isinstance(key, str) and isinstance(item, str) and _SECRET_KEY.search(key) is not None
