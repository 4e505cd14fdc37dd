"""The kind of each table: order lines, orders, or master data of customers, products or stores."""

from scaffold.claims import claimants, is_claimed
from scaffold.column_roles import CUSTOMERS, LINES, ORDERS, PRODUCTS, STORES
from scaffold.design import OTHER, Column, Table, Wishes

_AMOUNTS = ("quantity", "unit_price", "line_amount", "gross_amount")


def give_kinds(tables: list[Table], wishes: Wishes) -> list[str]:
    """Gives each table a kind, each kind to at most one table; returns what deserves a check."""
    for table in tables:
        table.kind = _kind(table, wishes)
    advice = []
    for kind in (LINES, ORDERS, CUSTOMERS, PRODUCTS, STORES):
        alike = [table for table in tables if table.kind == kind]
        alike.sort(key=lambda table: -table.sample.row_count)
        for table in alike[1:]:
            table.kind = OTHER
            advice.append(
                f"{table.name} looks like {kind}, but so does {alike[0].name}, which is used; "
                f"{table.name} is only staged."
            )
    lines = next((table for table in tables if table.kind == LINES), None)
    for table in tables:
        if table.kind == ORDERS and lines and is_claimed(lines, "ordered_at", LINES, wishes):
            table.kind = OTHER
            advice.append(
                f"{table.name} is only staged: {lines.name} already has the date of each order."
            )
    return advice


def _kind(table: Table, wishes: Wishes) -> str:
    def has(role: str, kind: str = LINES) -> bool:
        return is_claimed(table, role, kind, wishes)

    if table.export is not None:
        return LINES
    if has("order_id") and has("product_id") and any(map(has, _AMOUNTS)):
        return LINES
    if has("order_id") and not has("product_id") and has("ordered_at"):
        return ORDERS
    if has("order_id"):
        return OTHER
    for role, kind in (("product_id", PRODUCTS), ("customer_id", CUSTOMERS), ("store_id", STORES)):
        column = next(iter(claimants(table, role, kind, wishes)), None)
        if column is not None and _names_each_row(column):
            return kind
    return OTHER


def _names_each_row(column: Column) -> bool:
    """Whether the table has nearly one row for each id."""
    filled = [cell for cell in column.cells if cell]
    return bool(filled) and len(set(filled)) * 10 >= len(column.cells) * 9
