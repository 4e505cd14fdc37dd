"""Turns rows of text into order lines: fills cells down within an order, and turns items side by
side into lines. Each row keeps the line of the file it began on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checks.vectors import integers, truths
from ingest.files.headers import Key
from ingest.files.text_rows import TextRows
from ingest.tables.table_definitions import ITEM, Table

_Positions = npt.NDArray[np.int64]


class FillDown:
    """Fills empty cells of the table's fill_down columns with the value above in the same order.

    A row without an order id continues the order above, if the id is one of those columns. After a
    row that could not be read, it does not: the order of the next line is then unknown.
    """

    def __init__(self, table: Table) -> None:
        assert table.order_id is not None
        self._order: Key = (table.order_id, 0)
        self._filled: list[Key] = [(name, 0) for name in table.fill_down]
        self._above: dict[Key, str | None] = {}
        self._is_broken = True

    def apply(self, rows: TextRows) -> TextRows:
        """The rows with their cells filled; the blocks of a file must come in order."""
        keys = {self._order, *(key for key in self._filled if key in rows.columns)}
        # The last row above is put in front, so that an order may continue across blocks.
        columns = {
            key: pa.concat_arrays([_one(self._above.get(key)), rows.columns[key]]) for key in keys
        }
        positions = np.arange(len(rows) + 1)
        orders = self._orders(columns[self._order], rows, positions)
        is_known = orders >= 0
        known = _last(is_known, positions)
        previous = np.concatenate(([-1], known[:-1]))
        is_start = is_known & ((previous < 0) | (orders[previous] != orders))
        start = _last(is_start, positions)
        filled = dict(rows.columns)
        for key, column in columns.items():
            has_value = truths(column.is_valid())
            source = _last(has_value & is_known, positions)
            reaches = is_known & (source >= start) & (source >= 0)
            taken = np.where(has_value, positions, np.where(reaches, source, -1))
            if key in self._filled:
                column = _take(column, taken)
                filled[key] = column.slice(1)
            last = int(known[-1])
            self._above[key] = column[last].as_py() if last >= 0 else None
        return TextRows(filled, rows.lines, rows.faults)

    def _orders(self, ids: pa.Array, rows: TextRows, positions: _Positions) -> _Positions:
        """A number for the order of each row, including the row above; -1 if it is unknown."""
        codes = integers(pc.fill_null(ids.dictionary_encode().indices, -1))
        broken = np.zeros(len(positions), bool)
        broken[0] = self._is_broken
        broken[[fault + 1 for fault in rows.faults]] = True
        last_id, last_break = _last(codes >= 0, positions), _last(broken, positions)
        self._is_broken = bool(last_break[-1] >= last_id[-1])
        if self._order not in self._filled:
            return codes
        continues = (codes < 0) & (last_id > last_break)
        orders: _Positions = np.where(continues, codes[last_id], codes)
        return orders


def unpivot(rows: TextRows, table: Table) -> TextRows:
    """One row per filled item of a row; a row without items stays one row without an item."""
    of_items = {column.name: column for column in table.item_columns}
    numbers = sorted({item for _, item in rows.columns if item})
    number = next(name for name, column in of_items.items() if column.header == ITEM)
    has_item = np.zeros((len(rows), len(numbers)), bool)
    for (name, item), column in rows.columns.items():
        if name in of_items:
            has_item[:, numbers.index(item)] |= truths(column.is_valid())
    has_item[~has_item.any(axis=1), 0] = True
    row, group = np.nonzero(has_item)
    columns: dict[Key, pa.Array] = {}
    for key, column in rows.columns.items():
        if key[0] not in of_items:
            columns[key] = column.take(pa.array(row))
    absent = pa.nulls(len(rows), pa.string())
    for name in of_items:
        groups = [rows.columns.get((name, item), absent) for item in numbers]
        columns[name, 0] = pa.concat_arrays(groups).take(pa.array(group * len(rows) + row))
    columns[number, 0] = pa.array([str(numbers[index]) for index in group.tolist()], pa.string())
    first = np.searchsorted(row, np.arange(len(rows)))
    faults = {int(first[index]): fault for index, fault in rows.faults.items()}
    return TextRows(columns, rows.lines[row], faults)


def _last(mask: npt.NDArray[np.bool_], positions: _Positions) -> _Positions:
    """For each position, the last one up to it where the mask is true; -1 if there is none."""
    found: _Positions = np.maximum.accumulate(np.where(mask, positions, -1))
    return found


def _take(column: pa.Array, positions: _Positions) -> pa.Array:
    return column.take(pa.array(positions, mask=positions < 0))


def _one(text: str | None) -> pa.Array:
    return pa.array([text], pa.string())
