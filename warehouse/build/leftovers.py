"""Tables and views of models that the project makes no more, or makes in another schema."""

import json
from pathlib import Path

from psycopg import sql

from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.sessions import FAILURES, sqlstate
from warehouse.build.dbt_manifest import read_manifest
from warehouse.server.roles import OWN_SCHEMAS, PUBLIC_SCHEMAS, PUBLISHED, public_schema
from warehouse.settings import Settings

# Something else reads it; somebody keeps it locked.
_IN_USE = ("2BP01", "55P03")
_KINDS = {"r": "table", "v": "view"}


def drop_leftovers(
    connection: Session, settings: Settings, has_passed: bool
) -> tuple[list[str], list[str]]:
    """Drops what an earlier build made of models and the project has no more.

    Only relations that a build of this warehouse is known to have made and that the builder owns;
    histories and what people made stay. A build that failed drops nothing, since its tables may be
    read for a while yet. What cannot be dropped, because somebody's view reads it, say, is tried
    again by the next build.
    Returns the names of what was dropped, and the statements that would drop what was not.
    """
    target = settings.home / "target"
    now = _models(target, settings)
    memory = target / "built" / "leftovers.json"
    before = _models(target / "built", settings) | _remembered(memory)
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
    statements = [_statement(*item).as_string(None) for item in sorted(left.items())]
    # What readers never saw is not worth a word.
    unseen = {f"{settings.prefix}build_{name}" for name in PUBLIC_SCHEMAS}
    unseen.add(f"{settings.prefix}{PUBLISHED}")
    told = sorted(name for name in dropped if name.split(".")[0] not in unseen)
    return told, statements if has_passed else []


def _models(folder: Path, settings: Settings) -> set[Relation]:
    """Where a manifest's models are built and shown, those included that are switched off. On
    Redshift each has a table by its name in schema published; on PostgreSQL publications drop
    what they show no more.
    """
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        return set()
    off = (node for nodes in manifest["disabled"].values() for node in nodes)
    found = set()
    for node in (*manifest["nodes"].values(), *off):
        if node["resource_type"] != "model":
            continue
        built, name = node["schema"], node["alias"]
        shown = public_schema(built, settings.prefix)
        found |= {Relation(built, name), Relation(shown, name)}
        if settings.is_redshift and shown != built:
            schema = f"{settings.prefix}{PUBLISHED}"
            found |= {Relation(schema, f"{name}{end}") for end in ("", "__before", "__keys")}
    return found


def _remembered(path: Path) -> set[Relation]:
    try:
        return {Relation(schema, name) for schema, name in json.loads(path.read_bytes())}
    except FileNotFoundError:
        return set()


def _existing(connection: Session, relations: set[Relation]) -> dict[Relation, str]:
    """Those that are there and belong to the connection's role, with their kind."""
    rows = connection.execute(
        "select nspname, relname, cast(relkind as varchar(1)) from pg_class "
        "inner join pg_namespace on relnamespace = pg_namespace.oid "
        "where relkind in ('r', 'v') and pg_get_userbyid(relowner) = current_user"
    ).fetchall()
    return {
        Relation(schema, name): _KINDS[kind]
        for schema, name, kind in rows
        if (schema, name) in relations
    }


def _drop(connection: Session, relation: Relation, kind: str) -> bool:
    try:
        connection.execute(_statement(relation, kind))
    except FAILURES as error:
        if sqlstate(error) in _IN_USE:
            return False
        raise
    return True


def _statement(relation: Relation, kind: str) -> sql.Composed:
    return sql.SQL("drop {} {}").format(sql.SQL(kind), relation.quoted)
