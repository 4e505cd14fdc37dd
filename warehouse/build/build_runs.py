"""The record of builds in ops.build_runs, and what follows from it for the next build."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class BuildRun:
    """One recorded run of the pipeline.

    `scope` is everything, changes (what new files and changed models call for) or selected; `cause`
    says why it was due, `failure` why it failed. Runs of earlier versions, and of dbt by itself,
    have none of the three.
    """

    started_at: datetime
    finished_at: datetime
    status: str
    models_built: int
    tests_passed: int
    tests_warned: int
    tests_failed: int
    fingerprint: str
    weekly_fingerprint: str | None
    scope: str | None = None
    cause: str | None = None
    failure: str | None = None


def write_run(connection: Session, prefix: str, run: BuildRun) -> int:
    """Appends the run and returns its number. Does not commit."""
    row = {name: getattr(run, name) for name in BuildRun.__dataclass_fields__}
    runs = Relation(f"{prefix}ops", "build_runs")
    return engine_of(connection).insert_numbered(connection, runs, "build_id", row)


def set_fingerprint(connection: Session, prefix: str, state: str) -> None:
    """Replaces the fingerprint of the latest run. Does not commit."""
    connection.execute(
        sql.SQL(
            "update {0}.build_runs set fingerprint = %s "
            "where build_id = (select max(build_id) from {0}.build_runs)"
        ).format(sql.Identifier(prefix + "ops")),
        [state],
    )


def last_build_id(connection: Session, prefix: str) -> int | None:
    """Number of the latest run; None before the first."""
    query = sql.SQL("select max(build_id) from {}.build_runs")
    row = connection.execute(query.format(sql.Identifier(prefix + "ops"))).fetchone()
    return row[0] if row else None


def last_run(connection: Session, prefix: str) -> BuildRun | None:
    """The latest run, passed or failed."""
    return _latest(connection, prefix, sql.SQL("true"))


def last_weekly_run(connection: Session, prefix: str) -> BuildRun | None:
    """The latest run that rebuilt the weekly models, even if sources were held back."""
    condition = sql.SQL("status in ('passed', 'held') and weekly_fingerprint is not null")
    return _latest(connection, prefix, condition)


def weekly_reason(connection: Session, prefix: str, weekly_fingerprint: str) -> str | None:
    """Why the models tagged weekly are due, or None if they are not.

    They are due if they were never built; if code, sources or variables changed; if a load they
    hold was withdrawn; if they hold the old id of a person who was forgotten since; or if they are
    seven days old and newer loads are waiting. A purge does not change facts, so it does not count.
    """
    last = last_weekly_run(connection, prefix)
    if last is None:
        return "never built"
    if last.weekly_fingerprint != weekly_fingerprint:
        return "code, sources or variables changed"
    row = connection.execute(
        sql.SQL(
            "select count(case when superseded_at > %s and finished_at <= %s then 1 end), "
            "count(case when finished_at > %s then 1 end), (select count(*) from {0}.erasures "
            "where reason = 'forget' and erased_at > %s) from {0}.load_files"
        ).format(sql.Identifier(prefix + "ops")),
        [last.started_at] * 4,
    ).fetchone()
    withdrawn, arrived, forgotten = row
    if withdrawn:
        return "a load they hold was withdrawn"
    if forgotten:
        return "somebody was forgotten"
    if arrived and server_time(connection) - last.started_at >= WEEK:
        return "a week old"
    return None


def server_time(connection: Session) -> datetime:
    """The database's time; the session must be in autocommit mode."""
    moment: datetime = connection.execute("select current_timestamp").fetchone()[0]
    return moment


def is_proven(connection: Session, prefix: str, weekly_fingerprint: str) -> bool:
    """Whether a whole build of this code with these variables has passed, unit tests included."""
    condition = sql.SQL("status = 'passed' and weekly_fingerprint is not null")
    last = _latest(connection, prefix, condition)
    return last is not None and last.weekly_fingerprint == weekly_fingerprint


def is_table_missing(connection: Session, tables: Collection[Relation]) -> bool:
    """Whether any of the tables is missing or an empty view. A view on a published table is
    neither.
    """
    among, names = engine_of(connection).among([f"{one.schema}.{one.name}" for one in tables])
    query = sql.SQL(
        "select count(*) from pg_catalog.pg_class "
        "inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid "
        "where nspname || '.' || relname {} and (relkind = 'r' or relkind = 'v' and exists ("
        "select 1 from pg_catalog.pg_depend "
        "inner join pg_catalog.pg_rewrite on pg_depend.objid = pg_rewrite.oid "
        "where ev_class = pg_class.oid and refobjid <> ev_class "
        "and refclassid = cast('pg_catalog.pg_class' as regclass)))"
    ).format(among)
    (there,) = connection.execute(query, names).fetchone()
    return bool(there < len(tables))


def _latest(connection: Session, prefix: str, condition: sql.SQL) -> BuildRun | None:
    names = list(BuildRun.__dataclass_fields__)
    query = sql.SQL("select {} from {}.build_runs where {} order by build_id desc limit 1")
    row = connection.execute(
        query.format(
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.Identifier(prefix + "ops"),
            condition,
        )
    ).fetchone()
    return BuildRun(*row) if row else None
