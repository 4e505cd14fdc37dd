"""The database roles, and what each may do before dbt grants it the models."""

from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Role:
    """A login role. Readers are read only, with a limit on the time of a statement."""

    name: str
    purpose: str
    is_reader: bool
    statement_timeout: str = "0"


ROLES = (
    Role("loader", "writes raw tables and the loader's ledger", is_reader=False),
    Role("transformer", "reads raw tables and builds everything behind them", is_reader=False),
    Role("reporter", "reads core and marts, nothing personal", True, "60s"),
    Role("logistics", "reads what logistics needs", True, "60s"),
    Role("sales", "reads what sales needs", True, "60s"),
    Role("pii_reader", "reads schema restricted", True, "60s"),
)
ROLE_NAMES = tuple(role.name for role in ROLES)


def ensure_roles(
    connection: psycopg.Connection, prefix: str, passwords: dict[str, str] | None = None
) -> None:
    """Creates the roles that are missing and sets what each may do; safe to repeat.

    `passwords` by role name; without them the roles have none and an administrator sets them.
    Commits. Raises psycopg.errors.InsufficientPrivilege when the connection may not make roles.
    """
    database = connection.info.dbname
    with connection.transaction():
        # Two runs at once would meet in the catalogue.
        connection.execute("select pg_advisory_xact_lock(hashtext('warehouse roles'))")
        known = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for role in ROLES:
            if role.name not in known:
                create = sql.SQL("create role {} login")
                connection.execute(create.format(sql.Identifier(role.name)))
            if passwords:
                connection.execute(
                    sql.SQL("alter role {} password {}").format(
                        sql.Identifier(role.name), sql.Literal(passwords[role.name])
                    )
                )
            _configure(connection, role, database, prefix)
        _grant_raw(connection, database, prefix)
    connection.commit()


def _configure(connection: psycopg.Connection, role: Role, database: str, prefix: str) -> None:
    name, place = sql.Identifier(role.name), sql.Identifier(database)
    connection.execute(sql.SQL("grant connect on database {} to {}").format(place, name))
    if not role.is_reader:
        return
    options: dict[str, list[sql.Composable]] = {
        "default_transaction_read_only": [sql.SQL("on")],
        "statement_timeout": [sql.Literal(role.statement_timeout)],
        "search_path": [sql.Identifier(prefix + schema) for schema in _search_path(role)],
    }
    for option, values in options.items():
        connection.execute(
            sql.SQL("alter role {} in database {} set {} = {}").format(
                name, place, sql.Identifier(option), sql.SQL(", ").join(values)
            )
        )


def _search_path(role: Role) -> tuple[str, ...]:
    return ("restricted",) if role.name == "pii_reader" else ("marts", "core", "reference")


def _grant_raw(connection: psycopg.Connection, database: str, prefix: str) -> None:
    connection.execute(
        sql.SQL("grant create on database {} to transformer").format(sql.Identifier(database))
    )
    rows = connection.execute(
        "select nspname from pg_namespace where nspname = any(%s) or starts_with(nspname, %s)",
        [[prefix + "ops", prefix + "ml"], prefix + "raw_"],
    ).fetchall()
    for (schema,) in rows:
        may_write = "select, insert, update, delete, truncate"
        granted = {"loader": may_write, "transformer": "select"}
        if schema == prefix + "ops":
            granted["transformer"] = may_write
        if schema == prefix + "ml":
            granted = {"transformer": may_write}
        for role, rights in granted.items():
            for statement in (
                f"grant usage on schema {{schema}} to {role}",
                f"grant {rights} on all tables in schema {{schema}} to {role}",
                f"alter default privileges in schema {{schema}} grant {rights} on tables to {role}",
            ):
                connection.execute(sql.SQL(statement).format(schema=sql.Identifier(schema)))
