"""The console that everything is printed on which may hold text from outside."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ingest.foreign_text import visible


class Terminal(Console):
    """rich's console without markup in texts, and without control characters but its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def on_broken_pipe(self) -> None:
        """Goes on without printing when nobody reads any more. rich ends the thread that printed,
        and a build would wait for ever for what that thread was to do.
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
