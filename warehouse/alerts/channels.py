"""The channels that people are told through, as the environment names them."""

import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Protocol

from warehouse.alerts.alert_messages import Message

# All channels take up to this long each, in seconds; their own limits are shorter.
_LONGEST_SECONDS = 60.0


class ChannelError(Exception):
    """Why a message did not get through, in one line without secrets."""


class Channel(Protocol):
    """A way to tell people."""

    @property
    def name(self) -> str:
        """What it is called in output; no address, which may be a secret."""

    def send(self, message: Message) -> None:
        """Sends one message. Raises ChannelError."""


def send_all(
    channels: Sequence[Channel], messages: Sequence[Message], warn: Callable[[str], None]
) -> list[Message]:
    """Sends the messages through every channel; returns those that got through at least one.

    A channel that fails gets no further message, and `warn` is told why.
    """
    told: dict[int, Message] = {}
    for channel in channels:
        for number, message in enumerate(messages):
            if reason := failure_of(channel, message):
                warn(f"Alerts: {channel.name} failed: {reason}")
                break
            told[number] = message
    return [told[number] for number in sorted(told)]


def failure_of(channel: Channel, message: Message) -> str | None:
    """Sends one message; returns why that failed, None if it did not.

    It is sent by a thread of its own, because a server that sends a byte now and then would keep
    the caller waiting for hours. The thread does not keep the command from ending.
    """
    reason: list[str | None] = [f"no answer within {_LONGEST_SECONDS:.0f} s"]

    def work() -> None:
        try:
            channel.send(message)
            reason[0] = None
        except ChannelError as error:
            reason[0] = str(error)
        except Exception as error:  # whatever a channel does, the build goes on
            reason[0] = type(error).__name__

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(_LONGEST_SECONDS)
    return reason[0]


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, which no other can listen to."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
