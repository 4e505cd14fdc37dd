"""What there is to know about the state of the warehouse. Names and numbers, no row of a shop."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.session import Session
from ingest.sessions import FAILURES, is_missing, sqlstate
from warehouse.alerts import alert_book, conditions
from warehouse.alerts.rhythm import read_rhythms
from warehouse.build.build_runs import server_time
from warehouse.build.held_sources import read_held
from warehouse.build.publications import last_publication
from warehouse.server import database, embedded, layout, unfinished_restore
from warehouse.server.roles import LOADER
from warehouse.settings import Settings

Row = dict[str, Any]
_NOT_ALLOWED = "42501"


@dataclass
class Health:
    """The state of the warehouse. These names are the keys of `warehouse status --json`, which
    docs/operations.md describes; None is not known.
    """

    is_running: bool
    address: str
    place: str
    version: str | None = None
    data_bytes: int | None = None
    last_load: Row | None = None
    last_build: Row | None = None
    last_passed_build: Row | None = None
    builds: Row = field(default_factory=dict)
    published: Row | None = None
    loads_not_built: int | None = None
    sources: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_health(settings: Settings) -> Health:
    """Inspects the server without starting it. Raises WarehouseError if access is refused."""
    if settings.is_redshift:
        health = Health(True, *_place(RedshiftAddress.from_environment()))
    elif settings.is_embedded:
        postmaster = embedded.running(settings)
        health = Health(
            is_running=postmaster is not None,
            address=f"127.0.0.1:{postmaster.port if postmaster else settings.port}",
            place=f"home {settings.home}",
            data_bytes=database.data_bytes(settings) or None,
        )
        if unfinished_restore.is_marked(settings):
            health.notes.append("A restore has not ended: run `warehouse restore` again.")
        if not postmaster:
            return health
        if told := embedded.told_of_port(settings, postmaster):
            health.notes.append(told)
            return health
        if layout.data_dir(settings).parent != settings.home:
            health.notes.append(f"The data is in {layout.data_dir(settings)}.")
    else:
        given = database.parameters(settings)
        health = Health(True, f"{given['host']}:{given['port']}", f"database {given['dbname']}")
    with closing(database.session(settings, LOADER)) as connection:
        read_database(connection, settings, health)
    return health


def read_database(connection: Session, settings: Settings, health: Health) -> None:
    """Adds what the database knows. The connection must be in autocommit mode."""
    if isinstance(connection, psycopg.Connection):
        health.version = str(connection.info.parameter_status("server_version"))
    else:
        (version,) = connection.execute("select version()").fetchone()
        health.version = f"Redshift {version.rpartition(' ')[2]}"
    if not settings.is_embedded:
        health.data_bytes = _data_bytes(connection, settings)
    for read in (_read_loads, _read_builds, _read_published, _read_sources, _read_alerts):
        try:
            read(connection, settings, health)
        except FAILURES as error:
            # A warehouse of an earlier version lacks some tables until `warehouse up`.
            if not is_missing(error):
                raise
    if settings.is_redshift and health.loads_not_built is None:
        health.notes.append("There are no tables yet: run `warehouse up`.")


def _place(address: RedshiftAddress) -> tuple[str, str]:
    """Where a warehouse on Redshift is, for people."""
    return f"{address.place}:{address.port}", f"database {address.database} on Redshift"


def _data_bytes(connection: Session, settings: Settings) -> int | None:
    """Redshift tells it in blocks of a megabyte, and not to every user."""
    if not settings.is_redshift:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
        return row[0] if row else None
    try:
        (blocks,) = connection.execute("select sum(size) from svv_table_info").fetchone()
    except FAILURES as error:
        if sqlstate(error) == _NOT_ALLOWED:
            return None
        raise
    return int(blocks or 0) * 1024 * 1024


def _read_loads(connection: Session, settings: Settings, health: Health) -> None:
    found = _rows(
        connection,
        settings,
        "select load_id, source_system as source, table_name as table, rows_loaded, rows_rejected,"
        " finished_at from {ops}.load_files order by load_id desc limit 1",
    )
    health.last_load = found[0] if found else None
    waiting = _rows(
        connection,
        settings,
        "select count(*) as loads from {ops}.load_files as files left join {ops}.built_loads as"
        " built on files.load_id = built.load_id where files.is_live = (built.load_id is null)",
    )
    health.loads_not_built = waiting[0]["loads"]


def _read_builds(connection: Session, settings: Settings, health: Health) -> None:
    last = _rows(
        connection,
        settings,
        "select build_id, status, scope, cause, failure, started_at, finished_at, models_built,"
        " tests_passed, tests_warned, tests_failed from {ops}.build_runs"
        " order by build_id desc limit 1",
    )
    if not last:
        return
    took = last[0]["finished_at"] - last[0]["started_at"]
    health.last_build = last[0] | {"seconds": round(took.total_seconds(), 3)}
    health.last_build["steps"] = _rows(
        connection,
        settings,
        "select step, started_at, seconds, status, node_count, row_count, cause"
        " from {ops}.build_steps where build_id = %s order by step_number",
        [last[0]["build_id"]],
    )
    # A build of selected models says nothing about the whole.
    passed = _rows(
        connection,
        settings,
        "select build_id, finished_at from {ops}.build_runs where status = 'passed' and fingerprint"
        " <> '' and coalesce(scope, '') <> 'selected' order by build_id desc limit 1",
    )
    health.last_passed_build = passed[0] if passed else None
    counts = _rows(
        connection,
        settings,
        "select status, count(*) as builds from {ops}.build_runs group by 1 order by 1",
    )
    health.builds = {row["status"]: row["builds"] for row in counts}


def _read_published(connection: Session, settings: Settings, health: Health) -> None:
    shown = last_publication(connection, settings.prefix)
    if shown:
        health.published = {
            "build_id": shown.build_id,
            "published_at": shown.published_at,
            "is_back": shown.is_back,
        }


def _read_sources(connection: Session, settings: Settings, health: Health) -> None:
    rows = _rows(
        connection,
        settings,
        "select source_system as source, count(*) as loads, sum(rows_loaded) as rows_loaded,"
        " sum(rows_rejected) as rows_rejected, sum(case when is_live then rows_loaded else 0 end)"
        " as live_rows, max(finished_at) as last_load_at"
        " from {ops}.load_files group by 1 order by live_rows desc, 1",
    )
    rhythms = {one.source: one for one in read_rhythms(connection, settings)}
    held = {name: (since, reason) for name, since, reason in read_held(connection, settings.prefix)}
    now = server_time(connection)
    for row in rows:
        rhythm = rhythms.get(row["source"])
        since, reason = held.get(row["source"], (None, None))
        usual, longest = (rhythm.usual_gap, rhythm.longest_gap) if rhythm else (None, None)
        row |= {
            "usual_gap_seconds": usual.total_seconds() if usual else None,
            "longest_gap_seconds": longest.total_seconds() if longest else None,
            "is_stale": rhythm is not None and rhythm.is_stale(now),
            "held_since": since,
            "held_reason": reason,
        }
    health.sources = rows


def _read_alerts(connection: Session, settings: Settings, health: Health) -> None:
    health.alerts = [
        {
            "alert_id": alert.alert_id,
            "kind": alert.condition.kind,
            "subject": alert.condition.subject,
            "title": conditions.title(alert.condition.kind, alert.condition.subject),
            "what": alert.condition.what,
            "what_to_do": conditions.what_to_do(alert.condition.kind),
            "since": alert.condition.since,
            "told_at": alert.told_at,
        }
        for alert in alert_book.open_alerts(connection, settings.prefix)
    ]


def _rows(
    connection: Session, settings: Settings, query: str, given: Sequence[Any] | None = None
) -> list[Row]:
    ops = sql.Identifier(settings.prefix + "ops")
    found = connection.execute(sql.SQL(query).format(ops=ops), given)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found]
