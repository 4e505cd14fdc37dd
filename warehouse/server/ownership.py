"""The owner of an embedded warehouse: the home and the project recorded by `warehouse up`.

The record is in the home for commands, and beside the database for dbt, which knows only a port.
Neither is a table, because a table could be replaced by a view that runs code as whoever reads it.
"""

import json
from pathlib import Path

from psycopg import sql

from warehouse.errors import WarehouseError
from warehouse.safe_files import write_private
from warehouse.server import database
from warehouse.settings import Settings


def require_own(settings: Settings) -> None:
    """Raises WarehouseError unless the warehouse was brought up by this project in this home."""
    known = _read(settings)
    if known is None:
        raise WarehouseError(
            "This warehouse was created by an earlier version, or not completely. "
            "Run `warehouse up` to migrate it."
        )
    home, project_dir = known
    if (home, project_dir) != (settings.home, settings.project_dir):
        raise WarehouseError(f"{_whose(settings, home, project_dir)} {_way_out(settings, known)}")


def require_free(settings: Settings) -> None:
    """Raises WarehouseError when another project, which is still in its place, has this home.

    A home that was moved or copied holds its own data: whoever brings it up owns it.
    """
    known = _read(settings)
    if known and known[0] == settings.home:
        _refuse_other_project(settings, known)


def require_brought_up(settings: Settings) -> None:
    """As `require_free`, and raises WarehouseError for a copied home that was not brought up here.

    Until then its links, passwords and process numbers lead to the original.
    """
    known = _read(settings)
    if known:
        _refuse_other_project(settings, known)
        home, _ = known
        if home != settings.home and _file_in(home).is_file():
            raise WarehouseError(
                f"{settings.home} is a copy of {home} and still refers to its server and "
                "passwords. Run `warehouse up` to make it a warehouse of its own."
            )


def _refuse_other_project(settings: Settings, known: tuple[Path, Path]) -> None:
    _, project_dir = known
    if project_dir != settings.project_dir and (project_dir / "dbt_project.yml").is_file():
        raise WarehouseError(f"{_whose(settings, *known)} {_way_out(settings, known)}")


def record(settings: Settings) -> None:
    """Records that the warehouse belongs to this home and this project."""
    whose = json.dumps({"home": str(settings.home), "project_dir": str(settings.project_dir)})
    with database.connect(settings) as connection:
        name = sql.Identifier(database.DATABASE)
        comment = sql.SQL("comment on database {} is {}").format(name, sql.Literal(whose))
        connection.execute(comment)
    write_private(_file(settings), whose + "\n")


def _read(settings: Settings) -> tuple[Path, Path] | None:
    """The recorded home and project; None if nothing is recorded yet."""
    try:
        known = json.loads(_file(settings).read_bytes())
        return Path(known["home"]), Path(known["project_dir"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(settings: Settings) -> Path:
    return _file_in(settings.home)


def _file_in(home: Path) -> Path:
    return home / "project.json"


def _whose(settings: Settings, home: Path, project_dir: Path) -> str:
    return (
        f"The warehouse on port {settings.port} belongs to project {project_dir} "
        f"with home {home}, not of this one, {settings.project_dir} with home {settings.home}."
    )


def _way_out(settings: Settings, known: tuple[Path, Path]) -> str:
    home, project_dir = known
    if home == settings.home and (project_dir / "dbt_project.yml").is_file():
        return "Set WAREHOUSE_HOME to a folder of this project's own, and WAREHOUSE_PORT."
    return "If it was moved or copied here, `warehouse up` takes it over."
