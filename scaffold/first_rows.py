"""Order cells that are filled only on an order's first row."""

from scaffold.claims import claimants
from scaffold.column_roles import LINES
from scaffold.design import Column, Table, Wishes

_OF_ORDER = ("ordered_at", "order_time", "customer_id", "store_id", "employee_id", "payment_method",
             "order_status", "cancelled_at", "currency_code")  # fmt: skip


def fill_down(table: Table, wishes: Wishes) -> list[str]:
    """Copies order cells that only the first row of an order has to its other rows; says so.

    If one order column is filled only on first rows, all order columns are taken to be.
    """
    order_id = next(iter(claimants(table, "order_id", LINES, wishes)), None)
    if order_id is None:
        return []
    roles = {role: claimants(table, role, LINES, wishes)[:2] for role in _OF_ORDER}
    columns = [column for found in roles.values() for column in found if any(column.cells)]
    has_gaps = (
        "" in order_id.cells
        and order_id.cells[0] != ""
        and any(_rows_without(order_id, column) for column in columns)
    )
    if has_gaps:
        order_id.fills_down = True
        order_id.cells = _filled(order_id.cells)
    first_rows = [index for index in range(len(order_id.cells)) if _begins(order_id.cells, index)]
    if len(first_rows) == len(order_id.cells):
        return []
    if not any(_is_on_first_rows(column, order_id) for column in columns):
        return []
    told = [order_id] if has_gaps else []
    for column in columns:
        if column.fills_down or not _may_fill(column, order_id):
            continue
        column.fills_down = True
        column.cells = _filled_within(column.cells, order_id.cells)
        told.append(column)
    names = ", ".join(column.shown for column in told)
    return [f"{names}: given on an order's first row, used for all of its rows."]


def _begins(ids: list[str], index: int) -> bool:
    return index == 0 or ids[index] != ids[index - 1]


def _rows_without(order_id: Column, column: Column) -> bool:
    """Whether rows without an order id lack this order cell, too."""
    return any(not a and not b for a, b in zip(order_id.cells, column.cells, strict=True))


def _is_on_first_rows(column: Column, order_id: Column) -> bool:
    """Whether first rows of orders have the cell and nearly no other rows do."""
    ids, cells = order_id.cells, column.cells
    later = [bool(cells[i]) for i in range(1, len(ids)) if ids[i] == ids[i - 1]]
    first = [
        bool(cells[i - 1])
        for i in range(1, len(ids))
        if ids[i] == ids[i - 1] and _begins(ids, i - 1)
    ]
    return sum(first) > 0.5 * len(first) and sum(later) <= 0.02 * len(later)


def _may_fill(column: Column, order_id: Column) -> bool:
    """Whether the column does not vary within orders, as a column of lines would."""
    ids, cells = order_id.cells, column.cells
    changes = sum(
        bool(cells[i]) and cells[i] != cells[i - 1]
        for i in range(1, len(ids))
        if ids[i] == ids[i - 1]
    )
    return changes <= 0.02 * len(ids)


def _filled(cells: list[str]) -> list[str]:
    found: list[str] = []
    for cell in cells:
        found.append(cell or (found[-1] if found else ""))
    return found


def _filled_within(cells: list[str], ids: list[str]) -> list[str]:
    found: list[str] = []
    for index, cell in enumerate(cells):
        found.append(cell or ("" if _begins(ids, index) else found[-1]))
    return found
