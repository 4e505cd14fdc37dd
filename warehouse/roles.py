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
    Role("reporter", "reads core, marts and what models did, no names or addresses", True, "60s"),
    Role("logistics", "reads orders, weights, stock, sales; of customers the id", True, "60s"),
    Role("sales", "reads products, sales and what to recommend", True, "60s"),
    Role("pii_reader", "reads schema restricted: names, addresses, dates of birth", True, "60s"),
)
ROLE_NAMES = tuple(role.name for role in ROLES)
# What the transformer builds; whoever builds owns, and only an owner can build again.
BUILT_SCHEMAS = (
    "staging", "intermediate", "core", "marts", "restricted", "reference", "snapshots",
)  # fmt: skip
# The builds' own tables among the loader's.
_BOOKS_OF_BUILDS = ("fact_loads", "pending_changes", "build_runs")
# What a model did, for all who read marts; the scores themselves stand in marts.customer_risk.
_BOOKS_OF_MODELS = ("model_runs", "model_metrics", "feature_importance", "drift")
# Settings of the log that PostgreSQL leaves to superusers unless they share them.
_LOG_SETTINGS = ("log_error_verbosity", "log_min_error_statement")
_SETTINGS_CAN_BE_SHARED = 150000


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
        _let_work(connection, database, prefix)
        _let_judge_models(connection, prefix)
        _keep_rows_out_of_the_log(connection)
        if passwords:
            _forbid_temporary_tables(connection, database)
            _close_functions(connection)
    connection.commit()


def hand_over(connection: psycopg.Connection, prefix: str) -> int:
    """Gives the transformer what others have built, so that it can build it again.

    Returns how many tables and views changed hands. Commits. To be called while no build runs.
    """
    with connection.transaction():
        _let_act_as(connection, "transformer")
        schemas = [prefix + schema for schema in BUILT_SCHEMAS]
        count = _give(connection, schemas, "transformer")
    connection.commit()
    return count


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


def _let_work(connection: psycopg.Connection, database: str, prefix: str) -> None:
    """The loader owns raw tables and ledger; the transformer reads them and may make schemas."""
    schemas = [
        row[0]
        for row in connection.execute(
            "select nspname from pg_namespace where nspname = %s or starts_with(nspname, %s)",
            [prefix + "ops", prefix + "raw_"],
        )
    ]
    _let_act_as(connection, "loader")
    _let_act_as(connection, "transformer")
    create = "grant create on database {} to transformer"
    connection.execute(sql.SQL(create).format(sql.Identifier(database)))
    # Only an owner may index a table.
    _give(connection, schemas, "loader")
    _give(connection, [prefix + "ml"], "transformer")
    for name in schemas:
        schema = sql.Identifier(name)
        default = "alter default privileges {}in schema {} grant {} on tables to {}"
        for statement in (
            sql.SQL("grant usage on schema {} to transformer").format(schema),
            sql.SQL("grant select on all tables in schema {} to transformer").format(schema),
            _sql(default, "", schema, "select", "transformer"),
            _sql(default, "for role loader ", schema, "select", "transformer"),
            _sql(default, "", schema, "select, insert, update, delete", "loader"),
        ):
            connection.execute(statement)
    for table in _BOOKS_OF_BUILDS if prefix + "ops" in schemas else ():
        grant = sql.SQL("grant insert, update, delete, truncate on {} to transformer")
        connection.execute(grant.format(sql.Identifier(prefix + "ops", table)))


def _let_judge_models(connection: psycopg.Connection, prefix: str) -> None:
    """The reporter reads how good the risk models are: tables that no build makes or grants."""
    schema, reporter = prefix + "ml", sql.Identifier("reporter")
    known = connection.execute(
        "select tablename from pg_tables where schemaname = %s and tablename = any(%s)",
        [schema, list(_BOOKS_OF_MODELS)],
    ).fetchall()
    if known:
        connection.execute(_sql("grant usage on schema {} to {}", sql.Identifier(schema), reporter))
    for (table,) in known:
        name = sql.Identifier(schema, table)
        connection.execute(_sql("grant select on {} to {}", name, reporter))


def _sql(template: str, *parts: str | sql.Composable) -> sql.Composed:
    composed = [sql.SQL(part) if isinstance(part, str) else part for part in parts]
    return sql.SQL(template).format(*composed)


def _let_act_as(connection: psycopg.Connection, role: str) -> None:
    """Whoever gives a table away must be a member of the role that gets it."""
    row = connection.execute("select pg_has_role(%s, 'usage')", [role]).fetchone()
    if row and not row[0]:
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))


def _give(connection: psycopg.Connection, schemas: list[str], role: str) -> int:
    """Makes the role owner of the schemas and of the tables and views in them."""
    owned_by_others = """
        select null, nspname from pg_namespace
        where nspname = any(%(schemas)s) and nspowner <> %(role)s::regrole
        union all
        select relname, nspname
        from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname = any(%(schemas)s) and relkind in ('r', 'p', 'v', 'm')
            and relowner <> %(role)s::regrole
        order by 1 nulls first, 2
    """
    others = connection.execute(owned_by_others, {"schemas": schemas, "role": role}).fetchall()
    for relation, schema in others:
        kind = "table" if relation else "schema"
        name = sql.Identifier(schema, relation) if relation else sql.Identifier(schema)
        connection.execute(_sql(f"alter {kind} {{}} owner to {{}}", name, sql.Identifier(role)))
    return sum(relation is not None for relation, _ in others)


def _keep_rows_out_of_the_log(connection: psycopg.Connection) -> None:
    """Lets the loader say that a failed COPY must not log the row it failed on."""
    is_superuser = connection.info.parameter_status("is_superuser") == "on"
    if is_superuser and connection.info.server_version >= _SETTINGS_CAN_BE_SHARED:
        for setting in _LOG_SETTINGS:
            connection.execute(
                sql.SQL("grant set on parameter {} to loader").format(sql.Identifier(setting))
            )


def _forbid_temporary_tables(connection: psycopg.Connection, database: str) -> None:
    """Everybody may make temporary tables in a new database; readers write nothing at all."""
    place = sql.Identifier(database)
    connection.execute(sql.SQL("revoke temporary on database {} from public").format(place))
    grant = "grant temporary on database {} to loader, transformer"
    connection.execute(sql.SQL(grant).format(place))


def _close_functions(connection: psycopg.Connection) -> None:
    """Everybody may write large objects, and take the lock that loads and builds wait for."""
    found = connection.execute(
        """
        select cast(oid as regprocedure)::text, proname ~ 'advisory' from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace
            and proname ~ '^(lo_|loread$|lowrite$|pg_.*advisory)'
            and has_function_privilege('public', oid, 'execute')
        """
    ).fetchall()
    for function, is_lock in found:
        name = sql.SQL(function)
        connection.execute(sql.SQL("revoke execute on function {} from public").format(name))
        if is_lock:
            grant = "grant execute on function {} to loader, transformer"
            connection.execute(sql.SQL(grant).format(name))
