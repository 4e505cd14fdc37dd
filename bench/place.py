"""A warehouse of the benchmark's own: home, port, server; gone when the benchmark ends."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from warehouse import bringup
from warehouse.errors import WarehouseError
from warehouse.postmaster import port_is_free
from warehouse.settings import Settings


@contextmanager
def own_warehouse(folder: Path) -> Iterator[Settings]:
    """A running embedded server with empty raw tables, its home below `folder`.

    What an earlier run left there is deleted first. The user's warehouse and password file are
    not touched. Raises WarehouseError when the server cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PGPASSFILE"] = str(folder / "pgpass")
    settings = replace(
        Settings.from_environment({}), home=folder / "home", port=_free_port(), target="local"
    )
    _delete(settings)
    try:
        bringup.bring_up(settings, _refuse)
        yield settings
    finally:
        _delete(settings)


def environment(settings: Settings) -> dict[str, str]:
    """Environment in which the `warehouse` command works on these settings."""
    return dict(os.environ) | {
        "WAREHOUSE_HOME": str(settings.home),
        "WAREHOUSE_PORT": str(settings.port),
        "WAREHOUSE_SCHEMA_PREFIX": settings.prefix,
        "WAREHOUSE_TARGET": settings.target,
    }


def _delete(settings: Settings) -> None:
    bringup.delete_home(settings)
    shutil.rmtree(settings.home.parent / "sample", ignore_errors=True)
    (settings.home.parent / "pgpass").unlink(missing_ok=True)


def _free_port() -> int:
    for port in random.sample(range(20000, 32000), 200):
        if port_is_free(port):
            return port
    raise WarehouseError("No free port between 20000 and 32000 on this machine.")


def _refuse(message: str) -> None:
    raise WarehouseError(message)
