"""What is sent through the channels."""

import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ingest.engine.redshift_address import RedshiftAddress
from ingest.foreign_text import shown
from warehouse.alerts import conditions
from warehouse.server import database
from warehouse.settings import Settings

Event = Literal["opened", "changed", "reminder", "ended", "test"]
_BEFORE = {
    "opened": "",
    "changed": "Changed: ",
    "reminder": "Still: ",
    "ended": "Over: ",
    "test": "Test: ",
}
LONGEST_TEXT = 1024


@dataclass(frozen=True)
class Message:
    """One message about one condition. `alert_id` is its row in ops.alerts; None where the database
    could not be asked. All text is on one line, without control characters.
    """

    event: Event
    kind: str
    subject: str
    title: str
    what: str
    since: datetime
    what_to_do: str
    warehouse: str
    ended_at: datetime | None = None
    alert_id: int | None = None
    mark: str = ""

    @property
    def headline(self) -> str:
        """The title with what happened to it, as the subject of an e-mail."""
        return f"{_BEFORE[self.event]}{self.title}"

    @property
    def text(self) -> str:
        """The whole message in one paragraph."""
        span = f"Since {_moment(self.since)}"
        if self.ended_at:
            span += f", until {_moment(self.ended_at)}"
        sentences = [f"{self.headline} ({self.warehouse}).", self.what, f"{span}."]
        if self.what_to_do:
            sentences.append(f"What to do: {self.what_to_do}")
        return " ".join(filter(None, sentences))

    def as_json(self) -> dict[str, Any]:
        """The message as the keys that docs/operations.md describes."""
        return {
            "text": self.text,
            "event": self.event,
            "kind": self.kind,
            "subject": self.subject,
            "title": self.title,
            "what": self.what,
            "since": self.since.astimezone().isoformat(timespec="seconds"),
            "ended_at": self.ended_at and self.ended_at.astimezone().isoformat(timespec="seconds"),
            "what_to_do": self.what_to_do,
            "warehouse": self.warehouse,
            "alert_id": self.alert_id,
        }


def message(
    event: Event,
    condition: conditions.Condition,
    settings: Settings,
    *,
    ended_at: datetime | None = None,
    alert_id: int | None = None,
) -> Message:
    """The message about a condition."""
    what = conditions.when_over(condition.kind) if event == "ended" else condition.what
    return Message(
        event,
        condition.kind,
        shown(condition.subject),
        shown(conditions.title(condition.kind, condition.subject)),
        shown(what, LONGEST_TEXT),
        condition.since,
        "" if event == "ended" else conditions.what_to_do(condition.kind),
        _whose(settings),
        ended_at,
        alert_id,
        condition.mark,
    )


def trial_message(settings: Settings, now: datetime) -> Message:
    """The message of `warehouse alerts --test`."""
    return Message(
        "test", "test", "alerts", "Alerts arrive here", "Nothing is wrong.", now, "Nothing.",
        _whose(settings),
    )  # fmt: skip


def _whose(settings: Settings) -> str:
    """Which warehouse it is, for people who have several."""
    if settings.is_embedded:
        name = f"{socket.gethostname()}, port {settings.port}"
    elif settings.is_redshift:
        address = RedshiftAddress.from_environment()
        name = f"{address.place}, database {address.database}"
    else:
        given = database.parameters(settings)
        name = f"{given['host']}, database {given['dbname']}"
    return shown(f"{name}, prefix {settings.prefix}" if settings.prefix else name)


def _moment(value: datetime) -> str:
    return f"{value.astimezone():%Y-%m-%d %H:%M %z}"
