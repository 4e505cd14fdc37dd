"""The database roles, and what each may do before dbt grants it the models."""

from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from ingest import owners
from warehouse.server.view_lock import make_lock

LOADER = owners.LOADER
TRANSFORMER = owners.TRANSFORMER
REPORTER = "reporter"
# Works on loads and builds alike, as erasing must. Of the embedded server alone.
ERASER = "eraser"


@dataclass(frozen=True)
class Role:
    """A login role. A reader has a number of connections at once; others have no limit."""

    name: str
    purpose: str
    connections: int | None = None

    @property
    def is_reader(self) -> bool:
        """Readers are read only, with limits on the time of a statement and of doing nothing."""
        return self.connections is not None


# All readers together leave loads and builds 55 of the 95 connections of the embedded server.
ROLES = (
    Role(LOADER, "writes raw tables and the loader's ledger"),
    Role(TRANSFORMER, "reads raw tables and builds everything behind them"),
    Role(REPORTER, "reads core, aggregates, marts and what models did, no names or addresses", 20),
    Role("logistics", "reads orders, weights, stock, sales; of customers the id", 8),
    Role("sales", "reads products, sales and what to recommend", 8),
    Role("pii_reader", "reads schema restricted: names, addresses, dates of birth", 4),
)
ROLE_NAMES = tuple(role.name for role in ROLES)
READER_NAMES = tuple(role.name for role in ROLES if role.is_reader)
# The roles of the embedded server.
EMBEDDED_ROLE_NAMES = (*ROLE_NAMES, ERASER)
_READER_SECONDS = "60s"
# Longer than a reader's statement: whoever waits longer waits for a session that does not end.
_LOCK_TIMEOUT = "120s"
_READER_TEMPORARY_FILES = "2GB"
_OWN_PATH = ("pg_catalog", "pg_temp")
# Where models keep what they still have to rebuild.
QUEUES = "changes"
# What readers read: views, in front of tables that were built in build_<schema> and published.
PUBLIC_SCHEMAS = ("core", "aggregates", "marts", "restricted", "reference")
PUBLISHED = "published"
# What builds make. The builder owns it, and only the owner can rebuild it.
BUILT_SCHEMAS = (
    "staging", "intermediate", *(f"build_{name}" for name in PUBLIC_SCHEMAS), "snapshots", QUEUES,
)  # fmt: skip
# All that the transformer makes.
OWN_SCHEMAS = (*BUILT_SCHEMAS, *PUBLIC_SCHEMAS, PUBLISHED)
# The builds' own tables among the loader's, and those that loads and builds both write.
_BOOKS_OF_BUILDS = (
    "fact_loads",
    "build_runs",
    "build_steps",
    "build_nodes",
    "build_state",
    "built_loads",
    "model_code",
    "held_sources",
    "publications",
    "published_relations",
    "alerts",
)
# What a model did, for all who read marts; the scores themselves are in marts.customer_risk.
_BOOKS_OF_MODELS = (
    "model_runs",
    "model_metrics",
    "feature_importance",
    "drift",
    "lifetime_runs",
    "lifetime_metrics",
)
# Functions that PostgreSQL lets everybody call, by what they do. Where work needs one, both
# workers may: builds end statements of theirs that are no longer wanted.
_LARGE_OBJECTS = "lo_.*|loread|lowrite"
_STATEMENTS_FROM_TEXT = "(query|cursor|table|schema|database)_to_xml.*|ts_stat|ts_rewrite"
_WRITES_TO_DISK = (
    "pg_logical_emit_message|pg_notify|pg_current_xact_id|txid_current|pg_export_snapshot"
    "|pg_logical_slot_.*|pg_.*_replication_slots?.*|pg_replication_slot_advance"
)
# What of these only reads, and erasing needs to know who keeps erased rows on disk.
_SHOWS_SLOTS = "pg_get_replication_slots"
_HINDERS_OTHERS = "pg_.*advisory.*|pg_(cancel|terminate)_backend"
# Settings of the log that PostgreSQL leaves to superusers unless they share them.
_LOG_SETTINGS = ("log_error_verbosity", "log_min_error_statement")
_SETTINGS_CAN_BE_SHARED = 150000


def public_schema(schema: str, prefix: str = "") -> str:
    """Where readers find what is built in a schema; the schema itself where they read nothing."""
    name = schema.removeprefix(f"{prefix}build_")
    return prefix + name if name in PUBLIC_SCHEMAS else schema


