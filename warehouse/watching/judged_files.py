"""What became of the files that were tried, kept in the home."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from warehouse.safe_files import open_own

_TABLE = """
create table if not exists judged (
    source text not null,
    address blob not null,
    size integer not null,
    stamp text not null,
    outcome text not null,
    definition text not null,
    primary key (source, address)
)
"""


@dataclass(frozen=True)
class Judged:
    """A file as it was tried, and the outcome: the loader's, such as loaded, known or refused.

    definition: the hash of its source's definition then.
    """

    size: int
    stamp: str
    outcome: str
    definition: str = ""


class JudgedFiles:
    """A table in the home, by source and address, that outlives every crash.

    It only saves work and repeated messages: the loader never loads the same content twice. So a
    damaged table is replaced by an empty one. Raises OSError or sqlite3.Error when the home
    cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._open(path)
        except sqlite3.DatabaseError:
            for name in (path, path.with_name(f"{path.name}-journal")):
                with suppress(FileNotFoundError):
                    name.unlink()
            self._open(path)

    def _open(self, path: Path) -> None:
        os.close(open_own(path, os.O_RDWR))
        self._connection = sqlite3.connect(path, isolation_level=None)
        try:
            self._connection.execute(_TABLE)
            with closing(self._connection.execute("select * from judged")) as rows:
                self._known = {(row[0], os.fsdecode(row[1])): Judged(*row[2:]) for row in rows}
        except sqlite3.Error:
            self._connection.close()
            raise

    def get(self, source: str, address: str) -> Judged | None:
        """What became of the file, or None if it was never tried."""
        return self._known.get((source, address))

    def put(self, judged: Mapping[tuple[str, str], Judged]) -> None:
        """Records what became of files, by source and address, all or none of them on the disk."""
        self._known |= judged
        rows = [
            (source, os.fsencode(address), *astuple(one))
            for (source, address), one in judged.items()
        ]
        self._connection.execute("begin")
        try:
            self._connection.executemany(
                "insert or replace into judged values (?, ?, ?, ?, ?, ?)", rows
            )
            self._connection.execute("commit")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self._connection.execute("rollback")
            raise

    def forget(self) -> None:
        """Forgets everything, so that every file is tried again."""
        self._known.clear()
        self._connection.execute("delete from judged")

    def close(self) -> None:
        """Closes the table."""
        self._connection.close()
