"""Amounts that orders state in a file of their own, held against their lines."""

from decimal import Decimal

from ingest.definitions import Table
from warehouse.errors import WarehouseError
from warehouse.scaffold.claims import claimants
from warehouse.scaffold.design import Design, Wishes
from warehouse.scaffold.line_amounts import NEARLY_ALL, written
from warehouse.scaffold.number_forms import read_number
from warehouse.scaffold.roles import LINES
from warehouse.scaffold.typed_rows import TypedRows, read_typed

_CENT = Decimal("0.0151")
_ZERO = Decimal(0)
# What an order's file may take off its lines.
_TAKEN_OFF = ("order_discount", "discount_amount", "order_refund")


def check_orders(design: Design, lines: TypedRows, defined: Table, wishes: Wishes) -> None:
    """Keeps the total that orders state where it is the sum of their lines, and says so where it
    is not. Raises WarehouseError where their file has a discount or a refund that lines lack."""
    header = design.header
    sums = _sums(design, lines)
    stated = header.column("stated_total_amount")
    fits = False
    if stated is not None:
        rows = read_typed(defined, header.sample.files)
        totals = dict(zip(rows.texts(header.name_of("order_id")), rows.numbers(stated.name),
                          strict=True))  # fmt: skip
        told = [(total, sums[order]) for order, total in totals.items()
                if order in sums and total is not None]  # fmt: skip
        fits = sum(abs(a - b) <= _CENT for a, b in told) >= NEARLY_ALL * len(told)
        if not fits:
            stated.roles.remove("stated_total_amount")
            order, total = next((o, t) for o, t in totals.items()
                                if t is not None and abs(t - sums.get(o, t)) > _CENT)  # fmt: skip
            design.advice.append(
                f"{stated.shown} is not the sum of an order's lines (order {order}: "
                f"{written(total)}, lines {written(sums[order])}), by shipping, taxes or the like; "
                "it is not used."
            )
    if fits:
        return
    for role in _TAKEN_OFF:
        for column in claimants(header, role, LINES, wishes):
            found = [read_number(cell, header.style) for cell in column.cells if cell.strip()]
            if any(number is not None and number.value for number in found):
                raise WarehouseError(
                    f"{header.name}.{column.shown} takes amounts off whole orders, which lines of "
                    f"{design.lines.name} do not know. Export the lines with their discounts, or "
                    f"say --map {role}= if the lines are what was paid."
                )


def _sums(design: Design, rows: TypedRows) -> dict[str | None, Decimal]:
    sums: dict[str | None, Decimal] = {}
    orders = rows.texts(design.lines.name_of("order_id"))
    for order, net in zip(orders, design.net_amounts, strict=True):
        sums[order] = sums.get(order, _ZERO) + (net or _ZERO)
    return sums
