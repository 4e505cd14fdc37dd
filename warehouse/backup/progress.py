"""A progress line for work that takes long."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ingest.console import Terminal


class Steps:
    """The steps of some work, one shown at a time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._done = 0
        self._total: int | None = None
        self._is_bytes = False

    def begin(self, what: str, total: int | None = None, *, is_bytes: bool = False) -> None:
        """Shows the next step; `total` is how much there is to do, None if that is not known."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._done, self._total, self._is_bytes = 0, total, is_bytes
        self._task = self._progress.add_task(what, total=total, told="")

    def advance(self, more: int) -> None:
        """Shows that so much more is done."""
        assert self._task is not None
        self._done += more
        of = "" if self._total is None else f" of {self._said(self._total)}"
        told = f"{self._said(self._done)}{of}"
        self._progress.update(self._task, completed=self._done, told=told)

    def _said(self, number: int) -> str:
        return f"{number / 1e6:,.0f} MB" if self._is_bytes else f"{number:,}"


@contextmanager
def steps() -> Iterator[Steps]:
    """Shows steps on stderr if that is a terminal; the line is gone at the end."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
    )
    terminal = Terminal(stderr=True)
    with Progress(
        *columns, console=terminal, transient=True, disable=not terminal.is_terminal
    ) as progress:
        yield Steps(progress)
