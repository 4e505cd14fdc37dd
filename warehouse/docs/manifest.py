"""The content of dbt's manifest in the form that the site needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from warehouse.docs.description import Description, read_description

LAYERS = ("staging", "intermediate", "core", "aggregates", "marts")


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, SQL type and description in plain words."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Table:
    """A model, seed, snapshot or source table.

    `layer` is a name of LAYERS, `seeds`, `snapshots` or `source`; `folder` the folder below it
    (an audience in marts, a source in staging). `keys` are the columns that identify a row: those a
    test holds unique together, surrogate keys in the place of the ids they are made from.
    `parents` are the unique ids of what it reads.
    """

    unique_id: str
    name: str
    schema: str
    layer: str
    folder: str
    description: Description
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    parents: tuple[str, ...]

    @property
    def page(self) -> str:
        """The name of its own page: unique among all tables, which names of raw tables are not."""
        return f"{self.schema}.{self.name}" if self.layer == "source" else self.name

    @property
    def kind(self) -> str:
        """`fact`, `dimension`, `bridge` or `table`, by the name's prefix."""
        prefixes = {"fct_": "fact", "dim_": "dimension", "bridge_": "bridge"}
        return next((k for start, k in prefixes.items() if self.name.startswith(start)), "table")


@dataclass(frozen=True)
class Relationship:
    """A column whose values a relationships test finds in another table's column: all of them, or
    those that it has or looks at (`is_optional`)."""

    child: str
    child_column: str
    parent: str
    parent_column: str
    is_optional: bool


@dataclass(frozen=True)
class Consumer:
    """Somebody's dashboard, notebook, model or programme (an exposure), and what it reads."""

    unique_id: str
    label: str
    kind: str
    owner: str
    description: str
    reads: tuple[str, ...]


