"""The ledger's definition as Redshift understands it."""

from __future__ import annotations

import re

MOST_BYTES = 65_535
_TABLE = re.compile(r"create table if not exists {ops}\.(\w+)")
_ADDED_COLUMN = re.compile(r"alter table {ops}\.(\w+) add column if not exists (\w+) (.+)")
_VARCHAR = re.compile(r"varchar\((\d+)\)")
# Tables that only Redshift needs: it has no advisory locks.
_LOCKS = {
    "warehouse_lock": "create table {ops}.warehouse_lock (is_locked boolean)",
    "schema_lock": "create table {ops}.schema_lock (is_locked boolean)",
    "lock_holder": "create table {ops}.lock_holder (what varchar(256), since timestamp)",
}


def wide_enough(kind: str) -> str:
    """A type with room for the same characters: Redshift counts bytes, up to four for each."""
    found = _VARCHAR.fullmatch(kind)
    return f"varchar({min(4 * int(found[1]), MOST_BYTES)})" if found else kind


def tables(definition: str) -> dict[str, str]:
    """A `create table` statement for each table of the ledger, {ops} left in it."""
    found = dict(_LOCKS)
    for statement in _statements(definition):
        named = _TABLE.match(statement)
        if named:
            found[named[1]] = _adapted(statement)
    return found


def added_columns(definition: str) -> list[tuple[str, str, str]]:
    """Columns that earlier versions lack: table, column, and the statement that adds it."""
    found = []
    for statement in _statements(definition):
        named = _ADDED_COLUMN.match(statement)
        if named:
            add = f"alter table {{ops}}.{named[1]} add column {named[2]} {_types(named[3])}"
            found.append((named[1], named[2], add))
    return found


def _statements(definition: str) -> list[str]:
    code = re.sub(r"--[^\n]*", "", definition)
    return [statement.strip() for statement in code.split(";") if statement.strip()]


def _adapted(statement: str) -> str:
    statement = statement.replace("create table if not exists", "create table", 1)
    # The loader gives its own ids; those of builds and alerts come from the database.
    ids = r"\bload_id bigint generated always as identity"
    statement = re.sub(ids, "load_id bigint not null", statement)
    statement = statement.replace(
        "bigint generated always as identity", "bigint identity(1, 1) not null"
    )
    return _types(statement)


def _types(text: str) -> str:
    text = _VARCHAR.sub(lambda found: wide_enough(found[0]), text)
    return re.sub(r"(?<=\s)text\b", f"varchar({MOST_BYTES})", text)
