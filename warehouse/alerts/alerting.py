"""When people are told: at the end of a build or a load, and when somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.engine.session import Session
from ingest.loader_errors import LoaderError
from ingest.sessions import FAILURES, is_missing, sqlstate
from warehouse import invocation
from warehouse.alerts import alert_book, build_conditions, load_conditions, unreachable
from warehouse.alerts.alert_book import OpenAlert
from warehouse.alerts.alert_messages import trial_message
from warehouse.alerts.alert_settings import AlertSettings, read_alert_settings
from warehouse.alerts.channels import failure_of, send_all
from warehouse.alerts.conditions import BUILD, Condition, Judged, mark_of
from warehouse.alerts.error_words import concerns_others, error_words
from warehouse.alerts.rhythm import read_rhythms, stale_source
from warehouse.errors import WarehouseError
from warehouse.server import bringup, database, ownership
from warehouse.server.roles import LOADER, TRANSFORMER
from warehouse.settings import Settings

if TYPE_CHECKING:  # the loader takes a while to import, and has been when there is a report
    from ingest.loads.load_report import LoadReport

Warn = Callable[[str], None]
_NOT_ALLOWED = "42501"
# Judges one part of the warehouse at a moment.
Judge = Callable[[Session, datetime, Judged], None]


@dataclass
class Load:
    """A load that is being watched; `report` is what came of it."""

    report: LoadReport | None = None


@contextmanager
def watched_build(settings: Settings, *, is_whole: bool, warn: Warn) -> Iterator[None]:
    """Tells people at the end of a build what is wrong and what is over, also if it raises.

    A build of selected models is of whoever makes it: people hear nothing of how it went. Raises
    UsageError for wrong settings before the build begins; after that nothing but what the build
    raises.
    """
    alerts = read_alert_settings()
    began = datetime.now().astimezone()

    def judge(connection: Session, now: datetime, judged: Judged) -> None:
        if is_whole:
            build_conditions.failed_build(connection, settings.prefix, judged)
            build_conditions.held_back(connection, settings.prefix, judged)
            build_conditions.slow_build(connection, settings.prefix, began, judged)

    def judge_error(error: Exception) -> Judge:
        def judge(connection: Session, now: datetime, judged: Judged) -> None:
            if is_whole:
                words = error_words(error, settings)
                failed = Condition("build_failed", BUILD, words, now, mark_of(words))
                judged.add("build_failed", BUILD, [failed])

        return judge

    with _watched(settings, alerts, TRANSFORMER, judge, judge_error, warn):
        yield


@contextmanager
def watched_load(settings: Settings, source: str, *, warn: Warn) -> Iterator[Load]:
    """Tells people at the end of a load what is wrong and what is over, as watched_build() does.
    The caller sets `report`.
    """
    alerts = read_alert_settings()
    load = Load()

    def judge(connection: Session, now: datetime, judged: Judged) -> None:
        if load.report is not None:
            load_conditions.failed_loads(load.report, now, judged)
            load_conditions.unusual_rows(connection, settings.prefix, load.report, now, judged)

    def judge_error(error: Exception) -> Judge:
        def judge(connection: Session, now: datetime, judged: Judged) -> None:
            words = error_words(error, settings)
            failed = Condition("load_failed", source, words, now, mark_of(words))
            judged.add("load_failed", source, [failed])

        return judge

    with _watched(settings, alerts, LOADER, judge, judge_error, warn):
        yield load


def check(settings: Settings, alerts: AlertSettings, warn: Warn) -> None:
    """Judges now which sources are stale and whether loads wait for a build, and tells people; also
    if the database does not start, which raises WarehouseError.
    """
    with _watched(settings, alerts, LOADER, _nothing, lambda _: _nothing, warn):
        bringup.ensure_ready(settings, warn)


def try_channels(settings: Settings, alerts: AlertSettings) -> list[tuple[str, str | None]]:
    """Sends a test message through each channel: its name, and why it failed (None: it did not)."""
    test = trial_message(settings, datetime.now().astimezone())
    return [(channel.name, failure_of(channel, test)) for channel in alerts.channels]


def read_open(settings: Settings) -> list[OpenAlert]:
    """What is wrong now, as far as it was judged. Raises WarehouseError."""
    with closing(database.session(settings, LOADER)) as connection:
        return alert_book.open_alerts(connection, settings.prefix)


@contextmanager
def _watched(
    settings: Settings,
    alerts: AlertSettings,
    role: str,
    judge: Judge,
    judge_error: Callable[[Exception], Judge],
    warn: Warn,
) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if concerns_others(error):
            _look(settings, alerts, role, judge_error(error), error, warn)
        raise
    _look(settings, alerts, role, judge, None, warn)


def _nothing(connection: Session, now: datetime, judged: Judged) -> None:
    pass


def _look(
    settings: Settings,
    alerts: AlertSettings,
    role: str,
    judge: Judge,
    error: Exception | None,
    warn: Warn,
) -> None:
    """Judges, and tells people. Raises nothing: alerts are not what the command is for."""
    try:
        if settings.is_embedded:
            ownership.require_own(settings)
    except WarehouseError:
        return  # another's warehouse, or none yet
    try:
        _tell(settings, alerts, role, judge, warn)
    except (WarehouseError, LoaderError, *FAILURES) as out_of_reach:
        if _is_not_migrated(out_of_reach):
            command = invocation.command()
            warn(f"Alerts: nobody could be told, until `{command} up` has made what they need.")
            return
        _tell_without_database(settings, alerts, error or out_of_reach, warn)
    except Exception as bug:
        warn(f"Alerts: nobody could be told ({type(bug).__name__}).")


def _is_not_migrated(error: Exception) -> bool:
    return is_missing(error) or sqlstate(error) == _NOT_ALLOWED


def _tell(settings: Settings, alerts: AlertSettings, role: str, judge: Judge, warn: Warn) -> None:
    prefix = settings.prefix
    with closing(database.session(settings, role)) as connection:
        now = datetime.now().astimezone()
        judged = Judged()
        judge(connection, now, judged)
        build_conditions.overdue_build(connection, prefix, now, judged)
        stale = [stale_source(one, now) for one in read_rhythms(connection, settings)]
        judged.add("source_stale", None, [one for one in stale if one])
        judged.found = [one for one in judged.found if not alerts.is_muted(one)]
        alert_book.enter(connection, prefix, judged, now)
        if not alerts.channels:
            return
        with alert_book.teller(connection, prefix) as may_tell:
            if may_tell:
                over = unreachable.database_works(settings, now)
                if over and send_all(alerts.channels, [over], warn):
                    unreachable.forget(settings)
                due = alert_book.due_messages(connection, settings, now)
                told = send_all(alerts.channels, due, warn)
                alert_book.note_told(connection, prefix, told, now)


def _tell_without_database(
    settings: Settings, alerts: AlertSettings, error: Exception, warn: Warn
) -> None:
    now = datetime.now().astimezone()
    words = error_words(error, settings)
    if not alerts.channels:
        return
    try:
        found = unreachable.database_failed(settings, words, now)
        if found and send_all(alerts.channels, [found], warn):
            unreachable.note_told(settings, found, now)
    except (WarehouseError, OSError) as problem:
        warn(f"Alerts: nobody could be told ({type(problem).__name__}).")