def ensure_roles(
    connection: psycopg.Connection, prefix: str, passwords: dict[str, str] | None = None
) -> None:
    """Creates the roles that are missing and sets what each may do; safe to repeat.

    On the embedded server that heals a role, too, that changed its password or settings, which
    PostgreSQL lets every role do.

    `passwords` by role name are for the embedded server, which is closed besides: for readers,
    for the functions and databases that PostgreSQL leaves open to everybody. Without them the
    roles have none and an administrator sets them. Commits. Raises
    psycopg.errors.InsufficientPrivilege when the connection may not make roles.
    """
    database = connection.info.dbname
    with connection.transaction():
        # Two runs at once would conflict in the catalogue.
        connection.execute("select pg_advisory_xact_lock(hashtext('warehouse roles'))")
        known = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for name in EMBEDDED_ROLE_NAMES if passwords else ROLE_NAMES:
            if name not in known:
                connection.execute(_sql("create role {} login", sql.Identifier(name)))
            if passwords:
                password = sql.Literal(passwords[name])
                connection.execute(
                    _sql("alter role {} password {}", sql.Identifier(name), password)
                )
                _reset(connection, name)
        for role in ROLES:
            _configure(connection, role, database, prefix)
        _let_work(connection, database, prefix)
        _keep_rows_out_of_the_log(connection)
        if passwords:
            _make_eraser(connection, database)
            _let_make_schemas(connection, database, prefix)
            _limit(connection)
            _trust_nobody(connection, database)
            _close_databases(connection)
            _close_functions(connection)
            _close_languages(connection)
            make_lock(connection, prefix)
        _let_see_readers(connection)
        grant_books(connection, prefix)
        grant_judgement(connection, prefix)
    connection.commit()


def hand_over(connection: psycopg.Connection, prefix: str) -> int:
    """Makes the transformer the owner of what others built, so that it can rebuild it.

    Returns how many tables and views changed hands. Commits. To be called while no build runs.
    """
    with connection.transaction():
        _let_act_as(connection, TRANSFORMER)
        count = _give(connection, built_schemas(prefix), TRANSFORMER)
    connection.commit()
    return count


def is_handed_over(connection: psycopg.Connection, prefix: str) -> bool:
    """Whether the transformer owns all that was built."""
    return not _owned_by_others(connection, built_schemas(prefix), TRANSFORMER)


def grant_books(connection: psycopg.Connection, prefix: str) -> None:
    """Lets builds write their own tables among the loader's. To be called by who owns these."""
    for (table,) in _known_tables(connection, prefix + "ops", _BOOKS_OF_BUILDS):
        grant = "grant insert, update, delete, truncate on {} to {}"
        name = sql.Identifier(prefix + "ops", table)
        connection.execute(_sql(grant, name, sql.Identifier(TRANSFORMER)))


def grant_judgement(connection: psycopg.Connection, prefix: str) -> None:
    """The reporter reads how good the risk models are: tables that no build makes or grants.

    To be called by who owns these.
    """
    schema, reporter = prefix + "ml", sql.Identifier(REPORTER)
    known = _known_tables(connection, schema, _BOOKS_OF_MODELS)
    if known:
        connection.execute(_sql("grant usage on schema {} to {}", sql.Identifier(schema), reporter))
    for (table,) in known:
        name = sql.Identifier(schema, table)
        connection.execute(_sql("grant select on {} to {}", name, reporter))


def _let_see_readers(connection: psycopg.Connection) -> None:
    """Lets builds see who reads under an older snapshot, where that may be granted."""
    with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute("grant pg_read_all_stats to transformer")


def _configure(connection: psycopg.Connection, role: Role, database: str, prefix: str) -> None:
    name, place = sql.Identifier(role.name), sql.Identifier(database)
    connection.execute(sql.SQL("grant connect on database {} to {}").format(place, name))
    if role.is_reader:
        options: dict[str, tuple[str, ...]] = {
            "default_transaction_read_only": ("on",),
            "statement_timeout": (_READER_SECONDS,),
            "idle_in_transaction_session_timeout": (_READER_SECONDS,),
            "search_path": _search_path(connection, role, database, prefix),
        }
    else:
        options = {"lock_timeout": (_LOCK_TIMEOUT,)}
    for option, values in options.items():
        _set(connection, role.name, option, *values, database=database)


