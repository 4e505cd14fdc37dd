"""Refuses schemas of the warehouse that another role owns and could change or drop."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from ingest.engine.session import Session
from ingest.foreign_text import shown
from ingest.loader_errors import SchemaMismatch

# The roles that load and build wherever the warehouse has roles.
LOADER = "loader"
TRANSFORMER = "transformer"

# Superusers and the database owner can do everything anyway. On a server without these roles, the
# connected role is the owner, or a member of the owning role.
_FOREIGN = """
    with owned (schema_id, relation, kind, owner) as (
        select oid, null, 'schema', nspowner from pg_namespace
        union all
        select
            relnamespace, relname,
            case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
            relowner
        from pg_class where relkind in ('r', 'p', 'v', 'm')
    )
    select nspname::text, owned.relation::text, owned.kind, rolname::text
    from owned
    inner join pg_namespace on owned.schema_id = pg_namespace.oid
    inner join pg_roles on owned.owner = pg_roles.oid
    where nspname = any(%(schemas)s) and rolname <> all(array[%(keeper)s, current_user]) and (
        rolname = any(%(workers)s) or not (
            rolsuper
            or pg_has_role(current_user, pg_roles.oid, 'usage')
            or pg_roles.oid = (select datdba from pg_database where datname = current_database())
        )
    )
    order by 1, 2 nulls first
    limit 1
"""


def refuse_foreign_owners(connection: Session, schemas: Sequence[str], keeper: str) -> None:
    """Raise SchemaMismatch for an existing schema, or a table or view in it, that is owned neither
    by `keeper` (LOADER or TRANSFORMER) nor, where there are no such roles, by the connected role.
    """
    given = {"schemas": list(schemas), "keeper": keeper, "workers": [LOADER, TRANSFORMER]}
    row = connection.execute(_FOREIGN, given).fetchone()
    if row is None:
        return
    schema, relation, kind, owner = row
    where = sql.Identifier(*filter(None, (schema, relation))).as_string(None)
    aside = sql.Identifier(f"not_{schema}").as_string(None)
    change = f"drop {kind} {where}" if relation else f"alter schema {where} rename to {aside}"
    raise SchemaMismatch(
        f"{kind} {where} is owned by role {shown(owner)}, which could change or drop what belongs "
        f"to {keeper}; find out who created it, then run as {shown(owner)}: {change};"
    )
