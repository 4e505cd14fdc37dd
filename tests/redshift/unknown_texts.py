"""Literals of type unknown.

A text or a null without a cast has no type there outside of the select that writes it. Whatever is
done with such a column from outside, but for showing it or asking whether it is null, fails. To
PostgreSQL it is text, so this is found in the statement's tree, from the inside out, and through
views, whose columns the stand-in remembers.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from tests.redshift.statements import hide
from tests.redshift.wire import Failure

# Names of columns without a type, by the name of the view or subquery that has them.
Columns = dict[str, frozenset[str]]
FAILURE = Failure("XX000", 'failed to find conversion function from "unknown" to character varying')
_NOTHING: frozenset[str] = frozenset()
_BARE = re.compile(r"(?:'\.*'|\bnull)\s+as\b")
_RENAMED = re.compile(r'alter\s+(?:table|view)\s+([\w."]+)\s+rename\s+to\s+([\w."]+)')


def uses_unknown(statement: str, views: Columns) -> Failure | None:
    """Why a statement fails; None where it does not, or where nothing can be said."""
    code = hide(statement).lower()
    if not _BARE.search(code) and not any(name.split(".")[-1] in code for name in views):
        return None
    tree = _tree(statement)
    try:
        if isinstance(tree, exp.Insert):
            _require_own(_columns(tree.expression, views))
        elif isinstance(tree, exp.Create):
            _columns(tree.expression, views)
        elif isinstance(tree, exp.Query):
            _columns(tree, views)
    except _Used:
        return FAILURE
    return None


def remember(statement: str, views: Columns) -> None:
    """Notes what a statement that ran has made of views."""
    renamed = _RENAMED.search(hide(statement).lower())
    if renamed:
        schema = _name(renamed[1]).rpartition(".")[0]
        if columns := views.pop(_name(renamed[1]), None):
            views[f"{schema}.{_name(renamed[2])}"] = columns
    elif re.match(r"\s*create\s+(or\s+replace\s+)?view\b", hide(statement).lower()):
        tree = _tree(statement)
        if isinstance(tree, exp.Create):
            name = _name(tree.this.sql())
            views.pop(name, None)
            if columns := frozenset(_columns(tree.expression, views)):
                views[name] = columns


class _Used(Exception):
    """A column without a type is used."""


def _name(relation: str) -> str:
    """Schema and name, or the name alone."""
    return ".".join(relation.replace('"', "").lower().split(".")[-2:])


@lru_cache(maxsize=64)
def _tree(statement: str) -> exp.Expression | None:
    try:
        return parse_one(statement, dialect="redshift")
    except SqlglotError:
        return None


def _columns(query: exp.Expression, known: Columns) -> dict[str, bool]:
    """The columns of a query that have no type, and whether it has them from another query."""
    known = dict(known)
    for cte in query.args["with_"].expressions if query.args.get("with_") else []:
        known[cte.alias.lower()] = frozenset(_columns(cte.this, known))
    if isinstance(query, exp.Subquery):
        return _columns(query.this, known)
    if isinstance(query, exp.SetOperation):
        # A union gives its columns a type; the queries of dbt's snapshots rely on that.
        for arm in (query.left, query.right):
            _columns(arm, known)
        return {}
    return _columns_of_select(query, known) if isinstance(query, exp.Select) else {}


def _require_own(columns: dict[str, bool]) -> None:
    if any(columns.values()):
        raise _Used


def _columns_of_select(query: exp.Select, known: Columns) -> dict[str, bool]:
    sources = dict(_sources(query, known))
    found, shown = {}, set()
    for projection in query.expressions:
        value, name = projection.unalias(), projection.alias_or_name.lower()
        if projection.is_star:
            qualifier = value.table.lower() if isinstance(value, exp.Column) else ""
            for source, names in sources.items():
                if qualifier in ("", source):
                    found.update(dict.fromkeys(names, True))
        elif isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and value.is_string):
            found[name] = False
        elif isinstance(value, exp.Column) and _is_unknown(value, sources):
            found[name] = True
            shown.add(id(value))
    if any(sources.values()):
        for column in _own_columns(query):
            if id(column) not in shown and _is_unknown(column, sources):
                raise _Used
    return found


def _sources(query: exp.Select, known: Columns) -> Iterator[tuple[str, frozenset[str]]]:
    joined = [join.this for join in query.args.get("joins") or []]
    start = query.args.get("from_")
    for source in [start.this, *joined] if start else joined:
        if isinstance(source, exp.Subquery):
            yield source.alias_or_name.lower(), frozenset(_columns(source.this, known))
        elif isinstance(source, exp.Table):
            name = _name(".".join(part.name for part in source.parts))
            yield source.alias_or_name.lower(), known.get(name, _NOTHING)


def _own_columns(query: exp.Select) -> Iterator[exp.Column]:
    """Columns that the select itself names, not the selects within it."""
    for node in query.walk(prune=lambda node: node is not query and isinstance(node, exp.Query)):
        if (
            isinstance(node, exp.Column)
            and not node.is_star
            and not isinstance(node.parent, exp.Is)
        ):
            yield node


def _is_unknown(column: exp.Column, sources: Mapping[str, frozenset[str]]) -> bool:
    if column.table:
        return column.name.lower() in sources.get(column.table.lower(), _NOTHING)
    return any(column.name.lower() in names for names in sources.values())
