"""Order cells that stand on an order's first row only."""

from scaffold.claims import claimants
from scaffold.column_roles import LINES
from scaffold.design import Column, Table, Wishes

_OF_ORDER = ("ordered_at", "order_time", "customer_id", "store_id", "employee_id", "payment_method",
             "order_status", "cancelled_at", "currency_code")  # fmt: skip


def fill_down(table: Table, wishes: Wishes) -> list[str]:
    """Fills what is said of an order on its first row only into its other rows; says so.

    Which columns those are is told by orders whose first row alone has them; one such column means
    that all that is said of orders stands there.
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
    return [f"{names}: said on an order's first row, they hold for all of its rows."]


def _begins(ids: list[str], index: int) -> bool:
    return index == 0 or ids[index] != ids[index - 1]


def _rows_without(order_id: Column, column: Column) -> bool:
    """Whether rows without an order's id lack what is said of orders, too."""
    return any(not a and not b for a, b in zip(order_id.cells, column.cells, strict=True))


def _is_on_first_rows(column: Column, order_id: Column) -> bool:
    """Whether first rows of orders have the cell and nearly none of their other rows."""
    ids, cells = order_id.cells, column.cells
    later = [bool(cells[i]) for i in range(1, len(ids)) if ids[i] == ids[i - 1]]
    first = [
        bool(cells[i - 1])
        for i in range(1, len(ids))
        if ids[i] == ids[i - 1] and _begins(ids, i - 1)
    ]
    return sum(first) > 0.5 * len(first) and sum(later) <= 0.02 * len(later)


def _may_fill(column: Column, order_id: Column) -> bool:
    """Whether no order says different things in the column on different rows, as lines would."""
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
