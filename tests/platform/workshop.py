"""A small project that tests build again and again."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dbt.adapters.base.impl import DEFAULT_BASE_BEHAVIOR_FLAGS
from rich.console import Console

from tests.conftest import temporary_folder, temporary_settings
from tests.platform.mini_project import write_mini_project
from warehouse.build import pipeline
from warehouse.server import bringup, database
from warehouse.settings import Settings


@dataclass
class Workshop:
    """A project with a database of its own."""

    settings: Settings

    @property
    def marts(self) -> Path:
        return self.settings.project_dir / "models" / "marts"

    def build(self, **request: Any) -> tuple[int, str]:
        screen = io.StringIO()
        console = Console(file=screen, width=100)
        flags = list(DEFAULT_BASE_BEHAVIOR_FLAGS)
        code = pipeline.build(self.settings, pipeline.Request(**request), console)
        # Each command of dbt in one process makes this list longer, and the next command slower.
        DEFAULT_BASE_BEHAVIOR_FLAGS[:] = flags
        assert "Traceback" not in screen.getvalue()
        return code, screen.getvalue()

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with database.connect(self.settings) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_mini_project(original: Path) -> Iterator[Settings]:
    """The mini project in a folder of its own, its server up until the block ends."""
    with temporary_folder() as folder, temporary_settings() as settings:
        write_mini_project(original, folder)
        settings = replace(settings, project_dir=folder)
        bringup.bring_up(settings, print)
        yield settings
