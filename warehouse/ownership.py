"""Whose an embedded warehouse is: the home and the project that `warehouse up` wrote down."""

from pathlib import Path

import psycopg
from psycopg import sql

from ingest.lock import LOCK_CLASS, lock_key
from warehouse import database
from warehouse.errors import WarehouseError
from warehouse.roles import LOADER
from warehouse.secret_files import has_password
from warehouse.settings import Settings


def require_own(settings: Settings) -> None:
    """Raises WarehouseError unless the warehouse was brought up by this project in this home."""
    known = _read(settings)
    if known is None:
        raise WarehouseError(
            "This warehouse was made by an earlier version, or not to the end. "
            "Run `warehouse up`, which carries it over."
        )
    home, project_dir = known
    if (home, project_dir) != (settings.home, settings.project_dir):
        raise WarehouseError(f"{_whose(settings, home, project_dir)} {_way_out(settings, known)}")


def require_free(settings: Settings) -> None:
    """Raises WarehouseError when another project, which is still in its place, has this home.

    A home that was moved or copied holds its own data: whoever brings it up owns it.
    """
    known = _read(settings)
    if known is None:
        return
    home, project_dir = known
    is_other = home == settings.home and project_dir != settings.project_dir
    if is_other and (project_dir / "dbt_project.yml").is_file():
        raise WarehouseError(f"{_whose(settings, home, project_dir)} {_way_out(settings, known)}")


def record(settings: Settings) -> None:
    """Writes down that the warehouse is this home's and this project's; nothing if it says so."""
    given = (str(settings.home), str(settings.project_dir))
    table = _table(settings)
    with database.connect(settings, LOADER) as connection:
        # Two runs at once would write two rows.
        key = lock_key("ownership", settings.prefix)
        connection.execute("select pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, key))
        query = sql.SQL("select home, project_dir from {}").format(table)
        if connection.execute(query).fetchall() == [given]:
            return
        connection.execute(sql.SQL("delete from {}").format(table))
        connection.execute(sql.SQL("insert into {} values (%s, %s, now())").format(table), given)


def _read(settings: Settings) -> tuple[Path, Path] | None:
    """Home and project as they were written down; None where nothing was yet.

    Read as the loader, whose table it is, so that nobody else's rights are at stake.
    """
    if not has_password(settings, LOADER):
        return None
    query = sql.SQL("select home, project_dir from {}").format(_table(settings))
    missing = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
    try:
        with psycopg.connect(database.conninfo(settings, LOADER)) as connection:
            row = connection.execute(query).fetchone()
    except (*missing, psycopg.errors.InsufficientPrivilege, psycopg.OperationalError):
        return None
    return (Path(row[0]), Path(row[1])) if row else None


def _table(settings: Settings) -> sql.Identifier:
    return sql.Identifier(settings.prefix + "ops", "warehouse")


def _whose(settings: Settings, home: Path, project_dir: Path) -> str:
    return (
        f"The warehouse on port {settings.port} is that of project {project_dir} "
        f"with home {home}, not of this one, {settings.project_dir} with home {settings.home}."
    )


def _way_out(settings: Settings, known: tuple[Path, Path]) -> str:
    home, project_dir = known
    if home == settings.home and (project_dir / "dbt_project.yml").is_file():
        return "Set WAREHOUSE_HOME to a folder of this project's own, and WAREHOUSE_PORT."
    return "If it was moved here, `warehouse up` takes it over."
