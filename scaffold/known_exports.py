"""Exports of well-known shop systems, recognised by their header.

Each stands in a file of its own in exports/: what it is called, headers that it always has, the
column of each role, and what else is known of it.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ingest.yaml_reader import read_yaml
from scaffold.header_words import StatusMeaning, plain

_FOLDER = Path(__file__).with_name("exports")


@dataclass(frozen=True)
class KnownExport:
    """What is known of one shop system's export; see exports/. `refusal` says of one that has no
    lines of orders what to export instead."""

    name: str
    header: frozenset[str]
    roles: dict[str, str]
    statuses: dict[str, StatusMeaning] = field(default_factory=dict, hash=False)
    month_first: bool = False
    time_zone_of: str | None = None
    notes: tuple[str, ...] = ()
    refusal: str = ""


def recognise(headers: list[str]) -> KnownExport | None:
    """The export whose headers these are, the one with most of them; None where it is unknown."""
    given = {plain(header) for header in headers}
    fitting = [export for export in known_exports() if export.header <= given]
    return max(fitting, key=lambda export: len(export.header), default=None)


@cache
def known_exports() -> tuple[KnownExport, ...]:
    """All exports that are known, in order of their names."""
    found = []
    for path in sorted(_FOLDER.glob("*.yml")):
        content: dict[str, Any] = read_yaml(path)
        statuses = content.get("statuses") or {}
        found.append(
            KnownExport(
                content["name"],
                frozenset(plain(header) for header in content["header"]),
                dict(content.get("roles") or {}),
                {plain(word): StatusMeaning(**meaning) for word, meaning in statuses.items()},
                content.get("dates") == "month first",
                content.get("time_zone_of"),
                tuple(content.get("notes") or ()),
                content.get("refusal") or "",
            )
        )
    return tuple(found)
