"""`warehouse forget`: erases one person's personal columns in every table that has any."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.redshift_address import Address
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.erasure.erasing import (
    ERASED_SCHEMAS,
    Erased,
    NotRewritten,
    empty_columns,
    holds_any,
    is_kept,
    keeper_of,
    record,
    require_rewrite,
)
from ingest.erasure.given import LINE, given_changes, given_lines, given_texts
from ingest.erasure.outliving_tables import (
    erase_birth_years,
    erase_rejects,
    leave_restricted,
    rename_customers,
    rename_kept,
)
from ingest.erasure.persons import Asked, Person, email_columns
from ingest.erasure.remaining_texts import (
    SHORTEST_VALUE,
    Trace,
    count_traces,
    personal_values,
)
from ingest.erasure.rewriting import require_published, rewrite
from ingest.loader_errors import DatabaseFailure, UsageError
from ingest.lock import exclusive, without_transaction
from ingest.sessions import FAILURES, connect, explain, may_pass
from ingest.tables.definition_files import read_definitions
from ingest.tables.foreign_code import refuse_foreign_rules
from ingest.tables.raw_schemas import ensure, table_name
from ingest.tables.table_definitions import Column, Source, Table
from ingest.tokens.forgotten_list import may_name
from ingest.tokens.token_keys import TokenKey, check_key, parse_token_key


@dataclass(frozen=True)
class ForgottenCustomer:
    """What was done: tables emptied, ids replaced, and what a search found afterwards.

    `traces` are values of only this customer that are still somewhere in the database;
    `not_rewritten` are tables whose files still hold the old rows.
    """

    emptied: tuple[Erased, ...]
    renamed: tuple[Erased, ...]
    searched: int
    traces: tuple[Trace, ...]
    not_rewritten: tuple[NotRewritten, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows that held personal values until now."""
        return sum(erased.rows for erased in (*self.emptied, *self.renamed))


