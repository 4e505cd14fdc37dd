"""What a load shows: files that were refused, and loads with an unusual number of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import sql

from ingest.counts import counted
from ingest.engine.session import Session
from warehouse.alerts.conditions import Condition, Judged
from warehouse.alerts.usual_range import WINDOW, Range, usual_range

if TYPE_CHECKING:  # the loader takes a while to import, and has been when there is a report
    from ingest.loads.load_report import LoadReport

# Fewer rows more or less are not worth a message.
_LEAST_ROWS = 10


def failed_loads(report: LoadReport, now: datetime, judged: Judged) -> None:
    """Judges the files of a call: by table, and as a whole where files belong to no table."""
    source = report.source
    files = Counter(result.table for result in report.files)
    refused = Counter(result.table for result in report.files if result.status == "refused")
    unclaimed = sum(result.status == "unclaimed" for result in report.files)
    for table in sorted(name for name in files if name):
        subject = f"{source}.{table}"
        were = counted(refused[table], "file was refused", "files were refused")
        what = f"{were}, of {files[table]:,}. What they hold is missing until they are loaded."
        failed = [Condition("load_failed", subject, what, now)] if refused[table] else []
        judged.add("load_failed", subject, failed)
    whole = []
    if refused[None]:
        what = f"{counted(refused[None], 'path')} could not be read."
        whole = [Condition("load_failed", source, what, now)]
    elif unclaimed == len(report.files) and unclaimed:
        what = f"None of {counted(unclaimed, 'file')} belongs to a table of this source."
        whole = [Condition("load_failed", source, what, now)]
    judged.add("load_failed", source, whole)


def unusual_rows(
    connection: Session, prefix: str, report: LoadReport, now: datetime, judged: Judged
) -> None:
    """Judges the rows of each load of a call against the loads of its table before it."""
    loaded: dict[str, set[int]] = {}
    for result in report.files:
        if result.table and result.load_id and result.status == "loaded":
            loaded.setdefault(result.table, set()).add(result.load_id)
    for table, load_ids in sorted(loaded.items()):
        rows = _rows_of_loads(connection, prefix, report.source, table, min(load_ids))
        odd = list(_odd(rows, load_ids))
        subject = f"{report.source}.{table}"
        judged.add("rows_unusual", subject, _condition(subject, odd, len(load_ids), now))


def _rows_of_loads(
    connection: Session, prefix: str, source: str, table: str, first: int
) -> list[tuple[int, int]]:
    """Number and rows of the loads of a table from `first` on, and of WINDOW loads before it.
    Loads that somebody corrected or took out do not count.
    """
    query = sql.SQL(
        "(select load_id, rows_loaded from {0} where {1} and load_id >= %s) union all "
        "(select load_id, rows_loaded from {0} where {1} and load_id < %s "
        "order by load_id desc limit %s) order by load_id"
    ).format(
        sql.Identifier(prefix + "ops", "load_files"),
        sql.SQL("source_system = %s and table_name = %s and status in ('live', 'replaced')"),
    )
    given = [source, table, first, source, table, first, WINDOW]
    return connection.execute(query, given).fetchall()


def _odd(rows: list[tuple[int, int]], load_ids: set[int]) -> Iterable[tuple[int, int, Range]]:
    """Those of the loads whose rows are not usual: number, rows, what was usual."""
    for at, (load_id, count) in enumerate(rows):
        if load_id in load_ids:
            usual = usual_range([earlier for _, earlier in rows[:at]], _LEAST_ROWS)
            if usual and not usual.low <= count <= usual.high:
                yield load_id, count, usual


def _condition(
    subject: str, odd: list[tuple[int, int, Range]], loads: int, now: datetime
) -> list[Condition]:
    if not odd:
        return []
    load_id, count, usual = odd[-1]
    more = f" So have {len(odd) - 1:,} more of {loads:,} loads." if len(odd) > 1 else ""
    what = (
        f"Load {load_id} has {counted(count, 'row')}, {'fewer' if count < usual.low else 'more'} "
        f"than usual: half of the loads before it have at least {usual.median:,.0f}, and "
        f"{usual.low:,.0f} to {usual.high:,.0f} are usual.{more}"
    )
    return [Condition("rows_unusual", subject, what, now)]
