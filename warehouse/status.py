"""The report that `warehouse status` shows."""

from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg import sql

from warehouse.server import database, embedded, layout
from warehouse.server.roles import LOADER
from warehouse.settings import Settings

MOST_SOURCES = 10


@dataclass
class Status:
    """State of the database; a text is None if it is not known."""

    is_running: bool
    address: str
    place: str
    version: str | None = None
    data_bytes: int | None = None
    last_load: str | None = None
    last_build: str | None = None
    sources: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_status(settings: Settings) -> Status:
    """Inspects the server without starting it. Raises WarehouseError if access is refused."""
    if settings.is_embedded:
        postmaster = embedded.running(settings)
        report = Status(
            is_running=postmaster is not None,
            address=f"127.0.0.1:{postmaster.port if postmaster else settings.port}",
            place=f"home {settings.home}",
            data_bytes=database.data_bytes(settings) or None,
        )
        if not postmaster:
            return report
        if told := embedded.told_of_port(settings, postmaster):
            report.notes.append(told)
            return report
        if layout.data_dir(settings).parent != settings.home:
            report.notes.append(f"The data is in {layout.data_dir(settings)}.")
    else:
        given = database.parameters(settings)
        report = Status(True, f"{given['host']}:{given['port']}", f"database {given['dbname']}")
    with database.connect(settings, LOADER) as connection:
        read_database(connection, settings, report)
    return report


def render(report: Status) -> str:
    """The report as lines of text."""
    lines = [
        ("server", "running" if report.is_running else "not running (warehouse up starts it)"),
        ("address", f"{report.address}, {report.place}"),
    ]
    if report.version:
        lines.append(("version", f"PostgreSQL {report.version}"))
    if report.data_bytes is not None:
        lines.append(("data", _size(report.data_bytes)))
    if report.is_running:
        lines.append(("last load", report.last_load or "nothing loaded yet"))
        lines.append(("last build", report.last_build or "nothing built yet"))
    lines += [("" if at else "sources", told) for at, told in enumerate(report.sources)]
    lines += [("note", note) for note in report.notes]
    return "\n".join(f"{name:<11} {text}" for name, text in lines)


def read_database(connection: psycopg.Connection, settings: Settings, report: Status) -> None:
    """Adds the server's version, its size, its loads and its builds."""
    report.version = str(connection.info.parameter_status("server_version"))
    if not settings.is_embedded:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
        report.data_bytes = row[0] if row else None
    ops = settings.prefix + "ops"
    try:
        load = connection.execute(
            sql.SQL(
                "select load_id, source_system, table_name, rows_loaded, finished_at "
                "from {}.load_files order by load_id desc limit 1"
            ).format(sql.Identifier(ops))
        ).fetchone()
        sizes = connection.execute(
            sql.SQL(
                "select source_system, sum(rows_loaded) from {}.load_files where is_live "
                "group by 1 order by 2 desc, 1"
            ).format(sql.Identifier(ops))
        ).fetchall()
        build = connection.execute(
            sql.SQL(
                "select build_id, status, models_built, tests_passed, finished_at "
                "from {}.build_runs order by build_id desc limit 1"
            ).format(sql.Identifier(ops))
        ).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return
    if load:
        report.last_load = (
            f"{_moment(load[4])}  number {load[0]}, {load[1]}.{load[2]}, {load[3]:,} rows"
        )
    report.sources = [f"{source}, {rows:,} rows" for source, rows in sizes[:MOST_SOURCES]]
    if len(sizes) > MOST_SOURCES:
        report.sources.append(f"and {len(sizes) - MOST_SOURCES:,} more")
    if build:
        report.last_build = (
            f"{_moment(build[4])}  number {build[0]} {build[1]}, "
            f"{build[2]:,} models, {build[3]:,} tests passed"
        )


def _moment(value: datetime) -> str:
    return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
