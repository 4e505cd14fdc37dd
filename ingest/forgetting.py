"""`warehouse forget`: one customer's personal columns, in every table that has any."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ingest.customer_links import CustomerLink
from ingest.definition_files import read_definitions
from ingest.definitions import Source, Table
from ingest.erasing import Erased, empty_columns, holds_any, is_kept, record
from ingest.errors import DatabaseFailure, UsageError
from ingest.forgotten import hash_of
from ingest.lock import exclusive
from ingest.privacy import TokenKey, parse_token_key
from ingest.schema import ensure, table_name
from ingest.sessions import connect, explain
from ingest.token_keys import check_key
from ingest.traces import (
    SHORTEST_VALUE,
    Trace,
    count_traces,
    erase_birth_years,
    erase_rejects,
    personal_values,
    rename_customer,
)

Links = dict[str, list[str]]
Rows = list[tuple[int, int]]


@dataclass(frozen=True)
class ForgottenCustomer:
    """What was done: tables emptied, the rows whose id gave way, and what a search found after it.

    `traces` are values of this customer alone that still stand somewhere in the database.
    """

    emptied: tuple[Erased, ...]
    renamed: tuple[Erased, ...]
    searched: int
    traces: tuple[Trace, ...]

    @property
    def rows(self) -> int:
        """Rows that held something personal until now."""
        return sum(erased.rows for erased in (*self.emptied, *self.renamed))


class Forgetting:
    """One customer being forgotten over one connection; see `forget`."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        source: Source,
        customer: str,
        key: TokenKey,
        prefix: str,
    ) -> None:
        self._connection = connection
        self._source = source
        self._key = key
        self._prefix = prefix
        self._tables = [table for table in source.tables.values() if table.customer]
        self._ids = [customer, key.token(customer)]
        self._links: Links = {"customer_id": self._ids} | self._read_links()
        self.values = self._read_values()
        self._rows = {table.name: self._read_rows(table) for table in self._tables}

    @property
    def tables(self) -> list[Table]:
        """The tables that hold rows of customers."""
        return self._tables

    def is_known(self) -> bool:
        """Whether any table has rows of the customer, or the list has the customer's hash."""
        listed = self._connection.execute(
            sql.SQL("select count(*) from {} where source_system = %s and value_hash = any(%s)")
            .format(self._ops("forgotten")),
            (self._source.name, [digest for _, digest in self._hashes()]),
        ).fetchone()  # fmt: skip
        return bool(listed and listed[0]) or any(self._rows.values())

    def waiting(self) -> int:
        """Rows of which no build has kept yet what facts need of them."""
        return sum(
            self._count(table, sql.SQL("not ({}) and {}").format(
                is_kept(self._connection, table, self._prefix), holds_any(table.erasable_columns)
            ))
            for table in self._tables
            if table.kept_by
        )  # fmt: skip

    def list_hashes(self) -> None:
        """Put the customer on the list that later files are held against."""
        check_key(self._connection, self._key, self._prefix, remember=True)
        insert = sql.SQL("insert into {} values (%s, %s, %s, now()) on conflict do nothing")
        for identifier, digest in self._hashes():
            self._connection.execute(
                insert.format(self._ops("forgotten")), (self._source.name, identifier, digest)
            )

    def empty(self) -> list[Erased]:
        """Empty restricted and token columns of the customer's rows."""
        emptied = []
        for table in self._tables:
            erased = empty_columns(self._connection, table, self._is_customer(table), self._prefix)
            record(self._connection, table, "forget", erased.rows, self._prefix)
            if erased.columns:
                emptied.append(erased)
        if not any("birth_year" in names_of(table) for table in self._source.tables.values()):
            # The year is all that snapshots have of a restricted date of birth.
            emptied += erase_birth_years(
                self._connection, self._source.name, self._ids, self._prefix
            )
        return emptied

    def rename(self) -> list[Erased]:
        """Put a random id in the place of one that is a token, wherever it stands.

        Facts keep the customer's orders together under it; nobody can get to it from the value
        that the token was made of, not with the key either. Facts follow at the next build.
        """
        pseudonym = secrets.token_hex(32)
        renamed = []
        for table in self._tables:
            column = table.customer_id
            if column is None or column.pii != "token":
                continue
            loads = [
                row[0]
                for row in self._connection.execute(
                    sql.SQL("select distinct load_id from {} where {} = any(%s)").format(
                        table_name(table, self._prefix), sql.Identifier(column.name)
                    ),
                    (self._ids,),
                )
            ]
            rows = self._connection.execute(
                sql.SQL("update {0} set {1} = %s where {1} = any(%s)").format(
                    table_name(table, self._prefix), sql.Identifier(column.name)
                ),
                (pseudonym, self._ids),
            ).rowcount
            self._connection.execute(
                sql.SQL("delete from {} where load_id = any(%s)").format(self._ops("fact_loads")),
                (loads,),
            )
            record(self._connection, table, "forget", rows, self._prefix)
            where = f"{self._prefix}{table.schema}.{table.name}"
            renamed.append(Erased(where, (column.name,), rows))
        if any(erased.rows for erased in renamed):
            renamed += rename_customer(
                self._connection, self._source.name, self._ids, pseudonym, self._prefix
            )
        return renamed

    def left(self) -> list[Trace]:
        """Raw tables in which the rows that were the customer's still say so."""
        found = []
        for table in self._tables:
            tests = [holds_any(table.erasable_columns)]
            column = table.customer_id
            if column is not None and column.pii == "token":
                is_named = sql.SQL("{} = any({})")
                tests.append(is_named.format(sql.Identifier(column.name), sql.Literal(self._ids)))
            row = self._connection.execute(
                sql.SQL(
                    "select count(*) from {} where ({}) and (load_id, file_line) in"
                    " (select * from unnest(%s::bigint[], %s::bigint[]))"
                ).format(table_name(table, self._prefix), sql.SQL(" or ").join(tests)),
                [list(part) for part in zip(*self._rows[table.name], strict=True)] or [[], []],
            ).fetchone()
            if row and row[0]:
                found.append(Trace(f"{self._prefix}{table.schema}.{table.name}", "", row[0]))
        return found

    def _ops(self, name: str) -> sql.Identifier:
        return sql.Identifier(f"{self._prefix}ops", name)

    def _read_links(self) -> Links:
        """What the customer's rows have in the columns that other tables are linked by."""
        links: Links = {}
        for table in self._tables:
            for link in table.customer:
                if link.to is None or link.identifier in links:
                    continue
                other = self._source.tables[link.to[0]]
                assert other.customer_id is not None
                rows = self._connection.execute(
                    sql.SQL(
                        "select distinct {0}::varchar from {1}"
                        " where {2}::varchar = any(%s) and {0} is not null order by 1"
                    ).format(
                        sql.Identifier(link.to[1]),
                        table_name(other, self._prefix),
                        sql.Identifier(other.customer_id.name),
                    ),
                    (self._ids,),
                )
                links[link.identifier] = sorted({link.plain(row[0]) for row in rows})
        return links

    def _read_values(self) -> frozenset[str]:
        found: set[str] = set()
        for table in self._tables:
            found |= personal_values(
                self._connection, table, self._is_customer(table), self._prefix
            )
            column = table.customer_id
            if column is not None and column.pii == "token":
                found |= {value for value in self._ids if len(value) >= SHORTEST_VALUE}
        return frozenset(found)

    def _read_rows(self, table: Table) -> Rows:
        query = sql.SQL("select load_id, file_line from {} where {}")
        return self._connection.execute(
            query.format(table_name(table, self._prefix), self._is_customer(table))
        ).fetchall()

    def _is_customer(self, table: Table) -> sql.Composable:
        tests = [
            sql.SQL("coalesce({} = any({}), false)").format(
                _as_compared(link), sql.Literal(self._links[link.identifier])
            )
            for link in table.customer
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(tests))

    def _count(self, table: Table, condition: sql.Composable) -> int:
        row = self._connection.execute(
            sql.SQL("select count(*) from {} where {} and {}").format(
                table_name(table, self._prefix), self._is_customer(table), condition
            )
        ).fetchone()
        assert row is not None
        return int(row[0])

    def _hashes(self) -> Iterable[tuple[str, str]]:
        for identifier, values in self._links.items():
            for value in values:
                yield identifier, hash_of(self._key, self._source.name, identifier, value)


