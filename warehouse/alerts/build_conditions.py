"""What a build shows: that it failed, which sources it held back, and that it took too long."""

from datetime import datetime, timedelta

from psycopg import sql

from ingest.counts import counted
from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from warehouse.alerts.conditions import BUILD, Condition, Judged, mark_of
from warehouse.alerts.usual_range import WINDOW, usual_range
from warehouse.build.dbt_run import FAILED
from warehouse.build.held_sources import read_held

_LONGEST_WAIT = timedelta(days=1)
# Shorter builds are never too slow.
_LEAST_SECONDS = 60.0


def failed_build(connection: Session, prefix: str, judged: Judged) -> None:
    """Judges the last whole build that is on record."""
    row = connection.execute(
        sql.SQL(
            "select build_id, status, finished_at, failure from {}.build_runs "
            "where fingerprint <> '' and coalesce(scope, '') <> 'selected' "
            "order by build_id desc limit 1"
        ).format(sql.Identifier(prefix + "ops"))
    ).fetchone()
    found = []
    if row and row[1] == "failed":
        build_id, _, finished_at, failure = row
        among, statuses = engine_of(connection).among(sorted(FAILED))
        names = connection.execute(
            sql.SQL(
                "select node_name from {}.build_nodes where build_id = %s and status {} order by 1"
            ).format(sql.Identifier(prefix + "ops"), among),
            [build_id, *statuses],
        ).fetchall()
        what = f"Build {build_id}: {failure or 'no reason is on record.'}"
        mark = mark_of(" ".join(name for (name,) in names) or failure or "")
        found = [Condition("build_failed", BUILD, what, finished_at, mark)]
    judged.add("build_failed", BUILD, found)


def held_back(connection: Session, prefix: str, judged: Judged) -> None:
    """Judges which sources are held back."""
    found = [
        Condition("source_held", source, reason, since, mark_of(reason))
        for source, since, reason in read_held(connection, prefix)
    ]
    judged.add("source_held", None, found)


def overdue_build(connection: Session, prefix: str, now: datetime, judged: Judged) -> None:
    """Judges whether loads wait for a build that does not come: because it was killed, or because
    nobody builds any more. A build that failed, and sources held back, are told by themselves.
    """
    row = connection.execute(
        sql.SQL(
            "select count(*), min(finished_at) from {0}.load_files where is_live "
            "and finished_at < %s and load_id not in (select load_id from {0}.built_loads) "
            "and source_system not in (select source_system from {0}.held_sources) "
            "and (select status from {0}.build_runs where fingerprint <> '' "
            "order by build_id desc limit 1) <> 'failed'"
        ).format(sql.Identifier(prefix + "ops")),
        [now - _LONGEST_WAIT],
    ).fetchone()
    found = []
    if row and row[0]:
        what = f"{counted(row[0], 'load is', 'loads are')} in no build after more than a day."
        found = [Condition("build_overdue", BUILD, what, row[1])]
    judged.add("build_overdue", BUILD, found)


def slow_build(connection: Session, prefix: str, began: datetime, judged: Judged) -> None:
    """Judges how long the build took that started at `began` or later, if it did not fail.

    It is compared with builds of the same scope, of everything or of changes, that rebuilt weekly
    models or not as it did.
    """
    runs = sql.Identifier(f"{prefix}ops", "build_runs")
    last = connection.execute(
        sql.SQL(
            "select started_at, scope, weekly_fingerprint is null from {} where status in "
            "('passed', 'held') and scope in ('everything', 'changes') "
            "order by build_id desc limit 1"
        ).format(runs)
    ).fetchone()
    if last is None or last[0] < began:
        return
    rows = connection.execute(
        sql.SQL(
            "select build_id, started_at, finished_at from {} where status in ('passed', 'held') "
            "and scope = %s and (weekly_fingerprint is null) = %s order by build_id desc limit %s"
        ).format(runs),
        [*last[1:], WINDOW + 1],
    ).fetchall()
    build_id, _, finished_at = rows[0]
    seconds, *earlier = ((ended - started).total_seconds() for _, started, ended in rows)
    usual = usual_range(list(reversed(earlier)), _LEAST_SECONDS)
    found = []
    if usual and seconds > usual.high:
        what = (
            f"Build {build_id} took {seconds:,.0f} s; half of its like take at most "
            f"{usual.median:,.0f} s, and more than {usual.high:,.0f} s is unusual."
        )
        found = [Condition("build_slow", BUILD, what, finished_at)]
    judged.add("build_slow", BUILD, found)
