"""The state of the warehouse for programs: what `warehouse status --json` prints."""

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from warehouse.health.health import Health

# Grows when a key changes its meaning or goes; new keys leave it.
FORMAT = 1


def as_json(health: Health) -> str:
    """One JSON object in ASCII; times in ISO 8601, with the offset from UTC."""
    return json.dumps({"format": FORMAT, **asdict(health)}, indent=2, default=_plain)


def _plain(value: Any) -> str | float | int:
    if isinstance(value, datetime):
        return value.astimezone().isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")
