"""Test cases in promptfoo's CSV form: columns are variables, ``__expected`` asserts."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assay.core.errors import InvalidDatasetError, InvalidInputError
from assay.experiments.evaluators import Evaluator, evaluator
from assay.experiments.importers.assertions import RUBRIC, Assertion, read_assertion
from assay.experiments.ready.judge import judge
from assay.experiments.ready.models import AnyModel, judge_model
from assay.experiments.ready.picking import output_of, text_of
from assay.experiments.scores import EvalResult
from assay.kit.jsonl import read_lines


_EXPECTED: Final = re.compile(r"__expected\d*")
_METADATA: Final = "__metadata:"
_RUBRIC_THRESHOLD: Final = 0.5


@dataclass(frozen=True, slots=True)
class PromptfooCases:
    """Test cases, as ``evaluate(dataset=cases.rows, evaluators=cases.evaluators)`` takes them.

    Attributes:
        rows: One datapoint per test case; its inputs are the variables.
        evaluators: What judges an output by the assertions of its own test case.
    """

    rows: list[dict[str, Any]]
    evaluators: list[Evaluator[..., Any]]


def promptfoo_csv(path: str | Path, *, model: AnyModel | None = None) -> PromptfooCases:
    """Read test cases from a CSV file (UTF-8) as promptfoo writes them.

    Understood are ``__expected``, ``__expected1`` and so on, ``__description``,
    ``__threshold`` (the share of assertions that must hold, by default all) and
    ``__metadata:NAME``; other columns are variables. Assertions are plain text (equal),
    ``contains``, ``icontains``, ``contains-all``, ``contains-any``, ``starts-with``,
    ``regex``, ``is-json``, ``contains-json``, ``levenshtein(N)`` and ``llm-rubric``, each
    also with ``not-`` before it. An output must be a text, or a dict with one.

    Args:
        path: The file.
        model: Judges by ``llm-rubric``; see ``evaluators.judge``.

    Raises:
        InvalidDatasetError: As ``file:line: what is wrong``; assertions that are code too.
        InvalidInputError: If there are rubrics and no model.
    """
    file = Path(path)
    lines = (line for _, line in read_lines(file, error=InvalidDatasetError))
    reader = csv.DictReader(lines, strict=True)
    try:
        rows = [_row(row, where=f"{file}:{reader.line_num}") for row in reader]
    except csv.Error as error:
        raise InvalidDatasetError(f"{file}:{reader.line_num}: not CSV: {error}.") from error
    judges: list[Evaluator[..., Any]] = []
    if any(row["metadata"]["rubrics"] for row in rows):
        if model is None:
            raise InvalidInputError(
                f"{file} has llm-rubric assertions; give the judge with model=."
            )
        judges = [_rubrics(judge_model(model) if isinstance(model, str) else model)]
    return PromptfooCases(rows, [evaluator(assertions), *judges])


def assertions(outputs: Any, metadata: Mapping[str, Any]) -> EvalResult | None:
    """Judge an output by the assertions of its test case; the score is the share that hold."""
    asserted = [Assertion(**entry) for entry in metadata.get("assertions", ())]
    if not asserted:
        return None
    output = text_of(output_of(outputs, None), what="output")
    broken = [str(assertion) for assertion in asserted if not assertion.holds(output)]
    score = 1 - len(broken) / len(asserted)
    reason = f"does not hold: {'; '.join(broken)}" if broken else None
    return EvalResult(score=score, passed=score >= metadata["threshold"], reason=reason)


def _rubrics(model: AnyModel) -> Evaluator[..., Any]:
    @evaluator
    async def rubric(outputs: Any, inputs: Any, metadata: Mapping[str, Any]) -> Any:
        if not metadata.get("rubrics"):
            return None
        text = "\n".join(metadata["rubrics"])
        asked = judge(text, model=model, threshold=_RUBRIC_THRESHOLD, show=("inputs", "outputs"))
        [score] = await asked.ajudge(outputs, inputs)
        return EvalResult(
            score=score.value,
            passed=score.passed,
            reason=score.reason,
            error=score.reason if score.value is None else None,
            details=score.details,
        )

    return rubric


def _row(row: Mapping[str | None, Any], *, where: str) -> dict[str, Any]:
    if None in row:
        raise InvalidDatasetError(f"{where}: the row has more cells than the header.")
    cells = {str(name): cell or "" for name, cell in row.items()}
    asserted = [
        read_assertion(cell, where=where)
        for name, cell in cells.items()
        if _EXPECTED.fullmatch(name) and cell.strip()
    ]
    metadata: dict[str, Any] = {
        name.removeprefix(_METADATA): cell
        for name, cell in cells.items()
        if name.startswith(_METADATA)
    }
    if cells.get("__description"):
        metadata["description"] = cells["__description"]
    metadata |= {
        "assertions": [item.json() for item in asserted if item.kind != RUBRIC],
        "rubrics": [_rubric(item) for item in asserted if item.kind == RUBRIC],
        "threshold": _threshold(cells.get("__threshold", ""), where=where),
    }
    inputs = {name: cell for name, cell in cells.items() if not name.startswith("__")}
    return {"inputs": inputs, "ground_truth": _truth(asserted), "metadata": metadata}


def _rubric(asserted: Assertion) -> str:
    return f"It must not be so that: {asserted.value}" if asserted.negated else asserted.value


def _truth(asserted: Sequence[Assertion]) -> dict[str, Any] | None:
    """Return the text that the output must equal, where that is all that is asserted."""
    if len(asserted) == 1 and asserted[0].kind == "equals" and not asserted[0].negated:
        return {"expected": asserted[0].value}
    return None


def _threshold(cell: str, *, where: str) -> float:
    if not cell.strip():
        return 1.0
    try:
        value = float(cell)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InvalidDatasetError(f"{where}: __threshold is {cell!r}; it is a ratio from 0 to 1.")
    return value
