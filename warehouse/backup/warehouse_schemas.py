"""What belongs to a warehouse in its database: schemas, relations, and the roles behind them."""

from collections.abc import Collection, Iterable

import psycopg
from psycopg import sql

from warehouse.backup.backup_manifest import Relation
from warehouse.server.replaced_schemas import is_replaced
from warehouse.server.roles import LOADER, OWN_SCHEMAS, TRANSFORMER

OPS = "ops"
_KNOWN = {*OWN_SCHEMAS, OPS, "ml"}
_RAW = "raw_"


def lift_time_limits(connection: psycopg.Connection) -> None:
    """Lets the session be idle for as long as the work of another takes. Commits."""
    connection.execute(
        "select set_config(name, '0', false) from pg_settings where name in"
        " ('statement_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout')"
    )
    connection.commit()


def own_schemas(connection: psycopg.Connection, prefix: str) -> list[str]:
    """The schemas of the warehouse with this prefix: those that loads and builds make, and others
    that the loader or the transformer owns, such as one with views over marts.
    """
    rows = _schemas(connection)
    warehouses = _prefixes(connection, [name for name, _ in rows])
    return [name for name, owner in rows if _belongs(name, owner, prefix, warehouses)]


def other_schemas(connection: psycopg.Connection, prefix: str) -> list[tuple[str, str]]:
    """Name and owner of schemas with tables or views that belong to no warehouse."""
    rows = _schemas(connection)
    warehouses = _prefixes(connection, [name for name, _ in rows])
    filled = {
        name
        for (name,) in connection.execute(
            "select distinct nspname::text from pg_class"
            " inner join pg_namespace on relnamespace = pg_namespace.oid"
            " where relkind in ('r', 'p', 'v', 'm')"
        )
    }
    return [
        (name, owner)
        for name, owner in rows
        if name in filled
        and not is_replaced(name, prefix)
        and not any(_belongs(name, owner, one, warehouses) for one in {*warehouses, prefix})
    ]


def existing_schemas(connection: psycopg.Connection, names: Collection[str]) -> list[str]:
    """Those of the schemas that are there."""
    return [name for name, _ in _schemas(connection) if name in names]


def read_relations(connection: psycopg.Connection, schemas: list[str]) -> list[Relation]:
    """All tables and views of the schemas, the rows of tables not counted yet (0)."""
    rows = connection.execute(
        "select nspname::text, relname::text, pg_class.oid::bigint, relkind = 'r' from pg_class"
        " inner join pg_namespace on relnamespace = pg_namespace.oid"
        " where nspname = any(%s) and relkind in ('r', 'p', 'v', 'm') order by 1, 2",
        [schemas],
    ).fetchall()
    return [
        Relation(schema, name, object_id, 0 if is_table else None)
        for schema, name, object_id, is_table in rows
    ]


def count_rows(connection: psycopg.Connection, schema: str, name: str) -> int:
    """The number of rows of a table."""
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def has_rows(connection: psycopg.Connection, relations: Iterable[Relation]) -> bool:
    """Whether any of the tables has a row."""
    return any(
        connection.execute(
            sql.SQL("select 1 from {} limit 1").format(sql.Identifier(one.schema, one.name))
        ).fetchone()
        for one in relations
        if one.rows is not None
    )


def has_tokens(connection: psycopg.Connection, prefix: str) -> bool:
    """Whether a token key was used in the warehouse."""
    keys = sql.SQL("select 1 from {} limit 1").format(sql.Identifier(prefix + OPS, "token_keys"))
    return connection.execute(keys).fetchone() is not None


def owners(connection: psycopg.Connection, schemas: list[str]) -> dict[str, str]:
    """The roles that own something in the schemas, each with an example."""
    rows = connection.execute(
        """
        select pg_get_userbyid(nspowner)::text, quote_ident(nspname)
        from pg_namespace where nspname = any(%(schemas)s)
        union all
        select pg_get_userbyid(relowner)::text, format('%%I.%%I', nspname, relname)
        from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname = any(%(schemas)s)
        order by 1, 2
        """,
        {"schemas": schemas},
    ).fetchall()
    found: dict[str, str] = {}
    for role, example in rows:
        found.setdefault(role, example)
    return found


def readers(connection: psycopg.Connection, schemas: list[str]) -> list[str]:
    """The roles that have rights to something in the schemas."""
    rows = connection.execute(
        """
        with rights as (
            select nspacl as acl from pg_namespace where nspname = any(%(schemas)s)
            union all
            select relacl from pg_class
            inner join pg_namespace on relnamespace = pg_namespace.oid
            where nspname = any(%(schemas)s)
            union all
            select attacl from pg_attribute
            inner join pg_class on attrelid = pg_class.oid
            inner join pg_namespace on relnamespace = pg_namespace.oid
            where nspname = any(%(schemas)s)
        )
        select distinct rolname::text
        from rights
        cross join lateral aclexplode(acl) as granted
        inner join pg_roles on granted.grantee = pg_roles.oid
        order by 1
        """,
        {"schemas": schemas},
    )
    return [name for (name,) in rows]


def outside_views(connection: psycopg.Connection, schemas: list[str]) -> list[str]:
    """Views of other schemas that read something in these, as they are written in SQL."""
    rows = connection.execute(
        """
        select distinct format('%%I.%%I', reading.nspname, view.relname)
        from pg_depend
        inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
        inner join pg_class as view on pg_rewrite.ev_class = view.oid
        inner join pg_namespace as reading on view.relnamespace = reading.oid
        inner join pg_class as table_read on pg_depend.refobjid = table_read.oid
        inner join pg_namespace as own on table_read.relnamespace = own.oid
        where pg_depend.classid = 'pg_rewrite'::regclass
            and pg_depend.refclassid = 'pg_class'::regclass
            and own.nspname = any(%(schemas)s) and reading.nspname <> all(%(schemas)s)
        order by 1
        """,
        {"schemas": schemas},
    )
    return [name for (name,) in rows]


def _schemas(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(
        "select nspname::text, pg_get_userbyid(nspowner)::text from pg_namespace"
        " where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"
    ).fetchall()


def _prefixes(connection: psycopg.Connection, schemas: list[str]) -> list[str]:
    """The prefixes of all warehouses in the database."""
    found = connection.execute(
        "select schemaname::text from pg_tables where tablename = 'load_files'"
        " and schemaname = any(%s)",
        [[name for name in schemas if name.endswith(OPS)]],
    )
    return [name.removesuffix(OPS) for (name,) in found]


def _belongs(schema: str, owner: str, prefix: str, warehouses: list[str]) -> bool:
    if not schema.startswith(prefix) or is_replaced(schema, prefix):
        return False
    name = schema.removeprefix(prefix)
    if name in _KNOWN or name.startswith(_RAW):
        return True
    is_of_other = any(len(other) > len(prefix) and schema.startswith(other) for other in warehouses)
    return not is_of_other and owner in (LOADER, TRANSFORMER)
