"""Finds one person's rows in a source's tables: by id, e-mail address or application."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ingest.erasure.erasing import keeper_of
from ingest.loader_errors import UsageError
from ingest.personal.personal_headers import personal_header
from ingest.personal.personal_values import EMAIL, canonical, is_email
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Column, CustomerLink, Source, Table
from ingest.tokens.forgotten_list import hash_of
from ingest.tokens.token_keys import TokenKey

CUSTOMER_ID = "customer_id"
# Names of query parameters: personal values are never in the text of a statement, which other
# sessions of the role can read while it runs.
_EMAILS, _TOKENS = "e-mail addresses", "tokens of e-mail addresses"

Rows = list[tuple[int, int]]


@dataclass(frozen=True)
class Asked:
    """The person a user means: the customer's id or token, an e-mail address, or an application by
    its application_id or application_key."""

    customer: str | None = None
    application: str | None = None

    @property
    def kind(self) -> str:
        """What was given, without the value."""
        if self.application is not None:
            return "such application"
        if self.customer is not None and is_email(self.customer):
            return "row with this e-mail address"
        return "customer with this id"


class Person:
    """The values that find one person's rows in the tables of a source.

    An e-mail address means everybody with it in their rows, compared without case and surrounding
    blanks; an application means itself and everybody with its e-mail address.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        source: Source,
        asked: Asked,
        key: TokenKey,
        prefix: str,
    ) -> None:
        self._connection = connection
        self._source = source
        self._key = key
        self._prefix = prefix
        self.tables = [t for t in source.tables.values() if t.customer or email_columns(t)]
        self._applications: dict[str, Rows] = {}
        self.ids: list[str] = []
        self._emails: set[str] = set()
        if asked.application is not None:
            self._find_application(asked.application)
        if asked.customer is not None:
            given = dict.fromkeys([asked.customer, canonical(asked.customer)])
            self.ids = [*given, key.token(asked.customer)]
            if is_email(asked.customer):
                self._emails.add(canonical(asked.customer))
        self._asked_count = len(self.ids)
        self._add_customers()
        self.links = self._read_links()

    @property
    def parameters(self) -> dict[str, Any]:
        """Query parameters for the conditions of `is_of`."""
        emails = sorted(self._emails)
        return {
            **{_parameter(name): values for name, values in self.links.items()},
            _EMAILS: emails,
            _TOKENS: [self._key.token(email) for email in emails],
        }

    @property
    def texts(self) -> frozenset[str]:
        """What the user gave for the person, including ids and their tokens."""
        return frozenset({*self.ids, *self._emails})

    def is_of(self, table: Table) -> sql.Composable:
        """Condition on a raw table's row: it belongs to the person. Needs `parameters`."""
        if table not in self.tables:
            return sql.SQL("false")
        tests: list[sql.Composable] = [
            sql.SQL("coalesce({} = any({}), false)").format(
                _as_compared(link), sql.Placeholder(_parameter(link.identifier))
            )
            for link in table.customer
        ]
        tests += [self._holds_email(column) for column in email_columns(table)]
        if rows := self._applications.get(table.name):
            listed = sql.SQL(", ").join(
                sql.SQL("({}, {})").format(sql.Literal(load), sql.Literal(line))
                for load, line in rows
            )
            tests.append(sql.SQL("(load_id, file_line) in ({})").format(listed))
        return sql.SQL("({})").format(sql.SQL(" or ").join(tests))

    def pseudonyms(self) -> dict[str, str]:
        """A random id for each id; what the user gave and its token share one."""
        asked = secrets.token_hex(32)
        same = {canonical(given) for given in self.ids[: self._asked_count]}
        return {
            given: asked if canonical(given) in same else secrets.token_hex(32)
            for given in self.ids
        }

    def hashes(self) -> Iterator[tuple[str, str]]:
        """Kind of value and keyed hash for everything that identifies the person in later files."""
        for identifier, values in self.links.items():
            for value in values:
                yield identifier, hash_of(self._key, self._source.name, identifier, value)

    def _holds_email(self, column: Column) -> sql.Composable:
        name = sql.Identifier(column.name)
        if column.pii == "token":
            return sql.SQL("coalesce({} = any({}), false)").format(name, sql.Placeholder(_TOKENS))
        return sql.SQL("coalesce(lower(btrim({})) = any({}), false)").format(
            name, sql.Placeholder(_EMAILS)
        )

    def _add_customers(self) -> None:
        """Add the ids of the customers whose rows hold one of the addresses."""
        if not self._emails:
            return
        emails = sorted(self._emails)
        parameters = {_EMAILS: emails, _TOKENS: [self._key.token(email) for email in emails]}
        for table in self.tables:
            if table.customer_id is None:
                continue
            tests = [self._holds_email(column) for column in email_columns(table)]
            if table.customer_id.tokenises_personal:
                # Files loaded with --keep-customer-ids have the address as id.
                tests.append(self._holds_email(table.customer_id))
            if not tests:
                continue
            rows = self._connection.execute(
                sql.SQL("select distinct {0}::varchar from {1} where {0} is not null and ({2})")
                .format(
                    sql.Identifier(table.customer_id.name),
                    table_name(table, self._prefix),
                    sql.SQL(" or ").join(tests),
                ),
                parameters,
            )  # fmt: skip
            self.ids += [row[0] for row in rows if row[0] not in self.ids]

    def _read_links(self) -> dict[str, list[str]]:
        """This person's values, by kind of value that identifies customers."""
        links = {CUSTOMER_ID: self.ids}
        for table in self.tables:
            for link in table.customer:
                if link.to is None or link.identifier in links:
                    continue
                other = self._source.tables[link.to[0]]
                assert other.customer_id is not None
                rows = self._connection.execute(
                    sql.SQL(
                        "select distinct {0}::varchar from {1}"
                        " where {2}::varchar = any(%s) and {0} is not null"
                    ).format(
                        sql.Identifier(link.to[1]),
                        table_name(other, self._prefix),
                        sql.Identifier(other.customer_id.name),
                    ),
                    (self.ids,),
                )
                found = {link.plain(row[0]) for row in rows}
                if other.column(link.to[1]) in email_columns(other):
                    found |= self._emails
                links[link.identifier] = sorted(found)
        return links

    def _find_application(self, given: str) -> None:
        tables = [t for t in self._source.tables.values() if t.kept_by and t.made_columns]
        if not tables:
            raise UsageError(f"source {self._source.name} has no applications")
        for table in tables:
            rows = self._rows_of_application(table, given.strip())
            if not rows:
                continue
            self._applications[table.name] = rows
            loads, lines = zip(*rows, strict=True)
            for column in email_columns(table):
                query = sql.SQL(
                    "select {} from {} where (load_id, file_line) in"
                    " (select * from unnest(%s::bigint[], %s::bigint[]))"
                ).format(sql.Identifier(column.name), table_name(table, self._prefix))
                found = self._connection.execute(query, (list(loads), list(lines)))
                self._emails |= {canonical(row[0]) for row in found if row[0] and is_email(row[0])}

    def _rows_of_application(self, table: Table, given: str) -> Rows:
        """Rows of the table with the token of an application_id, or with this application_key."""
        token = re.fullmatch(r"([0-9a-f]{64})(?:-\d+)?", given)
        if token:
            (made,) = table.made_columns
            query = sql.SQL("select load_id, file_line from {} where {} = %s").format(
                table_name(table, self._prefix), sql.Identifier(made)
            )
            return self._connection.execute(query, (token[1],)).fetchall()
        keeper = keeper_of(self._connection, table, self._prefix)
        if not re.fullmatch(r"-?\d{1,19}", given) or keeper is None:
            return []
        query = sql.SQL(
            "select load_id, file_line from {} where application_key::varchar = %s"
        ).format(keeper)
        return self._connection.execute(query, (given,)).fetchall()


def email_columns(table: Table) -> tuple[Column, ...]:
    """Stored columns of e-mail addresses, as given or as tokens, judging by their name."""
    return tuple(
        column
        for column in table.stored_columns
        if column.pii in ("restrict", "token")
        and column.type.kind == "varchar"
        and personal_header(column.name) == EMAIL
        and column != table.customer_id
    )


def _parameter(identifier: str) -> str:
    return f"link {identifier}"


def _as_compared(link: CustomerLink) -> sql.Composable:
    """The link's column in the form of CustomerLink.plain."""
    template = "lower(btrim({}::varchar))" if link.to else "{}::varchar"
    return sql.SQL(template).format(sql.Identifier(link.column))
