"""The crosswalks of a source that define the effect of its statuses and line types."""

import csv
import io
from pathlib import Path
from typing import Any

from scaffold.column_roles import ROLE
from scaffold.design import Design
from scaffold.statuses import crosswalk_name, seed_path
from scaffold.yaml_text import Inline, Quoted, yaml_file

_WHAT = {"order_status": "order status", "line_type": "line type"}
EFFECTS = ("sale", "void", "return", "exchange", "gift")


def effect_seeds(design: Design) -> dict[Path, str]:
    """Text of the source's crosswalks and of their descriptions, by path; empty if no column has
    statuses."""
    folder = Path("seeds") / design.source
    found: dict[Path, str] = {}
    entries: list[dict[str, Any]] = []
    for role, effects in design.effects.items():
        name = crosswalk_name(design.source, role)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("source_code", "effect"))
        writer.writerows(sorted(effects.items()))
        found[seed_path(design.source, role)] = text.getvalue()
        entries.append(_entry(design.source, name, role))
    if entries:
        found[folder / f"_{design.source}__seeds.yml"] = yaml_file("seeds", entries)
    return found


def _entry(source: str, name: str, role: str) -> dict[str, Any]:
    what = _WHAT.get(role) or f"value of the column `{ROLE[role].meaning}`"
    values = Inline(arguments={"values": list(EFFECTS)})
    return {
        "name": name,
        "description": (f"{source}: the effect of each {what}. A missing value counts as a sale."),
        "config": {
            "enabled": Quoted(f"{{{{ '{source}' in var('source_systems') }}}}"),
            "column_types": Inline(source_code="varchar(64)", effect="varchar(16)"),
        },
        "columns": [
            {
                "name": "source_code",
                "description": "The value in the files, in lower case.",
                "data_tests": ["not_null", "unique"],
            },
            {
                "name": "effect",
                "description": (
                    "sale (counts), void (no revenue, no purchase; lines that give money back "
                    "still count), return (given back, whatever its sign), exchange or gift."
                ),
                "data_tests": ["not_null", {"accepted_values": values}],
            },
        ],
    }
