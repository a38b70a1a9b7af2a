"""JSON: is it valid, does it fit a schema, where does it differ."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Unpack

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.picking import ABSENT, made, output_of, pair
from assay.experiments.scores import EvalResult
from assay.experiments.settings import Settings


Judge = Evaluator[..., Any]

_SHOWN = 5


def json_valid(key: str | None = None, **settings: Unpack[Settings]) -> Judge:
    """Make an evaluator that passes a text that is JSON (RFC 8259: no NaN).

    Args:
        key: A dotted path to the part of the outputs that is read.
        settings: Of the evaluator.
    """

    def judge(outputs: Any) -> tuple[bool, str | None]:
        value = output_of(outputs, key)
        if not isinstance(value, str):
            return False, f"it is of type {type(value).__name__}, not a text"
        try:
            read_json(value)
        except ValueError as error:
            return False, str(error)
        return True, None

    return made(judge, settings, name="json_valid")


def json_schema(
    schema: Mapping[str, Any], *, key: str | None = None, **settings: Unpack[Settings]
) -> Judge:
    """Make an evaluator that holds outputs, or a JSON text, against a JSON Schema.

    References within the schema are followed, references to elsewhere refused: nothing is
    ever fetched.

    Args:
        schema: Of the draft that its ``$schema`` names, by default 2020-12.
        key: A dotted path to the part of the outputs that is judged; all of them by default.
        settings: Of the evaluator.

    Raises:
        InvalidInputError: If it is no valid schema.
    """
    validator = _validator(schema)

    def judge(outputs: Any) -> Any:
        value = outputs if key is None else output_of(outputs, key)
        if isinstance(value, str):
            try:
                value = read_json(value)
            except ValueError as error:
                return False, str(error)
        faults = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        return EvalResult(score=not faults, reason=_shown(faults), details={"faults": faults})

    return made(judge, settings, name="json_schema")


def json_diff(
    key: str | None = None,
    *,
    truth_key: str | None = None,
    ignore: tuple[str, ...] = (),
    **settings: Unpack[Settings],
) -> Judge:
    """Make an evaluator of the share of values that are as in the ground truth.

    Both are compared leaf by leaf; texts are read as JSON where they are JSON. The score
    is equal leaves over all leaves of either side, and only 1 passes.

    Args:
        key: A dotted path to the part that is compared, in both.
        truth_key: Its path in the ground truth, where it is another.
        ignore: Paths such as ``$.id`` that are not looked at, nor what is below them.
        settings: Of the evaluator.
    """

    def judge(outputs: Any, ground_truth: Any) -> Any:
        if key is None and truth_key is None:
            found, wanted = outputs, ABSENT if ground_truth is None else ground_truth
        else:
            found, wanted = pair(outputs, ground_truth, key=key, truth_key=truth_key)
        if wanted is ABSENT:
            return None
        left, right = _leaves(_parsed(found), ignore), _leaves(_parsed(wanted), ignore)
        paths = [*right, *(path for path in left if path not in right)]
        faults = [fault for path in paths if (fault := _fault(path, left, right)) is not None]
        return EvalResult(
            score=1.0 if not paths else 1 - len(faults) / len(paths),
            passed=not faults,
            reason=_shown(faults),
            details={"differences": faults},
        )

    return made(judge, settings, name="json_diff")


def read_json(text: str) -> Any:
    """Read JSON strictly.

    Raises:
        ValueError: If it is none; NaN and infinities are none.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _validator(schema: Mapping[str, Any]) -> Any:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    kind = validator_for(schema, default=Draft202012Validator)
    _refuse_remote(schema)
    try:
        kind.check_schema(dict(schema))
    except SchemaError as error:
        raise InvalidInputError(
            f"That is no JSON Schema: {error.json_path}: {error.message}"
        ) from error
    return kind(dict(schema), registry=Registry())


def _refuse_remote(part: Any) -> None:
    """Refuse a reference to elsewhere before anything is judged."""
    if isinstance(part, Mapping):
        for keyword in ("$ref", "$dynamicRef"):
            target = part.get(keyword)
            if isinstance(target, str) and not target.startswith("#"):
                raise InvalidInputError(
                    f"The schema refers to {target!r}; nothing is fetched. Put it under '$defs' "
                    "and refer to '#/$defs/...'."
                )
    if isinstance(part, Mapping | list):
        for inner in part.values() if isinstance(part, Mapping) else part:
            _refuse_remote(inner)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:
        return value


def _leaves(value: Any, ignore: tuple[str, ...]) -> dict[str, Any]:
    return dict(_walk(value, "$", frozenset(ignore)))


def _walk(value: Any, path: str, ignore: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield each scalar, empty list and empty mapping with its path."""
    if path in ignore:
        return
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}", ignore)
    elif isinstance(value, list | tuple) and value:
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{index}]", ignore)
    else:
        yield path, value


def _fault(path: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    if path not in found:
        return f"{path}: missing, should be {wanted[path]!r}"
    if path not in wanted:
        return f"{path}: {found[path]!r} should not be there"
    left, right = found[path], wanted[path]
    if left == right and isinstance(left, bool) == isinstance(right, bool):
        return None
    return f"{path}: {left!r} should be {right!r}"


def _shown(faults: list[str]) -> str | None:
    if not faults:
        return None
    more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return "; ".join(faults[:_SHOWN]) + more