def _as_compared(link: CustomerLink) -> sql.Composable:
    """The link's column as CustomerLink.plain would have it."""
    template = "lower(btrim({}::varchar))" if link.to else "{}::varchar"
    return sql.SQL(template).format(sql.Identifier(link.column))


def names_of(table: Table) -> list[str]:
    """Names of a table's columns."""
    return [column.name for column in table.columns]


def forget(
    conninfo: str,
    project_dir: str | Path,
    source: str,
    customer: str,
    *,
    token_key: str,
    prefix: str = "",
    rebuild: Callable[[], None] = lambda: None,
    wait: float | None = None,
    notify: Callable[[str], None] | None = None,
) -> ForgottenCustomer:
    """Erase what is personal of one customer, and keep it out of what is loaded later.

    `customer` is the id as files or facts have it (where that is a token: either). Restricted and
    token columns of all rows that belong to the customer (`customer` in the definitions) become
    null, an id that is a token gives way to a random one, rejects that quote the customer lose the
    value. `rebuild` is called once this is committed, to build the restricted models anew; then
    the database is searched for what was this customer's alone. `token_key` is 64 hex digits.

    Raises UsageError for a source without personal data or an unknown customer, Refusal for
    another key than the warehouse's, DatabaseFailure.
    """
    definitions = read_definitions(project_dir)
    if source not in definitions:
        raise UsageError(f"there is no source {source!r}; known: {', '.join(sorted(definitions))}")
    chosen = definitions[source]
    if not any(table.customer for table in chosen.tables.values()):
        raise UsageError(f"source {source} keeps no personal columns of customers")
    key = parse_token_key(token_key)
    assert key is not None
    with (
        connect(conninfo) as connection,
        exclusive(connection, "forget", prefix=prefix, wait=wait, notify=notify),
    ):
        try:
            with connection.transaction():
                ensure(connection, definitions, prefix)
                work = Forgetting(connection, chosen, customer, key, prefix)
                if not work.is_known():
                    raise UsageError(f"source {source} has no customer of this id")
                if waiting := work.waiting():
                    raise UsageError(
                        f"{waiting} rows of this customer were not built yet, and facts need what "
                        "a build finds in them; run `warehouse build` first"
                    )
                work.list_hashes()
                emptied = work.empty()
                renamed = work.rename()
                emptied += erase_rejects(connection, work.values, prefix)
            if any(table.has_restricted for table in work.tables):
                rebuild()
            _rewrite(connection, work.tables if any(e.rows for e in emptied) else (), prefix)
            traces, searched = count_traces(connection, work.values, prefix)
            return ForgottenCustomer(
                tuple(emptied), tuple(renamed), searched, (*work.left(), *traces)
            )
        except psycopg.Error as error:
            raise DatabaseFailure(explain(error)) from None


def _rewrite(connection: psycopg.Connection[Any], tables: Iterable[Table], prefix: str) -> None:
    """Write the tables anew, so that their files no longer hold the rows as they were."""
    connection.commit()
    connection.autocommit = True
    for table in tables:
        if table.erasable_columns:
            connection.execute(
                sql.SQL("vacuum (full, analyze) {}").format(table_name(table, prefix))
            )
    connection.autocommit = False
