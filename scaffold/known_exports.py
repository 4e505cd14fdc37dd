"""Exports of well-known shop systems, recognised by their header.

Each has a file in exports/: its name, headers that it always has, the column of each role, and
other known facts.
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
    """What is known of one shop system's export; see exports/. If it has no order lines, `refusal`
    says what to export instead.
    """

    name: str
    header: frozenset[str]
    roles: dict[str, str]
    statuses: dict[str, StatusMeaning] = field(default_factory=dict, hash=False)
    month_first: bool = False
    time_zone_of: str | None = None
    notes: tuple[str, ...] = ()
    refusal: str = ""


def recognise(headers: list[str]) -> KnownExport | None:
    """The export with these headers, the one that matches most; None if it is unknown."""
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
