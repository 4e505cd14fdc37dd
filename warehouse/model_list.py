"""The list that `warehouse models` shows: all archived models, with the current one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from ingest.console import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ml.run import Workshop
    from ml.tasks import Task


def print_models(workshop: Workshop, tasks: Iterable[Task]) -> None:
    """Prints the archived models of these risks, newest first, and where they are stored."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for heading in ("risk", "version", "archived at", ""):
        # Versions are never cut, on any screen: `--to` needs the whole version.
        table.add_column(heading, no_wrap=heading != "risk")
    for task in tasks:
        current = workshop.registry.current(task.name)
        entries = sorted(workshop.registry.versions(task.name), key=lambda entry: entry.version)
        for entry in reversed(entries):
            stored = entry.stored_at.astimezone().strftime("%Y-%m-%d %H:%M")
            table.add_row(task.title, entry.version, stored, "current" if entry == current else "")
        if not entries:
            table.add_row(task.title, "no model yet", "", "")
    console = Terminal()
    console.print(table)
    console.print(f"Stored in {workshop.registry.address}", style="dim")
