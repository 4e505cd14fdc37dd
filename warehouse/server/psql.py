"""Hands the terminal over to psql."""

import os
from typing import NoReturn

from warehouse.server import database, layout
from warehouse.settings import Settings

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "require_auth": "PGREQUIREAUTH",
}


def run_psql(settings: Settings, role: str, arguments: tuple[str, ...]) -> NoReturn:
    """Becomes psql, connected as the role. The password travels in the environment only.

    Raises WarehouseError when the embedded server does not let the role in."""
    database.require_access(settings, role)
    environment = dict(os.environ)
    given = database.parameters(settings, role)
    if settings.is_embedded:
        given["require_auth"] = database.AUTHENTICATION
    for name, value in given.items():
        if value:
            environment[_VARIABLES[name]] = value
    psql = str(layout.program("psql"))
    os.execve(psql, [psql, *arguments], environment)  # noqa: S606 (psql takes our place)
