"""Prompts with ``{{placeholders}}``: dotted paths into a datapoint's inputs.

Values are put in as they are, once: what looks like a placeholder inside an input
stays text.
"""

import re
from collections.abc import Mapping
from typing import Any

from assay.bench.dotted_paths import PathNotFoundError, parse_path
from assay.core.errors import InvalidTaskError
from assay.kit.canonical_json import canonical_json


_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s](?:[^{}\n]*[^{}\s])?)\s*\}\}")


def placeholders(template: str) -> list[str]:
    """Return the distinct placeholders of a template in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(template)))


def render(template: str, inputs: Mapping[str, Any], *, where: str) -> str:
    """Fill a template; text goes in as it is, other JSON values in their canonical form.

    Args:
        template: The template.
        inputs: A datapoint's inputs.
        where: What the message names, such as ``datapoint 'q1'``.

    Raises:
        InvalidTaskError: If a placeholder names nothing in the inputs.
    """

    def value(match: re.Match[str]) -> str:
        try:
            found = parse_path(match[1]).find(inputs)
        except PathNotFoundError as failure:
            names = ", ".join(sorted(inputs)) or "none"
            raise InvalidTaskError(
                f"{where}: the prompt's {{{{{match[1]}}}}} names no input: {failure}. "
                f"Inputs of this datapoint: {names}."
            ) from failure
        return found if isinstance(found, str) else canonical_json(found)

    return _PLACEHOLDER.sub(value, template)


def malformed_placeholders(template: str) -> list[str]:
    """Return the placeholders that are no dotted paths."""
    return [name for name in placeholders(template) if not _is_path(name)]


def _is_path(text: str) -> bool:
    try:
        parse_path(text)
    except ValueError:
        return False
    return True
