"""Per-case tables of runs: written in the layout MLflow's page shows, read in any usual one."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath, PurePosixPath
from typing import Any, Final

from assay.core.eval_runs import CaseRecord
from assay.kit.errors import AssayError


CASES_FILE: Final = "cases.json"
KNOWN_FILES: Final = (
    CASES_FILE,
    "eval_results.json",
    "eval_results_table.json",
    "case_results.json",
    "cases.jsonl",
    "results.json",
)
MOST_FILES_TRIED: Final = 6
LOGGED_ARTIFACTS: Final = "mlflow.loggedArtifacts"

_SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "case_id": ("case_id", "id", "caseid", "case", "test_id", "name"),
    "repeat": ("repeat", "trial", "repetition"),
    "input": ("input", "inputs", "prompt", "user_prompt", "query", "question"),
    "output": ("output", "outputs", "response", "answer", "prediction"),
    "expected": ("expected", "expected_output", "ground_truth", "reference", "target"),
    "score": ("score", "average_score"),
    "passed": ("passed", "pass", "success"),
    "error": ("error", "error_message", "exception"),
    "reason": ("reason", "justification", "rationale", "explanation"),
    "trace_id": ("trace_id", "traceid", "request_id"),
    "scores": ("scores",),
    "latency_seconds": ("latency_seconds", "duration_seconds"),
    "cost_usd": ("cost_usd", "cost"),
}
_COLUMNS: Final = tuple(_SYNONYMS)
_YES: Final = frozenset({"yes", "true", "pass", "passed", "1", "1.0"})
_NO: Final = frozenset({"no", "false", "fail", "failed", "0", "0.0"})
_NOTHING: Final = frozenset({"", "none", "null", "nan"})
_FORMS: Final[Mapping[str, str]] = {
    ".json": "JSON",
    ".jsonl": "JSON Lines",
    ".ndjson": "JSON Lines",
    ".csv": "CSV",
}
_WRAPPERS: Final = ("cases", "results", "rows", "records", "data", "eval_results", "per_case")


class CaseTableError(AssayError):
    """An artifact is no table of cases; the message says why."""

    code = "case_table"


def write_table(cases: Iterable[CaseRecord]) -> bytes:
    """Return the table as MLflow's ``{"columns", "data"}`` JSON; no number in it is NaN."""
    data = [[_plain(getattr(case, column)) for column in _COLUMNS] for case in cases]
    table = {"columns": list(_COLUMNS), "data": data}
    return json.dumps(table, ensure_ascii=False, default=str, allow_nan=False).encode(
        errors="replace"
    )


def read_table(data: bytes, *, name: str = CASES_FILE) -> tuple[CaseRecord, ...]:
    """Read a table in whatever usual layout it was written.

    Args:
        data: ``{"columns", "data"}``, a list of objects, one object per case id, or an object
            whose ``cases``, ``results`` or the like is one of these.
        name: Of the file: ``.jsonl`` holds one object a line, ``.csv`` one case a line.

    Raises:
        CaseTableError: If it is none of these, or a row has no case id.
    """
    try:
        content = _content(data.decode("utf-8-sig"), name=name)
    except (ValueError, RecursionError, csv.Error) as error:
        raise CaseTableError(f"it is not {_form(name)}: {error}") from error
    return tuple(_case(row, number) for number, row in enumerate(_rows(content), start=1))


def table_files(logged_artifacts: str | None, files: Sequence[str]) -> list[str]:
    """Return which files may be the per-case table, the likeliest first.

    The usual names come first, then what a client logged as a table, then any other file of
    a form that can hold one; whether it does, ``read_table`` and ``tells_verdicts`` say.
    """
    named = dict.fromkeys([*_tagged(logged_artifacts), *files])
    usual = [name for name in KNOWN_FILES if name in named]
    others = [
        name for name in named if name not in usual and PurePath(name).suffix.lower() in _FORMS
    ]
    return [*usual, *others][:MOST_FILES_TRIED]


def tells_verdicts(table: Iterable[CaseRecord]) -> bool:
    """Return whether any row of a table says how its case ended."""
    return any(case.passed is not None or case.error is not None for case in table)


def tag_with_table(logged_artifacts: str | None) -> str:
    """Return the tag that makes MLflow's page show the table, other tables kept."""
    entries = _entries(logged_artifacts)
    entry = {"path": CASES_FILE, "type": "table"}
    return json.dumps(entries if entry in entries else [*entries, entry])


