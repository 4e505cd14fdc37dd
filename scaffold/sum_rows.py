"""Rows of an order that add up its other rows, as exports write before orders of several lines."""

from collections import defaultdict
from decimal import Decimal

from ingest.counts import counted
from scaffold.design import Column, Design
from scaffold.line_amounts import NEARLY_ALL
from scaffold.number_forms import read_number
from warehouse.errors import WarehouseError

_CENT = Decimal("0.0151")
_ADDS_UP = ("quantity", "line_amount", "gross_amount")


def refuse_sum_rows(design: Design) -> None:
    """Raises WarehouseError if rows without a product are the sum of the other rows of their order,
    because everything would count twice.
    """
    lines = design.lines
    order, product = lines.column("order_id"), lines.column("product_id")
    if order is None or product is None or product.is_full:
        return
    void = _void_rows(design)
    orders: dict[str, list[int]] = defaultdict(list)
    for index, cell in enumerate(order.cells):
        if cell and not void[index]:
            orders[cell].append(index)
    for role in _ADDS_UP:
        column = lines.column(role)
        sums = _sums(column, product, orders) if column is not None else []
        if column is not None and sums:
            place = lines.sample.rows[sums[0]] if lines.sample.rows else f"row {sums[0] + 1}"
            more = ""
            if len(sums) > 1:
                more = f", and {counted(len(sums) - 1, 'more is', 'more are')}"
            raise WarehouseError(
                f"{place} is the sum of the other rows of its order by {column.shown} and has no "
                f"{product.shown}{more}: everything would count twice. Remove such rows (those in "
                f"which {product.shown} is empty) from the file and try again."
            )


def _sums(column: Column, product: Column, orders: dict[str, list[int]]) -> list[int]:
    """The rows that are sums, where nearly all are that may be: what is 1 of 1 shows nothing."""
    values: list[Decimal | None] = []
    for cell in column.cells:
        number = read_number(cell, column.style) if cell.strip() else None
        values.append(number.value if number else None)
    told, sums = 0, []
    for rows in orders.values():
        bare = [row for row in rows if not product.cells[row].strip() and values[row] is not None]
        sold = [values[row] or Decimal(0) for row in rows if product.cells[row].strip()]
        if not bare or not sold or (len(sold) == 1 and sold[0] == 1):
            continue
        told += 1
        found = [row for row in bare if abs((values[row] or Decimal(0)) - sum(sold)) <= _CENT]
        sums += found[:1]
    return sums if told and len(sums) >= NEARLY_ALL * told else []


def _void_rows(design: Design) -> list[bool]:
    """Of each row of the sample, whether its kind says that it counts for nothing."""
    lines = design.lines
    void = [False] * lines.sample.row_count
    for role, effects in design.effects.items():
        column = lines.column(role)
        for index, cell in enumerate(column.cells if column else ()):
            void[index] |= effects.get(cell.strip().lower()) == "void"
    return void
