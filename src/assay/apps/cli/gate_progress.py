"""A suite as it runs: one line per eval type as it finishes, bars on a terminal."""

from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from assay.apps.cli.figures import percent
from assay.apps.cli.output import OutputFormat, stderr_console, stdout_console
from assay.core.eval_runs import CaseRecord
from assay.gate.suite_results import EvalResult, Outcome, Stage, SuiteProgress


if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID
    from rich.text import Text


_LOOKS: Final = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.ERROR: "bold yellow"}


class SuiteView:
    """Prints ``[N/M] type ... PASS (rate)`` as each eval type finishes.

    On a terminal there is a bar for each that is under way. Lines go to standard output, or
    to standard error where that belongs to a document.
    """

    def __init__(
        self,
        output_format: OutputFormat,
        *,
        verbose: bool = False,
        console: "Console | None" = None,
    ) -> None:
        """Take where to print, and whether cases that did not pass are shown as they come."""
        if console is None:
            whole = output_format is OutputFormat.JSON
            console = stderr_console() if whole else stdout_console()
        self._console = console
        self._verbose = verbose
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
            from rich.progress import Progress as Bars

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._bars = Bars(*columns, console=self._console, transient=True)
            self._bars.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End."""
        if self._bars is not None:
            self._bars.stop()

    def update(self, progress: SuiteProgress) -> None:
        """Show what happened; called with one report at a time."""
        self._draw(progress)
        if progress.stage is Stage.FINISHED and progress.result is not None:
            self._print(finished_line(progress, progress.result))
        elif self._verbose and progress.case is not None and progress.case.passed is not True:
            self._print(_case_line(progress.eval_type, progress.case))

    def _print(self, line: "Text") -> None:
        self._console.print(line, soft_wrap=True)
        self._console.file.flush()

    def _draw(self, progress: SuiteProgress) -> None:
        if self._bars is None:
            return
        if progress.stage is Stage.FINISHED:
            task = self._tasks.pop(progress.eval_type, None)
            if task is not None:
                self._bars.remove_task(task)
            return
        if progress.eval_type not in self._tasks:
            from rich.markup import escape

            self._tasks[progress.eval_type] = self._bars.add_task(escape(progress.eval_type))
        self._bars.update(
            self._tasks[progress.eval_type],
            total=progress.cases_total,
            completed=progress.cases_done,
        )


def finished_line(progress: SuiteProgress, result: EvalResult) -> "Text":
    """Return ``[N/M] type ... PASS (rate)``, and what there is to say of it."""
    from rich.text import Text

    return Text(f"[{progress.number}/{progress.total}] ").append_text(outcome_text(result))


def outcome_text(result: EvalResult) -> "Text":
    """Return ``type ... PASS (rate)``, and what there is to say of it."""
    from rich.text import Text

    line = Text(f"{result.eval_type} ... ")
    line.append(result.outcome.value, _LOOKS[result.outcome])
    line.append(f" ({percent(result.pass_rate)})")
    if result.outcome is Outcome.FAIL:
        line.append(f" below {percent(result.threshold)}", "dim")
    return line.append(f": {result.message}", "dim") if result.message else line


def _case_line(eval_type: str, case: CaseRecord) -> "Text":
    from rich.text import Text

    repeat = f" (repeat {case.repeat + 1})" if case.repeat else ""
    if case.error is not None:
        return Text(f"    {eval_type}/{case.case_id}{repeat}: error: {case.error}", "yellow")
    why = f": {case.reason}" if case.reason else ""
    return Text(f"    {eval_type}/{case.case_id}{repeat}: failed{why}", "red")
