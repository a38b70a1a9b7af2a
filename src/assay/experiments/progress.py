"""How far an experiment is: a bar on a terminal or in a notebook, lines where it is piped."""

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from assay.core.progress import Progress, ProgressKind
from assay.execution.ledger import OnProgress


if TYPE_CHECKING:
    from rich.console import Console


_STEP: Final = 0.1
"""Piped output gets a line whenever so much more of the plan is done."""


@contextmanager
def shown_progress(
    name: str, *, wanted: bool = True, console: "Console | None" = None
) -> Iterator[OnProgress | None]:
    """Show progress while the block runs; yield what is to be told of it.

    Args:
        name: What is being worked on.
        wanted: With False nothing is shown, and None is yielded.
        console: Written to; standard error by default.
    """
    if not wanted:
        yield None
        return
    from rich.console import Console

    target = Console(stderr=True) if console is None else console
    cell = _display() if target.is_jupyter else None
    if cell is not None:
        yield _Cell(name, cell)
    elif target.is_terminal:
        with _bar(name, target) as on_progress:
            yield on_progress
    else:
        yield _Lines(name, target)


class _Lines:
    """Writes a plain line now and then."""

    def __init__(self, name: str, console: "Console") -> None:
        self._name = name
        self._console = console
        self._next = _STEP

    def __call__(self, progress: Progress) -> None:
        """Write how far it is, if that is news."""
        done = progress.ended / progress.planned if progress.planned else 1.0
        if progress.kind is ProgressKind.FINISHED or done >= self._next:
            self._next = done + _STEP
            text = f"{self._name}: {progress.ended} of {progress.planned}"
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Cell:
    """Shows one bar below a notebook's cell and moves it; needs no widgets."""

    def __init__(self, name: str, display: Callable[..., Any]) -> None:
        self._name = name
        self._handle = display(self._shown(0, 0), raw=True, display_id=True)

    def __call__(self, progress: Progress) -> None:
        """Move the bar."""
        self._handle.update(self._shown(progress.ended, progress.planned), raw=True)

    def _shown(self, ended: int, planned: int) -> dict[str, str]:
        text = f"{self._name}: {ended} of {planned}" if planned else self._name
        bar = f'<progress value="{ended}" max="{max(planned, 1)}"></progress>'
        return {"text/plain": text, "text/html": f"{bar} {html.escape(text)}"}


def _display(module: str = "IPython.display") -> Callable[..., Any] | None:
    """Return what shows something below a notebook's cell, or None where there is no IPython."""
    try:
        found: Callable[..., Any] = import_module(module).display
    except ImportError:
        return None
    return found


@contextmanager
def _bar(name: str, console: "Console") -> Iterator[OnProgress]:
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        task = bars.add_task(escape(name), total=None)

        def draw(progress: Progress) -> None:
            bars.update(task, total=progress.planned, completed=progress.ended)

        yield draw
