"""What the project's YAML says of the tables that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.yaml_reader import read_yaml

# Schemas that are compared: the folder of their models has their name.
SCHEMAS = ("core", "marts", "restricted")
_SCHEMA = re.compile(r"\bschema='(\w+)'")
_REF = re.compile(r"ref\('(\w+)'\)")


@dataclass(frozen=True)
class Definition:
    """A table: its columns, those that are personal, the sets of columns that are unique, and the
    tables that its keys refer to."""

    schema: str
    name: str
    columns: tuple[str, ...] = ()
    personal: frozenset[str] = frozenset()
    unique: tuple[tuple[str, ...], ...] = ()
    refers_to: Mapping[str, str] = field(default_factory=dict)


def read_definitions(project_dir: Path) -> dict[tuple[str, str], Definition]:
    """The tables of core, marts and restricted, by schema and name."""
    found = {}
    for schema in SCHEMAS:
        for path in sorted((project_dir / "models" / schema).rglob("*.yml")):
            for model in (read_yaml(path) or {}).get("models") or []:
                if not _is_elsewhere(path.with_name(f"{model['name']}.sql"), schema):
                    found[schema, model["name"]] = _definition(schema, model)
    return found


def _is_elsewhere(model: Path, schema: str) -> bool:
    """Whether a model says that its table is in another schema."""
    said = _SCHEMA.search(model.read_text(encoding="utf-8")) if model.is_file() else None
    return said is not None and said[1] != schema


def _definition(schema: str, model: dict[str, Any]) -> Definition:
    columns = {column["name"]: column for column in model.get("columns") or []}
    unique = [
        tuple(arguments["columns"])
        for test, arguments in _tests(model)
        if test == "unique_combination"
    ]
    refers_to = {}
    for name, column in columns.items():
        for test, arguments in _tests(column):
            if test == "unique":
                unique.append((name,))
            elif test == "relationships" and (ref := _REF.search(str(arguments.get("to")))):
                refers_to[name] = ref[1]
    return Definition(
        schema,
        model["name"],
        tuple(columns),
        frozenset(name for name, column in columns.items() if _is_personal(column)),
        tuple(unique),
        refers_to,
    )


def _tests(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each data test, and its arguments."""
    for test in node.get("data_tests") or []:
        if isinstance(test, str):
            yield test, {}
            continue
        ((name, given),) = test.items()
        yield name, (given or {}).get("arguments") or given or {}


def _is_personal(column: dict[str, Any]) -> bool:
    return bool(((column.get("config") or {}).get("meta") or {}).get("pii"))
