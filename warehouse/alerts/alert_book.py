"""ops.alerts: what is wrong, since when, and what people were told of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from ingest.engine.advisory_lock import LOCK_CLASS, lock_key
from ingest.foreign_text import shown
from warehouse.alerts.alert_messages import LONGEST_TEXT, Event, Message, message
from warehouse.alerts.conditions import KINDS, Condition, Judged
from warehouse.settings import Settings

REMINDER = timedelta(days=1)
# Who finds another command telling people waits for it this long.
_PATIENCE = "30s"


@dataclass(frozen=True)
class OpenAlert:
    """A condition that is not over, and when people were last told of it (None: not yet)."""

    alert_id: int
    condition: Condition
    told_at: datetime | None


@contextmanager
def teller(connection: psycopg.Connection, prefix: str) -> Iterator[bool]:
    """Whether this command may tell people: one at a time does, so that nobody hears it twice.
    What this one leaves is told by the next. The connection must be in autocommit mode.
    """
    key = [LOCK_CLASS, lock_key("alerts", prefix)]
    try:
        connection.execute(f"set lock_timeout = '{_PATIENCE}'".encode())
        connection.execute("select pg_advisory_lock(%s, %s)", key)
    except psycopg.errors.LockNotAvailable:
        yield False
        return
    try:
        yield True
    finally:
        connection.execute("select pg_advisory_unlock(%s, %s)", key)


def enter(connection: psycopg.Connection, prefix: str, judged: Judged, now: datetime) -> None:
    """Opens what was found, and ends what was looked at and not found."""
    alerts = _alerts(prefix)
    insert = sql.SQL(
        "insert into {} (kind, subject, what, mark, since) values (%s, %s, %s, %s, %s)"
    ).format(alerts)
    update = sql.SQL("update {} set what = %s, mark = %s where alert_id = %s").format(alerts)
    end = sql.SQL("update {} set ended_at = %s where alert_id = any(%s)").format(alerts)
    with connection.transaction():
        key = [LOCK_CLASS, lock_key("alerts book", prefix)]
        connection.execute("select pg_advisory_xact_lock(%s, %s)", key)
        still = {
            (alert.condition.kind, alert.condition.subject): alert.alert_id
            for alert in open_alerts(connection, prefix)
        }
        for one in judged.found:
            what, known = shown(one.what, LONGEST_TEXT), still.pop((one.kind, one.subject), None)
            if known is None:
                connection.execute(insert, [one.kind, one.subject, what, one.mark, one.since])
            else:
                connection.execute(update, [what, one.mark, known])
        over = [
            alert_id
            for (kind, subject), alert_id in still.items()
            if (kind, subject) in judged.looked_at or (kind, None) in judged.looked_at
        ]
        connection.execute(end, [now, over])


def due_messages(
    connection: psycopg.Connection, settings: Settings, now: datetime
) -> list[Message]:
    """What people must be told: what is new or changed, what they heard of a day ago, and that
    something they were told of is over.
    """
    rows = connection.execute(
        sql.SQL(
            "select alert_id, kind, subject, what, mark, since, ended_at, told_mark, told_at "
            "from {} where ended_at is null or told_at is not null and end_told_at is null "
            "order by alert_id"
        ).format(_alerts(settings.prefix))
    ).fetchall()
    found = []
    for alert_id, kind, subject, what, mark, since, ended_at, told_mark, told_at in rows:
        if kind not in KINDS:  # of another version
            continue
        condition = Condition(kind, subject, what, since, mark)
        event: Event
        if ended_at is not None:
            event = "ended"
        elif told_at is None:
            event = "opened"
        elif told_mark != mark:
            event = "changed"
        elif now - told_at >= REMINDER:
            event = "reminder"
        else:
            continue
        found.append(message(event, condition, settings, ended_at=ended_at, alert_id=alert_id))
    return found


def note_told(
    connection: psycopg.Connection, prefix: str, told: list[Message], now: datetime
) -> None:
    """Notes that people were told."""
    for one in told:
        column = "end_told_at = %s" if one.event == "ended" else "told_at = %s, told_mark = %s"
        given: list[object] = [now] if one.event == "ended" else [now, one.mark]
        connection.execute(
            sql.SQL("update {} set {} where alert_id = %s").format(
                _alerts(prefix), sql.SQL(column)
            ),
            [*given, one.alert_id],
        )


def open_alerts(connection: psycopg.Connection, prefix: str) -> list[OpenAlert]:
    """What is not over, oldest first, without kinds of another version."""
    rows = connection.execute(
        sql.SQL(
            "select alert_id, kind, subject, what, since, mark, told_at from {} "
            "where ended_at is null and kind = any(%s) order by since, alert_id"
        ).format(_alerts(prefix)),
        [list(KINDS)],
    ).fetchall()
    return [OpenAlert(row[0], Condition(*row[1:6]), row[6]) for row in rows]


def _alerts(prefix: str) -> sql.Identifier:
    return sql.Identifier(prefix + "ops", "alerts")
