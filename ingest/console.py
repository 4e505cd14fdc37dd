"""The console for all output that may contain text from outside."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ingest.foreign_text import visible


class Terminal(Console):
    """rich's console without markup in texts, and without control characters other than its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def on_broken_pipe(self) -> None:
        """Continue without printing when nobody reads the output any more. rich would end the
        printing thread, and a build would wait forever for that thread's work.
        """
        with suppress(SystemExit):
            super().on_broken_pipe()

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Renders as rich does, control characters replaced by visible escapes."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)
