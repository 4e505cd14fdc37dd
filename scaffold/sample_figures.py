"""The figures of a sample, as they will be in the warehouse."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ingest.files.batches import Reject
from scaffold.design import Design
from scaffold.typed_rows import TypedRows

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Figures:
    """Rows of lines, orders, customers and days of a sample, and its revenue by currency (None
    where a product master has the prices). `rejects` are rows that are not loaded, with their
    file."""

    row_count: int
    is_whole: bool
    order_count: int
    customer_count: int | None
    first_day: str
    last_day: str
    revenue: dict[str, Decimal] | None
    rejects: list[tuple[Path, Reject]]


def figures(design: Design, rows: TypedRows) -> Figures:
    """The figures of the rows that were read."""
    lines = design.lines
    orders = rows.texts(lines.name_of("order_id"))
    if design.header is lines:
        names = set(orders)
        moments = rows.values(lines.name_of("ordered_at"))
        buyers = rows.texts(lines.name_of("customer_id")) if lines.has("customer_id") else []
    else:
        names = set(design.orders)
        moments = [head.moment for head in design.orders.values()]
        buyers = [head.customer for head in design.orders.values()]
    days = [str(moment)[:10] for moment in moments if moment is not None]
    customers = len(set(filter(None, buyers))) if design.header.has("customer_id") else None
    return Figures(
        len(rows.places),
        rows.is_whole,
        len(names),
        customers,
        min(days, default=""),
        max(days, default=""),
        None if design.price_from_master else _revenue(design, rows, orders),
        rows.rejects,
    )


def _revenue(design: Design, rows: TypedRows, orders: list[str | None]) -> dict[str, Decimal]:
    lines = design.lines
    net = design.net_amounts
    counting = design.counts or [True] * len(orders)
    currencies: list[str | None] = [design.currency] * len(orders)
    if lines.has("currency_code"):
        currencies = rows.texts(lines.name_of("currency_code"))
    elif design.header.has("currency_code"):
        heads = [design.orders.get(order or "") for order in orders]
        currencies = [head.currency if head else None for head in heads]
    sums: dict[str, Decimal] = {}
    of_order: dict[str, str] = {}
    for order, amount, currency, counts in zip(orders, net, currencies, counting, strict=True):
        if not counts or order is None:
            continue
        name = of_order.setdefault(order, currency or design.currency or "(no currency)")
        sums[name] = sums.get(name, _ZERO) + (amount or _ZERO)
    for order, off in design.taken_off.items():
        if order in of_order:
            sums[of_order[order]] -= off
    return sums
