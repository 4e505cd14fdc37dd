"""The `warehouse` command on made-up marts."""

from collections.abc import Callable
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.ml.small_marts import SmallMarts

Run = Callable[..., str]


def environment(marts: SmallMarts, home: Path) -> dict[str, str]:
    """What makes `warehouse` work on the database and the registry of `marts`."""
    given = conninfo_to_dict(marts.conninfo)
    return {
        "WAREHOUSE_TARGET": "postgres",
        "WAREHOUSE_HOME": str(home),
        "WAREHOUSE_MODELS": marts.workshop.registry.address,
        "PGHOST": str(given["host"]),
        "PGPORT": str(given["port"]),
        "PGUSER": str(given["user"]),
        "PGPASSWORD": str(given["password"]),
        "PGDATABASE": str(given["dbname"]),
    }
