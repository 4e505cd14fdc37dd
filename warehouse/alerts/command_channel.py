"""Alerts to a command of the user's: it gets each message as JSON on its standard input."""

import json
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass

from ingest.foreign_text import shown
from ingest.loader_errors import UsageError
from warehouse.alerts.alert_messages import Message
from warehouse.alerts.channels import ChannelError
from warehouse.secret_variables import OWN_SECRETS

VARIABLE = "WAREHOUSE_ALERT_COMMAND"
_SECONDS = 30.0


@dataclass(frozen=True)
class CommandChannel:
    """Starts the program without a shell; exit code 0 means that people were told."""

    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The program, without its arguments."""
        return f"the command {shown(self.words[0])}"

    def send(self, message: Message) -> None:
        """Starts the command and waits for it. Raises ChannelError."""
        try:
            process = subprocess.Popen(
                self.words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={k: v for k, v in os.environ.items() if k not in OWN_SECRETS},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ChannelError(f"it does not start ({reason})") from None
        try:
            process.communicate(json.dumps(message.as_json()).encode() + b"\n", _SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise ChannelError(f"it ran longer than {_SECONDS:.0f} s and was ended") from None
        if process.returncode != 0:
            raise ChannelError(f"it ended with exit code {process.returncode}")


def read_command(given: str) -> CommandChannel:
    """The channel of a command line. Raises UsageError."""
    try:
        words = tuple(shlex.split(given))
    except ValueError as error:
        raise UsageError(f"{VARIABLE} cannot be read as a command line: {error}.") from None
    if not words:
        raise UsageError(f"{VARIABLE} names no program.")
    return CommandChannel(words)
