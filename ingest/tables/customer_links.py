"""Reads which columns identify a customer's rows, and how long rows are kept."""

from __future__ import annotations

from typing import Any

from ingest.loader_errors import DefinitionError
from ingest.tables.table_definitions import CustomerLink, Table


def read_links(given: object, where: str) -> tuple[CustomerLink, ...]:
    """The loader key `customer`: a column, or {column: table.column, …}."""
    if given is None:
        return ()
    if isinstance(given, str):
        return (CustomerLink(given),)
    if not isinstance(given, dict):
        raise DefinitionError(f"{where}: customer must be a column or {{column: table.column}}")
    links = []
    for column, target in given.items():
        table, dot, name = str(target).partition(".")
        if not dot:
            raise DefinitionError(f"{where}: customer: {target!r} must have the form table.column")
        links.append(CustomerLink(str(column), (table, name)))
    return tuple(links)


def read_days(meta: dict[str, Any], key: str, where: str) -> int | None:
    """A number of days, or None if the key is missing."""
    days = meta.get(key)
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 0):
        raise DefinitionError(f"{where}: {key} must be a whole number of days")
    return days


def check_links(table: Table, tables: dict[str, Table], where: str) -> None:
    """Raise DefinitionError for a link to a missing column, or a column that cannot be erased."""
    names = [column.name for column in table.stored_columns]
    for link in table.customer:
        if link.column not in names:
            raise DefinitionError(f"{where}: customer: {link.column!r} is not one of its columns")
        if link.to is None:
            continue
        other = tables.get(link.to[0])
        if other is None or link.to[1] not in [column.name for column in other.stored_columns]:
            raise DefinitionError(f"{where}: customer: there is no column {link.identifier}")
        if other.customer_id is None:
            raise DefinitionError(
                f"{where}: customer: table {other.name} has no customer column of its own"
            )
    if table.customer or table.retention_days is not None:
        for column in table.erasable_columns:
            if column.required:
                raise DefinitionError(
                    f"{where}: {column.name} is required, so it cannot be erased; remove required"
                )
