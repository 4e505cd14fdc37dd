"""Empty views in place of tables that a failed build did not reach, or that none published yet."""

from typing import Any

import psycopg
from psycopg import sql

from warehouse.build.dbt_manifest import read_manifest
from warehouse.server.roles import public_schema
from warehouse.settings import Settings


def fill_gaps(connection: psycopg.Connection, settings: Settings) -> list[str]:
    """Creates an empty, typed view for each model with a contract that the database lacks, where it
    is built and where it is read.

    What readers read has the grants of the model. dbt does not take a view for an earlier state of
    a table, incremental or not, so the build that reaches the model replaces the view. Returns the
    models' names.
    """
    try:
        manifest = read_manifest(settings.home / "target")
    except (OSError, ValueError):
        return []
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
    ]
    missing = []
    for node in models:
        shown = node | {"schema": public_schema(node["schema"], settings.prefix)}
        if not _exists(connection, node):
            _create(connection, node)
        if not _exists(connection, shown):
            missing.append(node["name"])
            _create(connection, shown)
            for grant in _grants(shown):
                connection.execute(grant)
    return missing


def _create(connection: psycopg.Connection, node: dict[str, Any]) -> None:
    with connection.transaction():
        _make_schema(connection, node["schema"])
        connection.execute(_view(node))


def _name(node: dict[str, Any]) -> sql.Identifier:
    return sql.Identifier(node["schema"], node["alias"])


def _make_schema(connection: psycopg.Connection, name: str) -> None:
    """Creates the schema if it is missing: dbt creates it only when it builds a model in it."""
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
    """The model's grants, with usage of its schema."""
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
