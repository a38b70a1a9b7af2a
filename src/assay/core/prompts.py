"""Prompts: immutable versions of a text, and aliases that point at one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


ChatTemplate = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One immutable version, counted from 1.

    Attributes:
        template: Text with ``{{placeholders}}``, or the messages of a chat (role, content).
        aliases: The aliases that point at it; empty where the listing did not ask.
    """

    name: str
    version: int
    template: str | ChatTemplate
    created_at: datetime | None = None
    message: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A named line of versions; ``tags`` hold its audit ledger."""

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    latest_version: int | None = None
