"""What people are told when the database itself does not work, so that ops.alerts is out of reach.

What they know then is in a small file of the home.
"""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from warehouse.alerts.alert_book import REMINDER
from warehouse.alerts.alert_messages import Message, message
from warehouse.alerts.conditions import DATABASE, Condition
from warehouse.safe_files import read_small, write_private
from warehouse.settings import Settings

KIND = "database_failed"


def database_failed(settings: Settings, what: str, now: datetime) -> Message | None:
    """The message that the database does not work; None if people were told within a day."""
    known = _read(settings)
    if known is None:
        return message("opened", Condition(KIND, DATABASE, what, now), settings)
    since, told_at = known
    if now - told_at < REMINDER:
        return None
    return message("reminder", Condition(KIND, DATABASE, what, since), settings)


def note_told(settings: Settings, told: Message, now: datetime) -> None:
    """Notes that people were told."""
    known = {"since": told.since.isoformat(), "told_at": now.isoformat()}
    with suppress(OSError):  # a full disk: they are told once more
        write_private(_file(settings), json.dumps(known) + "\n")


def database_works(settings: Settings, now: datetime) -> Message | None:
    """The message that the database works again; None if nobody was told that it did not."""
    known = _read(settings)
    if known is None:
        return None
    return message("ended", Condition(KIND, DATABASE, "", known[0]), settings, ended_at=now)


def forget(settings: Settings) -> None:
    """Forgets what people were told."""
    _file(settings).unlink(missing_ok=True)


def _read(settings: Settings) -> tuple[datetime, datetime] | None:
    try:
        known = json.loads(read_small(_file(settings)))
        return datetime.fromisoformat(known["since"]), datetime.fromisoformat(known["told_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(settings: Settings) -> Path:
    return settings.home / "database_failed.json"
