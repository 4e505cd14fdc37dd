"""Empty views in place of tables that a failed build did not reach, or that none published yet."""

from typing import Any

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from warehouse.build.dbt_manifest import read_manifest
from warehouse.server.roles import public_schema
from warehouse.settings import Settings


def fill_gaps(connection: Session, settings: Settings) -> list[str]:
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
    there = _existing(connection)
    for node in models:
        shown = node | {"schema": public_schema(node["schema"], settings.prefix)}
        if _name(node) not in there:
            _create(connection, node)
            there.add(_name(node))
        if _name(shown) not in there:
            missing.append(node["name"])
            _create(connection, shown)
            for grant in _grants(connection, shown):
                connection.execute(grant)
    return missing


def _create(connection: Session, node: dict[str, Any]) -> None:
    with connection.transaction():
        _make_schema(connection, node["schema"])
        connection.execute(_view(node))


def _name(node: dict[str, Any]) -> Relation:
    return Relation(node["schema"], node["alias"])


def _make_schema(connection: Session, name: str) -> None:
    """Creates the schema if it is missing: dbt creates it only when it builds a model in it."""
    known = connection.execute("select 1 from pg_namespace where nspname = %s", [name]).fetchone()
    if not known:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))


def _existing(connection: Session) -> set[Relation]:
    rows = connection.execute(
        "select nspname, relname from pg_catalog.pg_class "
        "inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid "
        "where relkind in ('r', 'v', 'm', 'p')"
    )
    return {Relation(schema, name) for schema, name in rows}


def _view(node: dict[str, Any]) -> sql.Composed:
    columns = [
        sql.SQL("cast(null as {}) as {}").format(
            sql.SQL(column["data_type"]), sql.Identifier(column["name"])
        )
        for column in node["columns"].values()
    ]
    return sql.SQL("create view {} as select {} where false").format(
        _name(node).quoted, sql.SQL(", ").join(columns)
    )


def _grants(connection: Session, node: dict[str, Any]) -> list[sql.Composed]:
    """The model's grants, with usage of its schema."""
    schema, name = sql.Identifier(node["schema"]), _name(node).quoted
    grantee = engine_of(connection).grantee
    grants = []
    for privilege, roles in (node["config"].get("grants") or {}).items():
        readers = sql.SQL(", ").join(map(grantee, roles))
        if roles:
            grants += [
                sql.SQL("grant usage on schema {} to {}").format(schema, readers),
                sql.SQL("grant {} on {} to {}").format(sql.SQL(privilege), name, readers),
            ]
    return grants
