"""Model specifications: the ``provider:model`` strings people type."""

import re
from dataclasses import dataclass

from assay.core.errors import InvalidModelError


PROVIDERS = ("openai", "python", "recorded")

_EXAMPLES = {
    "openai": "openai:gpt-4o or openai:NAME@http://localhost:8000/v1",
    "python": "python:my_module:my_function",
    "recorded": "recorded:answers.jsonl#NAME",
}
_ENDPOINT = re.compile(r"@(?=https?://)")
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as the user named it.

    Attributes:
        provider: One of ``PROVIDERS``.
        name: The model's name; ``module:function`` for a callable; empty if a recorded
            file is named without one.
        source: The file of recorded answers, or the endpoint's URL, else None.
    """

    provider: str
    name: str
    source: str | None = None

    @property
    def text(self) -> str:
        """The text that parses to this specification."""
        if self.provider == "recorded":
            return f"recorded:{self.source}#{self.name}"
        endpoint = f"@{self.source}" if self.source is not None else ""
        return f"{self.provider}:{self.name}{endpoint}"


def parse_model_spec(text: str) -> ModelSpec:
    """Read ``recorded:FILE#NAME``, ``python:MODULE:FUNCTION`` or ``openai:NAME[@URL]``.

    Raises:
        InvalidModelError: Naming what is wrong and what would be right.
    """
    provider, colon, rest = text.strip().partition(":")
    if not colon or provider not in PROVIDERS:
        raise InvalidModelError(_no_provider(text, provider=provider if colon else None))
    if not rest:
        raise InvalidModelError(f"Model {text!r} names no model; write {_EXAMPLES[provider]}.")
    if provider == "recorded":
        return _recorded(text, rest)
    if provider == "python":
        return _python(text, rest)
    return _openai(text, rest)


def _no_provider(text: str, *, provider: str | None) -> str:
    known = ", ".join(PROVIDERS)
    examples = "; ".join(_EXAMPLES[name] for name in PROVIDERS)
    if provider is None:
        return f"Model {text!r} has no provider. Known providers: {known}. Examples: {examples}."
    return (
        f"Model {text!r} has the unknown provider {provider!r}. "
        f"Known providers: {known}. Examples: {examples}."
    )


def _recorded(text: str, rest: str) -> ModelSpec:
    source, mark, name = rest.rpartition("#")
    if not mark:
        source, name = rest, ""
    if not source:
        raise InvalidModelError(f"Model {text!r} names no file; write {_EXAMPLES['recorded']}.")
    return ModelSpec("recorded", name, source)


def _python(text: str, rest: str) -> ModelSpec:
    module, colon, function = rest.partition(":")
    if not colon or not _DOTTED.fullmatch(module) or not _DOTTED.fullmatch(function):
        raise InvalidModelError(
            f"Model {text!r} must be python:MODULE:FUNCTION, such as {_EXAMPLES['python']}."
        )
    return ModelSpec("python", rest)


def _openai(text: str, rest: str) -> ModelSpec:
    name, *endpoint = _ENDPOINT.split(rest, maxsplit=1)
    if not name or (name.startswith(("http://", "https://")) and not endpoint):
        raise InvalidModelError(
            f"Model {text!r} names an endpoint but no model; write {_EXAMPLES['openai']}."
        )
    return ModelSpec("openai", name, endpoint[0].rstrip("/") if endpoint else None)
