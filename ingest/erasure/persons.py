"""Finds one person's rows in a source's tables: by id, e-mail address or application."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.given_rows import GivenRows
from ingest.engine.session import Session
from ingest.erasure.erasing import keeper_of
from ingest.erasure.given import LINE, given_lines, given_texts
from ingest.loader_errors import UsageError
from ingest.personal.personal_headers import personal_header
from ingest.personal.personal_values import EMAIL, canonical, is_email
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Column, CustomerLink, Source, Table
from ingest.tokens.forgotten_list import hash_of
from ingest.tokens.token_keys import TokenKey

CUSTOMER_ID = "customer_id"

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
        connection: Session,
        source: Source,
        asked: Asked,
        key: TokenKey,
        prefix: str,
    ) -> None:
        self._connection = connection
        self._engine = engine_of(connection)
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
        emails = sorted(self._emails)
        self._given_emails = self._given(emails)
        self._given_tokens = self._given(map(key.token, emails))
        self._add_customers()
        self.links = self._read_links()
        self.rows = self._find_rows()
        self.lines = {
            name: given_lines(connection, found, prefix) for name, found in self.rows.items()
        }

    @property
    def parameters(self) -> dict[str, Any]:
        """Query parameters for the conditions of `is_of`."""
        return {
            name: value for given in self.lines.values() for name, value in given.parameters.items()
        }

    @property
    def texts(self) -> frozenset[str]:
        """What the user gave for the person, including ids and their tokens."""
        return frozenset({*self.ids, *self._emails})

    def is_of(self, table: Table) -> sql.Composable:
        """Condition on a raw table's row: it belongs to the person. Needs `parameters`."""
        if table not in self.tables:
            return sql.SQL("false")
        return self.lines[table.name].has(*LINE)

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

    def _given(self, texts: Iterable[str]) -> GivenRows:
        return given_texts(self._connection, texts, self._prefix)

    def _find_rows(self) -> dict[str, Rows]:
        """The person's rows in each table, as load_id and file_line."""
        links = {name: self._given(values) for name, values in self.links.items()}
        found = {}
        for table in self.tables:
            rows = set(self._applications.get(table.name, ()))
            given = [(links[link.identifier], self._as_compared(link)) for link in table.customer]
            if self._emails:
                given += [self._holding_email(column) for column in email_columns(table)]
            for texts, compared in given:
                query = sql.SQL("select load_id, file_line from {} where {}").format(
                    table_name(table, self._prefix), texts.has(compared)
                )
                rows |= {tuple(row) for row in self._connection.execute(query, texts.parameters)}
            found[table.name] = sorted(rows)
        return found

    def _as_compared(self, link: CustomerLink) -> sql.Composable:
        """The link's column in the form of CustomerLink.plain."""
        text = self._engine.as_text(sql.Identifier(link.column))
        return sql.SQL("lower(btrim({}))").format(text) if link.to else text

    def _holding_email(self, column: Column) -> tuple[GivenRows, sql.Composable]:
        """What a column with addresses is compared with, and how."""
        name = sql.Identifier(column.name)
        if column.pii == "token":
            return self._given_tokens, name
        return self._given_emails, sql.SQL("lower(btrim({}))").format(name)

    def _add_customers(self) -> None:
        """Add the ids of the customers whose rows hold one of the addresses."""
        if not self._emails:
            return
        for table in self.tables:
            if table.customer_id is None:
                continue
            columns = [*email_columns(table)]
            if table.customer_id.tokenises_personal:
                # Files loaded with --keep-customer-ids have the address as id.
                columns.append(table.customer_id)
            name = sql.Identifier(table.customer_id.name)
            for given, compared in map(self._holding_email, columns):
                rows = self._connection.execute(
                    sql.SQL("select distinct {} from {} where {} is not null and {}").format(
                        self._engine.as_text(name),
                        table_name(table, self._prefix),
                        name,
                        given.has(compared),
                    ),
                    given.parameters,
                )
                self.ids += [row[0] for row in rows if row[0] not in self.ids]

    def _read_links(self) -> dict[str, list[str]]:
        """This person's values, by kind of value that identifies customers."""
        links = {CUSTOMER_ID: self.ids}
        ids = self._given(self.ids)
        for table in self.tables:
            for link in table.customer:
                if link.to is None or link.identifier in links:
                    continue
                other = self._source.tables[link.to[0]]
                assert other.customer_id is not None
                name = sql.Identifier(link.to[1])
                rows = self._connection.execute(
                    sql.SQL("select distinct {} from {} where {} and {} is not null").format(
                        self._engine.as_text(name),
                        table_name(other, self._prefix),
                        ids.has(self._engine.as_text(sql.Identifier(other.customer_id.name))),
                        name,
                    ),
                    ids.parameters,
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
            lines = given_lines(self._connection, rows, self._prefix)
            for column in email_columns(table):
                query = sql.SQL("select {} from {} where {}").format(
                    sql.Identifier(column.name), table_name(table, self._prefix), lines.has(*LINE)
                )
                found = self._connection.execute(query, lines.parameters)
                self._emails |= {canonical(row[0]) for row in found if row[0] and is_email(row[0])}

    def _rows_of_application(self, table: Table, given: str) -> Rows:
        """Rows of the table with the token of an application_id, or with this application_key."""
        token = re.fullmatch(r"([0-9a-f]{64})(?:-\d+)?", given)
        if token:
            (made,) = table.made_columns
            tokens = self._given([token[1]])
            query = sql.SQL("select load_id, file_line from {} where {}").format(
                table_name(table, self._prefix), tokens.has(sql.Identifier(made))
            )
            return self._connection.execute(query, tokens.parameters).fetchall()
        keeper = keeper_of(self._connection, table, self._prefix)
        if not re.fullmatch(r"-?\d{1,19}", given) or keeper is None:
            return []
        query = sql.SQL("select load_id, file_line from {} where {} = %s").format(
            keeper, self._engine.as_text(sql.Identifier("application_key"))
        )
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