class Forgetting:
    """One person being forgotten over one connection; see `forget`."""

    def __init__(
        self,
        connection: Session,
        source: Source,
        asked: Asked,
        key: TokenKey,
        prefix: str,
    ) -> None:
        self._connection = connection
        self._source = source
        self._key = key
        self._prefix = prefix
        self._person = Person(connection, source, asked, key, prefix)
        self.tables = self._person.tables
        self.ids = self._person.ids
        self.gone: set[str] = set()
        self._pseudonyms = self._person.pseudonyms()
        self.values = self._read_values()
        self._rows = self._person.rows
        self._kept_tokens = {
            table.name: self._read_tokens(table) for table in self.tables if table.kept_by
        }

    def is_known(self) -> bool:
        """Whether any table has rows of the person, or the list has one of their hashes."""
        return any(self._rows.values()) or bool(self._listed())

    def waiting(self) -> int:
        """Number of rows that facts still need in the next build."""
        waiting = 0
        for table in self.tables:
            if table.kept_by:
                holds = holds_any(table.erasable_columns)
                kept = is_kept(self._connection, table, self._prefix)
                both = sql.SQL("{} and {}").format(holds, kept)
                waiting += self._count(table, holds) - self._count(table, both)
        return waiting

    def list_hashes(self) -> None:
        """Add the customer to the list that later files are compared with."""
        check_key(self._connection, self._key, self._prefix, remember=True)
        insert = sql.SQL("insert into {} values (%s, %s, %s, %s)").format(self._ops("forgotten"))
        now = dt.datetime.now(dt.UTC)
        for identifier, digest in sorted({*self._person.hashes()} - self._listed()):
            self._connection.execute(insert, (self._source.name, identifier, digest, now))

    def _listed(self) -> set[tuple[str, str]]:
        """What of the person is on the list already."""
        query = sql.SQL("select identifier, value_hash from {} where source_system = %s")
        listed = self._connection.execute(
            query.format(self._ops("forgotten")), (self._source.name,)
        )
        return {*self._person.hashes()} & {(name, digest) for name, digest in listed}

    def empty(self) -> list[Erased]:
        """Empty restricted and token columns of the customer's rows."""
        emptied = []
        for table in self.tables:
            erased = empty_columns(
                self._connection,
                table,
                self._person.is_of(table),
                self._prefix,
                self._person.parameters,
            )
            record(self._connection, table, "forget", erased.rows, self._prefix)
            if erased.columns:
                emptied.append(erased)
        if not any("birth_year" in names_of(table) for table in self._source.tables.values()):
            # Of a restricted date of birth, snapshots only have the year.
            emptied += erase_birth_years(
                self._connection, self._source.name, self.ids, self._prefix
            )
        return emptied

    def rename(self) -> list[Erased]:
        """Replace ids that are tokens by random ids everywhere: those of customers, and those of
        applications, which a restricted model keeps.

        Facts keep the customer's orders together under the new id; it cannot be derived from the
        value behind the token, even with the key. Facts are updated by the next build.
        """
        renamed = []
        for table in self.tables:
            column = table.customer_id
            names = [] if column is None else self._personal_ids(column)
            if column is None or not names:
                continue
            # Includes ids that an earlier run replaced: facts may still have them.
            self.gone.update(names)
            raw, named = table_name(table, self._prefix), sql.Identifier(column.name)
            given = given_texts(self._connection, names, self._prefix)
            query = sql.SQL("select distinct load_id from {} where {}")
            found = self._connection.execute(query.format(raw, given.has(named)), given.parameters)
            loads = [row[0] for row in found]
            to = {name: self._pseudonyms[name] for name in names}
            changes = given_changes(self._connection, to, self._prefix)
            rows = self._connection.execute(
                sql.SQL("update {0} set {1} = new_value from {2} where {1} = old_value").format(
                    raw, named, changes.source
                ),
                changes.parameters,
            ).rowcount
            among, values = engine_of(self._connection).among(loads)
            delete = sql.SQL("delete from {} where load_id {}")
            self._connection.execute(delete.format(self._ops("fact_loads"), among), values)
            record(self._connection, table, "forget", rows, self._prefix)
            where = f"{self._prefix}{table.schema}.{table.name}"
            renamed.append(Erased(where, (column.name,), rows))
        for table in self.tables:
            tokens = self._kept_tokens.get(table.name)
            if tokens and table.kept_by and keeper_of(self._connection, table, self._prefix):
                keeper = Relation(f"{self._prefix}build_restricted", table.kept_by)
                to = {token: secrets.token_hex(32) for token in tokens}
                rows_of_person = self._rows[table.name]
                renamed += rename_kept(self._connection, keeper, rows_of_person, to, self._prefix)
        if self.gone:
            to = {given: self._pseudonyms[given] for given in sorted(self.gone)}
            renamed += rename_customers(self._connection, self._source.name, to, self._prefix)
        return renamed

    def replaced(self) -> set[str]:
        """Old ids that facts and marts have until the next build."""
        return self.gone.union(*self._kept_tokens.values())

    def _personal_ids(self, column: Column) -> list[str]:
        """The person's ids that must not stay in an id column: all, or those that identify them."""
        if column.pii == "token":
            return self.ids
        if not column.tokenises_personal:
            return []
        return [value for value in self.ids if may_name(value)]

    def left(self) -> list[Trace]:
        """Raw tables in which the person's former rows still have personal values."""
        found = []
        for table in self.tables:
            own = given_lines(self._connection, self._rows[table.name], self._prefix)
            tests = [(holds_any(table.erasable_columns), own.parameters)]
            column = table.customer_id
            names = [] if column is None else self._personal_ids(column)
            if column is not None and names:
                given = given_texts(self._connection, names, self._prefix)
                is_named = given.has(sql.Identifier(column.name))
                tests.append((is_named, own.parameters | given.parameters))
            lines = set[tuple[int, int]]()
            for test, parameters in tests:
                query = sql.SQL("select load_id, file_line from {} where {} and {}").format(
                    table_name(table, self._prefix), test, own.has(*LINE)
                )
                lines |= {tuple(row) for row in self._connection.execute(query, parameters)}
            if lines:
                where = f"{self._prefix}{table.schema}.{table.name}"
                found.append(Trace(where, "", len(lines)))
        return found

    def _ops(self, name: str) -> sql.Identifier:
        return sql.Identifier(f"{self._prefix}ops", name)

    def _read_values(self) -> frozenset[str]:
        found = personal_values(
            self._connection,
            self._source.tables,
            self._person,
            self._prefix,
        )
        for table in self.tables:
            column = table.customer_id
            names = [] if column is None else self._personal_ids(column)
            found |= {
                value for value in self._person.texts & {*names} if len(value) >= SHORTEST_VALUE
            }
        return frozenset(found)

    def _read_tokens(self, table: Table) -> list[str]:
        """Tokens in the person's rows that a build may have turned into ids."""
        found: set[str] = set()
        for column in table.erasable_columns:
            if column.pii == "token":
                query = sql.SQL("select distinct {0} from {1} where {0} is not null and {2}")
                rows = self._connection.execute(
                    query.format(
                        sql.Identifier(column.name),
                        table_name(table, self._prefix),
                        self._person.is_of(table),
                    ),
                    self._person.parameters,
                )
                found |= {row[0] for row in rows}
        return sorted(found)

    def _count(self, table: Table, condition: sql.Composable) -> int:
        row = self._connection.execute(
            sql.SQL("select count(*) from {} where {} and {}").format(
                table_name(table, self._prefix), self._person.is_of(table), condition
            ),
            self._person.parameters,
        ).fetchone()
        assert row is not None
        return int(row[0])


