"""Tool calls: were the right tools called with the right arguments."""

from collections.abc import Mapping
from typing import Any, Unpack

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.picking import ABSENT, made, pair
from assay.experiments.ready.similarity import overlap_f1
from assay.experiments.ready.structure import read_json
from assay.experiments.scores import EvalResult
from assay.experiments.settings import Settings
from assay.kit.canonical_json import canonical_json


def tool_calls(
    key: str = "tool_calls",
    *,
    truth_key: str | None = None,
    arguments: bool = True,
    ordered: bool = False,
    **settings: Unpack[Settings],
) -> Evaluator[..., Any]:
    """Make an evaluator of the F1 of tool calls; only the very same calls pass.

    A call is ``{"name": ..., "arguments": {...}}`` or, as chat completions have it,
    ``{"function": {"name": ..., "arguments": "JSON text"}}``.

    Args:
        key: A dotted path to the list of calls, in outputs and ground truth.
        truth_key: Its path in the ground truth, where it is another.
        arguments: Whether the arguments must agree, or the names alone.
        ordered: Whether they must come in the same order to pass.
        settings: Of the evaluator.
    """

    def judge(outputs: Any, ground_truth: Any) -> EvalResult | None:
        found, wanted = pair(outputs, ground_truth, key=key, truth_key=truth_key)
        if wanted is ABSENT:
            return None
        left = [_call(call, arguments=arguments) for call in _listed(found)]
        right = [_call(call, arguments=arguments) for call in _listed(wanted)]
        same = left == right if ordered else sorted(left) == sorted(right)
        reason = None if same else f"called {_shown(left)}, should be {_shown(right)}"
        return EvalResult(score=overlap_f1(left, right), passed=same, reason=reason)

    return made(judge, settings, name="tool_calls")


def _listed(calls: Any) -> list[Any]:
    if calls is None:
        return []
    if not isinstance(calls, list | tuple):
        raise InvalidInputError(f"Tool calls are a list; there is a {type(calls).__name__}.")
    return list(calls)


def _call(call: Any, *, arguments: bool) -> str:
    """Return a call as canonical text, for comparison."""
    inner = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
        raise InvalidInputError(f"A tool call has a 'name'; there is {call!r}.")
    name: str = inner["name"]
    if not arguments:
        return name
    given = inner.get("arguments")
    if isinstance(given, str):
        try:
            given = read_json(given) if given.strip() else {}
        except ValueError:
            return f"{name}({given})"
    return f"{name}({canonical_json({} if given is None else given)})"


def _shown(calls: list[str]) -> str:
    return ", ".join(calls) or "nothing"
