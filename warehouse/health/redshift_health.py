"""The state of a warehouse on Redshift, as far as its own tables tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg import sql

from ingest.engine.redshift_address import RedshiftAddress
from ingest.engine.redshift_session import RedshiftSession, open_session
from ingest.engine.relation import Relation
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.health.health import Health, Row

_UNKNOWN = (
    "On Redshift it is not known which sources are silent or held back, nor are there alerts."
)


def read(settings: Settings, health: Health) -> None:
    """Adds what the ledger of loads, of builds and of publications tells. Raises LoaderError."""
    from ingest.engine.redshift_engine import REDSHIFT

    address = RedshiftAddress.from_environment()
    with open_session(address) as session:
        if not REDSHIFT.exists(session, Relation(f"{settings.prefix}ops", "publications")):
            health.notes.append("There are no tables yet: run `warehouse up`.")
            return
        ops = sql.Identifier(f"{settings.prefix}ops")
        _read_loads(session, ops, health)
        _read_builds(session, ops, health)
        health.published = _first(
            session,
            ops,
            ("build_id", "published_at", "is_back"),
            "select {columns} from {ops}.publications order by publication_id desc limit 1",
        )
    health.notes.append(_UNKNOWN)


def place(address: RedshiftAddress) -> tuple[str, str]:
    """Where the warehouse is, for people."""
    where = address.host or address.workgroup or address.cluster or "Secrets Manager"
    return f"{where}:{address.port}", f"database {address.database} on Redshift"


def _read_loads(session: RedshiftSession, ops: sql.Identifier, health: Health) -> None:
    load = _first(
        session,
        ops,
        ("load_id", "source_system", "table_name", "rows_loaded", "rows_rejected", "finished_at"),
        "select {columns} from {ops}.load_files order by load_id desc limit 1",
    )
    if load:
        load["source"], load["table"] = load.pop("source_system"), load.pop("table_name")
    health.last_load = load
    names = ("source", "loads", "rows_loaded", "rows_rejected", "live_rows", "last_load_at")
    health.sources = [
        dict(zip(names, row, strict=True))
        | dict.fromkeys(("usual_gap_seconds", "longest_gap_seconds", "held_since", "held_reason"))
        | {"is_stale": False}
        for row in session.execute(
            sql.SQL(
                "select source_system, count(*), sum(rows_loaded), sum(rows_rejected),"
                " sum(case when is_live then rows_loaded else 0 end) as live_rows, max(finished_at)"
                " from {ops}.load_files group by source_system order by live_rows desc, 1"
            ).format(ops=ops)
        )
    ]


def _read_builds(session: RedshiftSession, ops: sql.Identifier, health: Health) -> None:
    columns = (
        "build_id", "status", "scope", "cause", "failure", "started_at", "finished_at",
        "models_built", "tests_passed", "tests_warned", "tests_failed",
    )  # fmt: skip
    last = "select {columns} from {ops}.build_runs order by build_id desc limit 1"
    health.last_build = _first(session, ops, columns, last)
    if health.last_build:
        took = health.last_build["finished_at"] - health.last_build["started_at"]
        health.last_build |= {"seconds": round(took.total_seconds(), 3), "steps": []}
    health.last_passed_build = _first(
        session,
        ops,
        ("build_id", "finished_at"),
        "select {columns} from {ops}.build_runs where status = 'passed'"
        " and coalesce(scope, '') <> 'selected' order by build_id desc limit 1",
    )
    counts = sql.SQL("select status, count(*) from {ops}.build_runs group by status order by 1")
    health.builds = dict(session.execute(counts.format(ops=ops)).fetchall())


def _first(
    session: RedshiftSession, ops: sql.Identifier, columns: Sequence[str], query: str
) -> Row | None:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    row: Any = session.execute(_composed(query, ops, listed)).fetchone()
    return dict(zip(columns, row, strict=True)) if row else None


def _composed(query: str, ops: sql.Identifier, columns: sql.Composable) -> sql.Composed:
    return sql.SQL(query).format(ops=ops, columns=columns)
