"""Hands the terminal over to psql."""

import os
from typing import NoReturn

from warehouse.server import database, layout
from warehouse.settings import Settings


def run_psql(settings: Settings, role: str, arguments: tuple[str, ...]) -> NoReturn:
    """Becomes psql, connected as the role. The password travels in the environment only.

    Raises WarehouseError when the embedded server does not let the role in."""
    database.require_access(settings, role)
    environment = os.environ | database.variables(settings, role)
    psql = str(layout.program("psql"))
    os.execve(psql, [psql, *arguments], environment)  # noqa: S606 (psql takes our place)
