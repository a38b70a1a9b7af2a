"""Live progress on standard error: one bar per candidate, plain when it is no terminal."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from assay.apps.cli.output import stderr_console
from assay.core.progress import Progress, ProgressKind


if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class ProgressView:
    """Shows how far each candidate is, with the cost so far.

    On a terminal that is a bar each; elsewhere one line when a candidate ends.
    """

    def __init__(self, console: "Console | None" = None) -> None:
        """Take where to draw; standard error by default."""
        self._console = stderr_console() if console is None else console
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            self._bars = _bars(self._console)
            self._bars.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End, leaving the last state on the screen."""
        if self._bars is not None:
            self._bars.stop()

    def update(self, progress: Progress) -> None:
        """Show where one candidate is."""
        if self._bars is not None:
            self._draw(self._bars, progress)
        elif progress.kind in {ProgressKind.FINISHED, ProgressKind.ABANDONED}:
            self._console.print(_line(progress), markup=False, soft_wrap=True)

    def _draw(self, bars: "Bars", progress: Progress) -> None:
        from rich.markup import escape

        if progress.run_id not in self._tasks:
            self._tasks[progress.run_id] = bars.add_task(escape(progress.candidate), cost="")
        bars.update(
            self._tasks[progress.run_id],
            total=progress.planned,
            completed=progress.ended,
            cost=_cost(progress),
        )


def _line(progress: Progress) -> str:
    why = f" ({progress.message})" if progress.message is not None else ""
    cost = _cost(progress)
    return (
        f"{progress.candidate}: {progress.ended}/{progress.planned} ended, "
        f"{progress.passed} passed{f', {cost}' if cost else ''}{why}"
    )


def _cost(progress: Progress) -> str:
    """Return the known cost so far; nothing where none is known, as unknown is not free."""
    return f"${progress.cost_usd:.4f}" if progress.cost_usd else ""


def _bars(console: "Console") -> "Bars":
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    return Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[cost]}"),
        TimeRemainingColumn(),
        console=console,
    )
