"""What each table is: lines of orders, orders, or a master of customers, products or stores."""

from scaffold.claims import claimants, is_claimed
from scaffold.column_roles import CUSTOMERS, LINES, ORDERS, PRODUCTS, STORES
from scaffold.design import OTHER, Column, Table, Wishes

_AMOUNTS = ("quantity", "unit_price", "line_amount", "gross_amount")


def give_kinds(tables: list[Table], wishes: Wishes) -> list[str]:
    """Gives each table its kind, one of each at most; returns what deserves a second look."""
    for table in tables:
        table.kind = _kind(table, wishes)
    advice = []
    for kind in (LINES, ORDERS, CUSTOMERS, PRODUCTS, STORES):
        alike = [table for table in tables if table.kind == kind]
        alike.sort(key=lambda table: -table.sample.row_count)
        for table in alike[1:]:
            table.kind = OTHER
            advice.append(
                f"{table.name} looks like {kind}, and so does {alike[0].name}, which is used; "
                f"{table.name} is staged only."
            )
    lines = next((table for table in tables if table.kind == LINES), None)
    for table in tables:
        if table.kind == ORDERS and lines and is_claimed(lines, "ordered_at", LINES, wishes):
            table.kind = OTHER
            advice.append(
                f"{table.name} is staged only: {lines.name} says itself when an order was placed."
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
    """Whether the table has one row for each id, give or take a few."""
    filled = [cell for cell in column.cells if cell]
    return bool(filled) and len(set(filled)) * 10 >= len(column.cells) * 9
