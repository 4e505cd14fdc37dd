"""Definitions of the warehouse's own tables as Redshift understands them."""

from __future__ import annotations

import re

MOST_BYTES = 65_535
_TABLE = re.compile(r"create table if not exists {\w+}\.(\w+) \(")
_ADDED_COLUMN = re.compile(r"alter table {\w+}\.(\w+) add column if not exists (\w+) (.+)")
_NUMBERED = re.compile(r"((?:load|run|build|alert)_id) bigint generated always as identity")
_VARCHAR = re.compile(r"varchar\((\d+)\)")
# Tables that only Redshift needs: it has no advisory locks.
LOCKS = {
    "warehouse_lock": "create table {ops}.warehouse_lock (is_locked boolean)",
    "schema_lock": "create table {ops}.schema_lock (is_locked boolean)",
    "alerts_lock": "create table {ops}.alerts_lock (is_locked boolean)",
    "lock_holder": "create table {ops}.lock_holder (what varchar(256), since timestamp)",
}


def wide_enough(kind: str) -> str:
    """A type with room for the same characters: Redshift counts bytes, up to four for each."""
    found = _VARCHAR.fullmatch(kind)
    return f"varchar({min(4 * int(found[1]), MOST_BYTES)})" if found else kind


def create_statements(definition: str) -> dict[str, str]:
    """A `create table` statement for each table of a definition, the schema's place left in it."""
    found = {}
    for statement in _statements(definition):
        named = _TABLE.match(statement)
        if named:
            items = _items(statement[named.end() : statement.rindex(")")])
            columns = [_column(item) for item in items if not item.startswith("check ")]
            start = named[0].replace("if not exists ", "")
            found[named[1]] = f"{start}{', '.join(columns)})"
    return found


def added_columns(definition: str) -> list[tuple[str, str, str]]:
    """Columns that earlier versions lack: table, column, and the statement that adds it."""
    found = []
    for statement in _statements(definition):
        named = _ADDED_COLUMN.match(statement)
        if named:
            add = statement.replace("column if not exists ", "column ")
            found.append((named[1], named[2], _types(add)))
    return found


def _statements(definition: str) -> list[str]:
    code = re.sub(r"--[^\n]*", "", definition)
    return [" ".join(statement.split()) for statement in code.split(";") if statement.strip()]


def _items(text: str) -> list[str]:
    """What commas outside of parentheses separate."""
    items, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            items.append("")
        else:
            items[-1] += letter
    return [item.strip() for item in items]


def _column(item: str) -> str:
    """A column or key without what Redshift lacks: it has no checks, and its identity columns do
    not count in order, so who writes loads, builds, alerts and runs of models gives the numbers."""
    item = re.sub(r" check \(.*\)$", "", item)
    item = _NUMBERED.sub(r"\1 bigint not null", item)
    item = item.replace("bigint generated always as identity", "bigint identity(1, 1) not null")
    return _types(item)


def _types(text: str) -> str:
    text = _VARCHAR.sub(lambda found: wide_enough(found[0]), text)
    return re.sub(r"(?<=\s)text\b", f"varchar({MOST_BYTES})", text)
