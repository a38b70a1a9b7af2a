"""Prompts of the registry: reading them from files, storing, comparing, their history."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.apps.services.core_suite import TAG, SuiteMark
from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.ledger import PromptRegistry
from assay.core.prompts import ChatTemplate, PromptVersion


@dataclass(frozen=True, slots=True)
class PromptDiff:
    """Two versions of a prompt, and their lines in the unified form."""

    prompt_name: str
    from_version: int
    to_version: int
    lines: tuple[str, ...]


def parse_template(text: str, *, source: str) -> str | ChatTemplate:
    """Read a prompt: text as it is, or, where ``source`` ends in ``.json``, messages.

    Raises:
        InvalidInputError: If it is empty, or no list of ``{"role", "content"}``.
    """
    if not text.strip():
        raise InvalidInputError(f"{source}: is empty; a prompt needs a text.")
    if not source.lower().endswith(".json"):
        return text
    try:
        messages = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(f"{source}: is not JSON: {error}.") from error
    if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
        raise InvalidInputError(
            f'{source}: expected a list of messages, each {{"role": ..., "content": ...}}.'
        )
    return tuple({"role": each["role"], "content": each["content"]} for each in messages)


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(value.get(key), str) for key in ("role", "content")
    )


def read_template(path: Path) -> str | ChatTemplate:
    """Read a prompt from a file.

    Raises:
        InvalidInputError: If the file cannot be read or used.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path}: cannot be read: {error}.") from error
    return parse_template(text, source=str(path))


def register(
    registry: PromptRegistry,
    name: str,
    template: str | ChatTemplate,
    *,
    message: str,
    alias: str | None,
    mark: SuiteMark,
) -> PromptVersion:
    """Store a new version with its mark, and point an alias at it.

    The mark comes with the version, so that nobody sees it without.

    Raises:
        LedgerError: If the registry cannot be written.
    """
    made = registry.register_version(name, template, message=message, tags={TAG: mark.text()})
    if alias is not None:
        registry.set_alias(name, alias, made.version)
    return made


def find_version(registry: PromptRegistry, name: str, which: str | None) -> PromptVersion:
    """Return a version by its number (``3``, ``v3``) or an alias; the newest without either.

    Raises:
        NotFoundError: If there is no such prompt, version or alias.
    """
    if which is None:
        versions = registry.list_versions(name)
        if not versions:
            raise NotFoundError(f"The prompt {name!r} has no versions left.")
        return versions[-1]
    digits = which.removeprefix("v")
    if digits.isdecimal():
        return registry.get_version(name, int(digits))
    version = registry.read_alias(name, which)
    if version is None:
        known = ", ".join(sorted(registry.get_prompt(name).aliases)) or "none"
        raise NotFoundError(f"The prompt {name!r} has no alias {which!r}; there are: {known}.")
    return registry.get_version(name, version)


def diff(
    registry: PromptRegistry, name: str, *, before: str, after: str | None = None
) -> PromptDiff:
    """Compare two versions line by line.

    Raises:
        NotFoundError: If there is no such prompt, version or alias.
    """
    old = find_version(registry, name, before)
    new = find_version(registry, name, after)
    lines = difflib.unified_diff(
        text_lines(old),
        text_lines(new),
        fromfile=f"{name} v{old.version}",
        tofile=f"{name} v{new.version}",
        lineterm="",
    )
    return PromptDiff(name, old.version, new.version, tuple(lines))


def text_lines(version: PromptVersion) -> Sequence[str]:
    """Return a prompt's lines; of a chat, each message under its role."""
    if isinstance(version.template, str):
        return version.template.splitlines()
    return [
        line
        for message in version.template
        for line in (f"[{message.get('role', '')}]", *message.get("content", "").splitlines())
    ]
