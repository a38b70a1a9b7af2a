"""Whether a task and a dataset fit together, before any call is paid for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from assay.bench.prompts import render
from assay.bench.scoring import check_gold
from assay.bench.task import Constraints, Task
from assay.core.datasets import Datapoint
from assay.core.errors import AssayError, InvalidDatasetError, InvalidTaskError


_NAMED_IDS = 5


class Severity(StrEnum):
    """How bad a finding is: an error makes items fail, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit.

    Attributes:
        subject: What it is about, such as ``gold.field`` or ``prompt``.
        message: What is wrong, with the first datapoints it concerns.
        datapoints: How many datapoints it concerns; 0 for the task as a whole.
    """

    severity: Severity
    subject: str
    message: str
    datapoints: int = 0


@dataclass(slots=True)
class _Fault:
    message: str
    ids: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, datapoint: Datapoint) -> None:
        self.count += 1
        if len(self.ids) < _NAMED_IDS:
            self.ids.append(datapoint.id)


def validate_task(task: Task, datapoints: Iterable[Datapoint]) -> list[Finding]:
    """Return what does not fit, errors first; the datapoints are read once.

    Found are: placeholders that name no input, gold that is missing, cannot be read
    out or cannot be compared, an empty dataset, and keys that are not measured.
    """
    prompts: dict[str, _Fault] = {}
    gold: dict[str, _Fault] = {}
    total = 0
    for datapoint in datapoints:
        total += 1
        _note(prompts, datapoint, partial(_render_all, task))
        _note(gold, datapoint, partial(check_gold, task))
    findings = [_finding("prompt", fault, total) for fault in prompts.values()]
    findings += [_finding("gold", fault, total) for fault in gold.values()]
    if total == 0:
        findings.append(Finding(Severity.ERROR, "dataset", "The dataset holds no datapoints."))
    return [*findings, *_unmeasured(task)]


def _render_all(task: Task, datapoint: Datapoint) -> None:
    for template in (task.system, task.prompt):
        if template is not None:
            render(template, datapoint.inputs, where=f"datapoint {datapoint.id!r}")


def _note(
    faults: dict[str, _Fault], datapoint: Datapoint, check: Callable[[Datapoint], None]
) -> None:
    try:
        check(datapoint)
    except (InvalidTaskError, InvalidDatasetError) as failure:
        text = _without_place(failure, datapoint)
        faults.setdefault(text, _Fault(text)).add(datapoint)


def _without_place(failure: AssayError, datapoint: Datapoint) -> str:
    return str(failure).removeprefix(f"datapoint {datapoint.id!r}: ")


def _finding(subject: str, fault: _Fault, total: int) -> Finding:
    more = ", …" if fault.count > len(fault.ids) else ""
    ids = ", ".join(map(repr, fault.ids))
    message = f"{fault.message} In {fault.count} of {total} datapoints: {ids}{more}."
    return Finding(Severity.ERROR, subject, message, fault.count)


def _unmeasured(task: Task) -> list[Finding]:
    """Say which keys are kept but not measured, so that nobody relies on them."""
    kept = {
        "constraints": task.constraints != Constraints(),
        "evaluation_criteria": bool(task.evaluation_criteria),
        "judge_instructions": bool(task.judge_instructions),
    }
    return [
        Finding(
            Severity.WARNING, name, f"{name} is kept with the task, but no score depends on it."
        )
        for name, given in kept.items()
        if given
    ]