def names_of(table: Table) -> list[str]:
    """Names of a table's columns."""
    return [column.name for column in table.columns]


def forget(
    address: Address,
    project_dir: str | Path,
    source: str,
    customer: str | None,
    *,
    token_key: str,
    application: str | None = None,
    prefix: str = "",
    rebuild: Callable[[], None] = lambda: None,
    wait: float | None = None,
    notify: Callable[[str], None] | None = None,
) -> ForgottenCustomer:
    """Erase one person's personal values, and keep them out of later loads.

    `customer` is the id in files or in facts (if that is a token, either works), or an e-mail
    address, which means everybody with that address in their rows; `application` is an
    application_id or application_key instead. Restricted and token columns of all rows of the
    person become null, an id that is a token is replaced by a random one, and rejects that quote
    the person lose the value. `rebuild` is called once this is committed, to rebuild the restricted
    models; then the tables are rewritten, and the database is searched for values that only this
    person had. `token_key` is 64 hex digits.

    Raises UsageError for a source without personal data or an unknown person, Refusal if the key is
    not the warehouse's, DatabaseFailure.
    """
    definitions = read_definitions(project_dir)
    if source not in definitions:
        raise UsageError(f"there is no source {source!r}; known: {', '.join(sorted(definitions))}")
    chosen = definitions[source]
    if not any(table.customer or email_columns(table) for table in chosen.tables.values()):
        raise UsageError(f"source {source} stores no personal columns of customers")
    key = parse_token_key(token_key)
    assert key is not None
    asked = Asked(customer, application)
    with (
        connect(address, touches_others=True) as connection,
        exclusive(connection, "forget", prefix=prefix, wait=wait, notify=notify) as lock,
    ):
        engine = engine_of(connection)
        try:
            engine.remove_leftovers(connection, prefix)
            with connection.transaction():
                ensure(connection, definitions, prefix)
                if engine.has_foreign_code:
                    refuse_foreign_rules(connection, ERASED_SCHEMAS, prefix)
                work = Forgetting(connection, chosen, asked, key, prefix)
                if not work.is_known():
                    raise UsageError(f"source {source} has no {asked.kind}")
                if waiting := work.waiting():
                    raise UsageError(
                        f"{waiting} rows of this customer have not been built yet, and the facts "
                        "need their personal columns; run `warehouse build` first"
                    )
                work.list_hashes()
                emptied = work.empty()
                renamed = work.rename()
                emptied += erase_rejects(connection, work.values, prefix)
                require_rewrite(connection, [*emptied, *renamed], prefix)
                lock.require()
            if any(table.has_restricted for table in work.tables):
                rebuild()
                require_published(connection, prefix)
            if work.gone:
                left = leave_restricted(connection, source, sorted(work.gone), prefix)
                require_rewrite(connection, left, prefix)
            connection.commit()
            with without_transaction(lock, notify):
                not_rewritten = rewrite(connection, prefix, notify)
            traces, searched = count_traces(connection, work.values, work.replaced(), prefix)
            return ForgottenCustomer(
                tuple(emptied),
                tuple(renamed),
                searched,
                (*work.left(), *traces),
                tuple(not_rewritten),
            )
        except FAILURES as error:
            raise DatabaseFailure(explain(error), may_pass=may_pass(error)) from None