class Project:
    """A dbt manifest (dict of its JSON, schema version 12) made easy to read.

    `prefix` goes before the schemas of sources, which the manifest names without it.
    """

    def __init__(self, manifest: Mapping[str, Any], prefix: str = ""):
        self._prefix = prefix
        self._name: str = manifest["metadata"]["project_name"]
        self._nodes: dict[str, dict[str, Any]] = {
            unique_id: node
            for unique_id, node in manifest["nodes"].items()
            if node["package_name"] == self._name
        }
        self._sources: dict[str, dict[str, Any]] = dict(manifest["sources"])
        self._exposures: dict[str, dict[str, Any]] = dict(manifest.get("exposures") or {})
        self.unit_test_count = len(manifest.get("unit_tests", {}))

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every model, seed, snapshot and source table by unique id."""
        stored = {
            unique_id: node
            for unique_id, node in self._nodes.items()
            if node["resource_type"] in ("model", "seed", "snapshot")
        } | self._sources
        return {unique_id: self._table(node) for unique_id, node in sorted(stored.items())}

    def layer(self, name: str) -> list[Table]:
        """The tables of one layer, by folder and name."""
        found = [table for table in self.tables.values() if table.layer == name]
        return sorted(found, key=lambda table: (table.folder, table.name))

    def schemas(self, layer: str) -> list[str]:
        """The database schemas of a layer's tables; of sources, only those of raw tables."""
        found = {table.schema for table in self.layer(layer)}
        return sorted(schema for schema in found if layer != "source" or self._is_raw(schema))

    @cached_property
    def sources(self) -> dict[str, str]:
        """Description of each source by name, shops first."""
        descriptions = {
            source["source_name"]: " ".join((source.get("source_description") or "").split())
            for source in self._sources.values()
        }
        raw = {table.folder for table in self.raw_tables}
        return dict(sorted(descriptions.items(), key=lambda item: (item[0] not in raw, item[0])))

    @cached_property
    def consumers(self) -> list[Consumer]:
        """Those who read marts, by name."""
        found = [
            Consumer(
                unique_id=unique_id,
                label=node.get("label") or node["name"],
                kind=node["type"],
                owner=node["owner"].get("name") or "",
                description=" ".join((node.get("description") or "").split()),
                reads=tuple(i for i in node["depends_on"]["nodes"] if i in self.tables),
            )
            for unique_id, node in self._exposures.items()
        ]
        return sorted(found, key=lambda consumer: consumer.label)

    @cached_property
    def raw_tables(self) -> list[Table]:
        """The tables that files are loaded into."""
        return [table for table in self.layer("source") if self._is_raw(table.schema)]

    def _is_raw(self, schema: str) -> bool:
        return schema.startswith(f"{self._prefix}raw_")

    @cached_property
    def relationships(self) -> list[Relationship]:
        """All relationships tests between models, by child and column."""
        found = []
        for test in self._tests("relationships"):
            child = test["attached_node"]
            parents = [parent for parent in test["depends_on"]["nodes"] if parent != child]
            arguments = test["test_metadata"]["kwargs"]
            column = test.get("column_name") or arguments["column_name"]
            parent = parents[0] if parents else child
            if child in self.tables and parent in self.tables:
                is_limited = bool((test.get("config") or {}).get("where"))
                is_optional = is_limited or (child, column) not in self._not_null_columns
                found.append(Relationship(child, column, parent, arguments["field"], is_optional))
        return sorted(set(found), key=lambda item: (item.child, item.child_column, item.parent))

    @cached_property
    def test_count(self) -> int:
        """Number of data tests in the project."""
        return sum(node["resource_type"] == "test" for node in self._nodes.values())

    def _tests(self, name: str) -> list[dict[str, Any]]:
        return [
            node
            for node in self._nodes.values()
            if node["resource_type"] == "test"
            and node.get("attached_node")
            and (node.get("test_metadata") or {}).get("name") == name
        ]

    @cached_property
    def _not_null_columns(self) -> set[tuple[str, str]]:
        tested = {(test["attached_node"], test["column_name"]) for test in self._tests("not_null")}
        constrained = {
            (unique_id, name)
            for unique_id, node in self._nodes.items()
            for name, column in (node.get("columns") or {}).items()
            if any(item["type"] == "not_null" for item in column.get("constraints") or [])
        }
        return tested | constrained

    @cached_property
    def _unique_columns(self) -> dict[str, tuple[str, ...]]:
        """Per table the columns of its first uniqueness test; a single column before several."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for test in self._tests("unique"):
            found.setdefault(test["attached_node"], []).append((test["column_name"],))
        for test in self._tests("unique_combination"):
            columns = tuple(test["test_metadata"]["kwargs"]["columns"])
            found.setdefault(test["attached_node"], []).append(columns)
        return {node: min(keys, key=_key_order) for node, keys in found.items()}

    def _table(self, node: dict[str, Any]) -> Table:
        resource = node["resource_type"]
        path = node["fqn"][1:-1]
        if resource == "model":
            layer, folder = (path or [""])[0], "/".join(path[1:])
        elif resource == "source":
            layer, folder = "source", node["source_name"]
        else:
            layer, folder = f"{resource}s", "/".join(path)
        return Table(
            unique_id=node["unique_id"],
            name=node["name"],
            schema=(self._prefix if resource == "source" else "") + node["schema"],
            layer=layer,
            folder=folder,
            description=read_description(node.get("description") or ""),
            columns=tuple(
                Column(
                    name=column["name"],
                    data_type=column.get("data_type") or "",
                    description=" ".join((column.get("description") or "").split()),
                )
                for column in node["columns"].values()
            ),
            keys=_with_surrogates(
                self._unique_columns.get(node["unique_id"], ()), set(node["columns"])
            ),
            parents=tuple(sorted(set((node.get("depends_on") or {}).get("nodes", [])))),
        )


def _with_surrogates(keys: tuple[str, ...], columns: set[str]) -> tuple[str, ...]:
    """Keys instead of ids if the table has both, because keys include the source system."""
    replaced = {key: key.removesuffix("_id") + "_key" for key in keys if key.endswith("_id")}
    surrogates = {key: name for key, name in replaced.items() if name in columns}
    left_out = {"source_system"} if surrogates else set()
    return tuple(surrogates.get(key, key) for key in keys if key not in left_out)


def _key_order(columns: tuple[str, ...]) -> tuple[bool, int, tuple[str, ...]]:
    """A surrogate key before other columns, fewer columns before more."""
    return (not any(column.endswith("_key") for column in columns), len(columns), columns)
