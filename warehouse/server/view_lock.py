"""The function with which macros/publish locks views: all of them, or none."""

import psycopg
from psycopg import sql

LOCK_ALL = "lock_all"
# An owner set to itself is a lock alone.
_CODE = """
create or replace function {}(relations oid[], milliseconds integer) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    patience text := current_setting('lock_timeout');
    relation oid;
begin
    perform set_config('lock_timeout', milliseconds || 'ms', true);
    foreach relation in array coalesce(relations, '{{}}') loop
        execute format(
            'alter table %s owner to %I', cast(relation as regclass), current_user
        );
    end loop;
    perform set_config('lock_timeout', patience, true);
    return true;
exception when lock_not_available or deadlock_detected then
    perform set_config('lock_timeout', patience, true);
    return false;
end $$
"""


def has_lock(connection: psycopg.Connection, prefix: str) -> bool:
    """Whether the function is there."""
    row = connection.execute(
        "select count(*) from pg_proc inner join pg_namespace on pronamespace = pg_namespace.oid"
        " where nspname = %s and proname = %s",
        (prefix + "published", LOCK_ALL),
    ).fetchone()
    return bool(row and row[0])


def make_lock(connection: psycopg.Connection, prefix: str) -> None:
    """Creates `published.lock_all(object ids, milliseconds)`; safe to repeat.

    It returns whether it locked all, and has the rights of its caller. In SQL alone a lock that is
    not free in time ends the transaction, and builds may not have code of their own.
    """
    schema = sql.Identifier(prefix + "published")
    name = sql.Identifier(prefix + "published", LOCK_ALL)
    connection.execute(sql.SQL("create schema if not exists {}").format(schema))
    connection.execute(sql.SQL(_CODE).format(name))
