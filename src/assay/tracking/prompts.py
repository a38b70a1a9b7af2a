"""Prompts as MLflow keeps them: registered models with certain tags, and back."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.prompts import ChatTemplate, Prompt, PromptVersion
from assay.tracking.limits import LONGEST_PROMPT_TAG
from assay.tracking.stored import IS_PROMPT, StoredModel, StoredVersion


ONLY_PROMPTS: Final = f"tag.`{IS_PROMPT}` = 'true'"
_TEXT: Final = "mlflow.prompt.text"
_TYPE: Final = "_mlflow_prompt_type"
_OWN_TAGS: Final = ("mlflow.prompt.", "_mlflow_")
_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]+")


def check_name(name: str) -> None:
    """Refuse a name that MLflow gives no prompt.

    Raises:
        InvalidInputError: Naming the rule.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidInputError(
            f"The prompt name {name!r} cannot be used: letters, digits, '_', '-' and '.' only."
        )


def prompt_of(model: StoredModel, *, uri: str) -> Prompt:
    """Return the prompt a registered model is.

    Raises:
        NotFoundError: If it is no prompt.
    """
    if not model.is_prompt:
        raise NotFoundError(
            f"{model.name!r} at {uri} is a registered model, not a prompt; "
            "a prompt needs another name."
        )
    return Prompt(
        name=model.name,
        description=model.description,
        tags=_visible(model.tags),
        aliases=model.aliases,
        latest_version=model.latest_version,
    )


def version_of(stored: StoredVersion, *, aliases: Mapping[str, int]) -> PromptVersion:
    """Return the prompt version a model version is; ``aliases`` are those of the prompt.

    Raises:
        NotFoundError: If it holds no prompt text.
    """
    text = stored.tags.get(_TEXT)
    if text is None:
        raise NotFoundError(f"Version {stored.version} of {stored.name!r} holds no prompt text.")
    return PromptVersion(
        name=stored.name,
        version=stored.version,
        template=_chat(text) if stored.tags.get(_TYPE) == "chat" else text,
        created_at=stored.created_at,
        message=stored.description,
        tags=_visible(stored.tags),
        aliases=tuple(sorted(key for key, value in aliases.items() if value == stored.version)),
    )


def version_tags(template: str | ChatTemplate, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that make a model version a prompt version.

    Raises:
        InvalidInputError: If the text is longer than MLflow holds.
    """
    text = template if isinstance(template, str) else json.dumps([dict(each) for each in template])
    if len(text) > LONGEST_PROMPT_TAG:
        raise InvalidInputError(
            f"The prompt has {len(text):,} characters; MLflow holds {LONGEST_PROMPT_TAG:,}."
        )
    kind = "text" if isinstance(template, str) else "chat"
    return {IS_PROMPT: "true", _TEXT: text, _TYPE: kind, **tags}


def _visible(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith(_OWN_TAGS)}


def _chat(text: str) -> str | ChatTemplate:
    try:
        messages: Any = json.loads(text)
    except ValueError:
        return text
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        return text
    return tuple({str(key): str(item) for key, item in each.items()} for each in messages)
