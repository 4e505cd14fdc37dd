"""The table that files are loaded into, and what the loader knows about it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ingest.engine.engine import Lock
from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.files.private_copies import PrivateCopies
from ingest.loads.known_words import Crosswalk
from ingest.loads.ledger import TableLedger
from ingest.loads.load_options import Options
from ingest.tables.table_definitions import Table
from ingest.tokens.forgotten_list import Forgotten, read_forgotten

Advance = Callable[[str, int, int], None]
Crosswalks = Mapping[tuple[str, str], Crosswalk]


@dataclass(frozen=True)
class Watch:
    """How a caller follows or stops the reading of files: setting `stop` ends it, `progress` is
    called with the file name, bytes read and total bytes. `lock` is the warehouse's."""

    stop: threading.Event
    progress: Advance | None = None
    lock: Lock | None = None


@dataclass(frozen=True)
class Target:
    """One table and a connection that holds the table's lock."""

    connection: Session
    table: Table
    options: Options
    crosswalks: Crosswalks
    watch: Watch
    ledger: TableLedger
    forgotten: Forgotten
    copies: PrivateCopies

    @property
    def is_rolling(self) -> bool:
        """Whether the newest file with an order has the whole order."""
        return self.table.order_again == "newest"

    @property
    def is_wide(self) -> bool:
        """Whether every character of its text files has more than one byte."""
        return self.table.dialect is not None and self.table.dialect.is_wide


def open_target(
    connection: Session,
    table: Table,
    options: Options,
    crosswalks: Crosswalks,
    watch: Watch,
) -> Target:
    """Lock a table and read its state."""
    table = _with_options(table, options)
    # A killed loader may have left a transaction that is about to commit: wait for it.
    name = f"{table.schema}.{table.name}"
    engine_of(connection).lock_table(connection, name, options.prefix)
    ledger = TableLedger(connection, table, options.prefix)
    forgotten = read_forgotten(connection, table, options.prefix)
    connection.commit()
    copies = PrivateCopies(options.copies)
    return Target(connection, table, options, crosswalks, watch, ledger, forgotten, copies)


def _with_options(table: Table, options: Options) -> Table:
    """The table with the caller's options that apply to it."""
    if options.zone is not None:
        table = replace(table, time_zone=options.zone)
    if options.order_again and table.order_id is not None and table.mode == "append":
        table = replace(table, order_again=options.order_again)
    return table
