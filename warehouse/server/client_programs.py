"""PostgreSQL's own programs for dumping and restoring, of a version that fits the server."""

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.server import database, layout
from warehouse.server.secret_files import OWNER
from warehouse.settings import Settings

# Newer pg_restore sets transaction_timeout, which came with this version.
_TAKES_NEWER = 17


def client_program(settings: Settings, name: str, major_version: int) -> Path:
    """The program, such as pg_dump, for servers of this major version.

    For the embedded server it is the packaged one. For a server of one's own: the one on the path
    or the packaged one, of the server's version if possible, otherwise of a newer one, which
    servers before 17 do not understand. Raises WarehouseError if there is none.
    """
    if settings.is_embedded:
        return layout.program(name)
    found = {path: _major_version(path) for path in _candidates(name)}
    fitting = [path for path, version in found.items() if version == major_version]
    newer = [path for path, version in found.items() if version > major_version >= _TAKES_NEWER]
    if fitting or newer:
        return (fitting or newer)[0]
    what = f"the server is PostgreSQL {major_version}. Install its client programs"
    hint = f"such as the package postgresql-client-{major_version}, and put them on the PATH."
    if not found:
        raise WarehouseError(f"There is no {name}, and {what}, {hint}")
    newest = max(found.values())
    raise WarehouseError(f"{name} is of PostgreSQL {newest}, but {what}, {hint}")


def client_environment(settings: Settings, role: str) -> dict[str, str]:
    """The environment in which such a program connects as the role; the password is in it.

    `role` as for `database.conninfo`. Of the user's own settings of libpq, those for the embedded
    server are left out.
    """
    used = role if settings.is_embedded else OWNER
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not (settings.is_embedded and name.startswith("PG"))
    }
    return {
        **inherited,
        **database.variables(settings, used),
        "PGAPPNAME": "warehouse",
        "PGCONNECT_TIMEOUT": "10",
        "PGCLIENTENCODING": "UTF8",
        "LC_ALL": "C",
    }


def _candidates(name: str) -> list[Path]:
    found = [Path(place) for place in [shutil.which(name)] if place]
    with suppress(WarehouseError):  # a server of one's own does not need the package
        found.append(layout.program(name))
    return found


def _major_version(program: Path) -> int:
    """0 if the program does not say; Debian's wrapper says it of the version it would run."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(version[1]) if version else 0