def _tagged(text: str | None) -> list[str]:
    """Return the paths in the tag; who may write tags may still not read other folders."""
    paths = (PurePosixPath(str(entry["path"])) for entry in _entries(text) if "path" in entry)
    return [str(path) for path in paths if not path.is_absolute() and ".." not in path.parts]


def _entries(text: str | None) -> list[dict[str, Any]]:
    try:
        entries = json.loads(text or "[]")
    except ValueError:
        return []
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _form(name: str) -> str:
    """Return what a file of that name holds, by its ending."""
    return _FORMS.get(PurePath(name).suffix.lower(), "JSON")


def _content(text: str, *, name: str) -> Any:
    form = _form(name)
    if form == "JSON Lines":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if form == "CSV":
        return list(csv.DictReader(io.StringIO(text, newline="")))
    return json.loads(text)


def _rows(content: Any) -> list[Mapping[str, Any]]:
    if isinstance(content, Mapping):
        if isinstance(content.get("columns"), list) and isinstance(content.get("data"), list):
            return [_row(content["columns"], values) for values in content["data"]]
        for key in _WRAPPERS:
            if isinstance(content.get(key), Mapping | list):
                return _rows(content[key])
        if content and all(isinstance(row, Mapping) for row in content.values()):
            return [{"case_id": case_id, **row} for case_id, row in content.items()]
    if isinstance(content, list) and all(isinstance(row, Mapping) for row in content):
        return content
    raise CaseTableError(
        'it is neither {"columns", "data"} nor a list of objects, also not below '
        f"{' or '.join(json.dumps(key) for key in _WRAPPERS)}"
    )


def _row(columns: Sequence[Any], values: Any) -> Mapping[str, Any]:
    if not isinstance(values, list) or len(values) != len(columns):
        raise CaseTableError(f"a row has not the {len(columns)} values of the columns")
    return dict(zip(map(str, columns), values, strict=True))


def _case(given: Mapping[str, Any], number: int) -> CaseRecord:
    row = {_column(name): value for name, value in given.items() if not _is_nan(value)}
    case_id = _first(row, "case_id")
    if case_id is None or isinstance(case_id, Mapping | list):
        raise CaseTableError(f"row {number} has no case id")
    passed = _verdict(_first(row, "passed"))
    error = _text(_first(row, "error"))
    if passed is not None and error is not None and error.strip().lower() in _NOTHING:
        error = None  # "None" beside a verdict is what a data frame writes for no error
    return CaseRecord(
        case_id=str(case_id),
        repeat=_whole(_first(row, "repeat")),
        input=_first(row, "input"),
        output=_first(row, "output"),
        expected=_first(row, "expected"),
        score=_number(_first(row, "score")),
        passed=None if error is not None else passed,
        error=error,
        reason=_text(_first(row, "reason")),
        trace_id=_text(_first(row, "trace_id")),
        scores=_scores(_first(row, "scores")),
        latency_seconds=_number(_first(row, "latency_seconds")),
        cost_usd=_number(_first(row, "cost_usd")),
    )


def _first(row: Mapping[str, Any], field: str) -> Any:
    return next((row[key] for key in _SYNONYMS[field] if row.get(key) is not None), None)


def _column(name: Any) -> str:
    """Return a column's name as the synonyms write it: "Case ID" is ``case_id``."""
    return str(name).strip().lower().replace(" ", "_").replace("-", "_")


def _is_nan(value: Any) -> bool:
    """Whether a value is what a data frame writes for nothing."""
    return isinstance(value, float) and math.isnan(value)


def _text(value: Any) -> str | None:
    if not value:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(value: Any) -> float | None:
    if not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _whole(value: Any) -> int:
    number = _number(value)
    return int(number) if number is not None and number >= 0 else 0


def _verdict(value: Any) -> bool | None:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return {1.0: True, 0.0: False}.get(value)
    word = str(value).strip().lower()
    return True if word in _YES else False if word in _NO else None


def _scores(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return {}
    numbers = {str(name): _number(score) for name, score in value.items()}
    return {name: score for name, score in numbers.items() if score is not None}


def _plain(value: Any) -> Any:
    """Return a value with what JSON cannot hold left out or written as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
