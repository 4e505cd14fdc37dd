"""ops.alerts: what is wrong, since when, and what people were told of it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.foreign_text import shown
from warehouse.alerts.alert_messages import LONGEST_TEXT, Event, Message, message
from warehouse.alerts.conditions import KINDS, Condition, Judged
from warehouse.settings import Settings

REMINDER = timedelta(days=1)
# Seconds that a command waits for another one that tells people.
_PATIENCE = 30


@dataclass(frozen=True)
class OpenAlert:
    """A condition that is not over, and when people were last told of it (None: not yet)."""

    alert_id: int
    condition: Condition
    told_at: datetime | None


def teller(connection: Session, prefix: str) -> AbstractContextManager[bool]:
    """Whether this command may tell people: one at a time does, so that nobody hears it twice.
    What this one leaves is told by the next. The connection must be in autocommit mode.
    """
    return engine_of(connection).brief_lock(connection, "alerts", prefix, _PATIENCE)


def enter(connection: Session, prefix: str, judged: Judged, now: datetime) -> None:
    """Opens what was found, and ends what was looked at and not found."""
    alerts, engine = _alerts(prefix), engine_of(connection)
    update = sql.SQL("update {} set what = %s, mark = %s where alert_id = %s")
    with connection.transaction():
        engine.lock_for_writing(connection, alerts)
        still = {
            (alert.condition.kind, alert.condition.subject): alert.alert_id
            for alert in open_alerts(connection, prefix)
        }
        for one in judged.found:
            what, known = shown(one.what, LONGEST_TEXT), still.pop((one.kind, one.subject), None)
            if known is None:
                row = {
                    "kind": one.kind,
                    "subject": one.subject,
                    "what": what,
                    "mark": one.mark,
                    "since": one.since,
                }
                engine.insert_numbered(connection, alerts, "alert_id", row)
            else:
                connection.execute(update.format(alerts.quoted), [what, one.mark, known])
        over = [
            alert_id
            for (kind, subject), alert_id in still.items()
            if (kind, subject) in judged.looked_at or (kind, None) in judged.looked_at
        ]
        if over:
            among, numbers = engine.among(over)
            end = sql.SQL("update {} set ended_at = %s where alert_id {}")
            connection.execute(end.format(alerts.quoted, among), [now, *numbers])


def due_messages(connection: Session, settings: Settings, now: datetime) -> list[Message]:
    """What people must be told: what is new or changed, what they heard of a day ago, and that
    something they were told of is over.
    """
    rows = connection.execute(
        sql.SQL(
            "select alert_id, kind, subject, what, mark, since, ended_at, told_mark, told_at "
            "from {} where ended_at is null or told_at is not null and end_told_at is null "
            "order by alert_id"
        ).format(_alerts(settings.prefix).quoted)
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


def note_told(connection: Session, prefix: str, told: list[Message], now: datetime) -> None:
    """Notes that people were told."""
    for one in told:
        column = "end_told_at = %s" if one.event == "ended" else "told_at = %s, told_mark = %s"
        given: list[object] = [now] if one.event == "ended" else [now, one.mark]
        connection.execute(
            sql.SQL("update {} set {} where alert_id = %s").format(
                _alerts(prefix).quoted, sql.SQL(column)
            ),
            [*given, one.alert_id],
        )


def open_alerts(connection: Session, prefix: str) -> list[OpenAlert]:
    """What is not over, oldest first, without kinds of another version."""
    among, kinds = engine_of(connection).among(list(KINDS))
    rows = connection.execute(
        sql.SQL(
            "select alert_id, kind, subject, what, since, mark, told_at from {} "
            "where ended_at is null and kind {} order by since, alert_id"
        ).format(_alerts(prefix).quoted, among),
        kinds,
    ).fetchall()
    return [OpenAlert(row[0], Condition(*row[1:6]), row[6]) for row in rows]


def _alerts(prefix: str) -> Relation:
    return Relation(f"{prefix}ops", "alerts")
