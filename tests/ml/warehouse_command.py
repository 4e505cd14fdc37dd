"""The `warehouse` command on made-up marts."""

from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.ml.small_marts import SmallMarts


def environment(marts: SmallMarts) -> dict[str, str]:
    """What makes `warehouse` work on the database and the registry of `marts`."""
    given = conninfo_to_dict(marts.conninfo)
    registry = marts.workshop.registry.address
    return {
        "WAREHOUSE_TARGET": "postgres",
        "WAREHOUSE_HOME": str(Path(registry).with_name("home")),
        "WAREHOUSE_MODELS": registry,
        "PGHOST": str(given["host"]),
        "PGPORT": str(given["port"]),
        "PGUSER": str(given["user"]),
        "PGPASSWORD": str(given["password"]),
        "PGDATABASE": str(given["dbname"]),
    }
