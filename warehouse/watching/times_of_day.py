"""When scheduled runs take place."""

import re
from dataclasses import dataclass

from ingest.loader_errors import UsageError

_TIME = re.compile(r"([01]?[0-9]|2[0-3])?:([0-5][0-9])")


@dataclass(frozen=True)
class TimeOfDay:
    """A minute of the day, or of each hour if `hour` is None; in the machine's time zone."""

    hour: int | None
    minute: int

    @property
    def calendar(self) -> str:
        """As systemd writes it."""
        hour = "*" if self.hour is None else f"{self.hour:02}"
        return f"*-*-* {hour}:{self.minute:02}:00"

    @property
    def cron(self) -> str:
        """As cron writes it."""
        return f"{self.minute} {'*' if self.hour is None else self.hour} * * *"


def read_time(text: str) -> TimeOfDay:
    """Reads `20:00` or, for each hour, `:15`. Raises UsageError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a time; write 20:00, or :15 for each hour")
    return TimeOfDay(int(match[1]) if match[1] else None, int(match[2]))
