"""JSON Schema without its dangers: no remote references, no backtracking, bounded work."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from assay.apps.services.metric_rules.verdicts import Verdict, verdict
from assay.bench.patterns import PatternRefusedError, compile_pattern


MAX_SCHEMA_CHARACTERS = 64_000
MAX_VALUE_CHARACTERS = 256_000
MAX_REFERENCES = 5_000
"""Most references followed for one value: a few lines can ask for 2^30 of them."""
MAX_DEPTH = 64
"""Deepest nesting of a schema, and of references in references.

Beyond what Python's stack holds, the library's own panic would end more than one validation.
"""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_REFUSED = ("patternProperties", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor")


class SchemaTooCostlyError(Exception):
    """Validation would take more steps than are allowed."""


class SchemaSettings(BaseModel):
    """A JSON Schema (2020-12) that the value must meet; a text is parsed as JSON first."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: dict[str, Any] = Field(alias="schema")

    @field_validator("schema_")
    @classmethod
    def _safe(cls, schema: dict[str, Any]) -> dict[str, Any]:
        check_schema(schema)
        return schema


def check_schema(schema: Mapping[str, Any]) -> None:
    """Refuse a schema that cannot be used here.

    Raises:
        ValueError: Saying what is wrong.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if len(json.dumps(schema)) > MAX_SCHEMA_CHARACTERS:
        raise ValueError(f"the schema is longer than {MAX_SCHEMA_CHARACTERS} characters")
    try:
        for node, depth in _objects(schema):
            if depth > MAX_DEPTH:
                raise ValueError(f"the schema is nested more than {MAX_DEPTH} levels deep")
            _check_node(node)
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"not a JSON Schema: {error.message[:300]}") from error
    except RecursionError as error:
        raise ValueError("the schema is nested too deeply") from error


def _objects(value: Any) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Yield every object in ``value`` with how deep it lies, from 0."""
    stack = [(value, 0)]
    while stack:
        found, depth = stack.pop()
        if isinstance(found, Mapping):
            yield found, depth
            stack.extend((member, depth + 1) for member in found.values())
        elif isinstance(found, list):
            stack.extend((member, depth + 1) for member in found)


def _check_node(node: Mapping[str, Any]) -> None:
    for name in _REFERENCES:
        target = node.get(name)
        if isinstance(target, str) and not target.startswith("#"):
            raise ValueError(f"{name} {target[:100]!r} leads elsewhere; only '#...' is followed")
    for name in _REFUSED:
        if isinstance(node.get(name), str) or (name == "patternProperties" and name in node):
            raise ValueError(f"{name!r} is not supported here")
    pattern = node.get("pattern")
    if isinstance(pattern, str):
        try:
            compile_pattern(pattern)
        except PatternRefusedError as error:
            raise ValueError(f"pattern {pattern[:100]!r}: {error}") from error


def meets_schema(value: Any, settings: Mapping[str, Any]) -> Verdict:
    """Return whether the value meets the schema, with the first fault's place.

    A text is read as JSON; where the schema wants a string, it is that string as well.

    Raises:
        SchemaTooCostlyError: If that would take too many steps.
    """
    schema, document = settings["schema"], value
    if isinstance(value, str):
        if _wants_text(schema) and _fault(value[:MAX_VALUE_CHARACTERS], schema) is None:
            return verdict(True)
        try:
            document = json.loads(value[:MAX_VALUE_CHARACTERS])
        except (ValueError, RecursionError):
            return verdict(False, "It is not JSON.")
    elif len(json.dumps(value, default=dict)) > MAX_VALUE_CHARACTERS:
        raise SchemaTooCostlyError(f"The value is longer than {MAX_VALUE_CHARACTERS} characters.")
    fault = _fault(document, schema)
    if fault is None:
        return verdict(True)
    return verdict(False, f"{fault.json_path}: {fault.message[:300]}")


def _wants_text(schema: Any) -> bool:
    wanted = schema.get("type") if isinstance(schema, Mapping) else None
    return wanted == "string" or (isinstance(wanted, list) and "string" in wanted)


def _fault(document: Any, schema: Any) -> Any:
    """Return the first thing in which ``document`` does not meet the schema, or None."""
    try:
        return next(_validator(schema).iter_errors(document), None)
    except RecursionError as error:
        raise SchemaTooCostlyError("The schema refers to itself without end.") from error


def _validator(schema: Mapping[str, Any]) -> Any:
    """Return a validator whose patterns are RE2's and whose references are counted."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend
    from referencing import Registry

    followed = depth = 0

    def pattern(_validator: Any, text: str, instance: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(instance, str) and compile_pattern(text).search(instance) is None:
            yield ValidationError(f"does not match the pattern {text[:200]!r}")

    def counted(name: str) -> Any:
        plain = Draft202012Validator.VALIDATORS[name]

        def follow(validator: Any, target: Any, instance: Any, within: Any) -> Iterator[Any]:
            nonlocal followed, depth
            followed += 1
            if followed > MAX_REFERENCES:
                raise SchemaTooCostlyError(f"More than {MAX_REFERENCES} references were followed.")
            if depth == MAX_DEPTH:
                raise SchemaTooCostlyError(f"More than {MAX_DEPTH} references lie in each other.")
            depth += 1
            try:
                yield from plain(validator, target, instance, within) or ()
            finally:
                depth -= 1

        return follow

    keywords = {name: counted(name) for name in ("$ref", "$dynamicRef")}
    cls: Any = extend(Draft202012Validator, {**keywords, "pattern": pattern})
    return cls(dict(schema), registry=Registry())
