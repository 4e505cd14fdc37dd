"""Tables and views of models that the project makes no more, or makes in another schema."""

import json
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse.build.dbt_manifest import read_manifest
from warehouse.server.roles import OWN_SCHEMAS, PUBLIC_SCHEMAS, public_schema
from warehouse.settings import Settings

Relation = tuple[str, str]  # schema and name
_KINDS = {"r": "table", "v": "view"}


def drop_leftovers(
    connection: psycopg.Connection, settings: Settings, has_passed: bool
) -> tuple[list[str], list[str]]:
    """Drops what an earlier build made of models and the project has no more.

    Only relations that a build of this warehouse is known to have made and that the builder owns;
    histories and what people made stay. A build that failed drops nothing, since its tables may be
    read for a while yet. What cannot be dropped, because somebody's view reads it, say, is tried
    again by the next build.
    Returns the names of what was dropped, and the statements that would drop what was not.
    """
    target = settings.home / "target"
    now = _models(target, settings.prefix)
    memory = target / "built" / "leftovers.json"
    before = _models(target / "built", settings.prefix) | _remembered(memory)
    own = {settings.prefix + name for name in OWN_SCHEMAS}
    waiting = {relation for relation in before - now if relation[0] in own}
    left = _existing(connection, waiting)
    dropped: list[str] = []
    while has_passed:
        gone = [relation for relation, kind in left.items() if _drop(connection, relation, kind)]
        if not gone:
            break
        dropped += [".".join(relation) for relation in gone]
        left = {relation: kind for relation, kind in left.items() if relation not in gone}
    memory.parent.mkdir(mode=0o700, exist_ok=True)
    memory.write_text(json.dumps(sorted(left)), encoding="utf-8")
    statements = [_statement(*item).as_string(connection) for item in sorted(left.items())]
    # What readers never saw is not worth a word.
    unseen = {f"{settings.prefix}build_{name}" for name in PUBLIC_SCHEMAS}
    told = sorted(name for name in dropped if name.split(".")[0] not in unseen)
    return told, statements if has_passed else []


def _models(folder: Path, prefix: str) -> set[Relation]:
    """Where a manifest's models are built and shown, those included that are switched off."""
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        return set()
    off = (node for nodes in manifest["disabled"].values() for node in nodes)
    return {
        (schema, node["alias"])
        for node in (*manifest["nodes"].values(), *off)
        if node["resource_type"] == "model"
        for schema in {node["schema"], public_schema(node["schema"], prefix)}
    }


def _remembered(path: Path) -> set[Relation]:
    try:
        return {(schema, name) for schema, name in json.loads(path.read_bytes())}
    except FileNotFoundError:
        return set()


def _existing(connection: psycopg.Connection, relations: set[Relation]) -> dict[Relation, str]:
    """Those that are there and belong to the connection's role, with their kind."""
    rows = connection.execute(
        "select nspname, relname, relkind::text from pg_class "
        "inner join pg_namespace on relnamespace = pg_namespace.oid "
        "where relkind in ('r', 'v') and pg_get_userbyid(relowner) = current_user"
    ).fetchall()
    return {
        (schema, name): _KINDS[kind] for schema, name, kind in rows if (schema, name) in relations
    }


def _drop(connection: psycopg.Connection, relation: Relation, kind: str) -> bool:
    try:
        connection.execute(_statement(relation, kind))
    except (psycopg.errors.DependentObjectsStillExist, psycopg.errors.LockNotAvailable):
        return False
    return True


def _statement(relation: Relation, kind: str) -> sql.Composed:
    return sql.SQL("drop {} {}").format(sql.SQL(kind), sql.Identifier(*relation))
