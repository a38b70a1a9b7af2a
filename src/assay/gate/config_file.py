"""Reads ``[gate]`` from ``assay.toml``, or ``[tool.assay.gate]`` from ``pyproject.toml``.

All faults are named at once, each as ``file:line: key: what is wrong``.
"""

import difflib
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from assay.core.errors import InvalidSettingsError
from assay.gate.config import (
    EvalTypeConfig,
    GateConfig,
    MetricNames,
    ModelCandidate,
    ScorerSpec,
    TaskCandidate,
    experiment_name,
)
from assay.kit.toml_lines import Key, TomlLines, syntax_fault


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
OpenRatio = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]

_MODEL = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Metrics(BaseModel):
    model_config = _MODEL
    pass_rate: Text = "pass_rate"  # noqa: S105  # a metric, no password
    average_score: Text = "average_score"
    total_cases: Text = "total_cases"
    error_cases: Text = "error_cases"


class _Scorer(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    name: Text


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    model: Text
    prompt: Text | None = None


class _EvalType(BaseModel):
    model_config = _MODEL
    dataset: Text | None = None
    candidate: Text | _Model | None = None
    task: Text | None = None
    model: Text | None = None
    scorers: list[Text | _Scorer] = []
    prompts: list[Text] = []
    threshold: Ratio | None = None
    repeats: int = Field(default=1, ge=1, le=1000)
    concurrency: int = Field(default=8, ge=1, le=1000)
    timeout_seconds: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    pass_score: float = Field(default=1.0, allow_inf_nan=False)
    metrics: _Metrics = _Metrics()
    experiment: Text | None = None
    gating: bool = True


class _Gate(BaseModel):
    model_config = _MODEL
    base_experiment: Text = "assay"
    tracking_uri: Text | None = None
    default_threshold: Ratio = 0.8
    warn_drop_pp: Points = 10.0
    stable_slope_pp: Points = 1.0
    missing_tolerance: Ratio = 0.0
    non_inferiority_margin_pp: Points = 5.0
    confidence: OpenRatio = 0.95
    alpha: OpenRatio = 0.05
    prompt_alias: Text = "experiment"
    traces: bool = True
    suites: dict[Text, list[Text]] = {}
    eval_types: dict[Text, _EvalType] = {}


@dataclass(frozen=True, slots=True)
class _Document:
    """A parsed file, and where in it the gate's table is."""

    path: Path
    table: Mapping[str, Any]
    above: Key
    lines: TomlLines

    def fault(self, key: Key, message: str) -> str:
        """Return a fault with its place; the key is shown from ``gate`` on."""
        line = self.lines.find((*self.above, *key))
        message = message.replace("?.", "?")
        place = str(self.path) if line is None else f"{self.path}:{line}"
        return f"{place}: {'.'.join(map(str, ('gate', *key)))}: {message}"


def read_gate_config(folder: Path | None = None) -> GateConfig:
    """Read the config of a folder; without a file or a table, the defaults.

    Args:
        folder: Where ``assay.toml`` or ``pyproject.toml`` lies; None for the current folder.

    Raises:
        InvalidSettingsError: Every fault on a line of its own, as ``file:line: key: …``.
    """
    document = _find((folder if folder is not None else Path()).absolute())
    if document is None:
        return GateConfig()
    try:
        model = _Gate.model_validate(document.table)
    except ValidationError as error:
        raise InvalidSettingsError("\n".join(_explained(error, document))) from None
    faults = list(_contradictions(model, document))
    if faults:
        raise InvalidSettingsError("\n".join(faults))
    return _config(model, document)


def _find(folder: Path) -> _Document | None:
    own, project = folder / "assay.toml", folder / "pyproject.toml"
    if own.is_file():
        return _document(own, above=("gate",))
    if project.is_file():
        return _document(project, above=("tool", "assay", "gate"))
    return None


def _document(path: Path, *, above: Key) -> _Document | None:
    text = _read(path)
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettingsError(syntax_fault(path, text, error)) from error
    for name in above:
        table = table.get(name) if isinstance(table, Mapping) else None
    if table is None:
        return None
    document = _Document(path=path, table=table, above=above, lines=TomlLines(text))
    if not isinstance(table, Mapping):
        raise InvalidSettingsError(document.fault((), "expected a table."))
    return document


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettingsError(f"{path}: cannot be read: {error}.") from error


# --- faults -------------------------------------------------------------------------------------


def _explained(error: ValidationError, document: _Document) -> list[str]:
    """Return one line per key; where a value may have several forms, what is wrong with each."""
    faults: dict[Key, list[str]] = {}
    for fault in error.errors(include_url=False):
        key = tuple(_in_document(fault, document.table))
        message = _message(fault, key)
        if message not in faults.setdefault(key, []):
            faults[key].append(message)
    told = [key for key in faults if not any(_is_within(other, key) for other in faults)]
    told.sort(key=lambda key: document.lines.find((*document.above, *key)) or 0)
    return [document.fault(key, " or ".join(faults[key]) + ".") for key in told]


def _is_within(other: Key, key: Key) -> bool:
    """Whether a fault is one of a part: the whole then only seems to be of the wrong form."""
    return len(other) > len(key) and other[: len(key)] == key


def _in_document(fault: Any, table: Any) -> Iterator[str | int]:
    """Leave out what pydantic adds to tell one form of a value from another."""
    level = table
    missing = fault["loc"][-1] if fault["type"] == "missing" else None
    for part in fault["loc"]:
        if isinstance(level, Mapping) and (part in level or part == missing):
            level = level.get(part)
        elif isinstance(level, list) and isinstance(part, int) and part < len(level):
            level = level[part]
        else:
            continue
        yield part


def _message(fault: Any, key: Key) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown key{_nearest(str(key[-1]), _known_keys(key))}"
    table = fault["type"] in {"model_type", "model_attributes_type", "dict_type"}
    text = "input should be a table" if table else str(fault["msg"])
    ratio = fault["type"] in {"less_than_equal", "less_than"} and _is_ratio(key)
    found = repr(fault["input"])
    hint = " (a ratio: 0.8, not 80)" if ratio else ""
    return f"{text[:1].lower()}{text[1:]}{hint}, found {found[:80]}"


def _is_ratio(key: Key) -> bool:
    name = str(key[-1]) if key else ""
    return name in {"threshold", "default_threshold", "missing_tolerance", "confidence", "alpha"}


def _known_keys(key: Key) -> tuple[str, ...]:
    if key[:1] != ("eval_types",):
        return tuple(_Gate.model_fields)
    return tuple((_Metrics if "metrics" in key[:-1] else _EvalType).model_fields)


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def _contradictions(model: _Gate, document: _Document) -> Iterator[str]:
    yield from _repeated_names(model, document)
    yield from _shared_experiments(model, document)
    yield from _unclear_tasks(model, document)


def _repeated_names(model: _Gate, document: _Document) -> Iterator[str]:
    lists: list[tuple[Key, list[str]]] = [
        (("suites", name), members) for name, members in model.suites.items()
    ]
    for name, kind in model.eval_types.items():
        scorers = [item if isinstance(item, str) else item.name for item in kind.scorers]
        lists.append((("eval_types", name, "prompts"), list(kind.prompts)))
        lists.append((("eval_types", name, "scorers"), scorers))
    for key, names in lists:
        for name, times in Counter(names).items():
            if times > 1:
                last = len(names) - 1 - names[::-1].index(name)
                yield document.fault((*key, last), f"{name!r} is named {times} times.")


def _shared_experiments(model: _Gate, document: _Document) -> Iterator[str]:
    users: dict[str, str] = {}
    for name, kind in model.eval_types.items():
        experiment = _experiment_of(model, name)
        if experiment in users:
            key: Key = ("eval_types", name) + (("experiment",) if kind.experiment else ())
            yield document.fault(
                key,
                f"the experiment {experiment!r} already holds the runs of {users[experiment]!r}; "
                "every eval type needs one of its own.",
            )
        users.setdefault(experiment, name)


def _unclear_tasks(model: _Gate, document: _Document) -> Iterator[str]:
    for name, kind in model.eval_types.items():
        key: Key = ("eval_types", name)
        if (kind.task is None) != (kind.model is None):
            given, absent = ("task", "model") if kind.model is None else ("model", "task")
            yield document.fault((*key, given), f"needs {absent!r} beside it.")
        if kind.task is not None and (kind.candidate is not None or kind.scorers):
            yield document.fault(
                (*key, "task"), "a task is candidate and scorer in one; leave those out."
            )


def _experiment_of(model: _Gate, name: str) -> str:
    return model.eval_types[name].experiment or experiment_name(model.base_experiment, name)


# --- values -------------------------------------------------------------------------------------


def _config(model: _Gate, document: _Document) -> GateConfig:
    plain = model.model_dump(exclude={"suites", "eval_types"})
    return GateConfig(
        **plain,
        suites={name: tuple(members) for name, members in model.suites.items()},
        eval_types={name: _eval_type(model, name, document) for name in model.eval_types},
        source=document.path,
        warnings=tuple(_undeclared(model, document)),
    )


def _eval_type(model: _Gate, name: str, document: _Document) -> EvalTypeConfig:
    kind = model.eval_types[name]
    return EvalTypeConfig(
        name=name,
        experiment=_experiment_of(model, name),
        threshold=kind.threshold if kind.threshold is not None else model.default_threshold,
        dataset=None if kind.dataset is None else document.path.parent / kind.dataset,
        candidate=_candidate(kind, document),
        scorers=tuple(_scorer(item) for item in kind.scorers),
        prompts=_prompts(kind),
        repeats=kind.repeats,
        concurrency=kind.concurrency,
        timeout_seconds=kind.timeout_seconds,
        pass_score=kind.pass_score,
        metrics=MetricNames(**kind.metrics.model_dump()),
        gating=kind.gating,
    )


def _candidate(kind: _EvalType, document: _Document) -> str | ModelCandidate | TaskCandidate | None:
    if kind.task is not None and kind.model is not None:
        return TaskCandidate(task=document.path.parent / kind.task, model=kind.model)
    given = kind.candidate
    if not isinstance(given, _Model):
        return given
    return ModelCandidate(
        model=given.model, prompt=given.prompt, settings=dict(given.model_extra or {})
    )


def _prompts(kind: _EvalType) -> tuple[str, ...]:
    """Return the prompts that are active, the candidate's own among them."""
    own = kind.candidate.prompt if isinstance(kind.candidate, _Model) else None
    return tuple(dict.fromkeys([*kind.prompts, *([own] if own is not None else [])]))


def _scorer(given: str | _Scorer) -> ScorerSpec:
    if isinstance(given, str):
        return ScorerSpec(name=given)
    return ScorerSpec(name=given.name, settings=dict(given.model_extra or {}))


def _undeclared(model: _Gate, document: _Document) -> Iterator[str]:
    """Warn of a suite's member that is declared under a name much like it, so likely a slip.

    Others are no slip: what another client logs needs no table, and running a suite says
    itself which members it cannot run.
    """
    for suite, members in model.suites.items():
        others = [name for name in model.eval_types if name not in members]
        for place, name in enumerate(members):
            near = difflib.get_close_matches(name, others, n=1, cutoff=0.7)
            if name not in model.eval_types and near:
                yield document.fault(
                    ("suites", suite, place),
                    f"{name!r} has no table gate.eval_types.{name}, so it cannot be run; "
                    f"did you mean {near[0]}?",
                )
