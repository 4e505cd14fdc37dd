"""The roles that order lines need but no column has, reported all at once."""

from scaffold.claims import is_claimed
from scaffold.column_roles import LINES, ORDERS, PRODUCTS
from scaffold.design import Design, Table, Wishes
from warehouse.errors import WarehouseError

_AMOUNTS = ("line_amount", "unit_price", "gross_amount")
# What is missing, and the options that name its column.
_WHAT = {
    "order_id": ("an order's number", "--map order_id=COLUMN"),
    "ordered_at": ("a date", "--map ordered_at=COLUMN"),
    "product_id": ("a product", "--map product_id=COLUMN"),
    "quantity": ("a quantity or an amount", "--map quantity=COLUMN"),
    "price": ("the price", "--map unit_price=COLUMN (of one piece) or --map line_amount=COLUMN (of "
              "the whole line)"),
}  # fmt: skip


def require_roles(design: Design, wishes: Wishes) -> None:
    """Raises WarehouseError if no table has order lines, or if they lack a required role.

    Lines without a price take the price from the product file, if it has one.
    """
    lines = design.table(LINES)
    if lines is None:
        raise WarehouseError(_no_lines(design, wishes))
    header = design.header
    if header is not lines:
        _refuse(header, [role for role in ("order_id", "ordered_at") if not header.has(role)])
    needed = ["order_id", *(["ordered_at"] if header is lines else []), "product_id"]
    missing = [role for role in needed if not lines.has(role)]
    if any(map(lines.has, _AMOUNTS)):
        _refuse(lines, missing)
        return
    products = design.table(PRODUCTS)
    if products is None or not products.has("list_price") or not lines.has("quantity"):
        _refuse(lines, [*missing, "price"])
    _refuse(lines, missing)
    assert products is not None
    design.price_from_master = True
    design.said.append(
        f"Lines take their price from {products.name}: the current price, also for past orders."
    )


def _no_lines(design: Design, wishes: Wishes) -> str:
    """What is missing from the table that most likely has the order lines."""
    has_orders = any(
        is_claimed(table, "order_id", ORDERS, wishes)
        and is_claimed(table, "ordered_at", ORDERS, wishes)
        for table in design.tables
    )
    best: tuple[int, str] | None = None
    for table in design.tables:
        asked: dict[str, tuple[str, ...]] = {
            role: (role,) for role in ("order_id", "ordered_at", "product_id")
        }
        asked["quantity"] = ("quantity", *_AMOUNTS)
        if has_orders and len(design.tables) > 1:
            del asked["ordered_at"]
        missing = [
            name
            for name, roles in asked.items()
            if not any(is_claimed(table, role, LINES, wishes) for role in roles)
        ]
        if missing and (best is None or len(missing) < best[0]):
            best = (len(missing), _told(table, missing))
    files = ", ".join(table.name for table in design.tables)
    return best[1] if best else f"none of {files} has order lines."


def _refuse(table: Table, missing: list[str]) -> None:
    if missing:
        raise WarehouseError(_told(table, missing))


def _told(table: Table, missing: list[str]) -> str:
    what = " and for ".join(_WHAT[name][0] for name in missing)
    listed = ", ".join(column.shown for column in table.columns)
    return (
        f"{table.name} has no known column for {what}. Name it: "
        f"{' '.join(_WHAT[name][1] for name in missing)}. Columns found: {listed}."
    )
