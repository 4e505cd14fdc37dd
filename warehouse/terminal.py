"""Hands the terminal over to psql."""

import os
from typing import NoReturn

from warehouse import database, layout
from warehouse.settings import Settings

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}


def run_psql(settings: Settings, arguments: tuple[str, ...]) -> NoReturn:
    """Becomes psql, connected as the owner. The password travels in the environment only."""
    environment = dict(os.environ)
    for name, value in database.parameters(settings).items():
        if value:
            environment[_VARIABLES[name]] = value
    psql = str(layout.program("psql"))
    os.execve(psql, [psql, *arguments], environment)
