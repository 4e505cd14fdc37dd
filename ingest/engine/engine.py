"""What differs between the databases: locks, load ids, bulk loading, catalogue, DDL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from psycopg import sql

from ingest.engine.given_rows import GivenRows
from ingest.engine.relation import Relation
from ingest.engine.session import Session

if TYPE_CHECKING:  # takes a while to import, and locks need none of it
    import pyarrow as pa


class Lock(Protocol):
    """The warehouse's lock, as one session sees it."""

    def take(self) -> bool:
        """Try to take it; returns at once or after a second at most."""

    def holder(self) -> str:
        """Who holds it, for a message."""

    def require(self) -> None:
        """Raises DatabaseFailure if the lock was taken and is lost: others may work now."""

    def leave_transaction(self) -> bool:
        """Free the lock if it is held by a transaction, which keeps old rows in the tables' files.
        Returns whether it was freed."""


class Part(Protocol):
    """Some rows of a file on their way into a raw table."""

    def csv(self) -> memoryview:
        """The rows as CSV lines."""

    def typed(self) -> pa.Table:
        """The same rows as typed columns."""


class Engine(ABC):
    """One kind of database. All methods work in the session's current transaction."""

    # How many tables are loaded at once.
    workers: ClassVar[int]
    # What an insert that brings its own load id says, and one that passes over a known key.
    with_given_id: ClassVar[sql.SQL]
    unless_known: ClassVar[sql.SQL]
    # Whether a schema of one role may hold tables of others and code that runs with a load.
    has_foreign_code: ClassVar[bool]
    # Whether the server shows values of columns in its statistics.
    shows_statistics: ClassVar[bool]
    # Whether a regular expression may be a value of a row.
    matches_columns: ClassVar[bool]
    # Whether a publication replaces rows of the tables that readers see, not the tables.
    replaces_rows: ClassVar[bool]

    @abstractmethod
    def warehouse_lock(
        self, session: Session, what: str, prefix: str
    ) -> AbstractContextManager[Lock]:
        """The lock of loads and builds, free again after the block, or when the connection ends."""

    @abstractmethod
    def lock_table(self, session: Session, table: str, prefix: str) -> None:
        """Keep other loaders away from a raw table, or wait for them, as long as the session lasts.
        Commits, or nothing was begun."""

    @abstractmethod
    def lock_loads(self, session: Session, prefix: str) -> bool:
        """First step of the transaction of one file: keep other loaders away until it ends.

        Returns whether another loader may have written since the session last looked.
        """

    @abstractmethod
    def lock_schemas(self, session: Session, prefix: str) -> None:
        """Keep others from changing raw tables or the ledger in the current transaction."""

    @abstractmethod
    def new_number(self, session: Session, relation: Relation, column: str) -> int:
        """A number for a row of a table, higher than those before it; under a lock that keeps other
        writers away."""

    @abstractmethod
    def brief_lock(
        self, session: Session, name: str, prefix: str, seconds: int
    ) -> AbstractContextManager[bool]:
        """A lock of this name, for the block: whether it was free within so many seconds. The
        session is in autocommit mode."""

    @abstractmethod
    def lock_for_writing(self, session: Session, relation: Relation) -> None:
        """First step of a transaction: keep all who do the same with this table waiting until it
        ends."""

    @abstractmethod
    def insert_numbered(
        self, session: Session, relation: Relation, number: str, row: Mapping[str, Any]
    ) -> int:
        """Insert a row of a table that only the caller writes now; the number it gets in column
        `number`, which is higher than those before it."""

    @abstractmethod
    def new_load_id(self, session: Session, prefix: str) -> int:
        """A load id higher than those of all loads; under the lock of `lock_loads`."""

    @abstractmethod
    def copy_parts(
        self,
        session: Session,
        relation: Relation,
        columns: Sequence[str],
        schema: pa.Schema,
        parts: Iterable[Part],
        *,
        load_id: int,
        prefix: str,
        is_personal: bool,
    ) -> None:
        """Write the rows of a file into a raw table.

        `columns` are those of the parts, `schema` has all of the table's. If the table
        `is_personal`, no error or log may quote a row. An error that the parts raise ends the
        writing.
        """

    @abstractmethod
    def write_rows(
        self,
        session: Session,
        relation: Relation,
        schema: pa.Schema,
        rows: Iterable[tuple[Any, ...]],
        *,
        load_id: int,
        prefix: str,
    ) -> None:
        """Write rows about a load into a table of the ledger; `schema` has its columns in order."""

    @abstractmethod
    def copy_tables(
        self,
        session: Session,
        relation: Relation,
        schema: pa.Schema,
        tables: Iterable[pa.Table],
        *,
        prefix: str,
    ) -> None:
        """Write tables of one schema, which has all columns of the relation, one after another. An
        error that `tables` raises ends the writing."""

    @abstractmethod
    def see_one_state(self, session: Session) -> None:
        """From here on, each transaction of the session sees one state of the database."""

    @abstractmethod
    def hash_of_rows(self, columns: Sequence[str]) -> sql.Composable:
        """An aggregate of all rows: another number when a cell is another, whatever their order.
        It is the engine's own."""

    @abstractmethod
    def give_rows(
        self,
        session: Session,
        schema: pa.Schema,
        rows: Iterable[tuple[Any, ...]],
        *,
        prefix: str,
    ) -> GivenRows:
        """Rows of texts and whole numbers that statements of this session compare with. They may be
        personal: no log of statements holds them."""

    @abstractmethod
    def remove_leftovers(self, session: Session, prefix: str) -> None:
        """Delete what a killed loader left outside the database; under the warehouse's lock."""

    @abstractmethod
    def exists(self, session: Session, relation: Relation) -> bool:
        """Whether there is such a table or view."""

    @abstractmethod
    def live_columns(
        self, session: Session, schemas: Sequence[str]
    ) -> Iterator[tuple[str, str, str, str, bool]]:
        """Schema, table, column, type and whether it is not null, of all tables in the schemas, in
        the order of the columns."""

    @abstractmethod
    def create_tables(self, session: Session, schema: str, definition: str) -> None:
        """Create a schema, and the tables of a definition that are missing, and columns they lack.
        The definition has a name in braces, such as {ops}, in the schema's place."""

    @abstractmethod
    def column_type(self, defined: str) -> str:
        """The type of a raw table's column for the type in its definition."""

    @abstractmethod
    def storage(self, order_id: str | None) -> sql.Composable:
        """What `create table` says about where the rows of a raw table are kept."""

    @abstractmethod
    def not_null_change(self, table: str, column: str, is_required: bool) -> str:
        """What to run so that a column becomes required or optional."""

    @abstractmethod
    def keep_out_of_statistics(self, session: Session, relation: Relation, column: str) -> None:
        """Keep the most common values of a column out of what the server remembers of it."""

    @abstractmethod
    def index_loads(self, session: Session, relation: Relation, order_id: str | None) -> None:
        """Create what finds the rows of a load and of an order, unless it exists."""

    @abstractmethod
    def as_text(self, column: sql.Composable) -> sql.Composable:
        """An id as text, as the models and the indexes write it."""

    @abstractmethod
    def hex_number(self, digits: sql.Composable) -> sql.Composable:
        """The number that a text of 15 hexadecimal digits is."""

    @abstractmethod
    def grantee(self, role: str) -> sql.Composable:
        """A role of readers, as `grant` names it."""

    @abstractmethod
    def among(self, values: Sequence[Any]) -> tuple[sql.Composable, tuple[Any, ...]]:
        """The condition `is one of these`, to follow an expression, and its parameters."""

    @abstractmethod
    def not_among(self, values: Sequence[Any]) -> tuple[sql.Composable, tuple[Any, ...]]:
        """The condition `is none of these` for an expression that is never null."""