def _reset(connection: psycopg.Connection, role: str) -> None:
    """Removes all settings of the role, including those for other databases."""
    found = connection.execute(
        "select datname from pg_db_role_setting left join pg_database on oid = setdatabase"
        " where setrole = (select oid from pg_roles where rolname = %s)",
        [role],
    ).fetchall()
    for (name,) in found:
        place = _sql("in database {} ", sql.Identifier(name)) if name else sql.SQL("")
        connection.execute(_sql("alter role {} {}reset all", sql.Identifier(role), place))


def _set(
    connection: psycopg.Connection, role: str, option: str, *values: str, database: str = ""
) -> None:
    """Sets what a role begins with, in one database or in all."""
    place = sql.SQL("in database {} ").format(sql.Identifier(database)) if database else ""
    listed = sql.SQL(", ").join(map(sql.Literal, values))
    alter = "alter role {} {}set {} = {}"
    connection.execute(_sql(alter, sql.Identifier(role), place, sql.Identifier(option), listed))


def _search_path(
    connection: psycopg.Connection, role: Role, database: str, prefix: str
) -> tuple[str, ...]:
    """The schemas where a reader finds a name without one.

    Where warehouses share the database, those of the one without a prefix; else of the first, for
    as long as it is there: what one developer sets up changes nothing for the readers of others.
    """
    schemas = ("restricted",) if role.name == "pii_reader" else ("marts", "core", "reference")
    row = connection.execute(
        "select split_part(split_part(setting, '=', 2), ',', 1) from pg_db_role_setting"
        " inner join pg_database on pg_database.oid = setdatabase, unnest(setconfig) as setting"
        " where setrole = to_regrole(%s) and datname = %s and starts_with(setting, 'search_path=')",
        [role.name, database],
    ).fetchone()
    before = row[0].strip('" ').removesuffix(schemas[0]) if row else prefix
    for other in ("", before):
        ledger = sql.Identifier(other + "ops", "load_files").as_string(connection)
        found = connection.execute("select to_regclass(%s)", [ledger]).fetchone()
        if found and found[0]:
            prefix = other
            break
    return tuple(prefix + schema for schema in schemas)


def _let_work(connection: psycopg.Connection, database: str, prefix: str) -> None:
    """The loader owns raw tables and ledger; the transformer reads them and may make schemas."""
    schemas = [
        row[0]
        for row in connection.execute(
            "select nspname from pg_namespace where nspname = %s or starts_with(nspname, %s)",
            [prefix + "ops", prefix + "raw_"],
        )
    ]
    _let_act_as(connection, LOADER)
    _let_act_as(connection, TRANSFORMER)
    create = "grant create on database {} to transformer"
    connection.execute(sql.SQL(create).format(sql.Identifier(database)))
    # Only the owner may create an index on a table.
    _give(connection, schemas, LOADER)
    _give(connection, [prefix + "ml"], TRANSFORMER)
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


def _make_eraser(connection: psycopg.Connection, database: str) -> None:
    # Whoever keeps erased rows from leaving a table's file is named, with client and time.
    connection.execute("grant loader, transformer, pg_read_all_stats to eraser")
    place = sql.Identifier(database)
    connection.execute(_sql("grant connect on database {} to eraser", place))
    _set(connection, ERASER, "lock_timeout", _LOCK_TIMEOUT, database=database)


def _let_make_schemas(connection: psycopg.Connection, database: str, prefix: str) -> None:
    """The loader makes a new source's schema, which the transformer reads from the start.

    Schemas that builds fill are the transformer's before anybody else can take their names.
    """
    place = sql.Identifier(database)
    connection.execute(_sql("grant create on database {} to loader", place))
    default = "alter default privileges for role loader grant {} to transformer"
    connection.execute(_sql(default, "usage on schemas"))
    connection.execute(_sql(default, "select on tables"))
    for name in built_schemas(prefix):
        create = "create schema if not exists {} authorization transformer"
        connection.execute(_sql(create, sql.Identifier(name)))


def _limit(connection: psycopg.Connection) -> None:
    """Limits that no role can lift itself: readers' connections and files, and everybody's log."""
    for role in ROLES:
        if role.is_reader:
            limit = f"alter role {{}} connection limit {role.connections}"
            connection.execute(_sql(limit, sql.Identifier(role.name)))
            _set(connection, role.name, "temp_file_limit", _READER_TEMPORARY_FILES)
    for name in EMBEDDED_ROLE_NAMES:
        # debug_print_plan and its like, which anybody may set, write at level LOG.
        _set(connection, name, "log_min_messages", "fatal")


