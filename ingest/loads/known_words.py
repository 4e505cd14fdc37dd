"""Finds statuses and line types in a file that the source's crosswalk does not know."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest.checks.vectors import integers
from ingest.loader_errors import DefinitionError
from ingest.loads.control_totals import Totals, sum_exactly
from ingest.tables.table_definitions import Source, Table

_MOST_WORDS = 50


@dataclass(frozen=True)
class Crosswalk:
    """A seed of a source: its path below the project, and the words it knows."""

    path: str
    words: frozenset[str]


@dataclass(frozen=True)
class UnknownWord:
    """A word that the crosswalk lacks: its column, how many rows have it and, if the file has a
    control total, their amount."""

    column: str
    word: str
    rows: int
    amount: Decimal | None
    crosswalk: str


def read_crosswalks(project_dir: str | Path, source: Source) -> dict[tuple[str, str], Crosswalk]:
    """The crosswalks that the columns of a source name (`words`), by table and column.

    Raises DefinitionError if one cannot be read.
    """
    found = {}
    for table in source.tables.values():
        for column in table.columns:
            if column.words is None:
                continue
            path = Path(project_dir) / column.words
            try:
                with path.open(encoding="utf-8", newline="") as file:
                    words = frozenset(row["source_code"] for row in csv.DictReader(file))
            except (OSError, KeyError, UnicodeDecodeError, csv.Error):
                raise DefinitionError(
                    f"source {source.name}, table {table.name}, column {column.name}: words: "
                    f"{column.words} cannot be read or has no column source_code"
                ) from None
            found[table.name, column.name] = Crosswalk(column.words, words)
    return found


class UnknownWords:
    """Counts the words in one file that its table's crosswalks do not know."""

    def __init__(
        self, table: Table, totals: Totals, crosswalks: Mapping[tuple[str, str], Crosswalk]
    ) -> None:
        self._totals = totals
        self._crosswalks = {
            column: crosswalk for (name, column), crosswalk in crosswalks.items()
            if name == table.name
        }  # fmt: skip
        self._found: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, rows: pa.Table) -> None:
        """Add the rows of the next batch."""
        for column, crosswalk in self._crosswalks.items():
            if column not in rows.column_names or rows.num_rows == 0:
                continue
            cells = rows.column(column).combine_chunks().cast(pa.string())
            cells = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
            for word in cells.unique().to_pylist():
                known = len(self._found) >= _MOST_WORDS and (column, word) not in self._found
                if not word or word in crosswalk.words or known:
                    continue
                mask = pc.fill_null(pc.equal(cells, word), False)
                amount = 0
                if self._totals.has_amount:
                    chosen = integers(mask).astype(bool)
                    amount = sum_exactly(self._totals.amounts_of(rows)[chosen])
                count, sum_before = self._found.get((column, word), (0, 0))
                self._found[column, word] = (count + pc.sum(mask).as_py(), sum_before + amount)

    def result(self) -> tuple[UnknownWord, ...]:
        """The words, the most frequent first."""
        found = [
            UnknownWord(column, word, rows, self._totals.as_amount(amount),
                        self._crosswalks[column].path)
            for (column, word), (rows, amount) in self._found.items()
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (-one.rows, one.column, one.word)))
