"""Control totals of a file per business day and currency, summed from the parsed rows, not from the
database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checks.vectors import day_numbers, integers, unscaled
from ingest.tables.table_definitions import LineAmount, Table

_EPOCH = dt.date(1970, 1, 1)
_SCALE = 4
_ONE = 10**_SCALE
# Products below this are exact in 64 bits, including the half added for rounding.
_EXACT = 2.0**62

_Group = tuple[int | None, str | None]


@dataclass(frozen=True)
class Total:
    """Accepted rows of one business day and the sum of the control column over them."""

    business_date: dt.date | None
    currency_code: str | None
    row_count: int
    control_amount: Decimal | None


class Totals:
    """Sums the batches of one file."""

    def __init__(self, table: Table) -> None:
        self._control = table.control
        amount = table.control.amount
        self.has_amount = bool(amount or table.control.line_amount)
        self._scale = table.column(amount).type.scale if amount else _SCALE
        self._scale += table.control.minor_units
        self._rows: dict[_Group, int] = {}
        self._amounts: dict[_Group, int] = {}

    def add(self, rows: pa.Table) -> None:
        """Add the rows of one batch, exactly: amounts are summed as whole numbers."""
        if rows.num_rows == 0:
            return
        amounts = self.amounts_of(rows)
        if self._control.currency_column is None:
            currency = self._control.currency if self.has_amount else None
            self._add_days(rows, amounts, currency)
            return
        currencies = rows.column(self._control.currency_column).combine_chunks()
        for currency in currencies.unique().to_pylist():
            of_currency = currencies.is_null() if currency is None else _equal(currencies, currency)
            chosen = integers(of_currency).astype(bool)
            self._add_days(rows.filter(of_currency), amounts[chosen], currency)

    def amounts_of(self, rows: pa.Table) -> npt.NDArray[np.int64]:
        """The control amount of each row as whole numbers; see as_amount."""
        if self._control.line_amount:
            return net_amounts(rows, self._control.line_amount)
        if self._control.amount:
            amounts = unscaled(rows.column(self._control.amount).combine_chunks())
            if self._control.signed_by:
                sign = integers(rows.column(self._control.signed_by).combine_chunks())
                return np.where(sign < 0, -np.abs(amounts), amounts)
            return amounts
        return np.zeros(rows.num_rows, np.int64)

    def _add_days(
        self, rows: pa.Table, amounts: npt.NDArray[np.int64], currency: str | None
    ) -> None:
        if self._control.business_date is None:
            self._put(None, currency, rows.num_rows, sum_exactly(amounts))
            return
        column = rows.column(self._control.business_date).combine_chunks()
        if column.null_count:
            undated = column.is_null().to_numpy(zero_copy_only=False)
            self._put(None, currency, int(undated.sum()), sum_exactly(amounts[undated]))
            amounts, column = amounts[~undated], column.drop_null()
        days = day_numbers(column, self._control.day_zero)
        order = np.argsort(days, kind="stable")
        days, amounts = days[order], amounts[order]
        starts = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
        for first, last in zip(starts, [*starts[1:], len(days)], strict=True):
            amount = sum_exactly(amounts[first:last])
            self._put(int(days[first]), currency, int(last - first), amount)

    def _put(self, day: int | None, currency: str | None, rows: int, amount: int) -> None:
        group = (day, currency)
        self._rows[group] = self._rows.get(group, 0) + rows
        self._amounts[group] = self._amounts.get(group, 0) + amount

    def as_amount(self, units: int) -> Decimal | None:
        """A sum of amounts_of as an amount; None if the table has no control amount."""
        return Decimal(units).scaleb(-self._scale) if self.has_amount else None

    def result(self) -> list[Total]:
        """One total per business day and currency, ordered by day."""
        found = []
        for group in sorted(self._rows, key=_in_order):
            day, currency = group
            amount = self.as_amount(self._amounts[group])
            date = None if day is None else _EPOCH + dt.timedelta(days=day)
            found.append(Total(date, currency, self._rows[group], amount))
        return found


def net_amounts(rows: pa.Table, columns: LineAmount) -> npt.NDArray[np.int64]:
    """Net amounts of order lines in ten-thousandths: quantity × unit price, rounded half away from
    zero to four decimals, less discount. A discount as a share or percentage is taken off in whole
    hundredths, as the models do.

    A return with a positive quantity counts as negative; so does the discount of a negative
    quantity, whatever its sign.
    """
    quantity = unscaled(rows.column(columns.quantity).combine_chunks())
    price = unscaled(rows.column(columns.unit_price).combine_chunks())
    gross = _rounded_products(quantity, price)
    net = gross.copy()
    if columns.discount:
        discount = unscaled(rows.column(columns.discount).combine_chunks())
        net -= np.where(quantity < 0, -np.abs(discount), discount)
    elif columns.discount_share:
        net -= _hundredths(gross, rows.column(columns.discount_share), 1)
    elif columns.discount_percent:
        net -= _hundredths(gross, rows.column(columns.discount_percent), 100)
    if columns.line_type:
        kinds = _equal(rows.column(columns.line_type).combine_chunks(), "return")
        given_back = integers(kinds).astype(bool) & (quantity > 0)
        net[given_back] = -net[given_back]
    return net


def _hundredths(
    gross: npt.NDArray[np.int64], parts: pa.ChunkedArray, whole: int
) -> npt.NDArray[np.int64]:
    """A part of each amount (`whole` means all of it) in ten-thousandths, rounded to whole
    hundredths. It has the sign of the amount."""
    cent = _ONE // 100
    part = np.abs(unscaled(parts.combine_chunks()))
    hundredths = _rounded_products(gross, part, whole * _ONE * cent)
    hundredths *= cent
    return hundredths


def _rounded_products(
    quantity: npt.NDArray[np.int64], price: npt.NDArray[np.int64], unit: int = _ONE
) -> npt.NDArray[np.int64]:
    largest = float(np.abs(quantity).max()) * float(np.abs(price).max())
    if largest >= _EXACT:
        pairs = zip(quantity.tolist(), price.tolist(), strict=True)
        products = [(abs(count * each) + unit // 2) // unit for count, each in pairs]
        rounded = np.array(products, np.int64)
    else:
        rounded = (np.abs(quantity * price) + unit // 2) // unit
    is_negative = (quantity < 0) != (price < 0)
    rounded[is_negative] = -rounded[is_negative]
    return rounded


def _equal(array: pa.Array, word: str) -> pa.Array:
    return pc.fill_null(pc.equal(array, word), False)


def _in_order(group: _Group) -> tuple[bool, int, str]:
    day, currency = group
    return day is not None, day or 0, currency or ""


def sum_exactly(values: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> int:
    """The sum of whole numbers; it may exceed 64 bits."""
    if len(values) == 0:
        return 0
    largest = max(abs(int(values.max())), abs(int(values.min())))
    if largest * len(values) < 2**63:
        return int(values.sum())
    return sum(values.tolist())
