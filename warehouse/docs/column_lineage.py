"""Column lineage: the columns each column is made from, derived from the models' compiled SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

ColumnId = tuple[str, str]
Leaves = dict[str, frozenset[ColumnId]]


@dataclass
class ColumnLineage:
    """Edges between columns, each named by its table's unique id and its own name.

    `parents` says what a column's value is made from, in the tables that the model reads;
    `children` is the same the other way round. Filters and joins make no value and no edge.
    `unread` names models whose SQL could not be followed.
    """

    parents: dict[ColumnId, tuple[ColumnId, ...]] = field(default_factory=dict)
    children: dict[ColumnId, tuple[ColumnId, ...]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def origins(self, column: ColumnId) -> list[ColumnId]:
        """The original columns, which are not made from any other, sorted."""
        found: set[ColumnId] = set()
        seen, open_ = {column}, [column]
        while open_:
            current = open_.pop()
            parents = self.parents.get(current, ())
            if not parents and current != column:
                found.add(current)
            for parent in parents:
                if parent not in seen:
                    seen.add(parent)
                    open_.append(parent)
        return sorted(found)


def read_lineage(manifest: Mapping[str, Any]) -> ColumnLineage:
    """Follows every compiled model and snapshot of a manifest (schema version 12)."""
    dialect = manifest["metadata"].get("adapter_type") or "postgres"
    tables = _tables(manifest)
    relations = {_relation(node): unique_id for unique_id, node in tables.items()}
    schema = _schema(tables)
    lineage = ColumnLineage()
    children: dict[ColumnId, list[ColumnId]] = defaultdict(list)
    for unique_id, node in sorted(tables.items()):
        statement = node.get("compiled_code")
        if not statement or node["resource_type"] not in ("model", "snapshot"):
            continue
        try:
            leaves = _leaves(statement, dialect, schema)
        except (SqlglotError, RecursionError) as error:
            lineage.unread[node["name"]] = str(error).splitlines()[0][:200]
            continue
        for name in node["columns"]:
            found = {
                (relations[relation], column)
                for relation, column in leaves.get(name.lower(), ())
                if relation in relations
            }
            if found:
                lineage.parents[unique_id, name] = tuple(sorted(found))
                for parent in found:
                    children[parent].append((unique_id, name))
    lineage.children = {parent: tuple(sorted(found)) for parent, found in children.items()}
    return lineage


def _tables(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    kinds = ("model", "snapshot", "seed")
    nodes = {i: n for i, n in manifest["nodes"].items() if n["resource_type"] in kinds}
    return nodes | dict(manifest["sources"])


def _relation(node: Mapping[str, Any]) -> str:
    """A table's name as in the compiled SQL, without quotes."""
    name = node.get("relation_name") or f"{node['schema']}.{node['name']}"
    return str(name).replace('"', "").lower()


def _schema(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Columns of each relation, nested by database and schema as sqlglot wants them."""
    nested: dict[str, Any] = {}
    for node in tables.values():
        parts = _relation(node).split(".")
        if len(parts) != 3:
            continue
        # What a snapshot or the loader adds to the columns that the YAML describes.
        added = ("load_id", "file_line", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")
        columns = dict.fromkeys([*node["columns"], *added], "unknown")
        nested.setdefault(parts[0], {}).setdefault(parts[1], {})[parts[2]] = columns
    return nested


def _leaves(statement: str, dialect: str, schema: dict[str, Any]) -> Leaves:
    """Per output column the columns of relations that its value is made from."""
    tree = _without_laterals(parse_one(statement, read=dialect))
    tree = qualify(
        tree,
        dialect=dialect,
        schema=schema,
        quote_identifiers=False,
        identify=False,
        validate_qualify_columns=False,
        infer_schema=True,
    )
    scope = build_scope(tree)
    return _follow(scope, {}) if scope else {}


def _without_laterals(tree: exp.Expr) -> exp.Expr:
    """A lateral subquery reads its tables like any other; an unnested cell counts as that cell."""
    for lateral in list(tree.find_all(exp.Lateral)):
        inner, alias = lateral.this, lateral.args.get("alias")
        if isinstance(inner, exp.Subquery):
            plain = inner.copy()
            plain.set("alias", alias)
            lateral.replace(plain)
        elif isinstance(inner, exp.Unnest) and alias is not None:
            select, join = lateral.find_ancestor(exp.Select), lateral.find_ancestor(exp.Join)
            if select is None or join is None:
                continue
            join.pop()
            for column in list(select.find_all(exp.Column)):
                if column.table == alias.name:
                    column.replace(exp.alias_(inner.expressions[0].copy(), column.name))
    return tree


def _follow(scope: Scope, known: dict[int, Leaves]) -> Leaves:
    if id(scope) in known:
        return known[id(scope)]
    known[id(scope)] = {}
    if isinstance(scope.expression, exp.SetOperation):
        found = _follow_union(scope, known)
    else:
        found = {}
        query = scope.expression
        for projection in query.selects if isinstance(query, exp.Query) else ():
            found[projection.alias_or_name.lower()] = _made_from(projection, scope, known)
    known[id(scope)] = found
    return found


def _follow_union(scope: Scope, known: dict[int, Leaves]) -> Leaves:
    """Columns of a union by position, named as in its first part."""
    parts = [_follow(part, known) for part in scope.union_scopes]
    found = {}
    for position, name in enumerate(parts[0]):
        columns = [list(part.values()) for part in parts]
        found[name] = frozenset().union(*(c[position] for c in columns if position < len(c)))
    return found


def _made_from(projection: exp.Expr, scope: Scope, known: dict[int, Leaves]) -> frozenset[ColumnId]:
    found: set[ColumnId] = set()
    for column in projection.find_all(exp.Column):
        source = _source(column, scope)
        if isinstance(source, exp.Table):
            found.add((_name(source), column.name.lower()))
        elif isinstance(source, Scope):
            found |= _follow(source, known).get(column.name.lower(), frozenset())
    return frozenset(found)


def _source(column: exp.Column, scope: Scope) -> exp.Expr | Scope | None:
    """What a column is read from: a relation, or another scope; also inside a scalar subquery."""
    for around in (scope, *_subqueries(scope)):
        source = around.sources.get(column.table)
        if source is not None:
            return source
    return None


def _subqueries(scope: Scope) -> Iterable[Scope]:
    for inner in scope.subquery_scopes:
        yield inner
        yield from _subqueries(inner)


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts).lower()