def _trust_nobody(connection: psycopg.Connection, database: str) -> None:
    """Whoever may make a schema must not get before the built-ins of others who work.

    And a policy on a table is an error, since its expressions would run as whoever reads.
    """
    for name in (connection.info.user, LOADER, TRANSFORMER, ERASER):
        _set(connection, name, "search_path", *_OWN_PATH, database=database)
        _set(connection, name, "row_security", "off", database=database)


def _sql(template: str, *parts: str | sql.Composable) -> sql.Composed:
    composed = [sql.SQL(part) if isinstance(part, str) else part for part in parts]
    return sql.SQL(template).format(*composed)


def _let_act_as(connection: psycopg.Connection, role: str) -> None:
    """Whoever gives a table away must be a member of the role that gets it."""
    row = connection.execute("select pg_has_role(%s, 'usage')", [role]).fetchone()
    if row and not row[0]:
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))


def built_schemas(prefix: str) -> list[str]:
    """Names of the schemas that the transformer owns, except those of the risk models."""
    return [prefix + schema for schema in OWN_SCHEMAS]


def _known_tables(
    connection: psycopg.Connection, schema: str, names: tuple[str, ...]
) -> list[tuple[str]]:
    return connection.execute(
        "select tablename::text from pg_tables where schemaname = %s and tablename = any(%s)",
        [schema, list(names)],
    ).fetchall()


def _owned_by_others(
    connection: psycopg.Connection, schemas: list[str], role: str
) -> list[tuple[str | None, str]]:
    """Relation (None for the schema itself) and schema of what the role ought to own there.

    What another role of the warehouse made stays that role's: given away, a view would read and
    write with the rights of who got it.
    """
    query = """
        with kept as (select oid from pg_roles where rolname = any(%(roles)s))
        select null, nspname from pg_namespace
        where nspname = any(%(schemas)s) and nspowner not in (select oid from kept)
        union all
        select relname, nspname
        from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname = any(%(schemas)s) and relkind in ('r', 'p', 'v', 'm')
            and relowner not in (select oid from kept)
        order by 1 nulls first, 2
    """
    given = {"schemas": schemas, "roles": [role, *EMBEDDED_ROLE_NAMES]}
    return connection.execute(query, given).fetchall()


def _give(connection: psycopg.Connection, schemas: list[str], role: str) -> int:
    """Makes the role owner of the schemas and of the tables and views in them."""
    others = _owned_by_others(connection, schemas, role)
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


def _close_databases(connection: psycopg.Connection) -> None:
    """Everybody may enter a new database and make temporary tables in it."""
    names = connection.execute("select datname from pg_database where datallowconn").fetchall()
    for (name,) in names:
        revoke = "revoke connect, temporary on database {} from public"
        connection.execute(_sql(revoke, sql.Identifier(name)))
    grant = "grant temporary on database {} to loader, transformer"
    connection.execute(_sql(grant, sql.Identifier(connection.info.dbname)))


def _close_functions(connection: psycopg.Connection) -> None:
    """Revokes functions that anybody may call: those that write or that hinder others, and those
    that run SQL given as text, with which a view or a policy of one role could read with another's
    rights.
    """
    closed = f"{_LARGE_OBJECTS}|{_STATEMENTS_FROM_TEXT}|{_WRITES_TO_DISK}|{_HINDERS_OTHERS}"
    found = connection.execute(
        """
        select cast(oid as regprocedure)::text, proname ~ %s from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname ~ %s
            and has_function_privilege('public', oid, 'execute')
        """,
        [f"^({_HINDERS_OTHERS})$", f"^({closed})$"],
    ).fetchall()
    for function, is_for_work in found:
        name = sql.SQL(function)
        connection.execute(sql.SQL("revoke execute on function {} from public").format(name))
        if is_for_work:
            grant = "grant execute on function {} to loader, transformer"
            connection.execute(sql.SQL(grant).format(name))
    slots = "grant execute on function {} to eraser"
    connection.execute(_sql(slots, sql.Identifier("pg_catalog", _SHOWS_SLOTS)))


def _close_languages(connection: psycopg.Connection) -> None:
    """Revokes the right to create functions and `do` blocks; the warehouse has none.

    Without them nobody can create a trigger, a default or a view that runs code with another role's
    rights.
    """
    found = connection.execute("select lanname from pg_language where lanpltrusted").fetchall()
    for (language,) in found:
        revoke = "revoke usage on language {} from public"
        connection.execute(_sql(revoke, sql.Identifier(language)))
