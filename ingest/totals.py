"""Control totals of a file per business day, summed from what was parsed, not from the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from ingest.definitions import Table
from ingest.vectors import day_numbers, unscaled

_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Total:
    """Accepted rows of one business day and the sum of the control column over them."""

    business_date: dt.date | None
    currency_code: str | None
    row_count: int
    control_amount: Decimal | None


class Totals:
    """Adds up the batches of one file."""

    def __init__(self, table: Table) -> None:
        self._control = table.control
        amount = table.control.amount
        self._scale = table.column(amount).type.scale if amount else 0
        self._rows: dict[int | None, int] = {}
        self._amounts: dict[int | None, int] = {}

    def add(self, rows: pa.Table) -> None:
        """Add the rows of one batch, exactly: amounts are summed as whole numbers."""
        if rows.num_rows == 0:
            return
        amounts = np.zeros(rows.num_rows, np.int64)
        if self._control.amount:
            amounts = unscaled(rows.column(self._control.amount).combine_chunks())
        if self._control.business_date is None:
            self._put(None, rows.num_rows, sum_exactly(amounts))
            return
        column = rows.column(self._control.business_date).combine_chunks()
        if column.null_count:
            undated = column.is_null().to_numpy(zero_copy_only=False)
            self._put(None, int(undated.sum()), sum_exactly(amounts[undated]))
            amounts, column = amounts[~undated], column.drop_null()
        days = day_numbers(column, self._control.day_zero)
        order = np.argsort(days, kind="stable")
        days, amounts = days[order], amounts[order]
        starts = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
        for first, last in zip(starts, [*starts[1:], len(days)], strict=True):
            self._put(int(days[first]), int(last - first), sum_exactly(amounts[first:last]))

    def _put(self, day: int | None, rows: int, amount: int) -> None:
        self._rows[day] = self._rows.get(day, 0) + rows
        self._amounts[day] = self._amounts.get(day, 0) + amount

    def result(self) -> list[Total]:
        """One total per business day, in order of the days."""
        found = []
        for day in sorted(self._rows, key=lambda d: (d is not None, d or 0)):
            amount = currency = None
            if self._control.amount:
                amount = Decimal(self._amounts[day]).scaleb(-self._scale)
                currency = self._control.currency
            date = None if day is None else _EPOCH + dt.timedelta(days=day)
            found.append(Total(date, currency, self._rows[day], amount))
        return found


def sum_exactly(values: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> int:
    """Sum of whole numbers that may exceed 64 bits."""
    if len(values) == 0:
        return 0
    largest = max(abs(int(values.max())), abs(int(values.min())))
    if largest * len(values) < 2**63:
        return int(values.sum())
    return sum(values.tolist())
