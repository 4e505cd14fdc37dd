"""Compares rows that were fetched from both warehouses."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.foreign_text import shown
from warehouse.comparing.columns import ABSOLUTE, RELATIVE, Column

Row = tuple[Any, ...]
MOST_EXAMPLES = 3
_LONGEST = 60


@dataclass
class Found:
    """How many rows, and some of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str, count: int = 1) -> None:
        """Count rows and keep an example."""
        self.count += count
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)


class Rows:
    """What differs between the rows of a table: those that only one side has, by its name, and by
    column those that both have. Examples are ids, and values that are not personal."""

    def __init__(self, columns: Sequence[Column], names: tuple[str, str]) -> None:
        self._ids = [n for n, column in enumerate(columns) if column.is_id]
        self._others = [n for n, column in enumerate(columns) if not column.is_id]
        self._columns = columns
        self.only = {name: Found() for name in names}
        self.changed: defaultdict[str, Found] = defaultdict(Found)

    def compare(self, first: Iterable[Row], second: Iterable[Row]) -> None:
        """Add what differs between all rows of some ids."""
        sides = self._by_id(first), self._by_id(second)
        for key in dict.fromkeys([*sides[0], *sides[1]]):
            self._compare_one(key, sides[0].get(key, []), sides[1].get(key, []))

    def _by_id(self, rows: Iterable[Row]) -> dict[Row, list[Row]]:
        found: dict[Row, list[Row]] = defaultdict(list)
        for row in rows:
            found[tuple(row[n] for n in self._ids)].append(row)
        return dict(found)

    def _compare_one(self, key: Row, first: list[Row], second: list[Row]) -> None:
        """Rows of one id; where there are several, those that are equal belong together."""
        left: list[Row] = []
        for row in first:
            equal = next((n for n, other in enumerate(second) if self._are_equal(row, other)), None)
            if equal is None:
                left.append(row)
            else:
                second = second[:equal] + second[equal + 1 :]
        for row, other in zip(left, second, strict=False):
            self._add_changes(key, row, other)
        for name, rest in zip(
            self.only, (len(left) - len(second), len(second) - len(left)), strict=True
        ):
            if rest > 0:
                self.only[name].add(self._shown_id(key), rest)

    def _add_changes(self, key: Row, row: Row, other: Row) -> None:
        for n in self._others:
            column = self._columns[n]
            if _is_equal(row[n], other[n], column.kind):
                continue
            example = self._shown_id(key)
            if not column.is_personal:
                example += f": {_shown(row[n])} | {_shown(other[n])}"
            self.changed[column.name].add(example)

    def _are_equal(self, row: Row, other: Row) -> bool:
        return all(_is_equal(row[n], other[n], self._columns[n].kind) for n in self._others)

    def _shown_id(self, key: Row) -> str:
        parts = zip((self._columns[n] for n in self._ids), key, strict=True)
        return "/".join(_shown(value) for column, value in parts if not column.is_personal)


def _is_equal(value: Any, other: Any, kind: str) -> bool:
    if kind != "float" or value is None or other is None:
        return bool(value == other)
    if math.isnan(value) or math.isnan(other):
        return math.isnan(value) and math.isnan(other)
    return math.isclose(value, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _shown(value: Any) -> str:
    return "-" if value is None else shown(str(value), _LONGEST)
