"""Empty views in the place of tables that a failed build has not come to."""

import json
from typing import Any

import psycopg
from psycopg import sql

from warehouse.settings import Settings


def fill_gaps(connection: psycopg.Connection, settings: Settings) -> list[str]:
    """Makes an empty, typed view for each model under contract that the database lacks.

    Whoever may read the model may read the view. dbt takes a view for no earlier state of a table,
    incremental or not, so the build that comes to it replaces it. Returns the models' names.
    """
    try:
        manifest = json.loads((settings.home / "target" / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return []
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
    ]
    missing = [node for node in models if not _exists(connection, node)]
    for node in missing:
        with connection.transaction():
            _make_schema(connection, node["schema"])
            connection.execute(_view(node))
            for grant in _grants(node):
                connection.execute(grant)
    return [node["name"] for node in missing]


def _name(node: dict[str, Any]) -> sql.Identifier:
    return sql.Identifier(node["schema"], node["alias"])


def _make_schema(connection: psycopg.Connection, name: str) -> None:
    """Makes the schema if it is missing: dbt does so in the run that comes to one of its models."""
    known = connection.execute("select 1 from pg_namespace where nspname = %s", [name]).fetchone()
    if not known:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))


def _exists(connection: psycopg.Connection, node: dict[str, Any]) -> bool:
    name = _name(node).as_string(connection)
    row = connection.execute("select to_regclass(%s) is not null", [name]).fetchone()
    return bool(row and row[0])


def _view(node: dict[str, Any]) -> sql.Composed:
    columns = [
        sql.SQL("cast(null as {}) as {}").format(
            sql.SQL(column["data_type"]), sql.Identifier(column["name"])
        )
        for column in node["columns"].values()
    ]
    return sql.SQL("create view {} as select {} where false").format(
        _name(node), sql.SQL(", ").join(columns)
    )


def _grants(node: dict[str, Any]) -> list[sql.Composed]:
    """The model's grants, with the use of its schema."""
    schema = sql.Identifier(node["schema"])
    grants = []
    for privilege, roles in (node["config"].get("grants") or {}).items():
        readers = sql.SQL(", ").join(map(sql.Identifier, roles))
        if roles:
            grants += [
                sql.SQL("grant usage on schema {} to {}").format(schema, readers),
                sql.SQL("grant {} on {} to {}").format(sql.SQL(privilege), _name(node), readers),
            ]
    return grants
