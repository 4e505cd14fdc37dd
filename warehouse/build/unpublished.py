"""What readers do not see yet of what is built."""

from collections.abc import Sequence

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from warehouse.build.fingerprint import UNPUBLISHED
from warehouse.build.row_counts import row_counts
from warehouse.server.roles import PUBLIC_SCHEMAS, PUBLISHED, QUEUES, public_schema


def unpublished(connection: Session, prefix: str) -> set[str]:
    """Names of the models whose published rows are not those built: tables made anew since then,
    tables with rows in their queue, and those without a view for readers.
    """
    schemas = [f"{prefix}build_{name}" for name in PUBLIC_SCHEMAS]
    if isinstance(connection, RedshiftSession):
        made = _made_on_redshift(connection, prefix, schemas)
    else:
        made = _made_on_postgres(connection, prefix, schemas)
    return made | _with_rows_in_their_queue(connection, prefix)


def _made_on_postgres(connection: Session, prefix: str, schemas: list[str]) -> set[str]:
    """A published table has the id of the one that was built in its name: macros/publish."""
    rows = connection.execute(
        "select relname from pg_class"
        " inner join pg_namespace on relnamespace = pg_namespace.oid"
        " where nspname = any(%s) and (relkind = 'r' and to_regclass("
        "format('%%I.%%I', %s::text, relname || '__' || pg_class.oid::text)) is null"
        " or relkind in ('r', 'v') and to_regclass(format('%%I.%%I',"
        " replace(nspname, %s::text, %s::text), relname)) is null)",
        [schemas, prefix + PUBLISHED, prefix + "build_", prefix],
    )
    return {name for (name,) in rows}


def _made_on_redshift(connection: Session, prefix: str, schemas: Sequence[str]) -> set[str]:
    """ops.published_relations has the id of the table that each was last filled from."""
    public = [public_schema(schema, prefix) for schema in schemas]
    among, names = engine_of(connection).among([*schemas, *public])
    rows = connection.execute(
        sql.SQL(
            "select nspname, relname, cast(pg_class.oid as bigint),"
            " cast(relkind as varchar(1)) from pg_catalog.pg_class"
            " inner join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid"
            " where relkind in ('r', 'v') and nspname {}"
        ).format(among),
        names,
    )
    there = {(schema, name): (number, kind) for schema, name, number, kind in rows}
    shown = connection.execute(
        sql.SQL("select relation_schema, relation_name, table_id from {}").format(
            sql.Identifier(f"{prefix}ops", "published_relations")
        )
    )
    filled_from = {(schema, name): number for schema, name, number in shown}
    found = set()
    for (schema, name), (number, kind) in there.items():
        readers = (public_schema(schema, prefix), name)
        if schema in schemas and (
            readers not in there or (kind == "r" and filled_from.get(readers) != number)
        ):
            found.add(name)
    return found


def _with_rows_in_their_queue(connection: Session, prefix: str) -> set[str]:
    schema = f"{prefix}{QUEUES}"
    rows = connection.execute(
        "select relname from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
        " where nspname = %s and relkind = 'r' and relname like %s",
        [schema, f"%{UNPUBLISHED}"],
    )
    queues = [Relation(schema, name) for (name,) in rows]
    counts = zip(queues, row_counts(connection, queues), strict=True)
    return {queue.name.removesuffix(UNPUBLISHED) for queue, count in counts if count}
