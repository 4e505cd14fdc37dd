"""What the environment says about alerts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.foreign_text import shown
from ingest.loader_errors import UsageError
from warehouse.alerts import command_channel, webhook_channel
from warehouse.alerts.channels import Channel
from warehouse.alerts.conditions import KINDS, Condition
from warehouse.alerts.mail_channel import read_mail

MUTED = "WAREHOUSE_ALERT_MUTE"
VARIABLES = (
    "WAREHOUSE_ALERT_COMMAND, WAREHOUSE_ALERT_EMAIL with WAREHOUSE_SMTP_URL, or "
    "WAREHOUSE_ALERT_WEBHOOK"
)


@dataclass(frozen=True)
class AlertSettings:
    """The channels, and what nobody wants to hear of: kinds, and subjects of kinds."""

    channels: tuple[Channel, ...] = ()
    muted: frozenset[tuple[str, str | None]] = frozenset()

    def is_muted(self, condition: Condition) -> bool:
        """Whether nobody wants to hear of it."""
        kind, subject = condition.kind, condition.subject
        return (kind, None) in self.muted or (kind, subject) in self.muted


def read_alert_settings(environment: Mapping[str, str] | None = None) -> AlertSettings:
    """Reads WAREHOUSE_ALERT_COMMAND, _EMAIL, _FROM, _WEBHOOK, _MUTE and WAREHOUSE_SMTP_URL.

    An empty variable counts as absent. Raises UsageError that names the wrong one.
    """
    environment = os.environ if environment is None else environment
    channels: list[Channel] = []
    if command := environment.get(command_channel.VARIABLE):
        channels.append(command_channel.read_command(command))
    if mail := read_mail(environment):
        channels.append(mail)
    if url := environment.get(webhook_channel.VARIABLE):
        channels.append(webhook_channel.read_webhook(url))
    return AlertSettings(tuple(channels), _muted(environment.get(MUTED, "")))


def _muted(text: str) -> frozenset[tuple[str, str | None]]:
    found = set()
    for word in filter(None, (word.strip() for word in text.split(","))):
        kind, _, subject = word.partition(":")
        if kind not in KINDS:
            raise UsageError(
                f"{MUTED} has '{shown(kind)}', which is not a kind of alert; there are "
                f"{', '.join(KINDS)}. To mute one subject, write source_stale:cafe."
            )
        found.add((kind, subject or None))
    return frozenset(found)
