"""The benchmark's own warehouse: project, home, port and server; deleted at the end."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.server import bringup
from warehouse.server.postmaster import port_is_free
from warehouse.settings import Settings

# The parts of the project that a build reads.
_PROJECT = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "snapshots", "tests")


@contextmanager
def own_warehouse(folder: Path) -> Iterator[Settings]:
    """A running embedded server with empty raw tables; its home and a copy of the project's models
    are below `folder`.

    What an earlier run left there is deleted first. The user's warehouse, models and password file
    are not touched. Raises WarehouseError if the server cannot be started.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PGPASSFILE"] = str(folder / "pgpass")
    original = Settings.from_environment({})
    settings = replace(
        original,
        project_dir=folder / "project",
        home=folder / "home",
        port=_free_port(),
        target="local",
    )
    _delete(settings)
    _copy(original.project_dir, settings.project_dir)
    try:
        bringup.bring_up(settings, _refuse)
        yield settings
    finally:
        _delete(settings)


def environment(settings: Settings) -> dict[str, str]:
    """The environment that makes the `warehouse` command use these settings."""
    return dict(os.environ) | {
        "WAREHOUSE_PROJECT_DIR": str(settings.project_dir),
        "WAREHOUSE_HOME": str(settings.home),
        "WAREHOUSE_PORT": str(settings.port),
        "WAREHOUSE_SCHEMA_PREFIX": settings.prefix,
        "WAREHOUSE_TARGET": settings.target,
    }


def _copy(project: Path, to: Path) -> None:
    to.mkdir()
    for name in _PROJECT:
        if (project / name).is_dir():
            shutil.copytree(project / name, to / name, ignore=shutil.ignore_patterns("*.py*"))
        else:
            shutil.copyfile(project / name, to / name)


def _delete(settings: Settings) -> None:
    bringup.delete_home(settings)
    for name in (settings.project_dir, settings.home.parent / "sample"):
        shutil.rmtree(name, ignore_errors=True)
    (settings.home.parent / "pgpass").unlink(missing_ok=True)


def _free_port() -> int:
    for port in random.sample(range(20000, 32000), 200):
        if port_is_free(port):
            return port
    raise WarehouseError("No free port between 20000 and 32000 on this machine.")


def _refuse(message: str) -> None:
    raise WarehouseError(message)
